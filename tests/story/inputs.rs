//! What can be recorded, each kind with everything that it can say.

use serde_json::{Value, json};

pub const PURPOSES: [&str; 8] = [
    "training",
    "inference",
    "explainability",
    "fairness-audit",
    "drift-monitoring",
    "adversarial-testing",
    "reporting",
    "evidence-storage",
];

/// Each kind with all its properties, and those whose absence is an error.
pub fn inputs() -> Vec<(Value, Vec<&'static str>)> {
    vec![
        (
            json!({"kind": "dataset", "path": "data", "name": "loans", "version": "1",
                "license": "CC-BY-4.0", "source": "https://bank.example/loans",
                "claim": ["croissant:sha256=00ff"], "no_commit": true}),
            vec!["kind", "path"],
        ),
        (
            json!({"kind": "model", "path": "model.bin", "name": "credit", "version": "1.3",
                "license": "MIT", "source": "https://bank.example/credit", "format_name": "onnx",
                "claim": ["mlflow:md5=00ff"], "commit": "HEAD", "no_commit": false}),
            vec!["kind", "path"],
        ),
        (
            json!({"kind": "metric", "model": "model.bin", "name": "auc", "value": "0.91",
                "dataset": ["data"], "source": "r.json#/auc", "tool": "sklearn@1.9",
                "slice": ["sex=female"], "attribute": "sex", "unit": "1", "method": "trapezoid",
                "seed": "42", "samples": 891, "from": "2026-01-01",
                "until": "2026-02-01T00:00:00+01:00", "definition": "2"}),
            vec!["kind", "model", "name", "tool", "from", "until"],
        ),
        (
            json!({"kind": "cost", "subject": "model.bin", "amount": "1.62400000000",
                "currency": "USD", "purpose": "training", "from": "2024-09-27T15:00:00Z",
                "until": "2024-09-27T16:00:00Z", "source": "r.json", "measure": "BilledCost",
                "class": "Usage", "provider": "AWS", "service": "EC2", "quantity": "1=Hours"}),
            vec!["kind", "subject", "amount", "currency", "purpose", "from", "until"],
        ),
        (
            json!({"kind": "document", "path": "r.json", "name": "report", "type": "report",
                "about": ["model.bin"]}),
            vec!["kind", "path", "type"],
        ),
        (
            json!({"kind": "run", "name": "train", "input": ["training-data=data"],
                "output": ["model=model.bin"], "commit": "HEAD", "no_commit": false,
                "tool": "mlflow@3.17.2", "from": "2026-01-01", "until": "2026-01-02",
                "parameters": "r.json"}),
            vec!["kind", "name", "output", "from", "until"],
        ),
        (
            json!({"kind": "deployment", "subject": "model.bin", "environment": "production",
                "target": "cluster 7", "decision": "0"}),
            vec!["kind", "subject", "environment"],
        ),
        (
            json!({"kind": "budget", "name": "audits", "limit": "2000.50", "currency": "EUR",
                "measure": "BilledCost", "every": "quarter", "from": "2026-01-01",
                "until": "2027-01-01", "model": "model.bin", "activity": "fairness-audit",
                "team": "risk", "account": "cloud", "threshold": ["50", "1000"]}),
            vec!["kind", "name", "limit", "currency", "from", "until"],
        ),
        (
            json!({"kind": "benefit", "subject": "model.bin", "amount": "12000", "currency": "EUR",
                "method": "complaints avoided", "from": "2026-01-01", "until": "2027-01-01",
                "activity": "fairness-audit", "report": "r.json"}),
            vec!["kind", "subject", "amount", "currency", "method", "from", "until"],
        ),
        (
            json!({"kind": "correction", "entry": "0", "reason": "a reason",
                "replacement": "1"}),
            vec!["kind", "entry", "reason"],
        ),
    ]
}

/// Single statements that differ from good ones in one thing, and whether they are good.
pub fn changes() -> Vec<(Value, bool)> {
    let with = |kind: &str, changes: Value| {
        let mut full = inputs().into_iter().find(|(full, _)| full["kind"] == kind).unwrap().0;
        for (name, value) in changes.as_object().unwrap() {
            full[name] = value.clone();
        }
        full
    };
    let dataset = |changes| with("dataset", changes);
    let model = |changes| with("model", changes);
    let metric = |changes| with("metric", changes);
    let cost = |changes| with("cost", changes);
    let run = |changes| with("run", changes);
    let mut changes = vec![
        (dataset(json!({"commit": "HEAD"})), false),
        (dataset(json!({"format_name": "csv"})), false),
        (dataset(json!({"commit": null, "format_name": null})), true),
        (dataset(json!({"no_commit": false})), true),
        (dataset(json!({"name": "a\u{1b}[31m"})), false),
        (dataset(json!({"name": "a\u{202e}b"})), false),
        (dataset(json!({"name": " a"})), false),
        (dataset(json!({"name": "a\u{a0}"})), false),
        (dataset(json!({"name": "x".repeat(257)})), false),
        (dataset(json!({"name": "x".repeat(256)})), true),
        (dataset(json!({"source": "x".repeat(1025)})), false),
        (dataset(json!({"name": "\u{e9}t\u{e9} \u{6a21}\u{578b}"})), true),
        (dataset(json!({"claim": ["mlflow"]})), false),
        (dataset(json!({"claim": ["mlflow:md5"]})), false),
        (dataset(json!({"claim": [":md5=0"]})), false),
        (dataset(json!({"claim": ["a:b:c=d=e", "f:g=h"]})), true),
        (model(json!({"no_commit": true})), false),
        (model(json!({"no_commit": true, "commit": null})), true),
        (metric(json!({"value": null, "source": null})), false),
        (metric(json!({"value": null, "source": "r.json"})), false),
        (metric(json!({"value": null})), true),
        (metric(json!({"source": "r.json"})), true),
        (metric(json!({"from": null, "until": null})), true),
        (metric(json!({"from": null})), false),
        (metric(json!({"value": "91e-2", "source": null})), true),
        (metric(json!({"value": "0,91"})), false),
        (metric(json!({"value": ".91", "source": null})), false),
        (metric(json!({"value": "NaN", "source": null})), true),
        (metric(json!({"value": "-Infinity", "source": null})), true),
        (metric(json!({"value": "none", "source": null})), false),
        (metric(json!({"samples": -1})), false),
        (metric(json!({"samples": "891"})), false),
        (metric(json!({"samples": 0})), true),
        (metric(json!({"tool": "sklearn"})), true),
        (metric(json!({"tool": "sk@learn@1.9"})), true),
        (metric(json!({"tool": "sklearn@"})), false),
        (metric(json!({"tool": "@1.9"})), false),
        (metric(json!({"slice": ["sex"]})), false),
        (metric(json!({"slice": ["=female"]})), false),
        (metric(json!({"slice": ["sex="]})), false),
        (metric(json!({"slice": ["sex=female", "age=30=40"]})), true),
        (cost(json!({"currency": "usd"})), false),
        (cost(json!({"currency": "DOLLAR"})), false),
        (cost(json!({"purpose": "leisure"})), false),
        (cost(json!({"amount": "-1"})), true),
        (cost(json!({"amount": "+1"})), false),
        (cost(json!({"amount": "1 USD"})), false),
        (cost(json!({"from": "yesterday"})), false),
        (cost(json!({"quantity": "Hours"})), false),
        (cost(json!({"quantity": "1="})), false),
        (run(json!({"output": ["model.bin"]})), false),
        (run(json!({"output": ["=model.bin"]})), false),
        (run(json!({"no_commit": true})), false),
        (run(json!({"no_commit": true, "commit": null})), true),
        (run(json!({"until": null})), false),
        (run(json!({"from": null, "until": null})), true),
        (with("deployment", json!({"decision": "model.bin"})), false),
        (with("deployment", json!({"environment": " "})), false),
        (with("budget", json!({"threshold": ["0"]})), false),
        (with("budget", json!({"threshold": ["1001"]})), false),
        (with("budget", json!({"replaces": "0"})), true),
        (with("budget", json!({"replaces": null})), true),
        (with("budget", json!({"replaces": 0})), false),
        (with("budget", json!({"limit": "-1"})), false),
        (with("benefit", json!({"amount": "-1"})), false),
        (with("benefit", json!({"activity": "leisure"})), false),
        (with("correction", json!({"entry": "model.bin"})), false),
        (with("correction", json!({"entry": 0})), false),
    ];
    for measure in ["BilledCost", "EffectiveCost", "ListCost", "ContractedCost"] {
        changes.push((with("budget", json!({ "measure": measure })), true));
    }
    for every in ["month", "quarter", "year", "once"] {
        changes.push((with("budget", json!({ "every": every })), true));
    }
    changes.extend(PURPOSES.map(|purpose| (cost(json!({ "purpose": purpose })), true)));
    changes
}

/// The same as options of the command line.
pub fn as_options(full: &Value) -> Vec<String> {
    let mut options = vec![full["kind"].as_str().unwrap().to_owned()];
    for (name, value) in full.as_object().unwrap() {
        let flag = format!("--{}", name.replace('_', "-"));
        match (name.as_str(), value) {
            ("subject", value) if full["kind"] == "deployment" => {
                options.push(value.as_str().unwrap().to_owned());
            }
            ("kind", _) | (_, Value::Bool(false)) => {}
            ("path" | "entry", value) => options.push(value.as_str().unwrap().to_owned()),
            (_, Value::Bool(true)) => options.push(flag),
            (_, Value::Array(values)) => {
                for value in values {
                    options.extend([flag.clone(), value.as_str().unwrap().to_owned()]);
                }
            }
            (_, Value::String(value)) => options.extend([flag, value.clone()]),
            (_, value) => options.extend([flag, value.to_string()]),
        }
    }
    options
}
