//! Why a file of charges is refused.

use crate::limits::{
    BILL_CELL_BYTES, BILL_COLUMNS, BILL_ROW_BYTES, BILL_ROWS, BILL_TAGS, DECIMAL_DIGITS,
    OPENCOST_BYTES,
};
use crate::name::Currency;
use crate::statement::Measure;

/// The start of a text, for a message.
pub(super) fn short(text: &str) -> String {
    text.chars().take(80).collect()
}

/// Why a file of charges is refused: where, and what was found there. Row 0 is the header, row 1 the
/// first after it. What is quoted is cut to 80 characters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BillError {
    /// Nothing in it, not even a header (BI-12).
    #[error("the file has no header")]
    Empty,
    /// A header alone (BI-12).
    #[error("the file has no row")]
    NoRows,
    /// More rows than are read (BI-12).
    #[error("the file has more than {BILL_ROWS} rows")]
    Rows,
    /// More columns than are read (BI-12).
    #[error("the header has more than {BILL_COLUMNS} columns")]
    Columns,
    /// A cell that is not UTF-8 (BI-12).
    #[error("row {row} is not UTF-8")]
    Utf8 {
        /// Its number.
        row: u64,
    },
    /// A row that does not have as many cells as the header (BI-12).
    #[error("row {row} has {found} cells; the header has {columns}")]
    Cells {
        /// Its number.
        row: u64,
        /// Cells that it has; not counted on past one more than [`BILL_COLUMNS`].
        found: usize,
        /// Cells of the header.
        columns: usize,
    },
    /// A row that is too long (BI-12).
    #[error("row {row} has more than {BILL_ROW_BYTES} bytes")]
    RowBytes {
        /// Its number.
        row: u64,
    },
    /// A cell that is too long (BI-12).
    #[error("cell {cell} of row {row} has {bytes} bytes; at most {BILL_CELL_BYTES} are read")]
    CellBytes {
        /// Number of the row.
        row: u64,
        /// Which cell; the first is 1.
        cell: usize,
        /// Bytes that it has.
        bytes: usize,
    },
    /// An odd number of quotes: the file is cut off, or was not written as CSV (BI-11).
    #[error("a quote is opened and not closed: the file is cut off, or is not RFC 4180")]
    Quotes,
    /// Two columns of one name (BI-16).
    #[error("the column {column:?} stands twice in the header")]
    DoubledColumn {
        /// The name.
        column: String,
    },
    /// A column without which there is no bill (BI-15).
    #[error("the column {column} is missing; the header has {there}")]
    MissingColumn {
        /// Its name, or the names of which one is needed.
        column: &'static str,
        /// The names that are there.
        there: String,
    },
    /// A cell that must not be null (BI-22).
    #[error("row {row}: {column} is null")]
    Null {
        /// Number of the row.
        row: u64,
        /// The column.
        column: &'static str,
    },
    /// An amount that is no number (BI-24).
    #[error("row {row}: {column} is {found:?}, which is not a plain decimal number")]
    Number {
        /// Number of the row.
        row: u64,
        /// The column.
        column: &'static str,
        /// The cell.
        found: String,
    },
    /// An amount that is never rounded, and too long (BI-24).
    #[error("row {row}: {column} is {found:?}; a number has at most {DECIMAL_DIGITS} digits")]
    Digits {
        /// Number of the row.
        row: u64,
        /// The column.
        column: &'static str,
        /// The cell.
        found: String,
    },
    /// A time that has more than one meaning, or none (BI-23).
    #[error("row {row}: {column} is {found:?}; a time is written 2026-11-24T09:30:00Z")]
    Time {
        /// Number of the row.
        row: u64,
        /// The column.
        column: &'static str,
        /// The cell.
        found: String,
    },
    /// A period that does not end after it starts (BI-23).
    #[error("row {row}: {column} is {until}, and the period starts at {from}")]
    Period {
        /// Number of the row.
        row: u64,
        /// The column of its end.
        column: &'static str,
        /// Its start, as it was read.
        from: crate::time::Timestamp,
        /// Its end, as it was read.
        until: crate::time::Timestamp,
    },
    /// A currency that ISO 4217 does not have (BI-25).
    #[error("row {row}: BillingCurrency is {found:?}, which ISO 4217 does not have")]
    Currency {
        /// Number of the row.
        row: u64,
        /// The cell.
        found: String,
    },
    /// A category that FOCUS does not have (BI-26).
    #[error(
        "row {row}: ChargeCategory is {found:?}; FOCUS has Usage, Purchase, Tax, Credit, Adjustment"
    )]
    Category {
        /// Number of the row.
        row: u64,
        /// The cell.
        found: String,
    },
    /// A class that FOCUS does not have (BI-27).
    #[error("row {row}: ChargeClass is {found:?}; FOCUS has Correction, or null")]
    Class {
        /// Number of the row.
        row: u64,
        /// The cell.
        found: String,
    },
    /// Tags that can not be read (BI-28).
    #[error("row {row}: Tags: {why}")]
    Tags {
        /// Number of the row.
        row: u64,
        /// Why.
        why: TagError,
    },
    /// A sum that is never rounded, and too long (BI-32).
    #[error("the sum of {} in {currency} has more than {DECIMAL_DIGITS} digits", measure.word())]
    Total {
        /// Of which amounts.
        measure: Measure,
        /// In which currency.
        currency: Currency,
    },
    /// Parts of a tally that do not follow each other.
    #[error("the rows from {found} were given where those from {expected} belong")]
    Order {
        /// Number of the first row that was given.
        found: u64,
        /// Number of the row that belongs there.
        expected: u64,
    },
    /// More bytes of JSON than are read (BI-40).
    #[error("the file has {0} bytes; at most {OPENCOST_BYTES} are read")]
    Bytes(usize),
    /// Not JSON, a key twice, or not what OpenCost answers (BI-40).
    #[error("not allocations of OpenCost: {0}")]
    Json(String),
    /// OpenCost answered with an error (BI-40).
    #[error("OpenCost answered with the code {0}")]
    Code(String),
    /// A part of an allocation is of another kind than belongs there (BI-40 to BI-45).
    #[error("row {row} ({name:?}): {field} is {found}")]
    Field {
        /// Number of the row.
        row: u64,
        /// The allocation's name.
        name: String,
        /// What was read.
        field: &'static str,
        /// What stands there.
        found: String,
    },
}

/// Why a cell of tags is refused (BI-28).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TagError {
    /// Not one JSON object, from this byte on.
    #[error("{found:?}, at byte {at}, does not belong into a JSON object of tags")]
    Json {
        /// Offset in the cell.
        at: usize,
        /// What stands there.
        found: String,
    },
    /// A list or an object as a value.
    #[error("the value at byte {at} is a list or an object")]
    Nested {
        /// Offset in the cell.
        at: usize,
    },
    /// More tags than are read.
    #[error("more than {BILL_TAGS} tags")]
    Many,
}
