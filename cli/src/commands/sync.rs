//! `sync`: take the authority's log over, hear what became of what was left, push the rest.

use ledgit_store::ledger::{LOG_REF, Ledger, LedgerError, PATIENCE, describe};
use ledgit_store::remote::Remote;
use ledgit_store::sync::{Refused, Synced, Waiting, sync};
use serde_json::{Value, json};

use super::clone::fetch;
use super::pending::statements_json;
use super::remotes::{authority, chosen};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Output, escape};

#[derive(Debug, clap::Args)]
pub struct Sync {
    /// Remote to exchange with: a name of git's, or an address
    #[arg(long)]
    remote: Option<String>,
}

impl Sync {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let repository = context.repository()?;
        let named = self.remote.as_deref();
        let mut ledger = match context.ledger() {
            Err(failure) if failure.code == "LG2002" => {
                first(context, &chosen(&repository, named)?)?
            }
            ledger => ledger?,
        };
        // What can't be judged here can be fetched all the same.
        let at = match (named, ledger.place()) {
            (None, Ok(place)) => authority(&repository, &place, None)?,
            _ => None,
        };
        let remote = at.map_or_else(|| chosen(&repository, named), Ok)?;
        let before = ledger.checkpoint().size;
        let synced = sync(&mut ledger, &remote, PATIENCE)?;
        Ok(told(&synced, &remote, before, ledger.checkpoint().size))
    }
}

/// The ledger in a clone that has none yet: there is nothing here that it must go on from.
fn first(context: &Context, remote: &Remote) -> Result<Ledger, Failure> {
    if !remote.refs()?.contains_key(LOG_REF) {
        return Err(LedgerError::NoLedgerThere(remote.name().to_owned()).into());
    }
    fetch(remote)?;
    context.ledger()
}

fn told(synced: &Synced, remote: &Remote, before: u64, size: u64) -> Output {
    let at = escape(remote.name());
    let mut text = match size - before {
        0 => format!("log       {size} entries, nothing new at {at}\n"),
        new => format!("log       {size} entries, {new} of them new from {at}\n"),
    };
    for (one, positions) in &synced.logged {
        for (signed, position) in one.statements.iter().zip(positions) {
            let said = escape(&describe(&signed.statement().body));
            text.push_str(&format!("logged    entry {position}, {said}\n"));
        }
    }
    for Refused { drop, refusal } in &synced.refused {
        text.push_str(&lines("refused", drop));
        for (code, reason) in &refusal.reasons {
            text.push_str(&format!("          {} [{}]\n", escape(reason), escape(code)));
        }
    }
    let vanished = |one: &Waiting| synced.vanished.contains(&one.name);
    for one in &synced.pushed {
        text.push_str(&lines(if vanished(one) { "vanished" } else { "pushed" }, one));
        if vanished(one) {
            text.push_str(
                "          it was pushed before and was gone; it is pushed again [LG3320]\n",
            );
        }
    }
    for one in &synced.pending {
        text.push_str(&lines("pending", one));
    }
    match synced.anchored {
        0 => {}
        1 => text.push_str("anchored  1 commit is kept alive there\n"),
        many => text.push_str(&format!("anchored  {many} commits are kept alive there\n")),
    }
    for commit in &synced.unpublished {
        text.push_str(&format!(
            "unpushed  code commit {commit} is at no branch of {at}; push it\n"
        ));
    }
    let exit = if synced.refused.is_empty() && synced.vanished.is_empty() { 0 } else { 3 };
    Output { exit, ..Output::new(text, json(synced, remote, size)) }
}

fn lines(word: &str, one: &Waiting) -> String {
    let line = |(at, said): (usize, String)| match at {
        0 => format!("{word:<10}{said}\n"),
        _ => format!("          {said}\n"),
    };
    let said = one.statements.iter().map(|signed| escape(&describe(&signed.statement().body)));
    said.enumerate().map(line).collect()
}

fn json(synced: &Synced, remote: &Remote, size: u64) -> Value {
    let plain = |one: &Waiting| json!({ "drop": one.name.hex(), "statements": statements_json(&one.statements) });
    let with = |one: &Waiting, key: &str, value: Value| {
        let mut plain = plain(one);
        plain[key] = value;
        plain
    };
    let logged =
        synced.logged.iter().map(|(one, positions)| with(one, "positions", json!(positions)));
    let refused = synced.refused.iter().map(|Refused { drop, refusal }| {
        let reasons = refusal.reasons.iter();
        let reasons = reasons.map(|(code, text)| json!({ "code": code, "text": text }));
        with(drop, "reasons", reasons.collect())
    });
    json!({
        "schema": "ledgit.sync/1",
        "remote": remote.name(),
        "size": size,
        "new": synced.fetched,
        "logged": logged.collect::<Vec<_>>(),
        "refused": refused.collect::<Vec<_>>(),
        "pushed": synced.pushed.iter().map(plain).collect::<Vec<_>>(),
        "pending": synced.pending.iter().map(plain).collect::<Vec<_>>(),
        "vanished": synced.vanished.iter().map(|name| name.hex()).collect::<Vec<_>>(),
        "anchored": synced.anchored,
        "unpublished": synced.unpublished.iter().map(|id| id.hex()).collect::<Vec<_>>(),
    })
}
