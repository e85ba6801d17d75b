//! I09: YAML that is hostile or odd, by files that others wrote: YAML's own test suite and bombs.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use ledgit_core::limits;
use ledgit_core::policy::Policy;
use ledgit_core::yaml::{Node, Value, YamlError};

use crate::example::{around, fixtures};
use crate::suite::{Case, Expected, cases};

/// Longer than anything takes on a slow machine, and far shorter than what grows takes.
const MOMENT: Duration = Duration::from_secs(5);

/// Reads a document both ways; no policy is among what is tried here.
fn read(bytes: &[u8]) -> Result<Node, YamlError> {
    let start = Instant::now();
    let node = Node::parse(bytes);
    let policy = Policy::parse(bytes);
    let took = start.elapsed();
    let begins = String::from_utf8_lossy(&bytes[..bytes.len().min(60)]).into_owned();
    assert!(took < MOMENT, "{took:?}: {begins:?}");
    assert!(policy.is_err(), "{begins:?}");
    node
}

/// A value without its lines.
#[derive(Debug, PartialEq)]
pub enum Plain {
    Text(String),
    List(Vec<Plain>),
    Map(Vec<(String, Plain)>),
}

fn plain(node: &Node) -> Plain {
    match &node.value {
        Value::Text(text) => Plain::Text(text.clone()),
        Value::List(items) => Plain::List(items.iter().map(plain).collect()),
        Value::Map(pairs) => {
            Plain::Map(pairs.iter().map(|(key, value)| (key.clone(), plain(value))).collect())
        }
    }
}

/// Errors by the suite that the parser takes: lines that go on with a text or a list and should stand
/// further to the right. No reader takes them for anything else, so nothing is hidden by them.
const TAKEN: [&str; 3] = ["9C9N/0", "DK95/1", "QB6E/0"];

/// What is wrong with how a case was read, if anything.
fn fault(case: &Case) -> Option<String> {
    let taken = TAKEN.contains(&case.id.as_str());
    match (&case.expected, read(case.yaml.as_bytes())) {
        (Expected::Error, Ok(node)) if !taken => {
            Some(format!("an error, and read as {:?}", plain(&node)))
        }
        (Expected::Error, Err(_)) if taken => Some("is refused: no more to be listed".to_owned()),
        (Expected::Forbidden(what), Ok(_)) => Some(format!("has {what}, and is read")),
        (Expected::Value(_), Err(error)) => Some(format!("is refused: {error}")),
        (Expected::Value(value), Ok(node)) if plain(&node) != *value => {
            Some(format!("is read as {:?}, not {value:?}", plain(&node)))
        }
        _ => None,
    }
}

#[test]
fn i09_the_suite_of_yaml_is_read_as_it_says_or_refused() {
    let cases = cases();
    let mut counts = BTreeMap::<_, usize>::new();
    for case in &cases {
        *counts.entry(case.expected.name()).or_default() += 1;
    }
    let expected = [
        ("a key that is no text", 13),
        ("a key twice", 1),
        ("a line as of a directive", 22),
        ("an anchor, an alias or a tag", 49),
        ("another number of documents than one", 24),
        ("error", 94),
        ("value", 203),
    ];
    assert_eq!(counts, expected.into());
    let faults = cases.iter().filter_map(|case| Some(format!("{}: {}", case.id, fault(case)?)));
    assert_eq!(faults.collect::<Vec<_>>(), Vec::<String>::new());
}

fn bomb(name: &str) -> Result<Node, YamlError> {
    read(&std::fs::read(fixtures().join("hostile/yaml/bombs").join(name)).unwrap())
}

#[test]
fn i09_bombs_are_refused_where_they_begin() {
    for (name, why, line) in [
        ("billion_laughs.yaml", "anchors are not allowed", 1),
        ("recursive_anchor.yaml", "anchors are not allowed", 2),
        ("deep_flow.yaml", "recursion limit exceeded at char 255 line 1 column 256", 1),
        ("dup_keys.yaml", "\"threshold\" stands twice", 2),
    ] {
        let error = bomb(name).unwrap_err();
        assert_eq!((error.why.as_str(), error.line), (why, line), "{name}");
    }
}

/// The Norway problem and its like: nothing is a boolean, an octal, a time or a merge.
#[test]
fn i09_texts_that_look_like_other_types_are_texts() {
    let text = |text: &str| Plain::Text(text.to_owned());
    let map = |pairs: &[(&str, &str)]| {
        Plain::Map(pairs.iter().map(|(key, value)| ((*key).to_owned(), text(value))).collect())
    };
    let expected = Plain::Map(vec![
        ("approver".into(), text("no")),
        ("version".into(), text("1.10")),
        ("mode".into(), text("0755")),
        ("t".into(), text("12:30:45")),
        ("merge".into(), Plain::Map(vec![("<<".into(), map(&[("threshold", "1")]))])),
    ]);
    assert_eq!(plain(&bomb("norway_and_types.yaml").unwrap()), expected);
}

/// What some reader of YAML takes for a number, a boolean or nothing is none of them in a policy.
#[test]
fn i09_a_number_is_written_one_way() {
    let with = |limit: &str, samples: &str| {
        let fields = format!("{{type: Metric, metric: x, min: {limit}, minSamples: {samples}}}");
        Policy::parse(around(&format!("    - {fields}\n")).as_bytes())
    };
    assert!(with("0.5", "10").is_ok());
    for odd in [
        "no",
        "010",
        "1e3",
        ".5",
        "+1",
        "'1,5'",
        "NaN",
        ".nan",
        "-.inf",
        "0x10",
        "0o7",
        "1_000",
        "1:30",
        "~",
        "null",
        "true",
        "''",
        "",
        "[1]",
        "{a: 1}",
        "5.",
        "0b1",
        "1.",
        "\"1\\n\"",
        "2026-11-25",
    ] {
        assert!(with(odd, "10").is_err(), "{odd:?}");
        assert!(with("0.5", odd).is_err(), "{odd:?}");
    }
}

/// Whatever a policy's worth of one sign does, it is quick, and no stack runs out.
#[test]
fn i09_a_policys_worth_of_any_sign_is_refused_quickly() {
    let signs = [
        "[", "{", "- ", "? ", ": ", "a: ", "'", "\"", "&a ", "*a ", "! ", "|\n", ">\n ", "%", "#",
        "\t", "\n", ",", "[]", "{}", "[a, ", "{a: ", "[[],", "- - -\n", "---\n", "...\n", "\\",
        "~", "\u{feff}", "a\n", "<<: ", "\"\\", "- ? ", "-\n", "\r", "a: [\n", "{? ", "[? ",
    ];
    for sign in signs {
        let text = sign.repeat(limits::POLICY_BYTES / sign.len());
        let _ = read(text.as_bytes());
        let mut deep = String::new();
        for depth in 0..600 {
            deep.push_str(&" ".repeat(depth));
            deep.push_str(sign.trim());
            deep.push('\n');
        }
        let _ = read(deep.as_bytes());
    }
    let wide: String = (0..20_000).map(|key| format!("k{key}: v\n")).collect();
    assert!(read(wide.as_bytes()).is_ok());
}
