//! From a bill that was read to a statement of it.

use std::io::Read as _;
use std::path::Path;

use ledgit_core::digest::{LeafHash, Sha256, to_hex};
use ledgit_core::limits;
use ledgit_core::name::Label;
use ledgit_core::statement::{Bill, BillFormat, Evidence};
use ledgit_store::bills::ReadBill;
use ledgit_store::ledger::Ledger;

use super::told;
use crate::commands::catalog::Catalog;
use crate::commands::charges::open;
use crate::commands::private::Gathered;
use crate::commands::record::{How, settle};
use crate::commands::submit::Author;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;
use crate::parse::{optional, value};
use crate::render::costs;

/// How a bill is recorded.
#[derive(Debug, clap::Args)]
pub struct Recording {
    /// Whose charges they are; bills of one account do not overlap [default: the one account in the file]
    #[arg(long)]
    pub account: Option<String>,
    /// The bill in whose place it stands: its entry
    #[arg(long, value_name = "ENTRY")]
    replaces: Option<String>,
    /// Name the file by its digests alone, and keep it elsewhere
    #[arg(long)]
    no_store: bool,
    /// SSH key that signs: a file, or the public key of one in the agent
    #[arg(long, help_heading = "Recording")]
    key: Option<String>,
    /// The same key again records nothing again [default: of the file and the account]
    #[arg(long, value_name = "KEY", help_heading = "Recording")]
    idempotency_key: Option<String>,
    /// Encrypt the file under a key of its own, kept outside Git
    #[arg(long, help_heading = "Recording")]
    private: bool,
    /// Let the service at this URL log it (`ledgit serve`)
    #[arg(long, value_name = "URL", help_heading = "Recording")]
    to: Option<String>,
    /// Check everything and write nothing
    #[arg(long, help_heading = "Recording")]
    dry_run: bool,
}

/// A file, and what was read of it.
pub struct Source<'a> {
    /// Where it is.
    pub path: &'a Path,
    /// What it says.
    pub read: ReadBill,
    /// How it is written.
    pub format: BillFormat,
    /// Media type of what is in it, unpacked.
    pub media: &'static str,
}

impl Recording {
    /// Records the bill.
    pub fn record(&self, context: &Context, source: &Source<'_>) -> Result<Output, Failure> {
        let account = self.account(&source.read)?;
        let mut ledger = context.ledger()?;
        let signer = context.signer(self.key.as_deref(), ledger.repository())?;
        let author = Author::of(signer, &mut ledger)?;
        let replaces = match &self.replaces {
            Some(entry) => Some(Catalog::of(&mut ledger).leaf(entry)?),
            None => None,
        };
        let before = replaces.and_then(|leaf| replaced(&mut ledger, &leaf));
        let mut evidence = Gathered::new(self.private);
        let stored = self.stored(source, &mut evidence)?;
        let bill = bill(source, account, stored, replaces)?;
        let told = told::lines(source, &bill, before.as_ref());
        let json = told::json(source, &bill, before.as_ref());
        let how = How {
            idempotency: Some(self.idempotency_key.clone().unwrap_or_else(|| key(&bill))),
            to: self.to.as_deref(),
            dry_run: self.dry_run,
        };
        let recorded = settle(context, &mut ledger, author, bill.clone().into(), evidence, how);
        let recorded = recorded.map_err(|failure| already(failure, &mut ledger, &bill))?;
        Ok(costs::with(told, json, recorded))
    }

    /// Whose charges: as asked, or the one account that is in the file.
    fn account(&self, read: &ReadBill) -> Result<Label, Failure> {
        if let Some(account) = optional("account", self.account.as_deref())? {
            return Ok(account);
        }
        let name = |one: &ledgit_core::bill::Account| {
            let parts = [one.provider.as_deref(), one.account.as_deref()];
            parts.into_iter().flatten().collect::<Vec<_>>().join(":")
        };
        match read.tallied.accounts.as_slice() {
            [one] if !read.tallied.more_accounts && !name(one).is_empty() => {
                value("account", &name(one))
            }
            all => {
                let more = if read.tallied.more_accounts { ", and more" } else { "" };
                let names: Vec<_> = all.iter().map(name).filter(|name| !name.is_empty()).collect();
                let error = match names.is_empty() {
                    true => "the file does not say whose charges these are".to_owned(),
                    false => format!("the file has charges of {}{more}", names.join(", ")),
                };
                Err(Failure::new("LG2077", error)
                    .hint("say what the account is called here: --account NAME"))
            }
        }
    }

    /// The file as evidence, if it is to be kept.
    fn stored(
        &self,
        source: &Source<'_>,
        evidence: &mut Gathered,
    ) -> Result<Option<Evidence>, Failure> {
        if self.no_store || source.read.bytes > limits::EVIDENCE_BYTES {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        let mut file = open(source.path)?.take(limits::EVIDENCE_BYTES + 1);
        file.read_to_end(&mut bytes).map_err(|error| Failure::file("read", source.path, &error))?;
        if Sha256::of(&bytes) != source.read.file.sha256 {
            let error = format!("{} changed while it was read", source.path.display());
            return Err(Failure::new("LG2078", error).hint("import it once it is whole"));
        }
        let media =
            if bytes.starts_with(&[0x1f, 0x8b]) { "application/gzip" } else { source.media };
        evidence.add(bytes, value("media type", media)?).map(Some)
    }
}

/// The bill that another one stands in place of.
fn replaced(ledger: &mut Ledger, leaf: &LeafHash) -> Option<Bill> {
    let accounts = ledger.state().ok()?.accounts();
    accounts.bill(leaf).map(|billed| billed.bill.clone())
}

fn bill(
    source: &Source<'_>,
    account: Label,
    stored: Option<Evidence>,
    replaces: Option<LeafHash>,
) -> Result<Bill, Failure> {
    let ReadBill { file, bytes, version, tallied } = &source.read;
    Ok(Bill {
        file: *file,
        root: tallied.root,
        rows: tallied.rows,
        bytes: *bytes,
        format: source.format,
        period: tallied.period,
        stored,
        totals: tallied.totals.iter().cloned().collect(),
        account,
        version: optional("version", *version)?,
        readings: tallied.readings.stated().into_iter().collect(),
        replaces,
    })
}

/// The same file for the same account is the same bill (BI-37).
fn key(bill: &Bill) -> String {
    let account = bill.account.as_str().as_bytes();
    let parts = [b"ledgit bill key v1".as_slice(), &bill.file.sha256.0, account].concat();
    let hash = Sha256::of(&parts).0;
    format!("bill:{}", to_hex(hash.split_at(24).0))
}

/// A time that is billed already: which entry to name where the provider restated it.
fn already(failure: Failure, ledger: &mut Ledger, bill: &Bill) -> Failure {
    if !failure.error.contains("[LG1030]") {
        return failure;
    }
    let overlaps = |one: &&std::sync::Arc<ledgit_core::cost::Billed>| {
        one.bill.account == bill.account
            && one.bill.period.from() < bill.period.until()
            && bill.period.from() < one.bill.period.until()
    };
    let state = ledger.state().ok();
    match state.and_then(|state| state.accounts().bills().find(overlaps).cloned()) {
        Some(there) => failure.hint(format!(
            "if the provider restated it, record it in place of that one: --replaces {}",
            there.position
        )),
        None => failure,
    }
}
