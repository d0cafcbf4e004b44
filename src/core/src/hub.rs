//! The step: inputs in, events out.

mod act;
mod annunciate;
mod clocks;
mod derived;
mod detect;
mod field;
mod flood;
mod group;
mod links;
mod reload;
mod substitute;
mod suppress;
mod time;
mod tune;

use std::sync::Arc;

use crate::alarm::Alarm;
use crate::control::{Control, Desk, Present, SavedDesk};
use crate::dispatch::{Assignment, Board, CrewState, Incident, SavedBoard};
use crate::event::{Event, Output};
use crate::handover::{Handover, Roster};
use crate::tune::Tuned;
use crate::{Actor, AlarmId, AssetId, Command, CrewId, Input, PointId, Quality, Reason, Refusal, Registry, Reply, Ts};
use field::Field;
use tune::{Change, Tuning};

pub use detect::{Frozen, ModelState, Moment, SavedModel, bands};
pub use flood::Flood;
pub use substitute::Substitute;

/// What a restart brings back. Things the registry no longer knows were left out by the shell.
#[derive(Clone, Debug, Default)]
pub struct Saved {
    /// Alarms that were not normal or had a delay running.
    pub alarms: Vec<Alarm>,
    /// Floods that go on.
    pub floods: Vec<Flood>,
    /// Open incidents.
    pub incidents: Vec<Incident>,
    /// Assignments of open incidents.
    pub assignments: Vec<Assignment>,
    /// Crews.
    pub crews: Vec<CrewState>,
    /// Last values, as `uncertain (last-known)`.
    pub values: Vec<(PointId, Current)>,
    /// Values that stand in place of measured ones.
    pub substitutes: Vec<Substitute>,
    /// Settings of alarms that were changed while the hub ran.
    pub tuned: Vec<Tuned>,
    /// What detectors have learned.
    pub models: Vec<SavedModel>,
    /// Highest incident number ever given.
    pub last_incident: u64,
    /// Highest assignment number ever given.
    pub last_assignment: u64,
    /// Commands to the field that were selected or being executed.
    pub controls: Vec<Control>,
    /// Highest command number ever given.
    pub last_control: u64,
    /// Hand-overs that wait, and the last accepted of each position.
    pub handovers: Vec<Handover>,
    /// Highest hand-over number ever given.
    pub last_handover: u64,
}

/// A point's current value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Current {
    /// In the point's unit; NaN where nothing is known.
    pub value: f64,
    /// Trust.
    pub quality: Quality,
    /// Source time.
    pub ts: Ts,
    /// Arrival at the hub.
    pub received: Ts,
}

impl Current {
    /// Before anything has arrived.
    pub const NONE: Current =
        Current { value: f64::NAN, quality: Quality::Bad(Reason::NotReceived), ts: Ts(0), received: Ts(0) };
}

/// The control room's whole mind. Single writer; deterministic.
#[derive(Debug)]
pub struct Core {
    registry: Arc<Registry>,
    field: Field,
    board: Board,
    desk: Desk,
    tuning: Tuning,
    roster: Roster,
}

/// What one step works with.
pub(crate) struct Step<'a> {
    pub(crate) now: Ts,
    pub(crate) registry: &'a Registry,
    pub(crate) board: &'a mut Board,
    pub(crate) desk: &'a mut Desk,
    pub(crate) roster: &'a mut Roster,
    pub(crate) out: &'a mut Output,
}

impl Core {
    /// Starts from what was saved. Delays, pages and clocks go on as if nothing had happened; stale timers begin anew
    /// with the first step.
    pub fn new(registry: Arc<Registry>, saved: Saved) -> Self {
        let Saved {
            alarms,
            floods,
            incidents,
            assignments,
            crews,
            values,
            substitutes,
            tuned,
            last_incident,
            last_assignment,
            ..
        } = saved;
        let mut tuning = Tuning::restored(registry, tuned);
        let registry = tuning.registry();
        let desk = Desk::restored(SavedDesk { controls: saved.controls, last: saved.last_control });
        let mut field = Field::restored(&registry, &values, alarms, substitutes, floods);
        field.detectors.restore(&registry, saved.models);
        let board = SavedBoard { incidents, assignments, crews, last_incident, last_assignment };
        let board = Board::restored(&registry, board);
        let roster = Roster::restored(saved.handovers, saved.last_handover);
        Self { registry, field, board, desk, tuning, roster }
    }

    /// Takes one input at hub time `now` (never before that of an earlier step) and appends what follows to `out`,
    /// which the caller has cleared.
    ///
    /// After [`Input::Reload`] every number in `out` belongs to the new registry, and `out.events` repeats everything
    /// that is open (alarms not at rest, incidents with their assignments, crews, live commands), so that a reader may start from
    /// nothing. What the new site no longer has is named in `out.dropped_alarms` and `out.dropped_crews`.
    pub fn step(&mut self, now: Ts, input: Input, out: &mut Output) {
        if !self.field.started {
            self.field.start(now, &self.registry);
            self.field.detectors.wake(now);
            self.desk.wake(now);
            self.say_ended(now, out);
        }
        let registry = self.registry.clone();
        let mut look_again = vec![];
        let mut step = Step {
            now,
            registry: &registry,
            board: &mut self.board,
            desk: &mut self.desk,
            roster: &mut self.roster,
            out,
        };
        match input {
            Input::Samples(samples) => self.field.samples(&samples, &mut step),
            Input::Link { connection, up } => self.field.link(connection, up, &mut step),
            Input::Device { asset, up } => self.field.device(asset, up, &mut step),
            Input::Store { up } => self.field.store(up, &mut step),
            Input::Position(fix) => {
                if step.board.position(now, fix) {
                    step.out.moved.push(fix.crew);
                }
            }
            Input::Status { crew, status, actor } => {
                step.out.reply = Some(step.board.status(&registry, now, crew, status, &actor));
            }
            Input::Command { command: Command::Tune { alarm, settings, reason, until }, actor } => {
                let change = Change { alarm, settings: &settings, reason, until };
                out.reply = Some(self.tune(now, &change, &actor, out));
            }
            Input::Command { command: Command::Untune { alarm, setting, reason }, actor } => {
                out.reply = Some(self.untune(now, alarm, setting, &reason, &actor, out));
            }
            Input::Command { command, actor } => {
                let reply = self.field.command(command, &actor, &mut step);
                step.out.reply = Some(reply);
            }
            Input::Tick => {
                self.field.tick(&mut step);
                step.board.tick(&registry, now);
                step.desk.tick(now);
                self.end_tuned(now, out);
            }
            Input::Save => self.field.save_all(&mut step),
            Input::Outcome { control, outcome } => step.desk.outcome(now, control, outcome),
            Input::Reload(new) => {
                self.retune_site(&new, out);
                let new = self.tuning.registry();
                look_again = self.field.reload(&registry, &new, now, out);
                self.board.reload(&registry, &new, now, out);
                self.desk.reload(now);
                self.roster.reload();
                self.registry = new;
                self.say_ended(now, out);
            }
        }
        let mut step = Step {
            now,
            registry: &self.registry,
            board: &mut self.board,
            desk: &mut self.desk,
            roster: &mut self.roster,
            out,
        };
        self.field.look_again(&look_again, &mut step);
        self.field.derive(&mut step);
        self.field.suppress(&mut step);
        self.field.floods.flush(&mut step.out.events);
        self.board.flush(&mut out.events);
        self.desk.flush(&mut out.events);
        self.roster.flush(&mut out.events);
    }

    /// The present site.
    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// When something may be due for an alarm next, hub time.
    pub(crate) fn next_due(&self) -> Option<Ts> {
        self.field.book.next_due()
    }

    /// A point's current value.
    pub fn value(&self, point: PointId) -> Current {
        self.field.value(point)
    }

    /// Milliseconds a source's clock is behind the hub's; none where nothing tells.
    pub fn clock_offset(&self, asset: AssetId) -> Option<i64> {
        self.field.clocks.get(asset.index())?.offset()
    }

    /// Settings of alarms that stand otherwise than in the site folder.
    pub fn tuned(&self) -> impl Iterator<Item = &Tuned> + '_ {
        self.tuning.all()
    }

    /// Values that stand in place of measured ones.
    pub fn substitutes(&self) -> impl Iterator<Item = &Substitute> + '_ {
        self.field.substituted.all().map(|(s, _)| s)
    }

    /// What the detector of an alarm knows and thinks; none where it has no detector.
    pub fn model(&self, alarm: AlarmId) -> Option<ModelState> {
        self.field.detectors.state(alarm)
    }

    /// Saved models that were not taken at the start, with the reason: they are learned anew.
    pub fn refused_models(&self) -> &[(AlarmId, &'static str)] {
        self.field.detectors.refused()
    }

    /// Alarms that are not normal or have a delay running, by number.
    pub fn alarms(&self) -> impl Iterator<Item = Alarm> + '_ {
        self.field.book.active()
    }

    /// Normal alarms that have moved, with their number of transitions.
    pub fn rested(&self) -> impl Iterator<Item = (AlarmId, u64)> + '_ {
        self.field.book.rested()
    }

    /// Floods that go on.
    pub fn floods(&self) -> impl Iterator<Item = &Flood> + '_ {
        self.field.floods.open()
    }

    /// Open incidents, oldest first.
    pub fn incidents(&self) -> impl Iterator<Item = &Incident> + '_ {
        self.board.incidents()
    }

    /// Assignments of open incidents, oldest first.
    pub fn assignments(&self) -> impl Iterator<Item = &Assignment> + '_ {
        self.board.assignments()
    }

    /// Commands to the field that are live or ended lately, oldest first.
    pub fn controls(&self) -> impl Iterator<Item = &Control> + '_ {
        self.desk.controls()
    }

    /// The hand-overs that wait, and the last accepted of each position.
    pub fn handovers(&self) -> impl Iterator<Item = &Handover> + '_ {
        self.roster.all()
    }

    /// All crews of the site, by number.
    pub fn crews(&self) -> impl Iterator<Item = &CrewState> + '_ {
        self.board.crews().iter()
    }

    /// A crew as it is now.
    pub fn crew(&self, crew: CrewId) -> Option<&CrewState> {
        self.board.crews().get(crew)
    }
}

impl Field {
    fn command(&mut self, command: Command, actor: &Actor, step: &mut Step<'_>) -> Result<Reply, Refusal> {
        let (registry, now) = (step.registry, step.now);
        match command {
            Command::Alarm { alarm, act, seq } => self.act(alarm, act, seq, actor, step),
            Command::Model { alarm, act, reason } => self.act_on_model(alarm, act, &reason, actor, step),
            Command::Acknowledge(alarms) => Ok(self.acknowledge(alarms, actor, step)),
            Command::Open(call) => step.board.take_call(registry, now, call, actor),
            Command::Dispatch { incident, crew } => step.board.dispatch(registry, now, incident, crew, actor),
            Command::Close { incident, resolution } => step.board.close(now, incident, &resolution, actor),
            Command::Note { incident, text } => step.board.note(now, incident, &text, actor),
            Command::Merge { incident, into } => {
                let (reply, alarms) = step.board.merge(now, incident, into, actor)?;
                for alarm in alarms {
                    self.book.set_incident(alarm, into);
                    step.out.events.push(Event::Alarm { alarm: self.book.alarm(alarm), transition: None });
                }
                Ok(reply)
            }
            Command::Enter { point, value, reason, ts } => self.enter(point, value, &reason, ts, actor, step),
            Command::Substitute { point, value, reason, until } => {
                self.substitute(point, value, &reason, until, actor, step)
            }
            Command::Unsubstitute { point, reason } => self.unsubstitute(point, &reason, actor, step),
            Command::HandOver(words) => step.roster.write(words, now, actor),
            Command::TakePosition(words) => step.roster.take(words, now, actor),
            Command::AcceptHandover(no) => step.roster.accept(no, now, actor),
            Command::WithdrawHandover(no) => step.roster.withdraw(no, now, actor),
            Command::Step { assignment, step: what } => step.board.step(registry, now, assignment, what, actor),
            Command::Select { point, value, reason } => {
                let present = self.present(registry, point);
                step.desk.select(registry, now, point, value, reason, present, actor)
            }
            Command::Execute { control } => {
                let present = |point| self.present(registry, point);
                let (reply, operate) = step.desk.execute(registry, now, control, present, actor)?;
                step.out.operate.extend(operate);
                Ok(reply)
            }
            Command::Cancel { control } => step.desk.cancel(now, control, actor),
            // the core's own: they change the registry, which the field only reads
            Command::Tune { alarm, .. } | Command::Untune { alarm, .. } => {
                Err(Refusal::NotFound { what: "alarm", id: alarm.0.to_string() })
            }
        }
    }

    /// What control must know of a point.
    fn present(&self, registry: &Registry, point: PointId) -> Present {
        let silent = registry.points.get(point.index()).is_some_and(|p| self.links.is_silent(registry, p.asset));
        let value = self.value(point).value;
        Present { value: value.is_finite().then_some(value), silent }
    }
}
