//! What reads the file back: the reader of bills, which knows nothing of who wrote it.

use std::collections::BTreeMap;

use ledgit_core::bill::csv::{Batch, Reader};
use ledgit_core::bill::focus::{Columns, Part, Tally, Version};
use ledgit_core::bill::{BillError, Rule, Tallied};
use ledgit_core::cost::exact::{Exact, Sum};
use ledgit_core::cost::series::Unit;
use ledgit_core::cost::view::View;
use ledgit_core::decimal::Decimal;
use ledgit_core::statement::Measure;

use super::made::{every, exported, rows, sums, unit};
use super::support::text;

pub fn tallied(file: &str) -> Result<Tallied, BillError> {
    let (mut reader, mut tally) = (Reader::new(), None);
    let mut add = |batch: Batch| {
        let columns = Columns::of(batch.header())?;
        assert_eq!((columns.version(), columns.foreign()), (Version::V1_2, 0));
        let tally = tally.get_or_insert_with(|| Tally::new(&columns, batch.header()));
        tally.append(Part::of(&columns, &batch)?)
    };
    reader.push(file.as_bytes(), &mut add)?;
    reader.finish(&mut add)?;
    tally.unwrap().finish()
}

/// CV-35: whoever adds up a column gets the view's sums, and 0 where the view has none.
pub fn adds_up(view: &View, file: &str) {
    let expected = sums(view);
    let tallied = tallied(file).unwrap();
    // Nothing has to be repaired; a team may be called so (CV-37).
    let null = |cell: &&String| matches!(cell.as_str(), "NULL" | "null");
    let nulls = rows(file).iter().map(|row| row.values().filter(null).count() as u64).sum::<u64>();
    assert_eq!(tallied.readings.of(Rule::NullText), nulls);
    assert_eq!(tallied.readings.stated().len(), usize::from(nulls > 0));
    let mut read = BTreeMap::<Unit, Exact>::new();
    for total in &tallied.totals {
        let key = unit(total.currency.as_str(), total.measure.word());
        assert_eq!(read.insert(key, total.amount.into()), None);
    }
    for (unit, sum) in &read {
        assert_eq!(*sum, expected.get(unit).cloned().unwrap_or_else(Exact::zero), "{unit:?}");
    }
    let mut others = BTreeMap::<Unit, Sum>::new();
    for row in rows(file).iter().filter(|row| !row["x_Amount"].is_empty()) {
        let key = unit(&row["BillingCurrency"], &row["x_Measure"]);
        others.entry(key).or_default().add(text::<Decimal>(&row["x_Amount"]));
        assert!(Measure::ALL.iter().all(|measure| row[measure.word()] == "0"));
    }
    for (unit, sum) in expected {
        let is_cost = Measure::ALL.iter().any(|measure| {
            unit.measure.as_ref().is_some_and(|label| label.as_str() == measure.word())
        });
        let there = if is_cost {
            read.get(&unit).cloned()
        } else {
            others.remove(&unit).map(|s| s.total())
        };
        assert_eq!(there, Some(sum), "{unit:?}");
    }
    assert!(others.is_empty());
}

#[test]
fn the_reader_of_bills_gets_the_same_totals() {
    let view = every();
    let (file, told) = exported(&view);
    adds_up(&view, &file);
    assert_eq!(told.totals, sums(&view));
    let tallied = tallied(&file).unwrap();
    assert_eq!(tallied.rows, told.rows);
    assert!(tallied.negative > 10, "credits keep their sign");
    assert_eq!(tallied.corrections, 0);
}
