//! A key for one evidence object (H-30 to H-32): an X25519 identity of age, in a file of its own.

use std::path::Path;

use age::secrecy::ExposeSecret as _;
use ledgit_core::digest::{Sha256, to_hex};
use ledgit_core::statement::Encryption;
use zeroize::Zeroizing;

use super::KeysError;
use super::openssh::{read_text, write_new};

/// Names a key without saying anything of it: half a SHA-256 of its recipient's text (H-30).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EvidenceKeyId(pub [u8; 16]);

impl EvidenceKeyId {
    /// 32 lowercase hexadecimal digits: the name of its file.
    pub fn hex(&self) -> String {
        to_hex(&self.0)
    }

    /// What a descriptor of evidence says of it.
    pub fn encryption(&self) -> Encryption {
        Encryption { alg: Encryption::AGE, key: self.0 }
    }

    /// The key that a descriptor names, if it is one of this sort.
    pub fn of(encryption: &Encryption) -> Option<Self> {
        (encryption.alg == Encryption::AGE).then_some(Self(encryption.key))
    }
}

/// The secret that opens one evidence object.
pub struct EvidenceKey(age::x25519::Identity);

impl std::fmt::Debug for EvidenceKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("EvidenceKey").field(&self.id().hex()).finish()
    }
}

impl EvidenceKey {
    /// Makes a new one, in memory.
    pub fn generate() -> Self {
        Self(age::x25519::Identity::generate())
    }

    /// Its name.
    pub fn id(&self) -> EvidenceKeyId {
        let whole = Sha256::of(self.0.to_public().to_string().as_bytes());
        let mut half = [0; 16];
        half.copy_from_slice(whole.0.split_at(16).0);
        EvidenceKeyId(half)
    }

    /// Reads it from a file in age's own form, which nobody but its owner may read (H-31).
    ///
    /// # Errors
    /// [`KeysError::Exposed`], [`KeysError::Evidence`], and as for any key's file.
    pub fn read(path: &Path) -> Result<Self, KeysError> {
        let (text, mode) = read_text(path)?;
        if mode & 0o077 != 0 {
            return Err(KeysError::Exposed { path: path.to_owned(), mode });
        }
        let wrong = |why| KeysError::Evidence { path: path.to_owned(), why };
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let mut lines = lines.map(str::trim_end);
        let line = lines.next().ok_or_else(|| wrong("it holds none"))?;
        if lines.next().is_some() {
            return Err(wrong("it holds more than one line"));
        }
        line.parse().map(Self).map_err(|_| wrong("it is no X25519 identity of age"))
    }

    /// Writes it durably to a new file of mode 0600 (H-31).
    ///
    /// # Errors
    /// [`KeysError::Exists`], [`KeysError::File`].
    pub fn write(&self, path: &Path) -> Result<(), KeysError> {
        let secret = self.0.to_string();
        let public = self.0.to_public();
        let text = Zeroizing::new(format!("# public key: {public}\n{}\n", secret.expose_secret()));
        write_new(path, text.as_bytes())
    }

    /// Bytes that this key alone opens.
    ///
    /// # Errors
    /// [`KeysError::Age`].
    pub fn encrypt(&self, bytes: &[u8]) -> Result<Vec<u8>, KeysError> {
        age::encrypt(&self.0.to_public(), bytes).map_err(|why| KeysError::Age(why.to_string()))
    }

    /// What was encrypted.
    ///
    /// # Errors
    /// [`KeysError::Age`] where it is not for this key, or was changed.
    pub fn decrypt(&self, bytes: &[u8]) -> Result<Vec<u8>, KeysError> {
        age::decrypt(&self.0, bytes).map_err(|why| KeysError::Age(why.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn one_key_opens_what_it_closed_and_another_does_not() {
        let (key, other) = (EvidenceKey::generate(), EvidenceKey::generate());
        let closed = key.encrypt(b"born 1 April").unwrap();
        assert!(closed.starts_with(b"age-encryption.org/v1\n"));
        assert!(!closed.windows(4).any(|part| part == b"born"));
        assert_eq!(key.decrypt(&closed).unwrap(), b"born 1 April");
        assert!(matches!(other.decrypt(&closed), Err(KeysError::Age(_))));
        let mut changed = closed.clone();
        *changed.last_mut().unwrap() ^= 1;
        assert!(key.decrypt(&changed).is_err());
        assert_ne!(key.id(), other.id());
        assert_eq!(EvidenceKeyId::of(&key.id().encryption()), Some(key.id()));
        assert_eq!(EvidenceKeyId::of(&Encryption { alg: 3, key: [0; 16] }), None);
    }

    #[test]
    fn a_key_s_file_is_its_owner_s_alone() {
        let directory = tempfile::tempdir().unwrap();
        let (key, path) = (EvidenceKey::generate(), directory.path().join("key"));
        key.write(&path).unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o7777, 0o600);
        assert_eq!(EvidenceKey::read(&path).unwrap().id(), key.id());
        assert!(matches!(key.write(&path), Err(KeysError::Exists(_))));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(EvidenceKey::read(&path), Err(KeysError::Exposed { .. })));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        for text in ["", "# nothing\n", "AGE-SECRET-KEY-1\n", "age1xyz\n"] {
            std::fs::write(&path, text).unwrap();
            assert!(matches!(EvidenceKey::read(&path), Err(KeysError::Evidence { .. })), "{text}");
        }
    }
}
