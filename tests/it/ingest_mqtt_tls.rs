//! MQTT over TLS with client certificates, against a real Mosquitto; the certificates are made on the spot.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::ingest::{Folder, Rig};
use crate::mosquitto::{Mosquitto, free_port, until};

fn openssl(dir: &Path, arguments: &str) {
    let done = Command::new("openssl")
        .args(arguments.split(' '))
        .current_dir(dir)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("openssl runs");
    assert!(done.success(), "openssl {arguments}");
}

/// An authority, a broker called `broker.test`, a hub.
fn certificates(dir: &Path) {
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    openssl(dir, &format!("req -x509 {key} -keyout ca.key -out ca.crt -days 2 -subj /CN=authority"));
    openssl(dir, &format!("req -x509 {key} -keyout other.key -out other.crt -days 2 -subj /CN=other"));
    for (name, subject) in [("server", "broker.test"), ("client", "hub")] {
        std::fs::write(dir.join(format!("{name}.ext")), format!("subjectAltName=DNS:{subject}\n")).expect("written");
        openssl(dir, &format!("req {key} -keyout {name}.key -out {name}.csr -subj /CN={subject}"));
        openssl(
            dir,
            &format!(
                "x509 -req -in {name}.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out {name}.crt -days 2 -extfile {name}.ext"
            ),
        );
    }
}

fn folder(port: u16, dir: &Path, version: &str, more: &str) -> Folder {
    let dir = dir.display();
    let more = more.replace("DIR", &dir.to_string());
    let hub = format!(
        r#"
        [[connection]]
        name = "field"
        protocol = "mqtt"
        address = "mqtts://127.0.0.1:{port}"
        version = "{version}"
        retry_max = "200ms"
        {more}
        subscribe = [{{ topic = "linepack/v1/telemetry/#", format = "linepack" }}]
        [[template]]
        name = "t"
        [[template.point]]
        name = "flow"
        "#
    );
    Folder::new(&hub, "rs-1,t,field,,")
}

#[tokio::test]
async fn certificates_are_checked_both_ways_and_faults_say_what_to_do() {
    let port = free_port();
    let broker = Mosquitto::with(|dir| {
        certificates(dir);
        let dir = dir.display();
        format!(
            "listener {port} 127.0.0.1\ncafile {dir}/ca.crt\ncertfile {dir}/server.crt\nkeyfile {dir}/server.key\nrequire_certificate true\n"
        )
    })
    .await;
    let dir = broker.dir.path();
    let identity = "cert = \"DIR/client.crt\"\nkey = \"DIR/client.key\"";
    for version in ["3.1.1", "5"] {
        for (more, expect) in [
            (format!("ca = \"DIR/other.crt\"\n{identity}"), "name the authority that signed it with `ca`"),
            (format!("ca = \"DIR/ca.crt\"\n{identity}"), "give it as `server_name`"),
            ("ca = \"DIR/ca.crt\"\nserver_name = \"broker.test\"".to_owned(), "client certificate"),
        ] {
            let rig = Rig::start(&folder(port, dir, version, &more).load(), None);
            let told = || rig.links.statuses()[0].wire().detail;
            until(&format!("{version}: {expect}"), || told().contains(expect)).await;
            rig.stop().await;
        }
        let more = format!("ca = \"DIR/ca.crt\"\nserver_name = \"broker.test\"\n{identity}");
        let mut rig = Rig::start(&folder(port, dir, version, &more).load(), None);
        rig.link("field", true).await;
        let mut device = broker.client("device").await;
        device.retain("linepack/v1/telemetry/rs-1/flow", "7").await;
        assert_eq!(rig.sample("rs-1/flow").await.value, 7.0, "{version}");
        rig.stop().await;
    }
    // plain MQTT where TLS is expected
    let rig = Rig::start(&folder(broker.port, dir, "3.1.1", "ca = \"DIR/ca.crt\"").load(), None);
    until("told", || !rig.links.statuses()[0].wire().detail.is_empty()).await;
    rig.stop().await;
}
