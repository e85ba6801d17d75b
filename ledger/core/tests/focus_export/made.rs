//! Views that are made for tests, and their export.

use std::collections::BTreeMap;

use ledgit_core::bill::conformance::{Report, Status};
use ledgit_core::cost::allocate::Reason;
use ledgit_core::cost::exact::{Exact, Sum};
use ledgit_core::cost::focus::{Exported, export};
use ledgit_core::cost::series::{Place, Unit};
use ledgit_core::cost::view::{Item, Pick, Source, View};
use ledgit_core::digest::Sha256;
use ledgit_core::statement::Purpose;
use ledgit_core::time::Period;

use super::files::File;
use super::support::{text, time};

pub const ORIGIN: &str = "bank.example/credit-00000000";

/// The file, and what is told of it.
pub fn exported(view: &View) -> (String, Exported) {
    exported_of(view, &Pick::default(), ORIGIN)
}

pub fn exported_of(view: &View, pick: &Pick, origin: &str) -> (String, Exported) {
    let mut bytes = Vec::new();
    let mut give = |piece: &[u8]| {
        bytes.extend_from_slice(piece);
        Ok::<(), std::convert::Infallible>(())
    };
    let told = export(view, pick, origin, &mut give).unwrap();
    (String::from_utf8(bytes).unwrap(), told)
}

/// The rows, as cells by their columns.
pub fn rows(file: &str) -> Vec<BTreeMap<String, String>> {
    let File { header, rows } = File::read(file);
    let row = |row: Vec<String>| header.iter().cloned().zip(row).collect();
    rows.into_iter().map(row).collect()
}

/// The view's sums, by currency and measure.
pub fn sums(view: &View) -> BTreeMap<Unit, Exact> {
    let mut sums = BTreeMap::<Unit, Sum>::new();
    for item in &view.items {
        sums.entry(item.unit.clone()).or_default().add(item.amount);
    }
    sums.into_iter().map(|(unit, sum)| (unit, sum.total())).collect()
}

/// Rules that passed, failed, did not apply, could not be decided.
pub fn counts(report: &Report) -> [usize; 4] {
    let mut counts = [0; 4];
    for outcome in &report.outcomes {
        let at = match outcome.status {
            Status::Passed => 0,
            Status::Failed => 1,
            Status::NotApplicable(_) => 2,
            Status::NotDecidable(_) => 3,
        };
        counts[at] += 1;
    }
    counts
}

pub fn unit(currency: &str, measure: &str) -> Unit {
    let measure = (!measure.is_empty()).then(|| text(measure));
    Unit { currency: text(currency), measure }
}

pub fn month(number: u64) -> Period {
    let day = 86_400;
    Period::new(time((19_000 + 30 * number) * day), time((19_030 + 30 * number) * day)).unwrap()
}

/// An amount of a bill that nobody allocated.
pub fn item(entry: u64, unit: Unit, amount: &str) -> Item {
    Item {
        place: Place::entry(entry),
        period: month(entry % 7),
        unit,
        amount: text(amount),
        source: Source::NotAllocated,
        account: Some(text("cloud 1")),
        model: None,
        activity: None,
        team: None,
    }
}

/// Texts that a careless writer of CSV, or of FOCUS, falls over.
pub const TEXTS: &[&str] = &[
    "a, b",
    "say \"yes\"",
    "\"",
    "=1+1",
    "+SUM(A1)",
    "-2",
    "@cmd",
    "null",
    "NULL",
    "None",
    "n/a",
    "not applicable",
    "lost \u{FFFD}",
    "\u{6a21}\u{578b} \u{e9}",
    ";",
    "'",
    "\\n",
    "0",
    "1e9",
];

/// Every source, every measure and none, credits, several currencies, and all of [`TEXTS`].
pub fn every() -> View {
    let sources = [
        Source::Allocated(vec![text("by, team"), text("\"rest\"")]),
        Source::Allocated(vec![]),
        Source::Unallocated(Reason::NoRule, None),
        Source::Unallocated(Reason::ZeroBase, Some(text("=shared"))),
        Source::NotAllocated,
        Source::ReportMissing,
    ];
    let measures = ["BilledCost", "EffectiveCost", "ListCost", "ContractedCost"];
    let amounts = ["20.52", "-0.000000000000000001", "0", "-7", "9999999999.5"];
    let mut items = Vec::new();
    let mut entry = 0;
    for (at, source) in sources.iter().enumerate() {
        for (number, currency) in ["USD", "EUR", "JPY"].iter().enumerate() {
            entry += 1;
            // One, two, three or all four of the costs.
            for (column, measure) in measures.iter().enumerate().skip((at + number) % 4) {
                let amount = amounts[(at + number + column) % amounts.len()];
                items.push(Item {
                    source: source.clone(),
                    ..item(entry, unit(currency, measure), amount)
                });
            }
        }
    }
    for (number, label) in TEXTS.iter().enumerate() {
        entry += 1;
        let first = item(entry, unit("USD", "BilledCost"), "1.50");
        items.push(Item {
            source: Source::Allocated(vec![text(label)]),
            account: Some(text(label)),
            model: Some(Sha256([number as u8; 32])),
            activity: Some(Purpose::Training),
            team: Some(text(label)),
            ..first
        });
    }
    for (number, purpose) in Purpose::ALL.into_iter().enumerate() {
        for measure in ["", "BilledCost", "Amortised, \"all\"", "billedcost", "NULL"] {
            entry += 1;
            items.push(Item {
                source: Source::Cost,
                account: None,
                model: Some(Sha256([number as u8; 32])),
                activity: Some(purpose),
                ..item(entry, unit("CHF", measure), if number % 2 == 0 { "-3.25" } else { "8" })
            });
        }
    }
    View { items, ..View::default() }
}
