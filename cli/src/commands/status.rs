//! `status`: what the ledger is and where it stands. Nothing is verified.

use ledgit_core::statement::{AuthorityPlace, PrincipalKind};
use ledgit_store::ledger::repository_id;
use ledgit_store::sync::waiting;
use serde_json::json;

use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Output, escape};
use crate::render::place;

#[derive(Debug, clap::Args)]
pub struct Status {}

impl Status {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let mut ledger = context.ledger()?;
        let id = ledger.log()?.ledger()?;
        let waiting = waiting(ledger.repository())?;
        let remembered = ledger.memory().verified(&id)?;
        let (head, checkpoint) = (ledger.head(), ledger.checkpoint().clone());
        let here = repository_id(ledger.repository())?;
        let state = ledger.state()?;
        let authority = state.authority().ok_or_else(|| Failure::internal("no genesis"))?;
        let vkey = state.verifier_key().map(|key| key.to_string()).unwrap_or_default();
        let accepted: Vec<&str> = authority.accepted().map(|id| id.as_str()).collect();
        let founding = authority.is_founding();
        let members = authority.roster().members.values();
        let count = |kind| members.clone().filter(|one| one.kind == kind).count() as u64;
        let (persons, services) = (count(PrincipalKind::Person), count(PrincipalKind::Service));
        let many =
            |count: u64, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
        let (version, open) = (authority.in_force().version, authority.open().len());
        let mut roster = format!("{}, {}", many(persons, "person"), many(services, "service"));
        if version > 0 {
            roster.push_str(&format!(" (roster {version})"));
        }
        if open > 0 {
            let what = many(open as u64, "change");
            roster.push_str(&format!("; {what} proposed: ledgit roster status"));
        }
        let clock = state.clock().map(|clock| clock.to_string());
        let stage = match founding {
            true => format!(
                "founding: {} of {} founders have accepted",
                accepted.len(),
                authority.threshold()
            ),
            false => "founded".to_owned(),
        };
        let verified = match &remembered {
            Some(head) => format!("up to {} entries, on this machine", head.size()),
            None => "never on this machine; run: ledgit verify".to_owned(),
        };
        let (pushed, waits) =
            (waiting.iter().filter(|one| one.pushed).count() as u64, waiting.len() as u64);
        let pending = match waits {
            0 => String::new(),
            waits => {
                format!("pending   {}, {pushed} of them pushed: ledgit sync\n", many(waits, "drop"))
            }
        };
        let in_force = authority.place();
        let ordered = match in_force {
            AuthorityPlace::Repository(one) if here == Some(one.id) => "this repository".to_owned(),
            other => escape(&place::describe(other)),
        };
        let root = checkpoint.root.hex();
        let text = format!(
            "ledger    {}\norigin    {}\nentries   {}\nroot      {root}\nlog key   {vkey}\nclock     {}\nroster    {roster}\nauthority {ordered}\nstage     {stage}\nverified  {verified}\n{pending}",
            id.audience(),
            checkpoint.origin,
            checkpoint.size,
            clock.as_deref().unwrap_or("none"),
        );
        let json = json!({
            "schema": "ledgit.status/1",
            "origin": checkpoint.origin,
            "ledger": id.audience(),
            "genesis": id.hex(),
            "size": checkpoint.size,
            "root": root,
            "vkey": vkey,
            "clock": clock,
            "commit": head.hex(),
            "founding": founding,
            "accepted": accepted,
            "threshold": authority.threshold(),
            "persons": persons,
            "services": services,
            "roster": version,
            "open": open,
            "authority": place::json(in_force),
            "pending": waits,
            "verified": remembered.map(|head| head.size()),
        });
        Ok(Output::new(text, json))
    }
}
