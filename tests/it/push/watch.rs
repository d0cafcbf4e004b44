//! `linepack watch` against a real socket.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use linepack::cli::watch::{WatchArgs, follow};
use linepack::push::Limits;
use linepack_core::alarm::State as AlarmState;

use super::hub::Hub;

/// What `linepack watch` prints.
#[derive(Clone, Default)]
struct Printed(Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Printed {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Printed {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

#[tokio::test]
async fn watch_prints_a_line_a_change_and_connects_again() {
    let hub = Hub::start(5, Limits { login: Duration::from_millis(50), ..Limits::default() }).await;
    let args = WatchArgs {
        what: vec!["alarms".into(), "rs-2/*".into()],
        url: Some(format!("http://{}", hub.address).parse().unwrap()),
        site: None,
        token: None,
        user: None,
        password_stdin: false,
        rate: "now".into(),
        json: false,
    };
    let printed = Printed::default();
    let mut out = printed.clone();
    let drive = async {
        hub.until(|_| printed.text().contains("rs-2/flow")).await;
        hub.alarm(1, AlarmState::Unacknowledged);
        hub.value(4..5, 131.5);
        hub.until(|_| printed.text().contains("high unacknowledged  rs-1:pressure:high")).await;
        hub.until(|_| printed.text().contains("rs-2/pressure  131.5  kPa  good")).await;
        // the hub throws it out once; it comes back and hears what it missed
        hub.logged_in.store(false, Ordering::Release);
        hub.until(|push| push.sessions() == 0).await;
        hub.logged_in.store(true, Ordering::Release);
        hub.alarm(3, AlarmState::Unacknowledged);
        hub.until(|_| printed.text().contains("rs-3:pressure:high")).await;
    };
    tokio::select! {
        ended = follow(&args, false, &mut out) => panic!("it goes on: {ended:?}"),
        () = drive => {}
    }
    hub.stop().await;
}
