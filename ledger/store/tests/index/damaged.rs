//! An index that lies, lost something or was forged.

use super::*;

#[test]
fn c18_no_byte_of_its_files_changes_an_answer() {
    let asked = Asked::new(EAGER, &[20]);
    let expected = asked.answers(Indexing::NEVER);
    asked.same(&expected, "built");
    let aside = tempfile::tempdir().unwrap();
    let whole = aside.path().join("whole");
    // Opened once more, so that sled's snapshot is of all of it.
    assert!(asked.indexed().is_some());
    copy(&asked.place(), &whole);
    let long = std::env::var_os("LEDGIT_LONG").is_some();
    let mut tried = 0;
    for file in files(&whole) {
        let bytes = fs::read(&file).unwrap();
        let target = asked.place().join(file.file_name().unwrap());
        // What sled has not written to is zero.
        let written: Vec<_> = (0..bytes.len()).filter(|at| bytes[*at] != 0).collect();
        let step = if long { 1 } else { (written.len() / 40).max(1) };
        for at in written.iter().copied().step_by(step) {
            copy(&whole, &asked.place());
            let mut changed = bytes.clone();
            changed[at] ^= 1 << (at % 8);
            fs::write(&target, changed).unwrap();
            asked.same(&expected, &format!("byte {at} of {}", file.display()));
            tried += 1;
        }
        for length in [0, 1, bytes.len() / 2, bytes.len().saturating_sub(1)] {
            copy(&whole, &asked.place());
            fs::write(&target, &bytes[..length]).unwrap();
            asked.same(&expected, &format!("{length} bytes of {}", file.display()));
        }
        copy(&whole, &asked.place());
        fs::remove_file(&target).unwrap();
        asked.same(&expected, &format!("without {}", file.display()));
    }
    assert!(tried > 80, "{tried}");
    // sled is still used after all that.
    copy(&whole, &asked.place());
    assert_eq!(asked.indexed(), Some(asked.bank.open().checkpoint().size));
    assert_eq!(codes(&asked.bank.verify()), [""; 0]);
}

/// Well formed, of this checkpoint, and wrong: the log itself says no.
#[test]
fn c18_what_a_forged_index_affirms_is_held_against_the_log() {
    let asked = Asked::new(EAGER, &[20]);
    let expected = asked.answers(Indexing::NEVER);
    asked.same(&expected, "built");
    let (reached, aside) = {
        let index = Index::open(&asked.place()).unwrap();
        (index.reached().unwrap().clone(), tempfile::tempdir().unwrap())
    };
    let whole = aside.path().join("whole");
    copy(&asked.place(), &whole);
    let fresh = &asked.mixed[0].statement().envelope;
    let key = ledgit_core::replay::StatementKey::of(&fresh.iss, &fresh.cti);
    let head = Term::head(5, &ledgit_core::replay::HalfRoot([7; 16]));
    let record = |term, position| Record { term, position };
    for (why, forged) in [
        ("a key of another", record(Term::key(&key), 3)),
        ("a key past the end", record(Term::key(&key), 1 << 40)),
        ("a head", record(head, 5)),
        ("a leaf", record(Term::leaf(&LeafHash([9; 32])), 4)),
        ("a leaf past the end", record(Term::leaf(&LeafHash([9; 32])), u64::MAX)),
        ("a name", record(Term::name("credit@3"), 3)),
        ("a name past the end", record(Term::name("credit@3"), 1 << 40)),
    ] {
        copy(&whole, &asked.place());
        Index::open(&asked.place()).unwrap().write(reached.clone(), &[forged]).unwrap();
        asked.same(&expected, why);
        let left = Index::open(&asked.place()).unwrap().positions(&forged.term).unwrap();
        assert!(!left.contains(&forged.position), "{why}: it was thrown away");
    }
    let change = |change: &dyn Fn(&mut Reached)| {
        let mut forged = reached.clone();
        change(&mut forged);
        forged
    };
    for (why, forged) in [
        ("ledger", change(&|forged| forged.ledger.0[0] ^= 1)),
        ("root", change(&|forged| forged.root.0[0] ^= 1)),
        ("commit", change(&|forged| forged.commit[0] ^= 1)),
        ("size", change(&|forged| forged.size -= 1)),
        ("size past the end", change(&|forged| forged.size += 1)),
        ("no authority", change(&|forged| forged.standing.decisive.clear())),
        ("authority by another", change(&|forged| forged.standing.decisive = vec![0, 3])),
    ] {
        copy(&whole, &asked.place());
        Index::open(&asked.place()).unwrap().write(forged, &[]).unwrap();
        asked.same(&expected, why);
        let left = Index::open(&asked.place()).unwrap();
        assert_eq!(left.reached(), Some(&reached), "{why}: it was made anew");
    }
}

/// What sled itself can't notice: values that are gone, changed, exchanged or old.
#[test]
fn c18_what_sled_loses_or_mixes_up_is_noticed() {
    let mut asked = Asked::new(EAGER, &[20]);
    let aside = tempfile::tempdir().unwrap();
    let (whole, old) = (aside.path().join("whole"), aside.path().join("old"));
    asked.answers(EAGER);
    copy(&asked.place(), &old);
    asked.bank.fill(300);
    let expected = asked.answers(Indexing::NEVER);
    asked.same(&expected, "built");
    copy(&asked.place(), &whole);
    let all = |place: &Path| {
        let database = opened(place);
        database.iter().map(Result::unwrap).collect::<Vec<_>>()
    };
    let (now, before) = (all(&asked.place()), all(&old));
    assert!(now.len() > 6, "{}", now.len());
    let put = |key: &sled::IVec, value: Option<&[u8]>| {
        copy(&whole, &asked.place());
        let database = opened(&asked.place());
        match value {
            Some(value) => database.insert(key, value).unwrap(),
            None => database.remove(key).unwrap(),
        };
        database.flush().unwrap();
        drop(database);
        asked.same(&expected, &format!("{key:?} {:?}", value.map(<[u8]>::len)));
    };
    for (at, (key, value)) in now.iter().enumerate() {
        put(key, None);
        put(key, Some(&now[(at + 1) % now.len()].1));
        for flip in [0, value.len() / 2, value.len() - 1] {
            let mut changed = value.to_vec();
            changed[flip] ^= 1;
            put(key, Some(&changed));
        }
        put(key, Some(&value[..value.len() - 24]));
    }
    let standing = |all: &[(sled::IVec, sled::IVec)]| {
        all.iter().find(|(key, _)| &key[..] == b"standing").unwrap().1.to_vec()
    };
    put(&"standing".into(), Some(&standing(&before)));
}
