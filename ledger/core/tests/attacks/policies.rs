//! Policies: swapped, rolled back, changed behind a decision; numbers chosen or dressed up.

use ledgit_core::digest::LeafHash;
use ledgit_core::statement::*;

use crate::history::{
    ANA, BEN, Bench, CI, CLEO, Codes, DORA, Forge, START, Step, document, number, part, word,
};
use crate::support::*;

const LOOSE: &str = "requirements: [{type: Metric, metric: auc, min: 0.5}]";
const TIGHT: &str = "requirements: [{type: Metric, metric: auc, min: 0.9}]";

/// What is said of decisions before a position, and everything that is found.
fn said_of(forge: &Forge, before: u64) -> (Codes, Vec<(String, &'static str, String)>) {
    let (replay, compliance) = forge.audited();
    let found = replay.findings().iter().map(|one| (one.object.to_string(), one.fault.code()));
    let of_old = |object: &str| {
        let entry = object.strip_prefix("decision of entry ");
        entry.is_some_and(|entry| entry.parse::<u64>().unwrap() < before)
    };
    let remarks = compliance.remarks.into_iter().filter(|one| of_old(&one.object));
    (found.collect(), remarks.map(|one| (one.object, one.code, one.what)).collect())
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Act {
    Approve,
    Withdraw,
    Swap,
    Decide,
    Deploy,
}

fn orders(acts: &[Act]) -> Vec<Vec<Act>> {
    if acts.is_empty() {
        return vec![Vec::new()];
    }
    let first = |at: usize| {
        let mut rest = acts.to_vec();
        let act = rest.remove(at);
        orders(&rest).into_iter().map(move |rest| [vec![act], rest].concat())
    };
    (0..acts.len()).flat_map(first).collect()
}

/// What must be said of the deployment, by the letter: the approval that stands under the document in
/// force, the decision and what it saw.
fn expected(order: &[Act]) -> Option<&'static str> {
    let (mut swapped, mut stands) = (false, [false; 2]);
    let mut decided = None;
    for act in order {
        let now = usize::from(swapped);
        match act {
            Act::Approve => stands[now] = true,
            Act::Withdraw => stands[now] = false,
            Act::Swap => swapped = true,
            Act::Decide => decided = Some((now, stands[now])),
            Act::Deploy => {
                return match decided {
                    None => Some("LG3102"),
                    Some((under, _)) if under != now => Some("LG3104"),
                    Some((_, false)) => Some("LG3103"),
                    Some((_, true)) if !stands[now] => Some("LG3105"),
                    Some((_, true)) => None,
                };
            }
        }
    }
    None
}

#[test]
fn a14_in_no_order_does_a_swapped_policy_let_an_approval_pass() {
    let plain = document("limited", "approvalWorkflow: {minApprovals: 1}");
    let swapped = format!("{plain}# the same, and another document\n");
    let mut bench = Bench::bare();
    bench.adopt(&plain);
    bench.say(model());
    let mut seen = std::collections::BTreeSet::new();
    for order in orders(&[Act::Approve, Act::Withdraw, Act::Swap, Act::Decide, Act::Deploy]) {
        let mut bench = bench.clone();
        for act in &order {
            match act {
                Act::Approve => _ = bench.approve(DORA),
                Act::Withdraw => {
                    let taken = Approval { verdict: Verdict::Withdraw, ..bench.approval() };
                    bench.by(DORA, taken);
                }
                Act::Swap => _ = bench.adopt(&swapped),
                Act::Decide => _ = bench.forge.decide(CI, "p", "production"),
                Act::Deploy => _ = bench.forge.deploy(CI, &digests("model"), "production"),
            }
        }
        bench.forge.close();
        let (findings, remarks) = bench.forge.audit_codes();
        assert_eq!(findings, [], "{order:?}");
        let of = |(object, code): &(String, &'static str)| {
            object.starts_with("deployment").then_some(*code)
        };
        let told: Vec<_> = remarks.iter().filter_map(of).collect();
        assert_eq!(told, Vec::from_iter(expected(&order)), "{order:?}");
        seen.extend(expected(&order));
    }
    assert_eq!(Vec::from_iter(seen), ["LG3102", "LG3103", "LG3104", "LG3105"]);
}

#[test]
fn a14_a_decision_under_the_policy_before_is_no_decision_now() {
    let mut bench = Bench::under(LOOSE);
    bench.say(number("auc", "0.6"));
    let passed = bench.decision();
    bench.adopt(&document("limited", TIGHT));
    let position = bench.forge.size();
    bench.forge.record_decision(CI, passed.clone());
    bench.forge.close();
    assert_eq!(bench.forge.audit_codes().0, [(format!("entry {position}"), "LG1021")]);
    // Nor with the name of the new one written over it.
    let mut bench = Bench::under(LOOSE);
    bench.say(number("auc", "0.6"));
    let adopted = bench.adopt(&document("limited", TIGHT));
    let forged = Decision { adopted, policy: digests(&bench.document), ..passed };
    let position = bench.forge.size();
    bench.forge.record_decision(CI, forged);
    bench.forge.close();
    assert_eq!(bench.forge.audit_codes().0, [(format!("entry {position}"), "LG1022")]);
}

/// CVE-2026-44544: an earlier policy, validly signed then, is put in the place of a later one.
#[test]
fn a15_an_old_policy_comes_back_only_as_a_new_version_that_is_shown() {
    let (loose, tight) = (document("limited", LOOSE), document("limited", TIGHT));
    let mut forge = Bench::bare().forge;
    let genesis = LeafHash(forge.ledger().0);
    let first = forge.propose_policy(CI, &loose);
    let Some(Step::Entry(bytes)) = forge.steps.last().cloned() else { panic!() };
    forge.approve(ANA, first);
    forge.approve(BEN, first);
    let second = forge.adopt(&tight);
    // By the name that the first policy had to give, by that of the first policy, by any other.
    for replaces in [genesis, first, LeafHash([7; 32])] {
        for old in [&loose, &tight] {
            let mut forge = forge.clone();
            forge.propose_policy_instead_of(CI, replaces, old);
            let codes: Vec<_> = forge.codes().into_iter().map(|(_, code)| code).collect();
            assert!(codes.contains(&"LG1011"), "{codes:?}");
            assert_eq!(forge.authority().policy(&text("p")).unwrap().leaf, second);
        }
    }
    // The old proposal's votes are spent, and its bytes are no new proposal.
    let mut again = forge.clone();
    again.approve(DORA, first);
    again.last_is("LG1017");
    let mut again = forge.clone();
    again.push(bytes);
    let codes: Vec<_> = again.codes().into_iter().map(|(_, code)| code).collect();
    assert_eq!(codes, ["LG1105", "LG1011"]);
    assert_eq!(again.authority().policy(&text("p")).unwrap().leaf, second);
    // The document itself is a new proposal, which needs the votes again, and everybody is told.
    let third = forge.propose_policy(CI, &loose);
    forge.approve(ANA, third);
    assert_eq!(forge.authority().policy(&text("p")).unwrap().leaf, second);
    forge.approve(DORA, third);
    forge.close();
    let (findings, remarks) = forge.audit_codes();
    assert_eq!(findings, []);
    let shown = |code| ("policy p, version 3".to_owned(), code);
    assert_eq!(remarks, [shown("LG3205"), shown("LG3210")]);
}

#[test]
fn a15_the_first_policy_is_not_a_first_one_twice() {
    let mut forge = Bench::bare().forge;
    let (loose, tight) = (document("limited", LOOSE), document("limited", TIGHT));
    // Both are proposed while there is none, so both name the genesis.
    let bad = forge.propose_policy(CI, &loose);
    let good = forge.propose_policy(CI, &tight);
    forge.approve(ANA, bad);
    forge.approve(ANA, good);
    forge.approve(BEN, good);
    assert!(forge.took_effect(good));
    forge.is_sound();
    // The other one had one vote, and gets no second.
    forge.approve(BEN, bad);
    forge.last_is("LG1017");
    assert_eq!(forge.authority().policy(&text("p")).unwrap().leaf, good);
    // Policies of another name stand beside it.
    let other = loose.replace("{name: p}", "{name: q}");
    forge.adopt(&other);
    assert_eq!(forge.authority().policy(&text("p")).unwrap().leaf, good);
    assert_eq!(forge.authority().policies().count(), 2);
}

#[test]
fn a15_a_retired_policy_comes_back_as_a_new_version_that_is_shown() {
    let tight = document("limited", TIGHT);
    let mut forge = Bench::bare().forge;
    forge.adopt(&tight);
    forge.adopt(&format!("{tight}  mode: retired\n"));
    forge.adopt(&tight);
    forge.close();
    let shown = |version, code| (format!("policy p, version {version}"), code);
    assert_eq!(forge.audit_codes().1, [shown(2, "LG3205"), shown(3, "LG3210")]);
}

#[test]
fn a15_to_review_a_policy_is_no_way_back() {
    let tight = document("limited", TIGHT);
    let mut forge = Bench::bare().forge;
    for _ in 0..3 {
        forge.adopt(&tight);
    }
    forge.close();
    assert_eq!(forge.audit_codes(), (vec![], vec![]));
    assert_eq!(forge.authority().policy(&text("p")).unwrap().version, 3);
}

#[test]
fn a16_the_better_run_is_not_picked() {
    let seeded =
        |seed: &str, value: &str| Metric { seed: Some(text(seed)), ..number("auc", value) };
    let mut bench = Bench::under(TIGHT);
    let bad = bench.say(seeded("1", "0.4"));
    let good = bench.say(seeded("2", "0.95"));
    bench.gives("past-limit", "", "0.4", &[bad]);
    // A decision that names the better one alone is not what the log gives.
    let mut picked = bench.decision();
    let result = &mut picked.results[1];
    (result.reason, result.verdict) = (None, RequirementVerdict::Met);
    (result.value, result.entries) = (Some(text("0.95")), [good].into_iter().collect());
    picked.outcome = GateOutcome::Pass;
    let position = bench.forge.size();
    let mut forged = bench.clone();
    forged.forge.record_decision(CI, picked);
    forged.forge.close();
    assert_eq!(forged.forge.audit_codes().0, [(format!("entry {position}"), "LG1022")]);
    // One alone does not take the worse one back, and two do so for everybody to see.
    let leaf = bench.leaf(bad);
    let correction = bench.forge.correct(CI, leaf);
    bench.forge.approve(ANA, correction);
    bench.gives("past-limit", "", "0.4", &[bad]);
    bench.forge.approve(BEN, correction);
    bench.gives("met", "", "0.95", &[good]);
}

#[test]
fn a16_a_number_that_is_edited_is_nobodys() {
    let mut bench = Bench::under(TIGHT);
    bench.say(number("auc", "0.4"));
    let Some(Step::Entry(mut bytes)) = bench.forge.steps.pop() else { panic!() };
    bench.forge.leaves.pop();
    let at: Vec<_> = (0..bytes.len() - 2).filter(|at| &bytes[*at..at + 3] == b"0.4").collect();
    assert_eq!(at.len(), 2, "the value, and the text of the source");
    at.iter().for_each(|at| bytes[at + 2] = b'9');
    bench.forge.push(bytes);
    bench.forge.last_is("LG1002");
    assert_eq!(word(&bench.answer()), "none");
}

#[test]
fn a16_a_part_that_went_well_does_not_stand_for_the_whole() {
    let mut bench = Bench::under(TIGHT);
    bench.say(part("auc", "0.99", &[("region", "north")]));
    bench.gives("slice-missing", "all rows", "", &[]);
}

#[test]
fn a17_a_number_is_what_its_source_wrote_or_it_is_refused() {
    let metric = |text_of: &str, value: Option<&str>| Metric {
        text: text(text_of),
        value: value.map(text),
        ..number("auc", "0.9")
    };
    for (source, value, good) in [
        ("0.9", Some("0.9"), true),
        ("9e-1", Some("0.9"), true),
        ("0.90", Some("0.9"), true),
        ("-0", Some("0"), true),
        ("-0.0e5", Some("0"), true),
        ("0.8999999999999999", Some("0.9"), false),
        ("9", Some("0.9"), false),
        ("NaN", Some("0.9"), false),
        ("-inf", Some("0"), false),
        ("NaN", None, true),
        ("+Infinity", None, true),
        ("0.9", None, false),
        ("none", None, false),
        // Another spelling is kept as it is, and says nothing: the value is what is judged.
        ("0,9", Some("0.9"), true),
        ("90%", Some("0.9"), true),
    ] {
        let said = statement(metric(source, value).into()).prepare();
        assert_eq!(said.is_ok(), good, "{source:?} {value:?}");
    }
    for value in ["0,9", "90%", "٠.٩", "1_000", "1'000", "NaN", " 0.9", "0x1p-1", ".9", "9."] {
        assert!(value.parse::<ledgit_core::decimal::Decimal>().is_err(), "{value}");
    }
}

#[test]
fn a17_what_is_no_number_or_of_another_unit_passes_no_limit() {
    for limit in ["min: 0", "max: 0", "above: -1", "below: 1", "min: 0, max: 0"] {
        let bench = Bench::asking(&format!("type: Metric, metric: auc, {limit}"));
        let mut zero = bench.clone();
        zero.say(Metric { text: text("-0.000"), ..number("auc", "0") });
        zero.passes();
        for no_number in ["nan", "-inf", "+Infinity"] {
            let mut bench = bench.clone();
            let entry = bench.say(number("auc", no_number));
            bench.gives("not-a-number", "", no_number, &[entry]);
        }
        let mut bench = bench.clone();
        let entry = bench.say(Metric { unit: Some(text("%")), ..number("auc", "0") });
        bench.gives("other-unit", "%", "", &[entry]);
    }
}

/// Whatever is done to a policy afterwards, what was decided comes out as it did.
#[test]
fn a14_a_decision_comes_out_the_same_whatever_becomes_of_its_policy() {
    let mut bench = Bench::under(&format!(
        "{TIGHT}\napprovalWorkflow: {{minApprovals: 1, groups: [ethics]}}\nexceptions: {{maxDuration: 30d}}"
    ));
    bench.forge.decide(CI, "p", "production");
    bench.say(number("auc", "0.95"));
    bench.forge.decide(CI, "p", "production");
    bench.approve(CLEO);
    bench.forge.decide(CI, "p", "production");
    bench.forge.decide(DORA, "p", "staging");
    bench.forge.close();
    let size = bench.forge.size();
    let before = said_of(&bench.forge, size);
    assert_eq!(before, (vec![], vec![]));
    let tight = bench.document.clone();
    bench.forge.time(START + 300);
    type Change = fn(&mut Bench, &str);
    let changes: [(&str, Change); 9] = [
        ("loosened", |bench, _| {
            bench.adopt(&document("limited", LOOSE));
        }),
        ("tightened", |bench, tight| {
            bench.adopt(&tight.replace("0.9", "0.99"));
        }),
        ("swapped", |bench, _| {
            bench.adopt(&document("limited", "requirements: [{type: Lineage}]"));
        }),
        ("retired", |bench, tight| {
            bench.adopt(&format!("{tight}  mode: retired\n"));
        }),
        ("watched", |bench, tight| {
            bench.adopt(&format!("{tight}  mode: observe\n"));
        }),
        ("rolled back", |bench, tight| {
            bench.adopt(&document("limited", LOOSE));
            bench.adopt(tight);
        }),
        ("contradicted", |bench, _| {
            bench.say(number("auc", "0.1"));
        }),
        ("withdrawn", |bench, _| {
            let taken = Approval { verdict: Verdict::Withdraw, ..bench.approval() };
            bench.by(CLEO, taken);
        }),
        ("without its approver", |bench, _| {
            let mut roster = bench.forge.roster();
            roster.members.remove(&text(CLEO.0));
            roster.groups.insert(text("ethics"), [text(ANA.0)].into());
            roster.groups.insert(text("legal"), [text(BEN.0)].into());
            bench.forge.change_roster(&roster);
        }),
    ];
    for (name, change) in changes {
        let mut bench = bench.clone();
        change(&mut bench, &tight);
        bench.forge.close();
        assert_eq!(said_of(&bench.forge, size), before, "{name}");
    }
    // By whoever it was signed, with a key that is known to be stolen since.
    bench.compromise(CLEO, 21, size - 3);
    bench.forge.close();
    assert_eq!(said_of(&bench.forge, size), before);
}
