//! Objects with something in every field, so that what a store leaves out shows.

use std::sync::Arc;

use linepack_core::alarm::{
    Alarm, Cause, Chattering, Comment, Evidence, Hide, HideKind, Hides, Remarks, Request, State, Transition,
};
use linepack_core::dispatch::{
    Assignment, AssignmentState, Clock, ClockName, EtaBy, Incident, IncidentKind, IncidentState,
};
use linepack_core::handover::{Handover, HandoverState};
use linepack_core::registry::Priority;
use linepack_core::{
    Actor, AlarmId, AssetId, AssignmentNo, CrewId, HandoverNo, IncidentNo, LonLat, Millis, Quality, Reason, Ts,
};

pub(super) fn alarm(id: u32, state: State, seq: u64) -> Alarm {
    Alarm {
        id: AlarmId(id),
        seq,
        state,
        value: 130.5,
        quality: Quality::Uncertain(Reason::Substituted),
        raised: Some(Ts(1000)),
        acked: Some((Ts(1500), "ann".into())),
        cleared: None,
        pending: Some(Ts(1700)),
        incident: Some(IncidentNo(3)),
        abnormal: true,
        hides: hides(),
        evidence: Some(Arc::new(evidence())),
        onset: Some(Ts(995)),
        chatter: Box::new(Chattering {
            held: true,
            activations: 7,
            recent: vec![Ts(1), Ts(2)],
            ..Chattering::default()
        }),
        group: Some(AlarmId(id)),
        request: Some(Box::new(Request {
            kind: HideKind::Suppressed,
            until: None,
            by: "bob".into(),
            reason: "pig run".into(),
            at: Ts(1200),
            expires: Ts(4_102_444_800_000),
        })),
        remarks: Some(Box::new(Remarks {
            assignee: Some("ann".into()),
            comments: 2,
            last: Some(Comment { by: "bob".into(), at: Ts(1550), text: "pilot frozen".into() }),
        })),
    }
}

fn evidence() -> Evidence {
    Evidence {
        why: "jump".into(),
        expected: Some(100.25),
        low: None,
        high: Some(101.5),
        score: 2.5,
        window: Millis::mins(10),
        confidence: 0.75,
        learned: Some((Ts(100), Ts(900))),
        degraded: "".into(),
    }
}

fn hides() -> Hides {
    let mut hides = Hides::default();
    let hide = |until| Hide { by: "ann".into(), reason: "permit 4711".into(), since: Ts(900), until, warned: true };
    hides.add(HideKind::Shelved, hide(Some(Ts(4_102_444_800_000))));
    hides.add(HideKind::OutOfService, hide(None));
    hides.add(HideKind::ByDesign, hide(None));
    hides.add(HideKind::ByDesign, Hide { by: "stopped".into(), ..hide(None) });
    hides
}

pub(super) fn transition(at: i64, to: State) -> Transition {
    Transition {
        from: State::Normal,
        to,
        cause: Cause::Raise,
        actor: Some(Actor { name: "ann".into(), address: "10.0.0.1".into() }),
        reason: Some("why\0not".into()),
        value: f64::NAN,
        limit: 120.0,
        quality: Quality::Good,
        source: Ts(at - 5),
        at: Ts(at),
    }
}

pub(super) fn incident(no: u64, state: IncidentState) -> Incident {
    Incident {
        no: IncidentNo(no),
        kind: IncidentKind::LowPressure,
        state,
        priority: Priority::Critical,
        title: "低压 — low pressure".into(),
        position: LonLat { lon: 106.5, lat: 29.5 },
        address: "12 Mill Lane".into(),
        asset: Some(AssetId(1)),
        skill: "regulator".into(),
        auto: true,
        alarms: vec![AlarmId(0), AlarmId(2)],
        assignments: vec![AssignmentNo(no * 10)],
        opened: Ts(900),
        closed: (state == IncidentState::Closed).then_some(Ts(5000)),
        resolution: "".into(),
        clocks: vec![
            Clock { name: ClockName::Turnout, due: Ts(2000), stopped: Some(Ts(1900)) },
            Clock { name: ClockName::Arrival, due: Ts(3000), stopped: None },
        ],
        no_crew: false,
    }
}

pub(super) fn assignment(no: u64, incident: u64) -> Assignment {
    Assignment {
        no: AssignmentNo(no),
        incident: IncidentNo(incident),
        crew: CrewId(1),
        state: AssignmentState::EnRoute,
        offered: Ts(1000),
        accept_by: Ts(61_000),
        accepted: Some(Ts(1100)),
        en_route: Some(Ts(1200)),
        on_scene: None,
        made_safe: None,
        restored: None,
        completed: None,
        ended: None,
        eta_s: 321.5,
        eta_by: EtaBy::Straight,
        distance_m: 1234.5,
        report: "".into(),
        size: None,
    }
}

pub(super) fn handover(no: u64, state: HandoverState) -> Handover {
    Handover {
        no: HandoverNo(no),
        position: "north".into(),
        from: Some("ann".into()),
        to: None,
        note: "valve 7 sticks".into(),
        standing: "{}".into(),
        state,
        written: Ts(900),
        ended: (state != HandoverState::Offered).then(|| ("bob".into(), Ts(950))),
    }
}
