//! `linepack export`: history out, while the hub serves or not. Streams: what is held in memory does not grow with the answer.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context, bail};
use clap::Args;
use jiff::tz::TimeZone;
use linepack_core::Registry;

use super::history::{Format, Sheet};
use super::progress::Progress;
use super::{SiteDir, load, tell};
use crate::clock::Clock;
use crate::store::{
    Aggregation, HistoryAggregate, HistorySample, HistorySamples, HistorySteps, Step, Store, StoreError,
};

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
    /// One row for each span of this length, with its time-weighted mean: 1m, 15min, 1h, 1d. Days are the site's.
    #[arg(long, value_name = "SPAN", value_parser = Step::from_str)]
    every: Option<Step>,
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

pub(super) async fn run(args: Export) -> anyhow::Result<()> {
    if args.from >= args.to {
        bail!("--from must be before --to");
    }
    let (site, _) = load(&args.site.site)?;
    let zone = TimeZone::get(&site.hub.timezone)?;
    let store = Store::open(&site.store, &site.dir).await.context("cannot open the store")?;
    let names = wanted(&args.points, &site.registry, store.point_names().await?)?;
    let done = match &args.out {
        None => match write(&args, &zone, &store, &names, io::stdout()).await {
            // whoever read it has had enough
            Err(e) if is_broken_pipe(&e) => Ok(()),
            other => other.map(drop),
        },
        Some(path) => to_file(&args, &zone, &store, &names, path).await,
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
async fn to_file(args: &Export, zone: &TimeZone, store: &Store, names: &[String], path: &Path) -> anyhow::Result<()> {
    let name = path.file_name().with_context(|| format!("{} is no file name", path.display()))?;
    let temporary = path.with_file_name(format!(".{}.part", name.to_string_lossy()));
    let file = File::create(&temporary).with_context(|| format!("cannot write {}", temporary.display()))?;
    let written = async {
        write(args, zone, store, names, file).await?.sync_all()?;
        std::fs::rename(&temporary, path).with_context(|| format!("cannot write {}", path.display()))
    };
    let written = written.await;
    if written.is_err() {
        // what is wrong is said; a rest that cannot be removed is not in the way
        let _ = std::fs::remove_file(&temporary);
    }
    written
}

/// Where rows come from.
enum Source<'a> {
    Samples(HistorySamples<'a>),
    Spans(HistorySteps),
}

impl Source<'_> {
    async fn next(&mut self) -> Result<Option<Vec<HistorySample>>, StoreError> {
        let steps = match self {
            Self::Samples(samples) => return Ok(Some(samples.next().await?).filter(|part| !part.is_empty())),
            Self::Spans(steps) => steps,
        };
        let row = |a: HistoryAggregate| {
            let value = Aggregation::Mean.of(&a)?;
            Some(HistorySample { ts_ms: a.start_ms, value, quality: a.quality })
        };
        Ok(steps.next().await?.map(|part| part.into_iter().filter_map(row).collect()))
    }
}

async fn write<W: Write + Send>(
    args: &Export,
    zone: &TimeZone,
    store: &Store,
    names: &[String],
    out: W,
) -> anyhow::Result<W> {
    let now = Clock::System.now().ms();
    let mut sheet = Sheet::begin(args.format, out)?;
    let mut progress = Progress::new("rows");
    let mut rows = 0u64;
    for (done, name) in (0..).zip(names) {
        let mut source = match args.every {
            None => Source::Samples(store.samples(name, args.from, args.to).await?),
            Some(every) => Source::Spans(store.steps(name, (args.from, args.to), every, zone, now).await?),
        };
        while let Some(part) = source.next().await? {
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
}
