//! `policy propose`: a proposal that approvals bring into force.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ledgit_core::allocation::{Rules, is_of_kind};
use ledgit_core::authority::{Adopted, Authority};
use ledgit_core::digest::{LeafHash, Sha256};
use ledgit_core::name::Text;
use ledgit_core::policy::{Policy, differences};
use ledgit_core::statement::{Body, Change, Evidence, NewPolicy, Proposal};
use ledgit_store::git::{EvidenceBatch, Repository};

use super::{authority, bytes_of, line, parsed, refused};
use crate::commands::changes::propose;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Output, escape};
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
        let bytes = bytes_of(&self.file)?;
        let mut ledger = context.ledger()?;
        let (replaces, lines) = self.change(authority(ledger.state()?)?, &bytes)?;
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

impl Propose {
    /// What a document replaces, and what it changes. What could not be logged is said before a key is
    /// asked for.
    fn change(
        &self,
        authority: &Authority,
        bytes: &[u8],
    ) -> Result<(LeafHash, Vec<String>), Failure> {
        if is_of_kind(bytes) {
            let rules = Rules::parse(bytes);
            let rules = rules.map_err(|error| refused(&self.file, &error.to_string()))?;
            let before = authority.allocation_rules(&rules.name).map_or(0, |before| before.version);
            let lines = vec![format!(
                "  allocation rules {}, version {}: {} rules",
                escape(rules.name.as_str()),
                before + 1,
                rules.rules.len()
            )];
            return Ok((authority.replaced_allocation_rules(&rules.name), lines));
        }
        let policy = parsed(&self.file, bytes)?;
        authority.admit_policy(&policy).map_err(|error| {
            Failure::new("LG2029", format!("the policy is refused: {error}"))
                .hint("ledgit roster show")
        })?;
        let before = authority.policy(&policy.name).map(Arc::as_ref);
        let lines = changes(before, &policy, &Sha256::of(bytes));
        Ok((authority.replaced_policy(&policy.name), lines))
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
