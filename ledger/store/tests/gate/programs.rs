//! Policies with programs in a ledger (J-40, J-41, E-31).

use ledgit_core::digest::Digests;
use ledgit_core::gate::DecisionError;
use ledgit_core::statement::*;
use ledgit_store::ledger::*;

use crate::support::gated::*;
use crate::support::governed::*;
use crate::support::*;

/// A policy that asks one program.
fn asks(module: &str) -> String {
    let lines = module.lines().map(|line| format!("    {line}\n"));
    let module: String = lines.collect();
    format!("requirements:\n- type: Rego\n  module: |\n    package policy\n{module}")
}

#[test]
fn a_module_that_objects_denies_with_its_first_reason() {
    let mut gated = Gated::asking(&asks(
        "violations contains v if { some v in [\"no card\", \"late\", \"Zero\"] }\n\
         violations contains \"few\" if { count(input.metrics) < 2 }",
    ));
    let decision = gated.decide();
    let result = &decision.results[1];
    assert_eq!(decision.outcome, GateOutcome::Deny);
    assert_eq!(decision.engine.as_str(), "ledgit-gate/1 regorus/0.14.1");
    // In the order of their bytes, and all of them counted.
    assert_eq!(
        (result.reason, result.what.as_ref().unwrap().as_str()),
        (Some(Reason::Violation), "Zero")
    );
    assert_eq!(result.value.as_ref().unwrap().as_str(), "4");
    gated.record();
    let verdict = gated.verify();
    good(&verdict);
    assert_eq!(verdict.decisions, (1, 1));
}

#[test]
fn a_module_that_does_not_object_lets_pass_here_and_elsewhere() {
    let few = "violations contains \"few\" if { count(input.metrics) < 2 }";
    let mut gated = Gated::asking(&asks(few));
    gated.tell(vec![metric("0.95").into()]);
    assert_eq!(gated.decide().outcome, GateOutcome::Deny);
    let more = Metric { seed: Some(label("2")), ..metric("0.95") };
    gated.tell(vec![more.into()]);
    assert_eq!(gated.decide().outcome, GateOutcome::Pass);
    gated.record();
    good(&gated.verify());
    good(&gated.mirror().verify());
}

/// A forged report under such a policy says whatever its author likes.
fn forged(gated: &Gated) -> Decision {
    let adopted = gated.authority().policy(&label("p")).unwrap().clone();
    let met = |id: &str| GateResult {
        id: label(id),
        what: None,
        value: None,
        reason: None,
        waived: None,
        entries: Set::default(),
        verdict: RequirementVerdict::Met,
    };
    Decision {
        mode: GateMode::Enforce,
        name: label("p"),
        risk: RiskLevel::Limited,
        engine: label("ledgit-gate/1 regorus/0.14.1"),
        policy: adopted.document.digests,
        adopted: adopted.leaf,
        outcome: GateOutcome::Pass,
        results: vec![met("modelName"), met("Rego")],
        subject: subject(),
        environment: label(PRODUCTION),
    }
}

/// Programs that give no answer, and what is said of them.
const SILENT: [(&str, &str); 5] = [
    (
        "steps without end",
        "digits := [0,1,2,3,4,5,6,7,8,9]\n\
         violations contains \"x\" if { some a in digits; some b in digits; some c in digits\n  \
         some d in digits; some e in digits; some f in digits; some g in digits\n  \
         a + b + c + d + e + f + g == 100 }",
    ),
    ("what it can't take", "violations contains \"x\" if { to_number(input.environment) > 1 }"),
    ("no set of texts", "violations := count(input.models)"),
    ("a number among them", "violations contains count(input.models)"),
    (
        "a text without end",
        "violations contains v if { a := concat(\"\", [input.subject.sha256, input.subject.sha256])\n  \
         b := replace(a, \"\", a); c := replace(b, \"\", b); v := replace(c, \"\", c) }",
    ),
];

/// S10: what can't be evaluated neither passes nor breaks anything.
#[test]
fn s10_a_module_that_gives_no_answer_decides_nothing_and_violates_nothing() {
    for (why, module) in SILENT {
        let mut gated = Gated::asking(&asks(module));
        let said = undecided(gated.try_decide());
        println!("{why}: {said}");
        let mut ledger = gated.open();
        let ask = gated.ask();
        let all = ledger.governing(&ask.subject, &ask.environment, time(NOW + 60)).unwrap();
        assert!(matches!(&all[0].decision, Err(DecisionError::Undecided(_))), "{why}");
        let made_up = forged(&gated);
        let signed = gated.sign(made_up);
        let before = forge::contents(&gated);
        forge::refused(gated.log(vec![signed.clone()]), "LG4007");
        assert_eq!(forge::contents(&gated), before);
        let at = gated.force(forge::bytes(&[signed]));
        let verdict = gated.verify();
        assert_eq!(
            (verdict.answer(), codes(&verdict)),
            (Answer::Undecided, vec!["LG4007"]),
            "{why}"
        );
        assert_eq!(verdict.undecided[0].object, format!("entry {at}"), "{why}");
    }
}

/// A deployment on a decision that nobody can make again stays undecided, and is no breach of its own.
#[test]
fn a_forged_decision_under_an_objecting_module_is_refused_and_named() {
    let mut gated = Gated::asking(&asks("violations contains \"never\""));
    let made_up = forged(&gated);
    let signed = gated.sign(made_up);
    gated.refuses_and_names(&[signed], Default::default(), "LG1022");
}

/// J-32: what another engine decided is not judged, and never sequenced.
#[test]
fn a_decision_by_another_engine_is_refused_and_where_it_stands_undecided() {
    let mut gated = Gated::asking(&asks("violations contains \"never\""));
    let made_up = Decision { engine: label("ledgit-gate/1 regorus/9.9.9"), ..forged(&gated) };
    let signed = gated.sign(made_up);
    forge::refused(gated.log(vec![signed.clone()]), "LG1022");
    let at = gated.force(forge::bytes(&[signed]));
    let verdict = gated.verify();
    assert_eq!((verdict.answer(), codes(&verdict)), (Answer::Undecided, vec!["LG4009"]));
    assert_eq!(verdict.undecided[0].object, format!("entry {at}"));
}

/// A measurement in which every field that a program sees is in use.
fn full_metric() -> Metric {
    let part = |attribute: &str, value: &str| SlicePart {
        value: label(value),
        attribute: label(attribute),
    };
    Metric {
        unit: Some(label("ms")),
        slice: [part("sex", "female"), part("age", "old")].into_iter().collect(),
        method: Some(label("bootstrap")),
        samples: Some(u64::MAX - 1),
        datasets: [Digests::of(b"titanic"), Digests::of(b"other")].into_iter().collect(),
        attribute: Some(label("region")),
        definition: Some(label("2")),
        window: None,
        ..metric("-12345678901234567890.123456789012345678")
    }
}

fn not_a_number() -> Metric {
    Metric { text: label("NaN"), value: None, samples: None, seed: Some(label("1")), ..metric("1") }
}

/// What counts beside the model itself: each kind with its fields in use and without.
fn evidence() -> Vec<Body> {
    let anchor = Anchor {
        commit: CommitId::new(&[0xc0; 20]).unwrap(),
        format: ObjectFormat::Sha1,
        repository: [7; 16],
        submodules: Set::default(),
        tree_sha256: Some(ledgit_core::digest::Sha256([1; 32])),
        commit_sha256: ledgit_core::digest::Sha256([2; 32]),
    };
    let spent = Cost {
        measure: Some(label("BilledCost")),
        purpose: Purpose::FairnessAudit,
        ..cost("-0.50")
    };
    vec![
        Model { version: Some(label("1.3")), ..model("model") }.into(),
        full_metric().into(),
        not_a_number().into(),
        paper("model-card", file(b"card", "text/markdown")).into(),
        Run { anchor: Some(anchor), ..run_from("titanic") }.into(),
        Run { inputs: Set::default(), ..run_from("titanic") }.into(),
        spent.into(),
        cost("20").into(),
    ]
}

/// The input of J-41 for that: `@N` is the Nth of them, the rest in capitals what varies.
const EXPECTED: &str = r#"{
  "subject": {"sha256": "SUBJECT", "blake3": "BLAKE3"},
  "environment": "production",
  "policy": {"name": "p", "model": "model", "risk": "limited"},
  "time": CLOCK,
  "models": [
    {"entry": RECORDED, "by": "ci-train", "time": CLOCK, "name": "model", "version": null},
    {"entry": @0, "by": "ci-train", "time": CLOCK, "name": "model", "version": "1.3"}
  ],
  "metrics": [
    {"entry": @1, "by": "ci-train", "time": CLOCK, "name": "auc", "definition": "2",
     "value": "-12345678901234567890.123456789012345678", "unit": "ms", "attribute": "region",
     "slice": {"age": "old", "sex": "female"}, "method": "bootstrap",
     "samples": 18446744073709551614, "datasets": [DATASETS]},
    {"entry": @2, "by": "ci-train", "time": MEASURED, "name": "auc", "definition": null,
     "value": null, "unit": null, "attribute": null, "slice": {}, "method": null,
     "samples": null, "datasets": []}
  ],
  "documents": [
    {"entry": @3, "by": "ci-train", "time": CLOCK, "name": "paper", "type": "model-card",
     "media": "text/markdown", "sha256": "CARD"}
  ],
  "runs": [
    {"entry": @4, "by": "ci-train", "time": CLOCK, "name": "train",
     "inputs": [{"role": "training-data", "sha256": "TITANIC"}], "code": true},
    {"entry": @5, "by": "ci-train", "time": CLOCK, "name": "train", "inputs": [], "code": false}
  ],
  "costs": [
    {"entry": @6, "by": "ci-train", "time": CLOCK, "amount": "-0.5", "currency": "EUR",
     "purpose": "fairness-audit", "measure": "BilledCost"},
    {"entry": @7, "by": "ci-train", "time": CLOCK, "amount": "20", "currency": "EUR",
     "purpose": "training", "measure": null}
  ],
  "approvals": [
    {"entry": APPROVED, "by": "ben@bank.example", "time": CLOCK, "role": "risk"}
  ]
}"#;

/// Where the model, what is told of it first, and the approval that counts stand.
struct Places {
    recorded: u64,
    first: u64,
    approved: u64,
}

fn expected(places: &Places) -> String {
    let hex = |name: &str| Digests::of(name.as_bytes()).sha256.hex();
    // A set stands in the order of its encoding.
    let mut datasets = ["titanic", "other"];
    datasets.sort_by_key(|name| Digests::of(name.as_bytes()).blake3.0);
    let datasets = datasets.map(|name| format!("\"{}\"", hex(name))).join(", ");
    let mut text = EXPECTED.replace("DATASETS", &datasets);
    for place in 0..8 {
        text = text.replace(&format!("@{place}"), &(places.first + place).to_string());
    }
    for (name, value) in [
        ("SUBJECT", subject().sha256.hex()),
        ("BLAKE3", subject().blake3.hex()),
        ("TITANIC", hex("titanic")),
        ("CARD", hex("card")),
        ("CLOCK", (NOW + 60).to_string()),
        ("MEASURED", NOW.to_string()),
        ("RECORDED", places.recorded.to_string()),
        ("APPROVED", places.approved.to_string()),
    ] {
        text = text.replace(name, &value);
    }
    text
}

/// A module that objects to each field that is not what is expected, and to each beside them.
fn insisting(input: &str) -> String {
    format!(
        "expected := {input}\n\
         same(key, value) if input[key] == value\n\
         violations contains key if {{ some key, value in expected; not same(key, value) }}\n\
         violations contains key if {{ some key, _ in input; not key in object.keys(expected) }}"
    )
}

/// A ledger in which a program is asked about all that counts, and about much that does not: what
/// is corrected, an approval for elsewhere, a dataset, another model's number.
fn told(module: &str) -> (Gated, Places) {
    let mut gated = Gated::bare();
    let recorded = gated.size() - 1;
    gated.adopt(&policy("p", &asks(module)));
    let wrong = gated.say(CI, metric("0.3"));
    let leaf = wrong.leaf();
    let first = gated.tell_with(evidence(), batch(&[b"card"]));
    gated.log(vec![wrong]).unwrap();
    gated.correct(leaf);
    let adopted = gated.authority().policy(&label("p")).unwrap().document.digests;
    let approval = |environment: &str| Approval {
        role: Some(label("risk")),
        policy: Some(adopted),
        environment: Some(label(environment)),
        ..ballot(ApprovalSubject::Artifact(subject()), Verdict::Approve)
    };
    let yes = [gated.say(ANA, approval("staging")), gated.say(BEN, approval(PRODUCTION))];
    let approved = gated.log(yes.to_vec()).unwrap().positions[1];
    let elsewhere = Metric { subject: Digests::of(b"other"), ..metric("0.1") };
    gated.tell(vec![dataset("titanic").into(), elsewhere.into()]);
    (gated, Places { recorded, first, approved })
}

/// J-41, field by field: a module that knows what it must be told.
#[test]
fn a_program_is_told_what_the_specification_says_and_nothing_else() {
    // Where things stand does not depend on what the module says.
    let (_, places) = told("violations := []");
    let right = expected(&places);
    let (mut gated, _) = told(&insisting(&right));
    let decision = gated.decide();
    let result = &decision.results[1];
    assert_eq!(decision.outcome, GateOutcome::Pass, "{result:?}\n{right}");
    gated.record();
    let verdict = gated.verify();
    // The code commit of a run is nowhere, which is not what is looked at here.
    assert_eq!(codes(&verdict), ["LG4004"]);
    assert_eq!((verdict.decisions, breaches(&verdict)), ((1, 0), vec![]));
    // It does insist.
    for (what, from, to) in [
        ("runs", "\"code\": true", "\"code\": false"),
        ("metrics", "18446744073709551614", "18446744073709551615"),
        ("costs", "\"measure\": null", "\"measure\": \"\""),
        ("time", "\"time\": 1700000060,\n  \"models\"", "\"time\": 1,\n  \"models\""),
        ("environment", "  \"environment\": \"production\",\n", ""),
    ] {
        let wrong = right.replace(from, to);
        assert_ne!(wrong, right, "{what}");
        let (gated, _) = told(&insisting(&wrong));
        let found = gated.decide().results[1].what.clone().unwrap();
        assert_eq!(found.as_str(), what);
    }
}
