//! `policy propose`: a proposal that approvals bring into force.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ledgit_core::authority::Adopted;
use ledgit_core::digest::Sha256;
use ledgit_core::name::Text;
use ledgit_core::policy::{Policy, differences};
use ledgit_core::statement::{Body, Change, Evidence, NewPolicy, Proposal};
use ledgit_store::git::{EvidenceBatch, Repository};

use super::{authority, line, read};
use crate::commands::changes::propose;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;
use crate::parse;

#[derive(Debug, clap::Args)]
pub struct Propose {
    /// The policy's document
    file: PathBuf,
    /// SSH key that signs: a file, or the public key of one in the agent
    #[arg(long)]
    key: Option<String>,
    /// The same key again records nothing again
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,
}

impl Propose {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let (bytes, policy) = read(&self.file)?;
        let mut ledger = context.ledger()?;
        let state = ledger.state()?;
        let authority = authority(state)?;
        // What could not be logged is said before a key is asked for.
        authority.admit_policy(&policy).map_err(|error| {
            Failure::new("LG2029", format!("the policy is refused: {error}"))
                .hint("ledgit roster show")
        })?;
        let before = authority.policy(&policy.name).map(Arc::as_ref);
        let lines = changes(before, &policy, &Sha256::of(&bytes));
        let replaces = authority.replaced_policy(&policy.name);
        let media = parse::value("media", "application/vnd.ledgit.policy+yaml")?;
        let document = Evidence::of(&bytes, media);
        let path = path_in(ledger.repository(), &self.file);
        let change = Change::Policy(NewPolicy { path, document });
        let body = Body::from(Proposal { change, replaces });
        let mut evidence = EvidenceBatch::default();
        evidence.add(bytes);
        let (key, again) = (self.key.as_deref(), self.idempotency_key);
        propose(context, &mut ledger, (body, evidence), ("policy", lines), key, again)
    }
}

/// What a document changes in the policy of its name.
fn changes(before: Option<&Adopted>, policy: &Policy, document: &Sha256) -> Vec<String> {
    let same = |one: &&Adopted| one.document.digests.sha256 == *document;
    if before.filter(same).is_some() {
        return vec!["  nothing: it is the document in force, and is reviewed".to_owned()];
    }
    let earlier = before.and_then(|before| before.history().find(same));
    let earlier = earlier.map(|one| format!("! it brings version {} back", one.version));
    let all = differences(before.map(Adopted::policy), policy);
    earlier.into_iter().chain(all.iter().map(line)).collect()
}

/// Where a file stands in the repository's work tree, so that a verifier can tell when it changes.
fn path_in(repository: &Repository, file: &Path) -> Option<Text> {
    let root = repository.work_tree()?.canonicalize().ok()?;
    let file = file.canonicalize().ok()?;
    let path = file.strip_prefix(root).ok()?;
    let names: Option<Vec<_>> = path.iter().map(|name| name.to_str()).collect();
    names?.join("/").parse().ok()
}
