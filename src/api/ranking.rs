//! Who could go, on the published picture, by the same code as the engine.

use linepack_core::dispatch::CrewIndex;
use linepack_core::{CrewId, LonLat, Ts};

use crate::view::Picture;
use crate::wire;

/// The `k` nearest eligible crews, and why the others are not.
pub(crate) fn rank(picture: &Picture, now: Ts, at: LonLat, skill: &str, exclude: &[CrewId], k: usize) -> wire::Ranking {
    let crews = picture.board.crews.values().map(|c| &**c);
    let index = CrewIndex::new(&picture.registry, crews);
    picture.ranking(&index.rank(&picture.registry, now, at, skill, exclude, k))
}
