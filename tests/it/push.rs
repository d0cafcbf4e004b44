//! Live screens over real sockets.

mod behind;
mod ends;
mod frames;
mod hub;
mod many;
mod watch;
