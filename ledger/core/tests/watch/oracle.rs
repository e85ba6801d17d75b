//! The same verdicts by whole numbers and by counting; and what must not matter.

use super::given::*;
use ledgit_core::cost::calendar::Every;
use ledgit_core::cost::series::{Dated, Gaps, Place, Series};
use ledgit_core::cost::spike::{Alert, Compared, Evaluation, Rule, Test};
use ledgit_core::decimal::Decimal;
use num_bigint::BigInt;
use num_rational::Ratio;
use proptest::prelude::*;

type Big = Ratio<BigInt>;

fn big(numerator: i128, denominator: i128) -> Big {
    Ratio::new(numerator.into(), denominator.into())
}

/// The median by its definition: the middle of the least value that half are not above, and the
/// greatest that half are not below. Nothing is sorted.
fn median(values: &[Big]) -> Big {
    let count = |test: &dyn Fn(&Big) -> bool| values.iter().filter(|value| test(value)).count();
    let half = |n: usize| 2 * n >= values.len();
    let low = values.iter().filter(|one| half(count(&|value| value <= *one))).min().unwrap();
    let high = values.iter().filter(|one| half(count(&|value| value >= *one))).max().unwrap();
    (low + high) / BigInt::from(2)
}

fn distance(a: &Big, b: &Big) -> Big {
    if a > b { a - b } else { b - a }
}

/// AN-11 to AN-15, written again: whether a value stands out from earlier ones.
fn stands_out(earlier: &[Big], value: &Big, rule: &Rule) -> bool {
    if earlier.len() < usize::from(rule.least) {
        return false;
    }
    let mean = |values: &[Big]| values.iter().sum::<Big>() / BigInt::from(values.len());
    let (middle, past) = match rule.test {
        Test::Percent { percent } => {
            let middle = mean(earlier);
            let limit = distance(&middle, &big(0, 1)) * big(percent.into(), 100);
            let past = distance(value, &middle) > limit;
            (middle, past)
        }
        Test::Robust { factor, percent } => {
            let middle = median(earlier);
            let distances: Vec<_> = earlier.iter().map(|one| distance(one, &middle)).collect();
            let own = distance(value, &middle);
            let factor = big(factor.mantissa(), 10i128.pow(factor.scale().into()));
            let (mad, deviation) = (median(&distances), mean(&distances));
            let past = if mad > big(0, 1) {
                own * big(6745, 10_000) / mad > factor
            } else if deviation > big(0, 1) {
                own / (deviation * big(1_253_314, 1_000_000)) > factor
            } else {
                own > distance(&middle, &big(0, 1)) * big(percent.into(), 100)
            };
            (middle, past)
        }
    };
    let minimum = big(rule.minimum.mantissa(), 10i128.pow(rule.minimum.scale().into()));
    past && distance(value, &middle) >= minimum && (rule.drops || *value > middle)
}

/// Days of amounts in thousandths, some days with none and some with several.
fn histories() -> impl Strategy<Value = Vec<(u64, i64)>> {
    // Few different values, so that medians, MADs and means are 0 or equal often.
    let amount = prop_oneof![Just(10_000), Just(0), Just(5_000), -20_000..60_000i64];
    prop::collection::vec((0..40u64, amount), 1..60)
}

fn rules() -> impl Strategy<Value = Rule> {
    let compared = prop_oneof![Just(Compared::Trailing), Just(Compared::SameWeekday)];
    let robust = (0..60i128, 0..200u32).prop_map(|(tenths, percent)| Test::Robust {
        factor: Decimal::new(tenths, 1).unwrap(),
        percent,
    });
    let test = prop_oneof![robust, (0..200u32).prop_map(|percent| Test::Percent { percent })];
    let counts = (1..12u16).prop_flat_map(|periods| (Just(periods), 1..=periods));
    (compared, test, counts, 0..20_000i128, any::<bool>()).prop_map(
        |(compared, test, (periods, least), thousandths, drops)| {
            let minimum = Decimal::new(thousandths, 3).unwrap();
            Rule { compared, periods, least, test, minimum, drops }
        },
    )
}

fn amounts(history: &[(u64, i64)]) -> Vec<Dated> {
    let dated = |(i, (on, thousandths)): (usize, &(u64, i64))| {
        let amount = Decimal::new((*thousandths).into(), 3).unwrap();
        dated(i as u64, day(1000 + on), amount)
    };
    history.iter().enumerate().map(dated).collect()
}

fn evaluate(amounts: &[Dated], gaps: Gaps, rules: &[Rule]) -> Evaluation {
    let cut = ledgit_core::cost::series::Cut { gaps, ..cut(Every::Day, day(1041)) };
    Evaluation::of(Series::of(&eur(), &cut, amounts).unwrap(), rules).unwrap()
}

fn keys(evaluation: &Evaluation) -> Vec<(u64, bool)> {
    evaluation.alerts().map(|alert: &Alert| (alert.number, alert.rises())).collect()
}

fn scaled(value: Decimal) -> Decimal {
    value.checked_times(10).unwrap()
}

fn gaps() -> impl Strategy<Value = Gaps> {
    prop_oneof![Just(Gaps::Zero), Just(Gaps::Absent)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn verdicts_are_those_of_the_oracle(history in histories(), rule in rules(), gaps in gaps()) {
        let first = history.iter().map(|(on, _)| *on).min().unwrap();
        let value = |on: u64| {
            let of: Vec<i128> = history.iter().filter(|one| one.0 == on).map(|one| one.1.into()).collect();
            let known = on >= first && (gaps == Gaps::Zero || !of.is_empty());
            known.then(|| big(of.iter().sum(), 1000))
        };
        let step = if rule.compared == Compared::Trailing { 1 } else { 7 };
        let expected = (0..41u64).filter(|on| {
            let back = (1..=u64::from(rule.periods)).filter_map(|i| on.checked_sub(i * step));
            let earlier: Vec<_> = back.filter_map(value).collect();
            value(*on).is_some_and(|value| stands_out(&earlier, &value, &rule))
        });
        let found = evaluate(&amounts(&history), gaps, &[rule]);
        let found: Vec<_> = found.alerts().map(|alert| alert.number - 1000).collect();
        prop_assert_eq!(found, expected.collect::<Vec<_>>());
    }

    /// The order of input does not matter, and the same input gives the same, to the last field.
    #[test]
    fn an06_order_does_not_matter(
        (history, mixed) in histories().prop_flat_map(|one| (Just(amounts(&one)), Just(amounts(&one)).prop_shuffle())),
        rule in rules(), gaps in gaps(),
    ) {
        let found = evaluate(&history, gaps, &[rule]);
        prop_assert_eq!(&found, &evaluate(&mixed, gaps, &[rule]));
        prop_assert_eq!(format!("{found:?}"), format!("{:?}", evaluate(&history, gaps, &[rule])));
    }

    /// Cents or euros: with the minimum, all amounts times ten give the same verdicts.
    #[test]
    fn scale_does_not_matter(history in histories(), rule in rules(), gaps in gaps()) {
        let amounts = amounts(&history);
        let ten = amounts.iter().map(|one| Dated { amount: scaled(one.amount), ..one.clone() });
        let ten: Vec<_> = ten.collect();
        let other = Rule { minimum: scaled(rule.minimum), ..rule };
        prop_assert_eq!(
            keys(&evaluate(&amounts, gaps, &[rule])), keys(&evaluate(&ten, gaps, &[other]))
        );
    }

    /// An amount of 0 in a gap that is 0 anyway changes no verdict; nor does one of another unit.
    #[test]
    fn nothing_more_changes_nothing(history in histories(), rule in rules(), on in 0..41u64) {
        let mut amounts = amounts(&history);
        let before = keys(&evaluate(&amounts, Gaps::Zero, &[rule]));
        let first = history.iter().map(|(on, _)| *on).min().unwrap();
        let more = dated(900, day(1000 + on.max(first)), Decimal::ZERO);
        amounts.push(Dated { unit: unit("USD"), amount: scaled(Decimal::new(1, 0).unwrap()), ..more.clone() });
        amounts.push(more);
        prop_assert_eq!(before, keys(&evaluate(&amounts, Gaps::Zero, &[rule])));
    }

    /// A row that is split is the row.
    #[test]
    fn parts_are_the_whole(history in histories(), rule in rules(), part in -9_000..9_000i64) {
        let whole = amounts(&history);
        let parts = whole.iter().flat_map(|one| {
            let part = Decimal::new(part.into(), 3).unwrap();
            let rest = one.amount.checked_sub(part).unwrap();
            [part, rest].map(|amount| Dated { amount, ..one.clone() })
        });
        let (a, b) = (
            evaluate(&whole, Gaps::Absent, &[rule]),
            evaluate(&parts.collect::<Vec<_>>(), Gaps::Absent, &[rule]),
        );
        let alerts = |of: &Evaluation| of.alerts().cloned().collect::<Vec<Alert>>();
        prop_assert_eq!(alerts(&a), alerts(&b));
    }

    /// Whole numbers of weeks later everything is the same.
    #[test]
    fn time_does_not_matter(history in histories(), rule in rules()) {
        let amounts = amounts(&history);
        let week = |one: &Dated| {
            let at = day(one.at.seconds() / 86_400 + 7);
            Dated { at, place: Place::entry(one.place.entry), ..one.clone() }
        };
        let later: Vec<_> = amounts.iter().map(week).collect();
        let moved = ledgit_core::cost::series::Cut { gaps: Gaps::Zero, ..cut(Every::Day, day(1048)) };
        let moved = Evaluation::of(Series::of(&eur(), &moved, &later).unwrap(), &[rule]).unwrap();
        let expected = keys(&evaluate(&amounts, Gaps::Zero, &[rule]));
        let expected: Vec<_> = expected.into_iter().map(|(number, up)| (number + 7, up)).collect();
        prop_assert_eq!(expected, keys(&moved));
    }
}
