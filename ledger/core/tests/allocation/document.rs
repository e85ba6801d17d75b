//! What is read.

use std::collections::BTreeSet;

use ledgit_core::allocation::*;
use ledgit_core::digest::Sha256;
use ledgit_core::statement::Purpose;

use crate::world::{around, example, name, parse, rules};

/// The example of the specification reads as it says.
#[test]
fn the_example_is_read() {
    let read = parse(&example()).unwrap();
    assert_eq!((read.name.as_str(), read.digits), ("responsible-ai-costs", 10));
    assert_eq!(read.aliases["org"], BTreeSet::from([" org".to_owned()]));
    let keys: Vec<_> = read.keys("cost-center").collect();
    assert_eq!(keys, ["cost-center", "CostCenter", "business_unit"]);
    let ids: Vec<_> = read.rules.iter().map(|rule| rule.id.as_str()).collect();
    let all = "by-run by-tag fraud-endpoint audits gateway registry monitoring everything-else";
    assert_eq!(ids.join(" "), all);
    let [run, tag, endpoint, audits, gateway, registry, monitoring, last] = &read.rules[..] else {
        panic!("eight rules")
    };
    let Then::Run(run) = &run.then else { panic!("a run") };
    assert_eq!(run.id, Source::Tag("x_AiRunId".to_owned()));
    assert_eq!((&run.activity, &run.team), (&Some(Part::Is(Purpose::Training)), &None));
    assert_eq!(tag.then, Then::To(read.targets[&name("tagged")].clone()));
    let Some(Part::From { table: Some(table), .. }) = &read.targets[&name("tagged")].activity
    else {
        panic!("a table")
    };
    assert_eq!(table["storage-of-evidence"], Purpose::EvidenceStorage);
    assert_eq!(endpoint.when.correction, Some(false));
    let sorts = [ChargeSort::Usage, ChargeSort::Credit];
    assert_eq!(endpoint.when.categories, Some(sorts.into_iter().collect()));
    assert!(
        matches!(&endpoint.when.columns["ResourceId"], Test::Prefix(p) if p.ends_with("/fraud"))
    );
    assert!(matches!(&audits.when.tags["environment"], Test::OneOf(all) if all.len() == 2));
    let weights = |rule: &Rule| match &rule.then {
        Then::Weights(all) => all.iter().map(|(n, (_, w))| (n.to_string(), *w)).collect::<Vec<_>>(),
        _ => panic!("weights"),
    };
    let named = |fraud, churn| {
        vec![("churn-serving".to_owned(), churn), ("fraud-serving".to_owned(), fraud)]
    };
    assert_eq!((weights(gateway), weights(registry)), (named(3, 1), named(1, 1)));
    assert_eq!(monitoring.then, Then::Proportional(BTreeSet::from([2])));
    assert_eq!(last.then, Then::Proportional(BTreeSet::from([0, 1, 2, 3])));
    assert!(last.when.is_any() && !monitoring.when.is_any());
}

#[test]
fn what_is_left_out_has_its_meaning() {
    let read = rules(&["id: x, when: any, to: a"]);
    assert_eq!((read.digits, read.aliases.len(), read.description), (10, 0, None));
    let read = parse(&around("  digits: 0\n  rules: [{id: x, when: any, to: {team: t}}]\n"));
    assert_eq!(read.unwrap().digits, 0);
}

/// AL-05: with its name or without, and never in capital letters.
#[test]
fn a_digest_may_have_its_name() {
    let hex = "ab".repeat(32);
    assert_eq!(<Sha256 as Meaning>::of(&format!("sha256:{hex}")), Some(Sha256([0xab; 32])));
    assert_eq!(<Sha256 as Meaning>::of(&hex), Some(Sha256([0xab; 32])));
    for bad in ["", "sha256:", &hex[1..], &hex.to_uppercase(), &format!("sha512:{hex}")] {
        assert_eq!(<Sha256 as Meaning>::of(bad), None, "{bad}");
    }
}

#[test]
fn words_are_read_as_they_are_listed() {
    assert_eq!(ChargeSort::ALL.map(ChargeSort::word), ChargeSort::WORDS);
    for sort in ChargeSort::ALL {
        assert_eq!(ChargeSort::from_word(sort.word()), Some(sort));
    }
    for word in Purpose::WORDS {
        assert!(<Purpose as Meaning>::of(word).is_some(), "{word}");
    }
    assert_eq!(<Purpose as Meaning>::of("Training"), None);
}
