//! `cost allocate`: whose a bill's charges are, by the rules in force.

use std::path::PathBuf;
use std::sync::Arc;

use ledgit_core::authority::AdoptedRules;
use ledgit_core::cost::Billed;
use ledgit_core::cost::allocate::{Allocation, ENGINE, Reason, Target};
use ledgit_core::name::Label;
use ledgit_core::statement::{self as st, Body};
use ledgit_store::ledger::{AllocatingError, Ledger, allocate};
use serde_json::{Value, json};

use super::{billed, kept};
use crate::commands::catalog::short;
use crate::commands::charges::{hold, open, unread};
use crate::commands::private::Gathered;
use crate::commands::record::{How, settle};
use crate::commands::submit::Author;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Output, escape};
use crate::parse::value;
use crate::render::costs;
use crate::render::number::grouped;

#[derive(Debug, clap::Args)]
pub struct Allocate {
    /// The bill: its entry [default: the only one]
    #[arg(long, value_name = "ENTRY")]
    bill: Option<String>,
    /// Name of the rules [default: the only ones in force]
    #[arg(long, value_name = "NAME")]
    rules: Option<String>,
    /// The file of charges [default: as it is kept in the ledger]
    #[arg(long)]
    file: Option<PathBuf>,
    /// SSH key that signs: a file, or the public key of one in the agent
    #[arg(long, help_heading = "Recording")]
    key: Option<String>,
    /// Let the service at this URL log it (`ledgit serve`)
    #[arg(long, value_name = "URL", help_heading = "Recording")]
    to: Option<String>,
    /// Show the lines and write nothing
    #[arg(long, help_heading = "Recording")]
    dry_run: bool,
}

impl Allocate {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let mut ledger = context.ledger()?;
        let billed = billed(&mut ledger, self.bill.as_deref())?;
        let rules = rules(&mut ledger, self.rules.as_deref())?;
        let made = self.made(context, &mut ledger, &billed, &rules)?;
        let signer = context.signer(self.key.as_deref(), ledger.repository())?;
        let author = Author::of(signer, &mut ledger)?;
        let mut evidence = Gathered::new(false);
        let media = value("media type", "application/json")?;
        let report = evidence.add(made.report().into_bytes(), media)?;
        let totals = made.shares().ok_or_else(|| Failure::internal("a share has no decimal"))?;
        let body = Body::from(st::Allocation {
            bill: billed.leaf,
            rules: rules.leaf,
            engine: value("engine", ENGINE)?,
            report,
            totals,
        });
        let (told, json) = (lines(&billed, &rules, &made), json(&billed, &rules, &made));
        let how = How { idempotency: None, to: self.to.as_deref(), dry_run: self.dry_run };
        let recorded = settle(context, &mut ledger, author, body, evidence, how)?;
        Ok(costs::with(told, json, recorded))
    }

    fn made(
        &self,
        context: &Context,
        ledger: &mut Ledger,
        billed: &Billed,
        rules: &AdoptedRules,
    ) -> Result<Allocation, Failure> {
        let facts = ledger.cost_facts()?;
        let (bill, rules) = (&billed.bill, &rules.document.rules);
        let made = match &self.file {
            Some(path) => {
                hold(context, path, billed)?;
                let made = allocate(bill, open(path)?, rules, &facts);
                made.map_err(|error| match error {
                    AllocatingError::File(error) => unread(path, &error),
                    error => Failure::new("LG2073", error.to_string()),
                })?
            }
            None => {
                let file = kept(ledger, billed)?;
                let made = allocate(bill, file.as_slice(), rules, &facts);
                made.map_err(|error| Failure::new("LG2073", error.to_string()))?
            }
        };
        Ok(made)
    }
}

/// The rules of a name, or the only ones that are in force.
fn rules(ledger: &mut Ledger, name: Option<&str>) -> Result<Arc<AdoptedRules>, Failure> {
    let name: Option<Label> = name.map(|name| value("name", name)).transpose()?;
    let state = ledger.state()?;
    let authority = state.authority().ok_or_else(|| Failure::internal("no genesis"))?;
    let hint = "adopt rules of the kind CostAllocation: ledgit policy propose FILE";
    if let Some(name) = name {
        return authority.allocation_rules(&name).cloned().ok_or_else(|| {
            let error = format!("no allocation rules named {name} are in force");
            Failure::new("LG2086", error).hint(hint)
        });
    }
    let mut all = authority.all_allocation_rules();
    match (all.next(), all.next()) {
        (Some(only), None) => Ok(Arc::clone(only)),
        (None, _) => Err(Failure::new("LG2086", "no allocation rules are in force").hint(hint)),
        (Some(_), Some(_)) => {
            let names =
                authority.all_allocation_rules().map(|one| one.document.rules.name.as_str());
            let names: Vec<_> = names.collect();
            let error = format!("several allocation rules are in force: {}", names.join(", "));
            Err(Failure::new("LG2086", error).hint("name one: --rules NAME"))
        }
    }
}

/// A target, for people.
fn target(target: &Target) -> String {
    let model = target.model.map(|sha256| format!("model {}", short(&sha256.hex())));
    let activity = target.activity.map(|activity| activity.word().to_owned());
    let team = target.team.as_ref().map(|team| format!("team {}", escape(team.as_str())));
    let parts: Vec<_> = [model, activity, team].into_iter().flatten().collect();
    parts.join(", ")
}

fn lines(billed: &Billed, rules: &AdoptedRules, made: &Allocation) -> String {
    let (name, version) = (escape(rules.document.rules.name.as_str()), rules.version);
    let mut text =
        format!("bill of entry {}, by rules {name}, version {version}\n", billed.position);
    for (unit, total) in &made.totals {
        let (currency, measure) = (unit.currency.as_str(), unit.measure.word());
        let rows = grouped(total.rows);
        text.push_str(&format!("{currency} {measure} {}, {rows} rows\n", total.amount));
        for ((_, to), line) in made.lines.iter().filter(|((of, _), _)| of == unit) {
            let (amount, rows) = (line.figure.amount.to_string(), grouped(line.figure.rows));
            text.push_str(&format!("  {amount:>24}  {}  {rows} rows\n", target(to)));
        }
        for ((_, (reason, rule)), left) in made.unallocated.iter().filter(|((of, _), _)| of == unit)
        {
            let why = unallocated(*reason, rule.as_ref());
            let (amount, rows) = (left.amount.to_string(), grouped(left.rows));
            text.push_str(&format!("  {amount:>24}  unallocated: {why}  {rows} rows\n"));
        }
    }
    text
}

fn unallocated(reason: Reason, rule: Option<&Label>) -> String {
    match rule {
        Some(rule) => format!("{} at rule {}", reason.word(), escape(rule.as_str())),
        None => reason.word().to_owned(),
    }
}

fn json(billed: &Billed, rules: &AdoptedRules, made: &Allocation) -> Value {
    json!({
        "schema": "ledgit.allocation/1",
        "bill": billed.position,
        "rules": {
            "name": rules.document.rules.name.as_str(),
            "version": rules.version,
            "proposal": rules.proposed,
        },
        "report": serde_json::from_str::<Value>(&made.report()).unwrap_or_default(),
    })
}
