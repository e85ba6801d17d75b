//! Evidence: anything, and what a requirement asks for, more or less.

use ledgit_core::decimal::Decimal;
use ledgit_core::digest::Digests;
use ledgit_core::policy::{Attributes, Counted, MetricRule, Requirement, Rule};
use ledgit_core::statement::*;
use ledgit_core::time::Period;

use super::drawn::{SUBJECTS, of};
use crate::history::START;
use crate::support::{self, anchor, digests, evidence, text, time};

/// What a requirement asks for, with a value near its limit.
pub fn fitting(requirement: &Requirement, subject: Digests, now: u64, bits: [u8; 5]) -> Body {
    let [a, b, c, d, e] = bits;
    match &requirement.rule {
        Rule::Metric(rule) => fitting_metric(rule, subject, now, bits).into(),
        Rule::Document(rule) => {
            let media = rule.format.map_or("text/html", |format| format.media());
            let document = Evidence { media: text(media), ..evidence(&format!("{a} {b}")) };
            let about = [subject].into_iter().collect();
            Document { name: text("paper"), sort: rule.sort.clone(), about, document }.into()
        }
        Rule::Lineage(_) if a.is_multiple_of(3) => dataset([b | 32, c, d, e, a]).into(),
        Rule::Lineage(_) => run(subject, [b | 4, c, d, e, a]).into(),
        Rule::Statement(rule) => match rule.kind {
            Counted::Model => Model { digests: subject, ..support::model() }.into(),
            _ => metric(subject, bits).into(),
        },
        Rule::Separation(_) => cost(subject, bits).into(),
        Rule::Budget(_) | Rule::WithinBudget(_) | Rule::Rego(_) => {
            cost(subject, [a, b, c | 32, d, e]).into()
        }
    }
}

fn fitting_metric(
    rule: &MetricRule,
    subject: Digests,
    now: u64,
    [a, b, c, d, e]: [u8; 5],
) -> Metric {
    let limits = &rule.limits;
    let lower = limits.min.or(limits.above);
    let limit = lower.or(limits.max).or(limits.below).unwrap();
    let tiny: Decimal = text("0.000000000001");
    let up = lower.is_some() != (b < 30);
    let value = match c % 4 {
        0 => limit,
        1 | 2 if up => limit.checked_add(text("0.01")).unwrap(),
        _ if up => limit.checked_add(tiny).unwrap(),
        _ => limit.checked_sub(tiny).unwrap(),
    };
    let name = |all: &std::collections::BTreeSet<ledgit_core::name::Label>| {
        of(&all.iter().collect::<Vec<_>>(), d).clone()
    };
    let slice: Vec<_> = rule
        .slices
        .iter()
        .map(|(attribute, values)| SlicePart { attribute: attribute.clone(), value: name(values) })
        .collect();
    let attribute = match &rule.attributes {
        Attributes::NotAsked => None,
        Attributes::Any => Some(text(of(&["sex", "age"], d))),
        Attributes::Each(names) => Some(name(names)),
    };
    let old = Period::new(time(now - 900_000), time(now - u64::from(e) * 100)).ok();
    Metric {
        value: Some(value),
        text: text(&value.to_string()),
        seed: Some(text(&(a % 32).to_string())),
        method: rule.method.clone(),
        definition: rule.definition.clone(),
        window: old.filter(|_| e.is_multiple_of(4)),
        samples: Some(rule.min_samples.unwrap_or(1) - u64::from(e.is_multiple_of(16))),
        datasets: ["d1", "d2"].iter().map(|name| digests(name)).collect(),
        attribute,
        slice: slice.into_iter().collect(),
        subject,
        ..crate::history::number(rule.metric.as_str(), "0")
    }
}

pub fn metric(subject: Digests, [a, b, c, d, e]: [u8; 5]) -> Metric {
    let (name, values): (_, &[&str]) = match a % 8 {
        0..=3 => ("auc", &["0.95", "0.91", "0.9", "0.900000000001", "0.95", "0.89", "0.5", "1"]),
        4 | 5 => {
            ("demographic_parity_difference", &["0.01", "0.05", "0.05", "0.04", "0.050000001"])
        }
        6 => ("psi", &["0.05", "0.1", "0.1000001", "0"]),
        _ => ("explainability_score", &["0.85", "0.9", "0.849999999999"]),
    };
    let value = if b > 246 { "NaN" } else { of(values, b) };
    let sliced = c.is_multiple_of(4) && name == "auc";
    let slice: &[(&str, &str)] = match d % 4 {
        _ if !sliced => &[],
        0 => &[("sex", "F"), ("region", "north")],
        1 => &[("sex", "M")],
        _ => &[("sex", "F")],
    };
    let data: &[&str] = of(&[&["d1", "d2"][..], &["d1"], &["d1", "d2"], &[]], e);
    let end = START + u64::from(e) * 60;
    let word = |word: &str, is: bool| is.then(|| text(word));
    Metric {
        seed: Some(text(&(d % 24).to_string())),
        unit: word("%", c == 1),
        method: word("shap", c > 60),
        window: e.is_multiple_of(8).then(|| Period::new(time(START - 9), time(end)).ok()).flatten(),
        samples: (d > 30).then_some(u64::from(d)),
        subject,
        datasets: data.iter().map(|name| digests(name)).collect(),
        attribute: (name != "auc" && d > 10).then(|| text(of(&["sex", "age", "sex"], c))),
        definition: word("1", c > 30),
        ..crate::history::part(name, value, slice)
    }
}

pub fn document(subject: Digests, [a, b, c, ..]: [u8; 5]) -> Document {
    let sort = of(&["model-card", "explainability-report"], a);
    let media = of(&["application/pdf", "application/pdf", "text/html"], b);
    let content = format!("{a} {b} {c}");
    let about = [subject].into_iter().chain((c > 200).then(|| digests(SUBJECTS[1]))).collect();
    let document = Evidence { media: text(media), ..evidence(&content) };
    Document { name: text("paper"), sort: text(sort), about, document }
}

pub fn run(subject: Digests, [a, b, c, ..]: [u8; 5]) -> Run {
    let part = |role: &str, content: &str| Part { role: text(role), digests: digests(content) };
    let inputs = match a % 8 {
        0 => vec![],
        1 => vec![part("test-data", "d2")],
        2 => vec![part("training-data", "d1"), part("training-data", "d2")],
        _ => vec![part("training-data", "d1")],
    };
    let outputs =
        [part("model", ""), part("also", "")].map(|part| Part { digests: subject, ..part });
    let more = (b > 220).then(|| part("copy", SUBJECTS[2]));
    Run {
        anchor: (c > 40).then(anchor),
        inputs: inputs.into_iter().collect(),
        outputs: outputs.into_iter().chain(more).collect(),
        ..support::run()
    }
}

pub fn dataset([a, b, ..]: [u8; 5]) -> Dataset {
    let license = match b {
        0..=15 => None,
        16..=40 => Some(text("GPL-3.0-only")),
        _ => Some(text(of(&["MIT", "CC0-1.0"], b))),
    };
    Dataset { digests: digests(of(&["d1", "d1", "d2"], a)), license, ..support::dataset() }
}

/// A budget that mostly holds, and that mostly a gate can count.
pub fn budget(subject: Digests, now: u64, [a, b, c, d, e]: [u8; 5]) -> Budget {
    let day = 86_400;
    let (from, until) = match e {
        0..=19 => (now, now + 1),
        20..=29 => (now - day, now),
        30..=39 => (now + 1, now + day),
        40..=69 => (START - 2 * day, START + 30 * day),
        _ => (START - 900 * day, START + 900 * day),
    };
    let activities = [None, None, Some(Purpose::Training), Some(Purpose::Reporting)];
    Budget {
        every: of(&[Every::Month, Every::Month, Every::Quarter, Every::Year, Every::Once], c),
        limit: text(of(&["50", "70.25", "20.25", "0.000000000001", "1000"], a)),
        scope: BudgetScope {
            team: (d > 250).then(|| text("risk")),
            model: d.is_multiple_of(4).then_some(subject.sha256),
            account: (d == 249).then(|| text("cloud")),
            activity: of(&activities, b / 8),
        },
        period: Period::new(time(from), time(until)).unwrap(),
        measure: if c < 230 { Measure::Billed } else { Measure::Effective },
        currency: text(if c % 16 == 7 { "USD" } else { "EUR" }),
        ..support::budget()
    }
}

/// Mostly of the month in which histories begin, which is the second one of its quarter.
pub fn cost(subject: Digests, [a, b, c, d, ..]: [u8; 5]) -> Cost {
    let months = [0, 0, 0, 0, 20, -20, 60, -60];
    let begins = START.checked_add_signed(of(&months, d) * 86_400).unwrap();
    let amount = of(&["20.25", "50", "0.000000000001", "-30.5", "49.75", "80"], a);
    Cost {
        text: text(amount),
        amount: amount.parse().unwrap(),
        purpose: of(
            &[Purpose::Training, Purpose::Training, Purpose::Reporting, Purpose::Inference],
            b,
        ),
        measure: (c > 20).then(|| text(if c < 40 { "EffectiveCost" } else { "BilledCost" })),
        currency: text(if c == 255 { "USD" } else { "EUR" }),
        period: Period::new(time(begins), time(begins + 86_400)).unwrap(),
        subject,
        ..support::cost()
    }
}
