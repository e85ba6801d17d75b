//! Means are exact, and shown cut off (E-21, J-15).

use ledgit_core::statement::*;

use crate::history::*;
use crate::support::{digests, text};

/// So many runs of one measurement; the positions.
fn runs(bench: &mut Bench, values: &[&str]) -> Vec<u64> {
    let seeded = |(seed, value): (usize, &&str)| Metric {
        seed: Some(text(&seed.to_string())),
        ..number("auc", value)
    };
    values.iter().enumerate().map(|one| bench.say(seeded(one))).collect()
}

#[track_caller]
fn mean(limit: &str, values: &[&str], reason: &str, shown: &str) {
    let mut bench = Bench::asking(&format!("type: Metric, metric: auc, {limit}, aggregate: mean"));
    let entries = runs(&mut bench, values);
    bench.gives(reason, "", shown, &entries[..entries.len().min(8)]);
}

#[test]
fn a_mean_that_rounding_would_let_pass_does_not() {
    // 2.6999999999999999 / 3 is 0.899999999999999966...: twelve digits say 0.899999999999, one 0.9.
    mean("min: 0.9", &["0.9", "0.9", "0.8999999999999999"], "past-limit", "0.899999999999");
    mean("min: 0.9", &["0.9", "0.8999999999999999", "0.9000000000000001"], "met", "0.9");
    // A third of one is above what is shown of it.
    mean("max: 0.333333333333", &["1", "0", "0"], "past-limit", "0.333333333333");
    mean("max: 0.333333333334", &["1", "0", "0"], "met", "0.333333333333");
    mean("min: 0.333333333333", &["1", "0", "0"], "met", "0.333333333333");
    mean("min: 0.3333333333333333333333333333333333333", &["1", "0", "0"], "met", "0.333333333333");
    mean("above: 0.9", &["0.9", "0.9", "0.9"], "past-limit", "0.9");
    mean("above: 0.9", &["0.9", "0.9", "0.9000000000000000000000001"], "met", "0.9");
    mean("below: 0.1", &["0.1", "0.1", "0.0999999999999999999999999"], "met", "0.099999999999");
    mean("below: 0.1", &["0.1", "0.2", "0"], "past-limit", "0.1");
    // Below zero it is cut off towards zero.
    mean("max: 0", &["-1", "-1", "0"], "met", "-0.666666666666");
    mean("min: -0.666666666666", &["-1", "-1", "0"], "past-limit", "-0.666666666666");
}

#[test]
fn a_mean_of_many_names_the_first_of_its_entries() {
    let values: Vec<String> = (0..12).map(|at| format!("0.9{at:02}")).collect();
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    mean("min: 0.9055", &values, "met", "0.9055");
    mean("min: 0.90550000000000000000001", &values, "past-limit", "0.9055");
}

#[test]
fn a_mean_of_one_is_that_number_with_all_its_digits() {
    let value = "0.89999999999999999999999999999999999999";
    mean("min: 0.9", &[value], "past-limit", value);
    mean("min: 0.89999999999999999999999999999999999999", &[value], "met", value);
}

#[test]
fn a_mean_that_has_too_many_digits_does_not_pass() {
    let large = "99999999999999999999999999999999999999";
    mean("min: 0", &[large, large], "not-a-number", "");
    mean("min: 0", &[large, "0.1"], "not-a-number", "");
    // The sum has 38 digits, and the limit times three has more: nobody can say that it is kept.
    let bound = "33333333333333333333333333333333333334";
    mean(&format!("max: {bound}"), &[large, "0", "0"], "past-limit", "");
    mean(&format!("min: {bound}"), &[large, "0", "0"], "past-limit", "");
}

#[test]
fn each_dataset_has_a_mean_of_its_own_and_the_worst_decides() {
    let mut bench = Bench::asking("type: Metric, metric: auc, min: 0.9, aggregate: mean");
    let on = |dataset: &str, seed: &str, value: &str| Metric {
        datasets: [digests(dataset)].into_iter().collect(),
        seed: Some(text(seed)),
        ..number("auc", value)
    };
    bench.say(on("a", "1", "1"));
    let low = bench.say(on("b", "1", "0.88"));
    bench.say(on("a", "2", "0.8"));
    bench.gives("past-limit", "", "0.88", &[low]);
    let high = bench.say(on("b", "2", "0.93"));
    // Both means are beyond 0.9; the lowest is that of a, exactly 0.9.
    let decision = bench.answer();
    assert_eq!(decision.value, Some(text("0.9")));
    let third = bench.say(on("b", "3", "0.8899999999999999999999999"));
    bench.gives("past-limit", "", "0.899999999999", &[low, high, third]);
}

#[test]
fn each_definition_attribute_and_slice_has_a_mean_of_its_own() {
    type Change = fn(&mut Metric);
    let changes: [Change; 3] = [
        |metric| metric.definition = Some(text("2")),
        |metric| metric.attribute = Some(text("sex")),
        |metric| metric.slice = part("x", "1", &[("sex", "F")]).slice,
    ];
    for change in changes {
        let mut bench = Bench::asking("type: Metric, metric: auc, min: 0.9, aggregate: mean");
        bench.say(number("auc", "1"));
        let mut other = number("auc", "0.8");
        change(&mut other);
        let low = bench.say(other.clone());
        assert_eq!(word(&bench.answer()), "past-limit");
        assert_eq!(bench.answer().entries.as_slice(), [low]);
        // Those that differ in seed, method or window alone are one measurement.
        bench.say(Metric {
            method: Some(text("bootstrap")),
            value: Some(text("1")),
            text: text("1"),
            ..other
        });
        assert_eq!(word(&bench.answer()), "met");
    }
}

/// Where an order can't be computed, each mean still keeps the limit by itself.
#[test]
fn a_mean_past_the_limit_is_found_beside_one_of_too_many_digits() {
    let mut bench =
        Bench::asking("type: Metric, metric: auc, min: 0.2500000000005, aggregate: mean");
    let on = |dataset: &str, seed: &str, value: &str| Metric {
        datasets: [digests(dataset)].into_iter().collect(),
        seed: Some(text(seed)),
        ..number("auc", value)
    };
    for seed in ["1", "2", "3"] {
        bench.say(on("b", seed, "0.2500000000005"));
    }
    // Three times this sum has 39 digits, and twelve digits of both means are the same.
    let first = bench.say(on("a", "1", "0.25"));
    let second = bench.say(on("a", "2", "0.25000000000099999999999999999999999999"));
    bench.gives("past-limit", "", "0.25", &[first, second]);
}
