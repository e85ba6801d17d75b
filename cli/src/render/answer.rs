//! Queries and what they found, as text and as JSON.

use ledgit_core::bundle::{About, Found, Query};
use serde_json::{Value, json};

use super::{entry_json, line};
use crate::output::escape;

/// A query in words.
pub fn conditions(query: &Query) -> String {
    let kinds: Vec<_> = query.kinds.iter().map(|kind| kind.name()).collect();
    let mut words = vec![match kinds.as_slice() {
        [] => "every statement".to_owned(),
        kinds => format!("every {}", kinds.join(" or ")),
    }];
    words.extend(query.about.map(|about| format!("about {}", about_text(&about))));
    words.extend(query.by.as_ref().map(|by| format!("by {}", escape(by))));
    words.extend(query.key.map(|key| format!("signed with key {}", key.hex())));
    let place = query.environment.as_ref();
    words.extend(place.map(|place| format!("for {}", escape(place.as_str()))));
    words.extend(query.from.map(|time| format!("from {time} on")));
    words.extend(query.until.map(|time| format!("before {time}")));
    if query.has_window() {
        words.push("by the log's clock".to_owned());
    }
    words.extend(query.first.map(|position| format!("from entry {position} on")));
    words.extend(query.before.map(|position| format!("before entry {position}")));
    words.join(", ")
}

fn about_text(about: &About) -> String {
    match about {
        About::Content(digest) => digest.to_string(),
        About::Entry(leaf) => format!("entry:{}", leaf.hex()),
    }
}

/// The entries, a line each.
pub fn lines(found: &Found) -> String {
    let mut text = String::new();
    for (position, signed) in &found.matches {
        text.push_str(&line(*position, signed));
        for by in found.corrected.get(position).into_iter().flatten() {
            text.push_str(&format!("        a correction names it: entry {by}\n"));
        }
    }
    if !found.matches.is_empty() {
        text.push('\n');
    }
    text
}

/// How many there are.
pub fn count(found: &Found) -> String {
    match found.matches.len() {
        0 => "none, and that is all".to_owned(),
        count => format!("{count} of {count}"),
    }
}

/// What stands behind COMPLETE when the window is not over yet.
pub fn window(found: &Found) -> String {
    match (found.over, found.clock) {
        (Some(false), Some(clock)) => {
            format!(" as of {clock}, the log's clock (more may come)")
        }
        _ => String::new(),
    }
}

/// A query's conditions; what is not asked for is null.
pub fn conditions_json(query: &Query) -> Value {
    json!({
        "text": query.to_text(),
        "kinds": query.kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>(),
        "about": query.about.as_ref().map(about_text),
        "by": query.by,
        "key": query.key.map(|key| key.hex()),
        "environment": query.environment.as_ref().map(|label| label.as_str()),
        "from": query.from.map(|time| time.to_string()),
        "until": query.until.map(|time| time.to_string()),
        "first": query.first,
        "before": query.before,
    })
}

/// What a query found.
pub fn found_json(found: &Found) -> Value {
    let corrected = found.corrected.iter().flat_map(|(position, all)| {
        all.iter().map(move |by| json!({ "entry": position, "correction": by }))
    });
    json!({
        "first": found.first,
        "last": found.end - 1,
        "clock": found.clock.map(|clock| clock.to_string()),
        "over": found.over,
        "count": found.matches.len(),
        "entries": found.matches.iter().map(|(at, signed)| entry_json(*at, signed)).collect::<Vec<_>>(),
        "corrected": corrected.collect::<Vec<_>>(),
    })
}
