//! Answers to queries from a log that was verified (`spec/query.md`).

use std::collections::HashMap;

use ledgit_core::bundle::{Answer, Found, Query, Scan, ScanError};
use ledgit_core::digest::KeyId;
use ledgit_core::limits;
use ledgit_core::merkle::tile::WIDTH;
use ledgit_core::merkle::{Frontier, Hash, PathError, Rfc6962, TreeHash as _, range_path};
use ledgit_core::signature::PublicKey;
use ledgit_core::statement::{Refusal, Signed};
use rayon::prelude::*;

use super::{LedgerError, Log, Verification};
use crate::git::Repository;

/// Asks a log that was verified. Every entry is read again, and they must be those that were
/// verified: their root is (C-30).
///
/// # Errors
/// [`LedgerError::Query`] and [`LedgerError::AnswerSize`]; [`LedgerError`] when the log can't be
/// read, and when it was not found intact.
pub fn ask(
    repository: &Repository,
    verified: &Verification,
    query: &Query,
) -> Result<Found, LedgerError> {
    query.check()?;
    let log = log_of(repository, verified)?;
    let (mut scan, mut tree) = (Scan::new(query), Frontier::<Rfc6962>::new());
    for number in 0..log.size().div_ceil(u64::from(WIDTH)) {
        for (leaf, signed) in read(&log, number)? {
            let position = tree.size();
            tree.push(leaf);
            let signed = signed.map_err(|error| log.malformed(&entry(position), &error))?;
            scan.take(position, signed).map_err(|error| refused(&log, error))?;
        }
    }
    if verified.root.map(|root| root.0) != Some(tree.root()) {
        return Err(log.malformed("tile/entries", &"they are not the entries that were verified"));
    }
    Ok(scan.finish(log.size())?)
}

/// An entry's leaf hash, and what it says.
type Read = (Hash, Result<Signed, Refusal>);

fn read(log: &Log<'_>, number: u64) -> Result<Vec<Read>, LedgerError> {
    let one = |entry: Vec<u8>| (Rfc6962::leaf(&entry), Signed::read(entry));
    Ok(log.bundle(number)?.into_par_iter().with_min_len(16).map(one).collect())
}

/// The answer as a file for a stranger, checked as the stranger will (C-31).
///
/// # Errors
/// As [`ask`]; [`LedgerError::AnswerSize`] past [`limits::ANSWER_BYTES`].
pub fn answer(
    repository: &Repository,
    verified: &Verification,
    query: &Query,
    found: &Found,
) -> Result<Answer, LedgerError> {
    let log = log_of(repository, verified)?;
    let vkey = verified.vkey.as_ref().ok_or(LedgerError::Internal("a log without a key"))?;
    let entries = entries(&log, found)?;
    let path = range_path::<Rfc6962, _>(&log, found.first, found.end, log.size());
    let path = path.map_err(|error| match error {
        PathError::Source(error) => error,
        PathError::Range { wanted, size } => LedgerError::NoEntry { position: wanted, size },
    })?;
    let broken = |error: &dyn std::fmt::Display| log.malformed("tile", error);
    let known: HashMap<KeyId, PublicKey> =
        verified.keys.iter().map(|key| (key.thumbprint(), *key)).collect();
    let keys = Answer::keys_of(found, |id| known.get(id).copied());
    let keys = keys.map_err(|error| broken(&error))?;
    let note = Answer::note_of(&verified.note, vkey);
    let note = note.ok_or(LedgerError::Internal("a head without the log's signature"))?;
    let answer = Answer { query: query.clone(), first: found.first, path, keys, entries, note };
    let checked = answer.check(vkey).map_err(|error| broken(&error))?;
    match checked.found.matches == found.matches {
        true => Ok(answer),
        false => Err(LedgerError::Internal("an answer that says something else")),
    }
}

/// The entries of the range, as long as they fit an answer.
fn entries(log: &Log<'_>, found: &Found) -> Result<Vec<Vec<u8>>, LedgerError> {
    let (mut entries, width) = (Vec::new(), u64::from(WIDTH));
    let mut bytes = Answer::BESIDE;
    for number in found.first / width..found.end.div_ceil(width) {
        for (position, entry) in (number * width..).zip(log.bundle(number)?) {
            if !(found.first..found.end).contains(&position) {
                continue;
            }
            bytes = bytes.saturating_add(Answer::line_of(entry.len()));
            if bytes > limits::ANSWER_BYTES {
                return Err(LedgerError::AnswerSize(format!(
                    "entries {} to {} take more than the {} bytes that an answer may have",
                    found.first,
                    found.end - 1,
                    limits::ANSWER_BYTES
                )));
            }
            entries.push(entry);
        }
    }
    Ok(entries)
}

/// The log as it was verified.
fn log_of<'a>(repository: &'a Repository, verified: &Verification) -> Result<Log<'a>, LedgerError> {
    let (Some(head), Some(commit)) = (verified.head(), verified.commit) else {
        return Err(LedgerError::Internal("nothing is answered from a log that is not intact"));
    };
    Log::at(repository, commit, head.size)
}

fn refused(log: &Log<'_>, error: ScanError) -> LedgerError {
    match error {
        ScanError::Backwards(position) => log.malformed(&entry(position), &error),
        ScanError::TooMany => LedgerError::AnswerSize(error.to_string()),
        ScanError::Query(error) => error.into(),
    }
}

fn entry(position: u64) -> String {
    format!("entry {position}")
}
