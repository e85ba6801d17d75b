//! `ledgit`: the command line. Each command is a thin shell over calls of the store.

mod ci;
mod commands;
mod context;
mod failure;
mod logging;
mod output;
mod parse;
mod render;
mod serve;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, FromArgMatches as _};
use serde_json::json;

use commands::Cli;
use failure::Failure;
use output::{Format, Output};

fn main() -> ExitCode {
    // The text of a panic goes to stderr; here it only must never look like success.
    let outcome = std::panic::catch_unwind(run);
    let code = outcome.unwrap_or_else(|_| {
        Failure::internal("the command ended in a panic").print(asked_format());
        2
    });
    ExitCode::from(code)
}

fn run() -> u8 {
    let parsed = Cli::command().try_get_matches().and_then(|found| Cli::from_arg_matches(&found));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    logging::listen(cli.is_service());
    let format = cli.format;
    match cli.run() {
        Ok(output) => output.print(format),
        Err(failure) => failure.print(format),
    }
}

/// What clap says: help and version are results, all else is a wrong command line (O-09).
fn usage(error: &clap::Error) -> u8 {
    let text = error.to_string();
    let result = match error.kind() {
        ErrorKind::DisplayHelp => json!({ "schema": "ledgit.help/1", "text": text }),
        ErrorKind::DisplayVersion => {
            json!({ "schema": "ledgit.version/1", "version": env!("CARGO_PKG_VERSION") })
        }
        _ => return wrong_usage(error),
    };
    match asked_format() {
        Format::Json => Output::new(text, result).print(Format::Json),
        // In colour where it is a terminal.
        Format::Text => {
            let _ = error.print();
            0
        }
    }
}

fn wrong_usage(error: &clap::Error) -> u8 {
    match asked_format() {
        Format::Json => Failure::usage(error.to_string().trim_end()).print(Format::Json),
        Format::Text => {
            let _ = error.print();
            output::tell("hint: ledgit help [LG2050]");
            2
        }
    }
}

/// The format asked for, where the command line could not be parsed.
fn asked_format() -> Format {
    // What stands behind `--` are values; what is not Unicode is no option.
    let arguments: Vec<_> = std::env::args_os().take_while(|one| one != "--").collect();
    let json = arguments.iter().any(|one| one == "--format=json")
        || arguments.windows(2).any(|pair| pair == ["--format", "json"]);
    if json { Format::Json } else { Format::Text }
}
