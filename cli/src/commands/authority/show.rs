//! `authority`: which one is in force, whether it is here, and what is proposed.

use ledgit_core::authority::{Authority, ChangeKind};
use ledgit_core::digest::to_hex;
use ledgit_core::statement::AuthorityPlace;
use ledgit_store::keys::has_log_keys;
use ledgit_store::ledger::{DIRECTORY, repository_id};
use serde_json::json;

use crate::commands::changes::{OpenChange, change_json, effect, listed, open, progress};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Output, escape};
use crate::render::place;

/// Since when an authority is in force.
struct Since {
    /// The proposal of it, or the genesis.
    proposed: u64,
    /// The vote that brought it into force; the genesis' own.
    entry: u64,
}

impl Since {
    fn of(authority: &Authority) -> Self {
        let by = authority.authority_by();
        let enacted = authority.enacted().iter().find(|one| one.leaf == by);
        let (proposed, entry) = enacted.map_or((0, 0), |one| (one.proposed, one.position));
        Self { proposed, entry }
    }
}

pub fn run(context: &Context) -> Result<Output, Failure> {
    let mut ledger = context.ledger()?;
    let repository = repository_id(ledger.repository())?;
    let log_key = has_log_keys(&ledger.repository().common_dir().join(DIRECTORY));
    let here = ledger.orders_here()?;
    let state = ledger.state()?;
    let authority = state.authority().ok_or_else(|| Failure::internal("no genesis"))?;
    let (in_force, since) = (authority.place(), Since::of(authority));
    let wanted = |one: &OpenChange<'_>| one.open.wanted.kind() == ChangeKind::Authority;
    let proposed: Vec<_> = open(state).into_iter().filter(wanted).collect();
    let mut text = format!("authority  {}\n", escape(&place::describe(in_force)));
    text.push_str(&match since.entry {
        0 => "since      the genesis\n".to_owned(),
        entry => format!("since      entry {entry}, proposed with entry {}\n", since.proposed),
    });
    text.push_str(&format!("here       {}\n", whether(here, in_force)));
    text.push_str(&format!("log key    {}\n", if log_key { "here" } else { "not here" }));
    if here && !log_key {
        text.push_str("next       copy ledgit/log-key here from the Git directory that had it,\n");
        text.push_str("           or: ledgit key rotate-log --approve-with KEY\n");
    }
    if proposed.is_empty() {
        text.push_str("proposed   nothing\n");
    }
    for one in &proposed {
        let (position, by) = (one.open.position, &one.open.by);
        text.push_str(&format!("\nentry {position}  proposed by {by}\n"));
        text.push_str(&listed(&effect(state, &one.open.wanted), 2));
        for (name, said) in progress(&one.tally) {
            text.push_str(&format!("  {name:<10}{said}\n"));
        }
        text.push_str(&format!("  next      ledgit approve {position}\n"));
    }
    let json = json!({
        "schema": "ledgit.authority/1",
        "authority": place::json(in_force),
        "proposed": since.proposed,
        "entry": since.entry,
        "proposal": authority.authority_by().hex(),
        "here": here,
        "repository": repository.map(|id| to_hex(&id)),
        "log_key": log_key,
        "open": proposed.iter().map(|one| change_json(state, one)).collect::<Vec<_>>(),
    });
    Ok(Output::new(text, json))
}

fn whether(here: bool, place: &AuthorityPlace) -> &'static str {
    match (here, place) {
        (true, _) => "yes: this repository orders the log",
        (false, AuthorityPlace::Remote(_)) => "no: the remote decides, and no repository by itself",
        (false, _) => "no: another repository orders the log",
    }
}
