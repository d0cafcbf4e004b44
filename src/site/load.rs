//! Reads the whole folder and reports everything that is wrong with it in one run.

use std::path::Path;
use std::sync::Arc;

use linepack_core::registry::Calendar;
use linepack_core::{AssetId, Registry, Ts};

use super::problem::{Problem, Report};
use super::source::Source;
use super::{
    Site, assets, build, crews, customers, derive, holidays, hub, layers, network, overrides, position, suppress, watch,
};

impl Site {
    /// Reads and checks the folder. `now` is for the years of time-zone offsets ahead. All errors of all files come at
    /// once, sorted by file and place.
    pub fn load(dir: &Path, now: Ts) -> Result<(Self, Report), Vec<Problem>> {
        if !dir.is_dir() {
            let source = Source::new(dir.display().to_string(), String::new());
            source.error(0, "expected a site folder; there is none of this name");
            return Err(source.findings().0);
        }
        let mut sources = Vec::new();

        let (source, usable) = Source::required(dir, "hub.toml");
        let hub = usable.then(|| hub::read(&source, dir)).flatten();
        let hub_source = source;

        let (source, usable) = Source::required(dir, "assets.csv");
        let assets = usable.then(|| assets::read(&source, hub.as_ref()));
        if let (Some(hub), Some(assets)) = (&hub, &assets)
            && build::size(hub, &assets.list) > build::MOST
        {
            source.error(0, format!("the site would have more than {} points and alarms", build::MOST));
        }
        sources.push(source);
        if let (Some(hub), Some(assets)) = (&hub, assets.as_ref().filter(|a| a.complete)) {
            derive::check_site(&hub_source, &hub.templates, assets);
            watch::check_site(&hub_source, &hub.templates, assets);
            let classes = hub.templates.rules.iter().map(|r| &*r.handling.class).chain([build::SYSTEM]);
            suppress::check(&hub_source, hub, assets);
            position::check(&hub_source, &hub.positions, assets.list.iter().map(|a| &*a.area), classes);
        }

        let (source, usable) = Source::required(dir, "crews.csv");
        let crews = usable.then(|| crews::read(&source));
        sources.push(source);
        if let (Some(hub), Some(crews)) = (&hub, &crews) {
            for (at, skill) in &hub.templates.skills {
                if !skill.is_empty() && !crews.iter().any(|c| c.skills.contains(skill)) {
                    hub_source.warn(*at, format!("skill: no crew of crews.csv has the skill \"{skill}\""));
                }
            }
        }
        sources.push(hub_source);

        let network = match Source::optional(dir, "network.geojson") {
            None => Some(network::NetworkFile::none()),
            Some((source, usable)) => {
                let network = usable.then(|| network::read(&source, assets.as_ref()));
                sources.push(source);
                network
            }
        };
        let mut customers = 0;
        if let Some((source, usable)) = Source::optional(dir, "customers.csv") {
            if usable {
                customers = customers::read(&source, network.as_ref());
            }
            sources.push(source);
        }
        let mut backdrop = None;
        if let Some((source, usable)) = Source::optional(dir, "backdrop.geojson") {
            if usable {
                backdrop = Some(layers::read_backdrop(&source));
            }
            sources.push(source);
        }
        if let Some((source, usable)) = Source::optional(dir, "roads.geojson") {
            if usable {
                layers::check_roads(&source);
            }
            sources.push(source);
        }
        let mut calendar = Calendar::default();
        if let Some((source, usable)) = Source::optional(dir, "holidays.csv") {
            if usable {
                calendar = holidays::read(&source);
            }
            sources.push(source);
        }
        sources.extend(layers::note_osm(dir));

        let (mut errors, mut warnings) = (Vec::new(), Vec::new());
        for source in sources {
            let (e, w) = source.findings();
            errors.extend(e);
            warnings.extend(w);
        }
        errors.sort();
        errors.dedup();
        warnings.sort();
        let (Some(hub), Some(assets), Some(crews), Some(network), true) =
            (hub, assets, crews, network, errors.is_empty())
        else {
            return Err(errors);
        };
        let units = assets.list.iter().map(|a| (a.unit, a.offset)).collect();
        let mut registry = build::registry(&hub, assets.list, crews, network.network, now);
        let errors = overrides::apply(&mut registry, &hub.overrides);
        if !errors.is_empty() {
            return Err(errors);
        }
        registry.calendar = calendar;
        let report = Report {
            assets: registry.assets.len(),
            points: registry.points.len(),
            alarms: registry.alarms.len(),
            crews: registry.crews.len(),
            pipes: registry.network.pipes.len(),
            customers,
            warnings,
        };
        let site = Self {
            dir: dir.to_path_buf(),
            hub: hub.hub,
            server: hub.server,
            store: hub.store,
            broker: hub.broker,
            behind: behind(&registry, hub.connections.list.len()),
            connections: hub.connections.list,
            registry: Arc::new(registry),
            addresses: hub.templates.addresses,
            units,
            every: hub.templates.every,
            modbus: hub.templates.modbus,
            texts: super::Texts::default(),
            customers,
            backdrop,
        };
        Ok((site, report))
    }
}

/// Assets by connection, in one pass.
fn behind(registry: &Registry, connections: usize) -> Vec<Vec<AssetId>> {
    let mut behind = vec![Vec::new(); connections];
    for (asset, i) in registry.assets.iter().zip(0..) {
        if let Some(assets) = asset.connection.and_then(|c| behind.get_mut(c.index())) {
            assets.push(AssetId(i));
        }
    }
    behind
}
