//! Decimal texts of binary floating point, rounded once (BI-42).

use crate::decimal::Decimal;

/// Digits after the point that are kept.
const KEPT: i64 = 10;

/// The number that a JSON text writes, to [`KEPT`] digits after the point, half to even; `None` for what
/// is no JSON number, or has too many digits even so.
pub(super) fn rounded(text: &str) -> Option<Decimal> {
    let (number, exponent) = match text.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (negative, number) = match number.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, number),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let scale = fraction.len() as i64 - i64::from(exponent);
    let drop = usize::try_from(scale - KEPT).unwrap_or(0);
    let Some(kept) = digits.len().checked_sub(drop) else { return Some(Decimal::ZERO) };
    let (kept, rest) = digits.split_at_checked(kept)?;
    let kept = if kept.is_empty() { "0" } else { kept };
    let sign = if negative { "-" } else { "" };
    let scale = scale - drop as i64;
    let value: Decimal = format!("{sign}{kept}e{}", -scale).parse().ok()?;
    let odd = kept.bytes().last().is_some_and(|digit| digit % 2 == 1);
    if !up(rest, odd) {
        return Some(value);
    }
    let step = Decimal::new(if negative { -1 } else { 1 }, u8::try_from(scale).ok()?)?;
    value.checked_add(step)
}

/// Whether the digits that are left off round the last one that stays up.
fn up(rest: &str, odd: bool) -> bool {
    let Some((first, after)) = rest.as_bytes().split_first() else { return false };
    match first {
        b'5' => odd || after.iter().any(|digit| *digit != b'0'),
        first => *first > b'5',
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn once_and_half_to_even() {
        for (text, expected) in [
            ("0", "0"),
            ("-0.0", "0"),
            ("1.23456", "1.23456"),
            ("0.12345678905", "0.123456789"),
            ("0.12345678915", "0.1234567892"),
            ("0.123456789050000001", "0.1234567891"),
            ("0.00000000005", "0"),
            ("0.00000000015", "0.0000000002"),
            ("-0.00000000005000000001", "-0.0000000001"),
            ("9.99999999995", "10"),
            ("9e-11", "0.0000000001"),
            ("1e-11", "0"),
            ("5e-324", "0"),
            ("1.2345678901234567e-05", "0.0000123457"),
            ("1.5e3", "1500"),
            ("2.5e-10", "0.0000000002"),
            ("12345678901234567000", "12345678901234567000"),
        ] {
            assert_eq!(rounded(text).unwrap().to_string(), expected, "{text}");
        }
        for text in ["", "NaN", "1e400", "1e99999999999", "-", "e5", "1.7976931348623157e308"] {
            assert_eq!(rounded(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn never_further_than_half_of_the_last_digit(text in "-?[0-9]{1,8}\\.[0-9]{1,24}") {
            let (exact, rounded) = (text.parse::<Decimal>().unwrap(), rounded(&text).unwrap());
            let apart = exact.checked_sub(rounded).unwrap();
            let half = Decimal::new(5, 11).unwrap();
            prop_assert!(apart <= half && apart >= Decimal::new(-5, 11).unwrap());
            prop_assert!(rounded.scale() <= 10);
        }
    }
}
