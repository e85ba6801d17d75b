//! Random views: they conform, and add up.

use ledgit_core::cost::allocate::Reason;
use ledgit_core::cost::series::Place;
use ledgit_core::cost::view::{Item, Source, View};
use ledgit_core::decimal::Decimal;
use ledgit_core::digest::Sha256;
use ledgit_core::name::Label;
use ledgit_core::statement::Purpose;
use proptest::prelude::*;

use super::files::{File, broken};
use super::made::{TEXTS, exported, month, sums, unit};
use super::read::adds_up;

fn label() -> impl Strategy<Value = Label> {
    let some = prop_oneof![
        prop::sample::select(TEXTS).prop_map(str::to_owned),
        "[-=+@a-b,;\"'\\\\ ]{1,6}",
        "\\PC{1,12}",
    ];
    some.prop_filter_map("no label", |text| text.parse().ok())
}

fn source() -> impl Strategy<Value = Source> {
    prop_oneof![
        Just(Source::Cost),
        prop::collection::vec(label(), 0..3).prop_map(Source::Allocated),
        (prop::sample::select(&Reason::ALL[..]), prop::option::of(label()))
            .prop_map(|(reason, rule)| Source::Unallocated(reason, rule)),
        Just(Source::NotAllocated),
        Just(Source::ReportMissing),
    ]
}

fn amount() -> impl Strategy<Value = Decimal> {
    // Sums of a hundred of them have at most 38 digits.
    (-10i128.pow(20)..10i128.pow(20), 0u8..16)
        .prop_map(|(units, scale)| Decimal::new(units, scale).unwrap())
}

fn item() -> impl Strategy<Value = Item> {
    let measures = &["BilledCost", "EffectiveCost", "ListCost", "ContractedCost", "", "Other"][..];
    let what = (
        prop::sample::select(&["USD", "EUR", "JPY"][..]),
        prop::sample::select(measures),
        amount(),
        source(),
    );
    let whose = (
        prop::option::of(label()),
        prop::option::of(0u8..3),
        prop::option::of(prop::sample::select(&Purpose::ALL[..])),
        prop::option::of(label()),
    );
    let place = (0u64..4, prop::option::of(1u64..3));
    (place, 0u64..3, what, whose).prop_map(
        |((entry, row), at, what, (account, model, activity, team))| {
            let (currency, measure, amount, source) = what;
            Item {
                place: Place { entry, row },
                period: month(at),
                unit: unit(currency, measure),
                amount,
                source,
                account,
                model: model.map(|byte| Sha256([byte; 32])),
                activity,
                team,
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_view_conforms_and_adds_up(
        items in prop::collection::vec(item(), 1..40),
        // The same ones again, with other amounts: rows that have all in common.
        again in prop::collection::vec((any::<prop::sample::Index>(), amount(), 0usize..4), 0..40),
        seed in any::<prop::sample::Index>(),
    ) {
        let costs = ["BilledCost", "EffectiveCost", "ListCost", "ContractedCost"];
        let mut view = View { items, ..View::default() };
        for (index, amount, measure) in again {
            let like = index.get(&view.items).clone();
            let currency = like.unit.currency.as_str().to_owned();
            view.items.push(Item { amount, unit: unit(&currency, costs[measure]), ..like });
        }
        let (file, told) = exported(&view);
        prop_assert_eq!(broken(&File::read(&file).judged()), []);
        prop_assert_eq!(&told.totals, &sums(&view));
        adds_up(&view, &file);
        let at = seed.index(view.items.len());
        view.items.rotate_left(at);
        prop_assert_eq!(exported(&view).0, file);
    }
}
