//! `approve`: a person's verdict, signed with the SSH key that they have.

use std::io::{IsTerminal as _, Write as _};
use std::path::Path;

use ledgit_core::digest::{Blake3, Digests, LeafHash, Sha256};
use ledgit_core::signature::Signer as _;
use ledgit_core::statement::{Approval, ApprovalSubject, Body, Evidence, Verdict};
use ledgit_store::git::EvidenceBatch;
use ledgit_store::keys::fingerprint;
use ledgit_store::ledger::describe;
use serde_json::json;

use super::catalog::{Catalog, hash};
use super::entries::{Entry, entries_of, shown_leaves};
use super::submit::{Author, Extras, submit};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Output, escape};
use crate::parse;

#[derive(Debug, clap::Args)]
pub struct Approve {
    /// What is approved: a name, a digest, an entry's number, a path, or genesis
    subject: String,
    /// Policy that it is approved under: a file or a digest that the ledger knows
    #[arg(long)]
    policy: Option<String>,
    /// Environment that it is approved for, such as production
    #[arg(long)]
    environment: Option<String>,
    /// Role in which you approve
    #[arg(long)]
    role: Option<String>,
    /// When the approval ends
    #[arg(long)]
    expires: Option<String>,
    /// Why; it becomes evidence
    #[arg(long)]
    reason: Option<String>,
    /// Entries that you looked at (repeat) [default: all that speak of the subject]
    #[arg(long, value_name = "ENTRY")]
    evidence: Vec<String>,
    /// The exact digest that you mean, instead of a question
    #[arg(long, value_name = "sha256:HEX")]
    digest: Option<String>,
    /// SSH key that signs: a file, or the public key of one in the agent
    #[arg(long)]
    key: Option<String>,
    /// The same key again records nothing again
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,
}

impl Approve {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let mut ledger = context.ledger()?;
        let genesis = ApprovalSubject::Entry(LeafHash(ledger.id().0));
        let mut evidence = EvidenceBatch::default();
        let catalog = Catalog::of(&mut ledger);
        let subject = match self.subject.as_str() {
            "genesis" => genesis,
            text => ApprovalSubject::Artifact(catalog.subject(text, &())?),
        };
        let approval = self.approval(&catalog, subject, &mut evidence)?;
        let author =
            Author::of(context.signer(self.key.as_deref(), ledger.repository())?, &mut ledger)?;
        let shown = self.shown(&Catalog::of(&mut ledger), &approval, &author)?;
        self.confirm(&shown, &name_of(&approval.subject))?;
        let extras =
            Extras { evidence, idempotency: self.idempotency_key.clone(), ..Extras::default() };
        let bodies = vec![Body::from(approval.clone())];
        let (receipt, _) = submit(context, &mut ledger, &author, bodies, extras)?;
        let position = receipt.positions.first().copied().unwrap_or_default();
        let state = ledger.state()?;
        let mut text = format!("approved  entry {position}, by {}\n", escape(&author.id));
        if let Some(authority) = state.authority().filter(|_| approval.subject == genesis) {
            let (accepted, threshold) = (authority.accepted().count(), authority.threshold());
            text.push_str(&match authority.is_founding() {
                true => format!("founding  {accepted} of {threshold} founders have accepted\n"),
                false => format!("founded   {accepted} of {threshold} founders have accepted\n"),
            });
        }
        let json = json!({
            "schema": "ledgit.approve/1",
            "entry": position,
            "new": !receipt.before,
            "by": author.id,
            "subject": name_of(&approval.subject),
        });
        Ok(Output::new(text, json))
    }

    fn approval(
        &self,
        catalog: &Catalog<'_>,
        subject: ApprovalSubject,
        evidence: &mut EvidenceBatch,
    ) -> Result<Approval, Failure> {
        let policy = self.policy.as_deref().map(|text| self.policy_digests(catalog, text));
        let looked_at = match self.evidence.as_slice() {
            [] => shown_leaves(&entries_of(catalog, &subject)?)?,
            named => named.iter().map(|text| catalog.leaf(text)).collect::<Result<_, _>>()?,
        };
        let reason = self.reason.as_ref().map(|text| {
            let bytes = text.clone().into_bytes();
            let (blake3, sha256) = (Blake3::of(&bytes), Sha256::of(&bytes));
            let size = bytes.len() as u64;
            evidence.add(bytes);
            let media = parse::value("reason", "text/plain")?;
            Ok::<_, Failure>(Evidence { size, media, blake3, sha256, encryption: None })
        });
        Ok(Approval {
            role: parse::optional("role", self.role.as_deref())?,
            policy: policy.transpose()?,
            reason: reason.transpose()?,
            expires: self
                .expires
                .as_deref()
                .map(|text| parse::time("expires", text))
                .transpose()?,
            subject,
            verdict: Verdict::Approve,
            evidence: looked_at,
            environment: parse::optional("environment", self.environment.as_deref())?,
        })
    }

    fn policy_digests(&self, catalog: &Catalog<'_>, text: &str) -> Result<Digests, Failure> {
        let path = Path::new(text);
        if path.is_file() { hash(path, &()) } else { catalog.subject(text, &()) }
    }

    /// What is about to be signed, for the person who signs it.
    fn shown(
        &self,
        catalog: &Catalog<'_>,
        approval: &Approval,
        author: &Author,
    ) -> Result<String, Failure> {
        let print = fingerprint(&author.key.public_key());
        let mut text = format!("You are about to sign, as {} with {print}:\n", escape(&author.id));
        let what = match &approval.subject {
            ApprovalSubject::Artifact(digests) => escape(&catalog.shown(digests)?),
            ApprovalSubject::Entry(_) => "the founding of this ledger (entry 0)".to_owned(),
        };
        text.push_str(&format!(
            "  APPROVE      {what}\n               {}\n",
            name_of(&approval.subject)
        ));
        for Entry { position, signed, corrects } in entries_of(catalog, &approval.subject)? {
            let said = escape(&describe(&signed.statement().body));
            let said = if corrects { format!("  CORRECTS the one above: {said}") } else { said };
            let by = escape(&signed.statement().envelope.iss);
            text.push_str(&format!("  entry {position:<6} {said}, by {by}\n"));
        }
        let policy = approval.policy.map(|policy| format!("sha256:{}", policy.sha256.hex()));
        for (name, said) in [
            ("environment", self.environment.clone()),
            ("role", self.role.clone()),
            ("policy", policy),
            ("expires", approval.expires.map(|time| time.to_string())),
            ("reason", self.reason.clone()),
        ] {
            let said = said.map_or_else(|| "none".to_owned(), |said| escape(&said));
            text.push_str(&format!("  {name:<12} {said}\n"));
        }
        Ok(text)
    }

    /// On a terminal a person answers; elsewhere the exact digest must be given.
    fn confirm(&self, shown: &str, name: &str) -> Result<(), Failure> {
        if let Some(stated) = &self.digest {
            if stated == name {
                return Ok(());
            }
            let error = format!("--digest is {stated}, and the subject is {name}");
            return Err(Failure::new("LG2051", error));
        }
        if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
            eprint!("{shown}");
            let error = "nobody can confirm it here: there is no terminal";
            let hint = format!("ledgit approve {} --digest {name}", self.subject);
            return Err(Failure::new("LG2051", error).hint(hint));
        }
        eprint!("{shown}Sign? [y/N] ");
        let _ = std::io::stderr().flush();
        let mut answer = String::new();
        let read = std::io::stdin().read_line(&mut answer);
        if read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes") {
            return Ok(());
        }
        Err(Failure::new("LG2051", "not confirmed; nothing was signed"))
    }
}

/// The subject's name: what `--digest` must say.
fn name_of(subject: &ApprovalSubject) -> String {
    match subject {
        ApprovalSubject::Artifact(digests) => format!("sha256:{}", digests.sha256.hex()),
        ApprovalSubject::Entry(leaf) => format!("entry:{}", leaf.hex()),
    }
}
