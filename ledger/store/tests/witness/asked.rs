//! A log that asks witnesses, honest ones and others (W-32, W-33).

use std::cell::RefCell;

use ledgit_core::checkpoint::SignedNote;
use ledgit_core::witness::*;
use ledgit_store::ledger::Ledger;
use ledgit_store::witness::*;

use crate::made::*;
use crate::support::{Bank, model};

const URL: &str = "http://w.example/";

fn logs(ledger: &mut Ledger) -> Logs {
    Logs::of([ledger.state().unwrap().verifier_key().unwrap()])
}

#[test]
fn a_witness_is_asked_from_where_it_stands() {
    let mut bank = Bank::new(&[]);
    let place = Place::new("w.example/one");
    let mut last = 0;
    for entries in [1, 2, 300, 1] {
        bank.fill(entries);
        let mut ledger = bank.open();
        let logs = logs(&mut ledger);
        let carrier = Carrier(&place, &logs);
        // From a size that is remembered, one that is not its own, none at all, and one past it.
        for from in [last, 1, 0, u64::MAX] {
            let asked = ask(&ledger, &place.vkey(), URL, from, &carrier).unwrap();
            asked.note.verify(&place.vkey()).unwrap();
            assert_eq!(asked.note.text(), ledger.checkpoint().text());
        }
        last = ledger.checkpoint().size;
    }
}

#[test]
fn c21_a_witness_says_that_the_log_was_rolled_back_or_forked() {
    let mut bank = Bank::new(&[]);
    bank.fill(2);
    let backup = Copied::of(bank.path());
    bank.fill(3);
    let place = Place::new("w.example/one");
    let mut ledger = bank.open();
    let logs = logs(&mut ledger);
    ask(&ledger, &place.vkey(), URL, 0, &Carrier(&place, &logs)).unwrap();
    let why = |ledger: &Ledger, from| match ask(
        ledger,
        &place.vkey(),
        URL,
        from,
        &Carrier(&place, &logs),
    ) {
        Err(AskError::Log(error)) => error,
        other => panic!("{other:?}"),
    };
    let restored = backup.open();
    let cosigned = ledger.checkpoint().size;
    assert!(
        matches!(why(&restored, 0), WitnessError::Behind { cosigned: of, .. } if of == cosigned)
    );
    // Two entries a record: as many as were cosigned, then more.
    backup.append((0..3).map(|at| bank.signed(model(&format!("m{at}")))).collect());
    let same = backup.open();
    assert_eq!(same.checkpoint().size, cosigned);
    for from in [0, cosigned] {
        let error = why(&same, from);
        assert!(matches!(error, WitnessError::Forked { cosigned: of, .. } if of == cosigned));
    }
    // The witness kept the two notes, whoever asked.
    assert!(place.open().evidence(&same.checkpoint().origin, cosigned).exists());
    backup.append(vec![bank.signed(model("more"))]);
    for from in [0, cosigned] {
        assert!(matches!(why(&backup.open(), from), WitnessError::Forked { .. }));
    }
}

/// Says what it is told to, one reply after the other, the last one again.
struct Scripted(RefCell<Vec<Result<Reply, String>>>);

impl Ask for Scripted {
    fn post(&self, _: &str, body: &[u8]) -> Result<Reply, String> {
        AddCheckpoint::parse(body).unwrap();
        let mut left = self.0.borrow_mut();
        if left.len() > 1 { left.remove(0) } else { left[0].clone() }
    }
}

fn said(status: u16, body: &[u8]) -> Result<Reply, String> {
    Ok(Reply { status, body: body.to_vec() })
}

#[test]
fn h03_what_does_not_verify_is_never_taken_and_no_reply_is_an_end_without_one() {
    let mut bank = Bank::new(&[]);
    bank.fill(2);
    let ledger = bank.open();
    let place = Place::new("w.example/one");
    let text = ledger.checkpoint().text();
    let line = |text: &str, place: &Place| {
        let line = cosign(text, &place.vkey(), &place.key(), 7).unwrap();
        format!("{}\n", line.line()).into_bytes()
    };
    let good = line(&text, &place);
    let run = |script: Vec<Result<Reply, String>>| {
        ask(&ledger, &place.vkey(), URL, 0, &Scripted(RefCell::new(script)))
    };
    assert!(run(vec![said(200, &good)]).is_ok());
    assert!(run(vec![said(409, b"1\n"), said(200, &good)]).is_ok());
    // Another key's line beside its own is passed over.
    let stranger = Place::new("w.example/one");
    let both = [line(&text, &stranger), good.clone()].concat();
    let asked = run(vec![said(200, &both)]).unwrap();
    assert_eq!(asked.note.signatures().len(), 2);
    let own = String::from_utf8(ledger.note().to_vec()).unwrap();
    let own = own.split_once("\n\n").unwrap().1.as_bytes().to_vec();
    for body in [
        Vec::new(),
        b"\n".to_vec(),
        b"ok\n".to_vec(),
        line("other\n", &place),
        line(&text, &stranger),
        own,
        good[..good.len() - 1].to_vec(),
    ] {
        let refused = run(vec![said(200, &body)]);
        assert!(matches!(refused, Err(AskError::Protocol(_))), "{refused:?}");
    }
    for body in
        [&b""[..], b"1", b"01\n", b"+1\n", b"-1\n", b"1\n\n", b"9223372036854775808\n", b"x\n"]
    {
        let refused = run(vec![said(409, body)]);
        assert!(matches!(refused, Err(AskError::Protocol(_))), "{body:?} {refused:?}");
    }
    assert!(matches!(run(vec![said(409, b"1\n")]), Err(AskError::Protocol(_))));
    for status in [400, 403, 404, 422, 500, 301, 204] {
        let refused = run(vec![said(status, b"no\x1b[31m\nmore")]);
        assert!(matches!(&refused, Err(AskError::Refused { status: of, .. }) if *of == status));
    }
    assert!(matches!(run(vec![Err("down".into())]), Err(AskError::Unreachable(_))));
    let before = SignedNote::parse(ledger.note()).unwrap();
    assert_eq!(before.signatures().len(), 1);
}
