//! `check` of a file of two heads: whether the log contradicted itself (W-16).

use ledgit_core::checkpoint::Checkpoint;
use ledgit_core::limits;
use ledgit_core::witness::Misbehaviour;
use serde_json::{Value, json};

use super::Check;
use crate::failure::Failure;
use crate::output::{Output, escape};
use crate::parse::read_up_to;

impl Check {
    pub(super) fn heads(&self) -> Result<Output, Failure> {
        if self.row.is_some() {
            let error = "--row is of a bill, and this is a file of two heads";
            return Err(Failure::usage(error).hint("ledgit check FILE --vkey VKEY"));
        }
        let bytes = read_up_to(&self.name, 3 * limits::NOTE_BYTES)?;
        let keys = self.keys()?;
        let refused = |error: ledgit_core::witness::MisbehaviourError| {
            Failure::new("LG1603", format!("{}: {error}", self.name.display()))
        };
        let shown = Misbehaviour::parse(&bytes).and_then(|file| file.check(&keys));
        let shown = shown.map_err(refused)?;
        let origin = escape(&shown.first.origin);
        let mut text = format!("log        {origin}\n");
        text.push_str(&head("first", &shown.first));
        text.push_str(&head("second", &shown.second));
        if let Some(root) = &shown.contradicts {
            let size = shown.first.size;
            text.push_str(&format!("{:<11}{size} entries, root {}\n", "of second", root.hex()));
            text.push_str("\nPROVEN: the log signed both, and no log can have both\n");
        } else {
            text.push_str(
                "\nUNDECIDED: the log signed both; whether the second continues the first is not shown\n",
            );
        }
        let one = |head: &Checkpoint| json!({ "size": head.size, "root": head.root.hex() });
        let proven = shown.contradicts.is_some();
        let exit = if proven { 0 } else { 4 };
        let json: Value = json!({
            "schema": "ledgit.check-heads/1",
            "verdict": if proven { "proven" } else { "undecided" },
            "exit": exit,
            "origin": shown.first.origin,
            "first": one(&shown.first),
            "second": one(&shown.second),
            "contradicts": shown.contradicts.map(|root| root.hex()),
        });
        Ok(Output { text, json, exit })
    }
}

fn head(which: &str, head: &Checkpoint) -> String {
    format!("{which:<11}{} entries, root {}, signed by the log\n", head.size, head.root.hex())
}
