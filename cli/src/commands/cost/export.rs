//! `cost export`: the amounts as a file of FOCUS.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use ledgit_core::cost::focus::{Exported, export};
use ledgit_core::cost::view::{Pick, View};
use serde_json::{Value, json};

use super::pick::{PickArgs, costs_by};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;
use crate::render::amounts::{unit, with_unit};
use crate::render::number::grouped;

#[derive(Debug, clap::Args)]
pub struct Export {
    /// Where to write: CSV in the columns of FOCUS 1.2
    file: PathBuf,
    /// Look at bills by their rows: each in its own time
    #[arg(long)]
    rows: bool,
    /// As of before this entry [default: the whole log]
    #[arg(long, value_name = "N")]
    before: Option<u64>,
    #[command(flatten)]
    pick: PickArgs,
}

impl Export {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let mut ledger = context.ledger()?;
        let pick = self.pick.read(&mut ledger)?;
        let found = costs_by(&mut ledger, self.before, self.rows)?;
        let origin = &ledger.checkpoint().origin;
        let told = write(&self.file, &found.view, &pick, origin)?;
        let (name, position) = (self.file.display().to_string(), found.said.position);
        Ok(Output::new(text(&name, position, &told), json(&name, position, &told)))
    }
}

/// Writes beside the file and renames at the end: half a file of CSV looks like a whole one.
fn write(path: &Path, view: &View, pick: &Pick, origin: &str) -> Result<Exported, Failure> {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let written = File::create(&part).and_then(|mut file| {
        let told = export(view, pick, origin, &mut |piece| file.write_all(piece))?;
        std::fs::rename(&part, path)?;
        Ok(told)
    });
    written.map_err(|error| {
        // What could not be written is of no use; that it could not be removed says nothing more.
        drop(std::fs::remove_file(&part));
        Failure::file("write", path, &error)
    })
}

fn text(name: &str, position: u64, told: &Exported) -> String {
    let rows = grouped(told.rows);
    let mut text = format!("{rows} rows before entry {position} written to {name}, as FOCUS 1.2\n");
    for (of, total) in &told.totals {
        text.push_str(&format!("  {:<28}  {total}\n", unit(of)));
    }
    for currency in &told.unlisted {
        text.push_str(&format!(
            "FOCUS 1.2 does not list {currency}: its rows break BillingCurrency-C-006-M\n"
        ));
    }
    text
}

fn json(name: &str, position: u64, told: &Exported) -> Value {
    let totals = told.totals.iter();
    let totals =
        totals.map(|(unit, sum)| with_unit(json!({ "amount": sum.to_string() }), Some(unit)));
    json!({
        "schema": "ledgit.cost-export/1",
        "file": name,
        "position": position,
        "rows": told.rows,
        "totals": totals.collect::<Vec<_>>(),
        "unlisted": told.unlisted.iter().map(|code| code.as_str()).collect::<Vec<_>>(),
    })
}
