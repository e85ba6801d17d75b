//! Floor 3: what a policy's document says (`spec/policy.md`). What follows from it for a model is
//! for `gate` to decide.

mod differences;
mod read;
mod span;

pub use differences::{Difference, differences};
pub use span::{Span, SpanError};

use std::collections::{BTreeMap, BTreeSet};

use crate::decimal::Decimal;
use crate::name::{Currency, Id, Label, Text};
pub use crate::statement::RiskLevel as Risk;

/// The only version that is read (E-01).
pub const API_VERSION: &str = "policy.apexlogic.com/v1alpha1";
/// The only kind that is read (E-01).
pub const KIND: &str = "ModelDeploymentPolicy";
/// Id of the result that says whether the subject is such a model (J-10).
pub const MODEL_ID: &str = "modelName";
/// Id of the result of the approval workflow (J-10).
pub const APPROVAL_ID: &str = "approvalWorkflow";

/// Whether the gate stops anything (E-06).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// What is denied must not be deployed.
    Enforce,
    /// Decisions are recorded and stop nothing.
    Observe,
    /// There is no gate any more.
    Retired,
}

/// A policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Its name; versions of one policy have the same.
    pub name: Label,
    /// What it is for, in words.
    pub description: Option<Text>,
    /// The name of the models that it governs.
    pub model: Label,
    /// How much is at stake.
    pub risk: Risk,
    /// Whether it stops anything.
    pub mode: Mode,
    /// The environments that it governs; none for all.
    pub environments: Option<BTreeSet<Label>>,
    /// How often it must be adopted again.
    pub review_every: Option<Span>,
    /// For how long a decision may be deployed.
    pub decision_valid_for: Option<Span>,
    /// What it asks, in the order of the document; `ExplainabilityReport` is two of them.
    pub requirements: Vec<Requirement>,
    /// Who must approve.
    pub approval: Option<ApprovalRule>,
    /// What may be waived.
    pub exceptions: Option<ExceptionRule>,
}

/// One thing that is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// Its id (E-05).
    pub id: Label,
    /// Its `type`, as the document has it.
    pub sort: &'static str,
    /// Only statements that these people, services or groups recorded count (J-12).
    pub by: Option<BTreeSet<Id>>,
    /// What is asked.
    pub rule: Rule,
}

/// What is asked (E-20 to E-31, E-33).
#[allow(
    clippy::large_enum_variant,
    reason = "a policy has a handful of them, most of them the largest: a box would save nothing"
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// A measured number within limits.
    Metric(MetricRule),
    /// A document.
    Document(DocumentRule),
    /// Where the model comes from.
    Lineage(LineageRule),
    /// So many statements.
    Statement(StatementRule),
    /// Different people did different things: these kinds.
    Separation(BTreeSet<Counted>),
    /// Not more money than this.
    Budget(BudgetRule),
    /// Not more money than a budget that was stated.
    WithinBudget(WithinBudgetRule),
    /// A program.
    Rego(RegoRule),
}

/// A measured number (E-20, E-22 to E-24).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricRule {
    /// The metric's name in the log.
    pub metric: Label,
    /// Limits that its value keeps, at least one.
    pub limits: Limits,
    /// Its unit; none for a pure number.
    pub unit: Option<Label>,
    /// Which definition counts; none for any.
    pub definition: Option<Label>,
    /// Which method counts; none for any.
    pub method: Option<Label>,
    /// Which answer decides.
    pub aggregate: Aggregate,
    /// Slices that must have an answer each.
    pub slices: BTreeMap<Label, BTreeSet<Label>>,
    /// Attributes that must have an answer each.
    pub attributes: Attributes,
    /// Rows that each answer measured at least.
    pub min_samples: Option<u64>,
    /// Datasets that each answer names at least.
    pub datasets: u64,
    /// How old an answer may be.
    pub max_age: Option<Span>,
    /// Who should hear of it when it is not met.
    pub alert: Option<Text>,
}

/// Limits of a value (E-25).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// At least this.
    pub min: Option<Decimal>,
    /// At most this.
    pub max: Option<Decimal>,
    /// More than this.
    pub above: Option<Decimal>,
    /// Less than this.
    pub below: Option<Decimal>,
}

/// Which answer decides (E-21).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregate {
    /// The one that meets the limits least.
    Worst,
    /// The one recorded last.
    Latest,
    /// The mean of all.
    Mean,
}

/// Which attributes must have an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attributes {
    /// None need be named.
    NotAsked,
    /// At least one.
    Any,
    /// Each of these.
    Each(BTreeSet<Label>),
}

/// A document (E-26).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentRule {
    /// Its sort: `model-card`.
    pub sort: Label,
    /// Its format; none for any.
    pub format: Option<Format>,
    /// How old it may be.
    pub max_age: Option<Span>,
}

/// A document's format (E-26).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `application/pdf`.
    Pdf,
    /// `text/html`.
    Html,
    /// `application/json`.
    Json,
    /// `text/markdown`.
    Markdown,
    /// `text/plain`.
    Text,
}

/// Where the model comes from (E-27).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineageRule {
    /// Roles of inputs that each run has; none for any input.
    pub roles: Option<BTreeSet<Label>>,
    /// Licences that datasets may have; none for any.
    pub licenses: Option<BTreeSet<Label>>,
    /// Whether the code that ran must be anchored.
    pub code: bool,
}

/// So many statements (E-28).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementRule {
    /// Of this kind.
    pub kind: Counted,
    /// How many at least.
    pub min: u64,
}

/// Kinds of statement that are counted by their authors (E-28, E-29).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Counted {
    /// `model`.
    Model,
    /// `metric`.
    Metric,
    /// `document`.
    Document,
    /// `run`.
    Run,
    /// `cost`.
    Cost,
    /// `approval`, for the separation of duties alone.
    Approval,
}

/// Not more money than this (E-30).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetRule {
    /// The most that it may cost.
    pub ceiling: Decimal,
    /// The currency of everything.
    pub currency: Currency,
    /// Purposes that are added up, as statements name them; none for all.
    pub purposes: Option<BTreeSet<Label>>,
    /// Which cost is added up: `BilledCost`.
    pub measure: Option<Label>,
}

/// Not more money than a budget that was stated (E-33).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithinBudgetRule {
    /// Its name.
    pub budget: Label,
}

/// A program (E-31).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegoRule {
    /// Its text.
    pub module: String,
}

/// Who must approve (E-32).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalRule {
    /// Persons of each group, at least 1.
    pub groups: BTreeMap<Id, u64>,
    /// Persons in all.
    pub min: u64,
    /// For how long an approval counts.
    pub valid_for: Option<Span>,
}

/// What may be waived (E-40).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExceptionRule {
    /// For how long at most.
    pub max_duration: Span,
    /// Who may break the glass, and within what it must be ratified.
    pub break_glass: Option<BreakGlass>,
}

/// Passing first, and asking afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BreakGlass {
    /// Persons and groups that may.
    pub by: BTreeSet<Id>,
    /// By when it must be approved.
    pub ratify_within: Span,
}

impl Policy {
    /// Whether it governs an environment; one that is retired governs none (J-04).
    pub fn governs(&self, environment: &Label) -> bool {
        let named = self.environments.as_ref().is_none_or(|all| all.contains(environment));
        self.mode != Mode::Retired && named
    }

    /// Ids of the results of a report, in their order (J-10).
    pub fn result_ids(&self) -> impl Iterator<Item = &str> {
        let asked = self.requirements.iter().map(|one| one.id.as_str());
        let approval = self.approval.iter().map(|_| APPROVAL_ID);
        std::iter::once(MODEL_ID).chain(asked).chain(approval)
    }

    /// The programs in it.
    pub fn modules(&self) -> impl Iterator<Item = &str> {
        self.requirements.iter().filter_map(|one| match &one.rule {
            Rule::Rego(rego) => Some(rego.module.as_str()),
            _ => None,
        })
    }
}

/// Words of the document, both ways.
macro_rules! spelled {
    ($type:ident { $($variant:ident $word:literal,)+ }) => {
        impl $type {
            /// As the document writes it.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// Reads it; `None` for any other word.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }

            /// Every word.
            pub const WORDS: &[&str] = &[$($word),+];
        }
    };
}

spelled!(Mode {
    Enforce "enforce",
    Observe "observe",
    Retired "retired",
});
spelled!(Aggregate {
    Worst "worst",
    Latest "latest",
    Mean "mean",
});
spelled!(Format {
    Pdf "PDF",
    Html "HTML",
    Json "JSON",
    Markdown "Markdown",
    Text "Text",
});
spelled!(Counted {
    Model "model",
    Metric "metric",
    Document "document",
    Run "run",
    Cost "cost",
    Approval "approval",
});

impl Format {
    /// The media type that a document of this format has.
    pub fn media(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Html => "text/html",
            Self::Json => "application/json",
            Self::Markdown => "text/markdown",
            Self::Text => "text/plain",
        }
    }
}
