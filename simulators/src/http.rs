//! The little HTTP/1.1 that a crew's phone and a hotline desk need.

use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::error::SimError;

/// Most of an answer that is read, bytes.
const ANSWER_MAX: u64 = 1 << 20;
const TIMEOUT: Duration = Duration::from_secs(5);

/// What the hub answered.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// `Null` where the body is no JSON.
    pub(crate) body: Value,
}

/// Posts JSON with a bearer token; an error only when no answer came.
pub(crate) async fn post(base: &str, path: &str, token: &str, body: &Value) -> Result<Answer, SimError> {
    match tokio::time::timeout(TIMEOUT, exchange(base, path, token, body)).await {
        Ok(answer) => answer,
        Err(_) => Err(SimError::Api("no answer in time".into())),
    }
}

async fn exchange(base: &str, path: &str, token: &str, body: &Value) -> Result<Answer, SimError> {
    let expected = "http://host:port";
    let bad = || SimError::Address { given: base.to_owned(), expected };
    let host = base.strip_prefix("http://").ok_or_else(bad)?.trim_end_matches('/');
    let failed = |e: std::io::Error| SimError::Api(e.to_string());
    let mut stream = TcpStream::connect(host).await.map_err(failed)?;
    let body = body.to_string();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         Accept-Encoding: identity\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.map_err(failed)?;
    let mut answer = Vec::new();
    stream.take(ANSWER_MAX).read_to_end(&mut answer).await.map_err(failed)?;
    parse(&answer).ok_or_else(|| SimError::Api("the answer is not HTTP".into()))
}

fn parse(answer: &[u8]) -> Option<Answer> {
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).ok()?;
    let status = head.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()?;
    let chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
    let body = if chunked { unchunk(&answer[end + 4..]) } else { answer[end + 4..].to_vec() };
    Some(Answer { status, body: serde_json::from_slice(&body).unwrap_or(Value::Null) })
}

/// The chunks' contents, as far as they are whole.
fn unchunk(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(line) = rest.windows(2).position(|w| w == b"\r\n") {
        let size = std::str::from_utf8(&rest[..line]).ok().and_then(|s| s.split(';').next());
        let Some(size) = size.and_then(|s| usize::from_str_radix(s.trim(), 16).ok()) else { break };
        let Some(chunk) = rest.get(line + 2..).and_then(|r| r.get(..size)) else { break };
        if size == 0 {
            break;
        }
        body.extend_from_slice(chunk);
        rest = rest.get(line + 2 + size + 2..).unwrap_or_default();
    }
    body
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_answers() {
        let cases: &[(&str, u16, Value)] = &[
            ("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n{\"a\":1}", 200, json!({"a": 1})),
            ("HTTP/1.1 409 Conflict\r\n\r\n", 409, Value::Null),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{\"a\r\n4\r\n\":1}\r\n0\r\n\r\n",
                200,
                json!({"a": 1}),
            ),
        ];
        for (text, status, body) in cases {
            assert_eq!(parse(text.as_bytes()), Some(Answer { status: *status, body: body.clone() }));
        }
        assert_eq!(parse(b"nonsense"), None);
    }
}
