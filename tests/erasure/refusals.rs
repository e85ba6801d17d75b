//! What is not erased, and what is said instead.

use std::fs;

use crate::office::{Office, SECRET, codes};

#[test]
fn h12_a_rule_of_retention_is_named_with_its_date_and_source() {
    let office = Office::new();
    let digest = office.document("secret.txt", "report", &[]);
    let key = office.key("ci");
    let size = office.size();
    let ask = |ground: &str| {
        let authoriser = ["--authoriser", "ben@bank.example"];
        let erase = ["erase", &digest, "--ground", ground, "--key", &key];
        office.ledgit(&[&erase[..], &authoriser].concat())
    };
    let said = ask("gdpr-17-1-a").fails(3, "LG3313").stderr;
    for part in ["ai-act-18-1", "Article 18(1)", "T00:00:00Z", "2024/1689"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    // The sequencer says the same where the command does not look.
    let erase = ["erase", &digest, "--ground", "gdpr-17-1-a", "--key", &key];
    let retry = ["--authoriser", "ben@bank.example", "--idempotency-key", "x"];
    let said = office.ledgit(&[&erase[..], &retry].concat()).fails(2, "LG2025").stderr;
    assert!(said.contains("[LG1026]"), "{said}");
    assert_eq!(office.size(), size, "nothing was written");
    office.apply(&digest, &[]).fails(3, "LG3312");
    ask("court-order").good();
}

#[test]
fn h01_nothing_is_carried_out_before_it_is_in_effect() {
    let office = Office::new();
    let digest = office.log_both();
    let entry = office.ask(&digest, "gdpr-17-1-a");
    let refs = || office.git(&["for-each-ref", "refs/ledgit/evidence"]);
    let before = refs();
    office.apply(&digest, &[]).fails(3, "LG3312");
    office.vote(&entry, "ana");
    let said = office.apply(&digest, &[]).fails(3, "LG3312").stderr;
    assert!(said.contains("missing 1 person"), "{said}");
    assert_eq!(refs(), before);
    // A copy that lost it meanwhile: it is missing, and not erased.
    let copy = Office(office.copy());
    for name in copy.git(&["for-each-ref", "--format=%(refname)", "refs/ledgit/evidence"]).lines() {
        copy.git(&["update-ref", "-d", name]);
    }
    let said = copy.json(&["verify", "--trust-first-use"]);
    assert_eq!((&said["exit"], &said["evidence"]["erased"]), (&4.into(), &0.into()));
    assert!(codes(&said, "undecided").contains(&"LG4003".to_owned()), "{said:#}");
    office.vote(&entry, "ben");
    office.apply(&digest, &[]).good();
}

#[test]
fn h11_rosters_and_what_nobody_names_are_refused_and_nothing_is_written() {
    let office = Office::new();
    let key = office.key("ana");
    let roster = office.ledgit(&["roster", "show"]).good().stdout;
    fs::write(office.path("roster.yaml"), roster).unwrap();
    office.ledgit(&["roster", "propose", "../roster.yaml", "--key", &key]).good();
    let size = office.size();
    let listed = office.json(&["evidence", "list"]);
    let roster = listed["evidence"].as_array().unwrap().last().unwrap()["sha256"].clone();
    let roster = roster.as_str().unwrap();
    let ask = ["--ground", "court-order", "--key", &key];
    let said = office.ledgit(&[&["erase", roster][..], &ask].concat()).fails(2, "LG2025").stderr;
    assert!(said.contains("[LG1025]"), "{said}");
    let nothing = "0".repeat(64);
    office.ledgit(&[&["erase", &nothing][..], &ask].concat()).fails(2, "LG2010");
    assert_eq!(office.size(), size);
}

#[test]
fn h16_what_is_erased_is_not_recorded_again() {
    let office = Office::new();
    let digest = office.log_both();
    office.agreed(&digest, "gdpr-17-1-a");
    office.apply(&digest, &[]).good();
    let key = office.key("ci");
    let again = ["record", "document", "secret.txt", "--type", "log", "--key", &key];
    let said = office.ledgit(&again).fails(2, "LG2025").stderr;
    assert!(said.contains("[LG1027]"), "{said}");
    assert!(!office.gives_back(&office.path("repo"), SECRET), "nothing was written");
}

/// One person is named and the other is left: with two persons there is one choice.
#[test]
fn h15_the_only_other_person_need_not_be_named() {
    let office = Office::new();
    let digest = office.log_both();
    let ana = office.key("ana");
    let said = office.json(&["erase", &digest, "--ground", "gdpr-17-1-a", "--key", &ana]);
    assert_eq!(said["authoriser"], "ben@bank.example", "{said:#}");
    let ci = office.key("ci");
    let unnamed = ["erase", &digest, "--ground", "gdpr-17-1-a", "--key", &ci];
    office.ledgit(&unnamed).fails(2, "LG2050");
    // Ana asked, so ben's vote is the second.
    office.vote(&said["entry"].to_string(), "ben");
    office.apply(&digest, &[]).good();
}
