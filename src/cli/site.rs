//! `linepack site diff`: what people changed while the hub ran, as a change of `hub.toml`.

mod edit;

use std::path::{Path, PathBuf};

use anyhow::Context;
use linepack_core::tune::Setting;

use super::{SiteDir, load, say, tell};
use crate::store::{Store, TunedRecord};

/// Arguments of `linepack site`.
#[derive(Debug, clap::Args)]
pub(super) struct Site {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Print how the settings that run differ from the site folder, as a change of hub.toml.
    Diff(Diff),
}

/// Arguments of `linepack site diff`.
#[derive(Debug, clap::Args)]
struct Diff {
    /// Write it into hub.toml; comments and layout stay.
    #[arg(long)]
    write: bool,
    #[command(flatten)]
    site: SiteDir,
}

pub(super) async fn run(args: Site) -> anyhow::Result<()> {
    let What::Diff(args) = args.what;
    let (site, _) = load(&args.site.site)?;
    let store = Store::open(&site.store, &site.dir).await.context("cannot open the store")?;
    let tuned = store.tuned().await;
    store.close().await;
    let differs = |t: &TunedRecord| {
        let alarm = site.registry.find_alarm(&t.alarm);
        let setting = Setting::from_name(&t.setting);
        alarm.zip(setting).is_some_and(|(a, s)| s.read(site.registry.rule(a)) != t.value)
    };
    let tuned: Vec<TunedRecord> = tuned?.into_iter().filter(differs).collect();
    let file = args.site.site.join("hub.toml");
    let before = std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let after = edit::apply(&before, &tuned)?;
    let diff = edit::unified(&file.display().to_string(), &before, &after);
    if !diff.is_empty() {
        say(diff.trim_end())?;
    }
    if !args.write {
        return Ok(());
    }
    if tuned.is_empty() {
        tell("everything runs as the site folder says");
        return Ok(());
    }
    write(&file, &before, &after)?;
    tell(&format!("{} setting(s) written to {}; reload the site to end the changes", tuned.len(), file.display()));
    Ok(())
}

/// All or nothing, and only what is still a valid site.
fn write(file: &Path, before: &str, after: &str) -> anyhow::Result<()> {
    let beside: PathBuf = file.with_extension("toml.new");
    let put = |text: &str| -> std::io::Result<()> {
        std::fs::write(&beside, text)?;
        std::fs::File::open(&beside)?.sync_all()?;
        std::fs::rename(&beside, file)
    };
    put(after).with_context(|| format!("cannot write {}", file.display()))?;
    if let Err(error) = load(file.parent().unwrap_or(Path::new("."))) {
        put(before).with_context(|| format!("cannot write {}", file.display()))?;
        return Err(error.context("what runs would not be a valid site; the folder is as it was"));
    }
    Ok(())
}
