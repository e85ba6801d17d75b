//! Exact fractions of any length (AN-01): sums, medians and shares never overflow and never round.

use std::fmt;
use std::ops::{Add, Mul, Neg, Sub};

use num_bigint::{BigInt, Sign};
use num_rational::Ratio;

use crate::decimal::Decimal;

/// Where a fraction goes that is cut to so many digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// To the nearest; from the middle to the one whose last digit is even.
    HalfEven,
    /// To the next one that is not smaller.
    Up,
}

/// An exact fraction, in lowest terms.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exact(Ratio<BigInt>);

impl Exact {
    /// Zero.
    pub fn zero() -> Self {
        Self::from(0)
    }

    /// The quotient; `None` for zero as divisor.
    pub fn over(&self, divisor: &Self) -> Option<Self> {
        (!divisor.is_zero()).then(|| Self(&self.0 / &divisor.0))
    }

    /// Half of it.
    pub fn half(&self) -> Self {
        Self(&self.0 / BigInt::from(2))
    }

    /// Whether it is 0.
    pub fn is_zero(&self) -> bool {
        self.sign() == Sign::NoSign
    }

    /// Whether it is more than 0.
    pub fn is_positive(&self) -> bool {
        self.sign() == Sign::Plus
    }

    /// How far it is from 0.
    pub fn magnitude(&self) -> Self {
        if self.sign() == Sign::Minus { -self } else { self.clone() }
    }

    /// The nearest number with so many digits after the point, in the sense of the rounding.
    pub fn rounded(&self, digits: u8, rounding: Rounding) -> Self {
        let one = ten_to(u32::from(digits));
        let units = &self.0 * &one;
        let units = match rounding {
            Rounding::Up => units.ceil(),
            Rounding::HalfEven => half_even(&units),
        };
        Self(units / one)
    }

    /// The same as a decimal; `None` where no decimal of 38 digits is equal to it.
    pub fn decimal(&self) -> Option<Decimal> {
        self.to_string().parse().ok()
    }

    /// The whole part of a number that is not negative; `None` for others and past 64 bits.
    pub fn whole(&self) -> Option<u64> {
        u64::try_from(self.0.floor().to_integer()).ok()
    }

    fn sign(&self) -> Sign {
        self.0.numer().sign()
    }
}

/// The mean; `None` of nothing.
pub fn mean<'a>(values: impl IntoIterator<Item = &'a Exact>) -> Option<Exact> {
    let (mut sum, mut count) = (Exact::zero(), 0);
    for value in values {
        sum = &sum + value;
        count += 1;
    }
    sum.over(&Exact::from(count))
}

/// The median: of an even number the mean of the two in the middle; `None` of nothing.
pub fn median(mut values: Vec<Exact>) -> Option<Exact> {
    values.sort_unstable();
    let upper = values.get(values.len() / 2)?;
    if values.len() % 2 == 1 {
        return Some(upper.clone());
    }
    let lower = values.get(values.len() / 2 - 1)?;
    Some((lower + upper).half())
}

fn ten_to(power: u32) -> BigInt {
    BigInt::from(10).pow(power)
}

fn half_even(value: &Ratio<BigInt>) -> Ratio<BigInt> {
    let below = value.floor();
    let twice = (value - &below) * BigInt::from(2);
    let one = Ratio::from(BigInt::from(1));
    let even = below.numer() % BigInt::from(2) == BigInt::ZERO;
    if twice < one || (twice == one && even) { below } else { below + one }
}

impl From<u64> for Exact {
    fn from(value: u64) -> Self {
        Self(Ratio::from(BigInt::from(value)))
    }
}

impl From<Decimal> for Exact {
    fn from(value: Decimal) -> Self {
        Self(Ratio::new(BigInt::from(value.mantissa()), ten_to(u32::from(value.scale()))))
    }
}

impl Add for &Exact {
    type Output = Exact;

    fn add(self, other: Self) -> Exact {
        Exact(&self.0 + &other.0)
    }
}

impl Sub for &Exact {
    type Output = Exact;

    fn sub(self, other: Self) -> Exact {
        Exact(&self.0 - &other.0)
    }
}

impl Mul for &Exact {
    type Output = Exact;

    fn mul(self, other: Self) -> Exact {
        Exact(&self.0 * &other.0)
    }
}

impl Neg for &Exact {
    type Output = Exact;

    fn neg(self) -> Exact {
        Exact(-&self.0)
    }
}

impl fmt::Display for Exact {
    /// A decimal in lowest form where there is one, of whatever length; else `7/3`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(scale) = scale_of(self.0.denom()) else {
            return write!(f, "{}/{}", self.0.numer(), self.0.denom());
        };
        let units = (&self.0 * ten_to(scale)).to_integer();
        let sign = if units.sign() == Sign::Minus { "-" } else { "" };
        let scale = scale as usize;
        let digits = format!("{:0>width$}", units.magnitude().to_string(), width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        match fraction {
            "" => write!(f, "{sign}{whole}"),
            _ => write!(f, "{sign}{whole}.{fraction}"),
        }
    }
}

/// The digits after the point that a fraction with this divisor has; `None` where they never end.
fn scale_of(divisor: &BigInt) -> Option<u32> {
    let (mut rest, mut twos, mut fives) = (divisor.clone(), 0, 0);
    for (factor, count) in [(2, &mut twos), (5, &mut fives)] {
        let factor = BigInt::from(factor);
        while &rest % &factor == BigInt::ZERO {
            rest /= &factor;
            *count += 1;
        }
    }
    (rest == BigInt::from(1)).then_some(twos.max(fives))
}

/// A sum of decimals; in whatever order they come, it is the same.
#[derive(Debug, Clone, Default)]
pub struct Sum {
    // For each scale, what fits, and what went past it: most sums never leave the first.
    parts: std::collections::BTreeMap<u8, (i128, BigInt)>,
}

impl Sum {
    /// Adds one more.
    pub fn add(&mut self, amount: Decimal) {
        let (fits, past) = self.parts.entry(amount.scale()).or_default();
        match fits.checked_add(amount.mantissa()) {
            Some(sum) => *fits = sum,
            None => {
                *past += *fits;
                *fits = amount.mantissa();
            }
        }
    }

    /// What it amounts to.
    pub fn total(&self) -> Exact {
        let parts = self.parts.iter();
        let parts = parts.map(|(scale, (fits, past))| {
            Exact(Ratio::new(past + BigInt::from(*fits), ten_to(u32::from(*scale))))
        });
        parts.fold(Exact::zero(), |sum, part| &sum + &part)
    }
}

impl FromIterator<Decimal> for Sum {
    fn from_iter<I: IntoIterator<Item = Decimal>>(amounts: I) -> Self {
        let mut sum = Self::default();
        amounts.into_iter().for_each(|amount| sum.add(amount));
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn exact(text: &str) -> Exact {
        text.parse::<Decimal>().unwrap().into()
    }

    fn third(of: u64) -> Exact {
        Exact::from(of).over(&Exact::from(3)).unwrap()
    }

    #[test]
    fn one_text_a_value() {
        assert_eq!(exact("-0.50").to_string(), "-0.5");
        assert_eq!(exact("1200").to_string(), "1200");
        assert_eq!(third(7).to_string(), "7/3");
        assert_eq!((-&third(7)).to_string(), "-7/3");
        assert_eq!(third(3).to_string(), "1");
        assert_eq!(Exact::from(1).over(&Exact::from(80)).unwrap().to_string(), "0.0125");
        assert_eq!(Exact::from(1).over(&Exact::zero()), None);
    }

    #[test]
    fn what_no_decimal_holds_is_held() {
        let most = exact("99999999999999999999999999999999999999");
        let least = exact("0.00000000000000000000000000000000000001");
        let sum = &most + &least;
        assert!(sum > most && sum.decimal().is_none());
        assert_eq!(
            (&sum - &least).decimal(),
            "99999999999999999999999999999999999999".parse().ok()
        );
        assert_eq!((&most + &most).to_string(), "199999999999999999999999999999999999998");
        assert_eq!(third(1).decimal(), None);
    }

    #[test]
    fn rounding_goes_where_it_is_said() {
        for (text, even, up) in [
            ("0.125", "0.12", "0.13"),
            ("0.135", "0.14", "0.14"),
            ("-0.125", "-0.12", "-0.12"),
            ("-0.135", "-0.14", "-0.13"),
            ("0.1251", "0.13", "0.13"),
            ("-0.129", "-0.13", "-0.12"),
            ("0.12", "0.12", "0.12"),
            ("0.1200000000000000000000000000000000001", "0.12", "0.13"),
        ] {
            assert_eq!(exact(text).rounded(2, Rounding::HalfEven), exact(even), "{text}");
            assert_eq!(exact(text).rounded(2, Rounding::Up), exact(up), "{text}");
        }
        assert_eq!(third(2).rounded(4, Rounding::HalfEven).to_string(), "0.6667");
    }

    #[test]
    fn whole_parts() {
        assert_eq!(exact("2.9").whole(), Some(2));
        assert_eq!(exact("-0.1").whole(), None);
        assert_eq!(exact("18446744073709551616").whole(), None);
        assert_eq!(exact("18446744073709551615.5").whole(), Some(u64::MAX));
    }

    proptest! {
        #[test]
        fn a_sum_is_that_of_integers(parts in prop::collection::vec((-10i128.pow(38) + 1..10i128.pow(38), 0u8..3), 0..20)) {
            let decimals = parts.iter().filter_map(|(units, scale)| Decimal::new(*units, *scale));
            let sum: Sum = decimals.collect();
            let hundredths = parts.iter().map(|(units, scale)| BigInt::from(*units) * ten_to(2 - u32::from(*scale)));
            let naive: BigInt = hundredths.sum();
            prop_assert_eq!(sum.total(), Exact(Ratio::new(naive, BigInt::from(100))));
        }
    }
}
