//! Measured values as whole numbers: most have few decimals, whatever they went through on their way here.

/// Most digits after the point.
const DIGITS: u8 = 9;
const POWERS: [f64; DIGITS as usize + 1] = [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];
const PARTS: [f64; DIGITS as usize + 1] = [1.0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9];
/// Added to a smaller number, it leaves the nearest whole one in the lowest bits: rounding in one step, many at a time.
const ROUND: f64 = 6_755_399_441_055_744.0;
/// Whole numbers up to here are found that way.
const EXACT: f64 = 2_251_799_813_685_248.0;
/// Numbers that are looked at together.
const TOGETHER: usize = 64;

/// How a whole number stands for a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Kind {
    /// Divided by the power of ten: the number as it is written.
    #[default]
    Divided,
    /// The same in 32 bits, as most devices have it.
    Single,
    /// Times the part of ten: a raw register and its scale.
    Times,
}

/// Kind and digits after the point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Form {
    kind: Kind,
    digits: u8,
}

impl Form {
    /// One byte, 0 to 41.
    pub(super) fn code(self) -> u8 {
        self.digits + 16 * self.kind as u8
    }

    /// The form of a byte.
    pub(super) fn from_code(code: u8) -> Option<Self> {
        let kind = match code / 16 {
            0 => Kind::Divided,
            1 => Kind::Single,
            2 => Kind::Times,
            _ => return None,
        };
        (code % 16 <= DIGITS).then_some(Self { kind, digits: code % 16 })
    }

    /// Appends the values again.
    pub(super) fn numbers(self, whole: &[i64], out: &mut Vec<f64>) {
        let (power, part) = (POWERS[usize::from(self.digits)], PARTS[usize::from(self.digits)]);
        match self.kind {
            Kind::Divided => out.extend(whole.iter().map(|&w| divided(w as f64, power))),
            Kind::Single => out.extend(whole.iter().map(|&w| single(w as f64, power))),
            Kind::Times => out.extend(whole.iter().map(|&w| w as f64 * part)),
        }
    }

    /// The whole numbers, if every value comes back to the bit; else the first that does not.
    fn whole(self, values: &[f64], out: &mut Vec<i64>) -> Result<(), f64> {
        let (power, part) = (POWERS[usize::from(self.digits)], PARTS[usize::from(self.digits)]);
        match self.kind {
            Kind::Divided => fit(values, power, |w| divided(w, power), out),
            Kind::Single => fit(values, power, |w| single(w, power), out),
            Kind::Times => fit(values, power, |w| w * part, out),
        }
    }

    /// The same for one value.
    fn is_of(self, value: f64) -> bool {
        let (power, part) = (POWERS[usize::from(self.digits)], PARTS[usize::from(self.digits)]);
        match self.kind {
            Kind::Divided => exact(value, power, |w| divided(w, power)).0,
            Kind::Single => exact(value, power, |w| single(w, power)).0,
            Kind::Times => exact(value, power, |w| w * part).0,
        }
    }
}

fn divided(whole: f64, power: f64) -> f64 {
    whole / power
}

fn single(whole: f64, power: f64) -> f64 {
    f64::from((whole / power) as f32)
}

/// Whether a value comes back to the bit, and its whole number.
#[inline]
fn exact(v: f64, power: f64, back: impl Fn(f64) -> f64) -> (bool, i64) {
    let near = v * power;
    let rounded = near + ROUND;
    let whole = rounded.to_bits().wrapping_sub(ROUND.to_bits()).cast_signed();
    // through the whole number: it has no negative zero
    ((near.abs() < EXACT) & (back(rounded - ROUND).to_bits() == v.to_bits()), whole)
}

#[inline]
fn fit(values: &[f64], power: f64, back: impl Fn(f64) -> f64, out: &mut Vec<i64>) -> Result<(), f64> {
    out.clear();
    for together in values.chunks(TOGETHER) {
        let mut all = true;
        out.extend(together.iter().map(|&v| {
            let (fits, whole) = exact(v, power, &back);
            all &= fits;
            whole
        }));
        if !all {
            return Err(together.iter().copied().find(|&v| !exact(v, power, &back).0).unwrap_or(f64::NAN));
        }
    }
    Ok(())
}

/// Finite numbers as whole ones, if there is a form in which every one comes back to the bit. `likely` is the form of a
/// neighbour, and of these afterwards.
pub(super) fn whole(values: &[f64], likely: &mut Form, out: &mut Vec<i64>) -> Option<Form> {
    // with a digit too many, every whole number ends in a zero
    if likely.whole(values, out).is_ok() && (likely.digits == 0 || out.iter().any(|w| w % 10 != 0)) {
        return Some(*likely);
    }
    for kind in [Kind::Divided, Kind::Single, Kind::Times] {
        let mut form = Form { kind, digits: 0 };
        loop {
            let Err(other) = form.whole(values, out) else {
                *likely = form;
                return Some(form);
            };
            // the number that does not fit says how many more places there must be
            let more = (form.digits + 1..=DIGITS).find(|&digits| Form { kind, digits }.is_of(other));
            let Some(digits) = more else { break };
            form.digits = digits;
        }
    }
    None
}

/// Numbers of 32 bits as whole ones in the same order, if all are.
pub(super) fn singles(values: &[f64], out: &mut Vec<i64>) -> Option<()> {
    let mut all = true;
    out.clear();
    out.extend(values.iter().map(|&v| {
        all &= f64::from(v as f32).to_bits() == v.to_bits();
        let bits = (v as f32).to_bits().cast_signed();
        i64::from(bits ^ ((bits >> 31) & i32::MAX))
    }));
    all.then_some(())
}

/// Appends the numbers again; what never was one of 32 bits is cut to it.
pub(super) fn from_singles(ordered: &[i64], out: &mut Vec<f64>) {
    let number = |&o: &i64| {
        let bits = o as i32;
        f64::from(f32::from_bits((bits ^ ((bits >> 31) & i32::MAX)).cast_unsigned()))
    };
    out.extend(ordered.iter().map(number));
}
