//! One crew's phone: position out, pages in, answers by HTTP.

use std::sync::Arc;
use std::time::Duration;

use linepack_core::LonLat;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior};

use super::drive::Drive;
use super::job::{ARRIVED, Assignment, Incident, Pace, State, Step};
use crate::error::SimError;
use crate::http;
use crate::mqtt::Client;
use crate::simulation::Shared;

/// Fixes while moving and while standing.
const FIX_MOVING: Duration = Duration::from_secs(2);
const FIX_STANDING: Duration = Duration::from_secs(20);
/// Crews on patrol stay this near to their base, m.
const PATROL_M: f64 = 2_500.0;
/// After a step that got no answer.
const RETRY: Duration = Duration::from_secs(3);

/// Starts all phones.
pub(crate) fn start(shared: &Arc<Shared>, url: &str) -> Result<(), SimError> {
    for (number, crew) in shared.plant.crews.iter().enumerate() {
        let pages = vec![format!("linepack/v1/crews/{}/assignment", crew.id)];
        let id = format!("phone-{}-{:08x}", crew.id, shared.options.seed as u32);
        let (client, inbox) = Client::start(url, &id, pages, &shared.tasks)?;
        shared.tasks.spawn(Phone::new(shared.clone(), number, client).run(inbox));
    }
    Ok(())
}

struct Job {
    id: String,
    state: State,
    incident: Option<Incident>,
    next: Option<(Step, Instant)>,
}

struct Phone {
    shared: Arc<Shared>,
    number: usize,
    id: String,
    client: Client,
    rng: StdRng,
    drive: Drive,
    /// Road seconds a second.
    hurry: f64,
    human: bool,
    job: Option<Job>,
    greeted: bool,
    last_fix: Option<Instant>,
    patrol_at: Option<Instant>,
}

impl Phone {
    fn new(shared: Arc<Shared>, number: usize, client: Client) -> Self {
        let crew = &shared.plant.crews[number];
        let human = shared.options.human_crews.contains(&crew.id);
        let mut rng = StdRng::seed_from_u64(shared.options.seed ^ (number as u64) << 32);
        // every other crew drives about while it waits; a person's vehicle stays where the person expects it
        let first = Duration::from_secs_f64(rng.random_range(2.0..60.0));
        let patrol_at = (!human && number % 2 == 1).then(|| Instant::now() + first);
        Self {
            id: crew.id.clone(),
            drive: Drive::parked(crew.base),
            hurry: 1.0,
            human,
            job: None,
            greeted: false,
            last_fix: None,
            patrol_at,
            number,
            client,
            rng,
            shared,
        }
    }

    async fn run(mut self, mut inbox: mpsc::Receiver<rumqttc::Publish>) {
        let mut clock = tokio::time::interval(Duration::from_millis(500));
        clock.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut last = Instant::now();
        loop {
            tokio::select! {
                page = inbox.recv() => match page {
                    Some(page) => self.page(&page.payload),
                    None => return,
                },
                now = clock.tick() => {
                    self.drive.advance((now - last).as_secs_f64() * self.hurry);
                    last = now;
                    self.act(now).await;
                    self.report(now);
                }
            }
        }
    }

    /// Reads a page. States only go forward, so an old message changes nothing.
    fn page(&mut self, payload: &[u8]) {
        if payload.is_empty() {
            return;
        }
        let read: Assignment = match serde_json::from_slice(payload) {
            Ok(read) => read,
            Err(error) => {
                tracing::warn!(%error, crew = self.id, "simulated phone cannot read its page");
                return;
            }
        };
        let same = self.job.as_ref().is_some_and(|j| j.id == read.id);
        if !same && read.state.is_over() || same && self.job.as_ref().is_some_and(|j| j.state >= read.state) {
            return;
        }
        if !same {
            self.job = Some(Job { id: read.id, state: read.state, incident: None, next: None });
        }
        if let (Some(job), Some(incident)) = (&mut self.job, read.incident_detail) {
            job.incident = Some(incident);
        }
        self.enter(read.state);
    }

    /// The assignment is in this state now.
    fn enter(&mut self, state: State) {
        let ignores = self.human || state == State::Offered && self.shared.crews()[self.number].silent;
        let Some(job) = &mut self.job else { return };
        job.state = state;
        job.next = None;
        let now = Instant::now();
        let pace = Pace {
            answer: self.rng.random_range(self.shared.habits.answer.clone()),
            work: self.rng.random_range(self.shared.habits.work.clone()),
            hold: self.shared.options.hold.as_secs_f64(),
        };
        if !ignores {
            job.next = state.next(&pace).map(|(step, after)| (step, now + Duration::from_secs_f64(after)));
        }
        let place = job.incident.as_ref().and_then(Incident::place);
        match state {
            State::EnRoute | State::Accepted if state == State::EnRoute || self.human => {
                if let Some(place) = place {
                    self.set_out(place, self.shared.options.time_factor);
                }
            }
            State::MadeSafe => {
                let asset = job.incident.as_ref().and_then(|i| i.asset.as_deref());
                self.shared.repair(asset, place);
            }
            over if over.is_over() => {
                self.job = None;
                self.shared.crews()[self.number].silent = false;
                self.set_out(self.shared.plant.crews[self.number].base, self.shared.options.time_factor);
            }
            _ => {}
        }
        self.shared.crews()[self.number].busy = self.job.is_some();
    }

    fn set_out(&mut self, to: LonLat, hurry: f64) {
        self.drive.go(self.shared.roads.drive(self.drive.position(), to));
        self.hurry = hurry;
        self.last_fix = None;
    }

    /// Takes the step that is due, or goes on patrol.
    async fn act(&mut self, now: Instant) {
        let Some(job) = &mut self.job else { return self.patrol(now) };
        if job.state == State::EnRoute && !self.human && !self.drive.is_moving() && job.next.is_none() {
            job.next = Some((ARRIVED, now));
        }
        let Some((step, _)) = job.next.filter(|(_, at)| *at <= now) else { return };
        let Some((base, token)) = self.shared.crew_api(&self.id) else { return };
        let path = format!("/api/v1/assignments/{}/{}", job.id, step.path);
        let body = match step.leads_to {
            State::Complete => {
                json!({ "report": "Fault found and repaired, tightness tested, supply restored.", "size": "minor" })
            }
            _ => json!({}),
        };
        match http::post(&base, &path, &token, &body).await {
            Ok(answer) if answer.status < 300 => {
                if self.job.as_ref().is_some_and(|j| j.state < step.leads_to) {
                    self.enter(step.leads_to);
                }
            }
            Ok(answer) if answer.status < 500 && answer.status != 429 => {
                tracing::info!(crew = self.id, status = answer.status, path, "simulated crew gives up an assignment");
                self.enter(State::Cancelled);
            }
            Ok(answer) => self.again(step, now, &answer.status.to_string()),
            Err(error) => self.again(step, now, &error.to_string()),
        }
    }

    fn again(&mut self, step: Step, now: Instant, reason: &str) {
        tracing::debug!(crew = self.id, step = step.path, reason, "simulated crew tries a step again");
        if let Some(job) = &mut self.job {
            job.next = Some((step, now + RETRY));
        }
    }

    fn patrol(&mut self, now: Instant) {
        if self.drive.is_moving() || self.patrol_at.is_none_or(|at| now < at) {
            return;
        }
        let base = self.shared.plant.crews[self.number].base;
        let near: Vec<LonLat> =
            self.shared.roads.nodes().iter().copied().filter(|n| n.distance_m(base) < PATROL_M).collect();
        if !near.is_empty() {
            let to = near[self.rng.random_range(0..near.len())];
            self.set_out(to, 1.0);
        }
        self.patrol_at = Some(now + Duration::from_secs_f64(self.rng.random_range(60.0..240.0)));
    }

    /// Sends what is due of position and status.
    fn report(&mut self, now: Instant) {
        let position = self.drive.position();
        self.shared.crews()[self.number].position = position;
        if !self.client.is_up() {
            self.greeted = false;
            return;
        }
        if !self.greeted {
            let status = json!({ "status": "available" }).to_string().into_bytes();
            self.greeted = self.client.send(&format!("linepack/v1/crews/{}/status", self.id), status);
        }
        let every = if self.drive.is_moving() { FIX_MOVING } else { FIX_STANDING };
        if self.last_fix.is_some_and(|at| now - at < every) {
            return;
        }
        let fix = json!({
            "_type": "location",
            "lon": (position.lon * 1e6).round() / 1e6,
            "lat": (position.lat * 1e6).round() / 1e6,
            "tst": (self.shared.options.now)() / 1_000,
            "acc": 8,
            "tid": self.id.get(self.id.len().saturating_sub(2)..).unwrap_or("xx"),
            "conn": "m",
            "batt": 80,
        });
        if self.client.send(&format!("owntracks/{}/phone", self.id), fix.to_string().into_bytes()) {
            self.last_fix = Some(now);
        }
    }
}
