//! The objects of the contract as they go over HTTP and the websocket. One definition, for Rust (serde), for
//! OpenAPI (utoipa) and for TypeScript (ts-rs, generated into `dashboards/src/gen`).
//!
//! Fields may be added, none renamed. Times are UTC milliseconds in `_ms`. Domain types do not serialise; they come
//! here through `view` with the registry beside them, because on the wire things go by name.

mod adoption;
mod alarm;
mod asset;
mod command;
mod crew;
mod flood;
mod handover;
mod incident;
mod kpi;
mod live;
mod model;
mod page;
mod problem;
mod proposal;
mod report;
mod request;
mod site;
mod trail;
mod tuning;
mod value;

pub use adoption::{Suggested, UnknownMetric};
pub use alarm::{Alarm, Comment, Hidden, JournalRow};
pub use asset::{Asset, AssetDetail, Worst};
pub use command::{Command, CommandRequest};
pub use crew::{Candidate, Crew, LeftOut, PhonePosition, Ranking};
pub use flood::{AckManyRequest, AckOne, Acked, AckedMany, Flood, Floods, HideAsked, TimeInFlood};
pub use handover::{Handover, HandoverRequest, Seat, Standing, StandingAlarm, StandingHidden, StandingIncident};
pub use incident::{Assignment, Clock, Incident, TimelineRow};
pub use kpi::{AlarmCount, AlarmFigures, BadActor, FigureCompared, FloodEpisode, FloodFigures, PositionFigures};
pub use live::{ClientMessage, Removed, ServerMessage, Topic, ValueRow};
pub use model::{BandRow, Evidence, Frozen, Model, ModelBands, ModelRequest, ModelSettings};
pub use page::Page;
pub use problem::{FieldError, Problem};
pub use proposal::{Proposal, Proposals};
pub use report::{AlarmReport, HiddenLong, LongStanding, PositionReport};
pub use request::{
    AckRequest, AssignRequest, CloseRequest, CommentRequest, CompleteRequest, DeclineRequest, DispatchRequest,
    HideRequest, Login, MergeRequest, NewIncident, NoteRequest, PositionRequest, Ready, ShelveRequest, SiteDifference,
    StatusRequest, StoreState,
};
pub use site::{
    Connection, Counts, DeadLetter, DeadTopic, Hole, Limited, Me, Position, Scenario, ScenarioStarted, ShelveMax, Site,
};
pub use trail::{Audited, Gap};
pub use tuning::{AlarmSetting, AlarmSettings, Drift, SettingValue, SettingsRequest};
pub use value::{
    EnterRequest, Entry, History, HistoryRow, SampleIn, SampleRefused, SamplesResult, Series, SubstituteInfo,
    SubstituteRequest, UnsubstituteRequest, Value,
};
