//! `model`: the bytes of a trained model.

use super::common::{Anchor, Claim, Evidence};
use super::dataset::check_files;
use super::refusal::Refusal;
use super::wire::Set;
use crate::digest::Digests;
use crate::name::{Label, Text};

record! {
    /// A file, or a directory by its manifest.
    Model {
        /// What people call it; a label, never the subject.
        name "name": Label,
        /// Bytes in all files together.
        bytes "bytes": u64,
        /// Number of files, at least 1.
        files "files": u64,
        /// The code commit that it was recorded at.
        anchor "anchor": Option<Anchor>,
        /// What others declare about it.
        claims "claims": Set<Claim>,
        /// File format: `safetensors`, `onnx`, `pickle`.
        format "format": Option<Label>,
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

impl Model {
    pub(super) fn check(&self) -> Result<(), Refusal> {
        self.anchor.as_ref().map_or(Ok(()), Anchor::check)?;
        check_files(self.files, self.manifest.is_some(), &self.digests)
    }
}
