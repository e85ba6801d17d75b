//! `cost`: bills, whose they are, and what they say.

mod allocate;
mod bills;
mod check;
mod row;

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
    /// Say whose a bill's charges are, by the rules in force
    Allocate(allocate::Allocate),
    /// The bills in force
    Bills(bills::Bills),
    /// Hold a file against the bill of it, and count again
    Check(check::Check),
    /// One row of a bill, and the proof that the bill has it
    Row(row::Row),
}

impl Cost {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        match self.what {
            What::Allocate(command) => command.run(context),
            What::Bills(command) => command.run(context),
            What::Check(command) => command.run(context),
            What::Row(command) => command.run(context),
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
