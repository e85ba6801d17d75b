//! `key rotate-log`: a new log key beside the old one, proposed.

use ledgit_core::authority::{Authority, ChangeKind, enrolment};
use ledgit_core::signature::Signer as _;
use ledgit_core::statement::{
    Approval, ApprovalSubject, Body, Change, Key, NewLogKey, Proposal, Set, Signed, Verdict,
};
use ledgit_store::keys::{LocalKey, create_next_log_key, fingerprint};
use ledgit_store::ledger::{DIRECTORY, Ledger, PATIENCE, Submission};
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
        let approvers = self.approve_with.iter().map(|key| author_of(context, &mut ledger, key));
        let approvers = approvers.collect::<Result<Vec<_>, _>>()?;
        let authority = ledger.state()?.authority().cloned();
        let authority = authority.ok_or_else(|| Failure::internal("no genesis"))?;
        if authority.is_founding() {
            let error = "the ledger is not founded yet, so nothing can be proposed";
            return Err(Failure::new("LG2028", error).hint("ledgit approve genesis"));
        }
        let directory = ledger.repository().common_dir().join(DIRECTORY);
        let (new, path) = create_next_log_key(&directory, "ledgit log key")?;
        let proposal = proposal(&ledger, &authority, &new)?;
        let mut statements = one(context, &mut ledger, &author, proposal)?;
        let leaf = statements.iter().map(Signed::leaf).next();
        let leaf = leaf.ok_or_else(|| Failure::internal("no proposal"))?;
        for approver in &approvers {
            let vote = approval(ApprovalSubject::Entry(leaf));
            statements.extend(one(context, &mut ledger, approver, vote)?);
        }
        let keys = log_keys(&ledger)?;
        let submission = Submission { statements, ..Submission::default() };
        let receipt = ledger.append(submission, &keys, context.now()?, PATIENCE);
        let receipt = receipt.inspect_err(|_| {
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

fn author(context: &Context, ledger: &mut Ledger, key: Option<&str>) -> Result<Author, Failure> {
    Author::of(context.signer(key, ledger.repository())?, ledger)
}

fn author_of(context: &Context, ledger: &mut Ledger, key: &str) -> Result<Author, Failure> {
    author(context, ledger, Some(key))
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
    Ok(Proposal { change, replaces: authority.replaced(ChangeKind::LogKey) }.into())
}

fn approval(subject: ApprovalSubject) -> Body {
    let (verdict, evidence) = (Verdict::Approve, Set::default());
    let (role, policy, reason, expires, environment) = (None, None, None, None, None);
    Approval { role, policy, reason, expires, subject, verdict, evidence, environment }.into()
}
