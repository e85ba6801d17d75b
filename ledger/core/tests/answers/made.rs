//! Answers made from a log in memory as the store makes them from Git.

use ledgit_core::bundle::{Answer, AnswerError, Checked, Found, Query, QueryError, Scan};
use ledgit_core::checkpoint::{NoteKeyKind, VerifierKey};
use ledgit_core::merkle::{Leaves, Rfc6962, range_path};
use ledgit_core::signature::PublicKey;
use ledgit_core::statement::*;

use crate::history::{ANA, BEN, CI, Forge, LOG, ORIGIN, START, Step};
use crate::support::*;

pub const DAY: u64 = 86_400;

pub fn vkey() -> VerifierKey {
    VerifierKey::new(ORIGIN, NoteKeyKind::Ed25519, public(LOG.1)).unwrap()
}

pub fn query(text: &str) -> Query {
    Query::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

pub fn entries(forge: &Forge) -> Vec<Vec<u8>> {
    let entry = |step: &Step| match step {
        Step::Entry(bytes) => Some(bytes.clone()),
        Step::Checkpoint(_) => None,
    };
    forge.steps.iter().filter_map(entry).collect()
}

fn last_note(forge: &Forge) -> Vec<u8> {
    let note = |step: &Step| match step {
        Step::Entry(_) => None,
        Step::Checkpoint(note) => Some(note.clone()),
    };
    forge.steps.iter().rev().find_map(note).unwrap()
}

pub fn find(forge: &Forge, query: &Query) -> Result<Found, QueryError> {
    let mut scan = Scan::new(query);
    for (position, entry) in (0..).zip(entries(forge)) {
        scan.take(position, Signed::decode(&entry).unwrap()).unwrap();
    }
    scan.finish(forge.size())
}

fn known() -> Vec<PublicKey> {
    [LOG, ANA, BEN, CI].map(|(_, seed)| public(seed)).to_vec()
}

/// An answer with a range that is given, whatever belongs there.
pub fn answer_over(forge: &Forge, query: &Query, (first, end): (u64, u64)) -> Answer {
    let found = find(forge, query).unwrap();
    let within = |(position, _): &(u64, Signed)| (first..end).contains(position);
    let found = Found { matches: found.matches.into_iter().filter(within).collect(), ..found };
    let key = |id: &_| known().into_iter().find(|key| key.thumbprint() == *id);
    Answer {
        query: query.clone(),
        first,
        path: range_path::<Rfc6962, _>(
            &Leaves::<Rfc6962>::of(&forge.leaves),
            first,
            end,
            forge.size(),
        )
        .unwrap(),
        keys: Answer::keys_of(&found, key).unwrap(),
        entries: entries(forge)[first as usize..end as usize].to_vec(),
        note: Answer::note_of(&last_note(forge), &vkey()).unwrap(),
    }
}

/// The answer to a query, from bytes.
pub fn answer(forge: &Forge, text: &str) -> Answer {
    let query = query(text);
    let found = find(forge, &query).unwrap();
    answer_over(forge, &query, (found.first, found.end))
}

pub fn check(bytes: &[u8]) -> Result<Checked, AnswerError> {
    Answer::parse(bytes)?.check(&vkey())
}

/// Positions that an answer lists once it has been to bytes and back.
pub fn positions(forge: &Forge, text: &str) -> Vec<u64> {
    let checked = check(&answer(forge, text).to_bytes()).unwrap();
    checked.found.matches.iter().map(|(position, _)| *position).collect()
}

/// Seven days of a log, two checkpoints a day, in each a model, a decision about it, a deployment of
/// it and a metric.
///
/// Positions: genesis 0, time 1; checkpoint n (from 0) has its time at 2 + 5n.
pub fn week() -> Forge {
    let mut forge = Forge::founded();
    for half in 0..14_u64 {
        forge.time(START + DAY + half * DAY / 2);
        let name = format!("model {}", half % 3);
        let content = digests(&name);
        let place = if half % 2 == 0 { "production" } else { "staging" };
        forge.say(CI, Model { name: text(&name), digests: content, ..model() }.into(), |_| {});
        let gate = Decision { subject: content, environment: text(place), ..decision() };
        forge.say(CI, gate.into(), |_| {});
        let to = Deployment { subject: content, environment: text(place), ..deployment() };
        forge.say(ANA, to.into(), |_| {});
        forge.say(BEN, Metric { subject: content, ..metric() }.into(), |_| {});
        forge.close();
    }
    forge
}
