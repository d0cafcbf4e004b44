//! One timer for many deadlines that mostly move on before they are reached.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::time::{Instant, Sleep, sleep_until};

/// Sleeps until a moment. Set anew only when it must ring earlier than before, or has rung.
#[derive(Debug)]
pub(crate) struct Timer(Pin<Box<Sleep>>);

impl Timer {
    /// Not set.
    pub(crate) fn new() -> Self {
        Self(Box::pin(sleep_until(Instant::now())))
    }

    /// Ready at a moment.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>, moment: Instant) -> Poll<()> {
        loop {
            // what rings in time is waited for without a look at the clock
            if self.0.is_elapsed() || self.0.deadline() > moment {
                if Instant::now() >= moment {
                    return Poll::Ready(());
                }
                self.0.as_mut().reset(moment);
            }
            ready!(self.0.as_mut().poll(cx));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn it_rings_at_the_moment_asked_for_last() {
        let start = Instant::now();
        let ms = |n| start + Duration::from_millis(n);
        let mut timer = Timer::new();
        // set to 500 ms and given up, then earlier, then past, then later
        tokio::select! {
            () = poll_fn(|cx| timer.poll(cx, ms(500))) => panic!("too early"),
            () = sleep_until(ms(5)) => {}
        }
        for moment in [30, 10, 60] {
            poll_fn(|cx| timer.poll(cx, ms(moment))).await;
            assert!(Instant::now() >= ms(moment), "{moment}");
            assert!(Instant::now() < ms(450), "{moment}");
        }
    }
}
