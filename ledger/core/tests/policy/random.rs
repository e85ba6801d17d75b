//! Random policies, the same for the same number. Each has a requirement of every sort.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use ledgit_core::decimal::Decimal;
use ledgit_core::policy::*;

use crate::example::{days, name};

/// Numbers that follow from one (splitmix64).
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    fn of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize].clone()
    }

    fn maybe<T>(&mut self, some: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.below(2) == 0).then(|| some(self))
    }

    fn name<T: FromStr<Err: std::fmt::Debug>>(&mut self) -> T {
        name(self.of(&["a", "b", "c", "d"]))
    }

    fn set<T: FromStr<Err: std::fmt::Debug> + Ord>(&mut self) -> BTreeSet<T> {
        (0..=self.below(3)).map(|_| self.name()).collect()
    }

    fn span(&mut self) -> Span {
        days(2 + self.below(3))
    }

    fn count(&mut self) -> u64 {
        2 + self.below(3)
    }

    fn number(&mut self) -> Decimal {
        Decimal::new(i128::from(self.below(3)) * 50, 2).unwrap()
    }
}

pub fn policy(random: &mut Random) -> Policy {
    let rules = [metric, document, lineage, statement, separation, budget, within_budget, rego];
    let requirement = |(at, rule): (usize, &fn(&mut Random) -> Rule)| Requirement {
        id: name(&format!("r{at}")),
        sort: random.of(&["Metric", "BiasDetection"]),
        by: random.maybe(Random::set),
        rule: rule(random),
    };
    let requirements = rules.iter().enumerate().map(requirement).collect();
    Policy {
        name: random.name(),
        description: random.maybe(Random::name),
        model: random.name(),
        risk: random.of(&[Risk::Minimal, Risk::Limited, Risk::High, Risk::Unacceptable]),
        mode: random.of(&[Mode::Enforce, Mode::Observe, Mode::Retired]),
        environments: random.maybe(Random::set),
        review_every: random.maybe(Random::span),
        decision_valid_for: random.maybe(Random::span),
        requirements,
        approval: random.maybe(approval),
        exceptions: random.maybe(exceptions),
    }
}

fn approval(random: &mut Random) -> ApprovalRule {
    let groups: BTreeSet<_> = random.set();
    let groups: BTreeMap<_, _> = groups.into_iter().map(|id| (id, random.count())).collect();
    ApprovalRule { groups, min: random.count(), valid_for: random.maybe(Random::span) }
}

fn exceptions(random: &mut Random) -> ExceptionRule {
    let glass = |random: &mut Random| BreakGlass { by: random.set(), ratify_within: random.span() };
    ExceptionRule { max_duration: random.span(), break_glass: random.maybe(glass) }
}

fn metric(random: &mut Random) -> Rule {
    let slices: BTreeSet<_> = random.set();
    let attributes = [Attributes::NotAsked, Attributes::Any, Attributes::Each(random.set())];
    let mut limits = Limits::default();
    match random.below(3) {
        0 => limits.min = Some(random.number()),
        1 => limits.above = Some(random.number()),
        _ => {}
    }
    match random.below(3) {
        0 => limits.max = Some(random.number()),
        1 => limits.below = Some(random.number()),
        _ => {}
    }
    Rule::Metric(MetricRule {
        metric: random.name(),
        limits,
        unit: random.maybe(Random::name),
        definition: random.maybe(Random::name),
        method: random.maybe(Random::name),
        aggregate: random.of(&[Aggregate::Worst, Aggregate::Latest, Aggregate::Mean]),
        slices: slices.into_iter().map(|attribute| (attribute, random.set())).collect(),
        attributes: random.of(&attributes),
        min_samples: random.maybe(Random::count),
        datasets: random.below(3),
        max_age: random.maybe(Random::span),
        alert: random.maybe(Random::name),
    })
}

fn document(random: &mut Random) -> Rule {
    let formats = [Format::Pdf, Format::Html, Format::Json, Format::Markdown, Format::Text];
    Rule::Document(DocumentRule {
        sort: random.name(),
        format: random.maybe(|random| random.of(&formats)),
        max_age: random.maybe(Random::span),
    })
}

fn lineage(random: &mut Random) -> Rule {
    Rule::Lineage(LineageRule {
        roles: random.maybe(Random::set),
        licenses: random.maybe(Random::set),
        code: random.below(2) == 0,
    })
}

fn statement(random: &mut Random) -> Rule {
    let kind = random.of(&[Counted::Model, Counted::Metric, Counted::Run]);
    Rule::Statement(StatementRule { kind, min: random.count() })
}

fn separation(random: &mut Random) -> Rule {
    let all = [Counted::Document, Counted::Cost, Counted::Run];
    Rule::Separation([random.of(&all), Counted::Approval].into())
}

fn budget(random: &mut Random) -> Rule {
    Rule::Budget(BudgetRule {
        ceiling: random.number(),
        currency: name(random.of(&["EUR", "USD"])),
        purposes: random.maybe(Random::set),
        measure: random.maybe(Random::name),
    })
}

fn within_budget(random: &mut Random) -> Rule {
    Rule::WithinBudget(WithinBudgetRule { budget: random.name() })
}

fn rego(random: &mut Random) -> Rule {
    Rule::Rego(RegoRule {
        module: random.of(&["package policy\n", "package policy\n# b\n"]).into(),
    })
}
