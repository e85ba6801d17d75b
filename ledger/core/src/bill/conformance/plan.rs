//! What is to be done for each rule, settled before the first row.

use std::collections::BTreeMap;

use super::check::Check;
use super::dynamic::{Dynamic, dynamic};
use super::flaws::{self, Profile};
use super::header::Question;
use super::model::{Entity, Keyword, Model, Rule};
use super::program::Program;
use super::report::{Inapplicable, Status, Undecidable};
use super::tree::{Tree, is_composite};

/// How a rule is judged.
#[derive(Debug)]
pub(super) enum Task {
    /// It is: the header or the criteria say so.
    Settled(Status, Option<String>),
    /// From its parts.
    Parts(Vec<usize>),
    /// Row by row.
    Row(Program),
    /// Cell by cell, in these columns.
    Cells(u64, Vec<usize>),
    /// By what a column's values go with.
    Pairs { of: usize, what: usize, exact: bool },
    /// By no row; they only tell whether its condition is ever met.
    Never,
}

/// A rule's task.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) task: Task,
    /// Which rows it is about; `None` for all.
    pub(super) guard: Option<Program>,
    /// A column to show a cell of.
    pub(super) example: Option<usize>,
    /// Rows can only break it, and this is why they can't decide it.
    pub(super) open: Option<Undecidable>,
}

impl Plan {
    fn settled(status: Status) -> Self {
        Self { task: Task::Settled(status, None), guard: None, example: None, open: None }
    }

    fn inapplicable(why: Inapplicable) -> Self {
        Self::settled(Status::NotApplicable(why))
    }
}

/// What is looked for in the cells of each of FOCUS's columns.
pub(super) fn profiles(model: &'static Model) -> BTreeMap<&'static str, Profile> {
    let mut found: BTreeMap<&'static str, Profile> = BTreeMap::new();
    for rule in model.rules() {
        match &rule.requirement {
            Some(Check::Present(name)) => {
                found.entry(name).or_default();
            }
            Some(Check::Cell(name, flaws)) => {
                let profile = found.entry(name).or_default();
                profile.add(*flaws);
                profile.sku = name == "SkuPriceDetails";
            }
            _ => {}
        }
    }
    found
}

/// Whether a column is FOCUS's.
pub(super) fn is_focus(model: &Model, column: &str) -> bool {
    model
        .rules()
        .iter()
        .any(|rule| matches!(&rule.requirement, Some(Check::Present(name)) if name == column))
}

/// Whether a column is never null, whoever the provider is.
pub(super) fn is_required(model: &Model, column: &str) -> bool {
    use super::check::Value::Null;
    model.rules().iter().any(|rule| {
        let never = Check::Differs(column.to_owned(), Null);
        rule.keyword == Keyword::MustNot
            && rule.requirement.as_ref() == Some(&never)
            && rule.condition.is_none()
            && rule.criteria.is_empty()
            && !is_offered(model, &rule.id)
    })
}

/// Whether a rule is one side of a choice.
fn is_offered(model: &Model, id: &str) -> bool {
    let choice = |rule: &&Rule| matches!(rule.requirement, Some(Check::Any(_)));
    model.rules().iter().filter(choice).any(|rule| rule.parts().contains(&id))
}

/// The plan for one rule.
pub(super) fn plan(tree: &Tree, place: usize, header: &[&str]) -> Plan {
    let Some(rule) = tree.rule(place) else {
        return Plan::inapplicable(Inapplicable::Parts);
    };
    if !tree.applies(place) {
        return Plan::inapplicable(Inapplicable::Criteria);
    }
    if rule.keyword == Keyword::May {
        return Plan::inapplicable(Inapplicable::Permission);
    }
    if is_composite(rule) {
        let parts = rule.parts().into_iter().filter_map(|part| tree.model.place(part)).collect();
        return Plan { task: Task::Parts(parts), guard: None, example: None, open: None };
    }
    if tree.is_choice(place) {
        return Plan::inapplicable(Inapplicable::Choice);
    }
    if rule.entity == Entity::Column && tree.column(&rule.reference).is_none() {
        return Plan::inapplicable(Inapplicable::Column);
    }
    let condition = tree.condition(place);
    let mut read = Vec::new();
    if let Some(condition) = &condition {
        condition.columns(&mut read);
    }
    if read.iter().any(|column| tree.is_missed(column)) {
        return Plan::settled(Status::NotDecidable(Undecidable::Column));
    }
    let places = |name: &str| tree.column(name);
    let guard = condition.as_ref().map(|condition| Program::new(condition, &places));
    let mut plan = match &rule.requirement {
        Some(check) => asked(tree, check),
        None => shown(tree, rule, header),
    };
    if matches!(plan.task, Task::Row(_) | Task::Cells(..) | Task::Pairs { .. } | Task::Never) {
        plan.guard = guard;
    }
    plan
}

/// The plan for a check of the model.
fn asked(tree: &Tree, check: &Check) -> Plan {
    if let Check::Present(name) = check {
        let (status, example) = match tree.column(name) {
            Some(_) => (Status::Passed, None),
            None => (Status::Failed, Some(name.clone())),
        };
        let task = Task::Settled(status, example);
        return Plan { task, guard: None, example: None, open: None };
    }
    let check = tree.written_out(check);
    let mut columns = Vec::new();
    check.columns(&mut columns);
    if columns.iter().any(|column| tree.column(column).is_none()) {
        return Plan::inapplicable(Inapplicable::Column);
    }
    rows(tree, &check)
}

/// The plan for a check over rows.
fn rows(tree: &Tree, check: &Check) -> Plan {
    let mut columns = Vec::new();
    check.columns(&mut columns);
    let example = columns.iter().find_map(|column| tree.column(column));
    let task = match check {
        Check::OneEach(of, what) | Check::AtMostOneEach(of, what) => {
            match (tree.column(of), tree.column(what)) {
                (Some(of), Some(what)) => {
                    Task::Pairs { of, what, exact: matches!(check, Check::OneEach(..)) }
                }
                _ => return Plan::inapplicable(Inapplicable::Column),
            }
        }
        _ => Task::Row(Program::new(check, &|name| tree.column(name))),
    };
    Plan { task, guard: None, example, open: None }
}

/// The plan for a rule to which the model gives no check.
fn shown(tree: &Tree, rule: &Rule, header: &[&str]) -> Plan {
    let never = |why| Plan { task: Task::Never, guard: None, example: None, open: Some(why) };
    match dynamic(&rule.id) {
        Some(Dynamic::Decide(check)) => rows(tree, &check),
        Some(Dynamic::Refute(check, why)) => Plan { open: Some(why), ..rows(tree, &check) },
        Some(Dynamic::Cells(flaws)) => cells(tree, flaws),
        Some(Dynamic::RefuteCells(flaws, why)) => Plan { open: Some(why), ..cells(tree, flaws) },
        Some(Dynamic::Header(question)) => names(tree, question, header),
        Some(Dynamic::Never(why)) => never(why),
        None => never(Undecidable::Meaning),
    }
}

fn cells(tree: &Tree, looked_for: u64) -> Plan {
    let mut columns = Vec::new();
    for (name, profile) in profiles(tree.model) {
        let mut wider = profile;
        wider.add(looked_for);
        let concerned = match looked_for {
            flaws::PLACEHOLDER => true,
            flaws::TEXT_BLANK => profile.text && is_required(tree.model, name),
            _ => wider == profile,
        };
        columns.extend(tree.column(name).filter(|_| concerned));
    }
    if columns.is_empty() {
        return Plan::inapplicable(Inapplicable::Column);
    }
    columns.sort_unstable();
    Plan { task: Task::Cells(looked_for, columns), guard: None, example: None, open: None }
}

fn names(tree: &Tree, question: Question, header: &[&str]) -> Plan {
    let (status, example) = match question.of(header, |name| is_focus(tree.model, name)) {
        Ok(None) => (Status::Passed, None),
        Ok(Some(name)) => (Status::Failed, Some(name.to_owned())),
        Err(()) => (Status::NotApplicable(Inapplicable::Column), None),
    };
    Plan { task: Task::Settled(status, example), guard: None, example: None, open: None }
}
