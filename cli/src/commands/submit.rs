//! From payloads to entries: envelope, signature, append.

use ledgit_core::digest::{LeafHash, to_hex};
use ledgit_core::signature::Signer as _;
use ledgit_core::statement::{Alg, Body, Envelope, Group, Seen, Signed, Statement};
use ledgit_store::git::{EvidenceBatch, ObjectId};
use ledgit_store::keys::{Key, KeysError, LogKeys, fingerprint};
use ledgit_store::ledger::{DIRECTORY, Ledger, LedgerError, PATIENCE, Receipt, Submission};
use ledgit_store::sync::{Handed, leave, waiting};

use super::pending::Pending;
use crate::context::{Context, passphrase};
use crate::failure::Failure;

/// Who signs, and how the statements are bound.
pub struct Author {
    /// The key.
    pub key: Key,
    /// Their id in the roster.
    pub id: String,
}

impl Author {
    /// The holder of a key, by the ledger's roster.
    pub fn of(key: Key, ledger: &mut Ledger) -> Result<Self, Failure> {
        use ledgit_core::authority::Holder;
        let kid = key.public_key().thumbprint();
        let print = fingerprint(&key.public_key());
        let state = ledger.state()?;
        // Whose the key is now is not known.
        if let Some(position) = state.lost() {
            return Err(LedgerError::NoRoster(position).into());
        }
        match state.keys().holder(&kid) {
            Some(Holder::Principal { id, .. }) => {
                return Ok(Self { key, id: id.as_str().to_owned() });
            }
            Some(Holder::Log) => {
                let error = format!("key {print} is the log key; it signs checkpoints alone");
                return Err(Failure::new("LG2031", error).hint("ledgit key list"));
            }
            None => {}
        }
        let was = state.authority().and_then(|authority| authority.was(&kid));
        Err(match was {
            Some(Some(id)) => {
                let error = format!("key {print} was {id}'s, and is not in the roster any more");
                Failure::new("LG2031", error).hint("ledgit key list")
            }
            Some(None) | None => {
                let error = format!("key {print} is nobody's in this ledger");
                let command = "ledgit key enroll ID";
                Failure::new("LG2031", error)
                    .hint(format!("name another with --key, or have it enrolled: {command}"))
            }
        })
    }
}

/// What is submitted beside the payloads.
#[derive(Default)]
pub struct Extras {
    /// Evidence that they name.
    pub evidence: EvidenceBatch,
    /// Code commits that they anchor.
    pub anchors: Vec<ObjectId>,
    /// Idempotency key; drawn if none is given.
    pub idempotency: Option<String>,
    /// Whether to name the author's own last statement.
    pub chain: bool,
}

/// What became of what was signed.
pub enum Submitted {
    /// It is logged: where, and what was said.
    Logged(Receipt, Vec<Signed>),
    /// It waits for whoever holds the log key.
    Waiting(Pending),
}

/// Signs payloads and logs them together; where the log is ordered elsewhere, they are left to be logged.
pub fn submit(
    context: &Context,
    ledger: &mut Ledger,
    author: &Author,
    bodies: Vec<Body>,
    extras: Extras,
) -> Result<Submitted, Failure> {
    // Whether this clone can log at all is said before a key is used.
    let log_keys = ordering_keys(ledger)?;
    let statements = sign(context, ledger, author, bodies, &extras)?;
    let submission = Submission {
        statements: statements.clone(),
        evidence: extras.evidence,
        anchors: extras.anchors,
    };
    let now = context.now()?;
    let Some(log_keys) = log_keys else {
        return Ok(match leave(ledger, submission, now, PATIENCE)? {
            Handed::Logged(receipt) => Submitted::Logged(receipt, statements),
            Handed::Waiting { name, before } => {
                let by = author.id.clone();
                Submitted::Waiting(Pending { drop: name, before, by, statements })
            }
        });
    };
    let receipt = ledger.append(submission, &log_keys, now, PATIENCE)?;
    Ok(Submitted::Logged(receipt, statements))
}

/// The log keys, where this repository orders the log and has them.
pub fn ordering_keys(ledger: &mut Ledger) -> Result<Option<LogKeys>, Failure> {
    if !ledger.orders_here()? {
        return Ok(None);
    }
    match log_keys(ledger) {
        Err(failure) if failure.code == "LG2083" => Ok(None),
        keys => keys.map(Some),
    }
}

/// Signs payloads, as one group if there are several.
pub fn sign(
    context: &Context,
    ledger: &mut Ledger,
    author: &Author,
    bodies: Vec<Body>,
    extras: &Extras,
) -> Result<Vec<Signed>, Failure> {
    let sign = |bytes: &[u8]| author.key.sign(bytes).map_err(Failure::from);
    seal(context, ledger, author, bodies, extras, sign)
}

/// The log keys that are kept in this repository, for whoever orders the log.
pub fn log_keys(ledger: &mut Ledger) -> Result<LogKeys, Failure> {
    let directory = ledger.repository().common_dir().join(DIRECTORY);
    match LogKeys::open(&directory, &passphrase) {
        Err(KeysError::File { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
            let error = format!(
                "no log key is in {}: whoever holds it orders the log",
                directory.display()
            );
            Err(Failure::new("LG2083", error).hint("ledgit authority"))
        }
        opened => Ok(opened.map_err(LedgerError::from)?),
    }
}

/// Makes the statements as [`submit`] does, without the key, and keeps none of them.
pub fn rehearse(
    context: &Context,
    ledger: &mut Ledger,
    author: &Author,
    bodies: Vec<Body>,
    extras: &Extras,
) -> Result<(), Failure> {
    seal(context, ledger, author, bodies, extras, |_| Ok([0; 64])).map(drop)
}

fn seal(
    context: &Context,
    ledger: &mut Ledger,
    author: &Author,
    bodies: Vec<Body>,
    extras: &Extras,
    sign: impl Fn(&[u8]) -> Result<[u8; 64], Failure>,
) -> Result<Vec<Signed>, Failure> {
    let checkpoint = ledger.checkpoint();
    let seen = Seen { size: checkpoint.size, root: checkpoint.root };
    let aud = ledger.log()?.ledger()?;
    let mut prev = if extras.chain { last_by(ledger, &author.id)? } else { None };
    let drawn = random()?;
    let key = match &extras.idempotency {
        Some(key) => key.clone().into_bytes(),
        None => to_hex(&drawn).into_bytes(),
    };
    let count = bodies.len() as u64;
    let mut statements = Vec::with_capacity(bodies.len());
    for (index, body) in (0..).zip(bodies) {
        let cti = cti(&key, index as usize, count as usize);
        let group = (count > 1).then_some(Group { id: group_id(&key), index, count });
        let envelope = Envelope {
            alg: Alg::EdDsa,
            kid: author.key.public_key().thumbprint(),
            iss: author.id.clone(),
            iat: context.now()?,
            aud: Some(aud),
            cti,
            seen: Some(seen),
            group,
            prev,
        };
        let unsigned = Statement { envelope, body }.prepare().map_err(LedgerError::from)?;
        let signature = sign(&unsigned.to_be_signed())?;
        let signed = unsigned.seal(signature);
        if extras.chain {
            prev = Some(signed.leaf());
        }
        statements.push(signed);
    }
    Ok(statements)
}

/// The idempotency key of one of several statements under one key.
pub fn cti(key: &[u8], index: usize, count: usize) -> Vec<u8> {
    let mut cti = key.to_vec();
    if count > 1 {
        cti.extend(format!("/{index}").bytes());
    }
    cti
}

/// The author's last statement: one that waits here to be logged, else the last in the log.
fn last_by(ledger: &mut Ledger, id: &str) -> Result<Option<LeafHash>, Failure> {
    let waiting = waiting(ledger.repository())?;
    let own = waiting.iter().flat_map(|drop| &drop.statements);
    match own.rev().find(|one| one.statement().envelope.iss == id) {
        Some(last) => Ok(Some(last.leaf())),
        None => Ok(ledger.state()?.last_by(id)),
    }
}

/// The same for a retry under the same key.
fn group_id(key: &[u8]) -> [u8; 16] {
    let whole = ledgit_core::digest::Sha256::of(key).0;
    let mut id = [0; 16];
    id.copy_from_slice(whole.split_at(16).0);
    id
}

fn random() -> Result<[u8; 16], Failure> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| Failure::internal(&error.to_string()))?;
    Ok(bytes)
}
