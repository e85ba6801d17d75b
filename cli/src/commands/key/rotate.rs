//! `key rotate-log`: a new log key beside the old one, proposed.

use ledgit_core::authority::{Authority, enrolment};
use ledgit_core::digest::LeafHash;
use ledgit_core::signature::Signer as _;
use ledgit_core::statement::{
    Approval, ApprovalSubject, Body, Change, Key, NewLogKey, Proposal, Set, Signed, Verdict,
};
use ledgit_store::keys::{LocalKey, create_next_log_key, fingerprint};
use ledgit_store::ledger::{DIRECTORY, Ledger, PATIENCE, Receipt, Submission};
use serde_json::json;

use crate::commands::catalog::Catalog;
use crate::commands::submit::{Author, Extras, log_keys, sign};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;

#[derive(Debug, clap::Args)]
pub struct RotateLog {
    /// SSH key that signs the proposal: a file, or the public key of one in the agent
    #[arg(long)]
    key: Option<String>,
    /// SSH key that approves it at once (repeat): needed where the old log key is lost, as nothing
    /// can be logged before the new one is in force
    #[arg(long, value_name = "KEY")]
    approve_with: Vec<String>,
}

impl RotateLog {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let mut ledger = context.ledger()?;
        let author = author(context, &mut ledger, self.key.as_deref())?;
        let named = self.approve_with.iter();
        let approvers = named.map(|key| self::author(context, &mut ledger, Some(key)));
        let approvers = approvers.collect::<Result<Vec<_>, _>>()?;
        let authority = ledger.state()?.authority().cloned();
        let authority = authority.ok_or_else(|| Failure::internal("no genesis"))?;
        if authority.is_founding() {
            let error = "the ledger is not founded yet, so nothing can be proposed";
            return Err(Failure::new("LG2028", error).hint("ledgit approve genesis"));
        }
        let directory = ledger.repository().common_dir().join(DIRECTORY);
        let (new, path) = create_next_log_key(&directory, "ledgit log key")?;
        let logged = log(context, &mut ledger, &authority, &new, (&author, &approvers));
        let (leaf, receipt) = logged.inspect_err(|_| {
            // A key that nobody proposed is of no use; one that is left does no harm.
            let _ = std::fs::remove_file(&path);
        })?;
        let position = receipt.positions.first().copied().unwrap_or_default();
        let (print, shown) = (fingerprint(&new.public_key()), path.display().to_string());
        let in_force = ledger.state()?.authority().is_some_and(|now| now.log_key_by() == leaf);
        let next = match in_force {
            true => "in force  it signs from now on".to_owned(),
            false => format!("next      ledgit approve {position}"),
        };
        let text = format!(
            "proposed  entry {position}, by {}\n  + log key {print}\nkept in   {shown}\n{next}\n",
            author.id
        );
        let json = json!({
            "schema": "ledgit.roster-propose/1",
            "entry": position,
            "new": !receipt.before,
            "id": Catalog::of(&mut ledger).leaf(&position.to_string())?.hex(),
            "by": author.id,
            "change": "log-key",
            "differences": [format!("+ log key {print}")],
        });
        Ok(Output::new(text, json))
    }
}

/// Logs the proposal of a key, with the approvals that are given at once.
fn log(
    context: &Context,
    ledger: &mut Ledger,
    authority: &Authority,
    new: &LocalKey,
    (author, approvers): (&Author, &[Author]),
) -> Result<(LeafHash, Receipt), Failure> {
    let proposal = proposal(ledger, authority, new)?;
    let mut statements = one(context, ledger, author, proposal)?;
    let leaf = statements.first().map(Signed::leaf);
    let leaf = leaf.ok_or_else(|| Failure::internal("no proposal"))?;
    for approver in approvers {
        let vote = approval(ApprovalSubject::Entry(leaf));
        statements.extend(one(context, ledger, approver, vote)?);
    }
    let keys = log_keys(ledger)?;
    let submission = Submission { statements, ..Submission::default() };
    Ok((leaf, ledger.append(submission, &keys, context.now()?, PATIENCE)?))
}

fn author(context: &Context, ledger: &mut Ledger, key: Option<&str>) -> Result<Author, Failure> {
    Author::of(context.signer(key, ledger.repository())?, ledger)
}

fn one(
    context: &Context,
    ledger: &mut Ledger,
    author: &Author,
    body: Body,
) -> Result<Vec<Signed>, Failure> {
    sign(context, ledger, author, vec![body], &Extras::default())
}

fn proposal(ledger: &Ledger, authority: &Authority, new: &LocalKey) -> Result<Body, Failure> {
    let public = new.public_key();
    let proof = new.sign(&enrolment(ledger.id(), authority.origin().as_str(), &public))?;
    let change = Change::LogKey(NewLogKey { key: Key(public), proof });
    Ok(Proposal { change, replaces: authority.log_key_by() }.into())
}

fn approval(subject: ApprovalSubject) -> Body {
    let (verdict, evidence) = (Verdict::Approve, Set::default());
    let (role, policy, reason, expires, environment) = (None, None, None, None, None);
    Approval { role, policy, reason, expires, subject, verdict, evidence, environment }.into()
}
