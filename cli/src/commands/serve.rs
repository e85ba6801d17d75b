//! `serve`: the ledger over HTTP (`spec/serve.md`).

use std::sync::Arc;

use ledgit_core::checkpoint::{NoteKeyKind, VerifierKey};
use ledgit_core::limits;
use ledgit_store::ledger::LedgerError;
use serde_json::json;

use super::submit::ordering_keys;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Output, escape};
use crate::serve::{Settings, start};

#[derive(Debug, clap::Args)]
pub struct Serve {
    /// Address and port, such as 127.0.0.1:7380; port 0 takes a free one. For https stand a proxy before it
    #[arg(long, value_name = "ADDR")]
    listen: String,
    /// The URL that clients reach it under, which answers name places by
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// How many submissions may wait for the writer; the next one is told to come back
    #[arg(long, value_name = "N", default_value_t = limits::SERVE_QUEUE)]
    queue: usize,
}

impl Serve {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let base = self.url.as_deref().unwrap_or_default();
        let base = base.strip_suffix('/').unwrap_or(base);
        let plain = |byte: u8| byte.is_ascii_graphic();
        let is_url = base.starts_with("http://") || base.starts_with("https://");
        let is_good = base.is_empty() || is_url && base.bytes().all(plain);
        if !is_good {
            return Err(Failure::usage("--url is a URL that begins with http:// or https://"));
        }
        if !(1..=limits::SERVE_QUEUE).contains(&self.queue) {
            let error = format!("--queue is from 1 to {}", limits::SERVE_QUEUE);
            return Err(Failure::usage(&error));
        }
        let mut ledger = context.ledger()?;
        let log_keys = match ordering_keys(&mut ledger)? {
            Some(keys) => Ok(Arc::new(keys)),
            None => Err("this repository does not order the log, or has no log key".to_owned()),
        };
        drop(ledger);
        let logs = log_keys.is_ok();
        let settings =
            Settings { listen: self.listen, base: base.to_owned(), queue: self.queue, log_keys };
        let running = start(context, settings)?;
        let head = &running.published;
        let vkey = VerifierKey::new(head.origin.as_str(), NoteKeyKind::Ed25519, head.log_key);
        let vkey = vkey.map_err(|_| LedgerError::Internal("the origin is no name of a key"))?;
        let (address, size) = (running.address.to_string(), head.checkpoint.size);
        let (origin, ledger) = (head.origin.as_str(), head.ledger.audience());
        let what =
            if logs { "appends and reads" } else { "reads alone: this is not the authority" };
        let text = format!(
            "listens  {address}\nlog      {}\nledger   {ledger}\nlog key  {vkey}\nentries  {size}\nserves   {what}\n",
            escape(origin)
        );
        let json = json!({
            "schema": "ledgit.serve/1",
            "address": address,
            "origin": origin,
            "ledger": ledger,
            "vkey": vkey.to_string(),
            "size": size,
            "logs": logs,
        });
        Output::new(text, json).print(context.format);
        running.serve(context)?;
        // The result was printed when it began to listen.
        std::process::exit(0);
    }
}
