//! The TypeScript types of the front end are the wire structs, generated; the committed file must not drift.
//! `LINEPACK_BLESS=1` writes it anew.

use std::fmt::Write as _;
use std::path::Path;

use linepack::wire;
use ts_rs::{Config, TS};

fn declare<T: TS>(config: &Config, out: &mut String) {
    if let Some(docs) = T::docs() {
        out.push_str(&docs);
    }
    let _ = writeln!(out, "export {}\n", T::decl(config));
}

fn generated() -> String {
    // Times and counts stay far below 2^53, where a number of JavaScript is still exact.
    let config = Config::new().with_large_int("number");
    let mut out = String::from("// Generated from src/wire by `make gen`. Do not edit.\n\n");
    macro_rules! all {
        ($($name:ty),* $(,)?) => { $(declare::<$name>(&config, &mut out);)* };
    }
    all!(
        wire::Alarm,
        wire::Evidence,
        wire::Model,
        wire::ModelSettings,
        wire::Frozen,
        wire::ModelRequest,
        wire::ModelBands,
        wire::BandRow,
        wire::Hidden,
        wire::Comment,
        wire::Seat,
        wire::Handover,
        wire::Standing,
        wire::StandingAlarm,
        wire::StandingHidden,
        wire::StandingIncident,
        wire::HandoverRequest,
        wire::AssignRequest,
        wire::CommentRequest,
        wire::JournalRow,
        wire::AlarmCount,
        wire::AlarmFigures,
        wire::BadActor,
        wire::FigureCompared,
        wire::FloodEpisode,
        wire::FloodFigures,
        wire::PositionFigures,
        wire::Proposal,
        wire::Proposals,
        wire::AlarmReport,
        wire::HiddenLong,
        wire::LongStanding,
        wire::PositionReport,
        wire::AlarmSetting,
        wire::AlarmSettings,
        wire::Drift,
        wire::SettingValue,
        wire::SettingsRequest,
        wire::Position,
        wire::Flood,
        wire::Floods,
        wire::TimeInFlood,
        wire::HideAsked,
        wire::AckManyRequest,
        wire::AckOne,
        wire::Acked,
        wire::AckedMany,
        wire::Asset,
        wire::AssetDetail,
        wire::Worst,
        wire::Command,
        wire::CommandRequest,
        wire::Candidate,
        wire::Crew,
        wire::LeftOut,
        wire::PhonePosition,
        wire::Ranking,
        wire::Assignment,
        wire::Clock,
        wire::Incident,
        wire::TimelineRow,
        wire::ClientMessage,
        wire::Removed,
        wire::ServerMessage,
        wire::Topic,
        wire::ValueRow,
        wire::Page<ts_rs::Dummy>,
        wire::FieldError,
        wire::Problem,
        wire::AckRequest,
        wire::ShelveRequest,
        wire::HideRequest,
        wire::Entry,
        wire::Gap,
        wire::Audited,
        wire::EnterRequest,
        wire::SubstituteInfo,
        wire::SubstituteRequest,
        wire::UnsubstituteRequest,
        wire::CloseRequest,
        wire::CompleteRequest,
        wire::DeclineRequest,
        wire::DispatchRequest,
        wire::Login,
        wire::MergeRequest,
        wire::NewIncident,
        wire::NoteRequest,
        wire::PositionRequest,
        wire::StatusRequest,
        wire::SiteDifference,
        wire::Ready,
        wire::StoreState,
        wire::Connection,
        wire::Hole,
        wire::Limited,
        wire::DeadTopic,
        wire::Counts,
        wire::ShelveMax,
        wire::DeadLetter,
        wire::Me,
        wire::Scenario,
        wire::ScenarioStarted,
        wire::Site,
        wire::History,
        wire::HistoryRow,
        wire::SampleIn,
        wire::SampleRefused,
        wire::SamplesResult,
        wire::Series,
        wire::Value,
        wire::Suggested,
        wire::UnknownMetric,
    );
    let mut out = out.replace("/**\n * ", "/** ").replace("\n */\n", " */\n");
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

#[test]
fn typescript_types_are_those_of_the_wire() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("dashboards/src/gen/wire.ts");
    let now = generated();
    if std::env::var_os("LINEPACK_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().expect("the file stands in a folder")).expect("folder is writable");
        std::fs::write(&path, &now).expect("file is writable");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == now, "{} is not what src/wire says; run `make gen`", path.display());
}
