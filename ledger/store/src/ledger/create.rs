//! Founding a ledger.

use std::fs;

use ledgit_core::checkpoint::Checkpoint;
use ledgit_core::digest::{RootHash, from_hex, to_hex};
use ledgit_core::merkle::{Rfc6962, TreeHash as _};
use ledgit_core::name::Origin;
use ledgit_core::signature::Signer as _;
use ledgit_core::statement::{
    Alg, Authority, AuthorityKind, Body, Continues, Envelope, Genesis, Key, Roster, Statement,
};
use ledgit_core::time::Timestamp;

use super::sequence::time_statement;
use super::{
    DIRECTORY, Founded, LOG_REF, Ledger, LedgerError, Memory, NEXT_REF, PATIENCE, Submission,
};
use crate::durable::{LedgerLock, Writer};
use crate::git::{ObjectId, Repository};
use crate::keys::{KeysError, LocalKey, create_log_key, open_log_key};

/// Names the repository that orders the log.
pub(super) const REPOSITORY_FILE: &str = "repository-id";

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

/// Makes a ledger in a repository: a log key, a genesis, and the first checkpoint.
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
    if repository.find_ref(LOG_REF)?.is_some() || repository.find_ref(NEXT_REF)?.is_some() {
        return Err(LedgerError::Exists { path });
    }
    let directory = path.join(DIRECTORY);
    // Refuses before anything is written; the log key stands in for the one that is to come.
    let (nonce, id) = (random()?, random()?);
    genesis_statement(&founding, nonce, id, &LocalKey::ephemeral()?, now)?;
    let id = keep_id(&directory, &writer, id)?;
    let log_key = match create_log_key(&directory, "ledgit log key") {
        // An attempt that ended before there was a ledger left it.
        Err(KeysError::Exists(_)) => {
            open_log_key(&directory, &|path| Err(KeysError::Passphrase(path.to_owned())))?
        }
        made => made?,
    };
    let entry = genesis_statement(&founding, nonce, id, &log_key, now)?;
    let origin = origin(&founding.name, &nonce)?;
    let founded = Founded::of(&entry)?;
    let time = time_statement(&origin, founded.id, now, 1, &log_key)?;
    // Nothing is there to point at yet; the first checkpoint takes the place of these.
    let nothing = ObjectId::of(repository.object_format(), crate::git::ObjectKind::Blob, b"")?;
    let checkpoint = Checkpoint::new(&origin, 0, RootHash(Rfc6962::empty()));
    let mut ledger = Ledger {
        repository,
        writer,
        memory,
        head: nothing,
        note: Vec::new(),
        checkpoint,
        founded,
        state: None,
        indexed: true,
    };
    ledger.reserve(&lock, &[entry, time], Submission::default(), None)?;
    ledger.finish(&lock, &log_key, None)?;
    Ok(ledger)
}

fn random() -> Result<[u8; 16], LedgerError> {
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
fn keep_id(
    directory: &std::path::Path,
    writer: &Writer,
    drawn: [u8; 16],
) -> Result<[u8; 16], LedgerError> {
    if let Some(id) = read_id(directory) {
        return Ok(id);
    }
    writer.create_dirs(directory)?;
    writer.publish(directory, REPOSITORY_FILE, format!("{}\n", to_hex(&drawn)).as_bytes())?;
    Ok(drawn)
}

/// The id of a repository that orders a log; none for any other.
pub fn repository_id(repository: &Repository) -> Option<[u8; 16]> {
    read_id(&repository.common_dir().join(DIRECTORY))
}

fn read_id(directory: &std::path::Path) -> Option<[u8; 16]> {
    let text = fs::read_to_string(directory.join(REPOSITORY_FILE)).ok()?;
    from_hex(text.strip_suffix('\n')?).ok()
}

/// Only the repository that the genesis names orders the log.
pub(super) fn check_authority(
    repository: &Repository,
    genesis: &Genesis,
) -> Result<(), LedgerError> {
    if repository_id(repository) == Some(genesis.authority.id) {
        Ok(())
    } else {
        Err(LedgerError::NotAuthority)
    }
}
