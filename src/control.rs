//! Commands on their way to the field: what the log holds as executing is handed to its link, and what came of it is told
//! to the core. Runs apart from the request that asked: a browser that goes away changes nothing.

use std::time::Duration;

use linepack_core::Input;
use linepack_core::control::{Cause, MAX_EXECUTING, Operate, Outcome};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::engine::EngineHandle;
use crate::ingest::{Links, Write, WriteError};
use crate::lifecycle::Tasks;

/// A command that cannot be sent within this time of its execution is not sent at all: whoever looks at the screen no
/// longer expects it.
const SEND_WITHIN: Duration = Duration::from_secs(5);
/// A link that is this much over the time it had has lost the command.
const OVERDUE: Duration = Duration::from_secs(30);

/// A command that may be sent now: the log holds that it is being executed.
#[derive(Clone, Copy, Debug)]
pub struct Order {
    /// The registry the point's number belongs to.
    pub generation: u64,
    /// The device must read it back within this time.
    pub verify_within: Duration,
    /// What to send where.
    pub operate: Operate,
}

/// From the committer to the carrier. As many as the core lets execute at once, so it is never full while the carrier
/// lives; if it is, the order is dropped and counted, and the core gives the command up as unknown.
pub fn orders() -> (mpsc::Sender<Order>, mpsc::Receiver<Order>) {
    mpsc::channel(MAX_EXECUTING)
}

/// Carries orders out.
#[derive(Clone, Debug)]
pub struct Carrier {
    /// Where they go.
    pub links: Links,
    /// Who is told what came of them.
    pub engine: EngineHandle,
    /// Time.
    pub clock: Clock,
    /// Each order has a task of its own.
    pub tasks: Tasks,
}

impl Carrier {
    /// Runs until the hub stops.
    pub async fn run(self, mut orders: mpsc::Receiver<Order>) -> anyhow::Result<()> {
        let stop = self.tasks.stopping();
        loop {
            let order = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                order = orders.recv() => match order {
                    Some(order) => order,
                    None => return Ok(()),
                },
            };
            let (this, stop) = (self.clone(), stop.clone());
            self.tasks.once(async move { this.carry(order, &stop).await });
        }
    }

    async fn carry(self, order: Order, stop: &CancellationToken) {
        let Operate { control, value, .. } = order.operate;
        let began = Instant::now();
        let outcome = self.write(&order, stop).await;
        let word = match &outcome {
            Outcome::Verified => "verified",
            Outcome::Unverified { .. } => "unverified",
            Outcome::Failed { .. } => "failed",
            Outcome::Unknown { .. } => "unknown",
        };
        metrics::counter!("linepack_commands_total", "outcome" => word).increment(1);
        metrics::histogram!("linepack_command_seconds").record(began.elapsed().as_secs_f64());
        tracing::info!(command = %control, value, outcome = ?outcome, "command {control}: {word}");
        // a hub that stops comes back with the command as unknown
        let _ = self.engine.tell(Input::Outcome { control, outcome }).await;
    }

    async fn write(&self, order: &Order, stop: &CancellationToken) -> Outcome {
        let Operate { point, value, at, .. } = order.operate;
        // the disk may have been full meanwhile
        let age = Duration::from_millis(u64::try_from((self.clock.now() - at).0).unwrap_or(0));
        let Some(left) = SEND_WITHIN.checked_sub(age) else { return outcome(Err(WriteError::Expired)) };
        let (answer, told) = oneshot::channel();
        let (generation, verify_within) = (order.generation, order.verify_within);
        let expires = Instant::now() + left;
        self.links.write(Write { generation, point, value, expires, verify_within, answer });
        match timeout(SEND_WITHIN + verify_within + OVERDUE, told).await {
            Ok(Ok(result)) => outcome(result),
            _ if stop.is_cancelled() => unknown(Cause::Restart, "the hub stopped; sent or not: look at the device"),
            _ => unknown(Cause::Lost, "the link never said what came of it; look at the device"),
        }
    }
}

/// What a link's answer means.
fn outcome(result: Result<(), WriteError>) -> Outcome {
    let Err(error) = result else { return Outcome::Verified };
    let detail = error.to_string().into();
    let cause = match error {
        WriteError::Busy => Cause::Busy,
        WriteError::Down(_) => Cause::Down,
        WriteError::NotWritable(_) => Cause::NotWritable,
        WriteError::Expired => Cause::TooLate,
        WriteError::Outdated => Cause::Reload,
        WriteError::Refused(_) => Cause::Refused,
        WriteError::NoAnswer(_) => return Outcome::Unknown { cause: Cause::NoAnswer, detail },
        WriteError::Unverified { found } => {
            return Outcome::Unverified { found: found.is_finite().then_some(found), detail };
        }
    };
    Outcome::Failed { cause, detail }
}

fn unknown(cause: Cause, detail: &str) -> Outcome {
    Outcome::Unknown { cause, detail: detail.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_have_been_sent_is_unknown_and_only_what_was_not_is_failed() {
        let text = String::new;
        for (error, state, cause) in [
            (WriteError::Busy, "failed", Cause::Busy),
            (WriteError::Down(text()), "failed", Cause::Down),
            (WriteError::NotWritable(text()), "failed", Cause::NotWritable),
            (WriteError::Expired, "failed", Cause::TooLate),
            (WriteError::Outdated, "failed", Cause::Reload),
            (WriteError::Refused(text()), "failed", Cause::Refused),
            (WriteError::NoAnswer(text()), "unknown", Cause::NoAnswer),
        ] {
            let found = match outcome(Err(error.clone())) {
                Outcome::Failed { cause, .. } => ("failed", cause),
                Outcome::Unknown { cause, .. } => ("unknown", cause),
                other => panic!("{error}: {other:?}"),
            };
            assert_eq!(found, (state, cause), "{error}");
        }
        assert_eq!(outcome(Ok(())), Outcome::Verified);
        for (found, read) in [(97.0, Some(97.0)), (f64::NAN, None)] {
            let Outcome::Unverified { found, .. } = outcome(Err(WriteError::Unverified { found })) else {
                panic!("a value that differs is not verified");
            };
            assert_eq!(found, read);
        }
    }
}
