//! An answer, checked by somebody who has nothing but the log's key (C-24).

use ledgit_core::bundle::Answer;
use ledgit_core::limits;
use serde_json::json;

use super::Check;
use crate::failure::Failure;
use crate::output::{Output, escape};
use crate::parse::read_up_to;
use crate::render::answer::{conditions, conditions_json, count, found_json, lines, window};

impl Check {
    /// Whether what an answer lists is all that there is.
    pub(super) fn answer(&self) -> Result<Output, Failure> {
        if self.signer.is_some() || self.file.is_some() || self.row.is_some() {
            let error =
                "--signer, --file and --row are of proofs; an answer holds its authors' keys";
            return Err(Failure::usage(error).hint("ledgit check FILE --vkey VKEY"));
        }
        let bytes = read_up_to(&self.name, limits::ANSWER_BYTES + 1)?;
        let key = self.key()?;
        let refused = |why: &dyn std::fmt::Display| {
            Failure::new("LG1604", format!("{}: {why}", self.name.display()))
        };
        let answer = Answer::parse(&bytes).map_err(|error| refused(&error))?;
        let checked = answer.check(&key).map_err(|error| refused(&error))?;
        let (found, head) = (&checked.found, &checked.checkpoint);
        let mut text = format!(
            "log        {}, {} entries\nledger     {}\nasked for  {}\n\n{}",
            escape(&head.origin),
            head.size,
            checked.ledger.audience(),
            conditions(&answer.query),
            lines(found),
        );
        let (size, root) = (head.size, head.root.hex());
        text.push_str(&format!(
            "COMPLETE{}: {}, every one between positions {} and {} of a log of {size} entries at root {root}\n",
            window(found),
            count(found),
            found.first,
            found.end - 1,
        ));
        text.push_str("signatures of their authors: ok, under the keys that the answer holds\n");
        text.push_str(
            "not shown: whose keys these are, whether they were in force, what was logged later,\n",
        );
        text.push_str("           and that the log's clock never ran backwards outside (ledgit verify shows it)\n");
        let json = json!({
            "schema": "ledgit.check-answer/1",
            "verdict": "complete",
            "origin": head.origin,
            "ledger": checked.ledger.audience(),
            "size": size,
            "root": root,
            "query": conditions_json(&answer.query),
            "found": found_json(found),
        });
        Ok(Output::new(text, json))
    }
}
