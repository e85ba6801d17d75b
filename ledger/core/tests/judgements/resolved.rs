//! What resolves a deployment that broke a policy (J-62).

use ledgit_core::statement::*;

use crate::history::*;
use crate::support::{digests, text};

const RULES: &str = "requirements: [{type: Metric, metric: auc, min: 0.9}]\n\
    exceptions: {maxDuration: 30d, breakGlass: {by: [ana@bank.example], ratifyWithin: 1h}}";
const ALL: [&str; 2] = ["modelName", "Metric"];

fn bench() -> Bench {
    Bench::under(RULES)
}

#[track_caller]
fn told(bench: &Bench, deployed: u64, codes: &[&str]) {
    assert_eq!(bench.told_of("deployment", deployed), codes);
}

#[test]
fn a_waiver_of_everything_resolves_it_before_or_after() {
    let mut bench = bench();
    bench.waive(&ALL, 5_000);
    let deployed = bench.deploy();
    told(&bench, deployed, &["LG3201"]);
    let mut bench = self::bench();
    let deployed = bench.deploy();
    told(&bench, deployed, &["LG3102"]);
    bench.at(100_000);
    let asked = bench.except(CI, &ALL, 200_000);
    told(&bench, deployed, &["LG3102"]);
    bench.agree(bench.leaf(asked));
    told(&bench, deployed, &["LG3201"]);
    // It is told for ever, and stays so when the waiver has ended.
    bench.at(300_000);
    told(&bench, deployed, &["LG3201"]);
}

#[test]
fn a_waiver_of_a_part_resolves_nothing() {
    for part in ALL {
        let mut bench = bench();
        bench.waive(&[part], 5_000);
        let deployed = bench.deploy();
        told(&bench, deployed, &["LG3102"]);
        // Nor do two of them together: nobody looked at the whole.
        for other in ALL {
            bench.waive(&[other], 5_000);
        }
        told(&bench, deployed, &["LG3102"]);
    }
}

#[test]
fn a_waiver_that_had_ended_resolves_nothing() {
    for (at, code) in [(4_999, "LG3201"), (5_000, "LG3102"), (5_001, "LG3102")] {
        let mut bench = bench();
        bench.waive(&ALL, 5_000);
        bench.at(at);
        let deployed = bench.deploy();
        told(&bench, deployed, &[code]);
    }
}

#[test]
fn another_subject_environment_or_version_resolves_nothing() {
    type Change = fn(&mut Exception);
    let changes: [Change; 2] =
        [|one| one.subject = digests("other"), |one| one.environment = text("staging")];
    for change in changes {
        let mut bench = bench();
        let mut exception = bench.exception(&ALL, 5_000);
        change(&mut exception);
        let position = bench.by(CI, exception);
        bench.agree(bench.leaf(position));
        let deployed = bench.deploy();
        told(&bench, deployed, &["LG3102"]);
    }
    // Of the version that was in force then, and of no other.
    let mut bench = bench();
    bench.waive(&ALL, 5_000);
    let first = bench.deploy();
    let document = bench.document.replace("0.9", "0.8");
    bench.adopt(&document);
    let second = bench.deploy();
    told(&bench, first, &["LG3201"]);
    told(&bench, second, &["LG3102"]);
    bench.waive(&ALL, 5_000);
    told(&bench, second, &["LG3201"]);
}

#[test]
fn a_break_glass_resolves_it_once_it_is_ratified_in_time() {
    for (ratified, code) in [(None, "LG3102"), (Some(3_840), "LG3201"), (Some(3_841), "LG3102")] {
        let mut bench = bench();
        let position = bench.except(ANA, &[], 5_000);
        let deployed = bench.deploy();
        told(&bench, deployed, &["LG3102"]);
        if let Some(at) = ratified {
            bench.at(at);
            let leaf = bench.leaf(position);
            bench.forge.approve(BEN, leaf);
            bench.forge.approve(CLEO, leaf);
        }
        told(&bench, deployed, &[code]);
    }
}

#[test]
fn a_void_or_corrected_exception_resolves_nothing() {
    let mut bench = bench();
    let position = bench.except(DORA, &ALL, 5_000);
    bench.agree(bench.leaf(position));
    let deployed = bench.deploy();
    told(&bench, deployed, &["LG3201"]);
    let mut void = bench.clone();
    void.compromise(DORA, 21, position);
    told(&void, deployed, &["LG3102"]);
    bench.correct(position);
    told(&bench, deployed, &["LG3102"]);
}

#[test]
fn each_policy_wants_its_own_exception() {
    let mut bench = bench();
    let other = bench.document.replace("{name: p}", "{name: q}");
    let adopted = bench.forge.adopt(&other);
    bench.waive(&ALL, 5_000);
    let deployed = bench.deploy();
    told(&bench, deployed, &["LG3201", "LG3102"]);
    let exception = Exception { adopted, ..bench.exception(&ALL, 5_000) };
    let position = bench.by(CI, exception);
    bench.agree(bench.leaf(position));
    told(&bench, deployed, &["LG3201", "LG3201"]);
}
