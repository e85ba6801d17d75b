//! `verify`: the whole ledger, from its objects alone.

use std::path::{Path, PathBuf};

use ledgit_core::digest::LedgerId;
use ledgit_core::policy::Policy;
use ledgit_core::replay::Changed;
use ledgit_store::ledger::{
    Answer, Counts, Scope, Trust, Verification, VerifyFinding, verify_what_if,
};
use serde_json::{Value, json};

use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Output, escape};
use crate::render::gate::{result_lines, results_json};

#[derive(Debug, clap::Args)]
pub struct Verify {
    /// Id of the ledger to trust, from the people who run it: ledgit:HEX, or a file that holds it
    #[arg(long, value_name = "ID", env = "LEDGIT_TRUST")]
    trust: Option<String>,
    /// Trust the ledger that is here, as nobody gave its id
    #[arg(long, conflicts_with = "trust")]
    trust_first_use: bool,
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
    /// Code commits that statements name
    Anchors,
}

/// Where the id to trust comes from.
#[derive(Debug, Clone, Copy)]
enum Root {
    Pinned,
    Remembered,
    FirstUse,
    Nothing,
}

impl Root {
    fn for_people(self) -> &'static str {
        match self {
            Self::Pinned => "pinned",
            Self::Remembered => "remembered from an earlier verify",
            Self::FirstUse => "TRUSTED ON FIRST USE: get the id from the people who run it",
            Self::Nothing => "no trust root",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Pinned => "pinned",
            Self::Remembered => "remembered",
            Self::FirstUse => "first-use",
            Self::Nothing => "none",
        }
    }
}

impl Verify {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let (repository, memory) = (context.repository()?, context.memory()?);
        let remembered = memory.ledger_of(repository.common_dir())?;
        let (trust, root) = match (&self.trust, self.trust_first_use, remembered) {
            (Some(text), ..) => (Trust::Pinned(ledger_id(text)?), Root::Pinned),
            (None, _, Some(id)) => (Trust::Pinned(id), Root::Remembered),
            (None, true, None) => (Trust::FirstUse, Root::FirstUse),
            (None, false, None) => (Trust::Nothing, Root::Nothing),
        };
        let scope = Scope {
            evidence: !self.without.contains(&Part::Evidence),
            anchors: !self.without.contains(&Part::Anchors),
        };
        let what_if = self.what_if.as_deref().map(super::policy::read).transpose()?;
        let what_if = what_if.map(|(_, policy)| policy);
        let found = verify_what_if(&repository, &memory, trust, scope, what_if.clone())?;
        if let (Some(ledger), Some(head), false) =
            (found.ledger, found.head(), trust == Trust::Nothing)
        {
            // A machine that can't remember still gets its answer.
            if let Err(error) = memory.verify(&ledger, head, repository.common_dir()) {
                context.note(&format!("note: this machine will not remember it: {error}"));
            }
        }
        let exit = match found.answer() {
            Answer::Good => 0,
            Answer::Violated => 1,
            Answer::Undecided => 4,
            Answer::NotKept => 3,
        };
        let mut text = text(&found, root, &self.without);
        if let Some(policy) = &what_if {
            text.push_str(&what_if_text(&found.changed, policy));
        }
        Ok(Output { text, json: report(&found, root, exit), exit })
    }
}

/// `ledgit:HEX`, HEX alone, or a file that holds either.
fn ledger_id(text: &str) -> Result<LedgerId, Failure> {
    let read = |text: &str| LedgerId::from_hex(text.trim().trim_start_matches("ledgit:")).ok();
    let from_file = || std::fs::read_to_string(Path::new(text)).ok().as_deref().and_then(read);
    read(text).or_else(from_file).ok_or_else(|| {
        Failure::usage(&format!("{text:?} is no ledger id, and no file that holds one"))
            .hint("ledgit verify --trust ledgit:HEX")
    })
}

fn line(name: &str, what: &str, verdict: &str) -> String {
    let line = format!("{name:<12}{what:<66}{verdict}");
    format!("{}\n", line.trim_end())
}

fn counts(name: &str, counts: &Counts, without: bool) -> String {
    if without || !counts.checked {
        return line(name, "left out", "not checked");
    }
    let all = counts.verified + counts.missing + counts.mismatch;
    let what = format!("{} of {all} present and as stated", counts.verified);
    let verdict = match counts {
        Counts { mismatch: 1.., .. } => "FAIL",
        Counts { missing: 1.., .. } => "incomplete",
        _ => "ok",
    };
    line(name, &what, verdict)
}

fn text(found: &Verification, root: Root, without: &[Part]) -> String {
    let mut text = String::new();
    if let Some(ledger) = &found.ledger {
        text.push_str(&line("ledger", &ledger.audience(), ""));
        text.push_str(&line("trust", root.for_people(), ""));
    }
    let good = |wrong: bool| if wrong { "FAIL" } else { "ok" };
    let wrong = |from: &str| found.findings.iter().any(|finding| finding.code.starts_with(from));
    let entries = format!("{} entries, every signature verified", found.entries);
    text.push_str(&line("entries", &entries, good(wrong("LG10") || wrong("LG11"))));
    let plural = if found.checkpoints == 1 { "" } else { "s" };
    let checkpoints =
        format!("{} checkpoint{plural}, each recomputed from the entries", found.checkpoints);
    text.push_str(&line("checkpoints", &checkpoints, good(wrong("LG12"))));
    text.push_str(&line(
        "objects",
        "tiles, bundles and commits as the entries say",
        good(wrong("LG13")),
    ));
    text.push_str(&counts("evidence", &found.evidence, without.contains(&Part::Evidence)));
    text.push_str(&counts("anchors", &found.anchors, without.contains(&Part::Anchors)));
    if let Some((accepted, threshold)) = found.founding {
        let stage = format!("founding: {accepted} of {threshold} founders have accepted");
        text.push_str(&line("stage", &stage, ""));
    }
    text.push_str(&decisions(found));
    text.push('\n');
    let scope = scope_of(found);
    text.push_str(&match found.answer() {
        Answer::Good => format!("GOOD: {scope} verified, {} entries\n", found.entries),
        Answer::Violated => {
            let more = found.findings.len() as u64 + found.unlisted;
            format!("VIOLATED: {more} finding{}\n", if more == 1 { "" } else { "s" })
        }
        Answer::Undecided => {
            "UNDECIDED: nothing is wrong, and not everything could be looked at\n".to_owned()
        }
        Answer::NotKept => {
            let breaches = match found.breaches.len() {
                1 => "1 breach".to_owned(),
                count => format!("{count} breaches"),
            };
            format!("INTACT, NOT KEPT: {scope} verified, {breaches} of the ledger's own policies\n")
        }
    });
    for finding in found.findings.iter().chain(&found.undecided).chain(&found.breaches) {
        text.push_str(&format!(
            "  {}  {}: {}\n",
            finding.code,
            escape(&finding.object),
            escape(&finding.what)
        ));
    }
    text.push_str(&notes(found));
    if found.untold + found.unlisted > 0 {
        text.push_str(&format!("  and {} more\n", found.untold + found.unlisted));
    }
    let all = found.findings.iter().chain(&found.undecided).chain(&found.breaches);
    if let Some(code) = all.map(|one| one.code).next() {
        text.push_str(&format!("hint: ledgit explain {code}\n"));
    }
    text
}

/// What to know: what is void as known now, exceptions, and how policies changed (V-26).
fn notes(found: &Verification) -> String {
    let now = |note: &&VerifyFinding| note.code.starts_with("LG30");
    let (now, others): (Vec<_>, Vec<_>) = found.notes.iter().partition(now);
    let title = "AS KNOWN NOW, since keys are declared compromised (nothing was wrong as of then):";
    let known = listed(title, &now);
    known + &listed("TO KNOW (nothing of it is wrong):", &others)
}

/// Decisions and deployments, where there are any.
fn decisions(found: &Verification) -> String {
    let (decisions, denied) = found.decisions;
    let mut text = String::new();
    if decisions > 0 {
        let is = |all: &[VerifyFinding], codes: [&str; 2]| {
            all.iter().any(|one| codes.contains(&one.code))
        };
        let how = match is(&found.findings, ["LG1021", "LG1022"]) {
            true => "FAIL",
            false if is(&found.undecided, ["LG4007", "LG4009"]) => "UNDECIDED",
            false => "ok",
        };
        let what = format!("{decisions} made again as of their positions, {denied} of them deny");
        text.push_str(&line("decisions", &what, how));
    }
    if found.deployments > 0 {
        let what = format!("{} judged by the policies in force then", found.deployments);
        let kept = found.breaches.iter().all(|one| !one.object.starts_with("deployment"));
        text.push_str(&line("deployments", &what, if kept { "ok" } else { "NOT KEPT" }));
    }
    if found.exceptions > 0 {
        text.push_str(&line("exceptions", &format!("{}, listed below", found.exceptions), ""));
    }
    text
}

/// Which decisions another policy would have changed (J-71).
fn what_if_text(changed: &[Changed], policy: &Policy) -> String {
    let count = match changed.len() {
        0 => "no past decision".to_owned(),
        1 => "1 past decision".to_owned(),
        count => format!("{count} past decisions"),
    };
    let mut text = format!("\nWHAT IF: {count} would have come out otherwise\n");
    for one in changed {
        let was = one.was.outcome.word();
        let would = one.would.as_ref().map_or("no answer", |would| would.outcome.word());
        let place = escape(one.was.environment.as_str());
        text.push_str(&format!("  entry {}  {was} would be {would}, for {place}\n", one.position));
        let open = one.would.iter().flat_map(|would| &would.results).filter(|one| one.is_open());
        for result in open {
            text.push_str(&result_lines(result, policy, 4));
        }
    }
    text
}

fn listed(title: &str, notes: &[&VerifyFinding]) -> String {
    let mut text = String::new();
    if !notes.is_empty() {
        text.push_str(&format!("\n{title}\n"));
    }
    for note in notes {
        let (object, what) = (escape(&note.object), escape(&note.what));
        text.push_str(&format!("  {}  {object}: {what}\n", note.code));
    }
    text
}

fn scope_of(found: &Verification) -> String {
    let mut scope = vec!["log"];
    scope.extend(found.evidence.checked.then_some("evidence"));
    scope.extend(found.anchors.checked.then_some("anchors"));
    scope.join(", ")
}

fn report(found: &Verification, root: Root, exit: u8) -> Value {
    let verdict = match found.answer() {
        Answer::Good => "good",
        Answer::Violated => "violated",
        Answer::Undecided => "undecided",
        Answer::NotKept => "not_kept",
    };
    let changed = |one: &Changed| {
        json!({
            "entry": one.position,
            "environment": one.was.environment.as_str(),
            "was": one.was.outcome.word(),
            "would": one.would.as_ref().map(|would| would.outcome.word()),
            "results": one.would.as_ref().map(results_json),
        })
    };
    let list = |findings: &[VerifyFinding]| -> Vec<Value> {
        let one = |one: &VerifyFinding| {
            json!({
                "code": one.code, "object": one.object, "message": one.what,
            })
        };
        findings.iter().map(one).collect()
    };
    let counts = |counts: &Counts| {
        json!({
            "checked": counts.checked,
            "verified": counts.verified,
            "missing": counts.missing,
            "mismatch": counts.mismatch,
        })
    };
    json!({
        "schema": "ledgit.verify/1",
        "verdict": verdict,
        "exit": exit,
        "scope": scope_of(found).split(", ").collect::<Vec<_>>(),
        "trust": root.word(),
        "ledger": found.ledger.map(|ledger| ledger.audience()),
        "vkey": found.vkey.as_ref().map(|key| key.to_string()),
        "size": found.entries,
        "root": found.root.map(|root| root.hex()),
        "checkpoints": found.checkpoints,
        "clock": found.clock.map(|clock| clock.to_string()),
        "founding": found.founding.is_some(),
        "evidence": counts(&found.evidence),
        "anchors": counts(&found.anchors),
        "findings": list(&found.findings),
        "unlisted": found.unlisted,
        "untold": found.untold,
        "undecided": list(&found.undecided),
        "notes": list(&found.notes),
        "breaches": list(&found.breaches),
        "decisions": found.decisions.0,
        "denied": found.decisions.1,
        "deployments": found.deployments,
        "exceptions": found.exceptions,
        "changed": found.changed.iter().map(changed).collect::<Vec<_>>(),
    })
}
