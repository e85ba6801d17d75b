//! Carrying an erasure out in this repository (H-33 to H-36). Every step can be run again: what is to
//! be done is written down before anything is, and read again afterwards.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use ledgit_core::authority::{Authority, Erased, Erasures};
use ledgit_core::digest::{Sha256, from_hex};
use ledgit_core::name::Label;
use ledgit_core::retention::Rule;
use ledgit_core::time::Timestamp;

use super::reserve::WATCH;
use super::{Ledger, LedgerError};
use crate::durable::LedgerLock;
use crate::git::{Batch, Left, ObjectId, Without, purge, without};
use crate::keys::EvidenceKeyId;

/// Where notes of erasures stand in a ledger's own directory.
const DIRECTORY: &str = "erasing";

/// A ref of evidence that holds what is to go, and the one that takes its place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moved {
    /// The ref.
    pub old: String,
    /// What it points at.
    pub commit: ObjectId,
    /// The ref of what else it held; none where it held nothing else.
    pub rest: Option<String>,
}

/// What is to be done, or was.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Erasing {
    /// Refs, here and perhaps at remotes.
    pub moved: BTreeSet<Moved>,
    /// Objects: the evidence, and the trees and commits that named it.
    pub objects: BTreeSet<ObjectId>,
    /// Keys that open it.
    pub keys: BTreeSet<EvidenceKeyId>,
}

/// What was done.
#[derive(Debug, Clone, Default)]
pub struct ErasedHere {
    /// Refs that went.
    pub refs: u64,
    /// Keys that were destroyed on this machine.
    pub keys: u64,
    /// Objects that other refs reach, such as a file of the code with the same bytes.
    pub reached: Vec<ObjectId>,
    /// Places that hold something still.
    pub left: Vec<Left>,
}

impl ErasedHere {
    /// Whether nothing in this repository gives the bytes back.
    pub fn is_whole(&self) -> bool {
        self.reached.is_empty() && self.left.is_empty()
    }
}

impl Ledger {
    /// Every erasure in effect.
    ///
    /// # Errors
    /// [`LedgerError`] when the log can't be read.
    pub fn erasures(&mut self) -> Result<Erasures, LedgerError> {
        Ok(self.state()?.authority().map(Authority::erasures).unwrap_or_default())
    }

    /// The rules of a table that evidence falls under, and until when each holds it.
    ///
    /// # Errors
    /// [`LedgerError`] when the log can't be read.
    pub fn holds(
        &mut self,
        sha256: &Sha256,
        table: &Label,
    ) -> Result<Vec<(&'static Rule, Timestamp)>, LedgerError> {
        self.looked_up(|ledger| {
            let holds = ledger.state()?.holds(sha256, table);
            holds.map_err(|_| LedgerError::Internal("no such table of rules"))
        })
    }

    /// Writes down what carrying out an erasure takes, and hangs what else was stored with the
    /// evidence on refs of its own. Nothing goes yet.
    ///
    /// # Errors
    /// [`LedgerError`]; what was written takes nothing away.
    pub fn begin_erasing(
        &mut self,
        erased: &Erased,
        patience: Duration,
    ) -> Result<Erasing, LedgerError> {
        let lock = LedgerLock::take(self.repository.common_dir(), patience)?;
        let sha256 = erased.erasure.sha256;
        let mut erasing = self.noted(&sha256)?;
        let mut batch = Batch::new(self.repository.object_format());
        let found = without(&self.repository, &mut batch, &self.goes_with(&sha256)?)?;
        for Without { name, commit, rest, objects } in &found {
            let rest = rest.as_ref().map(|(name, _)| name.clone());
            erasing.moved.insert(Moved { old: name.clone(), commit: *commit, rest });
            erasing.objects.extend(objects);
        }
        let named = self.named_evidence()?.into_iter();
        let named = named.filter(|one| one.evidence.sha256 == sha256);
        let keys = named.flat_map(|one| one.keys);
        erasing.keys.extend(keys.filter_map(|key| EvidenceKeyId::of(&key)));
        self.note_erasing(&sha256, &erasing)?;
        batch.write(&self.repository, &self.writer, true)?;
        for (name, commit) in found.into_iter().filter_map(|one| one.rest) {
            self.create_ref(&lock, &name, commit)?;
        }
        Ok(erasing)
    }

    /// Takes away the refs, the keys and the objects. `reached` says which objects are reached by
    /// other refs: these stay, since they are somebody's.
    ///
    /// # Errors
    /// [`LedgerError`]; the same call again goes on where this one ended.
    pub fn finish_erasing(
        &mut self,
        erasing: &Erasing,
        patience: Duration,
        reached: impl FnOnce(&BTreeSet<ObjectId>) -> Result<BTreeSet<ObjectId>, LedgerError>,
    ) -> Result<ErasedHere, LedgerError> {
        let lock = LedgerLock::take(self.repository.common_dir(), patience)?;
        let mut done = ErasedHere::default();
        // The key first: without it the bytes are nothing, whatever comes after.
        let keys = self.memory.evidence_keys(&self.founded.id);
        for key in &erasing.keys {
            done.keys += u64::from(keys.destroy(key)?);
        }
        for Moved { old, commit, .. } in &erasing.moved {
            if self.repository.find_ref(old)? == Some(*commit) {
                let (directory, from) = (self.repository.common_dir(), commit.hex());
                self.writer.remove_ref(&lock, directory, (old, &from), WATCH)?;
                done.refs += 1;
            }
        }
        let reached = reached(&erasing.objects)?;
        let objects: BTreeSet<_> = erasing.objects.difference(&reached).copied().collect();
        super::sequence::release_kept(&self.repository, &self.writer)?;
        let _packs = self.hold_packs()?;
        done.left = purge(&self.repository, &self.writer, &objects)?;
        done.reached = reached.into_iter().collect();
        Ok(done)
    }

    fn note_erasing(&self, sha256: &Sha256, erasing: &Erasing) -> Result<(), LedgerError> {
        let (directory, writer) = self.memory.place_of(&self.founded.id);
        let directory = directory.join(DIRECTORY);
        writer.create_dirs(&directory)?;
        Ok(writer.publish(&directory, &sha256.hex(), erasing.to_text().as_bytes())?)
    }

    /// What was written down before; nothing where nothing was.
    fn noted(&self, sha256: &Sha256) -> Result<Erasing, LedgerError> {
        let (directory, _) = self.memory.place_of(&self.founded.id);
        let path = directory.join(DIRECTORY).join(sha256.hex());
        match fs::read_to_string(&path) {
            Ok(text) => Erasing::from_text(&text).ok_or(LedgerError::Memory(path)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Erasing::default()),
            Err(source) => Err(LedgerError::Io { path, source }),
        }
    }
}

impl Erasing {
    fn to_text(&self) -> String {
        let mut text = String::new();
        for Moved { old, commit, rest } in &self.moved {
            text.push_str(&format!("ref {old} {commit} {}\n", rest.as_deref().unwrap_or("-")));
        }
        self.objects.iter().for_each(|id| text.push_str(&format!("object {id}\n")));
        self.keys.iter().for_each(|key| text.push_str(&format!("key {}\n", key.hex())));
        text
    }

    fn from_text(text: &str) -> Option<Self> {
        let mut erasing = Self::default();
        for line in text.lines() {
            let words: Vec<_> = line.split(' ').collect();
            match words.as_slice() {
                ["ref", old, commit, rest] => {
                    let rest = (*rest != "-").then(|| (*rest).to_owned());
                    let commit = ObjectId::from_hex(commit)?;
                    erasing.moved.insert(Moved { old: (*old).to_owned(), commit, rest });
                }
                ["object", id] => drop(erasing.objects.insert(ObjectId::from_hex(id)?)),
                ["key", id] => {
                    let id = from_hex(id).ok()?;
                    erasing.keys.insert(EvidenceKeyId(id));
                }
                _ => return None,
            }
        }
        (erasing.to_text() == text).then_some(erasing)
    }
}
