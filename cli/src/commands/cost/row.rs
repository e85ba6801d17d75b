//! `cost row`: one row of a bill, proved.

use std::path::PathBuf;

use ledgit_core::bill::RowProof;
use ledgit_core::cost::Billed;
use ledgit_core::digest::to_hex;
use ledgit_core::statement::BillFormat;
use ledgit_store::bills::{BillFileError, prove_row};
use ledgit_store::ledger::Ledger;
use serde_json::json;

use super::billed;
use crate::commands::charges::{differs, open, unread};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Output, escape};

#[derive(Debug, clap::Args)]
pub struct Row {
    /// Its number; the first one after the header is 1
    row: u64,
    /// The bill: its entry [default: the only one]
    #[arg(long, value_name = "ENTRY")]
    bill: Option<String>,
    /// The file of charges [default: as it is kept in the ledger]
    #[arg(long)]
    file: Option<PathBuf>,
}

impl Row {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let mut ledger = context.ledger()?;
        let billed = billed(&mut ledger, self.bill.as_deref())?;
        if billed.bill.format != BillFormat::Focus {
            let error = "rows of OpenCost's allocations are not proved by this command";
            return Err(Failure::new("LG2079", error).hint("ledgit cost bills"));
        }
        let proof = self.prove(&mut ledger, &billed, self.row)?;
        if let Err(error) = proof.verify(&billed.bill.root.0, billed.bill.rows) {
            let position = billed.position;
            let why = format!("it is another file than that of entry {position}: {error}");
            return Err(differs(position, why));
        }
        let header = self.prove(&mut ledger, &billed, 0)?;
        Ok(told(&billed, &proof, &header.cells))
    }

    fn prove(&self, ledger: &mut Ledger, billed: &Billed, row: u64) -> Result<RowProof, Failure> {
        let rows = billed.bill.rows;
        if let Some(path) = &self.file {
            let proof = prove_row(open(path)?, row, rows);
            return proof.map_err(|error| unproved(&error, |error| unread(path, error)));
        }
        let kept = super::kept(ledger, billed)?;
        prove_row(kept.as_slice(), row, rows)
            .map_err(|error| unproved(&error, |error| Failure::new("LG1507", error.to_string())))
    }
}

fn unproved(error: &BillFileError, other: impl Fn(&BillFileError) -> Failure) -> Failure {
    match error {
        BillFileError::NoRow { .. } => {
            Failure::new("LG2079", error.to_string()).hint("ledgit cost bills")
        }
        error => other(error),
    }
}

fn told(billed: &Billed, proof: &RowProof, header: &[String]) -> Output {
    let (row, rows) = (proof.row, proof.rows);
    let mut text = format!("row {row} of {rows} of entry {}\n", billed.position);
    for (name, cell) in header.iter().zip(&proof.cells).filter(|(_, cell)| !cell.is_empty()) {
        text.push_str(&format!("  {}  {}\n", escape(name), escape(cell)));
    }
    let root = billed.bill.root.hex();
    text.push_str(&format!("in the bill with root {root}, by {} hashes\n", proof.path.len()));
    let json = json!({
        "schema": "ledgit.bill-row/1",
        "entry": billed.position,
        "bill": billed.leaf.hex(),
        "root": root,
        "row": row,
        "rows": rows,
        "header": header,
        "cells": proof.cells,
        "path": proof.path.iter().map(|hash| to_hex(hash)).collect::<Vec<_>>(),
    });
    Output::new(text, json)
}
