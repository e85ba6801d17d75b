//! The one text of an answer (C-20 to C-23).

use std::borrow::Cow;

use super::answer::{Answer, AnswerError};
use super::query::Query;
use crate::checkpoint::{from_base64, from_decimal, hash_of, to_base64};
use crate::limits;
use crate::merkle::Hash;
use crate::signature::PublicKey;

const FIRST_LINE: &str = "ledgit answer v1\n";

/// What stands between the query and the note.
#[derive(Default)]
struct Middle {
    range: Option<(u64, u64)>,
    path: Vec<Hash>,
    keys: Vec<PublicKey>,
    entries: Vec<Vec<u8>>,
}

impl Middle {
    fn read(&mut self, line: &str) -> Option<()> {
        let (word, value) = line.split_once(' ')?;
        match word {
            "range" if self.range.is_none() => {
                let (first, end) = value.split_once(' ')?;
                self.range = Some((from_decimal(first)?, from_decimal(end)?));
            }
            "hash" if self.path.len() < limits::RANGE_HASHES => self.path.push(hash_of(value)?),
            "key" => self.keys.push(PublicKey::from_bytes(&hash_of(value)?).ok()?),
            "entry" => self.entries.push(from_base64(value)?),
            _ => return None,
        }
        Some(())
    }
}

impl Answer {
    /// Whether bytes claim to be an answer.
    pub fn is_one(bytes: &[u8]) -> bool {
        bytes.starts_with(FIRST_LINE.as_bytes())
    }

    /// Reads an answer file.
    ///
    /// # Errors
    /// [`AnswerError`] for anything that [`Answer::to_bytes`] would not write.
    pub fn parse(bytes: &[u8]) -> Result<Self, AnswerError> {
        if bytes.len() > limits::ANSWER_BYTES {
            return Err(AnswerError::Size(bytes.len()));
        }
        let rest = bytes.strip_prefix(FIRST_LINE.as_bytes()).ok_or(AnswerError::Header)?;
        let (query, rest) = part(rest).ok_or(AnswerError::Header)?;
        let query = Query::parse(query)?;
        let before = 2 + query.to_text().lines().count();
        let (lines, note) = part(rest).ok_or(AnswerError::Line(before + 1))?;
        let mut middle = Middle::default();
        for (number, line) in lines.lines().enumerate() {
            middle.read(line).ok_or(AnswerError::Line(before + 1 + number))?;
        }
        let Middle { range, path, keys, entries } = middle;
        let (first, end) = range.ok_or(AnswerError::Line(before + 1))?;
        let read = Self { query, first, path, keys, entries, note: note.to_vec() };
        let whole = read.end() == Some(end) && read.writes(bytes);
        if whole { Ok(read) } else { Err(AnswerError::Line(before + 1)) }
    }

    fn end(&self) -> Option<u64> {
        self.first.checked_add(self.entries.len() as u64)
    }

    /// The one byte string of this answer.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.parts().for_each(|part| bytes.extend_from_slice(&part));
        bytes
    }

    /// Whether bytes are those that it writes, without a second copy of them.
    fn writes(&self, bytes: &[u8]) -> bool {
        let mut rest = Some(bytes);
        for part in self.parts() {
            rest = rest.and_then(|rest| rest.strip_prefix(&*part));
        }
        rest.is_some_and(<[u8]>::is_empty)
    }

    fn parts(&self) -> impl Iterator<Item = Cow<'_, [u8]>> {
        let text = |text: String| Cow::Owned(text.into_bytes());
        let line = move |word: &str, bytes: &[u8]| text(format!("{word} {}\n", to_base64(bytes)));
        let end = self.end().unwrap_or(u64::MAX);
        let head = format!("{FIRST_LINE}{}\nrange {} {end}\n", self.query.to_text(), self.first);
        std::iter::once(text(head))
            .chain(self.path.iter().map(move |hash| line("hash", hash)))
            .chain(self.keys.iter().map(move |key| line("key", key.as_bytes())))
            .chain(self.entries.iter().map(move |entry| line("entry", entry)))
            .chain([Cow::Borrowed(b"\n".as_slice()), Cow::Borrowed(self.note.as_slice())])
    }
}

/// The lines before the first empty one, and what follows it.
fn part(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let end = bytes.windows(2).position(|pair| pair == b"\n\n")?;
    let (lines, rest) = bytes.split_at_checked(end + 1)?;
    Some((std::str::from_utf8(lines).ok()?, rest.strip_prefix(b"\n")?))
}
