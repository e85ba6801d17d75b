//! What stands at a place of a JSON document (RFC 6901), without the document in memory as values:
//! a verifier reads documents of ledgers that it does not trust, and each byte may be a value.

use std::fmt;

use serde::Deserialize as _;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// What numbers are given as, so that they keep their text: the one key of a map.
const NUMBER: &str = "$serde_json::private::Number";

/// The number or the text at a place, as it is written there; none where there is neither. Of a
/// name that stands twice in an object the last one counts.
pub(super) fn look_up(json: &[u8], pointer: &str) -> Result<Option<String>, String> {
    let text = std::str::from_utf8(json).map_err(|error| error.to_string())?;
    // A pointer that is none, or that leads into a number, leads nowhere.
    let tokens = tokens(pointer).filter(|all| all.iter().all(|one| one != NUMBER));
    let mut reader = serde_json::Deserializer::from_str(text);
    let found = match &tokens {
        Some(tokens) => At(tokens).deserialize(&mut reader),
        None => IgnoredAny::deserialize(&mut reader).map(|_| None),
    };
    let ended = found.and_then(|found| reader.end().map(|()| found));
    ended.map_err(|error| error.to_string())
}

fn tokens(pointer: &str) -> Option<Vec<String>> {
    let rest = pointer.strip_prefix('/')?;
    Some(rest.split('/').map(|token| token.replace("~1", "/").replace("~0", "~")).collect())
}

/// The rest of the way.
#[derive(Clone, Copy)]
struct At<'p>(&'p [String]);

impl<'de> DeserializeSeed<'de> for At<'_> {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Self::Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for At<'_> {
    type Value = Option<String>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        // At the end of the way a map is a number, or nothing that is looked for.
        let (name, rest) = match self.0.split_first() {
            Some((name, rest)) => (name.as_str(), rest),
            None => (NUMBER, self.0),
        };
        let mut found = None;
        while let Some(is) = map.next_key_seed(Is(name))? {
            match is {
                true => found = map.next_value_seed(At(rest))?,
                false => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let wanted = self.0.split_first().and_then(|(token, rest)| Some((place(token)?, rest)));
        let (mut found, mut at) = (None, 0_u64);
        loop {
            let more = match wanted {
                Some((place, rest)) if place == at => {
                    let item = list.next_element_seed(At(rest))?;
                    item.map(|item| found = item)
                }
                _ => list.next_element::<IgnoredAny>()?.map(drop),
            };
            if more.is_none() {
                return Ok(found);
            }
            at += 1;
        }
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(self.0.is_empty().then(|| text.to_owned()))
    }

    // Small whole numbers come without their text, which has one form.
    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(self.0.is_empty().then(|| number.to_string()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(self.0.is_empty().then(|| number.to_string()))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

/// A place in a list: digits without a zero before them.
fn place(token: &str) -> Option<u64> {
    let place: u64 = token.parse().ok()?;
    (place.to_string() == token).then_some(place)
}

/// Whether a key is a name.
struct Is<'n>(&'n str);

impl<'de> DeserializeSeed<'de> for Is<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<bool, D::Error> {
        reader.deserialize_str(self)
    }
}

impl Visitor<'_> for Is<'_> {
    type Value = bool;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<bool, E> {
        Ok(name == self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::look_up;

    /// What the library itself finds in the document as values.
    fn by_values(json: &str, pointer: &str) -> Option<String> {
        match serde_json::from_str::<Value>(json).unwrap().pointer(pointer)? {
            Value::Number(number) => Some(number.to_string()),
            Value::String(text) => Some(text.clone()),
            _ => None,
        }
    }

    fn values() -> impl Strategy<Value = Value> {
        let name = "[a-c/~0-2\u{e9}]{0,2}";
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(Value::from),
            any::<f32>().prop_map(Value::from),
            "[a-z\"\\\\\n]{0,3}".prop_map(Value::String),
        ];
        leaf.prop_recursive(4, 24, 4, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
                prop::collection::btree_map(name, inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    /// Pointers of every place in a document.
    fn places(value: &Value, at: &str, all: &mut Vec<String>) {
        all.push(at.to_owned());
        match value {
            Value::Array(items) => {
                for (number, item) in items.iter().enumerate() {
                    places(item, &format!("{at}/{number}"), all);
                }
            }
            Value::Object(map) => {
                for (name, item) in map {
                    let name = name.replace('~', "~0").replace('/', "~1");
                    places(item, &format!("{at}/{name}"), all);
                }
            }
            _ => {}
        }
    }

    proptest! {
        #[test]
        fn it_finds_what_is_found_among_values(value in values(), other in "(/[a-c0-2~]{0,2}){1,3}") {
            let (json, mut all) = (value.to_string(), vec![other]);
            places(&value, "", &mut all);
            // The whole document has no pointer in a statement.
            for pointer in all.iter().filter(|one| !one.is_empty()) {
                prop_assert_eq!(look_up(json.as_bytes(), pointer), Ok(by_values(&json, pointer)));
            }
        }
    }

    #[test]
    fn a_number_keeps_its_text_and_of_two_of_one_name_the_last_one_counts() {
        for text in ["-0", "-0.0", "0", "-7", "1.50", "1e-05", "18446744073709551616"] {
            let json = format!("[{text}]");
            assert_eq!(look_up(json.as_bytes(), "/0"), Ok(Some(text.into())));
        }
        // But for how an exponent is written.
        assert_eq!(look_up(b"[1E5]", "/0"), Ok(by_values("[1E5]", "/0")));
        let json = r#"{"a": 1, "b": 5, "a": 2.50}"#;
        assert_eq!(look_up(json.as_bytes(), "/a"), Ok(Some("2.50".into())));
        assert_eq!(by_values(json, "/a"), Some("2.50".into()));
    }

    #[test]
    fn what_leads_nowhere_finds_nothing_and_what_is_no_json_is_said_so() {
        let json = br#"{"a": [1, {"b": 2}], "n": 7}"#;
        let inside = "/n/$serde_json::private::Number";
        for pointer in ["/a", "/a/1", "/a/2", "/a/01", "/a/-", "/a/+1", "a", "", "/n/x", inside] {
            assert_eq!(look_up(json, pointer), Ok(None), "{pointer}");
        }
        for broken in
            [&b""[..], b"{", b"{} {}", b"[1,]", b"{\"a\": NaN}", b"\xff", b"{\"a\": \"\xff\"}"]
        {
            assert!(look_up(broken, "/a").is_err(), "{broken:?}");
        }
    }

    /// However deep and however many: nothing is kept of it.
    #[test]
    fn a_document_of_millions_of_values_is_passed_over() {
        let long = format!("{{\"a\": [{}0], \"b\": 3}}", "0,".repeat(4 << 20));
        assert_eq!(look_up(long.as_bytes(), "/b"), Ok(Some("3".into())));
        assert_eq!(look_up(long.as_bytes(), "/a/4194304"), Ok(Some("0".into())));
        let deep = format!("{{\"a\": {}{}, \"b\": 3}}", "[".repeat(1 << 20), "]".repeat(1 << 20));
        assert_eq!(look_up(deep.as_bytes(), "/b"), Ok(Some("3".into())));
        let way = "/0".repeat(500);
        assert!(matches!(look_up(deep.as_bytes(), &format!("/a{way}")), Ok(None) | Err(_)));
    }
}
