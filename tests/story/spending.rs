//! Costs that are looked at: reports, unit costs, budgets, alerts, absences, returns, advice.

use std::fs;

use serde_json::{Value, json};

use super::Story;
use super::policies::policy;
use crate::world::World;

/// Months of 2026 in which something was spent, and how much.
type Months<'a> = &'a [(&'a str, u32)];

/// A ledger whose costs are looked at.
struct Desk<'a> {
    story: &'a mut Story,
    world: World,
    key: String,
}

const WANTS: &str = "  riskLevel: limited
  environments: [production]
  requirements:
    - {type: Metric, metric: parity, max: 1, attributes: [sex], maxAge: 30d}
    - {type: Metric, metric: psi, max: 1, maxAge: 7d}
    - {type: Document, document: model-card, maxAge: 90d}
    - {type: Budget, ceiling: 9000, currency: EUR, purposes: [fairness-audit, training]}
";

impl Story {
    /// Costs of a year, and everything that can be asked of them.
    pub fn spending(&mut self) {
        let world = World::founded(&[]);
        let key = world.key("ana");
        self.vote(&world, &["approve", "0"], "ana");
        let mut desk = Desk { story: self, world, key };
        desk.signed(&["record", "model", "model.bin", "--name", "credit", "--version", "1"]);
        desk.nothing();
        desk.wanted();
        let first = desk.spent();
        desk.reports();
        desk.units();
        desk.alerts(first);
        desk.bills();
        desk.budgets();
        desk.returns();
        desk.advice();
        desk.absences();
        desk.failures();
    }
}

/// A cost of a month of 2026.
fn cost(amount: &str, currency: &str, purpose: &str, month: u32) -> Value {
    json!({
        "kind": "cost", "subject": "credit", "amount": amount, "currency": currency,
        "purpose": purpose, "measure": "BilledCost",
        "from": format!("2026-{month:02}-01"), "until": format!("2026-{month:02}-02"),
    })
}

impl Desk<'_> {
    #[track_caller]
    fn signed(&mut self, arguments: &[&str]) -> Value {
        let arguments = [arguments, &["--key", &self.key]].concat();
        self.story.good(&self.world, &arguments)
    }

    #[track_caller]
    fn good(&mut self, arguments: &[&str]) -> Value {
        self.story.good(&self.world, &[&["cost"], arguments].concat())
    }

    #[track_caller]
    fn ends(&mut self, arguments: &[&str], exit: i32) -> Value {
        self.story.ends(&self.world, &[&["cost"], arguments].concat(), exit)
    }

    #[track_caller]
    fn fails(&mut self, arguments: &[&str], exit: i32, code: &str) -> Value {
        self.story.fails(&self.world, &[&["cost"], arguments].concat(), exit, code)
    }

    /// Records statements in one call.
    #[track_caller]
    fn record(&mut self, statements: Vec<Value>) -> Value {
        let path = self.world.path("repo/all.json");
        fs::write(path, json!({ "statements": statements }).to_string()).unwrap();
        self.signed(&["record", "--from", "all.json"])
    }

    fn nothing(&mut self) {
        for ask in ["report", "units", "budgets", "alerts", "absences", "returns", "advice"] {
            self.good(&[ask]);
        }
    }

    fn wanted(&mut self) {
        let document = policy("wants", WANTS);
        fs::write(self.world.path("repo/wants.yaml"), document).unwrap();
        let entry = self.signed(&["policy", "propose", "wants.yaml"])["entry"].to_string();
        self.story.vote(&self.world, &["approve", &entry], "ana");
        let metric = |name: &str, more: Value| {
            let mut metric = json!({
                "kind": "metric", "model": "credit", "name": name, "value": "0.1", "tool": "x@1",
            });
            metric.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            metric
        };
        let window = json!({ "from": "2026-08-01", "until": "2026-08-02" });
        let parity = metric("parity", json!({ "attribute": "sex" }));
        self.record(vec![metric("psi", window), parity.clone()]);
        // The same question, answered again on the same day.
        self.record(vec![parity]);
    }

    /// Costs, of which the last month stands out. Says how many entries there were then.
    fn spent(&mut self) -> String {
        let all: [(&str, Months<'_>); 3] = [
            ("EUR", &[("100", 7), ("1000", 1)]),
            (
                "USD",
                &[
                    ("100", 1),
                    ("103", 1),
                    ("101", 1),
                    ("99", 1),
                    ("104", 1),
                    ("100", 1),
                    ("102", 1),
                    ("500", 1),
                ],
            ),
            ("JPY", &[("100", 6), ("110", 1), ("500", 1)]),
        ];
        let mut statements = Vec::new();
        for (currency, months) in all {
            let each = months.iter().flat_map(|(amount, times)| (0..*times).map(move |_| *amount));
            for (amount, month) in each.zip(1..) {
                statements.push(cost(amount, currency, "training", month));
            }
        }
        let with = |mut cost: Value, quantity: &str| {
            cost["quantity"] = json!(quantity);
            cost
        };
        statements.push(with(cost("20", "CHF", "inference", 3), "1000=Inferences"));
        statements.push(with(cost("40", "CHF", "explainability", 3), "1=1000 Inferences"));
        let mut unmeasured = cost("-5", "GBP", "reporting", 5);
        unmeasured["measure"] = Value::Null;
        statements.push(unmeasured);
        self.record(statements);
        self.world.size().to_string()
    }

    fn reports(&mut self) {
        for by in ["model", "activity", "team", "account", "month", "source"] {
            self.good(&["report", "--by", by]);
        }
        for over in ["month", "quarter", "year"] {
            self.good(&["report", "--over", over]);
        }
        let year = ["--from", "2026-01-01", "--until", "2027-01-01"];
        let scope = ["--model", "credit", "--activity", "training", "--currency", "EUR"];
        let said = self.good(&[&["report", "--measure", "BilledCost"][..], &year, &scope].concat());
        assert_eq!(said["units"][0]["total"], "1700", "{said:#}");
        let none = ["report", "--team", "-", "--account", "-", "--measure", "-"];
        assert_eq!(self.good(&none)["units"][0]["total"], "-5");
        self.good(&["report", "--html", "costs.html", "--over", "month"]);
        let page = fs::read_to_string(self.world.path("repo/costs.html")).unwrap();
        assert!(page.contains("credit") || page.contains("training"), "{page}");
    }

    fn units(&mut self) {
        let said = self.good(&["units"]);
        let explained = said["figures"].as_array().unwrap().iter();
        let explained = explained.filter(|one| one["what"] == "explained-inferences");
        assert_eq!(explained.map(|one| &one["value"]).collect::<Vec<_>>(), ["40"]);
    }

    fn alerts(&mut self, first: String) {
        let said = self.ends(&["alerts", "--check"], 3);
        let months: Vec<_> = said["series"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|one| one["alerts"].as_array().unwrap())
            .map(|one| one["period"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(months, ["2026-08", "2026-08", "2026-08"], "{said:#}");
        for every in ["day", "week", "quarter", "year"] {
            self.good(&["alerts", "--every", every, "--drops", "--settle", "3"]);
        }
        self.good(&[
            "alerts",
            "--test",
            "percent",
            "--percent",
            "20",
            "--minimum",
            "10",
            "--drops",
        ]);
        self.good(&["alerts", "--factor", "2", "--periods", "5", "--least", "4", "--gaps-unknown"]);
        self.record(vec![
            cost("50", "EUR", "training", 8),
            cost("900", "USD", "training", 7),
            cost("-400", "JPY", "training", 8),
        ]);
        let said = self.good(&["alerts", "--since", &first]);
        let became: Vec<_> = said["series"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|one| one["changes"].as_array().unwrap())
            .map(|one| one["became"].as_str().unwrap().to_owned())
            .collect();
        for word in ["appeared", "vanished", "changed"] {
            assert!(became.contains(&word.to_owned()), "{word}: {said:#}");
        }
        self.good(&["alerts", "--before", &first]);
        self.corrected();
    }

    /// A cost that is corrected counts until the correction takes effect, and is gone after it.
    fn corrected(&mut self) {
        let wrong = self.record(vec![cost("7", "SEK", "training", 1)]);
        let entry = wrong["entries"][0]["entry"].to_string();
        let made = ["record", "correction", &entry, "--reason", "it was another model"];
        let made = self.signed(&made)["entries"][0]["entry"].to_string();
        let crowns = ["report", "--currency", "SEK"];
        assert_eq!(self.good(&crowns)["units"][0]["total"], "7");
        self.story.vote(&self.world, &["approve", &made], "ana");
        assert_eq!(self.good(&crowns)["units"], json!([]));
        let before = [&crowns[..], &["--before", &made]].concat();
        assert_eq!(self.good(&before)["units"][0]["total"], "7");
        let kroner = ["alerts", "--since", &made, "--currency", "SEK"];
        assert_eq!(self.good(&kroner)["series"], json!([]));
    }

    fn bills(&mut self) {
        let row = |amount: &str, to: &str| {
            let day = "2026-09-02T00:00:00Z,2026-09-03T00:00:00Z";
            let month = "2026-09-01T00:00:00Z,2026-10-01T00:00:00Z";
            format!(
                "Cloud,1,{amount},{amount},{amount},{amount},EUR,{month},{day},Usage,\"{{\"\"to\"\": \"\"{to}\"\"}}\"\n"
            )
        };
        let header = "ProviderName,BillingAccountId,BilledCost,EffectiveCost,ListCost,ContractedCost,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,Tags\n";
        let text = format!("{header}{}{}", row("60", "audit"), row("40", "nobody"));
        fs::write(self.world.path("repo/bill.csv"), text).unwrap();
        let mut part = cost("60", "EUR", "fairness-audit", 9);
        part["source"] = json!("bill.csv");
        self.record(vec![part]);
        let bill = self.signed(&["import", "focus", "bill.csv"]);
        let bill = bill["recorded"]["positions"][0].to_string();
        assert_eq!(self.good(&["report"])["in_bills"][0]["bill"].to_string(), bill);
        let rules = "apiVersion: policy.apexlogic.com/v1alpha1
kind: CostAllocation
metadata: {name: ai-costs}
spec:
  rules:
    - {id: audits, when: {tags: {to: {equals: audit}}}, to: {model: {name: credit}, activity: fairness-audit, team: risk}}
";
        fs::write(self.world.path("repo/rules.yaml"), rules).unwrap();
        let entry = self.signed(&["policy", "propose", "rules.yaml"])["entry"].to_string();
        self.story.vote(&self.world, &["approve", &entry], "ana");
        self.signed(&["cost", "allocate"]);
        let said = self.good(&["report", "--by", "team", "--account", "Cloud:1", "--explain"]);
        let rows = said["units"][0]["rows"].as_array().unwrap();
        assert_eq!((&rows[0]["key"], &rows[0]["amount"]), (&json!("risk"), &json!("60")));
        assert_eq!(rows[1]["attributed"], false);
        let said = self.good(&["report", "--by", "team", "--account", "Cloud:1", "--rows"]);
        assert_eq!(said["units"][0]["rows"][0]["places"][0]["row"], 1, "{said:#}");
        let said = self.good(&["alerts", "--every", "day", "--team", "risk"]);
        assert_eq!(said["series"].as_array().unwrap().len(), 4, "{said:#}");
    }

    fn budgets(&mut self) {
        let budget = |name: &str, limit: &str, more: Value| {
            let mut budget = json!({
                "kind": "budget", "name": name, "limit": limit, "currency": "EUR",
                "measure": "BilledCost", "from": "2026-01-01", "until": "2027-01-01",
            });
            budget.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            budget
        };
        self.record(vec![
            budget("all", "90", json!({ "threshold": ["50", "80"] })),
            budget("large", "99999", json!({})),
            budget("risk", "50", json!({ "team": "risk", "activity": "fairness-audit" })),
            budget("year", "3000", json!({ "every": "year", "model": "credit" })),
            budget("once", "100", json!({ "every": "once", "account": "Cloud:1" })),
        ]);
        // A credit that takes a sum back, before it is crossed for good.
        self.record(vec![
            cost("95", "EUR", "training", 10),
            cost("-50", "EUR", "training", 10),
            cost("70", "EUR", "training", 10),
        ]);
        let october = self.good(&["budgets", "all", "--at", "2026-10-20"]);
        let limit = &october["budgets"][0]["usage"]["limit"];
        assert_eq!(limit["before"].as_array().unwrap().len(), 1, "{october:#}");
        assert!(limit["crossed"]["entry"].is_u64(), "{october:#}");
        self.ends(&["budgets", "--at", "2026-09-20", "--check", "--explain"], 3);
        for at in ["2026-03-20", "2026-09-01", "2026-09-02T12:00:00Z", "2027-05-01"] {
            self.good(&["budgets", "--at", at]);
            self.good(&["budgets", "--at", at, "--method", "trailing"]);
        }
        self.good(&["budgets", "all", "--at", "2026-01-31", "--method", "trailing"]);
        self.good(&["budgets", "all", "--at", "2026-09-03T12:00:00Z"]);
    }

    fn returns(&mut self) {
        assert_eq!(self.good(&["returns"])["why_not"], "no-benefit");
        let benefit = json!({
            "kind": "benefit", "subject": "credit", "amount": "5400", "currency": "EUR",
            "method": "complaints avoided", "from": "2026-01-01", "until": "2027-01-01",
        });
        self.record(vec![benefit]);
        assert_eq!(self.good(&["returns"])["why_not"], "other-currency");
        let euros = ["returns", "--currency", "EUR", "--measure", "BilledCost", "--explain"];
        let said = self.good(&[&euros[..], &["--model", "credit"]].concat());
        assert_eq!(said["benefits"].as_array().unwrap().len(), 1);
        assert!(said["value"].is_string(), "{said:#}");
    }

    fn advice(&mut self) {
        let said = self.good(&["advice"]);
        let rules: Vec<_> = said["advice"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["rule"].as_str().unwrap())
            .collect();
        for rule in ["sample", "nothing-recorded", "not-measured", "unallocated", "asked-twice"] {
            assert!(rules.contains(&rule), "{rule}: {said:#}");
        }
        self.good(&["advice", "--sample", "50", "--unallocated", "100", "--model", "credit"]);
    }

    fn absences(&mut self) {
        self.good(&["absences"]);
        let said = self.ends(&["absences", "--at", "2027-06-15", "--check", "--grace", "1"], 3);
        let wanted = said["wanted"].as_array().unwrap();
        assert_eq!(wanted.len(), 5, "{said:#}");
        assert!(
            wanted.iter().all(|one| one["absences"].as_array().unwrap().len() == 1),
            "{said:#}"
        );
        // Paid for again, and the time that it was not is told.
        let from = json!({
            "kind": "cost", "subject": "credit", "amount": "1", "currency": "EUR",
            "purpose": "training", "from": "2027-05-01", "until": "2027-05-02",
        });
        self.record(vec![from]);
        let said = self.good(&["absences", "--at", "2027-06-15"]);
        let until = said["wanted"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|one| one["absences"].as_array().unwrap());
        assert!(until.clone().any(|one| one["until"].is_string()), "{said:#}");
    }

    fn failures(&mut self) {
        let mut fails = |arguments: &[&str], code: &str| {
            let exit = if code.starts_with("LG2") { 2 } else { 1 };
            self.fails(arguments, exit, code);
        };
        fails(&["budgets", "none"], "LG2089");
        fails(&["alerts", "--since", "99999"], "LG2010");
        fails(&["alerts", "--compared", "same-weekday"], "LG2027");
        fails(&["report", "--activity", "play"], "LG2027");
        fails(&["report", "--model", "none"], "LG2010");
        fails(&["report", "--from", "2026-02-01", "--until", "2026-02-01"], "LG2027");
        fails(&["report", "--html", "none/costs.html"], "LG2060");
        self.past_what_is_told();
    }

    /// A bill without rows, and a time without end.
    fn past_what_is_told(&mut self) {
        let text = fs::read_to_string(self.world.path("repo/bill.csv")).unwrap();
        let text = text.replace("Cloud,1,", "Cloud,2,");
        fs::write(self.world.path("repo/unkept.csv"), text).unwrap();
        let unkept = self.signed(&["import", "focus", "unkept.csv", "--no-store"]);
        let unkept = format!("bill of entry {}", unkept["recorded"]["positions"][0]);
        let said = self.story.ends(&self.world, &["verify", "--trust-first-use"], 0);
        assert_eq!(said["bills"], json!({ "in_force": 2, "not_kept": 1 }), "{said:#}");
        let notes = said["notes"].as_array().unwrap().iter();
        let notes: Vec<_> = notes.filter(|note| note["code"] == "LG3330").collect();
        assert!(notes.len() == 1 && notes[0]["object"] == unkept.as_str(), "{said:#}");
        for ask in [&["report", "--rows"][..], &["alerts", "--every", "day"]] {
            let said = self.fails(ask, 2, "LG2079");
            assert!(said.to_string().contains("its rows can't be told"), "{said:#}");
        }
        let far = json!({
            "kind": "cost", "subject": "credit", "amount": "1", "currency": "EUR",
            "purpose": "training", "from": "9000-01-01", "until": "9000-01-02",
        });
        self.record(vec![far]);
        self.fails(&["report", "--over", "month"], 2, "LG2088");
        self.good(&["report", "--over", "month", "--until", "2028-01-01"]);
    }
}
