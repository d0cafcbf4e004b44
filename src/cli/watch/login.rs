//! A login by name and password: one small request, so that the program needs no HTTP client of its own.

use anyhow::{Context, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::Url;

/// Longest answer read.
const ANSWER: u64 = 64 << 10;

/// Logs in and answers the session cookie, `name=value`.
pub(super) async fn login(url: &Url, user: &str, password: &str) -> anyhow::Result<String> {
    if !matches!(url.scheme(), "http" | "ws") {
        bail!("over https use --token: see `linepack token create`");
    }
    let host = url.host_str().context("--url has no host")?;
    let port = url.port_or_known_default().unwrap_or(80);
    let mut stream = TcpStream::connect((host.trim_matches(['[', ']']), port))
        .await
        .with_context(|| format!("cannot reach {host}:{port}"))?;
    let body = serde_json::json!({ "user": user, "password": password }).to_string();
    let head = format!(
        "POST /api/v1/login HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    let mut answer = vec![];
    stream.take(ANSWER).read_to_end(&mut answer).await?;
    cookie(&String::from_utf8_lossy(&answer))
}

/// The session cookie out of a whole HTTP answer.
fn cookie(answer: &str) -> anyhow::Result<String> {
    let head = answer.split("\r\n\r\n").next().unwrap_or_default();
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).unwrap_or_default();
    match status {
        s if s.starts_with('2') => {}
        "401" => bail!("wrong name or password"),
        "429" => bail!("too many attempts; wait a minute"),
        other => bail!("the hub answers the login with {other:?}"),
    }
    lines
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("set-cookie"))
        .and_then(|(_, value)| value.split(';').next())
        .map(|pair| pair.trim().to_owned())
        .context("the hub's answer has no session")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_is_in_the_answer() {
        let ok = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nSet-Cookie: lp_session=abc; Path=/; HttpOnly\r\n\r\n{}";
        assert_eq!(cookie(ok).unwrap(), "lp_session=abc");
        for wrong in ["", "HTTP/1.1 401 Unauthorized\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\nset-cookie: a=b", "nonsense"] {
            assert!(cookie(wrong).is_err(), "{wrong}");
        }
    }
}
