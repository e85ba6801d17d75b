//! The requirements model as its authors publish it, read strictly (FO-01, FO-02).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use serde_json::{Map, Value as Json};

use super::check::{Check, Test, Value};
use super::dynamic::dynamic;

/// The model of FOCUS 1.2, unchanged (`spec/focus/SOURCES.txt`).
const MODEL: &str = include_str!("../../../../../spec/focus/requirements-1.2.json");

/// Why a requirements model is not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// Not JSON.
    #[error("the requirements model is not JSON: {0}")]
    Json(String),
    /// A field, a word or a check function that no rule of FO names, or one that is missing.
    #[error("the requirements model is not understood at {at}: {what}")]
    Unknown {
        /// The rule or the part of the model.
        at: String,
        /// What is not understood there.
        what: String,
    },
}

/// How strongly a rule asks (RFC 2119).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Keyword {
    /// `MUST`.
    Must,
    /// `MUST NOT`.
    MustNot,
    /// `SHOULD`.
    Should,
    /// `SHOULD NOT`.
    ShouldNot,
    /// `RECOMMENDED`.
    Recommended,
    /// `MAY`: nothing can break it.
    May,
}

/// What follows when a rule is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strength {
    /// Nothing.
    Permission,
    /// A warning.
    Advice,
    /// The file does not conform.
    Demand,
}

impl Keyword {
    /// As the model writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Must => "MUST",
            Self::MustNot => "MUST NOT",
            Self::Should => "SHOULD",
            Self::ShouldNot => "SHOULD NOT",
            Self::Recommended => "RECOMMENDED",
            Self::May => "MAY",
        }
    }

    /// What follows when it is broken.
    pub fn strength(self) -> Strength {
        match self {
            Self::Must | Self::MustNot => Strength::Demand,
            Self::Should | Self::ShouldNot | Self::Recommended => Strength::Advice,
            Self::May => Strength::Permission,
        }
    }

    fn read(text: &str) -> Option<Self> {
        let all = [
            Self::Must,
            Self::MustNot,
            Self::Should,
            Self::ShouldNot,
            Self::Recommended,
            Self::May,
        ];
        all.into_iter().find(|keyword| keyword.as_str() == text)
    }
}

/// What a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Entity {
    /// The file's columns as a whole.
    Dataset,
    /// A property that columns share: how dates are written.
    Attribute,
    /// One column.
    Column,
}

/// One rule of the model.
#[derive(Debug, Clone)]
pub struct Rule {
    /// `BilledCost-C-003-M`.
    pub id: String,
    /// What it is about.
    pub entity: Entity,
    /// The column or attribute that it belongs to.
    pub reference: String,
    /// How strongly it asks.
    pub keyword: Keyword,
    /// The requirement in words.
    pub text: String,
    /// What a provider must support for the rule to apply; all of them.
    pub criteria: Vec<String>,
    /// The check; `None` for a `Dynamic` rule.
    pub(super) requirement: Option<Check>,
    /// Which rows it is about; `None` for all.
    pub(super) condition: Option<Check>,
}

/// The rules, in the order of the model.
#[derive(Debug, Clone)]
pub struct Model {
    rules: Vec<Rule>,
    criteria: Vec<String>,
    places: BTreeMap<String, usize>,
}

impl Model {
    /// The model of FOCUS 1.2.
    ///
    /// # Errors
    /// [`ModelError`], which a test shows not to happen.
    pub fn focus_1_2() -> Result<&'static Self, ModelError> {
        static READ: OnceLock<Result<Model, ModelError>> = OnceLock::new();
        READ.get_or_init(|| Model::read(MODEL)).as_ref().map_err(Clone::clone)
    }

    /// Reads a model.
    ///
    /// # Errors
    /// [`ModelError`] for anything that FO-02 does not name.
    pub fn read(text: &str) -> Result<Self, ModelError> {
        let json: Json =
            serde_json::from_str(text).map_err(|error| ModelError::Json(error.to_string()))?;
        let top = object(&json, "model")?;
        let parts =
            ["Details", "ApplicabilityCriteria", "CheckFunctions", "ModelDatasets", "ModelRules"];
        only(top, &parts, "model")?;
        let details = object(field(top, "Details", "model")?, "Details")?;
        if field(details, "FOCUSVersion", "Details")?.as_str() != Some("1.2") {
            return Err(unknown("Details", "a FOCUSVersion other than 1.2"));
        }
        let criteria = object(field(top, "ApplicabilityCriteria", "model")?, "criteria")?;
        let criteria: Vec<String> = criteria.keys().cloned().collect();
        let functions = object(field(top, "CheckFunctions", "model")?, "CheckFunctions")?;
        for name in functions.keys() {
            if !Check::is_known(name) {
                return Err(unknown("CheckFunctions", name));
            }
        }
        let mut rules = Vec::new();
        let mut places = BTreeMap::new();
        for (id, rule) in object(field(top, "ModelRules", "model")?, "ModelRules")? {
            places.insert(id.clone(), rules.len());
            rules.push(read_rule(id, rule, &criteria)?);
        }
        let model = Self { rules, criteria, places };
        model.check_references()?;
        model.check_judged()?;
        Ok(model)
    }

    /// The rules, in the order of the model.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// What providers may or may not support, in the order of the model.
    pub fn criteria(&self) -> &[String] {
        &self.criteria
    }

    /// Where a rule stands in [`Model::rules`].
    pub fn place(&self, id: &str) -> Option<usize> {
        self.places.get(id).copied()
    }

    /// Every rule without a check is one that the code knows (FO-30), and a choice is one between checks.
    fn check_judged(&self) -> Result<(), ModelError> {
        for rule in &self.rules {
            if rule.is_dynamic() && rule.keyword != Keyword::May && dynamic(&rule.id).is_none() {
                return Err(unknown(&rule.id, "a Dynamic rule that is not known"));
            }
            if let Some(Check::Any(_)) = &rule.requirement {
                for part in rule.parts() {
                    let part = self.place(part).and_then(|place| self.rules.get(place));
                    if part.is_none_or(|part| part.is_dynamic() || !part.parts().is_empty()) {
                        return Err(unknown(&rule.id, "a choice between more than checks"));
                    }
                }
            }
        }
        Ok(())
    }

    /// Every part of a composite is there, and none contains itself.
    fn check_references(&self) -> Result<(), ModelError> {
        for rule in &self.rules {
            let mut seen = BTreeSet::new();
            let mut next = vec![rule];
            while let Some(one) = next.pop() {
                for part in one.parts() {
                    let place = self.place(part);
                    let found = place.and_then(|place| self.rules.get(place));
                    let found = found.ok_or_else(|| unknown(&one.id, part))?;
                    if found.id == rule.id {
                        return Err(unknown(&rule.id, "a rule that is a part of itself"));
                    }
                    if seen.insert(&found.id) {
                        next.push(found);
                    }
                }
            }
        }
        Ok(())
    }
}

impl Rule {
    /// The rules that this one is made of; none unless it is a composite.
    pub fn parts(&self) -> Vec<&str> {
        let mut found = Vec::new();
        if let Some(check) = &self.requirement {
            check.rules(&mut found);
        }
        found
    }

    /// Whether data alone can't say what it asks, so that the model gives no check for it.
    pub fn is_dynamic(&self) -> bool {
        self.requirement.is_none()
    }
}

fn read_rule(id: &str, json: &Json, criteria: &[String]) -> Result<Rule, ModelError> {
    let rule = object(json, id)?;
    let fields = [
        "Function",
        "Reference",
        "EntityType",
        "Notes",
        "ModelVersionIntroduced",
        "Status",
        "ApplicabilityCriteria",
        "Type",
        "ValidationCriteria",
    ];
    only(rule, &fields, id)?;
    let functions = ["Composite", "Format", "Nullability", "Presence", "Type", "Validation"];
    let function = text(rule, "Function", id)?;
    if !functions.contains(&function) || text(rule, "Status", id)? != "Active" {
        return Err(unknown(id, "its Function or Status"));
    }
    let entity = match text(rule, "EntityType", id)? {
        "Dataset" => Entity::Dataset,
        "Attribute" => Entity::Attribute,
        "Column" => Entity::Column,
        other => return Err(unknown(id, other)),
    };
    let mut own = Vec::new();
    for one in list(field(rule, "ApplicabilityCriteria", id)?, id)? {
        let name = one.as_str().filter(|name| criteria.iter().any(|known| known == name));
        own.push(name.ok_or_else(|| unknown(id, "an ApplicabilityCriteria"))?.to_owned());
    }
    let validation = object(field(rule, "ValidationCriteria", id)?, id)?;
    only(validation, &["MustSatisfy", "Keyword", "Requirement", "Condition", "Dependencies"], id)?;
    let keyword = text(validation, "Keyword", id)?;
    let requirement = read_check(field(validation, "Requirement", id)?, id)?;
    let dynamic = match text(rule, "Type", id)? {
        "Static" => false,
        "Dynamic" => true,
        other => return Err(unknown(id, other)),
    };
    if dynamic != requirement.is_none() {
        return Err(unknown(id, "a Static rule has a Requirement, a Dynamic one has none"));
    }
    Ok(Rule {
        id: id.to_owned(),
        entity,
        reference: text(rule, "Reference", id)?.to_owned(),
        keyword: Keyword::read(keyword).ok_or_else(|| unknown(id, keyword))?,
        text: text(validation, "MustSatisfy", id)?.to_owned(),
        criteria: own,
        requirement,
        condition: read_check(field(validation, "Condition", id)?, id)?,
    })
}

/// `{}` is no check.
fn read_check(json: &Json, id: &str) -> Result<Option<Check>, ModelError> {
    let check = object(json, id)?;
    if check.is_empty() {
        return Ok(None);
    }
    // Two rules of the model write a condition as {"AND": ...}; it has one meaning (FO-03).
    if let (1, Some(items)) = (check.len(), check.get("AND")) {
        let items = match items {
            Json::Array(items) => items.as_slice(),
            one => std::slice::from_ref(one),
        };
        return Ok(Some(Check::All(read_checks(items, id)?)));
    }
    let name = text(check, "CheckFunction", id)?;
    let fields = |names: &[&str]| {
        let mut all = vec!["CheckFunction"];
        all.extend_from_slice(names);
        only(check, &all, id)
    };
    let column = |key: &str| text(check, key, id).map(str::to_owned);
    let read = match name {
        "AND" | "OR" => {
            fields(&["Items"])?;
            let items = read_checks(list(field(check, "Items", id)?, id)?, id)?;
            if items.is_empty() {
                return Err(unknown(id, "a composite of nothing"));
            }
            if name == "AND" { Check::All(items) } else { Check::Any(items) }
        }
        "CheckModelRule" => {
            fields(&["ModelRuleId"])?;
            Check::Rule(column("ModelRuleId")?)
        }
        "ColumnPresent" => {
            fields(&["ColumnName"])?;
            Check::Present(column("ColumnName")?)
        }
        "CheckValue" => {
            fields(&["ColumnName", "Value"])?;
            Check::Equals(column("ColumnName")?, value(check, id)?)
        }
        "CheckNotValue" => {
            // Two rules of the model name the column in another field (FO-03).
            let key =
                if check.contains_key("CheckCondition") { "CheckCondition" } else { "ColumnName" };
            fields(&[key, "Value"])?;
            Check::Differs(column(key)?, value(check, id)?)
        }
        "CheckGreaterOrEqualThanValue" => {
            fields(&["ColumnName", "Value"])?;
            match value(check, id)? {
                Value::Number(number) => Check::AtLeast(column("ColumnName")?, number),
                _ => return Err(unknown(id, "a bound that is not a number")),
            }
        }
        "CheckSameValue" | "CheckNotSameValue" => {
            fields(&["ColumnAName", "ColumnBName"])?;
            let (a, b) = (column("ColumnAName")?, column("ColumnBName")?);
            if name == "CheckSameValue" { Check::Same(a, b) } else { Check::NotSame(a, b) }
        }
        "CheckDistinctCount" => {
            fields(&["ColumnAName", "ColumnBName", "ExpectedCount"])?;
            if field(check, "ExpectedCount", id)?.as_u64() != Some(1) {
                return Err(unknown(id, "an ExpectedCount other than 1"));
            }
            Check::OneEach(column("ColumnAName")?, column("ColumnBName")?)
        }
        "ColumnByColumnEqualsColumnValue" => {
            fields(&["ColumnAName", "ColumnBName", "ResultColumnName"])?;
            let factors = (column("ColumnAName")?, column("ColumnBName")?);
            Check::Product(factors.0, factors.1, column("ResultColumnName")?)
        }
        _ => {
            let test = Test::read(name).ok_or_else(|| unknown(id, name))?;
            if test == Test::TypeDateTime && check.contains_key("ExpectedType") {
                fields(&["ColumnName", "ExpectedType"])?;
                if text(check, "ExpectedType", id)? != "DateTime" {
                    return Err(unknown(id, "its ExpectedType"));
                }
            } else {
                fields(&["ColumnName"])?;
            }
            Check::Cell(column("ColumnName")?, test.flaws())
        }
    };
    Ok(Some(read))
}

fn read_checks(items: &[Json], id: &str) -> Result<Vec<Check>, ModelError> {
    let read = |item| read_check(item, id)?.ok_or_else(|| unknown(id, "an empty item"));
    items.iter().map(read).collect()
}

fn value(check: &Map<String, Json>, id: &str) -> Result<Value, ModelError> {
    match field(check, "Value", id)? {
        Json::Null => Ok(Value::Null),
        Json::String(text) => Ok(Value::Text(text.clone())),
        Json::Number(number) => {
            let number = number.to_string().parse();
            number.map(Value::Number).map_err(|_| unknown(id, "a number with too many digits"))
        }
        _ => Err(unknown(id, "its Value")),
    }
}

fn unknown(at: &str, what: &str) -> ModelError {
    ModelError::Unknown { at: at.to_owned(), what: what.to_owned() }
}

fn object<'a>(json: &'a Json, at: &str) -> Result<&'a Map<String, Json>, ModelError> {
    json.as_object().ok_or_else(|| unknown(at, "not an object"))
}

fn list<'a>(json: &'a Json, at: &str) -> Result<&'a [Json], ModelError> {
    json.as_array().map(Vec::as_slice).ok_or_else(|| unknown(at, "not a list"))
}

fn field<'a>(map: &'a Map<String, Json>, key: &str, at: &str) -> Result<&'a Json, ModelError> {
    map.get(key).ok_or_else(|| unknown(at, key))
}

fn text<'a>(map: &'a Map<String, Json>, key: &str, at: &str) -> Result<&'a str, ModelError> {
    field(map, key, at)?.as_str().ok_or_else(|| unknown(at, key))
}

fn only(map: &Map<String, Json>, keys: &[&str], at: &str) -> Result<(), ModelError> {
    match map.keys().find(|key| !keys.contains(&key.as_str())) {
        Some(key) => Err(unknown(at, key)),
        None => Ok(()),
    }
}
