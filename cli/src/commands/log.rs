//! `log`: the entries, newest last.

use ledgit_core::statement::Signed;
use serde_json::json;

use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;
use crate::render::{entry_json, line};

#[derive(Debug, clap::Args)]
pub struct Log {
    /// How many of the last entries
    #[arg(long, short = 'n', default_value_t = 50)]
    count: u64,
    /// All entries
    #[arg(long)]
    all: bool,
    /// Only statements by this person or service
    #[arg(long, value_name = "ID")]
    by: Option<String>,
    /// Only this kind
    #[arg(long)]
    kind: Option<String>,
    /// The log's own time statements, too
    #[arg(long)]
    times: bool,
}

impl Log {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let ledger = context.ledger()?;
        let log = ledger.log()?;
        let from =
            if self.all || self.filters() { 0 } else { log.size().saturating_sub(self.count) };
        let (mut text, mut entries, mut unreadable) = (String::new(), Vec::new(), Vec::new());
        log.each(from, |position, bytes| {
            let Ok(signed) = Signed::decode(&bytes) else {
                text.push_str(&format!("{position:>6}  not a statement; run: ledgit verify\n"));
                unreadable.push(position);
                return Ok(());
            };
            if self.wants(&signed) {
                text.push_str(&line(position, &signed));
                entries.push(entry_json(position, &signed));
            }
            Ok::<_, Failure>(())
        })?;
        let json = json!({
            "schema": "ledgit.log/1",
            "size": log.size(),
            "entries": entries,
            "unreadable": unreadable,
        });
        Ok(Output::new(text, json))
    }

    fn filters(&self) -> bool {
        self.by.is_some() || self.kind.is_some()
    }

    fn wants(&self, signed: &Signed) -> bool {
        let (envelope, kind) =
            (&signed.statement().envelope, signed.statement().body.kind().name());
        let time = kind == "time" && !self.times && self.kind.as_deref() != Some("time");
        !time
            && self.by.as_ref().is_none_or(|by| *by == envelope.iss)
            && self.kind.as_ref().is_none_or(|wanted| wanted == kind)
    }
}
