//! Requirements about documents, lineage, statements, money and programs (E-26 to E-31, E-33).

use super::metric::not_negative;
use super::values::{count, field, label, list_of, maybe, named, span, wanted, word};
use crate::name::{Currency, Label, is_hidden};
use crate::policy::{
    BudgetRule, Counted, DocumentRule, Format, LineageRule, RegoRule, Rule, StatementRule,
    WithinBudgetRule,
};
use crate::yaml::{Node, YamlError};

/// What a cost may be for, as statements name it. A word that no cost has would leave costs out.
const PURPOSES: [&str; 8] = [
    "training",
    "inference",
    "explainability",
    "fairness-audit",
    "drift-monitoring",
    "adversarial-testing",
    "reporting",
    "evidence-storage",
];

/// `Document` (E-26).
pub fn document(node: &Node) -> Result<Rule, YamlError> {
    node.fields(["type", "id", "by", "document", "format", "maxAge"])?;
    Ok(Rule::Document(DocumentRule {
        sort: wanted(node, "document", label)?,
        format: maybe(node, "format", format)?,
        max_age: maybe(node, "maxAge", span)?,
    }))
}

/// A format's name.
pub fn format(node: &Node) -> Result<Format, YamlError> {
    word(node, Format::from_word, Format::WORDS)
}

/// `Lineage` (E-27).
pub fn lineage(node: &Node) -> Result<Rule, YamlError> {
    node.fields(["type", "id", "by", "roles", "licenses", "code"])?;
    let required = |word: &str| (word == "required").then_some(());
    let code = maybe(node, "code", |node| word(node, required, &["required"]))?;
    Ok(Rule::Lineage(LineageRule {
        roles: maybe(node, "roles", |node| list_of(node, label))?,
        licenses: maybe(node, "licenses", |node| list_of(node, label))?,
        code: code.is_some(),
    }))
}

/// `Statement` (E-28).
pub fn statement(node: &Node) -> Result<Rule, YamlError> {
    node.fields(["type", "id", "by", "kind", "min"])?;
    if field(node, "by")?.is_none() {
        return Err(node.wrong("\"by\" is missing: whose statements are asked for"));
    }
    let min = maybe(node, "min", count)?.unwrap_or(1);
    Ok(Rule::Statement(StatementRule { kind: wanted(node, "kind", stated)?, min }))
}

/// A kind of statement that a requirement may ask for: approvals have a workflow.
fn stated(node: &Node) -> Result<Counted, YamlError> {
    let words = Counted::WORDS.iter().copied();
    let words: Vec<_> = words.filter(|word| *word != Counted::Approval.word()).collect();
    word(node, |word| Counted::from_word(word).filter(|kind| *kind != Counted::Approval), &words)
}

/// `SeparationOfDuties` (E-29).
pub fn separation(node: &Node) -> Result<Rule, YamlError> {
    node.fields(["type", "id", "kinds"])?;
    let kind = |node: &Node| word(node, Counted::from_word, Counted::WORDS);
    wanted(node, "kinds", |list| match list_of(list, kind)? {
        kinds if kinds.len() < 2 => Err(list.wrong("one kind is separate from nothing: name two")),
        kinds => Ok(Rule::Separation(kinds)),
    })
}

/// `Budget` (E-30).
pub fn budget(node: &Node) -> Result<Rule, YamlError> {
    node.fields(["type", "id", "by", "ceiling", "currency", "purposes", "measure"])?;
    Ok(Rule::Budget(BudgetRule {
        ceiling: wanted(node, "ceiling", not_negative)?,
        currency: wanted(node, "currency", currency)?,
        purposes: maybe(node, "purposes", |node| list_of(node, purpose))?,
        measure: maybe(node, "measure", label)?,
    }))
}

/// `WithinBudget` (E-33).
pub fn within_budget(node: &Node) -> Result<Rule, YamlError> {
    node.fields(["type", "id", "budget"])?;
    Ok(Rule::WithinBudget(WithinBudgetRule { budget: wanted(node, "budget", label)? }))
}

/// A currency that a cost can have (S-22).
fn currency(node: &Node) -> Result<Currency, YamlError> {
    let found: Currency = named(node, node.text()?)?;
    match found.is_listed() {
        true => Ok(found),
        false => Err(node.wrong(format!("{found} is no currency of ISO 4217"))),
    }
}

fn purpose(node: &Node) -> Result<Label, YamlError> {
    let known = |word: &str| PURPOSES.into_iter().find(|purpose| *purpose == word);
    named(node, word(node, known, &PURPOSES)?)
}

/// `Rego` (E-31): what it says is for an engine to read, that it can be read by people is for us.
pub fn rego(node: &Node) -> Result<Rule, YamlError> {
    node.fields(["type", "id", "module"])?;
    let module = wanted(node, "module", |module| {
        let text = module.text()?;
        let hidden = |c: &char| !matches!(c, '\n' | '\t') && (c.is_control() || is_hidden(*c));
        match text.chars().find(hidden) {
            Some(c) => {
                let code = u32::from(c);
                Err(module.wrong(format!("a module has no hidden character U+{code:04X}")))
            }
            None if text.trim().is_empty() => Err(module.wrong("the module is empty")),
            None => Ok(text.to_owned()),
        }
    })?;
    Ok(Rule::Rego(RegoRule { module }))
}
