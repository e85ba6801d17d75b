//! Which paths a manifest takes, and which two of them are too alike (F-20 to F-24).

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use ledgit_core::limits;
use unicode_normalization::UnicodeNormalization as _;

/// The rule that a path or a link's target breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PathRule {
    /// Nothing, or more than [`limits::PATH_BYTES`] (F-20).
    #[error("it has {0} bytes; 1 to {max} are allowed", max = limits::PATH_BYTES)]
    Length(usize),
    /// Bytes that are not UTF-8 (F-22).
    #[error("it is not UTF-8")]
    Utf8,
    /// A slash at an end, or two together (F-20).
    #[error("a name in it is empty")]
    EmptyName,
    /// A way back or nowhere (F-20).
    #[error("a name in it is `.` or `..`")]
    Dots,
    /// Where Git keeps its own (F-20).
    #[error("a name in it is `.git`")]
    Git,
    /// A control character or a backslash (F-21).
    #[error("it has the character U+{:04X}", u32::from(*.0))]
    Character(char),
    /// A letter and a colon at its beginning (F-21).
    #[error("it begins like a drive")]
    Drive,
    /// A name that is a device on Windows (F-21).
    #[error("a name in it is a device's on Windows")]
    Device,
}

/// Checks a path's form (F-20, F-21).
pub(super) fn check_path(path: &str) -> Result<(), PathRule> {
    check_text(path)?;
    if path.contains('\\') {
        return Err(PathRule::Character('\\'));
    }
    if let [letter, b':', ..] = path.as_bytes()
        && letter.is_ascii_alphabetic()
    {
        return Err(PathRule::Drive);
    }
    path.split('/').try_for_each(check_name)
}

/// Checks a link's target (F-30).
pub(super) fn check_text(text: &str) -> Result<(), PathRule> {
    if text.is_empty() || text.len() > limits::PATH_BYTES {
        return Err(PathRule::Length(text.len()));
    }
    match text.chars().find(|c| c.is_control()) {
        Some(character) => Err(PathRule::Character(character)),
        None => Ok(()),
    }
}

fn check_name(name: &str) -> Result<(), PathRule> {
    match name {
        "" => Err(PathRule::EmptyName),
        "." | ".." => Err(PathRule::Dots),
        _ if name.eq_ignore_ascii_case(".git") => Err(PathRule::Git),
        _ if is_device(name) => Err(PathRule::Device),
        _ => Ok(()),
    }
}

/// Windows looks at what stands before the first dot, spaces at its end aside.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).trim_end_matches(' ');
    let is = |device: &str| stem.eq_ignore_ascii_case(device);
    if ["con", "prn", "aux", "nul", "conin$", "conout$"].into_iter().any(is) {
        return true;
    }
    let Some((letters, digit)) = stem.split_at_checked(3) else { return false };
    let numbered = ["com", "lpt"].into_iter().any(|port| letters.eq_ignore_ascii_case(port));
    let mut digits = digit.chars();
    let digit = digits.next().is_some_and(|c| c.is_ascii_digit() || "¹²³".contains(c));
    numbered && digit && digits.next().is_none()
}

/// What is left of a name when case and Unicode form are taken away (F-23).
pub(super) fn fold(name: &str) -> Cow<'_, str> {
    if name.is_ascii() {
        if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Cow::Owned(name.to_ascii_lowercase());
        }
        return Cow::Borrowed(name);
    }
    Cow::Owned(name.nfd().flat_map(fold_character).nfd().collect())
}

/// Full case folding by the mappings that the standard library has: for every character
/// the result joins the same characters as CaseFolding.txt does.
fn fold_character(c: char) -> impl Iterator<Item = char> {
    // The dotless i has the upper case of the dotted one; folding keeps them apart.
    let fixed = (c == '\u{131}').then_some(c);
    let mapped = (c != '\u{131}').then_some(c).into_iter();
    let mapped = mapped.flat_map(char::to_lowercase).flat_map(char::to_uppercase);
    fixed.into_iter().chain(mapped.flat_map(char::to_lowercase))
}

/// Finds two names that some file system takes for one, among paths in ascending order.
///
/// Memory grows with the bytes of the names, not with the depth of the paths.
#[derive(Debug, Default)]
pub(super) struct Twins {
    /// By directory and folded name: how it is written, where that differs.
    seen: HashMap<(u64, Box<str>), Option<Box<str>>>,
    /// The directories of the last path.
    directories: Vec<u64>,
    last: String,
}

impl Twins {
    /// Takes the next path; gives the two that can't stand together.
    pub fn add(&mut self, path: &str) -> Result<(), (String, String)> {
        let mut at = shared_directories(&self.last, path);
        let (shared, rest) = path.split_at_checked(at).unwrap_or(("", path));
        self.directories.truncate(shared.matches('/').count());
        for part in rest.split_inclusive('/') {
            let name = part.trim_end_matches('/');
            let folded = fold(name);
            let written = (folded != name).then(|| name.into());
            let parent = self.directories.last().copied().unwrap_or(0);
            // Every name is met once: one that is there is another spelling, or a file that
            // is now a directory.
            let number = self.seen.len() as u64 + 1;
            match self.seen.entry((parent, folded.into())) {
                Entry::Occupied(other) => {
                    let first = other.get().as_deref().unwrap_or(&other.key().1);
                    let before = path.get(..at).unwrap_or_default();
                    return Err((format!("{before}{first}"), format!("{before}{name}")));
                }
                Entry::Vacant(place) => drop(place.insert(written)),
            }
            at += part.len();
            if part.len() > name.len() {
                self.directories.push(number);
            }
        }
        self.last.clear();
        self.last.push_str(path);
        Ok(())
    }
}

/// Bytes of the directories at the front of both paths, the last slash included.
fn shared_directories(a: &str, b: &str) -> usize {
    let same = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    let shared = b.as_bytes().get(..same).unwrap_or_default();
    shared.iter().rposition(|byte| *byte == b'/').map_or(0, |at| at + 1)
}
