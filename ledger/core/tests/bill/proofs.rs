//! Proofs of rows (BI-10, BI-14), and what a change of a row changes.

use ledgit_core::bill::{NamedRow, RowProof, RowProofError, Tallied, Walk, leaf, write_leaf};
use ledgit_core::cbor;
use ledgit_core::merkle::{Hash, Leaves, ProofError, Rfc6962, inclusion_path, root_of};

use crate::made::{cells, file_of, fixture, row, tally};
use crate::sample::SAMPLE;

fn leaves(bytes: &[u8]) -> (Vec<Vec<String>>, Vec<Hash>) {
    let cells = cells(bytes).unwrap();
    let leaves = cells.iter().map(|row| leaf(row.iter().map(String::as_str))).collect();
    (cells, leaves)
}

fn path(leaves: &[Hash], index: u64) -> Vec<Hash> {
    let mut walk = Walk::new(index, leaves.len() as u64).unwrap();
    leaves.iter().for_each(|leaf| walk.push(*leaf));
    walk.finish().unwrap()
}

#[test]
fn a_leaf_is_what_the_canonical_layer_writes() {
    let texts = [0, 1, 23, 24, 255, 256, 65_535, 65_536, 70_000].map(|size| "x".repeat(size));
    for count in [0, 1, 23, 24, 255, 256, 300] {
        let row: Vec<&str> = texts.iter().map(String::as_str).cycle().take(count.min(9)).collect();
        let row: Vec<&str> = row.into_iter().chain(std::iter::repeat("é")).take(count).collect();
        let mut written = vec![1, 2, 3];
        write_leaf(row.iter().copied(), &mut written);
        let values = row.iter().map(|cell| cbor::Value::Text((*cell).to_owned())).collect();
        assert_eq!(written, cbor::encode(&cbor::Value::Array(values)).unwrap(), "{count}");
        cbor::check(&written, usize::MAX).unwrap();
    }
}

#[test]
fn the_root_is_that_of_the_tree_over_header_and_rows() {
    let bytes = fixture(SAMPLE);
    let (_, leaves) = leaves(&bytes);
    assert_eq!(leaves.len(), 1_001);
    assert_eq!(tally(&bytes).unwrap().root.0, root_of::<Rfc6962>(&leaves));
}

#[test]
fn the_path_of_one_walk_is_the_path_of_the_tree() {
    let all: Vec<Hash> = (0..70u8).map(|at| leaf([at.to_string().as_str()].into_iter())).collect();
    for size in 1..=all.len() {
        let leaves = &all[..size];
        let tree = Leaves::<Rfc6962>::of(leaves);
        for index in 0..size as u64 {
            let expected = inclusion_path::<Rfc6962, _>(&tree, index, size as u64).unwrap();
            assert_eq!(path(leaves, index), expected, "{index} of {size}");
        }
    }
    assert!(Walk::new(0, 0).is_none());
    assert!(Walk::new(3, 3).is_none());
    assert!(Walk::new(0, u64::MAX).is_none());
    let mut short = Walk::new(0, 3).unwrap();
    short.push(all[0]);
    assert!(short.finish().is_none());
    let mut long = Walk::new(0, 1).unwrap();
    long.push(all[0]);
    long.push(all[1]);
    assert!(long.finish().is_none());
}

#[test]
fn each_row_of_the_sample_is_proved_and_nothing_else() {
    let bytes = fixture(SAMPLE);
    let (cells, leaves) = leaves(&bytes);
    let tallied = tally(&bytes).unwrap();
    let root = tallied.root.0;
    for (at, row) in cells.iter().enumerate() {
        let proof = RowProof {
            row: at as u64,
            rows: 1_000,
            cells: row.clone(),
            path: path(&leaves, at as u64),
        };
        proof.verify(&root, tallied.rows).unwrap();
        if at % 97 > 0 {
            continue;
        }
        let tree = Err(RowProofError::Tree(ProofError::Root));
        for cell in 0..row.len() {
            let mut other = proof.clone();
            other.cells[cell].push('0');
            assert_eq!(other.verify(&root, 1_000), tree, "cell {cell} of row {at}");
        }
        let mut moved = proof.clone();
        let first = moved.cells[0].clone();
        moved.cells[1] = first + &moved.cells[1];
        moved.cells[0].clear();
        assert_eq!(moved.verify(&root, 1_000), tree);
        let mut fewer = proof.clone();
        fewer.cells.pop();
        assert_eq!(fewer.verify(&root, 1_000), tree);
        for row in (0..=1_000).filter(|row| *row != at as u64) {
            let other = RowProof { row, ..proof.clone() };
            assert!(
                matches!(other.verify(&root, 1_000), Err(RowProofError::Tree(_))),
                "{at} as {row}"
            );
        }
        for step in 0..proof.path.len() {
            let mut other = proof.clone();
            other.path[step][31] ^= 1;
            assert_eq!(other.verify(&root, 1_000), tree);
        }
        let mut longer = proof.clone();
        longer.path.push(root);
        assert!(longer.verify(&root, 1_000).is_err());
        let mut elsewhere = root;
        elsewhere[0] ^= 1;
        assert_eq!(proof.verify(&elsewhere, 1_000), tree);
    }
}

#[test]
fn a_proof_is_of_the_number_of_rows_that_the_bill_states() {
    let bytes = file_of(&[row(&[]), row(&[("BilledCost", "7")])]);
    let (cells, leaves) = leaves(&bytes);
    let root = tally(&bytes).unwrap().root.0;
    let proof = RowProof { row: 2, rows: 2, cells: cells[2].clone(), path: path(&leaves, 2) };
    proof.verify(&root, 2).unwrap();
    for rows in [0, 1, 3, u64::MAX] {
        let row = Err(RowProofError::Row { row: 2, rows });
        assert_eq!(proof.verify(&root, rows), row);
    }
    let most = RowProof { rows: u64::MAX, ..proof.clone() };
    assert_eq!(most.verify(&root, u64::MAX), Err(RowProofError::Tree(ProofError::Size(u64::MAX))));
    let past = RowProof { row: 3, ..proof };
    assert_eq!(past.verify(&root, 2), Err(RowProofError::Row { row: 3, rows: 2 }));
}

#[test]
fn a_row_is_proved_under_the_header_of_its_bill_and_no_other() {
    let bytes = file_of(&[row(&[]), row(&[("BilledCost", "7")])]);
    let (cells, leaves) = leaves(&bytes);
    let root = tally(&bytes).unwrap().root.0;
    let proof = |at: usize| RowProof {
        row: at as u64,
        rows: 2,
        cells: cells[at].clone(),
        path: path(&leaves, at as u64),
    };
    let named = |at: usize| NamedRow {
        header: cells[0].clone(),
        header_path: path(&leaves, 0),
        row: proof(at),
    };
    for at in 0..3 {
        named(at).verify(&root, 2).unwrap();
    }
    let good = named(2);
    let tree = RowProofError::Tree(ProofError::Root);
    let header = Err(RowProofError::Header(ProofError::Root));
    // Two columns in each other's place.
    let mut swapped = good.clone();
    swapped.header.swap(0, 1);
    assert_eq!(swapped.verify(&root, 2), header);
    let mut other = good.clone();
    other.header_path[0][0] ^= 1;
    assert_eq!(other.verify(&root, 2), header);
    // Another row is no header.
    let row = NamedRow { header: cells[1].clone(), header_path: path(&leaves, 1), ..good.clone() };
    assert_eq!(row.verify(&root, 2), header);
    let mut changed = good.clone();
    changed.row.cells[0].push('0');
    assert_eq!(changed.verify(&root, 2), Err(tree));
    assert_eq!(good.verify(&root, 3), Err(RowProofError::Row { row: 2, rows: 3 }));
}

/// Whoever makes a bill may put a root over anything: a row that is longer than its header would show a
/// part of itself.
#[test]
fn a_row_of_another_length_than_its_header_is_refused() {
    let texts = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    for cells in [&["1"][..], &["1", "2", "3"]] {
        let all = [&["a", "b"][..], cells];
        let leaves = all.map(|row| leaf(row.iter().copied()));
        let row = RowProof { row: 1, rows: 1, cells: texts(cells), path: path(&leaves, 1) };
        let header_path = path(&leaves, 0);
        let named = NamedRow { header: texts(all[0]), header_path, row };
        let wrong = RowProofError::Cells { cells: cells.len(), columns: 2 };
        assert_eq!(named.verify(&root_of::<Rfc6962>(&leaves), 1), Err(wrong));
    }
}

/// A column, another cell for it, and what of the tally changes besides the root.
const CHANGES: &[(&str, &str, &[&str])] = &[
    ("BilledCost", "1.500", &[]),
    ("BilledCost", "1.51", &["totals"]),
    ("BilledCost", "-1.5", &["totals", "negative"]),
    ("EffectiveCost", "", &["totals"]),
    ("ListCost", "NULL", &["totals", "readings"]),
    ("ContractedCost", "1.75e0", &[]),
    ("BillingAccountId", "43", &["accounts"]),
    ("ProviderName", "", &["accounts"]),
    ("BillingCurrency", "USD", &["totals"]),
    ("BillingPeriodStart", "2026-02-01T00:00:00Z", &["period"]),
    ("BillingPeriodStart", "2026-03-02T00:00:00Z", &[]),
    ("BillingPeriodStart", "2026-03-01 00:00:00", &["readings"]),
    ("BillingPeriodEnd", "2026-05-01T00:00:00Z", &["period"]),
    ("ChargePeriodStart", "2026-03-04T00:00:00Z", &[]),
    ("ChargePeriodEnd", "2026-03-07T00:00:00Z", &[]),
    ("ChargeCategory", "Credit", &[]),
    ("ChargeClass", "Correction", &["corrections"]),
    ("Tags", "{\"team\":\"risk\"}", &[]),
    ("Tags", "{\" team\":\"rai\"}", &["readings"]),
];

fn changed(one: &Tallied, other: &Tallied) -> Vec<&'static str> {
    // Taken apart with all of its fields, so that none that is new is left out.
    let Tallied {
        root,
        rows,
        period,
        totals,
        readings,
        accounts,
        more_accounts,
        negative,
        corrections,
    } = one;
    let all = [
        ("root", *root != other.root),
        ("rows", *rows != other.rows),
        ("period", *period != other.period),
        ("totals", *totals != other.totals),
        ("readings", *readings != other.readings),
        ("accounts", *accounts != other.accounts || *more_accounts != other.more_accounts),
        ("negative", *negative != other.negative),
        ("corrections", *corrections != other.corrections),
    ];
    all.into_iter().filter_map(|(name, differs)| differs.then_some(name)).collect()
}

#[test]
fn a18_a_changed_cell_changes_the_root_and_what_it_counts_for() {
    let rows = [row(&[]), row(&[]), row(&[])];
    let before = tally(&file_of(&rows)).unwrap();
    for (column, cell, expected) in CHANGES {
        let mut rows = rows.clone();
        rows[1] = row(&[(column, cell)]);
        let after = tally(&file_of(&rows)).unwrap();
        let mut all = vec!["root"];
        all.extend(*expected);
        let mut found = changed(&before, &after);
        all.sort();
        found.sort();
        assert_eq!(found, all, "{column} {cell}");
    }
}

#[test]
fn a18_a_row_that_is_removed_doubled_or_moved_changes_the_root() {
    let rows: Vec<_> =
        ["1", "2", "3", "4"].iter().map(|cost| row(&[("BilledCost", cost)])).collect();
    let before = tally(&file_of(&rows)).unwrap();
    for at in 0..rows.len() {
        let mut removed = rows.clone();
        removed.remove(at);
        assert_eq!(
            changed(&before, &tally(&file_of(&removed)).unwrap()),
            ["root", "rows", "totals"]
        );
        let mut doubled = rows.clone();
        doubled.insert(at, rows[at].clone());
        assert_eq!(
            changed(&before, &tally(&file_of(&doubled)).unwrap()),
            ["root", "rows", "totals"]
        );
        let mut moved = rows.clone();
        moved.swap(at, (at + 1) % rows.len());
        assert_eq!(changed(&before, &tally(&file_of(&moved)).unwrap()), ["root"]);
    }
}
