//! Everything a screen asked for, once.

use std::sync::Arc;

use linepack_core::{AssetId, Ts};

use super::brief;
use super::encode::{List, json};
use super::group::Group;
use super::names::Names;
use super::whole::Whole;
use crate::view::{Picture, command, flood};

/// Room for a point, bytes.
const POINT: usize = 256;
/// Room for an asset, bytes.
const ASSET: usize = 224;
/// Things encoded before others get their turn on this thread.
const TURN: usize = 1_000;

/// The shared part of a snapshot: `,"alarms":[…],…}`.
pub(super) async fn compose(group: &Group, picture: &Arc<Picture>, names: Arc<Names>, now: Ts) -> String {
    let (interest, board) = (&group.interest, &picture.board);
    let mut out = String::with_capacity(group.points.len() * POINT + group.assets.len() * ASSET);
    {
        let mut alarms = List::always(&mut out, "alarms");
        for (n, alarm) in board.alarms.values().filter(|_| interest.alarms).enumerate() {
            alarms.push(&brief::alarm(picture, alarm, interest.alarm_form));
            pause(n).await;
        }
    }
    if interest.alarms {
        let mut floods = List::always(&mut out, "floods");
        for of in board.floods.values() {
            floods.push(&json(&flood(of)));
        }
    }
    {
        let mut incidents = List::always(&mut out, "incidents");
        for (&no, incident) in board.incidents.iter().filter(|_| interest.incidents) {
            if group.shows_incident(picture, no) {
                incidents.push(&json(&picture.incident(incident)));
            }
        }
    }
    {
        let mut crews = List::always(&mut out, "crews");
        for (&id, crew) in board.crews.iter().filter(|_| interest.crews) {
            if group.shows_crew(picture, id) {
                crews.push(&json(&picture.crew(crew, now)));
            }
        }
    }
    {
        let mut assets = List::always(&mut out, "assets");
        for (n, id) in group.assets.iter().enumerate() {
            assets.push(&json(&picture.asset(AssetId(id), false)));
            pause(n).await;
        }
    }
    {
        let mut values = List::always(&mut out, "values");
        let mut whole = Whole::new(picture, names);
        for (n, point) in group.points.iter().enumerate() {
            whole.point(values.item(), point);
            pause(n).await;
        }
    }
    if interest.commands {
        let mut commands = List::always(&mut out, "commands");
        for control in board.commands.values() {
            commands.push(&json(&command(control)));
        }
    }
    out.push('}');
    out
}

async fn pause(n: usize) {
    if n % TURN == TURN - 1 {
        tokio::task::yield_now().await;
    }
}
