//! Authorities for people and programs: where the next head is decided.

use ledgit_core::digest::to_hex;
use ledgit_core::statement::AuthorityPlace;
use serde_json::{Value, json};

/// In one line.
pub fn describe(place: &AuthorityPlace) -> String {
    let urls: Vec<_> = place.urls().iter().map(|url| url.as_str()).collect();
    let urls = urls.join(", ");
    match place {
        AuthorityPlace::Repository(place) => format!("the repository {}", to_hex(&place.id)),
        AuthorityPlace::Remote(_) => format!("the remote {urls}"),
        AuthorityPlace::Service(place) => {
            format!("the service {urls}, repository {}", to_hex(&place.id))
        }
    }
}

/// What one changes in another, one line each; `+` is new, `-` is gone.
pub fn differences(old: &AuthorityPlace, new: &AuthorityPlace) -> Vec<String> {
    if old == new {
        return vec!["  nothing changes".to_owned()];
    }
    let mut lines = Vec::new();
    for (sign, place) in [('-', old), ('+', new)] {
        let what = match place {
            AuthorityPlace::Repository(_) => describe(place),
            AuthorityPlace::Remote(_) => "the remote".to_owned(),
            AuthorityPlace::Service(one) => {
                format!("the service of repository {}", to_hex(&one.id))
            }
        };
        lines.push(format!("{sign} authority: {what}"));
        // One a line: each of them may be used.
        lines.extend(place.urls().iter().map(|url| format!("{sign}   at {url}")));
    }
    if old.id().is_none() || old.id() != new.id() {
        lines.push("  the log key is not moved by this".to_owned());
    }
    lines
}

/// As JSON.
pub fn json(place: &AuthorityPlace) -> Value {
    let urls: Vec<_> = place.urls().iter().map(|url| url.as_str()).collect();
    json!({ "kind": place.word(), "id": place.id().map(|id| to_hex(&id)), "urls": urls })
}
