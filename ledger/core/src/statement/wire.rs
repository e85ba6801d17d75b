//! How values stand in a payload. Reading accepts exactly what writing writes.

use super::refusal::Refusal;
use crate::cbor::{Reader, Writer};
use crate::decimal::Decimal;
use crate::digest::{Blake3, Digests, LeafHash, LedgerId, Oms, RootHash, Sha256};
use crate::limits;
use crate::name::{Currency, Id, Label, Origin, Text};
use crate::time::{Period, Timestamp};

/// A value with one form in CBOR.
pub(super) trait Wire: Sized {
    fn write(&self, to: &mut Writer);
    fn read(from: &mut Reader<'_>) -> Result<Self, Refusal>;
}

/// A map with exactly these text keys. Fields stand in the order of their encoded keys:
/// shorter first, then by bytes; `every_record_has_its_keys_in_order` proves it.
macro_rules! record {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident $key:literal : $type:ty,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)+
        }

        impl $crate::statement::wire::Wire for $name {
            fn write(&self, to: &mut $crate::cbor::Writer) {
                to.map([$($key),+].len());
                $(to.text($key); $crate::statement::wire::Wire::write(&self.$field, to);)+
            }

            fn read(from: &mut $crate::cbor::Reader<'_>) -> Result<Self, $crate::statement::Refusal> {
                let mut fields = from.fields()?;
                $(let $field = <$type as $crate::statement::wire::Wire>::read(fields.key($key)?)?;)+
                fields.end()?;
                Ok(Self { $($field),+ })
            }
        }
    };
}

/// A choice among words.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident $what:literal { $($(#[$word_doc:meta])* $word:ident $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$word_doc])* $word,)+
        }

        impl $name {
            /// Every word.
            #[allow(dead_code, reason = "not every choice is listed to people")]
            pub const WORDS: &[&str] = &[$($text),+];

            /// Every choice, in the order of [`Self::WORDS`].
            #[allow(dead_code, reason = "not every choice is walked through")]
            pub const ALL: [Self; Self::WORDS.len()] = [$(Self::$word),+];

            /// The word, as it is written.
            pub fn word(self) -> &'static str {
                match self { $(Self::$word => $text,)+ }
            }

            /// Reads a word; `None` for any other.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($text => Some(Self::$word),)+ _ => None }
            }
        }

        impl $crate::statement::wire::Wire for $name {
            fn write(&self, to: &mut $crate::cbor::Writer) {
                to.text(self.word());
            }

            fn read(from: &mut $crate::cbor::Reader<'_>) -> Result<Self, $crate::statement::Refusal> {
                let word = from.text()?;
                Self::from_word(word).ok_or_else(|| $crate::statement::Refusal::Word {
                    what: $what,
                    found: word.chars().take($crate::limits::ID_BYTES).collect(),
                })
            }
        }
    };
}

macro_rules! hash_wire {
    ($($type:ident),+) => {$(
        impl Wire for $type {
            fn write(&self, to: &mut Writer) {
                to.bytes(&self.0);
            }

            fn read(from: &mut Reader<'_>) -> Result<Self, Refusal> {
                Ok(Self(from.fixed()?))
            }
        }
    )+};
}
hash_wire!(Sha256, Blake3, Oms, LeafHash, RootHash, LedgerId);

macro_rules! text_wire {
    ($($type:ident),+) => {$(
        impl Wire for $type {
            fn write(&self, to: &mut Writer) {
                to.text(self.as_str());
            }

            fn read(from: &mut Reader<'_>) -> Result<Self, Refusal> {
                Ok(from.text()?.parse()?)
            }
        }
    )+};
}
text_wire!(Label, Text, Id, Origin, Currency);

impl Wire for u64 {
    fn write(&self, to: &mut Writer) {
        to.uint(*self);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Refusal> {
        Ok(from.uint()?)
    }
}

impl Wire for i64 {
    fn write(&self, to: &mut Writer) {
        to.int(*self);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Refusal> {
        Ok(from.int()?)
    }
}

impl<const N: usize> Wire for [u8; N] {
    fn write(&self, to: &mut Writer) {
        to.bytes(self);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Refusal> {
        Ok(from.fixed()?)
    }
}

impl Wire for Timestamp {
    fn write(&self, to: &mut Writer) {
        to.uint(self.seconds());
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Refusal> {
        let seconds = from.uint()?;
        Self::from_seconds(seconds).ok_or(Refusal::Time(seconds))
    }
}

impl Wire for Period {
    fn write(&self, to: &mut Writer) {
        to.array(2);
        self.from().write(to);
        self.until().write(to);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Refusal> {
        from.array_of(2)?;
        let (start, end) = (Timestamp::read(from)?, Timestamp::read(from)?);
        Ok(Self::new(start, end)?)
    }
}

impl Wire for Decimal {
    fn write(&self, to: &mut Writer) {
        to.text(&self.to_string());
    }

    /// The text must be the canonical one (S-15).
    fn read(from: &mut Reader<'_>) -> Result<Self, Refusal> {
        Ok(Self::from_canonical(from.text()?)?)
    }
}

impl Wire for Digests {
    fn write(&self, to: &mut Writer) {
        to.map(3);
        to.text("oms");
        self.oms.write(to);
        to.text("blake3");
        self.blake3.write(to);
        to.text("sha256");
        self.sha256.write(to);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Refusal> {
        let mut fields = from.fields()?;
        let oms = Option::read(fields.key("oms")?)?;
        let blake3 = Blake3::read(fields.key("blake3")?)?;
        let sha256 = Sha256::read(fields.key("sha256")?)?;
        fields.end()?;
        Ok(Self { blake3, sha256, oms })
    }
}

impl<T: Wire> Wire for Option<T> {
    fn write(&self, to: &mut Writer) {
        match self {
            Some(value) => value.write(to),
            None => {
                to.null();
            }
        }
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Refusal> {
        from.optional(T::read)
    }
}

/// A list without order of its own: sorted by the encoded bytes, nothing twice (S-16).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Set<T>(Vec<T>);

impl<T> Set<T> {
    /// The elements, in their order.
    pub fn as_slice(&self) -> &[T] {
        &self.0
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T> Default for Set<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

fn encoded<T: Wire>(value: &T) -> Vec<u8> {
    let mut writer = Writer::default();
    value.write(&mut writer);
    writer.into_bytes()
}

impl<T: Wire + PartialEq> FromIterator<T> for Set<T> {
    /// Sorts, and drops what is there twice.
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let mut values: Vec<T> = values.into_iter().collect();
        values.sort_by_cached_key(encoded);
        values.dedup();
        Self(values)
    }
}

impl<T: Wire> Wire for Set<T> {
    fn write(&self, to: &mut Writer) {
        to.array(self.0.len());
        for value in &self.0 {
            value.write(to);
        }
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Refusal> {
        let items = from.array()?;
        if items > limits::LIST_ITEMS as u64 {
            return Err(Refusal::List(items));
        }
        let mut values = Vec::new();
        let mut before: &[u8] = &[];
        for _ in 0..items {
            let start = from.at();
            values.push(T::read(from)?);
            let here = from.since(start);
            if before >= here {
                return Err(Refusal::Set);
            }
            before = here;
        }
        Ok(Self(values))
    }
}
