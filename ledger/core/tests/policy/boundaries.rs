//! Both sides of every boundary of the reader.

use ledgit_core::limits;
use ledgit_core::policy::{Rule, Span};

use crate::example::{around, number, parse, rules};

fn metric(fields: &str) -> String {
    around(&format!("    - {{type: Metric, metric: x, {fields}}}\n"))
}

fn reads(text: &str) -> bool {
    parse(text).is_ok()
}

#[test]
fn spans_end_at_36500_days() {
    let span = |text: &str| {
        let policy = parse(&metric(&format!("min: 1, maxAge: {text}"))).ok()?;
        match policy.requirements.into_iter().next()?.rule {
            Rule::Metric(rule) => rule.max_age,
            _ => None,
        }
    };
    for (text, seconds) in [
        ("1h", Some(3_600)),
        ("1d", Some(86_400)),
        ("36500d", Some(3_153_600_000)),
        ("876000h", Some(3_153_600_000)),
        ("0h", None),
        ("0d", None),
        ("36501d", None),
        ("876001h", None),
        ("213503982334601d", None), // More seconds than 64 bits hold.
        ("213503982334602d", None),
        ("18446744073709551616d", None),
    ] {
        assert_eq!(span(text), seconds.map(Span), "{text}");
    }
}

#[test]
fn spans_are_written_as_they_are_read() {
    for text in ["1h", "23h", "25h", "1d", "36500d"] {
        let Rule::Document(rule) =
            rules(&format!("    - {{type: Document, document: d, maxAge: {text}}}\n")).remove(0)
        else {
            panic!()
        };
        assert_eq!(rule.max_age.unwrap().to_string(), text);
    }
    assert_eq!((Span(48 * 3_600).to_string(), Span(61).to_string()), ("2d".into(), "61s".into()));
}

#[test]
fn numbers_have_38_digits() {
    let (most, past) = ("9".repeat(38), "9".repeat(39));
    for (text, good) in [
        (most.clone(), true),
        (past, false),
        (format!("-{most}"), true),
        (format!("0.{most}"), true),
        (format!("0.0{most}"), false),
        (format!("1.{most}"), false),
        ("0".into(), true),
        ("-0".into(), true),
        ("0.0".into(), true),
        ("-0.5".into(), true),
        ("1.50".into(), true),
        ("00".into(), false),
        ("-01".into(), false),
        ("0.5e0".into(), false),
    ] {
        assert_eq!(reads(&metric(&format!("min: {text}"))), good, "{text}");
    }
    let Rule::Metric(rule) = rules("    - {type: Metric, metric: x, min: '-1.50'}\n").remove(0)
    else {
        panic!()
    };
    assert_eq!(rule.limits.min, Some(number("-1.5")));
}

#[test]
fn counts_have_64_bits() {
    for (text, good) in
        [("1", true), ("18446744073709551615", true), ("0", false), ("18446744073709551616", false)]
    {
        assert_eq!(reads(&metric(&format!("min: 1, minSamples: {text}"))), good, "{text}");
        assert_eq!(reads(&metric(&format!("min: 1, datasets: {text}"))), good, "{text}");
    }
}

#[test]
fn some_number_is_within_the_limits() {
    for (fields, good) in [
        ("min: 1, max: 1", true),
        ("min: 1, max: 0.99", false),
        ("min: 1, max: 1.01", true),
        ("min: 1, below: 1", false),
        ("min: 1, below: 1.01", true),
        ("above: 1, max: 1", false),
        ("above: 1, max: 1.01", true),
        ("above: 1, below: 1", false),
        ("above: 1, below: 1.01", true),
        ("above: 1, below: 0.99", false),
        ("min: -1, max: -2", false),
        ("min: 1.0, max: 1", true),
    ] {
        assert_eq!(reads(&metric(fields)), good, "{fields}");
    }
}

#[test]
fn a_disparity_is_0_to_1_and_a_drift_0_or_more() {
    let bias = |max: &str| {
        around(&format!(
            "    - {{type: BiasDetection, metric: EqualizedOdds, maxDisparity: {max}}}\n"
        ))
    };
    let drift =
        |max: &str| around(&format!("    - {{type: DataDriftMonitoring, threshold: {max}}}\n"));
    let budget =
        |max: &str| around(&format!("    - {{type: Budget, currency: EUR, ceiling: {max}}}\n"));
    for (text, rate, other) in [
        ("0", true, true),
        ("-0.01", false, false),
        ("1", true, true),
        ("1.0", true, true),
        ("1.00000001", false, true),
        ("5", false, true),
    ] {
        assert_eq!(reads(&bias(text)), rate, "{text}");
        assert_eq!(reads(&drift(text)), other, "{text}");
        assert_eq!(reads(&budget(text)), other, "{text}");
    }
}

#[test]
fn lists_and_maps_have_256_items() {
    let items = |count: usize, item: &dyn Fn(usize) -> String| {
        (0..count).map(item).collect::<Vec<_>>().join(", ")
    };
    let names = |count| items(count, &|at| format!("x{at}"));
    for (count, good) in [(1, true), (limits::LIST_ITEMS, true), (limits::LIST_ITEMS + 1, false)] {
        let list = names(count);
        assert_eq!(reads(&metric(&format!("min: 1, attributes: [{list}]"))), good, "{count}");
        assert_eq!(reads(&metric(&format!("min: 1, by: [{list}]"))), good, "{count}");
        assert_eq!(reads(&metric(&format!("min: 1, slices: {{a: [{list}]}}"))), good, "{count}");
        let slices = items(count, &|at| format!("x{at}: [y]"));
        assert_eq!(reads(&metric(&format!("min: 1, slices: {{{slices}}}"))), good, "{count}");
    }
}

#[test]
fn a_policy_has_64_requirements() {
    let lineages = |count: usize| "    - {type: Lineage}\n".repeat(count);
    let two = "    - {type: ExplainabilityReport, minScore: 1, format: PDF}\n";
    let most = limits::POLICY_REQUIREMENTS;
    assert!(reads(&around(&lineages(most))));
    assert!(!reads(&around(&lineages(most + 1))));
    assert!(reads(&around(&format!("{}{two}", lineages(most - 2)))));
    let error = parse(&around(&format!("{}{two}", lineages(most - 1)))).unwrap_err();
    assert_eq!((error.line, error.why.as_str()), (71, "a policy has at most 64 requirements"));
    assert!(parse(&around("    []\n")).is_err_and(|error| error.why == "the list is empty"));
}

#[test]
fn a_document_has_256_kib() {
    let text = metric("min: 1");
    let padded = |bytes: usize| format!("{text}#{}", "x".repeat(bytes - text.len() - 1));
    assert!(reads(&padded(limits::POLICY_BYTES)));
    let error = parse(&padded(limits::POLICY_BYTES + 1)).unwrap_err();
    assert_eq!((error.line, error.why.as_str()), (1, "a policy has at most 262144 bytes"));
}

#[test]
fn names_have_the_lengths_of_their_kind() {
    let id = |bytes: usize| {
        let id = "i".repeat(bytes);
        around(&format!("    - {{type: ExplainabilityReport, id: {id}, format: PDF}}\n"))
    };
    // `/report` is part of the label.
    assert!(reads(&id(249)) && !reads(&id(250)));
    for (bytes, good) in [(256, true), (257, false)] {
        let label = "l".repeat(bytes);
        assert_eq!(reads(&metric(&format!("min: 1, unit: {label}"))), good, "{bytes}");
    }
    for (bytes, good) in [(64, true), (65, false)] {
        assert_eq!(reads(&metric(&format!("min: 1, by: [{}]", "a".repeat(bytes)))), good);
    }
    for (bytes, good) in [(1024, true), (1025, false)] {
        let text = "t".repeat(bytes);
        let drift =
            format!("    - {{type: DataDriftMonitoring, threshold: 1, alertTarget: {text}}}\n");
        assert_eq!(reads(&around(&drift)), good, "{bytes}");
    }
}

/// E-08: the level decides what else must stand there.
#[test]
fn a_risk_level_demands_what_it_says() {
    let with = |risk: &str, rest: &str| {
        let text = around(rest);
        text.replace("riskLevel: limited", &format!("riskLevel: {risk}"))
    };
    let mean = "    - {type: Metric, metric: x, min: 1, aggregate: mean}\n";
    let worst = "    - {type: Metric, metric: x, min: 1, aggregate: worst}\n";
    let persons = |count: u8| format!("  approvalWorkflow: {{minApprovals: {count}}}\n");
    let waived = "  exceptions: {maxDuration: 1d}\n";
    for risk in ["minimal", "limited"] {
        assert!(reads(&with(risk, mean)), "{risk}");
        assert!(reads(&with(risk, &format!("{mean}{}", persons(1)))), "{risk}");
        assert!(reads(&with(risk, &format!("{mean}{waived}"))), "{risk}");
    }
    assert!(!reads(&with("high", worst)));
    assert!(!reads(&with("high", &format!("{worst}{}", persons(1)))));
    assert!(reads(&with("high", &format!("{worst}{}", persons(2)))));
    assert!(!reads(&with("high", &format!("{mean}{}", persons(2)))));
    assert!(reads(&with("high", &format!("{worst}{}{waived}", persons(2)))));
    assert!(reads(&with("unacceptable", mean)));
    assert!(!reads(&with("unacceptable", &format!("{mean}{waived}"))));
}
