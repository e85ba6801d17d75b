//! Which bytes are judged, under which name, and what counts of what is said of them (J-02 to J-04).

use ledgit_core::gate::{Facts, NoPrograms, Programs};
use ledgit_core::statement::*;

use crate::history::*;
use crate::support::{self, digests, text};

fn about(content: &str) -> Model {
    Model { digests: digests(content), ..support::model() }
}

#[test]
fn the_model_is_recorded_under_the_name_of_the_policy() {
    let mut bench = Bench::bare();
    bench.adopt(&document("limited", "requirements: [{type: Lineage}]"));
    bench.gives_at("modelName", "none", "", "", &[]);
    // What a gate said, or somebody asked for, is nothing that is recorded of it.
    let decision = bench.decision();
    bench.say(decision);
    bench.gives_at("modelName", "none", "", "", &[]);
    bench.say(number("auc", "1"));
    bench.gives_at("modelName", "other-name", "", "", &[]);
    let other = bench.say(Model { name: text("credit-v2"), ..support::model() });
    bench.gives_at("modelName", "other-name", "credit-v2", "", &[other]);
    let last = bench.say(Model { name: text("Credit"), ..support::model() });
    bench.gives_at("modelName", "other-name", "Credit", "", &[last]);
    let right = bench.say(support::model());
    bench.gives_at("modelName", "met", "", "", &[right]);
    let again = bench.say(Model { name: text("credit-v3"), ..support::model() });
    bench.gives_at("modelName", "met", "", "", &[right]);
    bench.correct(right);
    bench.gives_at("modelName", "other-name", "credit-v3", "", &[again]);
}

#[test]
fn a_dataset_of_the_name_is_no_model() {
    let mut bench = Bench::bare();
    bench.adopt(&document("limited", "requirements: [{type: Lineage}]"));
    let dataset = Dataset { name: text("credit"), digests: digests("model"), ..support::dataset() };
    bench.say(dataset);
    bench.gives_at("modelName", "other-name", "", "", &[]);
}

#[test]
fn an_unacceptable_risk_denies_always() {
    let mut bench =
        Bench::at_risk("unacceptable", "requirements: [{type: Metric, metric: auc, min: 0}]");
    bench.say(number("auc", "1"));
    bench.passes();
    let model = bench.forge.size() - 2;
    bench.gives_at("modelName", "unacceptable", "", "", &[model]);
    assert_eq!(bench.decision().outcome, GateOutcome::Deny);
    // Whatever else is wrong with the name.
    let decision = bench.ask(&digests("nothing"), "production", &NoPrograms).unwrap();
    assert_eq!(word(&decision.results[0]), "unacceptable");
}

#[test]
fn a_number_of_another_model_of_the_name_is_named() {
    let mut bench = Bench::asking("type: Metric, metric: auc, min: 0.9");
    let named = |content: &str| format!("sha256:{}", digests(content).sha256.hex());
    bench.say(about("older"));
    bench.say(Metric { subject: digests("older"), ..number("auc", "0.99") });
    bench.say(about("newer"));
    let first = bench.say(Metric { subject: digests("newer"), ..number("auc", "0.95") });
    let second = bench.say(Metric { subject: digests("newer"), ..number("auc", "0.95") });
    bench.gives("other-subject", &named("newer"), "", &[first, second]);
    // The last one beside it, and not any that has such a number.
    bench.say(about("newest"));
    bench.gives("none", "", "", &[]);
    bench.say(Metric { subject: digests("newest"), ..number("f1", "0.95") });
    bench.gives("none", "", "", &[]);
    // Under another name it is no neighbour.
    bench.say(Model { name: text("other"), ..about("stranger") });
    bench.say(Metric { subject: digests("stranger"), ..number("auc", "0.95") });
    bench.gives("none", "", "", &[]);
    let own = bench.say(number("auc", "0.9"));
    bench.gives("met", "", "0.9", &[own]);
}

#[test]
fn what_a_correction_in_effect_names_does_not_count() {
    let mut bench = Bench::asking("type: Metric, metric: auc, min: 0.9");
    let good = bench.say(number("auc", "0.95"));
    let leaf = bench.leaf(good);
    let correction = bench.forge.correct(DORA, leaf);
    bench.forge.approve(ANA, correction);
    bench.gives("met", "", "0.95", &[good]);
    bench.forge.reject(BEN, correction);
    bench.forge.approve(CLEO, correction);
    bench.gives("met", "", "0.95", &[good]);
    bench.forge.withdraw(BEN, correction);
    bench.gives("none", "", "", &[]);
    // A correction is an entry like any other; that it is corrected does not bring back what was wrong.
    let position = bench.forge.leaves.iter().position(|one| *one == correction.0).unwrap();
    bench.correct(position as u64);
    bench.gives("none", "", "", &[]);
}

#[test]
fn what_a_compromised_key_signed_does_not_count_from_there_on() {
    for (shift, good) in [(0, false), (1, true)] {
        let mut bench = Bench::asking("type: Metric, metric: auc, min: 0.9");
        let entry = bench.by(DORA, number("auc", "0.95"));
        bench.gives("met", "", "0.95", &[entry]);
        let before = bench.decision();
        bench.forge.record_decision(CI, before);
        bench.compromise(DORA, 21, entry + shift);
        match good {
            true => bench.gives("met", "", "0.95", &[entry]),
            false => bench.gives("none", "", "", &[]),
        }
        // What was decided before is not decided again.
        let (audit, _) = bench.book();
        assert_eq!(audit.replay().findings(), []);
    }
    // Nor does a void number contradict anything.
    let mut bench = Bench::asking("type: Metric, metric: auc, min: 0.9");
    let entry = bench.say(number("auc", "0.95"));
    let void = bench.by(DORA, number("auc", "0.1"));
    bench.gives("conflict", "", "0.95 and 0.1", &[entry, void]);
    bench.compromise(DORA, 21, void);
    bench.gives("met", "", "0.95", &[entry]);
}

/// A program that objects to everything it is told about.
struct Objects(&'static [&'static str]);

impl Programs for Objects {
    fn engine(&self) -> &str {
        "objects/1"
    }

    fn violations(
        &self,
        module: &str,
        facts: &Facts<'_>,
    ) -> Result<std::collections::BTreeSet<String>, String> {
        assert!(module.contains("package policy"));
        let told = facts.entries.iter().map(|entry| entry.position).collect::<Vec<_>>();
        match told.len() {
            1 => Ok(self.0.iter().map(|text| (*text).to_owned()).collect()),
            _ => Err(format!("{told:?}")),
        }
    }
}

#[test]
fn a_program_says_how_many_reasons_it_has_and_the_first() {
    let program = "requirements:\n  - {type: Rego, module: \"package policy\"}";
    let mut bench = Bench::bare();
    let rest = program.lines().map(|line| format!("  {line}\n")).collect::<String>();
    bench.adopt(
        &document("limited", "")
            .replace("riskLevel: limited\n", &format!("riskLevel: limited\n{rest}")),
    );
    bench.say(support::model());
    let ask = |objects: &Objects| bench.ask(&digests("model"), "production", objects).unwrap();
    let decision = ask(&Objects(&["b", "a", "é"]));
    let answer = &decision.results[1];
    assert_eq!(word(answer), "violation");
    assert_eq!((answer.what.clone(), answer.value.clone()), (Some(text("a")), Some(text("3"))));
    assert_eq!(decision.engine.as_str(), "ledgit-gate/1 objects/1");
    assert_eq!(decision.outcome, GateOutcome::Deny);
    assert_eq!(ask(&Objects(&[])).outcome, GateOutcome::Pass);
    // What no statement can hold is left out, and denies.
    let long: &'static str = Box::leak("x".repeat(1_025).into_boxed_str());
    let answer = ask(&Objects(Box::leak(vec![long].into_boxed_slice()))).results[1].clone();
    assert_eq!((word(&answer), answer.what), ("violation", None));
    // An engine that fails decides nothing.
    bench.say(number("auc", "1"));
    let undecided = bench.ask(&digests("model"), "production", &Objects(&[])).unwrap_err();
    assert!(matches!(undecided, ledgit_core::gate::DecisionError::Undecided(_)), "{undecided}");
    assert!(bench.ask(&digests("model"), "production", &NoPrograms).is_err());
}

#[test]
fn nothing_is_decided_where_the_policy_does_not_govern() {
    let mut bench =
        Bench::under("environments: [production, staging]\nrequirements: [{type: Lineage}]");
    for (environment, good) in
        [("production", true), ("staging", true), ("Production", false), ("test", false)]
    {
        assert_eq!(bench.ask(&digests("model"), environment, &NoPrograms).is_ok(), good);
    }
    let retired = format!("{}  mode: retired\n", bench.document);
    bench.adopt(&retired);
    assert!(bench.ask(&digests("model"), "production", &NoPrograms).is_err());
}
