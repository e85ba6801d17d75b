//! Queries: one text each, what they match, and over which range (C-01 to C-13).

use ledgit_core::bundle::{Answer, Query, QueryError};

use super::made::*;
use crate::history::{BEN, CI, START};
use crate::support::*;

fn at(day: u64) -> String {
    time(START + day * DAY).to_string()
}

#[test]
fn a_query_has_one_text() {
    let digest = "ab".repeat(32);
    let all = format!(
        "kind decision\nkind deployment\nabout sha256:{digest}\nby ci-train\nkey {digest}\nenvironment production EU\nfrom {}\nuntil {}\n",
        at(1),
        at(2)
    );
    assert_eq!(query(&all).to_text(), all);
    for good in [
        format!("about entry:{digest}\n"),
        format!("about blake3:{digest}\n"),
        format!("about oms:{digest}\n"),
        "by bank.example/credit-01234567\n".to_owned(),
        "first 0\n".to_owned(),
        "first 3\nbefore 4\n".to_owned(),
        "before 1\n".to_owned(),
        format!("until {}\n", at(1)),
    ] {
        assert_eq!(query(&good).to_text(), good);
    }
    for (wrong, why) in [
        (all.replace("kind decision\n", ""), None),
        (
            all.replace("kind decision\nkind deployment\n", "kind deployment\nkind decision\n"),
            Some("kind"),
        ),
        (all.replace("kind decision\n", "kind decision\nkind decision\n"), Some("kind")),
        (all.replace("kind decision", "kind decisions"), Some("decisions")),
        (all.replace("kind decision", "Kind decision"), Some("Kind")),
        (all.replace("by ci-train\n", "by ci-train\nby ci-train\n"), Some("condition")),
        (all.replace("by ci-train", "by ci train"), Some("ci train")),
        (all.replace("by ci-train\n", ""), None),
        (all.replace("sha256:ab", "sha256:AB"), Some("about")),
        (all.replace("sha256:", "md5:"), Some("about")),
        (all.replace("production EU", "production EU "), Some("environment")),
        (all.replace('\n', "\r\n"), Some("condition")),
        (all.trim_end().to_owned(), Some("until")),
        (format!("{all}\n"), Some("condition")),
        (all.replace("+00:00", "Z").replace('Z', "+00:00"), Some("from")),
        ("first 03\n".to_owned(), Some("first")),
        ("first -1\n".to_owned(), Some("first")),
        (format!("first {}\n", u64::MAX), Some("first")),
        (String::new(), Some("at least one")),
        ("before 0\n".to_owned(), Some("asks for nothing")),
        ("first 4\nbefore 4\n".to_owned(), Some("asks for nothing")),
        (format!("from {}\nuntil {}\n", at(2), at(2)), Some("asks for nothing")),
        (format!("from {}\nfirst 3\n", at(2)), Some("not both")),
    ] {
        match (Query::parse(&wrong), why) {
            (Err(error), Some(why)) => {
                assert!(error.to_string().contains(why), "{wrong:?}: {error}");
            }
            (Ok(read), None) => assert_eq!(read.to_text(), wrong),
            (other, _) => panic!("{wrong:?}: {other:?}"),
        }
    }
}

#[test]
fn each_condition_counts() {
    let week = week();
    let model = format!("about sha256:{}\n", digests("model 1").sha256.hex());
    // Halves of days 1, 4, 7, 10, 13.
    let starts: Vec<u64> = [1, 4, 7, 10, 13].map(|half| 2 + 5 * half).to_vec();
    let of = |offset: u64| starts.iter().map(|start| start + offset).collect::<Vec<_>>();
    assert_eq!(positions(&week, &format!("kind decision\n{model}")), of(2));
    let either = positions(&week, &format!("kind decision\nkind deployment\n{model}"));
    let mut both = [of(2), of(3)].concat();
    both.sort_unstable();
    assert_eq!(either, both);
    assert_eq!(positions(&week, &model).len(), 4 * 5);
    let blake3 = model
        .replace("sha256:", "blake3:")
        .replace(&digests("model 1").sha256.hex(), &digests("model 1").blake3.hex());
    assert_eq!(positions(&week, &blake3), positions(&week, &model));
    assert_eq!(positions(&week, "by ben@bank.example\n").len(), 14);
    let ben = format!("key {}\n", public(BEN.1).thumbprint().hex());
    assert_eq!(positions(&week, &ben), positions(&week, "by ben@bank.example\n"));
    let ci = format!("by ben@bank.example\nkey {}\n", public(CI.1).thumbprint().hex());
    assert_eq!(positions(&week, &ci), [0; 0], "both must be so");
    let staging = positions(&week, "kind deployment\nenvironment staging\n");
    assert_eq!(
        staging,
        (0..14).filter(|half| half % 2 == 1).map(|h| 5 + 5 * h).collect::<Vec<_>>()
    );
    assert_eq!(positions(&week, "environment nowhere\n"), [0; 0]);
    assert_eq!(positions(&week, "kind genesis\n"), [0]);
    assert_eq!(positions(&week, "kind time\nfirst 1\nbefore 8\n"), [1, 2, 7]);
}

/// The log's clock decides, and never what an author says of the time.
#[test]
fn a_window_is_by_the_logs_clock() {
    let mut week = week();
    let kinds = "kind deployment\n";
    let window = |from, until| format!("{kinds}from {}\nuntil {}\n", at(from), at(until));
    // Day 3 begins with half 4, at 22.
    assert_eq!(positions(&week, &window(3, 4)), [25, 30]);
    week.time(START + 8 * DAY);
    week.say(CI, deployment().into(), |envelope| envelope.iat = time(START + 3 * DAY));
    week.close();
    assert_eq!(positions(&week, &window(3, 4)), [25, 30]);
    assert_eq!(positions(&week, &window(8, 9)), [73]);
    let until = format!("{kinds}until {}\n", at(2));
    assert_eq!(positions(&week, &until), [5, 10]);
    let from = format!("{kinds}from {}\n", at(7));
    assert_eq!(positions(&week, &from), [65, 70, 73]);
    // The genesis stands before every time.
    assert_eq!(positions(&week, &format!("kind genesis\nuntil {}\n", at(9))), [0; 0]);
}

#[test]
fn the_range_of_a_window_is_bounded_by_times_of_the_log() {
    let week = week();
    let size = week.size();
    for (from, until, range, over) in [
        (Some(3), Some(4), (22, 33), true),
        // Not exactly at a time of the log.
        (Some(0), Some(1), (1, 3), true),
        (None, Some(1), (0, 3), true),
        (None, Some(0), (0, 2), true),
        (Some(6), None, (52, size), false),
        (Some(6), Some(9), (52, size), false),
        (Some(100), Some(101), (67, size), false),
    ] {
        let mut text = String::new();
        text.extend(from.map(|day| format!("from {}\n", at(day))));
        text.extend(until.map(|day| format!("until {}\n", at(day))));
        let checked = check(&answer(&week, &text).to_bytes()).unwrap();
        assert_eq!((checked.found.first, checked.found.end), range, "{text}");
        assert_eq!(checked.found.over, Some(over), "{text}");
    }
    let before = format!("until {}\n", time(START - 1));
    let checked = check(&answer(&week, &before).to_bytes()).unwrap();
    assert_eq!((checked.found.first, checked.found.end), (0, 2));
    let whole = check(&answer(&week, "kind model\n").to_bytes()).unwrap();
    assert_eq!((whole.found.first, whole.found.end, whole.found.over), (0, size, None));
    let some = check(&answer(&week, "first 9\nbefore 12\n").to_bytes()).unwrap();
    assert_eq!((some.found.first, some.found.end, some.found.over), (9, 12, None));
    assert_eq!(some.found.matches.len(), 3);
}

#[test]
fn positions_that_the_log_does_not_have_are_refused() {
    let week = week();
    let size = week.size();
    for text in [format!("before {}\n", size + 1), format!("first {size}\n")] {
        let error = find(&week, &query(&text)).unwrap_err();
        assert_eq!(error, QueryError::Beyond { wanted: size + 1, size }, "{text}");
    }
    assert!(find(&week, &query(&format!("first {}\nbefore {size}\n", size - 1))).is_ok());
}

/// A correction of what is listed is shown beside it; whether it counts is for `verify` to say.
#[test]
fn what_is_corrected_is_shown_as_such() {
    let mut week = week();
    let leaf = ledgit_core::digest::LeafHash(week.leaves[6]);
    week.time(START + 8 * DAY);
    let correction = ledgit_core::statement::Correction { corrects: leaf, ..correction() };
    week.say(BEN, correction.into(), |_| {});
    week.close();
    let checked = check(&answer(&week, "kind metric\n").to_bytes()).unwrap();
    let corrected: Vec<_> = checked.found.corrected.into_iter().collect();
    assert_eq!(corrected, [(6, [73].into())]);
    let checked = check(&answer(&week, "kind model\n").to_bytes()).unwrap();
    assert!(checked.found.corrected.is_empty());
    let named = format!("about entry:{}\n", leaf.hex());
    assert_eq!(positions(&week, &named), [73]);
}

#[test]
fn an_answer_that_nothing_matches_is_as_whole_as_any() {
    let week = week();
    let answer = answer(&week, "kind run\n");
    assert!(answer.keys.is_empty());
    let checked = check(&answer.to_bytes()).unwrap();
    assert!(checked.found.matches.is_empty());
    assert_eq!((checked.found.end, checked.ledger), (week.size(), week.ledger()));
    let lines = answer.entries.iter().map(|entry| Answer::line_of(entry.len()));
    assert!(lines.sum::<usize>() + Answer::BESIDE >= answer.to_bytes().len());
}

/// C-32: what is too much is refused, never cut.
#[test]
fn more_than_an_answer_lists_is_refused() {
    use ledgit_core::bundle::{Scan, ScanError};
    use ledgit_core::statement::TimeMark;
    let signed = seal(&statement(TimeMark { time: time(START) }.into()));
    let query = query("kind time\n");
    let mut scan = Scan::new(&query);
    let most = ledgit_core::limits::ANSWER_ENTRIES as u64;
    for position in 0..most {
        scan.take(position, signed.clone()).unwrap();
    }
    assert_eq!(scan.take(most, signed), Err(ScanError::TooMany));
}
