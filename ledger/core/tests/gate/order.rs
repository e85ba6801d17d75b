//! Which reason is given where several hold, and that each one comes about (J-11).

use std::collections::BTreeSet;

use ledgit_core::statement::*;

use crate::history::*;
use crate::support::{self, digests, text, time};

/// Rows of the table in the specification: reason and verdict.
fn table() -> Vec<(String, String)> {
    let spec = concat!(env!("CARGO_MANIFEST_DIR"), "/../../spec/gate.md");
    let spec = std::fs::read_to_string(spec).unwrap();
    let rows = spec.split("- **J-11**").nth(1).unwrap().split("- **J-12**").next().unwrap();
    let words = |cell: &str| -> Vec<String> {
        let words = cell.split(',').map(|word| word.trim().trim_matches('`').to_owned());
        words.collect()
    };
    let rows = rows.lines().filter(|line| line.trim_start().starts_with("| `"));
    rows.flat_map(|row| {
        let mut cells = row.split('|').skip(1);
        let (reasons, verdicts) = (words(cells.next().unwrap()), words(cells.next().unwrap()));
        reasons.into_iter().zip(verdicts).collect::<Vec<_>>()
    })
    .collect()
}

#[test]
fn the_reasons_are_those_of_the_specification_in_its_order() {
    let ours =
        Reason::ALL.iter().map(|one| (one.word().to_owned(), one.verdict().word().to_owned()));
    assert_eq!(table(), ours.collect::<Vec<_>>());
}

/// One flaw of a metric, in the order of its reason; each is added to those after it.
type Flaw = (&'static str, fn(&mut Bench));

fn flawed(bench: &mut Bench, change: impl FnOnce(&mut Metric)) {
    let seed = bench.forge.size().to_string();
    let mut metric = Metric {
        seed: Some(text(&seed)),
        definition: Some(text("1")),
        samples: Some(1_000),
        datasets: [digests("data")].into_iter().collect(),
        ..across("auc", "0.95", "sex")
    };
    change(&mut metric);
    bench.by(DORA, metric);
}

const METRIC: &str = "type: Metric, metric: auc, min: 0.9, definition: \"1\", attributes: [age, sex], \
                      slices: {sex: [F]}, minSamples: 1000, datasets: 1, maxAge: 1h, by: [validators]";

/// Flaws that may stand beside the others, the one that comes first in the table first.
const FLAWS: [Flaw; 6] = [
    ("other-unit", |bench| flawed(bench, |metric| metric.unit = Some(text("%")))),
    ("not-a-number", |bench| {
        flawed(bench, |metric| (metric.value, metric.text) = (None, text("NaN")))
    }),
    ("conflict", |bench| {
        for value in ["0.91", "0.92"] {
            flawed(bench, |metric| {
                (metric.value, metric.text) = (Some(text(value)), text(value));
                metric.seed = None;
            });
        }
    }),
    ("no-dataset", |bench| flawed(bench, |metric| metric.datasets = Set::default())),
    ("too-few-samples", |bench| flawed(bench, |metric| metric.samples = Some(999))),
    ("past-limit", |bench| {
        flawed(bench, |metric| (metric.value, metric.text) = (Some(text("0.5")), text("0.5")))
    }),
];

/// What else must be there, each with the reason that stands where it is not.
const COVER: [Flaw; 2] = [
    ("attribute-missing", |bench| flawed(bench, |metric| metric.attribute = Some(text("age")))),
    ("slice-missing", |bench| {
        flawed(bench, |metric| metric.slice = part("x", "1", &[("sex", "F")]).slice)
    }),
];

#[test]
fn of_several_flaws_of_a_number_the_first_in_the_table_is_given() {
    let place = |reason: &str| table().iter().position(|(word, _)| word == reason).unwrap();
    // Every set of flaws, with and without what must be covered.
    for chosen in 0..1_u32 << FLAWS.len() {
        for covered in 0..1_u32 << COVER.len() {
            let has = |set: u32, at: usize| set & (1 << at) != 0;
            let mut bench = Bench::asking(METRIC);
            flawed(&mut bench, |_| {});
            let mut reasons = BTreeSet::new();
            for (at, (reason, add)) in FLAWS.iter().enumerate().filter(|one| has(chosen, one.0)) {
                let _ = at;
                add(&mut bench);
                reasons.insert((place(reason), *reason));
            }
            for (at, (reason, add)) in COVER.iter().enumerate() {
                match has(covered, at) {
                    true => add(&mut bench),
                    false => drop(reasons.insert((place(reason), *reason))),
                }
            }
            let expected = reasons.first().map_or("met", |(_, reason)| reason);
            assert_eq!(word(&bench.answer()), expected, "{chosen:b} {covered:b}");
        }
    }
}

/// Stale ones say less than that there is none, and more than what is wrong with those that are not.
#[test]
fn age_stands_after_what_is_missing_and_before_what_is_wrong() {
    let fill = |bench: &mut Bench, skip: usize| {
        flawed(bench, |_| {});
        COVER.iter().enumerate().filter(|(at, _)| *at != skip).for_each(|(_, (_, add))| add(bench));
    };
    for (skip, reason) in [(0, "attribute-missing"), (1, "slice-missing"), (2, "stale")] {
        for (_, flaw) in [FLAWS[3], FLAWS[4], FLAWS[5]] {
            let mut bench = Bench::asking(METRIC);
            fill(&mut bench, skip);
            bench.at(240 + 3_601);
            flaw(&mut bench);
            assert_eq!(word(&bench.answer()), reason);
        }
    }
    for (reason, flaw) in &FLAWS[..3] {
        let mut bench = Bench::asking(METRIC);
        fill(&mut bench, 2);
        flaw(&mut bench);
        bench.at(240 + 3_601);
        assert_eq!(word(&bench.answer()), *reason);
    }
}

#[test]
fn before_all_else_there_is_a_number_by_whom_the_policy_names_and_as_it_defines() {
    let mut bench = Bench::asking(METRIC);
    bench.gives("none", "", "", &[]);
    bench.say(Model { digests: digests("other"), ..support::model() });
    let other = bench.say(Metric { subject: digests("other"), ..number("auc", "NaN") });
    let named = format!("sha256:{}", digests("other").sha256.hex());
    bench.gives("other-subject", &named, "", &[other]);
    let strange = bench.say(number("auc", "NaN"));
    bench.gives("not-by-role", "", "", &[strange]);
    let undefined = bench.by(DORA, Metric { unit: Some(text("%")), ..number("auc", "NaN") });
    bench.gives("other-definition", "", "", &[undefined]);
    flawed(&mut bench, |metric| metric.unit = Some(text("%")));
    assert_eq!(word(&bench.answer()), "other-unit");
}

#[test]
fn of_several_flaws_of_a_lineage_the_first_in_the_table_is_given() {
    let rule = "type: Lineage, roles: [a, b], licenses: [MIT], code: required";
    let part = |role: &str, content: &str| Part { role: text(role), digests: digests(content) };
    let with = |inputs: Vec<Part>, code: bool| Run {
        anchor: code.then(support::anchor),
        inputs: inputs.into_iter().collect(),
        ..support::run()
    };
    let mut bench = Bench::asking(rule);
    for (content, license) in [("good", "MIT"), ("bad", "GPL-3.0-only")] {
        let license = Some(text(license));
        bench.say(Dataset { digests: digests(content), license, ..support::dataset() });
    }
    let runs = [
        ("not-recorded", with(vec![part("a", "good"), part("b", "nowhere")], true)),
        ("role-missing", with(vec![part("a", "good")], true)),
        ("other-license", with(vec![part("a", "good"), part("b", "bad")], true)),
        ("no-code", with(vec![part("a", "good"), part("b", "good")], false)),
        ("met", with(vec![part("a", "good"), part("b", "good")], true)),
    ];
    for set in 1..1_u32 << runs.len() {
        let mut bench = bench.clone();
        let chosen: Vec<_> = (0..runs.len()).filter(|at| set & (1 << at) != 0).collect();
        for at in chosen.iter().rev() {
            bench.say(runs[*at].1.clone());
        }
        assert_eq!(word(&bench.answer()), runs[chosen[0]].0, "{set:b}");
    }
    // And of one run that lacks everything.
    let all = with(vec![part("b", "bad"), part("b", "nowhere")], false);
    bench.say(all);
    assert_eq!(word(&bench.answer()), "not-recorded");
}

#[test]
fn money_is_looked_at_in_the_order_of_the_table() {
    let cost = |amount: &str, currency: &str, measure: &str| Cost {
        text: text(amount),
        amount: amount.parse().unwrap(),
        currency: text(currency),
        measure: Some(text(measure)),
        ..support::cost()
    };
    let mut bench = Bench::asking("type: Budget, ceiling: 1, currency: EUR");
    bench.say(cost("2", "EUR", "a"));
    assert_eq!(word(&bench.answer()), "past-limit");
    bench.say(cost("2", "EUR", "b"));
    assert_eq!(word(&bench.answer()), "mixed-measures");
    bench.say(cost("2", "USD", "b"));
    assert_eq!(word(&bench.answer()), "other-currency");
}

#[test]
fn a_rejection_is_told_before_what_is_lacking() {
    let mut bench = Bench::under("approvalWorkflow: {minApprovals: 2}");
    let staging = Approval { environment: Some(text("staging")), ..bench.approval() };
    bench.by(ANA, Approval { expires: Some(time(START + 1)), ..staging });
    let no = bench.by(BEN, Approval { verdict: Verdict::Reject, ..bench.approval() });
    bench.gives("rejected", "", "", &[no]);
}

/// The results stand in the order of the document, the name first and the workflow last.
#[test]
fn results_stand_in_the_order_of_the_document() {
    let bench = Bench::under(
        "requirements:\n- {type: Lineage}\n- {type: ExplainabilityReport, id: x, minScore: 0, format: PDF}\n\
         - {type: Metric, metric: auc, min: 0}\n- {type: Metric, metric: f1, min: 0}\n\
         approvalWorkflow: {minApprovals: 1}",
    );
    let ids: Vec<_> = bench.decision().results.iter().map(|one| one.id.to_string()).collect();
    let expected =
        ["modelName", "Lineage", "x/score", "x/report", "Metric", "Metric-2", "approvalWorkflow"];
    assert_eq!(ids, expected);
}
