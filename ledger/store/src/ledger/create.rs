//! Founding a ledger.

use std::fs;
use std::io;

use ledgit_core::checkpoint::Checkpoint;
use ledgit_core::digest::{RootHash, from_hex, to_hex};
use ledgit_core::merkle::{Rfc6962, TreeHash as _};
use ledgit_core::name::Origin;
use ledgit_core::signature::Signer as _;
use ledgit_core::statement::{
    Alg, Authority, AuthorityKind, Body, Continues, Envelope, Genesis, Key, Roster, Statement,
};
use ledgit_core::time::Timestamp;

use super::place::Here;
use super::reserve::Parts;
use super::sequence::time_statement;
use super::{
    DIRECTORY, Founded, LOG_REF, Ledger, LedgerError, Log, Memory, NEXT_REF, PATIENCE, stored,
};
use crate::durable::{LedgerLock, Writer};
use crate::git::{ObjectId, ObjectKind, Repository};
use crate::keys::{KeysError, LocalKey, create_log_key, open_log_key};

/// Names the repository that orders the log.
pub(super) const REPOSITORY_FILE: &str = "repository-id";
/// Names the repository that this one was a clone of when it drew an id of its own (G-33).
pub(super) const CLONE_FILE: &str = "clone-of";

/// What a genesis says that its founders choose.
#[derive(Debug, Clone)]
pub struct Founding {
    /// The origin before its last part, which is drawn: `bank.example/credit`.
    pub name: String,
    /// Persons, services, their keys, and how many persons must agree.
    pub roster: Roster,
    /// Seconds that an author's clock may differ from the log's.
    pub skew: u64,
    /// The ledger that this one goes on from.
    pub continues: Option<Continues>,
}

/// Makes a ledger in a repository: a log key, a genesis, and the first checkpoint. An attempt that
/// ended early is finished.
///
/// # Errors
/// [`LedgerError::Exists`] when there is one, [`LedgerError::Statement`] for a genesis that no
/// reader would accept; nothing is written then.
pub fn create(
    repository: Repository,
    memory: Memory,
    writer: Writer,
    founding: Founding,
    now: Timestamp,
) -> Result<Ledger, LedgerError> {
    let lock = LedgerLock::take(repository.common_dir(), PATIENCE)?;
    let path = repository.common_dir().to_owned();
    if repository.find_ref(LOG_REF)?.is_some() {
        return Err(LedgerError::Exists { path });
    }
    if let Some(next) = repository.find_ref(NEXT_REF)? {
        return resume(repository, memory, writer, &founding, &lock, next);
    }
    let directory = path.join(DIRECTORY);
    // Refuses before anything is written; the log key stands in for the one that is to come.
    let (nonce, id) = (random()?, random()?);
    genesis_statement(&founding, nonce, id, &LocalKey::ephemeral()?, now)?;
    let id = keep_id(&directory, &writer, id)?;
    let log_key = match create_log_key(&directory, "ledgit log key") {
        // An attempt that ended before there was a ledger left it.
        Err(KeysError::Exists(_)) => own_log_key(&directory)?,
        made => made?,
    };
    let entry = genesis_statement(&founding, nonce, id, &log_key, now)?;
    let origin = origin(&founding.name, &nonce)?;
    let founded = Founded::of(&entry)?;
    let time = time_statement(&origin, founded.id, now, 1, &log_key)?;
    let mut ledger = unfounded(repository, memory, writer, &origin, founded)?;
    ledger.reserve(&lock, &mut Here, &[entry, time], Parts::default(), None)?;
    ledger.finish(&lock, &mut Here, &log_key.into(), None)?;
    Ok(ledger)
}

/// Finishes a founding that ended after its head was reserved. It is another ledger than the one
/// asked for if it was founded otherwise.
fn resume(
    repository: Repository,
    memory: Memory,
    writer: Writer,
    founding: &Founding,
    lock: &LedgerLock,
    next: ObjectId,
) -> Result<Ledger, LedgerError> {
    let path = repository.common_dir().to_owned();
    if !repository.read_commit(next)?.parents.is_empty() {
        return Err(LedgerError::Lost { path });
    }
    let size = stored::read_reserved(&repository, next)?.size;
    let founded = Founded::read(&Log::at(&repository, next, size)?)?;
    let genesis = founded.genesis.clone();
    check_authority(&repository, &genesis)?;
    let log_key = own_log_key(&path.join(DIRECTORY))?;
    if genesis.log_key.0 != log_key.public_key() {
        return Err(LedgerError::OtherLogKey);
    }
    let mut ledger = unfounded(repository, memory, writer, &genesis.origin, founded)?;
    ledger.finish(lock, &mut Here, &log_key.into(), None)?;
    let asked = origin(&founding.name, &genesis.nonce)? == genesis.origin
        && (&founding.roster, founding.skew) == (&genesis.roster, genesis.skew)
        && founding.continues == genesis.continues;
    if asked { Ok(ledger) } else { Err(LedgerError::Exists { path }) }
}

/// A ledger before its first checkpoint, which takes the place of what stands here for it.
fn unfounded(
    repository: Repository,
    memory: Memory,
    writer: Writer,
    origin: &Origin,
    founded: Founded,
) -> Result<Ledger, LedgerError> {
    Ok(Ledger {
        head: ObjectId::of(repository.object_format(), ObjectKind::Blob, b"")?,
        repository,
        writer,
        memory,
        note: Vec::new(),
        checkpoint: Checkpoint::new(origin, 0, RootHash(Rfc6962::empty())),
        founded,
        state: None,
        indexed: true,
        programs: super::programs(),
        tidier: None,
    })
}

fn own_log_key(directory: &std::path::Path) -> Result<LocalKey, KeysError> {
    open_log_key(directory, &|path| Err(KeysError::Passphrase(path.to_owned())))
}

pub(super) fn random() -> Result<[u8; 16], LedgerError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| LedgerError::Internal("no random bytes"))?;
    Ok(bytes)
}

fn origin(name: &str, nonce: &[u8; 16]) -> Result<Origin, LedgerError> {
    let end = to_hex(nonce.split_at(4).0);
    let origin = format!("{name}-{end}").parse::<Origin>();
    origin.map_err(|error| LedgerError::Statement(error.into()))
}

fn genesis_statement(
    founding: &Founding,
    nonce: [u8; 16],
    repository: [u8; 16],
    log_key: &LocalKey,
    now: Timestamp,
) -> Result<Vec<u8>, LedgerError> {
    let origin = origin(&founding.name, &nonce)?;
    let genesis = Genesis {
        skew: founding.skew,
        nonce,
        origin: origin.clone(),
        roster: founding.roster.clone(),
        log_key: Key(log_key.public_key()),
        authority: Authority { id: repository, kind: AuthorityKind::Repository },
        continues: founding.continues.clone(),
    };
    let envelope = Envelope {
        alg: Alg::EdDsa,
        kid: log_key.public_key().thumbprint(),
        iss: origin.as_str().to_owned(),
        iat: now,
        aud: None,
        cti: nonce.to_vec(),
        seen: None,
        group: None,
        prev: None,
    };
    let unsigned = Statement { envelope, body: Body::from(genesis) }.prepare()?;
    let signature = log_key.sign(&unsigned.to_be_signed())?;
    Ok(unsigned.seal(signature).bytes().to_vec())
}

/// The repository's id, drawn once.
pub(super) fn keep_id(
    directory: &std::path::Path,
    writer: &Writer,
    drawn: [u8; 16],
) -> Result<[u8; 16], LedgerError> {
    if let Some(id) = read_id(directory, REPOSITORY_FILE)? {
        return Ok(id);
    }
    write_id(directory, writer, REPOSITORY_FILE, drawn)?;
    Ok(drawn)
}

pub(super) fn write_id(
    directory: &std::path::Path,
    writer: &Writer,
    name: &str,
    id: [u8; 16],
) -> Result<(), LedgerError> {
    writer.create_dirs(directory)?;
    writer.publish(directory, name, format!("{}\n", to_hex(&id)).as_bytes())?;
    Ok(())
}

/// The id of a repository that orders a log; none for any other.
///
/// # Errors
/// [`LedgerError::Io`] when it is there and can't be read.
pub fn repository_id(repository: &Repository) -> Result<Option<[u8; 16]>, LedgerError> {
    read_id(&repository.common_dir().join(DIRECTORY), REPOSITORY_FILE)
}

/// The id of the repository that this one was a clone of when it drew its own; none if it did not.
pub(super) fn clone_of(repository: &Repository) -> Result<Option<[u8; 16]>, LedgerError> {
    read_id(&repository.common_dir().join(DIRECTORY), CLONE_FILE)
}

fn read_id(directory: &std::path::Path, name: &str) -> Result<Option<[u8; 16]>, LedgerError> {
    let path = directory.join(name);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(LedgerError::Io { path, source }),
    };
    match text.strip_suffix('\n').map(from_hex) {
        Some(Ok(id)) => Ok(Some(id)),
        _ => Err(LedgerError::Io { path, source: io::ErrorKind::InvalidData.into() }),
    }
}

/// Only the repository that the genesis names founds the ledger.
fn check_authority(repository: &Repository, genesis: &Genesis) -> Result<(), LedgerError> {
    if repository_id(repository)? == Some(genesis.authority.id) {
        Ok(())
    } else {
        Err(LedgerError::NotAuthority)
    }
}
