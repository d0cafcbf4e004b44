//! Commissioning help: asks a device gently what it has, and says it so that a technician can write its template.

mod ask;
mod identify;
mod preview;
mod report;
mod scan;
mod timing;

use std::time::Duration;

use ask::Line;
use report::{Found, Report};

use crate::site::{ModbusSettings, Table};

/// What to look for.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// How the device is reached.
    pub(crate) settings: ModbusSettings,
    /// Unit id.
    pub(crate) unit: u8,
    /// Tables to scan.
    pub(crate) tables: Vec<Table>,
    /// First address of each.
    pub(crate) from: u16,
    /// How many addresses of each.
    pub(crate) count: u16,
    /// Requests of the scan at most.
    pub(crate) most: u32,
    /// Values the device shows elsewhere, by the address its manual gives.
    pub(crate) expect: Vec<(u16, f64)>,
    /// Eight-byte values in the preview too.
    pub(crate) wide: bool,
}

/// Asks the device.
pub(crate) async fn run(plan: Plan, progress: impl Fn(&str)) -> Result<Report, String> {
    progress("who is there");
    let identity = identify::identify(&plan.settings, plan.unit).await;
    let mut line = Line::open(&plan.settings, plan.unit, plan.most).await?;
    let mut tables = Vec::new();
    for &table in &plan.tables {
        progress(&format!("table {}", table.word()));
        tables.push(Found::new(table, scan::scan(&mut line, table, plan.from, plan.count).await?));
    }
    progress("timing");
    let timing = timing::measure(&mut line, &plan.settings, &tables).await?;
    Ok(Report::new(&plan, identity, tables, timing, line.asked(), line.is_spent()))
}

/// Rest between two requests of a probe.
pub(crate) const GENTLE: Duration = Duration::from_millis(10);
