//! The columns of FOCUS 1.2, as the requirements model tells of them (FO-05).

use super::check::{Check, Value};
use super::model::{Entity, Keyword, Model, ModelError, Strength};
use super::plan::{is_required, profiles};
use super::tree::shown_by;

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DataType {
    /// Texts.
    String,
    /// Exact numbers.
    Decimal,
    /// Moments in UTC.
    DateTime,
    /// JSON objects of keys and values.
    KeyValue,
}

/// Whether a file has the column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Always.
    Mandatory,
    /// Where the provider supports what [`Column::criteria`] names.
    Conditional,
    /// Better with it.
    Recommended,
}

/// A column of FOCUS 1.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its id, which is what a header has.
    pub name: &'static str,
    /// What its values are.
    pub data_type: DataType,
    /// Whether a row may have no value in it, in some case.
    pub nullable: bool,
    /// Whether a file has it.
    pub level: Level,
    /// What its presence shows that the provider supports.
    pub criteria: Vec<&'static str>,
    /// The values that it may have; empty where they are not listed.
    pub values: Vec<&'static str>,
}

/// The columns, by their names.
///
/// # Errors
/// [`ModelError`], which a test shows not to happen.
pub fn columns() -> Result<Vec<Column>, ModelError> {
    let model = Model::focus_1_2()?;
    let each = profiles(model).into_iter().map(|(name, profile)| Column {
        name,
        data_type: match profile {
            _ if profile.pairs => DataType::KeyValue,
            _ if profile.number => DataType::Decimal,
            _ if profile.moment => DataType::DateTime,
            _ => DataType::String,
        },
        nullable: !is_required(model, name),
        level: level(model, name),
        criteria: shown_by(model, name).into_iter().collect(),
        values: values(model, name),
    });
    Ok(each.collect())
}

fn level(model: &Model, column: &str) -> Level {
    let presence = model
        .rules()
        .iter()
        .filter(|rule| matches!(&rule.requirement, Some(Check::Present(name)) if name == column));
    let mut level = Level::Recommended;
    for rule in presence.filter(|rule| rule.keyword.strength() == Strength::Demand) {
        level = if rule.criteria.is_empty() { Level::Mandatory } else { Level::Conditional };
    }
    level
}

/// The one rule that lists them is a choice between values of the column alone.
fn values(model: &'static Model, column: &str) -> Vec<&'static str> {
    let listed = |check: &'static Check| match check {
        Check::Equals(name, Value::Text(text)) if name == column => Some(text.as_str()),
        _ => None,
    };
    for rule in model.rules() {
        let own = rule.entity == Entity::Column && rule.keyword == Keyword::Must;
        match &rule.requirement {
            Some(Check::Any(items)) if own => {
                let found: Option<Vec<&str>> = items.iter().map(listed).collect();
                if let Some(found) = found {
                    return found;
                }
            }
            _ => {}
        }
    }
    Vec::new()
}
