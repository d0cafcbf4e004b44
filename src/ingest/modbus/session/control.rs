//! Writes: taken on, sent, looked after.

use tokio::time::Instant;
use tokio_modbus::ExceptionCode;

use super::{Session, Task, down};
use crate::ingest::feed::FeedError;
use crate::ingest::modbus::control::{Control, Phase};
use crate::ingest::modbus::decode;
use crate::ingest::modbus::encode::command;
use crate::ingest::modbus::pdu::{Answer, Request};
use crate::ingest::write::{Write, WriteError};

impl Session<'_> {
    /// Takes on a write, or answers at once why not.
    pub(crate) fn accept(&mut self, write: Write) {
        match self.control(&write) {
            Ok((unit, value, command)) => {
                self.next_control += 1;
                self.controls.push(Control::new(self.next_control, unit, value, command, write, Instant::now()));
            }
            Err(error) => {
                // whoever asked may have gone away
                let _ = write.answer.send(Err(error));
            }
        }
    }

    fn control(
        &self,
        write: &Write,
    ) -> Result<(u8, super::super::plan::Value, super::super::encode::Command), WriteError> {
        if write.generation != self.site.registry.generation {
            return Err(WriteError::Outdated);
        }
        let find =
            |r: &super::Read| Some((r.unit, r.start, r.values.iter().find(|v| r.point(v) == write.point)?.clone()));
        let Some((unit, start, mut value)) = self.reads.iter().find_map(find) else {
            return Err(WriteError::NotWritable("it has no register on this connection".to_owned()));
        };
        if self.schedule.is_down(unit) {
            return Err(down(&format!("unit {unit} does not answer")));
        }
        // from here on the value's own address
        value.at += start;
        let command = command(&value.spec, value.at, write.value).map_err(WriteError::NotWritable)?;
        Ok((unit, value, command))
    }

    /// Ends writes that waited too long.
    pub(super) fn drop_expired(&mut self, now: Instant) {
        while let Some(i) = self.controls.iter().position(|c| c.is_expired(now)) {
            self.controls.swap_remove(i).finish(Err(WriteError::Expired));
        }
    }

    /// Whether a write wants to be alone on the line.
    pub(super) fn write_is_due(&self, now: Instant) -> bool {
        self.controls.iter().any(|c| matches!(c.phase, Phase::Waiting(at) if at <= now))
    }

    /// The next request of a write, writes before looks, in their order.
    pub(super) fn due_control(&mut self, now: Instant) -> Option<(u8, Request, Task)> {
        let due = |c: &&mut Control| c.due().is_some_and(|at| at <= now);
        let key = |c: &&mut Control| (!matches!(c.phase, Phase::Waiting(_)), c.id);
        let control = self.controls.iter_mut().filter(due).min_by_key(key)?;
        let (id, unit) = (control.id, control.unit);
        match control.phase {
            Phase::Waiting(_) if self.schedule.is_down(unit) => {
                self.finish(id, Err(down(&format!("unit {unit} does not answer"))));
                None
            }
            Phase::Waiting(_) => {
                control.phase = Phase::Sent;
                Some((unit, control.command.request.clone(), Task::Write(id)))
            }
            Phase::Verify { end, .. } => {
                control.phase = Phase::Looking(end);
                let (table, count) = (control.value.spec.table, control.value.spec.ty.size());
                Some((unit, Request::Read { table, start: control.value.at, count }, Task::Look(id)))
            }
            Phase::Sent | Phase::Looking(_) => None,
        }
    }

    /// A write was answered.
    pub(super) async fn written(&mut self, id: u64, unit: u8, answer: Answer<'_>) -> Result<(), FeedError> {
        let now = Instant::now();
        let busy_at = now + self.settings.busy_wait;
        let Some(control) = self.controls.iter_mut().find(|c| c.id == id) else { return Ok(()) };
        match answer {
            // acknowledged: the device is at it
            Answer::Written | Answer::Data(_) | Answer::Exception(ExceptionCode::Acknowledge) => control.written(now),
            Answer::Exception(ExceptionCode::ServerDeviceBusy)
                if control.again(busy_at, self.settings.busy_retries) => {}
            Answer::Exception(code) => {
                self.finish(id, Err(WriteError::Refused(code.to_string())));
                if matches!(code, ExceptionCode::GatewayPathUnavailable | ExceptionCode::GatewayTargetDevice) {
                    return self.unit_failed(unit).await;
                }
            }
        }
        self.unit_answered(unit).await
    }

    /// A look was answered.
    pub(super) fn look(&mut self, id: u64, answer: Answer<'_>) {
        let Some(control) = self.controls.iter().find(|c| c.id == id) else { return };
        let spec = &control.value.spec;
        let (found, _) = match answer {
            Answer::Data(data) if spec.table.is_bits() => decode::from_bits(data, 0, spec),
            Answer::Data(data) => decode::from_registers(data, 0, spec),
            Answer::Written | Answer::Exception(_) => (f64::NAN, linepack_core::Quality::Good),
        };
        self.looked(id, found, Instant::now());
    }

    /// What a look found.
    pub(super) fn looked(&mut self, id: u64, found: f64, now: Instant) {
        let outcome = self.controls.iter_mut().find(|c| c.id == id).and_then(|c| c.reads(found, now));
        if let Some(outcome) = outcome {
            self.finish(id, outcome);
        }
    }

    /// A request of a write was not answered.
    pub(super) fn timed_out(&mut self, task: Task, now: Instant) {
        match task {
            Task::Write(id) => {
                let detail = format!("nothing within {:?}", self.settings.timeout);
                self.finish(id, Err(WriteError::NoAnswer(detail)));
            }
            Task::Look(id) => self.looked(id, f64::NAN, now),
            Task::Poll { .. } => {}
        }
    }

    /// Answers whoever asked; the point is read anew at once.
    pub(super) fn finish(&mut self, id: u64, outcome: Result<(), WriteError>) {
        let Some(i) = self.controls.iter().position(|c| c.id == id) else { return };
        let control = self.controls.swap_remove(i);
        let point = control.point();
        if let Some(read) = self.reads.iter().position(|r| r.points().any(|p| p == point)) {
            self.schedule.again(read, self.start.elapsed());
        }
        control.finish(outcome);
    }
}
