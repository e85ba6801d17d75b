//! `witness add`: the log asks its witnesses for cosignatures (W-32, W-33).

use std::path::{Path, PathBuf};

use ledgit_core::checkpoint::{SignedNote, VerifierKey};
use ledgit_core::witness::{
    Cosigned, LogSigned, Policy, PolicyWitness, cosigned_at, take_cosignatures,
};
use ledgit_store::durable::Writer;
use ledgit_store::ledger::Ledger;
use ledgit_store::witness::{
    AskError, FoundNote, Gathered, ask, check_cosigned, cosignatures, found, last_by, publish,
    refuse_keys_of,
};
use serde_json::{Value, json};

use super::carrier::{Carrier, is_carried};
use super::{read_policy, time_json};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Output, escape};

#[derive(Debug, clap::Args)]
pub struct Add {
    /// Policy (C2SP tlog-policy) that names the witnesses, their URLs and the quorum
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
}

/// What came of one witness.
struct Outcome {
    state: &'static str,
    code: Option<&'static str>,
    message: Option<String>,
    time: Option<u64>,
    name: Option<String>,
}

impl Outcome {
    fn cosigned(state: &'static str, time: Option<u64>, name: Option<String>) -> Self {
        Self { state, code: None, message: None, time, name }
    }

    fn not_asked(why: &str) -> Self {
        let message = Some(why.to_owned());
        Self { state: "not-asked", code: None, message, time: None, name: None }
    }

    fn failed(failure: Failure) -> Self {
        let (code, message) = (Some(failure.code), Some(failure.error));
        Self { state: "failed", code, message, time: None, name: None }
    }
}

impl Add {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        ask_all(context, &mut context.ledger()?, &self.policy)
    }
}

/// Asks every witness of a policy to cosign the newest head.
pub fn ask_all(context: &Context, ledger: &mut Ledger, path: &Path) -> Result<Output, Failure> {
    let policy = read_policy(path)?;
    let note = SignedNote::parse(ledger.note())
        .map_err(|error| Failure::new("LG1303", error.to_string()))?;
    let before = cosignatures(ledger.repository(), &note, &policy)?;
    if let LogSigned::No(why) = &before.standing.log {
        let error = format!("{} is not for this log: {why}", path.display());
        return Err(Failure::new("LG2063", error).hint("ledgit status prints its key"));
    }
    for key in policy.witness_keys() {
        refuse_keys_of(ledger, key.public_key())?;
    }
    let asking = Asking {
        found: found(ledger.repository())?,
        writer: Writer::default(),
        carrier: Carrier::new(),
        now: context.now()?.seconds(),
        ledger,
    };
    let counted = policy.witnesses.iter().zip(&before.standing.witnesses);
    let outcomes: Vec<Outcome> =
        counted.map(|(witness, before)| asking.one(witness, before.cosigned)).collect();
    let after = cosignatures(asking.ledger.repository(), &note, &policy)?;
    Ok(report(asking.ledger, &policy, &outcomes, &after))
}

/// What is needed to ask one witness after the other.
struct Asking<'a> {
    ledger: &'a Ledger,
    found: Vec<FoundNote>,
    writer: Writer,
    carrier: Carrier,
    now: u64,
}

impl Asking<'_> {
    fn one(&self, witness: &PolicyWitness, before: Cosigned) -> Outcome {
        let Some(key) = witness.key.verified() else {
            return Outcome::not_asked("not verified: ML-DSA-44");
        };
        if let Cosigned::Yes(time) = before {
            return Outcome::cosigned("already", Some(time), None);
        }
        let last = last_by(&self.found, key, &self.ledger.checkpoint().origin);
        let kept = last.as_ref().map_or(Ok(()), |last| check_cosigned(self.ledger, last));
        if let Err(error) = kept {
            return Outcome::failed(error.into());
        }
        let from = last.map_or(0, |last| last.size);
        match witness.url.as_deref() {
            None => Outcome::not_asked("the policy has no URL of it"),
            Some(url) if !is_carried(url) => {
                Outcome::not_asked("its URL is neither http nor https")
            }
            Some(url) => self.ask(key, url, from).unwrap_or_else(Outcome::failed),
        }
    }

    fn ask(&self, key: &VerifierKey, url: &str, from: u64) -> Result<Outcome, Failure> {
        let asked = ask(self.ledger, key, url, from, &self.carrier).map_err(failure)?;
        let (repository, time) = (self.ledger.repository(), cosigned_at(&asked.line));
        let name = publish(repository, &self.writer, key, &asked.note, self.now)?;
        Ok(Outcome::cosigned("cosigned", time, Some(name)))
    }
}

/// Asks every witness about the newest head, also one that cosigned it: it may have seen more since.
/// Nothing is kept.
///
/// # Errors
/// What a witness saw contradicts the log, or is past it; or the quorum does not confirm the head.
pub fn confirm(ledger: &Ledger, path: &Path) -> Result<(), Failure> {
    let (policy, carrier) = (read_policy(path)?, Carrier::new());
    let mut note = SignedNote::parse(ledger.note())
        .map_err(|error| Failure::new("LG1303", error.to_string()))?;
    let (found, mut why) = (found(ledger.repository())?, Vec::new());
    for witness in &policy.witnesses {
        let url = witness.url.as_deref().filter(|url| is_carried(url));
        let (Some(key), Some(url)) = (witness.key.verified(), url) else { continue };
        let last = last_by(&found, key, &ledger.checkpoint().origin);
        if let Some(last) = &last {
            check_cosigned(ledger, last)?;
        }
        match ask(ledger, key, url, last.map_or(0, |last| last.size), &carrier) {
            Ok(asked) => {
                take_cosignatures(&mut note, asked.note.signatures(), policy.witness_keys());
            }
            Err(AskError::Log(error)) => return Err(error.into()),
            Err(error) => why.push(format!("{}: {error}", witness.name)),
        }
    }
    if policy.standing(&note).is_met() {
        return Ok(());
    }
    let error = format!("the quorum of witnesses does not confirm the log; {}", why.join("; "));
    let hint = format!("ledgit witness add --policy {}", path.display());
    Err(Failure::new("LG4012", error.trim_end_matches("; ")).hint(hint))
}

fn failure(error: AskError) -> Failure {
    match error {
        AskError::Log(error) => error.into(),
        other => Failure::new("LG2064", other.to_string()),
    }
}

fn report(ledger: &Ledger, policy: &Policy, outcomes: &[Outcome], after: &Gathered) -> Output {
    let (head, met) = (ledger.checkpoint(), after.standing.is_met());
    let seen = outcomes.iter().filter_map(|one| one.code).find(|code| code.starts_with("LG1"));
    let code = seen.or(if met { None } else { Some("LG4012") });
    let exit = code.map_or(0, |code| Failure::new(code, "").exit);
    let mut text = format!("checkpoint  {} entries of {}\n", head.size, escape(&head.origin));
    for (witness, one) in policy.witnesses.iter().zip(outcomes) {
        text.push_str(&line(witness, one));
    }
    for (name, why) in &after.unread {
        text.push_str(&format!("unread      {}: {}\n", escape(name), escape(why)));
    }
    let quorum = policy.quorum.and_then(|quorum| policy.name(quorum));
    let quorum = quorum.map_or("none".to_owned(), ToString::to_string);
    let shown = if met { "met" } else { "not met" };
    let code_shown = code.map(|code| format!(" [{code}]")).unwrap_or_default();
    text.push_str(&format!("quorum      {}: {shown}{code_shown}\n", escape(&quorum)));
    let witnesses = policy.witnesses.iter().zip(outcomes).map(|(witness, one)| json(witness, one));
    let unread = after.unread.iter().map(|(name, why)| json!({ "ref": name, "message": why }));
    let json = json!({
        "schema": "ledgit.witness-add/1",
        "origin": head.origin,
        "size": head.size,
        "root": head.root.hex(),
        "quorum": quorum,
        "met": met,
        "code": code,
        "exit": exit,
        "witnesses": witnesses.collect::<Vec<_>>(),
        "unread": unread.collect::<Vec<_>>(),
    });
    Output { text, json, exit }
}

fn line(witness: &PolicyWitness, one: &Outcome) -> String {
    let name = escape(&witness.name.to_string());
    let said = one.message.as_deref().map(|why| format!(": {}", escape(why))).unwrap_or_default();
    let code = one.code.map(|code| format!(" [{code}]")).unwrap_or_default();
    format!("witness     {name}  {}{said}{code}\n", one.state)
}

fn json(witness: &PolicyWitness, one: &Outcome) -> Value {
    json!({
        "name": witness.name.to_string(),
        "key": witness.key.name(),
        "url": witness.url,
        "state": one.state,
        "code": one.code,
        "message": one.message,
        "time": time_json(one.time),
        "ref": one.name,
    })
}
