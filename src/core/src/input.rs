//! What goes into the core. Everything that can change it is one of these, in one order.

use std::sync::Arc;

use crate::alarm::Act;
use crate::control::{Control, Outcome};
use crate::dispatch::{Assignment, CrewState, CrewStatus, Incident, IncidentKind, RepairSize};
use crate::handover::{Handover, Words};
use crate::tune::Setting;
use crate::{
    AlarmId, AssetId, AssignmentNo, ConnectionId, ControlNo, CrewId, HandoverNo, IncidentNo, LonLat, PointId, Registry,
    Sample, Ts,
};

/// One thing that happened outside.
#[derive(Clone, Debug)]
pub enum Input {
    /// Values, a whole read at a time, in order of arrival.
    Samples(Vec<Sample>),
    /// A connection came up or went down.
    Link {
        /// Which.
        connection: ConnectionId,
        /// Whether it is up now.
        up: bool,
    },
    /// A device behind a connection began or ceased to answer.
    Device {
        /// Which.
        asset: AssetId,
        /// Whether it answers now.
        up: bool,
    },
    /// The store loses samples or has been without its database for long, or is well again.
    Store {
        /// Whether all is well.
        up: bool,
    },
    /// A crew reported where it is.
    Position(Fix),
    /// A crew's status, from the crew itself (MQTT) or through the API.
    Status {
        /// Which crew.
        crew: CrewId,
        /// The status it claims; only `off-duty`, `available`, `en-route`, `on-scene`, `busy` can be set from outside.
        status: CrewStatus,
        /// Who says so.
        actor: Actor,
    },
    /// Somebody wants something done; answered with [`Reply`] or [`Refusal`].
    Command {
        /// What.
        command: Command,
        /// Who.
        actor: Actor,
    },
    /// What came of a command that was sent to the field.
    Outcome {
        /// Which.
        control: ControlNo,
        /// What.
        outcome: Outcome,
    },
    /// Time passed: timers (stale, delays, offers, clocks, selections) are looked at. Send it at least every 250 ms.
    Tick,
    /// The hub stops: what was learned is to be kept.
    Save,
    /// The site was read anew.
    Reload(Arc<Registry>),
}

/// A crew's position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fix {
    /// Which crew.
    pub crew: CrewId,
    /// Where.
    pub position: LonLat,
    /// When the receiver fixed it.
    pub ts: Ts,
    /// Radius of the fix in metres, where known.
    pub accuracy_m: Option<f64>,
}

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// User name; `hub` for the hub itself, `crew:ID` for a crew over MQTT.
    pub name: Arc<str>,
    /// Network address it came from; empty for the hub itself.
    pub address: Arc<str>,
}

impl Actor {
    /// The hub acting by its own rules.
    pub fn hub() -> Self {
        Self { name: "hub".into(), address: "".into() }
    }
}

/// What people and crews can ask for.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Acknowledge an alarm, hide it, show it again.
    Alarm {
        /// Which.
        alarm: AlarmId,
        /// What.
        act: Act,
        /// [`Alarm::seq`](crate::alarm::Alarm::seq) as the person saw it: one that has moved since stays as it is.
        seq: Option<u64>,
    },
    /// Change settings of an alarm.
    Tune {
        /// Which.
        alarm: AlarmId,
        /// What, to what; as [`Setting::read`] has it.
        settings: Vec<(Setting, f64)>,
        /// Why; not empty.
        reason: Arc<str>,
        /// When they become what the site folder says by themselves.
        until: Option<Ts>,
    },
    /// Take such changes back.
    Untune {
        /// Which.
        alarm: AlarmId,
        /// One of them; none: all.
        setting: Option<Setting>,
        /// Why; may be empty.
        reason: Arc<str>,
    },
    /// Freeze the model of an alarm, let it learn again, make it begin anew.
    Model {
        /// Whose.
        alarm: AlarmId,
        /// What.
        act: ModelAct,
        /// Why; not empty.
        reason: Arc<str>,
    },
    /// Acknowledge many alarms at once, each as it was seen (see `seq` above). Each is answered for itself.
    Acknowledge(Vec<(AlarmId, Option<u64>)>),
    /// A call from the public, or an incident opened by hand.
    Open(Call),
    /// Offer the incident to a crew.
    Dispatch {
        /// Which incident.
        incident: IncidentNo,
        /// Whom.
        crew: CrewId,
    },
    /// End an incident with a disposition; open assignments are cancelled.
    Close {
        /// Which.
        incident: IncidentNo,
        /// How it ended; not empty.
        resolution: Arc<str>,
    },
    /// Add a line to the timeline.
    Note {
        /// Which incident.
        incident: IncidentNo,
        /// The line; not empty.
        text: Arc<str>,
    },
    /// Fold one incident into another: alarms, calls and open assignments move over.
    Merge {
        /// Which ends.
        incident: IncidentNo,
        /// Which goes on.
        into: IncidentNo,
    },
    /// Enter a value: of a point without a source, or to start a total again.
    Enter {
        /// Which point.
        point: PointId,
        /// In its unit.
        value: f64,
        /// Why; not empty.
        reason: Arc<str>,
        /// When the value holds from; none: now.
        ts: Option<Ts>,
    },
    /// Put a value in place of the measured one.
    Substitute {
        /// Which point.
        point: PointId,
        /// In its unit.
        value: f64,
        /// Why; not empty.
        reason: Arc<str>,
        /// When it ends by itself.
        until: Option<Ts>,
    },
    /// Show the measured value again.
    Unsubstitute {
        /// Which point.
        point: PointId,
        /// Why; may be empty.
        reason: Arc<str>,
    },
    /// Write the hand-over of a shift.
    HandOver(Words),
    /// Sit down at a position.
    TakePosition(Words),
    /// Accept a hand-over.
    AcceptHandover(HandoverNo),
    /// Take a hand-over back.
    WithdrawHandover(HandoverNo),
    /// A crew's step.
    Step {
        /// Which assignment.
        assignment: AssignmentNo,
        /// Which step.
        step: Step,
    },
    /// Choose a point and a value to be written. Nothing is sent.
    Select {
        /// Which point; that it can be written is the shell's to know.
        point: PointId,
        /// In the point's unit.
        value: f64,
        /// Why; may be empty.
        reason: Arc<str>,
    },
    /// Send what was selected; by the same person only.
    Execute {
        /// Which command.
        control: ControlNo,
    },
    /// Give up what was selected.
    Cancel {
        /// Which command.
        control: ControlNo,
    },
}

/// What a person does to a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelAct {
    /// It judges, but learns no more.
    Freeze,
    /// It learns again.
    Unfreeze,
    /// It forgets everything; its alarm ends.
    Reset,
}

/// A report from the public.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// What is reported.
    pub kind: IncidentKind,
    /// Where.
    pub position: LonLat,
    /// As the caller says it; may be empty.
    pub address: Arc<str>,
    /// Name or number of the caller; may be empty.
    pub caller: Arc<str>,
    /// Free text; may be empty.
    pub note: Arc<str>,
}

/// The crew's steps, in order; `Decline` instead of `Accept`.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// offered → accepted.
    Accept,
    /// offered → declined.
    Decline {
        /// Why; not empty.
        reason: Arc<str>,
    },
    /// accepted → en-route.
    EnRoute,
    /// en-route (or accepted) → on-scene.
    OnScene,
    /// on-scene → made-safe.
    MadeSafe,
    /// made-safe (or on-scene) → restored.
    Restored,
    /// restored, made-safe or on-scene → complete.
    Complete {
        /// What was done.
        report: Arc<str>,
        /// How large the repair was.
        size: Option<RepairSize>,
    },
}

/// Answer to a command that was carried out: the object after it.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// After [`Command::Alarm`].
    Alarm(crate::alarm::Alarm),
    /// After [`Command::Acknowledge`], in its order.
    Alarms(Vec<Result<crate::alarm::Alarm, Refusal>>),
    /// After commands on incidents.
    Incident(Box<Incident>),
    /// After dispatch and steps.
    Assignment(Box<Assignment>),
    /// After a status.
    Crew(Box<CrewState>),
    /// After commands to the field.
    Control(Box<Control>),
    /// After commands on hand-overs.
    Handover(Box<Handover>),
    /// After an entered value: the point that has it.
    Point(PointId),
}

/// Why a command was not carried out. Nothing changed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// There is no such thing.
    #[error("there is no {what} {id}")]
    NotFound {
        /// `alarm`, `incident`, `crew`, `assignment`, `point`, `command`.
        what: &'static str,
        /// What was asked for.
        id: String,
    },
    /// Not in this state.
    #[error("{detail}")]
    Conflict {
        /// The present state, in the wire's word.
        state: &'static str,
        /// What a person can do about it.
        detail: String,
    },
    /// A field cannot be so.
    #[error("{field}: {detail}")]
    Invalid {
        /// Which field.
        field: &'static str,
        /// What was expected.
        detail: String,
    },
}
