//! `document`: a report, a model card.

use super::common::Evidence;
use super::wire::Set;
use crate::digest::Digests;
use crate::name::Label;

record! {
    /// A document and what it is about.
    Document {
        /// What people call it.
        name "name": Label,
        /// What sort of document: "model-card", "report".
        sort "type": Label,
        /// The artifacts that it is about.
        about "about": Set<Digests>,
        /// The document itself.
        document "document": Evidence,
    }
}
