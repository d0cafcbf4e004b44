//! What the field speaks of and the site does not know.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// A metric of an edge node that is no point of the site.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct UnknownMetric {
    /// Connection it came by.
    pub connection: String,
    /// Sparkplug group id.
    pub group: String,
    /// Edge node id.
    pub node: String,
    /// Device id; null: a metric of the edge node itself.
    pub device: Option<String>,
    /// Name of the metric.
    pub metric: String,
    /// Datatype, in the specification's word.
    pub datatype: String,
    /// Its value at the birth, as text.
    pub last: String,
    /// Time of that value.
    pub ts_ms: i64,
    /// What it could be in the site folder.
    pub suggested: Suggested,
}

/// How an unknown metric could be taken into the site folder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Suggested {
    /// Id of the asset.
    pub asset: String,
    /// Whether the site has that asset already.
    pub asset_known: bool,
    /// Name of the point; empty: a value of this datatype cannot be a point.
    pub point: String,
    /// For `hub.toml`, ready to paste; empty where there is no point.
    pub template_point: String,
    /// A row for `assets.csv` (`id,name,kind,template,connection,…`) without its position; empty where the asset exists.
    pub asset_row: String,
}
