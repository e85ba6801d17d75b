//! Files of charges, and whose they are.

use std::collections::BTreeMap;

use ledgit_core::allocation::Rules;
use ledgit_core::bill::{Charge, opencost as opencost_file};
use ledgit_core::cost::Sum;
use ledgit_core::cost::allocate::{Allocation, Facts, allocate};
use ledgit_core::digest::Sha256;
use ledgit_core::statement::Measure;
use ledgit_store::bills::{each_charge, read_focus, read_opencost};

/// The sums of charges.
fn sums(charges: &[Charge]) -> BTreeMap<(String, &'static str), Sum> {
    let mut sums = BTreeMap::<_, Sum>::new();
    for charge in charges {
        for measure in Measure::ALL {
            if let Some(amount) = charge.amounts.of(measure) {
                let key = (charge.currency.to_string(), measure.word());
                sums.entry(key).or_default().add(amount);
            }
        }
    }
    sums
}

/// A file of FOCUS: what is summed up is what its rows say, one by one.
pub fn focus(bytes: &[u8]) {
    let Ok(read) = read_focus(bytes, &|_| {}) else { return };
    let mut charges = Vec::new();
    let each = each_charge(bytes, &mut |charge| {
        charges.push(charge);
        Ok(())
    });
    each.expect("what is summed up is read row by row");
    assert_eq!(read.tallied.rows, charges.len() as u64);
    let totals = read.tallied.totals;
    let mut sums = sums(&charges);
    for total in totals {
        let sum = sums.remove(&(total.currency.to_string(), total.measure.word()));
        assert_eq!(sum.and_then(Sum::decimal), Some(total.amount));
    }
    assert!(sums.is_empty(), "{sums:?}");
}

/// A file of OpenCost: the same, and each charge has a leaf.
pub fn opencost(bytes: &[u8]) {
    let currency = "EUR".parse().unwrap();
    let Ok(read) = opencost_file::read(bytes, &currency) else { return };
    assert_eq!(read.texts.len(), read.charges.len() + 1);
    let Ok(bill) = read_opencost(bytes, &currency) else { return };
    let totals = bill.tallied.totals;
    let sums = sums(&read.charges);
    for total in totals {
        let sum = sums.get(&(total.currency.to_string(), total.measure.word()));
        assert_eq!(sum.and_then(|sum| sum.decimal()), Some(total.amount));
    }
}

/// A log without models and runs.
struct Nothing;

impl Facts for Nothing {
    fn run(&self, _: &str) -> Option<std::collections::BTreeSet<Sha256>> {
        None
    }

    fn model(&self, _: &str) -> Option<Sha256> {
        None
    }
}

/// The rows that rules are tried on.
const CHARGES: &str = include_str!("../corpus/bill/allocated.csv");

/// Rules of allocation: what they allocate and what they leave is all there is, and its report is read back.
pub fn allocation(bytes: &[u8]) {
    let Ok(rules) = Rules::parse(bytes) else { return };
    let mut charges = Vec::new();
    let each = each_charge(CHARGES.as_bytes(), &mut |charge| {
        charges.push(charge);
        Ok(())
    });
    each.expect("the rows are good");
    let Ok(made) = allocate(&charges, &rules, &Nothing) else { return };
    let report = made.report();
    assert_eq!(Allocation::parse(report.as_bytes()).as_ref(), Ok(&made), "{report}");
    charges.reverse();
    assert_eq!(allocate(&charges, &rules, &Nothing).map(|again| again.report()), Ok(report));
}

/// A report of an allocation: what is taken is written back as it was read.
pub fn report(bytes: &[u8]) {
    let Ok(read) = Allocation::parse(bytes) else { return };
    assert_eq!(read.report().as_bytes(), bytes);
}
