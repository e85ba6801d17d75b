//! One statement of each kind, with every field in use.

#![allow(dead_code)] // each test file uses its part

use ed25519_dalek::{Signer as _, SigningKey};
use ledgit_core::digest::{Digests, LeafHash, LedgerId, Oms, RootHash, Sha256};
use ledgit_core::signature::PublicKey;
use ledgit_core::statement::*;
use ledgit_core::time::{Period, Timestamp};

pub const LEDGER: LedgerId = LedgerId([0x4c; 32]);

pub fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

pub fn public(seed: u8) -> PublicKey {
    PublicKey::from_bytes(key(seed).verifying_key().as_bytes()).unwrap()
}

pub fn text<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

pub fn time(seconds: u64) -> Timestamp {
    Timestamp::from_seconds(seconds).unwrap()
}

fn period() -> Period {
    Period::new(time(1_700_000_000), time(1_700_086_400)).unwrap()
}

pub fn digests(content: &str) -> Digests {
    Digests::of(content.as_bytes())
}

pub fn evidence(content: &str) -> Evidence {
    Evidence::of(content.as_bytes(), text("text/plain"))
}

pub fn anchor() -> Anchor {
    Anchor {
        commit: CommitId::new(&[0xc0; 20]).unwrap(),
        format: ObjectFormat::Sha1,
        repository: [7; 16],
        submodules: Set::default(),
        tree_sha256: Some(Sha256([0x7e; 32])),
        commit_sha256: Sha256([0xcc; 32]),
    }
}

pub fn genesis() -> Genesis {
    let principal = |id, kind, seeds: &[u8]| Principal {
        id: text(id),
        kind,
        keys: seeds.iter().map(|seed| Key(public(*seed))).collect(),
    };
    Genesis {
        skew: 3_600,
        nonce: *b"\x01\x23\x45\x67\x89\xab\xcd\xef\x01\x23\x45\x67\x89\xab\xcd\xef",
        origin: text("bank.example/credit-01234567"),
        roster: Roster {
            threshold: 2,
            principals: [
                principal("ana@bank.example", PrincipalKind::Person, &[2, 3]),
                principal("ben@bank.example", PrincipalKind::Person, &[4]),
                principal("ci-train", PrincipalKind::Service, &[5]),
            ]
            .into_iter()
            .collect(),
        },
        log_key: Key(public(1)),
        authority: Authority { id: [9; 16], kind: AuthorityKind::Repository },
        continues: Some(Continues { root: RootHash([1; 32]), size: 12, ledger: LedgerId([2; 32]) }),
    }
}

pub fn dataset() -> Dataset {
    Dataset {
        name: text("titanic"),
        bytes: 8_400,
        files: 3,
        claims: [Claim {
            by: text("croissant"),
            name: text("md5"),
            value: text("900150983cd24fb0d6963f7d28e17f72"),
            document: Some(Sha256([3; 32])),
        }]
        .into_iter()
        .collect(),
        source: Some(text("https://data.example/titanic")),
        digests: Digests { oms: Some(Oms([4; 32])), ..digests("dataset") },
        license: Some(text("CC0-1.0")),
        version: Some(text("2026-11")),
        manifest: Some(evidence("manifest")),
    }
}

pub fn model() -> Model {
    Model {
        name: text("credit"),
        bytes: 5,
        files: 1,
        anchor: Some(anchor()),
        claims: Set::default(),
        format: Some(text("pickle")),
        source: None,
        digests: digests("model"),
        license: None,
        version: Some(text("1.3")),
        manifest: None,
    }
}

pub fn metric() -> Metric {
    Metric {
        name: text("demographic_parity_difference"),
        seed: Some(text("42")),
        text: text("-0.05000"),
        tool: Tool { name: text("fairlearn"), version: Some(text("0.12.0")) },
        unit: None,
        slice: [SlicePart { value: text("F"), attribute: text("sex") }].into_iter().collect(),
        value: Some(text("-0.05")),
        method: Some(text("between_groups")),
        source: Some(Source { document: evidence("report"), pointer: Some(text("/metrics/0")) }),
        window: Some(period()),
        samples: Some(891),
        subject: digests("model"),
        datasets: [digests("dataset"), digests("another")].into_iter().collect(),
        attribute: Some(text("sex")),
        definition: Some(text("1")),
    }
}

pub fn approval() -> Approval {
    Approval {
        role: Some(text("risk")),
        policy: Some(digests("policy")),
        reason: Some(evidence("reason")),
        expires: Some(time(1_800_000_000)),
        subject: ApprovalSubject::Artifact(digests("model")),
        verdict: Verdict::Approve,
        evidence: [LeafHash([6; 32]), LeafHash([5; 32])].into_iter().collect(),
        environment: Some(text("production")),
    }
}

pub fn cost() -> Cost {
    Cost {
        text: text("20.52022672899"),
        class: Some(text("Usage")),
        amount: text("20.52022672899"),
        period: period(),
        source: Some(Source { document: evidence("focus"), pointer: None }),
        measure: Some(text("BilledCost")),
        purpose: Purpose::FairnessAudit,
        service: Some(text("Compute")),
        subject: digests("model"),
        currency: text("EUR"),
        provider: Some(text("cloud.example")),
        quantity: Some(Quantity { unit: text("Hours"), value: text("1.5") }),
    }
}

pub fn document() -> Document {
    Document {
        name: text("model card"),
        sort: text("model-card"),
        about: [digests("model")].into_iter().collect(),
        document: evidence("card"),
    }
}

pub fn run() -> Run {
    let part = |role, content| Part { role: text(role), digests: digests(content) };
    Run {
        name: text("train"),
        tool: Some(Tool { name: text("sklearn"), version: None }),
        anchor: Some(anchor()),
        inputs: [part("training-data", "dataset")].into_iter().collect(),
        period: Some(period()),
        outputs: [part("model", "model")].into_iter().collect(),
        parameters: Some(evidence("parameters")),
    }
}

pub fn correction() -> Correction {
    Correction {
        reason: evidence("typo"),
        corrects: LeafHash([8; 32]),
        replacement: Some(LeafHash([9; 32])),
    }
}

pub fn proposal() -> Proposal {
    Proposal { change: Change::Roster(evidence("roster")), replaces: LeafHash([7; 32]) }
}

pub fn new_log_key() -> Proposal {
    let change = Change::LogKey(NewLogKey { key: Key(public(6)), proof: [0x70; 64] });
    Proposal { change, ..proposal() }
}

/// An authority of each sort.
pub fn places() -> [AuthorityPlace; 3] {
    let urls = |all: &[&str]| all.iter().map(|one| text(one)).collect();
    let remote = ["git@git.bank.example:ledger.git", "https://git.bank.example/ledger.git"];
    [
        AuthorityPlace::Repository(RepositoryPlace { id: [0x1d; 16] }),
        AuthorityPlace::Remote(RemotePlace { urls: urls(&remote) }),
        AuthorityPlace::Service(ServicePlace {
            id: [0x5e; 16],
            urls: urls(&["https://ledger.bank.example"]),
        }),
    ]
}

pub fn new_place(place: AuthorityPlace) -> Proposal {
    Proposal { change: Change::Authority(place), ..proposal() }
}

pub fn new_policy() -> Proposal {
    let path = Some(text("policies/credit.yaml"));
    let change = Change::Policy(NewPolicy { path, document: evidence("policy") });
    Proposal { change, ..proposal() }
}

pub fn decision() -> Decision {
    let met = GateResult {
        id: text("modelName"),
        what: None,
        value: None,
        reason: None,
        waived: None,
        entries: [4, 300].into_iter().collect(),
        verdict: RequirementVerdict::Met,
    };
    let past = GateResult {
        id: text("BiasDetection"),
        what: Some(text("sex")),
        value: Some(text("0.8918034095899708")),
        reason: Some(Reason::PastLimit),
        waived: Some(7),
        entries: [5].into_iter().collect(),
        verdict: RequirementVerdict::NotMet,
    };
    Decision {
        mode: GateMode::Enforce,
        name: text("high-risk-model-policy"),
        risk: RiskLevel::High,
        engine: text("ledgit-gate/1"),
        policy: digests("policy"),
        adopted: LeafHash([7; 32]),
        outcome: GateOutcome::Pass,
        results: vec![met, past],
        subject: digests("model"),
        environment: text("production"),
    }
}

pub fn exception() -> Exception {
    Exception {
        ends: time(1_700_086_400),
        sort: ExceptionSort::Waiver,
        reason: evidence("reason"),
        waives: [text("BiasDetection")].into_iter().collect(),
        adopted: LeafHash([7; 32]),
        subject: digests("model"),
        environment: text("production"),
    }
}

pub fn deployment() -> Deployment {
    Deployment {
        target: Some(text("k8s://eu-1/credit")),
        subject: digests("model"),
        decision: Some(LeafHash([8; 32])),
        environment: text("production"),
    }
}

pub fn erasure() -> Erasure {
    let Evidence { size, blake3, sha256, .. } = evidence("card");
    Erasure {
        size,
        rules: [Hold { id: text("ai-act-18-1"), until: time(2_015_625_600) }].into_iter().collect(),
        table: text("retention/1"),
        blake3,
        ground: text("gdpr-17-1-a"),
        reason: Some(evidence("request")),
        sha256,
        authoriser: text("ben@bank.example"),
    }
}

pub fn bill() -> Bill {
    let total = |measure, amount: &str, rows| Total {
        rows,
        amount: text(amount),
        measure,
        currency: text("USD"),
    };
    let stored = evidence("charges");
    Bill {
        file: digests("charges"),
        root: RootHash([0xb1; 32]),
        rows: 1_000,
        bytes: stored.size,
        format: BillFormat::Focus,
        period: Period::new(time(1_725_148_800), time(1_727_740_800)).unwrap(),
        stored: Some(stored),
        totals: [
            total(Measure::Billed, "20.52022672899", 1_000),
            total(Measure::Effective, "14.97651418586", 999),
        ]
        .into_iter()
        .collect(),
        account: text("cloud"),
        version: Some(text("1.0")),
        readings: [Reading { rule: text("null-text"), count: 8_973 }].into_iter().collect(),
        replaces: None,
    }
}

pub fn allocation() -> Allocation {
    let share = |measure, allocated: &str, unallocated: &str| Share {
        measure,
        currency: text("USD"),
        allocated: text(allocated),
        unallocated: text(unallocated),
    };
    Allocation {
        bill: LeafHash([0xb2; 32]),
        rules: LeafHash([0xb3; 32]),
        engine: text("ledgit-allocation/1"),
        report: evidence("lines"),
        totals: [
            share(Measure::Billed, "20.5", "0.02022672899"),
            share(Measure::Effective, "15", "-0.02348581414"),
        ]
        .into_iter()
        .collect(),
    }
}

pub fn budget() -> Budget {
    Budget {
        name: text("fairness"),
        every: Every::Month,
        limit: text("2000"),
        scope: BudgetScope {
            team: Some(text("risk")),
            model: Some(digests("model").sha256),
            account: None,
            activity: Some(Purpose::FairnessAudit),
        },
        period: period(),
        measure: Measure::Effective,
        currency: text("EUR"),
        replaces: Some(LeafHash([0xb4; 32])),
        thresholds: [50, 80, 100].into_iter().collect(),
    }
}

pub fn benefit() -> Benefit {
    Benefit {
        amount: text("12000.5"),
        method: text("complaints avoided, at the mean cost of one in 2025"),
        period: period(),
        report: Some(evidence("savings")),
        subject: digests("model"),
        activity: Some(Purpose::FairnessAudit),
        currency: text("EUR"),
    }
}

/// Stored as ciphertext of age.
pub fn encrypted() -> Document {
    let encryption = Some(Encryption { alg: Encryption::AGE, key: [0xa9; 16] });
    Document { document: Evidence { encryption, ..evidence("ciphertext") }, ..document() }
}

pub fn bodies() -> Vec<Body> {
    vec![
        genesis().into(),
        TimeMark { time: time(1_700_000_000) }.into(),
        dataset().into(),
        model().into(),
        metric().into(),
        approval().into(),
        cost().into(),
        document().into(),
        run().into(),
        correction().into(),
        proposal().into(),
        decision().into(),
        exception().into(),
        deployment().into(),
        erasure().into(),
        bill().into(),
        allocation().into(),
        budget().into(),
        benefit().into(),
    ]
}

pub fn statement(body: Body) -> Statement {
    let by_log = matches!(body.kind(), Kind::Genesis | Kind::Time);
    let seed = if by_log { 1 } else { 2 };
    let iss = if by_log { "bank.example/credit-01234567" } else { "ana@bank.example" };
    let envelope = Envelope {
        alg: Alg::EdDsa,
        kid: public(seed).thumbprint(),
        iss: iss.into(),
        iat: time(1_700_000_000),
        aud: (body.kind() != Kind::Genesis).then_some(LEDGER),
        cti: b"run 7712/1".to_vec(),
        seen: (!by_log).then_some(Seen { size: 412, root: RootHash([0x5e; 32]) }),
        group: (!by_log).then_some(Group { id: [0x60; 16], index: 1, count: 3 }),
        prev: (!by_log).then_some(LeafHash([0x9e; 32])),
    };
    Statement { envelope, body }
}

pub fn seal(statement: &Statement) -> Signed {
    let unsigned =
        statement.prepare().unwrap_or_else(|e| panic!("{e}: {:?}", statement.body.kind()));
    let seed = if matches!(statement.body.kind(), Kind::Genesis | Kind::Time) { 1 } else { 2 };
    let signature = key(seed).sign(&unsigned.to_be_signed()).to_bytes();
    unsigned.seal(signature)
}

/// The SSH blob of 32 bytes that may be no key.
pub fn ssh_blob(bytes: &[u8; 32]) -> Vec<u8> {
    [b"\0\0\0\x0bssh-ed25519\0\0\0\x20".as_slice(), bytes].concat()
}

/// Keys that no strict verifier takes, each with the reason.
pub fn weak_keys() -> Vec<([u8; 32], &'static str)> {
    let ends = |first, middle, last| {
        let mut bytes = [middle; 32];
        (bytes[0], bytes[31]) = (first, last);
        bytes
    };
    let eighth = ledgit_core::digest::from_hex(
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    );
    let mut negated: [u8; 32] = eighth.clone().unwrap();
    negated[31] |= 0x80;
    vec![
        (ends(1, 0, 0), "small order"),
        (ends(0xec, 0xff, 0x7f), "small order"),
        (ends(0, 0, 0), "small order"),
        (ends(0, 0, 0x80), "small order"),
        (eighth.unwrap(), "small order"),
        (negated, "small order"),
        (ends(0xee, 0xff, 0x7f), "not canonically encoded"),
        (ends(0xed, 0xff, 0xff), "not canonically encoded"),
        (ends(2, 0, 0), "not a point"),
    ]
}
