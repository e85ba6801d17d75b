//! Charges billed twice, allocations that do not add up, budgets under a name that is taken
//! (BI-30, BI-31, BI-35, BI-36, AL-60 to AL-62, BU-51). Row A18.

use ledgit_core::digest::{LeafHash, RootHash};
use ledgit_core::statement::*;
use ledgit_core::time::Period;

use crate::history::{ANA, BEN, CI, Forge};
use crate::support::*;

const DAY: u64 = 86_400;
const BEGIN: u64 = 1_725_148_800;

/// A bill of days, with a root of its own.
fn days(from: u64, until: u64, root: u8) -> Bill {
    let period = Period::new(time(BEGIN + from * DAY), time(BEGIN + until * DAY)).unwrap();
    Bill { period, root: RootHash([root; 32]), ..bill() }
}

fn said(forge: &Forge) -> Vec<(String, &'static str)> {
    let found = forge.replay();
    found.findings().iter().map(|one| (one.object.to_string(), one.fault.code())).collect()
}

/// What is found of bills that are logged one after the other.
fn of_bills(bills: impl IntoIterator<Item = Bill>) -> Vec<&'static str> {
    let mut forge = Forge::open();
    for bill in bills {
        forge.say(CI, bill.into(), |_| {});
    }
    forge.close();
    said(&forge).into_iter().map(|(_, code)| code).collect()
}

#[test]
fn a18_a_day_that_is_billed_twice_is_found() {
    let nothing: [&str; 0] = [];
    let whole = || days(10, 20, 1);
    let other = |bill: Bill| Bill { account: text("another"), ..bill };
    for (from, until, codes) in [
        (0, 10, &nothing[..]),
        (20, 30, &nothing),
        (0, 11, &["LG1030"]),
        (19, 30, &["LG1030"]),
        (12, 13, &["LG1030"]),
        (10, 20, &["LG1030"]),
        (5, 25, &["LG1030"]),
    ] {
        assert_eq!(of_bills([whole(), days(from, until, 2)]), codes, "{from} to {until}");
        assert_eq!(of_bills([whole(), other(days(from, until, 2))]), nothing);
        // Between two others as well, whichever of them it touches.
        let beside = [days(40, 50, 3), whole(), days(30, 40, 4), days(from, until, 2)];
        assert_eq!(of_bills(beside), codes, "{from} to {until}");
    }
}

#[test]
fn a18_rows_that_are_billed_twice_are_found_under_whatever_account() {
    let again = Bill { account: text("another"), ..days(30, 40, 1) };
    assert_eq!(of_bills([days(10, 20, 1), again]), ["LG1031"]);
}

#[test]
fn a_bill_stands_in_place_of_one_of_its_account_and_time_and_of_no_other() {
    let start = |bill: Bill| {
        let mut forge = Forge::open();
        let leaf = forge.say(CI, bill.into(), |_| {});
        (forge, leaf)
    };
    let after = |mut forge: Forge, bill: Bill| {
        forge.say(CI, bill.into(), |_| {});
        forge.close();
        said(&forge).into_iter().map(|(_, code)| code).collect::<Vec<_>>()
    };
    let nothing: [&str; 0] = [];
    let (forge, leaf) = start(days(10, 20, 1));
    let instead = |bill: Bill| Bill { replaces: Some(leaf), ..bill };
    // Longer, shorter, the very same rows read again.
    assert_eq!(after(forge.clone(), instead(days(5, 25, 2))), nothing);
    assert_eq!(after(forge.clone(), instead(days(12, 13, 2))), nothing);
    assert_eq!(after(forge.clone(), instead(days(10, 20, 1))), nothing);
    // Of another time, account, or what is no bill.
    assert_eq!(after(forge.clone(), instead(days(20, 30, 2))), ["LG1032"]);
    let other = Bill { account: text("another"), ..instead(days(10, 20, 2)) };
    assert_eq!(after(forge.clone(), other), ["LG1032"]);
    let no_bill = Bill { replaces: Some(LeafHash(forge.leaves[1])), ..days(10, 20, 2) };
    assert_eq!(after(forge.clone(), no_bill), ["LG1032"]);
    // What is replaced can't be replaced again, and its time is the new one's.
    let mut twice = forge.clone();
    twice.say(CI, instead(days(10, 15, 2)).into(), |_| {});
    assert_eq!(after(twice.clone(), instead(days(10, 20, 3))), ["LG1032"]);
    assert_eq!(after(twice.clone(), days(15, 20, 3)), nothing);
    assert_eq!(after(twice.clone(), days(14, 20, 3)), ["LG1030"]);
    // Its rows may be billed again, now that they are not counted.
    assert_eq!(after(twice, days(15, 20, 1)), nothing);
    // A replacement that touches a third bill.
    let mut third = forge;
    third.say(CI, days(20, 30, 5).into(), |_| {});
    assert_eq!(after(third, instead(days(10, 21, 2))), ["LG1030"]);
}

#[test]
fn what_must_not_be_billed_changes_nothing() {
    let mut forge = Forge::open();
    forge.say(CI, days(10, 20, 1).into(), |_| {});
    let refused = forge.say(CI, days(15, 25, 2).into(), |_| {});
    forge.say(CI, days(20, 25, 3).into(), |_| {});
    forge.say(CI, Bill { replaces: Some(refused), ..days(15, 25, 4) }.into(), |_| {});
    forge.close();
    let codes: Vec<_> = said(&forge).into_iter().map(|(_, code)| code).collect();
    assert_eq!(codes, ["LG1030", "LG1032"]);
    let replay = forge.replay();
    let positions: Vec<_> = replay.accounts().bills().map(|one| one.position).collect();
    assert_eq!(positions, [3, 5]);
}

#[test]
fn a_budget_keeps_its_name_until_it_is_replaced() {
    let mut forge = Forge::open();
    let plain = || Budget { replaces: None, ..budget() };
    let first = forge.say(ANA, plain().into(), |_| {});
    forge.say(BEN, plain().into(), |_| {});
    forge.say(BEN, Budget { name: text("another"), ..plain() }.into(), |_| {});
    let replace = |leaf| Budget { replaces: Some(leaf), limit: text("3000"), ..budget() };
    let second = forge.say(ANA, replace(first).into(), |_| {});
    forge.say(ANA, replace(first).into(), |_| {});
    forge.say(ANA, Budget { name: text("third"), ..replace(second) }.into(), |_| {});
    forge.close();
    let expected = [("entry 4", "LG1034"), ("entry 7", "LG1032"), ("entry 8", "LG1032")];
    assert_eq!(said(&forge), expected.map(|(object, code)| (object.to_owned(), code)));
    let replay = forge.replay();
    let limits: Vec<_> = replay.accounts().budgets().map(|one| one.position).collect();
    assert_eq!(limits, [5, 6]);
}

/// Where a replay goes on from a checkpoint, the same is in force and the same refused.
#[test]
fn bills_and_budgets_outlive_a_resumption() {
    let mut forge = Forge::open();
    let first = forge.say(CI, days(10, 20, 1).into(), |_| {});
    forge.say(CI, days(20, 30, 2).into(), |_| {});
    forge.say(CI, Bill { replaces: Some(first), ..days(5, 15, 3) }.into(), |_| {});
    forge.say(ANA, Budget { replaces: None, ..budget() }.into(), |_| {});
    forge.close();
    let replay = forge.replay();
    let standing = replay.standing().unwrap();
    let decisive: Vec<_> = standing.decisive.iter().map(|at| forge.decisive(*at)).collect();
    let (past, frontier) = forge.past();
    let resumed = ledgit_core::replay::Replay::resume(past, frontier, standing, &decisive).unwrap();
    assert_eq!(resumed.accounts(), replay.accounts());
    assert_eq!(resumed.accounts().bills().count(), 2);
}
