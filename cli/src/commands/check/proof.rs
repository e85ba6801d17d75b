//! `check` of an inclusion proof: `NAME.tlog-proof` and `NAME.cose`.

use std::path::Path;

use ledgit_core::bill::RowProof;
use ledgit_core::bundle::TlogProof;
use ledgit_core::limits;
use ledgit_core::statement::Signed;
use ledgit_store::ledger::describe;
use serde_json::json;

use super::super::catalog::{hash, subject_of};
use super::super::init::public_key;
use super::Check;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Output, escape};
use crate::parse::read_up_to;
use crate::render::{costs, entry_json};

impl Check {
    pub(super) fn proof(&self, context: &Context) -> Result<Output, Failure> {
        let stem = self.name.to_string_lossy();
        let stem = stem.strip_suffix(".tlog-proof").or(stem.strip_suffix(".cose")).unwrap_or(&stem);
        let most = 2 * limits::NOTE_BYTES;
        let proof = read_up_to(Path::new(&format!("{stem}.tlog-proof")), most)?;
        let entry = read_up_to(Path::new(&format!("{stem}.cose")), most)?;
        let key = self.key()?;
        let refused = |why: String| Failure::new("LG1601", format!("{stem}: {why}"));
        let proof = TlogProof::parse(&proof).map_err(|error| refused(error.to_string()))?;
        let checkpoint =
            proof.check(&entry, key.name(), &key).map_err(|error| refused(error.to_string()))?;
        let signed = Signed::decode(&entry).map_err(|error| refused(error.to_string()))?;
        self.told(context, key.name(), (proof.index, checkpoint.size), &signed)
    }

    /// What is shown of a statement that is proved to be in a log of an origin, at a position of so
    /// many entries.
    pub(super) fn told(
        &self,
        context: &Context,
        origin: &str,
        (index, size): (u64, u64),
        signed: &Signed,
    ) -> Result<Output, Failure> {
        let what = escape(&describe(&signed.statement().body));
        let mut text =
            format!("statement  {what}, by {}\n", escape(&signed.statement().envelope.iss));
        text.push_str(&format!("inclusion  entry {index} of {size} in {origin}: ok\n"));
        text.push_str(&self.check_signer(signed)?);
        text.push_str(&self.check_file(context, signed)?);
        let named = self.check_row(signed)?;
        if let Some(named) = &named {
            let RowProof { row, rows, .. } = named.row;
            text.push_str(&format!("row        {row} of {rows} in the bill: ok, and its header\n"));
            text.push_str(&costs::cells(named));
        }
        text.push_str(
            "not shown: whether a later entry corrects or withdraws it (ask for a newer proof)\n",
        );
        let json = json!({
            "schema": "ledgit.check/1",
            "verdict": "good",
            "origin": origin,
            "size": size,
            "signer_checked": self.signer.is_some(),
            "file_checked": self.file.is_some(),
            "row": named.map(|named| json!({
                "row": named.row.row,
                "rows": named.row.rows,
                "header": named.header,
                "cells": named.row.cells,
            })),
            "entry": entry_json(index, signed),
        });
        Ok(Output::new(text, json))
    }

    fn check_signer(&self, signed: &Signed) -> Result<String, Failure> {
        let Some(signer) = &self.signer else {
            return Ok("signature  of the author not checked: no --signer\n".to_owned());
        };
        match signed.verify(&public_key(signer)?.0) {
            Ok(()) => Ok("signature  of the author: ok\n".to_owned()),
            Err(error) => Err(Failure::new("LG1601", format!("the author's signature: {error}"))),
        }
    }

    fn check_file(&self, context: &Context, signed: &Signed) -> Result<String, Failure> {
        let Some(path) = &self.file else { return Ok(String::new()) };
        let Some(stated) = subject_of(&signed.statement().body) else {
            return Err(Failure::usage("the statement is about no file"));
        };
        let found = hash(path, &context.progress())?;
        let shown = path.display();
        if found.sha256 == stated.sha256 && found.blake3 == stated.blake3 {
            return Ok(format!("file       {shown}: both digests as stated\n"));
        }
        let (stated, found) = (stated.sha256.hex(), found.sha256.hex());
        let error = format!("{shown} is sha256:{found}\nthe statement is about sha256:{stated}");
        Err(Failure::new("LG1602", error))
    }
}
