//! A large ledger, in which every answer is the one that a verifier computes; and decisions as large
//! as an entry can be, and larger.

use std::sync::Arc;

use ledgit_core::digest::Digests;
use ledgit_core::gate::{Gate, Moment, make_decision};
use ledgit_core::replay::{Audit, Examined, Remembered};
use ledgit_core::statement::*;
use ledgit_store::git::{EvidenceIndex, Repository};
use ledgit_store::ledger::*;

use crate::support::gated::*;
use crate::support::governed::*;
use crate::support::*;

const ASKS: &str = "\
requirements:
  - {type: Metric, metric: auc, min: 0.9, aggregate: latest}
  - {type: Document, document: model-card, format: PDF}
  - {type: Lineage, roles: [training-data]}
  - {type: Statement, kind: metric, by: [ci-train], min: 2}
  - {type: Budget, ceiling: 60, currency: EUR}
approvalWorkflow: {minApprovals: 1}";

const CARD: &[u8] = b"%PDF-1.7 card";

/// Numbers that look random and are the same every time.
struct Draw(u64);

impl Draw {
    fn below(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }
}

fn name(number: u64) -> String {
    format!("subject {number}")
}

fn digests(number: u64) -> Digests {
    Digests::of(name(number).as_bytes())
}

/// Something about one of the subjects.
fn statement(draw: &mut Draw, subjects: u64) -> Body {
    let (about, other) = (digests(draw.below(subjects)), draw.below(subjects));
    let text = format!("0.{}", 880 + draw.below(400));
    match draw.below(12) {
        0..2 => {
            let named = if draw.below(8) == 0 { "else" } else { "model" };
            Model { digests: about, ..model(named) }.into()
        }
        2..6 => {
            let seed = (draw.below(3) > 0).then(|| label(&draw.below(1 << 40).to_string()));
            let text = text.trim_end_matches('0');
            Metric { subject: about, seed, ..metric(text) }.into()
        }
        6 => {
            let media = if draw.below(4) == 0 { "text/html" } else { "application/pdf" };
            let about = [about, digests(other)].into_iter().collect();
            Document { about, ..paper("model-card", file(CARD, media)) }.into()
        }
        7..9 => {
            let outputs = [Part { role: label("model"), digests: about }];
            let inputs = format!("data {}", draw.below(400));
            Run { outputs: outputs.into_iter().collect(), ..run_from(&inputs) }.into()
        }
        9 => dataset(&format!("data {}", draw.below(400))).into(),
        _ => Cost { subject: about, ..cost(&(draw.below(40) + 1).to_string()) }.into(),
    }
}

fn approval(gated: &mut Gated, about: Digests, by: &str, verdict: Verdict) -> Signed {
    let authority = gated.authority();
    let adopted = authority.policy(&label("p")).unwrap();
    let approval = Approval {
        policy: Some(adopted.document.digests),
        environment: Some(label(PRODUCTION)),
        ..ballot(ApprovalSubject::Artifact(about), verdict)
    };
    gated.say(by, approval)
}

fn ask(number: u64) -> Ask {
    Ask { subject: digests(number), policy: label("p"), environment: label(PRODUCTION) }
}

fn decisions(
    gated: &Gated,
    indexing: Indexing,
    subjects: u64,
    step: usize,
) -> Vec<(u64, Decision)> {
    let memory = gated.memory().indexing(indexing);
    let mut ledger = Ledger::open(gated.path(), memory).unwrap();
    let now = time(gated.now + 60);
    let mut decide = |number| (number, ledger.decide(&ask(number), now).unwrap());
    (0..subjects).step_by(step).map(&mut decide).collect()
}

/// What a verifier, who reads every entry from the first one on, computes for each subject.
fn computed(gated: &Gated, subjects: u64) -> Vec<Decision> {
    let repository = Repository::discover(gated.path()).unwrap();
    let documents = EvidenceIndex::open(&repository).unwrap();
    let mut notes = Vec::new();
    for commit in git(gated.path(), &["rev-list", "--reverse", LOG_REF]).lines() {
        let note = git(gated.path(), &["show", &format!("{commit}:checkpoint")]) + "\n";
        let size: u64 = note.lines().nth(1).unwrap().parse().unwrap();
        notes.push((size, note));
    }
    let mut audit = Audit::new(Remembered::default(), programs());
    let mut notes = notes.into_iter();
    let mut next = notes.next();
    let ledger = gated.open();
    let each = |_, entry: Vec<u8>| {
        let mut examined = Examined::of(&entry, &audit.replay().keys());
        if let Some(wanted) = examined.wants() {
            examined.document = documents.find(&repository, &wanted.sha256).unwrap();
        }
        audit.entry(examined);
        if let Some((_, note)) = next.take_if(|(size, _)| *size == audit.replay().size()) {
            audit.checkpoint(note.as_bytes());
            next = notes.next();
        }
        Ok::<_, LedgerError>(())
    };
    ledger.log().unwrap().each(0, each).unwrap();
    audit.settle();
    assert_eq!(audit.replay().findings(), []);
    let authority = audit.replay().authority().unwrap();
    let clock = audit.replay().clock().max(Some(time(gated.now + 60)));
    let budgets = audit.replay().accounts().all_budgets();
    let moment = Moment::new(audit.replay().size() + 1, authority, budgets, clock);
    let adopted = Arc::clone(moment.policy(&label("p")).unwrap());
    let environment = label(PRODUCTION);
    let decide = |number| {
        let (book, subject) = (audit.book(), digests(number));
        let (moment, adopted, environment) = (&moment, &adopted, &environment);
        let gate = Gate { book, moment, adopted, subject: &subject, environment };
        make_decision(&gate, programs().as_ref()).unwrap()
    };
    (0..subjects).map(decide).collect()
}

/// Statements in one checkpoint, some approved, some corrected.
fn go_on(gated: &mut Gated, draw: &mut Draw, count: u64, subjects: u64) {
    let bodies = (0..count).map(|_| statement(draw, subjects));
    let mut said: Vec<_> = bodies.map(|body| gated.say(CI, body)).collect();
    let wrong = said[draw.below(count) as usize].leaf();
    for _ in 0..count / 20 {
        let about = digests(draw.below(subjects));
        let verdict = if draw.below(6) == 0 { Verdict::Reject } else { Verdict::Approve };
        let by = [BEN, CLEO, DORA][draw.below(3) as usize];
        said.push(approval(gated, about, by, verdict));
    }
    gated.log_with(said, batch(&[CARD])).unwrap();
    gated.correct(wrong);
}

#[test]
fn in_a_large_ledger_every_answer_is_the_one_that_a_verifier_computes() {
    let long = std::env::var_os("LEDGIT_LONG").is_some();
    let (entries, subjects) = if long { (20_000, 400) } else { (2_000, 200) };
    let mut draw = Draw(0x9e37_79b9_7f4a_7c15);
    let mut gated = Gated::asking(ASKS);
    while gated.size() < entries {
        let count = 20 + draw.below(400);
        go_on(&mut gated, &mut draw, count, subjects);
    }
    let expected = computed(&gated, subjects);
    let reasons: std::collections::BTreeSet<_> =
        expected.iter().flat_map(|one| &one.results).map(|one| one.reason).collect();
    assert!(reasons.len() > 10, "{reasons:?}");
    assert!(reasons.contains(&Some(Reason::OtherSubject)) || long, "{reasons:?}");
    // With an index, and for some of them with none and with one that is there already.
    let default = Indexing::default();
    for (indexing, step) in [(default, 1), (Indexing::NEVER, 9), (default, 9)] {
        for (number, found) in decisions(&gated, indexing, subjects, step) {
            assert_eq!(found, expected[number as usize], "{number}, {indexing:?}");
        }
    }
    // The sequencer finds the same, and so does `verify`.
    let denied = expected.iter().filter(|one| one.outcome == GateOutcome::Deny).count() as u64;
    let signed = expected.into_iter().map(|decision| gated.sign(decision)).collect();
    gated.log(signed).unwrap();
    let verdict = gated.verify();
    good(&verdict);
    assert_eq!(verdict.decisions, (subjects, denied));
    assert_eq!(verdict.evidence.mismatch, 0);
}

/// A label as long as one can be.
fn long(start: &str) -> String {
    format!("{start}{}", "x".repeat(256 - start.len()))
}

/// As many requirements as a policy can have, each with an id as long as one can be.
fn widest(requirement: impl Fn(String) -> String) -> String {
    let one = |number: u64| {
        format!(
            "  - {{id: {}, {}}}\n",
            long(&format!("r{number}-")),
            requirement(number.to_string())
        )
    };
    format!("requirements:\n{}", (0..64).map(one).collect::<String>())
}

#[test]
fn a_decision_with_as_many_results_and_entries_as_there_may_be_is_recorded() {
    let rest = widest(|_| "type: Statement, kind: metric, by: [ci-train], min: 8".to_owned());
    let mut gated = Gated::asking(&rest);
    let seeded = |seed: u64| Metric { seed: Some(label(&seed.to_string())), ..metric("0.9") };
    gated.tell((0..40).map(|seed| seeded(seed).into()).collect());
    let decision = gated.decide();
    assert_eq!((decision.results.len(), decision.outcome), (65, GateOutcome::Pass));
    assert!(decision.results[1..].iter().all(|one| one.entries.len() == 8));
    let at = gated.record();
    let entry = gated.open().log().unwrap().entry(at).unwrap();
    assert!(entry.len() > 20_000, "{}", entry.len());
    good(&gated.verify());
}

/// A report can be longer than an entry: then it can be shown and not recorded, and is refused as
/// what it is, before anything is signed.
#[test]
fn a_decision_that_no_entry_can_hold_is_refused_with_a_reason() {
    let (attribute, slice, value) = (long("attribute"), long("slice"), long("value"));
    let rest = widest(|number| {
        format!("type: Metric, metric: auc, min: 1.{number}, slices: {{{slice}: [{value}]}}")
    });
    let mut gated = Gated::asking(&rest);
    let part = SlicePart { value: label(&value), attribute: label(&slice) };
    let metric = Metric {
        attribute: Some(label(&attribute)),
        slice: [part].into_iter().collect(),
        ..metric("0.5")
    };
    // One about all rows, too, as E-20 asks.
    gated.tell(vec![metric.into(), self::metric("0.6").into()]);
    let decision = gated.decide();
    assert_eq!(decision.outcome, GateOutcome::Deny);
    assert!(decision.results[1..].iter().all(|one| one.reason == Some(Reason::PastLimit)));
    let envelope = gated.say(CI, model("x")).statement().envelope.clone();
    let refused = Statement { envelope, body: decision.into() }.prepare().unwrap_err();
    let told = LedgerError::from(refused).to_string();
    assert!(told.contains("65535"), "{told}");
    // The ledger goes on, and the policy can be changed.
    gated.adopt(&policy("p", "requirements: [{type: Statement, kind: metric, by: [ci-train]}]"));
    gated.record();
    good(&gated.verify());
}
