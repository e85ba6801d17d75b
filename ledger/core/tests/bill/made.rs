//! Files that are made for tests, and the one way to read them.

use ledgit_core::bill::csv::{Batch, Header, Reader};
use ledgit_core::bill::focus::{Columns, Part, Tally};
use ledgit_core::bill::{BillError, Charge, Tallied};

pub fn fixture(path: &str) -> Vec<u8> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/ecosystem/");
    std::fs::read(format!("{root}{path}")).unwrap()
}

/// The batches of a file that comes in these pieces.
pub fn batches<'a>(
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Result<(Header, Vec<Batch>), BillError> {
    let (mut reader, mut batches) = (Reader::new(), Vec::new());
    let mut keep = |batch: Batch| {
        batches.push(batch);
        Ok::<(), BillError>(())
    };
    for piece in pieces {
        reader.push(piece, &mut keep)?;
    }
    reader.finish(&mut keep)?;
    Ok((reader.header().unwrap().clone(), batches))
}

/// All cells of a file, the header first.
pub fn cells(bytes: &[u8]) -> Result<Vec<Vec<String>>, BillError> {
    let (header, batches) = batches([bytes])?;
    let rows = batches.iter().flat_map(|batch| batch.rows());
    let rows = rows.map(|row| row.cells().map(str::to_owned).collect());
    Ok([header.to_vec()].into_iter().chain(rows).collect())
}

pub fn tally(bytes: &[u8]) -> Result<Tallied, BillError> {
    tally_of([bytes])
}

pub fn tally_of<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Result<Tallied, BillError> {
    let (mut reader, mut tallied) = (Reader::new(), None);
    let mut add = |batch: Batch| {
        let columns = Columns::of(batch.header())?;
        let tally = tallied.get_or_insert_with(|| Tally::new(&columns, batch.header()));
        tally.append(Part::of(&columns, &batch)?)
    };
    for piece in pieces {
        reader.push(piece, &mut add)?;
    }
    reader.finish(&mut add)?;
    tallied.unwrap().finish()
}

pub fn charges(bytes: &[u8]) -> Result<Vec<Charge>, BillError> {
    let (mut reader, mut charges) = (Reader::new(), Vec::new());
    let mut add = |batch: Batch| {
        let columns = Columns::of(batch.header())?;
        for row in batch.rows() {
            charges.push(columns.charge(&row)?);
        }
        Ok::<(), BillError>(())
    };
    reader.push(bytes, &mut add)?;
    reader.finish(&mut add)?;
    Ok(charges)
}

/// Column and cell of a row that nothing is wrong with.
pub const GOOD: &[(&str, &str)] = &[
    ("BilledCost", "1.50"),
    ("EffectiveCost", "1.25"),
    ("ListCost", "2"),
    ("ContractedCost", "1.75"),
    ("BillingAccountId", "42"),
    ("BillingCurrency", "EUR"),
    ("BillingPeriodStart", "2026-03-01T00:00:00Z"),
    ("BillingPeriodEnd", "2026-04-01T00:00:00Z"),
    ("ChargePeriodStart", "2026-03-05T00:00:00Z"),
    ("ChargePeriodEnd", "2026-03-06T00:00:00Z"),
    ("ChargeCategory", "Usage"),
    ("ChargeClass", ""),
    ("ProviderName", "Acme"),
    ("Tags", r#"{"team":"rai"}"#),
];

pub fn quoted(cell: &str) -> String {
    if cell.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

pub fn line<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    cells.into_iter().map(quoted).collect::<Vec<_>>().join(",") + "\n"
}

/// [`GOOD`] with other cells in some columns; those that it does not have are added.
pub fn row(changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut row: Vec<(String, String)> =
        GOOD.iter().map(|(name, cell)| ((*name).to_owned(), (*cell).to_owned())).collect();
    for (name, cell) in changes {
        match row.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = (*cell).to_owned(),
            None => row.push(((*name).to_owned(), (*cell).to_owned())),
        }
    }
    row
}

/// A file of one row.
pub fn file(changes: &[(&str, &str)]) -> Vec<u8> {
    file_of(&[row(changes)])
}

/// A file of such rows, which have the same columns.
pub fn file_of(rows: &[Vec<(String, String)>]) -> Vec<u8> {
    let mut text = line(rows[0].iter().map(|(name, _)| name.as_str()));
    for row in rows {
        text += &line(row.iter().map(|(_, cell)| cell.as_str()));
    }
    text.into_bytes()
}

/// A file of one row without some columns.
pub fn without(columns: &[&str]) -> Vec<u8> {
    let mut row = row(&[]);
    row.retain(|(name, _)| !columns.contains(&name.as_str()));
    file_of(&[row])
}
