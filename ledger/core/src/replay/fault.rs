//! What can be wrong with a log, each with its code (`spec/codes.md`).

use std::fmt;

use super::Reference;
use crate::authority::{ErasureError, ExceptionError, ProposalError, VoteError};
use crate::checkpoint::BodyError;
use crate::cost::AccountError;
use crate::digest::{LeafHash, LedgerId, RootHash, Sha256};
use crate::gate::DecisionError;
use crate::name::Id;
use crate::statement::Refusal;
use crate::time::Timestamp;

/// Which thing is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Object {
    /// The entry at a position.
    Entry(u64),
    /// The checkpoint that was to cover so many entries.
    Checkpoint(u64),
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entry(position) => write!(f, "entry {position}"),
            Self::Checkpoint(size) => write!(f, "the checkpoint of {size} entries"),
        }
    }
}

/// A fault and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where.
    pub object: Object,
    /// What.
    pub fault: Fault,
}

impl Finding {
    /// An entry names one that does not stand before it (V-16).
    pub fn dangling(reference: &Reference) -> Self {
        let object = Object::Entry(reference.by);
        Self { object, fault: Fault::Reference(reference.leaf) }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.object, self.fault)
    }
}

/// What is wrong. Each message goes on after the object's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Not a statement (V-01).
    #[error("it is not a statement: {0}")]
    Statement(Refusal),
    /// The signature does not hold (V-02).
    #[error("its signature does not hold under the key that it names")]
    Signature,
    /// The key is nobody's (V-03).
    #[error("it is signed by key {0}, which is nobody's at this position")]
    UnknownKey(String),
    /// The key is another principal's (V-03).
    #[error("it is issued by {issuer:?} and signed with a key of {:?}", holder.as_str())]
    OtherHolder {
        /// Who issued it.
        issuer: String,
        /// Whose key signed it.
        holder: Id,
    },
    /// The log key signed something that is not its to say (V-04).
    #[error("the log key signed a {0}; it signs the genesis, the time and checkpoints alone")]
    LogKey(&'static str),
    /// A genesis or time that the log key did not sign (V-04).
    #[error("it must be signed by the log key and is signed by another")]
    NotLogKey,
    /// An approval by a service (V-05).
    #[error("{:?} is a service; only a person approves", .0.as_str())]
    Service(Id),
    /// The key was somebody's and is not any more (V-03).
    #[error("it is signed by a key of {holder} that is not in the roster any more")]
    FormerKey {
        /// Whose it was.
        holder: String,
    },
    /// A kind that its author may not record (V-17).
    #[error("{} may not record this {kind}: no grant of the roster in force allows it", id.as_str())]
    NotGranted {
        /// Who recorded it.
        id: Id,
        /// Its kind.
        kind: &'static str,
    },
    /// An approval of what the approver made (V-18).
    #[error("{} made what it approves, and does not approve their own work", .0.as_str())]
    OwnWork(Id),
    /// A proposal that must not be made (V-19).
    #[error("{0}")]
    Proposal(ProposalError),
    /// A vote that must not be cast (V-19).
    #[error("{0}")]
    Vote(VoteError),
    /// A decision that does not follow (J-31).
    #[error("{0}")]
    Decision(DecisionError),
    /// An exception that must not be made (J-51).
    #[error("{0}")]
    Exception(ExceptionError),
    /// An erasure that must not be, or a vote that would bring one into effect (H-10 to H-15).
    #[error("{0}")]
    Erasure(ErasureError),
    /// It names evidence that is erased (H-16).
    #[error("it names evidence sha256:{}, which entry {by} erased", sha256.hex())]
    Erased {
        /// The evidence.
        sha256: Sha256,
        /// Where the erasure stands.
        by: u64,
    },
    /// A bill, an allocation or a budget that must not be (V-28).
    #[error("{0}")]
    Account(AccountError),
    /// Entry 0 is no genesis (V-06).
    #[error("it is not a genesis, and a log begins with one")]
    NoGenesis,
    /// A second genesis (V-06).
    #[error("it is a second genesis")]
    SecondGenesis,
    /// A genesis with a group, a head seen or a statement before it (V-06).
    #[error("a genesis has no group, no head seen and no statement before it")]
    GenesisOrder,
    /// Meant for another ledger (V-07).
    #[error("it is meant for ledger {}, and this is {}", found.hex(), expected.hex())]
    OtherLedger {
        /// The ledger that it names.
        found: LedgerId,
        /// This ledger.
        expected: LedgerId,
    },
    /// Its idempotency key was used before (V-08).
    #[error("{issuer:?} has used its idempotency key before")]
    Repeated {
        /// Who issued it.
        issuer: String,
    },
    /// The head that its author saw was never this log's (V-09).
    #[error("its author saw a log of {size} entries with root {}, which this log never was", root.hex())]
    Seen {
        /// Entries in that log.
        size: u64,
        /// Its root.
        root: RootHash,
    },
    /// A group is not whole, in order and by one issuer (V-10).
    #[error("its group is cut apart: {0}")]
    Group(&'static str),
    /// Not the issuer's last statement (V-11).
    #[error("it says that its author's last statement was {}; the log has {}", said.hex(), found.map_or("none".into(), |leaf| leaf.hex()))]
    Chain {
        /// What it says.
        said: LeafHash,
        /// The issuer's last statement in the log.
        found: Option<LeafHash>,
    },
    /// A checkpoint's entries do not begin with the time (V-12).
    #[error("the entries of a checkpoint begin with the time, and this one does not")]
    NoTime,
    /// A time that is not the first of a checkpoint's entries (V-12).
    #[error("it states the time where none belongs")]
    StrayTime,
    /// The log's clock runs backwards (V-13).
    #[error("it states {now}, and {before} was stated before it")]
    Backwards {
        /// What it states.
        now: Timestamp,
        /// What was stated before.
        before: Timestamp,
    },
    /// A time statement that contradicts its own header (V-13).
    #[error("its header and its payload state different times or origins")]
    TimeHeader,
    /// The author's clock is too far from the log's (V-14).
    #[error("its author's clock stood at {said}, and the log's at {clock}; {skew} s are allowed")]
    Skew {
        /// The author's.
        said: Timestamp,
        /// The log's.
        clock: Timestamp,
        /// Seconds allowed.
        skew: u64,
    },
    /// It names an entry that does not stand before it (V-16).
    #[error("it names entry {}, and none with this id stands before it", .0.hex())]
    Reference(LeafHash),
    /// The checkpoint's note, signature, origin or text (V-20).
    #[error("{0}")]
    Note(BodyError),
    /// The checkpoint covers another number of entries (V-21).
    #[error("it states {stated} entries; the log has {found}")]
    Size {
        /// What it states.
        stated: u64,
        /// Entries that were replayed.
        found: u64,
    },
    /// The checkpoint's root is not that of the entries (V-22).
    #[error("it states root {}; the entries give {}", stated.hex(), computed.hex())]
    Root {
        /// What it states.
        stated: RootHash,
        /// Recomputed from the entries.
        computed: RootHash,
    },
    /// A checkpoint that covers no new entry (V-21).
    #[error("it covers no entry that the one before does not")]
    Empty,
    /// The checkpoint has lines that no version of ledgit writes (V-20).
    #[error("it has extension lines, and none is defined")]
    Extension,
    /// The genesis is not the one that was pinned (V-23).
    #[error("the ledger's id is {}, and {} was pinned", found.hex(), pinned.hex())]
    Pinned {
        /// This ledger's.
        found: LedgerId,
        /// What the verifier was told.
        pinned: LedgerId,
    },
}

impl Fault {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Statement(_) => "LG1001",
            Self::Signature => "LG1002",
            Self::UnknownKey(_) => "LG1003",
            Self::OtherHolder { .. } => "LG1004",
            Self::LogKey(_) => "LG1005",
            Self::NotLogKey => "LG1006",
            Self::Service(_) => "LG1007",
            Self::NotGranted { .. } => "LG1008",
            Self::OwnWork(_) | Self::Vote(VoteError::OwnWork(_)) => "LG1009",
            Self::Proposal(error) => match error {
                ProposalError::Founding => "LG1010",
                ProposalError::Replaces { .. } => "LG1011",
                ProposalError::Document(_) => "LG1012",
                ProposalError::Proof { .. } | ProposalError::LogKeyProof(_) => "LG1013",
                ProposalError::Other { .. } => "LG1014",
                ProposalError::Compromise(_) => "LG1015",
                ProposalError::Digest => "LG1016",
                ProposalError::Policy(_) | ProposalError::Unmet(_) => "LG1020",
                ProposalError::Absent(_) => "LG4005",
            },
            Self::Decision(DecisionError::NotInForce { .. } | DecisionError::Founding) => "LG1021",
            Self::Decision(DecisionError::Differs { .. }) => "LG1022",
            Self::Decision(DecisionError::Undecided(_)) => "LG4007",
            Self::Decision(DecisionError::OtherEngine { .. }) => "LG4009",
            Self::Exception(_) => "LG1023",
            Self::Erasure(error) => match error {
                ErasureError::Founding => "LG1010",
                ErasureError::Unnamed(_) => "LG1024",
                ErasureError::Governing(_) => "LG1025",
                ErasureError::Held { .. } => "LG1026",
                ErasureError::Rules { .. } => "LG1028",
                ErasureError::Authoriser(_) => "LG1029",
                ErasureError::Table(_) => "LG4015",
            },
            Self::Account(AccountError::Overlap { .. }) => "LG1030",
            Self::Account(AccountError::SameRows { .. }) => "LG1031",
            Self::Account(AccountError::NoSuchBill { .. } | AccountError::NoSuchBudget(_)) => {
                "LG1032"
            }
            Self::Account(
                AccountError::NoBill(_) | AccountError::NoRules(_) | AccountError::Sum { .. },
            ) => "LG1033",
            Self::Account(AccountError::Named { .. }) => "LG1034",
            Self::Erased { .. } => "LG1027",
            Self::Vote(VoteError::Effective(_) | VoteError::Superseded(_)) => "LG1017",
            Self::Vote(VoteError::Nothing(_)) => "LG1018",
            Self::FormerKey { .. } => "LG1019",
            Self::NoGenesis => "LG1101",
            Self::SecondGenesis => "LG1102",
            Self::GenesisOrder => "LG1103",
            Self::OtherLedger { .. } => "LG1104",
            Self::Repeated { .. } => "LG1105",
            Self::Seen { .. } => "LG1106",
            Self::Group(_) => "LG1107",
            Self::Chain { .. } => "LG1108",
            Self::NoTime => "LG1109",
            Self::StrayTime => "LG1110",
            Self::Backwards { .. } => "LG1111",
            Self::TimeHeader => "LG1112",
            Self::Skew { .. } => "LG1113",
            Self::Reference(_) => "LG1114",
            Self::Note(_) => "LG1201",
            Self::Size { .. } => "LG1202",
            Self::Root { .. } => "LG1203",
            Self::Empty => "LG1204",
            Self::Extension => "LG1205",
            Self::Pinned { .. } => "LG1206",
        }
    }

    /// Whether it says that something can't be decided, and not that something is wrong.
    pub fn is_undecided(&self) -> bool {
        matches!(
            self,
            Self::Decision(DecisionError::Undecided(_) | DecisionError::OtherEngine { .. })
                | Self::Proposal(ProposalError::Absent(_))
                | Self::Erasure(ErasureError::Table(_))
        )
    }
}
