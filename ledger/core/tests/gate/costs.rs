//! What a model cost (E-30).

use ledgit_core::statement::*;

use crate::history::*;
use crate::support::{self, digests, text};

fn cost(amount: &str) -> Cost {
    Cost { text: text(amount), amount: amount.parse().unwrap(), ..support::cost() }
}

const BUDGET: &str = "type: Budget, ceiling: 20.52022672899, currency: EUR";

#[test]
fn the_sum_is_at_most_the_ceiling_to_the_last_digit() {
    let mut bench = Bench::asking(BUDGET);
    bench.gives("none", "", "", &[]);
    let first = bench.say(cost("20.52022672898"));
    bench.gives("met", "", "20.52022672898", &[first]);
    let second = bench.say(cost("0.00000000001"));
    bench.gives("met", "", "20.52022672899", &[first, second]);
    let past = bench.say(cost("0.00000000000000000000000000000000001"));
    bench.gives("past-limit", "", "20.52022672899000000000000000000000001", &[past]);
    // What was added after it crossed the ceiling is not what crossed it.
    bench.say(cost("5"));
    let sum = "25.52022672899000000000000000000000001";
    bench.gives("past-limit", "", sum, &[past]);
    // A credit takes it back below, and the next cost takes it past for good.
    bench.say(cost("-6"));
    let again = bench.say(cost("1.00000000001"));
    bench.gives("past-limit", "", "20.52022672900000000000000000000000001", &[again]);
}

#[test]
fn another_currency_is_never_converted() {
    let mut bench = Bench::asking(BUDGET);
    bench.say(cost("1"));
    let dollars = bench.say(Cost { currency: text("USD"), ..cost("0.01") });
    bench.gives("other-currency", "USD", "", &[dollars]);
}

#[test]
fn measures_are_not_mixed_unless_one_is_meant() {
    let effective = Cost { measure: Some(text("EffectiveCost")), ..cost("14.97651418586") };
    let mut bench = Bench::asking(BUDGET);
    let billed = bench.say(cost("20.52022672899"));
    let other = bench.say(effective.clone());
    bench.gives("mixed-measures", "BilledCost", "", &[billed, other]);
    let mut bench = Bench::asking(BUDGET);
    let unnamed = bench.say(Cost { measure: None, ..cost("1") });
    let other = bench.say(effective.clone());
    bench.gives("mixed-measures", "EffectiveCost", "", &[unnamed, other]);
    let mut bench = Bench::asking(&format!("{BUDGET}, measure: EffectiveCost"));
    bench.say(cost("20"));
    bench.say(Cost { measure: None, ..cost("20") });
    bench.gives("none", "", "", &[]);
    let meant = bench.say(effective);
    bench.gives("met", "", "14.97651418586", &[meant]);
}

#[test]
fn purposes_that_are_not_meant_cost_nothing() {
    let mut bench = Bench::asking("type: Budget, ceiling: 10, currency: EUR, purposes: [training]");
    bench.say(cost("100"));
    bench.gives("none", "", "", &[]);
    let training = bench.say(Cost { purpose: Purpose::Training, ..cost("10") });
    bench.gives("met", "", "10", &[training]);
    // Nor do they matter for currency and measure.
    bench.say(Cost { currency: text("USD"), measure: None, ..cost("1") });
    bench.gives("met", "", "10", &[training]);
}

#[test]
fn costs_of_other_bytes_and_by_others_do_not_count() {
    let mut bench = Bench::asking("type: Budget, ceiling: 10, currency: EUR, by: [validators]");
    bench.by(DORA, Cost { subject: digests("another"), ..cost("11") });
    let strange = bench.say(cost("11"));
    bench.gives("not-by-role", "", "", &[strange]);
    let meant = bench.by(DORA, cost("0"));
    bench.gives("met", "", "0", &[meant]);
}

#[test]
fn a_sum_of_too_many_digits_is_past_every_ceiling() {
    let large = "99999999999999999999999999999999999999";
    let mut bench = Bench::asking(&format!("type: Budget, ceiling: {large}, currency: EUR"));
    let first = bench.say(cost(large));
    bench.gives("met", "", large, &[first]);
    let second = bench.say(cost("1"));
    bench.gives("past-limit", "", "", &[second]);
}
