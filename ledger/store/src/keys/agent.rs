//! Two messages of the ssh-agent protocol (draft-ietf-sshm-ssh-agent): list keys, sign.

use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ledgit_core::limits;
use ledgit_core::signature::{PublicKey, Signer};

use super::public::{ED25519, put_string, take_string, take_u32};
use super::{KeysError, fingerprint};

/// Signatures of keys on security tokens (OpenSSH, PROTOCOL.u2f).
const TOKENS: [&str; 2] = ["sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com"];

const FAILURE: u8 = 5;
const REQUEST_IDENTITIES: u8 = 11;
const IDENTITIES_ANSWER: u8 = 12;
const SIGN_REQUEST: u8 = 13;
const SIGN_RESPONSE: u8 = 14;

/// How long a list of keys may take; the agent answers it by itself.
const LIST_TIME: Duration = Duration::from_secs(10);
/// How long a signature may take: the agent may ask a person.
const SIGN_TIME: Duration = Duration::from_secs(120);

/// An ssh-agent behind its socket; a connection is made for each request.
#[derive(Debug, Clone)]
pub struct Agent {
    socket: PathBuf,
    list_time: Duration,
    sign_time: Duration,
}

/// A key that an agent lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The SSH name of its algorithm.
    pub algorithm: String,
    /// The key, if it is one that can sign statements.
    pub key: Option<PublicKey>,
    /// The agent's label for it.
    pub comment: String,
}

impl Agent {
    /// The agent at a socket, as `SSH_AUTH_SOCK` names it; nothing is connected yet.
    pub fn at(socket: &Path) -> Self {
        Self { socket: socket.to_owned(), list_time: LIST_TIME, sign_time: SIGN_TIME }
    }

    #[cfg(test)]
    pub(super) fn patience(mut self, time: Duration) -> Self {
        (self.list_time, self.sign_time) = (time, time);
        self
    }

    /// All keys that the agent lists (Y-08).
    ///
    /// # Errors
    /// [`KeysError::AgentEmpty`] when it lists none, and when it can't be asked.
    pub fn identities(&self) -> Result<Vec<Identity>, KeysError> {
        let answer = self.ask(&[REQUEST_IDENTITIES], self.list_time)?;
        let mut rest = match answer.split_first() {
            Some((&IDENTITIES_ANSWER, rest)) => rest,
            // An agent that is locked may fail instead of listing nothing.
            Some((&FAILURE, _)) => return Err(KeysError::AgentEmpty),
            _ => return Err(KeysError::AgentProtocol("it is not a list of keys")),
        };
        let found = parse_identities(&mut rest)
            .ok_or(KeysError::AgentProtocol("its list of keys is cut short"))?;
        if found.is_empty() { Err(KeysError::AgentEmpty) } else { Ok(found) }
    }

    /// The key named, which the agent must hold.
    ///
    /// # Errors
    /// [`KeysError::AgentLacks`], and as [`Agent::identities`].
    pub fn key(&self, public: &PublicKey) -> Result<AgentKey, KeysError> {
        if self.identities()?.iter().any(|identity| identity.key.as_ref() == Some(public)) {
            return Ok(AgentKey { agent: self.clone(), public: *public });
        }
        Err(KeysError::AgentLacks(fingerprint(public)))
    }

    /// The only Ed25519 key that the agent holds (Y-10).
    ///
    /// # Errors
    /// [`KeysError::AgentMany`], [`KeysError::AgentAlgorithms`], and as [`Agent::identities`].
    pub fn only_key(&self) -> Result<AgentKey, KeysError> {
        let all = self.identities()?;
        let mut keys: Vec<PublicKey> = all.iter().filter_map(|identity| identity.key).collect();
        keys.sort();
        keys.dedup();
        match keys.as_slice() {
            [] => Err(KeysError::AgentAlgorithms(all.into_iter().map(|i| i.algorithm).collect())),
            [public] => Ok(AgentKey { agent: self.clone(), public: *public }),
            _ => Err(KeysError::AgentMany(keys.iter().map(fingerprint).collect())),
        }
    }

    /// Sends one message and reads one, each behind its length in four bytes.
    fn ask(&self, message: &[u8], time: Duration) -> Result<Vec<u8>, KeysError> {
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
                KeysError::AgentSilent { seconds: time.as_secs() }
            }
            _ => KeysError::AgentUnreachable { socket: self.socket.clone(), source },
        };
        let deadline = Instant::now() + time;
        let mut stream = UnixStream::connect(&self.socket).map_err(failed)?;
        stream.set_write_timeout(Some(time)).map_err(failed)?;
        let mut framed = Vec::with_capacity(message.len() + 4);
        put_string(&mut framed, message);
        stream.write_all(&framed).map_err(failed)?;
        let mut length = [0; 4];
        read_until(&mut stream, &mut length, deadline).map_err(failed)?;
        let length = u32::from_be_bytes(length) as usize;
        if length == 0 || length > limits::AGENT_MESSAGE_BYTES {
            return Err(KeysError::AgentProtocol("its length is out of range"));
        }
        let mut answer = vec![0; length];
        read_until(&mut stream, &mut answer, deadline).map_err(failed)?;
        Ok(answer)
    }
}

/// Fills a buffer; a timeout for each read would let an agent drip for ever.
fn read_until(stream: &mut UnixStream, mut into: &mut [u8], deadline: Instant) -> io::Result<()> {
    while !into.is_empty() {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        stream.set_read_timeout(Some(left))?;
        match stream.read(into) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => into = into.get_mut(count..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn parse_identities(rest: &mut &[u8]) -> Option<Vec<Identity>> {
    let count = take_u32(rest)?;
    let mut found = Vec::new();
    for _ in 0..count {
        let blob = take_string(rest)?;
        let comment = String::from_utf8_lossy(take_string(rest)?).into_owned();
        let algorithm = String::from_utf8_lossy(take_string(&mut &*blob)?).into_owned();
        found.push(Identity {
            algorithm,
            key: PublicKey::from_ssh_blob(blob).and_then(Result::ok),
            comment,
        });
    }
    rest.is_empty().then_some(found)
}

/// An Ed25519 key that an agent holds.
#[derive(Debug, Clone)]
pub struct AgentKey {
    agent: Agent,
    public: PublicKey,
}

impl Signer for AgentKey {
    type Error = KeysError;

    fn public_key(&self) -> PublicKey {
        self.public
    }

    /// The agent's signature over exactly these bytes, used only once it has been verified (Y-09).
    fn sign(&self, message: &[u8]) -> Result<[u8; 64], KeysError> {
        let mut request = vec![SIGN_REQUEST];
        put_string(&mut request, &self.public.ssh_blob());
        put_string(&mut request, message);
        request.extend_from_slice(&[0; 4]);
        if request.len() > limits::AGENT_MESSAGE_BYTES {
            return Err(KeysError::AgentProtocol("the bytes to sign are more than it takes"));
        }
        let answer = self.agent.ask(&request, self.agent.sign_time)?;
        let signature = match answer.split_first() {
            Some((&SIGN_RESPONSE, rest)) => parse_signature(rest),
            Some((&FAILURE, _)) => return Err(self.why_refused()),
            _ => return Err(KeysError::AgentProtocol("it is not a signature")),
        };
        let signature = signature.ok_or_else(|| self.other_signature(&answer))?;
        match self.public.verify(message, &signature) {
            Ok(()) => Ok(signature),
            Err(_) => Err(KeysError::AgentSignature(fingerprint(&self.public))),
        }
    }
}

impl AgentKey {
    /// A signature that is none of ours; a key on a token signs as if it were Ed25519.
    fn other_signature(&self, answer: &[u8]) -> KeysError {
        let name = answer.get(1..).and_then(|mut rest| {
            let mut signature = take_string(&mut rest)?;
            take_string(&mut signature)
        });
        let key = fingerprint(&self.public);
        match name.and_then(|name| TOKENS.iter().find(|token| token.as_bytes() == name)) {
            Some(algorithm) => KeysError::AgentToken { key, algorithm },
            None => KeysError::AgentProtocol("its signature is not an Ed25519 one"),
        }
    }

    /// The protocol has one failure for all reasons; the list tells a key that is gone.
    fn why_refused(&self) -> KeysError {
        match self.agent.key(&self.public) {
            Err(error @ (KeysError::AgentEmpty | KeysError::AgentLacks(_))) => error,
            _ => KeysError::AgentRefused(fingerprint(&self.public)),
        }
    }
}

fn parse_signature(mut rest: &[u8]) -> Option<[u8; 64]> {
    let mut signature = take_string(&mut rest)?;
    let name = take_string(&mut signature)?;
    let bytes = take_string(&mut signature)?;
    let whole = name == ED25519.as_bytes() && signature.is_empty() && rest.is_empty();
    if whole { bytes.try_into().ok() } else { None }
}
