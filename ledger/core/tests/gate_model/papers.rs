//! Documents that histories propose, written apart from the code under test.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::Signer as _;
use ledgit_core::authority::enrolment;
use ledgit_core::digest::LedgerId;
use ledgit_core::policy::Policy;

use super::world::{Name, Sheet};
use crate::support::{key, public};

const REQUIREMENTS: [&str; 22] = [
    "type: Metric, metric: auc, min: 0.9",
    "type: Metric, metric: auc, min: 0.5, max: 0.95, aggregate: latest, maxAge: 2h",
    "type: Metric, metric: auc, above: 0.9, aggregate: mean, by: [validators, ci]",
    "type: Metric, metric: auc, below: 0.96, aggregate: mean",
    "type: Metric, metric: auc, min: 0.5, slices: {sex: [F, M]}, minSamples: 100",
    "type: Metric, metric: auc, min: 0.5, max: 0.95",
    "type: Metric, metric: auc, min: 0.5, definition: \"1\", by: [risk]",
    "type: BiasDetection, maxDisparity: 0.05, metric: DemographicParity, maxAge: 1h",
    "type: BiasDetection, maxDisparity: 0.05, metric: DemographicParity, attributes: [sex, age], datasets: 1",
    "type: DataDriftMonitoring, threshold: 0.1, maxAge: 1h, datasets: 2",
    "type: DataDriftMonitoring, threshold: 0.1",
    "type: ExplainabilityReport, minScore: 0.85, format: PDF, method: shap",
    "type: Document, document: model-card, maxAge: 1d",
    "type: Lineage, roles: [training-data], licenses: [MIT, CC0-1.0], code: required",
    "type: Lineage, by: [validators, ci]",
    "type: Statement, kind: metric, by: [validators, ci], min: 3",
    "type: Statement, kind: model, by: [ana, ci]",
    "type: SeparationOfDuties, kinds: [metric, approval, cost, model]",
    "type: Budget, ceiling: 100.5, currency: EUR",
    "type: Budget, ceiling: 50, currency: EUR, purposes: [training, reporting], measure: BilledCost",
    "type: WithinBudget, budget: audits",
    "type: WithinBudget, budget: training",
];

const WORKFLOWS: [&str; 8] = [
    "",
    "",
    "",
    "{minApprovals: 1}",
    "{minApprovals: 1, validFor: 2h}",
    "{groups: [risk, law], minApprovals: 2, validFor: 1h}",
    "{groups: [risk], perGroup: {risk: 2}}",
    "{groups: [law, validators]}",
];

const EXCEPTIONS: [&str; 4] = [
    "",
    "{maxDuration: 2h}",
    "{maxDuration: 30d, breakGlass: {by: [risk, ana], ratifyWithin: 1h}}",
    "{maxDuration: 1d, breakGlass: {by: [ana, ben, cleo], ratifyWithin: 2h}}",
];

fn of<'a>(all: &[&'a str], which: u8) -> &'a str {
    all[which as usize % all.len()]
}

/// A policy's document; what is drawn may not make one, and then something is left out.
pub fn policy(name: &str, bits: [u8; 5]) -> (String, Policy) {
    (0..3)
        .find_map(|plainer| {
            let text = drawn(name, bits, plainer);
            let policy = Policy::parse(text.as_bytes()).ok()?;
            Some((text, policy))
        })
        .unwrap()
}

fn drawn(name: &str, [a, b, c, d, e]: [u8; 5], plainer: u8) -> String {
    let model = if name == "r" { "fraud" } else { "credit" };
    let risk = match c {
        0..=4 if plainer == 0 => "unacceptable",
        5..=80 if plainer == 0 => "high",
        81..=120 => "minimal",
        _ => "limited",
    };
    let mut text = format!(
        "apiVersion: policy.apexlogic.com/v1alpha1\nkind: ModelDeploymentPolicy\n\
         metadata: {{name: {name}}}\nspec:\n  modelName: {model}\n  riskLevel: {risk}\n"
    );
    let mode = match d {
        0..=8 => "retired",
        9..=40 => "observe",
        _ => "enforce",
    };
    let _ = writeln!(text, "  mode: {mode}");
    if e.is_multiple_of(3) {
        text.push_str("  environments: [production]\n");
    }
    if d.is_multiple_of(5) {
        text.push_str("  reviewEvery: 1d\n");
    }
    if d.is_multiple_of(3) {
        text.push_str("  decisionValidFor: 1h\n");
    }
    text.push_str("  requirements:\n");
    for one in [Some(a), (b > 140).then_some(b), (c > 190).then_some(c)].into_iter().flatten() {
        let _ = writeln!(text, "    - {{{}}}", of(&REQUIREMENTS, one));
    }
    let workflow = match risk {
        "high" => WORKFLOWS[5 + (b % 2) as usize],
        _ => of(&WORKFLOWS, b / 7),
    };
    let exceptions = if risk == "unacceptable" { "" } else { of(&EXCEPTIONS, e / 3) };
    for (title, part) in [("approvalWorkflow", workflow), ("exceptions", exceptions)] {
        if !part.is_empty() {
            let _ = writeln!(text, "  {title}: {part}");
        }
    }
    text
}

fn proof(ledger: LedgerId, holder: &str, seed: u8) -> String {
    let signature = key(seed).sign(&enrolment(ledger, holder, &public(seed)));
    STANDARD.encode(signature.to_bytes())
}

/// The document of a roster; keys from this seed on are new and come with a proof.
pub fn roster(sheet: &Sheet, ledger: LedgerId, service: (Name, u8), first_new: u8) -> String {
    let own_work = if sheet.own_work { "allowed" } else { "refused" };
    let mut text = format!("ledgit: roster/1\nown-work: {own_work}\npeople:\n");
    for (name, keys) in &sheet.people {
        let _ = writeln!(text, "  {name}:");
        for seed in keys {
            let _ = writeln!(text, "  - key: {}", public(*seed).ssh_text());
            if *seed >= first_new {
                let _ = writeln!(text, "    proof: {}", proof(ledger, name, *seed));
            }
        }
    }
    let (name, seed) = service;
    let _ = write!(text, "services:\n  {name}:\n  - key: {}\ngroups:\n", public(seed).ssh_text());
    for (name, all) in &sheet.groups {
        let all: Vec<_> = all.iter().copied().collect();
        let _ = writeln!(text, "  {name}: [{}]", all.join(", "));
    }
    text.push_str("thresholds: {roster: 2}\n");
    if !sheet.compromised.is_empty() {
        text.push_str("compromised:\n");
    }
    for (seed, since) in &sheet.compromised {
        let _ = writeln!(text, "  - {{key: {}, since: {since}}}", public(*seed).ssh_text());
    }
    text
}
