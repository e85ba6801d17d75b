//! Allocations of OpenCost, as JSON (BI-40 to BI-45).

mod allocation;
mod json;
mod round;

use serde_json::Value;

use super::charge::Charge;
use super::error::{BillError, short};
use super::leaf::leaf;
use super::readings::{Readings, Rule};
use super::tallied::{Accounts, Sums, Tallied, spanned};
use crate::digest::RootHash;
use crate::limits::OPENCOST_BYTES;
use crate::merkle::{Frontier, Rfc6962};
use crate::name::Currency;
use crate::time::Period;

/// A file of allocations, read whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenCost {
    /// What it amounts to.
    pub tallied: Tallied,
    /// Its rows.
    pub charges: Vec<Charge>,
    /// The one text of each leaf; that of the header, `opencost`, is the first.
    pub texts: Vec<String>,
}

/// Reads a file. Its currency is that of its reader (BI-41).
///
/// # Errors
/// [`BillError`]: the first thing that is not as BI-40 to BI-45 say, or a currency that ISO 4217 does
/// not have.
pub fn read(bytes: &[u8], currency: &Currency) -> Result<OpenCost, BillError> {
    if bytes.len() > OPENCOST_BYTES {
        return Err(BillError::Bytes(bytes.len()));
    }
    if !currency.is_listed() {
        return Err(BillError::Currency { row: 0, found: short(currency.as_str()) });
    }
    let mut file = File::new(currency);
    for set in sets(json::parse(bytes)?)? {
        match set {
            Value::Null => {}
            Value::Object(allocations) => {
                for (name, allocation) in &allocations {
                    file.add(name, allocation)?;
                }
            }
            other => return Err(wrong("a set of allocations", &other)),
        }
    }
    file.finish()
}

fn wrong(expected: &str, found: &Value) -> BillError {
    BillError::Json(format!("{} stands where {expected} belongs", short(&found.to_string())))
}

/// The sets of an answer, or of what was cut out of one.
fn sets(answer: Value) -> Result<Vec<Value>, BillError> {
    let data = match answer {
        Value::Object(mut answer) => {
            if let Some(code) = answer.get("code").filter(|code| code.as_u64() != Some(200)) {
                return Err(BillError::Code(short(&code.to_string())));
            }
            answer.remove("data").unwrap_or(Value::Null)
        }
        other => other,
    };
    match data {
        Value::Array(sets) => Ok(sets),
        other => Err(wrong("a list of sets", &other)),
    }
}

/// What was read of a file.
struct File<'a> {
    currency: &'a Currency,
    frontier: Frontier<Rfc6962>,
    texts: Vec<String>,
    charges: Vec<Charge>,
    sums: Sums,
    period: Option<Period>,
    readings: Readings,
    accounts: Accounts,
    negative: u64,
}

impl<'a> File<'a> {
    fn new(currency: &'a Currency) -> Self {
        let mut file = Self {
            currency,
            frontier: Frontier::new(),
            texts: Vec::new(),
            charges: Vec::new(),
            sums: Sums::default(),
            period: None,
            readings: Readings::default(),
            accounts: Accounts::default(),
            negative: 0,
        };
        file.leaf("opencost".to_owned());
        file
    }

    fn leaf(&mut self, text: String) {
        self.frontier.push(leaf([text.as_str()].into_iter()));
        self.texts.push(text);
    }

    fn add(&mut self, name: &str, value: &Value) -> Result<(), BillError> {
        let row = self.frontier.size();
        let read = allocation::read(row, name, value, self.currency, &mut self.readings)?;
        let amount = read.charge.amounts.effective;
        match amount {
            Some(_) => self.readings.add(Rule::FloatingPoint, 1),
            None => self.readings.add(Rule::NoNumber, 1),
        }
        self.negative += u64::from(amount.is_some_and(|amount| amount.is_negative()));
        self.sums.add(self.currency, &[None, amount.map(Into::into), None, None]);
        self.period = spanned(self.period, Some(read.billing));
        self.accounts.see(None, read.charge.columns.get("cluster").map(String::as_str));
        self.leaf(json::canonical(name, value));
        self.charges.push(read.charge);
        Ok(())
    }

    fn finish(self) -> Result<OpenCost, BillError> {
        let (accounts, more_accounts) = self.accounts.told();
        let tallied = Tallied {
            root: RootHash(self.frontier.root()),
            rows: self.frontier.size() - 1,
            period: self.period.ok_or(BillError::NoRows)?,
            totals: self.sums.totals()?,
            readings: self.readings,
            accounts,
            more_accounts,
            negative: self.negative,
            corrections: 0,
        };
        Ok(OpenCost { tallied, charges: self.charges, texts: self.texts })
    }
}
