//! Makes the outside agree with the board: reconcilers, not messages. Each compares what it last published with what
//! is so now; a wake-up only says "look again", so none can be lost.

mod mqtt;

use tokio::sync::watch;

use crate::ingest::Links;
use crate::lifecycle::Tasks;
use crate::view::View;

/// One reconciler a way out.
#[derive(Debug)]
pub struct Notifiers {
    /// The ways out.
    pub links: Links,
    /// What is so now.
    pub view: View,
    /// Changes with every commit that changed the board.
    pub wake: watch::Receiver<u64>,
    /// Where they run.
    pub tasks: Tasks,
}

impl Notifiers {
    /// Starts those that do not run yet; again after a reload.
    pub fn start(&self) {
        for publisher in self.links.publishers() {
            // its receiver is given out once: who gets it is the first
            if let Some(retained) = publisher.retained_alarms() {
                let (view, wake, stop) = (self.view.clone(), self.wake.clone(), self.tasks.stopping());
                self.tasks.spawn("notify", mqtt::reconcile(publisher, retained, view, wake, stop));
            }
        }
    }
}
