use super::super::path::{Twins, check_path, fold};
use crate::files::PathRule;

const PATHS: &str = include_str!("../../../../../fixtures/hostile/names/paths.json");

/// Those of the hostile paths that are only odd: data, never a command or another place.
const TAKEN: [&str; 18] = [
    ".git./config",
    ".git /config",
    "git~1/config",
    ".g\u{200c}it/config",
    ".git::$INDEX_ALLOCATION/config",
    "\u{202e}gnp.exe",
    "a.txt.",
    "a.txt ",
    "~root/x",
    ";id",
    "%2e%2e/%2e%2e/etc/passwd",
    "..%2fx",
    "..;/x",
    "caf\u{e9}",
    "cafe\u{301}",
    "\u{feff}a",
    "$HOME/x",
    "`id`",
];

#[test]
fn i05_hostile_paths_are_refused_and_odd_ones_are_data() {
    // One of the paths is a lone surrogate, which no text can hold.
    let text = PATHS.replace("\\ud800", "x");
    let paths: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    let mut refused = 0;
    for path in &paths {
        let path = path["path"].as_str().unwrap();
        let odd = TAKEN.contains(&path) || path == "x" || path.starts_with("aaaa");
        assert_eq!(check_path(path).is_ok(), odd, "{path:?}: {:?}", check_path(path));
        refused += usize::from(!odd);
    }
    assert_eq!((paths.len(), refused), (45, 26));
}

#[test]
fn i05_each_rule_for_paths_refuses_its_own() {
    let long = "x".repeat(4_097);
    let cases = [
        ("", PathRule::Length(0)),
        (&long, PathRule::Length(4_097)),
        ("/a", PathRule::EmptyName),
        ("a/", PathRule::EmptyName),
        ("a//b", PathRule::EmptyName),
        ("a/./b", PathRule::Dots),
        ("a/..", PathRule::Dots),
        ("a/.GiT/b", PathRule::Git),
        ("a\\b", PathRule::Character('\\')),
        ("a\0", PathRule::Character('\0')),
        ("a\u{7f}", PathRule::Character('\u{7f}')),
        ("a\u{9b}", PathRule::Character('\u{9b}')),
        ("c:", PathRule::Drive),
        ("a/CON", PathRule::Device),
        ("nul .txt", PathRule::Device),
        ("com1.tar.gz", PathRule::Device),
        ("LPT³", PathRule::Device),
        ("conin$/a", PathRule::Device),
    ];
    for (path, rule) in cases {
        assert_eq!(check_path(path), Err(rule), "{path:?}");
    }
    let longest = "x".repeat(4_096);
    for path in
        [&longest, "...", "a b", "ab:c", "a/c:", "com", "com10", "console", "a.con", ".gitx"]
    {
        assert_eq!(check_path(path), Ok(()), "{path:?}");
    }
}

#[test]
fn i08_names_fold_as_unicode_folds_them() {
    let same = [
        ("README", "readme"),
        ("stra\u{df}e", "STRASSE"),
        ("STRA\u{1e9e}E", "strasse"),
        ("\u{212a}", "k"),
        ("\u{e9}", "E\u{301}"),
        ("\u{3a3}\u{3c2}", "\u{3c3}\u{3a3}"),
        ("\u{212b}", "a\u{30a}"),
        ("\u{fb01}n", "FIN"),
        ("\u{130}", "i\u{307}"),
        ("\u{13a0}", "\u{ab70}"),
        ("a\u{323}\u{307}", "A\u{307}\u{323}"),
    ];
    for (a, b) in same {
        assert_eq!(fold(a), fold(b), "{a:?} {b:?}");
    }
    for (a, b) in [("\u{131}", "i"), ("a", "b"), ("e", "\u{e9}"), ("\u{2126}x", "o")] {
        assert_ne!(fold(a), fold(b), "{a:?} {b:?}");
    }
}

#[test]
fn i08_twins_are_found_at_any_depth_and_named() {
    let add = |paths: &[&str]| {
        let mut twins = Twins::default();
        paths.iter().try_for_each(|path| twins.add(path))
    };
    let pair = |a: &str, b: &str| Err((a.to_owned(), b.to_owned()));
    assert_eq!(add(&["A/x", "a/y"]), pair("A", "a"));
    assert_eq!(add(&["d/A", "d/b/c", "d/b/e", "d/a"]), pair("d/A", "d/a"));
    assert_eq!(add(&["d/e\u{301}/1", "d/\u{e9}/2"]), pair("d/e\u{301}", "d/\u{e9}"));
    assert_eq!(add(&["a", "a-b", "a/b"]), pair("a", "a"));
    assert_eq!(add(&["D", "c", "d/x"]), pair("D", "d"));
    assert_eq!(add(&["A/x", "B/X", "B/y/X", "C/x", "x"]), Ok(()));
    assert_eq!(add(&["a/b", "a/b-c", "a/b.d/e", "a/b.d/f", "a0"]), Ok(()));
}
