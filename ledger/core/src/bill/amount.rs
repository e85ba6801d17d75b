//! Amounts from their text, without a detour (BI-24).

use crate::decimal::{Decimal, DecimalError};

/// `mantissa / 10^scale`, not in lowest form: that costs divisions, and a sum needs it once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Amount {
    /// The digits, without the point.
    pub mantissa: i128,
    /// Digits after the point, at most 38.
    pub scale: u8,
}

impl Amount {
    /// Reads what [`Decimal`] reads.
    pub fn read(text: &str) -> Result<Self, DecimalError> {
        match Self::short(text.as_bytes()) {
            Some(amount) => Ok(amount),
            None => text.parse::<Decimal>().map(Self::from),
        }
    }

    /// The number in lowest form.
    pub fn decimal(self) -> Option<Decimal> {
        Decimal::new(self.mantissa, self.scale)
    }

    /// The usual number: a sign or none, digits, a fraction or none, as many as fit into 64 bits.
    fn short(text: &[u8]) -> Option<Self> {
        let (negative, text) = match text.split_first() {
            Some((b'-', rest)) => (true, rest),
            _ => (false, text),
        };
        // So many digits are less than 2^64.
        if text.len() > 19 {
            return None;
        }
        let (mut mantissa, mut point) = (0u64, None);
        for (at, byte) in text.iter().enumerate() {
            match byte {
                b'0'..=b'9' => mantissa = mantissa * 10 + u64::from(byte - b'0'),
                b'.' if point.is_none() && at > 0 => point = Some(at),
                _ => return None,
            }
        }
        let scale = match point {
            Some(at) => text.len() - at - 1,
            None => 0,
        };
        if text.is_empty() || (point.is_some() && scale == 0) {
            return None;
        }
        let mantissa = i128::from(mantissa);
        Some(Self { mantissa: if negative { -mantissa } else { mantissa }, scale: scale as u8 })
    }
}

impl From<Decimal> for Amount {
    fn from(value: Decimal) -> Self {
        Self { mantissa: value.mantissa(), scale: value.scale() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_short_way_and_the_long_one_agree(text in "-?[0-9]{0,22}(\\.[0-9]{0,22})?([eE][+-]?[0-9]{1,2})?") {
            let long = text.parse::<Decimal>();
            let short = Amount::read(&text).map(|amount| amount.decimal().unwrap());
            prop_assert_eq!(short, long);
        }

        #[test]
        fn no_text_is_a_number_for_one_alone(text in "[-+.,0-9eE $]{0,12}") {
            prop_assert_eq!(Amount::read(&text).is_ok(), text.parse::<Decimal>().is_ok());
        }
    }
}
