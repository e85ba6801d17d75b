//! `erase --apply`: what an erasure in effect takes away, here and at remotes.

use ledgit_core::authority::{Erased, Wanted};
use ledgit_core::retention::newest;
use ledgit_core::statement::Evidence;
use ledgit_store::git::Left;
use ledgit_store::ledger::{ErasedHere, Ledger, NamedEvidence, PATIENCE};
use serde_json::json;

use super::git::{Remote, collect, delete_at, reached};
use super::{authority, check_holds};
use crate::commands::changes::outcome;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Output, escape};

/// What no command can do, said each time.
const CLONES: &str = "clones that others made before keep what they have: ask them to fetch with --prune and to run git gc --prune=now; exported copies of a key open what they opened";

pub fn run(
    context: &Context,
    ledger: &mut Ledger,
    named: &NamedEvidence,
    (remotes, gc): (&[String], bool),
) -> Result<Output, Failure> {
    let Some(erased) = ledger.erasures()?.of(&named.evidence).cloned() else {
        return Err(not_in_effect(context, ledger, &named.evidence)?);
    };
    let erasing = ledger.begin_erasing(&erased, PATIENCE)?;
    let directory = ledger.repository().git_dir().to_owned();
    let delete = |name: &String| delete_at(&directory, name, &erasing);
    let remotes = remotes.iter().map(delete).collect::<Result<Vec<_>, _>>()?;
    let mut done =
        ledger.finish_erasing(&erasing, PATIENCE, |objects| reached(&directory, objects))?;
    if gc && !done.left.is_empty() {
        collect(&directory)?;
        let again =
            ledger.finish_erasing(&erasing, PATIENCE, |objects| reached(&directory, objects))?;
        (done.left, done.reached) = (again.left, again.reached);
    }
    Ok(told(&erased, &done, &remotes))
}

/// Why nothing is carried out: it was not asked for, a rule holds it, or somebody must agree.
fn not_in_effect(
    context: &Context,
    ledger: &mut Ledger,
    evidence: &Evidence,
) -> Result<Failure, Failure> {
    let sha256 = evidence.sha256;
    let asked = authority(ledger)?.open().iter().find_map(|(leaf, open)| match &open.wanted {
        Wanted::Erasure(erasure) if erasure.is_of(evidence) => {
            Some((*leaf, open.position, erasure.ground.clone()))
        }
        _ => None,
    });
    let Some((leaf, position, ground)) = asked else {
        let error = format!("nobody asked for the erasure of sha256:{}", sha256.hex());
        let hint = format!("ledgit erase sha256:{} --ground GROUND", sha256.hex());
        return Ok(Failure::new("LG3312", error).hint(hint));
    };
    if let Some(table) = newest() {
        let holds = ledger.holds(&sha256, &table.version)?;
        let clock = ledger.state()?.clock().max(Some(context.now()?));
        check_holds(evidence, &holds, &ground, clock)?;
    }
    let stands = outcome(ledger.state()?, &leaf).unwrap_or_default();
    let error = format!("the erasure of sha256:{} (entry {position}) is {stands}", sha256.hex());
    Ok(Failure::new("LG3312", error).hint(format!("ledgit approve {position}")))
}

fn told(erased: &Erased, done: &ErasedHere, remotes: &[Remote]) -> Output {
    let sha256 = erased.erasure.sha256.hex();
    let (position, since) = (erased.position, erased.since);
    let left = left(done);
    let whole = done.is_whole() && remotes.iter().all(|one| one.left.is_empty());
    let mut text = format!("erased      sha256:{sha256}\n");
    text.push_str(&format!("by          entry {position}, in effect since entry {since}\n"));
    text.push_str(&format!("here        {} refs deleted\n", done.refs));
    if done.keys > 0 {
        text.push_str(&format!(
            "key         {} destroyed: overwritten and removed; a copy-on-write file system, a snapshot or a flash disk may keep what was there\n",
            done.keys
        ));
    }
    left.iter().for_each(|one| text.push_str(&format!("LEFT        {}\n", escape(one))));
    for remote in remotes {
        let Remote { name, deleted, left } = remote;
        let name = escape(name);
        text.push_str(&format!(
            "remote      {name}: {deleted} refs deleted; its host keeps the objects until it prunes: git gc --prune=now there\n"
        ));
        left.iter()
            .for_each(|one| text.push_str(&format!("LEFT        {name}: {}\n", escape(one))));
    }
    text.push_str(&format!("elsewhere   {CLONES}\n"));
    let exit = if whole { 0 } else { 3 };
    let remotes = remotes
        .iter()
        .map(|one| json!({ "name": one.name, "refs_deleted": one.deleted, "left": one.left }));
    let json = json!({
        "schema": "ledgit.erase-apply/1",
        "sha256": sha256,
        "entry": position,
        "since": since,
        "refs_deleted": done.refs,
        "keys_destroyed": done.keys,
        "left": left,
        "remotes": remotes.collect::<Vec<_>>(),
        "elsewhere": CLONES,
        "exit": exit,
    });
    Output { text, json, exit }
}

/// What is left of it here, and what to do about it.
fn left(done: &ErasedHere) -> Vec<String> {
    let again = "ledgit erase --apply DIGEST --gc";
    let place = |one: &Left| match one {
        Left::Pack(path) => format!("{}, a pack that git made: {again}", path.display()),
        Left::Kept(path) => {
            format!("{}, which a .keep file keeps: remove that, then {again}", path.display())
        }
        Left::Large(path) => format!("{}, too large to be written anew: {again}", path.display()),
        Left::Elsewhere(id) => {
            format!("object {id}, in a repository that this one borrows objects from")
        }
    };
    let reached = done
        .reached
        .iter()
        .map(|id| format!("object {id}, which other refs reach: git log --all --find-object={id}"));
    done.left.iter().map(place).chain(reached).collect()
}
