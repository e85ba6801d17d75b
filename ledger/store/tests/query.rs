//! Queries over a log in Git of several bundles (C-10, C-30 to C-32).

mod support;

use ledgit_core::bundle::{Answer, Query};
use ledgit_core::digest::RootHash;
use ledgit_store::ledger::*;
use support::*;

fn asked(bank: &Bank, verified: &Verification, text: &str) -> (Vec<u64>, u64, u64) {
    let (repository, query) = (bank.repository(), Query::parse(text).unwrap());
    let found = ask(&repository, verified, &query).unwrap();
    let bytes = answer(&repository, verified, &query, &found).unwrap().to_bytes();
    let checked = Answer::parse(&bytes).unwrap().check(verified.vkey.as_ref().unwrap()).unwrap();
    let (here, there) = (found.matches, checked.found.matches);
    assert_eq!(here, there);
    (here.iter().map(|(at, _)| *at).collect(), found.first, found.end)
}

#[test]
fn a_log_of_many_bundles_answers_from_each_of_them() {
    let mut bank = Bank::new(&[]);
    bank.fill(300);
    let told = [bank.signed(model("a"))].to_vec();
    bank.append(told).unwrap();
    bank.fill(260);
    let told = [bank.signed(model("b"))].to_vec();
    bank.append(told).unwrap();
    let verified = bank.verify();
    let size = verified.entries;
    assert!(size > 560, "{size}");
    let (models, first, end) = asked(&bank, &verified, "kind model\n");
    assert_eq!((models, first, end), (vec![304, size - 1], 0, size));
    let (metrics, ..) = asked(&bank, &verified, "kind metric\n");
    assert_eq!(metrics.len(), 560);
    for (first, end) in [(255, 257), (256, 512), (0, 1), (size - 1, size), (300, 513), (511, size)]
    {
        let text = format!("first {first}\nbefore {end}\n");
        let (all, from, until) = asked(&bank, &verified, &text);
        assert_eq!((all, from, until), ((first..end).collect(), first, end), "{text}");
    }
}

/// The entries that an answer is from are those that were verified, or there is none.
#[test]
fn entries_that_were_not_verified_give_no_answer() {
    let mut bank = Bank::new(&[]);
    bank.fill(3);
    let (repository, query) = (bank.repository(), Query::parse("kind metric\n").unwrap());
    let good = bank.verify();
    assert_eq!(ask(&repository, &good, &query).unwrap().matches.len(), 3);
    let mut other = good.clone();
    other.root = Some(RootHash([1; 32]));
    let error = ask(&repository, &other, &query).unwrap_err().to_string();
    assert!(error.contains("not the entries that were verified"), "{error}");
    // What is logged since is no part of it.
    bank.fill(2);
    assert_eq!(ask(&repository, &good, &query).unwrap().matches.len(), 3);
    let finding = VerifyFinding { code: "LG1002", object: "x".into(), what: "x".into() };
    let mut bad = good.clone();
    bad.findings.push(finding);
    assert!(matches!(ask(&repository, &bad, &query), Err(LedgerError::Internal(_))));
    let found = ask(&repository, &good, &query).unwrap();
    assert!(matches!(answer(&repository, &bad, &query, &found), Err(LedgerError::Internal(_))));
    // Without the authors' keys a stranger could not check it.
    let mut keyless = good;
    keyless.keys.clear();
    let error = answer(&repository, &keyless, &query, &found).unwrap_err();
    assert!(matches!(error, LedgerError::Malformed { .. }), "{error}");
}

#[test]
fn queries_that_can_not_be_put_are_refused() {
    let mut bank = Bank::new(&[]);
    bank.fill(3);
    let (repository, good) = (bank.repository(), bank.verify());
    let beyond = Query::parse("before 900\n").unwrap();
    let refused = |query: &Query| ask(&repository, &good, query).unwrap_err();
    assert!(matches!(refused(&beyond), LedgerError::Query(_)));
    assert!(matches!(refused(&Query::default()), LedgerError::Query(_)));
}
