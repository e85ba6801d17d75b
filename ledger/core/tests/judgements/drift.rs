//! What became of policies: not reviewed, loosened, brought back; and what another would have
//! decided (J-70, J-71).

use std::sync::Arc;

use ledgit_core::gate::NoPrograms;
use ledgit_core::policy::Policy;
use ledgit_core::replay::{Audit, Changed, Remembered};
use ledgit_core::statement::*;

use crate::history::*;

const WEEK: u64 = 7 * 86_400;
const TIGHT: &str = "requirements: [{type: Metric, metric: auc, min: 0.9}]";
const LOOSE: &str = "requirements: [{type: Metric, metric: auc, min: 0.5}]";

#[track_caller]
fn versions(bench: &Bench, expected: &[(u64, &'static str)]) {
    let told = bench.told().into_iter().filter(|(object, _)| object.starts_with("policy"));
    let expected =
        expected.iter().map(|(version, code)| (format!("policy p, version {version}"), *code));
    assert_eq!(told.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}

#[test]
fn a_policy_is_reviewed_as_often_as_it_says() {
    for (every, most) in [("12h", 43_200), ("180d", 180 * 86_400)] {
        let mut bench = Bench::under(&format!("reviewEvery: {every}\n{TIGHT}"));
        bench.at(240 + most);
        versions(&bench, &[]);
        bench.at(240 + most + 1);
        versions(&bench, &[(1, "LG3108")]);
        let mut forge = bench.forge.clone();
        forge.close();
        let (_, compliance) = forge.audited();
        let remark = &compliance.remarks[0];
        assert!(remark.violates && remark.what.ends_with(&format!("every {every}")), "{remark:?}");
        // To adopt it again is to review it.
        let document = bench.document.clone();
        bench.adopt(&document);
        versions(&bench, &[]);
        bench.at(240 + 2 * most + 1);
        versions(&bench, &[]);
        bench.at(240 + 2 * most + 2);
        versions(&bench, &[(2, "LG3108")]);
        // One that is retired is nobody's to review, and one that observes is.
        let mut observed = bench.clone();
        observed.adopt(&format!("{document}  mode: observe\n"));
        observed.at(240 + 9 * most);
        versions(&observed, &[(3, "LG3205"), (3, "LG3108")]);
        bench.adopt(&format!("{document}  mode: retired\n"));
        bench.at(240 + 9 * most);
        versions(&bench, &[(3, "LG3205")]);
    }
}

#[test]
fn what_loosens_is_told_with_those_who_approved_it() {
    let mut bench = Bench::under(TIGHT);
    versions(&bench, &[]);
    bench.adopt(&document("limited", &TIGHT.replace("0.9", "0.95")));
    versions(&bench, &[]);
    bench.adopt(&document("limited", LOOSE));
    versions(&bench, &[(3, "LG3205")]);
    let mut forge = bench.forge.clone();
    forge.close();
    let (_, compliance) = forge.audited();
    let told = &compliance.remarks[0].what;
    assert!(told.contains("ana@bank.example, ben@bank.example"), "{told}");
    assert!(told.contains("0.95") && told.contains("0.5"), "{told}");
    bench.adopt(&document("minimal", LOOSE));
    bench.adopt(&document("minimal", &format!("{LOOSE}\nexceptions: {{maxDuration: 1h}}")));
    versions(&bench, &[(3, "LG3205"), (4, "LG3205"), (5, "LG3205")]);
}

#[test]
fn a_policy_that_comes_back_is_told_with_its_version() {
    let mut bench = Bench::under(TIGHT);
    let first = bench.document.clone();
    bench.adopt(&document("limited", &TIGHT.replace("0.9", "0.95")));
    bench.adopt(&first);
    versions(&bench, &[(3, "LG3205"), (3, "LG3210")]);
    let mut forge = bench.forge.clone();
    forge.close();
    let (_, compliance) = forge.audited();
    assert!(compliance.remarks[1].what.contains("version 1"), "{:?}", compliance.remarks);
}

#[test]
fn what_passes_within_a_week_of_a_loosening_is_told() {
    for (later, code) in [(0, true), (WEEK, true), (WEEK + 1, false)] {
        let mut bench = Bench::under(TIGHT);
        bench.say(number("auc", "0.6"));
        bench.at(1_000);
        bench.adopt(&document("limited", LOOSE));
        bench.at(1_000 + later);
        let decided = bench.decide();
        let codes: &[&str] = if code { &["LG3206"] } else { &[] };
        assert_eq!(bench.told_of("decision", decided), codes, "{later}");
    }
}

#[test]
fn a_denial_a_tightening_and_a_first_policy_are_not_told() {
    let mut bench = Bench::under(TIGHT);
    bench.say(number("auc", "0.91"));
    let passed = bench.decide();
    assert_eq!(bench.told_of("decision", passed), [""; 0]);
    bench.adopt(&document("limited", &TIGHT.replace("0.9", "0.905")));
    let passed = bench.decide();
    assert_eq!(bench.told_of("decision", passed), [""; 0]);
    bench.adopt(&document("limited", &TIGHT.replace("0.9", "0.901")));
    bench.say(Metric { seed: Some(crate::support::text("1")), ..number("auc", "0.1") });
    let denied = bench.decide();
    assert_eq!(bench.decision().outcome, GateOutcome::Deny);
    assert_eq!(bench.told_of("decision", denied), [""; 0]);
}

/// A change that loosens nothing, made after one that does, does not hide it.
#[test]
fn a_loosening_is_not_hidden_behind_another_change() {
    let mut bench = Bench::under(TIGHT);
    bench.say(number("auc", "0.6"));
    bench.adopt(&document("limited", LOOSE));
    let loose = bench.document.clone();
    bench.adopt(&loose);
    bench.adopt(&format!("{loose}# reviewed\n"));
    let decided = bench.decide();
    assert_eq!(bench.told_of("decision", decided), ["LG3206"]);
}

fn what_if(bench: &Bench, document: &str) -> Vec<Changed> {
    let mut forge = bench.forge.clone();
    forge.close();
    let mut audit = Audit::new(Remembered::default(), Arc::new(NoPrograms));
    audit.ask_what_if(Policy::parse(document.as_bytes()).unwrap());
    forge.drive(&mut audit);
    let (replay, compliance) = audit.finish();
    assert_eq!(replay.findings(), []);
    // It changes nothing of what is said.
    assert_eq!(compliance.remarks, forge.audited().1.remarks);
    compliance.changed
}

#[test]
fn what_another_policy_would_have_decided_is_listed_and_changes_nothing() {
    let mut bench = Bench::under(&format!("{TIGHT}\napprovalWorkflow: {{minApprovals: 1}}"));
    let first = bench.decide();
    bench.say(number("auc", "0.92"));
    bench.approve(ANA);
    let second = bench.decide();
    let same = bench.document.clone();
    assert!(what_if(&bench, &same).is_empty());
    // Tighter: the one that passed would not. Approvals count as if they had been of this one.
    let tighter = same.replace("0.9", "0.95");
    let changed = what_if(&bench, &tighter);
    assert_eq!(changed.iter().map(|one| one.position).collect::<Vec<_>>(), [second]);
    let would = changed[0].would.as_ref().unwrap();
    assert_eq!((changed[0].was.outcome, would.outcome), (GateOutcome::Pass, GateOutcome::Deny));
    assert_eq!(word(&would.results[1]), "past-limit");
    assert_eq!(word(&would.results[2]), "met");
    // Looser: the one that was denied would pass.
    let looser = document("limited", "requirements: [{type: Metric, metric: auc, max: 1}]");
    assert_eq!(what_if(&bench, &looser).len(), 0);
    let glad =
        document("limited", "requirements: [{type: SeparationOfDuties, kinds: [metric, cost]}]");
    let changed = what_if(&bench, &glad);
    assert_eq!(changed.iter().map(|one| one.position).collect::<Vec<_>>(), [first]);
    // Of another name it is asked of nothing; one that governs nothing decides nothing.
    assert!(what_if(&bench, &tighter.replace("{name: p}", "{name: q}")).is_empty());
    let changed = what_if(&bench, &format!("{same}  mode: retired\n"));
    assert_eq!(changed.len(), 2);
    assert!(changed.iter().all(|one| one.would.is_none()));
}

/// Of each decision the version that was in force there is replaced, whichever it was.
#[test]
fn what_if_is_asked_of_every_version() {
    let mut bench = Bench::under(TIGHT);
    bench.say(number("auc", "0.6"));
    let denied = bench.decide();
    bench.adopt(&document("limited", LOOSE));
    let passed = bench.decide();
    let positions =
        |changed: Vec<Changed>| changed.iter().map(|one| one.position).collect::<Vec<_>>();
    assert_eq!(positions(what_if(&bench, &document("limited", TIGHT))), [passed]);
    assert_eq!(positions(what_if(&bench, &document("limited", LOOSE))), [denied]);
}
