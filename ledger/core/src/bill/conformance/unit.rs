//! How a unit is written (`UnitFormat`, FO-23).

use super::flaws::*;

/// One form for singular and plural.
const DATA: &[&str] = &[
    "b", "Kb", "Mb", "Gb", "Tb", "Pb", "Eb", "B", "KB", "MB", "GB", "TB", "PB", "EB", "Kib", "Mib",
    "Gib", "Tib", "Pib", "Eib", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB",
];
const TIME: &[&str] = &["Year", "Month", "Day", "Hour", "Minute", "Second"];
const TIMES: &[&str] = &["Years", "Months", "Days", "Hours", "Minutes", "Seconds"];
const COUNTS: &[&str] = &[
    "Count",
    "Unit",
    "Request",
    "Token",
    "Connection",
    "Certificate",
    "Domain",
    "Core",
    "Counts",
    "Units",
    "Requests",
    "Tokens",
    "Connections",
    "Certificates",
    "Domains",
    "Cores",
];

/// The flaws of a cell of a column of units.
pub(super) fn flaws(cell: &str) -> u64 {
    let shape = if shape(cell) { 0 } else { UNIT_SHAPE };
    let words = cell.split([' ', '-', '/']);
    let case = if words.into_iter().any(is_miscased) { UNIT_CASE } else { 0 };
    shape | case
}

/// `GB`, `GB-Hours`, `Requests/Second`, `1000 Tokens`, `Units/3 Months`.
fn shape(cell: &str) -> bool {
    let (amount, per) = match cell.split_once('/') {
        Some((amount, per)) => (amount, Some(per)),
        None => (cell, None),
    };
    let per = per.is_none_or(|per| match per.split_once(' ') {
        Some((number, time)) => is_whole(number) && is_in(time, TIMES),
        None => is_in(per, TIME),
    });
    let amount = match amount.split_once(' ') {
        Some((number, unit)) if is_whole(number) => unit,
        _ => amount,
    };
    let amount = match amount.split_once('-') {
        Some((unit, time)) => is_noun(unit) && is_in(time, TIMES),
        None => is_noun(amount),
    };
    per && amount
}

fn is_in(word: &str, list: &[&str]) -> bool {
    list.iter().any(|listed| listed.eq_ignore_ascii_case(word))
}

fn is_whole(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Words with one space between, each a letter with letters and digits after it.
fn is_noun(text: &str) -> bool {
    text.split(' ').all(|word| {
        word.starts_with(|c: char| c.is_ascii_alphabetic())
            && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

/// A listed word in capitals that are not listed.
fn is_miscased(word: &str) -> bool {
    let lists = [DATA, TIME, TIMES, COUNTS];
    lists.iter().any(|list| is_in(word, list)) && !lists.iter().any(|list| list.contains(&word))
}
