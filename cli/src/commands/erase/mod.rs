//! `erase`: asks for the erasure of evidence, and carries it out once it is in effect.

mod apply;
mod git;

use std::path::PathBuf;

use ledgit_core::authority::Authority;
use ledgit_core::name::{Id, Label};
use ledgit_core::retention::{Rule, newest};
use ledgit_core::statement::{Body, Erasure, Evidence, Hold};
use ledgit_core::time::Timestamp;
use ledgit_store::ledger::{Ledger, NamedEvidence};
use serde_json::json;

use super::catalog::Catalog;
use super::changes::outcome;
use super::evidence::find;
use super::private::Gathered;
use super::record::attachment;
use super::submit::{Author, Extras, Submitted, submit};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Output, escape};
use crate::parse;

#[derive(Debug, clap::Args)]
pub struct Erase {
    /// The evidence: sha256:HEX, blake3:HEX, or the number of an entry that names it
    evidence: String,
    /// Legal ground, such as gdpr-17-1-a or court-order
    #[arg(long, value_name = "GROUND", required_unless_present = "apply")]
    ground: Option<String>,
    /// What the ground rests on, such as a request; it becomes evidence
    #[arg(long, value_name = "FILE", conflicts_with = "apply")]
    reason: Option<PathBuf>,
    /// Encrypt the reason under a key of its own
    #[arg(long, requires = "reason")]
    private: bool,
    /// Person who must be among those who agree [default: the only other person]
    #[arg(long, value_name = "ID", conflicts_with = "apply")]
    authoriser: Option<String>,
    /// Carry out an erasure that is in effect: delete refs, keys and objects of this repository
    #[arg(long, conflicts_with = "ground")]
    apply: bool,
    /// Delete it at a remote, too (repeat); its host must prune
    #[arg(long, value_name = "NAME", requires = "apply")]
    remote: Vec<String>,
    /// Let git drop everything unreachable from its own packs: git gc --prune=now
    #[arg(long, requires = "apply")]
    gc: bool,
    /// SSH key that signs: a file, or the public key of one in the agent
    #[arg(long, conflicts_with = "apply")]
    key: Option<String>,
    /// The same key again records nothing again
    #[arg(long, value_name = "KEY", conflicts_with = "apply")]
    idempotency_key: Option<String>,
}

/// Rules that apply, and until when each holds.
type Holds = Vec<(&'static Rule, Timestamp)>;

impl Erase {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let mut ledger = context.ledger()?;
        let named = find(&mut ledger, &self.evidence)?;
        match self.apply {
            true => apply::run(context, &mut ledger, &named, (&self.remote, self.gc)),
            false => self.ask(context, ledger, named),
        }
    }

    fn ask(
        self,
        context: &Context,
        mut ledger: Ledger,
        named: NamedEvidence,
    ) -> Result<Output, Failure> {
        let ground: Label = parse::value("ground", self.ground.as_deref().unwrap_or_default())?;
        let author =
            Author::of(context.signer(self.key.as_deref(), ledger.repository())?, &mut ledger)?;
        let authoriser = self.authoriser(authority(&mut ledger)?, &author)?;
        let table = newest().ok_or_else(|| Failure::internal("no rules of retention"))?;
        let holds = ledger.holds(&named.evidence.sha256, &table.version)?;
        if self.idempotency_key.is_none() {
            let clock = ledger.state()?.clock().max(Some(context.now()?));
            check_holds(&named.evidence, &holds, &ground, clock)?;
        }
        let mut gathered = Gathered::new(self.private);
        let reason = self.reason.as_deref().map(|path| attachment(&mut gathered, path));
        let Evidence { size, blake3, sha256, .. } = named.evidence;
        let hold = |(rule, until): &(&Rule, Timestamp)| Hold { id: rule.id.clone(), until: *until };
        let erasure = Erasure {
            size,
            rules: holds.iter().map(hold).collect(),
            table: table.version.clone(),
            blake3,
            ground: ground.clone(),
            reason: reason.transpose()?,
            sha256,
            authoriser,
        };
        let evidence = gathered.keep(&ledger)?;
        let extras = Extras { evidence, idempotency: self.idempotency_key, ..Extras::default() };
        let body = vec![Body::from(erasure.clone())];
        let (receipt, _) = match submit(context, &mut ledger, &author, body, extras)? {
            Submitted::Logged(receipt, statements) => (receipt, statements),
            Submitted::Waiting(pending) => return Ok(pending.output()),
        };
        let position = receipt.positions.first().copied().unwrap_or_default();
        let leaf = Catalog::of(&mut ledger).leaf(&position.to_string())?;
        let effect = outcome(ledger.state()?, &leaf).unwrap_or_default();
        let json = json!({
            "schema": "ledgit.erase/1",
            "entry": position,
            "new": !receipt.before,
            "id": leaf.hex(),
            "by": author.id,
            "sha256": sha256.hex(),
            "ground": ground.as_str(),
            "authoriser": erasure.authoriser.as_str(),
            "table": table.version.as_str(),
            "rules": holds.iter().map(|(rule, until)| json!({
                "id": rule.id.as_str(),
                "until": until.to_string(),
                "yields": rule.yields_to(&ground),
                "cites": rule.cites,
            })).collect::<Vec<_>>(),
            "effect": effect,
        });
        Ok(Output::new(told(&erasure, &holds, (position, &author.id, &effect)), json))
    }

    /// Who must agree: the one who is named, or the only other person there is.
    fn authoriser(&self, authority: &Authority, author: &Author) -> Result<Id, Failure> {
        if let Some(id) = &self.authoriser {
            return parse::value("authoriser", id);
        }
        let others = authority.roster().persons().filter(|id| id.as_str() != author.id);
        match others.collect::<Vec<_>>().as_slice() {
            [one] => Ok((*one).clone()),
            several => {
                let several: Vec<_> = several.iter().map(|id| id.as_str()).collect();
                let error = format!(
                    "who must agree is to be named: {} may",
                    if several.is_empty() { "nobody".to_owned() } else { several.join(", ") }
                );
                Err(Failure::usage(&error).hint("ledgit erase DIGEST --authoriser ID"))
            }
        }
    }
}

fn authority(ledger: &mut Ledger) -> Result<&Authority, Failure> {
    ledger.state()?.authority().ok_or_else(|| Failure::internal("no genesis"))
}

/// What retention forbids is said before anybody signs it (H-12).
fn check_holds(
    evidence: &Evidence,
    holds: &Holds,
    ground: &Label,
    clock: Option<Timestamp>,
) -> Result<(), Failure> {
    let forbids = |(rule, until): &&(&Rule, Timestamp)| {
        clock.is_none_or(|clock| clock < *until) && !rule.yields_to(ground)
    };
    let Some((rule, until)) = holds.iter().find(forbids) else { return Ok(()) };
    let sha256 = evidence.sha256.hex();
    let Rule { id, cites, .. } = rule;
    let error = format!("rule {id} holds sha256:{sha256} until {until}: {cites}");
    Err(Failure::new("LG3313", error).hint("ledgit explain LG3313"))
}

fn told(erasure: &Erasure, holds: &Holds, (position, by, effect): (u64, &str, &str)) -> String {
    let Erasure { sha256, ground, authoriser, .. } = erasure;
    let mut text = format!("asked for   entry {position}, by {}\n", escape(by));
    text.push_str(&format!("evidence    sha256:{}\n", sha256.hex()));
    text.push_str(&format!("ground      {}\n", escape(ground.as_str())));
    for (rule, until) in holds {
        let yields = if rule.yields_to(ground) { ", and yields to this ground" } else { "" };
        text.push_str(&format!("rule        {} until {until}{yields}\n", rule.id));
    }
    text.push_str(&format!("change      {effect}\n"));
    text.push_str(&format!(
        "next        ledgit approve {position}   (by {authoriser}, at least)\n"
    ));
    text.push_str(&format!("then        ledgit erase --apply sha256:{}\n", sha256.hex()));
    text
}
