//! `approve`, `reject`, `withdraw`: a person's verdict, signed with the SSH key that they have.

use std::io::{IsTerminal as _, Write as _};

use ledgit_core::authority::{Authority, Settled, Vote};
use ledgit_core::digest::{Digests, LeafHash};
use ledgit_core::name::Id;
use ledgit_core::signature::Signer as _;
use ledgit_core::statement::{Approval, ApprovalSubject, Body, Verdict};
use ledgit_store::keys::fingerprint;
use ledgit_store::ledger::{Ledger, State, describe};
use serde_json::json;

use super::asked::{asked, policy_of};
use super::catalog::{Catalog, subject_of};
use super::changes::{self, listed, only_roster, open, outcome, progress};
use super::entries::{Entry, entries_of, shown_leaves};
use super::private::Gathered;
use super::standing::counting;
use super::submit::{Author, Extras, Submitted, submit};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Output, escape};
use crate::parse;

#[derive(Debug, clap::Args)]
pub struct Ballot {
    /// What it is about: a name, a digest, a path, the number of an entry or a proposal, genesis, or roster
    subject: String,
    /// Policy that it is under: the name of one in force, a file, or a digest that the ledger knows
    /// [default: the one that governs it in the environment]
    #[arg(long)]
    policy: Option<String>,
    /// Environment that it is for, such as production
    #[arg(long, visible_alias = "env")]
    environment: Option<String>,
    /// Role in which you say it
    #[arg(long)]
    role: Option<String>,
    /// When it ends
    #[arg(long)]
    expires: Option<String>,
    /// Why; it becomes evidence
    #[arg(long)]
    reason: Option<String>,
    /// Encrypt the reason under a key of its own, kept outside Git
    #[arg(long, requires = "reason")]
    private: bool,
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

impl Ballot {
    pub fn run(self, context: &Context, verdict: Verdict) -> Result<Output, Failure> {
        let mut ledger = context.ledger()?;
        let subject = self.subject(&mut ledger)?;
        let mut evidence = Gathered::new(self.private);
        let (named, place) = (self.policy.as_deref(), self.environment.as_deref());
        let policy = policy_of(context, &mut ledger, &subject, named, place)?;
        let catalog = Catalog::of(&mut ledger);
        let approval = self.approval(&catalog, (verdict, subject, policy), &mut evidence)?;
        let author =
            Author::of(context.signer(self.key.as_deref(), ledger.repository())?, &mut ledger)?;
        self.check_vote(ledger.state()?, &author, &approval)?;
        self.check_withdrawal(&mut ledger, &author, &approval)?;
        let mut shown = self.shown(&mut ledger, &approval, &author)?;
        shown.push_str(&asked(context, &mut ledger, &approval)?);
        self.confirm(&shown, verdict, &name_of(&approval.subject))?;
        let evidence = evidence.keep(&ledger)?;
        let extras =
            Extras { evidence, idempotency: self.idempotency_key.clone(), ..Extras::default() };
        let bodies = vec![Body::from(approval.clone())];
        let (receipt, _) = match submit(context, &mut ledger, &author, bodies, extras)? {
            Submitted::Logged(receipt, statements) => (receipt, statements),
            Submitted::Waiting(pending) => return Ok(pending.output()),
        };
        let position = receipt.positions.first().copied().unwrap_or_default();
        let effect = effect(&mut ledger, &approval.subject)?;
        let done = match verdict {
            Verdict::Approve => "approved",
            Verdict::Reject => "rejected",
            Verdict::Withdraw => "withdrawn",
        };
        let by = escape(&author.id);
        let mut text = format!("{done:<10}entry {position}, by {by}\n");
        if let Some((name, said)) = &effect {
            text.push_str(&format!("{name:<10}{said}\n"));
        }
        let json = json!({
            "schema": "ledgit.approve/1",
            "entry": position,
            "new": !receipt.before,
            "verdict": verdict.word(),
            "by": author.id,
            "subject": name_of(&approval.subject),
            "effect": effect.map(|(_, said)| said),
        });
        Ok(Output::new(text, json))
    }

    /// What is meant: an artifact, or an entry that is voted on.
    fn subject(&self, ledger: &mut Ledger) -> Result<ApprovalSubject, Failure> {
        match self.subject.as_str() {
            "genesis" => return Ok(ApprovalSubject::Entry(LeafHash(ledger.id().0))),
            "roster" => return Ok(ApprovalSubject::Entry(only_roster(ledger.state()?)?)),
            _ => {}
        }
        let catalog = Catalog::of(ledger);
        if let Ok(position) = self.subject.parse::<u64>()
            && let Some(signed) = catalog.log().entry(position)?
        {
            let body = &signed.statement().body;
            // An exception is about an artifact, too; what its number means is the vote on it.
            if let Body::Proposal(_)
            | Body::Correction(_)
            | Body::Genesis(_)
            | Body::Exception(_)
            | Body::Erasure(_) = body
            {
                return Ok(ApprovalSubject::Entry(signed.leaf()));
            }
            if subject_of(body).is_none() {
                let said = escape(&describe(body));
                let error = format!("entry {position} is no proposal and is about nothing: {said}");
                return Err(Failure::new("LG2010", error).hint("ledgit roster status"));
            }
        }
        Ok(ApprovalSubject::Artifact(catalog.subject(&self.subject, &())?))
    }

    /// A withdrawal takes back a verdict under the same policy and for the same environment;
    /// one that takes nothing back would leave its author in the belief that it did.
    fn check_withdrawal(
        &self,
        ledger: &mut Ledger,
        author: &Author,
        approval: &Approval,
    ) -> Result<(), Failure> {
        let ApprovalSubject::Artifact(digests) = &approval.subject else { return Ok(()) };
        if approval.verdict != Verdict::Withdraw || self.idempotency_key.is_some() {
            return Ok(());
        }
        let own = counting(&ledger.lookup(), digests, &author.id)?;
        let same = |other: &Approval| {
            (&other.policy, &other.environment) == (&approval.policy, &approval.environment)
        };
        if own.iter().any(|(_, other)| same(other)) {
            return Ok(());
        }
        let mut error = format!("no verdict of {} stands that this takes back", author.id);
        let mut hint = format!("ledgit trace {}", self.subject);
        for (position, other) in &own {
            let environment = other.environment.as_ref().map(|name| name.as_str());
            let place = environment.map_or("no environment", |name| name);
            let policy = other.policy.map(|policy| format!("sha256:{}", policy.sha256.hex()));
            let under = policy.as_deref().unwrap_or("none");
            let verdict = other.verdict.word();
            error.push_str(&format!(
                "\nentry {position} says {verdict}: for {place}, under policy {under}"
            ));
            hint = format!("ledgit withdraw {}", self.subject);
            for (name, value) in [("environment", environment), ("policy", policy.as_deref())] {
                hint.push_str(&value.map_or(String::new(), |value| format!(" --{name} {value}")));
            }
        }
        Err(Failure::new("LG2053", error).hint(hint))
    }

    /// What would be refused, or would change nothing, is said before anybody signs it. With an
    /// idempotency key it may be what was recorded before.
    fn check_vote(
        &self,
        state: &State,
        author: &Author,
        approval: &Approval,
    ) -> Result<(), Failure> {
        let authority = state.authority().ok_or_else(|| Failure::internal("no genesis"))?;
        let id: Id = parse::value("id", &author.id)?;
        if !authority.roster().is_person(&id) {
            let error = format!("only a person approves, and {id} is a service [LG1007]");
            let hint = "name a person's key: --key ~/.ssh/id_ed25519";
            return Err(Failure::new("LG2025", error).hint(hint));
        }
        let ApprovalSubject::Entry(leaf) = &approval.subject else { return Ok(()) };
        if self.idempotency_key.is_some() {
            return Ok(());
        }
        let decided = match authority.settled(leaf) {
            Some(Settled::Effective(position)) => format!("it took effect with entry {position}"),
            Some(Settled::Superseded { by }) => format!("proposal {} took its place", by.hex()),
            None => return said_before(authority, leaf, &id, approval),
        };
        let error = format!("nobody votes on {} any more: {decided} [LG1017]", self.subject);
        Err(Failure::new("LG2025", error).hint("ledgit roster status"))
    }

    fn approval(
        &self,
        catalog: &Catalog<'_>,
        (verdict, subject, policy): (Verdict, ApprovalSubject, Option<Digests>),
        evidence: &mut Gathered,
    ) -> Result<Approval, Failure> {
        let looked_at = match self.evidence.as_slice() {
            [] => shown_leaves(&entries_of(catalog, &subject)?)?,
            named => named.iter().map(|text| catalog.leaf(text)).collect::<Result<_, _>>()?,
        };
        let reason = self.reason.as_ref().map(|text| {
            evidence.add(text.clone().into_bytes(), parse::value("reason", "text/plain")?)
        });
        Ok(Approval {
            role: parse::optional("role", self.role.as_deref())?,
            policy,
            reason: reason.transpose()?,
            expires: self
                .expires
                .as_deref()
                .map(|text| parse::time("expires", text))
                .transpose()?,
            subject,
            verdict,
            evidence: looked_at,
            environment: parse::optional("environment", self.environment.as_deref())?,
        })
    }

    /// What is about to be signed, for the person who signs it.
    fn shown(
        &self,
        ledger: &mut Ledger,
        approval: &Approval,
        author: &Author,
    ) -> Result<String, Failure> {
        let print = fingerprint(&author.key.public_key());
        let mut text = format!("You are about to sign, as {} with {print}:\n", escape(&author.id));
        let verdict = approval.verdict.word().to_uppercase();
        let what = self.what(ledger, &approval.subject)?;
        let name = name_of(&approval.subject);
        text.push_str(&format!("  {verdict:<12} {what}\n               {name}\n"));
        text.push_str(&change_shown(ledger, &approval.subject)?);
        let catalog = Catalog::of(ledger);
        for Entry { position, signed, corrects } in entries_of(&catalog, &approval.subject)? {
            let said = escape(&describe(&signed.statement().body));
            let in_effect =
                catalog.log().with_state(|state| changes::is_in_effect(state, &signed.leaf()))?;
            let said = match (corrects, in_effect) {
                (false, _) => said,
                (true, true) => format!("  CORRECTS the one above: {said}"),
                (true, false) => format!("  PROPOSES TO CORRECT the one above: {said}"),
            };
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
            // A vote on an entry has no environment; of an artifact, what is not said matters.
            if said.is_none() && matches!(approval.subject, ApprovalSubject::Entry(_)) {
                continue;
            }
            let said = said.map_or_else(|| "none".to_owned(), |said| escape(&said));
            text.push_str(&format!("  {name:<12} {said}\n"));
        }
        Ok(text)
    }

    fn what(&self, ledger: &mut Ledger, subject: &ApprovalSubject) -> Result<String, Failure> {
        let genesis = LeafHash(ledger.id().0);
        Ok(match subject {
            ApprovalSubject::Artifact(digests) => escape(&Catalog::of(ledger).shown(digests)?),
            ApprovalSubject::Entry(leaf) if *leaf == genesis => {
                "the founding of this ledger (entry 0)".to_owned()
            }
            ApprovalSubject::Entry(leaf) => {
                let catalog = Catalog::of(ledger);
                let position = catalog.log().find(leaf)?;
                let entry = position.map(|position| catalog.log().entry(position)).transpose()?;
                let entry = entry.flatten();
                let said = entry.map(|signed| escape(&describe(&signed.statement().body)));
                let position = position.unwrap_or_default();
                format!("{} (entry {position})", said.unwrap_or_else(|| "an entry".to_owned()))
            }
        })
    }

    /// The subject and every option that changes what is signed, as a shell reads them.
    fn said(&self) -> String {
        let options = [
            ("environment", &self.environment),
            ("policy", &self.policy),
            ("role", &self.role),
            ("expires", &self.expires),
            ("reason", &self.reason),
        ];
        let evidence = self.evidence.iter().map(|entry| ("evidence", entry));
        let stated = options.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
        let options = stated.chain(evidence);
        let options = options.map(|(name, value)| format!(" --{name} {}", quoted(value)));
        format!(" {}{}", quoted(&self.subject), options.collect::<String>())
    }

    /// On a terminal a person answers; elsewhere the exact digest must be given.
    fn confirm(&self, shown: &str, verdict: Verdict, name: &str) -> Result<(), Failure> {
        if let Some(stated) = &self.digest {
            if stated == name {
                return Ok(());
            }
            let error = format!("--digest is {stated}, and the subject is {name}");
            let hint = format!("ledgit {} {}", verdict.word(), self.subject);
            let hint = format!("look at what would be signed: {hint}");
            return Err(Failure::new("LG2051", error).hint(hint));
        }
        if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
            eprint!("{shown}");
            let error = "nobody can confirm it here: there is no terminal";
            let hint = format!("ledgit {}{} --digest {name}", verdict.word(), self.said());
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

/// A word as a shell reads it.
fn quoted(word: &str) -> String {
    let plain = |char: char| char.is_ascii_alphanumeric() || "@%+=:,./_-".contains(char);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

/// The same verdict of the same person on an open change: it is there already.
fn said_before(
    authority: &Authority,
    leaf: &LeafHash,
    id: &Id,
    approval: &Approval,
) -> Result<(), Failure> {
    let vote = authority.open().get(leaf).and_then(|open| open.votes.get(id));
    let same = |vote: &&Vote| (vote.verdict, vote.expires) == (approval.verdict, approval.expires);
    let Some(vote) = vote.filter(same) else { return Ok(()) };
    let (verdict, position) = (vote.verdict.word(), vote.position);
    let error = format!("{id} said {verdict} with entry {position}, and that stands");
    Err(Failure::new("LG2052", error).hint("ledgit roster status"))
}

/// What a change would do and where it stands, for whoever votes on it.
fn change_shown(ledger: &mut Ledger, subject: &ApprovalSubject) -> Result<String, Failure> {
    let ApprovalSubject::Entry(leaf) = subject else { return Ok(String::new()) };
    let state = ledger.state()?;
    let mut text = String::new();
    for one in open(state).iter().filter(|one| one.leaf == *leaf) {
        text.push_str(&format!("  proposed by  {}\n", one.open.by));
        text.push_str(&listed(&changes::effect(state, &one.open.wanted), 15));
        for (name, said) in progress(&one.tally) {
            text.push_str(&format!("  {name:<12} {said}\n"));
        }
    }
    Ok(text)
}

/// What came of it: of the founding or of a change.
fn effect(
    ledger: &mut Ledger,
    subject: &ApprovalSubject,
) -> Result<Option<(&'static str, String)>, Failure> {
    let (ApprovalSubject::Entry(leaf), genesis) = (subject, LeafHash(ledger.id().0)) else {
        return Ok(None);
    };
    let state = ledger.state()?;
    let Some(authority) = state.authority() else { return Ok(None) };
    if *leaf != genesis {
        return Ok(outcome(state, leaf).map(|said| ("change", said)));
    }
    let (accepted, threshold) = (authority.accepted().count(), authority.threshold());
    let stage = if authority.is_founding() { "founding" } else { "founded" };
    Ok(Some((stage, format!("{accepted} of {threshold} founders have accepted"))))
}

/// The subject's name: what `--digest` must say.
fn name_of(subject: &ApprovalSubject) -> String {
    match subject {
        ApprovalSubject::Artifact(digests) => format!("sha256:{}", digests.sha256.hex()),
        ApprovalSubject::Entry(leaf) => format!("entry:{}", leaf.hex()),
    }
}
