//! `check` of a row of the bill that a proof is of (P-20).

use ledgit_core::bill::{NamedRow, RowProof};
use ledgit_core::digest::{DigestError, from_hex};
use ledgit_core::limits;
use ledgit_core::merkle::Hash;
use ledgit_core::statement::{Body, Signed};

use super::Check;
use crate::failure::Failure;
use crate::parse::read_up_to;

/// What is read of the document that `cost row` prints; of the rest nothing is believed.
#[derive(serde::Deserialize)]
struct Document {
    schema: String,
    row: u64,
    rows: u64,
    header: Vec<String>,
    header_path: Vec<String>,
    cells: Vec<String>,
    path: Vec<String>,
}

impl Check {
    /// The row that was named, if the bill has it.
    pub(super) fn check_row(&self, signed: &Signed) -> Result<Option<NamedRow>, Failure> {
        let Some(path) = &self.row else { return Ok(None) };
        let Body::Bill(bill) = &signed.statement().body else {
            let error = "--row is of a bill, and the statement is none";
            return Err(Failure::usage(error).hint("ledgit cost bills"));
        };
        let refused = |why: String| Failure::new("LG1608", format!("{}: {why}", path.display()));
        let named = named(&read_up_to(path, limits::ROW_PROOF_BYTES + 1)?).map_err(refused)?;
        named.verify(&bill.root.0, bill.rows).map_err(|error| refused(error.to_string()))?;
        Ok(Some(named))
    }
}

fn named(bytes: &[u8]) -> Result<NamedRow, String> {
    if bytes.len() > limits::ROW_PROOF_BYTES {
        return Err(format!("it has more than {} bytes", limits::ROW_PROOF_BYTES));
    }
    let document: Document = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let Document { schema, row, rows, header, header_path, cells, path } = document;
    if schema != "ledgit.bill-row/1" {
        return Err(format!("it is {schema:?}, and not what ledgit cost row prints"));
    }
    let hashes = |path: Vec<String>| -> Result<Vec<Hash>, DigestError> {
        path.iter().map(|hash| from_hex(hash)).collect()
    };
    let path = hashes(path).map_err(|error| error.to_string())?;
    let header_path = hashes(header_path).map_err(|error| error.to_string())?;
    Ok(NamedRow { header, header_path, row: RowProof { row, rows, cells, path } })
}
