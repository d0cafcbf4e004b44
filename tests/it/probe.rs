//! `linepack probe modbus` against a device.

use serde_json::Value;
use tokio::process::Command;

use crate::modbus_slave::{Reaction, Slave, exception, fields, read};

/// Holding registers 1 to 40 with a hole at 20: 4 and 5 hold 98.75 with the low word first, 10 holds 987. No input
/// registers, coils 0 to 9, at most 16 registers a read.
fn device(unit: u8, pdu: &[u8]) -> Reaction {
    if unit != 3 {
        return Reaction::Silence;
    }
    let (start, count) = fields(pdu);
    let end = (start + count).saturating_sub(1);
    match pdu[0] {
        3 if count <= 16 && start >= 1 && end <= 40 && !(start..=end).contains(&20) => {
            Reaction::Answer(read(pdu, |a| match a {
                4 => 0x8000,
                5 => 0x42C5,
                10 => 987,
                _ => a,
            }))
        }
        1 if end <= 9 => Reaction::Answer(read(pdu, |a| u16::from(a == 7))),
        1 | 3 => exception(pdu, 2),
        _ => exception(pdu, 1),
    }
}

async fn probe(slave: &Slave, args: &[&str]) -> (bool, String) {
    let out = Command::new(env!("CARGO_BIN_EXE_linepack"))
        .args([
            "probe",
            "modbus",
            &slave.address.to_string(),
            "--count",
            "64",
            "--timeout-ms",
            "300",
            "--pause-ms",
            "0",
        ])
        .args(args)
        .output()
        .await
        .expect("it runs");
    (out.status.success(), String::from_utf8(out.stdout).expect("text"))
}

#[tokio::test]
async fn a_device_is_found_out() {
    let slave = Slave::tcp(device).await;
    let (fine, out) = probe(&slave, &["--unit", "3", "--json", "--expect", "5=98.75", "--expect", "40012=98.7"]).await;
    assert!(fine);
    let report: Value = serde_json::from_str(&out).expect("JSON");
    let tables = report["tables"].as_array().unwrap();
    let runs = |table: &str| tables.iter().find(|t| t["table"] == table).unwrap()["runs"].to_string();
    assert_eq!((runs("holding"), runs("coil")), ("[[1,19],[21,20]]".to_owned(), "[[0,10]]".to_owned()));
    assert!(tables.iter().any(|t| t["table"] == "input" && t["absent"] == true));
    assert_eq!(report["timing"]["longest_read"], 16);
    assert_eq!(report["timing"]["pipelining"], true);
    assert_eq!(report["timing"]["pause_ms"], 0);
    assert_eq!(report["usual_order"], "CDAB");
    let expected = &report["expected"];
    assert_eq!(expected[0]["found"][0].to_string(), r#"["holding",4,"type = \"f32\", order = \"CDAB\""]"#);
    assert_eq!(expected[1]["found"][0].to_string(), r#"["holding",10,"type = \"u16\", order = \"AB\", scale = 0.1"]"#);
    let hints = report["hints"].to_string();
    assert!(hints.contains("base = 1") && hints.contains("max_registers = 16"), "{hints}");
    let template = report["template"].as_str().unwrap();
    assert!(template.contains("address = 4, type = \"f32\", order = \"CDAB\""), "{template}");
}

#[tokio::test]
async fn a_busy_device_and_one_that_is_silent_at_an_address_are_read_all_the_same() {
    let asked = std::sync::atomic::AtomicUsize::new(0);
    let slave = Slave::tcp(move |_, pdu: &[u8]| {
        let (start, count) = fields(pdu);
        match pdu[0] {
            _ if asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed).is_multiple_of(5) => exception(pdu, 6),
            3 if (start..start + count).contains(&20) => Reaction::Silence,
            3 if start + count <= 40 => Reaction::Answer(read(pdu, |a| a)),
            _ => exception(pdu, 2),
        }
    })
    .await;
    let (fine, out) = probe(&slave, &["--unit", "1", "--json", "--tables", "holding"]).await;
    assert!(fine, "{out}");
    let report: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(report["tables"][0]["runs"].to_string(), "[[0,20],[21,19]]", "{report}");
    assert_eq!(report["tables"][0]["silent"], false, "{report}");
}

#[tokio::test]
async fn the_report_can_be_read_and_its_template_is_valid() {
    let slave = Slave::tcp(device).await;
    let (fine, out) = probe(&slave, &["--unit", "3", "--tables", "holding,coil"]).await;
    assert!(fine);
    for part in ["holding: 1–19, 21–40", "coil: 0–9", "98.75*", "on: 7", "longest read: 16", "in_flight = 4 works"]
    {
        assert!(out.contains(part), "no {part:?} in\n{out}");
    }
    let (_, template) = out.split_once("[[template]]").expect("a template");
    let folder = crate::ingest::Folder::new(&format!("[[template]]{template}"), "a,probed,,,");
    assert_eq!(folder.load().registry.assets.len(), 1);
}

#[tokio::test]
async fn nothing_there_is_told() {
    let slave = Slave::tcp(device).await;
    let (fine, out) = probe(&slave, &["--unit", "9", "--json", "--tables", "holding"]).await;
    assert!(!fine);
    let report: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((&report["tables"][0]["silent"], &report["timing"]), (&Value::Bool(true), &Value::Null));
}
