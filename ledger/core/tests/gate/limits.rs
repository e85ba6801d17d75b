//! Limits of a number: at it, just below and just above (E-20, E-22 to E-25).

use crate::history::*;

const MORE: &str = "00000000000000000000000000000000000001";

/// The neighbours of a number between 0 and 1 that have 38 digits.
fn neighbours(of: &str) -> (String, String) {
    let digits = of.strip_prefix("0.").unwrap();
    let whole: u128 = format!("{digits:0<38}").parse().unwrap();
    (format!("0.{:038}", whole - 1), format!("0.{:038}", whole + 1))
}

#[track_caller]
fn answers(
    requirement: &str,
    metric: &dyn Fn(&str) -> ledgit_core::statement::Metric,
    rows: &[(&str, bool)],
) {
    let bench = Bench::asking(requirement);
    for (value, good) in rows {
        let mut bench = bench.clone();
        let entry = bench.say(metric(value));
        let canonical = value.parse::<ledgit_core::decimal::Decimal>().unwrap().to_string();
        let what = bench.answer().what.map(|what| what.to_string()).unwrap_or_default();
        bench.gives(if *good { "met" } else { "past-limit" }, &what, &canonical, &[entry]);
    }
}

#[test]
fn a_score_is_at_least_the_least() {
    let (below, above) = neighbours("0.85");
    let rows = [
        ("0.85", true),
        (&*below, false),
        (&*above, true),
        ("0.8918034095899708", true),
        ("0.8499999999999999", false),
        ("0.85000", true),
        ("8.5e-1", true),
        ("1", true),
        ("-0.85", false),
        ("-0", false),
    ];
    let rule = "type: ExplainabilityReport, minScore: 0.85";
    let bench = Bench::asking(rule);
    for (value, good) in rows {
        let mut bench = bench.clone();
        bench.say(number("explainability_score", value));
        assert_eq!(word(&bench.answer()), if good { "met" } else { "past-limit" }, "{value}");
        assert_eq!(bench.answer().id.as_str(), "ExplainabilityReport/score");
    }
}

#[test]
fn a_disparity_is_at_most_the_most() {
    let (below, above) = neighbours("0.05");
    answers(
        "type: BiasDetection, maxDisparity: 0.05, metric: DemographicParity",
        &|value| across("demographic_parity_difference", value, "sex"),
        &[
            ("0.05", true),
            (&below, true),
            (&above, false),
            ("0.8918034095899708", false),
            ("0.027867608895276896", true),
            ("5e-2", true),
            ("0", true),
        ],
    );
    let mut bench = Bench::asking("type: BiasDetection, maxDisparity: 0.05, metric: EqualizedOdds");
    bench.say(across("demographic_parity_difference", "0.01", "sex"));
    bench.gives("none", "", "", &[]);
    let entry = bench.say(across("equalized_odds_difference", "0.051", "sex"));
    bench.gives("past-limit", "sex", "0.051", &[entry]);
}

#[test]
fn a_drift_is_at_most_the_threshold() {
    let (below, above) = neighbours("0.1");
    let psi = |value: &str| ledgit_core::statement::Metric {
        datasets: [crate::support::digests("reference")].into_iter().collect(),
        ..across("psi", value, "income")
    };
    answers(
        "type: DataDriftMonitoring, threshold: 0.1, alertTarget: \"slack://#ai-ops-alerts\"",
        &psi,
        &[
            ("0.1", true),
            (&below, true),
            (&above, false),
            ("3.9290038814225103", false),
            ("0.10000000000000000555", false),
        ],
    );
}

#[test]
fn each_limit_of_a_metric_is_what_it_says() {
    let large = "99999999999999999999999999999999999999";
    let least = format!("0.{MORE}");
    for (limit, rows) in [
        ("min: 0.9", [("0.9", true), ("0.89999999999999999", false), ("0.9000000000001", true)]),
        ("max: 0.9", [("0.9", true), ("0.89999999999999999", true), ("0.9000000000001", false)]),
        ("above: 0.9", [("0.9", false), ("0.89999999999999999", false), ("0.9000000000001", true)]),
        ("below: 0.9", [("0.9", false), ("0.89999999999999999", true), ("0.9000000000001", false)]),
        (
            "min: -0.5",
            [("-0.5", true), ("-0.50000000000000001", false), ("-0.49999999999999", true)],
        ),
        ("above: 0", [("0", false), (&*least, true), ("-1e-38", false)]),
        (
            "min: 99999999999999999999999999999999999999",
            [(large, true), ("99999999999999999999999999999999999998", false), ("1", false)],
        ),
    ] {
        let rule = format!("type: Metric, metric: auc, {limit}");
        answers(&rule, &|value| number("auc", value), &rows);
    }
}

/// With two limits the lower one is looked at first, and a number within both is the highest.
#[test]
fn two_limits_hold_both() {
    for (limits, rows) in [
        ("min: 1, max: 2", [("1", true), ("2", true), ("0.9", false), ("2.1", false)]),
        ("above: 1, below: 2", [("1", false), ("2", false), ("1.1", true), ("1.9", true)]),
        ("min: 1, below: 2", [("1", true), ("2", false), ("1.9", true), ("0", false)]),
        ("above: 1, max: 2", [("1", false), ("2", true), ("1.1", true), ("3", false)]),
    ] {
        let rule = format!("type: Metric, metric: auc, {limits}");
        answers(&rule, &|value| number("auc", value), &rows);
    }
    let mut bench = Bench::asking("type: Metric, metric: auc, min: 1, max: 2");
    let low = bench.say(part("auc", "0.5", &[("sex", "F")]));
    let whole = bench.say(number("auc", "1.5"));
    let high = bench.say(part("auc", "2.5", &[("sex", "M")]));
    bench.gives("past-limit", "sex=F", "0.5", &[low]);
    bench.correct(low);
    bench.gives("past-limit", "sex=M", "2.5", &[high]);
    bench.correct(high);
    bench.gives("met", "", "1.5", &[whole]);
}

#[test]
fn what_is_no_number_does_not_pass() {
    for text in ["NaN", "nan", "-NaN", "inf", "-inf", "Infinity", "+inf", "INFINITY"] {
        for limit in ["min: 0", "max: 1", "above: -1", "below: 2"] {
            let mut bench = Bench::asking(&format!("type: Metric, metric: auc, {limit}"));
            bench.say(number("auc", "0.5"));
            let entry = bench.say(part("auc", text, &[("sex", "F")]));
            bench.gives("not-a-number", "sex=F", text, &[entry]);
            bench.correct(entry);
            bench.passes();
        }
    }
}

#[test]
fn each_number_and_text_is_that_of_its_own_entry() {
    let mut bench = Bench::asking("type: Metric, metric: auc, min: 0.5");
    let first = bench.say(part("auc", "NaN", &[("sex", "F")]));
    let second = bench.say(part("auc", "-inf", &[("sex", "M")]));
    bench.gives("not-a-number", "sex=F", "NaN", &[first]);
    bench.correct(first);
    bench.gives("not-a-number", "sex=M", "-inf", &[second]);
    bench.correct(second);
    // Numbers of more digits than a machine's integer has.
    let high = "0.91000000000000000000000000000000000001";
    let low = "0.90000000000000000000000000000000000001";
    bench.say(number("auc", high));
    bench.say(part("auc", high, &[("sex", "F")]));
    let entry = bench.say(part("auc", low, &[("sex", "M")]));
    bench.gives("met", "sex=M", low, &[entry]);
}

#[test]
fn another_unit_is_no_answer() {
    let percent = ledgit_core::statement::Metric {
        unit: Some(crate::support::text("%")),
        ..number("auc", "95")
    };
    let mut bench = Bench::asking("type: Metric, metric: auc, min: 0.9");
    bench.say(number("auc", "0.95"));
    let entry = bench.say(percent.clone());
    bench.gives("other-unit", "%", "", &[entry]);
    let mut bench = Bench::asking("type: Metric, metric: auc, min: 90, unit: \"%\"");
    bench.say(percent);
    bench.passes();
    let plain = bench.say(number("auc", "0.95"));
    bench.gives("other-unit", "none", "", &[plain]);
    let mut bench = Bench::asking("type: Metric, metric: latency, max: 20, unit: ms");
    let seconds = ledgit_core::statement::Metric {
        unit: Some(crate::support::text("s")),
        ..number("latency", "19")
    };
    let entry = bench.say(seconds);
    bench.gives("other-unit", "s", "", &[entry]);
}

#[test]
fn another_definition_or_method_is_no_answer() {
    use crate::support::text;
    for key in ["definition", "method"] {
        let with = |value: &str, word: Option<&str>| {
            let mut metric = number("auc", value);
            let field =
                if key == "definition" { &mut metric.definition } else { &mut metric.method };
            *field = word.map(text);
            metric
        };
        let mut bench =
            Bench::asking(&format!("type: Metric, metric: auc, min: 0.9, {key}: \"2\""));
        let first = bench.say(with("0.95", Some("1")));
        let second = bench.say(with("0.96", None));
        bench.gives("other-definition", "", "", &[first, second]);
        let meant = bench.say(with("0.91", Some("2")));
        bench.gives("met", "", "0.91", &[meant]);
    }
}
