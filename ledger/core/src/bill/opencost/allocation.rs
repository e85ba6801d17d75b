//! One allocation as a charge (BI-42 to BI-45).

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::round::rounded;
use crate::bill::charge::{Amounts, Category, Charge};
use crate::bill::error::{BillError, short};
use crate::bill::focus::time;
use crate::bill::readings::{Readings, Rule};
use crate::decimal::Decimal;
use crate::name::Currency;
use crate::time::{Period, Timestamp};

/// Texts by their names.
type Texts = BTreeMap<String, String>;

/// A row, and the period that it is billed in.
pub(super) struct Allocation {
    pub charge: Charge,
    pub billing: Period,
}

/// An allocation, and what it takes to say where something is wrong with it.
struct Place<'a> {
    row: u64,
    name: &'a str,
    fields: &'a Map<String, Value>,
}

pub(super) fn read(
    row: u64,
    name: &str,
    value: &Value,
    currency: &Currency,
    readings: &mut Readings,
) -> Result<Allocation, BillError> {
    let Value::Object(fields) = value else {
        let found = short(&value.to_string());
        return Err(BillError::Field { row, name: short(name), field: "the allocation", found });
    };
    let place = Place { row, name, fields };
    let (period, billing) = place.periods(readings)?;
    let amounts = Amounts { effective: place.total()?, ..Amounts::default() };
    let (columns, tags) = place.texts()?;
    let charge = Charge {
        row,
        period,
        currency: currency.clone(),
        amounts,
        category: Category::Usage,
        correction: false,
        columns,
        tags,
    };
    Ok(Allocation { charge, billing })
}

impl<'a> Place<'a> {
    fn wrong(&self, field: &'static str, found: Option<&Value>) -> BillError {
        let found = found.map_or("missing".to_owned(), |found| short(&found.to_string()));
        BillError::Field { row: self.row, name: short(self.name), field, found }
    }

    fn field(&self, name: &str) -> Option<&'a Value> {
        self.fields.get(name).filter(|value| !value.is_null())
    }

    /// BI-42, BI-43.
    fn total(&self) -> Result<Option<Decimal>, BillError> {
        match self.field("totalCost") {
            None => Ok(None),
            Some(Value::String(text)) if text == "NaN" => Ok(None),
            Some(found @ Value::Number(number)) => {
                let value = rounded(&number.to_string());
                value.map(Some).ok_or_else(|| self.wrong("totalCost", Some(found)))
            }
            found => Err(self.wrong("totalCost", found)),
        }
    }

    /// When it was incurred, and when it is billed (BI-44).
    fn periods(&self, readings: &mut Readings) -> Result<(Period, Period), BillError> {
        let own = self.span(self.fields, "start", "end", readings)?;
        let window = match self.field("window") {
            None => None,
            Some(Value::Object(window)) => {
                self.span(window, "window.start", "window.end", readings)?
            }
            found => return Err(self.wrong("window", found)),
        };
        let missing = || self.wrong("window", None);
        let billing = window.or(own).ok_or_else(missing)?;
        Ok((own.unwrap_or(billing), billing))
    }

    /// A period of two fields; `None` where these are missing or equal.
    fn span(
        &self,
        fields: &Map<String, Value>,
        start: &'static str,
        end: &'static str,
        readings: &mut Readings,
    ) -> Result<Option<Period>, BillError> {
        let (Some(from), Some(until)) =
            (self.time(fields, start, readings)?, self.time(fields, end, readings)?)
        else {
            return Ok(None);
        };
        if from == until {
            return Ok(None);
        }
        let wrong = |_| BillError::Period { row: self.row, column: end, from, until };
        Period::new(from, until).map(Some).map_err(wrong)
    }

    fn time(
        &self,
        fields: &Map<String, Value>,
        field: &'static str,
        readings: &mut Readings,
    ) -> Result<Option<Timestamp>, BillError> {
        let key = field.rsplit('.').next().unwrap_or(field);
        let Some(value) = fields.get(key).filter(|value| !value.is_null()) else {
            return Ok(None);
        };
        let time = value.as_str().and_then(time::read);
        let (time, plain) = time.ok_or_else(|| self.wrong(field, Some(value)))?;
        readings.add(Rule::TimeFormat, u64::from(!plain));
        Ok(Some(time))
    }

    /// Columns and tags (BI-45).
    fn texts(&self) -> Result<(Texts, Texts), BillError> {
        let mut columns = BTreeMap::new();
        let mut tags = BTreeMap::new();
        plain(self.fields, "", &mut columns);
        match self.field("properties") {
            None => {}
            Some(Value::Object(properties)) => {
                plain(properties, "", &mut columns);
                for (key, value) in properties {
                    match (key.as_str(), value) {
                        ("labels", Value::Object(labels)) => plain(labels, "", &mut tags),
                        (
                            "annotations" | "namespaceLabels" | "namespaceAnnotations",
                            Value::Object(map),
                        ) => plain(map, &format!("{key}."), &mut columns),
                        ("services", Value::Array(services)) => {
                            let names: Vec<&str> =
                                services.iter().filter_map(Value::as_str).collect();
                            columns.insert(key.clone(), names.join(","));
                        }
                        _ => {}
                    }
                }
            }
            found => return Err(self.wrong("properties", found)),
        }
        columns.retain(|_, text| !text.is_empty());
        Ok((columns, tags))
    }
}

/// Adds the texts and numbers of an object; what is there already stays.
fn plain(fields: &Map<String, Value>, before: &str, into: &mut Texts) {
    for (key, value) in fields {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => continue,
        };
        into.entry(format!("{before}{key}")).or_insert(text);
    }
}
