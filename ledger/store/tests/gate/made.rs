//! A decision is made, recorded, and made again by everybody who has the log (J-30, J-31).

use ledgit_core::digest::Digests;
use ledgit_core::gate::DecisionError;
use ledgit_core::statement::*;
use ledgit_store::ledger::*;

use crate::support::gated::*;
use crate::support::governed::*;
use crate::support::*;

/// Something of every sort that rests on statements of another kind.
pub const ALL: &str = "\
requirements:
  - {type: Metric, metric: auc, min: 0.9, maxAge: 90d}
  - {type: Document, document: model-card, format: PDF}
  - {type: Lineage, roles: [training-data], licenses: [CC-BY-4.0]}
  - {type: Statement, kind: metric, by: [ci-train]}
  - {type: SeparationOfDuties, kinds: [model, approval]}
  - {type: Budget, ceiling: 100, currency: EUR}
approvalWorkflow: {minApprovals: 2, validFor: 30d}
exceptions: {maxDuration: 30d}";

/// With everything that such a policy asks for.
pub fn complete() -> Gated {
    let mut gated = Gated::asking(ALL);
    let card = file(b"%PDF-1.7 card", "application/pdf");
    let told: Vec<Body> = vec![
        dataset("titanic").into(),
        run_from("titanic").into(),
        metric("0.95").into(),
        paper("model-card", card).into(),
        cost("99.99").into(),
    ];
    gated.tell_with(told, batch(&[b"%PDF-1.7 card"]));
    let votes = [ANA, BEN].map(|by| gated.verdict(by, Verdict::Approve));
    gated.log(votes.to_vec()).unwrap();
    gated
}

fn logged(ledger: &Ledger, position: u64) -> Decision {
    let signed = Signed::decode(&ledger.log().unwrap().entry(position).unwrap()).unwrap();
    match &signed.statement().body {
        Body::Decision(decision) => (**decision).clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_decision_is_recorded_and_verifies_here_and_on_another_machine() {
    let mut gated = complete();
    let here = gated.decide();
    let reasons: Vec<_> = here.results.iter().map(|one| (one.id.as_str(), one.reason)).collect();
    assert_eq!(here.outcome, GateOutcome::Pass, "{reasons:?}");
    assert_eq!(here.results.len(), 8);
    let before = gated.mirror();
    assert_eq!(before.open().decide(&gated.ask(), time(NOW + 60)).unwrap(), here);
    let at = gated.record();
    let (mine, theirs) = (gated.verify(), gated.mirror());
    good(&mine);
    assert_eq!(mine.decisions, (1, 0));
    let other = theirs.verify();
    good(&other);
    assert_eq!((other.decisions, other.root, other.entries), ((1, 0), mine.root, mine.entries));
    let entry = |ledger: &Ledger| ledger.log().unwrap().entry(at).unwrap();
    assert_eq!(entry(&gated.open()), entry(&theirs.open()));
    assert_eq!(logged(&theirs.open(), at), here);
    // What was decided is no evidence for what is decided next.
    assert_eq!(gated.decide(), here);
    assert_eq!(theirs.open().decide(&gated.ask(), time(NOW + 60)).unwrap(), here);
}

#[test]
fn every_policy_that_governs_answers_and_no_other() {
    let mut gated = complete();
    gated.adopt(&policy("q", "environments: [staging]\nrequirements: [{type: Lineage}]"));
    gated.adopt(&policy("r", "mode: retired\nrequirements: [{type: Lineage}]"));
    let other = policy("s", ACCURATE).replace("modelName: model", "modelName: other");
    gated.adopt(&other);
    let mut ledger = gated.open();
    let mut names = |environment: &str, of: &Digests| {
        let found = ledger.governing(of, &label(environment), time(NOW + 60)).unwrap();
        let names = found.iter().map(|one| {
            assert_eq!(one.adopted.policy().name, one.decision.as_ref().unwrap().name);
            one.adopted.policy().name.to_string()
        });
        names.collect::<Vec<_>>()
    };
    assert_eq!(names(PRODUCTION, &subject()), ["p"]);
    assert_eq!(names("staging", &subject()), ["p", "q"]);
    assert_eq!(names(PRODUCTION, &Digests::of(b"nobody recorded it")), [""; 0]);
}

#[test]
fn where_no_policy_is_in_force_nothing_is_decided() {
    let mut gated = Gated::bare();
    let none = |gated: &Gated, wanted: &str| match gated.try_decide() {
        Err(LedgerError::Decision(DecisionError::NotInForce { why, .. })) => {
            assert!(why.contains(wanted), "{why}");
        }
        other => panic!("{other:?}"),
    };
    none(&gated, "there is none");
    gated.adopt(&policy("p", &format!("mode: retired\n{ACCURATE}")));
    none(&gated, "govern");
    gated.adopt(&policy("p", &format!("environments: [staging]\n{ACCURATE}")));
    none(&gated, "does not govern production");
    let founding = Governed::unfounded(&[]);
    let ask = gated.ask();
    let nothing = founding.open().decide(&ask, time(NOW + 60));
    assert!(matches!(nothing, Err(LedgerError::Decision(_))), "{nothing:?}");
}

/// J-52, J-54: what an exception waives is waived in every reader's report, and told for ever.
#[test]
fn a_waiver_lets_pass_once_it_is_agreed_on_and_is_told() {
    let mut gated = Gated::asking(&format!("{ACCURATE}\nexceptions: {{maxDuration: 30d}}"));
    gated.tell(vec![metric("0.5").into()]);
    let exception = gated.exception(&["Metric"], 86_400);
    let at = gated.except(ANA, exception, false);
    assert_eq!(gated.decide().outcome, GateOutcome::Deny);
    let asked = gated.open().log().unwrap().entry(at).unwrap();
    let votes = gated.agree([BEN, DORA], Signed::decode(&asked).unwrap().leaf());
    gated.log(votes).unwrap();
    let decision = gated.decide();
    assert_eq!((decision.outcome, decision.results[1].waived), (GateOutcome::Pass, Some(at)));
    assert_eq!(gated.mirror().open().decide(&gated.ask(), time(NOW + 60)).unwrap(), decision);
    let decided = gated.record();
    gated.deploy();
    let verdict = gated.verify();
    good(&verdict);
    assert_eq!(verdict.exceptions, 1);
    let told = [format!("exception of entry {at}"), format!("decision of entry {decided}")];
    for object in &told {
        assert!(notes(&verdict).contains(&("LG3201", object)), "{object}: {:?}", verdict.notes);
    }
}
