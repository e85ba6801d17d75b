//! Reading what people give: values of statements, files.

use std::fmt::Display;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::str::FromStr;

use ledgit_core::statement::{SlicePart, Tool};
use ledgit_core::time::{Period, Timestamp};

use crate::failure::Failure;

/// Reads so many bytes of a file and no more.
pub fn read_up_to(path: &Path, most: usize) -> Result<Vec<u8>, Failure> {
    let failed = |error: std::io::Error| Failure::file("read", path, &error);
    let (file, mut bytes) = (File::open(path).map_err(failed)?, Vec::new());
    file.take(most as u64).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

/// Reads a value; the failure names the field.
pub fn value<T: FromStr<Err: Display>>(field: &str, text: &str) -> Result<T, Failure> {
    text.parse().map_err(|error| Failure::new("LG2027", format!("{field}: {error}")))
}

/// Reads a value that may be missing.
pub fn optional<T: FromStr<Err: Display>>(
    field: &str,
    text: Option<&str>,
) -> Result<Option<T>, Failure> {
    text.map(|text| value(field, text)).transpose()
}

/// Reads `left=right`.
pub fn pair<'a>(field: &str, text: &'a str) -> Result<(&'a str, &'a str), Failure> {
    text.split_once('=')
        .ok_or_else(|| Failure::usage(&format!("{field}: {text:?} is not of the form NAME=VALUE")))
}

/// Reads `name` or `name@version`.
pub fn tool(text: &str) -> Result<Tool, Failure> {
    let (name, version) = match text.rsplit_once('@') {
        Some((name, version)) => (name, Some(version)),
        None => (text, None),
    };
    Ok(Tool { name: value("tool", name)?, version: optional("tool", version)? })
}

/// Reads `attribute=value`.
pub fn slice(text: &str) -> Result<SlicePart, Failure> {
    let (attribute, part) = pair("slice", text)?;
    Ok(SlicePart { attribute: value("slice", attribute)?, value: value("slice", part)? })
}

/// Reads two times, of which both or none must be there.
pub fn period(from: Option<&str>, until: Option<&str>) -> Result<Option<Period>, Failure> {
    match (from, until) {
        (None, None) => Ok(None),
        (Some(from), Some(until)) => {
            let (from, until) = (time("from", from)?, time("until", until)?);
            let period = Period::new(from, until);
            period.map(Some).map_err(|error| Failure::new("LG2027", error.to_string()))
        }
        _ => Err(Failure::usage("from and until go together")),
    }
}

/// Reads a time: RFC 3339, or a day, which begins at midnight in UTC.
pub fn time(field: &str, text: &str) -> Result<Timestamp, Failure> {
    let day = text.len() == 10 && !text.contains('T');
    let whole = if day { format!("{text}T00:00:00Z") } else { text.to_owned() };
    value(field, &whole)
}
