//! Proofs of ranges against a tree that is computed naively, for every range of every size to 70
//! (M-07, M-08).

use ledgit_core::limits;
use ledgit_core::merkle::{
    Hash, NodeSource, PathError, ProofError, Rfc6962, TreeHash as _, inclusion_path, range_path,
    root_of, verify_range,
};

const LARGEST: u64 = 70;

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

/// RFC 6962 section 2.1, word for word.
fn naive(leaves: &[Hash]) -> Hash {
    match leaves.len() {
        0 => Rfc6962::empty(),
        1 => leaves[0],
        n => {
            let mut k = 1;
            while k * 2 < n {
                k *= 2;
            }
            Rfc6962::node(&naive(&leaves[..k]), &naive(&leaves[k..]))
        }
    }
}

/// The hashes of the subtrees beside a range, by the same words.
fn naive_path(leaves: &[Hash], from: usize, first: usize, end: usize, path: &mut Vec<Hash>) {
    let until = from + leaves.len();
    if until <= first || end <= from {
        path.push(naive(leaves));
    } else if !(first <= from && until <= end) {
        let mut k = 1;
        while k * 2 < leaves.len() {
            k *= 2;
        }
        naive_path(&leaves[..k], from, first, end, path);
        naive_path(&leaves[k..], from + k, first, end, path);
    }
}

#[test]
fn every_range_of_every_size_is_proved_as_the_naive_tree_has_it() {
    let leaves = leaves();
    let mut longest = 0;
    for size in 1..=LARGEST {
        let all = &leaves[..size as usize];
        let root = naive(all);
        for first in 0..size {
            for end in first + 1..=size {
                let path = range_path::<Rfc6962, _>(&Leaves(&leaves), first, end, size).unwrap();
                let mut expected = Vec::new();
                naive_path(all, 0, first as usize, end as usize, &mut expected);
                assert_eq!(path, expected, "{first}..{end} of {size}");
                let range = &all[first as usize..end as usize];
                verify_range::<Rfc6962>(first, range, size, &path, &root).unwrap();
                longest = longest.max(path.len());
            }
        }
    }
    assert!((10..=limits::RANGE_HASHES).contains(&longest), "{longest}");
}

/// For one leaf the hashes are those of its inclusion proof, in the order of the tree.
#[test]
fn a_range_of_one_leaf_has_the_hashes_of_its_inclusion_proof() {
    let leaves = leaves();
    for index in 0..LARGEST {
        let source = Leaves(&leaves);
        let mut range = range_path::<Rfc6962, _>(&source, index, index + 1, LARGEST).unwrap();
        let mut inclusion = inclusion_path::<Rfc6962, _>(&source, index, LARGEST).unwrap();
        range.sort_unstable();
        inclusion.sort_unstable();
        assert_eq!(range, inclusion);
    }
}

#[test]
fn a_proof_of_a_range_with_anything_changed_is_refused() {
    let leaves = leaves();
    for size in 1..=32_u64 {
        let root = naive(&leaves[..size as usize]);
        let check = |first, leaves: &[Hash], size, path: &[Hash]| {
            verify_range::<Rfc6962>(first, leaves, size, path, &root)
        };
        for first in 0..size {
            for end in first + 1..=size {
                let path = range_path::<Rfc6962, _>(&Leaves(&leaves), first, end, size).unwrap();
                let range = leaves[first as usize..end as usize].to_vec();
                for at in 0..path.len() {
                    let mut wrong = path.clone();
                    wrong[at][at % 32] ^= 1;
                    assert_eq!(check(first, &range, size, &wrong), Err(ProofError::Root));
                    let mut shorter = path.clone();
                    shorter.remove(at);
                    let length = matches!(
                        check(first, &range, size, &shorter),
                        Err(ProofError::Length { .. })
                    );
                    assert!(length);
                }
                let longer = [path.as_slice(), &[root]].concat();
                assert!(check(first, &range, size, &longer).is_err());
                for at in 0..range.len() {
                    let mut wrong = range.clone();
                    wrong[at][at % 32] ^= 128;
                    assert_eq!(check(first, &wrong, size, &path), Err(ProofError::Root));
                    let (mut fewer, mut more) = (range.clone(), range.clone());
                    fewer.remove(at);
                    more.insert(at, range[at]);
                    assert!(check(first, &fewer, size, &path).is_err());
                    assert!(check(first, &more, size, &path).is_err());
                    if at > 0 {
                        let mut swapped = range.clone();
                        swapped.swap(at - 1, at);
                        assert!(check(first, &swapped, size, &path).is_err());
                    }
                }
                for other in (0..size + 2).filter(|other| *other != first) {
                    assert!(check(other, &range, size, &path).is_err(), "{other} for {first}");
                }
                // The size stands in the note beside the root; what ends with the tree shows it, too.
                if end == size {
                    assert!(check(first, &range, size + 1, &path).is_err());
                }
            }
        }
    }
}

#[test]
fn ranges_that_there_are_not_are_refused() {
    let leaves = leaves();
    let source = Leaves(&leaves);
    let path = |first, end, size| range_path::<Rfc6962, _>(&source, first, end, size);
    for (first, end, size) in [(0, 0, 0), (0, 1, 0), (3, 3, 5), (4, 3, 5), (0, 6, 5)] {
        assert!(matches!(path(first, end, size), Err(PathError::Range { .. })), "{first} {end}");
    }
    assert!(path(0, 1, u64::MAX).is_err());
    assert_eq!(path(0, 5, 5), Ok(Vec::new()));
    let root = root_of::<Rfc6962>(&leaves[..5]);
    let check =
        |first, leaves: &[Hash], size| verify_range::<Rfc6962>(first, leaves, size, &[], &root);
    assert_eq!(check(0, &leaves[..5], 5), Ok(()));
    assert!(matches!(check(0, &[], 5), Err(ProofError::Index { .. })));
    assert!(matches!(check(0, &leaves[..6], 5), Err(ProofError::Index { .. })));
    assert!(matches!(check(u64::MAX, &leaves[..5], 5), Err(ProofError::Size(_))));
    assert!(matches!(check(u64::MAX - 9, &leaves[..5], u64::MAX), Err(ProofError::Size(_))));
    assert_eq!(check(0, &[root], 1), Ok(()), "a tree of one leaf is that leaf");
    assert!(check(0, &[root], 5).is_err(), "and a tree of five is not one leaf");
}
