//! `cost row`: one row of a bill, proved.

use std::path::PathBuf;

use ledgit_core::bill::{NamedRow, RowProof};
use ledgit_core::cost::Billed;
use ledgit_core::digest::to_hex;
use ledgit_core::merkle::Hash;
use ledgit_store::bills::{BillFileError, prove_row};
use ledgit_store::ledger::Ledger;
use serde_json::json;

use super::billed;
use crate::commands::charges::{differs, open, unread};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;
use crate::render::costs;

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
        let row = self.prove(&mut ledger, &billed, self.row)?;
        let header = self.prove(&mut ledger, &billed, 0)?;
        let named = NamedRow { header: header.cells, header_path: header.path, row };
        if let Err(error) = named.verify(&billed.bill.root.0, billed.bill.rows) {
            let position = billed.position;
            let why = format!("it is another file than that of entry {position}: {error}");
            return Err(differs(position, why));
        }
        Ok(told(&billed, &named))
    }

    fn prove(&self, ledger: &mut Ledger, billed: &Billed, row: u64) -> Result<RowProof, Failure> {
        let bill = &billed.bill;
        if let Some(path) = &self.file {
            let proof = prove_row(open(path)?, row, bill);
            return proof.map_err(|error| unproved(&error, |error| unread(path, error)));
        }
        let kept = super::kept(ledger, billed)?;
        prove_row(kept.as_slice(), row, bill)
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

fn told(billed: &Billed, named: &NamedRow) -> Output {
    let RowProof { row, rows, cells, path } = &named.row;
    let mut text = format!("row {row} of {rows} of entry {}\n", billed.position);
    text.push_str(&costs::cells(named));
    let root = billed.bill.root.hex();
    text.push_str(&format!("in the bill with root {root}, by {} hashes\n", path.len()));
    let hashes = |path: &[Hash]| path.iter().map(|hash| to_hex(hash)).collect::<Vec<_>>();
    let json = json!({
        "schema": "ledgit.bill-row/1",
        "entry": billed.position,
        "bill": billed.leaf.hex(),
        "root": root,
        "row": row,
        "rows": rows,
        "header": named.header,
        "header_path": hashes(&named.header_path),
        "cells": cells,
        "path": hashes(path),
    });
    Output::new(text, json)
}
