//! Where a model comes from (E-27).

use ledgit_core::digest::Sha256;
use ledgit_core::statement::*;

use crate::history::*;
use crate::support::{self, digests, text};

fn run(inputs: &[(&str, &str)], code: bool) -> Run {
    let part =
        |(role, content): &(&str, &str)| Part { role: text(role), digests: digests(content) };
    Run {
        anchor: code.then(support::anchor),
        inputs: inputs.iter().map(part).collect(),
        ..support::run()
    }
}

fn dataset(content: &str, license: Option<&str>) -> Dataset {
    Dataset { digests: digests(content), license: license.map(text), ..support::dataset() }
}

fn named(content: &str) -> String {
    format!("sha256:{}", Sha256::of(content.as_bytes()).hex())
}

#[test]
fn a_run_and_recorded_inputs_are_asked_for() {
    let mut bench = Bench::asking("type: Lineage");
    bench.gives("none", "", "", &[]);
    let first = bench.say(run(&[("training-data", "dataset")], false));
    bench.gives("not-recorded", &named("dataset"), "", &[first]);
    let data = bench.say(dataset("dataset", None));
    bench.gives("met", "", "", &[first, data]);
    // Every run that made it, not the best one.
    let second = bench.say(run(&[("training-data", "other")], false));
    bench.gives("not-recorded", &named("other"), "", &[second]);
    bench.correct(second);
    bench.gives("met", "", "", &[first, data]);
    // A dataset that is taken back was never there.
    bench.correct(data);
    bench.gives("not-recorded", &named("dataset"), "", &[first]);
}

#[test]
fn of_many_entries_the_first_eight_are_named_each_once() {
    let mut bench = Bench::asking("type: Lineage");
    let data = bench.say(dataset("dataset", None));
    let runs: Vec<u64> = (0..10).map(|_| bench.say(run(&[("data", "dataset")], false))).collect();
    bench.gives("met", "", "", &[&[data], &runs[..7]].concat());
}

#[test]
fn a_run_without_inputs_says_nothing() {
    let mut bench = Bench::asking("type: Lineage");
    let empty = bench.say(run(&[], false));
    bench.gives("role-missing", "", "", &[empty]);
}

#[test]
fn each_role_that_is_asked_for_is_there() {
    let mut bench = Bench::asking("type: Lineage, roles: [base-model, training-data]");
    bench.say(dataset("dataset", None));
    bench.say(dataset("base", None));
    let entry = bench.say(run(&[("training-data", "dataset"), ("test-data", "nowhere")], false));
    bench.gives("role-missing", "base-model", "", &[entry]);
    bench.correct(entry);
    // Inputs in other roles are not looked at.
    let roles = [("training-data", "dataset"), ("base-model", "base"), ("test-data", "nowhere")];
    bench.say(run(&roles, false));
    bench.passes();
}

#[test]
fn a_model_is_no_dataset() {
    let mut bench = Bench::asking("type: Lineage");
    bench.say(Model { digests: digests("base"), ..support::model() });
    let entry = bench.say(run(&[("base-model", "base")], false));
    bench.gives("not-recorded", &named("base"), "", &[entry]);
}

#[test]
fn a_dataset_has_one_of_the_licences() {
    let mut bench = Bench::asking("type: Lineage, licenses: [CC-BY-4.0, CC0-1.0]");
    let entry = bench.say(run(&[("training-data", "dataset")], false));
    let free = bench.say(dataset("dataset", Some("CC0-1.0")));
    bench.gives("met", "", "", &[entry, free]);
    // Whoever calls it otherwise contradicts that.
    let bound = bench.say(dataset("dataset", Some("CC-BY-NC-4.0")));
    bench.gives("other-license", "CC-BY-NC-4.0", "", &[entry, bound]);
    bench.correct(bound);
    let none = bench.say(dataset("dataset", None));
    bench.gives("other-license", "none", "", &[entry, none]);
    bench.correct(none);
    bench.passes();
}

#[test]
fn the_code_that_ran_is_anchored() {
    let mut bench = Bench::asking("type: Lineage, code: required");
    bench.say(dataset("dataset", None));
    let good = bench.say(run(&[("training-data", "dataset")], true));
    bench.gives("met", "", "", &[good - 1, good]);
    let bad = bench.say(run(&[("training-data", "dataset")], false));
    bench.gives("no-code", "", "", &[bad]);
}

#[test]
fn only_runs_of_those_who_are_named_count() {
    let mut bench = Bench::asking("type: Lineage, by: [validators]");
    let data = bench.say(dataset("dataset", None));
    let strange = bench.say(run(&[("training-data", "dataset")], false));
    bench.gives("not-by-role", "", "", &[strange]);
    let meant = bench.by(DORA, run(&[("training-data", "dataset")], false));
    bench.gives("met", "", "", &[data, meant]);
}
