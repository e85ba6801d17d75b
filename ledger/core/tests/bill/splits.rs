//! In how many pieces a file comes changes nothing (BI-13).

use ledgit_core::bill::BillError;
use ledgit_core::bill::csv::Reader;

use crate::made::{batches, cells, file, file_of, fixture, row, tally_of};
use crate::sample::SAMPLE;

/// Cells or the error, for a file in pieces of so many bytes.
fn in_pieces(bytes: &[u8], size: usize) -> Result<Vec<Vec<String>>, BillError> {
    let (header, batches) = batches(bytes.chunks(size))?;
    let rows = batches.iter().flat_map(|batch| batch.rows());
    let rows = rows.map(|row| row.cells().map(str::to_owned).collect());
    Ok([header.to_vec()].into_iter().chain(rows).collect())
}

const FILES: &[&[u8]] = &[
    b"a,b\n1,2\n3,4\n",
    b"\xef\xbb\xbfa,b\r\n1,2\r\n",
    b"\xef\xbb\xbf\"a\",b\r\n\"1\n\",\"2\"\"\"\r\n",
    b"\xef\xbb\xbf\xef\xbb\xbfa,b\n1,2\n",
    b"\xef\xbb\xbf",
    b"\xef\xbb\xbfa",
    b"\xef\xbba,b\n1,2\n",
    b"a",
    b"a\n",
    b"a\n1",
    b"",
    b"\n\n\r\ra\n\n1\n\n\n",
    b"a,b\n\"x, y\",\"line one\r\nline two\"\n,\n\"\",\n",
    b"a,b\n1,2\n3\n",
    b"a,b\n1,\"2",
    b"a,b\n1,2,3\n\xff,5\n",
    b"a,b\n\xc3,\xa9\n",
    b"\xc3\xa9,b\n\xe2\x82\xac,\xf0\x9f\x98\x80\n",
    b"a,b\n\"1\"x,y\"z\"\n",
    b"a,b\r1,2\r3,4",
];

#[test]
fn every_split_of_a_short_file_gives_the_same() {
    for bytes in FILES {
        let whole = cells(bytes);
        for size in 1..=bytes.len().max(1) {
            assert_eq!(in_pieces(bytes, size), whole, "{size} {}", bytes.escape_ascii());
        }
        for at in 0..bytes.len() {
            for then in at..bytes.len() {
                let pieces = [&bytes[..at], &bytes[at..then], b"", &bytes[then..]];
                let two = batches(pieces).map(|(header, batches)| (header, batches.len()));
                let whole = batches([*bytes]).map(|(header, batches)| (header, batches.len()));
                assert_eq!(two, whole, "{at} {then} {}", bytes.escape_ascii());
            }
        }
    }
}

#[test]
fn what_is_read_of_them() {
    let read = |bytes: &[u8]| cells(bytes).unwrap();
    assert_eq!(read(FILES[1]), [["a", "b"], ["1", "2"]]);
    assert_eq!(read(FILES[2]), [["a", "b"], ["1\n", "2\""]]);
    assert_eq!(read(FILES[3])[0], ["\u{feff}a", "b"]);
    assert_eq!(read(FILES[11]), [["a"], ["1"]]);
    assert_eq!(read(FILES[12])[1..], [["x, y", "line one\r\nline two"], ["", ""], ["", ""]]);
    assert_eq!(read(FILES[19]), [["a", "b"], ["1", "2"], ["3", "4"]]);
    assert_eq!(cells(FILES[4]), Err(BillError::Empty));
    assert_eq!(cells(FILES[14]), Err(BillError::Quotes));
}

#[test]
fn the_sample_in_pieces_of_any_size_amounts_to_the_same() {
    let bytes = fixture(SAMPLE);
    let whole = tally_of([bytes.as_slice()]).unwrap();
    for size in [1, 2, 3, 7, 64, 4_095, 65_536, 300_000] {
        assert_eq!(tally_of(bytes.chunks(size)).unwrap(), whole, "{size}");
    }
}

/// An error late in a file of many batches is the same one, with the same number, in any pieces.
#[test]
fn the_error_is_the_same_in_any_pieces() {
    let long = "y".repeat(200_000);
    let mut rows: Vec<_> = (0..9_000).map(|_| row(&[("x_Own", "a")])).collect();
    rows[5_000] = row(&[("x_Own", &long)]);
    rows[7_000] = row(&[("x_Own", "\u{e9}")]);
    let mut bytes = file_of(&rows);
    let at = bytes.windows(2).position(|pair| pair == "\u{e9}".as_bytes()).unwrap();
    bytes[at + 1] = b'x';
    for size in [1_000, 70_000, bytes.len()] {
        let read = batches(bytes.chunks(size)).map(|_| ());
        assert_eq!(read, Err(BillError::Utf8 { row: 7_001 }), "{size}");
    }
}

#[test]
fn after_an_error_there_is_nothing_but_that_error() {
    let mut reader = Reader::new();
    let mut give = |_| Ok::<(), BillError>(());
    // What is wrong with the last bytes of a piece is said by the next call at the latest.
    let pushed = reader.push(b"a,b\n1\n", &mut give);
    let error = pushed.and_then(|()| reader.finish(&mut give)).unwrap_err();
    assert_eq!(error, BillError::Cells { row: 1, found: 1, columns: 2 });
    assert_eq!(reader.push(b"1,2\n", &mut give), Err(error.clone()));
    assert_eq!(reader.finish(&mut give), Err(error));
}

#[test]
fn an_error_of_the_one_who_takes_the_rows_is_passed_on() {
    #[derive(Debug, PartialEq)]
    struct Full;
    impl From<BillError> for Full {
        fn from(_: BillError) -> Self {
            Self
        }
    }
    let mut reader = Reader::new();
    reader.push(&file(&[]), &mut |_| Ok::<(), Full>(())).unwrap();
    assert_eq!(reader.finish(&mut |_| Err(Full)), Err(Full));
}
