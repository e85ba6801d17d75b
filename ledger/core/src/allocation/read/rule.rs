//! Rules: which charges they take, and where these go (AL-06, AL-10 to AL-25).

use std::collections::{BTreeMap, BTreeSet};

use super::Names;
use super::target::{check_tag, run, target};
use super::values::{check_plain, plain};
use crate::allocation::{ChargeSort, Rule, TargetRule, Test, Then, When};
use crate::limits;
use crate::name::Label;
use crate::yaml::values::{count, label, list_of, named, pairs, wanted, word};
use crate::yaml::{Node, Value, YamlError};

/// The rules, in their order.
pub fn all(node: &Node, names: &Names) -> Result<Vec<Rule>, YamlError> {
    let items = node.list()?;
    if items.is_empty() || items.len() > limits::LIST_ITEMS {
        return Err(node.wrong(format!("there are 1 to {} rules", limits::LIST_ITEMS)));
    }
    let mut rules: Vec<Rule> = Vec::new();
    for item in items {
        let rule = rule(item, names, &rules)?;
        if rules.iter().any(|before| before.id == rule.id) {
            return Err(item.wrong(format!("the id {} stands twice", rule.id)));
        }
        if let Some(any) = rules.iter().find(|before| before.when.is_any()) {
            return Err(item.wrong(format!("no charge gets here: {} takes any", any.id)));
        }
        rules.push(rule);
    }
    Ok(rules)
}

fn rule(node: &Node, names: &Names, before: &[Rule]) -> Result<Rule, YamlError> {
    let [_, _, to, by_run, shared] = node.fields(["id", "when", "to", "run", "split"])?;
    let id = wanted(node, "id", label)?;
    let when = wanted(node, "when", |node| when(node, names))?;
    let then = match (to, by_run, shared) {
        (Some(to), None, None) => Then::To(to_target(to, names)?),
        (None, Some(by_run), None) => Then::Run(run(by_run, &names.aliases)?),
        (None, None, Some(shared)) => split(shared, names, before)?,
        _ => return Err(node.wrong("a rule has one of to, run and split")),
    };
    Ok(Rule { id, when, then })
}

fn when(node: &Node, names: &Names) -> Result<When, YamlError> {
    if let Value::Text(_) = node.value {
        return word(node, |text| (text == "any").then(When::default), &["any"]);
    }
    let [columns, tags, category, correction] =
        node.fields(["columns", "tags", "category", "correction"])?;
    let column = |_: &Node, _: &str| Ok(());
    let tag = |node: &Node, key: &str| check_tag(node, key, &names.aliases);
    let sort = |node: &Node| word(node, ChargeSort::from_word, ChargeSort::WORDS);
    let when = When {
        columns: columns.map(|map| tests(map, column)).transpose()?.unwrap_or_default(),
        tags: tags.map(|map| tests(map, tag)).transpose()?.unwrap_or_default(),
        categories: category.map(|list| list_of(list, sort)).transpose()?,
        correction: correction.map(|node| word(node, yes_or_no, &["yes", "no"])).transpose()?,
    };
    if when.is_any() {
        return Err(node.wrong("nothing is asked here; for every charge write any"));
    }
    Ok(when)
}

fn yes_or_no(word: &str) -> Option<bool> {
    match word {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

/// Tests by what they are of (AL-11).
fn tests(
    node: &Node,
    check: impl Fn(&Node, &str) -> Result<(), YamlError>,
) -> Result<BTreeMap<String, Test>, YamlError> {
    let one = |(key, node): &(String, Node)| {
        check_plain(node, key)?;
        check(node, key)?;
        Ok((key.clone(), test(node)?))
    };
    pairs(node)?.iter().map(one).collect()
}

fn test(node: &Node) -> Result<Test, YamlError> {
    if let Value::Text(_) = node.value {
        let there = |word: &str| match word {
            "present" => Some(Test::Present),
            "absent" => Some(Test::Absent),
            _ => None,
        };
        return word(node, there, &["present", "absent"]);
    }
    match node.fields(["equals", "oneOf", "prefix"])? {
        [Some(value), None, None] => Ok(Test::OneOf(BTreeSet::from([plain(value)?]))),
        [None, Some(values), None] => Ok(Test::OneOf(list_of(values, plain)?)),
        [None, None, Some(value)] => Ok(Test::Prefix(plain(value)?)),
        _ => Err(node.wrong("a test has one of equals, oneOf and prefix")),
    }
}

/// A target, or the name of one (AL-20).
fn to_target(node: &Node, names: &Names) -> Result<TargetRule, YamlError> {
    match node.value {
        Value::Text(_) => known(node, node.text()?, names).map(|(_, target)| target),
        _ => target(node, &names.aliases),
    }
}

fn known(node: &Node, name: &str, names: &Names) -> Result<(Label, TargetRule), YamlError> {
    let name: Label = named(node, name)?;
    match names.targets.get(&name) {
        Some(target) => Ok((name, target.clone())),
        None => Err(node.wrong(format!("there is no target {name}"))),
    }
}

/// How an amount is shared (AL-24).
fn split(node: &Node, names: &Names, before: &[Rule]) -> Result<Then, YamlError> {
    let weights = match node.fields(["evenly", "weights", "proportional"])? {
        [Some(list), None, None] => {
            let targets = list_of(list, label)?;
            let one = |name: &Label| {
                let (name, target) = known(list, name.as_str(), names)?;
                Ok((name, (target, 1)))
            };
            targets.iter().map(one).collect::<Result<BTreeMap<_, _>, _>>()?
        }
        [None, Some(map), None] => {
            let one = |(name, weight): &(String, Node)| {
                let (name, target) = known(weight, name, names)?;
                Ok((name, (target, count(weight)?)))
            };
            pairs(map)?.iter().map(one).collect::<Result<BTreeMap<_, _>, _>>()?
        }
        [None, None, Some(base)] => return proportional(base, before).map(Then::Proportional),
        _ => return Err(node.wrong("a split has one of evenly, weights and proportional")),
    };
    if weights.len() < 2 {
        return Err(node.wrong("a split is among at least two targets; for one write to"));
    }
    Ok(Then::Weights(weights))
}

/// Places of the rules whose allocations are the base (AL-25).
fn proportional(node: &Node, before: &[Rule]) -> Result<BTreeSet<usize>, YamlError> {
    let direct = before.iter().enumerate().filter(|(_, rule)| rule.is_direct());
    if let Value::Text(_) = node.value {
        word(node, |text| (text == "direct").then_some(()), &["direct"])?;
        let base: BTreeSet<_> = direct.map(|(place, _)| place).collect();
        let none = "no rule before it has to or run: there is no base";
        return if base.is_empty() { Err(node.wrong(none)) } else { Ok(base) };
    }
    let direct: BTreeMap<_, _> = direct.map(|(place, rule)| (&rule.id, place)).collect();
    list_of(node, |item| {
        let id = label(item)?;
        let place = direct.get(&id).copied();
        place.ok_or_else(|| item.wrong(format!("no rule {id} with to or run stands before it")))
    })
}
