//! Bills, whose they are, budgets and benefits.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::Story;
use crate::world::World;

const RULES: &str = "\
apiVersion: policy.apexlogic.com/v1alpha1
kind: CostAllocation
metadata: {name: ai-costs}
spec:
  rules:
    - id: audits
      when: {tags: {x_AiActivity: {equals: audit}}}
      to: {model: {name: credit}, activity: fairness-audit, team: {tag: team}}
";

const HEADER: [&str; 18] = [
    "ProviderName",
    "BillingAccountId",
    "BilledCost",
    "EffectiveCost",
    "ListCost",
    "ContractedCost",
    "BillingCurrency",
    "BillingPeriodStart",
    "BillingPeriodEnd",
    "ChargePeriodStart",
    "ChargePeriodEnd",
    "ChargeCategory",
    "ChargeClass",
    "CommitmentDiscountId",
    "CommitmentDiscountStatus",
    "Id",
    "Tags",
    "ChargeDescription",
];

/// A charge of September: whose, how much in each measure, class and tags.
fn row(provider: &str, account: &str, amounts: [&str; 4], class: &str, tags: &str) -> String {
    let (from, until) = ("2026-09-01T00:00:00Z", "2026-10-01T00:00:00Z");
    let amounts = amounts.join(",");
    format!(
        "{provider},{account},{amounts},EUR,{from},{until},{from},{until},Usage,{class},,Used,NULL,{tags},\n"
    )
}

const AUDIT: &str = r#""{""x_AiActivity"": ""audit"", ""team"": ""risk""}""#;

/// Where a shipped file is.
fn fixture(name: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/ecosystem");
    root.join(name).display().to_string()
}

/// A ledger whose costs are told.
struct Desk<'a> {
    story: &'a mut Story,
    world: World,
    key: String,
}

impl Story {
    /// A month of charges, restated and allocated; allocations of OpenCost; budgets and benefits.
    pub fn costing(&mut self) {
        let world = World::founded(&[]);
        let key = world.key("ana");
        self.vote(&world, &["approve", "0"], "ana");
        let mut desk = Desk { story: self, world, key };
        desk.signed(&["record", "model", "model.bin", "--name", "credit"]);
        desk.bills();
        desk.allocated();
        desk.budgets();
        desk.benefits();
        desk.exported();
        let Desk { story, world, .. } = desk;
        let verdict = story.good(&world, &["verify", "--trust-first-use"]);
        assert_eq!(verdict["findings"], Value::Array(Vec::new()), "{verdict:#}");
        // Those without a file were replaced.
        assert_eq!(verdict["bills"], json!({ "in_force": 3, "not_kept": 0 }), "{verdict:#}");
        for at in 0..world.size() {
            story.good(&world, &["show", &at.to_string()]);
        }
    }
}

impl Desk<'_> {
    #[track_caller]
    fn signed(&mut self, arguments: &[&str]) -> Value {
        let arguments = [arguments, &["--key", &self.key]].concat();
        self.story.good(&self.world, &arguments)
    }

    #[track_caller]
    fn good(&mut self, arguments: &[&str]) -> Value {
        self.story.good(&self.world, arguments)
    }

    #[track_caller]
    fn fails(&mut self, arguments: &[&str], exit: i32, code: &str) {
        let arguments = [arguments, &["--key", &self.key]].concat();
        self.story.fails(&self.world, &arguments, exit, code);
    }

    fn write(&self, name: &str, rows: &[String]) {
        let text = format!("{}\n{}", HEADER.join(","), rows.concat());
        fs::write(self.world.path("repo").join(name), text).unwrap();
    }

    fn bills(&mut self) {
        let one = |amount| row("Cloud", "1", [amount; 4], "", AUDIT);
        let back = row("Cloud", "1", ["-0.25", "", "", ""], "Correction", "");
        self.write("bill.csv", &[one("10.25"), back]);
        let import = ["import", "focus", "bill.csv"];
        self.signed(&[&import[..], &["--dry-run"]].concat());
        let first = self.signed(&import);
        assert_eq!(first["bill"]["account"], "Cloud:1");
        let first = first["recorded"]["positions"][0].to_string();
        // Again, it is nothing new.
        assert_eq!(self.signed(&import)["recorded"]["new"], false);
        // Restated: one measure more, one less.
        self.write("bill.csv", &[row("Cloud", "1", ["11", "10", "9", ""], "", AUDIT)]);
        self.fails(&import, 2, "LG2025");
        self.signed(&[&import[..], &["--replaces", &first]].concat());
        self.good(&["cost", "check", "bill.csv"]);
        self.proved(&["cost", "row", "1"], "BilledCost");
        self.good(&["cost", "row", "0", "--file", "bill.csv"]);
        // A difference that no decimal has.
        let large = "9".repeat(38);
        self.write("large.csv", &[row("", "1", [&format!("-{large}"), "", "", ""], "", "")]);
        let import = ["import", "focus", "large.csv", "--account", "large", "--no-store"];
        let before = self.signed(&import)["recorded"]["positions"][0].to_string();
        self.write("large.csv", &[row("Cloud", "", [&large, "1", "", ""], "", "")]);
        let changed = self.signed(&[&import[..], &["--replaces", &before]].concat());
        assert_eq!(changed["changes"][0]["difference"], Value::Null, "{changed:#}");
        self.write("less.csv", &[row("Cloud", "", ["1", "", "", ""], "", "")]);
        let after = changed["recorded"]["positions"][0].to_string();
        let instead = ["import", "focus", "less.csv", "--account", "large", "--replaces", &after];
        self.signed(&instead);
        let opencost = fixture("opencost/allocation-compute.json");
        let import = ["import", "opencost", &opencost, "--currency", "EUR", "--account", "k8s"];
        let bill = self.signed(&import)["recorded"]["positions"][0].to_string();
        self.proved(&["cost", "row", "1", "--bill", &bill], "opencost");
        let missing = ["cost", "row", "1000000", "--bill", &bill];
        self.story.fails(&self.world, &missing, 2, "LG2079");
        self.conformance();
    }

    /// A row, checked with the proof of the bill alone.
    fn proved(&mut self, ask: &[&str], column: &str) {
        let row = self.good(ask);
        let columns = row["header"].as_array().unwrap();
        let at = columns.iter().position(|name| name == column).unwrap();
        let vkey = self.good(&["status"])["vkey"].as_str().unwrap().to_owned();
        self.good(&["prove", &row["entry"].to_string(), "--output", "bill"]);
        let check = ["check", "bill", "--vkey", &vkey, "--row", "row.json"];
        fs::write(self.world.path("repo/row.json"), row.to_string()).unwrap();
        let said = self.good(&check);
        for part in ["row", "rows", "header", "cells"] {
            assert_eq!(said["row"][part], row[part], "{part}: {said:#}");
        }
        let mut changed = row;
        changed["cells"][at] = json!("1");
        fs::write(self.world.path("repo/row.json"), changed.to_string()).unwrap();
        self.story.fails(&self.world, &check, 1, "LG1608");
    }

    fn conformance(&mut self) {
        let sample = fixture("focus/focus_sample_1.0_1000rows.csv");
        let check = ["import", "focus", &sample, "--check"];
        let said = self.story.ends(&self.world, &check, 3);
        assert_eq!((&said["conforms"], &said["rows"]), (&false.into(), &1_000.into()));
        let check = ["import", "focus", "bill.csv", "--check"];
        self.story.ends(&self.world, &check, 3);
        self.fails(&["import", "focus", &sample, "--strict", "--account", "x"], 2, "LG2087");
        self.fails(&["import", "focus", &sample], 2, "LG2077");
        self.fails(&["import", "focus", "model.bin", "--account", "x"], 2, "LG2073");
    }

    fn allocated(&mut self) {
        let bills = self.good(&["cost", "bills"]);
        let bill = bills["bills"]
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["bill"]["account"] == "Cloud:1");
        let bill = bill.unwrap()["entry"].to_string();
        let allocate = ["cost", "allocate", "--bill", &bill];
        self.fails(&allocate, 2, "LG2086");
        self.fails(&["cost", "allocate"], 2, "LG2079");
        fs::write(self.world.path("repo/rules.yaml"), RULES).unwrap();
        let entry = self.signed(&["policy", "propose", "rules.yaml"])["entry"].to_string();
        self.story.vote(&self.world, &["approve", &entry], "ana");
        let listed = self.good(&["policy", "list"]);
        assert_eq!(listed["allocation_rules"][0]["name"], "ai-costs", "{listed:#}");
        self.signed(&[&allocate[..], &["--dry-run"]].concat());
        let made = self.signed(&allocate);
        let totals = &made["recorded"]["entries"][0]["statement"]["totals"];
        assert_eq!(totals[0]["unallocated"], "0", "{totals:#}");
        let bills = self.good(&["cost", "bills"]);
        assert!(bills["bills"].as_array().unwrap().iter().any(|one| one["allocation"].is_u64()));
    }

    fn budgets(&mut self) {
        let budget = ["record", "budget", "--name", "audits", "--limit", "2000"];
        let period = ["--currency", "EUR", "--from", "2026-01-01", "--until", "2027-01-01"];
        let scope = ["--model", "credit", "--activity", "fairness-audit", "--team", "risk"];
        let first = self.signed(&[&budget[..], &period, &scope].concat());
        let entry = first["positions"][0].to_string();
        for every in ["quarter", "year", "once", "month"] {
            let name = format!("of {every}");
            let other = ["record", "budget", "--name", &name, "--limit", "1"];
            let measure = ["--measure", "ContractedCost", "--account", "cloud", "--every", every];
            self.signed(&[&other[..], &period, &measure].concat());
        }
        let instead = ["--replaces", &entry, "--threshold", "90"];
        self.signed(&[&budget[..], &period, &instead].concat());
        self.fails(&[&budget[..], &period].concat(), 2, "LG2025");
    }

    fn benefits(&mut self) {
        let benefit = ["record", "benefit", "--subject", "credit", "--amount", "12000.5"];
        let how = ["--currency", "EUR", "--method", "complaints avoided"];
        let period = ["--from", "2026-01-01", "--until", "2027-01-01"];
        let benefit = [&benefit[..], &how, &period].concat();
        self.signed(&benefit);
        let grounds = ["--activity", "fairness-audit", "--report", "model.bin"];
        self.signed(&[&benefit[..], &grounds].concat());
    }

    /// The view as FOCUS; what its own reader says of it.
    fn exported(&mut self) {
        let cost = ["record", "cost", "--subject", "model.bin", "--amount", "3.5"];
        let period = ["--from", "2026-09-01T00:00:00Z", "--until", "2026-10-01T00:00:00Z"];
        let what = ["--purpose", "training", "--currency", "XCG"];
        let guilders = [&cost[..], &what, &period].concat();
        self.signed(&guilders);
        let told = self.good(&["cost", "export", "all.csv"]);
        assert_eq!(told["unlisted"], json!(["XCG"]));
        let check = ["import", "focus", "all.csv", "--check"];
        self.story.ends(&self.world, &check, 3);
        let euros = ["cost", "export", "euros.csv", "--currency", "EUR"];
        assert_ne!(self.good(&euros)["rows"], 0);
        let said = self.good(&["import", "focus", "euros.csv", "--check"]);
        assert_eq!(said["conforms"], true);
        let nowhere = ["cost", "export", "no/such/place.csv"];
        self.story.fails(&self.world, &nowhere, 2, "LG2060");
    }
}
