//! `record`: one thing, or several from a JSON document, all or none.

mod build;
mod document;
mod known;
mod money;
mod to;

use std::path::PathBuf;

use ledgit_core::statement::{Body, Signed};
use ledgit_store::files::KnownFiles;
use ledgit_store::git::InboxDrop;
use ledgit_store::ledger::{Ledger, Receipt, describe};
use serde_json::json;

use super::catalog::Catalog;
use super::items::Item;
use super::pending::Pending;
use super::private::Gathered;
use super::submit::{Author, Extras, Submitted, rehearse, sign, submit};
use crate::ci::{self, Asked, Claim};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Output, escape};
use crate::render::{entry_json, said_json};
use build::Builder;
pub use build::attachment;

#[derive(Debug, clap::Args)]
#[command(subcommand_negates_reqs = true, args_conflicts_with_subcommands = false)]
pub struct Record {
    /// JSON document that says what to record, all of it or nothing; - for stdin
    #[arg(long, value_name = "FILE.json", required = true)]
    from: Option<PathBuf>,
    /// SSH key that signs: a file, or the public key of one in the agent
    #[arg(long, global = true, help_heading = "Recording")]
    key: Option<String>,
    /// The same key again records nothing again
    #[arg(long, global = true, value_name = "KEY", help_heading = "Recording")]
    idempotency_key: Option<String>,
    /// Record what the CI system says of this run, as a claim; its run id is the idempotency key
    #[arg(
        long,
        global = true,
        value_enum,
        default_value = "off",
        hide_possible_values = true,
        value_name = "auto|off|PROVIDER",
        help_heading = "Recording"
    )]
    ci: Asked,
    /// Name your own last statement, so that one left out shows
    #[arg(long, global = true, help_heading = "Recording")]
    chain: bool,
    /// Read every file, also one that has not changed since it was last hashed
    #[arg(long, global = true, help_heading = "Recording")]
    rehash: bool,
    /// Encrypt evidence under keys of its own, kept outside Git; erasing it destroys the key
    #[arg(long, global = true, help_heading = "Recording")]
    private: bool,
    /// Let the service at this URL log it (`ledgit serve`)
    #[arg(long, global = true, value_name = "URL", help_heading = "Recording")]
    to: Option<String>,
    /// Check everything and write nothing
    #[arg(long, global = true, help_heading = "Recording")]
    dry_run: bool,
    #[command(subcommand)]
    item: Option<Item>,
}

impl Record {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let items = match (&self.from, &self.item) {
            (Some(_), Some(_)) => {
                return Err(Failure::usage("--from and a kind exclude each other"));
            }
            (Some(path), None) => document::read(path)?,
            (None, Some(item)) => vec![item.clone()],
            (None, None) => return Err(Failure::new("LG2026", "there is nothing to record")),
        };
        let claim = ci::claim(self.ci)?;
        if claim.is_none() && self.ci == Asked::Auto {
            context.note("note: no CI system is seen here, so nothing is claimed of one");
        }
        let derived = claim.as_ref().filter(|_| self.idempotency_key.is_none());
        let derived = derived.map(|claim| ci::key(claim, &items));
        let recorded = self.items(context, &items, claim.as_ref(), derived.as_deref());
        recorded.map_err(|failure| match derived {
            Some(_) if failure.code == "LG2024" => of_another_run(failure),
            _ => failure,
        })
    }

    fn items(
        &self,
        context: &Context,
        items: &[Item],
        claim: Option<&Claim>,
        derived: Option<&str>,
    ) -> Result<Output, Failure> {
        let mut ledger = context.ledger()?;
        let author =
            Author::of(context.signer(self.key.as_deref(), ledger.repository())?, &mut ledger)?;
        let known = if self.rehash { KnownFiles::none() } else { known::read(ledger.repository()) };
        let mut builder = Builder::new(context, Catalog::of(&mut ledger), &known, self.private);
        let mut bodies =
            items.iter().map(|item| builder.build(item)).collect::<Result<Vec<_>, _>>()?;
        let (mut evidence, anchors) = builder.finish();
        let key = self.idempotency_key.as_deref().or(derived);
        if let Some(claim) = claim {
            bodies.extend(ci::bodies(claim, &bodies, &mut evidence)?);
            if let Some(key) = key {
                ci::earlier(&mut ledger, &author.id, key, &mut bodies)?;
            }
        }
        let key = key.map(str::to_owned);
        if known.used() > 0 {
            let (used, files) = (known.used(), if known.used() == 1 { "file" } else { "files" });
            context
                .note(&format!("note: {used} {files} unchanged, not read again (--rehash reads)"));
        }
        let extras =
            |evidence, idempotency| Extras { evidence, anchors, idempotency, chain: self.chain };
        if self.dry_run {
            let extras = extras(evidence.batch, key);
            rehearse(context, &mut ledger, &author, bodies.clone(), &extras)?;
            return Ok(would(&bodies));
        }
        known::write(ledger.repository(), &known);
        let extras = extras(evidence.keep(&ledger)?, key);
        put(context, &mut ledger, author, bodies, extras, self.to.as_deref())
    }
}

/// How one statement that a command made itself is recorded.
pub struct How<'a> {
    /// Idempotency key; drawn if there is none.
    pub idempotency: Option<String>,
    /// The service that is to log it.
    pub to: Option<&'a str>,
    /// Whether everything is checked and nothing written.
    pub dry_run: bool,
}

/// Records one statement, or says what would be recorded.
pub fn settle(
    context: &Context,
    ledger: &mut Ledger,
    author: Author,
    body: Body,
    evidence: Gathered,
    how: How<'_>,
) -> Result<Output, Failure> {
    let How { idempotency, to, dry_run } = how;
    let extras = |evidence| Extras { evidence, idempotency, ..Extras::default() };
    let bodies = vec![body];
    if dry_run {
        rehearse(context, ledger, &author, bodies.clone(), &extras(evidence.batch))?;
        return Ok(would(&bodies));
    }
    let extras = extras(evidence.keep(ledger)?);
    put(context, ledger, author, bodies, extras, to)
}

/// Logs payloads, here or at a service, or leaves them to be logged; says what became of them.
fn put(
    context: &Context,
    ledger: &mut Ledger,
    author: Author,
    bodies: Vec<Body>,
    extras: Extras,
    to: Option<&str>,
) -> Result<Output, Failure> {
    if let Some(url) = to {
        let statements = sign(context, ledger, &author, bodies, &extras)?;
        let logged = to::send(context, ledger, url, &statements, &extras.evidence)?;
        if logged.waits {
            let content = InboxDrop {
                statements: statements.iter().map(|one| one.bytes().to_vec()).collect(),
                evidence: extras.evidence,
            };
            let (drop, by) = (content.name(), author.id);
            return Ok(Pending { drop, before: false, by, statements }.at(url));
        }
        let (size, root) = (logged.size, logged.root.hex());
        return Ok(told(&logged.receipt, &statements, &author.id, size, &root));
    }
    let (receipt, statements) = match submit(context, ledger, &author, bodies, extras)? {
        Submitted::Logged(receipt, statements) => (receipt, statements),
        Submitted::Waiting(pending) => return Ok(pending.output()),
    };
    let size = ledger.checkpoint().size;
    Ok(told(&receipt, &statements, &author.id, size, &ledger.checkpoint().root.hex()))
}

/// The same run said something else before: what to do, where that is meant.
fn of_another_run(failure: Failure) -> Failure {
    let show = failure.hint.as_deref().map(|hint| format!("{hint}; ")).unwrap_or_default();
    let hint = format!(
        "{show}if this is another statement of the same run, give it a key of its own: ledgit record --idempotency-key KEY"
    );
    let error = format!("{}; the key is this run's own", failure.error);
    Failure { error, ..failure }.hint(hint)
}

fn would(bodies: &[Body]) -> Output {
    let said: Vec<_> = bodies.iter().map(|body| escape(&describe(body))).collect();
    let text = format!("would record {}; nothing was written\n", said.join(", "));
    let said: Vec<_> = bodies.iter().map(said_json).collect();
    Output::new(text, json!({ "schema": "ledgit.record/1", "dry_run": true, "would_record": said }))
}

fn told(receipt: &Receipt, statements: &[Signed], by: &str, size: u64, root: &str) -> Output {
    let (mut text, mut entries) = (String::new(), Vec::new());
    for (position, signed) in receipt.positions.iter().zip(statements) {
        let what = escape(&describe(&signed.statement().body));
        text.push_str(&format!("entry {position:<6} {what}\n"));
        entries.push(entry_json(*position, signed));
    }
    if receipt.before {
        text.push_str("nothing new: these were recorded before under this idempotency key\n");
    } else {
        let short = super::catalog::short(root);
        text.push_str(&format!("signed by {} · {size} entries · root {short}\n", escape(by)));
    }
    let json = json!({
        "schema": "ledgit.record/1",
        "dry_run": false,
        "new": !receipt.before,
        "positions": receipt.positions,
        "entries": if receipt.before { vec![] } else { entries },
        "size": size,
        "root": root,
    });
    Output::new(text, json)
}
