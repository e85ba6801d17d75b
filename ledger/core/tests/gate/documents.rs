//! Documents about the model (E-22, E-26).

use ledgit_core::statement::*;

use crate::history::*;
use crate::support::{digests, evidence, text};

fn card(media: &str) -> Document {
    Document {
        name: text("card"),
        sort: text("model-card"),
        about: [digests("model")].into_iter().collect(),
        document: Evidence { media: text(media), ..evidence(media) },
    }
}

#[test]
fn each_format_is_a_media_type() {
    let all = [
        ("PDF", "application/pdf"),
        ("HTML", "text/html"),
        ("JSON", "application/json"),
        ("Markdown", "text/markdown"),
        ("Text", "text/plain"),
    ];
    for (format, media) in all {
        let rule = format!("type: Document, document: model-card, format: {format}");
        let mut bench = Bench::asking(&rule);
        bench.gives("none", "", "", &[]);
        let others: Vec<_> = all.iter().filter(|one| one.1 != media).collect();
        let entries: Vec<u64> = others.iter().map(|one| bench.say(card(one.1))).collect();
        bench.gives("other-format", others[3].1, "", &entries);
        let entry = bench.say(card(media));
        bench.gives("met", "", "", &[entry]);
    }
    let mut bench = Bench::asking("type: Document, document: model-card");
    let entry = bench.say(card("application/octet-stream"));
    bench.gives("met", "", "", &[entry]);
}

#[test]
fn another_sort_of_document_and_one_about_other_bytes_are_none() {
    let mut bench = Bench::asking("type: Document, document: model-card, format: PDF");
    bench.say(Document { sort: text("impact-assessment"), ..card("application/pdf") });
    let other = [digests("another")].into_iter().collect();
    bench.say(Document { about: other, ..card("application/pdf") });
    bench.gives("none", "", "", &[]);
    let both = [digests("another"), digests("model")].into_iter().collect();
    let entry = bench.say(Document { about: both, ..card("application/pdf") });
    bench.gives("met", "", "", &[entry]);
}

#[test]
fn a_report_is_asked_for_beside_its_score() {
    let mut bench = Bench::asking("type: ExplainabilityReport, minScore: 0.85, format: PDF");
    let report = Document { sort: text("explainability-report"), ..card("text/html") };
    bench.gives_at("ExplainabilityReport/score", "none", "", "", &[]);
    bench.gives_at("ExplainabilityReport/report", "none", "", "", &[]);
    let html = bench.say(report.clone());
    bench.gives_at("ExplainabilityReport/report", "other-format", "text/html", "", &[html]);
    let entry = bench.say(Document { document: card("application/pdf").document, ..report });
    bench.gives_at("ExplainabilityReport/report", "met", "", "", &[entry]);
    let score = bench.say(number("explainability_score", "0.85"));
    bench.gives_at("ExplainabilityReport/score", "met", "", "0.85", &[score]);
    assert_eq!(bench.decision().outcome, GateOutcome::Pass);
}

#[test]
fn the_last_document_is_the_one_that_counts() {
    let mut bench = Bench::asking("type: Document, document: model-card, by: [validators]");
    let strange = bench.say(card("text/html"));
    bench.gives("not-by-role", "", "", &[strange]);
    bench.by(DORA, card("text/html"));
    let last = bench.by(DORA, card("text/plain"));
    bench.say(card("application/pdf"));
    bench.gives("met", "", "", &[last]);
}
