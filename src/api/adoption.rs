//! What edge nodes speak of and the site does not know, with what to paste into the site folder.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use super::input::Query;
use super::page::{self, Paging};
use super::problem::{Problem, Result};
use super::state::Hub;
use crate::ingest::Unknown;
use crate::wire::{Page, Suggested, UnknownMetric};

/// First line of `assets.csv`.
const COLUMNS: &str = "id,name,kind,template,connection,unit_id,address_offset,lon,lat,area";

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AdoptionQuery {
    /// `toml`: everything as text for the site folder instead of a list.
    format: Option<String>,
}

/// Metrics of Sparkplug edge nodes that are no points of the site, with what to paste into the site folder.
#[utoipa::path(get, path = "/adoption", tag = "system", params(AdoptionQuery, Paging),
    responses((status = 200, body = Page<UnknownMetric>)))]
pub(crate) async fn list(
    State(hub): State<Arc<Hub>>,
    Query(query): Query<AdoptionQuery>,
    Query(paging): Query<Paging>,
) -> Result<Response> {
    let (all, _) = hub.adoption.list();
    match query.format.as_deref() {
        None | Some("" | "json") => {}
        Some("toml") => {
            let text = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
            return Ok((text, paste(&all)).into_response());
        }
        Some(_) => return Err(Problem::field("format", "must be json or toml")),
    }
    let limit = paging.limit()?;
    let from: usize = paging.after_number()?.unwrap_or(0);
    let numbered = all.iter().enumerate().skip(from);
    let page = page::page(numbered, limit, |(i, _)| (i + 1).to_string(), |(_, (connection, u))| wire(connection, u));
    Ok(Json(page).into_response())
}

fn wire(connection: &str, unknown: &Unknown) -> UnknownMetric {
    let point = point_name(unknown).unwrap_or_default();
    UnknownMetric {
        connection: connection.to_owned(),
        group: unknown.group.clone(),
        node: unknown.node.clone(),
        device: unknown.device.clone(),
        metric: unknown.metric.clone(),
        datatype: unknown.datatype.to_owned(),
        last: unknown.last.clone(),
        ts_ms: unknown.ts.ms(),
        suggested: Suggested {
            asset: unknown.asset.clone(),
            asset_known: unknown.asset_known,
            template_point: template_point(unknown).unwrap_or_default(),
            asset_row: if unknown.asset_known { String::new() } else { asset_row(unknown, &unknown.asset, connection) },
            point,
        },
    }
}

/// The name a point could have; none where its values are no numbers.
fn point_name(unknown: &Unknown) -> Option<String> {
    unknown.is_number().then(|| Unknown::identifier(&unknown.metric.replace('/', ".")))
}

fn template_point(unknown: &Unknown) -> Option<String> {
    let name = point_name(unknown)?;
    let mut text = format!("[[template.point]]\nname = \"{name}\"\n");
    if name != unknown.metric.replace('/', ".") {
        let metric = toml::Value::String(unknown.metric.clone());
        let _ = writeln!(text, "sparkplug = {metric}");
    }
    Some(text)
}

/// A row of `assets.csv` without its position.
fn asset_row(unknown: &Unknown, template: &str, connection: &str) -> String {
    let id = &unknown.asset;
    format!("{id},{id},,{template},{connection},,,,,")
}

/// Everything as text: devices that speak of the same metrics share a template.
fn paste(all: &[(Arc<str>, Unknown)]) -> String {
    let mut assets: BTreeMap<(&str, &str), Vec<&Unknown>> = BTreeMap::new();
    for (connection, unknown) in all.iter().filter(|(_, u)| u.is_number()) {
        assets.entry((connection, &unknown.asset)).or_default().push(unknown);
    }
    let (mut templates, mut known, mut rows) = (BTreeMap::<Vec<String>, &str>::new(), String::new(), String::new());
    for ((connection, asset), metrics) in &assets {
        let points: Vec<String> = metrics.iter().filter_map(|u| template_point(u)).collect();
        if metrics.iter().any(|u| u.asset_known) {
            let _ = write!(known, "\n# into the template of {asset}:\n{}", points.join("\n"));
            continue;
        }
        let template = *templates.entry(points).or_insert(asset);
        rows.extend(metrics.first().map(|u| asset_row(u, template, connection) + "\n"));
    }
    let mut text = "# hub.toml: units, ranges and alarms are for you to add\n".to_owned();
    for (points, name) in &templates {
        let _ = write!(text, "\n[[template]]\nname = \"{name}\"\n\n{}", points.join("\n"));
    }
    text.push_str(&known);
    if !rows.is_empty() {
        text.push_str("\n# assets.csv: positions are for you to fill in\n");
        for row in std::iter::once(COLUMNS).chain(rows.lines()) {
            let _ = writeln!(text, "# {row}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use linepack_core::Ts;

    use super::*;

    fn unknown(device: &str, metric: &str, datatype: &'static str) -> (Arc<str>, Unknown) {
        let unknown = Unknown {
            group: "g".to_owned(),
            node: "n".to_owned(),
            device: Some(device.to_owned()),
            metric: metric.to_owned(),
            datatype,
            last: "1".to_owned(),
            ts: Ts(5),
            asset: device.to_owned(),
            asset_known: device == "known",
        };
        (Arc::from("field"), unknown)
    }

    #[test]
    fn devices_of_one_make_share_a_template() {
        let all = [
            unknown("a", "Outlet/Pressure", "Double"),
            unknown("a", "My \"Flow\"", "Int32"),
            unknown("a", "Serial", "String"),
            unknown("b", "Outlet/Pressure", "Double"),
            unknown("b", "My \"Flow\"", "Int32"),
            unknown("known", "Load", "Float"),
        ];
        let text = paste(&all);
        assert_eq!(text.matches("[[template]]").count(), 1, "{text}");
        for line in [
            "name = \"Outlet.Pressure\"",
            "name = \"My--Flow-\"",
            "# into the template of known:",
            "# a,a,,a,field,,,,,",
            "# b,b,,a,field,,,,,",
        ] {
            assert!(text.lines().any(|l| l == line), "{line}\n{text}");
        }
        assert!(!text.contains("Serial"), "{text}");
        let parsed: toml::Table = text.parse().unwrap();
        let metric = parsed["template"][0]["point"][1]["sparkplug"].as_str();
        assert_eq!(metric, Some("My \"Flow\""));
    }

    #[test]
    fn an_item_says_what_it_could_be() {
        let (connection, text) = unknown("a", "Serial", "String");
        let item = wire(&connection, &text);
        assert_eq!((item.suggested.point.as_str(), item.suggested.template_point.as_str()), ("", ""));
        let (connection, number) = unknown("known", "Load", "Float");
        let item = wire(&connection, &number);
        assert_eq!((item.suggested.point.as_str(), item.suggested.asset_row.as_str()), ("Load", ""));
        assert_eq!(item.suggested.template_point, "[[template.point]]\nname = \"Load\"\n");
    }
}
