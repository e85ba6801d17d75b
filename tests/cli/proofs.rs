//! Proofs, checked by somebody who has no repository.

use std::fs;

use serde_json::{Value, json};

use crate::world::{LEDGIT, Ran, World};

#[test]
fn a_proof_is_checked_without_the_repository_and_a_changed_one_refused() {
    let world = World::founded(&[]);
    world.record("model.bin", &["--name", "credit"]).good();
    let out = world.path("proof").display().to_string();
    world.ledgit(&["prove", "credit", "--output", &out]).good();
    let vkey = world.json(&["status"])["vkey"].as_str().unwrap().to_owned();
    let model = world.path("repo/model.bin").display().to_string();
    let (signer, stranger) =
        (format!("{}.pub", world.key("ana")), format!("{}.pub", world.key("ben")));
    let check = |options: &[&str]| {
        let mut command = world.command(LEDGIT);
        command.current_dir(world.path("home")).args(["check", &out]).args(options);
        Ran::of(command.output().unwrap())
    };
    check(&["--vkey", &vkey, "--file", &model, "--signer", &signer]).good();
    check(&[]).fails(4, "LG4001");
    check(&["--vkey", "nonsense"]).fails(2, "LG2050");
    check(&["--vkey", &vkey, "--signer", &stranger]).fails(1, "LG1601");
    check(&["--vkey", &vkey, "--file", &out.replace("proof", "proof.cose")]).fails(1, "LG1602");
    for end in ["tlog-proof", "cose"] {
        let path = format!("{out}.{end}");
        let whole = fs::read(&path).unwrap();
        for at in (0..whole.len()).step_by(11) {
            let mut bytes = whole.clone();
            bytes[at] ^= 4;
            fs::write(&path, bytes).unwrap();
            check(&["--vkey", &vkey]).fails(1, "LG1601");
        }
        fs::write(&path, whole).unwrap();
    }
}

/// P-20: what a supplier or an auditor is given of a bill is one row, and nothing of the others.
#[test]
fn a_row_of_a_bill_is_checked_without_the_repository_and_a_changed_one_refused() {
    let world = World::founded(&[]);
    let key = world.key("ana");
    let month = "2026-09-01T00:00:00Z,2026-10-01T00:00:00Z";
    let row = |amount: &str, words: &str| format!("{amount},EUR,{month},{month},Usage,{words}\n");
    let file = "BilledCost,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,ChargeDescription\n".to_owned()
        + &row("10.25", "\"a, b\"")
        + &row("0.75", "\u{1b}[31m")
        + &row("-1", "");
    fs::write(world.path("repo/bill.csv"), file).unwrap();
    world.ledgit(&["import", "focus", "bill.csv", "--account", "a", "--key", &key]).good();
    world.record("model.bin", &["--name", "credit"]).good();
    let named = |name: &str| world.path(name).display().to_string();
    let row = world.json(&["cost", "row", "2"]);
    let header = world.json(&["cost", "row", "0"]);
    world.ledgit(&["prove", &row["entry"].to_string(), "--output", &named("bill")]).good();
    world.ledgit(&["prove", "credit", "--output", &named("model")]).good();
    let vkey = world.json(&["status"])["vkey"].as_str().unwrap().to_owned();
    let check = |of: &str, row: &[u8]| {
        fs::write(world.path("row.json"), row).unwrap();
        let mut command = world.command(LEDGIT);
        let arguments = ["check", &named(of), "--vkey", &vkey, "--row", &named("row.json")];
        Ran::of(command.current_dir(world.path("home")).args(arguments).output().unwrap())
    };
    let told = check("bill", row.to_string().as_bytes()).good().stdout;
    assert!(told.contains("row        2 of 3 in the bill: ok, and its header"), "{told}");
    assert!(told.contains("BilledCost  0.75") && !told.contains('\u{1b}'), "{told}");
    check("bill", header.to_string().as_bytes()).good();
    // Where the bill stands, and what its root is, the statement says.
    let elsewhere = [("entry", json!(1)), ("root", json!("x")), ("bill", json!(null))];
    for (part, other) in elsewhere {
        let changed = changed(&row, part, other);
        check("bill", changed.as_bytes()).good();
    }
    let path = row["path"].as_array().unwrap();
    let longer: Vec<_> = path.iter().chain(path.first()).collect();
    let cells = row["cells"].as_array().unwrap();
    for (part, other) in [
        ("cells", json!(["10.25"])),
        ("cells", json!(cells.iter().rev().collect::<Vec<_>>())),
        ("header", row["cells"].clone()),
        ("header_path", row["path"].clone()),
        ("path", row["header_path"].clone()),
        ("path", json!(longer)),
        ("path", json!(["x"])),
        ("row", json!(1)),
        ("rows", json!(4)),
        ("rows", json!(-1)),
        ("schema", json!("ledgit.bill-row/2")),
    ] {
        let changed = changed(&row, part, other);
        check("bill", changed.as_bytes()).fails(1, "LG1608");
    }
    for no_row in [&b""[..], b"{}", b"[]", &[b' '; (16 << 20) + 1]] {
        check("bill", no_row).fails(1, "LG1608");
    }
    check("model", row.to_string().as_bytes()).fails(2, "LG2050");
}

/// A document with something else in one place.
fn changed(document: &Value, part: &str, other: Value) -> String {
    let mut document = document.clone();
    document[part] = other;
    document.to_string()
}
