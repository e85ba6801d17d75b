//! How old something may be, to the second (J-14), and what came later.

use ledgit_core::statement::*;

use crate::history::*;
use crate::support::{digests, evidence, text, time};

const HOUR: u64 = 3_600;

#[test]
fn a_number_counts_until_its_age_is_the_most_and_a_second_longer_it_does_not() {
    for (later, good) in [(HOUR - 1, true), (HOUR, true), (HOUR + 1, false)] {
        let mut bench = Bench::asking("type: Metric, metric: auc, min: 0.9, maxAge: 1h");
        let entry = bench.say(number("auc", "0.95"));
        bench.at(240 + later);
        match good {
            true => bench.gives("met", "", "0.95", &[entry]),
            false => bench.gives("stale", "", "", &[entry]),
        }
        // A new one counts, and the old one does not any more.
        let new = bench.say(Metric { seed: Some(text("2")), ..number("auc", "0.96") });
        match good {
            true => bench.gives("met", "", "0.95", &[entry]),
            false => bench.gives("met", "", "0.96", &[new]),
        }
    }
}

#[test]
fn the_end_of_the_window_counts_where_it_is_earlier() {
    for (until, good) in [
        (START + 240, true),
        (START + 240 - HOUR, true),
        (START + 240 - HOUR - 1, false),
        // Data from the future are no younger than the statement.
        (START + 1_000_000, true),
    ] {
        let mut bench = Bench::asking("type: Metric, metric: auc, min: 0.9, maxAge: 1h");
        let entry = bench.say(Metric { window: window_until(until), ..number("auc", "0.95") });
        match good {
            true => bench.gives("met", "", "0.95", &[entry]),
            false => bench.gives("stale", "", "", &[entry]),
        }
        bench.at(240 + HOUR + 1);
        bench.gives("stale", "", "", &[entry]);
    }
}

fn window_until(end: u64) -> Option<ledgit_core::time::Period> {
    ledgit_core::time::Period::new(time(1_000_000_000), time(end)).ok()
}

#[test]
fn drift_is_stale_after_thirty_days_unless_the_policy_says_otherwise() {
    let psi = Metric {
        datasets: [digests("reference")].into_iter().collect(),
        ..across("psi", "0.05", "income")
    };
    for (rule, most) in [("", 30 * 24), (", maxAge: 2h", 2), (", maxAge: 60d", 60 * 24)] {
        for (second, good) in [(0, true), (1, false)] {
            let mut bench =
                Bench::asking(&format!("type: DataDriftMonitoring, threshold: 0.1{rule}"));
            let entry = bench.say(psi.clone());
            bench.at(240 + most * HOUR + second);
            match good {
                true => bench.gives("met", "income", "0.05", &[entry]),
                false => bench.gives("stale", "", "", &[entry]),
            }
        }
    }
}

/// To wait until a bad answer is old, and to measure another column, is no way through.
#[test]
fn each_attribute_that_was_answered_is_answered_again() {
    let psi = |value, column| Metric {
        datasets: [digests("reference")].into_iter().collect(),
        ..across("psi", value, column)
    };
    let mut bench = Bench::asking("type: DataDriftMonitoring, threshold: 0.1, maxAge: 1h");
    let bad = bench.say(psi("3.9290038814225103", "income"));
    bench.gives("past-limit", "income", "3.9290038814225103", &[bad]);
    bench.at(240 + HOUR + 1);
    bench.say(psi("0.01", "age"));
    bench.gives("stale", "income", "", &[bad]);
    let good = bench.say(Metric { window: window_until(START + 100_000), ..psi("0.02", "income") });
    bench.gives("met", "income", "0.02", &[good]);
}

#[test]
fn an_attribute_or_slice_that_is_asked_for_and_old_is_named() {
    let mut bench = Bench::asking(
        "type: BiasDetection, maxDisparity: 0.05, metric: DemographicParity, attributes: [sex, age], maxAge: 1h",
    );
    let old = bench.say(across("demographic_parity_difference", "0.01", "age"));
    bench.at(240 + HOUR + 1);
    bench.say(across("demographic_parity_difference", "0.01", "sex"));
    bench.gives("stale", "age", "", &[old]);
    let mut bench =
        Bench::asking("type: Metric, metric: auc, min: 0.9, slices: {sex: [F, M]}, maxAge: 1h");
    bench.say(number("auc", "0.9"));
    let old = bench.say(part("auc", "0.95", &[("sex", "M")]));
    bench.at(240 + HOUR + 1);
    bench.say(part("auc", "0.95", &[("sex", "F")]));
    bench.gives("stale", "all rows", "", &[old - 1, old]);
    bench.say(Metric { seed: Some(text("2")), ..number("auc", "0.9") });
    bench.gives("stale", "sex=M", "", &[old - 1, old]);
}

#[test]
fn a_document_counts_until_its_age_is_the_most() {
    let card = Document {
        name: text("card"),
        sort: text("model-card"),
        about: [digests("model")].into_iter().collect(),
        document: evidence("card"),
    };
    for (later, good) in [(HOUR, true), (HOUR + 1, false)] {
        let mut bench = Bench::asking("type: Document, document: model-card, maxAge: 1h");
        let entry = bench.say(card.clone());
        bench.at(240 + later);
        match good {
            true => bench.gives("met", "", "", &[entry]),
            false => bench.gives("stale", "", "", &[entry]),
        }
    }
}

#[test]
fn what_stands_at_a_position_or_after_it_does_not_count_there() {
    let mut bench = Bench::asking("type: Metric, metric: auc, min: 0.9");
    let entry = bench.say(number("auc", "0.95"));
    let wrong = bench.say(number("f1", "0.95"));
    bench.correct(wrong);
    let (audit, end) = bench.book();
    let adopted = std::sync::Arc::clone(end.policy(&text("p")).unwrap());
    let (book, subject, environment) = (audit.book(), &digests("model"), &text("production"));
    for (position, expected) in
        [(entry - 1, "none"), (entry, "none"), (entry + 1, "met"), (end.position, "met")]
    {
        let moment = ledgit_core::gate::Moment { position, ..end.clone() };
        let gate = ledgit_core::gate::Gate {
            book,
            moment: &moment,
            adopted: &adopted,
            subject,
            environment,
        };
        let decision =
            ledgit_core::gate::make_decision(&gate, &ledgit_core::gate::NoPrograms).unwrap();
        assert_eq!(word(&decision.results[1]), expected, "{position}");
        // The model stands right before the number.
        let named = if position < entry { "none" } else { "met" };
        assert_eq!(word(&decision.results[0]), named, "{position}");
    }
}

/// What is recorded after a decision changes nothing about it.
#[test]
fn a_number_recorded_after_a_decision_is_not_in_it() {
    let mut bench = Bench::asking("type: Metric, metric: auc, min: 0.9");
    let before = bench.decision();
    assert_eq!(before.outcome, GateOutcome::Deny);
    bench.forge.record_decision(CI, before);
    let entry = bench.say(number("auc", "0.95"));
    let after = bench.decision();
    assert_eq!(after.outcome, GateOutcome::Pass);
    assert_eq!(after.results[1].entries.as_slice(), [entry]);
    bench.forge.close();
    assert_eq!(bench.forge.audited().0.findings(), []);
    // One that counts what came later is forged.
    let mut forged = Bench::asking("type: Metric, metric: auc, min: 0.9");
    let position = forged.forge.size();
    let mut early = after;
    early.adopted = forged.forge.authority().replaced_policy(&text("p"));
    forged.forge.record_decision(CI, early);
    forged.say(number("auc", "0.95"));
    forged.forge.close();
    assert_eq!(forged.forge.audit_codes().0, [(format!("entry {position}"), "LG1022")]);
}
