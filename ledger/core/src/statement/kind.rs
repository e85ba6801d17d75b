//! The kinds, what they are called, and what each is about.

use super::refusal::Refusal;
use super::wire::Wire;
use super::{
    Allocation, Anchor, Approval, ApprovalSubject, Benefit, Bill, Budget, Change, Correction, Cost,
    Dataset, Decision, Deployment, Document, Erasure, Evidence, Exception, Genesis, Metric, Model,
    Proposal, Run, TimeMark,
};
use crate::cbor::{Reader, Writer};
use crate::digest::{LeafHash, Sha256};

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident($body:ident) $name:literal,)+) => {
        /// A kind of statement.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind { $($(#[$doc])* $kind,)+ }

        impl Kind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$kind),+];

            /// The kind's name: `dataset`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)+ }
            }

            /// The kind of a name.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|kind| kind.name() == name)
            }

            /// The content type: `application/vnd.ledgit.dataset.v1+cbor` (S-05).
            pub fn media_type(self) -> &'static str {
                match self {
                    $(Self::$kind => concat!("application/vnd.ledgit.", $name, ".v1+cbor"),)+
                }
            }

            /// The kind of a content type; `None` for an unknown kind or version.
            pub fn from_media_type(media: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|kind| kind.media_type() == media)
            }
        }

        /// A statement's payload.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Body { $($(#[$doc])* $kind(Box<$body>),)+ }

        impl Body {
            /// Its kind.
            pub fn kind(&self) -> Kind {
                match self { $(Self::$kind(_) => Kind::$kind,)+ }
            }

            pub(super) fn write(&self, to: &mut Writer) {
                match self { $(Self::$kind(body) => body.write(to),)+ }
            }

            pub(super) fn read(kind: Kind, from: &mut Reader<'_>) -> Result<Self, Refusal> {
                Ok(match kind { $(Kind::$kind => Self::$kind(Box::new($body::read(from)?)),)+ })
            }
        }

        $(impl From<$body> for Body {
            fn from(body: $body) -> Self {
                Self::$kind(Box::new(body))
            }
        })+
    };
}

kinds! {
    /// What the ledger is; entry 0.
    Genesis(Genesis) "genesis",
    /// The log's clock.
    Time(TimeMark) "time",
    /// Files that a model is trained or tested on.
    Dataset(Dataset) "dataset",
    /// A trained model.
    Model(Model) "model",
    /// A measured number.
    Metric(Metric) "metric",
    /// A person's verdict.
    Approval(Approval) "approval",
    /// Money spent.
    Cost(Cost) "cost",
    /// A report, a model card.
    Document(Document) "document",
    /// What was made from what.
    Run(Run) "run",
    /// An entry that was wrong.
    Correction(Correction) "correction",
    /// A change of roster, log key or policy.
    Proposal(Proposal) "proposal",
    /// A gate's answer.
    Decision(Decision) "decision",
    /// What a policy asks is waived.
    Exception(Exception) "exception",
    /// Bytes went into an environment.
    Deployment(Deployment) "deployment",
    /// Evidence is to be deleted.
    Erasure(Erasure) "erasure",
    /// What a file of charges amounts to.
    Bill(Bill) "bill",
    /// Whose charges a bill's are.
    Allocation(Allocation) "allocation",
    /// What may be spent.
    Budget(Budget) "budget",
    /// What responsible AI brought.
    Benefit(Benefit) "benefit",
}

impl Body {
    /// What the header's `sub` says; the issuer's own text for the log's statements (S-07).
    pub(super) fn subject(&self, issuer: &str) -> String {
        let artifact = |sha256: &Sha256| format!("sha256:{}", sha256.hex());
        let entry = |leaf: &LeafHash| format!("entry:{}", leaf.hex());
        match self {
            Self::Genesis(_) | Self::Time(_) => issuer.to_owned(),
            Self::Dataset(body) => artifact(&body.digests.sha256),
            Self::Model(body) => artifact(&body.digests.sha256),
            Self::Metric(body) => artifact(&body.subject.sha256),
            Self::Cost(body) => artifact(&body.subject.sha256),
            Self::Document(body) => artifact(&body.document.sha256),
            Self::Run(body) => body
                .outputs
                .as_slice()
                .first()
                .map(|part| artifact(&part.digests.sha256))
                .unwrap_or_default(),
            Self::Approval(body) => match &body.subject {
                ApprovalSubject::Artifact(digests) => artifact(&digests.sha256),
                ApprovalSubject::Entry(leaf) => entry(leaf),
            },
            Self::Correction(body) => entry(&body.corrects),
            Self::Proposal(body) => entry(&body.replaces),
            Self::Decision(body) => artifact(&body.subject.sha256),
            Self::Exception(body) => artifact(&body.subject.sha256),
            Self::Deployment(body) => artifact(&body.subject.sha256),
            Self::Erasure(body) => artifact(&body.sha256),
            Self::Bill(body) => artifact(&body.file.sha256),
            Self::Allocation(body) => entry(&body.bill),
            Self::Budget(body) => format!("budget:{}", body.name),
            Self::Benefit(body) => artifact(&body.subject.sha256),
        }
    }

    /// The evidence that it names.
    pub fn evidence(&self) -> Option<&Evidence> {
        match self {
            Self::Genesis(_)
            | Self::Time(_)
            | Self::Decision(_)
            | Self::Deployment(_)
            | Self::Budget(_) => None,
            Self::Dataset(body) => body.manifest.as_ref(),
            Self::Model(body) => body.manifest.as_ref(),
            Self::Metric(body) => body.source.as_ref().map(|source| &source.document),
            Self::Approval(body) => body.reason.as_ref(),
            Self::Cost(body) => body.source.as_ref().map(|source| &source.document),
            Self::Document(body) => Some(&body.document),
            Self::Run(body) => body.parameters.as_ref(),
            Self::Correction(body) => Some(&body.reason),
            Self::Proposal(body) => match &body.change {
                Change::Roster(document) => Some(document),
                Change::Policy(policy) => Some(&policy.document),
                Change::LogKey(_) | Change::Authority(_) => None,
            },
            Self::Exception(body) => Some(&body.reason),
            Self::Erasure(body) => body.reason.as_ref(),
            Self::Bill(body) => body.stored.as_ref(),
            Self::Allocation(body) => Some(&body.report),
            Self::Benefit(body) => body.report.as_ref(),
        }
    }

    /// The code commit that it names.
    pub fn anchor(&self) -> Option<&Anchor> {
        match self {
            Self::Model(body) => body.anchor.as_ref(),
            Self::Run(body) => body.anchor.as_ref(),
            _ => None,
        }
    }

    /// What a kind demands beyond the shape of its payload.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        match self {
            Self::Genesis(body) => body.check(),
            Self::Dataset(body) => body.check(),
            Self::Model(body) => body.check(),
            Self::Metric(body) => body.check(),
            Self::Cost(body) => body.check(),
            Self::Run(body) => body.check(),
            Self::Correction(body) => body.check(),
            Self::Proposal(body) => body.check(),
            Self::Decision(body) => body.check(),
            Self::Exception(body) => body.check(),
            Self::Erasure(body) => body.check(),
            Self::Bill(body) => body.check(),
            Self::Allocation(body) => body.check(),
            Self::Budget(body) => body.check(),
            Self::Benefit(body) => body.check(),
            Self::Time(_) | Self::Approval(_) | Self::Document(_) | Self::Deployment(_) => Ok(()),
        }
    }
}
