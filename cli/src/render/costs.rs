//! Payloads about money as JSON.

use ledgit_core::bill::NamedRow;
use ledgit_core::statement::{Allocation, Benefit, Bill, Budget, Reading, Share, Total};
use serde_json::{Value, json};

use crate::output::{Output, escape};

use super::body::{digests_json, evidence, period, some_evidence};

/// A bill.
pub fn bill(body: &Bill) -> Value {
    json!({
        "account": body.account.as_str(),
        "period": period(&body.period),
        "file": digests_json(&body.file),
        "bytes": body.bytes,
        "stored": some_evidence(&body.stored),
        "format": body.format.word(),
        "version": body.version.as_ref().map(|version| version.as_str()),
        "rows": body.rows,
        "root": body.root.hex(),
        "totals": totals(body),
        "readings": readings(body),
        "replaces": body.replaces.map(|leaf| leaf.hex()),
    })
}

/// A bill's totals.
pub fn totals(body: &Bill) -> Vec<Value> {
    let total = |total: &Total| {
        json!({
            "measure": total.measure.word(),
            "currency": total.currency.as_str(),
            "amount": total.amount.to_string(),
            "rows": total.rows,
        })
    };
    in_order(body).into_iter().map(total).collect()
}

/// A bill's totals as people read them: by currency, what is invoiced first.
pub fn in_order(body: &Bill) -> Vec<&Total> {
    let mut totals: Vec<_> = body.totals.as_slice().iter().collect();
    totals.sort_by_key(|total| (total.currency.as_str(), total.measure));
    totals
}

/// What a bill's rows were read as.
pub fn readings(body: &Bill) -> Vec<Value> {
    let reading = |one: &Reading| json!({ "rule": one.rule.as_str(), "count": one.count });
    body.readings.as_slice().iter().map(reading).collect()
}

/// An allocation.
pub fn allocation(body: &Allocation) -> Value {
    let share = |share: &Share| {
        json!({
            "measure": share.measure.word(),
            "currency": share.currency.as_str(),
            "allocated": share.allocated.to_string(),
            "unallocated": share.unallocated.to_string(),
        })
    };
    json!({
        "bill": body.bill.hex(),
        "rules": body.rules.hex(),
        "engine": body.engine.as_str(),
        "report": evidence(&body.report),
        "totals": body.totals.as_slice().iter().map(share).collect::<Vec<_>>(),
    })
}

/// The cells of a row that are not empty, by the names of their columns.
pub fn cells(named: &NamedRow) -> String {
    let cells = named.header.iter().zip(&named.row.cells);
    let line = |(name, cell): (&String, &String)| format!("  {}  {}\n", escape(name), escape(cell));
    cells.filter(|(_, cell)| !cell.is_empty()).map(line).collect()
}

/// The day of a time that is midnight, else the time.
pub fn day(time: &str) -> &str {
    time.strip_suffix("T00:00:00Z").unwrap_or(time)
}

/// A budget.
pub fn budget(body: &Budget) -> Value {
    json!({
        "name": body.name.as_str(),
        "every": body.every.word(),
        "limit": body.limit.to_string(),
        "currency": body.currency.as_str(),
        "measure": body.measure.word(),
        "scope": {
            "team": body.scope.team.as_ref().map(|team| team.as_str()),
            "model": body.scope.model.map(|model| model.hex()),
            "account": body.scope.account.as_ref().map(|account| account.as_str()),
            "activity": body.scope.activity.map(|activity| activity.word()),
        },
        "period": period(&body.period),
        "thresholds": body.thresholds.as_slice(),
        "replaces": body.replaces.map(|leaf| leaf.hex()),
    })
}

/// A benefit.
pub fn benefit(body: &Benefit) -> Value {
    json!({
        "subject": digests_json(&body.subject),
        "amount": body.amount.to_string(),
        "currency": body.currency.as_str(),
        "method": body.method.as_str(),
        "period": period(&body.period),
        "activity": body.activity.map(|activity| activity.word()),
        "report": some_evidence(&body.report),
    })
}

/// What a command found, and what became of its record.
pub fn with(told: String, mut json: Value, recorded: Output) -> Output {
    json["recorded"] = recorded.json;
    Output { text: format!("{told}{}", recorded.text), json, exit: recorded.exit }
}
