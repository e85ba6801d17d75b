use std::collections::BTreeSet;

use ledgit_core::digest::{LedgerId, RootHash};
use ledgit_core::replay::Standing;

use super::*;

/// Batch by batch against a set in memory, with terms of one record and of thousands.
#[test]
fn an_index_holds_what_was_written_and_nothing_that_was_replaced() {
    let (one, fresh) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let reached = Reached {
        ledger: LedgerId([1; 32]),
        commit: vec![1],
        size: 2,
        root: RootHash([0; 32]),
        standing: Standing::default(),
        audit: vec![7],
    };
    let mut model = BTreeSet::new();
    let term = |at: u64| match at % 3 {
        0 => Term::name("popular"),
        1 => Term::name(&format!("{}", at % 50)),
        _ => Term::name(&format!("{at}")),
    };
    let mut at = 0;
    for count in [1, 1, 126, 1, 500, 90_000, 1, 700, 40_000] {
        // Some of what is there again, and once all of it again.
        let batch = (at..at + count).chain((0..at).step_by(97));
        let mut batch: Vec<_> = batch.map(|at| Record { term: term(at), position: at }).collect();
        batch.sort();
        at += count;
        let mut index = Index::open(&one.path().join("i")).unwrap();
        index.write(reached.clone(), &batch).unwrap();
        index.write(reached.clone(), &batch).unwrap();
        model.extend(batch);
    }
    let index = Index::open(&one.path().join("i")).unwrap();
    for asked in [0, 1, 2, 4, 49, 50, 1_000_000, at - 1, at - 2, at - 3] {
        let term = term(asked);
        let all = model.iter().filter(|record| record.term == term);
        let all: Vec<_> = all.map(|record| record.position).collect();
        assert_eq!(index.positions(&term).unwrap(), all, "{asked}");
    }
    drop(index);
    let (built, mut sorter) = (tempfile::tempdir().unwrap(), Sorter::beside(&one.path().join("i")));
    let parts: Vec<_> = model.iter().rev().copied().collect();
    parts.chunks(977).for_each(|part| sorter.push(part).unwrap());
    parts.chunks(70_001).for_each(|part| sorter.push(part).unwrap());
    let mut index = Index::open(&built.path().join("i")).unwrap();
    let mut failed = false;
    index.build(reached.clone(), sorter.sorted(&mut failed).unwrap()).unwrap();
    assert!(!failed && index.reached() == Some(&reached));
    for record in model.iter().step_by(101) {
        assert!(index.positions(&record.term).unwrap().contains(&record.position));
    }
    drop(index);
    let mut index = Index::open(&fresh.path().join("i")).unwrap();
    index.write(reached, &model.into_iter().collect::<Vec<_>>()).unwrap();
    drop(index);
    // A child that another test starts holds a lock until it runs its program.
    let nodes = |directory: &Path| {
        let opened = || sled::open(directory.join("i")).ok();
        let tries = std::iter::repeat_with(|| {
            std::thread::sleep(Duration::from_millis(10));
            opened()
        });
        opened().or_else(|| tries.take(1_000).flatten().next()).unwrap().len()
    };
    let (grown, built) = (nodes(one.path()), nodes(built.path()));
    let fresh = nodes(fresh.path());
    assert!(built <= fresh + 1, "{built} and {fresh}");
    assert!(fresh > 1_024 && grown < fresh * 2, "{grown} and {fresh}");
}
