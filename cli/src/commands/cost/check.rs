//! `cost check`: a file that is not kept in the ledger, held against its bill.

use std::path::PathBuf;

use serde_json::json;

use super::billed;
use crate::commands::charges::hold;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;
use crate::render::number::grouped;

#[derive(Debug, clap::Args)]
pub struct Check {
    /// The file of charges
    file: PathBuf,
    /// The bill: its entry [default: the only one]
    #[arg(long, value_name = "ENTRY")]
    bill: Option<String>,
}

impl Check {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let mut ledger = context.ledger()?;
        let billed = billed(&mut ledger, self.bill.as_deref())?;
        hold(context, &self.file, &billed)?;
        let (position, bill) = (billed.position, &billed.bill);
        let rows = grouped(bill.rows);
        let text =
            format!("entry {position} says what its file gives: {rows} rows counted again\n");
        let json = json!({
            "schema": "ledgit.bill-check/1",
            "entry": position,
            "rows": bill.rows,
            "root": bill.root.hex(),
        });
        Ok(Output::new(text, json))
    }
}
