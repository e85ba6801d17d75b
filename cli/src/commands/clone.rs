//! `clone`: code and ledger, with plain git and refs by name.

use std::path::PathBuf;
use std::process::Command;

use ledgit_store::remote::Remote;
use serde_json::json;

use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;

/// The refs of a ledger, as git fetches them without force.
const REFS: [&str; 4] = [
    "refs/ledgit/log:refs/ledgit/log",
    "refs/ledgit/evidence/*:refs/ledgit/evidence/*",
    "refs/ledgit/anchors/*:refs/ledgit/anchors/*",
    "refs/ledgit/witness/*:refs/ledgit/witness/*",
];

#[derive(Debug, clap::Args)]
pub struct Clone {
    /// Where the repository is
    url: String,
    /// Directory to make
    directory: Option<PathBuf>,
}

impl Clone {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let directory = self.directory.clone().map_or_else(|| named(&self.url), Ok)?;
        let mut clone = Command::new("git");
        clone.args(["clone", "--quiet", "--"]).arg(&self.url).arg(&directory);
        run(&mut clone)?;
        fetch(&Remote::new(&directory, "origin")?)?;
        let inside = Context { start: directory.clone(), ..context.clone() };
        let ledger = inside.ledger()?;
        let id = ledger.log()?.ledger()?;
        let (size, shown) = (ledger.checkpoint().size, directory.display().to_string());
        let text = format!(
            "cloned {shown}: code, and a ledger of {size} entries\nledger  {}\nnext:   cd {shown} && ledgit verify --trust {}\n        (the id from the people who run the ledger, not from this clone)\n",
            id.audience(),
            id.audience(),
        );
        let json = json!({
            "schema": "ledgit.clone/1", "directory": shown, "ledger": id.audience(), "size": size,
        });
        Ok(Output::new(text, json))
    }
}

/// Fetches a ledger to where there is none yet.
pub fn fetch(remote: &Remote) -> Result<(), Failure> {
    Ok(remote.fetch(&REFS.map(str::to_owned))?)
}

/// The last part of the address, as git would name it.
fn named(url: &str) -> Result<PathBuf, Failure> {
    let last = url.trim_end_matches('/').rsplit(['/', ':']).next().unwrap_or_default();
    let name = last.strip_suffix(".git").unwrap_or(last);
    if name.is_empty() || name == "." || name == ".." {
        return Err(Failure::usage("the address gives no name; name a directory"));
    }
    Ok(PathBuf::from(name))
}

fn run(command: &mut Command) -> Result<(), Failure> {
    let failed = |why: String| Failure::new("LG2060", format!("git failed: {why}"));
    let output = command.output().map_err(|error| failed(error.to_string()))?;
    if output.status.success() {
        return Ok(());
    }
    Err(failed(String::from_utf8_lossy(&output.stderr).trim_end().to_owned()))
}
