//! Operations on a small stack. What is not a number stays so: nothing hides a division by zero.

use super::Formula;

/// Most intermediate results at a time.
pub(super) const MOST_STACK: usize = 64;

/// One operation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Op {
    Number(f64),
    /// A point, by its place among the inputs.
    Input(u8),
    Negate,
    Not,
    Binary(Binary),
    /// With how many arguments.
    Call(Function, u8),
}

/// What stands between two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binary {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `^`, from the right.
    Power,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    More,
    /// `>=`
    MoreOrEqual,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `&&`
    And,
    /// `||`
    Or,
}

/// What a formula may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// Magnitude.
    Abs,
    /// Square root.
    Sqrt,
    /// Next whole number below.
    Floor,
    /// Next whole number above.
    Ceil,
    /// Nearest whole number, halves away from zero.
    Round,
    /// e to the power of.
    Exp,
    /// Natural logarithm.
    Ln,
    /// Logarithm to the base of 10.
    Log10,
    /// Least of its arguments.
    Min,
    /// Greatest of its arguments.
    Max,
    /// `clamp(x, low, high)`.
    Clamp,
    /// `if(condition, then, otherwise)`.
    If,
}

impl Function {
    /// All of them.
    pub const ALL: [Function; 12] = [
        Self::Abs,
        Self::Sqrt,
        Self::Floor,
        Self::Ceil,
        Self::Round,
        Self::Exp,
        Self::Ln,
        Self::Log10,
        Self::Min,
        Self::Max,
        Self::Clamp,
        Self::If,
    ];

    /// As written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Abs => "abs",
            Self::Sqrt => "sqrt",
            Self::Floor => "floor",
            Self::Ceil => "ceil",
            Self::Round => "round",
            Self::Exp => "exp",
            Self::Ln => "ln",
            Self::Log10 => "log10",
            Self::Min => "min",
            Self::Max => "max",
            Self::Clamp => "clamp",
            Self::If => "if",
        }
    }

    /// Fewest and most arguments.
    pub(super) const fn arguments(self) -> (u8, u8) {
        match self {
            Self::Min | Self::Max => (2, 16),
            Self::Clamp | Self::If => (3, 3),
            _ => (1, 1),
        }
    }

    fn call(self, a: &[f64]) -> f64 {
        match (self, a) {
            (Self::Abs, [x]) => x.abs(),
            (Self::Sqrt, [x]) => x.sqrt(),
            (Self::Floor, [x]) => x.floor(),
            (Self::Ceil, [x]) => x.ceil(),
            (Self::Round, [x]) => x.round(),
            (Self::Exp, [x]) => libm::exp(*x),
            (Self::Ln, [x]) => libm::log(*x),
            (Self::Log10, [x]) => libm::log10(*x),
            (Self::Min | Self::Max, all) if all.iter().any(|x| x.is_nan()) => f64::NAN,
            (Self::Min, all) => all.iter().copied().fold(f64::INFINITY, f64::min),
            (Self::Max, all) => all.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            (Self::Clamp, [x, low, high]) if low <= high => {
                if x.is_nan() {
                    f64::NAN
                } else {
                    x.max(*low).min(*high)
                }
            }
            (Self::If, [c, a, b]) if !c.is_nan() => {
                if *c == 0.0 {
                    *b
                } else {
                    *a
                }
            }
            _ => f64::NAN,
        }
    }
}

impl Binary {
    pub(super) const fn compares(self) -> bool {
        matches!(self, Self::Less | Self::LessOrEqual | Self::More | Self::MoreOrEqual | Self::Equal | Self::NotEqual)
    }

    fn apply(self, a: f64, b: f64) -> f64 {
        let truth = |t: bool| if a.is_nan() || b.is_nan() { f64::NAN } else { f64::from(u8::from(t)) };
        match self {
            Self::Add => a + b,
            Self::Subtract => a - b,
            Self::Multiply => a * b,
            Self::Divide => a / b,
            Self::Power => libm::pow(a, b),
            Self::Less => truth(a < b),
            Self::LessOrEqual => truth(a <= b),
            Self::More => truth(a > b),
            Self::MoreOrEqual => truth(a >= b),
            Self::Equal => truth(a == b),
            Self::NotEqual => truth(a != b),
            Self::And => truth(a != 0.0 && b != 0.0),
            Self::Or => truth(a != 0.0 || b != 0.0),
        }
    }
}

impl Formula {
    /// The result for the inputs' values, in the order of [`Formula::inputs`]; NaN or infinite where there is none.
    pub fn run(&self, inputs: impl Fn(usize) -> f64) -> f64 {
        let mut stack = [0.0f64; MOST_STACK];
        let mut top = 0;
        for op in &self.ops {
            let taken = op.takes();
            let from = top - taken;
            let arguments = &stack[from..top];
            let result = match (*op, arguments) {
                (Op::Number(n), _) => n,
                (Op::Input(i), _) => inputs(usize::from(i)),
                (Op::Negate, [x]) => -x,
                (Op::Not, [x]) if x.is_nan() => f64::NAN,
                (Op::Not, [x]) => f64::from(u8::from(*x == 0.0)),
                (Op::Binary(b), [x, y]) => b.apply(*x, *y),
                (Op::Call(f, _), all) => f.call(all),
                (Op::Negate | Op::Not | Op::Binary(_), _) => f64::NAN,
            };
            stack[from] = result;
            top = from + 1;
        }
        // no -0 on screens
        stack[0] + 0.0
    }

    /// Most intermediate results it needs at a time.
    pub(super) fn stack(&self) -> usize {
        let (mut top, mut most) = (0usize, 0);
        for op in &self.ops {
            top = (top + 1).saturating_sub(op.takes());
            most = most.max(top);
        }
        most
    }
}

impl Op {
    pub(super) fn takes(self) -> usize {
        match self {
            Self::Number(_) | Self::Input(_) => 0,
            Self::Negate | Self::Not => 1,
            Self::Binary(_) => 2,
            Self::Call(_, n) => usize::from(n),
        }
    }
}
