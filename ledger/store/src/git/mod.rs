//! Floor 8: Git's objects and refs, as the ledger reads and writes them (`spec/git.md`).
//!
//! The only place that names gix, which reads; what is written goes through
//! [`durable`](crate::durable), because neither git nor gix survives a power loss.

mod anchor;
mod code;
mod consolidate;
mod edit;
mod error;
mod evidence;
mod id;
mod inbox;
mod index_file;
mod merge;
mod pack;
mod purge;
mod repository;
mod tree;

pub use anchor::{ANCHOR_PREFIX, AnchorFacts, Trees, anchor, anchor_ref};
pub use code::Tips;
pub use consolidate::{PACKS, consolidate};
pub use edit::{Change, edit_tree};
pub use error::GitError;
pub use evidence::{EVIDENCE_PREFIX, EvidenceBatch, EvidenceIndex, Found, Without, without};
pub use id::{ObjectFormat, ObjectId, ObjectKind};
pub use inbox::{DropError, INBOX_PREFIX, InboxDrop};
pub use pack::{Batch, CommitSpec, KEEP_TEXT, PackName, checksum};
pub use purge::{Left, purge};
pub use repository::{Commit, HeadState, Repository};
pub use tree::{Mode, TreeEntry, encode as tree_bytes, parse as tree_entries};
