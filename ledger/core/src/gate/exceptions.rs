//! What is waived, and what was to be ratified (J-50 to J-54).

use super::{Entry, Gate, Says};
use crate::authority::Adopted;
use crate::policy::Span;
use crate::statement::{Exception, ExceptionSort};
use crate::time::Timestamp;

/// The first exception that waives a result.
pub(super) fn waiving(gate: &Gate<'_>, entries: &[Entry<'_>], id: &str) -> Option<u64> {
    let waives = |entry: &&Entry<'_>| match entry.says {
        Says::Exception(exception) => exception.waives(id) && holds(gate, entry, exception),
        _ => false,
    };
    entries.iter().find(waives).map(|entry| entry.position)
}

/// Whether an exception holds now (J-52).
fn holds(gate: &Gate<'_>, entry: &Entry<'_>, exception: &Exception) -> bool {
    let same = exception.adopted == gate.adopted.leaf && exception.environment == *gate.environment;
    if !same || exception.ends <= gate.clock() {
        return false;
    }
    let agreed = gate.book.in_effect(entry.leaf, gate.moment.position).is_some();
    let unasked = exception.sort == ExceptionSort::BreakGlass
        && deadline(gate.adopted, entry.clock).is_some_and(|deadline| gate.clock() <= deadline);
    agreed || unasked
}

/// When a break-glass of a time must be ratified.
fn deadline(adopted: &Adopted, then: Timestamp) -> Option<Timestamp> {
    let glass = adopted.policy().exceptions.as_ref()?.break_glass.as_ref()?;
    let Span(within) = glass.ratify_within;
    Timestamp::from_seconds(then.seconds().saturating_add(within)).or(Some(Timestamp::MAX))
}

/// When a break-glass had to be ratified, if it was not (J-53): it took effect after that, or the
/// clock has passed it and it did not yet. `effect` is the clock at which it took effect.
pub fn unratified(
    then: Timestamp,
    adopted: &Adopted,
    effect: Option<Timestamp>,
    now: Timestamp,
) -> Option<Timestamp> {
    let deadline = deadline(adopted, then)?;
    (effect.unwrap_or(now) > deadline).then_some(deadline)
}
