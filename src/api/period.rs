//! A time in a query string, the same on every route that takes one.

use linepack_core::{Millis, Ts};
use serde::Deserialize;
use utoipa::IntoParams;

use super::input::{Fields, or_empty};
use super::problem::Result;

/// What is asked for; each end may be left out.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Period {
    /// Begin, inclusive, milliseconds.
    #[serde(default, deserialize_with = "or_empty")]
    #[param(value_type = Option<i64>)]
    from_ms: Option<i64>,
    /// End, exclusive, milliseconds.
    #[serde(default, deserialize_with = "or_empty")]
    #[param(value_type = Option<i64>)]
    to_ms: Option<i64>,
}

/// Begin (inclusive) and end (exclusive), milliseconds.
pub(crate) type Span = (i64, i64);

impl Period {
    /// As it is asked for: an end that is left out bounds nothing.
    pub(crate) fn open(self) -> Result<(Option<i64>, Option<i64>)> {
        let mut fields = Fields::default();
        ordered(&mut fields, (self.from_ms.unwrap_or(i64::MIN), self.to_ms.unwrap_or(i64::MAX)));
        fields.check()?;
        Ok((self.from_ms, self.to_ms))
    }

    /// Up to and with the present moment, and beginning `usual` before its end, where nothing else is said.
    pub(crate) fn span(self, now: Ts, usual: Millis, fields: &mut Fields) -> Span {
        let to = self.to_ms.unwrap_or_else(|| now.ms().saturating_add(1));
        let from = self.from_ms.unwrap_or_else(|| to.saturating_sub(usual.0));
        ordered(fields, (from, to));
        (from, to)
    }

    /// The same, cut at the present moment, and no longer than `longest`.
    pub(crate) fn past(self, now: Ts, usual: Millis, longest: Millis, fields: &mut Fields) -> Span {
        let to = self.to_ms.unwrap_or(i64::MAX).min(now.ms());
        let from = self.from_ms.unwrap_or_else(|| to.saturating_sub(usual.0));
        if from >= to {
            fields.wrong("from_ms", "must be before to_ms and before now");
        } else if to.saturating_sub(from) > longest.0 {
            fields.wrong("from_ms", format!("must be within {} days of to_ms", longest.0 / 86_400_000));
        }
        (from, to)
    }
}

fn ordered(fields: &mut Fields, (from, to): Span) {
    if from >= to {
        fields.wrong("from_ms", "must be before to_ms");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Ts = Ts(1_000_000_000);

    fn ask(from_ms: Option<i64>, to_ms: Option<i64>) -> Period {
        Period { from_ms, to_ms }
    }

    #[test]
    fn what_is_left_out_is_the_usual_time_up_to_now() {
        let hour = Millis::mins(60);
        for (from, to, expected) in [
            (None, None, Some((NOW.0 + 1 - hour.0, NOW.0 + 1))),
            (Some(5), None, Some((5, NOW.0 + 1))),
            (None, Some(hour.0), Some((0, hour.0))),
            (Some(5), Some(6), Some((5, 6))),
            (Some(6), Some(6), None),
            (Some(i64::MAX), None, None),
            (None, Some(i64::MIN), None),
            (Some(i64::MIN), Some(i64::MAX), Some((i64::MIN, i64::MAX))),
        ] {
            let mut fields = Fields::default();
            let span = ask(from, to).span(NOW, hour, &mut fields);
            assert_eq!(fields.check().ok().map(|()| span), expected, "{from:?} {to:?}");
        }
    }

    #[test]
    fn a_past_is_over_and_not_too_long() {
        let day = Millis::mins(24 * 60);
        for (from, to, expected) in [
            (None, None, Some((NOW.0 - day.0, NOW.0))),
            (None, Some(i64::MAX), Some((NOW.0 - day.0, NOW.0))),
            (Some(NOW.0 - 7 * day.0), None, Some((NOW.0 - 7 * day.0, NOW.0))),
            (Some(NOW.0 - 7 * day.0 - 1), None, None),
            (Some(i64::MIN), None, None),
            (Some(NOW.0), None, None),
            (None, Some(i64::MIN), None),
        ] {
            let mut fields = Fields::default();
            let span = ask(from, to).past(NOW, day, Millis(7 * day.0), &mut fields);
            assert_eq!(fields.check().ok().map(|()| span), expected, "{from:?} {to:?}");
        }
    }

    #[test]
    fn an_open_period_bounds_what_it_names() {
        assert_eq!(ask(None, Some(5)).open().unwrap(), (None, Some(5)));
        assert_eq!(ask(None, None).open().unwrap(), (None, None));
        assert!(ask(Some(5), Some(5)).open().is_err());
    }
}
