//! Documents about the subject (E-26).

use super::evaluate::{Found, positions};
use super::{DocumentSaid, Entry, Gate, Says};
use crate::policy::{DocumentRule, Requirement};
use crate::statement::Reason;

/// Whether there is a document of the sort and format that is asked for.
pub(super) fn documented(
    gate: &Gate<'_>,
    requirement: &Requirement,
    rule: &DocumentRule,
    entries: &[Entry<'_>],
) -> Found {
    let of_sort = |entry: &&Entry<'_>| said(entry).is_some_and(|one| one.sort == rule.sort);
    let of_sort: Vec<_> = entries.iter().filter(of_sort).collect();
    if of_sort.is_empty() {
        return Found::not(Reason::None, Vec::new());
    }
    let by = match gate.by(requirement, of_sort) {
        Ok(by) => by,
        Err(found) => return found,
    };
    let fits = |entry: &&Entry<'_>| {
        let media = said(entry).map(|one| one.media.as_str());
        rule.format.is_none_or(|format| media == Some(format.media()))
    };
    let (fitting, others): (Vec<&Entry<'_>>, Vec<&Entry<'_>>) = by.into_iter().partition(fits);
    if fitting.is_empty() {
        let media = others.last().and_then(|entry| said(entry)).map(|one| one.media.clone());
        let found = Found::not(Reason::OtherFormat, positions(&others));
        return match media {
            Some(media) => found.about(media.as_str()),
            None => found,
        };
    }
    match fitting.iter().rfind(|entry| !gate.is_stale(entry.clock, rule.max_age)) {
        Some(last) => Found::met(vec![last.position]),
        None => Found::not(Reason::Stale, positions(&fitting)),
    }
}

fn said<'e>(entry: &Entry<'e>) -> Option<&'e DocumentSaid> {
    match entry.says {
        Says::Document(document) => Some(document),
        _ => None,
    }
}
