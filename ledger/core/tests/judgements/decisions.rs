//! A decision is what the log gives at its position, in every field (J-30, J-31, J-33).

use ledgit_core::digest::{Blake3, LeafHash, Oms, Sha256};
use ledgit_core::statement::*;

use crate::history::*;
use crate::support::{self, digests, statement, text};

/// A policy whose report has something of everything: met, missing, waived.
fn bench() -> Bench {
    let mut bench = Bench::under(
        "environments: [production, staging]\n\
         requirements: [{type: Metric, metric: auc, min: 0.9}, {type: Lineage}]\n\
         approvalWorkflow: {minApprovals: 1}\nexceptions: {maxDuration: 30d}",
    );
    bench.say(number("auc", "0.5"));
    bench.say(number("auc", "0.5"));
    bench.approve(ANA);
    bench.waive(&["Metric"], 100_000);
    bench
}

type Variant = (String, Decision, &'static str);

/// Every field changed alone; a field that is new does not compile here.
fn variants(decision: &Decision) -> Vec<Variant> {
    let Decision {
        mode,
        name,
        risk,
        engine,
        policy,
        adopted,
        outcome,
        results,
        subject,
        environment,
    } = decision;
    let of = || decision.clone();
    let mut all = Vec::new();
    let mut add = |name: &str, decision, code| all.push((name.to_owned(), decision, code));
    assert_eq!(*mode, GateMode::Enforce);
    add("mode", Decision { mode: GateMode::Observe, ..of() }, "LG1022");
    assert_eq!(name.as_str(), "p");
    add("name", Decision { name: text("q"), ..of() }, "LG1021");
    add("another name", Decision { name: text("r"), ..of() }, "LG1021");
    for level in [RiskLevel::Minimal, RiskLevel::High, RiskLevel::Unacceptable] {
        assert_ne!(*risk, level);
        add("risk", Decision { risk: level, ..of() }, "LG1022");
    }
    assert_eq!(engine.as_str(), "ledgit-gate/1"); // By itself it changes nothing (J-32).
    let mut other = *policy;
    other.sha256 = Sha256([1; 32]);
    add("policy sha256", Decision { policy: other, ..of() }, "LG1022");
    let mut other = *policy;
    other.blake3 = Blake3([1; 32]);
    add("policy blake3", Decision { policy: other, ..of() }, "LG1022");
    let mut other = *policy;
    other.oms = Some(Oms([1; 32]));
    add("policy oms", Decision { policy: other, ..of() }, "LG1022");
    assert_ne!(*adopted, LeafHash([1; 32]));
    add("adopted", Decision { adopted: LeafHash([1; 32]), ..of() }, "LG1021");
    assert_eq!(*outcome, GateOutcome::Deny); // It follows from the results (below).
    assert_ne!(*subject, digests("another"));
    add("subject", Decision { subject: digests("another"), ..of() }, "LG1022");
    assert_eq!(environment.as_str(), "production");
    add("environment", Decision { environment: text("staging"), ..of() }, "LG1022");
    add("other environment", Decision { environment: text("test"), ..of() }, "LG1021");
    for (at, result) in results.iter().enumerate() {
        for (name, result) in changed(result) {
            let mut other = of();
            other.results[at] = result;
            add(&format!("result {at} {name}"), other, "LG1022");
        }
        let mut fewer = of();
        fewer.results.remove(at);
        fewer.outcome = follows(&fewer);
        add("one result fewer", fewer, "LG1022");
        let mut more = of();
        more.results.push(result.clone());
        add("one result more", more, "LG1022");
        let mut swapped = of();
        swapped.results.rotate_left(at);
        if at > 0 {
            add("another order", swapped, "LG1022");
        }
    }
    all
}

fn follows(decision: &Decision) -> GateOutcome {
    let open = decision.results.iter().any(GateResult::is_open);
    if open { GateOutcome::Deny } else { GateOutcome::Pass }
}

fn changed(result: &GateResult) -> Vec<(&'static str, GateResult)> {
    let GateResult { id, what, value, reason, waived, entries, verdict } = result;
    let of = || result.clone();
    let mut all = vec![("id", GateResult { id: text(&format!("{id}x")), ..of() })];
    for other in [None, Some(text("something else"))] {
        if *what != other {
            all.push(("what", GateResult { what: other.clone(), ..of() }));
        }
        if *value != other {
            all.push(("value", GateResult { value: other, ..of() }));
        }
    }
    for other in Reason::ALL.iter().filter(|one| reason.is_some_and(|reason| reason != **one)) {
        // A verdict that follows from the reason: of itself it can't be changed.
        let (reason, verdict) = (Some(*other), other.verdict());
        all.push(("reason", GateResult { reason, verdict, ..of() }));
    }
    if *verdict != RequirementVerdict::Met {
        let other = if waived.is_some() { Some(3) } else { Some(4) };
        all.push(("waived", GateResult { waived: other, ..of() }));
    }
    let mut more: Vec<u64> = entries.as_slice().to_vec();
    more.push(0);
    all.push(("more entries", GateResult { entries: more.into_iter().collect(), ..of() }));
    if !entries.is_empty() {
        let fewer = entries.as_slice().iter().skip(1).copied().collect();
        all.push(("fewer entries", GateResult { entries: fewer, ..of() }));
    }
    all
}

#[test]
fn each_field_that_is_changed_alone_is_found() {
    let mut bench = bench();
    // Another policy in force, to name instead.
    let other = bench.document.replace("{name: p}", "{name: q}");
    bench.forge.adopt(&other);
    let decision = bench.decision();
    let verdicts: Vec<_> = decision.results.iter().map(word).collect();
    assert_eq!(verdicts, ["met", "past-limit", "none", "met"]);
    assert!(decision.results[1].waived.is_some());
    let variants = variants(&decision);
    assert!(variants.len() > 110, "{}", variants.len());
    for (name, variant, code) in variants {
        let mut bench = bench.clone();
        assert_ne!(variant, decision, "{name}");
        if statement(variant.clone().into()).prepare().is_err() {
            // Only what a change of one field can't keep: the outcome follows from the results.
            assert_ne!(follows(&variant), variant.outcome, "{name}");
            continue;
        }
        bench.forge.record_decision(CI, variant);
        bench.found_last(code);
    }
    bench.forge.record_decision(CI, decision);
    assert_eq!(bench.told_of("decision", bench.forge.size() - 1), ["LG3201"]);
}

/// What follows from something else is refused before anybody judges it.
#[test]
fn a_verdict_and_an_outcome_of_their_own_are_no_statement() {
    let decision = bench().decision();
    let refused = |change: fn(&mut Decision)| {
        let mut decision = decision.clone();
        change(&mut decision);
        assert!(statement(decision.into()).prepare().is_err());
    };
    refused(|one| one.outcome = GateOutcome::Pass);
    refused(|one| one.results[0].verdict = RequirementVerdict::NotMet);
    refused(|one| one.results[1].verdict = RequirementVerdict::Met);
    refused(|one| one.results[1].reason = None);
    refused(|one| one.results[0].waived = Some(3));
    refused(|one| one.results.clear());
    refused(|one| one.results[0].entries = (0..9).collect());
}

#[test]
fn a_denial_is_not_turned_into_a_pass() {
    let mut bench = Bench::asking("type: Metric, metric: auc, min: 0.9");
    bench.say(number("auc", "0.5"));
    let mut decision = bench.decision();
    let bad = &mut decision.results[1];
    (bad.reason, bad.verdict) = (None, RequirementVerdict::Met);
    decision.outcome = GateOutcome::Pass;
    bench.forge.record_decision(CI, decision.clone());
    bench.found_last("LG1022");
    // Nor a pass into a denial.
    let mut bench = Bench::asking("type: Metric, metric: auc, min: 0.9");
    bench.say(number("auc", "0.95"));
    let mut decision = bench.decision();
    let good = &mut decision.results[1];
    (good.reason, good.verdict) = (Some(Reason::PastLimit), RequirementVerdict::NotMet);
    decision.outcome = GateOutcome::Deny;
    bench.forge.record_decision(CI, decision);
    bench.found_last("LG1022");
}

#[test]
fn a_decision_names_the_head_that_it_saw() {
    let mut bench = bench();
    let decision = bench.decision();
    bench.say(decision.clone());
    bench.found_last("LG1022");
    // An earlier head does, since it is judged as of its position.
    let mut bench = self::bench();
    let first = bench.forge.heads[0];
    bench.forge.say(CI, decision.into(), |envelope| envelope.seen = Some(first));
    assert_eq!(bench.told_of("decision", bench.forge.size() - 1), ["LG3201"]);
}

#[test]
fn an_old_version_a_retired_policy_and_none_decide_nothing() {
    let mut bench = bench();
    let decision = bench.decision();
    let document = bench.document.clone();
    // The same document again is another adoption, which a decision names.
    bench.adopt(&document);
    bench.forge.record_decision(CI, decision.clone());
    bench.found_last("LG1021");
    let mut bench = self::bench();
    let adopted = bench.adopt(&format!("{document}  mode: retired\n"));
    let policy = digests(&bench.document);
    bench.forge.record_decision(CI, Decision { adopted, policy, ..decision.clone() });
    bench.found_last("LG1021");
    let mut bench = Bench::bare();
    bench.forge.record_decision(CI, decision);
    bench.found_last("LG1021");
}

#[test]
fn nothing_is_decided_while_a_ledger_is_founding() {
    let mut forge = Forge::open();
    let position = forge.size();
    forge.record_decision(
        CI,
        Decision { adopted: LeafHash(forge.ledger().0), ..support::decision() },
    );
    forge.close();
    assert_eq!(forge.audit_codes().0, [(format!("entry {position}"), "LG1021")]);
    assert!(forge.authority().is_founding());
}

/// Every decision of a log, where the evidence, the roster and the policy changed in between.
#[test]
fn decisions_are_judged_as_of_their_positions() {
    let mut bench = Bench::under(
        "requirements: [{type: Metric, metric: auc, min: 0.9, maxAge: 1h, by: [validators]}]\n\
         approvalWorkflow: {minApprovals: 1, groups: [legal]}",
    );
    let mut outcomes = Vec::new();
    let mut decide = |bench: &mut Bench| {
        let decision = bench.decision();
        outcomes.push(decision.outcome == GateOutcome::Pass);
        bench.decide();
    };
    decide(&mut bench);
    bench.by(DORA, number("auc", "0.95"));
    decide(&mut bench);
    bench.approve(BEN);
    decide(&mut bench);
    let mut roster = bench.forge.roster();
    roster.groups.insert(text("validators"), [text(CLEO.0)].into());
    bench.forge.change_roster(&roster);
    decide(&mut bench);
    let wrong = bench.by(CLEO, number("auc", "0.1"));
    bench.by(CLEO, number("auc", "0.95"));
    decide(&mut bench);
    bench.correct(wrong);
    decide(&mut bench);
    bench.at(240 + 3_601);
    decide(&mut bench);
    let easier = bench.document.replace("maxAge: 1h", "maxAge: 2h");
    bench.adopt(&easier);
    decide(&mut bench);
    bench.approve(CLEO);
    decide(&mut bench);
    assert_eq!(outcomes, [false, false, true, false, false, true, false, false, true]);
    let codes: Vec<_> = bench.told().into_iter().map(|(_, code)| code).collect();
    // The policy was loosened, and something passed within the week.
    assert_eq!(codes, ["LG3206", "LG3205"]);
}
