//! Decisions made again, beside the signatures of everything that they rest on.

use std::rc::Rc;

use ledgit_core::digest::{Digests, LeafHash};
use ledgit_core::statement::*;
use ledgit_store::git::EvidenceBatch;
use ledgit_store::ledger::{Ask, Submission};

use super::{Bench, Signatures, best, median, metric, print, time};

/// A policy that asks for seven numbers and an approval.
const POLICY: &str = "\
apiVersion: policy.apexlogic.com/v1alpha1
kind: ModelDeploymentPolicy
metadata: {name: numbers}
spec:
  modelName: credit
  riskLevel: limited
  requirements:
    - {type: Metric, metric: auc, min: 0.5, aggregate: worst}
    - {type: BiasDetection, metric: DemographicParity, maxDisparity: 0.05}
    - {type: DataDriftMonitoring, threshold: 0.1, datasets: 1}
  approvalWorkflow: {minApprovals: 1}
";

/// A metric of a model's release.
fn measured(subject: Digests, name: &str, attribute: Option<&str>, value: &str) -> Body {
    let datasets = [Digests::of(b"data")].into_iter().collect();
    let attribute = attribute.map(|name| name.parse().unwrap());
    Metric { datasets, attribute, ..metric(subject, name, value) }.into()
}

/// Everything that is said of one release before it is decided on: ten statements.
fn release(bench: &mut Bench, subject: Digests, policy: Digests) -> Vec<Signed> {
    let (ci, person) = (Rc::clone(&bench.ci), Rc::clone(&bench.person));
    let model = Model {
        name: "credit".parse().unwrap(),
        bytes: 5,
        files: 1,
        anchor: None,
        claims: Set::default(),
        format: None,
        source: None,
        digests: subject,
        license: None,
        version: None,
        manifest: None,
    };
    let mut bodies = vec![Body::from(model), measured(subject, "auc", None, "0.91")];
    for (attribute, value) in [("sex", "0.027867608895276896"), ("age", "0.04"), ("region", "0.05")]
    {
        bodies.push(measured(subject, "demographic_parity_difference", Some(attribute), value));
    }
    for (attribute, value) in
        [("fare", "0.01"), ("age", "0.02"), ("sex", "0.0004"), ("sibsp", "0.1")]
    {
        bodies.push(measured(subject, "psi", Some(attribute), value));
    }
    let mut said: Vec<_> =
        bodies.into_iter().map(|body| bench.said("ci-train", &ci, body)).collect();
    let approval = Approval {
        role: None,
        policy: Some(policy),
        reason: None,
        expires: None,
        subject: ApprovalSubject::Artifact(subject),
        verdict: Verdict::Approve,
        evidence: Set::default(),
        environment: Some("production".parse().unwrap()),
    };
    said.push(bench.said("ana@bank.example", &person, approval.into()));
    said
}

/// Decisions over ten statements each, made again beside the signatures alone.
pub fn deciding(decisions: u64) {
    let mut bench = Bench::new();
    bench.approve(LeafHash(bench.ledger.id().0));
    let policy = adopt(&mut bench);
    let (ci, ask) = (Rc::clone(&bench.ci), |subject| Ask {
        subject,
        policy: "numbers".parse().unwrap(),
        environment: "production".parse().unwrap(),
    });
    let subjects: Vec<_> = (0..decisions).map(|one| Digests::of(&one.to_be_bytes())).collect();
    for some in subjects.chunks(250) {
        for part in some.chunks(25) {
            let said = part.iter().flat_map(|subject| release(&mut bench, *subject, policy));
            let said = said.collect();
            bench.submit(said);
        }
        let mut said = Vec::new();
        for subject in some {
            let decision = bench.ledger.decide(&ask(*subject), time()).unwrap();
            assert_eq!(decision.outcome, GateOutcome::Pass, "{decision:?}");
            said.push(bench.said("ci-train", &ci, decision.into()));
        }
        bench.submit(said);
    }
    bench.keep();
    let found = bench.verify();
    assert_eq!((found.findings, found.undecided, found.breaches), (vec![], vec![], vec![]));
    assert_eq!(found.decisions, (decisions, 0));
    let signatures = Signatures::new();
    let (mut times, mut limits, mut ratios) = (vec![], vec![], vec![]);
    for _ in 0..3 {
        let before = signatures.per_second();
        let took = best(1, || drop(bench.verify()));
        let alone = (before + signatures.per_second()) / 2.0;
        let limit = found.entries as f64 / alone;
        times.push(took);
        limits.push(limit);
        ratios.push(took / limit);
    }
    print("decide", median(times), "s", median(limits), median(ratios));
}

/// Brings the policy into force, and gives its document's digests.
fn adopt(bench: &mut Bench) -> Digests {
    let document = POLICY.as_bytes().to_vec();
    let digests = Digests::of(&document);
    let said = Evidence::of(&document, "application/vnd.ledgit.policy+yaml".parse().unwrap());
    let change = Change::Policy(NewPolicy { path: None, document: said });
    let proposal = Proposal { change, replaces: LeafHash(bench.ledger.id().0) };
    let ci = Rc::clone(&bench.ci);
    let proposal = bench.said("ci-train", &ci, proposal.into());
    let (leaf, mut evidence) = (proposal.leaf(), EvidenceBatch::default());
    evidence.add(document);
    let submission = Submission { statements: vec![proposal], evidence, ..Submission::default() };
    bench.submit_with(submission);
    bench.approve(leaf);
    digests
}
