//! A checkpoint is held against the entries that were replayed (V-20 to V-23).

use super::{Fault, HalfRoot, HeldTime, Object, Past, Replay};
use crate::checkpoint::{BodyError, Checkpoint, NoteKeyKind, SignedNote, VerifierKey};
use crate::digest::LedgerId;

impl<P: Past> Replay<P> {
    /// Takes the checkpoint that covers all entries taken so far. The key in force after the last
    /// of them must have signed it.
    pub fn checkpoint(&mut self, note: &[u8]) {
        if self.lost.is_some() {
            // Who signs the log is not known any more; what it says still is.
            let text = SignedNote::parse(note).map_err(BodyError::from);
            match text.and_then(|signed| Checkpoint::parse(signed.text())) {
                Ok(checkpoint) => self.compare(&checkpoint),
                Err(error) => self.report(Object::Checkpoint(self.size()), Fault::Note(error)),
            }
        } else if let Some(key) = self.verifier_key() {
            match Checkpoint::open(note, key.name(), &key) {
                Ok(checkpoint) => self.compare(&checkpoint),
                Err(error) => self.report(Object::Checkpoint(self.size()), Fault::Note(error)),
            }
        }
        self.close();
    }

    /// Ends the entries of a checkpoint without a look at its note: for one that is still to be
    /// signed, and for a log that is only read.
    pub fn close(&mut self) {
        let size = self.size();
        let object = Object::Checkpoint(size);
        if self.lost.is_some() {
            if size == self.covered {
                self.report(object, Fault::Empty);
            }
            self.covered = size;
            return;
        }
        self.release_time();
        self.cut_group(size.saturating_sub(1), "the checkpoint ends before it does");
        if self.authority.is_some() && size == self.covered {
            self.report(object, Fault::Empty);
        } else if self.authority.is_some() && (size == 1 || !self.timed) {
            self.report(object, Fault::NoTime);
        }
        if size > self.covered {
            self.past.pass(size, HalfRoot::of(&self.root()));
        }
        self.covered = size;
        self.timed = false;
    }

    /// A time that was signed by the key that is the log's only now is the log's; any
    /// other set no clock (V-15).
    fn release_time(&mut self) {
        let Some(HeldTime { position, said, before }) = self.held.take() else { return };
        let Some(authority) = &self.authority else { return };
        let (key, kid) = (*authority.log_key(), said.statement().envelope.kid);
        let fault = if key.thumbprint() != kid {
            Fault::UnknownKey(kid.hex())
        } else if !said.holds_under(&key) {
            Fault::Signature
        } else {
            return;
        };
        (self.clock, self.clock_at) = before;
        self.fault(position, fault);
    }

    /// The key that the next checkpoint is signed with, in C2SP's form; none before the genesis.
    pub fn verifier_key(&self) -> Option<VerifierKey> {
        let authority = self.authority.as_ref()?;
        let origin = authority.origin().as_str();
        VerifierKey::new(origin, NoteKeyKind::Ed25519, *authority.log_key()).ok()
    }

    /// Holds the genesis against the ledger id that the verifier was told (V-23).
    pub fn check_pinned(&mut self, pinned: LedgerId) {
        if let Some(found) = self.ledger().filter(|found| *found != pinned) {
            self.report(Object::Entry(0), Fault::Pinned { found, pinned });
        }
    }

    fn compare(&mut self, checkpoint: &Checkpoint) {
        let (size, computed) = (self.size(), self.root());
        let object = Object::Checkpoint(size);
        if checkpoint.size != size {
            self.report(object, Fault::Size { stated: checkpoint.size, found: size });
        } else if checkpoint.root != computed {
            self.report(object, Fault::Root { stated: checkpoint.root, computed });
        }
        if !checkpoint.extensions.is_empty() {
            self.report(object, Fault::Extension);
        }
    }
}
