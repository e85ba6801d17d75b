//! What fresh clones hold, and what old ones do.

use std::fs;

use crate::office::{OTHER, Office, SECRET, codes};

#[test]
fn h40_no_command_or_object_in_a_fresh_clone_gives_the_bytes_back() {
    let office = Office::new();
    let digest = office.log_both();
    let repo = office.path("repo");
    office.there(&repo, &["clone", ".", "../before"]).good();
    let entry = office.agreed(&digest, "gdpr-17-1-a");
    // In effect and not carried out: it is still here, and that is said.
    let said = office.verified();
    assert_eq!(codes(&said, "notes"), ["LG3310"]);
    assert!(office.gives_back(&repo, SECRET));
    let told = office.apply(&digest, &[]).good().stdout;
    assert!(told.contains("clones that others made before keep what they have"), "{told}");
    // Here.
    let said = office.verified();
    assert_eq!(said["evidence"]["erased"], 1, "{said:#}");
    assert_eq!(
        (&said["evidence"]["missing"], &said["evidence"]["mismatch"]),
        (&0.into(), &0.into())
    );
    assert_eq!(codes(&said, "notes"), ["LG3311"]);
    let note = said["notes"][0]["message"].as_str().unwrap();
    assert!(note.contains(&format!("erased by entry {entry}, ")), "{note}");
    assert!(office.ledgit(&["verify"]).good().stdout.contains("1 lawfully erased"));
    assert!(!office.gives_back(&repo, SECRET) && office.gives_back(&repo, OTHER));
    office.is_whole(&repo);
    // In every sort of fresh clone.
    office.there(&repo, &["clone", ".", "../after"]).good();
    office.git(&["clone", "-q", "--mirror", ".", "../mirror"]);
    office.git(&["clone", "-q", "--mirror", "--no-local", ".", "../sent"]);
    office.git(&["clone", "-q", ".", "../plain"]);
    for name in ["after", "mirror", "sent", "plain"] {
        let clone = office.path(name);
        assert!(!office.gives_back(&clone, SECRET), "{name}");
        office.is_whole(&clone);
    }
    let after = office.path("after");
    assert!(office.gives_back(&after, OTHER));
    office.there(&after, &["verify", "--trust-first-use"]).good();
    let asked = ["evidence", "show", &digest, "--output", "../out"];
    office.there(&after, &asked).fails(2, "LG2074");
    assert!(!office.path("out").exists());
    office.there(&after, &["trace", &digest]).good();
    // A clone from before has the bytes in the clear: nobody can call them back.
    let before = office.path("before");
    assert!(office.gives_back(&before, SECRET));
    // From there it comes back, which is said and is no fault.
    let path = before.display().to_string();
    office.git_there(
        &after,
        &["fetch", "-q", &path, "refs/ledgit/evidence/*:refs/ledgit/evidence/*"],
    );
    let told = office.there(&after, &["verify"]).good().stdout;
    assert!(told.contains("LG3310") && told.contains("still here, or again"), "{told}");
    // It can be carried out there, too.
    office.there(&after, &["erase", "--apply", &digest, "--gc"]).good();
    assert!(!office.gives_back(&after, SECRET) && office.gives_back(&after, OTHER));
    assert!(office.there(&after, &["verify"]).good().stdout.contains("LG3311"));
}

#[test]
fn h40_from_a_clone_made_before_encrypted_evidence_gives_nothing() {
    let office = Office::new();
    let digest = office.document("secret.txt", "log", &["--private"]);
    let repo = office.path("repo");
    assert!(!office.gives_back(&repo, SECRET), "it is never stored in the clear");
    office.there(&repo, &["clone", ".", "../before"]).good();
    let before = office.path("before");
    let show = |out: &str| office.there(&before, &["evidence", "show", &digest, "--output", out]);
    show("../then").good();
    assert_eq!(fs::read_to_string(office.path("then")).unwrap(), SECRET);
    // The key's bytes, to look for afterwards.
    let state = office.path("home/state");
    let secrets = secrets(&state);
    assert_eq!(secrets.len(), 1);
    office.agreed(&digest, "gdpr-17-1-a");
    let told = office.apply(&digest, &[]).good().stdout;
    assert!(told.contains("1 destroyed"), "{told}");
    // The ciphertext is still in the old clone, and no key is anywhere.
    assert!(office.gives_back(&before, "age-encryption.org/v1"));
    assert!(!office.gives_back(&repo, "age-encryption.org/v1"));
    show("../now").fails(2, "LG2075");
    assert!(!office.path("now").exists());
    assert_eq!(crate::clones::secrets(office.root.path()), Vec::<String>::new());
    office.git_there(&before, &["fetch", "-q", "origin", "refs/ledgit/log:refs/ledgit/log"]);
    show("../now").fails(2, "LG2074");
    assert!(
        office.there(&before, &["verify", "--trust-first-use"]).good().stdout.contains("LG3310")
    );
    office.verified();
}

/// Secret keys of age in any file at or below a directory.
pub fn secrets(directory: &std::path::Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(secrets(&path));
        } else if path.is_file() {
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
            found.extend(text.lines().filter(|l| l.contains("AGE-SECRET-KEY-")).map(str::to_owned));
        }
    }
    found
}

#[test]
fn h34_at_a_remote_the_rest_takes_the_place_of_the_batch() {
    let office = Office::new();
    let digest = office.log_both();
    office.git(&["clone", "-q", "--mirror", ".", "../host"]);
    office.git(&["remote", "add", "host", "../host"]);
    let host = office.path("host");
    office.agreed(&digest, "gdpr-17-1-a");
    let key = office.path("repo");
    let told = office.apply(&digest, &["--remote", "host"]).good().stdout;
    assert!(told.contains("host: 1 refs deleted") && told.contains("gc --prune=now"), "{told}");
    // Its refs do not reach it any more: a clone over the wire has nothing of it.
    let url = format!("file://{}", host.display());
    office.git_there(&key, &["push", "-q", "host", "refs/ledgit/log:refs/ledgit/log"]);
    office.there(office.root.path(), &["clone", &url, "fresh"]).good();
    let fresh = office.path("fresh");
    assert!(!office.gives_back(&fresh, SECRET) && office.gives_back(&fresh, OTHER));
    office.there(&fresh, &["verify", "--trust-first-use"]).good();
    // The host still has the object, as was said, until it prunes.
    assert!(office.gives_back(&host, SECRET));
    office.git_there(&host, &["gc", "-q", "--prune=now"]);
    assert!(!office.gives_back(&host, SECRET) && office.gives_back(&host, OTHER));
    // Once more, at one that was away then: what is to go was written down.
    office.git_there(&key, &["push", "-q", "host", ":refs/ledgit/evidence/none"]);
    let said = office.json(&["erase", "--apply", &digest, "--remote", "host"]);
    assert_eq!((&said["remotes"][0]["refs_deleted"], &said["exit"]), (&0.into(), &0.into()));
}

#[test]
fn h34_a_remote_that_was_away_is_served_later_and_one_that_moved_on_is_left() {
    let office = Office::new();
    let digest = office.log_both();
    for name in ["one", "two"] {
        office.git(&["clone", "-q", "--mirror", ".", &format!("../{name}")]);
        office.git(&["remote", "add", name, &format!("../{name}")]);
    }
    let two = office.path("two");
    let old = office.git(&["for-each-ref", "--format=%(refname)", "refs/ledgit/evidence"]);
    office.agreed(&digest, "gdpr-17-1-a");
    office.apply(&digest, &[]).good();
    // There the batch's name is another commit's.
    let other = office.git_there(&two, &["rev-parse", "refs/ledgit/log"]).trim().to_owned();
    for name in old.lines() {
        office.git_there(&two, &["update-ref", name, &other]);
    }
    let ran = office.apply(&digest, &["--remote", "one", "--remote", "two"]);
    assert_eq!(ran.exit, Some(3), "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("one: 1 refs deleted"), "{}", ran.stdout);
    assert!(ran.stdout.contains("LEFT        two: "), "{}", ran.stdout);
}
