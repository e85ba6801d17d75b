//! `query`: every entry that is asked for, from a log that is verified first.

use std::path::{Path, PathBuf};

use ledgit_core::bundle::{About, Found, Query as Asked};
use ledgit_core::digest::{DigestName, KeyId};
use ledgit_core::statement::Kind;
use ledgit_core::time::Timestamp;
use ledgit_store::git::Repository;
use ledgit_store::ledger::{
    Answer, Demand, Scope, Trust, Verification, VerifyFinding, answer, ask, remember, verify_as,
};
use serde_json::{Value, json};

use super::catalog::Catalog;
use super::init::public_key;
use super::verify::{Root, ledger_id, trust_of};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Output, escape};
use crate::parse::{optional, time};
use crate::render::answer::{conditions, conditions_json, count, found_json, lines, window};

#[derive(Debug, clap::Args)]
pub struct Query {
    /// Only this kind (repeat for several)
    #[arg(long, value_name = "KIND")]
    kind: Vec<String>,
    /// Only what names this: a name, a digest, an entry's number, a path; or entry:N for what names
    /// that entry itself
    #[arg(long, value_name = "SUBJECT")]
    about: Option<String>,
    /// Only statements by this person or service
    #[arg(long, value_name = "ID")]
    by: Option<String>,
    /// Only what this key signed: an SSH public key, its file, or its thumbprint
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// Only approvals, decisions, exceptions and deployments for this environment
    #[arg(long, visible_alias = "env", value_name = "NAME")]
    environment: Option<String>,
    /// Only from this time on, by the log's clock: 2026-05-01 or 2026-05-01T00:00:00Z
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Only before this time, by the log's clock
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Only from this entry on
    #[arg(long, value_name = "N")]
    first: Option<u64>,
    /// Only before this entry
    #[arg(long, value_name = "N")]
    before: Option<u64>,
    /// Write the answer with everything that shows that it is whole, for ledgit check
    #[arg(long, value_name = "FILE")]
    bundle: Option<PathBuf>,
    /// Id of the ledger to trust, from the people who run it: ledgit:HEX, or a file that holds it
    #[arg(long, value_name = "ID", env = "LEDGIT_TRUST")]
    trust: Option<String>,
    /// Trust the ledger that is here, as nobody gave its id
    #[arg(long, conflicts_with = "trust")]
    trust_first_use: bool,
}

impl Query {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let mut asked = self.conditions()?;
        let (repository, memory) = (context.repository()?, context.memory()?);
        let given = self.trust.as_deref().map(ledger_id).transpose()?;
        let remembered = memory.ledger_of(repository.common_dir())?;
        let (trust, root) = trust_of(given, self.trust_first_use, remembered);
        let scope = Scope { evidence: false, anchors: false };
        let demand = Demand { scope, watch: context.watch(), ..Demand::default() };
        let verified = verify_as(&repository, &memory, trust, demand)?;
        if trust != Trust::Nothing
            && let Err(error) = remember(&repository, &memory, &verified)
        {
            context.note(&format!("note: this machine will not remember it: {error}"));
        }
        match verified.answer() {
            // What the ledger's own policies say is another question.
            Answer::Good | Answer::NotKept => {}
            Answer::Violated => return Ok(self.none(&verified, root, &asked, 1)),
            Answer::Undecided | Answer::Stale => {
                return Ok(self.none(&verified, root, &asked, 4));
            }
        }
        if let (Some(about), None) = (&self.about, asked.about) {
            asked.about = Some(about_of(context, about)?);
        }
        let found = ask(&repository, &verified, &asked)?;
        self.write(&repository, &verified, &asked, &found)?;
        let text = self.text(&verified, root, &asked, &found);
        let json = self.json(&verified, root, &asked, (Some(&found), "complete", 0));
        Ok(Output::new(text, json))
    }

    /// All but what it is about, which the log may have to be asked for.
    fn conditions(&self) -> Result<Asked, Failure> {
        let wrong = |error: String| Failure::new("LG2080", error).hint("ledgit query --help");
        let kind = |name: &String| {
            Kind::from_name(name).ok_or_else(|| {
                let all: Vec<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
                wrong(format!("{name:?} is no kind of statement; there are {}", all.join(", ")))
            })
        };
        let clock = |field: &str, text: &Option<String>| -> Result<Option<Timestamp>, Failure> {
            text.as_deref().map(|text| time(field, text)).transpose()
        };
        let asked = Asked {
            kinds: self.kind.iter().map(kind).collect::<Result<_, _>>()?,
            about: self.about.as_deref().and_then(digest_of),
            by: self.by.clone(),
            key: self.key.as_deref().map(key_of).transpose()?,
            environment: optional("--environment", self.environment.as_deref())?,
            from: clock("--from", &self.from)?,
            until: clock("--until", &self.until)?,
            first: self.first,
            before: self.before,
        };
        // Whatever it is about, the other conditions must be possible, and have a text.
        let any = About::Entry(ledgit_core::digest::LeafHash([0; 32]));
        let about = asked.about.or(self.about.as_ref().map(|_| any));
        let whole = Asked { about, ..asked.clone() };
        whole.check().map_err(|error| wrong(error.to_string()))?;
        Asked::parse(&whole.to_text()).map_err(|error| wrong(error.to_string()))?;
        Ok(asked)
    }

    fn write(
        &self,
        repository: &Repository,
        verified: &Verification,
        asked: &Asked,
        found: &Found,
    ) -> Result<(), Failure> {
        let Some(path) = &self.bundle else { return Ok(()) };
        let bytes = answer(repository, verified, asked, found)?.to_bytes();
        std::fs::write(path, bytes).map_err(|error| Failure::file("write", path, &error))
    }

    fn text(&self, verified: &Verification, root: Root, asked: &Asked, found: &Found) -> String {
        let mut text = head(verified, root, asked);
        text.push_str(&lines(found));
        let tree = verified.root.map(|root| root.hex()).unwrap_or_default();
        text.push_str(&format!(
            "COMPLETE{}: {}, every one among the {} entries of the log at root {tree}, which were all replayed (log verified; evidence and anchors not looked at)\n",
            window(found),
            count(found),
            verified.entries,
        ));
        if !verified.breaches.is_empty() {
            let breaches = verified.breaches.len();
            text.push_str(&format!(
                "note: the log is intact, and its own policies were not kept in {breaches} places: ledgit verify\n"
            ));
        }
        if let (Some(path), Some(vkey)) = (&self.bundle, &verified.vkey) {
            let path = path.display();
            text.push_str(&format!("answer     {path}\n"));
            text.push_str(&format!("check      ledgit check {path} --vkey '{vkey}'\n"));
        }
        text
    }

    /// Nothing is answered from a log that is not intact, or that nobody trusts.
    fn none(&self, verified: &Verification, root: Root, asked: &Asked, exit: u8) -> Output {
        let mut text = head(verified, root, asked);
        let verdict = if exit == 1 { "violated" } else { "undecided" };
        text.push_str(match exit {
            1 => "NO ANSWER: the log is not intact\n",
            _ => "NO ANSWER: nothing is wrong, and not everything could be looked at\n",
        });
        for one in verified.findings.iter().chain(&verified.undecided) {
            let (object, what) = (escape(&one.object), escape(&one.what));
            text.push_str(&format!("  {}  {object}: {what}\n", one.code));
        }
        if verified.untold + verified.unlisted > 0 {
            text.push_str(&format!("  and {} more\n", verified.untold + verified.unlisted));
        }
        text.push_str("hint: ledgit verify\n");
        let json = self.json(verified, root, asked, (None, verdict, exit));
        Output { text, json, exit }
    }

    fn json(
        &self,
        verified: &Verification,
        root: Root,
        asked: &Asked,
        (found, verdict, exit): (Option<&Found>, &str, u8),
    ) -> Value {
        let list = |all: &[VerifyFinding]| -> Vec<Value> {
            let one = |one: &VerifyFinding| json!({ "code": one.code, "object": one.object, "message": one.what });
            all.iter().map(one).collect()
        };
        let bundle = self.bundle.as_ref().filter(|_| found.is_some());
        json!({
            "schema": "ledgit.query/1",
            "verdict": verdict,
            "exit": exit,
            "trust": root.word(),
            "ledger": verified.ledger.map(|ledger| ledger.audience()),
            "vkey": verified.vkey.as_ref().map(|key| key.to_string()),
            "size": verified.entries,
            "root": verified.root.map(|root| root.hex()),
            "query": conditions_json(asked),
            "found": found.map(found_json),
            "findings": list(&verified.findings),
            "undecided": list(&verified.undecided),
            "unlisted": verified.unlisted + verified.untold,
            "breaches": verified.breaches.len(),
            "bundle": bundle.map(|path| path.display().to_string()),
        })
    }
}

fn head(verified: &Verification, root: Root, asked: &Asked) -> String {
    let ledger = verified.ledger.map(|ledger| ledger.audience()).unwrap_or_default();
    let (trust, asked) = (root.for_people(), conditions(asked));
    format!("ledger     {ledger}\ntrust      {trust}\nasked for  {asked}\n\n")
}

/// A digest that stands in every statement that names the content, so that nothing need be looked up.
fn digest_of(text: &str) -> Option<About> {
    match text.parse() {
        Ok(name @ (DigestName::Sha256(_) | DigestName::Blake3(_))) => Some(About::Content(name)),
        _ => None,
    }
}

/// What else is asked about: content that the log has a name for, or an entry.
fn about_of(context: &Context, text: &str) -> Result<About, Failure> {
    let mut ledger = context.ledger()?;
    let catalog = Catalog::of(&mut ledger);
    match text.strip_prefix("entry:") {
        Some(number) if number.parse::<u64>().is_ok() => catalog.leaf(number).map(About::Entry),
        Some(_) => {
            let position = catalog.entry(text)?;
            catalog.leaf(&position.to_string()).map(About::Entry)
        }
        None => {
            let digests = catalog.subject(text, &context.progress())?;
            Ok(About::Content(DigestName::Sha256(digests.sha256)))
        }
    }
}

/// A key's thumbprint, from itself, from a key or its file.
fn key_of(text: &str) -> Result<KeyId, Failure> {
    match KeyId::from_hex(text) {
        Ok(id) => Ok(id),
        Err(_) if Path::new(text).is_file() || text.starts_with("ssh-") => {
            Ok(public_key(text)?.0.thumbprint())
        }
        Err(_) => {
            let error = format!("{text:?} is no SSH public key, no file of one and no thumbprint");
            Err(Failure::new("LG2080", error).hint("ledgit key list"))
        }
    }
}
