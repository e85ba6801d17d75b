//! Which key signs: the first source that names one (Y-10).

use std::path::{Path, PathBuf};

use ledgit_core::signature::{PublicKey, Signer as _};

use super::openssh::{LocalKey, Parsed, is_private, read_public, read_text};
use super::public::looks_public;
use super::{Agent, Key, KeysError, Passphrase, fingerprint, parse_public};

/// Everything outside that decides which key signs, as the caller found it.
#[derive(Debug, Clone, Default)]
pub struct KeySources {
    /// `--key`: a path, or a public key's text.
    pub explicit: Option<String>,
    /// `LEDGIT_KEY`: a key's text.
    pub key_text: Option<String>,
    /// `LEDGIT_KEY_FILE`: a path.
    pub key_file: Option<String>,
    /// git's `user.signingkey`.
    pub git_signing_key: Option<String>,
    /// git's `gpg.format`.
    pub git_format: Option<String>,
    /// `SSH_AUTH_SOCK`.
    pub agent_socket: Option<PathBuf>,
    /// The home directory, for `~`.
    pub home: Option<PathBuf>,
}

/// Finds the key that signs (Y-10 to Y-14).
///
/// # Errors
/// [`KeysError`]; a source that names a key which can't be used is an error, not passed over.
pub fn choose(sources: &KeySources, passphrase: Passphrase<'_>) -> Result<Key, KeysError> {
    let key = choose_from(sources, passphrase)?;
    let (at, held) = (fingerprint(&key.public_key()), matches!(key, Key::Agent(_)));
    tracing::debug!(key = at, agent = held, "key chosen");
    Ok(key)
}

fn choose_from(sources: &KeySources, passphrase: Passphrase<'_>) -> Result<Key, KeysError> {
    let finder = Finder { sources, passphrase };
    if let Some(name) = &sources.explicit {
        return finder.named(filled(name, "--key")?, "--key");
    }
    match (&sources.key_text, &sources.key_file) {
        (Some(_), Some(_)) => return Err(KeysError::Both),
        (Some(text), None) => return finder.text(filled(text, "LEDGIT_KEY")?),
        (None, Some(file)) => {
            let file = filled(file, "LEDGIT_KEY_FILE")?;
            if is_private(file) {
                return Err(KeysError::Secret("LEDGIT_KEY_FILE"));
            }
            return finder.file(&finder.expand(file)?);
        }
        (None, None) => {}
    }
    if let (Some("ssh"), Some(name)) =
        (sources.git_format.as_deref(), sources.git_signing_key.as_deref())
    {
        return finder.named(filled(name, "git's user.signingkey")?, "git's user.signingkey");
    }
    match &sources.agent_socket {
        Some(socket) if !socket.as_os_str().is_empty() => {
            Agent::at(socket).only_key().map(Key::Agent)
        }
        _ => Err(KeysError::None),
    }
}

fn filled<'a>(value: &'a str, source: &'static str) -> Result<&'a str, KeysError> {
    let value = value.trim();
    if value.is_empty() { Err(KeysError::Empty(source)) } else { Ok(value) }
}

struct Finder<'a> {
    sources: &'a KeySources,
    passphrase: Passphrase<'a>,
}

impl Finder<'_> {
    fn named(&self, name: &str, source: &'static str) -> Result<Key, KeysError> {
        if is_private(name) {
            return Err(KeysError::Secret(source));
        }
        if name.starts_with("key::") || looks_public(name) {
            return self.held(&parse_public(name, source)?);
        }
        self.file(&self.expand(name)?)
    }

    fn text(&self, text: &str) -> Result<Key, KeysError> {
        if looks_public(text) || text.starts_with("key::") {
            return self.held(&parse_public(text, "LEDGIT_KEY")?);
        }
        let place = Path::new("LEDGIT_KEY");
        LocalKey::from_text(text, place, self.passphrase).map(Key::Local)
    }

    /// A private key's file, or a public one's with its private half beside it or in the agent.
    fn file(&self, path: &Path) -> Result<Key, KeysError> {
        let (text, _) = read_text(path)?;
        if is_private(&text) {
            return self.private(path, None);
        }
        let public = read_public(path)?;
        let half =
            path.extension().is_some_and(|end| end == "pub").then(|| path.with_extension(""));
        match half.filter(|half| half.is_file()) {
            Some(half) => self.private(&half, Some(public)),
            None => self.held(&public),
        }
    }

    fn private(&self, path: &Path, wanted: Option<PublicKey>) -> Result<Key, KeysError> {
        let parsed = Parsed::read(path)?;
        if let Some(wanted) = wanted.filter(|wanted| *wanted != parsed.public()) {
            let wanted = fingerprint(&wanted);
            return Err(KeysError::Mismatch { path: path.to_owned(), wanted });
        }
        // Whoever has unlocked a key in the agent is not asked for its passphrase again.
        if parsed.is_encrypted()
            && let Ok(key) = self.held(&parsed.public())
        {
            return Ok(key);
        }
        parsed.unlock(path, self.passphrase).map(Key::Local)
    }

    fn held(&self, public: &PublicKey) -> Result<Key, KeysError> {
        match &self.sources.agent_socket {
            Some(socket) if !socket.as_os_str().is_empty() => {
                Agent::at(socket).key(public).map(Key::Agent)
            }
            _ => Err(KeysError::AgentAbsent),
        }
    }

    /// `~` and `~/…` stand for the home directory (Y-14).
    fn expand(&self, name: &str) -> Result<PathBuf, KeysError> {
        let rest = match name.strip_prefix('~') {
            Some("") => "",
            Some(rest) if rest.starts_with('/') => rest.trim_start_matches('/'),
            _ => return Ok(PathBuf::from(name)),
        };
        let home = self.sources.home.as_ref().filter(|home| !home.as_os_str().is_empty());
        home.map(|home| home.join(rest)).ok_or_else(|| KeysError::Home(PathBuf::from(name)))
    }
}
