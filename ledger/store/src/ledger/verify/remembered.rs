//! A log held against the heads that were verified before, those that code commits carry
//! and those that witnesses cosigned (W-27).

use ledgit_core::bundle::Pin;
use ledgit_core::digest::{LedgerId, RootHash};
use ledgit_core::merkle::{self, Hash, Rfc6962, consistency_path, root_of, verify_consistency};
use ledgit_core::replay::{Past, Replay};
use ledgit_core::statement::Seen;
use ledgit_core::witness::{Misbehaviour, Shown};

use super::super::{Leaves, LedgerError, Log, Memory};
use super::{CosignedHead, Demand, Trust, Verification, VerifyFinding};
use crate::git::ObjectId;

/// Who says that the log had a head.
#[derive(Debug, Clone, Copy)]
pub(super) enum Source<'a> {
    /// This machine, or a pin.
    Memory,
    /// A trailer of a code commit.
    Code {
        /// The commit.
        commit: ObjectId,
        /// Entries that are as other trailers say.
        agreed: u64,
    },
    /// A witness, by the name of its key.
    Witness(&'a str),
}

impl Source<'_> {
    /// The codes of a log that ends before the head, that has other entries, and that has the entries
    /// and not the checkpoint.
    fn codes(self) -> [&'static str; 3] {
        match self {
            Self::Memory => ["LG1306", "LG1307", "LG1308"],
            Self::Code { .. } => ["LG1403", "LG1404", "LG1404"],
            Self::Witness(_) => ["LG1611", "LG1612", "LG1612"],
        }
    }

    /// The first entry that may be another.
    fn first(self) -> u64 {
        match self {
            Self::Memory | Self::Witness(_) => 0,
            Self::Code { agreed, .. } => agreed,
        }
    }

    /// That there were so many entries.
    fn knows(self, entries: u64) -> String {
        match self {
            Self::Memory => format!("{entries} entries were verified before"),
            Self::Code { commit, .. } => {
                format!("code commit {commit} carries a signed head of {entries} entries")
            }
            Self::Witness(name) => format!("{name} cosigned {entries} entries"),
        }
    }

    /// The log that is known.
    fn names(self, entries: u64) -> String {
        match self {
            Self::Memory => format!("the log of {entries} entries that was verified before"),
            Self::Code { commit, .. } => {
                format!(
                    "the log of {entries} entries whose signed head code commit {commit} carries"
                )
            }
            Self::Witness(name) => format!("the log of {entries} entries that {name} cosigned"),
        }
    }
}

/// What was found, and the file that shows it.
struct Difference {
    finding: VerifyFinding,
    shows: Option<Misbehaviour>,
}

impl From<VerifyFinding> for Difference {
    fn from(finding: VerifyFinding) -> Self {
        Self { finding, shows: None }
    }
}

/// Holds the log against what this machine remembers and what is pinned, and adds what is different.
///
/// # Errors
/// [`LedgerError`] when what is remembered can't be read.
pub(super) fn hold_against(
    log: &Log<'_>,
    replay: &Replay<impl Past>,
    memory: &Memory,
    (trust, demand): (Trust, &Demand),
    verdict: &mut Verification,
) -> Result<(), LedgerError> {
    for before in heads(replay.ledger(), memory, trust, demand)? {
        compare(log, replay, memory, (&before, Source::Memory), verdict);
    }
    let Some(authority) = replay.authority() else { return Ok(()) };
    for CosignedHead { witness, note } in &demand.cosigned {
        let before = Pin::new(authority.ledger(), note.clone()).ok();
        let ours = before.filter(|before| before.origin() == authority.origin().as_str());
        if let Some(before) = ours {
            compare(log, replay, memory, (&before, Source::Witness(witness)), verdict);
        }
    }
    Ok(())
}

/// Holds the log against one head, and adds what is different. The first two heads that show
/// something are kept.
pub(super) fn compare(
    log: &Log<'_>,
    replay: &Replay<impl Past>,
    memory: &Memory,
    (before, source): (&Pin, Source<'_>),
    verdict: &mut Verification,
) {
    let seen = Seen { size: before.size(), root: before.root() };
    let comparison = Comparison {
        log,
        root: replay.root(),
        note: &verdict.note,
        leaves: memory.leaves(&before.ledger()),
        before,
        source,
        has_checkpoint: replay.past().was(&seen),
    };
    let unreadable = |error| VerifyFinding::of_ledger(log.commit(), &error).into();
    let found = comparison.difference().unwrap_or_else(|error| Some(unreadable(error)));
    let Some(Difference { finding, shows }) = found else { return };
    if !verdict.findings.contains(&finding) {
        verdict.add(vec![finding]);
    }
    verdict.heads = verdict.heads.take().or(shows);
}

/// The heads that a log must continue: of the ledger that is trusted, of the one that is there, and
/// the pinned one.
fn heads(
    here: Option<LedgerId>,
    memory: &Memory,
    trust: Trust,
    demand: &Demand,
) -> Result<Vec<Pin>, LedgerError> {
    let trusted = match trust {
        Trust::Pinned(ledger) => Some(ledger),
        Trust::FirstUse | Trust::Nothing => None,
    };
    let mut heads = Vec::new();
    for ledger in trusted.into_iter().chain(here.filter(|here| Some(*here) != trusted)) {
        heads.extend(memory.verified(&ledger)?);
    }
    heads.extend(demand.pin.clone().filter(|pin| !heads.contains(pin)));
    Ok(heads)
}

/// A log, and what it is held against.
struct Comparison<'a> {
    log: &'a Log<'a>,
    root: RootHash,
    /// The log's newest signed note.
    note: &'a [u8],
    before: &'a Pin,
    source: Source<'a>,
    /// Where the leaf hashes of the head before are, if anywhere.
    leaves: Leaves,
    /// Whether the log has a checkpoint of that size and root.
    has_checkpoint: bool,
}

impl Comparison<'_> {
    /// What is different, if anything is.
    fn difference(&self) -> Result<Option<Difference>, LedgerError> {
        match self.log.size() < self.before.size() {
            true => self.against_shorter().map(Some),
            false if self.has_checkpoint => Ok(None),
            false => self.against_longer().map(Some),
        }
    }

    /// The log has fewer entries: those of before, or others.
    fn against_shorter(&self) -> Result<Difference, LedgerError> {
        let (size, known) = (self.log.size(), self.before.size());
        if let Some(leaves) = &self.leaves.of(self.before) {
            let root = root_of::<Rfc6962>(leaves.get(..size as usize).unwrap_or_default());
            if root != self.root.0 {
                let path = consistency_path::<Rfc6962, _>(
                    &merkle::Leaves::<Rfc6962>::of(leaves),
                    size,
                    known,
                );
                let path = path.map_err(|_| LedgerError::Internal("a tree without nodes"))?;
                let shown = Some(Shown { root: RootHash(root), path });
                return self.rewritten(shown, (self.note, self.before.note()));
            }
        }
        let object = format!("entry {size}");
        let [back, ..] = self.source.codes();
        let knows = self.source.knows(known);
        let what = format!("the log ends before it, and {knows}: it was rolled back");
        let finding = VerifyFinding::new(back, object, what);
        Ok(Difference { finding, shows: self.file(None, (self.note, self.before.note())) })
    }

    /// The log has as many entries or more, and no checkpoint as it was.
    fn against_longer(&self) -> Result<Difference, LedgerError> {
        let size = self.before.size();
        let root = self.log.frontier(size)?.root();
        if root == self.before.root().0 {
            let object = format!("checkpoint of size {size}");
            let [.., without] = self.source.codes();
            let knows = self.source.knows(size);
            let what = format!("{knows}, and the log has the entries and not the checkpoint");
            return Ok(VerifyFinding::new(without, object, what).into());
        }
        let shown = match size == self.log.size() {
            true => None,
            false => Some(Shown { root: RootHash(root), path: self.path(size, &root)? }),
        };
        self.rewritten(shown, (self.before.note(), self.note))
    }

    /// The proof from another root of the log to its head; none is given out that does not hold.
    fn path(&self, size: u64, root: &Hash) -> Result<Vec<Hash>, LedgerError> {
        let path = self.log.consistency(size)?;
        let holds = verify_consistency::<Rfc6962>(size, root, self.log.size(), &self.root.0, &path);
        holds.map(|()| path).map_err(|error| LedgerError::Malformed {
            commit: self.log.commit(),
            path: "tile".into(),
            why: error.to_string(),
        })
    }

    fn rewritten(
        &self,
        shown: Option<Shown>,
        notes: (&[u8], &[u8]),
    ) -> Result<Difference, LedgerError> {
        let size = self.before.size();
        let (known, [_, other, _]) = (self.source.names(size), self.source.codes());
        let (object, what) = match self.first_other()? {
            Some(position) => {
                (format!("entry {position}"), format!("it is another than in {known}"))
            }
            None => (
                format!("entries {} to {}", self.source.first(), size - 1),
                format!("they are not those of {known}"),
            ),
        };
        let finding = VerifyFinding::new(other, object, what);
        Ok(Difference { finding, shows: self.file(shown, notes) })
    }

    /// The first entry that is another than before; the leaf hashes are read when something is
    /// wrong, and not otherwise.
    fn first_other(&self) -> Result<Option<u64>, LedgerError> {
        let Some(leaves) = self.leaves.of(self.before) else { return Ok(None) };
        let (mut position, mut found) = (0, None);
        self.log.each_leaf(0..self.log.size(), |leaf| {
            let same = leaves.get(position as usize).is_none_or(|before| before == leaf);
            if !same && found.is_none() {
                found = Some(position);
            }
            position += 1;
            Ok(())
        })?;
        Ok(found)
    }

    /// Both heads as a file; none where they are of two logs, since then they show nothing.
    fn file(&self, shown: Option<Shown>, (first, second): (&[u8], &[u8])) -> Option<Misbehaviour> {
        let origin = self.before.origin().as_bytes();
        let is_of = |note: &[u8]| note.split(|byte| *byte == b'\n').next() == Some(origin);
        let file = Misbehaviour { first: first.to_vec(), second: second.to_vec(), shown };
        (is_of(first) && is_of(second)).then_some(file)
    }
}
