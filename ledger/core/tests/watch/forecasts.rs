//! Forecasts (BU-20 to BU-24).

use super::budgets::budget;
use super::given::*;
use ledgit_core::cost::budget::{Budget, Over};
use ledgit_core::cost::forecast::{Answer, Crosses, Forecast, Method, Why, forecast};
use ledgit_core::cost::series::Dated;
use ledgit_core::decimal::Decimal;
use ledgit_core::time::{Period, Timestamp};
use proptest::prelude::*;

fn ask(limit: &str, amounts: &[Dated], as_of: &str, method: Method) -> Answer {
    forecast(&budget(limit), amounts, at(as_of), method).unwrap()
}

fn some(answer: Answer) -> Forecast {
    match answer {
        Answer::Forecast(forecast) => *forecast,
        Answer::None(why) => panic!("{why:?}"),
    }
}

fn spent(amounts: &[(&str, &str)]) -> Vec<Dated> {
    let amounts = (1u64..).zip(amounts);
    amounts.map(|(i, (on, amount))| dated(i, at(on), number(amount))).collect()
}

#[test]
fn bu21_as_much_in_each_second_to_come() {
    // 10 of 30 days.
    let amounts = spent(&[("2026-04-02", "10"), ("2026-04-11", "500"), ("2026-03-02", "500")]);
    let found = some(ask("29.99", &amounts, "2026-04-11", Method::LINEAR));
    assert_eq!((found.elapsed, found.spent, found.ahead), (864_000, exact("10"), exact("500")));
    assert_eq!((found.total, found.rounded), (exact("30"), exact("30")));
    // 29.99 of 30 in 30 days.
    let Crosses::At(at) = found.crosses else { panic!() };
    assert_eq!(at.to_string(), "2026-04-30T23:45:37Z");
    let found = some(ask("30", &amounts, "2026-04-11", Method::LINEAR));
    assert_eq!(found.crosses, Crosses::Not);
    let found = some(ask("9.99", &amounts, "2026-04-11", Method::LINEAR));
    assert!(matches!(found.crosses, Crosses::Already(crossing) if crossing.place == entry(1)));
}

/// At the edge: the total is the limit, or one in the 38th digit past it.
#[test]
fn bu24_at_the_limit_is_not_past_it() {
    let amounts = spent(&[("2026-04-02", "10")]);
    let below = some(ask(
        "29.999999999999999999999999999999999999",
        &amounts,
        "2026-04-11",
        Method::LINEAR,
    ));
    assert_eq!(below.crosses, Crosses::At(at("2026-05-01")), "at the end itself");
    let above = some(ask(
        "30.000000000000000000000000000000000001",
        &amounts,
        "2026-04-11",
        Method::LINEAR,
    ));
    assert_eq!(above.crosses, Crosses::Not);
}

#[test]
fn bu20_a_total_is_rounded_up() {
    let amounts = spent(&[("2026-04-02", "1")]);
    let found = some(ask("100", &amounts, "2026-04-08", Method::LINEAR));
    assert_eq!(
        (found.total.to_string(), found.rounded.to_string()),
        ("30/7".into(), "4.29".into())
    );
}

#[test]
fn bu21_too_early_is_no_forecast() {
    let amounts = spent(&[("2026-04-01", "1")]);
    let none = |as_of| match ask("100", &amounts, as_of, Method::LINEAR) {
        Answer::None(why) => Some(why),
        Answer::Forecast(_) => None,
    };
    let length = 30 * 86_400;
    let early = |elapsed| Some(Why::TooEarly { elapsed, length });
    assert_eq!(none("2026-04-03T23:59:59Z"), early(3 * 86_400 - 1));
    assert_eq!(none("2026-04-04"), None, "a tenth is enough");
    let always = Method::Linear { least: 0 };
    assert_eq!(ask("100", &amounts, "2026-04-01", always), Answer::None(early(0).unwrap()));
    assert_eq!(some(ask("100", &amounts, "2026-04-01T00:00:01Z", always)).total, exact("2592000"));
}

#[test]
fn bu22_the_mean_of_the_last_periods() {
    let amounts = spent(&[
        ("2025-12-05", "1000"),
        ("2026-01-05", "10"),
        ("2026-02-05", "20"),
        ("2026-04-05", "5"),
    ]);
    let found = some(ask("9.99", &amounts, "2026-04-11", Method::TRAILING));
    let earlier: Vec<_> = found.earlier.iter().map(|(_, sum)| sum.to_string()).collect();
    assert_eq!(earlier, ["10", "20", "0"], "March without amounts is 0; December is too long ago");
    assert_eq!((found.total, found.spent), (exact("10"), exact("5")));
    // 4.99 of the 5 that are lacking, over 20 days from the 11th on.
    assert_eq!(found.crosses, Crosses::At(at("2026-04-30T23:02:25Z")));
    assert_eq!(some(ask("10", &amounts, "2026-04-11", Method::TRAILING)).crosses, Crosses::Not);
    let already = some(ask("4.99", &amounts, "2026-04-11", Method::TRAILING));
    assert!(matches!(already.crosses, Crosses::Already(crossing) if crossing.place == entry(4)));
    // More is spent than the mean.
    let more = [&amounts[..], &[dated(9, at("2026-04-06"), number("40"))]].concat();
    let found = some(ask("50", &more, "2026-04-11", Method::TRAILING));
    assert_eq!((found.total, found.crosses), (exact("45"), Crosses::Not));
}

#[test]
fn bu22_too_few_periods_are_no_forecast() {
    let few = |amounts: &[Dated], least| match ask(
        "1",
        amounts,
        "2026-04-11",
        Method::Trailing { periods: 3, least },
    ) {
        Answer::None(why) => Some(why),
        Answer::Forecast(_) => None,
    };
    let march = spent(&[("2026-03-31T23:59:59Z", "10")]);
    assert_eq!(few(&march, 2), Some(Why::TooFew { periods: 1 }));
    assert_eq!(few(&march, 1), None);
    assert_eq!(few(&[], 0), Some(Why::TooFew { periods: 0 }), "of nothing there is no mean");
    let old = spent(&[("2020-03-31", "10")]);
    assert_eq!(few(&old, 3), None, "three months at 0");
    let dollars = Dated { unit: unit("USD"), ..march[0].clone() };
    assert_eq!(few(&[dollars], 1), Some(Why::TooFew { periods: 0 }));
}

#[test]
fn bu23_before_and_after_a_period() {
    let period = Period::new(at("2026-04-01"), at("2026-04-11")).unwrap();
    let fixed = Budget { over: Over::Fixed(period), ..budget("100") };
    let ask = |as_of: &str, method| forecast(&fixed, &[], at(as_of), method).unwrap();
    assert_eq!(ask("2026-03-31T23:59:59Z", Method::LINEAR), Answer::None(Why::NotBegun));
    assert_eq!(ask("2026-04-11", Method::LINEAR), Answer::None(Why::Over));
    assert_eq!(ask("2026-04-05", Method::TRAILING), Answer::None(Why::OnePeriod));
    let found = some(ask("2026-04-05", Method::LINEAR));
    assert_eq!((found.total, found.crosses), (exact("0"), Crosses::Not));
    assert!(forecast(&budget("1"), &[], Timestamp::MAX, Method::LINEAR).is_err());
}

/// Credits alone: nothing is divided by 0 or turned around.
#[test]
fn a_period_below_zero_crosses_nothing() {
    let amounts = spent(&[("2026-03-05", "-30"), ("2026-02-05", "-30"), ("2026-04-05", "-5")]);
    let linear = some(ask("1", &amounts, "2026-04-11", Method::LINEAR));
    assert_eq!((linear.total, linear.crosses), (exact("-15"), Crosses::Not));
    let trailing = some(ask("1", &amounts, "2026-04-11", Method::TRAILING));
    assert_eq!((trailing.total, trailing.crosses), (exact("-5"), Crosses::Not));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Second by second, in whole numbers.
    #[test]
    fn a_line_is_crossed_at_the_first_second_past_it(
        length in 2..300u64, elapsed in 1..299u64, cents in -100..1_000i64, limit in 1..3_000i64,
    ) {
        prop_assume!(elapsed < length);
        let second = |seconds: u64| Timestamp::from_seconds(5_000 + seconds).unwrap();
        let period = Period::new(second(0), second(length)).unwrap();
        let limited = Decimal::new(limit.into(), 2).unwrap();
        let budget = Budget { over: Over::Fixed(period), limit: limited, ..budget("1") };
        let amounts = [dated(1, second(0), Decimal::new(cents.into(), 2).unwrap())];
        let found = some(forecast(&budget, &amounts, second(elapsed), Method::Linear { least: 0 }).unwrap());
        let past = |seconds: u64| i128::from(cents) * i128::from(seconds) > i128::from(limit) * i128::from(elapsed);
        let first = (elapsed + 1..=length).find(|seconds| past(*seconds)).map(second);
        match found.crosses {
            Crosses::Already(_) => prop_assert!(cents > limit),
            Crosses::At(at) => prop_assert_eq!(Some(at), first),
            Crosses::Not => prop_assert_eq!(None, first),
        }
    }
}
