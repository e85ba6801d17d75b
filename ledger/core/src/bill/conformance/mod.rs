//! Whether a file of charges conforms to FOCUS 1.2, rule by rule (`spec/focus.md`, FO-01 to FO-61).
//!
//! A file is pushed in row by row, as it is written, before anything is read out of its cells.

mod check;
mod columns;
mod dynamic;
mod errata;
mod flaws;
mod header;
mod model;
mod moment;
mod number;
mod pairs;
mod plan;
mod program;
mod report;
mod tally;
mod tree;
mod unit;

use std::collections::BTreeSet;

use flaws::Profile;
use plan::{Plan, Task};
use program::{Row, Truth};
use tally::{Tally, Verdict};
use tree::Tree;

pub use columns::{Column, DataType, Level, columns};
pub use flaws::{is_currency, is_text};
pub use model::{Entity, Keyword, Model, ModelError, Rule, Strength};
pub use report::{Inapplicable, Outcome, Report, Status, Undecidable};

/// Why a file is not judged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConformanceError {
    /// The model that is built in is not understood.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// No criterion of the model.
    #[error("{0:?} is no criterion of the requirements model")]
    Criterion(String),
    /// One name for two columns: a rule about it would be about either.
    #[error("the column {0:?} stands twice in the header")]
    Doubled(String),
    /// A row that is not one of this header.
    #[error("row {row} has {found} cells, the header {expected}")]
    Cells {
        /// The row after the header is 1.
        row: u64,
        /// Its cells.
        found: usize,
        /// The columns of the header.
        expected: usize,
    },
}

/// What the provider of a file is taken to support (FO-50).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Criteria {
    /// What the file's own columns show.
    Shown,
    /// These, by the names of [`Model::criteria`].
    Supported(BTreeSet<String>),
}

/// A file that is being judged.
#[derive(Debug)]
pub struct Conformance {
    model: &'static Model,
    criteria: Vec<&'static str>,
    width: usize,
    rows: u64,
    /// What the cells of each column are read for; `None` for columns that FOCUS does not define.
    profiles: Vec<Option<Profile>>,
    plans: Vec<Plan>,
    tallies: Vec<Tally>,
    /// Places of the rules that rows say something about.
    active: Vec<usize>,
    /// Composites that break with each rule.
    above: Vec<Vec<usize>>,
    flaws: Vec<u64>,
}

impl Conformance {
    /// Begins with a file's header, in its order.
    ///
    /// # Errors
    /// [`ConformanceError`] for a criterion that the model does not have, and for a name that stands twice.
    pub fn new(criteria: &Criteria, header: &[&str]) -> Result<Self, ConformanceError> {
        let model = Model::focus_1_2()?;
        let mut seen = BTreeSet::new();
        if let Some(twice) = header.iter().find(|name| !seen.insert(**name)) {
            return Err(ConformanceError::Doubled((*twice).to_owned()));
        }
        let mut tree = Tree::new(model, header);
        tree.criteria = supported(&tree, criteria)?;
        let places = 0..model.rules().len();
        let plans: Vec<Plan> =
            places.clone().map(|place| plan::plan(&tree, place, header)).collect();
        let active = |place: &usize| {
            let task = plans.get(*place).map(|plan| &plan.task);
            !matches!(task, None | Some(Task::Settled(..) | Task::Parts(_)))
        };
        let known = plan::profiles(model);
        Ok(Self {
            model,
            criteria: tree.criteria.iter().copied().collect(),
            width: header.len(),
            rows: 0,
            profiles: header.iter().map(|name| known.get(name).copied()).collect(),
            active: places.clone().filter(active).collect(),
            above: places.clone().map(|place| tree.broken_with(place)).collect(),
            tallies: places.map(|_| Tally::default()).collect(),
            flaws: vec![0; header.len()],
            plans,
        })
    }

    /// Judges the next row: its cells as they are written, once CSV's quotes are off. An empty cell is
    /// null, and so is `None`; the text `NULL` is a text (FO-04).
    ///
    /// # Errors
    /// [`ConformanceError::Cells`] for a row of another length; it is not counted.
    pub fn row(&mut self, cells: &[Option<&str>]) -> Result<(), ConformanceError> {
        if cells.len() != self.width {
            let (row, found) = (self.rows + 1, cells.len());
            return Err(ConformanceError::Cells { row, found, expected: self.width });
        }
        self.rows += 1;
        let cell = |cell: &Option<&str>| cell.filter(|text| !text.is_empty()).is_some();
        for ((flaws, profile), text) in self.flaws.iter_mut().zip(&self.profiles).zip(cells) {
            *flaws = match (profile, text) {
                (Some(profile), Some(content)) if cell(text) => profile.flaws(content),
                _ => 0,
            };
        }
        let row = Row { cells, flaws: &self.flaws };
        for place in &self.active {
            let (Some(plan), Some(tally)) = (self.plans.get(*place), self.tallies.get_mut(*place))
            else {
                continue;
            };
            let verdict = judge(plan, tally, &row, self.rows);
            if let Verdict::Broken(at) = verdict {
                tally.broken(self.rows, at.and_then(|at| row.cell(at)));
                for above in self.above.get(*place).into_iter().flatten() {
                    if let Some(tally) = self.tallies.get_mut(*above) {
                        tally.broken_once(self.rows);
                    }
                }
            }
        }
        Ok(())
    }

    /// One outcome for each rule of the model, in its order.
    pub fn finish(mut self) -> Report {
        for place in &self.active {
            if let (Some(plan), Some(tally)) =
                (self.plans.get(*place), self.tallies.get_mut(*place))
                && matches!(plan.task, Task::Pairs { exact: true, .. })
            {
                tally.count_unpaired();
            }
        }
        let mut statuses = tally::Statuses::new(self.model, &self.plans, &mut self.tallies);
        for place in 0..self.plans.len() {
            statuses.settle(place);
        }
        let statuses = statuses.done();
        let rules = self.model.rules().iter().zip(statuses).zip(self.tallies).zip(&self.plans);
        let outcomes = rules.map(|(((rule, status), tally), plan)| {
            let example = match &plan.task {
                Task::Settled(_, example) => example.clone(),
                _ => tally.example,
            };
            let failed = status == Status::Failed;
            Outcome {
                id: &rule.id,
                keyword: rule.keyword,
                text: &rule.text,
                status,
                failing: if failed { tally.failing } else { 0 },
                rows: if failed { tally.rows } else { Vec::new() },
                example: example.filter(|_| failed),
                erratum: errata::erratum(&rule.id),
                composite: tree::is_composite(rule),
            }
        });
        Report { rows: self.rows, criteria: self.criteria, outcomes: outcomes.collect() }
    }
}

/// What one rule says of one row.
fn judge(plan: &Plan, tally: &mut Tally, row: &Row<'_>, number: u64) -> Verdict {
    if matches!(plan.task, Task::Never) && tally.met > 0 {
        return Verdict::Kept;
    }
    match plan.guard.as_ref().map_or(Truth::Yes, |guard| guard.of(row)) {
        Truth::Yes => {}
        Truth::Open => {
            tally.open += 1;
            return Verdict::Kept;
        }
        Truth::No | Truth::Null => return Verdict::Kept,
    }
    match &plan.task {
        Task::Row(program) => {
            tally.met += 1;
            match program.of(row) {
                Truth::No => return Verdict::Broken(plan.example),
                Truth::Open => tally.open += 1,
                Truth::Yes | Truth::Null => {}
            }
        }
        Task::Cells(flaws, columns) => {
            if columns.iter().any(|at| row.cell(*at).is_some()) {
                tally.met += 1;
            }
            let broken = columns.iter().find(|at| row.flaws(**at) & flaws != 0);
            if let Some(at) = broken {
                return Verdict::Broken(Some(*at));
            }
        }
        Task::Pairs { of, what, .. } => {
            if let Some(key) = row.cell(*of) {
                tally.met += 1;
                if !tally.pair(key, row.cell(*what), number) {
                    return Verdict::Broken(plan.example);
                }
            }
        }
        Task::Never => tally.met += 1,
        Task::Settled(..) | Task::Parts(_) => {}
    }
    Verdict::Kept
}

fn supported(tree: &Tree, criteria: &Criteria) -> Result<BTreeSet<&'static str>, ConformanceError> {
    let names = match criteria {
        Criteria::Shown => return Ok(tree.shown()),
        Criteria::Supported(names) => names,
    };
    let known = |name: &String| {
        let found = tree.model.criteria().iter().find(|known| *known == name);
        found.map(String::as_str).ok_or_else(|| ConformanceError::Criterion(name.clone()))
    };
    names.iter().map(known).collect()
}
