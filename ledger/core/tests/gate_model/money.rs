//! Costs (E-30), budgets (E-33) and approvals (E-32, J-20, J-21).

use std::collections::BTreeSet;

use ledgit_core::policy::{BudgetRule, Requirement, Risk, WithinBudgetRule};
use ledgit_core::statement::*;
use ledgit_core::time::Timestamp;

use super::numbers::{parts, written};
use super::report::{Answer, Asked, met, not};
use super::world::Name;
use crate::support::time;

pub fn budget(asked: &Asked<'_>, requirement: &Requirement, rule: &BudgetRule) -> Answer {
    let meant = |body: &Body| match body {
        Body::Cost(cost) => {
            let purpose = cost.purpose.word();
            let named = rule.purposes.as_ref();
            named.is_none_or(|all| all.iter().any(|one| one.as_str() == purpose))
                && (rule.measure.is_none() || rule.measure == cost.measure)
        }
        _ => false,
    };
    let all = match asked.some(requirement, meant) {
        Ok(all) => all,
        Err(answer) => return answer,
    };
    if let Some(answer) = strange(asked, &all, rule.currency.as_str()) {
        return answer;
    }
    let measures: BTreeSet<_> = all.iter().map(|at| cost(asked, *at).measure.clone()).collect();
    if measures.len() > 1 {
        let what = measures.into_iter().flatten().next().map(|one| one.to_string());
        return Answer { what, ..not("mixed-measures", all) };
    }
    summed(asked, all, parts(rule.ceiling))
}

fn cost<'w>(asked: &Asked<'w>, at: usize) -> &'w Cost {
    match asked.body(at) {
        Body::Cost(cost) => cost,
        _ => panic!("entry {at} is no cost"),
    }
}

/// The first one that is in another currency.
fn strange(asked: &Asked<'_>, all: &[usize], currency: &str) -> Option<Answer> {
    let at = all.iter().find(|at| cost(asked, **at).currency.as_str() != currency)?;
    let what = Some(cost(asked, *at).currency.to_string());
    Some(Answer { what, ..not("other-currency", vec![*at]) })
}

fn summed(asked: &Asked<'_>, all: Vec<usize>, ceiling: i128) -> Answer {
    let sums: Vec<i128> = (0..all.len())
        .map(|last| all[..=last].iter().map(|at| parts(cost(asked, *at).amount)).sum())
        .collect();
    // Past for good: from there on no sum is within the ceiling.
    let crossed = (0..all.len()).find(|at| sums[*at..].iter().all(|sum| *sum > ceiling));
    let value = Some(written(sums.last().copied().unwrap_or(0)));
    match crossed {
        Some(at) => Answer { value, ..not("past-limit", vec![all[at]]) },
        None => Answer { value, ..met(all) },
    }
}

pub fn within(asked: &Asked<'_>, rule: &WithinBudgetRule) -> Answer {
    let what = Some(rule.budget.to_string());
    let none = |entries| Answer { what, ..not("none", entries) };
    let there = asked.world.budget(rule.budget.as_str(), asked.at);
    let counts = |at: &usize| {
        let said = &asked.world.said[*at];
        !asked.world.roster(asked.at).is_void(said.key, *at)
            && !asked.world.is_corrected(said.leaf, asked.at)
    };
    let Some(at) = there.filter(counts) else { return none(vec![]) };
    let Body::Budget(budget) = asked.body(at) else { panic!("entry {at} is no budget") };
    let scope = &budget.scope;
    let whose = scope.model.is_none() || scope.model == Some(asked.subject.sha256);
    let clock = time(asked.clock);
    if !lies_in(budget, clock) || !whose || scope.team.is_some() || scope.account.is_some() {
        return none(vec![at]);
    }
    let meant = |one: &usize| match asked.body(*one) {
        Body::Cost(cost) => {
            let begins = cost.period.from();
            let measure = cost.measure.as_ref().map(ToString::to_string);
            measure.as_deref() == Some(budget.measure.word())
                && scope.activity.is_none_or(|activity| activity == cost.purpose)
                && lies_in(budget, begins)
                && interval(budget.every, begins) == interval(budget.every, clock)
        }
        _ => false,
    };
    let all = asked.counting(&asked.subject.sha256).into_iter().filter(meant).collect::<Vec<_>>();
    let answer = strange(asked, &all, budget.currency.as_str());
    let mut answer = answer.unwrap_or_else(|| summed(asked, all, parts(budget.limit)));
    answer.entries.truncate(7);
    answer.entries.push(at);
    answer
}

fn lies_in(budget: &Budget, at: Timestamp) -> bool {
    (budget.period.from().seconds()..budget.period.until().seconds()).contains(&at.seconds())
}

/// Year and number of the interval, read from how the time is written.
fn interval(every: Every, at: Timestamp) -> (String, u8) {
    let text = at.to_string();
    let (year, month) = (text[..4].to_owned(), text[5..7].parse::<u8>().unwrap());
    match every {
        Every::Month => (year, month),
        Every::Quarter => (year, (month - 1) / 3),
        Every::Year => (year, 0),
        Every::Once => (String::new(), 0),
    }
}

/// What became of the verdicts on a subject.
pub struct Approvals {
    pub answer: Answer,
    pub counted: BTreeSet<usize>,
}

impl Asked<'_> {
    fn verdict(&self, at: usize) -> Option<&Approval> {
        match self.body(at) {
            Body::Approval(approval) => Some(approval),
            _ => None,
        }
    }

    pub fn approvals(&self) -> Approvals {
        let all = self.counting(&self.subject.sha256);
        let verdicts: Vec<usize> =
            all.iter().copied().filter(|at| self.verdict(*at).is_some()).collect();
        let (mut counted, mut rejected, mut lacking) = (BTreeSet::new(), Vec::new(), Vec::new());
        for at in &verdicts {
            let approval = self.verdict(*at).unwrap();
            let later = self.later(*at, &verdicts);
            let here = approval.environment.as_ref().map(|one| one.as_str());
            let of = approval.policy.map(|one| (one.sha256, one.blake3));
            let this = (self.version.digests.sha256, self.version.digests.blake3);
            let person = self.world.roster(self.at).people.contains_key(self.world.said[*at].by);
            match approval.verdict {
                Verdict::Withdraw => {}
                Verdict::Reject => {
                    let about = here.is_none_or(|here| here == self.environment)
                        && of.is_none_or(|of| of == this);
                    if later.is_none() && person && about {
                        rejected.push(*at);
                    }
                }
                Verdict::Approve => match self.lacks(*at, later) {
                    None => _ = counted.insert(*at),
                    Some(reason) => lacking.push((*at, reason)),
                },
            }
        }
        lacking.retain(|(_, reason)| *reason != "replaced");
        let answer = self.approved(&counted, rejected, &lacking);
        Approvals { answer, counted }
    }

    /// The verdict that the same person gave on the same matter next.
    fn later(&self, at: usize, verdicts: &[usize]) -> Option<Verdict> {
        let matter = |at: usize| {
            let approval = self.verdict(at).unwrap();
            let policy = approval.policy.map(|one| one.sha256);
            (self.world.said[at].by, policy, approval.environment.clone())
        };
        let mut later = verdicts.iter().filter(|one| **one > at && matter(**one) == matter(at));
        later.next().map(|one| self.verdict(*one).unwrap().verdict)
    }

    /// Why an approval does not count.
    fn lacks(&self, at: usize, later: Option<Verdict>) -> Option<&'static str> {
        let (approval, said) = (self.verdict(at).unwrap(), &self.world.said[at]);
        let this = (self.version.digests.sha256, self.version.digests.blake3);
        let made = |one: &usize| {
            matches!(self.body(*one), Body::Model(_) | Body::Dataset(_) | Body::Run(_))
                && self.world.said[*one].by == said.by
        };
        let own = self.policy().risk == Risk::High
            && self.counting(&self.subject.sha256).iter().any(made);
        let valid = self.policy().approval.as_ref().and_then(|rule| rule.valid_for);
        let ended = approval.expires.is_some_and(|end| end.seconds() <= self.clock)
            || valid.is_some_and(|most| self.age(at) > most.0);
        let left = !self.world.roster(self.at).people.contains_key(said.by);
        if matches!(later, Some(Verdict::Approve | Verdict::Reject)) {
            return Some("replaced");
        }
        if approval.environment.as_ref().map(|one| one.as_str()) != Some(self.environment) {
            return Some("other-environment");
        }
        if approval.policy.map(|one| (one.sha256, one.blake3)) != Some(this) {
            return Some("other-policy");
        }
        if later == Some(Verdict::Withdraw) {
            return Some("withdrawn");
        }
        if ended {
            return Some("expired");
        }
        if left {
            return Some("not-in-group");
        }
        own.then_some("own-work")
    }

    fn approved(
        &self,
        counted: &BTreeSet<usize>,
        rejected: Vec<usize>,
        lacking: &[(usize, &'static str)],
    ) -> Answer {
        let Some(rule) = &self.policy().approval else { return met(vec![]) };
        if !rejected.is_empty() {
            return not("rejected", rejected);
        }
        let persons: BTreeSet<Name> = counted.iter().map(|at| self.world.said[*at].by).collect();
        let value = Some(persons.len().to_string());
        let roster = self.world.roster(self.at);
        let of_groups = rule.groups.iter().filter_map(|(group, wanted)| {
            let members = roster.groups.get(group.as_str());
            let found = persons.iter().filter(|one| members.is_some_and(|all| all.contains(*one)));
            let lacks = wanted.saturating_sub(found.count() as u64);
            (lacks > 0).then(|| format!("{lacks} of {group}"))
        });
        let of_groups: Vec<String> = of_groups.collect();
        let more = rule.min.saturating_sub(persons.len() as u64);
        let many = format!("{more} person{}", if more == 1 { "" } else { "s" });
        let groups = of_groups.join(" and ");
        let what = match (more, of_groups.is_empty()) {
            (0, true) => return Answer { value, ..met(counted.iter().copied().collect()) },
            (0, false) => groups,
            (_, true) => many,
            (_, false) => format!("{many}, among them {groups}"),
        };
        let Some((last, reason)) = lacking.last() else {
            let reason = if more == 0 { "not-in-group" } else { "approvals" };
            let entries = counted.iter().copied().collect();
            return Answer { value, what: Some(what), ..not(reason, entries) };
        };
        let elsewhere = self.verdict(*last).unwrap().environment.as_ref();
        let what = match *reason {
            "other-environment" => {
                elsewhere.map_or("no environment".to_owned(), ToString::to_string)
            }
            _ => what,
        };
        Answer { value, what: Some(what), ..not(reason, vec![*last]) }
    }
}
