//! Whose approvals count, and why the others do not (E-08, E-32, J-20, J-21).

use ledgit_core::statement::*;

use crate::history::*;
use crate::support::{self, digests, text, time};

const BOTH: &str = "approvalWorkflow: {groups: [ethics, legal], minApprovals: 2}";

#[test]
fn each_group_and_so_many_persons_are_asked_for() {
    let mut bench = Bench::under(BOTH);
    bench.gives("approvals", "2 persons, among them 1 of ethics and 1 of legal", "0", &[]);
    let ana = bench.approve(ANA);
    bench.gives("approvals", "1 person, among them 1 of legal", "1", &[ana]);
    let dora = bench.approve(DORA);
    bench.gives("not-in-group", "1 of legal", "2", &[ana, dora]);
    let ben = bench.approve(BEN);
    bench.gives("met", "", "3", &[ana, dora, ben]);
}

#[test]
fn a_person_in_both_groups_counts_for_each_and_once_for_the_number() {
    let mut bench = Bench::under(BOTH);
    let cleo = bench.approve(CLEO);
    bench.gives("approvals", "1 person", "1", &[cleo]);
    let dora = bench.approve(DORA);
    bench.gives("met", "", "2", &[cleo, dora]);
    let mut bench = Bench::under("approvalWorkflow: {groups: [ethics, legal]}");
    let cleo = bench.approve(CLEO);
    bench.gives("met", "", "1", &[cleo]);
}

#[test]
fn one_person_with_two_keys_is_one_person() {
    let mut bench = Bench::under("approvalWorkflow: {minApprovals: 2}");
    bench.approve(ANA);
    let last = bench.approve((ANA.0, 3));
    bench.gives("approvals", "1 person", "1", &[last]);
    let ben = bench.approve(BEN);
    bench.gives("met", "", "2", &[last, ben]);
}

#[test]
fn of_a_group_as_many_as_stated() {
    let mut bench =
        Bench::under("approvalWorkflow: {groups: [ethics, legal], perGroup: {legal: 2}}");
    bench.gives("approvals", "2 persons, among them 1 of ethics and 2 of legal", "0", &[]);
    let ana = bench.approve(ANA);
    let ben = bench.approve(BEN);
    bench.gives("not-in-group", "1 of legal", "2", &[ana, ben]);
    let cleo = bench.approve(CLEO);
    bench.gives("met", "", "3", &[ana, ben, cleo]);
}

#[test]
fn so_many_persons_and_no_fewer() {
    for min in 1..=4 {
        let mut bench = Bench::under(&format!("approvalWorkflow: {{minApprovals: {min}}}"));
        let mut entries = Vec::new();
        for (count, who) in (1..=4).zip([ANA, BEN, CLEO, DORA]) {
            entries.push(bench.approve(who));
            let value = count.to_string();
            match count >= min {
                true => bench.gives("met", "", &value, &entries),
                false => {
                    let lacks = min - count;
                    let many = if lacks == 1 { "" } else { "s" };
                    bench.gives("approvals", &format!("{lacks} person{many}"), &value, &entries);
                }
            }
        }
    }
}

#[test]
fn an_approval_is_for_one_environment() {
    let mut bench = Bench::under("approvalWorkflow: {minApprovals: 1}");
    let staging = Approval { environment: Some(text("staging")), ..bench.approval() };
    let entry = bench.by(ANA, staging);
    bench.gives("other-environment", "staging", "0", &[entry]);
    let nowhere = Approval { environment: None, ..bench.approval() };
    let entry = bench.by(BEN, nowhere);
    bench.gives("other-environment", "no environment", "0", &[entry]);
    let entry = bench.approve(CLEO);
    bench.gives("met", "", "1", &[entry]);
}

#[test]
fn an_approval_is_under_one_document() {
    let mut bench = Bench::under("approvalWorkflow: {minApprovals: 1}");
    let none = Approval { policy: None, ..bench.approval() };
    let entry = bench.by(ANA, none);
    bench.gives("other-policy", "1 person", "0", &[entry]);
    // One digest that is right beside one that is not does not make it this document.
    let mut half = digests(&bench.document);
    half.blake3 = digests("another").blake3;
    let entry = bench.by(BEN, Approval { policy: Some(half), ..bench.approval() });
    bench.gives("other-policy", "1 person", "0", &[entry]);
    let old = bench.approve(CLEO);
    bench.gives("met", "", "1", &[old]);
    // A comment more is another document, and to adopt the same again is the same.
    let document = bench.document.clone();
    bench.adopt(&document);
    bench.gives("met", "", "1", &[old]);
    bench.adopt(&format!("{document}# reviewed\n"));
    bench.gives("other-policy", "1 person", "0", &[old]);
}

#[test]
fn an_approval_that_was_taken_back_does_not_count() {
    let mut bench = Bench::under("approvalWorkflow: {minApprovals: 1}");
    let first = bench.approve(ANA);
    bench.by(ANA, Approval { verdict: Verdict::Withdraw, ..bench.approval() });
    bench.gives("withdrawn", "1 person", "0", &[first]);
    let again = bench.approve(ANA);
    bench.gives("met", "", "1", &[again]);
    // Taken back for another environment, it stands for this one.
    let staging = Approval {
        verdict: Verdict::Withdraw,
        environment: Some(text("staging")),
        ..bench.approval()
    };
    bench.by(ANA, staging);
    bench.gives("met", "", "1", &[again]);
    // A name for the policy that no rule looks at makes no second verdict of it.
    let mut policy = digests(&bench.document);
    policy.oms = Some(ledgit_core::digest::Oms([7; 32]));
    let taken = Approval { verdict: Verdict::Withdraw, policy: Some(policy), ..bench.approval() };
    bench.by(ANA, taken);
    bench.gives("withdrawn", "1 person", "0", &[again]);
}

#[test]
fn an_approval_ends_when_it_says() {
    for (ends, good) in [(1_000, false), (1_001, true)] {
        let mut bench = Bench::under("approvalWorkflow: {minApprovals: 1}");
        let until = Approval { expires: Some(time(START + ends)), ..bench.approval() };
        let entry = bench.by(ANA, until);
        bench.gives("met", "", "1", &[entry]);
        bench.at(1_000);
        match good {
            true => bench.gives("met", "", "1", &[entry]),
            false => bench.gives("expired", "1 person", "0", &[entry]),
        }
    }
}

#[test]
fn an_approval_is_good_for_as_long_as_the_policy_says() {
    for (age, good) in [(3_600, true), (3_601, false)] {
        let mut bench = Bench::under("approvalWorkflow: {minApprovals: 1, validFor: 1h}");
        let entry = bench.approve(ANA);
        bench.at(240 + age);
        match good {
            true => bench.gives("met", "", "1", &[entry]),
            false => bench.gives("expired", "1 person", "0", &[entry]),
        }
    }
}

#[test]
fn somebody_who_left_does_not_approve_any_more() {
    let mut bench = Bench::under("approvalWorkflow: {minApprovals: 1}");
    let entry = bench.approve(DORA);
    let mut roster = bench.forge.roster();
    roster.members.remove(&text(DORA.0));
    roster.groups.remove(&text("validators"));
    bench.forge.change_roster(&roster);
    bench.gives("not-in-group", "1 person", "0", &[entry]);
    // That it had ended stands first.
    let mut bench = Bench::under("approvalWorkflow: {minApprovals: 1, validFor: 1h}");
    let until = Approval { expires: Some(time(START + 1_000)), ..bench.approval() };
    let entry = bench.by(DORA, until);
    bench.forge.change_roster(&roster);
    bench.gives("not-in-group", "1 person", "0", &[entry]);
    for later in [1_000, 10_000] {
        bench.at(later);
        bench.gives("expired", "1 person", "0", &[entry]);
    }
}

#[test]
fn who_made_it_does_not_approve_it_where_much_is_at_stake() {
    for (risk, good) in [("high", false), ("limited", true), ("minimal", true)] {
        let mut bench = Bench::at_risk(risk, "approvalWorkflow: {minApprovals: 2}");
        // The roster allows it; the policy does not.
        let mut roster = bench.forge.roster();
        roster.own_work = true;
        bench.forge.change_roster(&roster);
        bench.by(ANA, support::run());
        let ben = bench.approve(BEN);
        let own = bench.approve(ANA);
        match good {
            true => bench.gives("met", "", "2", &[ben, own]),
            false => bench.gives("own-work", "1 person", "1", &[own]),
        }
        let cleo = bench.approve(CLEO);
        if !good {
            bench.gives("met", "", "2", &[ben, cleo]);
        }
    }
}

#[test]
fn to_measure_a_model_is_not_to_make_it() {
    let mut bench = Bench::at_risk("high", "approvalWorkflow: {minApprovals: 2}");
    bench.by(ANA, number("auc", "0.9"));
    bench.by(BEN, support::document());
    let (ana, ben) = (bench.approve(ANA), bench.approve(BEN));
    bench.gives("met", "", "2", &[ana, ben]);
}

#[test]
fn a_rejection_blocks_whoever_approves() {
    let reject = |bench: &Bench| Approval { verdict: Verdict::Reject, ..bench.approval() };
    let mut bench = Bench::under("approvalWorkflow: {minApprovals: 1}");
    let approval = bench.approve(ANA);
    type Variant = (fn(&mut Approval), bool);
    let variants: [Variant; 6] = [
        (|_| {}, true),
        (|one| one.environment = None, true),
        (|one| one.policy = None, true),
        (|one| one.environment = Some(text("staging")), false),
        (|one| one.policy = Some(digests("another")), false),
        (|one| one.expires = Some(time(START + 1)), true),
    ];
    for (change, blocks) in variants {
        let mut bench = bench.clone();
        let mut rejection = reject(&bench);
        change(&mut rejection);
        let entry = bench.by(DORA, rejection.clone());
        match blocks {
            true => bench.gives("rejected", "", "", &[entry]),
            false => bench.gives("met", "", "1", &[approval]),
        }
        bench.by(DORA, Approval { verdict: Verdict::Withdraw, ..rejection });
        bench.gives("met", "", "1", &[approval]);
    }
    // To approve afterwards takes it back as well, and to reject afterwards replaces the approval.
    let first = bench.by(DORA, reject(&bench.clone()));
    let second = bench.by(ANA, reject(&bench.clone()));
    bench.gives("rejected", "", "", &[first, second]);
    bench.approve(ANA);
    bench.gives("rejected", "", "", &[first]);
    // Of somebody who left, it blocks nothing.
    let mut roster = bench.forge.roster();
    roster.members.remove(&text(DORA.0));
    roster.groups.remove(&text("validators"));
    bench.forge.change_roster(&roster);
    assert_eq!(word(&bench.answer()), "met");
}

#[test]
fn void_and_corrected_verdicts_are_none() {
    let mut bench = Bench::under("approvalWorkflow: {minApprovals: 1}");
    let entry = bench.approve(DORA);
    let mut void = bench.clone();
    void.compromise(DORA, 21, entry);
    void.gives("approvals", "1 person", "0", &[]);
    let again = void.approve((DORA.0, 21));
    void.gives("met", "", "1", &[again]);
    bench.correct(entry);
    bench.gives("approvals", "1 person", "0", &[]);
}

#[test]
fn of_approvals_that_do_not_count_the_last_one_says_why() {
    let mut bench = Bench::under(BOTH);
    let staging = Approval { environment: Some(text("staging")), ..bench.approval() };
    bench.by(BEN, staging);
    let taken = bench.approve(ANA);
    bench.by(ANA, Approval { verdict: Verdict::Withdraw, ..bench.approval() });
    let lacks = "2 persons, among them 1 of ethics and 1 of legal";
    bench.gives("withdrawn", lacks, "0", &[taken]);
    bench.by(CLEO, Approval { policy: Some(digests("another")), ..bench.approval() });
    let last = bench.forge.size() - 1;
    bench.gives("other-policy", lacks, "0", &[last]);
    // Of one approval the reason that stands first.
    let ended = Approval {
        environment: Some(text("test")),
        policy: None,
        expires: Some(time(START + 1)),
        ..bench.approval()
    };
    let last = bench.by(DORA, ended);
    bench.gives("other-environment", "test", "0", &[last]);
}

#[test]
fn approvals_of_other_bytes_are_none() {
    let mut bench = Bench::under("approvalWorkflow: {minApprovals: 1}");
    let other = ApprovalSubject::Artifact(digests("another"));
    bench.by(ANA, Approval { subject: other, ..bench.approval() });
    let model = bench.leaf(bench.forge.size() - 2);
    bench.by(ANA, Approval { subject: ApprovalSubject::Entry(model), ..bench.approval() });
    bench.gives("approvals", "1 person", "0", &[]);
}
