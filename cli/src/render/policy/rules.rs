//! Each sort of requirement in sentences.

use ledgit_core::decimal::Decimal;
use ledgit_core::name::Label;
use ledgit_core::policy::{
    Aggregate, Attributes, BudgetRule, DocumentRule, Limits, LineageRule, MetricRule, RegoRule,
    Requirement, Rule, StatementRule, WithinBudgetRule,
};

use super::{count, list};

/// What a requirement asks; a program is printed line by line.
pub fn requirement(requirement: &Requirement) -> Vec<String> {
    let Requirement { id, sort, by, rule } = requirement;
    let whose = match by {
        None => "Whoever recorded them, statements count.".to_owned(),
        Some(by) => format!("Only what {} recorded counts, for and against.", list(by)),
    };
    let head = if id.as_str() == *sort { id.to_string() } else { format!("{id} ({sort})") };
    let text = match rule {
        Rule::Metric(rule) => metric(rule),
        Rule::Document(rule) => document(rule),
        Rule::Lineage(rule) => lineage(rule),
        Rule::Statement(rule) => statement(rule),
        Rule::Separation(kinds) => {
            let words: Vec<_> = kinds.iter().map(|kind| kind.word()).collect();
            let what = words.join(", ");
            return vec![format!(
                "{head}: nobody made statements of two of these kinds about the model: {what}. An approval is one that counts."
            )];
        }
        Rule::Budget(rule) => budget(rule),
        Rule::WithinBudget(rule) => within_budget(rule),
        Rule::Rego(rule) => return program(&head, rule),
    };
    vec![format!("{head}: {text} {whose}")]
}

fn metric(rule: &MetricRule) -> String {
    let MetricRule {
        metric,
        limits: bounds,
        unit,
        definition,
        method,
        aggregate,
        slices,
        attributes: compared,
        min_samples,
        datasets,
        max_age,
        alert,
    } = rule;
    let unit = match unit {
        None => "a pure number".to_owned(),
        Some(unit) => format!("in {unit}"),
    };
    let mut sentences = vec![format!("{metric}, {unit}, is {}.", limits(bounds))];
    sentences.extend(meaning(metric).map(str::to_owned));
    sentences.push(aggregation(*aggregate).to_owned());
    sentences.push(attributes(compared));
    if !slices.is_empty() {
        let pairs = slices.iter().flat_map(|(attribute, values)| {
            values.iter().map(move |value| format!("{attribute}={value}"))
        });
        let pairs: Vec<_> = pairs.collect();
        sentences.push(format!("Each of these slices has an answer: {}.", pairs.join(", ")));
    }
    sentences.push(format!(
        "Its definition is {}, its method {}.",
        any(definition.as_ref()),
        any(method.as_ref())
    ));
    let rows = min_samples.map_or("any number of rows".to_owned(), |rows| {
        format!("at least {}", count(rows, "row", "rows"))
    });
    let data = match datasets {
        0 => "need name no dataset".to_owned(),
        some => format!("name at least {}", count(*some, "dataset", "datasets")),
    };
    sentences.push(format!("Answers are of {rows}, {data}, and {}.", age(max_age)));
    sentences.extend(alert.as_ref().map(|to| {
        format!("Where this is not met, {to} is shown as whom to tell; nothing is sent.")
    }));
    sentences.join(" ")
}

/// What a metric is that has a name of its own in a policy (E-22 to E-24).
fn meaning(metric: &Label) -> Option<&'static str> {
    match metric.as_str() {
        "explainability_score" => Some(
            "What the score is, its definition and method say: neither LIME nor SHAP gives one.",
        ),
        "demographic_parity_difference" => Some(
            "It is the largest less the smallest selection rate over an attribute's groups: a difference, not a ratio.",
        ),
        "equalized_odds_difference" => Some(
            "It is the larger of the differences of true and of false positive rates over an attribute's groups: a difference, not a ratio.",
        ),
        "psi" => Some(
            "It is the Population Stability Index of each column by itself, binned as its method says; the share of columns that drifted is not looked at.",
        ),
        _ => None,
    }
}

/// Limits, and whether each passes itself (E-25).
fn limits(limits: &Limits) -> String {
    let selves =
        stated(limits).into_iter().map(|(_, bound, passes)| format!("{bound} itself {passes}"));
    format!("{}: {}", bounds(limits), selves.collect::<Vec<_>>().join(", "))
}

/// Limits in few words.
pub fn bounds(limits: &Limits) -> String {
    let words = stated(limits).into_iter().map(|(words, bound, _)| format!("{words} {bound}"));
    words.collect::<Vec<_>>().join(" and ")
}

fn stated(limits: &Limits) -> Vec<(&'static str, Decimal, &'static str)> {
    let Limits { min, max, above, below } = limits;
    let bounds = [
        ("at least", min, "passes"),
        ("more than", above, "does not pass"),
        ("at most", max, "passes"),
        ("less than", below, "does not pass"),
    ];
    let there = bounds.into_iter();
    there.filter_map(|(words, bound, passes)| bound.map(|bound| (words, bound, passes))).collect()
}

fn aggregation(aggregate: Aggregate) -> &'static str {
    match aggregate {
        Aggregate::Worst => "Of all answers the one that meets this least decides.",
        Aggregate::Latest => "The answer that was recorded last decides, whatever others say.",
        Aggregate::Mean => "The exact mean of all answers decides, without rounding.",
    }
}

fn attributes(attributes: &Attributes) -> String {
    match attributes {
        Attributes::NotAsked => "No attribute or column has to be named.".to_owned(),
        Attributes::Any => {
            "At least one attribute or column is named, and every one that is recorded must pass."
                .to_owned()
        }
        Attributes::Each(names) => {
            let names = list(names);
            format!(
                "Each of these attributes or columns has an answer, and every other one that is recorded must pass, too: {names}."
            )
        }
    }
}

fn any(name: Option<&Label>) -> &str {
    name.map_or("any", Label::as_str)
}

fn age(max_age: &Option<ledgit_core::policy::Span>) -> String {
    match max_age {
        None => "are of any age".to_owned(),
        Some(span) => format!("are not older than {span}, at which they still count"),
    }
}

fn document(rule: &DocumentRule) -> String {
    let DocumentRule { sort, format, max_age } = rule;
    let format = match format {
        None => "of any format".to_owned(),
        Some(format) => {
            format!("of the format {} (media type {})", format.word(), format.media())
        }
    };
    let max_age = match max_age {
        None => "of any age".to_owned(),
        Some(span) => format!("not older than {span}, at which it still counts"),
    };
    format!("there is a document {sort} about these very bytes, {format}, {max_age}.")
}

fn lineage(rule: &LineageRule) -> String {
    let LineageRule { roles, licenses, code } = rule;
    let roles = match roles {
        None => "an input, of whatever role, and all its inputs are looked at".to_owned(),
        Some(roles) => {
            format!("an input of each of these roles, and these are looked at: {}", list(roles))
        }
    };
    let licenses = match licenses {
        None => "under whatever licence".to_owned(),
        Some(licenses) => format!("under one of these licences: {}", list(licenses)),
    };
    let code = match code {
        true => "Each run anchors the code that ran.",
        false => "The code that ran need not be anchored.",
    };
    format!(
        "a run made the model, and each run that did has {roles}. Each such input was recorded as a dataset, {licenses}. {code}"
    )
}

fn statement(rule: &StatementRule) -> String {
    let StatementRule { kind, min } = rule;
    let are = if *min == 1 { "is" } else { "are" };
    let number = count(*min, "statement", "statements");
    format!("there {are} at least {number} of the kind {} about the model.", kind.word())
}

fn budget(rule: &BudgetRule) -> String {
    let BudgetRule { ceiling, currency, purposes, measure } = rule;
    let purposes = match purposes {
        None => "whatever they were for".to_owned(),
        Some(purposes) => format!("for {}", list(purposes)),
    };
    let measure = match measure {
        None => "All of them have the same measure, whichever".to_owned(),
        Some(measure) => format!("Of them those of the measure {measure} are added up"),
    };
    format!(
        "the costs that are attributed to the model, {purposes}, add up to at most {ceiling} {currency}: {ceiling} itself passes. {measure}. One in another currency is never converted, and then this is not met; nor is it with no cost at all."
    )
}

fn within_budget(rule: &WithinBudgetRule) -> String {
    let WithinBudgetRule { budget } = rule;
    format!(
        "the costs that are attributed to the model keep the budget {budget} in force: in its measure, of its activity, in the interval of the gate's time they add up to at most its limit, and the limit itself passes. One in another currency is never converted, and then this is not met; nor is it where no such budget is in force and holds, or where it is of a team, an account or another model. With no cost it is met."
    )
}

fn program(head: &str, rule: &RegoRule) -> Vec<String> {
    let RegoRule { module } = rule;
    let lines = count(module.lines().count() as u64, "line", "lines");
    let first = format!(
        "{head}: this Rego program of {lines} is asked. It is met if data.policy.violations is defined and empty, and every text in that is a reason:"
    );
    let rest = module.lines().map(|line| format!("    {}", line.replace('\t', "    ")));
    std::iter::once(first).chain(rest).collect()
}
