//! Acknowledgements that wait until what they stand for cannot be lost any more.
//!
//! Sent in the order of arrival, as MQTT asks. Bounded: when full the link stops reading, and the broker holds the rest.

use std::collections::VecDeque;

use tokio::sync::oneshot;

use super::client::Client;

/// Messages that may wait; with more the link stops reading.
const WAITING: usize = 2000;
/// Requests the client holds until they are written. Never full: there are no more packet ids than this.
pub(crate) const REQUESTS: usize = 65_536 + 64;

/// Messages of one batch, and who says when they are safe.
#[derive(Debug)]
struct Group {
    packets: VecDeque<u16>,
    safe: Vec<oneshot::Receiver<()>>,
}

/// Acknowledgements in order.
#[derive(Debug, Default)]
pub(crate) struct Acks {
    groups: VecDeque<Group>,
    waiting: usize,
    /// Something will never be safe.
    abandoned: bool,
}

/// What was waited for will not happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Abandoned;

impl Acks {
    /// Packets that may be acknowledged when all of `safe` have resolved.
    pub(crate) fn push(&mut self, packets: Vec<u16>, safe: Vec<oneshot::Receiver<()>>) {
        if !packets.is_empty() {
            self.waiting += packets.len();
            self.groups.push_back(Group { packets: packets.into(), safe });
        }
    }

    /// No more can be taken.
    pub(crate) fn is_full(&self) -> bool {
        self.waiting >= WAITING
    }

    /// The connection is gone: the broker will deliver all of them again.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Acknowledges the next packet; waits while there is none that is safe. May be dropped and called again.
    pub(crate) async fn send(&mut self, client: &Client) -> Result<(), Abandoned> {
        let packet = self.next().await?;
        client.acknowledge(packet).map_err(|_| Abandoned)?;
        self.done();
        Ok(())
    }

    /// The next packet that may be acknowledged; the same one until [`Acks::done`].
    async fn next(&mut self) -> Result<u16, Abandoned> {
        let Some(first) = self.groups.front_mut() else { return std::future::pending().await };
        if self.abandoned {
            return Err(Abandoned);
        }
        while let Some(safe) = first.safe.last_mut() {
            self.abandoned = safe.await.is_err();
            if self.abandoned {
                return Err(Abandoned);
            }
            first.safe.pop();
        }
        first.packets.front().copied().ok_or(Abandoned)
    }

    fn done(&mut self) {
        if let Some(first) = self.groups.front_mut() {
            first.packets.pop_front();
            self.waiting -= 1;
            if first.packets.is_empty() {
                self.groups.pop_front();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn take(acks: &mut Acks) -> Result<u16, Abandoned> {
        let packet = acks.next().await?;
        acks.done();
        Ok(packet)
    }

    #[tokio::test]
    async fn in_order_and_only_when_all_of_a_batch_is_safe() {
        let mut acks = Acks::default();
        let (tell_a, a) = oneshot::channel();
        let (tell_b, b) = oneshot::channel();
        let (tell_c, c) = oneshot::channel();
        acks.push(vec![1, 2], vec![a, b]);
        acks.push(vec![3], vec![c]);
        tell_c.send(()).unwrap();
        tell_b.send(()).unwrap();
        let early = tokio::time::timeout(std::time::Duration::from_millis(20), acks.next()).await;
        assert!(early.is_err(), "acknowledged before it was safe");
        tell_a.send(()).unwrap();
        for packet in 1..=3 {
            assert_eq!(take(&mut acks).await, Ok(packet));
        }
    }

    #[tokio::test]
    async fn full_at_the_bound_and_empty_after_a_clear() {
        let mut acks = Acks::default();
        acks.push((1..=2000).collect(), Vec::new());
        assert!(acks.is_full());
        assert_eq!(take(&mut acks).await, Ok(1));
        assert!(!acks.is_full());
        acks.clear();
        let (_, lost) = oneshot::channel();
        acks.push(vec![7], vec![lost]);
        assert_eq!(acks.next().await, Err(Abandoned));
        assert_eq!(acks.next().await, Err(Abandoned));
    }
}
