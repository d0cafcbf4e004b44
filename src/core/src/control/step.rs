//! What operators do: select, execute, cancel.

use std::sync::Arc;

use super::desk::Desk;
use super::{Control, ControlState, Operate};
use crate::registry::PointType;
use crate::{Actor, ControlNo, Millis, PointId, Refusal, Registry, Reply, Ts};

type Answer = Result<Reply, Refusal>;

/// Most commands being executed at once: those who carry them out have room for that many.
pub const MAX_EXECUTING: usize = 256;

/// An execution nobody has heard of this much longer than it may take is given up.
const GRACE: Millis = Millis::secs(60);

/// What the desk must know of a point.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Present {
    /// Its current value; none where nothing is known.
    pub(crate) value: Option<f64>,
    /// Its device or link does not answer.
    pub(crate) silent: bool,
}

impl Desk {
    /// Chooses a point and a value. Nothing is sent.
    #[expect(clippy::too_many_arguments, reason = "what a selection consists of")]
    pub(crate) fn select(
        &mut self,
        registry: &Registry,
        now: Ts,
        point: PointId,
        value: f64,
        reason: Arc<str>,
        present: Present,
        actor: &Actor,
    ) -> Answer {
        let Some(kind) = registry.points.get(point.index()).map(|p| registry.point_type(p)) else {
            return Err(Refusal::NotFound { what: "point", id: point.0.to_string() });
        };
        if let Some(detail) = unfit(value, kind) {
            return Err(Refusal::Invalid { field: "value", detail });
        }
        let name: Arc<str> = registry.point_name(point).into();
        reachable(&name, "down", present)?;
        self.tick(now);
        if let Some(held) = self.holds.get(&name).and_then(|no| self.all.get(no)) {
            let (no, by, state) = (held.no, &held.selected_by.name, held.state.name());
            return Err(Refusal::Conflict { state, detail: format!("{name} is held by {by}: {no} is {state}") });
        }
        self.last += 1;
        let no = ControlNo(self.last);
        let expires = now + registry.control.select_timeout;
        self.holds.insert(name.clone(), no);
        self.due.insert((expires, no));
        self.all.insert(
            no,
            Control {
                no,
                point: name,
                value,
                unit: kind.unit.clone(),
                state: ControlState::Selected,
                reason,
                before: present.value,
                selected_by: actor.clone(),
                selected: now,
                expires,
                executed: None,
                finished: None,
                cause: None,
                found: None,
                detail: "".into(),
            },
        );
        self.edit(no, |_| {});
        self.reply(no)
    }

    /// Has a selected command sent. Asked again, it answers what came of it and sends nothing. `present` is of the
    /// command's point; none where the site no longer has it.
    pub(crate) fn execute(
        &mut self,
        registry: &Registry,
        now: Ts,
        no: ControlNo,
        present: impl Fn(PointId) -> Present,
        actor: &Actor,
    ) -> Result<(Reply, Option<Operate>), Refusal> {
        self.tick(now);
        let control = self.find(no)?;
        let state = control.state.name();
        let owner = &control.selected_by.name;
        if *owner != actor.name {
            let detail = format!("{no} was selected by {owner}; nobody else may execute it");
            return Err(Refusal::Conflict { state, detail });
        }
        match control.state {
            ControlState::Selected => {}
            ControlState::Expired | ControlState::Cancelled => {
                return Err(Refusal::Conflict { state, detail: format!("{no} is {state}; select it again") });
            }
            _ => return Ok((self.reply(no)?, None)),
        }
        let Some(point) = registry.find_point(&control.point) else {
            let detail = format!("the site no longer has {}", control.point);
            return Err(Refusal::Conflict { state, detail });
        };
        let present = present(point);
        reachable(&control.point, state, present)?;
        if self.running >= MAX_EXECUTING {
            let detail = format!("{MAX_EXECUTING} commands are being executed; try again");
            return Err(Refusal::Conflict { state, detail });
        }
        let (expires, value) = (control.expires, control.value);
        self.due.remove(&(expires, no));
        self.due.insert((now + registry.control.verify_within + GRACE, no));
        self.running += 1;
        self.edit(no, |c| {
            c.state = ControlState::Executing;
            c.executed = Some((actor.clone(), now));
            c.before = present.value;
        });
        Ok((self.reply(no)?, Some(Operate { control: no, point, value, at: now })))
    }

    /// Gives up a selection. Anybody may: not to act is always safe.
    pub(crate) fn cancel(&mut self, now: Ts, no: ControlNo, actor: &Actor) -> Answer {
        self.tick(now);
        let state = self.find(no)?.state;
        if state != ControlState::Selected {
            let state = state.name();
            return Err(Refusal::Conflict { state, detail: format!("{no} is {state}: there is nothing to cancel") });
        }
        self.end(now, no, actor, ControlState::Cancelled);
        self.reply(no)
    }

    fn reply(&self, no: ControlNo) -> Answer {
        self.find(no).map(|c| Reply::Control(Box::new(c.clone())))
    }
}

/// What is wrong with a value; none where it can be written.
fn unfit(value: f64, kind: &PointType) -> Option<String> {
    match kind.range {
        _ if !value.is_finite() => Some("must be a finite number".to_owned()),
        Some((low, high)) if value < low || value > high => Some(format!("must be from {low} to {high}")),
        _ if !kind.states.is_empty() && kind.state(value).is_none() => {
            let all: Vec<String> = kind.states.iter().map(|(number, word)| format!("{number} ({word})")).collect();
            Some(format!("must be one of {}", all.join(", ")))
        }
        _ => None,
    }
}

fn reachable(point: &str, state: &'static str, present: Present) -> Result<(), Refusal> {
    if present.silent {
        let detail = format!("{point} cannot be reached: its device or link does not answer");
        return Err(Refusal::Conflict { state, detail });
    }
    Ok(())
}
