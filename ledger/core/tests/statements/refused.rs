//! Statements that are refused, one for each reason.

use std::collections::BTreeMap;

use ciborium::Value;
use ledgit_core::digest::RootHash;
use ledgit_core::statement::*;

use super::places;
use super::support::*;

/// A statement that is well made but for one thing, under the name of its reason.
fn changed(change: impl FnOnce(&mut Statement), body: Body) -> Vec<u8> {
    let mut statement = statement(body);
    change(&mut statement);
    assert!(statement.prepare().is_err());
    statement.encode_unchecked(&[0; 64])
}

/// Takes a good statement apart with the other library, changes it, and puts it together.
pub fn taken_apart(body: Body, change: impl FnOnce(&mut Parts)) -> Vec<u8> {
    let signed = seal(&statement(body));
    let value: Value = ciborium::from_reader(signed.bytes()).unwrap();
    let Value::Tag(18, outer) = value else { panic!() };
    let Value::Array(outer) = *outer else { panic!() };
    let inner = |at: usize| -> Vec<(Value, Value)> {
        let value: Value = ciborium::from_reader(outer[at].as_bytes().unwrap().as_slice()).unwrap();
        value.into_map().unwrap()
    };
    let mut parts = Parts { header: inner(0), payload: inner(2), tag: 18, outer };
    change(&mut parts);
    let bytes = |map: &Vec<(Value, Value)>| {
        let mut bytes = Vec::new();
        ciborium::into_writer(&Value::Map(map.clone()), &mut bytes).unwrap();
        Value::Bytes(bytes)
    };
    parts.outer[0] = bytes(&parts.header);
    if parts.outer[2].is_bytes() {
        parts.outer[2] = bytes(&parts.payload);
    }
    let mut out = Vec::new();
    let whole = Value::Tag(parts.tag, Box::new(Value::Array(parts.outer)));
    ciborium::into_writer(&whole, &mut out).unwrap();
    out
}

pub struct Parts {
    header: Vec<(Value, Value)>,
    payload: Vec<(Value, Value)>,
    tag: u64,
    outer: Vec<Value>,
}

impl Parts {
    pub fn field(&mut self, key: &str) -> &mut Value {
        let found = self.payload.iter_mut().find(|(name, _)| name.as_text() == Some(key));
        &mut found.unwrap().1
    }

    fn claims(&mut self) -> &mut Vec<(Value, Value)> {
        self.header[3].1.as_map_mut().unwrap()
    }
}

/// Name of the reason, bytes.
pub fn all() -> BTreeMap<&'static str, Vec<u8>> {
    let model = || Body::from(super::support::model());
    let good = seal(&statement(model())).bytes().to_vec();
    let text_value = |text: &str| Value::Text(text.into());
    let mut all = BTreeMap::new();
    let mut add = |name, bytes| assert!(all.insert(name, bytes).is_none(), "{name}");

    add("trailing-byte", [good.as_slice(), &[0]].concat());
    add("cut-short", good[..good.len() - 1].to_vec());
    add("untagged", good[1..].to_vec());
    add("other-tag", taken_apart(model(), |p| p.tag = 17));
    add("extra-element", taken_apart(model(), |p| p.outer.push(Value::Null)));
    add("nil-payload", taken_apart(model(), |p| p.outer[2] = Value::Null));
    add("short-signature", taken_apart(model(), |p| p.outer[3] = Value::Bytes(vec![0; 63])));
    add(
        "unprotected-header",
        taken_apart(model(), |p| p.outer[1] = Value::Map(vec![(4.into(), Value::Bytes(vec![1]))])),
    );
    add("algorithm-es256", taken_apart(model(), |p| p.header[0].1 = (-7).into()));
    add(
        "critical-header",
        taken_apart(model(), |p| {
            p.header.insert(1, (2.into(), Value::Array(vec![(-65_537).into()])));
        }),
    );
    add("unknown-header", taken_apart(model(), |p| p.header.push((text_value("x"), 1.into()))));
    add("missing-kid", taken_apart(model(), |p| drop(p.header.remove(2))));
    add("header-out-of-order", taken_apart(model(), |p| p.header.swap(2, 3)));
    add("header-twice", taken_apart(model(), |p| p.header[2].0 = 3.into()));
    for (name, media) in [
        ("unknown-kind", "application/vnd.ledgit.gift.v1+cbor"),
        ("unknown-version", "application/vnd.ledgit.model.v2+cbor"),
    ] {
        add(name, taken_apart(model(), |p| p.header[1].1 = text_value(media)));
    }
    add(
        "kind-of-another-payload",
        taken_apart(model(), |p| {
            p.header[1].1 = text_value("application/vnd.ledgit.dataset.v1+cbor");
        }),
    );
    add("issuer-in-capitals", taken_apart(model(), |p| p.claims()[0].1 = text_value("Ana")));
    add(
        "subject-of-something-else",
        taken_apart(model(), |p| {
            p.claims()[1].1 = text_value(&format!("sha256:{}", "0".repeat(64)));
        }),
    );
    add("audience-missing", taken_apart(model(), |p| p.claims()[2].1 = Value::Null));
    add(
        "audience-not-a-ledger",
        taken_apart(model(), |p| p.claims()[2].1 = text_value("ledgit:1")),
    );
    add(
        "audience-in-genesis",
        taken_apart(genesis().into(), |p| {
            p.claims()[2].1 = text_value(&LEDGER.audience());
        }),
    );
    add("time-as-text", taken_apart(model(), |p| p.claims()[3].1 = text_value("2026")));
    add(
        "time-past-the-largest",
        taken_apart(model(), |p| p.claims()[3].1 = 253_402_207_201_u64.into()),
    );
    add("idempotency-key-empty", changed(|s| s.envelope.cti.clear(), model()));
    add("idempotency-key-of-65-bytes", changed(|s| s.envelope.cti = vec![1; 65], model()));
    add("group-of-one", changed(|s| group(s, 0, 1), model()));
    add("group-index-outside", changed(|s| group(s, 3, 3), model()));
    add("group-too-large", changed(|s| group(s, 0, 1_025), model()));
    add(
        "seen-past-the-largest",
        changed(
            |s| s.envelope.seen = Some(Seen { size: 1 << 63, root: RootHash([0; 32]) }),
            model(),
        ),
    );
    add(
        "genesis-by-another-origin",
        changed(|s| s.envelope.iss = "bank.example/other-01234567".into(), genesis().into()),
    );
    add(
        "unknown-field",
        taken_apart(model(), |p| p.payload.push((text_value("manifestx"), 1.into()))),
    );
    add("missing-field", taken_apart(model(), |p| drop(p.payload.pop())));
    add("float", taken_apart(model(), |p| *p.field("bytes") = Value::Float(5.0)));
    add("label-with-escape", taken_apart(model(), |p| *p.field("name") = text_value("a\u{1b}[2J")));
    add("label-not-nfc", taken_apart(model(), |p| *p.field("name") = text_value("e\u{301}")));
    add("no-files", taken_apart(model(), |p| *p.field("files") = 0.into()));
    add("two-files-without-manifest", taken_apart(model(), |p| *p.field("files") = 2.into()));
    add(
        "anchor-of-another-length",
        changed(
            |s| {
                if let Body::Model(model) = &mut s.body {
                    model.anchor = Some(Anchor { format: ObjectFormat::Sha256, ..anchor() });
                }
            },
            model(),
        ),
    );
    add(
        "anchor-without-tree",
        changed(
            |s| {
                if let Body::Model(model) = &mut s.body {
                    model.anchor = Some(Anchor { tree_sha256: None, ..anchor() });
                }
            },
            model(),
        ),
    );
    add(
        "decimal-with-trailing-zero",
        taken_apart(metric().into(), |p| {
            *p.field("value") = text_value("-0.050");
        }),
    );
    for (name, body) in [("metric", Body::from(metric())), ("cost", cost().into())] {
        add(
            if name == "metric" {
                "metric-text-of-another-number"
            } else {
                "cost-text-of-another-number"
            },
            taken_apart(body, |p| *p.field("text") = text_value("0.06e0")),
        );
    }
    add(
        "decimal-with-exponent",
        taken_apart(metric().into(), |p| {
            *p.field("value") = text_value("1e3");
        }),
    );
    add(
        "set-out-of-order",
        taken_apart(metric().into(), |p| {
            p.field("datasets").as_array_mut().unwrap().reverse();
        }),
    );
    add(
        "set-with-one-twice",
        taken_apart(metric().into(), |p| {
            let set = p.field("datasets").as_array_mut().unwrap();
            set[1] = set[0].clone();
        }),
    );
    add(
        "slice-attribute-twice",
        taken_apart(metric().into(), |p| {
            let slice = p.field("slice").as_array_mut().unwrap();
            let mut other = slice[0].clone();
            other.as_map_mut().unwrap()[0].1 = text_value("M");
            slice.push(other);
        }),
    );
    add(
        "verdict-unknown",
        taken_apart(approval().into(), |p| *p.field("verdict") = text_value("maybe")),
    );
    add(
        "approval-of-nothing",
        taken_apart(approval().into(), |p| {
            *p.field("subject") = Value::Map(vec![]);
        }),
    );
    add(
        "currency-unknown",
        taken_apart(cost().into(), |p| *p.field("currency") = text_value("XXX")),
    );
    add(
        "purpose-unknown",
        taken_apart(cost().into(), |p| *p.field("purpose") = text_value("lunch")),
    );
    add(
        "period-empty",
        taken_apart(cost().into(), |p| {
            *p.field("period") = Value::Array(vec![5.into(), 5.into()]);
        }),
    );
    add(
        "run-without-output",
        taken_apart(run().into(), |p| *p.field("outputs") = Value::Array(vec![])),
    );
    add(
        "correction-by-itself",
        taken_apart(correction().into(), |p| {
            let corrects = p.field("corrects").clone();
            *p.field("replacement") = corrects;
        }),
    );
    add(
        "proposal-of-an-encrypted-roster",
        changed(
            |s| {
                if let Body::Proposal(proposal) = &mut s.body
                    && let Change::Roster(document) = &mut proposal.change
                {
                    document.encryption = Some(Encryption { alg: 3, key: [1; 16] });
                }
            },
            proposal().into(),
        ),
    );
    add(
        "proposal-of-an-unknown-change",
        taken_apart(proposal().into(), |p| {
            p.field("change").as_map_mut().unwrap()[0].0 = text_value("skew");
        }),
    );
    add(
        "proposal-of-nothing",
        taken_apart(proposal().into(), |p| p.field("change").as_map_mut().unwrap().clear()),
    );
    add(
        "proposal-of-a-weak-log-key",
        taken_apart(new_log_key().into(), |p| {
            let new = p.field("change").as_map_mut().unwrap()[0].1.as_map_mut().unwrap();
            let mut point = vec![0; 32];
            point[0] = 1;
            new[0].1.as_map_mut().unwrap()[1].1 = Value::Bytes(point);
        }),
    );
    places::refused(&mut add);
    add(
        "genesis-origin-without-nonce",
        taken_apart(genesis().into(), |p| {
            *p.field("nonce") = Value::Bytes(vec![0; 16]);
        }),
    );
    add("genesis-threshold-of-none", change_roster(|roster| roster.threshold = 0));
    add("genesis-threshold-past-the-persons", change_roster(|roster| roster.threshold = 3));
    add("genesis-without-principals", change_roster(|roster| roster.principals = Set::default()));
    add(
        "genesis-log-key-in-the-roster",
        taken_apart(genesis().into(), |p| {
            let map = p.field("log_key").as_map_mut().unwrap();
            map[1].1 = Value::Bytes(public(2).as_bytes().to_vec());
        }),
    );
    add(
        "genesis-small-order-key",
        taken_apart(genesis().into(), |p| {
            let mut point = vec![0; 32];
            point[0] = 1;
            p.field("log_key").as_map_mut().unwrap()[1].1 = Value::Bytes(point);
        }),
    );
    add(
        "erasure-of-its-own-reason",
        changed(
            |s| {
                if let Body::Erasure(erasure) = &mut s.body {
                    erasure.reason = Some(evidence("card"));
                }
            },
            erasure().into(),
        ),
    );
    add(
        "erasure-with-a-rule-twice",
        changed(
            |s| {
                if let Body::Erasure(erasure) = &mut s.body {
                    let hold = |until| Hold { id: text("ai-act-18-1"), until: time(until) };
                    erasure.rules = [hold(1), hold(2)].into_iter().collect();
                }
            },
            erasure().into(),
        ),
    );
    add(
        "erasure-by-nobody",
        taken_apart(erasure().into(), |p| *p.field("authoriser") = Value::Null),
    );
    add(
        "genesis-skew-past-the-limit",
        taken_apart(genesis().into(), |p| *p.field("skew") = 86_401.into()),
    );
    all
}

fn group(statement: &mut Statement, index: u64, count: u64) {
    statement.envelope.group = Some(Group { id: [1; 16], index, count });
}

fn change_roster(change: impl FnOnce(&mut Roster)) -> Vec<u8> {
    let mut body = genesis();
    change(&mut body.roster);
    changed(|_| (), body.into())
}
