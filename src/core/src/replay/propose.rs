//! Ways an alarm could be set that are worth a try: more deadband, more delay, a limit further out.

use crate::registry::{AlarmKind, Rule};
use crate::tune::{Setting, check};
use crate::{AlarmId, Registry};

/// Delays worth a try, milliseconds.
const ON_DELAYS: [f64; 6] = [2000.0, 5000.0, 10_000.0, 30_000.0, 60_000.0, 120_000.0];
const OFF_DELAYS: [f64; 5] = [5000.0, 10_000.0, 30_000.0, 60_000.0, 300_000.0];
/// Deadbands and steps of the limit worth a try, in standard deviations of the point's noise.
const DEADBANDS: [f64; 4] = [2.0, 4.0, 6.0, 10.0];
const STEPS: [f64; 3] = [2.0, 4.0, 8.0];

/// One of them.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// What is other than now.
    pub settings: Vec<(Setting, f64)>,
    /// The rule then.
    pub rule: Rule,
}

/// What may be tried with an alarm, in the order of how little it changes. `noise`: standard deviation of the point from
/// sample to sample, in its unit.
pub fn candidates(registry: &Registry, alarm: AlarmId, noise: f64) -> Vec<Candidate> {
    let rule = registry.rule(alarm);
    let more = |setting: Setting, values: &[f64]| -> Vec<(Setting, f64)> {
        values.iter().filter(|&&v| v > setting.read(rule)).map(|&v| (setting, v)).collect()
    };
    let level = matches!(rule.kind, AlarmKind::High | AlarmKind::HighHigh | AlarmKind::Low | AlarmKind::LowLow);
    let scaled = |factors: &[f64]| -> Vec<f64> { factors.iter().map(|f| rounded(f * noise)).collect() };
    let deadbands = if level && noise > 0.0 { more(Setting::Deadband, &scaled(&DEADBANDS)) } else { vec![] };
    let (on, off) = (more(Setting::OnDelay, &ON_DELAYS), more(Setting::OffDelay, &OFF_DELAYS));
    let out = if matches!(rule.kind, AlarmKind::Low | AlarmKind::LowLow) { -1.0 } else { 1.0 };
    let limits: Vec<(Setting, f64)> = if level && noise > 0.0 {
        scaled(&STEPS).into_iter().map(|step| (Setting::Limit, rule.limit + out * step)).collect()
    } else {
        vec![]
    };
    let mut all: Vec<Vec<(Setting, f64)>> =
        deadbands.iter().chain(&off).chain(&on).chain(&limits).map(|&one| vec![one]).collect();
    for (a, b) in [(&deadbands, &on), (&deadbands, &off), (&on, &off)] {
        // two that are in the middle of their lists
        all.extend(a.iter().skip(1).step_by(2).zip(b.iter().step_by(2)).map(|(&a, &b)| vec![a, b]));
    }
    let candidate = |settings: Vec<(Setting, f64)>| {
        let mut rule = rule.clone();
        for &(setting, value) in &settings {
            setting.write(&mut rule, value);
        }
        check(registry, alarm, &rule, &settings).is_ok().then_some(Candidate { settings, rule })
    };
    all.into_iter().filter_map(candidate).collect()
}

/// Standard deviation of noise from sample to sample, by the median of the steps: an upset does not count as noise.
pub fn noise(values: &[f64]) -> f64 {
    let mut steps: Vec<f64> = values.windows(2).map(|w| (w[1] - w[0]).abs()).filter(|s| s.is_finite()).collect();
    if steps.is_empty() {
        return 0.0;
    }
    let middle = steps.len() / 2;
    let (_, median, _) = steps.select_nth_unstable_by(middle, f64::total_cmp);
    // of a normal noise the median step is 0.954 of its standard deviation
    *median / 0.954
}

/// Two significant digits: a person has to say it.
fn rounded(value: f64) -> f64 {
    if value <= 0.0 || !value.is_finite() {
        return 0.0;
    }
    let unit = 10f64.powf(value.log10().floor() - 1.0);
    let rounded = (value / unit).round() * unit;
    // 0.30000000000000004 is nobody's deadband
    format!("{rounded:.12}").parse().unwrap_or(rounded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_the_middle_step_and_an_upset_is_none() {
        assert_eq!(noise(&[]), 0.0);
        assert_eq!(noise(&[1.0]), 0.0);
        let mut values: Vec<f64> = (0..1000).map(|i| 100.0 + f64::from(i % 2)).collect();
        values.extend([500.0, 900.0, f64::NAN, 100.0]);
        assert!((noise(&values) - 1.0 / 0.954).abs() < 1e-9);
    }

    #[test]
    fn what_is_proposed_can_be_said() {
        for (value, said) in
            [(0.0, 0.0), (f64::NAN, 0.0), (1.2345, 1.2), (123.45, 120.0), (0.0399, 0.04), (99.6, 100.0)]
        {
            assert_eq!(rounded(value), said, "{value}");
        }
    }
}
