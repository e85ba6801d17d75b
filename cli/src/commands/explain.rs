//! `explain`: what a code means, from the specification's own table.

use serde_json::json;

use crate::failure::Failure;
use crate::output::Output;

/// The table of all codes.
const CODES: &str = include_str!("../../../spec/codes.md");

#[derive(Debug, clap::Args)]
pub struct Explain {
    /// A code, such as LG1203
    code: String,
}

/// A section of the table: title, text, command.
fn section(code: &str) -> Option<(&'static str, &'static str, &'static str)> {
    let mut sections = CODES.split("\n## ").skip(1);
    let found = sections.find(|section| section.starts_with(code) && code.len() == 6)?;
    let (title, rest) = found.split_once('\n')?;
    let (text, command) = rest.trim().rsplit_once("\n\n    ")?;
    Some((title.get(7..)?, text, command.trim()))
}

/// The command that a code's section names.
pub fn command(code: &str) -> Option<&'static str> {
    section(code).map(|(_, _, command)| command)
}

impl Explain {
    pub fn run(self) -> Result<Output, Failure> {
        let code = self.code.to_ascii_uppercase();
        let Some((title, text, command)) = section(&code) else {
            let error = format!("there is no code {:?}", self.code);
            return Err(
                Failure::new("LG2010", error).hint("codes are LG and four digits, as LG1203")
            );
        };
        let json = json!({
            "schema": "ledgit.explain/1", "code": code, "title": title, "text": text, "command": command,
        });
        Ok(Output::new(format!("{code}  {title}\n\n{text}\n\n    {command}\n"), json))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_in_the_sources_has_its_section() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut found = std::collections::BTreeSet::new();
        let mut directories = vec![root.join("ledger"), root.join("cli")];
        while let Some(directory) = directories.pop() {
            for entry in std::fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    directories.push(path);
                } else if path.extension().is_some_and(|end| end == "rs") {
                    let text = std::fs::read_to_string(path).unwrap();
                    for part in text.split("\"LG").skip(1) {
                        let code: String = part.chars().take_while(char::is_ascii_digit).collect();
                        if code.len() == 4 {
                            found.insert(format!("LG{code}"));
                        }
                    }
                }
            }
        }
        let missing: Vec<_> = found.iter().filter(|code| section(code).is_none()).collect();
        assert!(missing.is_empty() && found.len() > 50, "{missing:?}");
    }
}
