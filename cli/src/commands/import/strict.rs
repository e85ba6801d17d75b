//! A FOCUS file against the official requirements model.

use std::path::Path;

use ledgit_core::bill::conformance::{Outcome, Report, Status};
use ledgit_store::bills::conformance;
use serde_json::{Value, json};

use crate::commands::charges::{named, open, unread};
use crate::failure::Failure;
use crate::output::{Output, escape};
use crate::render::number::grouped;

/// Judges a file; exit 3 where a rule is broken that FOCUS demands.
pub fn check(path: &Path) -> Result<Output, Failure> {
    let report = judged(path)?;
    let exit = if report.conforms() { 0 } else { 3 };
    Ok(Output { text: text(path, &report), json: json(&report), exit })
}

/// Refuses a file that breaks a rule that FOCUS demands.
pub fn demand(path: &Path) -> Result<(), Failure> {
    let report = judged(path)?;
    if report.conforms() {
        return Ok(());
    }
    let broken: Vec<_> = report.failed().filter(|one| one.is_error()).map(|one| one.id).collect();
    let few = broken.iter().take(5).copied().collect::<Vec<_>>().join(", ");
    let error = format!("it breaks {} rules that FOCUS demands, among them {few}", broken.len());
    Err(Failure::new("LG2087", error)
        .hint(format!("ledgit import focus {} --check", path.display())))
}

fn judged(path: &Path) -> Result<Report, Failure> {
    conformance(open(path)?).map_err(|error| unread(path, &error))
}

/// Passed, failed, not applicable, not decidable.
fn counts(report: &Report) -> [usize; 4] {
    let mut counts = [0; 4];
    for outcome in &report.outcomes {
        let [passed, failed, not_applicable, not_decidable] = &mut counts;
        *match outcome.status {
            Status::Passed => passed,
            Status::Failed => failed,
            Status::NotApplicable(_) => not_applicable,
            Status::NotDecidable(_) => not_decidable,
        } += 1;
    }
    counts
}

fn text(path: &Path, report: &Report) -> String {
    let [passed, failed, not_applicable, not_decidable] = counts(report);
    let file = escape(&named(path).display().to_string());
    let mut text = format!(
        "{file}: {} rows against {} rules of FOCUS 1.2\n",
        grouped(report.rows),
        report.outcomes.len()
    );
    text.push_str(&format!(
        "  {passed} kept, {failed} broken, {not_applicable} not about this file, {not_decidable} not to be told from it\n"
    ));
    let mut broken: Vec<_> = report.failed().collect();
    broken.sort_by_key(|one| one.is_warning());
    for outcome in broken {
        text.push_str(&line(outcome));
    }
    text.push_str(match report.conforms() {
        true => "it conforms\n",
        false => "it does not conform\n",
    });
    text
}

fn line(outcome: &Outcome) -> String {
    let mut text =
        format!("  {}  {}  {}\n", outcome.id, outcome.keyword.as_str(), escape(outcome.text));
    let example = outcome.example.as_deref().map(|example| format!(", as {}", escape(example)));
    let example = example.unwrap_or_default();
    if outcome.failing > 0 {
        let rows: Vec<_> = outcome.rows.iter().take(3).map(u64::to_string).collect();
        let (failing, rows) = (grouped(outcome.failing), rows.join(", "));
        text.push_str(&format!("      {failing} rows: {rows}{example}\n"));
    } else {
        text.push_str(&format!("      in the header{example}\n"));
    }
    if let Some(erratum) = outcome.erratum {
        text.push_str(&format!("      the rule itself is wrong: {}\n", escape(erratum)));
    }
    text
}

fn json(report: &Report) -> Value {
    let [passed, failed, not_applicable, not_decidable] = counts(report);
    let broken = |one: &Outcome| {
        json!({
            "rule": one.id,
            "keyword": one.keyword.as_str(),
            "requirement": one.text,
            "rows": one.failing,
            "first": one.rows,
            "example": one.example,
            "erratum": one.erratum,
        })
    };
    json!({
        "schema": "ledgit.conformance/1",
        "conforms": report.conforms(),
        "conforms_but_for_errata": report.conforms_but_for_errata(),
        "rows": report.rows,
        "criteria": report.criteria,
        "passed": passed,
        "failed": failed,
        "not_applicable": not_applicable,
        "not_decidable": not_decidable,
        "broken": report.failed().map(broken).collect::<Vec<_>>(),
    })
}
