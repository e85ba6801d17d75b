//! What a log says about costs, where keys were compromised and entries corrected (CV-01, J-02).

use ledgit_core::cost::said::Said;
use ledgit_core::cost::series::Place;
use ledgit_core::cost::view::{Reports, View};
use ledgit_core::statement::*;

use crate::history::*;
use crate::support;

/// What entries before a position say, as of there.
fn said(forge: &Forge, before: u64) -> Said {
    let (mut said, mut clock) = (Said::default(), None);
    for (position, entry) in (0..before).zip(forge.entries()) {
        let signed = Signed::decode(entry).unwrap();
        if let Body::Time(mark) = &signed.statement().body {
            clock = Some(mark.time);
        }
        said.take(position, signed.leaf(), signed.statement(), clock);
    }
    said.end(before, clock, &forge.authority());
    said
}

/// The entries whose amounts are counted.
fn counted(forge: &Forge, before: u64) -> Vec<u64> {
    let view = View::of(&said(forge, before), &Reports::new()).unwrap();
    view.items.iter().map(|item| item.place.entry).collect()
}

/// Nothing is found, whatever does not count any more.
fn is_sound(bench: &Bench) {
    let mut forge = bench.forge.clone();
    forge.close();
    assert_eq!(forge.audited().0.findings(), []);
}

#[test]
fn a_cost_of_a_void_key_is_not_counted() {
    let mut bench = Bench::bare();
    let costs = [CI, DORA, DORA].map(|who| bench.by(who, support::cost()));
    let before = bench.forge.size();
    assert_eq!(counted(&bench.forge, before), costs);
    bench.compromise(DORA, 21, costs[2]);
    // The key was good until there: what it signed before stays.
    assert_eq!(counted(&bench.forge, bench.forge.size()), costs[..2]);
    // A void statement is void whatever position is asked of: the roster that says so is today's.
    assert_eq!(counted(&bench.forge, before), costs[..2]);
    is_sound(&bench);
}

#[test]
fn a_cost_that_is_corrected_is_counted_until_there() {
    let mut bench = Bench::bare();
    let costs = [CI, DORA].map(|who| bench.by(who, support::cost()));
    bench.correct(costs[0]);
    // The last vote is what corrects it.
    let size = bench.forge.size();
    assert_eq!(counted(&bench.forge, size), costs[1..]);
    assert_eq!(counted(&bench.forge, size - 1), costs);
    is_sound(&bench);
}

/// What costs are divided by, and held against.
#[test]
fn benefits_evidence_and_releases_of_a_void_key_or_corrected_do_not_count() {
    let mut bench = Bench::asking("type: Metric, metric: auc, min: 0.9");
    let metrics = [CI, DORA].map(|who| bench.by(who, number("auc", "0.95")));
    let benefits = [CI, DORA].map(|who| bench.by(who, support::benefit()));
    let decision = bench.decision();
    assert_eq!(decision.outcome, GateOutcome::Pass);
    let passed = [DORA, CI].map(|who| {
        let position = bench.forge.size();
        bench.forge.record_decision(who, decision.clone());
        position
    });
    let told = |bench: &Bench| {
        let said = said(&bench.forge, bench.forge.size());
        let benefits: Vec<_> = said.benefits.iter().map(|one| one.position).collect();
        let evidence: Vec<_> = said.evidence.iter().map(|one| one.position).collect();
        let released: Vec<Place> = said.released().into_values().map(|(place, _)| place).collect();
        (benefits, evidence, released)
    };
    let all = |of: &[u64]| of.to_vec();
    let place = |entry| vec![Place::entry(entry)];
    assert_eq!(told(&bench), (all(&benefits), all(&metrics), place(passed[0])));
    let mut void = bench.clone();
    void.compromise(DORA, 21, metrics[1]);
    // The first decision that counts is another one.
    assert_eq!(told(&void), (all(&benefits[..1]), all(&metrics[..1]), place(passed[1])));
    is_sound(&void);
    for position in [metrics[0], benefits[0], passed[0]] {
        bench.correct(position);
    }
    assert_eq!(told(&bench), (all(&benefits[1..]), all(&metrics[1..]), place(passed[1])));
    is_sound(&bench);
}
