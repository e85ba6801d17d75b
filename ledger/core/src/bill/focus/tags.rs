//! Tags: one JSON object in a cell (BI-28).

use std::cmp::Reverse;
use std::ops::Range;

use crate::bill::error::{TagError, short};
use crate::limits::BILL_TAGS;

#[derive(Debug, Clone)]
struct Tag {
    /// Where its key and its value stand in the text.
    key: Range<usize>,
    value: Range<usize>,
    /// White space was left off its key.
    blank: bool,
    /// It gave way to another.
    doubled: bool,
}

/// The tags of one row; made once, and filled by one row after the other.
#[derive(Debug, Clone, Default)]
pub struct Tags {
    text: String,
    tags: Vec<Tag>,
}

/// A cell, and how far it was read.
struct Scan<'a> {
    cell: &'a str,
    at: usize,
}

impl<'a> Scan<'a> {
    fn rest(&self) -> &'a str {
        self.cell.get(self.at..).unwrap_or_default()
    }

    fn peek(&mut self) -> Option<u8> {
        let rest = self.rest().as_bytes();
        self.at += rest.iter().take_while(|byte| b" \t\n\r".contains(byte)).count();
        self.cell.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> Result<(), TagError> {
        if self.peek() != Some(byte) {
            return Err(self.wrong());
        }
        self.at += 1;
        Ok(())
    }

    fn wrong(&self) -> TagError {
        TagError::Json { at: self.at, found: short(self.rest()) }
    }

    /// Adds the next text to `into`, and tells where it stands there.
    fn text(&mut self, into: &mut String) -> Result<Range<usize>, TagError> {
        self.take(b'"')?;
        let (from, rest) = (into.len(), self.rest());
        let special = |byte: &u8| *byte == b'"' || *byte == b'\\' || *byte < 0x20;
        match rest.bytes().position(|byte| special(&byte)) {
            Some(end) if rest.as_bytes().get(end) == Some(&b'"') => {
                into.push_str(rest.get(..end).unwrap_or_default());
                self.at += end + 1;
            }
            _ => self.escaped(into)?,
        }
        Ok(from..into.len())
    }

    /// A text with escapes in it, from after its first quote on.
    fn escaped(&mut self, into: &mut String) -> Result<(), TagError> {
        let mut escape = false;
        let end = self.rest().bytes().position(|byte| {
            let ends = byte == b'"' && !escape;
            escape = byte == b'\\' && !escape;
            ends
        });
        let end = self.at + end.ok_or_else(|| self.wrong())?;
        let quoted = self.cell.get(self.at - 1..=end).unwrap_or_default();
        let text: String = serde_json::from_str(quoted).map_err(|_| self.wrong())?;
        into.push_str(&text);
        self.at = end + 1;
        Ok(())
    }

    fn value(&mut self, into: &mut String) -> Result<Range<usize>, TagError> {
        let from = into.len();
        match self.peek() {
            Some(b'"') => return self.text(into),
            Some(b'{' | b'[') => return Err(TagError::Nested { at: self.at }),
            _ => {}
        }
        let rest = self.rest();
        let end = rest.bytes().position(|byte| b",} \t\n\r".contains(&byte)).unwrap_or(rest.len());
        let word = rest.get(..end).unwrap_or_default();
        match word {
            "true" | "null" => {}
            "false" => into.push_str(word),
            _ if serde_json::from_str::<serde_json::Number>(word).is_ok() => into.push_str(word),
            _ => return Err(self.wrong()),
        }
        self.at += end;
        Ok(from..into.len())
    }
}

impl Tags {
    /// Reads a cell; what was read before is gone.
    ///
    /// # Errors
    /// [`TagError`]; no tag is left then.
    pub fn read(&mut self, cell: &str) -> Result<(), TagError> {
        self.clear();
        let read = self.fill(cell);
        match read {
            Ok(()) => self.settle(),
            Err(_) => self.clear(),
        }
        read
    }

    /// Leaves no tag.
    pub fn clear(&mut self) {
        self.text.clear();
        self.tags.clear();
    }

    fn fill(&mut self, cell: &str) -> Result<(), TagError> {
        let mut scan = Scan { cell, at: 0 };
        scan.take(b'{')?;
        let mut next = scan.peek() != Some(b'}');
        while next {
            let key = scan.text(&mut self.text)?;
            scan.take(b':')?;
            let value = scan.value(&mut self.text)?;
            if self.tags.len() == BILL_TAGS {
                return Err(TagError::Many);
            }
            self.tags.push(trimmed(&self.text, key, value));
            next = scan.peek() == Some(b',');
            if next {
                scan.at += 1;
                // A text follows: a comma before the end is none of JSON's.
                scan.peek();
            }
        }
        scan.take(b'}')?;
        if scan.peek().is_some() { Err(scan.wrong()) } else { Ok(()) }
    }

    /// Lets one of those stand that have the same key.
    fn settle(&mut self) {
        for at in 0..self.tags.len() {
            let doubled = self.gives_way(at);
            if let Some(tag) = self.tags.get_mut(at) {
                tag.doubled = doubled;
            }
        }
    }

    /// The least of those with one key stands.
    fn rank(&self, at: usize, tag: &Tag) -> (bool, &str, Reverse<usize>) {
        (tag.blank, self.part(&tag.key), Reverse(at))
    }

    fn gives_way(&self, at: usize) -> bool {
        let Some(tag) = self.tags.get(at) else { return false };
        let better = |(other, one): (usize, &Tag)| {
            other != at
                && same(self.part(&tag.key), self.part(&one.key))
                && self.rank(other, one) < self.rank(at, tag)
        };
        self.tags.iter().enumerate().any(better)
    }

    /// Keys and values, those that stand.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let stand = self.tags.iter().filter(|tag| !tag.doubled);
        stand.map(|tag| (self.part(&tag.key), self.part(&tag.value)))
    }

    /// Keys of which white space was left off.
    pub fn blank(&self) -> u64 {
        self.tags.iter().filter(|tag| tag.blank).count() as u64
    }

    /// Tags that gave way to others.
    pub fn doubled(&self) -> u64 {
        self.tags.iter().filter(|tag| tag.doubled).count() as u64
    }

    fn part(&self, range: &Range<usize>) -> &str {
        self.text.get(range.clone()).unwrap_or_default()
    }
}

fn trimmed(text: &str, key: Range<usize>, value: Range<usize>) -> Tag {
    let whole = text.get(key.clone()).unwrap_or_default();
    let from = key.start + (whole.len() - whole.trim_start().len());
    let until = from + whole.trim().len();
    Tag { blank: until - from != whole.len(), key: from..until, value, doubled: false }
}

/// Whether two keys are the same, case left aside.
fn same(one: &str, other: &str) -> bool {
    if one.is_ascii() && other.is_ascii() {
        return one.eq_ignore_ascii_case(other);
    }
    let lower = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<String>();
    lower(one) == lower(other)
}
