use super::*;
use crate::limits::ENTRY_BYTES;
use proptest::prelude::*;

const APPENDIX_F: &str =
    include_str!("../../../../fixtures/cbor/rfc8949_appendix_f/not_well_formed.json");
const CBOR2: &str = include_str!("../../../../fixtures/cbor/cbor2_decodeBad/decode_bad.json");

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap()).collect()
}

fn checked(hex: &str) -> Result<(), CborError> {
    check(&bytes(hex), ENTRY_BYTES)
}

#[test]
fn i01_nothing_that_is_not_well_formed_is_taken() {
    for (file, count) in [(APPENDIX_F, 94), (CBOR2, 33)] {
        let vectors: Vec<serde_json::Value> = serde_json::from_str(file).unwrap();
        for vector in &vectors {
            let hex = vector["hex"].as_str().unwrap();
            assert!(checked(hex).is_err(), "{vector}");
        }
        assert_eq!(vectors.len(), count);
    }
}

macro_rules! hostile {
    ($name:literal) => {
        check(
            include_bytes!(concat!("../../../../fixtures/cbor/generated/", $name, ".cbor")),
            1 << 20,
        )
        .unwrap_err()
    };
}

#[test]
fn i01_deep_items_are_refused_at_the_limit() {
    let at = CBOR_DEPTH;
    assert_eq!(hostile!("deep_array"), CborError::Depth { at });
    // Each map is the value of a key of one byte.
    assert_eq!(hostile!("deep_map"), CborError::Depth { at: 2 * at });
    assert_eq!(hostile!("deep_tag"), CborError::Tag { at: 0 });
    assert_eq!(hostile!("deep_indef"), CborError::Indefinite { at: 0 });
    let nested = |depth: usize| format!("{}00", "81".repeat(depth));
    assert_eq!(checked(&nested(at)), Ok(()));
    assert_eq!(checked(&nested(at + 1)), Err(CborError::Depth { at }));
}

#[test]
fn i01_false_claims_of_length_are_refused_at_once() {
    assert_eq!(hostile!("bstr_claims_2e63"), CborError::Truncated { at: 0 });
    assert_eq!(hostile!("bstr_claims_4gib"), CborError::Truncated { at: 0 });
    assert_eq!(hostile!("array_claims_2e32"), CborError::Truncated { at: 0 });
    assert_eq!(hostile!("map_claims_2e64"), CborError::Truncated { at: 0 });
}

#[test]
fn i01_every_other_hostile_item_is_refused_for_its_own_reason() {
    assert_eq!(hostile!("dup_keys_10000"), CborError::DuplicateKey { at: 5 });
    assert_eq!(hostile!("unsorted_keys"), CborError::KeyOrder { at: 3 });
    assert!(matches!(hostile!("length_first_sorted"), CborError::KeyOrder { .. }));
    assert_eq!(hostile!("indef_text"), CborError::Indefinite { at: 0 });
    assert_eq!(hostile!("overlong_int"), CborError::NotShortest { at: 0 });
    assert_eq!(hostile!("overlong_len"), CborError::NotShortest { at: 0 });
    assert_eq!(hostile!("float_not_shortest"), CborError::Float { at: 0 });
    assert_eq!(hostile!("nan_payload"), CborError::Float { at: 0 });
    assert_eq!(hostile!("bignum_small"), CborError::Tag { at: 0 });
    assert_eq!(hostile!("text_bad_utf8"), CborError::Utf8 { at: 0 });
    assert_eq!(hostile!("text_surrogate"), CborError::Utf8 { at: 0 });
    assert_eq!(hostile!("trailing_byte"), CborError::Trailing { at: 1 });
}

#[test]
fn i01_only_one_tag_18_and_only_at_the_top() {
    assert_eq!(checked("d280"), Ok(()));
    assert_eq!(checked("d2d280"), Err(CborError::Tag { at: 1 }));
    assert_eq!(checked("81d280"), Err(CborError::Tag { at: 1 }));
    assert_eq!(checked("d180"), Err(CborError::Tag { at: 0 }));
    assert_eq!(checked("f7"), Err(CborError::Simple { at: 0 }));
    assert_eq!(checked("f820"), Err(CborError::Simple { at: 0 }));
}

#[test]
fn fields_are_read_by_name_and_none_is_left_over() {
    let read = |hex: &str| {
        let bytes = bytes(hex);
        let mut reader = Reader::new(&bytes);
        let mut fields = reader.fields()?;
        let a = fields.key("a")?.uint()?;
        let bb = fields.key("bb")?.optional(Reader::uint)?;
        fields.end()?;
        reader.finish()?;
        Ok((a, bb))
    };
    let unknown = |key: &str| Err(CborError::UnknownKey { key: key.into() });
    assert_eq!(read("a2616101626262f6"), Ok((1, None)));
    assert_eq!(read("a261610162626202"), Ok((1, Some(2))));
    assert_eq!(read("a1616101"), Err(CborError::MissingKey { key: "bb" }));
    assert_eq!(read("a1626262f6"), Err(CborError::MissingKey { key: "a" }));
    assert_eq!(read("a3616101616301626262f6"), unknown("c"));
    assert_eq!(read("a3616101626262f662636300"), unknown("cc"));
    assert_eq!(
        read("a1616120"),
        Err(CborError::Expected { expected: "an unsigned integer", at: 3 })
    );
}

fn item() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        prop::collection::vec(any::<u8>(), 0..300).prop_map(Value::Bytes),
        "\\PC{0,30}".prop_map(Value::Text),
        any::<bool>().prop_map(Value::Bool),
        Just(Value::Null),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
            prop::collection::btree_map("\\PC{0,9}", inner, 0..6).prop_map(|map| {
                Value::Map(map.into_iter().map(|(k, v)| (Value::Text(k), v)).collect())
            }),
        ]
    })
}

proptest! {
    #[test]
    fn i02_what_is_encoded_is_deterministic_and_reads_back(value in item()) {
        let bytes = encode(&value).unwrap();
        prop_assert_eq!(check(&bytes, usize::MAX), Ok(()));
        prop_assert_eq!(encode(&decode(&bytes).unwrap()).unwrap(), bytes);
    }

    #[test]
    fn i02_what_is_taken_is_what_would_be_written(value in item(), flip in any::<(u16, u8)>()) {
        let mut bytes = encode(&value).unwrap();
        let at = usize::from(flip.0) % bytes.len();
        bytes[at] ^= flip.1;
        if let Ok(value) = decode(&bytes) {
            prop_assert_eq!(encode(&value).unwrap(), bytes);
        }
    }

    #[test]
    fn i01_no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(value) = decode(&bytes) {
            prop_assert_eq!(encode(&value).unwrap(), bytes);
        }
    }
}
