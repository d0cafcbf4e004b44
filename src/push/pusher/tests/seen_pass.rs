//! What a frame or a snapshot saw for a moment, before anybody was told of it.

use super::*;

#[test]
fn a_crew_that_a_late_screen_saw_pass_is_taken_from_it_again() {
    block_on(async {
        let mut hub = Hub::new();
        let mut screen = Screen::open(&hub, EVERYTHING, Rate::default()).await;
        hub.crew(1, 105.9);
        // more frames than are kept for who does not read
        for alarm in 0..3 {
            hub.alarm(alarm, AlarmState::Normal);
            hub.tell();
            hub.flush();
        }
        // it passes while nobody has been told yet, and the screen is shown the present
        hub.crew(1, 106.1);
        screen.read(&hub).await;
        assert!(screen.things["crews"].contains_key("c-1"));
        hub.crew(1, 105.9);
        hub.settle();
        screen.read(&hub).await;
        assert!(!screen.things["crews"].contains_key("c-1"));
    });
}

#[test]
fn a_quality_that_a_frame_saw_pass_is_told_again() {
    block_on(async {
        let mut hub = Hub::new();
        let mut screen = Screen::open(&hub, EVERYTHING, Rate::default()).await;
        hub.clock.fetch_add(SETTLE.0 + 1, Ordering::AcqRel);
        hub.value(1, 0.0, Quality::Bad(Reason::Stale));
        hub.tell();
        // good while the frame is made, and bad again before anybody hears that it was good
        hub.value(1, 0.0, Quality::Good);
        hub.now += Duration::from_secs(5);
        hub.flush();
        hub.value(1, 0.0, Quality::Bad(Reason::Stale));
        hub.settle();
        screen.read(&hub).await;
        assert_eq!(screen.things["assets"]["rs-0"]["quality"], "bad");
    });
}
