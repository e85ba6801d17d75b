//! Recommendations (BU-40 to BU-46).

use super::given::*;
use ledgit_core::cost::advice::{Activity, Advice, Answer, Explaining, Facts, Unallocated, advise};
use ledgit_core::cost::ratio::{Part, count, money};
use ledgit_core::cost::series::{Dated, Place};
use ledgit_core::time::Period;
use proptest::prelude::*;

fn amount(position: u64, amount: &str) -> Dated {
    dated(position, at("2026-01-05"), number(amount))
}

fn euros(position: u64, text: &str) -> Part {
    money(&[amount(position, text)]).unwrap()
}

/// `sample credit EUR cost=5 ... [1 2]`
fn said(facts: &Facts) -> Vec<String> {
    let say = |advice: &Advice| {
        let unit = advice.unit.as_ref().map_or("-", |unit| unit.currency.as_str());
        let numbers = advice.numbers.iter().map(|(name, value)| format!("{name}={value}"));
        let numbers = numbers.collect::<Vec<_>>().join(" ");
        let places = advice.places.iter().map(Place::to_string).collect::<Vec<_>>().join(" ");
        format!("{} {} {unit} {numbers} [{places}]", advice.rule.word(), advice.about)
    };
    advise(facts).iter().map(say).collect()
}

fn explaining(cost: &str, inferences: u64, explained: u64, percent: u8) -> Facts {
    let explaining = Explaining {
        about: "credit".into(),
        cost: euros(3, cost),
        inferences: count(&[(entry(2), inferences)]),
        explained: count(&[(entry(1), explained), (entry(3), 0)]),
        percent,
    };
    Facts { explaining: vec![explaining], ..Facts::default() }
}

#[test]
fn bu41_a_sample_would_cost_less() {
    let all = said(&explaining("50", 400, 400, 10));
    let expected = "sample credit EUR cost=50 inferences=400 per-inference=0.125 percent=10 would-cost=5 [1 2 3]";
    assert_eq!(all, [expected]);
    assert_eq!(said(&explaining("50", 400, 401, 99)).len(), 1);
    assert_eq!(said(&explaining("50", 400, 399, 10)), [""; 0]);
    assert_eq!(said(&explaining("50", 0, 0, 10)), [""; 0]);
    assert_eq!(said(&explaining("0", 400, 400, 10)), [""; 0]);
    assert_eq!(said(&explaining("50", 400, 400, 0)), [""; 0]);
    assert_eq!(said(&explaining("50", 400, 400, 100)), [""; 0]);
}

fn activity(costs: &[Dated], evidence: &[u64]) -> Vec<String> {
    let period = Period::new(at("2026-01-01"), at("2026-02-01")).unwrap();
    let evidence = evidence.iter().map(|position| entry(*position)).collect();
    let activity = Activity { about: "drift".into(), period, costs: costs.to_vec(), evidence };
    said(&Facts { activities: vec![activity], ..Facts::default() })
}

#[test]
fn bu42_bu43_money_without_evidence_and_evidence_without_money() {
    let dollars = Dated { unit: unit("USD"), ..amount(6, "1") };
    let two = activity(&[dollars.clone(), amount(5, "2"), amount(4, "3")], &[]);
    let expected = [
        "nothing-recorded drift EUR cost=5 evidence=0 [4 5]",
        "nothing-recorded drift USD cost=1 evidence=0 [6]",
    ];
    assert_eq!(two, expected);
    assert_eq!(activity(&[], &[8, 7]), ["not-measured drift - evidence=2 [7 8]"]);
    let credited = [amount(4, "3"), amount(5, "-3")];
    assert_eq!(activity(&credited, &[7]), ["not-measured drift - evidence=1 [4 5 7]"]);
    assert_eq!(activity(&credited, &[]), [""; 0]);
    assert_eq!(activity(&[], &[]), [""; 0]);
    assert_eq!(activity(&[dollars, amount(5, "-2")], &[7]), [""; 0], "paid in one of two");
}

#[test]
fn bu44_too_much_belongs_to_nobody() {
    let facts = |total: &str, idle: &str| {
        let unallocated = Unallocated {
            about: "bill 4".into(),
            total: euros(4, total),
            unallocated: euros(5, idle),
            percent: 20,
        };
        said(&Facts { unallocated: vec![unallocated], ..Facts::default() })
    };
    assert_eq!(facts("30", "6"), [""; 0], "at the percentage");
    let past = "6.0000000000000000000000000000000000001";
    assert_eq!(facts("30", past).len(), 1);
    assert_eq!(
        facts("30", "10"),
        ["unallocated bill 4 EUR total=30 unallocated=10 percent=20 share=1/3 [4 5]"]
    );
    assert_eq!(facts("0", "10"), [""; 0]);
    assert_eq!(facts("-30", "1"), [""; 0]);
}

fn answers() -> Vec<Answer> {
    let answer = |question: &str, on: &str, position| Answer {
        question: question.into(),
        at: at(on),
        place: entry(position),
    };
    vec![
        answer("psi", "2026-01-05T00:00:00Z", 1),
        answer("psi", "2026-01-05T23:59:59Z", 3),
        answer("psi", "2026-01-06T00:00:00Z", 4),
        answer("auc", "2026-01-05T12:00:00Z", 2),
        answer("auc", "2026-01-07T12:00:00Z", 5),
        answer("auc", "2026-01-07T13:00:00Z", 6),
        answer("auc", "2026-01-07T11:00:00Z", 7),
    ]
}

#[test]
fn bu45_one_question_twice_a_day() {
    let facts = Facts { answers: answers(), ..Facts::default() };
    assert_eq!(
        said(&facts),
        ["asked-twice auc - answers=3 [5 6 7]", "asked-twice psi - answers=2 [1 3]"]
    );
    let same = Facts { answers: vec![answers()[0].clone(); 2], ..Facts::default() };
    assert_eq!(said(&same), [""; 0], "one statement, given twice");
}

#[test]
fn each_rule_says_its_formula_by_the_names_of_its_numbers() {
    let mut facts = explaining("50", 400, 400, 10);
    let period = Period::new(at("2026-01-01"), at("2026-02-01")).unwrap();
    let with = |costs, evidence| Activity { about: "x".into(), period, costs, evidence };
    facts.activities = vec![with(vec![amount(1, "1")], vec![]), with(vec![], vec![entry(2)])];
    let (total, unallocated) = (euros(1, "2"), euros(1, "1"));
    facts.unallocated = vec![Unallocated { about: "x".into(), total, unallocated, percent: 0 }];
    facts.answers = answers();
    let all = advise(&facts);
    let rules: std::collections::BTreeSet<_> = all.iter().map(|one| one.rule).collect();
    assert_eq!(rules.len(), 5);
    for one in all {
        let words: Vec<_> = one.rule.formula().split([' ', ';', ',']).collect();
        let derived = ["share"];
        let missing =
            one.numbers.iter().find(|(name, _)| !words.contains(name) && !derived.contains(name));
        assert_eq!(missing, None, "{:?}", one.rule);
        assert!(!one.places.is_empty());
    }
}

proptest! {
    #[test]
    fn bu46_the_order_of_facts_does_not_matter(mixed in Just(answers()).prop_shuffle(), swap in any::<bool>()) {
        let mut facts = explaining("50", 400, 400, 10);
        facts.explaining.extend(explaining("60", 7, 7, 50).explaining);
        facts.answers = answers();
        let expected = advise(&facts);
        facts.answers = mixed;
        if swap {
            facts.explaining.reverse();
        }
        prop_assert_eq!(advise(&facts), expected);
    }
}
