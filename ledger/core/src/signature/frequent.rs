//! A key that many signatures are verified under.
//!
//! Of `[S]B = R + [k]A` the library's own `verify` doubles a point some 250 times for each signature. Once
//! multiples of `A` are at hand, as they are for `B`, both products are sums alone. The answer is the
//! same; test: `i02_the_answer_is_that_of_verify_strict`.

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use curve25519_dalek::constants::ED25519_BASEPOINT_TABLE;
use curve25519_dalek::edwards::EdwardsBasepointTable;
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::BasepointTable as _;
use sha2::{Digest as _, Sha512};

use super::{PublicKey, SMALL_ORDER, SignatureError, Verify};

/// Signatures under a key before its multiples are computed: that costs as much as some hundred save.
const OFTEN: u32 = 256;

/// How many keys may still get a table; each takes 30 KiB.
#[derive(Debug)]
pub struct TableRoom(AtomicUsize);

impl TableRoom {
    /// For so many tables.
    pub fn of(tables: usize) -> Self {
        Self(AtomicUsize::new(tables))
    }

    pub(crate) fn take(&self) -> bool {
        let less = |left: usize| left.checked_sub(1);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
    }
}

/// A key and, once it is used often, a table of its multiples.
pub struct FrequentKey {
    key: PublicKey,
    used: AtomicU32,
    /// Of the key's point negated.
    table: OnceLock<Box<EdwardsBasepointTable>>,
}

impl FrequentKey {
    /// A key that was not used yet.
    pub fn new(key: PublicKey) -> Self {
        Self { key, used: AtomicU32::new(0), table: OnceLock::new() }
    }

    /// The key.
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// Whether it has a table.
    pub fn has_table(&self) -> bool {
        self.table.get().is_some()
    }

    /// Computes the table when the key was used often, and there is room.
    pub fn count(&self, room: &TableRoom) {
        // Whoever counts the last one computes it; others go on without.
        if self.used.fetch_add(1, Ordering::Relaxed) == OFTEN && room.take() {
            self.tabulate();
        }
    }

    pub(super) fn tabulate(&self) {
        let negated = -self.key.0.to_edwards();
        self.table.get_or_init(|| Box::new(EdwardsBasepointTable::create(&negated)));
    }
}

impl Verify for FrequentKey {
    fn verify(&self, message: &[u8], signature: &[u8; 64]) -> Result<(), SignatureError> {
        let Some(table) = self.table.get() else { return self.key.verify(message, signature) };
        match holds(&self.key, table, message, signature) {
            Some(true) => Ok(()),
            _ => Err(SignatureError { key: self.key.thumbprint() }),
        }
    }
}

/// The equation (K-03), solved for R, whose encoding must be the signature's; none for half a signature
/// that is none.
fn holds(
    key: &PublicKey,
    table: &EdwardsBasepointTable,
    message: &[u8],
    signature: &[u8; 64],
) -> Option<bool> {
    let (r, s) = (signature.first_chunk::<32>()?, signature.last_chunk::<32>()?);
    let s = Option::<Scalar>::from(Scalar::from_canonical_bytes(*s))?;
    let mut hash = Sha512::new();
    hash.update(r);
    hash.update(key.as_bytes());
    hash.update(message);
    let k = Scalar::from_bytes_mod_order_wide(&hash.finalize().into());
    let point = ED25519_BASEPOINT_TABLE.mul_base(&s) + table.mul_base(&k);
    Some(point.compress().as_bytes() == r && !SMALL_ORDER.contains(r))
}

impl fmt::Debug for FrequentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FrequentKey({:?})", self.key)
    }
}
