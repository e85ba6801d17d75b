//! Files of charges: hashed, unpacked, read and summed up on all cores, in bounded memory (`spec/bill.md`).

mod hold;
mod stages;
mod unpack;

pub use hold::{differs, other};

use std::io::{self, Read};

use ledgit_core::bill::conformance::{Conformance, ConformanceError, Criteria, Report};
use ledgit_core::bill::focus::Columns;
use ledgit_core::bill::opencost::OpenCost;
use ledgit_core::bill::{BillError, Charge, RowProof, Tallied, Walk, leaf};
use ledgit_core::digest::Digests;
use ledgit_core::statement::{Bill, BillFormat};

/// A file of charges, read whole.
#[derive(Debug, Clone)]
pub struct ReadBill {
    /// Of the file as it was given.
    pub file: Digests,
    /// Its size as it was given.
    pub bytes: u64,
    /// Version of FOCUS, by its columns (BI-19); none for OpenCost.
    pub version: Option<&'static str>,
    /// What its rows amount to.
    pub tallied: Tallied,
}

/// Why a file is no bill.
#[derive(Debug, thiserror::Error)]
pub enum BillFileError {
    /// The file can't be read.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// It is compressed, and damaged or cut off.
    #[error("it is not whole as gzip: {0}")]
    Packed(String),
    /// It unpacks to more than any bill.
    #[error("it unpacks to more than {0} bytes")]
    Unpacked(u64),
    /// It has to be read at once, and is too large for that.
    #[error("it has more than {0} bytes")]
    Large(u64),
    /// A bill of it states amounts in several currencies, and it has one.
    #[error("the bill states amounts in several currencies, and its file has one")]
    Currencies,
    /// It has no such row.
    #[error("there is no row {number} in a bill of {rows} rows that are this file's")]
    NoRow {
        /// Which was asked for; 0 is the header.
        number: u64,
        /// Rows of the bill.
        rows: u64,
    },
    /// It can't be held against FOCUS's rules.
    #[error("{0}")]
    Conformance(#[from] ConformanceError),
    /// It is not as its format asks.
    #[error("{0}")]
    Bill(#[from] BillError),
}

/// Reads a FOCUS file, compressed with gzip or not. `watch` is told how many of its bytes were read.
///
/// # Errors
/// [`BillFileError`]: what is wrong first, from the front of the file.
pub fn read_focus(
    file: impl Read,
    watch: &(dyn Fn(u64) + Sync),
) -> Result<ReadBill, BillFileError> {
    stages::read(file, watch)
}

/// Reads an allocation of OpenCost, whose currency its reader knows (BI-41).
///
/// # Errors
/// [`BillFileError`].
pub fn read_opencost(
    file: impl Read,
    currency: &ledgit_core::name::Currency,
) -> Result<ReadBill, BillFileError> {
    let (bytes, text) = unpack::small(file)?;
    let tallied = ledgit_core::bill::opencost::read(&text, currency)?.tallied;
    let file = Digests::of(&bytes);
    Ok(ReadBill { file, bytes: bytes.len() as u64, version: None, tallied })
}

/// The same, in the one currency that a bill of it states.
///
/// # Errors
/// [`BillFileError`]; [`BillFileError::Currencies`] where a bill states several.
pub fn read_opencost_as(file: impl Read, bill: &Bill) -> Result<ReadBill, BillFileError> {
    let currency = hold::currency(bill).ok_or(BillFileError::Currencies)?;
    read_opencost(file, &currency)
}

/// Every charge of a FOCUS file, in order.
///
/// # Errors
/// [`BillFileError`], and what `each` says.
pub fn each_charge(
    mut file: impl Read,
    each: &mut (dyn FnMut(Charge) -> Result<(), BillFileError> + Send),
) -> Result<(), BillFileError> {
    let mut columns = None;
    stages::whole(&mut file, &mut |batch| {
        if columns.is_none() {
            columns = Some(Columns::of_header(Some(batch.header()))?);
        }
        let Some(columns) = &columns else { return Ok(()) };
        batch.rows().try_for_each(|row| each(columns.charge(&row)?))
    })
}

/// Every charge of an allocation of OpenCost, in the one currency that a bill of it states.
///
/// # Errors
/// As [`read_opencost_as`].
pub fn opencost_charges(file: impl Read, bill: &Bill) -> Result<Vec<Charge>, BillFileError> {
    Ok(opencost(file, bill)?.charges)
}

/// An allocation of OpenCost, in the one currency that a bill of it states.
fn opencost(file: impl Read, bill: &Bill) -> Result<OpenCost, BillFileError> {
    let currency = hold::currency(bill).ok_or(BillFileError::Currencies)?;
    let (_, text) = unpack::small(file)?;
    Ok(ledgit_core::bill::opencost::read(&text, &currency)?)
}

/// The cells of a row of a bill's file, and the proof that the bill has it (BI-14).
///
/// # Errors
/// [`BillFileError`]; a row that the file does not have among the bill's.
pub fn prove_row(file: impl Read, number: u64, bill: &Bill) -> Result<RowProof, BillFileError> {
    match bill.format {
        BillFormat::Focus => stages::prove(file, number, bill.rows),
        BillFormat::OpenCost => prove_text(&opencost(file, bill)?.texts, number, bill.rows),
    }
}

/// OpenCost's leaves are one text each (BI-40).
fn prove_text(texts: &[String], number: u64, rows: u64) -> Result<RowProof, BillFileError> {
    let missing = || BillFileError::NoRow { number, rows };
    let size = rows.checked_add(1).ok_or_else(missing)?;
    let mut walk = Walk::new(number, size).ok_or_else(missing)?;
    texts.iter().for_each(|text| walk.push(leaf([text.as_str()].into_iter())));
    let path = walk.finish().ok_or_else(missing)?;
    let text = usize::try_from(number).ok().and_then(|number| texts.get(number));
    let cells = vec![text.ok_or_else(missing)?.clone()];
    Ok(RowProof { row: number, rows, cells, path })
}

/// What the official requirements model finds in a FOCUS file, as it is written (FO).
///
/// # Errors
/// [`BillFileError`] for what is no CSV, and what can't be judged at all.
pub fn conformance(mut file: impl Read) -> Result<Report, BillFileError> {
    let mut judge = None;
    stages::whole(&mut file, &mut |batch| {
        if judge.is_none() {
            let header: Vec<_> = batch.header().iter().map(String::as_str).collect();
            judge = Some(Conformance::new(&Criteria::Shown, &header)?);
        }
        let Some(judge) = &mut judge else { return Ok(()) };
        for row in batch.rows() {
            let cells: Vec<_> =
                row.cells().map(|cell| Some(cell).filter(|cell| !cell.is_empty())).collect();
            judge.row(&cells)?;
        }
        Ok(())
    })?;
    Ok(judge.ok_or(BillError::NoRows)?.finish())
}
