//! The user's own git, which makes commits with their identity, their signing and their hooks.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::failure::Failure;

/// Runs git in a directory and gives what it prints; what it is told comes on its stdin.
pub fn git(start: &Path, arguments: &[&str], told: &[u8]) -> Result<String, Failure> {
    let output = run(start, arguments, told)?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = [output.stderr, output.stdout].concat();
    let said = String::from_utf8_lossy(&said).trim().to_owned();
    let command = arguments.iter().find(|word| !word.starts_with('-') && !word.contains('='));
    let command = command.copied().unwrap_or_default();
    Err(Failure::new("LG2071", format!("git {command} did not do it: {said}")).hint("git status"))
}

fn run(start: &Path, arguments: &[&str], told: &[u8]) -> Result<Output, Failure> {
    let failed = |error: std::io::Error| {
        Failure::new("LG2071", format!("git could not be run: {error}")).hint("git --version")
    };
    let mut command = Command::new("git");
    command.arg("-C").arg(start).args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(failed)?;
    if let Some(mut stdin) = child.stdin.take() {
        // One that ends early says why itself.
        let _ = stdin.write_all(told);
    }
    child.wait_with_output().map_err(failed)
}
