//! `verify`: the whole ledger, from its objects alone.

mod json;
mod text;

use std::path::{Path, PathBuf};

use ledgit_core::bundle::Pin;
use ledgit_core::digest::{LedgerId, Sha256};
use ledgit_core::limits;
use ledgit_core::policy::{Policy, Span};
use ledgit_store::ledger::{
    Answer, Demand, Fresh, Memory, Scope, Trust, Verification, remember, verify_again,
};
use ledgit_store::witness::{Witnessed, cosigned_heads, judge_witnessed};

use super::witness::read_policy;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;
use crate::parse::{read_up_to, value};

#[derive(Debug, clap::Args)]
pub struct Verify {
    /// Id of the ledger to trust, from the people who run it: ledgit:HEX, or a file that holds it
    #[arg(long, value_name = "ID", env = "LEDGIT_TRUST")]
    trust: Option<String>,
    /// Trust the ledger that is here, as nobody gave its id
    #[arg(long, conflicts_with_all = ["trust", "pin"])]
    trust_first_use: bool,
    /// A head that the log must continue, from --save-pin: for machines that remember nothing
    #[arg(long, value_name = "FILE")]
    pin: Option<PathBuf>,
    /// Write the head that was verified, for --pin
    #[arg(long, value_name = "FILE")]
    save_pin: Option<PathBuf>,
    /// How old the newest entry may be, such as 12h or 30d; an older log is stale, not good
    #[arg(long, value_name = "SPAN")]
    max_age: Option<String>,
    /// Demand that enough witnesses of this policy cosigned the head
    #[arg(long, value_name = "FILE")]
    witness_policy: Option<PathBuf>,
    /// Verify every entry, those too that this machine verified before
    #[arg(long)]
    full: bool,
    /// Leave something out (repeat); the answer says so
    #[arg(long, value_enum)]
    without: Vec<Part>,
    /// Say which past decisions this policy would have changed
    #[arg(long, value_name = "POLICY.yaml")]
    what_if: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// Evidence that statements name
    Evidence,
    /// Code commits that statements name, and checkpoints that code commits carry
    Anchors,
}

/// Where the id to trust comes from.
#[derive(Debug, Clone, Copy)]
pub enum Root {
    Pinned,
    Remembered,
    FirstUse,
    Nothing,
}

impl Root {
    pub fn for_people(self) -> &'static str {
        match self {
            Self::Pinned => "pinned",
            Self::Remembered => "remembered from an earlier verify",
            Self::FirstUse => "TRUSTED ON FIRST USE: get the id from the people who run it",
            Self::Nothing => "no trust root",
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Pinned => "pinned",
            Self::Remembered => "remembered",
            Self::FirstUse => "first-use",
            Self::Nothing => "none",
        }
    }
}

/// Files that a run wrote.
#[derive(Debug, Default)]
struct Files {
    /// Both heads, where the log is not the one that was verified before.
    heads: Option<PathBuf>,
    /// The head that was verified.
    pin: Option<PathBuf>,
}

/// What there is beside the verdict.
#[derive(Debug)]
struct Beside {
    files: Files,
    witnessed: Option<Witnessed>,
}

impl Verify {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let (repository, memory) = (context.repository()?, context.memory()?);
        let pin = self.pin.as_deref().map(pin_of).transpose()?;
        let remembered = memory.ledger_of(repository.common_dir())?;
        let (trust, root) = self.trust(pin.as_ref(), remembered)?;
        let what_if = self.what_if.as_deref().map(super::policy::read).transpose()?;
        let what_if = what_if.map(|(_, policy)| policy);
        let demand = self.demand(context, pin, what_if.clone())?;
        let policy = self.witness_policy.as_deref().map(read_policy).transpose()?;
        let cosigned = policy.as_ref().map(|policy| cosigned_heads(&repository, policy));
        let demand = Demand { cosigned: cosigned.transpose()?.unwrap_or_default(), ..demand };
        let mut found = verify_again(&repository, &memory, trust, demand, self.full)?;
        let witnessed = policy.map(|policy| judge_witnessed(&repository, &policy, &mut found));
        let witnessed = witnessed.transpose()?.flatten();
        if trust != Trust::Nothing {
            // A machine that can't remember still gets its answer.
            if let Err(error) = remember(&repository, &memory, &found) {
                context.note(&format!("note: this machine will not remember it: {error}"));
            }
        }
        let files = self.files(context, &memory, &found, trust != Trust::Nothing)?;
        let exit = match found.answer() {
            Answer::Good => 0,
            Answer::Violated => 1,
            Answer::Undecided | Answer::Stale => 4,
            Answer::NotKept => 3,
        };
        let beside = Beside { files, witnessed };
        let mut text = text::text(&found, root, &self.without, &beside);
        if let Some(policy) = &what_if {
            text.push_str(&text::what_if_text(&found.changed, policy));
        }
        Ok(Output { text, json: json::report(&found, root, &beside, exit), exit })
    }

    fn trust(
        &self,
        pin: Option<&Pin>,
        remembered: Option<LedgerId>,
    ) -> Result<(Trust, Root), Failure> {
        let given = self.trust.as_deref().map(ledger_id).transpose()?;
        let pinned = pin.map(Pin::ledger);
        if let (Some(given), Some(pinned)) = (given, pinned)
            && given != pinned
        {
            let error = format!("--pin is of {}, and --trust is another", pinned.audience());
            return Err(Failure::usage(&error).hint("ledgit verify --pin FILE"));
        }
        Ok(trust_of(given.or(pinned), self.trust_first_use, remembered))
    }

    fn demand(
        &self,
        context: &Context,
        pin: Option<Pin>,
        what_if: Option<Policy>,
    ) -> Result<Demand, Failure> {
        let scope = Scope {
            evidence: !self.without.contains(&Part::Evidence),
            anchors: !self.without.contains(&Part::Anchors),
        };
        let max_age = self.max_age.as_deref().map(|text| value::<Span>("--max-age", text));
        let fresh = match max_age.transpose()? {
            Some(Span(max_age)) => Some(Fresh { now: context.now()?, max_age }),
            None => None,
        };
        let watch = context.watch();
        Ok(Demand { scope, what_if, pin, fresh, watch, cosigned: Vec::new() })
    }

    /// Writes what is to be kept of a run.
    fn files(
        &self,
        context: &Context,
        memory: &Memory,
        found: &Verification,
        trusted: bool,
    ) -> Result<Files, Failure> {
        let mut files = Files::default();
        if let (Some(heads), Some(ledger)) = (&found.heads, &found.ledger) {
            let bytes = heads.to_bytes();
            let name = format!("heads-{}.txt", &Sha256::of(&bytes).hex()[..16]);
            match memory.keep(ledger, &name, &bytes) {
                Ok(path) => files.heads = Some(path),
                Err(error) => context.note(&format!("note: both heads were not kept: {error}")),
            }
        }
        if let (Some(path), Some(pin)) = (&self.save_pin, found.pin().filter(|_| trusted)) {
            std::fs::write(path, pin.to_bytes())
                .map_err(|error| Failure::file("write", path, &error))?;
            files.pin = Some(path.clone());
        }
        Ok(files)
    }
}

/// What to trust: what was given, else what is remembered of this repository.
pub fn trust_of(
    given: Option<LedgerId>,
    first_use: bool,
    remembered: Option<LedgerId>,
) -> (Trust, Root) {
    match (given, first_use, remembered) {
        (Some(id), ..) => (Trust::Pinned(id), Root::Pinned),
        (None, _, Some(id)) => (Trust::Pinned(id), Root::Remembered),
        (None, true, None) => (Trust::FirstUse, Root::FirstUse),
        (None, false, None) => (Trust::Nothing, Root::Nothing),
    }
}

/// The pin in a file.
fn pin_of(path: &Path) -> Result<Pin, Failure> {
    Pin::parse(&read_up_to(path, 2 * limits::NOTE_BYTES)?).map_err(|error| {
        let error = format!("{}: {error}", path.display());
        Failure::usage(&error).hint("ledgit verify --save-pin FILE (where the ledger was verified)")
    })
}

/// `ledgit:HEX`, HEX alone, or a file that holds either.
pub fn ledger_id(text: &str) -> Result<LedgerId, Failure> {
    let read = |text: &str| LedgerId::from_hex(text.trim().trim_start_matches("ledgit:")).ok();
    let from_file = || std::fs::read_to_string(Path::new(text)).ok().as_deref().and_then(read);
    read(text).or_else(from_file).ok_or_else(|| {
        Failure::usage(&format!("{text:?} is no ledger id, and no file that holds one"))
            .hint("ledgit verify --trust ledgit:HEX")
    })
}
