//! Makes the outside agree with the board: reconcilers, not messages. Each compares what it last published with what
//! is so now; a wake-up only says "look again", so none can be lost.

mod mqtt;

pub use mqtt::reconcile;
