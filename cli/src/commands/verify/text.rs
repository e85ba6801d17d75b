//! What `verify` tells people.

use ledgit_core::policy::Policy;
use ledgit_core::replay::Changed;
use ledgit_store::ledger::{
    Answer, BillCounts, CarriedCounts, Counts, Verification, VerifyFinding,
};

use super::{Beside, Part, Root};
use crate::output::escape;
use crate::render::gate::result_lines;

fn line(name: &str, what: &str, verdict: &str) -> String {
    let line = format!("{name:<12}{what:<66}{verdict}");
    format!("{}\n", line.trim_end())
}

fn counts(name: &str, counts: &Counts, without: bool) -> String {
    if without || !counts.checked {
        return line(name, "left out", "not checked");
    }
    let all = counts.verified + counts.missing + counts.mismatch + counts.erased;
    let mut what = format!("{} of {all} present and as stated", counts.verified);
    if counts.erased > 0 {
        what.push_str(&format!(", {} lawfully erased", counts.erased));
    }
    let verdict = match counts {
        Counts { mismatch: 1.., .. } => "FAIL",
        Counts { missing: 1.., .. } => "incomplete",
        _ => "ok",
    };
    line(name, &what, verdict)
}

/// Both ways: commits that statements name, and checkpoints that commits carry.
fn anchors(found: &Verification, without: bool) -> String {
    let (anchors, carried) = (&found.anchors, &found.carried);
    if without || !anchors.checked {
        return line("anchors", "left out", "not checked");
    }
    let all = anchors.verified + anchors.missing + anchors.mismatch + found.elsewhere;
    let mut what = format!("{} of {all} present and as stated", anchors.verified);
    if found.elsewhere > 0 {
        what.push_str(&format!(", {} found elsewhere", found.elsewhere));
    }
    let plural = if carried.good == 1 { "" } else { "s" };
    what.push_str(&format!("; {} checkpoint{plural} in code commits", carried.good));
    let verdict = match (anchors, carried) {
        (Counts { mismatch: 1.., .. }, _) | (_, CarriedCounts { wrong: 1.., .. }) => "FAIL",
        (Counts { missing: 1.., .. }, _) => "incomplete",
        _ => "ok",
    };
    // The words of the verdict stay apart from it, however long they are.
    line("anchors", &format!("{what} "), verdict)
}

/// The verdict and what led to it.
pub fn text(found: &Verification, root: Root, without: &[Part], beside: &Beside) -> String {
    let mut text = String::new();
    if let Some(ledger) = &found.ledger {
        text.push_str(&line("ledger", &ledger.audience(), ""));
        text.push_str(&line("trust", root.for_people(), ""));
    }
    if let Some(since) = &found.since {
        let before = format!("{} entries, verified here and not again (--full)", since.size);
        text.push_str(&line("before", &before, ""));
    }
    let good = |wrong: bool| if wrong { "FAIL" } else { "ok" };
    let wrong = |from: &str| found.findings.iter().any(|finding| finding.code.starts_with(from));
    let before = found.since.map_or(0, |since| since.size);
    let (new, sort) = (found.entries - before, if before > 0 { " new" } else { "" });
    let entries = format!("{new}{sort} entries, every signature verified");
    text.push_str(&line("entries", &entries, good(wrong("LG10") || wrong("LG11"))));
    let plural = if found.checkpoints == 1 { "" } else { "s" };
    let checkpoints =
        format!("{} checkpoint{plural}, each recomputed from the entries", found.checkpoints);
    text.push_str(&line("checkpoints", &checkpoints, good(wrong("LG12"))));
    if let Some(clock) = &found.clock {
        text.push_str(&line("time", &format!("the newest one in the log is {clock}"), ""));
    }
    text.push_str(&line(
        "objects",
        "tiles, bundles and commits as the entries say",
        good(wrong("LG13")),
    ));
    text.push_str(&counts("evidence", &found.evidence, without.contains(&Part::Evidence)));
    text.push_str(&anchors(found, without.contains(&Part::Anchors)));
    if let Some((accepted, threshold)) = found.founding {
        let stage = format!("founding: {accepted} of {threshold} founders have accepted");
        text.push_str(&line("stage", &stage, ""));
    }
    if let Some(one) = &beside.witnessed {
        let (met, how) = if one.met { ("met", "ok") } else { ("not met", "not enough") };
        let quorum = escape(&one.quorum);
        let what = format!("{} of {} cosigned the head; {quorum}: {met}", one.cosigned, one.of);
        text.push_str(&line("witnesses", &what, how));
    }
    text.push_str(&decisions(found));
    text.push_str(&bills(&found.bills));
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
        Answer::Stale => "STALE: nothing is wrong, and it may be older than it should\n".to_owned(),
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
    let files = &beside.files;
    if let Some(path) = &files.heads {
        text.push_str(&format!("both heads  {}\n", path.display()));
    }
    if let Some(path) = &files.pin {
        text.push_str(&format!("pin         {}\n", path.display()));
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

/// Bills, where there are any.
fn bills(bills: &BillCounts) -> String {
    let BillCounts { in_force, not_kept } = *bills;
    if in_force == 0 {
        return String::new();
    }
    line("bills", &format!("{in_force} in force, {not_kept} of them with no file kept"), "")
}

/// Which decisions another policy would have changed (J-71).
pub fn what_if_text(changed: &[Changed], policy: &Policy) -> String {
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

pub fn scope_of(found: &Verification) -> String {
    let mut scope = vec!["log"];
    scope.extend(found.evidence.checked.then_some("evidence"));
    scope.extend(found.anchors.checked.then_some("anchors"));
    scope.join(", ")
}
