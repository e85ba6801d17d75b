//! Answers that leave something out, and files that were changed (C-20 to C-26).

use ledgit_core::bundle::{Answer, AnswerError, Query};
use ledgit_core::digest::RootHash;
use ledgit_core::merkle::ProofError;
use ledgit_core::statement::*;

use super::made::*;
use crate::history::{ANA, BEN, CI, Forge, LOG, ORIGIN, START};
use crate::support::*;

fn small() -> Forge {
    let mut forge = Forge::founded();
    for day in 1..4 {
        forge.time(START + day * DAY);
        forge.say(CI, deployment().into(), |_| {});
        forge.say(BEN, metric().into(), |_| {});
        forge.close();
    }
    forge
}

fn may() -> String {
    format!("kind deployment\nfrom {}\nuntil {}\n", time(START + 2 * DAY), time(START + 3 * DAY))
}

/// Every byte, with every bit, and every line: what is still taken is the whole answer to the
/// question that it then asks.
#[test]
fn every_change_of_a_byte_is_refused_or_is_another_question_answered_in_full() {
    let forge = small();
    let mut questions = 0;
    for text in [may(), "kind deployment\n".into(), "kind run\nfirst 2\nbefore 5\n".into()] {
        let bytes = answer(&forge, &text).to_bytes();
        check(&bytes).unwrap();
        for at in 0..bytes.len() {
            // Every bit where the file is short, and one of each byte where it is long.
            let bits = if bytes.len() < 3_000 { 0..8 } else { at % 8..at % 8 + 1 };
            for bit in bits {
                let mut changed = bytes.clone();
                changed[at] ^= 1 << bit;
                let Ok(checked) = check(&changed) else { continue };
                let asked = Answer::parse(&changed).unwrap().query;
                assert_ne!(asked, query(&text), "byte {at}, bit {bit} changed nothing");
                let naive = find(&forge, &asked).unwrap();
                assert_eq!(checked.found.matches, naive.matches, "{asked:?}");
                questions += 1;
            }
        }
        for at in 0..=bytes.len() {
            assert!(check(&bytes[..at]).is_err() || at == bytes.len(), "cut at {at}");
            let longer = [&bytes[..at], b"\n", &bytes[at..]].concat();
            assert!(check(&longer).is_err(), "a line feed at {at}");
        }
    }
    assert!(questions > 0, "the query itself is not signed, and an answer says which it is of");
}

#[test]
fn an_entry_that_is_dropped_doubled_or_moved_is_refused() {
    let forge = week();
    let whole = answer(&forge, "kind deployment\n");
    for at in 0..whole.entries.len() {
        let mut dropped = whole.clone();
        dropped.entries.remove(at);
        let mut doubled = whole.clone();
        doubled.entries.insert(at, whole.entries[at].clone());
        let mut replaced = whole.clone();
        replaced.entries[at] = whole.entries[(at + 5) % whole.entries.len()].clone();
        let mut changed = vec![dropped, doubled, replaced];
        if at > 0 {
            let mut moved = whole.clone();
            moved.entries.swap(at - 1, at);
            changed.push(moved);
        }
        for answer in changed {
            let error = check(&answer.to_bytes()).unwrap_err();
            assert!(matches!(error, AnswerError::Entries { .. }), "{at}: {error}");
        }
    }
    let mut hash = answer(&forge, &may());
    hash.path.pop();
    let error = check(&hash.to_bytes()).unwrap_err();
    assert!(matches!(error, AnswerError::Entries { why: ProofError::Length { .. }, .. }));
}

/// Each other range that has a right proof of its own: narrower ones leave something out, wider ones
/// are a second file for one answer.
#[test]
fn every_other_range_is_refused() {
    let forge = small();
    let size = forge.size();
    let open = format!("from {}\n", time(START + 2 * DAY + 5));
    let until = format!("until {}\n", time(START + 2 * DAY));
    for text in [may(), "kind deployment\n".into(), "first 3\nbefore 6\n".into(), open, until] {
        let query = query(&text);
        let right = find(&forge, &query).unwrap();
        let mut taken = Vec::new();
        for first in 0..size {
            for end in first + 1..=size {
                let bytes = answer_over(&forge, &query, (first, end)).to_bytes();
                match check(&bytes) {
                    Ok(_) => taken.push((first, end)),
                    Err(AnswerError::Range { .. } | AnswerError::Query(_)) => {}
                    Err(other) => panic!("{first} to {end} for {text}: {other}"),
                }
            }
        }
        assert_eq!(taken, [(right.first, right.end)], "{text}");
    }
}

#[test]
fn only_the_keys_of_what_matches_are_taken() {
    let forge = small();
    let whole = answer(&forge, "kind deployment\nkind metric\n");
    assert_eq!(whole.keys.len(), 2);
    let with = |keys: Vec<u8>| {
        let keys = keys.into_iter().map(public).collect();
        check(&Answer { keys, ..whole.clone() }.to_bytes())
    };
    let mut order = vec![CI.1, BEN.1];
    order.sort_by_key(|seed| public(*seed));
    assert!(with(order.clone()).is_ok());
    let reversed: Vec<u8> = order.iter().rev().copied().collect();
    let mut extra = vec![CI.1, BEN.1, ANA.1];
    extra.sort_by_key(|seed| public(*seed));
    let twice = vec![order[0], order[0], order[1]];
    for wrong in [vec![], vec![CI.1], vec![CI.1, ANA.1], reversed, extra, twice] {
        assert_eq!(with(wrong.clone()), Err(AnswerError::Keys), "{wrong:?}");
    }
    // What does not match needs no key.
    let none = answer(&forge, "kind run\n");
    assert_eq!(none.keys, []);
    let key = Answer { keys: vec![public(CI.1)], ..none };
    assert_eq!(check(&key.to_bytes()), Err(AnswerError::Keys));
}

/// The log key alone can put an entry there, and not sign it as its author.
#[test]
fn a_forged_authors_signature_is_refused() {
    let mut forge = small();
    forge.time(START + 9 * DAY);
    let mut entry = forge.signed(CI, deployment().into(), |_| {});
    *entry.last_mut().unwrap() ^= 1;
    forge.push(entry);
    forge.close();
    let error = check(&answer(&forge, "kind deployment\n").to_bytes()).unwrap_err();
    assert!(matches!(error, AnswerError::Signature { position: 12, .. }), "{error}");
    // Where it does not match it is nobody's business.
    assert!(check(&answer(&forge, "kind metric\n").to_bytes()).is_ok());
}

#[test]
fn another_note_is_refused() {
    let forge = small();
    let whole = answer(&forge, "kind deployment\n");
    let with = |note| check(&Answer { note, ..whole.clone() }.to_bytes());
    let (size, root) = (forge.size(), forge.root());
    assert!(with(forge.note(LOG.1, ORIGIN, size, root, &[])).is_ok());
    for wrong in [
        forge.note(ANA.1, ORIGIN, size, root, &[]),
        forge.note(LOG.1, "bank.example/other-01234567", size, root, &[]),
        forge.note(LOG.1, ORIGIN, size, RootHash([1; 32]), &[]),
        forge.note(LOG.1, ORIGIN, size - 1, root, &[]),
        forge.note(LOG.1, ORIGIN, size + 1, root, &[]),
    ] {
        assert!(with(wrong).is_err());
    }
    // A second line, which nothing here could verify.
    let mut two = whole.note.clone();
    two.extend_from_slice("\u{2014} somebody AAAAAAAA\n".as_bytes());
    assert_eq!(with(two.clone()), Err(AnswerError::Signatures(2)));
    assert_eq!(Answer::note_of(&two, &vkey()), Some(whole.note));
    assert_eq!(Answer::note_of(&forge.note(ANA.1, ORIGIN, size, root, &[]), &vkey()), None);
}

/// What whoever holds the log key can write within a range, a stranger sees.
#[test]
fn times_that_are_not_the_logs_and_clocks_that_run_backwards_are_refused() {
    let mut back = small();
    back.time(START + 2 * DAY);
    back.say(CI, deployment().into(), |_| {});
    back.close();
    let error = check(&whole(&back, "kind deployment\n")).unwrap_err();
    assert!(error.to_string().contains("backwards at entry 11"), "{error}");
    let mut other = small();
    let mark = TimeMark { time: time(START + 9 * DAY) };
    other.say(("bank.example/other-01234567", LOG.1), mark.into(), |_| {});
    other.close();
    assert_eq!(check(&whole(&other, "kind deployment\n")), Err(AnswerError::Time(11)));
    let mut meant = small();
    meant.time(START + 9 * DAY);
    meant.say(CI, deployment().into(), |envelope| envelope.aud = Some(LEDGER));
    meant.close();
    assert_eq!(check(&whole(&meant, "kind deployment\n")), Err(AnswerError::Ledger(12)));
    let mut junk = small();
    junk.push(b"junk".to_vec());
    junk.close();
    let error = check(&whole(&junk, "kind deployment\n")).unwrap_err();
    assert!(matches!(error, AnswerError::Statement { position: 11, .. }), "{error}");
}

/// The whole log as an answer, made with no look at it.
fn whole(forge: &Forge, text: &str) -> Vec<u8> {
    let good = small();
    let keys = answer(&good, text).keys;
    let query: Query = query(text);
    let entries = entries(forge);
    let note = forge.note(LOG.1, ORIGIN, forge.size(), forge.root(), &[]);
    Answer { query, first: 0, path: Vec::new(), keys, entries, note }.to_bytes()
}

#[test]
fn what_is_no_answer_is_refused_by_its_line() {
    let forge = small();
    let bytes = answer(&forge, "kind deployment\n").to_bytes();
    let text = String::from_utf8(bytes.clone()).unwrap();
    for (wrong, why) in [
        (text.replace("answer v1", "answer v2"), "not a ledgit answer"),
        (text.replace("\n\nrange", "\nrange"), "\"range 0 11"),
        (text.replace("range 0 11", "range 0 12"), "line 4"),
        (text.replace("range 0 11", "range 0 011"), "line 4"),
        (text.replace("range 0 11", "range 0 11\nrange 0 11"), "line 5"),
        (text.replace("range 0 11\n", ""), "line 4"),
        (text.replace("key ", "Key "), "line 5"),
        (text.replacen("\nentry ", "\nentry  ", 1), "line 6"),
        (text.replacen("\n\nbank", "\nbank", 1), "line 17"),
        (text.replace("kind deployment\n", ""), "is not a condition"),
    ] {
        let error = Answer::parse(wrong.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(why), "{why}: {error}");
    }
    // The same lines in another order, and with other ends, say the same.
    let key = text.lines().find(|line| line.starts_with("key ")).unwrap();
    let without = text.replacen(&format!("{key}\n"), "", 1);
    for wrong in [
        without.replacen("range 0 11\n", &format!("{key}\nrange 0 11\n"), 1),
        without.replacen("\n\nbank", &format!("\n{key}\n\nbank"), 1),
        text.replacen("range 0 11\n", "range 0 11\r\n", 1),
        text.replacen(key, &format!("{key}\r"), 1),
    ] {
        assert_eq!(Answer::parse(wrong.as_bytes()), Err(AnswerError::Line(4)));
    }
    let many = "hash ".to_owned() + &"A".repeat(43) + "=\n";
    let wrong = text.replace("range 0 11\n", &format!("range 0 11\n{}", many.repeat(127)));
    assert_eq!(Answer::parse(wrong.as_bytes()), Err(AnswerError::Line(4 + 127)));
    let large = vec![b'x'; ledgit_core::limits::ANSWER_BYTES + 1];
    assert_eq!(Answer::parse(&large), Err(AnswerError::Size(large.len())));
    assert!(Answer::is_one(&bytes) && !Answer::is_one(b"c2sp.org/tlog-proof@v1\n"));
}

/// The files of a log that hides an entry: the root is another, so the note is, too.
#[test]
fn a_log_that_leaves_an_entry_out_is_another_log() {
    let forge = small();
    let honest = answer(&forge, "kind deployment\n");
    let mut hiding = Forge::founded();
    for (at, entry) in entries(&forge).into_iter().enumerate().skip(2) {
        if at != 6 {
            hiding.push(entry);
        }
    }
    hiding.close();
    let forged = Answer { note: honest.note.clone(), ..answer(&hiding, "kind deployment\n") };
    let error = check(&forged.to_bytes()).unwrap_err();
    assert!(matches!(error, AnswerError::Entries { .. }), "{error}");
    // With the log key a second note is signed: two heads, which is misbehaviour (W-09).
    assert!(check(&answer(&hiding, "kind deployment\n").to_bytes()).is_ok());
}
