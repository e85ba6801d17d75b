//! Witness policies: a real one, every way to be wrong, and whom a quorum counts (W-20 to W-25).

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ledgit_core::checkpoint::{NoteKeyKind, NoteSignature, SignedNote, VerifierKey};
use ledgit_core::digest::{Sha256, to_hex};
use ledgit_core::witness::*;

use super::made::*;

fn ratchet(name: &str) -> Vec<u8> {
    let logs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/logs/git-ratchet");
    fs::read(logs.join(name)).unwrap()
}

#[test]
fn the_policy_of_git_ratchet_is_met_by_every_one_of_its_notes() {
    let policy = Policy::parse(&ratchet("ratchet-checkpoint.policy")).unwrap();
    let witness = &policy.witnesses[0];
    assert_eq!(witness.key.name(), "github.com/BenBirt/git-witness");
    assert_eq!(witness.url.as_deref(), Some("github-issue://BenBirt/git-witness"));
    let log = String::from_utf8(ratchet("origin-vkeys.txt")).unwrap();
    let log: VerifierKey = log.trim_end().parse().unwrap();
    for name in ["heads-main", "tag-v0.1.4", "tag-v0.1.5", "tag-v0.1.6", "tag-v0.1.7", "tag-v0.1.8"]
    {
        let note = SignedNote::parse(&ratchet(&format!("{name}.note"))).unwrap();
        note.verify(&log).unwrap();
        let standing = policy.standing(&note);
        assert_eq!(standing.log, LogSigned::NotAsked);
        assert!(standing.is_met(), "{name}: {standing:?}");
        assert!(
            matches!(standing.witnesses[0].cosigned, Cosigned::Yes(time) if time > 1_782_000_000)
        );
        // Without the witness, or with its signature of another note, it is not.
        let mut bare = note.clone();
        bare.retain(|line| line.is_by(&log));
        assert!(!policy.standing(&bare).is_met());
        let other = if name == "heads-main" { "tag-v0.1.4" } else { "heads-main" };
        let other = SignedNote::parse(&ratchet(&format!("{other}.note"))).unwrap();
        bare.add(other.signatures()[1].clone());
        let standing = policy.standing(&bare);
        assert_eq!(standing.witnesses[0].cosigned, Cosigned::Bad);
        assert!(!standing.is_met());
    }
}

fn witness(seed: u8) -> VerifierKey {
    Seeded::new(seed).vkey(&format!("w{seed}.example"), NoteKeyKind::Cosignature)
}

/// Two groups as in the specification's own example.
fn example() -> String {
    let mut text = format!("log {}\n\n", log_vkey());
    for (name, seed) in [("X1", 11), ("X2", 12), ("X3", 13), ("Y1", 21), ("Y2", 22), ("Y3", 23)] {
        text.push_str(&format!("witness {name} {} https://w.example/{name}\n", witness(seed)));
    }
    text.push_str("group X 2 X1 X2 X3\n# two of them\ngroup Y any Y1 Y2 Y3\n");
    text.push_str("group X-and-Y all X Y\n\t quorum\tX-and-Y \n");
    text
}

/// The log's note with cosignatures of these witnesses.
fn cosigned_by(seeds: &[u8]) -> SignedNote {
    let tree = Tree::of(3, 0, 0);
    let mut note = tree.note();
    for seed in seeds {
        note.add(cosign(&tree.text(), &witness(*seed), &Seeded::new(*seed), 7).unwrap());
    }
    note
}

#[test]
fn a_quorum_of_groups_is_met_by_those_and_no_fewer() {
    let policy = Policy::parse(example().as_bytes()).unwrap();
    assert_eq!((policy.logs.len(), policy.witnesses.len(), policy.groups.len()), (1, 6, 3));
    for (seeds, met) in [
        (&[11, 12, 21][..], true),
        (&[13, 11, 23], true),
        (&[11, 12, 13, 21, 22, 23], true),
        (&[11, 12, 13], false),
        (&[11, 21, 22, 23], false),
        (&[21], false),
        (&[], false),
        (&[11, 12, 31], false),
    ] {
        let standing = policy.standing(&cosigned_by(seeds));
        assert_eq!(standing.is_met(), met, "{seeds:?}");
        assert_eq!(standing.log, LogSigned::Yes(ORIGIN.into()));
        let yes = |one: &&Counted| one.cosigned == Cosigned::Yes(7);
        assert_eq!(
            standing.witnesses.iter().filter(yes).count(),
            seeds.len() - usize::from(seeds.contains(&31))
        );
    }
}

/// The message that is signed does not name the cosigner: a line under another name, with the same
/// key, holds as a signature and counts for nobody.
#[test]
fn h03_a_key_under_another_name_does_not_count_and_no_key_counts_twice() {
    let policy = Policy::parse(example().as_bytes()).unwrap();
    let mut note = cosigned_by(&[11, 21]);
    let alias = Seeded::new(11).vkey("alias.example", NoteKeyKind::Cosignature);
    note.add(cosign(note.text(), &alias, &Seeded::new(11), 7).unwrap());
    note.verify(&alias).unwrap();
    assert!(!policy.standing(&note).is_met());
    // Nor does a policy take one key under two names, or the log's as a witness'.
    let twice = format!("witness a {}\nwitness b {alias}\nquorum none\n", witness(11));
    let fault = |text: &str| Policy::parse(text.as_bytes()).unwrap_err();
    assert_eq!(fault(&twice), PolicyError { line: 2, fault: PolicyFault::Repeated(1) });
    let own = log_key().vkey("w.example", NoteKeyKind::Cosignature);
    let own = format!("log {}\nwitness a {own}\nquorum a\n", log_vkey());
    assert_eq!(fault(&own), PolicyError { line: 2, fault: PolicyFault::Repeated(1) });
    // The same line twice in a note is no line.
    let mut note = cosigned_by(&[11, 12, 21]);
    note.add(note.signatures()[1].clone());
    let standing = policy.standing(&note);
    assert_eq!(standing.witnesses[0].cosigned, Cosigned::Bad);
    assert!(!standing.is_met());
}

#[test]
fn h10_a_note_of_a_log_that_the_policy_does_not_list_is_not_good() {
    let policy = Policy::parse(example().as_bytes()).unwrap();
    let good = cosigned_by(&[11, 12, 21]);
    // The log's key is another.
    let mut unsigned = good.clone();
    unsigned.retain(|line| !line.is_by(&log_vkey()));
    let standing = policy.standing(&unsigned);
    assert!(standing.quorum && !standing.is_met(), "{standing:?}");
    // Another origin, by the same key and witnesses.
    let text = good.text().replace(ORIGIN, "other.example/log");
    let mut other = signed(&text);
    for seed in [11, 12, 21] {
        other.add(cosign(&text, &witness(seed), &Seeded::new(seed), 7).unwrap());
    }
    let standing = policy.standing(&other);
    assert!(standing.quorum && matches!(standing.log, LogSigned::No(_)));
    // Without logs in the policy it is for the caller to know.
    let lines = example().lines().skip(1).map(|line| format!("{line}\n")).collect::<String>();
    assert!(Policy::parse(lines.as_bytes()).unwrap().standing(&other).is_met());
}

fn ml_dsa(name: &str, byte: u8) -> (String, [u8; 4]) {
    let key = [&[6_u8][..], &[byte; 1_312]].concat();
    let id = Sha256::of(&[name.as_bytes(), b"\n", &key].concat()).0;
    let id = [id[0], id[1], id[2], id[3]];
    (format!("{name}+{}+{}", to_hex(&id), STANDARD.encode(key)), id)
}

#[test]
fn ml_dsa_44_is_recognised_said_to_be_not_verified_and_never_counted() {
    let (key, id) = ml_dsa("pq.example", 3);
    let text =
        format!("witness a {}\nwitness pq {key}\ngroup g any a pq\nquorum pq\n", witness(11));
    let policy = Policy::parse(text.as_bytes()).unwrap();
    assert_eq!(policy.witness_keys().count(), 1);
    let mut note = cosigned_by(&[11]);
    assert_eq!(policy.standing(&note).witnesses[1].cosigned, Cosigned::No);
    note.add(NoteSignature { name: "pq.example".into(), id, signature: vec![1; 2_428] });
    let standing = policy.standing(&note);
    assert_eq!(standing.witnesses[1].cosigned, Cosigned::NotVerified);
    assert!(!standing.is_met());
    let any = Policy::parse(text.replace("quorum pq", "quorum g").as_bytes()).unwrap();
    assert!(any.standing(&note).is_met());
    // A log's, too.
    let log = format!("log {}\nquorum none\n", ml_dsa(ORIGIN, 4).0);
    let log = Policy::parse(log.as_bytes()).unwrap();
    assert!(!log.standing(&note).is_met());
    // Another length is no such key, and another id not its own.
    let short = format!("pq.example+00000000+{}", STANDARD.encode([6; 33]));
    for bad in [short, key.replacen(&to_hex(&id), "00000000", 1)] {
        let text = format!("witness pq {bad}\nquorum pq\n");
        assert!(matches!(
            Policy::parse(text.as_bytes()),
            Err(PolicyError { line: 1, fault: PolicyFault::Key(_) })
        ));
    }
}

#[test]
fn a_policy_that_is_wrong_is_refused_with_its_line() {
    use PolicyFault::*;
    let good = example();
    let (log, a) = (log_vkey(), witness(11));
    let kinds = |bytes: &[u8]| Policy::parse(bytes).map(|_| ()).unwrap_err();
    let check = |text: &str, line: usize, fault: PolicyFault| {
        assert_eq!(kinds(text.as_bytes()), PolicyError { line, fault }, "{text}");
    };
    check("", 1, NoQuorum);
    check("# nothing\n\n", 2, NoQuorum);
    check("quorum none", 1, Unfinished);
    check("quorum none\nquorum none\n", 2, SecondQuorum);
    check("quorum a\n", 1, Unknown("a".into()));
    check("quorum\n", 1, Form("quorum NAME|none"));
    check("quorum none none\n", 1, Form("quorum NAME|none"));
    check("quorom none\n", 1, Word("quorom".into()));
    check("Quorum none\n", 1, Word("Quorum".into()));
    check("quorum none # why\n", 1, Form("quorum NAME|none"));
    check("quorum none\r\n", 1, Byte(b'\r'));
    check("quorum none\u{7f}\n", 1, Byte(0x7f));
    check("\0quorum none\n", 1, Byte(0));
    check("log\n", 1, Form("log VKEY [URL]"));
    check(&format!("log {log} u v\n"), 1, Form("log VKEY [URL]"));
    check(&format!("log {log}\nlog {log}\n"), 2, Repeated(1));
    check("witness\n", 1, Form("witness NAME VKEY [URL]"));
    check("witness a\n", 1, Form("witness NAME VKEY [URL]"));
    check(&format!("witness none {a}\n"), 1, None);
    check(&format!("witness a {a}\ngroup none any a\n"), 2, None);
    check(&format!("witness a {a}\ngroup g any none\n"), 2, None);
    check(&format!("witness a {a}\nwitness a {}\n", witness(12)), 2, Taken("a".into()));
    check(&format!("witness a {a}\ngroup a any a\n"), 2, Taken("a".into()));
    check(&format!("group g any a\nwitness a {a}\n"), 1, Unknown("a".into()));
    check("group g any g\n", 1, Unknown("g".into()));
    check(&format!("witness a {a}\ngroup g any a a\n"), 2, Member("a".into()));
    check(&format!("witness a {a}\ngroup g any a\ngroup h any a\n"), 3, Member("a".into()));
    check(&format!("witness a {a}\ngroup g any\n"), 2, Form("group NAME all|any|NUMBER MEMBER..."));
    for bad in ["0", "2", "01", "+1", "-1", "some", "18446744073709551616", "1.0"] {
        let text = format!("witness a {a}\ngroup g {bad} a\nquorum g\n");
        check(&text, 2, Threshold(bad.into(), 1));
    }
    let kind = |text: &str| kinds(text.as_bytes()).fault;
    assert!(matches!(kind(&format!("log {a}\n")), KeyType { kind: 4, .. }));
    assert!(matches!(kind(&format!("witness a {log}\n")), KeyType { kind: 1, .. }));
    assert!(matches!(kind("log nonsense\n"), Key(_)));
    assert!(matches!(kind("witness a http://u http://v\n"), Key(_)));
    let ecdsa = "witness a x+00000000+AjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNhtmPtrWm3U1eQ=\n";
    assert!(matches!(kind(ecdsa), Key(_)));
    // A cut anywhere is seen, but behind the quorum's own line.
    for end in 0..good.len() - 1 {
        assert!(Policy::parse(good.as_bytes().get(..end).unwrap()).is_err(), "{end}");
    }
    let many: String = (0..1_025).map(|at| format!("group g{at} any {at}\n")).collect();
    assert!(Policy::parse(many.as_bytes()).is_err());
    let long = vec![b'#'; ledgit_core::limits::WITNESS_POLICY_BYTES + 1];
    assert!(matches!(kinds(&long).fault, Size(_)));
}

#[test]
fn names_are_bytes_and_comments_may_hold_any() {
    let key = witness(11).to_string();
    let start = b"# caf\xe9\nwitness \xff ".as_slice();
    let text = [start, key.as_bytes(), b" https://w.example\nquorum \xff\n"].concat();
    let policy = Policy::parse(&text).unwrap();
    assert_eq!(policy.witnesses[0].name, PolicyName(vec![0xff]));
    assert!(policy.standing(&cosigned_by(&[11])).is_met());
    // K and the Kelvin sign are two names.
    let kelvin = format!("witness K {}\nquorum \u{212a}\n", witness(11));
    assert!(Policy::parse(kelvin.as_bytes()).is_err());
}

/// As many as tlog-policy asks for, each group in the next.
#[test]
fn thirty_two_of_each_and_more_are_read() {
    let (mut text, mut last) = (String::new(), String::new());
    for seed in 1..=64_u8 {
        let key = Seeded::new(seed).vkey(ORIGIN, NoteKeyKind::Ed25519);
        text.push_str(&format!("log {key}\n"));
        let key = Seeded::new(seed + 100).vkey("w", NoteKeyKind::Cosignature);
        text.push_str(&format!("witness w{seed} {key}\ngroup g{seed} all w{seed}{last}\n"));
        last = format!(" g{seed}");
    }
    text.push_str("quorum g64\n");
    let policy = Policy::parse(text.as_bytes()).unwrap();
    let tree = Tree::of(3, 0, 0);
    let mut note = tree.note();
    for seed in 101..=164_u8 {
        assert!(!policy.standing(&note).is_met());
        let key = Seeded::new(seed).vkey("w", NoteKeyKind::Cosignature);
        note.add(cosign(&tree.text(), &key, &Seeded::new(seed), 1).unwrap());
    }
    assert!(policy.standing(&note).is_met());
}
