//! What a ledger says of costs, exported as FOCUS by the binary and read by DuckDB (CV-35).

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use ledgit_core::decimal::Decimal;
use serde_json::Value;

use super::world::{Ran, World};
use super::{source, target, there};

const SAMPLE: &str = "../fixtures/ecosystem/focus/focus_sample_1.0_1000rows.csv";

/// A team for what runs, whose name is a trap for writers of CSV; nothing of the rest but storage.
const RULES: &str = r#"
apiVersion: policy.apexlogic.com/v1alpha1
kind: CostAllocation
metadata: {name: clouds}
spec:
  targets:
    serving: {activity: inference, team: 'say "yes", or =1+1'}
    training: {activity: training, team: growth}
  rules:
    - id: running, "quoted"
      when: {columns: {ServiceCategory: {equals: Compute}}}
      split: {weights: {serving: 2, training: 1}}
    - id: storage
      when: {columns: {ServiceCategory: {equals: Storage}}}
      to: {activity: evidence-storage, team: {tag: application}}
"#;

/// A ledger with the real sample, allocated, and costs beside it: a credit of more digits than
/// floating point has, and one in no measure.
fn spent() -> World {
    let world = World::founded(&[]);
    let key = world.key("ana");
    let signed = |arguments: &[&str]| {
        world.ledgit(&[arguments, &["--key", &key, "--format", "json"]].concat()).good().stdout
    };
    let approved = |entry: &str| {
        let ballot = ["approve", entry, "--key", &key];
        let asked = world.ledgit(&ballot).fails(2, "LG2051").stderr;
        let digest = asked.rsplit("--digest ").next().unwrap().trim();
        world.ledgit(&[&ballot[..], &["--digest", digest]].concat()).good();
    };
    approved("0");
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join(SAMPLE);
    signed(&["import", "focus", sample.to_str().unwrap(), "--account", "clouds"]);
    fs::write(world.path("repo/rules.yaml"), RULES).unwrap();
    let proposed: Value =
        serde_json::from_str(&signed(&["policy", "propose", "rules.yaml"])).unwrap();
    approved(&proposed["entry"].to_string());
    signed(&["cost", "allocate"]);
    for (amount, measure) in [("-1234567890123456789.0625", Some("BilledCost")), ("7.75", None)] {
        let cost = ["record", "cost", "--subject", "model.bin", "--purpose", "training"];
        let period = ["--from", "2026-01-01T00:00:00Z", "--until", "2026-02-01T00:00:00Z"];
        let amount = format!("--amount={amount}");
        let measure = measure.map_or(vec![], |measure| vec!["--measure", measure]);
        signed(&[&cost[..], &period, &[&amount, "--currency", "EUR"], &measure].concat());
    }
    world
}

fn sums(sums: [&str; 5]) -> [Decimal; 5] {
    sums.map(|sum| sum.parse().unwrap())
}

/// The four costs and `x_Amount`. Those of the sample are as Python's `decimal` adds them up.
fn expected() -> BTreeMap<String, [Decimal; 5]> {
    let sample = ["20.52022672899", "14.97651418586", "20.39090575119", "14.97626039326", "0"];
    let costs = ["-1234567890123456789.0625", "0", "0", "0", "7.75"];
    BTreeMap::from([("USD".to_owned(), sums(sample)), ("EUR".to_owned(), sums(costs))])
}

/// What DuckDB makes of a file: how many rows it has, and their sums by currency.
fn summed(python: &Path, file: &Path) -> (u64, BTreeMap<String, [Decimal; 5]>) {
    let mut command = Command::new(python);
    command.arg(source("charges.py")).arg(file);
    let ran = Ran::of(command.output().unwrap()).good();
    let told: BTreeMap<String, Value> = serde_json::from_str(&ran.stdout).unwrap();
    let columns = ["BilledCost", "EffectiveCost", "ListCost", "ContractedCost", "x_Amount"];
    let of = |of: &Value| columns.map(|column| of[column].as_str().unwrap().parse().unwrap());
    let rows = told.values().map(|of| of["rows"].as_u64().unwrap()).sum();
    (rows, told.iter().map(|(currency, sums)| (currency.clone(), of(sums))).collect())
}

/// Exports, and asks the ledger's own reader of FOCUS whether the file conforms.
fn exported(world: &World, name: &str, options: &[&str]) -> (PathBuf, u64) {
    let file = world.path(name);
    let path = file.display().to_string();
    let told = world.json(&[&["cost", "export", &path], options].concat());
    let judged = world.json(&["import", "focus", &path, "--check"]);
    assert_eq!((&judged["conforms"], &judged["rows"]), (&Value::Bool(true), &told["rows"]));
    (file, told["rows"].as_u64().unwrap())
}

#[test]
fn duckdb_gets_the_sums_of_the_view() {
    let test = "duckdb_gets_the_sums";
    let python = target().join("interop-python/bin/python");
    if !there(&python, "target/interop-python, which .ci/run makes", test) {
        return;
    }
    let world = spent();
    let (file, rows) = exported(&world, "costs.csv", &[]);
    assert_eq!(summed(&python, &file), (rows, expected()));
    // By the rows of the bill: some charges are of two teams.
    let (by_rows, many) = exported(&world, "rows.csv", &["--rows"]);
    assert!(many > 1_000, "{many}");
    assert_eq!(summed(&python, &by_rows), (many, expected()));
    // It can say no: one digit of one amount.
    let mut text = fs::read_to_string(&file).unwrap();
    let at = text.find(".0625,").unwrap() + 1;
    text.replace_range(at..=at, "1");
    fs::write(&file, text).unwrap();
    assert_ne!(summed(&python, &file), (rows, expected()));
}
