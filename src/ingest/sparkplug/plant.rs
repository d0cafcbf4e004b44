//! From names of the Sparkplug world to assets and points of the site.

use std::collections::HashMap;
use std::sync::Arc;

use linepack_core::{AssetId, PointId, Registry};

use crate::site::{MqttFormat, MqttSettings, Site, is_identifier};

/// The site as edge nodes see it; made anew with each site.
#[derive(Debug)]
pub(crate) struct Plant {
    pub(crate) registry: Arc<Registry>,
    /// By template: name of a metric → slot of the point.
    slots: Vec<HashMap<Box<str>, u16>>,
    /// By template, then slot: people may write it.
    writable: Vec<Vec<bool>>,
    /// Topic filters with the pattern of the asset's id, the first that covers a topic decides.
    patterns: Vec<(Vec<String>, Option<String>)>,
}

impl Plant {
    /// For one connection.
    pub(crate) fn new(site: &Site, settings: &MqttSettings) -> Self {
        let (mut slots, mut writable) = (vec![], vec![]);
        for (template, addresses) in site.registry.templates.iter().zip(&site.addresses) {
            let name = |(slot, point): (usize, &linepack_core::registry::PointType)| {
                // what the hub or its people speak for is no metric
                if point.source.other_voice().is_some() {
                    return None;
                }
                let name = addresses.get(slot).and_then(|a| a.sparkplug.as_deref()).unwrap_or(&point.name);
                Some((name.into(), u16::try_from(slot).ok()?))
            };
            slots.push(template.points.iter().enumerate().filter_map(name).collect());
            writable.push(addresses.iter().map(|a| a.sparkplug_write).collect());
        }
        let pattern = |s: &crate::site::Subscription| match &s.format {
            MqttFormat::Sparkplug { asset } => Some((s.topic.split('/').map(str::to_owned).collect(), asset.clone())),
            _ => None,
        };
        let patterns = settings.subscribe.iter().filter_map(pattern).collect();
        Self { registry: site.registry.clone(), slots, writable, patterns }
    }

    /// The id an asset must have to be this device, or this edge node.
    pub(crate) fn asset_name(&self, group: &str, node: &str, device: Option<&str>) -> String {
        let own = device.unwrap_or(node);
        let pattern = self.patterns.iter().find(|(filter, _)| covers(filter, group, node, device));
        match pattern.and_then(|(_, pattern)| pattern.as_deref()) {
            None => own.to_owned(),
            Some(pattern) => fill(pattern, group, node, own),
        }
    }

    /// The asset of that id; where there is none, the one whose id it is with `-` for what an id cannot hold.
    pub(crate) fn asset(&self, name: &str) -> Option<AssetId> {
        self.registry.find_asset(name).or_else(|| self.registry.find_asset(&identifier(name)))
    }

    /// The point that a metric of the asset is.
    pub(crate) fn point(&self, asset: AssetId, metric: &str) -> Option<PointId> {
        let asset = self.registry.assets.get(asset.index())?;
        let slots = self.slots.get(asset.template as usize)?;
        let slot = slots.get(metric).or_else(|| slots.get(metric.replace('/', ".").as_str()))?;
        Some(PointId(asset.points.start + u32::from(*slot)))
    }

    /// Whether people may write the point over Sparkplug.
    pub(crate) fn may_write(&self, point: PointId) -> bool {
        let Some(point) = self.registry.points.get(point.index()) else { return false };
        let Some(asset) = self.registry.assets.get(point.asset.index()) else { return false };
        self.writable.get(asset.template as usize).and_then(|w| w.get(usize::from(point.slot))) == Some(&true)
    }
}

/// An id for the site folder, made of any text.
pub(crate) fn identifier(text: &str) -> String {
    let word = |c: char| if is_identifier(c.encode_utf8(&mut [0; 4])) { c } else { '-' };
    text.chars().take(64).map(word).collect()
}

/// `{group}`, `{node}`, `{device}`; a node itself stands in for its device. What is filled in is not looked at again.
fn fill(pattern: &str, group: &str, node: &str, device: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 32);
    let mut rest = pattern;
    while let Some(open) = rest.find('{') {
        out.push_str(&rest[..open]);
        rest = &rest[open..];
        let known = [("{group}", group), ("{node}", node), ("{device}", device)];
        match known.iter().find(|(word, _)| rest.starts_with(word)) {
            Some((word, value)) => {
                out.push_str(value);
                rest = &rest[word.len()..];
            }
            None => {
                out.push('{');
                rest = &rest[1..];
            }
        }
    }
    out + rest
}

/// Whether a topic filter covers messages of a node or device, whatever their type.
fn covers(filter: &[String], group: &str, node: &str, device: Option<&str>) -> bool {
    let levels = [Some(super::topic::NAMESPACE), Some(group), None, Some(node), device];
    let levels = &levels[..if device.is_some() { 5 } else { 4 }];
    let mut at = 0;
    for want in filter {
        match (want.as_str(), levels.get(at)) {
            ("#", _) => return true,
            (_, None) => return false,
            (word, Some(Some(level))) if word != "+" && word != *level => return false,
            _ => at += 1,
        }
    }
    at == levels.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_covers_nodes_and_devices() {
        for (filter, device, expect) in [
            ("spBv1.0/#", None, true),
            ("spBv1.0/#", Some("d"), true),
            ("spBv1.0/g/#", Some("d"), true),
            ("spBv1.0/other/#", Some("d"), false),
            ("spBv1.0/+/+/n", None, true),
            ("spBv1.0/+/+/n", Some("d"), false),
            ("spBv1.0/+/+/n/d", Some("d"), true),
            ("spBv1.0/+/+/n/e", Some("d"), false),
            ("spBv1.0/+/+/m/#", Some("d"), false),
            ("spBv1.0/g/NDATA/n", None, true),
        ] {
            let levels: Vec<_> = filter.split('/').map(str::to_owned).collect();
            assert_eq!(covers(&levels, "g", "n", device), expect, "{filter} {device:?}");
        }
    }

    #[test]
    fn patterns_are_filled_once() {
        assert_eq!(fill("{group}-{node}-{device}", "g", "{device}", "d"), "g-{device}-d");
        assert_eq!(fill("x{", "g", "n", "d"), "x{");
        assert_eq!(fill("{other}", "g", "n", "d"), "{other}");
    }

    #[test]
    fn any_text_becomes_an_identifier() {
        assert_eq!(identifier("Pump 7/a"), "Pump-7-a");
        assert_eq!(identifier("泵"), "-");
        assert_eq!(identifier(&"x".repeat(99)).len(), 64);
    }
}
