//! Floor 3: what a document of allocation rules says (`spec/allocation.md`, AL-01 to AL-25). What
//! follows from it for a charge is for `cost` to decide.

mod read;

pub use read::is_of_kind;

use std::collections::{BTreeMap, BTreeSet};

use crate::digest::Sha256;
use crate::name::{Label, Text};
use crate::statement::Purpose;

/// The only version that is read (AL-01).
pub const API_VERSION: &str = "policy.apexlogic.com/v1alpha1";
/// The only kind that is read (AL-01).
pub const KIND: &str = "CostAllocation";

/// A document of allocation rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// Its name.
    pub name: Label,
    /// What it is for, in words.
    pub description: Option<Text>,
    /// Digits after the point that shares have at least (AL-32).
    pub digits: u8,
    /// Other keys of tags (AL-04).
    pub aliases: BTreeMap<String, BTreeSet<String>>,
    /// Targets that have a name.
    pub targets: BTreeMap<Label, TargetRule>,
    /// The rules, in the order in which they are asked.
    pub rules: Vec<Rule>,
}

/// A rule: which charges it takes, and where they go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// What reports call it.
    pub id: Label,
    /// Which charges it takes.
    pub when: When,
    /// Where they go.
    pub then: Then,
}

/// Which charges a rule takes (AL-10): those for which all of this holds; nothing asked is `any`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct When {
    /// Tests of columns.
    pub columns: BTreeMap<String, Test>,
    /// Tests of tags, by keys that are no aliases.
    pub tags: BTreeMap<String, Test>,
    /// Sorts of charge; none for all.
    pub categories: Option<BTreeSet<ChargeSort>>,
    /// Whether charges are corrections; none for either.
    pub correction: Option<bool>,
}

/// What is asked of a value (AL-11).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// It is there.
    Present,
    /// It is not there.
    Absent,
    /// It is one of these.
    OneOf(BTreeSet<String>),
    /// It begins so.
    Prefix(String),
}

/// A sort of charge that a rule may ask for (AL-10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChargeSort {
    /// Something was used.
    Usage,
    /// Something was bought.
    Purchase,
    /// A tax.
    Tax,
    /// Money back.
    Credit,
    /// Anything else.
    Adjustment,
}

/// Where charges go (AL-20 to AL-25).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Then {
    /// To a target.
    To(TargetRule),
    /// To the models that a run made.
    Run(RunRule),
    /// To several targets, in the proportion of these numbers.
    Weights(BTreeMap<Label, (TargetRule, u64)>),
    /// In the proportion of what these rules allocated, by their places.
    Proportional(BTreeSet<usize>),
}

/// What makes a target (AL-20); at least one part is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetRule {
    /// The model; none for no model.
    pub model: Option<ModelPart>,
    /// The activity; none for no activity.
    pub activity: Option<Part<Purpose>>,
    /// The team; none for no team.
    pub team: Option<Part<Label>>,
}

/// How a model is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelPart {
    /// By its digest.
    Digest(Part<Sha256>),
    /// By its name in the log (AL-22).
    Name(Part<Label>),
}

/// The models that a run made, and what it was for (AL-23).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRule {
    /// Where the run's id is.
    pub id: Source,
    /// The activity; none for no activity.
    pub activity: Option<Part<Purpose>>,
    /// The team; none for no team.
    pub team: Option<Part<Label>>,
}

/// A part of a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part<T> {
    /// The same for every charge.
    Is(T),
    /// What a charge says.
    From {
        /// Where it says it.
        source: Source,
        /// What its values mean; none where they are what they say.
        table: Option<BTreeMap<String, T>>,
    },
}

/// Where a charge says something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// In a tag, or its aliases.
    Tag(String),
    /// In a column.
    Column(String),
}

/// What a text in a document or a charge can mean for a part of a target.
pub trait Meaning: Sized {
    /// What such a text is, for people.
    const WHAT: &str;

    /// Reads it; `None` where it means no such thing.
    fn of(text: &str) -> Option<Self>;
}

impl Meaning for Sha256 {
    const WHAT: &str = "digest such as sha256: and 64 hexadecimal digits";

    /// AL-05.
    fn of(text: &str) -> Option<Self> {
        Self::from_hex(text.strip_prefix("sha256:").unwrap_or(text)).ok()
    }
}

impl Meaning for Purpose {
    const WHAT: &str = "activity";

    fn of(text: &str) -> Option<Self> {
        Self::from_word(text)
    }
}

impl Meaning for Label {
    const WHAT: &str = "label";

    fn of(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Rules {
    /// The keys of a tag: its own, and its aliases (AL-12).
    pub fn keys<'a>(&'a self, tag: &'a str) -> impl Iterator<Item = &'a str> {
        let aliases = self.aliases.get(tag).into_iter().flatten().map(String::as_str);
        std::iter::once(tag).chain(aliases)
    }
}

impl When {
    /// Whether it holds for every charge.
    pub fn is_any(&self) -> bool {
        *self == Self::default()
    }
}

impl Rule {
    /// Whether what it allocates may be a base for others (AL-25).
    pub fn is_direct(&self) -> bool {
        matches!(self.then, Then::To(_) | Then::Run(_))
    }
}

impl ChargeSort {
    /// Every sort.
    pub const ALL: [Self; 5] =
        [Self::Usage, Self::Purchase, Self::Tax, Self::Credit, Self::Adjustment];
    /// Every word.
    pub const WORDS: &[&str] = &["Usage", "Purchase", "Tax", "Credit", "Adjustment"];

    /// As the document writes it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Usage => "Usage",
            Self::Purchase => "Purchase",
            Self::Tax => "Tax",
            Self::Credit => "Credit",
            Self::Adjustment => "Adjustment",
        }
    }

    /// Reads a word; `None` for any other.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.word() == word)
    }
}
