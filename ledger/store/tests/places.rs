//! A ledger whose authority changes: who may append before and after, what was reserved, and what a
//! verifier does not judge.

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use ledgit_core::authority::enrolment;
use ledgit_core::digest::LeafHash;
use ledgit_core::signature::Signer as _;
use ledgit_core::statement::*;
use ledgit_store::git::EvidenceBatch;
use ledgit_store::keys::{KeysError, LocalKey, LogKeys, create_next_log_key};
use ledgit_store::ledger::*;
use support::forge::{bytes, contents};
use support::governed::*;
use support::*;

fn repository(id: [u8; 16]) -> AuthorityPlace {
    AuthorityPlace::Repository(RepositoryPlace { id })
}

fn remote() -> AuthorityPlace {
    let urls = ["https://git.bank.example/ledger.git".parse().unwrap()];
    AuthorityPlace::Remote(RemotePlace { urls: urls.into_iter().collect() })
}

fn service(id: [u8; 16]) -> AuthorityPlace {
    let urls = ["https://ledger.bank.example".parse().unwrap()];
    AuthorityPlace::Service(ServicePlace { id, urls: urls.into_iter().collect() })
}

/// Proposes an authority, with ana's approval.
fn propose(governed: &mut Governed, place: AuthorityPlace) -> LeafHash {
    let replaces = governed.authority().authority_by();
    let proposal = governed.say(CI, Proposal { change: Change::Authority(place), replaces });
    let leaf = proposal.leaf();
    governed.log(vec![proposal]).unwrap();
    let first = governed.agree([ANA], leaf);
    governed.log(first).unwrap();
    leaf
}

/// Puts an authority into force.
fn change(governed: &mut Governed, place: AuthorityPlace) -> LeafHash {
    let leaf = propose(governed, place);
    let second = governed.agree([BEN], leaf);
    governed.log(second).unwrap();
    leaf
}

/// Another machine's clone: its own memory, and no log key.
struct Other {
    path: PathBuf,
    memory: tempfile::TempDir,
    _place: tempfile::TempDir,
}

impl Other {
    fn of(bank: &Bank) -> Self {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("other.git");
        let (from, to) = (bank.path().to_str().unwrap(), path.to_str().unwrap());
        git(place.path(), &["clone", "-q", "--mirror", from, to]);
        Self { path, memory: tempfile::tempdir().unwrap(), _place: place }
    }

    fn open(&self) -> Ledger {
        Ledger::open(&self.path, Memory::at(self.memory.path())).unwrap()
    }

    fn id(&self) -> [u8; 16] {
        self.open().keep_repository_id().unwrap()
    }

    fn fetch(&self) {
        git(&self.path, &["fetch", "-q", "origin"]);
    }

    fn take_log_key(&self, governed: &Governed) {
        let (from, to) = (governed.common().join(DIRECTORY), self.path.join(DIRECTORY));
        fs::copy(from.join("log-key"), to.join("log-key")).unwrap();
    }

    fn append(&self, said: Vec<Signed>, keys: &LogKeys) -> Result<Receipt, LedgerError> {
        append(&mut self.open(), said, keys)
    }
}

fn append(
    ledger: &mut Ledger,
    statements: Vec<Signed>,
    keys: &LogKeys,
) -> Result<Receipt, LedgerError> {
    let submission = Submission { statements, ..Submission::default() };
    ledger.append(submission, keys, time(NOW + 60), PATIENCE)
}

fn keys_at(path: &Path) -> LogKeys {
    let locked = |path: &Path| Err(KeysError::Passphrase(path.to_owned()));
    LogKeys::open(&path.join(DIRECTORY), &locked).unwrap()
}

#[track_caller]
fn is_ordered_at(result: &Result<Receipt, LedgerError>, place: &AuthorityPlace) {
    match result {
        Err(LedgerError::OrderedAt(found)) => assert_eq!(**found, *place),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_old_authority_stops_and_the_new_one_goes_on_with_the_log_key() {
    for options in [&[][..], &["--object-format=sha256"]] {
        let mut governed = Governed::new(options);
        let other = Other::of(&governed);
        let new = repository(other.id());
        assert_eq!(new, repository(other.id()), "drawn once");
        let leaf = propose(&mut governed, new.clone());
        // Until it takes effect nothing is different.
        other.fetch();
        let said = governed.say(CI, model("a"));
        let early = other.append(vec![said.clone()], &governed.log_keys());
        assert!(matches!(early, Err(LedgerError::NotAuthority)), "{early:?}");
        governed.log(vec![said]).unwrap();
        let decides = governed.agree([BEN], leaf);
        let receipt = governed.log(decides.clone()).unwrap();
        assert_eq!(governed.open().place().unwrap(), new);
        assert!(governed.open().orders().is_err());
        // The old one refuses, though it has the log key; what is logged it still answers.
        let (before, said) = (contents(&governed), governed.say(CI, model("b")));
        is_ordered_at(&governed.log(vec![said.clone()]), &new);
        let again = governed.log(decides).unwrap();
        assert_eq!(again, Receipt { before: true, ..receipt });
        assert_eq!(contents(&governed), before);
        // The new one knows by the log alone that it is the authority.
        let stale = other.append(vec![said.clone()], &governed.log_keys());
        assert!(matches!(stale, Err(LedgerError::NotAuthority)), "{stale:?}");
        other.fetch();
        assert!(other.open().orders().is_ok());
        let strange = LocalKey::ephemeral().unwrap().into();
        let without = other.append(vec![said.clone()], &strange);
        assert!(matches!(without, Err(LedgerError::OtherLogKey)), "{without:?}");
        other.take_log_key(&governed);
        other.append(vec![said], &keys_at(&other.path)).unwrap();
        let verdict = governed.verify_at(&other.path);
        assert_eq!((verdict.answer(), codes(&verdict)), (Answer::Good, vec![]));
        assert_eq!(verdict.entries, governed.size() + 2);
    }
}

#[test]
fn the_authority_comes_back_by_another_proposal() {
    let mut governed = Governed::new(&[]);
    let home = repository_id(&governed.repository()).unwrap().unwrap();
    let other = Other::of(&governed);
    change(&mut governed, repository(other.id()));
    other.fetch();
    other.take_log_key(&governed);
    let keys = keys_at(&other.path);
    let replaces = governed.authority().authority_by();
    let back = Change::Authority(repository(home));
    let proposal = governed.say(CI, Proposal { change: back, replaces });
    let leaf = proposal.leaf();
    let mut all = vec![proposal];
    all.extend(governed.agree([ANA, BEN], leaf));
    other.append(all, &keys).unwrap();
    let said = governed.say(CI, model("a"));
    is_ordered_at(&other.append(vec![said.clone()], &keys), &repository(home));
    // The old one has to have that log before it goes on.
    let to = other.path.to_str().unwrap();
    assert!(governed.log(vec![said.clone()]).is_err());
    git(governed.path(), &["fetch", "-q", to, &format!("{LOG_REF}:{LOG_REF}")]);
    governed.log(vec![said]).unwrap();
    assert_eq!(codes(&governed.verify()), [""; 0]);
}

#[test]
fn under_a_remote_no_repository_appends_by_itself() {
    let mut governed = Governed::new(&[]);
    let leaf = propose(&mut governed, remote());
    let decides = governed.agree([BEN], leaf);
    governed.log(decides).unwrap();
    let (before, said) = (contents(&governed), governed.say(CI, model("a")));
    let refused = governed.log(vec![said]);
    is_ordered_at(&refused, &remote());
    let said = refused.unwrap_err().to_string();
    assert!(said.contains("the remote https://git.bank.example/ledger.git"), "{said}");
    assert_eq!(contents(&governed), before);
    assert_eq!(codes(&governed.verify()), [""; 0]);
}

#[test]
fn the_repository_of_a_service_appends_and_no_other() {
    let mut governed = Governed::new(&[]);
    let home = repository_id(&governed.repository()).unwrap().unwrap();
    change(&mut governed, service(home));
    let said = governed.say(CI, model("a"));
    governed.log(vec![said]).unwrap();
    change(&mut governed, service([7; 16]));
    let (before, said) = (contents(&governed), governed.say(CI, model("b")));
    is_ordered_at(&governed.log(vec![said]), &service([7; 16]));
    assert_eq!(contents(&governed), before);
    assert_eq!(codes(&governed.verify()), [""; 0]);
}

/// whoever reserved a head finishes it, although it moves the authority away.
#[test]
fn what_was_left_reserved_over_the_change_is_finished_by_the_old_authority() {
    let mut governed = Governed::new(&[]);
    let other = Other::of(&governed);
    let new = repository(other.id());
    let leaf = propose(&mut governed, new.clone());
    let before = git(governed.path(), &["rev-parse", LOG_REF]);
    let decides = governed.agree([BEN], leaf);
    let receipt = governed.log(decides.clone()).unwrap();
    let after = git(governed.path(), &["rev-parse", LOG_REF]);
    git(governed.path(), &["update-ref", LOG_REF, &before]);
    // What would come after it is refused, and it is finished all the same.
    let said = governed.say(CI, model("a"));
    is_ordered_at(&governed.log(vec![said.clone()]), &new);
    assert_eq!(git(governed.path(), &["rev-parse", LOG_REF]), after);
    git(governed.path(), &["update-ref", LOG_REF, &before]);
    let again = governed.log(decides).unwrap();
    assert_eq!(again, Receipt { before: true, ..receipt });
    assert_eq!(git(governed.path(), &["rev-parse", LOG_REF]), after);
    // A clone that is not the authority yet finishes nothing, though it has key and reservation.
    git(governed.path(), &["update-ref", LOG_REF, &before]);
    let third = Other::of(&governed);
    third.id();
    let next = git(&third.path, &["rev-parse", NEXT_REF]);
    assert_eq!(git(&third.path, &["rev-parse", LOG_REF]), before);
    let early = third.append(vec![said], &governed.log_keys());
    assert!(matches!(early, Err(LedgerError::NotAuthority)), "{early:?}");
    assert_eq!(git(&third.path, &["rev-parse", LOG_REF]), before);
    assert_eq!(git(&third.path, &["rev-parse", NEXT_REF]), next);
}

/// where the key stayed behind, the new authority makes one of its own.
#[test]
fn a_new_authority_without_the_log_key_proposes_its_own() {
    let mut governed = Governed::new(&[]);
    let other = Other::of(&governed);
    change(&mut governed, repository(other.id()));
    other.fetch();
    let (key, proposal) = {
        let place = other.path.join(DIRECTORY);
        let (key, _) = create_next_log_key(&place, "next").unwrap();
        let authority = governed.authority();
        let (origin, public) = (authority.origin().as_str(), key.public_key());
        let text = enrolment(governed.id(), origin, &public);
        let proof = key.sign(&text).unwrap();
        let change = Change::LogKey(NewLogKey { key: Key(public), proof });
        let replaces = authority.log_key_by();
        (public, governed.say(CI, Proposal { change, replaces }))
    };
    let leaf = proposal.leaf();
    let mut all = vec![proposal];
    all.extend(governed.agree([ANA, BEN], leaf));
    other.append(all, &keys_at(&other.path)).unwrap();
    let mut ledger = other.open();
    assert_eq!(ledger.state().unwrap().authority().unwrap().log_key(), &key);
    let said = governed.say(CI, model("a"));
    other.append(vec![said], &keys_at(&other.path)).unwrap();
    assert_eq!(codes(&governed.verify_at(&other.path)), [""; 0]);
}

/// What an index keeps tells the authority as the whole log does, and so does what a verifier
/// carries.
#[test]
fn an_index_tells_the_authority_and_a_verifier_goes_on_from_it() {
    let mut governed = Governed::new(&[]);
    let memory = governed.memory().indexing(Indexing { from: 1, lag: 1 });
    Ledger::open(governed.path(), memory.clone()).unwrap().state().unwrap();
    assert_eq!(codes(&governed.verify()), [""; 0]);
    change(&mut governed, service([7; 16]));
    // This carries on from what the last run verified (`verified` in the support).
    assert_eq!(codes(&governed.verify()), [""; 0]);
    for _ in 0..2 {
        let mut ledger = Ledger::open(governed.path(), memory.clone()).unwrap();
        assert_eq!(ledger.place().unwrap(), service([7; 16]));
        assert!(matches!(ledger.orders(), Err(LedgerError::OrderedAt(_))));
    }
}

/// no byte of a checkpoint tells who ordered it, so a verifier finds nothing in one that the
/// old authority ordered too late. What stops it is Q-02, and two notes of one size prove it.
#[test]
fn a_verifier_does_not_judge_who_ordered() {
    let mut governed = Governed::new(&[]);
    change(&mut governed, repository([7; 16]));
    let said = governed.say(CI, model("a"));
    let late = [vec![governed.time_at(NOW + 90)], bytes(std::slice::from_ref(&said))].concat();
    is_ordered_at(&governed.log(vec![said]), &repository([7; 16]));
    governed.forge(&late);
    let verdict = governed.verify();
    assert_eq!((verdict.answer(), codes(&verdict)), (Answer::Good, vec![]));
}

#[test]
fn wrong_proposals_are_refused_and_named() {
    let mut governed = Governed::new(&[]);
    let ledger = LeafHash(governed.id().0);
    let home = repository_id(&governed.repository()).unwrap().unwrap();
    change(&mut governed, service(home));
    let stale = Proposal { change: Change::Authority(remote()), replaces: ledger };
    let stale = governed.say(CI, stale);
    governed.refuses_and_names(&[stale], EvidenceBatch::default(), "LG1011");
    let mut unfounded = Governed::unfounded(&[]);
    let replaces = LeafHash(unfounded.id().0);
    let early = unfounded.say(CI, Proposal { change: Change::Authority(remote()), replaces });
    unfounded.refuses_and_names(&[early], EvidenceBatch::default(), "LG1010");
}

/// G-33: a clone that draws an id judges the anchors before as it did without.
#[test]
fn h13_a_clone_that_drew_an_id_still_tells_a_branch_that_was_rewritten() {
    let mut bank = Bank::new(&[]);
    let home = repository_id(&bank.repository()).unwrap().unwrap();
    bank.anchored_in(home);
    git(bank.path(), &["commit", "-q", "--amend", "-m", "rewritten"]);
    let other = Other::of(&bank);
    let told = || {
        let verdict = bank.verify_at(&other.path);
        verdict.notes.iter().map(|note| note.code).collect::<Vec<_>>()
    };
    assert_eq!(told(), ["LG3302"]);
    other.id();
    assert_eq!(told(), ["LG3302"]);
}
