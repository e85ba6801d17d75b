//! The cases of YAML's test suite: each a document, and the events that it is.

use std::collections::BTreeSet;

use ledgit_core::yaml::Node;

use crate::example::fixtures;
use crate::hostile::Plain;

/// What the suite, and the strict part of YAML (Z-01 to Z-03), say of a document.
pub enum Expected {
    /// It is no YAML.
    Error,
    /// It is YAML that we refuse, for this.
    Forbidden(&'static str),
    /// It is this.
    Value(Plain),
}

impl Expected {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Forbidden(what) => what,
            Self::Value(_) => "value",
        }
    }
}

/// A case.
pub struct Case {
    /// The file's name, and the number of the case in it.
    pub id: String,
    /// The document.
    pub yaml: String,
    pub expected: Expected,
}

/// All cases. Their files are read by our own reader: its mistakes would not agree with the events.
pub fn cases() -> Vec<Case> {
    let directory = fixtures().join("hostile/yaml/yaml-test-suite");
    let files = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let yaml = |path: &std::path::PathBuf| path.extension().is_some_and(|end| end == "yaml");
    let mut files: Vec<_> = files.filter(yaml).collect();
    files.sort();
    files.iter().flat_map(|path| cases_of(path)).collect()
}

fn cases_of(path: &std::path::Path) -> Vec<Case> {
    let name = path.file_stem().unwrap().to_str().unwrap();
    let suite = Node::parse(&std::fs::read(path).unwrap()).unwrap();
    let mut tree = String::new();
    let mut cases = Vec::new();
    for (number, case) in suite.list().unwrap().iter().enumerate() {
        let field = |name: &str| {
            let found = case.map().unwrap().iter().find(|(key, _)| key == name)?;
            Some(found.1.text().unwrap_or_default().to_owned())
        };
        // A case without events has those of the one before it.
        tree = field("tree").unwrap_or(tree);
        let yaml = document(&field("yaml").unwrap());
        let expected = match field("fail") {
            Some(_) => Expected::Error,
            None => expected(&yaml, &tree),
        };
        cases.push(Case { id: format!("{name}/{number}"), yaml, expected });
    }
    cases
}

/// A document of the suite, whose invisible characters have signs.
fn document(text: &str) -> String {
    let mut text = text.replace('␣', " ").replace('↵', "").replace('⇔', "\u{feff}");
    text = text.replace('←', "\r");
    while text.contains("—»") {
        text = text.replace("—»", "»");
    }
    text = text.replace('»', "\t");
    match text.strip_suffix("∎\n") {
        Some(text) => text.to_owned(),
        None => text,
    }
}

fn expected(yaml: &str, tree: &str) -> Expected {
    let mut lines: Vec<&str> = tree.lines().map(str::trim_start).rev().collect();
    if lines.iter().filter(|line| line.starts_with("+DOC")).count() != 1 {
        return Expected::Forbidden("another number of documents than one");
    }
    if yaml.lines().any(|line| line.starts_with('%')) {
        return Expected::Forbidden("a line as of a directive");
    }
    lines.retain(|line| !["+STR", "+DOC", "-DOC", "-STR"].iter().any(|end| line.starts_with(end)));
    value(&mut lines).map_or_else(Expected::Forbidden, Expected::Value)
}

/// The value whose events come next, from the end of the lines.
fn value(lines: &mut Vec<&str>) -> Result<Plain, &'static str> {
    let line = lines.pop().unwrap();
    let (event, rest) = line.split_at(4);
    let mut rest = rest.trim_start();
    for style in ["{}", "[]"] {
        rest = rest.strip_prefix(style).unwrap_or(rest).trim_start();
    }
    if rest.starts_with('&') || rest.starts_with('<') || event == "=ALI" {
        return Err("an anchor, an alias or a tag");
    }
    match event {
        "=VAL" => Ok(Plain::Text(text(&rest[1..]))),
        "+SEQ" => {
            let mut items = Vec::new();
            while !lines.last().unwrap().starts_with("-SEQ") {
                items.push(value(lines)?);
            }
            lines.pop();
            Ok(Plain::List(items))
        }
        "+MAP" => {
            let (mut pairs, mut seen) = (Vec::new(), BTreeSet::new());
            while !lines.last().unwrap().starts_with("-MAP") {
                let Plain::Text(key) = value(lines)? else { return Err("a key that is no text") };
                if !seen.insert(key.clone()) {
                    return Err("a key twice");
                }
                pairs.push((key, value(lines)?));
            }
            lines.pop();
            Ok(Plain::Map(pairs))
        }
        _ => panic!("{line}"),
    }
}

/// A scalar, with what it escapes.
fn text(escaped: &str) -> String {
    let (mut text, mut signs) = (String::new(), escaped.chars());
    while let Some(sign) = signs.next() {
        text.push(match sign {
            '␣' => ' ',
            '\\' => match signs.next().unwrap() {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                'b' => '\u{8}',
                '\\' => '\\',
                other => panic!("{other} in {escaped}"),
            },
            sign => sign,
        });
    }
    text
}
