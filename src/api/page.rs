//! Lists in pages. A cursor is the place in the order after which the next page begins, so that what changes between two
//! pages neither repeats nor hides anything else.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use utoipa::IntoParams;

use super::input::or_empty;
use super::problem::{Problem, Result};
use crate::wire::Page;

/// Most items of a page.
pub(crate) const MAX: usize = 1000;
/// Items of a page when nobody says.
const USUAL: usize = 100;

/// Which page is asked for, the same on every list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Paging {
    /// Items of the page: 1 to 1,000, and 100 when left out, unless the list says otherwise.
    #[serde(default, deserialize_with = "or_empty")]
    #[param(value_type = Option<u32>)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

impl Paging {
    /// How many items: 100, at most 1,000.
    pub(crate) fn limit(&self) -> Result<usize> {
        self.limit_of(USUAL, MAX)
    }

    /// How many items: `usual`, at most `max`.
    pub(crate) fn limit_of(&self, usual: usize, max: usize) -> Result<usize> {
        limit(self.limit, usual, max)
    }

    /// The key after which the page begins; none on the first.
    pub(crate) fn after(&self) -> Result<Option<String>> {
        decode(self.cursor.as_deref())
    }

    /// The same where the key is a number.
    pub(crate) fn after_number<T: std::str::FromStr>(&self) -> Result<Option<T>> {
        self.after()?.map(|key| key.parse().map_err(|_| bad())).transpose()
    }
}

/// The `limit` asked for, 1 to `max`.
pub(crate) fn limit(asked: Option<usize>, usual: usize, max: usize) -> Result<usize> {
    match asked {
        None => Ok(usual),
        Some(n) if (1..=max).contains(&n) => Ok(n),
        Some(_) => Err(Problem::field("limit", format!("must be 1 to {max}"))),
    }
}

/// A key of the order as an opaque cursor.
fn encode(key: &str) -> String {
    URL_SAFE_NO_PAD.encode(key)
}

/// The key in a cursor; an empty cursor is none.
fn decode(cursor: Option<&str>) -> Result<Option<String>> {
    let Some(cursor) = cursor.filter(|c| !c.is_empty()) else { return Ok(None) };
    URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|b| String::from_utf8(b).ok()).map(Some).ok_or_else(bad)
}

/// 422 for a cursor that is not one of ours.
pub(crate) fn bad() -> Problem {
    Problem::field("cursor", "is not a `next_cursor` of this list")
}

/// The first `limit` of `items`; `key` gives the place of the last one when there are more.
pub(crate) fn page<T, W>(
    items: impl IntoIterator<Item = T>,
    limit: usize,
    key: impl Fn(&T) -> String,
    wire: impl Fn(&T) -> W,
) -> Page<W> {
    let mut items = items.into_iter();
    let taken: Vec<T> = items.by_ref().take(limit).collect();
    let more = items.next().is_some();
    let next_cursor = taken.last().filter(|_| more).map(|last| encode(&key(last)));
    Page { items: taken.iter().map(wire).collect(), next_cursor }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(cursor: Option<&str>) -> Paging {
        Paging { limit: None, cursor: cursor.map(ToOwned::to_owned) }
    }

    #[test]
    fn pages_join_without_gap_or_repeat() {
        let all: Vec<u32> = (0..25).collect();
        let (mut seen, mut cursor) = (vec![], None);
        loop {
            let after = asked(cursor.as_deref()).after_number::<u32>().expect("our own cursor");
            let rest = all.iter().copied().filter(|n| after.is_none_or(|a| *n > a));
            let page = page(rest, 10, u32::to_string, |n| *n);
            seen.extend(page.items);
            match page.next_cursor {
                Some(next) => cursor = Some(next),
                None => break,
            }
        }
        assert_eq!(seen, all);
    }

    #[test]
    fn a_page_that_just_fits_is_the_last() {
        assert_eq!(page(0..10, 10, i32::to_string, |n| *n).next_cursor, None);
        assert!(page(0..11, 10, i32::to_string, |n| *n).next_cursor.is_some());
    }

    #[test]
    fn a_foreign_cursor_is_refused() {
        assert!(asked(Some("§")).after().is_err());
        assert!(asked(Some(&encode("x"))).after_number::<u64>().is_err());
        assert!(asked(Some("")).after().expect("empty is none").is_none());
        for (limit, ok) in [(None, true), (Some(1000), true), (Some(1001), false), (Some(0), false)] {
            assert_eq!(Paging { limit, cursor: None }.limit().is_ok(), ok, "{limit:?}");
        }
    }
}
