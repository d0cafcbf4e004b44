//! Node-RED as a peer: the same messages through its usual nodes (mqtt in → function → websocket out).
//!
//! `LINEPACK_NODE_RED` names a folder where `npm install node-red` was run; without it the peer is left out.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::json;

use crate::hub::free_port;
use crate::program::Program;

/// Limits as the site of the figures has them, and the row of a hub's frame.
const FUNCTION: &str = "const [, , , asset, point] = msg.topic.split('/'); const v = Number(msg.payload);
const high = v < -1e6 || v > 1e15; if (context.get(msg.topic) !== high) context.set(msg.topic, high);
return {payload: `[\"${asset}/${point}\",${v}.0,\"good\",${Date.now()}]`};";

/// A running Node-RED; its folder goes with it.
pub(crate) struct NodeRed {
    program: Program,
    pub(crate) address: String,
    _dir: tempfile::TempDir,
}

impl NodeRed {
    /// Starts it on a broker and waits until it takes connections; none where there is none to start.
    pub(crate) async fn start(broker: u16) -> Option<Self> {
        let home = PathBuf::from(std::env::var_os("LINEPACK_NODE_RED")?);
        let program = home.join("node_modules/node-red/red.js");
        let dir = tempfile::tempdir().expect("a folder");
        let port = free_port();
        write(dir.path(), port, broker);
        let mut command = Command::new("node");
        command.arg(program).arg("--userDir").arg(dir.path()).stdout(Stdio::null());
        let program = Program::start(&mut command);
        let peer = Self { program, address: format!("127.0.0.1:{port}"), _dir: dir };
        peer.program.listens(&peer.address).await;
        // the flow starts after the listener
        tokio::time::sleep(Duration::from_secs(3)).await;
        Some(peer)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.program.pid()
    }
}

fn write(dir: &Path, port: u16, broker: u16) {
    let settings = format!(
        "module.exports={{uiPort:{port},uiHost:'127.0.0.1',flowFile:'flows.json',disableEditor:true,\
         logging:{{console:{{level:'warn',metrics:false,audit:false}}}},telemetry:{{enabled:false}}}};"
    );
    let flows = json!([
        {"id": "tab", "type": "tab", "label": "figures"},
        {"id": "broker", "type": "mqtt-broker", "broker": "127.0.0.1", "port": broker, "clientid": "node-red",
         "autoConnect": true, "protocolVersion": "4", "keepalive": "60", "cleansession": true},
        {"id": "in", "type": "mqtt in", "z": "tab", "topic": "linepack/v1/telemetry/#", "qos": "0", "datatype": "utf8",
         "broker": "broker", "rh": 0, "inputs": 0, "wires": [["row"]]},
        {"id": "row", "type": "function", "z": "tab", "func": FUNCTION, "outputs": 1, "libs": [], "wires": [["out"]]},
        {"id": "socket", "type": "websocket-listener", "path": "/api/v1/live", "wholemsg": "false"},
        {"id": "out", "type": "websocket out", "z": "tab", "server": "socket", "client": "", "wires": []},
        // a screen waits for an answer to what it asked for
        {"id": "asked", "type": "websocket in", "z": "tab", "server": "socket", "client": "", "wires": [["answer"]]},
        {"id": "answer", "type": "function", "z": "tab", "func": "return {payload: '{}'};", "outputs": 1, "libs": [],
         "wires": [["out"]]},
    ]);
    std::fs::write(dir.join("settings.js"), settings).expect("settings.js");
    std::fs::write(dir.join("flows.json"), flows.to_string()).expect("flows.json");
}
