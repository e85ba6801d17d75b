//! `policy waive` and `policy break-glass`: exceptions, which every report shows for ever.

use ledgit_core::authority::{Adopted, ExceptionError};
use ledgit_core::name::{Id, Label};
use ledgit_core::policy::Span;
use ledgit_core::statement::{Body, Evidence, Exception, ExceptionSort, Set};
use ledgit_core::time::Timestamp;
use ledgit_store::git::EvidenceBatch;
use ledgit_store::ledger::Ledger;
use serde_json::json;

use super::{authority, in_force};
use crate::commands::catalog::Catalog;
use crate::commands::submit::{Author, Extras, Submitted, submit};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Output, escape};
use crate::parse;

/// What both have.
#[derive(Debug, clap::Args)]
struct Asked {
    /// What may pass: a name, a digest, a path
    subject: String,
    /// Name of the policy
    #[arg(long)]
    policy: String,
    /// Environment that it is for
    #[arg(long, visible_alias = "env")]
    environment: String,
    /// When it ends: a time, or a day
    #[arg(long)]
    until: String,
    /// Why; it becomes evidence
    #[arg(long)]
    reason: String,
    /// SSH key that signs: a file, or the public key of one in the agent
    #[arg(long)]
    key: Option<String>,
    /// The same key again records nothing again
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,
}

#[derive(Debug, clap::Args)]
pub struct Waive {
    #[command(flatten)]
    asked: Asked,
    /// What is waived (repeat), as the gate names it: BiasDetection
    #[arg(long, required = true, value_name = "ID")]
    requirement: Vec<String>,
}

#[derive(Debug, clap::Args)]
pub struct BreakGlass {
    #[command(flatten)]
    asked: Asked,
}

impl Waive {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let waives = self.requirement.iter().map(|id| parse::value("requirement", id));
        let waives = waives.collect::<Result<Set<_>, _>>()?;
        self.asked.run(context, ExceptionSort::Waiver, waives)
    }
}

impl BreakGlass {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        self.asked.run(context, ExceptionSort::BreakGlass, Set::default())
    }
}

impl Asked {
    fn run(
        self,
        context: &Context,
        sort: ExceptionSort,
        waives: Set<Label>,
    ) -> Result<Output, Failure> {
        let mut ledger = context.ledger()?;
        let subject = Catalog::of(&mut ledger).subject(&self.subject, &context.progress())?;
        let adopted = in_force(ledger.state()?, &self.policy)?;
        let exception = Exception {
            ends: parse::time("until", &self.until)?,
            sort,
            reason: reason(&self.reason)?,
            waives,
            adopted: adopted.leaf,
            subject,
            environment: parse::value("environment", &self.environment)?,
        };
        let author =
            Author::of(context.signer(self.key.as_deref(), ledger.repository())?, &mut ledger)?;
        self.check(&mut ledger, &author, &exception, context.now()?)?;
        let mut evidence = EvidenceBatch::default();
        evidence.add(self.reason.into_bytes());
        let extras = Extras { evidence, idempotency: self.idempotency_key, ..Extras::default() };
        let body = Body::from(exception.clone());
        let (receipt, _) = match submit(context, &mut ledger, &author, vec![body], extras)? {
            Submitted::Logged(receipt, statements) => (receipt, statements),
            Submitted::Waiting(pending) => return Ok(pending.output()),
        };
        let position = receipt.positions.first().copied().unwrap_or_default();
        // What was said before under this key has an id of its own.
        let id = Catalog::of(&mut ledger).leaf(&position.to_string())?.hex();
        let within = ratified_within(&adopted, sort);
        let json = json!({
            "schema": "ledgit.policy-except/1",
            "entry": position,
            "new": !receipt.before,
            "id": id,
            "by": author.id,
            "type": sort.word(),
            "policy": adopted.policy().name.as_str(),
            "ratify_within_hours": within,
        });
        Ok(Output::new(text(&exception, position, &author.id, within), json))
    }

    /// What the log would refuse is said before anybody signs it.
    fn check(
        &self,
        ledger: &mut Ledger,
        author: &Author,
        exception: &Exception,
        now: Timestamp,
    ) -> Result<(), Failure> {
        if self.idempotency_key.is_some() {
            return Ok(());
        }
        let (state, id) = (ledger.state()?, parse::value::<Id>("id", &author.id)?);
        let clock = state.clock().max(Some(now));
        let refused = authority(state)?.admit_exception(&id, exception, clock);
        refused.map_err(|error| {
            let said = match error {
                ExceptionError::Ends { ends, clock, most } => {
                    let most = Span(most);
                    format!(
                        "it would end at {ends}; the policy allows {most} at most, from {clock} on"
                    )
                }
                other => other.to_string(),
            };
            let hint = format!("ledgit policy show {}", self.policy);
            Failure::new("LG2025", format!("{said} [LG1023]")).hint(hint)
        })
    }
}

fn reason(text: &str) -> Result<Evidence, Failure> {
    Ok(Evidence::of(text.as_bytes(), parse::value("reason", "text/plain")?))
}

/// Hours within which a break-glass must be agreed on.
fn ratified_within(adopted: &Adopted, sort: ExceptionSort) -> Option<u64> {
    let glass = adopted.policy().exceptions.as_ref()?.break_glass.as_ref()?;
    (sort == ExceptionSort::BreakGlass).then_some(glass.ratify_within.0 / 3_600)
}

fn text(exception: &Exception, position: u64, by: &str, within: Option<u64>) -> String {
    let (word, by, ends) = (exception.sort.word(), escape(by), exception.ends);
    let next = match within {
        Some(hours) => format!("to be ratified within {hours} h: ledgit approve {position}"),
        None => format!("it waives nothing yet: ledgit approve {position}"),
    };
    format!("{word:<12}entry {position}, by {by}, until {ends}\nnext        {next}\n")
}
