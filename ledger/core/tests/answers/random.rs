//! Random logs and random queries: an answer is what a naive filter gives.

use ledgit_core::bundle::Query;
use ledgit_core::digest::DigestName;
use ledgit_core::statement::*;
use proptest::prelude::*;

use super::made::*;
use crate::history::{ANA, BEN, CI, Forge, LOG, ORIGIN, START};
use crate::support::*;

const PEOPLE: [(&str, u8); 3] = [ANA, BEN, CI];

/// How many hours pass before a checkpoint, and what it adds.
type Drawn = Vec<(u64, Vec<(u8, u8, u8)>)>;

fn said(sort: u8, which: u8) -> Body {
    let content = digests(&format!("model {}", which % 3));
    let place = text(["production", "staging"][usize::from(which % 2)]);
    match sort % 6 {
        0 => Model { digests: content, ..model() }.into(),
        1 => Decision { subject: content, environment: place, ..decision() }.into(),
        2 => Deployment { subject: content, environment: place, ..deployment() }.into(),
        3 => Metric { subject: content, ..metric() }.into(),
        4 => Approval { environment: Some(place), ..approval() }.into(),
        _ => run().into(),
    }
}

fn log(drawn: &Drawn) -> Forge {
    let mut forge = Forge::founded();
    let mut now = START;
    for (hours, entries) in drawn {
        now += hours * 3_600;
        forge.time(now);
        for (sort, which, who) in entries {
            forge.say(PEOPLE[usize::from(who % 3)], said(*sort, *which), |_| {});
        }
        forge.close();
    }
    forge
}

fn queries() -> impl Strategy<Value = Query> {
    let kinds = proptest::collection::btree_set(proptest::sample::select(Kind::ALL), 0..3);
    let some = |end: u64| proptest::option::weighted(0.4, 0..end);
    (kinds, some(4), some(3), some(3), some(2), some(120), some(120), some(40), some(40)).prop_map(
        |(kinds, about, by, key, place, from, until, first, before)| {
            let clock = |hours: u64| time(START + hours * 3_600);
            let person = |which: u64| PEOPLE[which as usize];
            let content = |which: u64| {
                let digest = digests(&format!("model {which}")).sha256;
                ledgit_core::bundle::About::Content(DigestName::Sha256(digest))
            };
            let positions = from.is_none() && until.is_none();
            Query {
                kinds,
                about: about.map(content),
                by: by.map(|which| person(which).0.to_owned()),
                key: key.map(|which| public(person(which).1).thumbprint()),
                environment: place.map(|which| text(["production", "staging"][which as usize])),
                from: from.map(clock),
                until: until.map(clock),
                first: first.filter(|_| positions),
                before: before.filter(|_| positions),
            }
        },
    )
}

/// What a person with the whole log in hand would underline.
fn naive(forge: &Forge, query: &Query) -> Vec<u64> {
    let (mut clock, mut found) = (None, Vec::new());
    for (position, entry) in (0..).zip(entries(forge)) {
        let signed = Signed::decode(&entry).unwrap();
        let Statement { envelope, body } = signed.statement();
        if let Body::Time(mark) = body {
            clock = Some(mark.time);
        }
        let (subject, place) = match body {
            Body::Model(body) => (Some(body.digests), None),
            Body::Decision(body) => (Some(body.subject), Some(&body.environment)),
            Body::Deployment(body) => (Some(body.subject), Some(&body.environment)),
            Body::Metric(body) => (Some(body.subject), None),
            Body::Approval(body) => (None, body.environment.as_ref()),
            _ => (None, None),
        };
        let is = [
            query.kinds.is_empty() || query.kinds.contains(&body.kind()),
            match query.about {
                None => true,
                Some(ledgit_core::bundle::About::Content(DigestName::Sha256(digest))) => {
                    subject.is_some_and(|subject| subject.sha256 == digest)
                }
                Some(_) => unreachable!(),
            },
            query.by.as_ref().is_none_or(|by| *by == envelope.iss),
            query.key.is_none_or(|key| key == envelope.kid),
            query.environment.is_none() || place == query.environment.as_ref(),
            query.from.is_none_or(|from| clock.is_some_and(|clock| clock >= from)),
            query.until.is_none_or(|until| clock.is_some_and(|clock| clock < until)),
            query.first.is_none_or(|first| position >= first),
            query.before.is_none_or(|before| position < before),
        ];
        if is.iter().all(|is| *is) {
            found.push(position);
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn an_answer_is_what_a_naive_filter_gives(
        drawn in proptest::collection::vec(
            (0..40_u64, proptest::collection::vec(any::<(u8, u8, u8)>(), 1..5)), 0..9,
        ),
        query in queries(),
        cut in any::<(u64, u64)>(),
    ) {
        let forge = log(&drawn);
        let text = query.to_text();
        if query.check().is_err() {
            prop_assert!(Query::parse(&text).is_err());
            return Ok(());
        }
        prop_assert_eq!(Query::parse(&text), Ok(query.clone()));
        let Ok(found) = find(&forge, &query) else {
            let size = forge.size();
            prop_assert!(query.first.is_some_and(|first| first >= size)
                || query.before.is_some_and(|before| before > size));
            return Ok(());
        };
        let bytes = answer(&forge, &text).to_bytes();
        let checked = check(&bytes).unwrap();
        let positions = |found: &ledgit_core::bundle::Found| {
            found.matches.iter().map(|(position, _)| *position).collect::<Vec<_>>()
        };
        prop_assert_eq!(positions(&checked.found), naive(&forge, &query));
        prop_assert_eq!(positions(&found), naive(&forge, &query));
        prop_assert_eq!((checked.found.over, checked.checkpoint.size), (found.over, forge.size()));
        // Everything that matches stands in the range, and any other range is refused.
        prop_assert!(naive(&forge, &query).iter().all(|at| (found.first..found.end).contains(at)));
        let first = cut.0 % forge.size();
        let end = first + 1 + cut.1 % (forge.size() - first);
        let other = check(&answer_over(&forge, &query, (first, end)).to_bytes());
        prop_assert_eq!(other.is_ok(), (first, end) == (found.first, found.end));
    }
}

/// The log's own statements are asked for like any others.
#[test]
fn what_the_log_itself_says_can_be_asked_for() {
    let forge = log(&vec![(1, vec![(0, 0, 0)]), (2, vec![(1, 1, 1)])]);
    assert_eq!(positions(&forge, &format!("by {ORIGIN}\n")), [0, 1, 2, 4]);
    let key = format!("kind time\nkey {}\n", public(LOG.1).thumbprint().hex());
    assert_eq!(positions(&forge, &key), [1, 2, 4]);
}
