//! Sums that do not depend on the order of what is added, not even where they get too large.

use crate::decimal::Decimal;
use crate::limits::DECIMAL_DIGITS;

/// 10^38: one more than the largest number of so many digits.
const ONE: i128 = 10i128.pow(DECIMAL_DIGITS as u32);

/// An exact sum of any decimals: what is in between may have more digits than a decimal has.
///
/// It is `high * 10^38 + whole + fraction / 10^38`, the last two from 0 to below 10^38, so that
/// equal sums have equal fields. 2^64 decimals don't fill `high`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sum {
    high: i128,
    whole: i128,
    fraction: i128,
}

impl Sum {
    /// Adds a number, exactly.
    pub fn add(&mut self, number: Decimal) {
        let (whole, fraction) = parts(number);
        if whole < 0 {
            self.join(Self { high: -1, whole: whole + ONE, fraction });
        } else {
            self.join(Self { high: 0, whole, fraction });
        }
    }

    /// Adds another sum, exactly.
    pub fn join(&mut self, other: Self) {
        let (carry, fraction) = carried(self.fraction, other.fraction);
        let (first, whole) = carried(self.whole, other.whole);
        let (second, whole) = carried(whole, carry);
        let high = self.high.saturating_add(other.high).saturating_add(first + second);
        *self = Self { high, whole, fraction };
    }

    /// The sum; `None` when it has more than [`DECIMAL_DIGITS`] digits.
    pub fn decimal(self) -> Option<Decimal> {
        let negative = self.high < 0;
        let Self { high, whole, fraction } = if negative { self.negated() } else { self };
        if high != 0 {
            return None;
        }
        let (mut fraction, mut scale) = (fraction, DECIMAL_DIGITS as u8);
        while scale > 0 && fraction % 10 == 0 {
            fraction /= 10;
            scale -= 1;
        }
        let unit = 10i128.checked_pow(scale.into())?;
        let magnitude = whole.checked_mul(unit)?.checked_add(fraction)?;
        Decimal::new(if negative { -magnitude } else { magnitude }, scale)
    }

    fn negated(self) -> Self {
        let (borrow, fraction) = if self.fraction == 0 { (0, 0) } else { (1, ONE - self.fraction) };
        let (more, whole) = match self.whole + borrow {
            0 => (0, 0),
            whole => (1, ONE - whole),
        };
        Self { high: -self.high - more, whole, fraction }
    }
}

/// A number as a whole one, rounded down, and what is left of it in units of 10^-38.
fn parts(number: Decimal) -> (i128, i128) {
    let unit = 10i128.pow(number.scale().into());
    let left = number.mantissa().rem_euclid(unit);
    let widen = 10i128.pow(DECIMAL_DIGITS as u32 - u32::from(number.scale()));
    (number.mantissa().div_euclid(unit), left * widen)
}

/// The sum of two numbers from 0 to below 10^38, and what is carried. 2 * 10^38 is past `i128`.
fn carried(a: i128, b: i128) -> (i128, i128) {
    if a >= ONE - b { (1, a - (ONE - b)) } else { (0, a + b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn number(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn sum(texts: &[&str]) -> Sum {
        let mut sum = Sum::default();
        texts.iter().for_each(|text| sum.add(number(text)));
        sum
    }

    const MOST: &str = "99999999999999999999999999999999999999";

    #[test]
    fn what_is_in_between_may_be_larger_than_a_decimal() {
        let negative = format!("-{MOST}");
        assert_eq!(sum(&[MOST, MOST]).decimal(), None);
        assert_eq!(sum(&[&negative, &negative, "-1"]).decimal(), None);
        assert_eq!(sum(&[MOST, MOST, &negative]).decimal(), Some(number(MOST)));
        assert_eq!(sum(&[&negative, &negative, MOST]).decimal(), Some(number(&negative)));
        assert_eq!(sum(&[MOST, "1", "-1e-38", "1e-38", "-1"]).decimal(), Some(number(MOST)));
        assert_eq!(sum(&[MOST, "1e-38"]).decimal(), None, "76 digits");
        assert_eq!(sum(&[MOST, "1"]).decimal(), None);
        assert_eq!(sum(&[&negative, "-1"]).decimal(), None);
        assert_eq!(sum(&["-1e-38", "-1e-38"]).decimal(), Some(number("-2e-38")));
        assert_eq!(sum(&["-0.5", "-0.5"]).decimal(), Some(number("-1")));
        assert_eq!(sum(&["-0.25", "0.25"]), Sum::default());
        assert_eq!(sum(&["-1", "0.1"]).decimal(), Some(number("-0.9")));
        assert_eq!(sum(&[]).decimal(), Some(Decimal::ZERO));
    }

    proptest! {
        #[test]
        fn it_agrees_with_decimals_and_with_any_order(
            all in prop::collection::vec((-10i128.pow(30)..10i128.pow(30), 0u8..30), 0..20)
        ) {
            let all: Vec<_> =
                all.into_iter().map(|(mantissa, scale)| Decimal::new(mantissa, scale).unwrap()).collect();
            let of = |numbers: &mut dyn Iterator<Item = Decimal>| {
                let mut sum = Sum::default();
                numbers.for_each(|one| sum.add(one));
                sum
            };
            let forward = of(&mut all.iter().copied());
            prop_assert_eq!(forward, of(&mut all.iter().rev().copied()));
            let checked = all.iter().try_fold(Decimal::ZERO, |sum, one| sum.checked_add(*one));
            if let Some(checked) = checked {
                prop_assert_eq!(forward.decimal(), Some(checked));
            }
        }
    }
}
