//! The log, its reader and a database that keeps what it is given, on a disk that fails in every way it may, against a
//! simple model: what was synced is there once and in order, nothing is invented, a gap says exactly what is missing.

use std::collections::HashSet;

use proptest::prelude::*;

use super::super::fake::Fake;
use super::*;

#[derive(Clone, Debug)]
enum Step {
    Append {
        records: u64,
        samples: i64,
    },
    Sync,
    /// The database takes a batch of about so many.
    Apply(usize),
    /// The same, but its answer is lost.
    Unanswered(usize),
    /// The queue may not be larger than this.
    Cap(u64),
    /// So many bytes fit, then the disk is full.
    Full(usize),
    /// There is space again.
    Space,
    /// An operation of the device fails.
    Fail(u32),
    /// The program is killed and started again.
    Restart,
    /// The power goes.
    Crash(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => (0u64..3, 0i64..20).prop_map(|(records, samples)| Step::Append { records, samples }),
        5 => Just(Step::Sync),
        3 => (1usize..100).prop_map(Step::Apply),
        2 => (1usize..100).prop_map(Step::Unanswered),
        2 => (0u64..2000).prop_map(Step::Cap),
        1 => (0usize..300).prop_map(Step::Full),
        2 => Just(Step::Space),
        1 => (0u32..12).prop_map(Step::Fail),
        1 => Just(Step::Restart),
        2 => any::<u64>().prop_map(Step::Crash),
    ];
    prop::collection::vec(step, 0..80)
}

/// Records by number and samples by time, of one turn.
type Turn = (Vec<u64>, Vec<i64>);

#[derive(Default)]
struct Database {
    position: u64,
    records: Vec<u64>,
    samples: HashSet<i64>,
    gaps: Vec<(i64, i64, u64)>,
}

impl Database {
    fn take(&mut self, batch: &Batch) {
        assert_eq!(batch.damaged, 0, "nothing is damaged, only torn");
        for frame in &batch.frames {
            assert!(frame.seq > self.position, "order");
            self.position = frame.seq;
            for record in &frame.records {
                match record {
                    Record::AlarmsDropped(names) => self.records.push(names[0][7..].parse().unwrap()),
                    Record::Gap { from_ms, to_ms, samples } => self.gaps.push((*from_ms, *to_ms, *samples)),
                    other => panic!("invented: {other:?}"),
                }
            }
            for s in &frame.samples {
                assert!(self.samples.insert(s.ts), "sample {} came twice", s.ts);
            }
        }
    }
}

struct World {
    fake: Fake,
    log: Option<Log>,
    reader: Reader,
    db: Database,
    /// How far the database is known to be, and how far it may be.
    known: u64,
    doubt: u64,
    thinned: HashSet<u64>,
    /// Settled: synced, or known to have survived.
    turns: Vec<Turn>,
    unsynced: Vec<Turn>,
    next_record: u64,
    next_ts: i64,
}

impl World {
    fn new() -> Self {
        let fake = Fake::default();
        let log = Some(open(&fake, 0));
        let reader = Reader::new(fake.disk(), 0);
        let (db, thinned) = (Database::default(), HashSet::new());
        Self {
            fake,
            log,
            reader,
            db,
            known: 0,
            doubt: 0,
            thinned,
            turns: vec![],
            unsynced: vec![],
            next_record: 0,
            next_ts: 0,
        }
    }

    fn append(&mut self, records: u64, samples: i64) {
        let turn: Turn = (
            (self.next_record..self.next_record + records).collect(),
            (self.next_ts..self.next_ts + samples).collect(),
        );
        (self.next_record, self.next_ts) = (self.next_record + records, self.next_ts + samples);
        let (r, s): (Vec<_>, Vec<_>) =
            (turn.0.iter().map(|&n| record(n)).collect(), turn.1.iter().map(|&ts| super::sample(ts)).collect());
        let taken = self.log.as_mut().unwrap().append(&r, &s);
        self.unsynced.push(turn);
        if taken.is_err() {
            self.restart();
        }
    }

    fn sync(&mut self) {
        match self.log.as_mut().unwrap().sync() {
            Ok(_) => self.turns.append(&mut self.unsynced),
            Err(e) if e.is_full() => {}
            Err(_) => self.restart(),
        }
    }

    fn apply(&mut self, size: usize, answered: bool) {
        if self.known != self.db.position {
            self.reader.rewind(self.db.position);
        }
        self.known = self.db.position;
        let goal = self.log.as_ref().unwrap().progress.durable();
        match self.reader.read(goal, size) {
            Ok(batch) => {
                self.db.take(&batch);
                self.doubt = self.db.position;
                if !answered {
                    self.reader.rewind(self.known);
                    return;
                }
                self.known = self.db.position;
                // the next batch finds the rest, if this fails
                let _ = delete_applied(&*self.fake.disk(), self.db.position);
            }
            Err(_) => self.reader.rewind(self.db.position),
        }
    }

    fn cap(&mut self, cap: u64) {
        self.reader.rewind(self.known);
        // tried again at the next chance
        let _ = keep_within(&*self.fake.disk(), self.known, self.doubt, cap, &mut self.thinned);
    }

    /// A start: what the log holds goes into the database, then a new log begins.
    fn restart(&mut self) {
        self.log = None;
        self.fake.space(None);
        self.fake.fail_in(None);
        self.thinned.clear();
        self.known = self.db.position;
        self.reader = Reader::new(self.fake.disk(), self.db.position);
        loop {
            let batch = self.reader.read(u64::MAX, 30).unwrap();
            self.db.take(&batch);
            if batch.frames.is_empty() {
                break;
            }
        }
        delete_all(&*self.fake.disk()).unwrap();
        self.settle();
        (self.known, self.doubt) = (self.db.position, self.db.position);
        self.log = Some(open(&self.fake, self.db.position));
        self.reader.rewind(self.db.position);
    }

    /// All that survived is in the database: it is everything synced, and of the rest a beginning.
    fn settle(&mut self) {
        let lost: u64 = self.db.gaps.iter().map(|g| g.2).sum();
        let survived = (0..=self.unsynced.len()).find(|&k| {
            let all = || self.turns.iter().chain(&self.unsynced[..k]);
            let records: Vec<u64> = all().flat_map(|t| t.0.iter().copied()).collect();
            let missing: Vec<i64> =
                all().flat_map(|t| t.1.iter().copied()).filter(|ts| !self.db.samples.contains(ts)).collect();
            let samples: usize = all().map(|t| t.1.len()).sum();
            records == self.db.records
                && samples - missing.len() == self.db.samples.len()
                && missing.len() as u64 == lost
                && missing.iter().all(|ts| self.db.gaps.iter().any(|g| (g.0..=g.1).contains(ts)))
        });
        let Some(k) = survived else {
            panic!(
                "settled {:?}\nunsynced {:?}\nrecords {:?}\nsamples {:?}\ngaps {:?}",
                self.turns, self.unsynced, self.db.records, self.db.samples, self.db.gaps
            )
        };
        self.turns.extend(self.unsynced.drain(..).take(k));
    }
}

fn open(fake: &Fake, last: u64) -> Log {
    let mut log = begin(fake.disk(), last).unwrap();
    log.roll = 300;
    log
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn whatever_the_disk_does_what_was_synced_is_there_once(steps in steps()) {
        let mut world = World::new();
        for step in steps {
            match step {
                Step::Append { records, samples } => world.append(records, samples),
                Step::Sync => world.sync(),
                Step::Apply(size) => world.apply(size, true),
                Step::Unanswered(size) => world.apply(size, false),
                Step::Cap(bytes) => world.cap(bytes),
                Step::Full(bytes) => world.fake.space(Some(bytes)),
                Step::Space => world.fake.space(None),
                Step::Fail(operations) => world.fake.fail_in(Some(operations)),
                Step::Restart => world.restart(),
                Step::Crash(seed) => {
                    world.log = None;
                    let mut state = seed | 1;
                    world.fake.crash(|most| {
                        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                        usize::try_from(state >> 33).unwrap() % (most + 1)
                    });
                    world.restart();
                }
            }
        }
        world.restart();
    }
}
