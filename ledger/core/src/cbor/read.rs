//! A cursor over bytes: strict at each item, borrowing, never allocating but for errors.

use super::CborError;

/// Reads one item after another; every number and length must be in its shortest form.
///
/// It does not see the order of map keys: [`Fields`] demands it for maps with text keys,
/// and [`super::check`] for every map.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// Starts at the first byte.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The offset of the next item.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Demands that nothing is left.
    ///
    /// # Errors
    /// [`CborError::Trailing`].
    pub fn finish(&self) -> Result<(), CborError> {
        if self.at == self.bytes.len() { Ok(()) } else { Err(CborError::Trailing { at: self.at }) }
    }

    /// An unsigned integer.
    ///
    /// # Errors
    /// [`CborError`] for anything else.
    pub fn uint(&mut self) -> Result<u64, CborError> {
        self.expect(0, "an unsigned integer")
    }

    /// An integer of 64 bits.
    ///
    /// # Errors
    /// [`CborError`] for anything else.
    pub fn int(&mut self) -> Result<i64, CborError> {
        let at = self.at;
        let wrong = CborError::Expected { expected: "an integer", at };
        match self.head()? {
            (0, value) => i64::try_from(value).map_err(|_| wrong),
            (1, value) => i64::try_from(value).map(|value| -1 - value).map_err(|_| wrong),
            _ => Err(wrong),
        }
    }

    /// A byte string.
    ///
    /// # Errors
    /// [`CborError`] for anything else.
    pub fn bytes(&mut self) -> Result<&'a [u8], CborError> {
        let at = self.at;
        let length = self.expect(2, "a byte string")?;
        self.take(length, at)
    }

    /// A byte string of exactly `N` bytes.
    ///
    /// # Errors
    /// [`CborError`] for anything else.
    pub fn fixed<const N: usize>(&mut self) -> Result<[u8; N], CborError> {
        let at = self.at;
        let expected = "a byte string of another length";
        self.bytes()?.try_into().map_err(|_| CborError::Expected { expected, at })
    }

    /// A text.
    ///
    /// # Errors
    /// [`CborError`] for anything else.
    pub fn text(&mut self) -> Result<&'a str, CborError> {
        let at = self.at;
        let length = self.expect(3, "a text")?;
        self.take_text(length, at)
    }

    /// The head of an array: how many items follow.
    ///
    /// # Errors
    /// [`CborError`] for anything else, or when the rest can't hold that many.
    pub fn array(&mut self) -> Result<u64, CborError> {
        let at = self.at;
        let items = self.expect(4, "an array")?;
        self.can_hold(items, at)?;
        Ok(items)
    }

    /// The head of an array of exactly so many items.
    ///
    /// # Errors
    /// [`CborError`] for anything else.
    pub fn array_of(&mut self, items: u64) -> Result<(), CborError> {
        let at = self.at;
        if self.array()? == items {
            return Ok(());
        }
        Err(CborError::Expected { expected: "an array of another length", at })
    }

    /// The head of a map: how many pairs follow.
    ///
    /// # Errors
    /// [`CborError`] for anything else, or when the rest can't hold that many.
    pub fn map(&mut self) -> Result<u64, CborError> {
        let at = self.at;
        let pairs = self.expect(5, "a map")?;
        self.can_hold(pairs.saturating_mul(2), at)?;
        Ok(pairs)
    }

    /// A map with exactly the text keys that the caller asks for next, in ascending order.
    ///
    /// # Errors
    /// [`CborError`] for anything but a map.
    pub fn fields(&mut self) -> Result<Fields<'_, 'a>, CborError> {
        let left = self.map()?;
        Ok(Fields { reader: self, left })
    }

    /// The number of a tag.
    ///
    /// # Errors
    /// [`CborError`] for anything else.
    pub fn tag(&mut self) -> Result<u64, CborError> {
        self.expect(6, "a tag")
    }

    /// Whether the next item is null, which is then read.
    pub fn null(&mut self) -> bool {
        let null = self.bytes.get(self.at) == Some(&0xf6);
        self.at += usize::from(null);
        null
    }

    /// Null, or what the closure reads.
    ///
    /// # Errors
    /// Those of the closure.
    pub fn optional<T, E>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<Option<T>, E> {
        if self.null() { Ok(None) } else { read(self).map(Some) }
    }

    /// Whether the next item is a text; nothing is read.
    pub fn is_text(&self) -> bool {
        self.bytes.get(self.at).is_some_and(|byte| byte >> 5 == 3)
    }

    fn expect(&mut self, major: u8, expected: &'static str) -> Result<u64, CborError> {
        let at = self.at;
        match self.head()? {
            (found, argument) if found == major => Ok(argument),
            _ => Err(CborError::Expected { expected, at }),
        }
    }

    /// Major type and argument of the next item.
    pub(super) fn head(&mut self) -> Result<(u8, u64), CborError> {
        let at = self.at;
        let first = *self.bytes.get(at).ok_or(CborError::Truncated { at })?;
        self.at += 1;
        let (major, info) = (first >> 5, first & 31);
        if major == 7 {
            return match info {
                20..=22 => Ok((7, u64::from(info))),
                25..=27 => Err(CborError::Float { at }),
                28..=30 => Err(CborError::Reserved { at }),
                31 => Err(CborError::Indefinite { at }),
                _ => Err(CborError::Simple { at }),
            };
        }
        let (width, least) = match info {
            0..=23 => return Ok((major, u64::from(info))),
            24 => (1, 24),
            25 => (2, 1 << 8),
            26 => (4, 1 << 16),
            27 => (8, 1 << 32),
            31 => return Err(CborError::Indefinite { at }),
            _ => return Err(CborError::Reserved { at }),
        };
        let argument =
            self.take(width, at)?.iter().fold(0, |value, byte| value << 8 | u64::from(*byte));
        if argument < least {
            return Err(CborError::NotShortest { at });
        }
        Ok((major, argument))
    }

    /// The next `length` bytes, of the item that began at `at`.
    pub(super) fn take(&mut self, length: u64, at: usize) -> Result<&'a [u8], CborError> {
        let end = usize::try_from(length).ok().and_then(|length| self.at.checked_add(length));
        let taken = end.and_then(|end| Some((end, self.bytes.get(self.at..end)?)));
        let (end, taken) = taken.ok_or(CborError::Truncated { at })?;
        self.at = end;
        Ok(taken)
    }

    pub(super) fn take_text(&mut self, length: u64, at: usize) -> Result<&'a str, CborError> {
        std::str::from_utf8(self.take(length, at)?).map_err(|_| CborError::Utf8 { at })
    }

    /// Each item takes a byte at least: so a false claim is refused before any work.
    pub(super) fn can_hold(&self, items: u64, at: usize) -> Result<(), CborError> {
        let left = self.bytes.len().saturating_sub(self.at);
        if items <= left as u64 { Ok(()) } else { Err(CborError::Truncated { at }) }
    }

    /// What was read since an offset.
    pub(crate) fn since(&self, start: usize) -> &'a [u8] {
        self.bytes.get(start..self.at).unwrap_or_default()
    }
}

/// A map whose fields are read by name, in the order of their encodings (B-07).
#[derive(Debug)]
pub struct Fields<'r, 'a> {
    reader: &'r mut Reader<'a>,
    left: u64,
}

impl<'a> Fields<'_, 'a> {
    /// Goes to the value of the next field, which must have this name.
    ///
    /// # Errors
    /// [`CborError::MissingKey`] or [`CborError::UnknownKey`] for another name.
    pub fn key(&mut self, name: &'static str) -> Result<&mut Reader<'a>, CborError> {
        let left = self.left.checked_sub(1).ok_or(CborError::MissingKey { key: name })?;
        self.left = left;
        let found = self.reader.text()?;
        if found == name {
            return Ok(self.reader);
        }
        // Deterministic order compares the length first, as it stands in the head.
        if (found.len(), found) < (name.len(), name) {
            return Err(unknown(found));
        }
        Err(CborError::MissingKey { key: name })
    }

    /// Demands that no field is left.
    ///
    /// # Errors
    /// [`CborError::UnknownKey`].
    pub fn end(self) -> Result<(), CborError> {
        match self.left {
            0 => Ok(()),
            _ => Err(unknown(self.reader.text()?)),
        }
    }
}

fn unknown(key: &str) -> CborError {
    CborError::UnknownKey { key: key.chars().take(64).collect() }
}
