//! Fields that differ, in words. Where there is nothing before, what each field says.

use std::collections::BTreeSet;
use std::fmt::Display;

use super::Difference;
use crate::policy::Span;

/// Which side of a change loosens.
#[derive(Clone, Copy)]
pub struct Sides {
    /// An item fewer.
    pub fewer: bool,
    /// An item more.
    pub more: bool,
}

/// What was found about some fields.
#[derive(Default)]
pub struct Fields {
    /// In the order in which they were asked about.
    pub found: Vec<Difference>,
}

impl Fields {
    fn add(&mut self, text: String, loosens: bool) {
        self.found.push(Difference { text, loosens });
    }

    /// A field; `text` gives nothing where it says nothing.
    pub fn one<T: PartialEq>(
        &mut self,
        name: &str,
        before: Option<&T>,
        after: &T,
        text: impl Fn(&T) -> Option<String>,
        loosens: impl Fn(&T, &T) -> bool,
    ) {
        let Some(old) = before else {
            if let Some(text) = text(after) {
                self.add(format!("{name} {text}"), false);
            }
            return;
        };
        if old != after {
            let words = match (text(old), text(after)) {
                (Some(old), Some(new)) => format!("{name} {old} becomes {new}"),
                (Some(old), None) => format!("{name} {old} is gone"),
                (None, Some(new)) => format!("{name} {new} is added"),
                (None, None) => format!("{name} is another"),
            };
            self.add(words, loosens(old, after));
        }
    }

    /// A set, an item at a time.
    pub fn set<T: Ord>(
        &mut self,
        name: &str,
        before: Option<&BTreeSet<T>>,
        after: &BTreeSet<T>,
        text: impl Fn(&T) -> String,
        loosens: Sides,
    ) {
        let Some(old) = before else {
            if !after.is_empty() {
                let items: Vec<_> = after.iter().map(text).collect();
                self.add(format!("{name} {}", items.join(", ")), false);
            }
            return;
        };
        for gone in old.difference(after) {
            self.add(format!("{name}: {} is gone", text(gone)), loosens.fewer);
        }
        for new in after.difference(old) {
            self.add(format!("{name}: {} is added", text(new)), loosens.more);
        }
    }

    /// A set that may be left out, and means everything then: to state one is fewer, to leave it out
    /// is more.
    pub fn choice<T: Ord + Display>(
        &mut self,
        name: &str,
        before: Option<&Option<BTreeSet<T>>>,
        after: &Option<BTreeSet<T>>,
        everything: &str,
        loosens: Sides,
    ) {
        match (before, after) {
            (Some(Some(old)), Some(new)) => {
                self.set(name, Some(old), new, ToString::to_string, loosens);
            }
            (None, None) => {}
            _ => {
                let text = |set: &Option<BTreeSet<T>>| {
                    Some(set.as_ref().map_or(everything.to_owned(), set_text))
                };
                let side = |_: &_, new: &Option<_>| match new {
                    Some(_) => loosens.fewer,
                    None => loosens.more,
                };
                self.one(name, before, after, text, side);
            }
        }
    }

    /// All of them in a line.
    pub fn joined(self) -> String {
        self.found.into_iter().map(|one| one.text).collect::<Vec<_>>().join(", ")
    }

    /// One line for each, under the name of what they are fields of.
    pub fn under(self, name: &str) -> Vec<Difference> {
        let line = |one: Difference| Difference { text: format!("{name}: {}", one.text), ..one };
        self.found.into_iter().map(line).collect()
    }
}

/// Items in a line.
pub fn set_text<T: Display>(set: &BTreeSet<T>) -> String {
    set.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// What is always stated.
pub fn shown<T: Display>(value: &T) -> Option<String> {
    Some(value.to_string())
}

/// What may be left out.
pub fn stated<T: Display>(value: &Option<T>) -> Option<String> {
    value.as_ref().map(ToString::to_string)
}

/// What can't be compared.
pub fn any_change<T>(_: &T, _: &T) -> bool {
    true
}

/// What decides nothing.
pub fn never<T>(_: &T, _: &T) -> bool {
    false
}

/// Of what is at most so much.
pub fn larger<T: Ord>(old: &T, new: &T) -> bool {
    new > old
}

/// Of what is at most so much, or has no limit.
pub fn above<T: Ord>(old: &Option<T>, new: &Option<T>) -> bool {
    old.as_ref().is_some_and(|old| new.as_ref().is_none_or(|new| new > old))
}

/// Of what is at least so much, or has no limit.
pub fn smaller<T: Ord>(old: &Option<T>, new: &Option<T>) -> bool {
    old.as_ref().is_some_and(|old| new.as_ref().is_none_or(|new| new < old))
}

/// Of a span within which something has to be.
pub fn longer(old: &Option<Span>, new: &Option<Span>) -> bool {
    above(old, new)
}
