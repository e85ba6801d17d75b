//! Whatever is asked in whatever order, a witness cosigns no two trees of which neither extends
//! the other.

use ledgit_core::checkpoint::SignedNote;
use ledgit_core::witness::*;
use proptest::prelude::*;

use super::made::*;

/// What is asked: a size, the branch and where it parts from the others, the size that the proof
/// starts from (relative to what is held, so that many fit), and what is done to the proof.
#[derive(Debug, Clone)]
struct Asked {
    size: u64,
    branch: u8,
    fork: u64,
    old: Old,
    proof: Proof,
}

#[derive(Debug, Clone)]
enum Old {
    Held,
    Size(u64),
}

#[derive(Debug, Clone)]
enum Proof {
    Honest,
    None,
    /// Of another branch.
    Borrowed(u8),
    Flipped(usize),
    Cut,
}

fn asked() -> impl Strategy<Value = Asked> {
    let old = prop_oneof![4 => Just(Old::Held), 1 => (0..24_u64).prop_map(Old::Size)];
    let proof = prop_oneof![
        6 => Just(Proof::Honest),
        1 => Just(Proof::None),
        1 => (0..3_u8).prop_map(Proof::Borrowed),
        1 => (0..6_usize).prop_map(Proof::Flipped),
        1 => Just(Proof::Cut),
    ];
    (0..24_u64, 0..3_u8, 0..24_u64, old, proof).prop_map(|(size, branch, fork, old, proof)| Asked {
        size,
        branch,
        fork,
        old,
        proof,
    })
}

fn request(asked: &Asked, held: u64) -> AddCheckpoint {
    let tree = Tree::of(asked.size, asked.branch, asked.fork);
    let old = match asked.old {
        Old::Held => held,
        Old::Size(size) => size,
    };
    let honest = |tree: &Tree| if old <= tree.size() { tree.proof(old) } else { Vec::new() };
    let mut proof = honest(&tree);
    match &asked.proof {
        Proof::Honest => {}
        Proof::None => proof.clear(),
        Proof::Borrowed(branch) => proof = honest(&Tree::of(asked.size, *branch, asked.fork)),
        Proof::Flipped(at) => {
            if let Some(hash) = proof.get_mut(*at) {
                hash[0] ^= 1;
            }
        }
        Proof::Cut => drop(proof.pop()),
    }
    AddCheckpoint::new(old, proof, tree.note()).unwrap()
}

/// Whether one tree begins with the other, by their leaves.
fn extends(one: &Tree, other: &Tree) -> bool {
    let (short, long) = if one.size() <= other.size() { (one, other) } else { (other, one) };
    long.0.starts_with(&short.0)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn h03_no_two_trees_are_cosigned_that_part(all in prop::collection::vec(asked(), 1..40)) {
        let mut held: Option<Held> = None;
        let mut cosigned: Vec<Tree> = Vec::new();
        for (time, one) in (1..).zip(&all) {
            let before = held.as_ref().map_or(0, |held| held.checkpoint.size);
            let request = request(one, before);
            let tree = Tree::of(one.size, one.branch, one.fork);
            match answer(&request, &logs(), held.as_ref()) {
                Ok(accepted) => {
                    prop_assert!(tree.size() >= before);
                    for other in &cosigned {
                        prop_assert!(extends(&tree, other), "{one:?}");
                    }
                    held = Some(keep(&accepted, time));
                    cosigned.push(tree);
                }
                Err(refused) => {
                    let last = cosigned.last().cloned().unwrap_or_default();
                    // An honest request from where the witness stands is never refused.
                    let honest = matches!(one.proof, Proof::Honest) && matches!(one.old, Old::Held);
                    let grows = tree.size() >= before && extends(&tree, &last);
                    prop_assert!(!(honest && grows), "{one:?}: {refused:?}");
                    let split = held.is_some() && tree.size() == before && tree.0 != last.0;
                    prop_assert_eq!(refused.misbehaviour.is_some(), split, "{:?}", one);
                }
            }
        }
    }

    /// Reading takes any bytes, and what it takes it writes again.
    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse_answer(&bytes);
        let _ = Policy::parse(&bytes);
        if let Ok(request) = AddCheckpoint::parse(&bytes) {
            prop_assert_eq!(request.to_bytes(), bytes);
        }
    }

    #[test]
    fn a_request_that_is_changed_is_another_or_none(at in 0..1_000_usize, bit in 0..8_u8) {
        let good = Tree::of(9, 0, 0).request(5);
        let mut bytes = good.to_bytes();
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        if let Ok(request) = AddCheckpoint::parse(&bytes) {
            prop_assert_eq!(request.to_bytes(), bytes);
            prop_assert_ne!(&request, &good);
            let accepted = answer(&request, &logs(), Some(&keep_of(5)));
            // A line that is not the log's may change; nothing else.
            prop_assert!(accepted.is_err(), "{at}");
        }
    }
}

fn keep_of(size: u64) -> Held {
    keep(&answer(&Tree::of(size, 0, 0).request(0), &logs(), None).unwrap(), 1)
}

#[test]
fn a_note_of_the_tree_reads_back() {
    let note = Tree::of(5, 0, 0).note();
    assert_eq!(SignedNote::parse(&note.to_bytes()).unwrap(), note);
}
