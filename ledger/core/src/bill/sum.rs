//! Exact sums that no order of their parts makes overflow (BI-32).

use super::amount::Amount;
use crate::decimal::Decimal;
use crate::limits::DECIMAL_DIGITS;

/// A whole number of 192 bits, in two's complement: 2^64 numbers of 38 digits never overflow it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Wide {
    low: u128,
    high: i64,
}

impl Wide {
    fn add(&mut self, value: i128) {
        self.add_wide(Self { low: value as u128, high: if value < 0 { -1 } else { 0 } });
    }

    fn add_wide(&mut self, other: Self) {
        let (low, carry) = self.low.overflowing_add(other.low);
        let high = self.high.wrapping_add(other.high).wrapping_add(carry.into());
        *self = Self { low, high };
    }

    /// The quotient and the remainder of a division by ten, both with the sign of the number.
    fn tenth(self) -> (Self, i128) {
        let negative = self.high < 0;
        let magnitude = if negative { self.negated() } else { self };
        let (high, mut rest) = (magnitude.high as u64 / 10, u128::from(magnitude.high as u64 % 10));
        let mut low = 0;
        for shift in [64, 0] {
            let part = rest << 64 | (magnitude.low >> shift & u128::from(u64::MAX));
            low |= (part / 10) << shift;
            rest = part % 10;
        }
        let quotient = Self { low, high: high as i64 };
        let rest = rest as i128;
        if negative { (quotient.negated(), -rest) } else { (quotient, rest) }
    }

    fn negated(self) -> Self {
        let (low, carry) = (!self.low).overflowing_add(1);
        Self { low, high: (!self.high).wrapping_add(carry.into()) }
    }

    fn narrow(self) -> Option<i128> {
        let value = self.low as i128;
        (self.high == if value < 0 { -1 } else { 0 }).then_some(value)
    }
}

/// The exact sum of decimals. Their order changes nothing, not even whether the sum can be stated: what
/// stands at each power of ten is kept apart until [`Sum::total`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    count: u64,
    parts: [Wide; DECIMAL_DIGITS + 1],
}

impl Default for Sum {
    fn default() -> Self {
        Self { count: 0, parts: [Wide::default(); DECIMAL_DIGITS + 1] }
    }
}

impl Sum {
    /// Adds one.
    pub fn add(&mut self, value: Decimal) {
        self.add_amount(value.into());
    }

    pub(super) fn add_amount(&mut self, amount: Amount) {
        if let Some(part) = self.parts.get_mut(usize::from(amount.scale)) {
            part.add(amount.mantissa);
        }
        self.count += 1;
    }

    /// Adds all that another added.
    pub fn merge(&mut self, other: &Self) {
        for (part, more) in self.parts.iter_mut().zip(&other.parts) {
            part.add_wide(*more);
        }
        self.count += other.count;
    }

    /// How many were added.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The sum; `None` when it has more than [`DECIMAL_DIGITS`] digits.
    pub fn total(&self) -> Option<Decimal> {
        let mut carried = Wide::default();
        let mut digits = [0i128; DECIMAL_DIGITS + 1];
        for (digit, part) in digits.iter_mut().zip(&self.parts).skip(1).rev() {
            carried.add_wide(*part);
            (carried, *digit) = carried.tenth();
        }
        carried.add_wide(*self.parts.first()?);
        let scale = digits.iter().rposition(|digit| *digit != 0).unwrap_or(0);
        // Each digit has a sign of its own, so what is after the point is below 1 either way.
        let most = 10i128.checked_pow((DECIMAL_DIGITS - scale) as u32)?;
        let mut mantissa =
            carried.narrow().filter(|whole| whole.unsigned_abs() <= most.unsigned_abs())?;
        for digit in digits.iter().skip(1).take(scale) {
            mantissa = mantissa.checked_mul(10)?.checked_add(*digit)?;
        }
        Decimal::new(mantissa, scale as u8)
    }
}
