//! Waivers: whether one may be asked for, and what it waives (J-50 to J-52, J-54).

use ledgit_core::digest::LeafHash;
use ledgit_core::statement::*;

use crate::history::*;
use crate::support::{self, digests, text, time};

const RULES: &str = "environments: [production, staging]\n\
    requirements: [{type: Metric, metric: auc, min: 0.9}, {type: Lineage}]\n\
    exceptions: {maxDuration: 1h, breakGlass: {by: [ethics, ben@bank.example, ci-train], ratifyWithin: 2h}}";

#[test]
fn an_exception_that_the_policy_does_not_allow_is_refused() {
    let bench = Bench::under(RULES);
    let old = LeafHash([1; 32]);
    type Change = fn(&mut Exception);
    let cases: [(&str, &[&str], Change, bool); 12] = [
        ("a waiver", &["Metric"], |_| {}, true),
        ("of everything", &["modelName", "Metric", "Lineage"], |_| {}, true),
        ("of what is not asked", &["Metric", "approvalWorkflow"], |_| {}, false),
        ("of a name in another case", &["metric"], |_| {}, false),
        (
            "for another environment of it",
            &["Metric"],
            |one| one.environment = text("staging"),
            true,
        ),
        (
            "for an environment that it does not govern",
            &["Metric"],
            |one| one.environment = text("test"),
            false,
        ),
        ("from another policy", &["Metric"], |one| one.adopted = LeafHash([1; 32]), false),
        ("that has ended", &["Metric"], |one| one.ends = time(START + 240), false),
        ("that ends a second later", &["Metric"], |one| one.ends = time(START + 241), true),
        ("for as long as may be", &["Metric"], |one| one.ends = time(START + 240 + 3_600), true),
        ("for a second more", &["Metric"], |one| one.ends = time(START + 240 + 3_601), false),
        ("of bytes that nobody recorded", &["Metric"], |one| one.subject = digests("x"), true),
    ];
    assert_ne!(bench.adopted(), old);
    for (name, waives, change, good) in cases {
        let mut bench = bench.clone();
        let mut exception = bench.exception(waives, 1_000);
        change(&mut exception);
        let position = bench.by(CI, exception);
        match good {
            true => assert_eq!(bench.told_of("exception", position), ["LG3201"], "{name}"),
            false => bench.found_last("LG1023"),
        }
    }
}

#[test]
fn who_may_not_break_the_glass_is_refused() {
    let bench = Bench::under(RULES);
    // The service is named, and is nobody who could answer for it.
    for (who, good) in [(ANA, true), (BEN, true), (CLEO, true), (DORA, false), (CI, false)] {
        let mut bench = bench.clone();
        let position = bench.except(who, &[], 1_000);
        match good {
            true => assert_eq!(bench.told_of("exception", position), ["LG3202"], "{who:?}"),
            false => bench.found_last("LG1023"),
        }
    }
}

#[test]
fn a_policy_that_allows_none_has_none() {
    let waivers = "requirements: [{type: Lineage}]\nexceptions: {maxDuration: 1h}";
    for (rules, waiver, glass) in [
        (waivers, true, false),
        ("requirements: [{type: Lineage}]", false, false),
        (RULES, true, true),
    ] {
        for (waives, good) in [(&["Lineage"][..], waiver), (&[][..], glass)] {
            let mut bench = Bench::under(rules);
            bench.except(ANA, waives, 1_000);
            match good {
                true => drop(bench.told()),
                false => bench.found_last("LG1023"),
            }
        }
    }
}

#[test]
fn an_exception_from_a_version_that_was_replaced_is_refused() {
    let mut bench = Bench::under(RULES);
    let old = bench.exception(&["Metric"], 1_000);
    let document = bench.document.clone();
    bench.adopt(&document);
    bench.by(CI, old);
    bench.found_last("LG1023");
}

/// In a log that has it nevertheless, what was refused waives nothing and can't be voted for.
#[test]
fn what_was_refused_waives_nothing() {
    for (who, waives, ends) in [
        (DORA, &[][..], 1_000),
        (CI, &[], 1_000),
        (ANA, &[], 1_000_000),
        (CI, &["Metric", "Lineage"], 1_000_000),
    ] {
        let mut bench = Bench::under(RULES);
        let position = bench.except(who, waives, ends);
        let leaf = bench.leaf(position);
        bench.forge.approve(CLEO, leaf);
        bench.forge.approve(BEN, leaf);
        assert!(!bench.forge.took_effect(leaf));
        let decision = bench.decision();
        assert_eq!(decision.outcome, GateOutcome::Deny);
        assert!(decision.results.iter().all(|one| one.waived.is_none()));
        // A decision that says so is forged, and a deployment is not excused.
        let mut forged = decision;
        forged.results[1..].iter_mut().for_each(|one| one.waived = Some(position));
        forged.outcome = GateOutcome::Pass;
        let decided = bench.forge.size();
        bench.forge.record_decision(CI, forged);
        bench.forge.close();
        let (findings, remarks) = bench.forge.audit_codes();
        let entry = |at| format!("entry {at}");
        assert_eq!(findings, [(entry(position), "LG1023"), (entry(decided), "LG1022")]);
        assert_eq!(remarks, []);
        assert_alike_settled(&bench.forge);
    }
}

#[test]
fn a_waiver_waives_what_it_names_once_it_is_agreed_on() {
    let mut bench = Bench::under(RULES);
    let number = bench.say(number("auc", "0.5"));
    let position = bench.except(CI, &["Metric"], 240 + 3_600);
    let waived = |bench: &Bench| -> Vec<Option<u64>> {
        bench.decision().results.iter().map(|one| one.waived).collect()
    };
    let leaf = bench.leaf(position);
    assert_eq!(waived(&bench), [None; 3]);
    bench.forge.approve(ANA, leaf);
    assert_eq!(waived(&bench), [None; 3]);
    bench.forge.approve(BEN, leaf);
    assert_eq!(waived(&bench), [None, Some(position), None]);
    // It keeps its verdict, and what is not waived still stands in the way.
    bench.gives("past-limit", "", "0.5", &[number]);
    assert_eq!(bench.decision().outcome, GateOutcome::Deny);
    let denied = bench.decide();
    let second = bench.waive(&["Lineage", "modelName"], 240 + 3_600);
    assert_eq!(waived(&bench), [None, Some(position), Some(second)]);
    assert_eq!(bench.decision().outcome, GateOutcome::Pass);
    let passed = bench.decide();
    for at in [denied, passed] {
        assert_eq!(bench.told_of("decision", at), ["LG3201"]);
    }
    // Nowhere else, of nothing else.
    let elsewhere =
        bench.ask(&digests("model"), "staging", &ledgit_core::gate::NoPrograms).unwrap();
    assert_eq!(elsewhere.outcome, GateOutcome::Deny);
    bench.say(Model { digests: digests("other"), ..support::model() });
    let other = bench.ask(&digests("other"), "production", &ledgit_core::gate::NoPrograms).unwrap();
    assert!(other.results.iter().all(|one| one.waived.is_none()));
    // The first one that waives is named.
    bench.waive(&["Metric"], 240 + 3_600);
    assert_eq!(waived(&bench), [None, Some(position), Some(second)]);
    // What is met needs no waiver.
    bench.correct(number);
    bench.say(crate::history::number("auc", "0.9"));
    assert_eq!(waived(&bench), [None, None, Some(second)]);
}

/// What is agreed on later changes nothing about what was decided before.
#[test]
fn a_decision_before_the_last_vote_is_not_waived() {
    let mut bench = Bench::under(RULES);
    let position = bench.except(CI, &["Metric", "Lineage"], 240 + 3_600);
    let leaf = bench.leaf(position);
    let mut outcomes = Vec::new();
    for who in [None, Some(ANA), Some(BEN)] {
        who.into_iter().for_each(|who| _ = bench.forge.approve(who, leaf));
        outcomes.push(bench.decision().outcome);
        bench.decide();
    }
    assert_eq!(outcomes, [GateOutcome::Deny, GateOutcome::Deny, GateOutcome::Pass]);
    bench.told();
}

#[test]
fn a_waiver_ends_when_it_says_and_with_its_policy() {
    for (at, good) in [(240 + 3_599, true), (240 + 3_600, false), (240 + 3_601, false)] {
        let mut bench = Bench::under(RULES);
        bench.waive(&["Metric", "Lineage"], 240 + 3_600);
        bench.at(at);
        assert_eq!(bench.decision().outcome == GateOutcome::Pass, good, "{at}");
        bench.decide();
        bench.told();
    }
    let mut bench = Bench::under(RULES);
    bench.waive(&["Metric", "Lineage"], 240 + 3_600);
    let document = bench.document.clone();
    bench.adopt(&document);
    assert_eq!(bench.decision().outcome, GateOutcome::Deny);
}

#[test]
fn a_waiver_wants_the_threshold_for_exceptions_of_others_than_who_asks() {
    let mut bench = Bench::under(RULES);
    let mut roster = bench.forge.roster();
    let groups = [(text("legal"), 1)].into();
    roster.thresholds.exception = ledgit_core::authority::Threshold { persons: 3, groups };
    bench.forge.change_roster(&roster);
    let position = bench.except(ANA, &["Metric"], 1_000);
    let leaf = bench.leaf(position);
    let mut own = bench.clone();
    own.forge.approve(ANA, leaf);
    own.forge.last_is("LG1009");
    bench.forge.approve(BEN, leaf);
    bench.forge.approve(DORA, leaf);
    assert!(!bench.forge.took_effect(leaf));
    let mut rejected = bench.clone();
    rejected.forge.reject(DORA, leaf);
    rejected.forge.approve(CLEO, leaf);
    assert!(!rejected.forge.took_effect(leaf));
    bench.forge.approve(CLEO, leaf);
    assert!(bench.forge.took_effect(leaf));
}

#[test]
fn a_waiver_that_is_void_or_corrected_waives_nothing() {
    let mut bench = Bench::under(RULES);
    let position = bench.except(DORA, &["Metric", "Lineage"], 240 + 3_600);
    bench.agree(bench.leaf(position));
    assert_eq!(bench.decision().outcome, GateOutcome::Pass);
    let mut void = bench.clone();
    void.compromise(DORA, 21, position);
    assert_eq!(void.decision().outcome, GateOutcome::Deny);
    bench.correct(position);
    assert_eq!(bench.decision().outcome, GateOutcome::Deny);
}
