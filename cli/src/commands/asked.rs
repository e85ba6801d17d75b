//! What the policy asks of a subject, for whoever approves it (J-20).

use std::path::Path;
use std::sync::Arc;

use ledgit_core::authority::Adopted;
use ledgit_core::digest::Digests;
use ledgit_core::name::Label;
use ledgit_core::statement::{Approval, ApprovalSubject};
use ledgit_store::ledger::{Governing, Ledger};

use super::catalog::{Catalog, hash};
use super::policy::governing;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::escape;
use crate::parse;
use crate::render::gate::result_lines;

/// The policy that a verdict is under: by name, by file or digest, or the one that governs.
pub fn policy_of(
    context: &Context,
    ledger: &mut Ledger,
    subject: &ApprovalSubject,
    named: Option<&str>,
    environment: Option<&str>,
) -> Result<Option<Digests>, Failure> {
    if let Some(text) = named {
        return match in_force(ledger, text)? {
            Some(adopted) => Ok(Some(adopted.document.digests)),
            None if Path::new(text).is_file() => hash(Path::new(text), &()).map(Some),
            None => Catalog::of(ledger).subject(text, &()).map(Some),
        };
    }
    let (ApprovalSubject::Artifact(subject), Some(environment)) = (subject, environment) else {
        return Ok(None);
    };
    let environment = parse::value("environment", environment)?;
    let found = governing(context, ledger, subject, &environment)?;
    Ok(found.map(|adopted| adopted.document.digests))
}

fn in_force(ledger: &mut Ledger, text: &str) -> Result<Option<Arc<Adopted>>, Failure> {
    let Ok(name) = text.parse::<Label>() else { return Ok(None) };
    let authority = ledger.state()?.authority();
    Ok(authority.and_then(|authority| authority.policy(&name)).map(Arc::clone))
}

/// What the gate would say now under the policy of an approval, in lines.
pub fn asked(
    context: &Context,
    ledger: &mut Ledger,
    approval: &Approval,
) -> Result<String, Failure> {
    let (ApprovalSubject::Artifact(subject), Some(environment)) =
        (&approval.subject, &approval.environment)
    else {
        return Ok(String::new());
    };
    let governing = ledger.governing(subject, environment, context.now()?)?;
    let same = |one: &&Governing| approval.policy == Some(one.adopted.document.digests);
    let Some(one) = governing.iter().find(same) else { return Ok(String::new()) };
    let (policy, version) = (one.adopted.policy(), one.adopted.version);
    let mode = policy.mode.word();
    let name = escape(policy.name.as_str());
    let mut text = format!("  asked by     {name}, version {version} ({mode}):\n");
    match &one.decision {
        Ok(decision) => {
            for result in &decision.results {
                text.push_str(&result_lines(result, policy, 4));
            }
        }
        Err(error) => {
            let said = Failure::from(error.clone()).error;
            text.push_str(&format!("    {}\n", escape(&said)));
        }
    }
    Ok(text)
}
