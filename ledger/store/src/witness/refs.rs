//! Cosigned checkpoints in Git, one ref a witness (W-30, W-31).

use std::time::Duration;

use ledgit_core::checkpoint::{Checkpoint, SignedNote, VerifierKey};
use ledgit_core::digest::to_hex;
use ledgit_core::limits;
use ledgit_core::witness::{Policy, Standing, take_cosignatures};

use super::{PATIENCE, WitnessError};
use crate::durable::{LedgerLock, Writer};
use crate::git::{Batch, CommitSpec, GitError, Mode, ObjectId, ObjectKind, Repository, TreeEntry};

pub use crate::ledger::WITNESS_PREFIX;
/// The one file in the tree of such a ref's commit.
const FILE: &str = "checkpoint";
/// Bytes of a witness' name in the name of its ref.
const NAME_BYTES: usize = 128;
/// How long a lock that a crash may have left is watched.
const WATCH: Duration = Duration::from_secs(2);

/// The ref of a witness (W-30).
pub fn witness_ref(key: &VerifierKey) -> String {
    format!("{WITNESS_PREFIX}{}-{}", slug(key.name()), to_hex(&key.id()))
}

/// A name as a part of a ref's name.
fn slug(name: &str) -> String {
    let mut slug = String::new();
    for char in name.chars().take(NAME_BYTES) {
        let dot = char == '.' && !slug.is_empty() && !slug.ends_with('.');
        let plain = char.is_ascii_alphanumeric() || matches!(char, '_' | '-') || dot;
        slug.push(if plain { char } else { '-' });
    }
    slug
}

/// What a witness' ref holds.
#[derive(Debug)]
pub struct FoundNote {
    /// The ref.
    pub name: String,
    /// The commit that it points at.
    pub commit: ObjectId,
    /// The note, or why there is none. Nothing in it is verified.
    pub note: Result<SignedNote, String>,
}

/// Reads every ref of a witness. One that can't be read says why: whoever may push could else
/// keep everybody from counting (W-31).
///
/// # Errors
/// [`GitError`] when the refs can't be listed.
pub fn found(repository: &Repository) -> Result<Vec<FoundNote>, GitError> {
    let refs = repository.refs_under(WITNESS_PREFIX)?.into_iter();
    let read = |(name, commit)| FoundNote { name, commit, note: read(repository, commit) };
    Ok(refs.map(read).collect())
}

fn read(repository: &Repository, commit: ObjectId) -> Result<SignedNote, String> {
    let said = |error: GitError| error.to_string();
    let tree = repository.read_commit(commit).map_err(said)?.tree;
    let entries = repository.read_tree(tree).map_err(said)?;
    let file = entries.iter().find(|entry| entry.name == FILE.as_bytes());
    let file = file.filter(|entry| entry.mode == Mode::File);
    let file = file.ok_or_else(|| format!("its commit holds no file {FILE}"))?;
    let bytes = repository.read(file.id, ObjectKind::Blob, limits::NOTE_BYTES as u64);
    SignedNote::parse(&bytes.map_err(said)?).map_err(|error| error.to_string())
}

/// A note with the cosignatures that were found for it.
#[derive(Debug)]
pub struct Gathered {
    /// The note, with the line of each witness of the policy that holds.
    pub note: SignedNote,
    /// How it stands with the policy.
    pub standing: Standing,
    /// Refs that could not be read, and why.
    pub unread: Vec<(String, String)>,
}

/// Holds a log's note, with the cosignatures that are found in a repository, against a policy.
/// Only lines that verify over the very text of the note are taken (W-24, W-31).
///
/// # Errors
/// [`GitError`] when the refs can't be listed.
pub fn cosignatures(
    repository: &Repository,
    note: &SignedNote,
    policy: &Policy,
) -> Result<Gathered, GitError> {
    let (mut note, mut unread) = (note.clone(), Vec::new());
    for found in found(repository)? {
        match found.note {
            Ok(other) if other.text() == note.text() => {
                take_cosignatures(&mut note, other.signatures(), policy.witness_keys());
                take_unverified(&mut note, &other, policy);
            }
            Ok(_) => {}
            Err(why) => unread.push((found.name, why)),
        }
    }
    let standing = policy.standing(&note);
    Ok(Gathered { note, standing, unread })
}

/// Lines of a type that is not verified are shown, and count for nothing (W-23).
fn take_unverified(note: &mut SignedNote, other: &SignedNote, policy: &Policy) {
    for key in policy.witnesses.iter().map(|witness| &witness.key) {
        let there = note.signatures().iter().any(|line| key.is_of(line));
        let line = other.signatures().iter().find(|line| key.is_of(line));
        let room = note.signatures().len() < limits::NOTE_SIGNATURES;
        if let Some(line) = line.filter(|_| key.verified().is_none() && !there && room) {
            note.add(line.clone());
        }
    }
}

/// The last checkpoint that a witness cosigned, as far as a repository shows.
pub fn last_by(found: &[FoundNote], key: &VerifierKey, origin: &str) -> Option<Checkpoint> {
    let notes = found.iter().filter_map(|found| found.note.as_ref().ok());
    let good = notes.filter(|note| note.verify(key).is_ok());
    let read = good.filter_map(|note| Checkpoint::parse(note.text()).ok());
    read.filter(|one| one.origin == origin).max_by_key(|one| one.size)
}

/// Keeps a note on the ref of a witness, over the one that was there; says which ref (W-30).
///
/// # Errors
/// [`WitnessError`]; the ref is as it was, or has the new commit.
pub fn publish(
    repository: &Repository,
    writer: &Writer,
    key: &VerifierKey,
    note: &SignedNote,
    time: u64,
) -> Result<String, WitnessError> {
    let (name, dir) = (witness_ref(key), repository.common_dir());
    // An append sweeps away packs that no ref reaches; it holds the same lock.
    let lock = LedgerLock::take(dir, PATIENCE)?;
    let before = repository.find_ref(&name)?;
    let mut batch = Batch::new(repository.object_format());
    let id = batch.blob(note.to_bytes())?;
    let entry = TreeEntry { mode: Mode::File, name: FILE.into(), id };
    let tree = batch.tree(vec![entry])?;
    let commit = batch.commit(&CommitSpec {
        tree,
        parents: before.into_iter().collect(),
        author: format!("{} <>", slug(key.name())),
        time,
        message: message(note, key),
    })?;
    let pack = batch.write(repository, writer, true)?;
    let before = before.map(|id| id.hex());
    writer.move_ref(&lock, dir, &name, (before.as_deref(), &commit.hex()), WATCH)?;
    if let Some(pack) = pack {
        writer.remove(&dir.join(format!("objects/pack/pack-{}.keep", pack.hex())))?;
    }
    Ok(name)
}

fn message(note: &SignedNote, key: &VerifierKey) -> String {
    match Checkpoint::parse(note.text()) {
        Ok(head) => {
            let (name, root) = (key.name(), head.root.hex());
            format!("{name} cosigned {} entries\n\n{}\n{root}\n", head.size, head.origin)
        }
        Err(_) => "a cosigned note\n".to_owned(),
    }
}
