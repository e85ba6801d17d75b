//! The tree against two implementations that others wrote, for every size to 300 (M-03 to M-06, M-12).

use ct_merkle::RootHash;
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ledgit_core::merkle::{
    Frontier, Hash, NodeSource, ProofError, Rfc6962, Rfc6962Blake3, TileRows, TreeHash,
    consistency_path, inclusion_path, root_of, verify_consistency, verify_inclusion,
};

const LARGEST: usize = 300;

#[derive(Clone)]
struct Oracle;

impl rs_merkle::Hasher for Oracle {
    type Hash = Hash;

    fn hash(data: &[u8]) -> Hash {
        use sha2::Digest as _;
        sha2::Sha256::digest(data).into()
    }

    fn concat_and_hash(left: &Hash, right: Option<&Hash>) -> Hash {
        match right {
            Some(right) => Rfc6962::node(left, right),
            None => *left,
        }
    }
}

struct Leaves<'a>(&'a [Hash]);

impl NodeSource for Leaves<'_> {
    type Error = ();

    fn node(&self, level: u8, index: u64) -> Result<Hash, ()> {
        let from = (index << level) as usize;
        self.0.get(from..from + (1 << level)).map(root_of::<Rfc6962>).ok_or(())
    }
}

fn leaves() -> Vec<Hash> {
    (0..LARGEST).map(|n| Rfc6962::leaf(format!("entry {n}").as_bytes())).collect()
}

#[test]
fn roots_and_inclusion_paths_are_those_of_rs_merkle() {
    let leaves = leaves();
    for size in 1..=LARGEST {
        let tree = rs_merkle::MerkleTree::<Oracle>::from_leaves(&leaves[..size]);
        let root = root_of::<Rfc6962>(&leaves[..size]);
        assert_eq!(Some(root), tree.root());
        for index in 0..size {
            let path =
                inclusion_path::<Rfc6962, _>(&Leaves(&leaves), index as u64, size as u64).unwrap();
            assert_eq!(path, tree.proof(&[index]).proof_hashes());
            verify_inclusion::<Rfc6962>(index as u64, size as u64, &leaves[index], &path, &root)
                .unwrap();
        }
    }
}

#[test]
fn roots_and_consistency_proofs_are_those_of_ct_merkle() {
    let leaves = leaves();
    let mut tree = MemoryBackedTree::<sha2::Sha256, String>::new();
    let mut roots = vec![Rfc6962::empty()];
    let mut oracle_roots: Vec<Option<RootHash<sha2::Sha256>>> = vec![None];
    for size in 1..=LARGEST {
        tree.push(format!("entry {}", size - 1));
        let root = root_of::<Rfc6962>(&leaves[..size]);
        assert_eq!(root.as_slice(), tree.root().as_bytes().as_slice());
        roots.push(root);
        oracle_roots.push(Some(tree.root()));
        for old in 1..size {
            let path =
                consistency_path::<Rfc6962, _>(&Leaves(&leaves), old as u64, size as u64).unwrap();
            let theirs = tree.prove_consistency(size - old);
            assert_eq!(path.concat(), theirs.as_bytes());
            verify_consistency::<Rfc6962>(
                old as u64,
                &roots[old],
                size as u64,
                &roots[size],
                &path,
            )
            .unwrap();
        }
    }
}

#[test]
fn every_other_index_size_or_length_is_refused() {
    let leaves = leaves();
    for size in 1..=40_u64 {
        let root = root_of::<Rfc6962>(&leaves[..size as usize]);
        for index in 0..size {
            let path = inclusion_path::<Rfc6962, _>(&Leaves(&leaves), index, size).unwrap();
            let leaf = &leaves[index as usize];
            for other in (0..size + 3).filter(|other| *other != index) {
                assert!(verify_inclusion::<Rfc6962>(other, size, leaf, &path, &root).is_err());
            }
            let mut longer = path.clone();
            longer.push([0; 32]);
            assert!(matches!(
                verify_inclusion::<Rfc6962>(index, size, leaf, &longer, &root),
                Err(ProofError::Length { .. })
            ));
            for at in 0..path.len() {
                let mut wrong = path.clone();
                wrong[at][31] ^= 1;
                assert_eq!(
                    verify_inclusion::<Rfc6962>(index, size, leaf, &wrong, &root),
                    Err(ProofError::Root)
                );
            }
        }
    }
}

#[test]
fn a_consistency_proof_with_anything_changed_is_refused() {
    let leaves = leaves();
    let root = |size: u64| root_of::<Rfc6962>(&leaves[..size as usize]);
    for new in 1..=40_u64 {
        for old in 1..new {
            let path = consistency_path::<Rfc6962, _>(&Leaves(&leaves), old, new).unwrap();
            let check = |old, old_root: &Hash, new, new_root: &Hash, path: &[Hash]| {
                verify_consistency::<Rfc6962>(old, old_root, new, new_root, path)
            };
            assert_eq!(
                check(new, &root(new), old, &root(old), &path),
                Err(ProofError::Shrunk { old: new, new: old })
            );
            assert!(check(old, &[9; 32], new, &root(new), &path).is_err());
            assert_eq!(check(old, &root(old), new, &[9; 32], &path), Err(ProofError::Root));
            assert!(check(old, &root(old), new, &root(new), &path[1..]).is_err());
            for at in 0..path.len() {
                let mut wrong = path.clone();
                wrong[at][0] ^= 128;
                assert!(check(old, &root(old), new, &root(new), &wrong).is_err());
            }
        }
    }
}

#[test]
fn size_zero_and_equal_sizes_take_an_empty_proof_alone() {
    let leaves = leaves();
    let root = root_of::<Rfc6962>(&leaves[..5]);
    let empty = Rfc6962::empty();
    let check = verify_consistency::<Rfc6962>;
    assert_eq!(check(0, &empty, 5, &root, &[]), Ok(()));
    assert_eq!(check(0, &empty, 0, &empty, &[]), Ok(()));
    assert_eq!(check(5, &root, 5, &root, &[]), Ok(()));
    assert_eq!(check(0, &root, 5, &root, &[]), Err(ProofError::OldRoot));
    assert_eq!(check(0, &empty, 0, &root, &[]), Err(ProofError::Root));
    assert_eq!(check(5, &empty, 5, &root, &[]), Err(ProofError::Root));
    let one = [[0; 32]];
    assert!(matches!(check(0, &empty, 5, &root, &one), Err(ProofError::Length { .. })));
    assert!(matches!(check(5, &root, 5, &root, &one), Err(ProofError::Length { .. })));
    assert_eq!(check(1, &root, u64::MAX, &root, &[]), Err(ProofError::Size(u64::MAX)));
}

#[test]
fn rows_of_tiles_lead_to_the_same_root_at_every_size() {
    let mut rows = TileRows::new();
    let mut frontier = Frontier::<Rfc6962>::new();
    let mut filled = Vec::new();
    assert_eq!(rows.root(), Rfc6962::empty());
    for n in 0..70_000_u32 {
        let leaf = Rfc6962::leaf(&n.to_be_bytes());
        rows.push(leaf, &mut |tile| filled.push((tile.level, tile.index, tile.hashes.len())));
        frontier.push(leaf);
        if n < 1_000 || n % 997 == 0 || n == 65_535 || n == 69_999 {
            assert_eq!(rows.root(), frontier.root(), "{n}");
        }
    }
    assert_eq!(filled.len(), 274);
    assert!(filled.iter().all(|(_, _, hashes)| *hashes == 256));
    assert_eq!(filled.iter().find(|tile| tile.0 == 1), Some(&(1, 0, 256)));
    let all: Vec<_> = (0..rows.levels()).map(|level| rows.row(level).to_vec()).collect();
    assert_eq!(TileRows::from_rows(70_000, all.clone()).unwrap(), rows);
    assert!(TileRows::from_rows(70_001, all.clone()).is_err());
    let mut extra = all;
    extra.push(vec![[0; 32]]);
    assert!(TileRows::from_rows(70_000, extra).is_err());
}

#[test]
fn the_two_hashes_never_agree_and_known_answers_hold() {
    assert_ne!(Rfc6962::leaf(b""), Rfc6962Blake3::leaf(b""));
    assert_ne!(Rfc6962Blake3::leaf(b"x"), *blake3::hash(b"x").as_bytes());
    let hex = ledgit_core::digest::to_hex(&Rfc6962::empty());
    assert_eq!(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    let hex = ledgit_core::digest::to_hex(&Rfc6962::leaf(b""));
    assert_eq!(hex, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
}
