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

const RULES: &str = "\
apiVersion: policy.apexlogic.com/v1alpha1
kind: CostAllocation
metadata: {name: costs}
spec: {rules: [{id: all, when: any, to: {activity: training}}]}
";

/// Puts a document of rules into force in place of the one before.
fn adopt_rules(forge: &mut Forge, document: &str) -> LeafHash {
    let name = text("costs");
    let replaces = forge.authority().replaced_allocation_rules(&name);
    let leaf = forge.propose_policy_instead_of(CI, replaces, document);
    forge.approve(ANA, leaf);
    forge.approve(BEN, leaf);
    assert!(forge.took_effect(leaf), "{:?}", forge.replay().findings());
    leaf
}

/// A ledger with rules in force and a bill: the forge, the rules' leaf and the bill's.
fn billed() -> (Forge, LeafHash, LeafHash) {
    let mut forge = Forge::agreed();
    let rules = adopt_rules(&mut forge, RULES);
    let bill = forge.say(CI, days(10, 20, 1).into(), |_| {});
    (forge, rules, bill)
}

/// What is found of an allocation that is logged next.
fn of_allocation(forge: &Forge, allocation: Allocation) -> Vec<&'static str> {
    let mut forge = forge.clone();
    forge.say(CI, allocation.into(), |_| {});
    forge.close();
    said(&forge).into_iter().map(|(_, code)| code).collect()
}

#[test]
fn a18_an_allocation_divides_a_bill_in_force_by_rules_in_force_and_exactly() {
    let nothing: [&str; 0] = [];
    let (mut forge, rules, bill) = billed();
    let good = |rules, bill| Allocation { rules, bill, ..allocation() };
    assert_eq!(of_allocation(&forge, good(rules, bill)), nothing);
    // What is no bill, and what is no document of rules.
    assert_eq!(of_allocation(&forge, good(rules, rules)), ["LG1033"]);
    assert_eq!(of_allocation(&forge, good(bill, bill)), ["LG1033"]);
    // A digit too much, a total left out, one that the bill does not state.
    let with = |change: &dyn Fn(&mut Vec<Share>)| {
        let mut totals = allocation().totals.as_slice().to_vec();
        change(&mut totals);
        Allocation { totals: totals.into_iter().collect(), ..good(rules, bill) }
    };
    let more = with(&|totals| totals[0].unallocated = text("0.02022672898"));
    assert_eq!(of_allocation(&forge, more), ["LG1033"]);
    assert_eq!(of_allocation(&forge, with(&|totals| drop(totals.pop()))), ["LG1033"]);
    let other = with(&|totals| {
        let list = Share { measure: Measure::List, ..totals[0].clone() };
        totals.push(list);
    });
    assert_eq!(of_allocation(&forge, other), ["LG1033"]);
    // Rules that others replaced, and a bill that another one replaced.
    let newer = adopt_rules(&mut forge, &RULES.replace("training", "inference"));
    assert_eq!(of_allocation(&forge, good(rules, bill)), ["LG1033"]);
    assert_eq!(of_allocation(&forge, good(newer, bill)), nothing);
    let instead = Bill { replaces: Some(bill), ..days(10, 20, 2) };
    let restated = forge.say(CI, instead.into(), |_| {});
    assert_eq!(of_allocation(&forge, good(newer, bill)), ["LG1033"]);
    assert_eq!(of_allocation(&forge, good(newer, restated)), nothing);
}

/// A policy of the same name is another thing (AL-63), and so is what it replaces.
#[test]
fn rules_replace_rules_and_no_policy() {
    let (mut forge, rules, _) = billed();
    let genesis = LeafHash(forge.leaves[0]);
    let mut again = forge.clone();
    again.propose_policy_instead_of(CI, genesis, RULES);
    again.last_is("LG1011");
    let mut broken = forge.clone();
    let document = RULES.replace("when: any", "when: some");
    broken.propose_policy_instead_of(CI, rules, &document);
    broken.last_is("LG1020");
    forge.propose_policy_instead_of(CI, rules, RULES);
    forge.is_sound();
}

/// Of two proposals of one document of rules the one that takes effect supersedes the other.
#[test]
fn rules_that_come_into_force_supersede_others_of_their_name() {
    let (mut forge, rules, _) = billed();
    let first = forge.propose_policy_instead_of(CI, rules, RULES);
    let second =
        forge.propose_policy_instead_of(CI, rules, &RULES.replace("training", "inference"));
    forge.approve(ANA, first);
    forge.approve(BEN, first);
    forge.is_sound();
    forge.approve(ANA, second);
    forge.last_is("LG1017");
}

/// What divides a bill that is replaced is in force no more (BI-36).
#[test]
fn an_allocation_ends_with_its_bill() {
    let (mut forge, rules, bill) = billed();
    forge.say(CI, Allocation { rules, bill, ..allocation() }.into(), |_| {});
    assert!(forge.replay().accounts().allocation(&bill).is_some());
    forge.say(CI, Bill { replaces: Some(bill), ..days(10, 20, 2) }.into(), |_| {});
    assert!(forge.replay().accounts().allocation(&bill).is_none());
}

/// Where a replay goes on from a checkpoint, the same is in force and the same refused.
#[test]
fn bills_and_budgets_outlive_a_resumption() {
    let (mut forge, rules, first) = billed();
    let second = forge.say(CI, days(20, 30, 2).into(), |_| {});
    forge.say(CI, Bill { replaces: Some(first), ..days(5, 15, 3) }.into(), |_| {});
    forge.say(CI, Allocation { rules, bill: second, ..allocation() }.into(), |_| {});
    forge.say(ANA, Budget { replaces: None, ..budget() }.into(), |_| {});
    forge.close();
    let replay = forge.replay();
    let standing = replay.standing().unwrap();
    let decisive: Vec<_> = standing.decisive.iter().map(|at| forge.decisive(*at)).collect();
    let (past, frontier) = forge.past();
    let resumed = ledgit_core::replay::Replay::resume(past, frontier, standing, &decisive).unwrap();
    assert_eq!(resumed.accounts(), replay.accounts());
    assert_eq!(resumed.accounts().bills().count(), 2);
    assert!(resumed.accounts().allocation(&second).is_some());
    assert!(resumed.authority().unwrap().has_allocation_rules(&rules));
}
