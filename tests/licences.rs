//! What ledgit is built from: every crate comes from crates.io under a licence in this list.

use std::process::Command;

use serde_json::Value;

/// Licences that may stand alone, or be chosen where a crate offers several.
const ALLOWED: &[&str] = &[
    "Apache-2.0",
    "MIT",
    "MIT-0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "Unicode-3.0",
    "CC0-1.0",
    "BSL-1.0",
    "Unlicense",
    "0BSD",
    "Apache-2.0 WITH LLVM-exception",
    // webpki-roots: Mozilla's list of authorities for https, as data.
    "CDLA-Permissive-2.0",
];

fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

/// An expression of `OR` over `AND`; brackets are read as far as crates use them.
fn is_allowed(expression: &str) -> bool {
    let plain = expression.replace(['(', ')'], "").replace('/', " OR ");
    if expression.contains(") AND ") || expression.contains("AND (") {
        return plain
            .split(" AND ")
            .all(|part| part.split(" OR ").any(|one| one_allowed(one.trim())));
    }
    plain.split(" OR ").any(|choice| choice.split(" AND ").all(|one| one_allowed(one.trim())))
}

fn one_allowed(licence: &str) -> bool {
    ALLOWED.contains(&licence)
}

#[test]
fn every_crate_has_a_licence_that_we_can_keep() {
    let wrong: Vec<String> = packages()
        .iter()
        .filter(|package| !package["license"].as_str().is_some_and(is_allowed))
        .map(|package| format!("{} {}", package["name"], package["license"]))
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_crate_comes_from_the_registry() {
    for package in packages() {
        let name = package["name"].as_str().unwrap();
        match package["source"].as_str() {
            None => assert!(name.starts_with("ledgit"), "{name}"),
            Some(source) => {
                assert_eq!(
                    source, "registry+https://github.com/rust-lang/crates.io-index",
                    "{name}"
                );
            }
        }
    }
}

#[test]
fn expressions_are_read_as_spdx_means_them() {
    for good in ["MIT", "MIT OR GPL-3.0", "MIT/Apache-2.0", "(MIT OR Apache-2.0) AND Unicode-3.0"] {
        assert!(is_allowed(good), "{good}");
    }
    for bad in ["GPL-3.0", "MIT AND GPL-3.0", "(MIT OR Apache-2.0) AND GPL-3.0", ""] {
        assert!(!is_allowed(bad), "{bad}");
    }
}
