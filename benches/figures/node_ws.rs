//! Node's `ws` as a peer: every message becomes a frame to every screen, as its own examples broadcast.
//!
//! `LINEPACK_NODE_WS` names a folder where `npm install ws mqtt` was run; without it the peer is left out.

use std::path::PathBuf;
use std::process::Command;

use crate::hub::free_port;
use crate::program::Program;

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
    program: Program,
    pub(crate) address: String,
}

impl NodeWs {
    /// Starts it on a broker and waits until it takes connections; none where there is none to start.
    pub(crate) async fn start(broker: u16) -> Option<Self> {
        let home = PathBuf::from(std::env::var_os("LINEPACK_NODE_WS")?);
        let port = free_port();
        let mut command = Command::new("node");
        command.current_dir(home).args(["-e", PROGRAM, "--", &port.to_string(), &broker.to_string()]);
        let peer = Self { program: Program::start(&mut command), address: format!("127.0.0.1:{port}") };
        peer.program.listens(&peer.address).await;
        Some(peer)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.program.pid()
    }
}
