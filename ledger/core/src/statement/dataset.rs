//! `dataset`: files that a model is trained or tested on.

use super::common::{Claim, Evidence};
use super::refusal::Refusal;
use super::wire::Set;
use crate::digest::Digests;
use crate::name::{Label, Text};

record! {
    /// A file, or a directory by its manifest.
    Dataset {
        /// What people call it; a label, never the subject.
        name "name": Label,
        /// Bytes in all files together.
        bytes "bytes": u64,
        /// Number of files, at least 1.
        files "files": u64,
        /// What others declare about it.
        claims "claims": Set<Claim>,
        /// Where it came from, a URI.
        source "source": Option<Text>,
        /// Both digests; a directory's are its manifest's roots.
        digests "digests": Digests,
        /// SPDX expression as declared.
        license "license": Option<Label>,
        /// Version as people call it.
        version "version": Option<Label>,
        /// Index of the manifest; null for a single file.
        manifest "manifest": Option<Evidence>,
    }
}

impl Dataset {
    pub(super) fn check(&self) -> Result<(), Refusal> {
        check_files(self.files, self.manifest.is_some(), &self.digests)
    }
}

/// What datasets and models share (S-20).
pub(super) fn check_files(
    files: u64,
    has_manifest: bool,
    digests: &Digests,
) -> Result<(), Refusal> {
    if files == 0 {
        return Err(Refusal::Rule("an artifact has at least one file"));
    }
    if !has_manifest && (files != 1 || digests.oms.is_some()) {
        return Err(Refusal::Rule("without a manifest an artifact is one file"));
    }
    Ok(())
}
