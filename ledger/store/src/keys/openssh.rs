//! Private keys in OpenSSH's own format (`openssh-key-v1`), read, decrypted and written.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use base64::Engine as _;
use ed25519_dalek::Signer as _;
use ledgit_core::limits;
use ledgit_core::signature::{PublicKey, Signer};
use ssh_key::private::{Ed25519Keypair, Ed25519PrivateKey, KeypairData};
use ssh_key::{Kdf, LineEnding, PrivateKey};
use zeroize::Zeroizing;

use super::public::{ED25519, take_string};
use super::{KeysError, parse_public};

/// Asks for the passphrase of the key at a path; it is called for encrypted keys alone.
pub type Passphrase<'a> = &'a dyn Fn(&Path) -> Result<Zeroizing<String>, KeysError>;

/// An Ed25519 key in memory; its secret is wiped when it is dropped.
pub struct LocalKey {
    secret: ed25519_dalek::SigningKey,
    public: PublicKey,
}

impl std::fmt::Debug for LocalKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LocalKey({})", super::fingerprint(&self.public))
    }
}

impl Signer for LocalKey {
    type Error = KeysError;

    fn public_key(&self) -> PublicKey {
        self.public
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], KeysError> {
        Ok(self.secret.sign(message).to_bytes())
    }
}

impl LocalKey {
    /// Reads a private key file (Y-01, Y-05).
    ///
    /// # Errors
    /// [`KeysError`] for a file that can't be read, that others can read, that holds another
    /// kind of key or none, or that the passphrase does not open.
    pub fn open(path: &Path, passphrase: Passphrase<'_>) -> Result<Self, KeysError> {
        Parsed::read(path)?.unlock(path, passphrase)
    }

    /// Reads a private key from text; `place` stands for its path in errors and questions.
    ///
    /// # Errors
    /// As [`LocalKey::open`].
    pub fn from_text(
        text: &str,
        place: &Path,
        passphrase: Passphrase<'_>,
    ) -> Result<Self, KeysError> {
        Parsed::parse(text, place)?.unlock(place, passphrase)
    }

    /// Makes a new key and writes it, unencrypted, to a file that must not exist (Y-06).
    ///
    /// # Errors
    /// [`KeysError::Exists`], [`KeysError::File`], [`KeysError::Random`].
    pub fn generate(path: &Path, comment: &str) -> Result<Self, KeysError> {
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *seed).map_err(|why| KeysError::Random(why.to_string()))?;
        let secret = ed25519_dalek::SigningKey::from_bytes(&seed);
        let pair = Ed25519Keypair {
            public: ssh_key::public::Ed25519PublicKey(secret.verifying_key().to_bytes()),
            private: Ed25519PrivateKey::from_bytes(&seed),
        };
        let place = path.display().to_string();
        let text = PrivateKey::new(KeypairData::Ed25519(pair), comment)
            .and_then(|key| key.to_openssh(LineEnding::LF))
            .map_err(|why| KeysError::malformed(&place, why))?;
        write_new(path, text.as_bytes())?;
        Self::checked(secret, &place)
    }

    /// Makes a key that lives in memory alone, to try what a key would sign.
    ///
    /// # Errors
    /// [`KeysError::Random`].
    pub fn ephemeral() -> Result<Self, KeysError> {
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *seed).map_err(|why| KeysError::Random(why.to_string()))?;
        Self::checked(ed25519_dalek::SigningKey::from_bytes(&seed), "a key in memory")
    }

    fn checked(secret: ed25519_dalek::SigningKey, place: &str) -> Result<Self, KeysError> {
        let public = PublicKey::from_bytes(&secret.verifying_key().to_bytes())
            .map_err(|why| KeysError::malformed(place, why))?;
        Ok(Self { secret, public })
    }
}

/// A private key's file, understood but perhaps not decrypted yet.
pub(super) struct Parsed {
    key: PrivateKey,
    public: PublicKey,
}

impl Parsed {
    pub(super) fn read(path: &Path) -> Result<Self, KeysError> {
        let (text, mode) = read_text(path)?;
        if mode & 0o007 != 0 && is_private(&text) {
            return Err(KeysError::Exposed { path: path.to_owned(), mode });
        }
        Self::parse(&text, path)
    }

    pub(super) fn parse(text: &str, place: &Path) -> Result<Self, KeysError> {
        let name = place.display().to_string();
        if let Some(algorithm) = foreign(text) {
            return Err(KeysError::algorithm(&name, &algorithm));
        }
        // Secret stores drop the last line feed, and the reader wants one.
        let text = Zeroizing::new(format!("{}\n", text.trim()));
        let key = PrivateKey::from_openssh(text.as_bytes())
            .map_err(|why| KeysError::malformed(&name, why))?;
        let public = key.public_key().key_data().ed25519();
        let public = public.ok_or_else(|| KeysError::algorithm(&name, key.algorithm().as_str()))?;
        let public =
            PublicKey::from_bytes(&public.0).map_err(|why| KeysError::malformed(&name, why))?;
        if let Kdf::Bcrypt { rounds, .. } = key.kdf()
            && *rounds > limits::KEY_KDF_ROUNDS
        {
            return Err(KeysError::malformed(&name, "too many rounds to derive its key"));
        }
        Ok(Self { key, public })
    }

    pub(super) fn public(&self) -> PublicKey {
        self.public
    }

    pub(super) fn is_encrypted(&self) -> bool {
        self.key.is_encrypted()
    }

    pub(super) fn unlock(
        self,
        place: &Path,
        passphrase: Passphrase<'_>,
    ) -> Result<LocalKey, KeysError> {
        let name = place.display().to_string();
        let key = if self.key.is_encrypted() {
            let word = passphrase(place)?;
            self.key.decrypt(word.as_bytes()).map_err(|why| match why {
                ssh_key::Error::Crypto => KeysError::WrongPassphrase(place.to_owned()),
                why => KeysError::malformed(&name, why),
            })?
        } else {
            self.key
        };
        let pair = key.key_data().ed25519();
        let pair = pair.ok_or_else(|| KeysError::algorithm(&name, key.algorithm().as_str()))?;
        let seed = Zeroizing::new(pair.private.to_bytes());
        let local = LocalKey::checked(ed25519_dalek::SigningKey::from_bytes(&seed), &name)?;
        // The file states the public key on its own; nothing else compares it with the secret.
        if local.public != self.public {
            return Err(KeysError::malformed(&name, "its two halves do not belong together"));
        }
        Ok(local)
    }
}

/// Whether a text is a private key, of whatever format.
pub(super) fn is_private(text: &str) -> bool {
    let first = text.trim_start().lines().next().unwrap_or_default();
    first.starts_with("-----BEGIN ") && first.contains("PRIVATE KEY-----")
}

/// The algorithm of a private key that is not Ed25519 in OpenSSH's format (Y-03).
fn foreign(text: &str) -> Option<String> {
    let text = text.trim();
    let body = match text.split_once("-----BEGIN OPENSSH PRIVATE KEY-----") {
        Some((_, rest)) => rest.split("-----END").next()?,
        None => {
            let label = text.lines().next()?.strip_prefix("-----BEGIN ")?;
            return label.strip_suffix("PRIVATE KEY-----").map(|label| match label.trim() {
                "" | "ENCRYPTED" => "PKCS#8".to_owned(),
                label => label.to_owned(),
            });
        }
    };
    let body: Zeroizing<String> = Zeroizing::new(body.split_ascii_whitespace().collect());
    let bytes = base64::engine::general_purpose::STANDARD.decode(body.as_bytes()).ok();
    let bytes = Zeroizing::new(bytes?);
    // PROTOCOL.key: magic, cipher, kdf, kdf options, number of keys, public key.
    let mut rest = bytes.strip_prefix(b"openssh-key-v1\0".as_slice())?;
    for _ in 0..3 {
        take_string(&mut rest)?;
    }
    super::public::take_u32(&mut rest)?;
    let mut blob = take_string(&mut rest)?;
    let name = String::from_utf8_lossy(take_string(&mut blob)?).into_owned();
    (name != ED25519).then_some(name)
}

/// A key file's text and its permission bits; a FIFO or an endless device is not waited for.
pub(super) fn read_text(path: &Path) -> Result<(Zeroizing<String>, u32), KeysError> {
    let failed = |source| KeysError::File { action: "read", path: path.to_owned(), source };
    if !std::fs::metadata(path).map_err(failed)?.is_file() {
        return Err(KeysError::NotAFile(path.to_owned()));
    }
    let file = File::open(path).map_err(failed)?;
    let facts = file.metadata().map_err(failed)?;
    if !facts.is_file() || facts.len() > limits::KEY_FILE_BYTES {
        return Err(KeysError::NotAFile(path.to_owned()));
    }
    // Room for all of it, so that no copy of a secret is left behind by growing.
    let mut bytes = Zeroizing::new(Vec::with_capacity(limits::KEY_FILE_BYTES as usize + 1));
    file.take(limits::KEY_FILE_BYTES).read_to_end(&mut bytes).map_err(failed)?;
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok((Zeroizing::new(text.to_owned()), facts.permissions().mode() & 0o7777)),
        Err(why) => Err(KeysError::malformed(&path.display().to_string(), why)),
    }
}

/// The public key in a `.pub` file.
pub(super) fn read_public(path: &Path) -> Result<PublicKey, KeysError> {
    parse_public(&read_text(path)?.0, &path.display().to_string())
}

/// Writes a new file of mode 0600 and makes it last, with its name. It has another name until it is
/// whole, so that a crash leaves no half of a key (Y-06), at worst that other name.
pub(super) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), KeysError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::AlreadyExists => KeysError::Exists(path.to_owned()),
        _ => KeysError::File { action: "write", path: path.to_owned(), source },
    };
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(".unfinished");
    let unfinished = Path::new(&unfinished);
    match std::fs::remove_file(unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let mut options = OpenOptions::new();
    let mut file =
        options.write(true).create_new(true).mode(0o600).open(unfinished).map_err(failed)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    let same = written.and_then(|()| Ok(Zeroizing::new(std::fs::read(unfinished)?)[..] == *bytes));
    let written = match same {
        // A link, unlike a rename, takes no other file's place.
        Ok(true) => std::fs::hard_link(unfinished, path),
        Ok(false) => Err(io::Error::other("it does not read back as it was written")),
        Err(error) => Err(error),
    };
    let removed = std::fs::remove_file(unfinished);
    written.and(removed).map_err(failed)?;
    let directory = path.parent().filter(|directory| !directory.as_os_str().is_empty());
    let directory = File::open(directory.unwrap_or(Path::new("."))).map_err(failed)?;
    directory.sync_all().map_err(failed)
}
