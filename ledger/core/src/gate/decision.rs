//! Making a decision, and judging one that stands in a log (J-30 to J-33).

use super::{Gate, Moment, Programs, Report, evaluate};
use crate::authority::Adopted;
use crate::digest::Digests;
use crate::name::Label;
use crate::policy::Mode;
use crate::statement::{Decision, GateMode, GateResult, Seen};

/// This engine (J-32). What it answers never changes under one name.
pub const ENGINE: &str = "ledgit-gate/1";

/// Why a decision must not be logged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecisionError {
    /// Nothing is decided while a ledger is founding (J-33).
    #[error("the ledger is not founded yet, so nothing can be decided")]
    Founding,
    /// What it decides by is not in force (J-31).
    #[error("it decides by policy {name:?}, and {why}")]
    NotInForce {
        /// Name of the policy.
        name: String,
        /// What is so instead.
        why: String,
    },
    /// The log gives another report (J-31).
    #[error("{what}: it says {said}, and the log gives {found}")]
    Differs {
        /// Which part of it.
        what: String,
        /// What the decision says.
        said: String,
        /// What the log gives.
        found: String,
    },
    /// A program gave no answer.
    #[error("it can't be decided again: {0}")]
    Undecided(String),
    /// Another engine made it, which is not here to be asked (J-32).
    #[error("engine {engine} made it, and this one answers otherwise: {difference}")]
    OtherEngine {
        /// The engine that it names.
        engine: String,
        /// What this one has to say.
        difference: Box<DecisionError>,
    },
}

/// The engine that answers a policy.
pub fn engine_of(adopted: &Adopted, programs: &dyn Programs) -> String {
    match adopted.policy().modules().next() {
        Some(_) => format!("{ENGINE} {}", programs.engine()),
        None => ENGINE.to_owned(),
    }
}

/// The mode that decisions under a policy state; none for one that is retired.
fn gate_mode(mode: Mode) -> Option<GateMode> {
    match mode {
        Mode::Enforce => Some(GateMode::Enforce),
        Mode::Observe => Some(GateMode::Observe),
        Mode::Retired => None,
    }
}

/// What a gate decides.
///
/// # Errors
/// [`DecisionError`]: nothing can be decided.
pub fn make_decision(gate: &Gate<'_>, programs: &dyn Programs) -> Result<Decision, DecisionError> {
    let policy = gate.policy();
    check_in_force(gate.moment, gate.adopted, &policy.name, gate.environment)?;
    let not = |why: &str| not_in_force(&policy.name, why);
    let mode = gate_mode(policy.mode).ok_or_else(|| not("it is retired"))?;
    let report = evaluate(gate, programs);
    let Report { results, outcome } =
        report.map_err(|error| DecisionError::Undecided(error.to_string()))?;
    let engine = engine_of(gate.adopted, programs).parse();
    Ok(Decision {
        mode,
        name: policy.name.clone(),
        risk: policy.risk,
        engine: engine.map_err(|_| not("its engine has no name"))?,
        policy: gate.adopted.document.digests,
        adopted: gate.adopted.leaf,
        outcome,
        results,
        subject: *gate.subject,
        environment: gate.environment.clone(),
    })
}

fn not_in_force(name: &Label, why: &str) -> DecisionError {
    DecisionError::NotInForce { name: name.to_string(), why: why.to_owned() }
}

fn check_in_force(
    moment: &Moment,
    adopted: &Adopted,
    name: &Label,
    environment: &Label,
) -> Result<(), DecisionError> {
    if moment.founding {
        return Err(DecisionError::Founding);
    }
    if !adopted.policy().governs(environment) {
        return Err(not_in_force(name, &format!("it does not govern {environment}")));
    }
    Ok(())
}

/// Whether a decision comes out the same as of its position (J-31). `seen` is the head that its
/// author evaluated, and none is not allowed (J-30).
///
/// # Errors
/// [`DecisionError`].
pub fn judge_decision(
    decision: &Decision,
    seen: Option<&Seen>,
    book: &super::Book,
    moment: &Moment,
    programs: &dyn Programs,
) -> Result<(), DecisionError> {
    if seen.is_none() {
        return Err(differs("the head that it evaluated", "none", "that it names one"));
    }
    let name = &decision.name;
    let adopted = moment.policy(name).ok_or_else(|| not_in_force(name, "there is none"))?;
    if adopted.leaf != decision.adopted {
        return Err(not_in_force(name, &format!("version {} is in force", adopted.version)));
    }
    let (subject, environment) = (&decision.subject, &decision.environment);
    let gate = Gate { book, moment, adopted, subject, environment };
    let made = make_decision(&gate, programs);
    match made.and_then(|made| compare(decision, &made)) {
        Err(difference @ (DecisionError::Differs { .. } | DecisionError::Undecided(_)))
            if decision.engine.as_str() != engine_of(adopted, programs) =>
        {
            let (engine, difference) = (decision.engine.to_string(), Box::new(difference));
            Err(DecisionError::OtherEngine { engine, difference })
        }
        judged => judged,
    }
}

/// The first thing that is different.
fn compare(said: &Decision, found: &Decision) -> Result<(), DecisionError> {
    let digest = |digests: &Digests| digests.sha256.hex();
    check("its policy", &digest(&said.policy), &digest(&found.policy))?;
    check("its risk level", said.risk.word(), found.risk.word())?;
    check("its mode", said.mode.word(), found.mode.word())?;
    let mut pairs = said.results.iter().zip(&found.results);
    if let Some((said, found)) = pairs.find(|(said, found)| said != found) {
        return Err(differs(&format!("its result {}", found.id), &short(said), &short(found)));
    }
    let count = |all: &[GateResult]| format!("{} results", all.len());
    check("its report", &count(&said.results), &count(&found.results))?;
    check("its outcome", said.outcome.word(), found.outcome.word())?;
    match said.policy == found.policy {
        true => Ok(()),
        false => Err(differs("its policy", "other digests", "those of the document in force")),
    }
}

fn check(what: &str, said: &str, found: &str) -> Result<(), DecisionError> {
    if said == found { Ok(()) } else { Err(differs(what, said, found)) }
}

fn differs(what: &str, said: &str, found: &str) -> DecisionError {
    let (what, said, found) = (what.to_owned(), said.to_owned(), found.to_owned());
    DecisionError::Differs { what, said, found }
}

fn short(result: &GateResult) -> String {
    let GateResult { id, what, value, reason, waived, entries, verdict } = result;
    let mut text = format!("{id} {}", verdict.word());
    let reason = reason.map(|reason| reason.word().to_owned());
    let waived = waived.map(|position| format!("waived by entry {position}"));
    let texts = [
        reason,
        what.as_ref().map(ToString::to_string),
        value.as_ref().map(ToString::to_string),
        waived,
    ];
    for part in texts.into_iter().flatten() {
        text.push_str(&format!(", {part}"));
    }
    let entries: Vec<_> = entries.as_slice().iter().map(u64::to_string).collect();
    if !entries.is_empty() {
        text.push_str(&format!(", entries {}", entries.join(" ")));
    }
    text
}
