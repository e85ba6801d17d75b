//! `man`: the manual pages, one for each command.

use std::path::PathBuf;

use clap::CommandFactory as _;
use serde_json::json;

use super::Cli;
use crate::failure::Failure;
use crate::output::Output;

#[derive(Debug, clap::Args)]
pub struct Man {
    /// Directory that the pages are written to
    directory: PathBuf,
}

impl Man {
    pub fn run(self) -> Result<Output, Failure> {
        let failed = |error: std::io::Error| Failure::file("write", &self.directory, &error);
        std::fs::create_dir_all(&self.directory).map_err(failed)?;
        clap_mangen::generate_to(Cli::command(), &self.directory).map_err(failed)?;
        let directory = self.directory.display().to_string();
        let text = format!("manual pages written to {directory}\n");
        Ok(Output::new(text, json!({ "schema": "ledgit.man/1", "directory": directory })))
    }
}
