//! An honest ledger, however it is carried: nothing is found.

use ledgit_store::git::Repository;
use ledgit_store::ledger::*;

use crate::observed::*;
use crate::support::*;

#[test]
fn an_honest_ledger_is_good_however_it_was_cloned_packed_and_collected() {
    let mut observed = Observed::new();
    let places = tempfile::tempdir().unwrap();
    let from = observed.bank.path().to_str().unwrap().to_owned();
    let url = format!("file://{from}");
    let refs = "refs/ledgit/*:refs/ledgit/*";
    let at = |name: &str| places.path().join(name);
    git(places.path(), &["clone", "-q", "--mirror", &url, "mirror.git"]);
    git(places.path(), &["clone", "-q", "--bare", "--no-local", &from, "bare.git"]);
    git(&at("bare.git"), &["fetch", "-q", &url, refs]);
    git(places.path(), &["init", "-q", "alone"]);
    git(&at("alone"), &["fetch", "-q", &url, &format!("{LOG_REF}:{LOG_REF}")]);
    git(places.path(), &["init", "-q", "--bare", "pushed.git"]);
    git(observed.bank.path(), &["push", "-q", at("pushed.git").to_str().unwrap(), LOG_REF]);
    let all = ["mirror.git", "bare.git", "alone", "pushed.git"];
    let good = |path: &std::path::Path, entries| {
        for size in [2, 30, SIZE] {
            let demand = Demand {
                scope: log_alone(),
                pin: Some(observed.pin(size)),
                fresh: Some(Fresh { now: time(NOW + 60), max_age: 3_600 }),
                ..Demand::default()
            };
            let repository = Repository::discover(path).unwrap();
            let trust = Trust::Pinned(observed.id);
            let verdict = verify_as(&repository, &observed.memory(size), trust, demand).unwrap();
            assert_eq!((found(&verdict), verdict.entries), (vec![], entries), "{path:?}");
            assert_eq!(verdict.heads, None);
        }
    };
    for name in all {
        good(&at(name), SIZE);
        git(&at(name), &["gc", "-q", "--prune=now"]);
        good(&at(name), SIZE);
        git(&at(name), &["repack", "-qadf", "--depth=50"]);
        git(&at(name), &["pack-refs", "--all"]);
        good(&at(name), SIZE);
    }
    git(observed.bank.path(), &["gc", "-q", "--prune=now"]);
    good(observed.bank.path(), SIZE);
    let (memory, path) = (observed.memory(SIZE), observed.bank.path().to_owned());
    observed.bank.fill(7);
    let fetch = ["fetch", "-q", &url, &format!("{LOG_REF}:{LOG_REF}")];
    for name in ["mirror.git", "alone"] {
        git(&at(name), &fetch);
    }
    let good = |path: &std::path::Path| {
        let repository = Repository::discover(path).unwrap();
        let trust = Trust::Pinned(observed.id);
        let verdict = verify(&repository, &memory, trust, log_alone()).unwrap();
        assert_eq!((found(&verdict), verdict.entries), (vec![], 72));
    };
    [path, at("mirror.git"), at("alone")].iter().for_each(|path| good(path));
}
