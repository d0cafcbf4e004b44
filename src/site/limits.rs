//! Limits that cannot work together: an alarm that could never raise, or never clear.

use linepack_core::registry::AlarmKind;

use super::rule::Draft;
use super::source::Source;

/// Checks the rules of one point against each other and against the point's range.
pub(super) fn check(source: &Source, drafts: &[Draft], range: Option<(f64, f64)>) {
    for (i, draft) in drafts.iter().enumerate() {
        let Some(at) = draft.limit_at else { continue };
        check_order(source, draft, at, &drafts[..i]);
        if let Some(range) = range.filter(|_| is_level(draft)) {
            check_range(source, draft, at, range);
        }
        check_deadband(source, draft, drafts, range);
    }
}

const fn is_upper(draft: &Draft) -> bool {
    matches!(draft.rule.kind, AlarmKind::High | AlarmKind::HighHigh)
}

const fn is_level(draft: &Draft) -> bool {
    matches!(draft.rule.kind, AlarmKind::High | AlarmKind::HighHigh | AlarmKind::Low | AlarmKind::LowLow)
}

/// From low-low up to high-high each limit must be above the one before; reported at the later of the two.
fn check_order(source: &Source, draft: &Draft, at: usize, before: &[Draft]) {
    let rank = |d: &Draft| match d.rule.kind {
        AlarmKind::LowLow => Some(0),
        AlarmKind::Low => Some(1),
        AlarmKind::High => Some(2),
        AlarmKind::HighHigh => Some(3),
        _ => None,
    };
    let Some(own) = rank(draft) else { return };
    for other in before.iter().filter(|d| d.limit_at.is_some()) {
        let Some(theirs) = rank(other) else { continue };
        let (a, b) = (draft.rule.limit, other.rule.limit);
        let relation = match own.cmp(&theirs) {
            std::cmp::Ordering::Less if a >= b => "below",
            std::cmp::Ordering::Greater if a <= b => "above",
            _ => continue,
        };
        let (kind, other) = (draft.rule.kind.name(), other.rule.kind.name());
        source.error(at, format!("limit: the {kind} limit {a} must be {relation} the {other} limit {b}"));
    }
}

fn check_range(source: &Source, draft: &Draft, at: usize, (low, high): (f64, f64)) {
    let limit = draft.rule.limit;
    if limit < low || limit > high {
        source.error(at, format!("limit: {limit} is outside the range {low} to {high}"));
    } else if limit == if is_upper(draft) { high } else { low } {
        source.warn(
            at,
            format!("limit: {limit} is the end of the range; beyond it the quality is bad and the alarm cannot raise"),
        );
    }
}

/// The value must be able to come back past limit ∓ deadband before it meets the opposite limit or the range's end.
fn check_deadband(source: &Source, draft: &Draft, all: &[Draft], range: Option<(f64, f64)>) {
    let Some(at) = draft.deadband_at else { return };
    let (limit, deadband) = (draft.rule.limit, draft.rule.deadband);
    let (distance, what) = if is_level(draft) {
        let upper = is_upper(draft);
        let opposite = all.iter().filter(|d| d.limit_at.is_some() && is_level(d) && is_upper(d) != upper);
        let end = range.map(|(low, high)| if upper { low } else { high });
        let nearest = opposite
            .map(|d| (d.rule.limit, format!("the {} limit", d.rule.kind.name())))
            .chain(end.map(|e| (e, "the end of the range".to_owned())))
            .map(|(other, what)| (if upper { limit - other } else { other - limit }, what))
            .filter(|(distance, _)| *distance > 0.0)
            .min_by(|a, b| a.0.total_cmp(&b.0));
        let Some(nearest) = nearest else { return };
        nearest
    } else {
        (limit, "a standstill".to_owned())
    };
    if deadband >= distance {
        source.error(
            at,
            format!("deadband: {deadband} must be smaller than the distance {distance} from the limit to {what}, else the alarm could not clear"),
        );
    }
}
