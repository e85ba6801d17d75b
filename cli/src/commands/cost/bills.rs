//! `cost bills`: which bills are in force.

use ledgit_core::cost::{Accounts, Billed};
use serde_json::{Value, json};

use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Output, escape};
use crate::render::costs;
use crate::render::number::grouped;

#[derive(Debug, clap::Args)]
pub struct Bills {}

impl Bills {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let mut ledger = context.ledger()?;
        let state = ledger.state()?;
        let accounts = state.accounts();
        let mut text = String::new();
        for billed in accounts.bills() {
            text.push_str(&lines(billed, accounts));
        }
        if text.is_empty() {
            text.push_str("no bill is in force\n");
        }
        let bills: Vec<_> = accounts.bills().map(|billed| bill_json(billed, accounts)).collect();
        Ok(Output::new(text, json!({ "schema": "ledgit.bills/1", "bills": bills })))
    }
}

fn lines(billed: &Billed, accounts: &Accounts) -> String {
    let bill = &billed.bill;
    let (from, until) = (bill.period.from().to_string(), bill.period.until().to_string());
    let mut text = format!(
        "entry {:<6} {}  {} to {}  {} rows\n",
        billed.position,
        escape(bill.account.as_str()),
        costs::day(&from),
        costs::day(&until),
        grouped(bill.rows)
    );
    for total in costs::in_order(bill) {
        let (currency, measure) = (total.currency.as_str(), total.measure.word());
        text.push_str(&format!("    {currency}  {measure:<15} {:>24}\n", total.amount.to_string()));
    }
    let allocated = match accounts.allocation(&billed.leaf) {
        Some(allocated) => format!("    allocated by entry {}\n", allocated.position),
        None => "    not allocated\n".to_owned(),
    };
    text.push_str(&allocated);
    text
}

fn bill_json(billed: &Billed, accounts: &Accounts) -> Value {
    json!({
        "entry": billed.position,
        "id": billed.leaf.hex(),
        "bill": costs::bill(&billed.bill),
        "allocation": accounts.allocation(&billed.leaf).map(|one| one.position),
    })
}
