use csv_core::ReadRecordResult;
use proptest::prelude::*;

use super::{Batch, Reader};
use crate::bill::error::BillError;
use crate::limits::{BILL_CELL_BYTES, BILL_ROWS};

type Rows = Vec<Vec<String>>;

/// Header and rows that a reader hands out for these pieces, and the error that it ends with.
fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Rows, Option<BillError>) {
    let (mut reader, mut rows) = (Reader::new(), Rows::new());
    let mut give = |batch: Batch| {
        assert_eq!(batch.first(), rows.len() as u64 + 1);
        rows.extend(batch.rows().map(|row| row.cells().map(str::to_owned).collect::<Vec<_>>()));
        Ok::<(), BillError>(())
    };
    let pushed = pieces.into_iter().try_for_each(|piece| reader.push(piece, &mut give));
    let error = pushed.and_then(|()| reader.finish(&mut give)).err();
    let header = reader.header().map(|header| header.to_vec());
    (header.into_iter().chain(rows).collect(), error)
}

/// The same by csv-core alone, all at once, without limits.
fn expected(bytes: &[u8]) -> (Rows, Option<BillError>) {
    let mut core = csv_core::Reader::new();
    let (mut rows, mut at) = (Rows::new(), 0);
    let even = bytes.iter().filter(|byte| **byte == b'"').count() % 2 == 0;
    let (mut text, mut ends) = (vec![0; bytes.len() + 1], vec![0; bytes.len() + 1]);
    loop {
        let (mut used, mut ended) = (0, 0);
        let found = loop {
            let input = &bytes[at..];
            let last = input.is_empty();
            if last && !even {
                return (rows, Some(BillError::Quotes));
            }
            let (result, read, written, more) =
                core.read_record(input, &mut text[used..], &mut ends[ended..]);
            (at, used, ended) = (at + read, used + written, ended + more);
            match result {
                ReadRecordResult::Record => break true,
                ReadRecordResult::End => break false,
                _ => {}
            }
        };
        if !found {
            break;
        }
        let row = rows.len() as u64;
        let columns = rows.first().map_or(ended, Vec::len);
        if ended != columns {
            return (rows, Some(BillError::Cells { row, found: ended, columns }));
        }
        let from = [0].iter().chain(&ends);
        let cells = from.zip(&ends[..ended]).map(|(from, end)| text[*from..*end].to_vec());
        match cells.map(String::from_utf8).collect() {
            Ok(cells) => rows.push(cells),
            Err(_) => return (rows, Some(BillError::Utf8 { row })),
        }
    }
    let error = match rows.len() {
        0 => Some(BillError::Empty),
        1 => Some(BillError::NoRows),
        _ => None,
    };
    (rows, error)
}

/// A cell as most write it, and now and then as few do.
fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        12 => "[a-z0-9é-]{0,12}",
        4 => "\"([a-zé,\n\r]|\"\"){0,12}\"",
        1 => "\"?[a-z\",\r\n]{0,3}",
    ]
}

/// A file of rows of three cells, most of them, with one of the ends of lines that there are.
fn file() -> impl Strategy<Value = Vec<u8>> {
    let row = prop_oneof![
        30 => proptest::collection::vec(cell(), 3),
        1 => proptest::collection::vec(cell(), 0..5),
    ];
    let ends = prop_oneof![3 => Just("\n"), 3 => Just("\r\n"), 1 => Just("\r"), 1 => Just("\n\n")];
    let rows = proptest::collection::vec((row, ends.clone()), 0..40);
    let changed = proptest::option::weighted(0.3, (any::<proptest::sample::Index>(), any::<u8>()));
    (rows, proptest::option::of(ends), changed).prop_map(|(rows, one, changed)| {
        let lines = rows.iter().map(|(cells, end)| cells.join(",") + one.unwrap_or(end));
        let mut bytes = format!("a,b,c\n{}", lines.collect::<String>()).into_bytes();
        if let Some((at, byte)) = changed {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn rows_are_those_of_csv_core(bytes in file(), size in 1usize..400) {
        let expected = expected(&bytes);
        prop_assert_eq!(&read([bytes.as_slice()]), &expected);
        prop_assert_eq!(&read(bytes.chunks(size)), &expected);
    }

    #[test]
    fn so_they_are_for_any_signs(bytes in "[a,\"\r\né]{0,300}", size in 1usize..100) {
        let bytes = bytes.as_bytes();
        let expected = expected(bytes);
        prop_assert_eq!(&read([bytes]), &expected);
        prop_assert_eq!(&read(bytes.chunks(size)), &expected);
    }
}

/// Rows that are not plain, each in every place of a block, and one in the midst of several batches.
#[test]
fn a_row_that_is_not_plain_changes_no_other() {
    for odd in
        ["x\"y,2,3\n", "x\"y\",2,3\n", "\"1\" ,2,3\n", "1,2,3\r", "\n", "\"1\"\"\",\"\n\",\"\"\r\n"]
    {
        for place in 0..65 {
            let plain = "one,\"two, \"\"2\"\"\",three\n";
            let first = format!("{},2,3\n", "y".repeat(place % 64));
            let half = plain.repeat(if place < 64 { 20 } else { 25_000 });
            let bytes = format!("a,b,c\n{first}{half}{odd}{half}");
            let found = read(bytes.as_bytes().chunks(1 << 20));
            assert!(found == expected(bytes.as_bytes()), "{odd:?} {place}");
        }
    }
}

/// What is plain is never past a limit: csv-core sees all that may be.
#[test]
fn a_long_cell_is_refused_at_its_size() {
    let file = |bytes: usize| format!("a,b\n1,2\n{},3\n{}", "x".repeat(bytes), "4,5\n".repeat(40));
    let error = BillError::CellBytes { row: 2, cell: 1, bytes: BILL_CELL_BYTES + 1 };
    for size in [1_000, 1 << 20] {
        let (rows, found) = read(file(BILL_CELL_BYTES).as_bytes().chunks(size));
        assert_eq!((rows.len(), found), (43, None));
        let (rows, found) = read(file(BILL_CELL_BYTES + 1).as_bytes().chunks(size));
        assert_eq!((rows.len(), found), (2, Some(error.clone())));
    }
}

#[test]
fn past_the_last_row_that_is_read_a_file_is_refused() {
    for plain in [1, 40] {
        let mut reader = Reader::new();
        let mut rows = 0;
        let mut give = |batch: Batch| {
            rows += batch.len();
            Ok::<(), BillError>(())
        };
        reader.push(b"a,b\n", &mut give).unwrap();
        reader.handed = BILL_ROWS - plain;
        let all = "1,2\n".repeat(plain as usize + 40);
        let pushed = reader.push(all.as_bytes(), &mut give);
        let error = pushed.and_then(|()| reader.finish(&mut give));
        assert_eq!(error, Err(BillError::Rows));
        assert_eq!(reader.finish(&mut give), Err(BillError::Rows));
        assert_eq!(rows as u64, plain);
    }
}
