//! Roster documents (`spec/roster.md`, U-01 to U-11, and Z-01 to Z-06): what is read, and one row for
//! each way to be refused.

mod support;

#[path = "roster/written.rs"]
mod written;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::Signer as _;
use ledgit_core::authority::{Roster, enrolment};
use ledgit_core::digest::LedgerId;
use ledgit_core::statement::PrincipalKind;
use support::*;

fn proof(ledger: LedgerId, holder: &str, seed: u8, of: u8) -> String {
    let message = enrolment(ledger, holder, &public(of));
    STANDARD.encode(key(seed).sign(&message).to_bytes())
}

/// The shape of the specification's example; `KEY 2` stands for a key's text, `PROOF 2` for a proof.
const EXAMPLE: &str = "\
ledgit: roster/1
own-work: refused              # or allowed
people:
  ana@bank.example:
    - key: KEY 2
      proof: PROOF
  ben@bank.example:
    - key: KEY 3
    - key: KEY 4
  cleo@bank.example:
    - key: KEY 7
services:
  ci-train:
    - key: KEY 5
groups:
  ai-ethics: [ana@bank.example, ben@bank.example]
  builders: [ci-train]
grants:
  - to: [ci-train]
    kinds: [dataset, model, metric, cost, document, run]
  - to: [ai-ethics, cleo@bank.example]
    kinds: [document]
    subjects: [credit, '*', 'loans: all']
thresholds:
  roster: 2
  log-key: {persons: 2, groups: {ai-ethics: 1}}
  correction: 1
compromised:
  - key: KEY 6
    since: 413
";

/// The example after a change, with keys and proofs in their places.
fn changed(from: &str, to: &str) -> String {
    assert_eq!(EXAMPLE.matches(from).count(), 1, "{from:?}");
    filled(&EXAMPLE.replacen(from, to, 1))
}

fn filled(text: &str) -> String {
    let mut text = text.replace("PROOF", &proof(LEDGER, "ana@bank.example", 2, 2));
    for seed in (1..=60).rev() {
        text = text.replace(&format!("KEY {seed}"), &public(seed).ssh_text());
    }
    text
}

fn parse(text: &str) -> Result<Roster, ledgit_core::yaml::YamlError> {
    Roster::parse(text.as_bytes(), LEDGER)
}

#[track_caller]
fn refused(text: &str, why: &str, line: usize) {
    let error = parse(text).expect_err(why);
    assert!(error.why.contains(why), "{error}, not {why:?}\n{text}");
    if line > 0 {
        assert_eq!(error.line, line, "{error}\n{text}");
    }
}

#[test]
fn the_example_is_read_as_it_says() {
    let roster = parse(&filled(EXAMPLE)).unwrap();
    assert_eq!(roster.persons().count(), 3);
    assert_eq!(roster.members[&text("ci-train")].kind, PrincipalKind::Service);
    assert_eq!(roster.members[&text("ben@bank.example")].keys.len(), 2);
    assert!(roster.members[&text("ana@bank.example")].keys[&public(2)].is_some());
    assert!(!roster.own_work);
    assert_eq!(roster.groups[&text("builders")], [text("ci-train")].into());
    let grants = roster.grants.as_ref().unwrap();
    assert_eq!((grants.len(), grants[0].kinds.len(), grants[0].subjects.is_none()), (2, 6, true));
    assert!(grants[1].subjects.as_ref().unwrap().contains(&text("*")), "a name like any other");
    let thresholds = &roster.thresholds;
    assert_eq!((thresholds.roster.persons, thresholds.correction.persons), (2, 1));
    assert_eq!(thresholds.log_key.groups, [(text("ai-ethics"), 1)].into());
    assert_eq!(roster.compromised, [(public(6), 413)].into());
    assert_eq!(roster.void_from(&public(6).thumbprint()), Some(413));
}

#[test]
fn what_may_be_left_out_is() {
    let least = "ledgit: roster/1\nown-work: allowed\npeople:\n  a:\n    - key: KEY 2\nthresholds: {roster: 1}\n";
    let roster = parse(&filled(least)).unwrap();
    assert!(roster.own_work && roster.grants.is_none() && roster.groups.is_empty());
    assert_eq!(roster.thresholds.log_key, roster.thresholds.roster);
    assert_eq!(roster.thresholds.correction, roster.thresholds.roster);
    let refusing = parse(&changed("own-work: refused              # or allowed\n", "")).unwrap();
    assert!(!refusing.own_work, "refused where it is left out");
    let nothing = changed(
        EXAMPLE.split_once("grants:\n").unwrap().1.split_once("thresholds").unwrap().0,
        "  []\n",
    );
    assert_eq!(parse(&nothing).unwrap().grants, Some(vec![]), "nobody may record");
}

/// What is changed in the example, what it becomes, a piece of the message, and the line (0: any).
const ROWS: &[(&str, &str, &str, usize)] = &[
    // U-01, Z-06
    ("ledgit: roster/1\n", "", "\"ledgit\" is missing", 0),
    ("roster/1", "roster/2", "this reads roster/1 alone", 1),
    ("ledgit: roster/1", "ledgit: [roster/1]", "a text belongs here", 1),
    ("people:\n", "folk:\n", "\"folk\" is not known here", 0),
    ("refused ", "perhaps ", "own-work is refused or allowed", 2),
    ("refused ", "false ", "own-work is refused or allowed", 2),
    ("services:\n", "people:\n", "stands twice", 12),
    // U-02
    ("    - key: KEY 5\n", "    []\n", "1 to 16 keys", 14),
    ("    - key: KEY 5\n", "    key: KEY 5\n", "a list belongs here", 14),
    ("  ci-train:\n", "  ana@bank.example:\n", "is a person and a service", 14),
    ("  ci-train:\n", "  CI:\n", "character U+0043", 14),
    ("  ci-train:\n", "  '':\n", "an id has 0 bytes", 14),
    // U-03
    ("KEY 5", "KEY 5 ci@host", "without a comment", 14),
    ("KEY 5", "'KEY 5 '", "without a comment", 14),
    ("KEY 5", "ssh-rsa AAAA", "without a comment", 14),
    ("KEY 5", "ssh-ed25519", "without a comment", 14),
    ("KEY 5", "ssh-ed25519 AAAA", "without a comment", 14),
    ("    - key: KEY 5\n", "    - proof: PROOF\n", "\"key\" is missing", 14),
    ("    - key: KEY 5\n", "    - key: KEY 5\n      name: x\n", "\"name\" is not known here", 15),
    ("KEY 4", "KEY 3", "this key stands twice", 9),
    ("KEY 5", "KEY 3", "is ben@bank.example's and ci-train's", 0),
    // U-04
    ("[ci-train]\ngrants", "[dan]\ngrants", "dan is not in this roster", 17),
    ("[ci-train]\ngrants", "[ci-train, ci-train]\ngrants", "it stands twice", 17),
    ("[ci-train]\ngrants", "[]\ngrants", "the list is empty", 17),
    ("[ci-train]\ngrants", "[ai-ethics]\ngrants", "ai-ethics is not in this roster", 17),
    ("[ci-train]\ngrants", "[builders]\ngrants", "builders is not in this roster", 17),
    ("  builders:", "  Builders:", "character U+0042", 17),
    // U-05
    ("  builders:", "  ci-train:", "ci-train is a group and a member", 0),
    ("  builders:", "  a1-eth1cs:", "too much alike", 0),
    ("  builders:", "  citrain:", "too much alike", 0),
    ("  cleo@bank.example:\n", "  clE0@bank.example:\n", "character U+0045", 11),
    ("  cleo@bank.example:\n", "  b.e_n@bank-example:\n", "too much alike", 0),
    // U-06
    ("[dataset, model, metric, cost, document, run]", "[dataset, gift]", "a grant allows", 20),
    ("[dataset, model, metric, cost, document, run]", "[approval]", "a grant allows", 20),
    ("[dataset, model, metric, cost, document, run]", "[proposal]", "a grant allows", 20),
    ("[dataset, model, metric, cost, document, run]", "[genesis]", "a grant allows", 20),
    ("[dataset, model, metric, cost, document, run]", "[run, run]", "it stands twice", 20),
    ("[dataset, model, metric, cost, document, run]", "[]", "the list is empty", 20),
    ("to: [ci-train]", "to: [dan]", "dan is not in this roster", 19),
    ("to: [ci-train]", "to: []", "the list is empty", 19),
    ("  - to: [ci-train]\n    kinds", "  - kinds", "\"to\" is missing", 19),
    ("    kinds: [document]\n", "", "\"kinds\" is missing", 21),
    ("[credit, '*', 'loans: all']", "[]", "the list is empty", 23),
    ("[credit, '*', 'loans: all']", "[credit, credit]", "it stands twice", 23),
    ("[credit, '*', 'loans: all']", "[\"a\\u200bb\"]", "U+200B", 23),
    ("subjects:", "except:", "\"except\" is not known here", 23),
    // U-07, Z-05
    ("  roster: 2\n", "", "\"roster\" is missing", 0),
    ("  roster: 2\n", "  roster: two\n", "no whole number", 25),
    ("  roster: 2\n", "  roster: 02\n", "no whole number", 25),
    ("  roster: 2\n", "  roster: +2\n", "no whole number", 25),
    ("  roster: 2\n", "  roster: 2.0\n", "no whole number", 25),
    ("  roster: 2\n", "  roster: -1\n", "no whole number", 25),
    ("  roster: 2\n", "  roster: 1e0\n", "no whole number", 25),
    ("  roster: 2\n", "  roster: [2]\n", "a text belongs here", 25),
    ("{persons: 2, groups", "{groups", "\"persons\" is missing", 26),
    ("{persons: 2, groups: {ai-ethics: 1}}", "{persons: 2}", "\"groups\" is missing", 26),
    ("{ai-ethics: 1}", "{ai-ethics: x}", "no whole number", 26),
    ("  correction: 1\n", "  corrections: 1\n", "\"corrections\" is not known here", 27),
    // U-08
    ("  roster: 2\n", "  roster: 0\n", "threshold roster: at least one person", 0),
    ("  roster: 2\n", "  roster: 4\n", "threshold roster: there are too few persons", 0),
    ("  roster: 2\n", "  roster: 18446744073709551615\n", "too few persons", 0),
    ("  roster: 2\n", "  roster: 18446744073709551616\n", "no whole number", 25),
    ("  correction: 1\n", "  correction: 0\n", "threshold correction: at least one", 0),
    ("{ai-ethics: 1}", "{ai-ethics: 0}", "threshold log-key: at least one person", 0),
    ("{ai-ethics: 1}", "{ai-ethics: 3}", "threshold log-key: there are too few", 0),
    ("{ai-ethics: 1}", "{builders: 1}", "threshold log-key: there are too few", 0),
    ("{ai-ethics: 1}", "{nobody: 1}", "there is no group nobody", 0),
    ("{ai-ethics: 1}", "{ana@bank.example: 1}", "there is no group ana@bank.example", 0),
    // U-10
    ("PROOF", "3q2+7w==", "a proof is the base64 of 64 bytes", 6),
    ("PROOF", "garbage", "a proof is the base64 of 64 bytes", 6),
    ("PROOF", "[PROOF]", "a text belongs here", 6),
    // U-11
    ("KEY 6", "KEY 2", "is compromised and ana@bank.example's", 0),
    ("    since: 413\n", "", "\"since\" is missing", 29),
    ("    since: 413\n", "    since: soon\n", "no whole number", 30),
    (
        "    since: 413\n",
        "    since: 413\n  - {key: KEY 6, since: 1}\n",
        "this key stands twice",
        31,
    ),
    ("  - key: KEY 6\n    since: 413\n", "  []\n", "the list is empty", 0),
    // Z-02, Z-03
    ("ledgit: roster/1", "ledgit: !!str roster/1", "tags", 1),
    ("[ci-train]\ngrants", "&x [ci-train]\ngrants", "anchors", 17),
    ("    since: 413\n", "    since: 413\n---\n{}\n", "second document", 0),
    ("ledgit: roster/1\n", "%YAML 1.1\n---\nledgit: roster/1\n", "directives", 1),
    ("ledgit: roster/1\n", "<<: {ledgit: roster/1}\n", "\"<<\" is not known here", 0),
];

#[test]
fn each_way_to_be_refused_has_its_reason_and_line() {
    for (from, to, why, line) in ROWS {
        refused(&changed(from, to), why, *line);
    }
}

#[test]
fn u02_the_numbers_of_keys_and_members_have_limits() {
    let keys = |most: u8| (20..20 + most).map(|seed| format!("    - key: KEY {seed}\n"));
    let with = |most| changed("    - key: KEY 5\n", &keys(most).collect::<String>());
    assert!(parse(&with(16)).is_ok());
    refused(&with(17), "1 to 16 keys", 14);
    let only_services = "ledgit: roster/1\npeople: {}\nservices:\n  ci:\n    - key: KEY 2\nthresholds: {roster: 1}\n";
    refused(&filled(only_services), "the roster has no person", 0);
    let map = EXAMPLE.split_once("thresholds:\n").unwrap().0;
    refused(&filled(map), "\"thresholds\" is missing", 0);
    let people = EXAMPLE.split_once("services:\n").unwrap().0.split_once("people:\n").unwrap().1;
    let without = EXAMPLE.replace(people, "").replace("people:\n", "");
    refused(&filled(&without), "\"people\" is missing", 0);
}

/// U-03: one text for each key. The base64 may not be written otherwise, nor the blob.
#[test]
fn u03_a_key_has_one_text() {
    let key = public(5).ssh_text();
    let base64 = key.strip_prefix("ssh-ed25519 ").unwrap().to_owned();
    let blob = public(5).ssh_blob();
    let other = |blob: &[u8]| format!("ssh-ed25519 {}", STANDARD.encode(blob));
    let last = base64.trim_end_matches('=').len();
    for text in [
        format!("ssh-ed25519  {base64}"),
        format!("ssh-ed25519\t{base64}"),
        format!("SSH-ED25519 {base64}"),
        base64.clone(),
        format!("ssh-ed25519 {}", base64.trim_end_matches('='))
            .replace(&base64, &base64[..last - 1]),
        other(&[&blob[..], &[0]].concat()),
        other(&blob[..50]),
        other(&blob[19..]),
    ] {
        refused(
            &changed("KEY 5", &format!("\"{}\"", text.replace('\t', "\\t"))),
            "without a comment",
            14,
        );
    }
}

/// K-01, K-02: keys of small order, a key that is not reduced, and bytes that are no point.
#[test]
fn a23_weak_keys_are_refused() {
    for (bytes, why) in weak_keys() {
        let text = format!("ssh-ed25519 {}", STANDARD.encode(ssh_blob(&bytes)));
        refused(&changed("KEY 5", &text), why, 14);
        refused(&changed("KEY 6", &text), why, 29);
    }
}

#[test]
fn u10_a_proof_is_of_this_ledger_this_name_and_this_key() {
    let (ana, other) = ("ana@bank.example", LedgerId([9; 32]));
    let zeros = STANDARD.encode([0; 64]);
    for proof in [
        proof(other, ana, 2, 2),
        proof(LEDGER, "ben@bank.example", 2, 2),
        proof(LEDGER, ana, 2, 3),
        proof(LEDGER, ana, 3, 2),
        zeros,
    ] {
        refused(&changed("PROOF", &proof), "the proof of ana@bank.example for ssh-ed25519", 5);
    }
    // A proof that is there must hold, whether or not the roster needs it.
    assert!(parse(&changed("      proof: PROOF\n", "")).is_ok());
}

#[test]
fn u09_a_threshold_that_nobody_can_meet_is_refused() {
    let with = |rest: &str| {
        let people = ["a", "b", "c"].iter().zip(2..);
        let people = people.map(|(id, seed)| format!("  {id}:\n    - key: KEY {seed}\n"));
        filled(&format!("ledgit: roster/1\npeople:\n{}{rest}\n", people.collect::<String>()))
    };
    let services = "services:\n  ci:\n    - key: KEY 9\n";
    let why = "it can't be met, since who proposes does not approve";
    refused(&with("thresholds: {roster: 3}"), why, 0);
    assert!(parse(&with("thresholds: {roster: 2}")).is_ok());
    assert!(parse(&with("own-work: allowed\nthresholds: {roster: 3}")).is_ok());
    assert!(parse(&with(&format!("{services}thresholds: {{roster: 3}}"))).is_ok());
    refused(&with("thresholds: {roster: 2, log-key: 3}"), why, 0);
    refused(&with("thresholds: {roster: 2, correction: 3}"), why, 0);
    // Groups that need everybody of theirs leave nobody to propose, or somebody outside.
    let groups = |wanted: &str| {
        let roster = format!("roster: {{persons: 1, groups: {{{wanted}}}}}");
        with(&format!("groups: {{g: [a, b], h: [b, c]}}\nthresholds: {{{roster}}}"))
    };
    assert!(parse(&groups("g: 2")).is_ok());
    assert!(parse(&groups("g: 1, h: 1")).is_ok());
    assert!(parse(&groups("g: 2, h: 1")).is_ok());
    refused(&groups("g: 2, h: 2"), why, 0);
}

/// A24: of each pair of names that people take for one another, one is refused or both are.
#[test]
fn a24_confusable_ids_are_refused() {
    let path =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hostile/names/confusable_pairs.json");
    let pairs: Vec<serde_json::Value> =
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert_eq!(pairs.len(), 20);
    for pair in pairs {
        let quoted = |name: &str| serde_json::to_string(pair[name].as_str().unwrap()).unwrap();
        let (a, b) = (quoted("a"), quoted("b"));
        let people =
            changed("  cleo@bank.example:\n", &format!("  {a}:\n    - key: KEY 8\n  {b}:\n"));
        let error = parse(&people).unwrap_err();
        let reasons = ["an id has", "too much alike", "line"];
        assert!(reasons.iter().any(|why| error.to_string().contains(why)), "{error}");
        // As a person and a group, too.
        let group = changed("  cleo@bank.example:\n", &format!("  {a}:\n"))
            .replace("  builders:", &format!("  {b}:"));
        assert!(parse(&group.replace("cleo@bank.example", "ana@bank.example")).is_err(), "{a} {b}");
    }
}
