//! What can be recorded: the same fields as options and in a JSON document.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Deserialize;

/// One thing to record. Numbers are texts in a document, so that none is rounded on the way.
#[derive(Debug, Clone, Subcommand, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Item {
    /// Files that a model is trained or tested on
    Dataset(Artifact),
    /// A trained model
    Model(Artifact),
    /// A measured number
    Metric(Box<Metric>),
    /// Money spent
    Cost(Box<Cost>),
    /// A report, a model card
    Document(Document),
    /// What was made from what
    Run(Run),
    /// An entry that was wrong
    Correction(Correction),
    /// Bytes that went into an environment
    Deployment(Deployment),
    /// What may be spent
    Budget(Box<Budget>),
    /// What responsible AI brought
    Benefit(Box<Benefit>),
}

/// A dataset or a model.
#[derive(Debug, Clone, Args, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Artifact {
    /// File or directory
    pub path: PathBuf,
    /// Name [default: the file's]
    #[arg(long)]
    pub name: Option<String>,
    /// Version
    #[arg(long)]
    pub version: Option<String>,
    /// License, as SPDX names it
    #[arg(long)]
    pub license: Option<String>,
    /// Where it comes from, as a URI
    #[arg(long)]
    pub source: Option<String>,
    /// Format of a model: pickle, safetensors, onnx
    #[arg(long)]
    pub format_name: Option<String>,
    /// What somebody else declared of it (repeat): WHO:NAME=VALUE
    #[arg(long, value_name = "WHO:NAME=VALUE")]
    #[serde(default)]
    pub claim: Vec<String>,
    /// Code commit that a model comes from [default: HEAD]
    #[arg(long)]
    pub commit: Option<String>,
    /// Name no code commit
    #[arg(long, conflicts_with = "commit")]
    #[serde(default)]
    pub no_commit: bool,
}

/// A measured number.
#[derive(Debug, Clone, Args, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metric {
    /// Model that was measured
    #[arg(long)]
    pub model: String,
    /// Name of the metric
    #[arg(long)]
    pub name: String,
    /// The number [default: what stands at --source FILE#/POINTER]; NaN and Infinity, too
    #[arg(long, allow_hyphen_values = true)]
    pub value: Option<String>,
    /// Data that it was measured on (repeat)
    #[arg(long)]
    #[serde(default)]
    pub dataset: Vec<String>,
    /// Report that it stands in: FILE or FILE#/POINTER (RFC 6901)
    #[arg(long)]
    pub source: Option<String>,
    /// Tool that measured it: NAME or NAME@VERSION
    #[arg(long)]
    pub tool: String,
    /// Rows that were measured (repeat): ATTRIBUTE=VALUE [default: all]
    #[arg(long)]
    #[serde(default)]
    pub slice: Vec<String>,
    /// What it compares: a protected attribute, a column
    #[arg(long)]
    pub attribute: Option<String>,
    /// Unit
    #[arg(long)]
    pub unit: Option<String>,
    /// How it was computed
    #[arg(long)]
    pub method: Option<String>,
    /// Seed of what was random
    #[arg(long)]
    pub seed: Option<String>,
    /// Rows measured
    #[arg(long)]
    pub samples: Option<u64>,
    /// Beginning of the data's time span
    #[arg(long)]
    pub from: Option<String>,
    /// End of the data's time span, not in it
    #[arg(long)]
    pub until: Option<String>,
    /// Version of the metric's definition
    #[arg(long)]
    pub definition: Option<String>,
}

/// Money spent.
#[derive(Debug, Clone, Args, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cost {
    /// What it is attributed to
    #[arg(long)]
    pub subject: String,
    /// Amount, exactly
    #[arg(long, allow_hyphen_values = true)]
    pub amount: String,
    /// ISO 4217 currency
    #[arg(long)]
    pub currency: String,
    /// training, inference, explainability, fairness-audit, drift-monitoring, adversarial-testing,
    /// reporting or evidence-storage
    #[arg(long)]
    pub purpose: String,
    /// Beginning of the period
    #[arg(long)]
    pub from: String,
    /// End of the period, not in it
    #[arg(long)]
    pub until: String,
    /// Bill that it stands in: FILE or FILE#/POINTER
    #[arg(long)]
    pub source: Option<String>,
    /// Column that the amount is of: BilledCost, EffectiveCost
    #[arg(long)]
    pub measure: Option<String>,
    /// Class of the charge: Usage, Purchase, Credit
    #[arg(long)]
    pub class: Option<String>,
    /// Who charges
    #[arg(long)]
    pub provider: Option<String>,
    /// What for
    #[arg(long)]
    pub service: Option<String>,
    /// How much of it: VALUE=UNIT
    #[arg(long)]
    pub quantity: Option<String>,
}

/// A report, a model card.
#[derive(Debug, Clone, Args, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// File; it becomes evidence
    pub path: PathBuf,
    /// Name [default: the file's]
    #[arg(long)]
    pub name: Option<String>,
    /// Sort of document: model-card, fairness-report
    #[arg(long = "type")]
    #[serde(rename = "type")]
    pub sort: String,
    /// What it is about (repeat)
    #[arg(long)]
    #[serde(default)]
    pub about: Vec<String>,
}

/// What was made from what.
#[derive(Debug, Clone, Args, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// Name: train, evaluate
    #[arg(long)]
    pub name: String,
    /// What went in (repeat): ROLE=SUBJECT
    #[arg(long, value_name = "ROLE=SUBJECT")]
    #[serde(default)]
    pub input: Vec<String>,
    /// What came out (repeat): ROLE=SUBJECT
    #[arg(long, value_name = "ROLE=SUBJECT", required = true)]
    pub output: Vec<String>,
    /// Code commit [default: HEAD]
    #[arg(long)]
    pub commit: Option<String>,
    /// Name no code commit
    #[arg(long, conflicts_with = "commit")]
    #[serde(default)]
    pub no_commit: bool,
    /// Tool: NAME or NAME@VERSION
    #[arg(long)]
    pub tool: Option<String>,
    /// When it began
    #[arg(long)]
    pub from: Option<String>,
    /// When it ended
    #[arg(long)]
    pub until: Option<String>,
    /// File of parameters; it becomes evidence
    #[arg(long)]
    pub parameters: Option<PathBuf>,
}

/// An entry that was wrong.
#[derive(Debug, Clone, Args, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Correction {
    /// The entry
    pub entry: String,
    /// Why, as text; it becomes evidence
    #[arg(long)]
    pub reason: String,
    /// The entry that holds instead
    #[arg(long)]
    pub replacement: Option<String>,
}

/// Bytes that went into an environment.
#[derive(Debug, Clone, Args, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deployment {
    /// What was deployed: a name, a digest, a path
    pub subject: String,
    /// Where: production
    #[arg(long, visible_alias = "env")]
    pub environment: String,
    /// Where exactly: a cluster, an address
    #[arg(long)]
    pub target: Option<String>,
    /// The entry of the decision that it goes by [default: the last one that passed there]
    #[arg(long, value_name = "ENTRY")]
    pub decision: Option<String>,
}

/// What may be spent.
#[derive(Debug, Clone, Args, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Name
    #[arg(long)]
    pub name: String,
    /// The most that may be spent in each interval, exactly
    #[arg(long)]
    pub limit: String,
    /// ISO 4217 currency
    #[arg(long)]
    pub currency: String,
    /// Cost that counts: BilledCost, ListCost or ContractedCost [default: EffectiveCost]
    #[arg(long)]
    pub measure: Option<String>,
    /// When the limit begins anew: quarter, year, or once [default: month]
    #[arg(long)]
    pub every: Option<String>,
    /// First day that it holds
    #[arg(long)]
    pub from: String,
    /// End, not in it
    #[arg(long)]
    pub until: String,
    /// Only costs of this model
    #[arg(long)]
    pub model: Option<String>,
    /// Only costs of this activity: fairness-audit, drift-monitoring
    #[arg(long)]
    pub activity: Option<String>,
    /// Only costs of this team
    #[arg(long)]
    pub team: Option<String>,
    /// Only charges of this account
    #[arg(long)]
    pub account: Option<String>,
    /// Percent of the limit at which somebody is told (repeat) [default: 50, 80, 100]
    #[arg(long, value_name = "PERCENT")]
    #[serde(default)]
    pub threshold: Vec<String>,
    /// The budget in whose place it stands: its entry
    #[arg(long, value_name = "ENTRY")]
    pub replaces: Option<String>,
}

/// What responsible AI brought.
#[derive(Debug, Clone, Args, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Benefit {
    /// The model that brought it
    #[arg(long)]
    pub subject: String,
    /// Amount, exactly
    #[arg(long)]
    pub amount: String,
    /// ISO 4217 currency
    #[arg(long)]
    pub currency: String,
    /// How the amount was arrived at, in a sentence
    #[arg(long)]
    pub method: String,
    /// Beginning of the period
    #[arg(long)]
    pub from: String,
    /// End of the period, not in it
    #[arg(long)]
    pub until: String,
    /// The activity that brought it: fairness-audit, drift-monitoring
    #[arg(long)]
    pub activity: Option<String>,
    /// File that the claim rests on; it becomes evidence
    #[arg(long)]
    pub report: Option<PathBuf>,
}
