//! What evidence says inside: formats and numbers (R-13, R-14), and whether a decision's evidence is
//! at hand.

use std::fs;

use ledgit_core::digest::Digests;
use ledgit_core::statement::*;
use ledgit_store::git::EvidenceBatch;
use ledgit_store::ledger::*;

use crate::support::gated::*;
use crate::support::governed::*;
use crate::support::*;

const PDF: &str = "application/pdf";
const JSON: &str = "application/json";

fn found(verdict: &Verification) -> Vec<(&str, &str)> {
    verdict.findings.iter().map(|one| (one.code, &*one.object)).collect()
}

/// Logs statements with their evidence, and says what `verify` finds at the first one.
#[track_caller]
fn finds(
    gated: &mut Gated,
    bodies: Vec<Body>,
    evidence: EvidenceBatch,
    codes: &[&str],
) -> Verification {
    let verdict = gated.aside(|gated| {
        gated.tell_with(bodies, evidence);
        gated.verify()
    });
    let told: Vec<_> = found(&verdict).into_iter().map(|(code, _)| code).collect();
    assert_eq!(told, codes, "{:?}", verdict.findings);
    assert!(verdict.undecided.is_empty(), "{:?}", verdict.undecided);
    verdict
}

fn sealed(bytes: &[u8], media: &str) -> Evidence {
    let encryption = Some(Encryption { alg: 3, key: [7; 16] });
    Evidence { encryption, ..file(bytes, media) }
}

#[test]
fn evidence_stated_as_pdf_begins_as_one() {
    let mut gated = Gated::bare();
    for (bytes, codes) in [
        (&b"%PDF-1.7\n"[..], &[][..]),
        (b"%PDF-", &[]),
        (b"%PDF", &["LG1504"]),
        (b"%pdf-1.7", &["LG1504"]),
        (b" %PDF-1.7", &["LG1504"]),
        (b"\xef\xbb\xbf%PDF-1.7", &["LG1504"]),
        (b"<html>", &["LG1504"]),
        (b"", &["LG1504"]),
    ] {
        let said = paper("model-card", file(bytes, PDF));
        finds(&mut gated, vec![said.into()], batch(&[bytes]), codes);
        let other = paper("model-card", file(bytes, "text/html"));
        finds(&mut gated, vec![other.into()], batch(&[bytes]), &[]);
        let closed = paper("model-card", sealed(bytes, PDF));
        finds(&mut gated, vec![closed.into()], batch(&[bytes]), &[]);
    }
}

/// The same bytes may be stated honestly before: each statement is held against them.
#[test]
fn bytes_that_were_stated_otherwise_before_are_looked_at_again() {
    let mut gated = Gated::bare();
    let bytes = b"no pdf";
    let honest = || paper("model-card", file(bytes, "text/plain"));
    let closed = || paper("model-card", sealed(bytes, PDF));
    let lie = || paper("model-card", file(bytes, PDF));
    let said = vec![honest().into(), closed().into(), lie().into()];
    let verdict = finds(&mut gated, said, batch(&[bytes]), &["LG1504"]);
    // The roster's document is the other one.
    assert_eq!(verdict.evidence.verified, 2);
    // Not again for each that lies alike: it is the bytes that are reported.
    let said = vec![lie().into(), honest().into(), Document { name: label("b"), ..lie() }.into()];
    finds(&mut gated, said, batch(&[bytes]), &["LG1504"]);
    let metric = read_from("0.9", "/auc", file(bytes, PDF));
    finds(&mut gated, vec![metric.into()], batch(&[bytes]), &["LG1504"]);
    let metric = read_from("0.9", "/auc", file(bytes, PDF));
    finds(&mut gated, vec![honest().into(), metric.into()], batch(&[bytes]), &["LG1504"]);
}

const REPORT: &[u8] = br#"{"auc": 0.95, "text": "0.950", "long": 0.950, "e": 9.5e-1, "E": 95E-2,
 "zero": -0, "nan": "NaN", "null": null, "yes": true, "deep": {"a/b": [1, {"m~n": 0.95}]},
 "": 7, "large": 123456789012345678901234567890.12345678, "list": [0.95]}"#;

/// A17: what the source writes is the text, to the digit.
#[test]
fn a17_a_metric_says_what_its_source_says() {
    let mut gated = Gated::bare();
    for (text, pointer) in [
        ("0.95", "/auc"),
        ("0.950", "/text"),
        ("0.950", "/long"),
        ("0.95", "/deep/a~1b/1/m~0n"),
        ("1", "/deep/a~1b/0"),
        ("7", "/"),
        ("123456789012345678901234567890.12345678", "/large"),
        ("0.95", "/list/0"),
    ] {
        let metric = read_from(text, pointer, file(REPORT, JSON));
        finds(&mut gated, vec![metric.into()], batch(&[REPORT]), &[]);
    }
    let nan = Metric { value: None, text: label("NaN"), ..metric("1") };
    let source = Some(Source { pointer: Some(label("/nan")), document: file(REPORT, JSON) });
    finds(&mut gated, vec![Metric { source, ..nan }.into()], batch(&[REPORT]), &[]);
}

/// A16: the number was edited on its way into the log.
#[test]
fn a16_a_metric_that_says_otherwise_than_its_source_is_named() {
    let mut gated = Gated::bare();
    for (text, pointer) in [
        ("0.96", "/auc"),
        ("0.950", "/auc"),
        ("0.95", "/text"),
        ("0.95", "/long"),
        ("0.95", "/nothing"),
        ("0.95", "auc"),
        ("0.95", "/null"),
        ("1", "/yes"),
        ("0.95", "/deep"),
        ("0.95", "/list"),
        ("0.95", "/list/00"),
        ("0.95", "/list/-"),
        ("0.95", "/list/1"),
        ("0.95", "/AUC"),
        ("0", "/zero"),
    ] {
        let metric = read_from(text, pointer, file(REPORT, JSON));
        finds(&mut gated, vec![metric.into()], batch(&[REPORT]), &["LG1505"]);
    }
    for report in [&b"auc: 0.95"[..], b"", b"{\"auc\": 0.95", b"{\"auc\": 0.95} x", b"\xff", b"NaN"]
    {
        let metric = read_from("0.95", "/auc", file(report, JSON));
        finds(&mut gated, vec![metric.into()], batch(&[report]), &["LG1505"]);
    }
    let deep = "[".repeat(100_000);
    let metric = read_from("0.95", "/0", file(deep.as_bytes(), JSON));
    finds(&mut gated, vec![metric.into()], batch(&[deep.as_bytes()]), &["LG1505"]);
}

#[test]
fn what_can_not_be_looked_up_is_left_alone() {
    let mut gated = Gated::bare();
    let whole =
        |document| Metric { source: Some(Source { pointer: None, document }), ..metric("0.5") };
    for metric in [
        read_from("0.5", "/auc", sealed(REPORT, JSON)),
        read_from("0.5", "/auc", file(REPORT, "text/plain")),
        whole(file(REPORT, JSON)),
    ] {
        finds(&mut gated, vec![metric.into()], batch(&[REPORT]), &[]);
    }
    // The same bytes and place, stated as what can be looked up.
    let said = vec![
        read_from("0.5", "/auc", file(REPORT, "text/plain")).into(),
        read_from("0.5", "/auc", sealed(REPORT, JSON)).into(),
        read_from("0.5", "/auc", file(REPORT, JSON)).into(),
    ];
    finds(&mut gated, said, batch(&[REPORT]), &["LG1505"]);
}

#[test]
fn of_many_metrics_from_two_reports_each_one_that_is_wrong_is_named() {
    let list = |from: u64| {
        format!("[{}]", (from..from + 200).map(|n| n.to_string()).collect::<Vec<_>>().join(","))
    };
    let (one, other) = (list(0), list(1_000));
    let mut gated = Gated::bare();
    let mut said: Vec<Body> = Vec::new();
    for number in 0..200_u64 {
        let wrong = u64::from(number % 67 == 5);
        for (from, report) in [(0, &one), (1_000, &other)] {
            let text = (from + number + wrong).to_string();
            let source = file(report.as_bytes(), JSON);
            let metric = read_from(&text, &format!("/{number}"), source);
            said.push(Metric { seed: Some(label(&format!("{from} {number}"))), ..metric }.into());
        }
    }
    let first = gated.tell_with(said, batch(&[one.as_bytes(), other.as_bytes()]));
    let verdict = gated.verify();
    let wrong = (0..200).filter(|number| number % 67 == 5);
    let wrong = wrong.flat_map(|number| [2 * number, 2 * number + 1]).map(|at| first + at);
    let wrong: Vec<_> = wrong.map(|at| ("LG1505", format!("metric of entry {at}"))).collect();
    let told: Vec<_> = found(&verdict).into_iter().map(|(c, o)| (c, o.to_owned())).collect();
    assert_eq!(told, wrong);
    assert_eq!(verdict.evidence.verified, 3);
}

/// Whoever holds the log key writes no number past `verify` either.
#[test]
fn a_forged_metric_and_a_forged_document_are_named() {
    let mut gated = Gated::asking(ACCURATE);
    gated.store(batch(&[REPORT, b"no pdf"]));
    let metric = gated.say(CI, read_from("0.99", "/auc", file(REPORT, JSON)));
    let paper = gated.say(CI, paper("model-card", file(b"no pdf", PDF)));
    let at = gated.force(forge::bytes(&[metric, paper]));
    let verdict = gated.verify();
    let objects = [format!("metric of entry {at}"), format!("evidence of entry {}", at + 1)];
    assert_eq!(found(&verdict), [("LG1505", &*objects[0]), ("LG1504", &*objects[1])]);
}

#[test]
fn without_evidence_in_scope_nothing_is_said_of_it() {
    let mut gated = Gated::bare();
    let metric = read_from("0.99", "/auc", file(REPORT, JSON));
    gated.tell_with(vec![metric.into()], batch(&[REPORT]));
    let repository = ledgit_store::git::Repository::discover(gated.path()).unwrap();
    let scope = Scope { evidence: false, ..Scope::default() };
    good(&verify(&repository, &gated.memory(), Trust::FirstUse, scope).unwrap());
}

/// A model that passes by a metric from a report and a card, and the refs of both.
fn resting(metric: Metric, card: &[u8], evidence: EvidenceBatch) -> (Gated, u64) {
    let card_too = "  - {type: Document, document: model-card}";
    let asks = format!("requirements:\n  - {{type: Metric, metric: auc, min: 0.9}}\n{card_too}");
    let mut gated = Gated::asking(&asks);
    let card = paper("model-card", file(card, PDF));
    let at = gated.tell_with(vec![metric.into(), card.into()], evidence);
    assert_eq!(gated.decide().outcome, GateOutcome::Pass);
    (gated, at)
}

fn held(gated: &Gated) -> Vec<(u64, Held)> {
    gated.open().held(&gated.decide()).unwrap()
}

#[test]
fn what_a_decision_rests_on_is_at_hand_missing_or_something_else() {
    let honest = || read_from("0.95", "/auc", file(REPORT, JSON));
    let (gated, at) = resting(honest(), b"%PDF-1", batch(&[REPORT, b"%PDF-1"]));
    assert_eq!(held(&gated), [(at, Held::Verified), (at + 1, Held::Verified)]);
    let (gated, at) = resting(honest(), b"no pdf", batch(&[REPORT]));
    assert_eq!(held(&gated), [(at, Held::Verified), (at + 1, Held::Missing)]);
    let (gated, at) = resting(honest(), b"no pdf", batch(&[b"no pdf"]));
    assert_eq!(held(&gated), [(at, Held::Missing), (at + 1, Held::OtherFormat)]);
    let edited = read_from("0.99", "/auc", file(REPORT, JSON));
    let (gated, at) = resting(edited, b"%PDF-1", batch(&[REPORT, b"%PDF-1"]));
    assert_eq!(held(&gated), [(at, Held::OtherNumber), (at + 1, Held::Verified)]);
}

/// Other bytes stand under the name of a report.
#[test]
fn a_report_that_was_replaced_is_a_mismatch_for_gate_and_verifier() {
    let honest = read_from("0.95", "/auc", file(REPORT, JSON));
    let (gated, at) = resting(honest, b"%PDF-1", batch(&[b"%PDF-1"]));
    fs::write(gated.path().join("other"), "{\"auc\": 0.95}").unwrap();
    let blob = git(gated.path(), &["hash-object", "-w", "other"]);
    let name = Digests::of(REPORT).sha256.hex();
    let tree = gated.mktree(&format!("100644 blob {blob}\t{name}\n"));
    let commit = git(gated.path(), &["commit-tree", &tree, "-m", "other"]);
    let refs = format!("refs/ledgit/evidence/{}", "0".repeat(64));
    git(gated.path(), &["update-ref", &refs, &commit]);
    assert_eq!(held(&gated), [(at, Held::Mismatch), (at + 1, Held::Verified)]);
    assert_eq!(codes(&gated.verify()), ["LG1501"]);
}

/// What is not met rests on no evidence that must be at hand, and neither does what states none.
#[test]
fn only_evidence_of_what_is_met_must_be_at_hand() {
    let mut gated = Gated::asking(ACCURATE);
    gated.tell(vec![read_from("0.5", "/auc", file(REPORT, JSON)).into()]);
    assert_eq!(gated.decide().outcome, GateOutcome::Deny);
    assert_eq!(held(&gated), []);
    let mut gated = Gated::asking(ACCURATE);
    gated.tell(vec![metric("0.95").into()]);
    assert_eq!(held(&gated), []);
}
