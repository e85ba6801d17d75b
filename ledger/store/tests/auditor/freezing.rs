//! Time: a log that is served for ever as it was, and one that lies ahead.

use ledgit_core::checkpoint::Checkpoint;
use ledgit_core::digest::RootHash;
use ledgit_store::ledger::*;

use crate::observed::*;
use crate::support::*;

const DAY: u64 = 86_400;

fn at(observed: &Observed, now: u64, max_age: Option<u64>) -> Verification {
    let fresh = max_age.map(|max_age| Fresh { now: time(now), max_age });
    let demand = Demand { scope: log_alone(), fresh, ..Demand::default() };
    let memory = observed.memory(SIZE);
    verify_as(&observed.bank.repository(), &memory, Trust::Pinned(observed.id), demand).unwrap()
}

#[test]
fn h04_a_log_that_is_older_than_it_may_be_is_stale_and_not_good() {
    let observed = Observed::new();
    let clock = NOW + 60;
    for (now, max_age, answer) in [
        (clock + 30 * DAY, None, Answer::Good),
        (clock + 30 * DAY, Some(30 * DAY), Answer::Good),
        (clock + 30 * DAY + 1, Some(30 * DAY), Answer::Stale),
        (clock + 3_000 * DAY, Some(30 * DAY), Answer::Stale),
        (clock, Some(1), Answer::Good),
    ] {
        let verdict = at(&observed, now, max_age);
        assert_eq!(verdict.answer(), answer, "{now} {max_age:?}");
        let stale = [("LG4010", "checkpoint of size 64")];
        assert_eq!(found(&verdict), &stale[..usize::from(answer == Answer::Stale)]);
    }
    // Stale is the least of what can be said: anything else that is open is undecided.
    let demand =
        Demand { fresh: Some(Fresh { now: time(clock + 9), max_age: 3 }), ..Demand::default() };
    let memory = observed.memory(SIZE);
    let verdict = verify_as(&observed.bank.repository(), &memory, Trust::Nothing, demand).unwrap();
    assert_eq!((codes(&verdict), verdict.answer()), (vec!["LG4001", "LG4010"], Answer::Undecided));
}

#[test]
fn h04_a_stale_log_that_was_cut_or_rewritten_is_that_first() {
    let observed = Observed::new();
    observed.show(observed.heads[3].1);
    let verdict = at(&observed, NOW + 9 * DAY, Some(DAY));
    assert_eq!((codes(&verdict), verdict.answer()), (vec!["LG1306", "LG4010"], Answer::Violated));
}

#[test]
fn h14_a_log_whose_time_lies_ahead_is_not_good_and_blocks_nobody_unseen() {
    let observed = Observed::new();
    let (clock, skew) = (NOW + 60, 3_600);
    let ages = [(clock - skew, Some(DAY)), (clock - skew - 1, None)];
    for (now, max_age) in ages {
        assert_eq!(at(&observed, now, max_age).answer(), Answer::Good);
    }
    let verdict = at(&observed, clock - skew - 1, Some(DAY));
    assert_eq!(found(&verdict), [("LG4011", "checkpoint of size 64")]);
    assert_eq!(verdict.answer(), Answer::Undecided);
    // A thief of the log key sets the clock a century ahead.
    let century = NOW + 36_525 * DAY;
    observed.bank.forge(&[observed.bank.time_at(century), observed.other(63)]);
    let verdict = at(&observed, NOW + DAY, Some(DAY));
    assert!(found(&verdict).contains(&("LG4011", "checkpoint of size 66")), "{verdict:?}");
}

#[test]
fn h14_a_checkpoint_that_claims_more_than_there_is_is_found() {
    let observed = Observed::new();
    for size in [65, 1 << 32, i64::MAX as u64] {
        let root = RootHash([7; 32]);
        let origin = observed.bank.open().checkpoint().origin.parse().unwrap();
        let note = observed.bank.sign(&Checkpoint::new(&origin, size, root));
        observed.show(observed.bank.with_file("checkpoint", &note));
        let verdict = observed.verify(2);
        let here: Vec<_> = found(&verdict).iter().map(|(code, _)| *code).collect();
        assert_eq!(here, ["LG1303"], "{size}");
        observed.show(observed.heads.last().unwrap().1);
    }
}
