//! The figures of `docs/PERFORMANCE.md` that need the whole program: `cargo bench --bench figures [CASE …]`.
//!
//! Cases: `mqtt` (publish → websocket frame), `alarm` (limit crossed → alarm on the socket), `modbus` (register → frame),
//! `sparkplug` (payload → samples, no socket), `start` (cold start and memory of 250,000 points), `fanout` (1,000
//! sockets). One JSON line a case. The program under test, the load and the broker share the machine: read ratios, not
//! absolutes. Needs Mosquitto.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a measuring program: it prints, and stops at what it did not expect"
)]

mod alarm;
mod fanout;
mod hub;
mod modbus;
mod mqtt;
mod socket;
mod sparkplug;
mod start;
mod stats;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let on = |case: &str| wanted.is_empty() || wanted.iter().any(|w| w == case);
        if on("mqtt") {
            mqtt::run().await;
        }
        if on("alarm") {
            alarm::run().await;
        }
        if on("modbus") {
            modbus::run().await;
        }
        if on("fanout") {
            fanout::run().await;
        }
        if on("sparkplug") {
            sparkplug::run();
        }
        if on("start") {
            start::run().await;
        }
    });
}
