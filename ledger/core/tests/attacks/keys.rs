//! Keys: before and after their time, compromised, stolen, doubled, weak.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ciborium::Value;
use ledgit_core::statement::*;

use crate::history::{ANA, BEN, CI, CLEO, DORA, Forge, LOG, ORIGIN, START, Who};
use crate::support::*;

/// A key that is new for somebody.
pub fn rekeyed(forge: &Forge, who: Who, seed: u8) -> ledgit_core::authority::Roster {
    let mut roster = forge.roster();
    roster.members.get_mut(&text(who.0)).unwrap().keys.clear();
    forge.enrol(&mut roster, (who.0, seed), PrincipalKind::Person);
    roster
}

#[test]
fn a03_a_key_that_was_taken_out_says_nothing_any_more() {
    let mut forge = Forge::staffed();
    let open = forge.propose_log_key(CI, 6);
    forge.approve(DORA, open);
    let roster = rekeyed(&forge, DORA, 22);
    forge.change_roster(&roster);
    assert_eq!(forge.tally(open).unwrap().approve, [text(DORA.0)].into(), "said before: it counts");
    let mut late = forge.clone();
    late.approve(DORA, open);
    late.last_is("LG1019");
    forge.approve((DORA.0, 22), open);
    forge.is_sound();
    // Who is not in the roster any more does not count, whenever they voted.
    let mut roster = forge.roster();
    roster.members.remove(&text(DORA.0));
    forge.change_roster(&roster);
    assert!(forge.tally(open).unwrap().approve.is_empty());
    forge.approve(ANA, open);
    assert!(!forge.took_effect(open));
}

#[test]
fn a04_a_key_says_nothing_before_it_is_in_the_roster() {
    let mut forge = Forge::staffed();
    let eve = ("eve@bank.example", 30);
    let mut roster = forge.roster();
    forge.enrol(&mut roster, eve, PrincipalKind::Person);
    let open = forge.propose_log_key(CI, 6);
    let leaf = forge.propose(CI, &roster);
    for who in [eve, (ANA.0, 30)] {
        let mut early = forge.clone();
        early.approve(who, open);
        early.last_is("LG1003");
        early.approve(ANA, open);
        assert!(!early.took_effect(open));
    }
    forge.approve(ANA, leaf);
    forge.approve(BEN, leaf);
    forge.approve(eve, open);
    forge.is_sound();
    assert_eq!(forge.tally(open).unwrap().approve, [text(eve.0)].into());
}

#[test]
fn a05_a_date_of_ones_own_choice_changes_nothing() {
    let mut forge = Forge::staffed();
    let before = START + 180;
    let leaf = forge.propose_log_key(CI, 6);
    let roster = rekeyed(&forge, DORA, 22);
    forge.change_roster(&roster);
    // A key taken out, dated to when it was in force; a key let in, dated to before.
    let mut late = forge.clone();
    let vote: Body = crate::history::verdict(leaf, Verdict::Approve).into();
    late.say(DORA, vote.clone(), |envelope| envelope.iat = time(before - 100));
    late.last_is("LG1019");
    let mut early = forge.clone();
    early.say((DORA.0, 22), vote.clone(), |envelope| envelope.iat = time(before - 100));
    early.is_sound();
    forge.say(ANA, vote, |envelope| envelope.iat = time(before - genesis().skew - 1));
    forge.last_is("LG1113");
}

#[test]
fn a07_nobody_takes_a_key_out_alone() {
    let roles: [(Who, Option<&str>); 7] = [
        (ANA, None),
        (DORA, None),
        (CI, Some("LG1007")),
        (("eve@bank.example", 30), Some("LG1003")),
        ((BEN.0, 30), Some("LG1003")),
        ((ANA.0, DORA.1), Some("LG1004")),
        ((ANA.0, LOG.1), Some("LG1005")),
    ];
    let base = Forge::staffed();
    let taken = {
        let mut roster = base.roster();
        roster.members.remove(&text(BEN.0));
        roster
    };
    for (proposer, why) in roles {
        let mut forge = base.clone();
        let leaf = forge.propose(proposer, &taken);
        // A service may propose, and not approve.
        match why.filter(|code| *code != "LG1007") {
            Some(code) => forge.last_is(code),
            None => forge.is_sound(),
        }
        for (voter, why) in roles {
            let mut forge = forge.clone();
            let before = forge.codes().len();
            forge.approve(voter, leaf);
            let found: Vec<_> = forge.codes().drain(before..).map(|(_, code)| code).collect();
            let own = (voter == proposer && why.is_none()).then_some("LG1009");
            assert_eq!(
                found,
                why.or(own).into_iter().collect::<Vec<_>>(),
                "{proposer:?} {voter:?}"
            );
            assert!(!forge.took_effect(leaf), "{proposer:?} {voter:?}");
            assert!(forge.roster().is_person(&text(BEN.0)));
        }
    }
}

#[test]
fn a07_a_key_does_not_exchange_itself() {
    let mut forge = Forge::staffed();
    let roster = rekeyed(&forge, DORA, 22);
    let leaf = forge.propose(DORA, &roster);
    let mut own = forge.clone();
    own.approve(DORA, leaf);
    own.last_is("LG1009");
    let mut new = forge.clone();
    new.approve((DORA.0, 22), leaf);
    new.last_is("LG1003");
    forge.approve(ANA, leaf);
    assert!(!forge.took_effect(leaf));
    forge.approve(BEN, leaf);
    assert!(forge.took_effect(leaf));
}

#[test]
fn a07_a_new_key_comes_with_its_proof() {
    let mut forge = Forge::staffed();
    let (mut without, mut other) = (rekeyed(&forge, DORA, 22), rekeyed(&forge, DORA, 22));
    let keys = |roster: &mut ledgit_core::authority::Roster, proof| {
        roster.members.get_mut(&text(DORA.0)).unwrap().keys.insert(public(22), proof);
    };
    keys(&mut without, None);
    keys(&mut other, Some(forge.proof(ANA.0, 22)));
    let mut forged = forge.clone();
    forged.propose(CI, &other);
    forged.last_is("LG1012");
    forge.propose(CI, &without);
    forge.last_is("LG1013");
    // One that was taken out is new again.
    let mut forge = Forge::staffed();
    let old = forge.roster();
    let roster = rekeyed(&forge, DORA, 22);
    forge.change_roster(&roster);
    let mut back = old.clone();
    back.members.get_mut(&text(DORA.0)).unwrap().keys.insert(public(DORA.1), None);
    forge.clone().propose(CI, &old);
    forge.propose(CI, &back);
    forge.last_is("LG1013");
}

#[test]
fn a09_a_key_has_one_holder_for_ever() {
    let forge = Forge::staffed();
    let with = |who: Who| {
        let mut roster = forge.roster();
        forge.enrol(&mut roster, who, PrincipalKind::Person);
        roster
    };
    // In one document twice.
    let mut twice = forge.clone();
    twice.propose(CI, &with((ANA.0, BEN.1)));
    twice.last_is("LG1012");
    // Moved within one change, and after a change.
    let mut moved = forge.clone();
    let mut roster = with(("dora.2@bank.example", DORA.1));
    roster.members.remove(&text(DORA.0));
    moved.propose(CI, &roster);
    moved.last_is("LG1014");
    let mut later = forge.clone();
    let mut gone = later.roster();
    gone.members.remove(&text(DORA.0));
    later.change_roster(&gone);
    later.propose(CI, &roster);
    later.last_is("LG1014");
    // The log's key, and one that was.
    let mut log = forge.clone();
    log.propose(CI, &with((ANA.0, LOG.1)));
    log.last_is("LG1014");
    let mut former = forge.clone();
    let leaf = former.propose_log_key(CI, 6);
    former.approve(ANA, leaf);
    former.approve(BEN, leaf);
    former.propose(CI, &with((ANA.0, LOG.1)));
    former.last_is("LG1014");
}

type Header = Vec<(Value, Value)>;

#[test]
fn a22_no_other_algorithm_and_no_other_place_is_taken() {
    let mut forge = Forge::staffed();
    let entry = forge.signed(CI, model().into(), |_| {});
    let with = |change: &dyn Fn(&mut Header, &mut Value)| {
        let Value::Tag(18, outer) = ciborium::from_reader(entry.as_slice()).unwrap() else {
            panic!()
        };
        let mut outer = outer.into_array().unwrap();
        let header: Value = ciborium::from_reader(outer[0].as_bytes().unwrap().as_slice()).unwrap();
        let mut header = header.into_map().unwrap();
        change(&mut header, &mut outer[1]);
        let (mut protected, mut whole) = (Vec::new(), Vec::new());
        ciborium::into_writer(&Value::Map(header), &mut protected).unwrap();
        outer[0] = Value::Bytes(protected);
        ciborium::into_writer(&Value::Tag(18, Box::new(Value::Array(outer))), &mut whole).unwrap();
        whole
    };
    let named = |alg: i64| with(&move |header, _| header[0].1 = alg.into());
    assert_eq!(named(-8), entry);
    // ES256 to ES512, PS256, RS256, ES256K, HMAC, AES-GCM, none, RS1, Ed448, ML-DSA.
    for alg in [-7, -35, -36, -37, -257, -47, 5, 1, 0, -65_535, -53, -48, -9, 8, 19] {
        let mut forge = forge.clone();
        forge.push(named(alg));
        forge.last_is("LG1001");
    }
    let moved = |header: &mut Header, open: &mut Value| {
        *open = Value::Map(vec![header.remove(0)]);
    };
    let doubled = |header: &mut Header, open: &mut Value| {
        *open = Value::Map(vec![header[0].clone()]);
    };
    for bytes in [with(&moved), with(&doubled)] {
        let mut forge = forge.clone();
        forge.push(bytes);
        forge.last_is("LG1001");
    }
    forge.say(CI, model().into(), |envelope| envelope.alg = Alg::Ed25519);
    forge.is_sound();
}

#[test]
fn a23_a_weak_key_is_never_registered() {
    for (bytes, _) in weak_keys() {
        let mut forge = Forge::staffed();
        let old = public(CLEO.1).ssh_text();
        let weak = format!("ssh-ed25519 {}", STANDARD.encode(ssh_blob(&bytes)));
        let document = forge.roster().document().replace(&old, &weak);
        assert!(document.contains(&weak));
        forge.propose_roster(CI, &document);
        forge.last_is("LG1012");
        // As a log key it is no statement.
        let mut entry = Forge::staffed();
        let proof = entry.proof(ORIGIN, 6);
        let replaces = entry.authority().log_key_by();
        let change = Change::LogKey(NewLogKey { key: Key(public(6)), proof });
        let mut bad = entry.signed(CI, Proposal { change, replaces }.into(), |_| {});
        let at = bad.windows(32).position(|window| window == public(6).as_bytes()).unwrap();
        bad[at..at + 32].copy_from_slice(&bytes);
        entry.push(bad);
        entry.last_is("LG1001");
    }
}

#[test]
fn a24_ids_that_look_alike_are_not_in_one_roster() {
    for alike in
        ["cIeo@bank.example", "c1eo@bank.example", "cle0@bank.example", "cl-eo@bank.example"]
    {
        let mut forge = Forge::staffed();
        let key = format!("  '{alike}':\n    - key: {}\nservices:", public(30).ssh_text());
        let document = forge.roster().document().replacen("services:", &key, 1);
        forge.propose_roster(CI, &document);
        forge.last_is("LG1012");
    }
}
