//! `cost check`: a file that is not kept in the ledger, held against its bill.

use std::path::PathBuf;

use ledgit_core::statement::BillFormat;
use ledgit_store::bills::{ReadBill, other, read_focus, read_opencost_as};
use serde_json::json;

use super::billed;
use crate::commands::import::{open, unread};
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
        let (position, bill) = (billed.position, &billed.bill);
        let read = match bill.format {
            BillFormat::Focus => {
                let progress = context.reading(&self.file);
                read_focus(open(&self.file)?, &|bytes| progress.at(bytes))
            }
            BillFormat::OpenCost => read_opencost_as(open(&self.file)?, bill),
        };
        let read = read.map_err(|error| unread(&self.file, &error))?;
        let ReadBill { file, .. } = &read;
        if file.sha256 != bill.file.sha256 || file.blake3 != bill.file.blake3 {
            let error = format!(
                "it is another file than that of entry {position}: sha256 {}, and the bill names {}",
                file.sha256.hex(),
                bill.file.sha256.hex()
            );
            return Err(Failure { exit: 1, ..Failure::new("LG1507", error) }
                .hint(format!("ledgit show {position}")));
        }
        if let Some(why) = other(bill, &read) {
            return Err(Failure { exit: 1, ..Failure::new("LG1507", why) }
                .hint(format!("ledgit show {position}")));
        }
        let rows = grouped(bill.rows);
        let text =
            format!("entry {position} says what its file gives: {rows} rows counted again\n");
        Ok(Output::new(
            text,
            json!({
                "schema": "ledgit.bill-check/1",
                "entry": position,
                "rows": bill.rows,
                "root": bill.root.hex(),
            }),
        ))
    }
}
