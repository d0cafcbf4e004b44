//! Live screens: prepared frames over websockets.

mod feed;

pub use feed::{Change, Feed, FeedEnd};
