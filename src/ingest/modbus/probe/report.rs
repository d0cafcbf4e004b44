//! What was found, for a technician and for machines.

use std::fmt::Write as _;

use serde::Serialize;

use super::Plan;
use super::preview::{ORDERS, Reading, matches, readings, usual_order};
use super::scan::{Cells, runs};
use super::timing::Timing;
use crate::site::Table;

/// Addresses of a table that are shown one by one.
const SHOWN: usize = 256;

/// A table as found.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    pub(super) table: Table,
    pub(super) values: Vec<(u16, u16)>,
    refused: u32,
    absent: bool,
    silent: bool,
}

/// A finished probe.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Report {
    address: String,
    unit: u8,
    /// Vendor, product, revision.
    identity: Vec<String>,
    tables: Vec<TableReport>,
    timing: Option<Timing>,
    /// The order in which most pairs of registers look like floats.
    usual_order: Option<String>,
    /// Expected values, and where and how they stand.
    expected: Vec<Expected>,
    /// What to look at.
    hints: Vec<String>,
    requests: u32,
    /// The scan stopped at its limit of requests.
    stopped: bool,
    template: String,
}

#[derive(Clone, Debug, Serialize)]
struct TableReport {
    table: &'static str,
    /// First address and how many.
    runs: Vec<(u16, u16)>,
    refused: u32,
    /// The device does not know the function.
    absent: bool,
    silent: bool,
    /// Address and raw value.
    values: Vec<(u16, u16)>,
    #[serde(skip)]
    readings: Vec<(u16, u16, Vec<Reading>)>,
}

#[derive(Clone, Debug, Serialize)]
struct Expected {
    address: u16,
    value: f64,
    /// Table, wire address, how to decode.
    found: Vec<(String, u16, String)>,
}

impl Found {
    pub(super) fn new(table: Table, cells: Cells) -> Self {
        let Cells { values, refused, absent, silent } = cells;
        Self { table, values, refused, absent, silent }
    }

    /// Registers from an address on, up to four neighbours.
    fn from(&self, address: u16) -> Vec<u16> {
        let at = self.values.partition_point(|(a, _)| *a < address);
        let neighbours = self.values[at..].iter().zip(address..).take_while(|((a, _), want)| a == want);
        neighbours.take(4).map(|((_, v), _)| *v).collect()
    }
}

impl Report {
    pub(super) fn new(
        plan: &Plan,
        identity: Vec<String>,
        found: Vec<Found>,
        timing: Option<Timing>,
        requests: u32,
        stopped: bool,
    ) -> Self {
        let registers = || found.iter().filter(|f| !f.table.is_bits());
        let all: Vec<(u16, u16)> = registers().flat_map(|f| f.values.iter().copied()).collect();
        let usual_order = usual_order(&all).map(str::to_owned);
        let expected: Vec<Expected> =
            plan.expect.iter().map(|&(address, value)| expect(&found, address, value)).collect();
        let hints = hints(plan, &found, &expected, timing.as_ref());
        let template = template(&found, usual_order.as_deref());
        let tables = found.iter().map(|f| table(f, plan.wide)).collect();
        Self {
            address: plan.settings.address.clone(),
            unit: plan.unit,
            identity,
            tables,
            timing,
            usual_order,
            expected,
            hints,
            requests,
            stopped,
            template,
        }
    }

    /// Whether the device answered anything at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.tables.iter().all(|t| t.values.is_empty())
    }

    /// For people.
    pub(crate) fn text(&self) -> String {
        let mut out = format!("unit {} of {}", self.unit, self.address);
        if !self.identity.is_empty() {
            let _ = write!(out, ": {}", self.identity.join(", "));
        }
        out.push('\n');
        for t in &self.tables {
            t.write(&mut out);
        }
        if let Some(t) = &self.timing {
            t.write(&mut out);
        }
        for e in &self.expected {
            let _ = write!(out, "\nexpected {} at {}: ", e.value, e.address);
            match e.found.as_slice() {
                [] => out.push_str("not found"),
                all => {
                    for (table, at, how) in all.iter().take(6) {
                        let _ = write!(out, "\n  {table} {at}: {how}");
                    }
                }
            }
        }
        if !self.hints.is_empty() {
            out.push_str("\n\nlook at:");
            for hint in &self.hints {
                let _ = write!(out, "\n  - {hint}");
            }
        }
        let _ = write!(out, "\n\n{} requests", self.requests);
        if self.stopped {
            out.push_str("; stopped there, --requests allows more");
        }
        let _ =
            write!(out, "\n\npaste into hub.toml, then name the points and throw out the rest:\n\n{}", self.template);
        out
    }
}

fn table(found: &Found, wide: bool) -> TableReport {
    let readings = found
        .values
        .iter()
        .filter(|_| !found.table.is_bits())
        .take(SHOWN)
        .map(|&(address, raw)| (address, raw, readings(&found.from(address), wide)))
        .collect();
    TableReport {
        table: found.table.word(),
        runs: runs(&found.values),
        refused: found.refused,
        absent: found.absent,
        silent: found.silent,
        values: found.values.clone(),
        readings,
    }
}

impl TableReport {
    fn write(&self, out: &mut String) {
        let _ = write!(out, "\n{}: ", self.table);
        if self.absent {
            out.push_str("the device does not know this table\n");
            return;
        }
        let run = |(start, count): &(u16, u16)| match count {
            1 => start.to_string(),
            n => format!("{start}–{}", u32::from(*start) + u32::from(*n) - 1),
        };
        let runs: Vec<String> = self.runs.iter().map(run).collect();
        out.push_str(if runs.is_empty() { "nothing" } else { "" });
        out.push_str(&runs.join(", "));
        if self.silent {
            out.push_str("; then it ceased to answer");
        }
        out.push('\n');
        if self.readings.is_empty() {
            let bits: Vec<String> =
                self.values.iter().take(SHOWN).filter(|(_, v)| *v != 0).map(|(a, _)| a.to_string()).collect();
            if !bits.is_empty() {
                let _ = writeln!(out, "  on: {}", bits.join(", "));
            }
            return;
        }
        let _ = write!(out, "  {:>7}  {:>4}  {:>6}  {:>6}", "address", "hex", "u16", "i16");
        for kind in ["u32", "f32"] {
            for (_, order) in ORDERS {
                let _ = write!(out, " {:>12}", format!("{kind} {order}"));
            }
        }
        out.push('\n');
        for (address, raw, readings) in &self.readings {
            let _ = write!(out, "  {address:>7}  {raw:04X}  {raw:>6}  {:>6}", raw.cast_signed());
            for kind in ["u32", "f32"] {
                for r in readings.iter().filter(|r| r.name == kind) {
                    let mark = if r.plausible { "*" } else { "" };
                    let _ = write!(out, " {:>12}", format!("{}{mark}", short(r.value)));
                }
            }
            out.push('\n');
            for name in ["u64", "f64"] {
                for r in readings.iter().filter(|r| r.name == name && r.plausible) {
                    let _ = writeln!(out, "           {} {} {}*", r.name, r.order_name, short(r.value));
                }
            }
        }
        out.push_str("  * may be a measured value; pairs stand at the address of their first register\n");
    }
}

impl Timing {
    fn write(&self, out: &mut String) {
        let _ = write!(out, "\ntiming: {:.1} ms, of a hundred one above {:.1} ms", self.p50_ms, self.p99_ms);
        let more = if self.longest_is_the_map { " (no longer run to try)" } else { "" };
        let _ = write!(out, "\nlongest read: {}{more}", self.longest_read);
        match self.pipelining {
            Some(true) => out.push_str("\nseveral requests at once: yes, in_flight = 4 works"),
            Some(false) => out.push_str("\nseveral requests at once: no, leave in_flight at 1"),
            None => {}
        }
        match self.pause_ms {
            Some(0) => out.push_str("\npause between requests: none needed"),
            Some(ms) => out.push_str(&format!("\npause between requests: pause = \"{ms}ms\"")),
            None => out.push_str("\npause between requests: some reads failed even with 100 ms; look at the line"),
        }
        out.push('\n');
    }
}

/// Six figures are enough to know a value again.
fn short(value: f64) -> String {
    let size = value.abs();
    if value.is_nan() {
        "-".to_owned()
    } else if size == 0.0 || (1e-3..1e9).contains(&size) {
        let text = format!("{value:.3}");
        let text = text.trim_end_matches('0').trim_end_matches('.');
        if text.len() > 11 { format!("{value:.0}") } else { text.to_owned() }
    } else {
        format!("{value:.2e}")
    }
}

/// Looks for a value at the address given, one below, one above.
fn expect(found: &[Found], address: u16, value: f64) -> Expected {
    let mut all = Vec::new();
    for at in [Some(address), address.checked_sub(1), address.checked_add(1)].into_iter().flatten() {
        for f in found.iter().filter(|f| !f.table.is_bits()) {
            let ways = matches(&f.from(at), value);
            all.extend(ways.into_iter().map(|way| (f.table.word().to_owned(), at, way)));
        }
    }
    Expected { address, value, found: all }
}

fn hints(plan: &Plan, found: &[Found], expected: &[Expected], timing: Option<&Timing>) -> Vec<String> {
    let mut hints = Vec::new();
    let at = |e: &Expected, at: Option<u16>| at.is_some_and(|a| e.found.iter().any(|f| f.1 == a));
    let below = expected.iter().filter(|e| !at(e, Some(e.address)) && at(e, e.address.checked_sub(1))).count();
    let same = expected.iter().filter(|e| at(e, Some(e.address))).count();
    if below > 0 && same == 0 {
        hints.push("the manual counts registers from 1: write base = 1, or take one from its addresses".to_owned());
    } else if below > 0 {
        hints.push("some expected values stand one address lower than the manual says".to_owned());
    }
    for f in found.iter().filter(|f| plan.from == 0 && f.values.first().is_some_and(|(a, _)| *a == 1)) {
        hints.push(format!("table {} begins at 1, not 0: its manual may well count from 0 or from 1", f.table.word()));
    }
    for f in found.iter().filter(|f| f.refused > 0 && !f.values.is_empty()) {
        hints.push(format!(
            "table {} has {} addresses that cannot be read; the hub reads around them",
            f.table.word(),
            f.refused
        ));
    }
    if let Some(t) = timing.filter(|t| !t.longest_is_the_map && t.longest_read < 125) {
        hints.push(format!("one read may hold {} registers: max_registers = {}", t.longest_read, t.longest_read));
    }
    hints
}

fn template(found: &[Found], order: Option<&str>) -> String {
    let mut out = "[[template]]\nname = \"probed\"\nevery = \"1s\"\n".to_owned();
    for f in found {
        let mut skip = None;
        for &(address, _) in f.values.iter().take(SHOWN) {
            if skip == Some(address) {
                continue;
            }
            let ty = if f.table.is_bits() {
                "\"bit\"".to_owned()
            } else {
                let float = readings(&f.from(address), false)
                    .into_iter()
                    .find(|r| r.name == "f32" && Some(r.order_name) == order);
                match float.filter(|r| r.plausible) {
                    Some(r) => {
                        skip = address.checked_add(1);
                        format!("\"f32\", order = \"{}\"", r.order_name)
                    }
                    None => "\"u16\"".to_owned(),
                }
            };
            let table = f.table.word();
            let _ = writeln!(
                out,
                "[[template.point]]\nname = \"{table}_{address}\"\nmodbus = {{ table = \"{table}\", address = {address}, type = {ty} }}"
            );
        }
    }
    out
}
