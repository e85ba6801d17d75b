//! Every digest and every entry that a statement of each kind names (C-04, C-05).

use ledgit_core::bundle::{About, Query};
use ledgit_core::digest::{DigestName, Digests, LeafHash, Oms, Sha256};
use ledgit_core::statement::*;

use crate::support::*;

fn is_about(body: &Body, about: About) -> bool {
    let query = Query { about: Some(about), ..Query::default() };
    query.matches(7, &statement(body.clone()), None)
}

fn both(digests: Digests) -> [About; 2] {
    [DigestName::Sha256(digests.sha256), DigestName::Blake3(digests.blake3)].map(About::Content)
}

fn content(text: &str) -> Vec<About> {
    both(digests(text)).to_vec()
}

fn plain(byte: u8) -> About {
    About::Content(DigestName::Sha256(Sha256([byte; 32])))
}

fn entry(byte: u8) -> About {
    About::Entry(LeafHash([byte; 32]))
}

/// What each kind names, word for word as `support` fills it in.
fn named() -> Vec<(Body, Vec<About>)> {
    let all = |texts: &[&str]| texts.iter().flat_map(|text| content(text)).collect::<Vec<_>>();
    let anchor = [plain(0xcc), plain(0x7e)];
    let oms = About::Content(DigestName::Oms(Oms([4; 32])));
    let with = |mut these: Vec<About>, those: &[About]| {
        these.extend_from_slice(those);
        these
    };
    let replacing = Bill { replaces: Some(LeafHash([0xb5; 32])), ..bill() };
    vec![
        (genesis().into(), vec![]),
        (TimeMark { time: time(1) }.into(), vec![]),
        (dataset().into(), with(all(&["dataset", "manifest"]), &[oms, plain(3)])),
        (model().into(), with(all(&["model"]), &anchor)),
        (metric().into(), all(&["model", "dataset", "another", "report"])),
        (approval().into(), with(all(&["model", "policy", "reason"]), &[entry(5), entry(6)])),
        (cost().into(), all(&["model", "focus"])),
        (document().into(), all(&["model", "card"])),
        (run().into(), with(all(&["dataset", "model", "parameters"]), &anchor)),
        (correction().into(), with(all(&["typo"]), &[entry(8), entry(9)])),
        (proposal().into(), with(all(&["roster"]), &[entry(7)])),
        (new_policy().into(), with(all(&["policy"]), &[entry(7)])),
        (new_log_key().into(), vec![entry(7)]),
        (decision().into(), with(all(&["model", "policy"]), &[entry(7)])),
        (exception().into(), with(all(&["model", "reason"]), &[entry(7)])),
        (deployment().into(), with(all(&["model"]), &[entry(8)])),
        (erasure().into(), all(&["card", "request"])),
        (bill().into(), all(&["charges"])),
        (replacing.into(), with(all(&["charges"]), &[entry(0xb5)])),
        (allocation().into(), with(all(&["lines"]), &[entry(0xb2), entry(0xb3)])),
        (
            budget().into(),
            vec![About::Content(DigestName::Sha256(digests("model").sha256)), entry(0xb4)],
        ),
        (benefit().into(), all(&["model", "savings"])),
    ]
}

#[test]
fn each_kind_is_about_what_it_names_and_nothing_else() {
    let named = named();
    let everything: Vec<About> = named.iter().flat_map(|(_, abouts)| abouts.clone()).collect();
    for (body, abouts) in &named {
        for about in &everything {
            let kind = body.kind().name();
            assert_eq!(is_about(body, *about), abouts.contains(about), "{kind}: {about:?}");
        }
        assert!(!is_about(body, plain(0xaa)) && !is_about(body, entry(0xaa)));
    }
    let kinds: std::collections::BTreeSet<_> = named.iter().map(|(body, _)| body.kind()).collect();
    assert_eq!(kinds.len(), Kind::ALL.len(), "a kind is left out");
}

/// A leaf hash is no digest of content, whatever its bytes are.
#[test]
fn an_entry_and_content_of_the_same_bytes_are_two_things() {
    assert!(is_about(&correction().into(), entry(8)) && !is_about(&correction().into(), plain(8)));
    let same =
        Model { anchor: Some(Anchor { commit_sha256: Sha256([5; 32]), ..anchor() }), ..model() };
    assert!(is_about(&same.clone().into(), plain(5)) && !is_about(&same.into(), entry(5)));
    let by_entry = Approval { subject: ApprovalSubject::Entry(LeafHash([1; 32])), ..approval() };
    assert!(is_about(&by_entry.clone().into(), entry(1)));
    assert!(!is_about(&by_entry.into(), content("model")[0]));
}

#[test]
fn an_environment_is_what_four_kinds_name() {
    let query = Query { environment: Some(text("production")), ..Query::default() };
    let kinds: Vec<_> = bodies()
        .into_iter()
        .filter(|body| query.matches(0, &statement(body.clone()), None))
        .map(|body| body.kind().name())
        .collect();
    assert_eq!(kinds, ["approval", "decision", "exception", "deployment"]);
    let anywhere = Approval { environment: None, ..approval() };
    assert!(!query.matches(0, &statement(anywhere.into()), None));
}
