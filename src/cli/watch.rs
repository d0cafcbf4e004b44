//! `linepack watch`: a live tail of alarms, incidents and values in a terminal.

mod line;
mod local;
mod login;

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use futures_util::{SinkExt, StreamExt};
use tokio::time::Instant;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::client::ClientRequestBuilder;
use tokio_tungstenite::tungstenite::{Error as WsError, Message};
use url::Url;

use crate::wire::{ClientMessage, Topic};
use line::Lines;

/// Where a hub is expected when nothing is said.
const DEFAULT: &str = "http://127.0.0.1:8080";
/// First pause before connecting again; doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// Longest pause before connecting again.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// The hub pings every 20 s; one not heard of for this long is gone.
const SILENCE: Duration = Duration::from_secs(60);

/// Arguments of `linepack watch`.
#[derive(Debug, Args)]
pub struct WatchArgs {
    /// `alarms`, `incidents`, `crews`, `assets`, or points by glob: `rs-0042/*`. Default: alarms and incidents.
    pub what: Vec<String>,
    /// The hub; without it that of the site folder.
    #[arg(long, conflicts_with = "site")]
    pub url: Option<Url>,
    /// The site folder of a hub on this machine; its accounts let you look. Without it the current folder if it is one,
    /// else the hub on port 8080.
    #[arg(long, value_name = "DIR")]
    pub site: Option<PathBuf>,
    /// A token, see `linepack token create`.
    #[arg(long, env = "LINEPACK_TOKEN", hide_env_values = true, conflicts_with = "user")]
    pub token: Option<String>,
    /// Log in as a person instead.
    #[arg(long, requires = "password_stdin")]
    pub user: Option<String>,
    /// Read that person's password from the first line of standard input.
    #[arg(long, requires = "user")]
    pub password_stdin: bool,
    /// Frames of values a second, 1 to 50, or `now`.
    #[arg(long, default_value = "now")]
    pub rate: String,
    /// Print the hub's messages as they come, one a line.
    #[arg(long)]
    pub json: bool,
}

/// Follows the hub until interrupted; connects again when the connection is lost.
pub async fn run(mut args: WatchArgs) -> anyhow::Result<()> {
    let colour = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let mut out = io::stdout();
    let pass = find_hub(&mut args).await?;
    let done = tokio::select! {
        done = follow(&args, colour, &mut out) => done,
        pressed = tokio::signal::ctrl_c() => Ok(pressed?),
    };
    if let Some(pass) = pass {
        pass.end().await?;
    }
    done
}

/// Fills in address and token of the site folder's hub where neither was given.
async fn find_hub(args: &mut WatchArgs) -> anyhow::Result<Option<local::Pass>> {
    let here = || local::is_site(Path::new(".")).then(|| PathBuf::from("."));
    let dir = if args.url.is_some() { None } else { args.site.clone().or_else(here) };
    let Some(dir) = dir else { return Ok(None) };
    let (site, _) = super::load(&dir)?;
    args.url = Some(local::address(&site)?);
    if args.token.is_some() || args.user.is_some() {
        return Ok(None);
    }
    let pass = local::Pass::new(&site).await?;
    args.token = Some(pass.token.clone());
    Ok(Some(pass))
}

/// The same, onto any output. Ends well when nobody reads the output any more.
pub async fn follow(args: &WatchArgs, colour: bool, out: &mut impl Write) -> anyhow::Result<()> {
    let url = args.url.clone().map_or_else(|| Url::parse(DEFAULT), Ok)?;
    let subscribe = serde_json::to_string(&subscription(&args.what))?;
    let request = request(&url, args).await?;
    let mut pause = FIRST_PAUSE;
    loop {
        let began = Instant::now();
        let why = match tail(request.clone(), &subscribe, args.json, colour, out).await {
            Ok(why) => why,
            Err(End::Reader) => return Ok(()),
            Err(End::Refused(why)) => bail!("{url}: {why}"),
        };
        if began.elapsed() > LONGEST_PAUSE {
            pause = FIRST_PAUSE;
        }
        // stderr may be closed; the tail goes on
        let _ = writeln!(io::stderr(), "{why}; connecting again in {:.1} s", pause.as_secs_f64());
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Why a tail does not go on.
enum End {
    /// Nobody reads the output any more.
    Reader,
    /// The hub does not want this caller.
    Refused(String),
}

/// One connection, to its end; answers why it ended.
async fn tail(
    request: ClientRequestBuilder,
    subscribe: &str,
    json: bool,
    colour: bool,
    out: &mut impl Write,
) -> Result<String, End> {
    let mut socket = match connect_async(request).await {
        Ok((socket, _)) => socket,
        Err(WsError::Http(response)) if response.status().is_client_error() => {
            let status = response.status();
            return Err(End::Refused(format!("the hub refuses: {status}{}", hint(status.as_u16()))));
        }
        Err(e) => return Ok(format!("cannot connect: {e}")),
    };
    if let Err(e) = socket.send(Message::text(subscribe)).await {
        return Ok(format!("connection lost: {e}"));
    }
    let mut lines = Lines::new(colour);
    loop {
        let message = match tokio::time::timeout(SILENCE, socket.next()).await {
            Ok(Some(Ok(message))) => message,
            Ok(Some(Err(e))) => return Ok(format!("connection lost: {e}")),
            Ok(None) => return Ok("connection closed".into()),
            Err(_) => return Ok("the hub is silent".into()),
        };
        let text = match message {
            Message::Text(text) => text,
            Message::Close(frame) => {
                let reason = frame.map_or_else(String::new, |f| format!(": {}", f.reason));
                return Ok(format!("the hub closed the connection{reason}"));
            }
            _ => continue,
        };
        let written = if json {
            writeln!(out, "{text}")
        } else {
            match serde_json::from_str(&text) {
                Ok(message) => lines.write(&message, out),
                Err(e) => return Err(End::Refused(format!("the hub says what this program does not know: {e}"))),
            }
        };
        written.and_then(|()| out.flush()).map_err(|_| End::Reader)?;
    }
}

fn hint(status: u16) -> &'static str {
    match status {
        401 => ": give --token, LINEPACK_TOKEN, or --user with --password-stdin",
        403 => ": this account may not look",
        404 => ": is this the address of a hub?",
        _ => "",
    }
}

fn subscription(what: &[String]) -> ClientMessage {
    let (mut topics, mut points) = (vec![], vec![]);
    for word in what {
        match word.as_str() {
            "alarms" => topics.push(Topic::Alarms),
            "incidents" => topics.push(Topic::Incidents),
            "crews" => topics.push(Topic::Crews),
            "assets" => topics.push(Topic::Assets),
            glob => points.push(glob.to_owned()),
        }
    }
    if what.is_empty() {
        topics = vec![Topic::Alarms, Topic::Incidents];
    }
    ClientMessage::Subscribe { topics, viewport: None, points }
}

async fn request(hub: &Url, args: &WatchArgs) -> anyhow::Result<ClientRequestBuilder> {
    let mut url = hub.clone();
    let scheme = match url.scheme() {
        "http" | "ws" => "ws",
        "https" | "wss" => "wss",
        other => bail!("--url begins with http:// or https://, not {other}://"),
    };
    if url.set_scheme(scheme).is_err() {
        bail!("--url is not the address of a hub: {url}");
    }
    url.set_path("/api/v1/live");
    url.query_pairs_mut().clear().append_pair("rate", &args.rate);
    let request = ClientRequestBuilder::new(url.as_str().parse().context("--url")?);
    Ok(match (&args.token, &args.user) {
        (Some(token), _) => request.with_header("Authorization", format!("Bearer {}", token.trim())),
        (None, Some(user)) => {
            let mut password = String::new();
            io::stdin().read_line(&mut password).context("cannot read the password")?;
            let cookie = login::login(hub, user, password.trim_end_matches(['\r', '\n'])).await?;
            request.with_header("Cookie", cookie)
        }
        (None, None) => request,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_topics_and_the_rest_are_globs() {
        let of = |words: &[&str]| subscription(&words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>());
        let subscribe = |topics, points: &[&str]| ClientMessage::Subscribe {
            topics,
            viewport: None,
            points: points.iter().map(|p| (*p).to_owned()).collect(),
        };
        assert_eq!(of(&[]), subscribe(vec![Topic::Alarms, Topic::Incidents], &[]));
        assert_eq!(of(&["rs-1/*", "crews"]), subscribe(vec![Topic::Crews], &["rs-1/*"]));
    }
}
