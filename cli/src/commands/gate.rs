//! `gate`: may this go there? The answer is recorded, and anybody can make it again.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ledgit_core::authority::Adopted;
use ledgit_core::digest::{Digests, Sha256};
use ledgit_core::gate::DecisionError;
use ledgit_core::name::Label;
use ledgit_core::policy::{Mode, Policy, Rule};
use ledgit_core::statement::{Body, Decision, GateMode, GateOutcome, GateResult};
use ledgit_store::ledger::{Ask, Held, Ledger};
use serde_json::{Value, json};

use super::catalog::{Catalog, short};
use super::policy::{adopted_json, authority, governing, in_force};
use super::submit::{Author, Extras, Submitted, submit};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Output, escape, json_text};
use crate::parse;
use crate::render::{ci, digests_json, gate};

/// Tries of a decision that others' entries overtake.
const TRIES: u32 = 5;

#[derive(Debug, clap::Args)]
pub struct Gate {
    /// What is to go there: a name, a digest, a path
    subject: String,
    /// Name of the policy [default: the one that governs the subject there]
    #[arg(long)]
    policy: Option<String>,
    /// Where it is to go, such as production
    #[arg(long, visible_alias = "env")]
    environment: String,
    /// Answer with the same exit status, and record nothing
    #[arg(long)]
    dry_run: bool,
    /// Write the answer as JUnit XML, too
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Write the answer as SARIF 2.1.0, too
    #[arg(long, value_name = "FILE")]
    sarif: Option<PathBuf>,
    /// SSH key that signs: a file, or the public key of one in the agent
    #[arg(long)]
    key: Option<String>,
    /// The same key again records nothing again
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,
}

/// A decision, and where it stands if it was recorded.
struct Answer {
    decision: Decision,
    recorded: Option<Recorded>,
    /// The head that was evaluated.
    size: u64,
    root: String,
}

struct Recorded {
    place: Place,
    new: bool,
    by: String,
}

/// Where a decision is.
enum Place {
    /// In the log, at a position.
    Entry(u64),
    /// In a drop that waits to be logged.
    Drop(Sha256),
}

impl Gate {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let mut ledger = context.ledger()?;
        // No policy can be in force yet, and that is not what is in the way (J-33).
        if authority(ledger.state()?)?.is_founding() {
            return Err(DecisionError::Founding.into());
        }
        let subject = Catalog::of(&mut ledger).subject(&self.subject, &context.progress())?;
        let environment: Label = parse::value("environment", &self.environment)?;
        let adopted = self.policy(context, &mut ledger, &subject, &environment)?;
        let ask = Ask { subject, policy: adopted.policy().name.clone(), environment };
        let answer = match self.dry_run {
            true => decide(context, &mut ledger, &ask)?,
            false => self.record(context, &mut ledger, &ask)?,
        };
        self.write_reports(&answer.decision, adopted.policy())?;
        let shown = Catalog::of(&mut ledger).shown(&subject)?;
        Ok(told(&answer, &shown, &adopted))
    }

    /// The policy that is named, or the one that governs the subject there.
    fn policy(
        &self,
        context: &Context,
        ledger: &mut Ledger,
        subject: &Digests,
        environment: &Label,
    ) -> Result<Arc<Adopted>, Failure> {
        let Some(name) = &self.policy else {
            return governing(context, ledger, subject, environment)?.ok_or_else(|| {
                let error = format!("no policy governs {} in {environment}", self.subject);
                Failure::new("LG2054", error).hint("ledgit policy list")
            });
        };
        let adopted = in_force(ledger.state()?, name)?;
        match adopted.policy().mode {
            Mode::Enforce | Mode::Observe => Ok(adopted),
            Mode::Retired => {
                let error = format!("policy {name} is retired: there is no gate any more");
                Err(Failure::new("LG2054", error).hint("ledgit policy list"))
            }
        }
    }

    /// Decides and records it. What others recorded meanwhile is looked at, too.
    fn record(&self, context: &Context, ledger: &mut Ledger, ask: &Ask) -> Result<Answer, Failure> {
        let author = Author::of(context.signer(self.key.as_deref(), ledger.repository())?, ledger)?;
        let mut tries = 0;
        loop {
            tries += 1;
            let mut answer = decide(context, ledger, ask)?;
            let idempotency = self.idempotency_key.clone();
            let extras = Extras { idempotency, ..Extras::default() };
            let body = Body::from(answer.decision.clone());
            let submitted = match submit(context, ledger, &author, vec![body], extras) {
                Ok(done) => done,
                Err(failure) if tries < TRIES && failure.error.contains("[LG1022]") => continue,
                Err(failure) => return Err(failure),
            };
            let (place, new) = match submitted {
                Submitted::Logged(receipt, _) => {
                    let position = receipt.positions.first().copied().unwrap_or_default();
                    (Place::Entry(position), !receipt.before)
                }
                Submitted::Waiting(pending) => (Place::Drop(pending.drop), !pending.before),
            };
            let recorded = Recorded { place, new, by: author.id.clone() };
            answer.recorded = Some(recorded);
            return Ok(answer);
        }
    }

    fn write_reports(&self, decision: &Decision, policy: &Policy) -> Result<(), Failure> {
        let write = |path: &Path, text: String| {
            std::fs::write(path, text).map_err(|error| Failure::file("write", path, &error))
        };
        if let Some(path) = &self.junit {
            write(path, ci::junit(decision, policy))?;
        }
        match &self.sarif {
            Some(path) => write(path, json_text(&ci::sarif(decision, policy))),
            None => Ok(()),
        }
    }
}

/// What the gate answers now, if all that the answer rests on is at hand.
fn decide(context: &Context, ledger: &mut Ledger, ask: &Ask) -> Result<Answer, Failure> {
    let decision = ledger.decide(ask, context.now()?).map_err(|error| {
        let failure = Failure::from(error);
        let program = failure.code == "LG4007";
        let show = format!("ledgit policy show {}", ask.policy);
        if program { failure.hint(show) } else { failure }
    })?;
    for (position, held) in ledger.held(&decision)? {
        check_held(position, held)?;
    }
    let checkpoint = ledger.checkpoint();
    let (size, root) = (checkpoint.size, checkpoint.root.hex());
    Ok(Answer { decision, recorded: None, size, root })
}

/// Nothing is decided on evidence that nobody here can look at.
fn check_held(position: u64, held: Held) -> Result<(), Failure> {
    let entry = format!("the evidence of entry {position}");
    let show = format!("ledgit show {position}");
    Err(match held {
        Held::Verified => return Ok(()),
        Held::Missing => {
            let error = format!("{entry} is not here, and the answer rests on it");
            let fetch = "git fetch origin 'refs/ledgit/evidence/*:refs/ledgit/evidence/*'";
            Failure::new("LG4006", error).hint(fetch)
        }
        Held::Erased(by) => {
            let error = format!("{entry} was erased by entry {by}, and the answer rests on it");
            Failure::new("LG4016", error).hint(format!("ledgit show {by}"))
        }
        Held::Mismatch => {
            Failure::new("LG1501", format!("{entry} is not what it states")).hint(show)
        }
        Held::OtherNumber => {
            Failure::new("LG1505", format!("another number stands in {entry}")).hint(show)
        }
        Held::OtherFormat => {
            Failure::new("LG1504", format!("{entry} is stated to be a PDF and is none")).hint(show)
        }
    })
}

/// Exit status of a decision: what is only observed stops nothing (E-06).
fn exit(decision: &Decision) -> u8 {
    match (decision.outcome, decision.mode) {
        (GateOutcome::Deny, GateMode::Enforce) => 3,
        _ => 0,
    }
}

/// Who should hear of a result that is not met.
fn alerts<'a>(decision: &'a Decision, policy: &'a Policy) -> Vec<(&'a GateResult, &'a str)> {
    let target = |result: &GateResult| match &gate::requirement(policy, result)?.rule {
        Rule::Metric(rule) => rule.alert.as_ref().map(|target| target.as_str()),
        _ => None,
    };
    let open = decision.results.iter().filter(|one| one.is_open());
    open.filter_map(|result| Some((result, target(result)?))).collect()
}

fn told(answer: &Answer, shown: &str, adopted: &Adopted) -> Output {
    let exit = exit(&answer.decision);
    Output { text: text(answer, shown, adopted), json: json(answer, adopted), exit }
}

fn text(answer: &Answer, shown: &str, adopted: &Adopted) -> String {
    let (decision, policy) = (&answer.decision, adopted.policy());
    let (name, version) = (escape(policy.name.as_str()), adopted.version);
    let (mode, risk) = (decision.mode.word(), decision.risk.word());
    let digest = decision.subject.sha256.hex();
    let mut text = format!("subject   {}  sha256:{}\n", escape(shown), short(&digest));
    text.push_str(&format!("policy    {name}, version {version} ({mode}, {risk} risk)\n"));
    text.push_str(&format!("for       {}\n\n", escape(decision.environment.as_str())));
    for result in &decision.results {
        text.push_str(&gate::result_lines(result, policy, 2));
    }
    text.push_str(&format!("\n{}\n", verdict(decision)));
    for (result, target) in alerts(decision, policy) {
        let (target, id) = (escape(target), escape(result.id.as_str()));
        text.push_str(&format!("alert     {target} for {id}; ledgit sends nothing\n"));
    }
    let size = answer.size;
    text.push_str(&match &answer.recorded {
        Some(Recorded { place: Place::Entry(position), new: true, by }) => {
            format!("recorded  entry {position}, by {}, on {size} entries\n", escape(by))
        }
        Some(Recorded { place: Place::Entry(position), new: false, .. }) => {
            format!("recorded  before, with entry {position}\n")
        }
        Some(Recorded { place: Place::Drop(_), by, .. }) => format!(
            "pending   by {}, on {size} entries; it waits here to be logged\nnext      ledgit sync\n",
            escape(by)
        ),
        None => format!("recorded  nothing: a dry run, on {size} entries\n"),
    });
    if decision.outcome == GateOutcome::Deny {
        text.push_str(&format!("next      ledgit policy show {name}\n"));
    }
    text
}

fn json(answer: &Answer, adopted: &Adopted) -> Value {
    let Answer { decision, recorded, size, root } = answer;
    let alert = |(result, target): (&GateResult, &str)| json!({ "id": result.id.as_str(), "target": target });
    json!({
        "schema": "ledgit.gate/1",
        "outcome": decision.outcome.word(),
        "mode": decision.mode.word(),
        "exit": exit(decision),
        "dry_run": recorded.is_none(),
        "entry": recorded.as_ref().and_then(|one| match one.place {
            Place::Entry(position) => Some(position),
            Place::Drop(_) => None,
        }),
        "pending": recorded.as_ref().and_then(|one| match one.place {
            Place::Entry(_) => None,
            Place::Drop(name) => Some(name.hex()),
        }),
        "new": recorded.as_ref().is_some_and(|one| one.new),
        "by": recorded.as_ref().map(|one| one.by.as_str()),
        "subject": digests_json(&decision.subject),
        "environment": decision.environment.as_str(),
        "risk": decision.risk.word(),
        "engine": decision.engine.as_str(),
        "policy": adopted_json(adopted),
        "size": size,
        "root": root,
        "results": gate::asked_json(decision, adopted.policy()),
        "alerts": alerts(decision, adopted.policy()).into_iter().map(alert).collect::<Vec<_>>(),
    })
}

fn verdict(decision: &Decision) -> String {
    let (all, open) = (decision.results.len(), decision.results.iter());
    let open = open.filter(|one| one.is_open()).count();
    let waived = decision.results.iter().filter(|one| one.waived.is_some()).count();
    let rest = if waived > 0 { format!(", {waived} waived") } else { String::new() };
    match (decision.outcome, decision.mode) {
        (GateOutcome::Pass, _) => format!("PASS: {} of {all} met{rest}", all - waived),
        (GateOutcome::Deny, GateMode::Enforce) => {
            format!("DENY: {open} of {all} not met{rest} [LG3100]")
        }
        (GateOutcome::Deny, GateMode::Observe) => {
            format!("WOULD DENY: {open} of {all} not met{rest}; the policy only observes")
        }
    }
}

impl From<DecisionError> for Failure {
    fn from(error: DecisionError) -> Self {
        let (code, said, hint) = match error {
            DecisionError::Founding => ("LG4008", error.to_string(), "ledgit status"),
            DecisionError::NotInForce { name, why } => {
                let said = format!("policy {name} can't be asked: {why}");
                ("LG2054", said, "ledgit policy list")
            }
            DecisionError::Undecided(why) => {
                ("LG4007", format!("nothing is decided: {why}"), "ledgit policy list")
            }
            DecisionError::Differs { .. } | DecisionError::OtherEngine { .. } => {
                ("LG2090", error.to_string(), "ledgit explain LG2090")
            }
        };
        Self::new(code, said).hint(hint)
    }
}
