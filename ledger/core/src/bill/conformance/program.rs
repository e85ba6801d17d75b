//! Checks over column numbers, so that a row is judged without looking up names.

use super::check::{Check, Value};
use super::flaws;
use crate::decimal::Decimal;

/// What a check says of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Truth {
    /// It holds.
    Yes,
    /// It does not.
    No,
    /// There is no value to ask: nothing is broken, and no condition is met (FO-12).
    Null,
    /// A number has more digits than exact arithmetic has here.
    Open,
}

impl Truth {
    fn of(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

/// A check whose columns are places in a row.
#[derive(Debug, Clone)]
pub(super) enum Program {
    Always(Truth),
    All(Vec<Program>),
    Any(Vec<Program>),
    /// The second where the first is met.
    Where(Box<Program>, Box<Program>),
    Null(usize),
    NotNull(usize),
    Text(usize, String),
    OneOf(usize, Vec<String>),
    NotText(usize, String),
    Number(usize, Decimal),
    NotNumber(usize, Decimal),
    AtLeast(usize, Decimal),
    Same(usize, usize),
    NotSame(usize, usize),
    SameNumber(usize, usize),
    Later(usize, usize),
    Product(usize, usize, usize),
    Clean(usize, u64),
}

/// A row as all rules see it.
pub(super) struct Row<'a> {
    /// The cells; `None` where there is no value.
    pub(super) cells: &'a [Option<&'a str>],
    /// What is wrong with the way that each is written.
    pub(super) flaws: &'a [u64],
}

impl Row<'_> {
    pub(super) fn cell(&self, at: usize) -> Option<&str> {
        self.cells.get(at).copied().flatten().filter(|cell| !cell.is_empty())
    }

    pub(super) fn flaws(&self, at: usize) -> u64 {
        self.flaws.get(at).copied().unwrap_or(0)
    }

    /// The number of a cell: `Null` without one, `Open` with too many digits, `No` if it is none.
    fn number(&self, at: usize) -> Result<Decimal, Truth> {
        let cell = self.cell(at).ok_or(Truth::Null)?;
        let read = |text: &str| text.parse::<Decimal>();
        // A sign, or no digit on one side of the point, is a flaw of its own (FO-20).
        match read(cell).or_else(|_| read(&plain(cell))) {
            Ok(number) => Ok(number),
            Err(crate::decimal::DecimalError::Digits(_)) => Err(Truth::Open),
            Err(_) => Err(Truth::No),
        }
    }
}

/// `+.5` and `5.` as `0.5` and `5`.
fn plain(cell: &str) -> String {
    let cell = cell.strip_prefix('+').unwrap_or(cell);
    let (sign, cell) = match cell.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", cell),
    };
    let zero = if cell.starts_with('.') { "0" } else { "" };
    let (mantissa, exponent) = match cell.find(['e', 'E']) {
        Some(at) => cell.split_at(at),
        None => (cell, ""),
    };
    format!("{sign}{zero}{}{exponent}", mantissa.strip_suffix('.').unwrap_or(mantissa))
}

/// How names become places; `None` for a column that the file lacks.
pub(super) type Places<'a> = &'a dyn Fn(&str) -> Option<usize>;

impl Program {
    /// The check over places. What it asks of a column that the file lacks is asked of no value.
    /// Other rules and whole columns are no questions to a row: they hold.
    pub(super) fn new(check: &Check, places: Places<'_>) -> Self {
        let both = |a: &str, b: &str| Some((places(a)?, places(b)?));
        let nothing = Self::Always(Truth::Null);
        match check {
            Check::All(items) => {
                Self::All(items.iter().map(|item| Self::new(item, places)).collect())
            }
            Check::Any(items) => {
                Self::any(items.iter().map(|item| Self::new(item, places)).collect())
            }
            Check::Where(condition, check) => Self::Where(
                Box::new(Self::new(condition, places)),
                Box::new(Self::new(check, places)),
            ),
            Check::Rule(_) | Check::Present(_) | Check::OneEach(..) | Check::AtMostOneEach(..) => {
                Self::Always(Truth::Yes)
            }
            Check::Equals(column, value) => match (places(column), value) {
                (None, Value::Null) => Self::Always(Truth::Yes),
                (None, _) => nothing,
                (Some(at), Value::Null) => Self::Null(at),
                (Some(at), Value::Text(text)) => Self::Text(at, text.clone()),
                (Some(at), Value::Number(number)) => Self::Number(at, *number),
            },
            Check::Differs(column, value) => match (places(column), value) {
                (None, Value::Null) => Self::Always(Truth::No),
                (None, _) => Self::Always(Truth::Yes),
                (Some(at), Value::Null) => Self::NotNull(at),
                (Some(at), Value::Text(text)) => Self::NotText(at, text.clone()),
                (Some(at), Value::Number(number)) => Self::NotNumber(at, *number),
            },
            Check::AtLeast(column, least) => {
                places(column).map_or(nothing, |at| Self::AtLeast(at, *least))
            }
            Check::Same(a, b) => both(a, b).map_or(nothing, |(a, b)| Self::Same(a, b)),
            Check::NotSame(a, b) => both(a, b).map_or(nothing, |(a, b)| Self::NotSame(a, b)),
            Check::SameNumber(a, b) => both(a, b).map_or(nothing, |(a, b)| Self::SameNumber(a, b)),
            Check::Later(a, b) => both(a, b).map_or(nothing, |(a, b)| Self::Later(a, b)),
            Check::Product(a, b, result) => match (both(a, b), places(result)) {
                (Some((a, b)), Some(result)) => Self::Product(a, b, result),
                _ => nothing,
            },
            Check::Cell(column, flaws) => {
                places(column).map_or(nothing, |at| Self::Clean(at, *flaws))
            }
        }
    }

    /// One of them; texts of one column are one list.
    fn any(items: Vec<Self>) -> Self {
        let mut texts = Vec::new();
        let mut column = None;
        for item in &items {
            match item {
                Self::Text(at, text) if column.is_none_or(|column| column == *at) => {
                    column = Some(*at);
                    texts.push(text.clone());
                }
                _ => return Self::Any(items),
            }
        }
        match column {
            Some(at) => Self::OneOf(at, texts),
            None => Self::Any(items),
        }
    }

    /// What it says of a row.
    pub(super) fn of(&self, row: &Row<'_>) -> Truth {
        match self {
            Self::Always(truth) => *truth,
            Self::All(items) => {
                let mut all = Truth::Yes;
                for item in items {
                    match (item.of(row), all) {
                        (Truth::No, _) => return Truth::No,
                        (Truth::Open, _) => all = Truth::Open,
                        (Truth::Null, Truth::Yes) => all = Truth::Null,
                        _ => {}
                    }
                }
                all
            }
            Self::Any(items) => {
                let mut any = Truth::No;
                for item in items {
                    match (item.of(row), any) {
                        (Truth::Yes, _) => return Truth::Yes,
                        (Truth::Open, _) => any = Truth::Open,
                        (Truth::Null, Truth::No) => any = Truth::Null,
                        _ => {}
                    }
                }
                any
            }
            Self::Where(condition, check) => match condition.of(row) {
                Truth::Yes => check.of(row),
                Truth::Open => Truth::Open,
                Truth::No | Truth::Null => Truth::Yes,
            },
            Self::Null(at) => Truth::of(row.cell(*at).is_none()),
            Self::NotNull(at) => Truth::of(row.cell(*at).is_some()),
            Self::Text(at, text) => match row.cell(*at) {
                Some(cell) => Truth::of(cell == text),
                None => Truth::Null,
            },
            Self::OneOf(at, texts) => match row.cell(*at) {
                Some(cell) => Truth::of(texts.iter().any(|text| text == cell)),
                None => Truth::Null,
            },
            // No value is another value than this one.
            Self::NotText(at, text) => Truth::of(row.cell(*at) != Some(text.as_str())),
            Self::Number(at, number) => holds(row.number(*at).map(|cell| cell == *number)),
            Self::NotNumber(at, number) => match row.number(*at) {
                Ok(cell) => Truth::of(cell != *number),
                Err(Truth::Open) => Truth::Open,
                Err(_) => Truth::Yes,
            },
            Self::AtLeast(at, least) => holds(row.number(*at).map(|cell| cell >= *least)),
            Self::Same(a, b) => match (row.cell(*a), row.cell(*b)) {
                (Some(a), Some(b)) => Truth::of(a == b),
                _ => Truth::Null,
            },
            Self::NotSame(a, b) => match (row.cell(*a), row.cell(*b)) {
                (Some(a), Some(b)) => Truth::of(a != b),
                _ => Truth::Null,
            },
            Self::SameNumber(a, b) => match (row.number(*a), row.number(*b)) {
                (Ok(a), Ok(b)) => Truth::of(a == b),
                (Err(Truth::Open), _) | (_, Err(Truth::Open)) => Truth::Open,
                _ => Truth::Null,
            },
            Self::Later(a, b) => later(row, *a, *b),
            Self::Product(a, b, result) => product(row, *a, *b, *result),
            Self::Clean(at, flaws) => match row.cell(*at) {
                Some(_) => Truth::of(row.flaws(*at) & flaws == 0),
                None => Truth::Null,
            },
        }
    }
}

fn holds(answer: Result<bool, Truth>) -> Truth {
    match answer {
        Ok(holds) => Truth::of(holds),
        Err(truth) => truth,
    }
}

/// Moments in the one form that FOCUS gives them sort as texts.
fn later(row: &Row<'_>, start: usize, end: usize) -> Truth {
    match (row.cell(start), row.cell(end)) {
        (Some(a), Some(b)) if (row.flaws(start) | row.flaws(end)) & flaws::MOMENT_FORMAT == 0 => {
            Truth::of(a < b)
        }
        _ => Truth::Null,
    }
}

/// What is no number is a flaw of its own column and no wrong product.
fn product(row: &Row<'_>, a: usize, b: usize, result: usize) -> Truth {
    let (a, b, result) = match (row.number(a), row.number(b), row.number(result)) {
        (Ok(a), Ok(b), Ok(result)) => (a, b, result),
        (Err(Truth::Open), ..) | (_, Err(Truth::Open), _) | (.., Err(Truth::Open)) => {
            return Truth::Open;
        }
        _ => return Truth::Null,
    };
    equals_product(a, b, result).map_or(Truth::Open, Truth::of)
}

/// Whether `a * b` is `result`; `None` when it has too many digits to be known.
fn equals_product(a: Decimal, b: Decimal, result: Decimal) -> Option<bool> {
    let product = a.mantissa().checked_mul(b.mantissa())?;
    if product == 0 {
        return Some(result == Decimal::ZERO);
    }
    // In lowest form equal numbers have equal fields.
    let (mut product, mut scale) = (product, u32::from(a.scale()) + u32::from(b.scale()));
    while scale > 0 && product % 10 == 0 {
        product /= 10;
        scale -= 1;
    }
    Some(product == result.mantissa() && scale == u32::from(result.scale()))
}
