//! `cost`: bills, whose they are, and what they say.

mod absences;
mod advice;
mod alerts;
mod allocate;
mod bills;
mod budgets;
mod check;
mod export;
mod page;
mod pick;
mod report;
mod returns;
mod row;
mod units;

use std::sync::Arc;

use ledgit_core::cost::Billed;
use ledgit_store::ledger::Ledger;

use super::catalog::Catalog;
use super::evidence;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;

#[derive(Debug, clap::Args)]
pub struct Cost {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Evidence that a policy wants and that stopped, activities that nobody paid for
    Absences(absences::Absences),
    /// What rules say of costs and evidence, each with its numbers and entries
    Advice(advice::Advice),
    /// Periods that cost too much or too little, and what came late
    Alerts(alerts::Alerts),
    /// Say whose a bill's charges are, by the rules in force
    Allocate(allocate::Allocate),
    /// The bills in force
    Bills(bills::Bills),
    /// What is used of each budget, which entry crossed it, and where it goes
    Budgets(budgets::Budgets),
    /// Hold a file against the bill of it, and count again
    Check(check::Check),
    /// Write the amounts as a file of FOCUS, with what they are attributed to
    Export(export::Export),
    /// What was spent, by model, activity, team or month
    Report(report::Report),
    /// What responsible AI brought for what it cost
    Returns(returns::Returns),
    /// One row of a bill, and the proof that the bill has it
    Row(row::Row),
    /// What a release, a piece of evidence, a thousand explained inferences cost
    Units(units::Units),
}

impl Cost {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        match self.what {
            What::Absences(command) => command.run(context),
            What::Advice(command) => command.run(context),
            What::Alerts(command) => command.run(context),
            What::Allocate(command) => command.run(context),
            What::Bills(command) => command.run(context),
            What::Budgets(command) => command.run(context),
            What::Check(command) => command.run(context),
            What::Export(command) => command.run(context),
            What::Report(command) => command.run(context),
            What::Returns(command) => command.run(context),
            What::Row(command) => command.run(context),
            What::Units(command) => command.run(context),
        }
    }
}

/// A bill in force, by its entry; the only one if none is named.
pub fn billed(ledger: &mut Ledger, entry: Option<&str>) -> Result<Arc<Billed>, Failure> {
    let leaf = match entry {
        Some(entry) => Some(Catalog::of(ledger).leaf(entry)?),
        None => None,
    };
    let accounts = ledger.state()?.accounts();
    if let Some(leaf) = leaf {
        let bill = accounts.bill(&leaf).cloned();
        return bill.ok_or_else(|| {
            let error = format!("entry {} is no bill that is in force", entry.unwrap_or_default());
            Failure::new("LG2079", error).hint("ledgit cost bills")
        });
    }
    let mut all = accounts.bills();
    match (all.next(), all.next()) {
        (Some(only), None) => Ok(Arc::clone(only)),
        (None, _) => Err(Failure::new("LG2079", "there is no bill in this ledger")
            .hint("ledgit import focus FILE")),
        (Some(_), Some(_)) => {
            Err(Failure::new("LG2079", "there are several bills: name the entry of one")
                .hint("ledgit cost bills"))
        }
    }
}

/// The file of a bill, as it is kept in the ledger.
pub fn kept(ledger: &mut Ledger, billed: &Billed) -> Result<Vec<u8>, Failure> {
    let position = billed.position;
    if billed.bill.stored.is_none() {
        let error = format!("the file of entry {position} is not kept in the ledger");
        return Err(Failure::new("LG2079", error).hint("name the file: --file FILE"));
    }
    let named = evidence::find(ledger, &position.to_string())?;
    Ok(evidence::in_the_clear(ledger, &named)?.0)
}
