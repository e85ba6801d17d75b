//! Numbers, times, names and digests as text.

use std::fmt::Display;
use std::str::FromStr;

use ledgit_core::authority::Roster;
use ledgit_core::decimal::Decimal;
use ledgit_core::digest::{DigestName, LedgerId, Sha256};
use ledgit_core::name::{Currency, Id, Label, Origin, Text};
use ledgit_core::policy::{Policy, differences};
use ledgit_core::time::Timestamp;

/// S-15, S-09, T-01 to T-05.
pub fn text(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(number) = text.parse::<Decimal>() {
        decimal(number);
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        assert_eq!(time.to_string().parse(), Ok(time));
        assert_eq!(Timestamp::from_seconds(time.seconds()), Some(time));
    }
    same::<Label>(text);
    same::<Text>(text);
    same::<Id>(text);
    same::<Origin>(text);
    same::<Currency>(text);
    same::<DigestName>(text);
    if let Ok(digest) = Sha256::from_hex(text) {
        assert_eq!(digest.hex(), text);
    }
}

/// What is accepted is written as it was read.
fn same<T: FromStr + Display>(text: &str) {
    if let Ok(value) = text.parse::<T>() {
        assert_eq!(value.to_string(), text);
    }
}

fn decimal(number: Decimal) {
    let canonical = number.to_string();
    assert_eq!(Decimal::from_canonical(&canonical), Ok(number));
    assert!(canonical.bytes().filter(u8::is_ascii_digit).count() <= 39, "{canonical}");
    let one = Decimal::new(1, 0).unwrap();
    for other in [one, Decimal::new(-1, 7).unwrap(), number] {
        if let Some(sum) = number.checked_add(other) {
            assert_eq!(sum.checked_sub(other), Some(number));
            assert_eq!(sum > number, other > Decimal::ZERO);
        }
    }
    assert_eq!(number.checked_sub(number), Some(Decimal::ZERO));
    assert_eq!(number.is_negative(), number < Decimal::ZERO);
}

/// A roster's document: what is taken is written back as the same roster.
pub fn roster(bytes: &[u8]) {
    let ledger = LedgerId([7; 32]);
    let Ok(roster) = Roster::parse(bytes, ledger) else { return };
    let document = roster.document();
    let again = Roster::parse(document.as_bytes(), ledger);
    assert_eq!(again.as_ref(), Ok(&roster), "{document}");
    assert_eq!(again.map(|again| again.document()), Ok(document));
}

/// A policy's document: what is taken is all shown, differs in nothing from itself, and keeps what the
/// gate relies on.
pub fn policy(bytes: &[u8]) {
    let Ok(policy) = Policy::parse(bytes) else { return };
    assert_eq!(differences(Some(&policy), &policy), []);
    let shown = differences(None, &policy);
    assert!(shown.len() > policy.requirements.len());
    assert!(shown.iter().all(|one| !one.loosens && !one.text.is_empty()));
    let mut ids: Vec<_> = policy.result_ids().collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert!(ids.len() == count && count > 1, "{ids:?}");
    assert!(policy.approval.iter().all(|rule| rule.groups.values().all(|of| *of <= rule.min)));
}
