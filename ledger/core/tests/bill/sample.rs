//! The real sample: 1,000 anonymised rows of three providers (FOCUS 1.0).

use ledgit_core::bill::focus::{Columns, Version};
use ledgit_core::bill::{Category, Readings, Rule};
use ledgit_core::decimal::Decimal;
use ledgit_core::statement::Measure;

use crate::made::{batches, cells, charges, fixture, tally};

pub const SAMPLE: &str = "focus/focus_sample_1.0_1000rows.csv";

/// As Python's `decimal` adds them up.
const TOTALS: [(Measure, u64, &str); 4] = [
    (Measure::Billed, 1_000, "20.52022672899"),
    (Measure::Effective, 1_000, "14.97651418586"),
    (Measure::List, 1_000, "20.39090575119"),
    (Measure::Contracted, 993, "14.97626039326"),
];

#[test]
fn its_sums_are_right_to_the_last_digit() {
    let tallied = tally(&fixture(SAMPLE)).unwrap();
    assert_eq!(tallied.rows, 1_000);
    let totals = tallied.totals.iter().map(|total| {
        assert_eq!(total.currency.as_str(), "USD");
        (total.measure, total.rows, total.amount.to_string())
    });
    let expected = TOTALS.map(|(measure, rows, amount)| (measure, rows, amount.to_owned()));
    assert_eq!(totals.collect::<Vec<_>>(), expected);
    assert_eq!(tallied.negative, 13);
    assert_eq!(tallied.corrections, 0);
    assert_eq!(tallied.period.from().to_string(), "2024-09-01T00:00:00Z");
    assert_eq!(tallied.period.until().to_string(), "2024-11-01T00:00:00Z");
}

#[test]
fn what_is_wrong_with_it_is_named_and_counted() {
    let readings = tally(&fixture(SAMPLE)).unwrap().readings;
    let expected = [
        ("null-text", 8_973),
        ("time-format", 4_000),
        ("foreign-column", 1),
        ("tag-blank", 23),
        ("tag-doubled", 21),
    ];
    let stated = readings.stated();
    let stated = stated.iter().map(|reading| (reading.rule.as_str(), reading.count));
    assert_eq!(stated.collect::<Vec<_>>(), expected);
    assert_eq!(readings.of(Rule::FloatingPoint), 0);
    assert_eq!(Readings::default().stated(), []);
}

#[test]
fn its_version_and_its_accounts_are_those_of_its_columns() {
    let (header, _) = batches([fixture(SAMPLE).as_slice()]).unwrap();
    assert_eq!(header.len(), 44);
    let columns = Columns::of(&header).unwrap();
    assert_eq!((columns.version(), columns.foreign()), (Version::V1_0, 1));
    let tallied = tally(&fixture(SAMPLE)).unwrap();
    let accounts = tallied.accounts.iter();
    let accounts = accounts.map(|a| (a.provider.as_deref(), a.account.as_deref()));
    assert_eq!(
        accounts.collect::<Vec<_>>(),
        [
            (Some("AWS"), Some("1234567890123")),
            (Some("Microsoft"), Some("/providers/Microsoft.Billing/billingAccounts/8611537")),
            (Some("Oracle"), Some("20209880")),
        ]
    );
    assert!(!tallied.more_accounts);
}

#[test]
fn its_rows_as_charges_amount_to_the_same() {
    let charges = charges(&fixture(SAMPLE)).unwrap();
    for (measure, rows, amount) in TOTALS {
        let amounts: Vec<_> = charges.iter().filter_map(|c| c.amounts.of(measure)).collect();
        assert_eq!(amounts.len() as u64, rows);
        let sum = amounts.iter().try_fold(Decimal::ZERO, |sum, more| sum.checked_add(*more));
        assert_eq!(sum.unwrap().to_string(), amount);
    }
    let numbers = charges.iter().map(|charge| charge.row);
    assert!(numbers.eq(1..=1_000));
    let of = |category| charges.iter().filter(|charge| charge.category == category).count();
    let counts = [Category::Usage, Category::Adjustment, Category::Credit].map(of);
    assert_eq!(counts, [997, 2, 1]);
}

#[test]
fn a_charge_has_the_cells_that_are_not_null_and_its_tags() {
    let charges = charges(&fixture(SAMPLE)).unwrap();
    let cells = cells(&fixture(SAMPLE)).unwrap();
    for (charge, row) in charges.iter().zip(cells.iter().skip(1)) {
        let not_null =
            cells[0].iter().zip(row).filter(|(_, cell)| *cell != "NULL" && !cell.is_empty());
        let not_null = not_null.map(|(name, cell)| (name.clone(), cell.clone()));
        assert_eq!(charge.columns, not_null.collect());
    }
    assert_eq!(charges.iter().filter(|charge| !charge.tags.is_empty()).count(), 711);
    assert!(charges.iter().all(|charge| !charge.tags.contains_key(" org")));
    let doubled = charges.iter().find(|charge| charge.tags.contains_key("CostAllocationTest"));
    assert_eq!(doubled.unwrap().tags["org"], "trey");
}
