//! Unit costs and returns (BU-30 to BU-34).

use super::given::*;
use ledgit_core::cost::ratio::{NotComputable, count, money, ratio, return_on, unit_cost};
use ledgit_core::cost::series::{Dated, Unit};

fn amount(position: u64, amount: &str) -> Dated {
    dated(position, at("2026-01-05"), number(amount))
}

fn in_unit(position: u64, unit: Unit) -> Dated {
    Dated { unit, ..amount(position, "10") }
}

#[test]
fn bu30_a_figure_keeps_what_it_is_made_of() {
    let costs = [amount(5, "10"), amount(3, "0.5"), amount(5, "-0.25")];
    let counted = [(entry(8), 3), (entry(7), 4)];
    let figure = unit_cost(&costs, &counted, 1000, 4).unwrap();
    assert_eq!(
        (figure.value.to_string(), figure.rounded.to_string()),
        ("10250/7".into(), "1464.2857".into())
    );
    assert_eq!(
        (figure.numerator.value, figure.numerator.places),
        (exact("10.25"), vec![entry(3), entry(5)])
    );
    assert_eq!(
        (figure.denominator.value, figure.denominator.places),
        (exact("7"), vec![entry(7), entry(8)])
    );
    assert_eq!(
        (figure.per, figure.numerator.unit, figure.denominator.unit),
        (1000, Some(eur()), None)
    );
}

#[test]
fn bu30_half_goes_to_the_even_digit() {
    let rounded = |text: &str, by| {
        let one = money(&[amount(1, text)]).unwrap();
        ratio(one, count(&[(entry(2), by)]), 1, 2).unwrap().rounded.to_string()
    };
    assert_eq!(rounded("0.25", 2), "0.12");
    assert_eq!(rounded("0.27", 2), "0.14");
    assert_eq!(rounded("-0.25", 2), "-0.12");
    assert_eq!(rounded("0.25000000000000000000000000000000000001", 2), "0.13");
    assert_eq!(rounded("0.24999999999999999999999999999999999999", 2), "0.12");
}

#[test]
fn bu31_of_nothing_there_is_no_unit_cost() {
    for counted in [vec![], vec![(entry(2), 0)]] {
        let found = unit_cost(&[amount(1, "1")], &counted, 1, 2).unwrap_err();
        assert_eq!(found, NotComputable::NothingCounted(count(&counted).into()));
        assert_eq!(found.word(), "nothing-counted");
    }
    assert_eq!(unit_cost(&[], &[(entry(1), 1)], 1, 2), Err(NotComputable::NoCost));
    let many = [(entry(1), u64::MAX), (entry(2), u64::MAX)];
    assert_eq!(count(&many).value.to_string(), "36893488147419103230");
}

#[test]
fn bu32_the_return_is_what_is_left_over_what_was_spent() {
    let costs = [amount(1, "40"), amount(2, "-10")];
    let found = |benefit: &str| return_on(&[amount(9, benefit)], &costs, 3).unwrap();
    assert_eq!(found("30").value, exact("0"));
    assert_eq!(found("60").value, exact("1"));
    assert_eq!(found("0").value, exact("-1"));
    let third = found("40");
    assert_eq!(
        (third.value.to_string(), third.rounded.to_string()),
        ("1/3".into(), "0.333".into())
    );
    assert_eq!(
        (third.benefit.places, third.cost.places),
        (vec![entry(9)], vec![entry(1), entry(2)])
    );
    // What measure a benefit names is not looked at.
    let benefit = in_unit(9, Unit { measure: None, ..eur() });
    assert_eq!(return_on(&[benefit], &costs, 2).unwrap().benefit.value, exact("10"));
}

#[test]
fn bu33_without_a_benefit_nothing_is_computed() {
    let word =
        |benefits: &[Dated], costs: &[Dated]| return_on(benefits, costs, 2).unwrap_err().word();
    let (benefit, cost) = ([amount(9, "10")], [amount(1, "10")]);
    assert_eq!(word(&[], &cost), "no-benefit");
    assert_eq!(word(&[], &[]), "no-benefit");
    assert_eq!(word(&benefit, &[]), "no-cost");
    assert_eq!(word(&benefit, &[amount(1, "0")]), "cost-not-positive");
    assert_eq!(
        word(&benefit, &[amount(1, "1"), amount(2, "-1.0000000000000000000000000000000000001")]),
        "cost-not-positive"
    );
    let other = [amount(9, "10"), in_unit(8, unit("USD"))];
    assert_eq!(return_on(&other, &cost, 2), Err(NotComputable::OtherCurrency(vec![entry(8)])));
    assert_eq!(
        return_on(&benefit, &[in_unit(1, unit("USD"))], 2),
        Err(NotComputable::OtherCurrency(vec![entry(9)]))
    );
}

#[test]
fn bu34_amounts_in_two_units_have_no_sum() {
    let list = Unit { measure: Some("ListCost".parse().unwrap()), ..eur() };
    assert_eq!(money(&[]), Err(NotComputable::NoCost));
    let currencies = [in_unit(3, unit("USD")), in_unit(1, eur()), in_unit(2, unit("USD"))];
    assert_eq!(money(&currencies), Err(NotComputable::OtherCurrency(vec![entry(2), entry(3)])));
    let measures = [in_unit(3, list), in_unit(1, eur())];
    let found = money(&measures).unwrap_err();
    assert_eq!(
        (found.word(), &found),
        ("other-measure", &NotComputable::OtherMeasure(vec![entry(3)]))
    );
}
