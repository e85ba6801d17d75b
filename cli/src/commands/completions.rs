//! `completions`: what a shell needs to complete ledgit's commands.

use clap::CommandFactory as _;
use serde_json::json;

use super::Cli;
use crate::failure::Failure;
use crate::output::Output;

#[derive(Debug, clap::Args)]
pub struct Completions {
    /// The shell
    shell: clap_complete::Shell,
}

impl Completions {
    pub fn run(self) -> Result<Output, Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "ledgit", &mut script);
        let script = String::from_utf8_lossy(&script).into_owned();
        let json = json!({
            "schema": "ledgit.completions/1", "shell": self.shell.to_string(), "script": script,
        });
        Ok(Output::new(script, json))
    }
}
