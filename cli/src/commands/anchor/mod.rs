//! `anchor`: code commits carry the ledger's checkpoint (G-24 to G-28).

mod git;
mod hook;

use std::path::PathBuf;

use ledgit_core::checkpoint::{Carried, SignedNote, Trailer, carried, in_message};
use ledgit_core::limits;
use ledgit_store::ledger::Ledger;
use serde_json::{Value, json};

use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;
use crate::parse::read_up_to;
use git::git;

#[derive(Debug, clap::Args)]
pub struct Anchor {
    #[command(flatten)]
    what: What,
}

#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct What {
    /// Print the trailer alone, for git commit --trailer
    #[arg(long)]
    print: bool,
    /// Add the trailer to a commit's message, unless it has one of this ledger or is empty
    #[arg(long, value_name = "FILE")]
    message: Option<PathBuf>,
    /// Have git add it to every commit: writes a commit-msg hook
    #[arg(long)]
    install_hook: bool,
    /// Take that hook away
    #[arg(long)]
    remove_hook: bool,
}

/// What was done; what does not apply is null in JSON.
#[derive(Default)]
struct Done {
    action: &'static str,
    changed: bool,
    trailer: Option<Trailer>,
    commit: Option<String>,
    path: Option<PathBuf>,
}

impl Anchor {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let What { print, message, install_hook, remove_hook } = self.what;
        if install_hook {
            let (path, changed) = hook::install(&context.start)?;
            let text = match changed {
                true => {
                    format!("from now on every commit carries the checkpoint: {}\n", path.display())
                }
                false => format!("the hook is there already: {}\n", path.display()),
            };
            let done =
                Done { action: "install-hook", changed, path: Some(path), ..Done::default() };
            return Ok(done.output(text));
        }
        if remove_hook {
            let (path, changed) = hook::remove(&context.start)?;
            let text = match changed {
                true => format!("the hook is gone: {}\n", path.display()),
                false => format!("there is no hook: {}\n", path.display()),
            };
            let done = Done { action: "remove-hook", changed, path: Some(path), ..Done::default() };
            return Ok(done.output(text));
        }
        let ledger = context.ledger()?;
        let trailer = newest(&ledger)?;
        match message {
            _ if print => {
                let text = format!("{}\n", trailer.line());
                Ok(Done { action: "print", trailer: Some(trailer), ..Done::default() }.output(text))
            }
            Some(path) => add(context, trailer, path),
            None => commit(context, &ledger, trailer),
        }
    }
}

impl Done {
    fn output(self, text: String) -> Output {
        let checkpoint = self.trailer.as_ref().map(Trailer::checkpoint);
        let json: Value = json!({
            "schema": "ledgit.anchor/1",
            "action": self.action,
            "changed": self.changed,
            "trailer": self.trailer.as_ref().map(Trailer::line),
            "size": checkpoint.map(|checkpoint| checkpoint.size),
            "root": checkpoint.map(|checkpoint| checkpoint.root.hex()),
            "commit": self.commit,
            "path": self.path.map(|path| path.display().to_string()),
        });
        Output::new(text, json)
    }
}

/// The trailer of the ledger's newest checkpoint.
fn newest(ledger: &Ledger) -> Result<Trailer, Failure> {
    let note = SignedNote::parse(ledger.note()).ok();
    note.as_ref().and_then(Trailer::of).ok_or_else(|| {
        let error =
            "the newest checkpoint has not the one signature of the log that a trailer holds";
        Failure::new("LG2072", error).hint("ledgit verify")
    })
}

/// Adds the trailer to a message's file, as git does.
fn add(context: &Context, trailer: Trailer, path: PathBuf) -> Result<Output, Failure> {
    // git is told where from here: it runs elsewhere.
    let file = std::path::absolute(&path).unwrap_or_else(|_| path.clone());
    let bytes = read_up_to(&file, limits::GIT_COMMIT_BYTES as usize)?;
    let said = said(&bytes);
    let start = &context.start;
    let kept = git(start, &["stripspace", "--strip-comments"], said)?;
    let has = !in_message(kept.as_bytes(), &trailer.checkpoint().origin).is_empty();
    let changed = !has && !kept.trim().is_empty();
    if changed {
        let (line, name) = (trailer.line(), file.display().to_string());
        // What the user's configuration says of trailers is not asked.
        let add =
            ["-c", "trailer.separators=:", "interpret-trailers", "--in-place", "--no-divider"];
        let how = ["--where", "end", "--if-exists", "add", "--if-missing", "add"];
        git(start, &[&add[..], &how, &["--trailer", &line, "--", &name]].concat(), b"")?;
    }
    let text = match (changed, has) {
        (true, _) => {
            format!("{} carries checkpoint {}\n", path.display(), trailer.checkpoint().size)
        }
        (false, true) => format!("{} carries a checkpoint already\n", path.display()),
        (false, false) => format!("{} is empty, and stays so\n", path.display()),
    };
    let (trailer, path) = (Some(trailer), Some(path));
    Ok(Done { action: "message", changed, trailer, path, ..Done::default() }.output(text))
}

/// A message without the changes that `git commit --verbose` shows below it.
fn said(message: &[u8]) -> &[u8] {
    const CUT: &[u8] = b"------------------------ >8 ------------------------";
    let mut end = 0;
    for line in message.split_inclusive(|byte| *byte == b'\n') {
        if line.trim_ascii_end().ends_with(CUT) {
            return message.get(..end).unwrap_or_default();
        }
        end += line.len();
    }
    message
}

/// Makes an empty commit that carries the trailer, unless `HEAD` does.
fn commit(context: &Context, ledger: &Ledger, trailer: Trailer) -> Result<Output, Failure> {
    let (start, checkpoint) = (&context.start, trailer.checkpoint().clone());
    let head = ledger.repository().head()?.commit();
    if let Some(id) = head {
        let read = ledger.repository().read_commit(id)?;
        let own = Carried::Trailer(trailer.clone());
        if carried(&read.raw, &checkpoint.origin).contains(&own) {
            let text = format!("commit {id} carries checkpoint {} already\n", checkpoint.size);
            let (trailer, commit) = (Some(trailer), Some(id.hex()));
            return Ok(Done { action: "commit", trailer, commit, ..Done::default() }.output(text));
        }
    }
    let message = format!(
        "Anchor checkpoint {} of {}\n\nThe ledger has {} entries, and the root over them is\n{}.\n`ledgit verify` holds the log against it.\n\n{}\n",
        checkpoint.size,
        checkpoint.origin,
        checkpoint.size,
        checkpoint.root.hex(),
        trailer.line(),
    );
    let arguments = ["commit", "--quiet", "--allow-empty", "--only", "--file=-"];
    git(start, &arguments, message.as_bytes())?;
    let id = git(start, &["rev-parse", "HEAD"], b"")?.trim_end().to_owned();
    let text = format!("commit {id} carries checkpoint {}\n", checkpoint.size);
    let (trailer, commit) = (Some(trailer), Some(id));
    Ok(Done { action: "commit", changed: true, trailer, commit, ..Done::default() }.output(text))
}
