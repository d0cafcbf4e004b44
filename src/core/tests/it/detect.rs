//! Detectors through the whole machine: they judge every live sample, learn only from what is good and quiet, and
//! outlive restarts and reloads.

mod waiting;

use std::sync::Arc;

use linepack_core::detect::{DetectorKind, DetectorSpec, SignalKind};
use linepack_core::hub::{ModelState, SavedModel};
use linepack_core::input::ModelAct;
use linepack_core::registry::{AlarmKind, DetectorRule, OtherPoint, Rule, Season};
use linepack_core::{
    Actor, AlarmId, Command, Delivery, Event, Input, Millis, Quality, Reason, Refusal, Registry, Sample, Saved, Ts,
};

use crate::play::{Player, START};
use crate::site::{point, rule, site};

/// A rule with a detector that learns for a minute.
fn learning(kind: AlarmKind, detector: DetectorKind) -> Rule {
    let spec = DetectorSpec {
        window: Millis::secs(10),
        warm_up: Millis::secs(60),
        memory: Millis::mins(60),
        ..DetectorSpec::of(detector, SignalKind::Generic)
    };
    Rule { detector: Some(Arc::new(DetectorRule { spec: spec.into(), with: vec![], season: None })), ..rule(kind, 0.0) }
}

fn with(rule: &Rule, change: impl FnOnce(&mut DetectorRule)) -> Rule {
    let mut detector = rule.detector.as_deref().cloned().expect("a detector");
    change(&mut detector);
    Rule { detector: Some(Arc::new(detector)), ..rule.clone() }
}

fn registry(rules: Vec<Rule>) -> Registry {
    site(vec![point("p", rules), point("q", vec![])], &[("a", None)], vec![])
}

/// A core that is fed one sample of `a/p` a second.
struct Bench {
    player: Player,
    second: i64,
}

const ALARM: AlarmId = AlarmId(0);

impl Bench {
    fn new(rules: Vec<Rule>) -> Self {
        Self::of(registry(rules), Saved::default(), 0)
    }

    fn of(registry: Registry, saved: Saved, second: i64) -> Self {
        Self { player: Player::new(Arc::new(registry), saved), second }
    }

    fn give(&mut self, value: f64, quality: Quality) {
        self.second += 1;
        let ts = Ts(START + self.second * 1000);
        let point = self.player.core.registry().find_point("a/p").expect("a point of the site");
        let sample = Sample { point, ts, received: ts, value, quality, delivery: Delivery::Live };
        self.player.at(ts.0);
        self.player.step(Input::Samples(vec![sample]));
    }

    /// An ordinary value: 100 with a little noise.
    fn usual(&mut self, seconds: i64) {
        for _ in 0..seconds {
            let noise = f64::from(u32::try_from((self.second * 7919) % 101).expect("small")) / 101.0 - 0.5;
            self.give(100.0 + noise, Quality::Good);
        }
    }

    fn odd(&mut self, seconds: i64) {
        for _ in 0..seconds {
            self.give(130.0, Quality::Good);
        }
    }

    fn model(&self) -> ModelState {
        self.player.core.model(ALARM).expect("a detector")
    }

    fn raised(&self) -> bool {
        self.player.core.alarms().any(|a| a.id == ALARM && a.is_raised())
    }

    fn act(&mut self, act: ModelAct, reason: &str) -> Option<Refusal> {
        let command = Command::Model { alarm: ALARM, act, reason: reason.into() };
        let actor = Actor { name: "eng".into(), address: "10.0.0.2".into() };
        self.player.step(Input::Command { command, actor });
        self.player.out.reply.clone().and_then(Result::err)
    }

    fn handed_out(&mut self) -> Vec<ModelState> {
        self.player.step(Input::Save);
        let model = |e: &Event| if let Event::Model(m) = e { Some((**m).clone()) } else { None };
        self.player.out.events.iter().filter_map(model).collect()
    }
}

fn statistical() -> Rule {
    learning(AlarmKind::Statistical, DetectorKind::Statistical)
}

#[test]
fn nothing_is_raised_while_it_learns_and_what_is_odd_afterwards_is() {
    let mut bench = Bench::new(vec![statistical()]);
    bench.usual(20);
    bench.odd(5);
    assert!(!bench.raised(), "it has learned for 25 of 60 s");
    let mut bench = Bench::new(vec![statistical()]);
    bench.usual(400);
    assert!(!bench.raised() && bench.model().finding.is_some_and(|f| f.warm), "{:?}", bench.model());
    bench.odd(40);
    assert!(bench.raised(), "{:?}", bench.model());
    let alarm = bench.player.core.alarms().next().expect("an alarm");
    let evidence = alarm.evidence.expect("a detector says why");
    let expected = evidence.expected.expect("it knows a level");
    assert!((99.0..101.0).contains(&expected) && evidence.high.is_some_and(|h| h < 130.0), "{evidence:?}");
    assert_eq!(evidence.learned.map(|(from, _)| from), Some(Ts(START + 1000)));
    bench.usual(1200);
    assert!(!bench.raised(), "{:?}", bench.model());
}

#[test]
fn the_delays_of_the_alarm_hold_for_detectors_too() {
    let slow = Rule { on_delay: Millis::secs(30), ..statistical() };
    let mut at_once = Bench::new(vec![statistical()]);
    let mut late = Bench::new(vec![slow]);
    let mut seconds = [0, 0];
    for (bench, taken) in [&mut at_once, &mut late].into_iter().zip(&mut seconds) {
        bench.usual(400);
        while !bench.raised() && *taken < 200 {
            bench.odd(1);
            *taken += 1;
        }
    }
    assert_eq!(seconds[1] - seconds[0], 30);
}

#[test]
fn nothing_is_learned_from_bad_values_or_while_an_alarm_of_the_point_stands() {
    let mut bench = Bench::new(vec![statistical(), rule(AlarmKind::High, 120.0)]);
    bench.usual(400);
    let known = bench.model().model.samples;
    for quality in [Quality::Bad(Reason::SensorFailure), Quality::Uncertain(Reason::Unspecified)] {
        bench.give(100.0, quality);
        assert_eq!(bench.model().model.samples, known, "{quality:?}");
    }
    bench.odd(50);
    assert_eq!(bench.model().model.samples, known, "the first value beyond the limit counts too");
    bench.usual(1200);
    assert!(bench.model().model.samples > known, "all is well again: {:?}", bench.model());
}

#[test]
fn a_restart_goes_on_with_what_was_learned() {
    let mut bench = Bench::new(vec![statistical()]);
    bench.usual(400);
    let before = bench.handed_out();
    assert_eq!(before.len(), 1);
    assert!(bench.handed_out().is_empty(), "nothing new");
    let saved = |signature: String| Saved {
        models: vec![SavedModel { alarm: ALARM, model: before[0].model.clone(), frozen: None, signature }],
        ..Saved::default()
    };
    let signature = statistical().detector.expect("a detector").signature();
    let mut again = Bench::of(registry(vec![statistical()]), saved(signature), bench.second);
    assert_eq!(again.model().model, before[0].model);
    again.odd(40);
    assert!(again.raised(), "it need not learn anew");

    let mut foreign = Bench::of(registry(vec![statistical()]), saved("another rule".to_owned()), bench.second);
    assert_eq!(foreign.player.core.refused_models().len(), 1);
    assert_eq!(foreign.model().model.samples, 0);
    foreign.odd(40);
    assert!(!foreign.raised());
}

#[test]
fn a_reload_keeps_what_was_learned_unless_it_means_something_else_now() {
    let stricter = with(&statistical(), |d| d.spec = DetectorSpec { sigmas: 3.0, ..*d.spec }.into());
    let longer = with(&statistical(), |d| d.spec = DetectorSpec { window: Millis::secs(30), ..*d.spec }.into());
    for (rules, kept) in [
        (vec![statistical()], true),
        (vec![rule(AlarmKind::High, 500.0), statistical()], true),
        (vec![stricter], true),
        (vec![longer], false),
    ] {
        let mut bench = Bench::new(vec![statistical()]);
        bench.usual(400);
        let known = bench.model().model.samples;
        bench.player.step(Input::Reload(Arc::new(registry(rules))));
        let alarm = bench.player.core.registry().find_alarm("a:p:statistical").expect("an alarm");
        let model = bench.player.core.model(alarm).expect("a detector").model;
        assert_eq!(model.samples, if kept { known } else { 0 });
    }
}

#[test]
fn a_frozen_model_judges_and_learns_nothing() {
    let mut bench = Bench::new(vec![statistical()]);
    bench.usual(400);
    assert_eq!(bench.act(ModelAct::Unfreeze, "why not"), Some(conflict("learning", "the model is not frozen")));
    assert!(matches!(bench.act(ModelAct::Freeze, " "), Some(Refusal::Invalid { field: "reason", .. })));
    assert_eq!(bench.act(ModelAct::Freeze, "the plant is being rebuilt"), None);
    assert!(bench.player.text.contains("a:p:statistical normal>normal freeze"), "{}", bench.player.text);
    assert_eq!(bench.act(ModelAct::Freeze, "again"), Some(conflict("frozen", "the model is frozen already")));
    let frozen = bench.model();
    assert_eq!(frozen.frozen.as_ref().map(|f| (&*f.by, &*f.reason)), Some(("eng", "the plant is being rebuilt")));
    bench.usual(100);
    assert_eq!(bench.model().model.samples, frozen.model.samples);
    bench.odd(40);
    assert!(bench.raised());
    bench.usual(1200);
    assert_eq!(bench.act(ModelAct::Unfreeze, "done"), None);
    bench.usual(10);
    assert!(bench.model().model.samples > frozen.model.samples);
}

#[test]
fn a_model_that_begins_anew_ends_its_alarm_and_learns_what_is_normal_now() {
    let mut bench = Bench::new(vec![statistical()]);
    bench.usual(400);
    bench.odd(40);
    assert!(bench.raised());
    assert_eq!(bench.act(ModelAct::Reset, "130 is the new set point"), None);
    assert!(!bench.raised() && bench.model().model.samples == 0);
    bench.odd(300);
    assert!(!bench.raised() && bench.model().model.samples > 250, "{:?}", bench.model());
}

#[test]
fn silence_is_found_by_the_clock_and_ended_by_a_sample() {
    let silent = learning(AlarmKind::NoReport, DetectorKind::NoReport);
    let mut bench = Bench::new(vec![silent]);
    bench.usual(200);
    bench.player.ticks(9_000);
    assert!(!bench.raised(), "the window is 10 s");
    bench.player.ticks(60_000);
    assert!(bench.raised(), "{:?}", bench.model());
    bench.second += 70;
    bench.usual(1);
    assert!(!bench.raised());
}

#[test]
fn silence_counts_anew_from_a_restart_and_from_the_return_of_a_device() {
    let silent = || learning(AlarmKind::NoReport, DetectorKind::NoReport);
    let mut bench = Bench::new(vec![silent()]);
    bench.usual(200);
    let models = bench.handed_out();
    let signature = silent().detector.expect("a detector").signature();
    let saved = SavedModel { alarm: ALARM, model: models[0].model.clone(), frozen: None, signature };
    let saved = Saved { models: vec![saved], ..Saved::default() };
    // an hour later
    let mut again = Bench::of(registry(vec![silent()]), saved, 3_800);
    again.player.at(START + 3_800_000);
    again.player.ticks(5_000);
    assert!(!again.raised(), "nobody could report meanwhile");
    again.player.ticks(60_000);
    assert!(again.raised(), "{:?}", again.model());
    again.second += 70;
    again.give(0.0, Quality::Bad(Reason::SensorFailure));
    assert!(!again.raised(), "bad values are a report too");
}

#[test]
fn a_rate_over_a_window_keeps_its_direction_and_is_not_moved_by_a_spike() {
    let rises = |kind| {
        let rule = learning(kind, DetectorKind::Rate);
        let rule = with(&rule, |d| d.spec = DetectorSpec { limit: Some(1.0), ..*d.spec }.into());
        Rule { limit: 1.0, ..rule }
    };
    for (kind, slope, raised) in [
        (AlarmKind::RateOfRise, 2.0, true),
        (AlarmKind::RateOfRise, 0.5, false),
        (AlarmKind::RateOfRise, -2.0, false),
        (AlarmKind::RateOfFall, -2.0, true),
    ] {
        let mut bench = Bench::new(vec![rises(kind)]);
        for second in 0..60 {
            bench.give(100.0 + slope * f64::from(second), Quality::Good);
        }
        assert_eq!(bench.raised(), raised, "{kind:?} {slope}");
    }
    let mut bench = Bench::new(vec![rises(AlarmKind::RateOfRise)]);
    bench.usual(30);
    bench.odd(1);
    assert!(!bench.raised(), "one spike is no rise");
    bench.usual(30);
    assert!(!bench.raised());
}

#[test]
fn a_twin_that_is_bad_degrades_openly_and_the_alarm_stands_as_it_was() {
    let twin = OtherPoint { asset: None, point: "q".into() };
    let deviation = with(&learning(AlarmKind::Deviation, DetectorKind::Deviation), |d| d.with = vec![Some(twin)]);
    let mut bench = Bench::new(vec![deviation]);
    bench.usual(100);
    let finding = bench.model().finding.expect("it looked");
    assert!(finding.met.is_none() && finding.degraded.is_some(), "{finding:?}");
    assert!(!bench.raised());
}

#[test]
fn out_of_season_nothing_is_found_or_learned() {
    // the script begins in November
    for (from, to, learns) in [((10, 15), (4, 15), true), ((4, 16), (10, 14), false)] {
        let season = with(&statistical(), |d| d.season = Some(Season { from, to }));
        let mut bench = Bench::new(vec![season]);
        bench.usual(400);
        bench.odd(40);
        assert_eq!((bench.raised(), bench.model().model.samples > 0), (learns, learns), "{from:?}");
    }
}

#[test]
fn every_model_that_learned_is_handed_out_within_five_minutes() {
    let mut bench = Bench::new(vec![statistical(), learning(AlarmKind::Stuck, DetectorKind::Stuck)]);
    bench.player.ticks(100);
    bench.second = 1;
    bench.usual(30);
    bench.player.text.clear();
    bench.player.ticks(300_000);
    let lines = bench.player.text.lines().filter(|l| l.contains(" model ")).count();
    assert_eq!(lines, 2, "{}", bench.player.text);
    bench.player.text.clear();
    bench.player.ticks(300_000);
    assert!(!bench.player.text.contains(" model "), "nothing was learned since: {}", bench.player.text);
}

fn conflict(state: &'static str, detail: &str) -> Refusal {
    Refusal::Conflict { state, detail: detail.to_owned() }
}
