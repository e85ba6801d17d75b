//! A log that is known, charges, and the specification's example.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::str::FromStr;

use ledgit_core::allocation::{API_VERSION, KIND, Rules};
use ledgit_core::bill::{Amounts, Category, Charge};
use ledgit_core::cost::allocate::{Allocation, Facts, Target, Unit, allocate};
use ledgit_core::decimal::Decimal;
use ledgit_core::digest::Sha256;
use ledgit_core::statement::{Measure, Purpose};
use ledgit_core::time::{Period, Timestamp};
use ledgit_core::yaml::YamlError;

pub fn name<T: FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

pub fn number(text: &str) -> Decimal {
    name(text)
}

pub fn model(n: u8) -> Sha256 {
    Sha256([n; 32])
}

/// Models and runs by their names.
#[derive(Default)]
pub struct Log {
    pub models: BTreeMap<String, Sha256>,
    pub runs: BTreeMap<String, BTreeSet<Sha256>>,
}

impl Facts for Log {
    fn run(&self, id: &str) -> Option<BTreeSet<Sha256>> {
        self.runs.get(id).cloned()
    }

    fn model(&self, name: &str) -> Option<Sha256> {
        self.models.get(name).copied()
    }
}

/// Models m1 and fraud-detection-v2, and runs with 0 to 3 models.
pub fn log() -> Log {
    let models = [("m1", model(1)), ("fraud-detection-v2", model(9))];
    let runs = (0..4u8).map(|count| (format!("run-{count}"), (1..=count).map(model).collect()));
    let models = models.into_iter().map(|(name, digest)| (name.to_owned(), digest)).collect();
    Log { models, runs: runs.collect() }
}

/// The document that the specification shows.
pub fn example() -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../spec/allocation.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (_, yaml) = text.split_once("```yaml\n").unwrap();
    yaml.split_once("```").unwrap().0.to_owned()
}

pub fn parse(text: &str) -> Result<Rules, YamlError> {
    Rules::parse(text.as_bytes())
}

/// The least document around the lines of `spec`, which are indented by two and begin in line 5.
pub fn around(spec: &str) -> String {
    format!("apiVersion: {API_VERSION}\nkind: {KIND}\nmetadata: {{name: a}}\nspec:\n{spec}")
}

/// Rules, one a line; targets `a`, `b`, `c` are teams.
pub fn rules(lines: &[&str]) -> Rules {
    document("", lines)
}

/// The same, with more lines of `spec`.
pub fn document(more: &str, lines: &[&str]) -> Rules {
    let lines: String = lines.iter().map(|line| format!("    - {{{line}}}\n")).collect();
    let targets = "  targets: {a: {team: a}, b: {team: b}, c: {team: c}, m: {model: {name: m1}}}\n";
    let text = around(&format!("{targets}{more}  rules:\n{lines}"));
    parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// A charge in EUR that is billed.
pub fn charge(row: u64, billed: &str) -> Charge {
    let time = |seconds| Timestamp::from_seconds(seconds).unwrap();
    Charge {
        row,
        period: Period::new(time(1_000_000), time(1_003_600)).unwrap(),
        currency: name("EUR"),
        amounts: Amounts { billed: Some(number(billed)), ..Amounts::default() },
        category: Category::Usage,
        correction: false,
        columns: BTreeMap::new(),
        tags: BTreeMap::new(),
    }
}

pub fn tagged(row: u64, billed: &str, tags: &[(&str, &str)]) -> Charge {
    Charge { tags: texts(tags), ..charge(row, billed) }
}

pub fn celled(row: u64, billed: &str, columns: &[(&str, &str)]) -> Charge {
    Charge { columns: texts(columns), ..charge(row, billed) }
}

pub fn texts(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

pub fn billed() -> Unit {
    Unit { currency: name("EUR"), measure: Measure::Billed }
}

pub fn team(team: &str) -> Target {
    Target { model: None, activity: None, team: Some(name(team)) }
}

/// A target as a short text: model, activity, team.
pub fn short(target: &Target) -> String {
    let model = target.model.map_or("-".to_owned(), |model| model.0[0].to_string());
    let activity = target.activity.map_or("-", Purpose::word);
    format!("{model}/{activity}/{}", target.team.as_ref().map_or("-", |team| team.as_str()))
}

/// What charges come to, as short texts: lines, then what is unallocated. One unit alone.
pub fn came_to(rules: &Rules, charges: &[Charge]) -> Vec<String> {
    shown(&allocate(charges, rules, &log()).unwrap())
}

pub fn shown(found: &Allocation) -> Vec<String> {
    assert!(found.totals.len() <= 1, "one unit alone");
    let lines = found.lines.iter().map(|((_, target), line)| {
        let rules: Vec<_> = line.rules.iter().map(|rule| rule.as_str()).collect();
        let (amount, rows) = (line.figure.amount, line.figure.rows);
        format!("{} {amount} of {rows} by {}", short(target), rules.join("+"))
    });
    let left = found.unallocated.iter().map(|((_, (reason, rule)), figure)| {
        let rule = rule.as_ref().map_or("-", |rule| rule.as_str());
        format!("{} {} of {} by {rule}", reason.word(), figure.amount, figure.rows)
    });
    lines.chain(left).collect()
}
