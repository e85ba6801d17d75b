//! What decisions that are about to be logged may rest on beside the log: other entries of the same
//! checkpoint, and what these depend on in turn (J-01 to J-04).

use std::collections::BTreeSet;

use ledgit_core::authority::{Authority, Wanted};
use ledgit_core::digest::Sha256;
use ledgit_core::name::Label;
use ledgit_core::policy::Policy;
use ledgit_core::statement::{Body, Kind, Signed, Statement};

use super::LedgerError;
use super::documents::Documents;

/// What must be looked up in the log for new entries. More than that changes no decision.
#[derive(Debug, Default)]
pub(super) struct Coming {
    /// What is decided about.
    pub(super) subjects: BTreeSet<Sha256>,
    /// What went into runs that made such subjects.
    pub(super) inputs: BTreeSet<Sha256>,
    /// What is recorded as a model, with the name.
    pub(super) models: Vec<(Label, Sha256)>,
    /// Models that policies name which may come into force.
    pub(super) names: BTreeSet<Label>,
    /// Entries that count besides, by their positions.
    pub(super) entries: Vec<u64>,
}

impl Coming {
    pub(super) fn about(subjects: &[Sha256]) -> Self {
        Self { subjects: subjects.iter().copied().collect(), ..Self::default() }
    }

    /// What the decisions and deployments among entries rest on; nothing where there is none.
    pub(super) fn of(
        entries: &[&[u8]],
        documents: &Documents<'_>,
        authority: &Authority,
    ) -> Result<Self, LedgerError> {
        let mut coming = Self::default();
        let decides = |entry: &&[u8]| {
            [Kind::Decision, Kind::Deployment].iter().any(|kind| is_of_kind(entry, *kind))
        };
        if !entries.iter().any(decides) {
            return Ok(coming);
        }
        let read: Vec<_> = entries.iter().filter_map(|entry| Signed::decode(entry).ok()).collect();
        let said = || read.iter().map(Signed::statement);
        coming.subjects = said().filter_map(decided).collect();
        for statement in said() {
            coming.take(statement, documents)?;
        }
        let open = authority.open().values().filter_map(|open| match &open.wanted {
            Wanted::Policy(document) => Some(document.policy.model.clone()),
            _ => None,
        });
        coming.names.extend(open);
        Ok(coming)
    }

    fn take(
        &mut self,
        statement: &Statement,
        documents: &Documents<'_>,
    ) -> Result<(), LedgerError> {
        match &statement.body {
            Body::Model(model) => self.models.push((model.name.clone(), model.digests.sha256)),
            Body::Run(run) => {
                let mut made = run.outputs.as_slice().iter();
                if made.any(|part| self.subjects.contains(&part.digests.sha256)) {
                    let inputs = run.inputs.as_slice().iter();
                    self.inputs.extend(inputs.map(|part| part.digests.sha256));
                }
            }
            Body::Proposal(_) => {
                let document = documents.of(&statement.body)?;
                let policy = document.and_then(|bytes| Policy::parse(&bytes).ok());
                self.names.extend(policy.map(|policy| policy.model));
            }
            _ => {}
        }
        Ok(())
    }
}

fn decided(statement: &Statement) -> Option<Sha256> {
    match &statement.body {
        Body::Decision(decision) => Some(decision.subject.sha256),
        Body::Deployment(deployment) => Some(deployment.subject.sha256),
        _ => None,
    }
}

/// The content type stands in the protected header as text, so an entry of a kind holds it.
pub(super) fn is_of_kind(entry: &[u8], kind: Kind) -> bool {
    let media = kind.media_type().as_bytes();
    entry.windows(media.len()).any(|window| window == media)
}
