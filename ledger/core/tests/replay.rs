//! For each rule of the replay a history, signed with the real keys, that this rule alone catches.

#[path = "replay/checkpoints.rs"]
mod checkpoints;
mod history;
mod support;
#[path = "replay/trials.rs"]
mod trials;

use history::{ANA, BEN, CI, Forge, LOG, ORIGIN, START, Step};
use ledgit_core::digest::{LeafHash, LedgerId, RootHash};
use ledgit_core::replay::{Fault, Finding, Object};
use ledgit_core::statement::*;
use support::*;

fn only(forge: &Forge, object: &str, code: &str) {
    assert_eq!(forge.codes(), [(object.to_owned(), code)]);
}

fn accept(forge: &Forge) -> Approval {
    Approval {
        subject: ApprovalSubject::Entry(LeafHash(forge.ledger().0)),
        evidence: Set::default(),
        ..approval()
    }
}

/// Everything an honest ledger does, in three checkpoints.
fn honest() -> Forge {
    let mut forge = Forge::open();
    let accepts: Body = accept(&forge).into();
    forge.say(ANA, accepts.clone(), |_| {});
    let head = forge.heads[0];
    forge.say(BEN, accepts, |envelope| envelope.seen = Some(head));
    forge.close();
    forge.time(START + 60);
    let group = |index| Some(Group { id: [7; 16], index, count: 3 });
    let first = forge.say(CI, dataset().into(), |envelope| envelope.group = group(0));
    let second = forge.say(CI, model().into(), |envelope| {
        envelope.group = group(1);
        envelope.prev = Some(first);
    });
    let head = forge.heads[1];
    let third = forge.say(CI, metric().into(), |envelope| {
        envelope.group = group(2);
        envelope.prev = Some(second);
        envelope.seen = Some(head);
    });
    for body in [cost().into(), document().into(), run().into()] {
        forge.say(CI, body, |_| {});
    }
    let looked_at = [first, second, third].into_iter().collect();
    forge.say(ANA, Approval { evidence: looked_at, ..approval() }.into(), |_| {});
    let wrong = Correction { corrects: third, replacement: Some(second), ..correction() };
    forge.say(BEN, wrong.into(), |_| {});
    forge.close();
    forge
}

#[test]
fn an_honest_log_has_no_findings() {
    let forge = honest();
    let replay = forge.replay();
    assert_eq!(replay.findings(), []);
    assert_eq!((replay.size(), replay.covered()), (forge.size(), forge.size()));
    assert_eq!((replay.root(), replay.ledger()), (forge.root(), Some(forge.ledger())));
    assert_eq!(replay.clock(), Some(time(START + 60)));
    assert!(!replay.authority().unwrap().is_founding());
}

/// At each checkpoint the replay is left and gone on with from what an index would keep.
#[test]
fn a_replay_that_is_resumed_ends_where_a_whole_one_does() {
    use ledgit_core::merkle::Frontier;
    use ledgit_core::replay::{
        Decisive, Examined, HalfRoot, Past as _, Remembered, Replay, StatementKey, facts,
    };
    let forge = honest();
    let whole = forge.replay();
    let mut entries: Vec<Vec<u8>> = Vec::new();
    let mut replay = Replay::new(Remembered::default());
    let mut resumed = 0;
    for step in &forge.steps {
        match step {
            Step::Entry(bytes) => {
                entries.push(bytes.clone());
                replay.entry(Examined::of(bytes, &replay.keys()));
                assert_eq!(replay.standing(), None, "no checkpoint covers it yet");
            }
            Step::Checkpoint(note) => {
                replay.checkpoint(note);
                assert_eq!(replay.findings(), []);
                let (mut past, mut frontier) = (Remembered::default(), Frontier::new());
                for (entry, leaf) in entries.iter().zip(&forge.leaves) {
                    let statement = Signed::decode(entry).unwrap().statement().clone();
                    let envelope = &statement.envelope;
                    past.use_key(StatementKey::of(&envelope.iss, &envelope.cti));
                    facts(&statement).into_iter().for_each(|fact| past.take_fact(fact));
                    frontier.push(*leaf);
                }
                let heads = forge.heads.iter().filter(|head| head.size <= replay.size());
                heads.for_each(|head| past.pass(head.size, HalfRoot::of(&head.root)));
                let standing = replay.standing().unwrap();
                let at = |position: &u64| Decisive {
                    signed: Signed::decode(&entries[*position as usize]).unwrap(),
                    document: None,
                };
                let decisive: Vec<_> = standing.decisive.iter().map(at).collect();
                let resume = |standing, decisive: &[Decisive]| {
                    Replay::resume(past.clone(), frontier.clone(), standing, decisive)
                };
                assert!(resume(standing.clone(), &decisive[1..]).is_none());
                let mut wrong = standing.clone();
                wrong.decisive.push(1);
                assert!(resume(wrong, &[&decisive[..], &[at(&1)]].concat()).is_none());
                replay = resume(standing, &decisive).unwrap();
                resumed += 1;
            }
        }
    }
    assert_eq!((resumed, replay.findings()), (3, &[][..]));
    assert_eq!(replay.standing(), whole.standing());
    // The genesis, both acceptances, the correction, and the times that they were judged at.
    assert_eq!(whole.standing().unwrap().decisive, [0, 2, 3, 4, 5, 13]);
    assert_eq!((replay.size(), replay.root()), (whole.size(), whole.root()));
    let accepted = |replay: &Replay<Remembered>| {
        replay.authority().unwrap().accepted().cloned().collect::<Vec<_>>()
    };
    assert_eq!(accepted(&replay), accepted(&whole));
    assert!(!replay.authority().unwrap().is_founding());
}

#[test]
fn founders_are_persons_and_count_once() {
    let mut forge = Forge::open();
    let accepts: Body = accept(&forge).into();
    forge.say(ANA, accepts.clone(), |_| {});
    forge.say((ANA.0, 3), accepts.clone(), |_| {});
    let founding = |forge: &Forge| forge.replay().authority().unwrap().is_founding();
    assert!(founding(&forge), "one person with two keys counts once");
    let rejects = Approval { verdict: Verdict::Reject, ..accept(&forge) };
    forge.say(ANA, rejects.clone().into(), |_| {});
    forge.say(BEN, accepts.clone(), |_| {});
    assert!(founding(&forge), "a person's last verdict stands");
    forge.say(ANA, accepts, |_| {});
    assert!(!founding(&forge));
    forge.say(ANA, rejects.into(), |_| {});
    assert!(!founding(&forge), "once founded it stays so");
    assert_eq!(forge.codes(), []);
}

#[test]
fn an_entry_that_is_no_statement_is_named() {
    let mut forge = Forge::open();
    forge.push(b"not a statement".to_vec());
    forge.close();
    only(&forge, "entry 3", "LG1001");
}

#[test]
fn i02_a_signature_that_does_not_hold_is_named() {
    let mut forge = Forge::open();
    let mut entry = forge.signed(CI, model().into(), |_| {});
    *entry.last_mut().unwrap() ^= 1;
    forge.push(entry);
    forge.close();
    only(&forge, "entry 3", "LG1002");
}

#[test]
fn a_key_that_is_nobodys_is_named() {
    let mut forge = Forge::open();
    forge.say((CI.0, 9), model().into(), |_| {});
    forge.close();
    only(&forge, "entry 3", "LG1003");
}

#[test]
fn a_statement_under_anothers_name_is_named() {
    let mut forge = Forge::open();
    forge.say((ANA.0, BEN.1), model().into(), |_| {});
    forge.close();
    only(&forge, "entry 3", "LG1004");
}

#[test]
fn the_log_key_in_an_authors_place_is_named() {
    let mut forge = Forge::open();
    forge.say((ANA.0, LOG.1), model().into(), |_| {});
    forge.close();
    only(&forge, "entry 3", "LG1005");
}

#[test]
fn a_time_by_another_key_is_named_and_sets_no_clock() {
    let mut forge = Forge::founded();
    let mark = TimeMark { time: time(START + 999_999) };
    forge.say((ORIGIN, ANA.1), mark.into(), |envelope| envelope.iat = time(START + 999_999));
    forge.say(CI, model().into(), |_| {});
    forge.close();
    only(&forge, "entry 2", "LG1006");
}

#[test]
fn an_approval_by_a_service_is_named() {
    let mut forge = Forge::open();
    forge.say(CI, Approval { evidence: Set::default(), ..approval() }.into(), |_| {});
    forge.close();
    only(&forge, "entry 3", "LG1007");
}

#[test]
fn a_log_without_a_genesis_is_named() {
    let mut forge = Forge::founded();
    let steps = forge.steps.split_off(1);
    forge.steps = steps;
    assert_eq!(forge.codes(), [("entry 0".to_owned(), "LG1101")]);
}

#[test]
fn a_second_genesis_is_named() {
    let mut forge = Forge::open();
    forge.say(LOG, genesis().into(), |_| {});
    forge.close();
    only(&forge, "entry 3", "LG1102");
}

#[test]
fn a_genesis_with_something_before_it_is_named() {
    let mut forge = Forge::empty();
    forge.say(LOG, genesis().into(), |envelope| envelope.prev = Some(LeafHash([1; 32])));
    forge.time(START);
    forge.close();
    only(&forge, "entry 0", "LG1103");
}

#[test]
fn a_genesis_signed_by_another_key_is_named() {
    let mut forge = Forge::empty();
    forge.say((ORIGIN, 2), genesis().into(), |_| {});
    forge.time(START);
    forge.close();
    only(&forge, "entry 0", "LG1006");
}

#[test]
fn a_genesis_whose_signature_does_not_hold_is_named() {
    let mut forge = Forge::empty();
    let mut entry = forge.signed(LOG, genesis().into(), |_| {});
    *entry.last_mut().unwrap() ^= 1;
    forge.push(entry);
    forge.time(START);
    forge.close();
    only(&forge, "entry 0", "LG1002");
}

#[test]
fn a_statement_for_another_ledger_is_named() {
    let mut forge = Forge::open();
    forge.say(CI, model().into(), |envelope| envelope.aud = Some(LedgerId([9; 32])));
    forge.close();
    only(&forge, "entry 3", "LG1104");
}

#[test]
fn an_idempotency_key_used_twice_is_named() {
    let mut forge = Forge::open();
    forge.say(CI, model().into(), |envelope| envelope.cti = vec![1]);
    forge.say(ANA, model().into(), |envelope| envelope.cti = vec![1]);
    forge.say(CI, dataset().into(), |envelope| envelope.cti = vec![1]);
    forge.close();
    only(&forge, "entry 5", "LG1105");
}

#[test]
fn a_head_seen_that_contradicts_the_log_is_named() {
    let forge = Forge::open();
    let head = forge.heads[0];
    let mut other_root = head.root;
    other_root.0[0] ^= 1;
    for seen in [
        Seen { root: other_root, ..head },
        Seen { size: 1, root: RootHash(forge.leaves[0]) },
        Seen { size: 99, ..head },
    ] {
        let mut forge = forge.clone();
        forge.say(CI, model().into(), |envelope| envelope.seen = Some(seen));
        forge.close();
        only(&forge, "entry 3", "LG1106");
    }
}

#[test]
fn a_group_cut_apart_is_named() {
    let group = |index, count| Some(Group { id: [7; 16], index, count });
    let log = |groups: &[(Option<Group>, (&str, u8))]| {
        let mut forge = Forge::open();
        for (group, by) in groups {
            forge.say(*by, model().into(), |envelope| envelope.group = *group);
        }
        forge.close();
        forge
    };
    only(&log(&[(group(0, 2), CI), (None, CI)]), "entry 4", "LG1107");
    only(&log(&[(group(0, 3), CI), (group(1, 3), CI)]), "entry 4", "LG1107");
    only(&log(&[(group(1, 2), CI)]), "entry 3", "LG1107");
    only(&log(&[(group(0, 3), CI), (group(2, 3), CI)]), "entry 4", "LG1107");
    only(&log(&[(group(0, 2), CI), (group(1, 3), CI)]), "entry 4", "LG1107");
    only(&log(&[(group(0, 3), CI), (group(1, 2), CI)]), "entry 4", "LG1107");
    only(&log(&[(group(0, 2), CI), (group(1, 2), ANA)]), "entry 4", "LG1107");
    let other = Some(Group { id: [8; 16], index: 0, count: 2 });
    let mut cut = log(&[(group(0, 2), CI), (other, CI)]);
    assert_eq!(cut.codes().len(), 2);
    cut.time(START + 60);
    let rest = Some(Group { id: [8; 16], index: 1, count: 2 });
    cut.say(CI, model().into(), |envelope| envelope.group = rest);
    cut.close();
    assert_eq!(cut.codes().len(), 3);
}

#[test]
fn a_statement_that_was_left_out_breaks_its_authors_chain() {
    let mut forge = Forge::open();
    let first = forge.say(CI, model().into(), |_| {});
    forge.say(CI, model().into(), |envelope| envelope.prev = Some(first));
    forge.say(CI, model().into(), |envelope| envelope.prev = Some(first));
    forge.say(ANA, model().into(), |_| {});
    forge.close();
    only(&forge, "entry 5", "LG1108");
}

#[test]
fn entries_without_the_time_before_them_are_named() {
    let mut forge = Forge::founded();
    forge.say(CI, model().into(), |_| {});
    forge.say(CI, dataset().into(), |_| {});
    forge.close();
    only(&forge, "entry 2", "LG1109");
    let mut forge = Forge::empty();
    forge.say(LOG, genesis().into(), |_| {});
    forge.close();
    only(&forge, "the checkpoint of 1 entries", "LG1109");
}

#[test]
fn a_time_within_a_checkpoint_is_named() {
    let mut forge = Forge::open();
    forge.say(CI, model().into(), |_| {});
    forge.time(START + 61);
    forge.close();
    only(&forge, "entry 4", "LG1110");
}

#[test]
fn a_time_that_runs_backwards_is_named() {
    let mut forge = Forge::open();
    forge.close();
    forge.time(START + 59);
    forge.close();
    only(&forge, "entry 3", "LG1111");
}

#[test]
fn a_time_that_contradicts_its_header_is_named() {
    for change in [
        |envelope: &mut Envelope| envelope.iat = time(START + 61),
        |envelope: &mut Envelope| envelope.iss = "bank.example/other-01234567".into(),
    ] {
        let mut forge = Forge::founded();
        forge.say(LOG, TimeMark { time: time(START + 60) }.into(), change);
        forge.close();
        only(&forge, "entry 2", "LG1112");
    }
}

#[test]
fn an_authors_clock_past_the_skew_is_named() {
    let skew = genesis().skew;
    for (iat, good) in [
        (START + 60 + skew, true),
        (START + 60 - skew, true),
        (START + 61 + skew, false),
        (START + 59 - skew, false),
    ] {
        let mut forge = Forge::open();
        forge.say(CI, model().into(), |envelope| envelope.iat = time(iat));
        forge.close();
        match good {
            true => assert_eq!(forge.codes(), []),
            false => only(&forge, "entry 3", "LG1113"),
        }
    }
}

#[test]
fn an_entry_named_that_does_not_stand_before_is_named() {
    let mut forge = Forge::open();
    let later = forge.clone().say(CI, model().into(), |_| {});
    let wrong = Correction { corrects: later, replacement: None, ..correction() };
    forge.say(ANA, wrong.into(), |_| {});
    forge.close();
    only(&forge, "entry 3", "LG1114");
    let mut forge = Forge::open();
    let looked_at = [LeafHash([2; 32])].into_iter().collect();
    forge.say(ANA, Approval { evidence: looked_at, ..approval() }.into(), |_| {});
    forge.close();
    only(&forge, "entry 3", "LG1114");
}
