//! The board under a new registry: everything finds its new number by name.

use std::collections::BTreeMap;

use super::board::Board;
use super::{AssignmentState, CrewIndex, CrewState};
use crate::input::Fix;
use crate::{Actor, CrewId, IncidentNo, Output, Registry, Ts};

impl Board {
    /// Moves everything that still exists to the new numbers. A crew that is gone loses its open assignment, and the
    /// next crew is paged; an asset or alarm that is gone is taken off its incident, which stays open.
    pub(crate) fn reload(&mut self, old: &Registry, new: &Registry, now: Ts, out: &mut Output) {
        let place = |crew: CrewId| old.crews.get(crew.index()).and_then(|c| new.find_crew(&c.id));
        let mut gone = vec![];
        let mut states = vec![];
        for crew in self.crews.iter() {
            if let Some(id) = place(crew.id) {
                let fix = crew.fix.map(|f| Fix { crew: id, ..f });
                states.push(CrewState { id, fix, ..crew.clone() });
            } else {
                gone.push(crew.clone());
                out.dropped_crews.extend(old.crews.get(crew.id.index()).map(|c| c.id.to_string()));
            }
        }
        let mut paging: Vec<IncidentNo> = vec![];
        for crew in gone {
            let Some(no) = crew.assignment else { continue };
            self.end(now, no, AssignmentState::Cancelled, "".into());
            let Some(incident) = self.assignments.get(&no).map(|a| a.incident) else { continue };
            let name = old.crews.get(crew.id.index()).map_or("", |c| &*c.id);
            let detail = format!("{no}: crew {name} is no longer on the roster");
            self.tell(incident, now, &Actor::hub().name, "cancelled", detail);
            paging.push(incident);
        }
        self.crews = CrewIndex::new(new, states.iter());
        self.own_status = std::mem::take(&mut self.own_status)
            .into_iter()
            .filter_map(|(crew, status)| Some((place(crew)?, status)))
            .collect::<BTreeMap<_, _>>();
        // a finished assignment of a crew that is gone has nobody to show any more
        self.assignments.retain(|_, a| match place(a.crew) {
            Some(crew) => {
                a.crew = crew;
                true
            }
            None => false,
        });
        for incident in self.incidents.values_mut() {
            incident.asset = incident.asset.and_then(|a| old.assets.get(a.index())).and_then(|a| new.find_asset(&a.id));
            incident.alarms = incident.alarms.iter().filter_map(|&a| new.find_alarm(&old.alarm_key(a))).collect();
            incident.assignments.retain(|no| self.assignments.contains_key(no));
        }
        self.touch_all();
        for no in paging {
            self.escalate(new, now, no);
        }
    }
}
