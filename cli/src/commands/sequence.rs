//! `sequence`: what the holder of the log key runs.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ledgit_store::git::INBOX_PREFIX;
use ledgit_store::ledger::{Ledger, LedgerError, PATIENCE};
use ledgit_store::remote::{Remote, Update};
use ledgit_store::sync::{Consult, Order, Sequenced, sequence};
use ledgit_store::witness::WITNESS_PREFIX;
use serde_json::json;

use super::remotes::authority;
use super::submit::log_keys;
use super::witness::add::{ask_all, confirm};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Output, escape, tell};

/// Seconds between two checkpoints over Git, where nothing else is asked for: hosts advise at most six
/// pushes a minute, and one checkpoint takes two.
const EVERY: u64 = 60;

#[derive(Debug, clap::Args)]
pub struct Sequence {
    /// Go on until it is stopped
    #[arg(long)]
    watch: bool,
    /// Seconds from one checkpoint to the next, at least [default: 60 at a remote, 1 here]
    #[arg(long, value_name = "SECONDS")]
    every: Option<u64>,
    /// Remote that is the authority, where it has several addresses: a name of git's
    #[arg(long)]
    remote: Option<String>,
    /// Policy (C2SP tlog-policy) of witnesses: they are asked before anything is signed whether they know a
    /// longer log, and to cosign what is
    #[arg(long, value_name = "FILE")]
    witness_policy: Option<PathBuf>,
}

impl Sequence {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let mut ledger = context.ledger()?;
        let remote = self.place(&mut ledger)?;
        log_keys(&mut ledger)?;
        let least = if remote.is_some() { EVERY } else { 1 };
        let every = Duration::from_secs(self.every.unwrap_or(least));
        if waits(&ledger, remote.as_ref())? {
            self.wait_for_the_last(context, &mut ledger, every)?;
        }
        loop {
            let began = Instant::now();
            let run = self.run_once(context, &mut ledger, remote.as_ref());
            if !self.watch {
                return run.map(|run| told(&run, &ledger));
            }
            match run {
                Ok(run) if is_quiet(&run) => {}
                Ok(run) => drop(told(&run, &ledger).print(context.format)),
                // Busy, or the network: the next run may do better. All else is for a person.
                Err(failure) if failure.exit == 75 || failure.code == "LG2060" => {
                    tell(&format!("note: {} [{}]", escape(&failure.error), failure.code));
                }
                Err(failure) => return Err(failure),
            }
            std::thread::sleep(
                every.saturating_sub(began.elapsed()).max(Duration::from_millis(100)),
            );
        }
    }

    /// Where the log is ordered: at a remote, or here.
    fn place(&self, ledger: &mut Ledger) -> Result<Option<Remote>, Failure> {
        if ledger.orders_here()? {
            return match &self.remote {
                None => Ok(None),
                Some(_) => {
                    Err(Failure::usage("this repository orders the log itself; leave --remote out"))
                }
            };
        }
        let place = ledger.place()?;
        match authority(ledger.repository(), &place, self.remote.as_deref())? {
            Some(remote) => Ok(Some(remote)),
            None => Err(ledger.orders().err().unwrap_or(LedgerError::NotAuthority).into()),
        }
    }

    fn run_once(
        &self,
        context: &Context,
        ledger: &mut Ledger,
        remote: Option<&Remote>,
    ) -> Result<Sequenced, Failure> {
        let log_keys = log_keys(ledger)?;
        let refused = RefCell::new(None);
        let ask = |ledger: &mut Ledger| {
            let Some(policy) = &self.witness_policy else { return Ok(()) };
            confirm(ledger, policy).map_err(|failure| {
                let stopped = LedgerError::Stopped(failure.error.clone());
                *refused.borrow_mut() = Some(failure);
                stopped
            })
        };
        let consult = self.witness_policy.is_some().then_some(&ask as Consult<'_>);
        let (now, patience) = (context.now()?, PATIENCE);
        let order = Order { remote, log_keys: &log_keys, now, patience, consult };
        let run = sequence(ledger, &order);
        if let Some(mut failure) = refused.take() {
            failure.error = format!("nothing was signed: {}", failure.error);
            return Err(failure);
        }
        let run = run?;
        if let Some(policy) = &self.witness_policy {
            cosign(context, ledger, policy, remote);
        }
        Ok(run)
    }

    /// A run that comes too soon after the last checkpoint waits: what comes meanwhile goes with it.
    fn wait_for_the_last(
        &self,
        context: &Context,
        ledger: &mut Ledger,
        every: Duration,
    ) -> Result<(), Failure> {
        let now = context.now()?.seconds();
        let last = ledger.state()?.clock().map_or(0, |clock| clock.seconds());
        let since = Duration::from_secs(now.saturating_sub(last));
        let wait = every.saturating_sub(since);
        if self.every.is_none() && every > Duration::from_secs(1) && !wait.is_zero() {
            let seconds = wait.as_secs();
            context.note(&format!(
                "note: the last checkpoint is young; waiting {seconds} s (--every 0 does not wait)"
            ));
            std::thread::sleep(wait);
        }
        Ok(())
    }
}

/// Whether anything is to be ordered.
fn waits(ledger: &Ledger, remote: Option<&Remote>) -> Result<bool, Failure> {
    let here = !ledger.repository().refs_under(INBOX_PREFIX)?.is_empty();
    let Some(remote) = remote.filter(|_| !here) else { return Ok(here) };
    Ok(remote.refs()?.keys().any(|name| name.starts_with(INBOX_PREFIX)))
}

/// Has the new head cosigned, and the cosignatures where the log is. What fails is done by the next run.
fn cosign(context: &Context, ledger: &mut Ledger, policy: &Path, remote: Option<&Remote>) {
    let told = ask_all(context, ledger, policy).and_then(|told| {
        if let Some(remote) = remote {
            push_cosignatures(ledger, remote)?;
        }
        Ok(told)
    });
    match told {
        Ok(told) if told.exit == 0 => {}
        Ok(told) => tell(&format!("note: {}", escape(told.text.trim_end()))),
        Err(failure) => tell(&format!("note: {} [{}]", escape(&failure.error), failure.code)),
    }
}

fn push_cosignatures(ledger: &Ledger, remote: &Remote) -> Result<(), Failure> {
    let there = remote.refs()?;
    let own = ledger.repository().refs_under(WITNESS_PREFIX)?.into_iter();
    let updates: Vec<_> = own
        .map(|(name, to)| Update { from: there.get(&name).copied(), name, to: Some(to) })
        .filter(|update| update.from != update.to)
        .collect();
    remote.push(&updates, false)?;
    Ok(())
}

fn is_quiet(run: &Sequenced) -> bool {
    run.logged.is_empty() && run.refused.is_empty() && run.held.is_empty()
}

fn told(run: &Sequenced, ledger: &Ledger) -> Output {
    let checkpoint = ledger.checkpoint();
    let many =
        |count: u64, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let new: Vec<_> = run.logged.iter().filter(|one| !one.before).collect();
    let statements: u64 = new.iter().map(|one| one.positions.len() as u64).sum();
    let mut text = match new.len() as u64 {
        0 => "logged    nothing new\n".to_owned(),
        drops => {
            format!("logged    {} from {}\n", many(statements, "statement"), many(drops, "drop"))
        }
    };
    for refusal in &run.refused {
        text.push_str(&format!("refused   drop {}\n", refusal.drop.hex()));
        for (code, reason) in &refusal.reasons {
            text.push_str(&format!("          {} [{}]\n", escape(reason), escape(code)));
        }
    }
    for (drop, why) in &run.held {
        let ahead = if run.ahead.contains(drop) { " [LG3321]" } else { "" };
        text.push_str(&format!(
            "waits     drop {}\n          {}{ahead}\n",
            drop.hex(),
            escape(why)
        ));
    }
    if run.left > 0 {
        text.push_str(&format!("left      {} for the next run\n", many(run.left, "drop")));
    }
    let (size, root) = (checkpoint.size, checkpoint.root.hex());
    text.push_str(&format!("log       {size} entries · root {}\n", super::catalog::short(&root)));
    let json = json!({
        "schema": "ledgit.sequence/1",
        "size": size,
        "root": root,
        "logged": run.logged.iter().map(|one| json!({
            "drop": one.name.hex(), "positions": one.positions, "new": !one.before,
        })).collect::<Vec<_>>(),
        "refused": run.refused.iter().map(|one| json!({
            "drop": one.drop.hex(),
            "reasons": one.reasons.iter()
                .map(|(code, text)| json!({ "code": code, "text": text })).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "held": run.held.iter().map(|(drop, why)| json!({
            "drop": drop.hex(), "why": why, "ahead": run.ahead.contains(drop),
        })).collect::<Vec<_>>(),
        "left": run.left,
    });
    let exit = if run.ahead.is_empty() { 0 } else { 3 };
    Output { exit, ..Output::new(text, json) }
}
