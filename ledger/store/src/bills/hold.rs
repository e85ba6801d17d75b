//! A bill held against its file.

use ledgit_core::name::Currency;
use ledgit_core::statement::{Bill, BillFormat, Reading, Set};

use super::{ReadBill, read_focus, read_opencost_as};

/// Why a file does not say what a bill of it states, if it does not.
pub fn differs(bill: &Bill, file: &[u8]) -> Option<String> {
    let read = match bill.format {
        BillFormat::Focus => read_focus(file, &|_| {}),
        BillFormat::OpenCost => read_opencost_as(file, bill),
    };
    match read {
        Ok(read) => other(bill, &read),
        Err(error) => Some(format!("its file can't be read as it states: {error}")),
    }
}

/// The one currency of a bill's totals (BI-41); where no row has an amount, any is as good.
pub(super) fn currency(bill: &Bill) -> Option<Currency> {
    let mut all = bill.totals.as_slice().iter().map(|total| &total.currency);
    let Some(first) = all.next() else { return "EUR".parse().ok() };
    all.all(|other| other == first).then(|| first.clone())
}

/// The first thing that a bill states and its file says otherwise.
pub fn other(bill: &Bill, read: &ReadBill) -> Option<String> {
    let tallied = &read.tallied;
    if bill.rows != tallied.rows {
        return Some(format!("its file has {} rows, and it states {}", tallied.rows, bill.rows));
    }
    if let Some(why) = totals(bill, read) {
        return Some(why);
    }
    if bill.root != tallied.root {
        let (found, stated) = (tallied.root.hex(), bill.root.hex());
        return Some(format!("the root over its file's rows is {found}, and it states {stated}"));
    }
    if bill.period != tallied.period {
        let (from, until) = (tallied.period.from(), tallied.period.until());
        return Some(format!("its file bills {from} to {until}, and it states another time"));
    }
    if bill.version.as_ref().map(|version| version.as_str()) != read.version {
        let version = read.version.unwrap_or("none");
        return Some(format!("its file is of version {version}, and it states another"));
    }
    let readings: Set<Reading> = tallied.readings.stated().into_iter().collect();
    (bill.readings != readings)
        .then(|| "its file is read in another way than it states (BI-20)".to_owned())
}

fn totals(bill: &Bill, read: &ReadBill) -> Option<String> {
    let stated = bill.totals.as_slice();
    for found in &read.tallied.totals {
        let same = |total: &&ledgit_core::statement::Total| {
            (total.measure, &total.currency) == (found.measure, &found.currency)
        };
        let (measure, currency) = (found.measure.word(), found.currency.as_str());
        let of = format!("{measure} of its file's rows in {currency} is {}", found.amount);
        match stated.iter().find(same) {
            None => return Some(format!("{of}, and it states none")),
            Some(total) if total.amount != found.amount => {
                return Some(format!("{of}, and it states {}", total.amount));
            }
            Some(total) if total.rows != found.rows => {
                let (there, said) = (found.rows, total.rows);
                return Some(format!("{of} over {there} rows, and it states {said} rows"));
            }
            Some(_) => {}
        }
    }
    (stated.len() != read.tallied.totals.len())
        .then(|| "it states a total that its file's rows do not have".to_owned())
}
