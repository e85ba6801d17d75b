//! Keys and values in a cell (`KeyValueFormat`, FO-24).

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::flaws::*;

/// What FOCUS 1.2 defines of a SKU's price, and whether it is a number.
const PROPERTIES: &[(&str, bool)] = &[
    ("CoreCount", true),
    ("DiskMaxIops", true),
    ("DiskSpace", true),
    ("DiskType", false),
    ("GpuCount", true),
    ("InstanceType", false),
    ("InstanceSeries", false),
    ("MemorySize", true),
    ("NetworkMaxIops", true),
    ("NetworkMaxThroughput", true),
    ("OperatingSystem", false),
    ("Redundancy", false),
    ("StorageClass", false),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    Word,
}

/// The flaws of a cell of keys and values; `sku` where its keys are properties of a SKU's price.
pub(super) fn flaws(cell: &str, sku: bool) -> u64 {
    let mut reader = Reader { text: cell, at: 0 };
    let mut keys = BTreeSet::new();
    let mut found = 0;
    match reader.object(&mut |key, kind| {
        if sku {
            found |= property(&key, kind);
        }
        if !keys.insert(key) {
            found |= PAIRS_UNIQUE;
        }
    }) {
        Some(()) => found,
        // Something nested, or no object at all. What is nested is read by another reader.
        None => match serde_json::from_str::<serde_json::Value>(cell) {
            Ok(serde_json::Value::Object(_)) => found | PAIRS_NESTED,
            _ => PAIRS_OBJECT,
        },
    }
}

fn property(key: &str, kind: Kind) -> u64 {
    let pascal = is_pascal(key.strip_prefix("x_").unwrap_or(key));
    let mut found = if pascal { 0 } else { SKU_PASCAL };
    if let Some((_, number)) = PROPERTIES.iter().find(|(name, _)| *name == key) {
        if kind != if *number { Kind::Number } else { Kind::Text } {
            found |= SKU_TYPE;
        }
    } else if PROPERTIES.iter().any(|(name, _)| name.eq_ignore_ascii_case(key)) {
        found |= SKU_SPELLING;
    } else if !key.starts_with("x_") {
        found |= SKU_PREFIX;
    }
    found
}

/// `BilledCost`: a capital, then letters and digits.
pub(super) fn is_pascal(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// A reader of one flat JSON object (RFC 8259).
struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn object(&mut self, each: &mut impl FnMut(Cow<'a, str>, Kind)) -> Option<()> {
        self.expect(b'{')?;
        if self.peek() == Some(b'}') {
            self.at += 1;
            return self.end();
        }
        loop {
            self.space();
            let key = self.string()?;
            self.expect(b':')?;
            let kind = self.value()?;
            each(key, kind);
            match self.peek()? {
                b',' => self.at += 1,
                b'}' => {
                    self.at += 1;
                    return self.end();
                }
                _ => return None,
            }
        }
    }

    fn space(&mut self) {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        self.at += rest.iter().take_while(|byte| b" \t\r\n".contains(byte)).count();
    }

    /// The next byte that is not a space.
    fn peek(&mut self) -> Option<u8> {
        self.space();
        self.text.as_bytes().get(self.at).copied()
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn end(&mut self) -> Option<()> {
        self.peek().is_none().then_some(())
    }

    fn string(&mut self) -> Option<Cow<'a, str>> {
        let start = self.at;
        if self.text.as_bytes().get(start) != Some(&b'"') {
            return None;
        }
        let mut escaped = false;
        let mut at = start + 1;
        loop {
            match self.text.as_bytes().get(at)? {
                b'"' => break,
                b'\\' => {
                    escaped = true;
                    at += 2;
                }
                0..=0x1F => return None,
                _ => at += 1,
            }
        }
        self.at = at + 1;
        if escaped {
            // Two escapes may be one key.
            return serde_json::from_str(self.text.get(start..=at)?).ok().map(Cow::Owned);
        }
        self.text.get(start + 1..at).map(Cow::Borrowed)
    }

    fn value(&mut self) -> Option<Kind> {
        if self.peek()? == b'"' {
            return self.string().map(|_| Kind::Text);
        }
        let rest = self.text.get(self.at..)?;
        let word = rest.split([',', '}', ' ', '\t', '\r', '\n']).next()?;
        self.at += word.len();
        match word {
            "true" | "false" | "null" => Some(Kind::Word),
            _ => is_number(word).then_some(Kind::Number),
        }
    }
}

fn is_number(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let mantissa = mantissa.strip_prefix('-').unwrap_or(mantissa);
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let plain = digits(whole) && (whole == "0" || !whole.starts_with('0'));
    plain
        && fraction.is_none_or(digits)
        && exponent
            .is_none_or(|exponent| digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
}
