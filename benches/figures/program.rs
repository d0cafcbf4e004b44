//! A program beside the hub.

use std::net::TcpStream;
use std::process::{Child, Command};
use std::time::Duration;

/// Runs as long as it is held.
pub(crate) struct Program(Child);

impl Program {
    pub(crate) fn start(command: &mut Command) -> Self {
        Self(command.spawn().expect("the program starts"))
    }

    pub(crate) fn pid(&self) -> u32 {
        self.0.id()
    }

    /// What it prints, where that is piped.
    pub(crate) fn stdout(&mut self) -> std::process::ChildStdout {
        self.0.stdout.take().expect("piped")
    }

    /// Waits until it takes connections.
    pub(crate) async fn listens(&self, address: &str) {
        for _ in 0..300 {
            if TcpStream::connect(address).is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("nothing comes up at {address}");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // it may have ended already
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
