//! Attributes and slices that must have an answer; datasets and samples (E-20, E-23, E-24).

use ledgit_core::statement::*;

use crate::history::*;
use crate::support::{digests, text};

const DISPARITY: &str = "demographic_parity_difference";

fn on(datasets: &[&str], metric: Metric) -> Metric {
    Metric { datasets: datasets.iter().map(|name| digests(name)).collect(), ..metric }
}

#[test]
fn a_bias_names_an_attribute_and_all_that_are_recorded_must_pass() {
    let mut bench =
        Bench::asking("type: BiasDetection, maxDisparity: 0.05, metric: DemographicParity");
    bench.gives("none", "", "", &[]);
    let none = bench.say(number(DISPARITY, "0.01"));
    bench.gives("no-attribute", "", "", &[none]);
    // One of a part of the rows says nothing of the whole.
    let north = Metric {
        slice: part("x", "1", &[("region", "north")]).slice,
        ..across(DISPARITY, "0.01", "sex")
    };
    let some = bench.say(north);
    bench.gives("no-attribute", "", "", &[none, some]);
    let sex = bench.say(across(DISPARITY, "0.05", "sex"));
    bench.gives("met", "sex", "0.05", &[sex]);
    let age = bench.say(across(DISPARITY, "0.0500001", "age"));
    bench.gives("past-limit", "age", "0.0500001", &[age]);
}

#[test]
fn each_attribute_that_is_asked_for_has_an_answer() {
    let mut bench = Bench::asking(
        "type: BiasDetection, maxDisparity: 0.05, metric: DemographicParity, attributes: [sex, age]",
    );
    bench.say(across(DISPARITY, "0.01", "sex"));
    bench.gives("attribute-missing", "age", "", &[]);
    let metric = across(DISPARITY, "0.01", "age");
    bench.say(Metric { slice: part("x", "1", &[("sex", "F")]).slice, ..metric });
    bench.gives("attribute-missing", "age", "", &[]);
    let age = bench.say(across(DISPARITY, "0.02", "age"));
    bench.gives("met", "age", "0.02", &[age]);
    // One that nobody asked for counts as well.
    let race = bench.say(across(DISPARITY, "0.9", "race"));
    bench.gives("past-limit", "race", "0.9", &[race]);
}

#[test]
fn each_column_has_an_answer_on_a_reference_dataset() {
    let mut bench =
        Bench::asking("type: DataDriftMonitoring, threshold: 0.1, columns: [age, income]");
    let bare = bench.say(across("psi", "0.05", "age"));
    bench.gives("attribute-missing", "income", "", &[]);
    bench.say(on(&["reference"], across("psi", "0.01", "income")));
    bench.gives("no-dataset", "age", "", &[bare]);
    bench.correct(bare);
    let age = bench.say(on(&["reference"], across("psi", "0.05", "age")));
    bench.gives("met", "age", "0.05", &[age]);
    let other = bench.say(on(&["reference"], across("psi", "3.9290038814225103", "zip")));
    bench.gives("past-limit", "zip", "3.9290038814225103", &[other]);
}

#[test]
fn each_slice_that_is_asked_for_has_an_answer_of_its_own() {
    let mut bench = Bench::asking("type: Metric, metric: auc, min: 0.9, slices: {sex: [F, M]}");
    bench.say(number("auc", "0.99"));
    bench.gives("slice-missing", "sex=F", "", &[]);
    // Women of the north are not women.
    bench.say(part("auc", "0.98", &[("sex", "F"), ("region", "north")]));
    bench.gives("slice-missing", "sex=F", "", &[]);
    bench.say(part("auc", "0.97", &[("sex", "F")]));
    bench.gives("slice-missing", "sex=M", "", &[]);
    let men = bench.say(part("auc", "0.9", &[("sex", "M")]));
    bench.gives("met", "sex=M", "0.9", &[men]);
    let others = bench.say(part("auc", "0.5", &[("sex", "F"), ("region", "south")]));
    bench.gives("past-limit", "sex=F, region=south", "0.5", &[others]);
}

#[test]
fn to_ask_for_slices_is_to_ask_for_more() {
    let mut bench = Bench::asking("type: Metric, metric: auc, min: 0.9, slices: {sex: [F]}");
    let women = bench.say(part("auc", "0.97", &[("sex", "F")]));
    bench.gives("slice-missing", "all rows", "", &[]);
    bench.say(number("auc", "0.98"));
    bench.gives("met", "sex=F", "0.97", &[women]);
}

#[test]
fn a_good_part_does_not_stand_for_the_whole() {
    let mut bench = Bench::asking("type: Metric, metric: auc, min: 0.9");
    bench.say(part("auc", "0.97", &[("region", "north")]));
    bench.gives("slice-missing", "all rows", "", &[]);
    let whole = bench.say(number("auc", "0.91"));
    bench.gives("met", "", "0.91", &[whole]);
}

#[test]
fn samples_are_as_many_as_asked_and_said() {
    for (samples, good) in [
        (Some(999), false),
        (Some(1000), true),
        (Some(1001), true),
        (Some(0), false),
        (None, false),
    ] {
        let mut bench = Bench::asking("type: Metric, metric: auc, min: 0.9, minSamples: 1000");
        bench.say(Metric { samples: Some(5000), ..number("auc", "0.95") });
        let women = Metric { samples, ..part("auc", "0.91", &[("sex", "F")]) };
        let entry = bench.say(women);
        match good {
            true => bench.gives("met", "sex=F", "0.91", &[entry]),
            false => bench.gives("too-few-samples", "sex=F", "", &[entry]),
        }
    }
}

#[test]
fn datasets_are_as_many_as_asked() {
    for (datasets, good) in [(0, false), (1, false), (2, true), (3, true)] {
        let mut bench = Bench::asking("type: Metric, metric: auc, min: 0.9, datasets: 2");
        let names = &["one", "two", "three"][..datasets];
        let entry = bench.say(on(names, number("auc", "0.95")));
        match good {
            true => bench.gives("met", "", "0.95", &[entry]),
            false => bench.gives("no-dataset", "", "", &[entry]),
        }
    }
}

#[test]
fn the_latest_of_each_question_counts_and_the_worst_of_these() {
    let mut bench = Bench::asking("type: Metric, metric: auc, min: 0.9, aggregate: latest");
    let seeded = |value: &str, seed: &str, dataset: &str| {
        on(&[dataset], Metric { seed: Some(text(seed)), ..number("auc", value) })
    };
    bench.say(seeded("0.5", "1", "a"));
    let later = bench.say(seeded("0.95", "2", "a"));
    bench.gives("met", "", "0.95", &[later]);
    let other = bench.say(seeded("0.91", "1", "b"));
    bench.gives("met", "", "0.91", &[other]);
    let worse = bench.say(seeded("0.89", "3", "b"));
    bench.gives("past-limit", "", "0.89", &[worse]);
    bench.correct(worse);
    bench.gives("met", "", "0.91", &[other]);
    // Under `worst` nothing is forgotten.
    let mut bench = Bench::asking("type: Metric, metric: auc, min: 0.9");
    let first = bench.say(seeded("0.5", "1", "a"));
    bench.say(seeded("0.95", "2", "a"));
    bench.gives("past-limit", "", "0.5", &[first]);
}

#[test]
fn of_equal_answers_the_one_decides_that_stands_first() {
    for aggregate in ["worst", "latest", "mean"] {
        for limit in ["min: 0.9", "max: 0.95", "min: 0.9, max: 0.95"] {
            let mut bench = Bench::asking(&format!(
                "type: Metric, metric: auc, {limit}, aggregate: {aggregate}"
            ));
            // The digests of the datasets do not ascend in the order of the log.
            let first = bench.say(on(&["b"], number("auc", "0.92")));
            for dataset in ["a", "c", "d", "e", "f"] {
                bench.say(on(&[dataset], number("auc", "0.92")));
            }
            bench.gives("met", "", "0.92", &[first]);
        }
    }
}
