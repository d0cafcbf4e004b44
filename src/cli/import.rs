//! `linepack import history FILE`: samples into the historian, while the hub serves or not, before the first serve too.
//! How far it is stands in the database with the samples: interrupted, it goes on there; a second time nothing comes twice.

use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use sha2::{Digest, Sha256};

use super::history::{self, Row};
use super::progress::Progress;
use super::{SiteDir, load, say, tell};
use crate::site::Site;
use crate::store::{HistoryImport, Store};

/// Rows of one transaction.
const PART: usize = 50_000;
/// Refused rows that are told of one by one.
const TOLD: u64 = 20;

/// Arguments of `linepack import`.
#[derive(Debug, Args)]
pub(super) struct Import {
    #[command(subcommand)]
    command: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Samples: ts_ms,point,value,quality as CSV or Parquet. They raise no alarms.
    History {
        /// The file.
        file: PathBuf,
        /// Stop at the first row that cannot be taken.
        #[arg(long)]
        strict: bool,
        #[command(flatten)]
        site: SiteDir,
    },
}

pub(super) async fn run(args: Import) -> anyhow::Result<()> {
    let What::History { file, strict, site } = args.command;
    let (site, _) = load(&site.site)?;
    let name = name(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let store = Store::open(&site.store, &site.dir).await.context("cannot open the store")?;
    let done = import(&file, strict, &site, &store, &name).await;
    store.close().await;
    let done = done.with_context(|| format!("{}", file.display()))?;
    if done.refused > TOLD {
        tell(&format!("… and {} more rows refused", done.refused - TOLD));
    }
    say(&serde_json::json!({"imported": done.imported, "refused": done.refused, "already": done.already}).to_string())
}

/// A file is known by its content.
fn name(file: &Path) -> std::io::Result<String> {
    let mut content = std::fs::File::open(file)?;
    let (mut hash, mut part) = (Sha256::new(), vec![0; 1 << 16]);
    loop {
        match content.read(&mut part)? {
            0 => break,
            n => hash.update(&part[..n]),
        }
    }
    Ok(hash.finalize().iter().map(|b| format!("{b:02x}")).collect())
}

#[derive(Default)]
struct Done {
    imported: u64,
    refused: u64,
    /// Rows that an earlier run has brought in.
    already: u64,
}

async fn import(file: &Path, strict: bool, site: &Site, store: &Store, name: &str) -> anyhow::Result<Done> {
    let mut to = store.import(site.registry.clone(), name).await?;
    let size = std::fs::metadata(file)?.len();
    let mut done = Done { already: to.position(), ..Done::default() };
    let mut progress = Progress::new("rows");
    let mut points = HashMap::new();
    let (mut part, mut rows) = (Vec::with_capacity(PART), 0u64);
    for row in history::read(file)? {
        let (at, row) = row?;
        rows += 1;
        if rows <= done.already {
            continue;
        }
        let number =
            |point: &str, to: &HistoryImport| to.number(point).ok_or_else(|| format!("there is no point {point}"));
        let taken = row.and_then(|Row { ts_ms, point, value, quality }| {
            let number = match points.get(&point) {
                Some(&number) => number,
                None => {
                    let number = number(&point, &to)?;
                    points.insert(point, number);
                    number
                }
            };
            Ok((number, ts_ms, value, quality))
        });
        match taken {
            Ok(sample) => part.push(sample),
            Err(why) => {
                if strict {
                    to.put(rows - 1, &part).await?;
                    bail!("line {at}: {why}");
                }
                done.refused += 1;
                if done.refused <= TOLD {
                    tell(&format!("{}:{at}: {why}", file.display()));
                }
            }
        }
        if part.len() >= PART {
            done.imported += part.len() as u64;
            to.put(rows, &part).await?;
            part.clear();
            // rows of a text file have about the same length
            progress.at(at.saturating_mul(40).min(size), size, rows);
        }
    }
    done.imported += part.len() as u64;
    to.put(rows, &part).await?;
    done.already = done.already.min(rows);
    drop(progress);
    Ok(done)
}
