//! Erasures that must not be asked for, or must not take effect (H-01 to H-16).

use ledgit_core::digest::LeafHash;
use ledgit_core::statement::*;

use crate::history::{ANA, BEN, CI, CLEO, DORA, Forge, START, Who, verdict};
use crate::support::{self, evidence, public, text, time};

/// The start of 15 November 2033: ten years, to the day, after the entry that names the card.
const TEN_YEARS: u64 = 2_015_625_600;
/// The start of 15 May 2024: six months after it.
const SIX_MONTHS: u64 = 1_715_731_200;

/// The staffed log with a card (held for ten years), parameters of a run (six months) and the reason
/// of a correction (by no rule).
fn filed() -> Forge {
    let mut forge = Forge::staffed();
    forge.say(CI, support::document().into(), |_| {});
    forge.say(CI, support::run().into(), |_| {});
    let corrects = LeafHash(forge.leaves[3]);
    let correction = Correction { corrects, replacement: None, ..support::correction() };
    forge.say(CI, correction.into(), |_| {});
    forge.is_sound();
    forge
}

/// An erasure of what has these bytes, as an honest author writes it now.
fn of(forge: &Forge, content: &str, ground: &str) -> Erasure {
    let Evidence { size, blake3, sha256, .. } = evidence(content);
    let rules = forge.replay().holds(&sha256, &text("retention/1")).unwrap().into_iter();
    let rules = rules.map(|(rule, until)| Hold { id: rule.id.clone(), until });
    Erasure {
        size,
        blake3,
        sha256,
        rules: rules.collect(),
        ground: text(ground),
        reason: None,
        authoriser: text(BEN.0),
        ..support::erasure()
    }
}

fn ask(forge: &mut Forge, by: Who, erasure: Erasure) -> LeafHash {
    forge.say(by, erasure.into(), |_| {})
}

fn is_erased(forge: &Forge, content: &str) -> bool {
    forge.authority().erased().of(&evidence(content)).is_some()
}

/// "typo" is named by the correction, and no rule holds it.
fn asked(by: Who) -> (Forge, LeafHash) {
    let mut forge = filed();
    let erasure = of(&forge, "typo", "contract");
    let leaf = ask(&mut forge, by, erasure);
    forge.is_sound();
    assert!(!is_erased(&forge, "typo"));
    (forge, leaf)
}

#[test]
fn h03_it_takes_effect_at_the_vote_that_meets_the_threshold() {
    // By a service: two persons, the authoriser among them.
    let (mut forge, leaf) = asked(CI);
    forge.approve(BEN, leaf);
    assert!(!is_erased(&forge, "typo"));
    let position = forge.size();
    forge.approve(CLEO, leaf);
    forge.is_sound();
    let authority = forge.authority();
    let erased = authority.erased().of(&evidence("typo")).unwrap();
    assert_eq!((erased.leaf, erased.since), (leaf, position));
    // By a person: they are one of two, and the authoriser is the other.
    let (mut forge, leaf) = asked(ANA);
    forge.approve(BEN, leaf);
    assert!(is_erased(&forge, "typo"));
    // A person who asks may say so again, and is one person all the same.
    let (mut forge, leaf) = asked(ANA);
    forge.approve(ANA, leaf);
    assert!(!is_erased(&forge, "typo"));
    forge.is_sound();
}

#[test]
fn h03_persons_are_counted_never_keys() {
    let (mut forge, leaf) = asked(ANA);
    forge.vote((ANA.0, 3), leaf, Verdict::Approve);
    forge.vote(CI, leaf, Verdict::Approve);
    forge.last_is("LG1007");
    assert!(!is_erased(&forge, "typo"));
    let (mut forge, leaf) = asked(CI);
    let mut roster = forge.roster();
    forge.enrol(&mut roster, (BEN.0, 14), PrincipalKind::Person);
    forge.change_roster(&roster);
    forge.approve(BEN, leaf);
    forge.approve((BEN.0, 14), leaf);
    forge.is_sound();
    assert!(!is_erased(&forge, "typo"), "one person with two keys is one");
}

#[test]
fn h03_the_authoriser_is_among_those_who_agree() {
    let (mut forge, leaf) = asked(ANA);
    for who in [CLEO, DORA] {
        forge.approve(who, leaf);
    }
    assert!(!is_erased(&forge, "typo"), "three persons, and not the one who is named");
    assert_eq!(forge.tally(leaf).unwrap().missing.persons, 1);
    forge.approve(BEN, leaf);
    assert!(is_erased(&forge, "typo"));
}

#[test]
fn h03_what_does_not_stand_does_not_count() {
    // Withdrawn; the author's own agreement, too.
    let (mut forge, leaf) = asked(CI);
    forge.approve(BEN, leaf);
    forge.withdraw(BEN, leaf);
    forge.approve(CLEO, leaf);
    assert!(!is_erased(&forge, "typo"));
    let (mut forge, leaf) = asked(ANA);
    forge.withdraw(ANA, leaf);
    forge.approve(BEN, leaf);
    assert!(!is_erased(&forge, "typo"));
    // Expired by the log's clock.
    let (mut forge, leaf) = asked(CI);
    forge.approve_until(BEN, leaf, START + 200);
    forge.next(START + 200);
    forge.approve(CLEO, leaf);
    assert!(!is_erased(&forge, "typo"));
    // Before the entry was there.
    let mut forge = filed();
    let erasure = of(&forge, "typo", "contract");
    let entry = forge.signed(CI, erasure.into(), |_| {});
    let mut later = forge.clone();
    let leaf = later.push(entry.clone());
    forge.approve(BEN, leaf);
    forge.push(entry);
    forge.approve(CLEO, leaf);
    assert_eq!(forge.codes().len(), 1, "{:?}", forge.codes());
    assert_eq!(forge.codes()[0].1, "LG1114");
    assert!(!is_erased(&forge, "typo"));
    // Rejected.
    let (mut forge, leaf) = asked(ANA);
    forge.reject(DORA, leaf);
    forge.approve(BEN, leaf);
    assert!(!is_erased(&forge, "typo"));
    forge.withdraw(DORA, leaf);
    assert!(is_erased(&forge, "typo"));
    forge.is_sound();
    // Void: the author's key is declared compromised from before it asked.
    let (mut forge, leaf) = asked(DORA);
    let mut roster = forge.roster();
    let keys = &mut roster.members.get_mut(&text(DORA.0)).unwrap().keys;
    keys.remove(&public(DORA.1));
    forge.enrol(&mut roster, (DORA.0, 15), PrincipalKind::Person);
    roster.compromised.insert(public(DORA.1), 4);
    forge.change_roster(&roster);
    forge.approve(BEN, leaf);
    assert!(!is_erased(&forge, "typo"));
    forge.is_sound();
}

#[test]
fn h15_the_authoriser_is_another_person_of_the_roster() {
    for (by, authoriser, good) in [
        (ANA, BEN.0, true),
        (CI, ANA.0, true),
        (ANA, ANA.0, false),
        (ANA, CI.0, false),
        (ANA, "eve@bank.example", false),
    ] {
        let mut forge = filed();
        let erasure = Erasure { authoriser: text(authoriser), ..of(&forge, "typo", "contract") };
        ask(&mut forge, by, erasure);
        match good {
            true => forge.is_sound(),
            false => forge.last_is("LG1029"),
        }
    }
}

#[test]
fn h10_what_no_entry_before_it_names_is_not_erased() {
    let good = of(&filed(), "typo", "contract");
    let other = evidence("typ0");
    for erasure in [
        of(&filed(), "never stored", "contract"),
        Erasure { size: good.size + 1, ..good.clone() },
        Erasure { blake3: other.blake3, ..good.clone() },
    ] {
        let mut forge = filed();
        let leaf = ask(&mut forge, CI, erasure);
        forge.last_is("LG1024");
        forge.approve(BEN, leaf);
        forge.approve(CLEO, leaf);
        assert_eq!(forge.authority().erased().all().count(), 0);
    }
    // Named afterwards.
    let mut forge = filed();
    let erasure = of(&forge, "late", "contract");
    ask(&mut forge, CI, erasure);
    let corrects = LeafHash(forge.leaves[3]);
    let late = Correction { reason: evidence("late"), corrects, replacement: None };
    forge.say(CI, late.into(), |_| {});
    assert_eq!(forge.codes().len(), 1);
    assert_eq!(forge.codes()[0].1, "LG1024");
    // What nobody was entitled to name is not named.
    let mut forge = filed();
    let corrects = LeafHash(forge.leaves[3]);
    let strange = Correction { reason: evidence("strange"), corrects, replacement: None };
    forge.say(("eve@bank.example", 30), strange.into(), |_| {});
    let erasure = of(&forge, "strange", "contract");
    ask(&mut forge, CI, erasure);
    let codes: Vec<_> = forge.codes().into_iter().map(|(_, code)| code).collect();
    assert_eq!(codes, ["LG1003", "LG1024"]);
    // Nor what a statement names that is refused.
    let mut forge = filed();
    let refused = Exception { reason: evidence("excuse"), ..support::exception() };
    forge.say(CI, refused.into(), |_| {});
    let erasure = of(&forge, "excuse", "contract");
    ask(&mut forge, CI, erasure);
    let codes: Vec<_> = forge.codes().into_iter().map(|(_, code)| code).collect();
    assert!(codes.contains(&"LG1023") && codes.contains(&"LG1024"), "{codes:?}");
}

#[test]
fn h11_documents_of_rosters_and_policies_stay() {
    let mut forge = filed();
    let document = forge.roster().document();
    let erasure = of(&forge, &document, "court-order");
    ask(&mut forge, CI, erasure);
    forge.last_is("LG1025");
    // One that was proposed and never came into force is in the log's replay all the same.
    let mut forge = filed();
    let mut roster = forge.roster();
    roster.members.remove(&text(DORA.0));
    forge.propose(CI, &roster);
    let erasure = of(&forge, &roster.document(), "court-order");
    ask(&mut forge, CI, erasure);
    forge.last_is("LG1025");
    // Proposed while the erasure waits: the vote that would bring it into effect is refused.
    let mut forge = filed();
    let document = roster.document();
    let corrects = LeafHash(forge.leaves[3]);
    let first = Correction { reason: evidence(&document), corrects, replacement: None };
    forge.say(CI, first.into(), |_| {});
    let erasure = of(&forge, &document, "contract");
    let leaf = ask(&mut forge, ANA, erasure);
    forge.propose_roster(CI, &document);
    forge.is_sound();
    forge.approve(BEN, leaf);
    forge.last_is("LG1025");
    assert!(!is_erased(&forge, &document));
}

#[test]
fn h12_retention_holds_by_the_log_s_clock() {
    for (content, ground, last) in [
        ("card", "gdpr-17-1-a", TEN_YEARS),
        ("card", "contract", TEN_YEARS),
        ("parameters", "contract", SIX_MONTHS),
    ] {
        for (at, good) in
            [(last - 86_400, false), (last - 1, false), (last, true), (last + 1, true)]
        {
            let mut forge = filed();
            forge.next(at);
            let erasure = of(&forge, content, ground);
            let leaf = ask(&mut forge, ANA, erasure);
            match good {
                true => forge.is_sound(),
                false => forge.last_is("LG1026"),
            }
            forge.approve(BEN, leaf);
            assert_eq!(is_erased(&forge, content), good, "{content} for {ground} at {at}");
        }
    }
    // What a rule yields to, it does not forbid, at any time.
    for (content, ground) in [("card", "court-order"), ("parameters", "gdpr-17-1-a")] {
        let mut forge = filed();
        let erasure = of(&forge, content, ground);
        let leaf = ask(&mut forge, ANA, erasure);
        forge.approve(BEN, leaf);
        forge.is_sound();
        assert!(is_erased(&forge, content));
    }
}

#[test]
fn h12_the_newest_entry_that_names_it_counts() {
    let mut forge = filed();
    forge.next(SIX_MONTHS - 3_600);
    forge.say(CI, support::run().into(), |_| {});
    forge.next(SIX_MONTHS);
    let erasure = of(&forge, "parameters", "contract");
    ask(&mut forge, ANA, erasure);
    forge.last_is("LG1026");
    // Named anew while the erasure waits: the vote is refused, and another one may come later.
    let mut forge = filed();
    forge.next(SIX_MONTHS);
    let erasure = of(&forge, "parameters", "contract");
    let leaf = ask(&mut forge, ANA, erasure);
    forge.say(CI, support::run().into(), |_| {});
    forge.is_sound();
    let mut refused = forge.clone();
    refused.approve(BEN, leaf);
    refused.last_is("LG1026");
    assert!(!is_erased(&refused, "parameters"));
    forge.next(SIX_MONTHS + 200 * 86_400);
    forge.approve(BEN, leaf);
    forge.is_sound();
    assert!(is_erased(&forge, "parameters"));
    // A lie about the other digest moves nothing into another rule.
    let mut forge = filed();
    let corrects = LeafHash(forge.leaves[3]);
    let lie = Evidence { blake3: evidence("x").blake3, ..evidence("card") };
    forge.say(CI, Correction { reason: lie, corrects, replacement: None }.into(), |_| {});
    let erasure = Erasure { blake3: evidence("x").blake3, ..of(&forge, "card", "contract") };
    ask(&mut forge, ANA, erasure);
    forge.last_is("LG1026");
}

#[test]
fn h13_the_rules_that_apply_are_named_with_their_times() {
    let good = of(&filed(), "parameters", "gdpr-17-1-a");
    assert_eq!(good.rules.len(), 2, "{:?}", good.rules);
    let hold = |id: &str, until| Hold { id: text(id), until: time(until) };
    for rules in [
        vec![],
        vec![hold("ai-act-19-1", SIX_MONTHS)],
        vec![hold("ai-act-19-1", SIX_MONTHS), hold("ai-act-26-6", SIX_MONTHS - 1)],
        vec![hold("ai-act-19-1", SIX_MONTHS), hold("ai-act-18-1", SIX_MONTHS)],
        vec![
            hold("ai-act-19-1", SIX_MONTHS),
            hold("ai-act-26-6", SIX_MONTHS),
            hold("ai-act-18-1", TEN_YEARS),
        ],
    ] {
        let mut forge = filed();
        ask(&mut forge, ANA, Erasure { rules: rules.into_iter().collect(), ..good.clone() });
        forge.last_is("LG1028");
    }
}

#[test]
fn h14_a_table_that_nobody_here_knows_decides_nothing() {
    let mut forge = filed();
    let unknown = Erasure { table: text("retention/9"), ..of(&forge, "typo", "contract") };
    let leaf = ask(&mut forge, ANA, unknown);
    forge.last_is("LG4015");
    let replay = forge.replay();
    assert!(replay.findings()[0].fault.is_undecided() && replay.lost().is_none());
    forge.approve(BEN, leaf);
    assert!(!is_erased(&forge, "typo"));
}

#[test]
fn h16_what_is_erased_is_named_no_more() {
    let (mut forge, leaf) = asked(ANA);
    // As long as it is only asked for, it may be.
    let corrects = LeafHash(forge.leaves[3]);
    let again = || Correction { reason: evidence("typo"), corrects, replacement: None };
    forge.say(CI, again().into(), |_| {});
    let erasure = of(&forge, "typo", "contract");
    let second = ask(&mut forge, CI, erasure.clone());
    forge.approve(BEN, leaf);
    forge.is_sound();
    assert!(is_erased(&forge, "typo"));
    // The other one is superseded.
    let mut late = forge.clone();
    late.approve(CLEO, second);
    late.last_is("LG1017");
    let mut twice = forge.clone();
    ask(&mut twice, CI, erasure);
    twice.last_is("LG1027");
    let voted = Approval { reason: Some(evidence("typo")), ..verdict(corrects, Verdict::Approve) };
    let lie = Evidence { size: 1, ..evidence("typo") };
    for body in [
        Body::from(again()),
        voted.into(),
        Document { document: evidence("typo"), ..support::document() }.into(),
        Document { document: lie, ..support::document() }.into(),
        Proposal { change: Change::Roster(evidence("typo")), replaces: corrects }.into(),
        Erasure { reason: Some(evidence("typo")), ..of(&forge, "card", "court-order") }.into(),
    ] {
        let mut forge = forge.clone();
        forge.say(CLEO, body, |_| {});
        forge.last_is("LG1027");
    }
}

#[test]
fn h04_nothing_is_erased_while_the_ledger_is_founding() {
    let mut forge = Forge::open();
    forge.say(CI, support::run().into(), |_| {});
    let erasure = of(&forge, "parameters", "court-order");
    ask(&mut forge, ANA, erasure);
    forge.last_is("LG1010");
}

/// An index goes on where the log is without judging an erasure again by what came after it.
#[test]
fn h03_a_resumed_replay_knows_what_is_erased() {
    use ledgit_core::replay::Replay;
    let (mut forge, leaf) = asked(ANA);
    forge.approve(BEN, leaf);
    forge.close();
    let whole = forge.replay();
    let standing = whole.standing().unwrap();
    let decisive: Vec<_> =
        standing.decisive.iter().map(|position| forge.decisive(*position)).collect();
    let (past, frontier) = forge.past();
    let resumed = Replay::resume(past, frontier, standing, &decisive).unwrap();
    let (one, other) = (whole.authority().unwrap(), resumed.authority().unwrap());
    assert_eq!(one.erased(), other.erased());
    assert_eq!(one.erased().all().count(), 1);
}
