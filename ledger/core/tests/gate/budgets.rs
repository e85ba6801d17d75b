//! Budgets that were stated, and are to be kept (E-33).

use ledgit_core::digest::LeafHash;
use ledgit_core::statement::*;
use ledgit_core::time::{Period, Timestamp};

use crate::history::*;
use crate::support::{self, digests, text};

const ASKS: &str = "type: WithinBudget, budget: fairness-2026";

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

fn between(from: Timestamp, until: Timestamp) -> Period {
    Period::new(from, until).unwrap()
}

fn moved(time: Timestamp, seconds: i64) -> Timestamp {
    Timestamp::from_seconds(time.seconds().checked_add_signed(seconds).unwrap()).unwrap()
}

/// A cost whose period begins at a time; the gate's clock is in November 2023.
fn from(begins: Timestamp, amount: &str) -> Cost {
    Cost {
        text: text(amount),
        amount: text(amount),
        period: between(begins, moved(begins, 86_400 * 40)),
        ..support::cost()
    }
}

fn cost(amount: &str) -> Cost {
    from(at("2023-11-14T00:00:00Z"), amount)
}

/// 100.5 euros in each month of two years, for whatever the model costs.
fn stated() -> Budget {
    Budget {
        name: text("fairness-2026"),
        every: Every::Month,
        limit: text("100.5"),
        scope: BudgetScope { team: None, model: None, account: None, activity: None },
        period: between(at("2023-01-01T00:00:00Z"), at("2025-01-01T00:00:00Z")),
        measure: Measure::Billed,
        replaces: None,
        ..support::budget()
    }
}

/// A policy that asks for the budget, and the budget with its position.
fn under(budget: Budget) -> (Bench, u64) {
    let mut bench = Bench::asking(ASKS);
    let position = bench.by(ANA, budget);
    (bench, position)
}

fn clock(bench: &Bench) -> Timestamp {
    bench.book().1.clock
}

#[test]
fn the_sum_is_at_most_the_limit_to_the_last_digit() {
    let (mut bench, budget) = under(stated());
    // Nothing was spent.
    bench.gives("met", "", "0", &[budget]);
    let first = bench.say(cost("100.49999999999"));
    bench.gives("met", "", "100.49999999999", &[budget, first]);
    let second = bench.say(cost("0.00000000001"));
    bench.gives("met", "", "100.5", &[budget, first, second]);
    let past = bench.say(cost("0.00000000000000000000000000000000001"));
    let sum = "100.50000000000000000000000000000000001";
    bench.gives("past-limit", "", sum, &[budget, past]);
    // What was added after it crossed the limit is not what crossed it.
    bench.say(cost("5"));
    let sum = "105.50000000000000000000000000000000001";
    bench.gives("past-limit", "", sum, &[budget, past]);
    // A credit takes it back below, and the next cost takes it past for good.
    bench.say(cost("-6"));
    let again = bench.say(cost("1.00000000001"));
    let sum = "100.50000000001000000000000000000000001";
    bench.gives("past-limit", "", sum, &[budget, again]);
}

#[test]
fn a_budget_of_the_name_is_in_force() {
    let mut bench = Bench::asking(ASKS);
    bench.say(cost("1"));
    bench.gives("none", "fairness-2026", "", &[]);
    bench.by(ANA, Budget { name: text("fairness"), ..stated() });
    bench.gives("none", "fairness-2026", "", &[]);
    let budget = bench.by(ANA, stated());
    bench.gives("met", "", "1", &[budget - 2, budget]);
    // One that must not be logged is in force for nobody (LG1034).
    let mut again = bench.clone();
    again.by(BEN, Budget { limit: text("0.5"), ..stated() });
    assert_eq!(word(&again.answer()), "met");
}

/// At the first second of its period it holds, at the first one after it not.
#[test]
fn a_budget_holds_at_the_clock() {
    let now = clock(&Bench::asking(ASKS));
    let far = moved(now, 86_400 * 400);
    for every in [Every::Month, Every::Quarter, Every::Year, Every::Once] {
        for (period, holds) in [
            (between(now, moved(now, 1)), true),
            (between(moved(now, -9), now), false),
            (between(moved(now, -9), moved(now, 1)), true),
            (between(now, far), true),
            (between(moved(now, 1), far), false),
        ] {
            let (mut bench, budget) = under(Budget { every, period, ..stated() });
            // However much it is: before or after its period it is no limit.
            let spent = bench.say(from(now, "7"));
            match holds {
                true => bench.gives("met", "", "7", &[budget, spent]),
                false => bench.gives("none", "fairness-2026", "", &[budget]),
            }
        }
    }
}

#[test]
fn a_gate_counts_no_teams_no_accounts_and_no_other_model() {
    let none = stated().scope;
    let model = |content: &str| Some(digests(content).sha256);
    for (scope, counts) in [
        (BudgetScope { model: model("model"), ..none.clone() }, true),
        (BudgetScope { activity: Some(Purpose::FairnessAudit), ..none.clone() }, true),
        (BudgetScope { model: model("another"), ..none.clone() }, false),
        (BudgetScope { team: Some(text("risk")), ..none.clone() }, false),
        (BudgetScope { account: Some(text("cloud")), ..none.clone() }, false),
    ] {
        let (mut bench, budget) = under(Budget { scope: scope.clone(), ..stated() });
        let spent = bench.say(cost("100.5"));
        match counts {
            true => bench.gives("met", "", "100.5", &[budget, spent]),
            false => bench.gives("none", "fairness-2026", "", &[budget]),
        }
        bench.say(cost("1"));
        assert_eq!(word(&bench.answer()), if counts { "past-limit" } else { "none" }, "{scope:?}");
    }
}

#[test]
fn costs_of_its_activity_count_and_of_the_subject_alone() {
    let scope = BudgetScope { activity: Some(Purpose::DriftMonitoring), ..stated().scope };
    let (mut bench, budget) = under(Budget { scope, ..stated() });
    bench.say(cost("1000"));
    bench.gives("met", "", "0", &[budget]);
    let drift = |amount: &str| Cost { purpose: Purpose::DriftMonitoring, ..cost(amount) };
    bench.say(Cost { subject: digests("another"), ..drift("1000") });
    bench.gives("met", "", "0", &[budget]);
    let meant = bench.say(drift("100.6"));
    bench.gives("past-limit", "", "100.6", &[budget, meant]);
    // Whoever recorded it; and one that was wrong is not counted any more.
    bench.correct(meant);
    let other = bench.by(DORA, drift("3"));
    bench.gives("met", "", "3", &[budget, other]);
}

/// What is spent in the interval that the clock lies in, by the begin of its period; both ends.
#[test]
fn an_interval_begins_and_ends_by_the_calendar() {
    for (every, begin, end) in [
        (Every::Month, "2023-11-01T00:00:00Z", "2023-12-01T00:00:00Z"),
        (Every::Quarter, "2023-10-01T00:00:00Z", "2024-01-01T00:00:00Z"),
        (Every::Year, "2023-01-01T00:00:00Z", "2024-01-01T00:00:00Z"),
        (Every::Once, "2022-06-07T08:09:10Z", "2024-11-12T13:14:15Z"),
    ] {
        let (begin, end) = (at(begin), at(end));
        let period = match every {
            Every::Once => between(begin, end),
            _ => between(at("2020-01-01T00:00:00Z"), at("2030-01-01T00:00:00Z")),
        };
        let (mut bench, budget) = under(Budget { every, period, ..stated() });
        bench.say(from(moved(begin, -1), "1000"));
        bench.say(from(end, "2000"));
        bench.gives("met", "", "0", &[budget]);
        let first = bench.say(from(begin, "1"));
        let last = bench.say(from(moved(end, -1), "10"));
        bench.gives("met", "", "11", &[budget, first, last]);
    }
}

/// BU-53: of an interval that is not whole only what lies in the budget's own period counts.
#[test]
fn what_was_spent_before_the_budget_or_after_it_does_not_count() {
    let (begin, end) = (at("2023-11-10T00:00:00Z"), at("2023-11-20T00:00:00Z"));
    let (mut bench, budget) = under(Budget { period: between(begin, end), ..stated() });
    bench.say(from(moved(begin, -1), "1000"));
    bench.say(from(end, "1000"));
    bench.gives("met", "", "0", &[budget]);
    let first = bench.say(from(begin, "1"));
    let last = bench.say(from(moved(end, -1), "10"));
    bench.gives("met", "", "11", &[budget, first, last]);
}

/// With the next interval the limit begins anew, at its first second.
#[test]
fn the_clock_goes_on_into_the_next_interval() {
    let (mut bench, budget) = under(stated());
    let november = bench.say(cost("200"));
    let december = bench.say(from(at("2023-12-01T00:00:00Z"), "3"));
    let next = at("2023-12-01T00:00:00Z").seconds() - START;
    bench.at(next - 1);
    bench.gives("past-limit", "", "200", &[budget, november]);
    bench.at(next);
    bench.gives("met", "", "3", &[budget, december]);
}

#[test]
fn another_measure_is_passed_over_and_another_currency_never_converted() {
    let (mut bench, budget) = under(stated());
    let dollars = |cost| Cost { currency: text("USD"), ..cost };
    // None of these is against the budget, in whatever currency.
    bench.say(Cost { measure: None, ..cost("1000") });
    bench.say(Cost { measure: Some(text("EffectiveCost")), ..cost("1000") });
    bench.say(dollars(Cost { measure: None, ..cost("1") }));
    bench.say(dollars(from(at("2023-10-31T23:59:59Z"), "1")));
    bench.gives("met", "", "0", &[budget]);
    let euros = bench.say(cost("1"));
    bench.gives("met", "", "1", &[budget, euros]);
    let first = bench.say(dollars(cost("0.01")));
    bench.say(Cost { currency: text("JPY"), ..cost("0.01") });
    bench.gives("other-currency", "USD", "", &[budget, first]);
    // It is told before the limit is.
    bench.say(cost("1000"));
    bench.gives("other-currency", "USD", "", &[budget, first]);
}

#[test]
fn each_measure_that_a_budget_can_have_is_one_of_costs() {
    for measure in Measure::ALL {
        let (mut bench, budget) = under(Budget { measure, ..stated() });
        let spent = bench.say(Cost { measure: Some(text(measure.word())), ..cost("101") });
        bench.gives("past-limit", "", "101", &[budget, spent]);
    }
}

/// J-10: however many costs there are, the budget's entry is among those that are named.
#[test]
fn the_budget_is_named_beside_the_first_costs() {
    let mut bench = Bench::asking(ASKS);
    let costs: Vec<_> = (0..9).map(|_| bench.say(cost("2"))).collect();
    let budget = bench.by(ANA, stated());
    let mut named = costs[..7].to_vec();
    named.push(budget);
    bench.gives("met", "", "18", &named);
}

#[test]
fn a_sum_of_too_many_digits_is_past_every_limit() {
    let large = "99999999999999999999999999999999999999";
    let (mut bench, budget) = under(Budget { limit: text(large), ..stated() });
    let first = bench.say(cost(large));
    bench.gives("met", "", large, &[budget, first]);
    let second = bench.say(cost("1"));
    bench.gives("past-limit", "", "", &[budget, second]);
}

fn instead(leaf: LeafHash, limit: &str) -> Budget {
    Budget { replaces: Some(leaf), limit: text(limit), ..stated() }
}

/// BU-51: the one that replaced it counts, and what follows it is judged by that.
#[test]
fn a_budget_is_kept_as_it_was_replaced_last() {
    let (mut bench, budget) = under(stated());
    let spent = bench.say(cost("150"));
    bench.gives("past-limit", "", "150", &[budget, spent]);
    let raised = instead(bench.leaf(budget), "150");
    let raised = bench.by(BEN, raised);
    bench.gives("met", "", "150", &[spent, raised]);
    let lowered = instead(bench.leaf(raised), "149.99");
    let lowered = bench.by(BEN, lowered);
    bench.gives("past-limit", "", "150", &[spent, lowered]);
}

/// J-02: a budget that was corrected, or by a key that is compromised, counts for nothing, and can be
/// replaced by one that counts.
#[test]
fn a_budget_that_is_void_or_corrected_does_not_count() {
    let (mut bench, budget) = under(stated());
    bench.correct(budget);
    bench.gives("none", "fairness-2026", "", &[]);
    let right = instead(bench.leaf(budget), "100");
    let right = bench.by(BEN, right);
    bench.gives("met", "", "0", &[right]);

    let (bench, budget) = under(stated());
    for (since, void) in [(budget + 1, false), (budget, true)] {
        let mut bench = bench.clone();
        bench.compromise(ANA, 40, since);
        match void {
            false => bench.gives("met", "", "0", &[budget]),
            true => bench.gives("none", "fairness-2026", "", &[]),
        }
        let again = instead(bench.leaf(budget), "100");
        let again = bench.by(BEN, again);
        bench.gives("met", "", "0", &[again]);
    }
}

/// The requirement is waived like any other.
#[test]
fn a_budget_that_is_not_kept_can_be_waived() {
    let mut bench =
        Bench::under(&format!("requirements: [{{{ASKS}}}]\nexceptions: {{maxDuration: 30d}}"));
    bench.by(ANA, stated());
    bench.say(cost("101"));
    assert_eq!(bench.decision().outcome, GateOutcome::Deny);
    bench.waive(&["WithinBudget"], 100_000);
    assert_eq!(bench.decision().outcome, GateOutcome::Pass);
}
