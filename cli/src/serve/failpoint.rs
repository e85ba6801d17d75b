//! Panics that tests of debug builds ask for: named by `LEDGIT_FAILPOINTS` and by the request. A
//! release has none.

use axum::http::HeaderMap;

/// Whether a request asks for a panic at a place, where tests may.
#[cfg(debug_assertions)]
pub fn is(place: &str, headers: &HeaderMap) -> bool {
    std::env::var_os("LEDGIT_FAILPOINTS").is_some()
        && headers.get("ledgit-failpoint").is_some_and(|value| value == place)
}

/// A release has none.
#[cfg(not(debug_assertions))]
pub fn is(_place: &str, _headers: &HeaderMap) -> bool {
    false
}

/// Panics where a request asks for it.
pub fn pass(place: &str, headers: &HeaderMap) {
    assert!(!is(place, headers), "asked to panic in {place}");
}
