//! Reading a table (H-20). Nothing is skipped and nothing has two spellings.

use super::{Applies, Rule, Span, Table, TableError};
use crate::name::Label;
use crate::statement::Kind;

/// Kinds whose statements may name evidence that a rule is about. Documents of rosters and policies
/// can't be erased at all.
const KINDS: &[Kind] = &[
    Kind::Dataset,
    Kind::Model,
    Kind::Metric,
    Kind::Approval,
    Kind::Cost,
    Kind::Document,
    Kind::Run,
    Kind::Correction,
    Kind::Exception,
    Kind::Erasure,
    Kind::Bill,
    Kind::Allocation,
    Kind::Benefit,
];

struct Lines<'t> {
    lines: Vec<&'t str>,
    at: usize,
}

impl<'t> Lines<'t> {
    fn wrong(&self, why: &'static str) -> TableError {
        TableError { line: self.at, why }
    }

    fn next(&mut self) -> Result<&'t str, TableError> {
        self.at += 1;
        self.lines.get(self.at - 1).copied().ok_or(self.wrong("something is missing at the end"))
    }

    /// What stands behind a key; the keys come in one order.
    fn field(&mut self, key: &str) -> Result<&'t str, TableError> {
        let line = self.next()?;
        let value = line.strip_prefix(key).and_then(|rest| rest.strip_prefix(": "));
        let value = value.filter(|value| !value.is_empty() && value.trim() == *value);
        value.ok_or(self.wrong("another line belongs here, or it says nothing"))
    }

    fn label(&self, text: &str) -> Result<Label, TableError> {
        text.parse().map_err(|_| self.wrong("it is no label"))
    }

    fn list<T: PartialEq>(
        &self,
        text: &'t str,
        read: impl Fn(&'t str) -> Result<T, TableError>,
    ) -> Result<Vec<T>, TableError> {
        let mut all = Vec::new();
        for one in text.split(", ") {
            let one = read(one)?;
            if all.contains(&one) {
                return Err(self.wrong("something stands twice"));
            }
            all.push(one);
        }
        Ok(all)
    }
}

pub(super) fn table(text: &str) -> Result<Table, TableError> {
    let whole = text.strip_suffix('\n').unwrap_or_default();
    let mut from = Lines { lines: whole.split('\n').collect(), at: 0 };
    let version = from.next()?;
    let numbered = version.strip_prefix("retention/").is_some_and(is_number);
    let version = from.label(version)?;
    if !numbered {
        return Err(from.wrong("a table begins with its version: retention/1"));
    }
    let mut rules: Vec<Rule> = Vec::new();
    while rules.is_empty() || from.at < from.lines.len() {
        if !from.next()?.is_empty() {
            return Err(from.wrong("an empty line stands before each rule"));
        }
        let id = from.field("rule")?;
        let id = from.label(id)?;
        if rules.iter().any(|rule| rule.id == id) {
            return Err(from.wrong("a rule of this name stands before it"));
        }
        rules.push(rule(&mut from, id)?);
    }
    Ok(Table { version, rules })
}

fn rule(from: &mut Lines<'_>, id: Label) -> Result<Rule, TableError> {
    let text = from.field("applies")?;
    let applies = from.list(text, |one| applies(from, one))?;
    let text = from.field("for")?;
    let span = span(text).ok_or(from.wrong("write it as 10 years, 6 months or 30 days"))?;
    let text = from.field("yields")?;
    let yields = match text {
        "none" => Vec::new(),
        text => from.list(text, |one| from.label(one))?,
    };
    let cites = from.field("cites")?;
    if cites.chars().any(char::is_control) {
        return Err(from.wrong("a citation is one line of text"));
    }
    Ok(Rule { id, applies, span, yields, cites: cites.to_owned() })
}

fn applies(from: &Lines<'_>, text: &str) -> Result<Applies, TableError> {
    let (kind, sort) = match text.split_once('/') {
        Some((kind, sort)) => (kind, Some(from.label(sort)?)),
        None => (text, None),
    };
    let kind = Kind::from_name(kind).filter(|kind| KINDS.contains(kind));
    let kind = kind.ok_or(from.wrong("no statement of this kind names such evidence"))?;
    if sort.is_some() && kind != Kind::Document {
        return Err(from.wrong("documents alone have a type"));
    }
    Ok(Applies { kind, sort })
}

fn is_number(text: &str) -> bool {
    let digits = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    digits && !text.starts_with('0')
}

fn span(text: &str) -> Option<Span> {
    let (number, unit) = text.split_once(' ')?;
    let number = is_number(number).then(|| number.parse().ok())??;
    match unit {
        "years" => Some(Span::Years(number)),
        "months" => Some(Span::Months(number)),
        "days" => Some(Span::Days(number)),
        _ => None,
    }
}
