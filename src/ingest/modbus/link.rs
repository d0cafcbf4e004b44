//! The life of one Modbus link: connect, serve, wait, connect again.
//!
//! A connection that broke after good service is tried again before anybody is alarmed. One that was idle when it closed
//! is opened again when something is due.

use std::sync::Arc;

use linepack_core::ConnectionId;
use tokio::sync::{OwnedMutexGuard, mpsc};
use tokio::time::Instant;

use super::client::Client;
use super::session::{Ended, Session};
use crate::ingest::feed::FeedError;
use crate::ingest::link::Link;
use crate::ingest::write::{Write, WriteError};
use crate::site::{ModbusSettings, Site};

/// Serves the link until its settings change.
pub(crate) async fn run(link: &mut Link, settings: &ModbusSettings) -> Result<(), FeedError> {
    let (site, present) = link.settings();
    let Some((connection, _)) = present else { return Ok(()) };
    let writes = link.writes.clone().lock_owned().await;
    serve(link, settings, writes, site, connection).await
}

async fn serve(
    link: &mut Link,
    settings: &ModbusSettings,
    mut writes: OwnedMutexGuard<mpsc::Receiver<Write>>,
    site: Arc<Site>,
    connection: ConnectionId,
) -> Result<(), FeedError> {
    let mut session = Session::new(link, settings, site, connection);
    loop {
        let trouble = match Client::connect(settings).await {
            Ok(mut client) => {
                session.connected().await?;
                let ended = session.serve(&mut client, &mut writes).await?;
                session.gone(client.forget().map(|f| f.tag)).await?;
                match ended {
                    Ended::Settings => return Ok(()),
                    Ended::Renew => continue,
                    Ended::Idle => {
                        let until = session.next_due();
                        if !wait(&mut session, &mut writes, until, false).await? {
                            return Ok(());
                        }
                        continue;
                    }
                    Ended::Broke(_) if session.take_proven() => continue,
                    Ended::Broke(detail) => detail,
                }
            }
            Err(detail) => detail,
        };
        session.down(&trouble).await?;
        let until = Instant::now() + session.backoff();
        if !wait(&mut session, &mut writes, Some(until), true).await? {
            return Ok(());
        }
    }
}

/// Waits without a connection; while the link is `down` writes are refused at once, else they end the wait. False: the
/// settings changed.
async fn wait(
    session: &mut Session<'_>,
    writes: &mut mpsc::Receiver<Write>,
    until: Option<Instant>,
    down: bool,
) -> Result<bool, FeedError> {
    let sleep = async {
        match until {
            Some(until) => tokio::time::sleep_until(until).await,
            None => std::future::pending().await,
        }
    };
    tokio::pin!(sleep);
    loop {
        tokio::select! {
            () = &mut sleep => return Ok(true),
            changed = session.changed() => {
                changed?;
                if !session.adopt().await? {
                    return Ok(false);
                }
                return Ok(true);
            }
            Some(write) = writes.recv() => {
                if down {
                    // whoever asked may have gone away
                    let _ = write.answer.send(Err(WriteError::Down("the connection is down".to_owned())));
                } else {
                    session.accept(write);
                    return Ok(true);
                }
            }
        }
    }
}
