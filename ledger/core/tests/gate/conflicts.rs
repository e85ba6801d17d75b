//! Two answers to one question (J-13).

use ledgit_core::statement::*;

use crate::history::*;
use crate::support::{digests, text};

const BIAS: &str = "type: BiasDetection, maxDisparity: 0.05, metric: DemographicParity";

fn disparity(value: &str) -> Metric {
    Metric {
        seed: Some(text("42")),
        datasets: [digests("dataset")].into_iter().collect(),
        ..across("demographic_parity_difference", value, "sex")
    }
}

/// The flagship: the same bytes, and two reports that contradict each other.
#[test]
fn two_answers_to_one_question_deny_and_are_both_named() {
    for (one, other) in
        [("0.8918034095899708", "0.027867608895276896"), ("0.01", "0.010000000000000000001")]
    {
        let mut bench = Bench::asking(BIAS);
        let first = bench.say(disparity(one));
        let second = bench.by(DORA, disparity(other));
        bench.gives("conflict", "sex", &format!("{one} and {other}"), &[first, second]);
        // More agreement does not outvote it.
        bench.say(disparity(other));
        bench.gives("conflict", "sex", &format!("{one} and {other}"), &[first, second]);
    }
}

#[test]
fn to_say_the_same_again_is_no_conflict() {
    let mut bench = Bench::asking(BIAS);
    let first = bench.say(disparity("0.05"));
    bench.by(ANA, Metric { text: text("5.0e-2"), ..disparity("0.05") });
    bench.by(DORA, Metric { samples: Some(9), ..disparity("0.05") });
    bench.gives("met", "sex", "0.05", &[first]);
}

#[test]
fn an_answer_to_another_question_contradicts_nothing() {
    type Another = (&'static str, fn(&mut Metric));
    let another: [Another; 7] = [
        ("seed", |metric| metric.seed = Some(text("43"))),
        ("no seed", |metric| metric.seed = None),
        ("window", |metric| metric.window = crate::support::metric().window),
        ("method", |metric| metric.method = Some(text("between_groups"))),
        ("dataset", |metric| metric.datasets = [digests("another")].into_iter().collect()),
        ("definition", |metric| metric.definition = Some(text("2"))),
        ("attribute", |metric| metric.attribute = Some(text("age"))),
    ];
    for (name, change) in another {
        let mut bench = Bench::asking(BIAS);
        bench.say(disparity("0.01"));
        let mut metric = disparity("0.04");
        change(&mut metric);
        let second = bench.say(metric);
        // Both count, and the worst decides.
        let what = bench.answer().what.unwrap().to_string();
        bench.gives("met", &what, "0.04", &[second]);
        assert_eq!(what, if name == "attribute" { "age" } else { "sex" });
    }
    let mut bench = Bench::asking(BIAS);
    bench.say(disparity("0.01"));
    let slice = Metric { slice: part("x", "1", &[("region", "north")]).slice, ..disparity("0.06") };
    let second = bench.say(slice);
    bench.gives("past-limit", "sex, region=north", "0.06", &[second]);
}

#[test]
fn a_correction_in_effect_resolves_it() {
    let mut bench = Bench::asking(BIAS);
    let wrong = bench.say(disparity("0.8918034095899708"));
    let right = bench.say(disparity("0.027867608895276896"));
    let leaf = bench.leaf(wrong);
    let correction = bench.forge.correct(CI, leaf);
    let said = "0.8918034095899708 and 0.027867608895276896";
    bench.gives("conflict", "sex", said, &[wrong, right]);
    bench.forge.approve(ANA, correction);
    bench.gives("conflict", "sex", said, &[wrong, right]);
    bench.forge.approve(BEN, correction);
    bench.gives("met", "sex", "0.027867608895276896", &[right]);
    // The other one is as easily corrected, and then it is past the limit again.
    let mut bench = Bench::asking(BIAS);
    let wrong = bench.say(disparity("0.8918034095899708"));
    let right = bench.say(disparity("0.027867608895276896"));
    bench.correct(right);
    bench.gives("past-limit", "sex", "0.8918034095899708", &[wrong]);
}

#[test]
fn old_answers_contradict_new_ones() {
    let mut bench = Bench::asking(&format!("{BIAS}, maxAge: 1h"));
    let old = bench.say(disparity("0.04"));
    bench.at(100_000);
    let new = bench.say(disparity("0.03"));
    bench.gives("conflict", "sex", "0.04 and 0.03", &[old, new]);
}

#[test]
fn what_does_not_count_contradicts_nothing() {
    // By others than the requirement names, of another definition, about other bytes.
    let mut bench = Bench::asking(&format!("{BIAS}, by: [validators], definition: \"1\""));
    let metric = |value| Metric { definition: Some(text("1")), ..disparity(value) };
    bench.say(metric("0.9"));
    bench.by(DORA, disparity("0.8"));
    bench.by(DORA, Metric { subject: digests("another"), ..metric("0.7") });
    let meant = bench.by(DORA, metric("0.01"));
    bench.gives("met", "sex", "0.01", &[meant]);
}
