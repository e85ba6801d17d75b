//! Texts that statements hold: labels, free texts, ids of principals, origins of logs.
//!
//! Requirements T-01 to T-05 of `spec/names.md`.

use std::fmt;
use std::str::FromStr;

use crate::limits;

/// Why a text is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing, or more bytes than this kind of text may have.
    #[error("{what} has {bytes} bytes; 1 to {max} are allowed")]
    Length {
        /// Which kind of text.
        what: &'static str,
        /// Bytes found.
        bytes: usize,
        /// Most bytes allowed.
        max: usize,
    },
    /// A character that this kind of text never has.
    #[error("{what} has the character U+{:04X}, which is not allowed there", u32::from(*character))]
    Character {
        /// Which kind of text.
        what: &'static str,
        /// The character.
        character: char,
    },
    /// Space at an end.
    #[error("{what} begins or ends with a space")]
    Space {
        /// Which kind of text.
        what: &'static str,
    },
    /// Not in Unicode normalization form C.
    #[error("{what} is not in Unicode form NFC")]
    Form {
        /// Which kind of text.
        what: &'static str,
    },
    /// A slash at an end of an origin, or two together.
    #[error("an origin has no slash at an end and no two together")]
    Slash,
}

fn check_length(what: &'static str, text: &str, max: usize) -> Result<(), NameError> {
    let bytes = text.len();
    let fits = (1..=max).contains(&bytes);
    if fits { Ok(()) } else { Err(NameError::Length { what, bytes, max }) }
}

/// Characters that change how a line is read without being seen.
pub fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{2069}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

fn check_text(what: &'static str, text: &str, max: usize) -> Result<(), NameError> {
    check_length(what, text, max)?;
    if let Some(character) = text.chars().find(|c| c.is_control() || is_hidden(*c)) {
        return Err(NameError::Character { what, character });
    }
    if text.trim() != text {
        return Err(NameError::Space { what });
    }
    if !text.is_ascii() && !unicode_normalization::is_nfc(text) {
        return Err(NameError::Form { what });
    }
    Ok(())
}

fn check_allowed(
    what: &'static str,
    text: &str,
    allowed: impl Fn(char) -> bool,
) -> Result<(), NameError> {
    match text.chars().find(|c| !allowed(*c)) {
        Some(character) => Err(NameError::Character { what, character }),
        None => Ok(()),
    }
}

macro_rules! name {
    ($(#[$doc:meta])* $type:ident, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(String);

        impl $type {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $type {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                $check(text)?;
                Ok(Self(text.to_owned()))
            }
        }
    };
}

name! {
    /// A name, a version, a role: at most 256 bytes of NFC without hidden characters (T-01).
    Label, |text| check_text("a label", text, limits::LABEL_BYTES)
}
name! {
    /// A URI, a pointer, a source's own number: as a label, at most 1,024 bytes (T-02).
    Text, |text| check_text("a text", text, limits::TEXT_BYTES)
}
name! {
    /// A person's or service's id: at most 64 of `a-z 0-9 . _ - @` (T-03).
    Id, check_id
}
name! {
    /// The name of a log that ledgit writes, also the name of its key (T-04, N-11).
    Origin, check_origin
}
name! {
    /// Three capital letters of ISO 4217 (T-05).
    Currency, check_currency
}

/// The codes of S-22, one a line: the specification's own list.
const CURRENCIES: &str = include_str!("../../../spec/currencies.txt");

impl Currency {
    /// Whether ISO 4217 has it (S-22).
    pub fn is_listed(&self) -> bool {
        CURRENCIES.lines().any(|code| code == self.0)
    }
}

impl Id {
    /// What ids that are taken for each other have in common (U-05).
    pub fn skeleton(&self) -> String {
        let mut skeleton = String::with_capacity(self.0.len());
        for c in self.0.chars() {
            match c {
                '.' | '_' | '-' => {}
                '0' => skeleton.push('o'),
                '1' | 'i' => skeleton.push('l'),
                'm' => skeleton.push_str("rn"),
                'w' => skeleton.push_str("vv"),
                other => skeleton.push(other),
            }
        }
        skeleton
    }
}

fn check_id(text: &str) -> Result<(), NameError> {
    check_length("an id", text, limits::ID_BYTES)?;
    check_allowed("an id", text, |c| {
        c.is_ascii_lowercase() || c.is_ascii_digit() || "._-@".contains(c)
    })
}

fn check_origin(text: &str) -> Result<(), NameError> {
    check_length("an origin", text, limits::ORIGIN_BYTES)?;
    check_allowed("an origin", text, |c| c.is_ascii_alphanumeric() || "._-/:".contains(c))?;
    let slash = text.contains("//") || text.starts_with('/') || text.ends_with('/');
    if slash { Err(NameError::Slash) } else { Ok(()) }
}

fn check_currency(text: &str) -> Result<(), NameError> {
    check_length("a currency", text, 3)?;
    check_allowed("a currency", text, |c| c.is_ascii_uppercase())?;
    let bytes = text.len();
    if bytes == 3 { Ok(()) } else { Err(NameError::Length { what: "a currency", bytes, max: 3 }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i10_labels_hold_no_escapes_bidi_or_hidden_characters() {
        for good in ["credit model", "v1.2", "\u{e9}t\u{e9}", "\u{6a21}\u{578b}", "a/b"] {
            assert!(good.parse::<Label>().is_ok(), "{good}");
        }
        for bad in [
            "",
            " a",
            "a ",
            "a\u{1b}[31m",
            "a\nb",
            "a\u{0}",
            "a\u{202e}b",
            "a\u{200b}b",
            "e\u{301}",
            "\u{9b}31m",
            "\u{feff}a",
        ] {
            assert!(bad.parse::<Label>().is_err(), "{bad:?}");
            assert!(bad.parse::<Text>().is_err(), "{bad:?}");
        }
        assert!("x".repeat(256).parse::<Label>().is_ok());
        assert!("x".repeat(257).parse::<Label>().is_err());
        assert!("x".repeat(1024).parse::<Text>().is_ok());
        assert!("x".repeat(1025).parse::<Text>().is_err());
    }

    #[test]
    fn ids_origins_and_currencies_have_one_alphabet() {
        assert!("ana@bank.example".parse::<Id>().is_ok());
        for bad in ["Ana", "a b", "", "\u{430}na", &"x".repeat(65)] {
            assert!(bad.parse::<Id>().is_err(), "{bad}");
        }
        assert!("EUR".parse::<Currency>().is_ok());
        for bad in ["eur", "EU", "EURO", "E1R", ""] {
            assert!(bad.parse::<Currency>().is_err(), "{bad}");
        }
        for bad in ["https://a/b", "a b", "a+b", "/a", "a/", "a//b", "", "\u{e9}"] {
            assert!(bad.parse::<Origin>().is_err(), "{bad}");
        }
    }
}
