//! Exact decimal numbers: no rounding, no binary floating point, one text a value.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use crate::limits::DECIMAL_DIGITS;

/// Why a text is not an exact decimal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// Not a number; `NaN` and infinities are not numbers.
    #[error("not a decimal number: {0:?}")]
    Syntax(String),
    /// More digits than [`DECIMAL_DIGITS`].
    #[error("a number has at most {DECIMAL_DIGITS} digits: {0:?}")]
    Digits(String),
}

/// An exact number: `mantissa / 10^scale`, always in lowest form.
///
/// Lowest form: no trailing zero in the fraction, and zero has no sign. So equal
/// numbers have equal fields and one canonical text, which is what `Display` writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Decimal {
    mantissa: i128,
    scale: u8,
}

impl Decimal {
    /// Zero.
    pub const ZERO: Self = Self { mantissa: 0, scale: 0 };

    /// `mantissa / 10^scale`; `None` when it has more than [`DECIMAL_DIGITS`] digits.
    pub fn new(mantissa: i128, scale: u8) -> Option<Self> {
        let (mut mantissa, mut scale) = (mantissa, scale);
        while scale > 0 && mantissa % 10 == 0 {
            mantissa /= 10;
            scale -= 1;
        }
        let limit = 10i128.checked_pow(DECIMAL_DIGITS as u32)?;
        let fits = mantissa.unsigned_abs() < limit.unsigned_abs();
        (fits && usize::from(scale) <= DECIMAL_DIGITS).then_some(Self { mantissa, scale })
    }

    /// The digits, without the point.
    pub fn mantissa(self) -> i128 {
        self.mantissa
    }

    /// Digits after the point.
    pub fn scale(self) -> u8 {
        self.scale
    }

    /// The product with a whole number, exactly; `None` when it has too many digits.
    pub fn checked_times(self, factor: u64) -> Option<Self> {
        Self::new(self.mantissa.checked_mul(factor.into())?, self.scale)
    }

    /// The quotient by a whole number with so many digits after the point, the rest cut off;
    /// `None` for zero and when it has too many digits.
    pub fn checked_quotient(self, divisor: u64, digits: u8) -> Option<Self> {
        let more = 10i128.checked_pow(u32::from(digits.saturating_sub(self.scale)))?;
        let less = 10i128.checked_pow(u32::from(self.scale.saturating_sub(digits)))?;
        let divisor = i128::from(divisor).checked_mul(less)?;
        Self::new(self.mantissa.checked_mul(more)?.checked_div(divisor)?, digits)
    }

    /// The sum, exactly; `None` when it has too many digits.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let (a, b, scale) = self.aligned(other)?;
        Self::new(a.checked_add(b)?, scale)
    }

    /// The difference, exactly; `None` when it has too many digits.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        let (a, b, scale) = self.aligned(other)?;
        Self::new(a.checked_sub(b)?, scale)
    }

    /// Whether it is below zero.
    pub fn is_negative(self) -> bool {
        self.mantissa < 0
    }

    /// Reads the one canonical text, and nothing else.
    ///
    /// # Errors
    /// [`DecimalError`] for a text that is not a number or not in lowest form.
    pub fn from_canonical(text: &str) -> Result<Self, DecimalError> {
        let value: Self = text.parse()?;
        if value.to_string() == text { Ok(value) } else { Err(syntax(text)) }
    }

    fn aligned(self, other: Self) -> Option<(i128, i128, u8)> {
        let scale = self.scale.max(other.scale);
        let widen = |value: Self| {
            let factor = 10i128.checked_pow(u32::from(scale - value.scale))?;
            value.mantissa.checked_mul(factor)
        };
        Some((widen(self)?, widen(other)?, scale))
    }

    /// Integer part (with no sign) and fraction digits, for a comparison that cannot overflow.
    fn parts(self) -> (u128, u128) {
        let magnitude = self.mantissa.unsigned_abs();
        match 10u128.checked_pow(u32::from(self.scale)) {
            Some(one) => {
                let widen = 10u128.pow(DECIMAL_DIGITS as u32 - u32::from(self.scale));
                (magnitude / one, magnitude % one * widen)
            }
            None => (0, magnitude),
        }
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.is_negative(), other.is_negative()) {
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => self.parts().cmp(&other.parts()),
            (true, true) => other.parts().cmp(&self.parts()),
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.mantissa < 0 { "-" } else { "" };
        let scale = usize::from(self.scale);
        let digits = format!("{:0>width$}", self.mantissa.unsigned_abs(), width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        match fraction {
            "" => write!(f, "{sign}{whole}"),
            _ => write!(f, "{sign}{whole}.{fraction}"),
        }
    }
}

impl FromStr for Decimal {
    type Err = DecimalError;

    /// Reads a JSON number or its like (`-12.50`, `1e-7`, `.5` is refused): an optional
    /// minus, digits, an optional fraction, an optional power of ten.
    fn from_str(text: &str) -> Result<Self, DecimalError> {
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => {
                (number, exponent_of(exponent).ok_or_else(|| syntax(text))?)
            }
            None => (text, 0),
        };
        let (negative, number) = match number.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, number),
        };
        let (whole, fraction) = match number.split_once('.') {
            Some((_, "")) => return Err(syntax(text)),
            Some(parts) => parts,
            None => (number, ""),
        };
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
            return Err(syntax(text));
        }
        from_digits(whole, fraction, exponent, negative)
            .ok_or_else(|| DecimalError::Digits(text.chars().take(80).collect()))
    }
}

/// Reads digits only; the zeros before the first and after the last other one count for nothing.
fn from_digits(whole: &str, fraction: &str, exponent: i64, negative: bool) -> Option<Decimal> {
    let (mut mantissa, mut kept, mut zeros) = (0i128, 0, 0);
    for digit in whole.bytes().chain(fraction.bytes()) {
        if digit == b'0' {
            zeros += usize::from(kept > 0);
            continue;
        }
        kept += zeros + 1;
        if kept > DECIMAL_DIGITS {
            return None;
        }
        let shift = 10i128.checked_pow(zeros as u32 + 1)?;
        mantissa = mantissa.checked_mul(shift)?.checked_add((digit - b'0').into())?;
        zeros = 0;
    }
    if kept == 0 {
        return Some(Decimal::ZERO);
    }
    let scale = fraction.len() as i64 - exponent - zeros as i64;
    if scale.unsigned_abs() > DECIMAL_DIGITS as u64 {
        return None;
    }
    if negative {
        mantissa = -mantissa;
    }
    if scale < 0 {
        mantissa = mantissa.checked_mul(10i128.checked_pow(scale.unsigned_abs() as u32)?)?;
        return Decimal::new(mantissa, 0);
    }
    Decimal::new(mantissa, scale as u8)
}

fn exponent_of(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let plain =
        !digits.is_empty() && digits.len() <= 4 && digits.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

fn syntax(text: &str) -> DecimalError {
    DecimalError::Syntax(text.chars().take(80).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn canonical(text: &str) -> String {
        text.parse::<Decimal>().unwrap().to_string()
    }

    #[test]
    fn one_text_a_value() {
        for (text, expected) in [
            ("0", "0"),
            ("-0", "0"),
            ("-0.000", "0"),
            ("1.50", "1.5"),
            ("007", "7"),
            ("1e3", "1000"),
            ("12E-1", "1.2"),
            ("-1.20e+1", "-12"),
            ("1e-38", "0.00000000000000000000000000000000000001"),
            ("99999999999999999999999999999999999999", "99999999999999999999999999999999999999"),
        ] {
            assert_eq!(canonical(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_an_exact_number_is_refused() {
        for text in [
            "",
            "-",
            "+1",
            ".5",
            "5.",
            "1,5",
            "NaN",
            "inf",
            "1e",
            "1e99999",
            "0x1",
            " 1",
            "1 ",
            "١",
            "999999999999999999999999999999999999999",
            "1e38",
            "1e-39",
        ] {
            assert!(text.parse::<Decimal>().is_err(), "{text}");
        }
        assert!(Decimal::from_canonical("1.50").is_err());
    }

    #[test]
    fn i128_is_never_left() {
        let most = Decimal::new(10i128.pow(38) - 1, 0).unwrap();
        assert_eq!(most.checked_add(most), None);
        let least = Decimal::new(1, 38).unwrap();
        assert_eq!(most.checked_add(least), None);
        assert!(most > least);
        assert!(Decimal::new(i128::MIN, 0).is_none());
    }

    proptest! {
        #[test]
        fn sums_agree_with_integers(a in -10i64.pow(15)..10i64.pow(15), b in -10i64.pow(15)..10i64.pow(15), scale in 0u8..12) {
            let decimal = |value: i64| Decimal::new(value.into(), scale).unwrap();
            let sum = decimal(a).checked_add(decimal(b)).unwrap();
            prop_assert_eq!(sum, Decimal::new((a + b).into(), scale).unwrap());
            prop_assert_eq!(sum.checked_sub(decimal(b)).unwrap(), decimal(a));
            prop_assert_eq!(decimal(a).cmp(&decimal(b)), a.cmp(&b));
            prop_assert_eq!(Decimal::from_canonical(&sum.to_string()).unwrap(), sum);
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,50}") {
            let _ = text.parse::<Decimal>();
        }
    }
}
