//! What a rule can ask of a row: the check functions of the model (FO-10), and those that stand beside
//! them for rules to which the model gives none (FO-30).

use super::flaws;
use crate::decimal::Decimal;

/// What a cell is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// No value.
    Null,
    /// A text.
    Text(String),
    /// A number, however it is written.
    Number(Decimal),
}

/// A question about one row, or about all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Check {
    /// All of them.
    All(Vec<Check>),
    /// One of them.
    Any(Vec<Check>),
    /// The second, in rows that meet the first.
    Where(Box<Check>, Box<Check>),
    /// Another rule.
    Rule(String),
    /// The file has the column.
    Present(String),
    /// The column has the value.
    Equals(String, Value),
    /// It has another one, or none.
    Differs(String, Value),
    /// It is a number that is not smaller.
    AtLeast(String, Decimal),
    /// Two columns have one text.
    Same(String, String),
    /// They have two.
    NotSame(String, String),
    /// Two columns are one number.
    SameNumber(String, String),
    /// The second column is a later moment than the first.
    Later(String, String),
    /// Each value of the first column goes with exactly one of the second.
    OneEach(String, String),
    /// Each value of the first column goes with at most one of the second.
    AtMostOneEach(String, String),
    /// First times second is third, exactly.
    Product(String, String, String),
    /// The cell has none of these flaws.
    Cell(String, u64),
}

/// Check functions that ask how one cell is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Test {
    TypeString,
    TypeDecimal,
    TypeDateTime,
    FormatString,
    FormatNumeric,
    FormatDateTime,
    FormatUnit,
    FormatKeyValue,
    FormatCurrency,
    NationalCurrency,
    DecimalValue,
}

const TESTS: &[(&str, Test)] = &[
    ("TypeString", Test::TypeString),
    ("TypeDecimal", Test::TypeDecimal),
    ("TypeDateTime", Test::TypeDateTime),
    ("FormatString", Test::FormatString),
    ("FormatNumeric", Test::FormatNumeric),
    ("FormatDateTime", Test::FormatDateTime),
    ("FormatUnit", Test::FormatUnit),
    ("FormatKeyValue", Test::FormatKeyValue),
    ("FormatCurrency", Test::FormatCurrency),
    ("CheckNationalCurrency", Test::NationalCurrency),
    ("CheckDecimalValue", Test::DecimalValue),
];

/// The other check functions of the model.
const OTHERS: &[&str] = &[
    "AND",
    "OR",
    "CheckModelRule",
    "ColumnPresent",
    "CheckValue",
    "CheckNotValue",
    "CheckGreaterOrEqualThanValue",
    "CheckSameValue",
    "CheckNotSameValue",
    "CheckDistinctCount",
    "ColumnByColumnEqualsColumnValue",
];

impl Test {
    pub(super) fn read(name: &str) -> Option<Self> {
        TESTS.iter().find(|(known, _)| *known == name).map(|(_, test)| *test)
    }

    /// What a cell must not have.
    pub(super) fn flaws(self) -> u64 {
        match self {
            Self::TypeString => flaws::TEXT_TYPE,
            Self::TypeDecimal | Self::DecimalValue => flaws::NUMBER_TYPE,
            Self::TypeDateTime => flaws::MOMENT_TYPE,
            Self::FormatString => flaws::TEXT_TYPE | flaws::TEXT_UNICODE,
            Self::FormatNumeric => flaws::NUMBER_FORMAT,
            Self::FormatDateTime => flaws::MOMENT_FORMAT,
            Self::FormatUnit => flaws::UNIT_SHAPE | flaws::UNIT_CASE,
            Self::FormatKeyValue => flaws::PAIRS_FORMAT,
            Self::FormatCurrency => flaws::CURRENCY_CODE | flaws::CURRENCY_TEXT,
            Self::NationalCurrency => flaws::CURRENCY_NATIONAL,
        }
    }
}

impl Check {
    /// Whether the name is that of a check function.
    pub(super) fn is_known(name: &str) -> bool {
        Test::read(name).is_some() || OTHERS.contains(&name)
    }

    /// Rules that it names, in order.
    pub(super) fn rules<'a>(&'a self, found: &mut Vec<&'a str>) {
        match self {
            Self::All(items) | Self::Any(items) => items.iter().for_each(|item| item.rules(found)),
            Self::Where(_, check) => check.rules(found),
            Self::Rule(id) => found.push(id),
            _ => {}
        }
    }

    /// Columns that it reads, each once.
    pub(super) fn columns<'a>(&'a self, found: &mut Vec<&'a str>) {
        let mut add = |name: &'a str| {
            if !found.contains(&name) {
                found.push(name);
            }
        };
        match self {
            Self::All(items) | Self::Any(items) => {
                items.iter().for_each(|item| item.columns(found));
            }
            Self::Where(condition, check) => {
                condition.columns(found);
                check.columns(found);
            }
            Self::Rule(_) | Self::Present(_) => {}
            Self::Equals(a, _) | Self::Differs(a, _) | Self::AtLeast(a, _) | Self::Cell(a, _) => {
                add(a);
            }
            Self::Same(a, b)
            | Self::NotSame(a, b)
            | Self::SameNumber(a, b)
            | Self::Later(a, b)
            | Self::OneEach(a, b)
            | Self::AtMostOneEach(a, b) => {
                add(a);
                add(b);
            }
            Self::Product(a, b, result) => {
                add(a);
                add(b);
                add(result);
            }
        }
    }
}
