//! The two hash functions that trees are built with.

/// A hash of a leaf, a node or a whole tree.
pub type Hash = [u8; 32];

/// How a tree hashes its parts (RFC 6962 section 2.1).
pub trait TreeHash {
    /// The root of the tree without leaves.
    fn empty() -> Hash;
    /// The hash of one leaf's data.
    fn leaf(data: &[u8]) -> Hash;
    /// The hash of a node over its two children.
    fn node(left: &Hash, right: &Hash) -> Hash;
}

/// SHA-256 as RFC 6962 says: the tree of the log (M-01).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rfc6962;

impl TreeHash for Rfc6962 {
    fn empty() -> Hash {
        use sha2::Digest as _;
        sha2::Sha256::digest([]).into()
    }

    fn leaf(data: &[u8]) -> Hash {
        use sha2::Digest as _;
        sha2::Sha256::new().chain_update([0]).chain_update(data).finalize().into()
    }

    fn node(left: &Hash, right: &Hash) -> Hash {
        use sha2::Digest as _;
        let mut data = [1; 65];
        data[1..33].copy_from_slice(left);
        data[33..].copy_from_slice(right);
        sha2::Sha256::digest(data).into()
    }
}

/// BLAKE3 in the same shape: a manifest's second tree (M-02).
///
/// Leaves, nodes and the empty tree have key contexts of their own, so a manifest's
/// hash is never the plain BLAKE3 digest of anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rfc6962Blake3;

impl TreeHash for Rfc6962Blake3 {
    fn empty() -> Hash {
        blake3::derive_key("ledgit manifest empty v1", &[])
    }

    fn leaf(data: &[u8]) -> Hash {
        blake3::derive_key("ledgit manifest leaf v1", data)
    }

    fn node(left: &Hash, right: &Hash) -> Hash {
        let mut data = [0; 64];
        data[..32].copy_from_slice(left);
        data[32..].copy_from_slice(right);
        blake3::derive_key("ledgit manifest node v1", &data)
    }
}
