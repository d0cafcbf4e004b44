//! `linepack export`: history out, while the hub serves or not. Streams: what is held in memory does not grow with the answer.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use linepack_core::Registry;

use super::history::{Format, Sheet};
use super::progress::Progress;
use super::{SiteDir, load, tell};
use crate::store::Store;

/// Arguments of `linepack export`.
#[derive(Debug, Args)]
pub(super) struct Export {
    /// Points by glob, several with commas: `rs-0042/*`, `*/outlet_pressure`.
    #[arg(long, value_name = "GLOB", required = true, value_delimiter = ',')]
    points: Vec<String>,
    /// First moment: milliseconds since 1970 or RFC 3339.
    #[arg(long, value_name = "T", value_parser = moment, allow_negative_numbers = true)]
    from: i64,
    /// End, not part of it: milliseconds since 1970 or RFC 3339.
    #[arg(long, value_name = "T", value_parser = moment, allow_negative_numbers = true)]
    to: i64,
    /// One row for each span of this length, with its time-weighted mean: 1m, 15min, 1h.
    #[arg(long, value_name = "SPAN", value_parser = span)]
    every: Option<Duration>,
    /// csv or parquet.
    #[arg(long, value_enum)]
    format: Format,
    /// The file to write; standard output when left out.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    site: SiteDir,
}

/// Milliseconds since 1970, or RFC 3339.
fn moment(text: &str) -> Result<i64, String> {
    if let Ok(ms) = text.parse() {
        return Ok(ms);
    }
    let moment: Result<jiff::Timestamp, _> = text.parse();
    moment.map(jiff::Timestamp::as_millisecond).map_err(|_| "milliseconds or RFC 3339 expected".to_owned())
}

/// A whole number and a unit.
fn span(text: &str) -> Result<Duration, String> {
    let at = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(at);
    let seconds = match unit {
        "s" => 1,
        "m" | "min" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return Err("a whole number and s, m, h or d expected".to_owned()),
    };
    let number: u64 = number.parse().map_err(|_| "a whole number and s, m, h or d expected".to_owned())?;
    match number.checked_mul(seconds) {
        Some(s) if (1..=366 * 86_400).contains(&s) => Ok(Duration::from_secs(s)),
        _ => Err("1s to 366d expected".to_owned()),
    }
}

pub(super) async fn run(args: Export) -> anyhow::Result<()> {
    if args.from >= args.to {
        bail!("--from must be before --to");
    }
    let (site, _) = load(&args.site.site)?;
    let store = Store::open(&site.store, &site.dir).await.context("cannot open the store")?;
    let names = wanted(&args.points, &site.registry, store.point_names().await?)?;
    let done = match &args.out {
        None => match write(&args, &store, &names, io::stdout()).await {
            // whoever read it has had enough
            Err(e) if is_broken_pipe(&e) => Ok(()),
            other => other.map(drop),
        },
        Some(path) => to_file(&args, &store, &names, path).await,
    };
    store.close().await;
    done
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().filter_map(|e| e.downcast_ref::<io::Error>()).any(|e| e.kind() == io::ErrorKind::BrokenPipe)
}

/// Points that match, by name: those that have history, whether the site still has them or not.
fn wanted(globs: &[String], registry: &Registry, known: Vec<String>) -> anyhow::Result<Vec<String>> {
    let matches = |name: &str| globs.iter().any(|glob| crate::push::glob::matches(glob.trim(), name));
    let mut names: Vec<String> = known.into_iter().filter(|name| matches(name)).collect();
    names.sort_unstable();
    let of_site = || (0..registry.points.len()).filter_map(|i| u32::try_from(i).ok()).map(linepack_core::PointId);
    if names.is_empty() && !of_site().any(|p| matches(&registry.point_name(p))) {
        bail!("no point matches {}", globs.join(","));
    }
    Ok(names)
}

/// Under a temporary name until it is whole.
async fn to_file(args: &Export, store: &Store, names: &[String], path: &Path) -> anyhow::Result<()> {
    let name = path.file_name().with_context(|| format!("{} is no file name", path.display()))?;
    let temporary = path.with_file_name(format!(".{}.part", name.to_string_lossy()));
    let file = File::create(&temporary).with_context(|| format!("cannot write {}", temporary.display()))?;
    let written = async {
        write(args, store, names, file).await?.sync_all()?;
        std::fs::rename(&temporary, path).with_context(|| format!("cannot write {}", path.display()))
    };
    let written = written.await;
    if written.is_err() {
        // what is wrong is said; a rest that cannot be removed is not in the way
        let _ = std::fs::remove_file(&temporary);
    }
    written
}

async fn write<W: Write + Send>(args: &Export, store: &Store, names: &[String], out: W) -> anyhow::Result<W> {
    let mut sheet = Sheet::begin(args.format, out)?;
    let mut progress = Progress::new("rows");
    let mut rows = 0u64;
    for (done, name) in (0..).zip(names) {
        let mut samples = store.samples(name, args.from, args.to, args.every).await?;
        loop {
            let part = samples.next().await?;
            if part.is_empty() {
                break;
            }
            rows += part.len() as u64;
            for s in part {
                sheet.write(name, s.ts_ms, s.value, s.quality)?;
            }
            progress.at(done, names.len() as u64, rows);
        }
    }
    let out = sheet.end()?;
    drop(progress);
    tell(&format!("{rows} rows of {} points", names.len()));
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_milliseconds_or_rfc_3339() {
        assert_eq!(moment("1700000000000"), Ok(1_700_000_000_000));
        assert_eq!(moment("2023-11-14T22:13:20Z"), Ok(1_700_000_000_000));
        assert_eq!(moment("2023-11-15T06:13:20.5+08:00"), Ok(1_700_000_000_500));
        assert!(moment("yesterday").is_err());
    }

    #[test]
    fn spans_are_a_number_and_a_unit() {
        assert_eq!(span("1m"), Ok(Duration::from_secs(60)));
        assert_eq!(span("15min"), Ok(Duration::from_secs(900)));
        assert_eq!(span("1d"), Ok(Duration::from_secs(86_400)));
        for wrong in ["", "m", "0s", "1", "1.5h", "367d", "99999999999999999999d", "1w"] {
            assert!(span(wrong).is_err(), "{wrong}");
        }
    }
}
