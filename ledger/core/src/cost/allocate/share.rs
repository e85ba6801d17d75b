//! Splitting an amount, exactly (AL-31, AL-32).

use super::Target;
use crate::decimal::Decimal;
use crate::limits::DECIMAL_DIGITS;

/// What each of some targets gets, in their order, which is that of AL-33. The shares are together the
/// amount. `None` where the amount has too many digits, or the weights are together zero or too much.
pub fn shares(amount: Decimal, weights: &[(Target, u128)], digits: u8) -> Option<Vec<Decimal>> {
    if let [_] = weights {
        return Some(vec![amount]);
    }
    let digits = digits.max(amount.scale());
    let more = 10i128.checked_pow(u32::from(digits - amount.scale()))?;
    let units = amount.mantissa().checked_mul(more)?;
    if units.unsigned_abs() >= 10u128.pow(DECIMAL_DIGITS as u32) {
        return None;
    }
    let parts = apportion(units.unsigned_abs(), weights.iter().map(|(_, weight)| *weight))?;
    let signed = |part: u128| {
        let part = i128::try_from(part).ok()?;
        Decimal::new(if units < 0 { -part } else { part }, digits)
    };
    parts.into_iter().map(signed).collect()
}

/// Largest remainders first, those that come first where they are the same (AL-31).
fn apportion(units: u128, weights: impl Iterator<Item = u128> + Clone) -> Option<Vec<u128>> {
    let whole = weights.clone().try_fold(0u128, u128::checked_add)?;
    let most = u128::MAX / 2;
    if whole == 0 || whole > most {
        return None;
    }
    let mut parts: Vec<_> = weights.map(|weight| quotient(units, weight, whole)).collect();
    let given = parts.iter().try_fold(0u128, |sum, (part, _)| sum.checked_add(*part))?;
    let left = usize::try_from(units.checked_sub(given)?).ok()?;
    let mut order: Vec<usize> = (0..parts.len()).collect();
    // The sort is stable: targets of one remainder stay in their order.
    order.sort_by_key(|at| std::cmp::Reverse(parts.get(*at).map(|(_, cut)| *cut)));
    for at in order.into_iter().take(left) {
        if let Some((part, _)) = parts.get_mut(at) {
            *part += 1;
        }
    }
    Some(parts.into_iter().map(|(part, _)| part).collect())
}

/// `units * weight / whole` and its remainder, by doubling, as the product may have 254 bits. `weight`
/// is at most `whole`, and that below 2^127.
fn quotient(units: u128, weight: u128, whole: u128) -> (u128, u128) {
    let (mut part, mut rest) = (0u128, 0u128);
    for bit in (0..u128::BITS - units.leading_zeros()).rev() {
        part *= 2;
        rest *= 2;
        if rest >= whole {
            rest -= whole;
            part += 1;
        }
        if units >> bit & 1 == 1 {
            rest += weight;
            if rest >= whole {
                rest -= whole;
                part += 1;
            }
        }
    }
    (part, rest)
}
