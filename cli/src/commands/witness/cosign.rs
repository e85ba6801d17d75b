//! `witness cosign`: a witness with a clone.

use ledgit_core::witness::cosigned_at;
use ledgit_store::witness::cosignatures;
use serde_json::json;

use super::{Identity, time_json};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Output, escape};

#[derive(Debug, clap::Args)]
pub struct Cosign {
    #[command(flatten)]
    identity: Identity,
}

impl Cosign {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let mut ledger = context.ledger()?;
        let (witness, policy, logs) = self.identity.open(context, Some(&mut ledger))?;
        let now = context.now()?.seconds();
        let cosigning = witness.cosign_head(&mut ledger, &logs, now)?;
        let head = ledger.checkpoint();
        let gathered = cosignatures(ledger.repository(), &cosigning.given.note, &policy)?;
        let (size, root, name) = (head.size, head.root.hex(), &cosigning.name);
        let vkey = witness.key().to_string();
        let before = match (cosigning.new, cosigning.before) {
            (false, _) => "cosigned before; nothing new".to_owned(),
            (true, Some(before)) => format!("extends the {before} entries cosigned before"),
            (true, None) => "the first that this witness cosigns of this log".to_owned(),
        };
        let quorum = if gathered.standing.is_met() { "met" } else { "not met" };
        let text = format!(
            "cosigned  {size} entries of {}\nroot      {root}\nproof     {before}\nwitness   {vkey}\nquorum    {quorum}\nnext      git push origin {name}\n",
            escape(&head.origin),
        );
        let json = json!({
            "schema": "ledgit.witness-cosign/1",
            "origin": head.origin,
            "size": size,
            "root": root,
            "before": cosigning.before,
            "new": cosigning.new,
            "vkey": vkey,
            "time": time_json(cosigned_at(&cosigning.given.line)),
            "ref": name,
            "met": gathered.standing.is_met(),
        });
        Ok(Output::new(text, json))
    }
}
