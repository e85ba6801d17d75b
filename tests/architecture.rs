//! The floors of the house: a module uses only floors below it, and the core is pure.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Each crate's modules and the floor that they stand on.
const CORE: &[(&str, u8)] = &[
    ("limits", 0),
    ("digest", 0),
    ("decimal", 0),
    ("time", 0),
    ("name", 0),
    ("merkle", 1),
    ("cbor", 1),
    ("signature", 1),
    ("yaml", 1),
    ("calendar", 1),
    ("statement", 2),
    ("checkpoint", 2),
    ("policy", 3),
    ("retention", 3),
    ("witness", 3),
    ("bill", 3),
    ("allocation", 3),
    ("budgets", 3),
    ("authority", 4),
    ("gate", 5),
    ("cost", 5),
    ("replay", 6),
    ("bundle", 6),
];
const STORE: &[(&str, u8)] = &[
    ("bills", 7),
    ("durable", 7),
    ("files", 7),
    ("keys", 7),
    ("rego", 7),
    ("git", 8),
    ("index", 8),
    ("remote", 9),
    ("ledger", 10),
    ("sync", 11),
    ("witness", 11),
];

/// Nothing of the world outside may be named in the core.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "std::io",
    "SystemTime",
    "Instant",
    "rand::",
    "getrandom",
    "Timestamp::now",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn sources(directory: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push((path.clone(), fs::read_to_string(&path).unwrap()));
        }
    }
    found
}

/// The module of a crate that a file belongs to; none for `lib.rs`.
fn module(source: &Path, file: &Path) -> Option<String> {
    let first = file.strip_prefix(source).unwrap().components().next().unwrap();
    let name = first.as_os_str().to_str().unwrap();
    let name = name.strip_suffix(".rs").unwrap_or(name);
    (name != "lib").then(|| name.to_owned())
}

/// The modules that a text names after `crate::`, also in a list of braces.
fn used(text: &str) -> Vec<String> {
    let word = |text: &str| {
        text.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect::<String>()
    };
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code = code.collect::<Vec<_>>().join("\n");
    let mut found = Vec::new();
    for rest in code.split("crate::").skip(1) {
        match rest.strip_prefix('{') {
            Some(list) => {
                let list = list.split(';').next().unwrap_or(list);
                found.extend(list.split([',', '\n']).map(|part| word(part.trim())));
            }
            None => found.push(word(rest)),
        }
    }
    found
}

fn violations(source: &Path, floors: &[(&str, u8)]) -> Vec<String> {
    let floor = |name: &str| floors.iter().find(|(module, _)| *module == name).map(|(_, at)| *at);
    let mut wrong = Vec::new();
    for (file, text) in sources(source) {
        let Some(module) = module(source, &file) else { continue };
        let own = floor(&module)
            .unwrap_or_else(|| panic!("{module} has no floor; add it to tests/architecture.rs"));
        for other in used(&text).iter().filter(|other| **other != module) {
            // The table of maxima is the ground that everything stands on.
            if other != "limits" && floor(other).is_some_and(|other| other >= own) {
                wrong.push(format!("{} uses {other}", file.display()));
            }
        }
    }
    wrong
}

#[test]
fn a_module_of_the_core_uses_only_floors_below_it() {
    assert_eq!(violations(&root().join("ledger/core/src"), CORE), Vec::<String>::new());
}

#[test]
fn a_module_of_the_store_uses_only_floors_below_it() {
    assert_eq!(violations(&root().join("ledger/store/src"), STORE), Vec::<String>::new());
}

#[test]
fn the_core_is_pure() {
    for (file, text) in sources(&root().join("ledger/core/src")) {
        let code: String = text.lines().filter(|l| !l.trim_start().starts_with("//")).collect();
        let code = code.split("#[cfg(test)]").next().unwrap_or_default();
        let tests = file.file_name().is_some_and(|name| name == "tests.rs");
        for word in IMPURE.iter().filter(|_| !tests) {
            assert!(!code.contains(word), "{} names {word}", file.display());
        }
    }
}

#[test]
fn only_the_git_module_names_gix() {
    for (file, text) in sources(&root().join("ledger/store/src")) {
        let git =
            file.components().any(|part| part.as_os_str() == "git" || part.as_os_str() == "git.rs");
        assert!(git || !text.contains("gix::"), "{} names gix", file.display());
    }
}

/// what `verify` runs reads no index, and no state that an index may have had a part in.
#[test]
fn verify_never_reads_the_index() {
    let directory = root().join("ledger/store/src/ledger/verify");
    let found = sources(&directory);
    assert!(found.len() > 5);
    for (file, text) in found {
        let code: String = text.lines().filter(|l| !l.trim_start().starts_with("//")).collect();
        for word in ["index::", ".state(", "lookup", "looked_up", ".find(&", "super::gate"] {
            assert!(!code.contains(word), "{} names {word}", file.display());
        }
        // As names of their own: Git has a state of its head.
        let mut names = code.split(|char: char| !char.is_alphanumeric() && char != '_');
        let name = names.find(|name| ["History", "State"].contains(name));
        assert_eq!(name, None, "in {}", file.display());
    }
    let users = sources(&root().join("ledger/store/src")).into_iter();
    let users = users.filter(|(_, text)| used(text).iter().any(|module| module == "index"));
    // What a verifier carries is an index of its own.
    let users = users.filter(|(file, _)| !file.parent().unwrap().ends_with("since"));
    let users: Vec<_> =
        users.map(|(file, _)| file.file_name().unwrap().to_str().unwrap().to_owned()).collect();
    let all = ["admit.rs", "gate.rs", "history.rs", "lookup.rs", "state.rs"];
    assert!(users.iter().all(|file| all.contains(&file.as_str())), "{users:?}");
}

#[test]
fn a_use_in_any_form_is_seen() {
    assert_eq!(used("use crate::limits;"), ["limits"]);
    assert_eq!(used("let a = crate::digest::Sha256::of(b);"), ["digest"]);
    assert_eq!(used("use crate::{cbor::Reader, time};"), ["cbor", "time"]);
    assert_eq!(used("// crate::replay is above"), Vec::<String>::new());
    let floors = [("low", 0), ("high", 1)];
    let directory = std::env::temp_dir().join(format!("ledgit-floors-{}", std::process::id()));
    fs::create_dir_all(&directory).unwrap();
    fs::write(directory.join("low.rs"), "use crate::high::Thing;\n").unwrap();
    fs::write(directory.join("high.rs"), "use crate::low::Thing;\n").unwrap();
    let found = violations(&directory, &floors);
    fs::remove_dir_all(&directory).unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].ends_with("low.rs uses high"));
}

/// Values as `limits.rs` writes them: digits, `<<`, and the largest signed number.
fn value(text: &str) -> u64 {
    let text = text.replace('_', "");
    if text == "i64::MAX as u64" {
        return i64::MAX as u64;
    }
    match text.split_once(" << ") {
        Some((base, shift)) => base.parse::<u64>().unwrap() << shift.parse::<u32>().unwrap(),
        None => text.parse().unwrap(),
    }
}

#[test]
fn limits_of_the_specification_are_those_of_the_code() {
    let code = fs::read_to_string(root().join("ledger/core/src/limits.rs")).unwrap();
    let code = code.lines().filter_map(|line| {
        let (name, rest) = line.strip_prefix("pub const ")?.split_once(": ")?;
        let rest = rest.split_once(" = ")?.1.strip_suffix(';')?;
        Some((name.to_owned(), value(rest)))
    });
    let spec = fs::read_to_string(root().join("spec/limits.md")).unwrap();
    let spec = spec.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| name"));
    let spec = spec.map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        (cells[1].to_owned(), cells[2].parse::<u64>().unwrap())
    });
    assert_eq!(code.collect::<Vec<_>>(), spec.collect::<Vec<_>>());
}

/// What code and tests cite is a rule that somebody can read.
#[test]
fn every_requirement_that_is_cited_is_in_the_specification() {
    let spec: Vec<String> = fs::read_dir(root().join("spec"))
        .unwrap()
        .filter_map(|file| fs::read_to_string(file.unwrap().path()).ok())
        .collect();
    let stated: BTreeSet<&str> = spec
        .iter()
        .flat_map(|page| page.split("**"))
        .filter(|word| numbers(word).next() == Some(*word))
        .collect();
    assert!(stated.len() > 300, "{}", stated.len());
    for directory in ["ledger", "cli", "tests", "fuzz/src"] {
        for (file, text) in sources(&root().join(directory)) {
            let unknown: Vec<_> = numbers(&text).filter(|one| !stated.contains(one)).collect();
            assert_eq!(unknown, [""; 0], "{}", file.display());
        }
    }
}

/// Texts such as `R-20` or `SV-20`: a capital letter or two, a hyphen and two digits, with nothing of a word around them.
fn numbers(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split(|char: char| !char.is_ascii_alphanumeric() && char != '-');
    parts.filter(|word| {
        let bytes = word.as_bytes();
        let (letters, number) = bytes.split_at(bytes.len().saturating_sub(3));
        let named = (1..=2).contains(&letters.len()) && letters.iter().all(u8::is_ascii_uppercase);
        named && matches!(number, [b'-', tens, units] if tens.is_ascii_digit() && units.is_ascii_digit())
    })
}
