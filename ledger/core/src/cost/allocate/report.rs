//! The report of an allocation: one JSON text a value (AL-40, AL-41).

use serde_json::{Map, Value};

use super::{Allocation, ENGINE, Figure, Left, Line, Reason, Target, Unit};
use crate::cost::Sum;
use crate::decimal::Decimal;
use crate::digest::Sha256;
use crate::limits::EVIDENCE_BYTES;
use crate::name::Label;
use crate::statement::{Measure, Purpose};

/// Why a text is not the report of an allocation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    /// It is no such JSON, or another engine's.
    #[error("it is no report of {ENGINE}: {0}")]
    Form(String),
    /// It says the same as a report, and is written otherwise.
    #[error("it is not written in the one form of a report")]
    Canonical,
    /// Lines and what is unallocated are not the total.
    #[error("{} in {} do not add up to their total", .0.measure.word(), .0.currency)]
    Balance(Unit),
}

impl Allocation {
    /// The report in its one form: keys in the order of their bytes, no white space (AL-40).
    pub fn report(&self) -> String {
        let totals = self.totals.iter().map(|(unit, figure)| object(figure_of(*figure), unit, []));
        let lines = self.lines.iter().map(|((unit, target), line)| line_of(unit, target, line));
        let left = self.unallocated.iter().map(|((unit, (reason, rule)), figure)| {
            let why = [("reason", reason.word().into()), ("rule", text(rule.as_ref()))];
            object(figure_of(*figure), unit, why)
        });
        sorted([
            ("engine", ENGINE.into()),
            ("lines", Value::Array(lines.collect())),
            ("rows", self.rows.into()),
            ("totals", Value::Array(totals.collect())),
            ("unallocated", Value::Array(left.collect())),
        ])
        .to_string()
    }

    /// Reads a report, and does its sums again.
    ///
    /// # Errors
    /// [`ReportError`].
    pub fn parse(report: &[u8]) -> Result<Self, ReportError> {
        let most = usize::try_from(EVIDENCE_BYTES).unwrap_or(usize::MAX);
        if report.len() > most {
            return Err(form("it is larger than evidence may be"));
        }
        let value: Value =
            serde_json::from_slice(report).map_err(|error| form(&error.to_string()))?;
        if value.get("engine").and_then(Value::as_str) != Some(ENGINE) {
            return Err(form("the engine is another"));
        }
        let read = Self {
            rows: count(&value, "rows")?,
            totals: all(&value, "totals", |one| Ok((unit(one)?, figure(one)?)))?,
            lines: all(&value, "lines", |one| Ok(((unit(one)?, target(one)?), line(one)?)))?,
            unallocated: all(&value, "unallocated", |one| {
                Ok(((unit(one)?, left(one)?), figure(one)?))
            })?,
        };
        if read.report().as_bytes() != report {
            return Err(ReportError::Canonical);
        }
        read.check_balance()?;
        Ok(read)
    }

    /// Whether in each unit what is allocated and what is not are together the total.
    fn check_balance(&self) -> Result<(), ReportError> {
        let lines = self.lines.iter().map(|((unit, _), line)| (unit, line.figure));
        let left = self.unallocated.iter().map(|((unit, _), figure)| (unit, *figure));
        let mut sums = std::collections::BTreeMap::<_, Sum>::new();
        for (unit, figure) in lines.chain(left) {
            sums.entry(unit).or_default().add(figure.amount);
        }
        for (unit, figure) in &self.totals {
            if sums.remove(unit).and_then(Sum::decimal) != Some(figure.amount) {
                return Err(ReportError::Balance(unit.clone()));
            }
        }
        match sums.pop_first() {
            Some((unit, _)) => Err(ReportError::Balance(unit.clone())),
            None => Ok(()),
        }
    }
}

fn line_of(unit: &Unit, target: &Target, line: &Line) -> Value {
    let model = target.model.map_or(Value::Null, |model| model.hex().into());
    let activity = target.activity.map_or(Value::Null, |activity| activity.word().into());
    let rules = line.rules.iter().map(|rule| rule.as_str().into()).collect();
    let more = [
        ("activity", activity),
        ("model", model),
        ("rules", Value::Array(rules)),
        ("team", text(target.team.as_ref())),
    ];
    object(figure_of(line.figure), unit, more)
}

fn text(label: Option<&Label>) -> Value {
    label.map_or(Value::Null, |label| label.as_str().into())
}

fn figure_of(figure: Figure) -> [(&'static str, Value); 2] {
    [("amount", figure.amount.to_string().into()), ("rows", figure.rows.into())]
}

fn object<const N: usize>(
    figure: [(&'static str, Value); 2],
    unit: &Unit,
    more: [(&'static str, Value); N],
) -> Value {
    let unit =
        [("currency", unit.currency.as_str().into()), ("measure", unit.measure.word().into())];
    sorted(figure.into_iter().chain(unit).chain(more))
}

/// An object whose keys stand in order, whichever order the map of the library keeps.
fn sorted(pairs: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    let mut pairs: Vec<_> = pairs.into_iter().collect();
    pairs.sort_by_key(|(key, _)| *key);
    let pairs = pairs.into_iter().map(|(key, value)| (key.to_owned(), value));
    Value::Object(pairs.collect::<Map<_, _>>())
}

fn form(why: &str) -> ReportError {
    ReportError::Form(why.to_owned())
}

fn wrong(name: &str) -> ReportError {
    ReportError::Form(format!("{name:?} is missing, or something else than it must be"))
}

/// Items of a list by their keys. One that stands twice is not written back twice.
fn all<K: Ord, V>(
    value: &Value,
    name: &str,
    read: impl Fn(&Value) -> Result<(K, V), ReportError>,
) -> Result<std::collections::BTreeMap<K, V>, ReportError> {
    let items = value.get(name).and_then(Value::as_array).ok_or_else(|| wrong(name))?;
    items.iter().map(read).collect()
}

fn count(value: &Value, name: &str) -> Result<u64, ReportError> {
    value.get(name).and_then(Value::as_u64).ok_or_else(|| wrong(name))
}

fn word<'v>(value: &'v Value, name: &str) -> Result<&'v str, ReportError> {
    value.get(name).and_then(Value::as_str).ok_or_else(|| wrong(name))
}

/// A text that means something, or null.
fn maybe<T>(
    value: &Value,
    name: &str,
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, ReportError> {
    match value.get(name) {
        Some(Value::Null) => Ok(None),
        _ => read(word(value, name)?).map(Some).ok_or_else(|| wrong(name)),
    }
}

fn unit(value: &Value) -> Result<Unit, ReportError> {
    let currency = word(value, "currency")?.parse().map_err(|_| wrong("currency"))?;
    let measure = Measure::from_word(word(value, "measure")?).ok_or_else(|| wrong("measure"))?;
    Ok(Unit { currency, measure })
}

fn figure(value: &Value) -> Result<Figure, ReportError> {
    let amount = Decimal::from_canonical(word(value, "amount")?).map_err(|_| wrong("amount"))?;
    Ok(Figure { amount, rows: count(value, "rows")? })
}

fn target(value: &Value) -> Result<Target, ReportError> {
    Ok(Target {
        model: maybe(value, "model", |text| Sha256::from_hex(text).ok())?,
        activity: maybe(value, "activity", Purpose::from_word)?,
        team: maybe(value, "team", |text| text.parse().ok())?,
    })
}

fn line(value: &Value) -> Result<Line, ReportError> {
    let rules = value.get("rules").and_then(Value::as_array).ok_or_else(|| wrong("rules"))?;
    let label = |rule: &Value| rule.as_str()?.parse().ok();
    let rules = rules.iter().map(label).collect::<Option<_>>().ok_or_else(|| wrong("rules"))?;
    Ok(Line { figure: figure(value)?, rules })
}

fn left(value: &Value) -> Result<Left, ReportError> {
    let reason = Reason::from_word(word(value, "reason")?).ok_or_else(|| wrong("reason"))?;
    Ok((reason, maybe(value, "rule", |text| text.parse().ok())?))
}
