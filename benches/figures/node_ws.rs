//! Node's `ws` as a peer: every message becomes a frame to every screen, as its own examples broadcast.
//!
//! `LINEPACK_NODE_WS` names a folder where `npm install ws mqtt` was run; without it the peer is left out.

use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::Duration;

use crate::hub::free_port;

const PROGRAM: &str = "const { WebSocketServer } = require('ws'), mqtt = require('mqtt');
const [port, broker] = process.argv.slice(-2);
const server = new WebSocketServer({ port: Number(port), host: '127.0.0.1', perMessageDeflate: false });
// a screen waits for an answer to what it asked for
server.on('connection', (screen) => screen.on('message', () => screen.send('{}')));
const link = mqtt.connect(`mqtt://127.0.0.1:${broker}`);
link.on('connect', () => link.subscribe('linepack/v1/telemetry/#'));
link.on('message', (topic, payload) => {
  const [, , , asset, point] = topic.split('/');
  const row = Buffer.from(`[\"${asset}/${point}\",${payload}.0,\"good\",${Date.now()}]`);
  for (const screen of server.clients) if (screen.readyState === 1) screen.send(row, { binary: false });
});";

/// A running server.
pub(crate) struct NodeWs {
    child: Child,
    pub(crate) address: String,
}

impl NodeWs {
    /// Starts it on a broker and waits until it takes connections; none where there is none to start.
    pub(crate) async fn start(broker: u16) -> Option<Self> {
        let home = PathBuf::from(std::env::var_os("LINEPACK_NODE_WS")?);
        let port = free_port();
        let child = Command::new("node")
            .current_dir(&home)
            .args(["-e", PROGRAM, "--"])
            .args([port.to_string(), broker.to_string()])
            .spawn()
            .expect("node starts");
        let peer = Self { child, address: format!("127.0.0.1:{port}") };
        for _ in 0..300 {
            if TcpStream::connect(&peer.address).is_ok() {
                return Some(peer);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("ws of {} does not come up", home.display());
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for NodeWs {
    fn drop(&mut self) {
        // it may have ended already
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
