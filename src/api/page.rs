//! Lists in pages. A cursor is the place in the order after which the next page begins, so that what changes between two
//! pages neither repeats nor hides anything else.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::problem::{Problem, Result};
use crate::wire::Page;

/// Most items of a page.
pub(crate) const MAX: usize = 1000;
/// Items of a page when nobody says.
const USUAL: usize = 100;

/// The `limit` asked for, 1 to `max`.
pub(crate) fn limit(asked: Option<usize>, usual: usize, max: usize) -> Result<usize> {
    match asked {
        None => Ok(usual),
        Some(n) if (1..=max).contains(&n) => Ok(n),
        Some(_) => Err(Problem::field("limit", format!("must be 1 to {max}"))),
    }
}

/// The usual `limit`: 100, at most 1,000.
pub(crate) fn usual_limit(asked: Option<usize>) -> Result<usize> {
    limit(asked, USUAL, MAX)
}

/// A key of the order as an opaque cursor.
pub(crate) fn encode(key: &str) -> String {
    URL_SAFE_NO_PAD.encode(key)
}

/// The key in a cursor; an empty cursor is none.
pub(crate) fn decode(cursor: Option<&str>) -> Result<Option<String>> {
    let Some(cursor) = cursor.filter(|c| !c.is_empty()) else { return Ok(None) };
    URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|b| String::from_utf8(b).ok()).map(Some).ok_or_else(bad)
}

/// A cursor whose key is a number.
pub(crate) fn decode_number<T: std::str::FromStr>(cursor: Option<&str>) -> Result<Option<T>> {
    decode(cursor)?.map(|key| key.parse().map_err(|_| bad())).transpose()
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

    #[test]
    fn pages_join_without_gap_or_repeat() {
        let all: Vec<u32> = (0..25).collect();
        let (mut seen, mut cursor) = (vec![], None);
        loop {
            let after = decode_number::<u32>(cursor.as_deref()).expect("our own cursor");
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
        assert!(decode(Some("§")).is_err());
        assert!(decode_number::<u64>(Some(&encode("x"))).is_err());
        assert!(decode(Some("")).expect("empty is none").is_none());
        assert!(usual_limit(Some(1001)).is_err() && usual_limit(Some(0)).is_err());
    }
}
