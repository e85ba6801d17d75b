//! What can be wrong with the way that one cell is written, as bits, so that a row is read once for all rules.

use super::{moment, number, pairs, unit};

/// A text with U+0000, which no database's text has.
pub(super) const TEXT_TYPE: u64 = 1;
/// U+FFFD, which stands where bytes were not Unicode, or a code point that is no character.
pub(super) const TEXT_UNICODE: u64 = 1 << 1;
/// Nothing but spaces.
pub(super) const TEXT_BLANK: u64 = 1 << 2;
/// A word that stands for "no value".
pub(super) const PLACEHOLDER: u64 = 1 << 3;

/// Not a number in any writing of decimals.
pub(super) const NUMBER_TYPE: u64 = 1 << 4;
/// Not one number (`NumericFormat-A-002`).
pub(super) const NUMBER_SINGLE: u64 = 1 << 5;
/// Neither an integer, nor a decimal, nor in scientific notation (003).
pub(super) const NUMBER_FORM: u64 = 1 << 6;
/// A fraction (004).
pub(super) const NUMBER_FRACTION: u64 = 1 << 7;
/// A power of ten other than by E (005).
pub(super) const NUMBER_POWER: u64 = 1 << 8;
/// A sign before a positive exponent (006).
pub(super) const NUMBER_EXPONENT: u64 = 1 << 9;
/// Symbols, functions, operators (007).
pub(super) const NUMBER_OPERATOR: u64 = 1 << 10;
/// Qualifiers: units, signs of currencies, words (008).
pub(super) const NUMBER_QUALIFIER: u64 = 1 << 11;
/// Punctuation other than one point (009).
pub(super) const NUMBER_PUNCTUATION: u64 = 1 << 12;
/// A sign before a positive number (010).
pub(super) const NUMBER_PLUS: u64 = 1 << 13;
/// A negative number without a minus before it (011).
pub(super) const NUMBER_MINUS: u64 = 1 << 14;
/// All of `NumericFormat` that a cell shows.
pub(super) const NUMBER_FORMAT: u64 = NUMBER_SINGLE
    | NUMBER_FORM
    | NUMBER_FRACTION
    | NUMBER_POWER
    | NUMBER_EXPONENT
    | NUMBER_OPERATOR
    | NUMBER_QUALIFIER
    | NUMBER_PUNCTUATION
    | NUMBER_PLUS
    | NUMBER_MINUS;

/// Not a date or a moment in any writing of ISO 8601 or RFC 3339.
pub(super) const MOMENT_TYPE: u64 = 1 << 15;
/// An offset from UTC (`DateTimeFormat-A-001`).
pub(super) const MOMENT_UTC: u64 = 1 << 16;
/// Not ISO 8601 (002).
pub(super) const MOMENT_ISO: u64 = 1 << 17;
/// No time, or another separator than T (004).
pub(super) const MOMENT_T: u64 = 1 << 18;
/// Not hours, minutes and seconds of two digits (005).
pub(super) const MOMENT_DIGITS: u64 = 1 << 19;
/// No Z at the end (006).
pub(super) const MOMENT_Z: u64 = 1 << 20;
/// All of `DateTimeFormat`.
pub(super) const MOMENT_FORMAT: u64 =
    MOMENT_TYPE | MOMENT_UTC | MOMENT_ISO | MOMENT_T | MOMENT_DIGITS | MOMENT_Z;

/// Not one of the forms of a unit (`UnitFormat-A-001`).
pub(super) const UNIT_SHAPE: u64 = 1 << 21;
/// A listed unit in other capitals (003).
pub(super) const UNIT_CASE: u64 = 1 << 22;

/// Three letters that are no code of ISO 4217 (`CurrencyFormat-A-001`).
pub(super) const CURRENCY_CODE: u64 = 1 << 23;
/// A virtual currency's name that is no proper text (002).
pub(super) const CURRENCY_TEXT: u64 = 1 << 24;
/// Not a code of ISO 4217.
pub(super) const CURRENCY_NATIONAL: u64 = 1 << 25;

/// Not a JSON object (`KeyValueFormat-A-001`).
pub(super) const PAIRS_OBJECT: u64 = 1 << 26;
/// A key twice (002).
pub(super) const PAIRS_UNIQUE: u64 = 1 << 27;
/// A value that is an object or an array (003, 004).
pub(super) const PAIRS_NESTED: u64 = 1 << 28;
/// All of `KeyValueFormat`.
pub(super) const PAIRS_FORMAT: u64 = PAIRS_OBJECT | PAIRS_UNIQUE | PAIRS_NESTED;
/// A key of a SKU's price that is not in Pascal case (`SkuPriceDetails-C-002`).
pub(super) const SKU_PASCAL: u64 = 1 << 29;
/// A key that FOCUS does not define, without `x_` (017).
pub(super) const SKU_PREFIX: u64 = 1 << 30;
/// A key that FOCUS defines, in other capitals (020).
pub(super) const SKU_SPELLING: u64 = 1 << 31;
/// A value of another type than FOCUS gives to its key (021).
pub(super) const SKU_TYPE: u64 = 1 << 32;

/// What the cells of a column are read for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Profile {
    pub(super) text: bool,
    pub(super) number: bool,
    pub(super) moment: bool,
    pub(super) unit: bool,
    pub(super) currency: bool,
    pub(super) pairs: bool,
    /// Its keys are properties of a SKU's price.
    pub(super) sku: bool,
}

impl Profile {
    /// Adds what these flaws are found by.
    pub(super) fn add(&mut self, flaws: u64) {
        self.text |= flaws & (TEXT_TYPE | TEXT_UNICODE | TEXT_BLANK) != 0;
        self.number |= flaws & (NUMBER_TYPE | NUMBER_FORMAT) != 0;
        self.moment |= flaws & MOMENT_FORMAT != 0;
        self.unit |= flaws & (UNIT_SHAPE | UNIT_CASE) != 0;
        self.currency |= flaws & (CURRENCY_CODE | CURRENCY_TEXT | CURRENCY_NATIONAL) != 0;
        self.pairs |= flaws & PAIRS_FORMAT != 0;
    }

    /// The flaws of a cell that has a value.
    pub(super) fn flaws(self, cell: &str) -> u64 {
        let mut found = if is_placeholder(cell) { PLACEHOLDER } else { 0 };
        if self.text || self.currency {
            found |= text_flaws(cell);
        }
        if self.number {
            found |= number::flaws(cell);
        }
        if self.moment {
            found |= moment::flaws(cell);
        }
        if self.unit {
            found |= unit::flaws(cell);
        }
        if self.currency {
            found |= currency_flaws(cell, found);
        }
        if self.pairs {
            found |= pairs::flaws(cell, self.sku);
        }
        found
    }
}

/// FO-33.
const PLACEHOLDERS: &[&str] = &[
    "null",
    "(null)",
    "<null>",
    "\\n",
    "nil",
    "none",
    "n/a",
    "#n/a",
    "nan",
    "undefined",
    "not applicable",
    "not available",
];

fn is_placeholder(cell: &str) -> bool {
    let cell = cell.trim();
    cell.len() <= 14 && PLACEHOLDERS.iter().any(|word| word.eq_ignore_ascii_case(cell))
}

/// Whether a cell of texts breaks no rule: it is a text, and does not stand for none (FO-25, FO-33).
pub fn is_text(cell: &str) -> bool {
    !is_placeholder(cell) && text_flaws(cell) == 0
}

fn text_flaws(cell: &str) -> u64 {
    let mut found = if cell.bytes().all(|byte| byte == b' ') { TEXT_BLANK } else { 0 };
    if cell.bytes().any(|byte| byte == 0) {
        found |= TEXT_TYPE;
    }
    let lost = |c: char| {
        let code = u32::from(c);
        c == '\u{FFFD}' || code & 0xFFFE == 0xFFFE || (0xFDD0..=0xFDEF).contains(&code)
    };
    if !cell.is_ascii() && cell.chars().any(lost) {
        found |= TEXT_UNICODE;
    }
    found
}

/// The list that comes with the model: a number and a code in each line.
const CURRENCIES: &str = include_str!("../../../../../spec/focus/currency_codes.csv");

/// Whether the list that comes with the model has the code (FO-22).
pub fn is_currency(code: &str) -> bool {
    let mut lines = CURRENCIES.lines();
    lines.any(|line| line.split_once(',').is_some_and(|(_, listed)| listed == code))
        && code.len() == 3
}

fn currency_flaws(cell: &str, text: u64) -> u64 {
    if is_currency(cell) {
        return 0;
    }
    let letters = cell.trim();
    if letters.len() == 3 && letters.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return CURRENCY_NATIONAL | CURRENCY_CODE;
    }
    let text = text & (TEXT_TYPE | TEXT_UNICODE | TEXT_BLANK);
    if text == 0 { CURRENCY_NATIONAL } else { CURRENCY_NATIONAL | CURRENCY_TEXT }
}
