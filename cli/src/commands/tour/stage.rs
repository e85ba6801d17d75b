//! The scratch directory that the tour plays in, and the commands that it runs and shows.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::failure::Failure;
use crate::output::{Format, to_stdout};

/// Where the tour plays.
pub struct Stage {
    root: PathBuf,
    format: Format,
    steps: Vec<Value>,
}

impl Stage {
    /// Makes the directory, or takes an empty one.
    pub fn open(asked: Option<PathBuf>, format: Format) -> Result<Self, Failure> {
        let root = asked.unwrap_or_else(|| {
            std::env::temp_dir().join(format!("ledgit-tour-{}", std::process::id()))
        });
        let failed = |error: std::io::Error| Failure::file("make", &root, &error);
        std::fs::create_dir_all(&root).map_err(failed)?;
        if std::fs::read_dir(&root).map_err(failed)?.next().is_some() {
            let error = format!("{} is not empty", root.display());
            return Err(Failure::usage(&error).hint("ledgit tour --dir NEW"));
        }
        let root = root.canonicalize().map_err(failed)?;
        for name in ["bank", "keys", "home"] {
            std::fs::create_dir(root.join(name)).map_err(failed)?;
        }
        Ok(Self { root, format, steps: Vec::new() })
    }

    /// A path in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Tells what comes next.
    pub fn say(&self, text: &str) {
        if self.format == Format::Text {
            to_stdout(&format!("\n# {}\n\n", text.replace('\n', "\n# ")));
        }
    }

    /// Writes a file.
    pub fn write(&self, name: &str, content: &[u8]) -> Result<(), Failure> {
        let path = self.path(name);
        let failed = |error: std::io::Error| Failure::file("write", &path, &error);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(failed)?;
        }
        std::fs::write(&path, content).map_err(failed)
    }

    /// Runs ledgit, shows what it prints, and demands success.
    pub fn ledgit(&mut self, directory: &str, arguments: &[&str]) -> Result<(), Failure> {
        self.ledgit_with(directory, arguments, 0)
    }

    /// Runs ledgit and demands one exit status.
    pub fn ledgit_with(
        &mut self,
        directory: &str,
        arguments: &[&str],
        exit: i32,
    ) -> Result<(), Failure> {
        let output = self.run(&own_path()?, directory, arguments)?;
        self.show("ledgit", directory, arguments, &output);
        self.demand("ledgit", arguments, &output, exit)
    }

    /// Runs ledgit for its JSON, without showing it.
    pub fn ask(&self, directory: &str, arguments: &[&str]) -> Result<Value, Failure> {
        let arguments = [&["--format", "json"], arguments].concat();
        let output = self.run(&own_path()?, directory, &arguments)?;
        self.demand("ledgit", &arguments, &output, 0)?;
        serde_json::from_slice(&output.stdout)
            .map_err(|error| Failure::internal(&error.to_string()))
    }

    /// Runs git, shows the command, and demands success. Returns what it prints.
    pub fn git(&mut self, directory: &str, arguments: &[&str]) -> Result<String, Failure> {
        let output = self.git_quietly(directory, arguments, None)?;
        if self.format == Format::Text {
            to_stdout(&format!("{}$ git {}\n", prompt(directory), shown(arguments)));
        }
        Ok(output)
    }

    /// Runs git with some input, without showing it.
    pub fn git_quietly(
        &self,
        directory: &str,
        arguments: &[&str],
        input: Option<&[u8]>,
    ) -> Result<String, Failure> {
        let mut command = self.command(Path::new("git"), directory);
        command.args(arguments);
        let failed = |error: std::io::Error| Failure::new("LG2060", format!("git: {error}"));
        let output = match input {
            None => command.output().map_err(failed)?,
            Some(input) => with_input(&mut command, input).map_err(failed)?,
        };
        self.demand("git", arguments, &output, 0)?;
        Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
    }

    /// The bytes of a blob.
    pub fn blob(&self, directory: &str, id: &str) -> Result<Vec<u8>, Failure> {
        let arguments = ["cat-file", "blob", id];
        let output = self.run(Path::new("git"), directory, &arguments)?;
        self.demand("git", &arguments, &output, 0)?;
        Ok(output.stdout)
    }

    /// Where it all is, and what to try.
    pub fn tell_where(&self) {
        if self.format == Format::Json {
            return;
        }
        let root = self.root.display();
        to_stdout(&format!(
            "\n# It is all there to explore:\n\n  cd {root}/bank\n  export LEDGIT_STATE_DIR={root}/home/state\n  \
             ledgit show 4\n  ledgit log --kind metric\n  ledgit record model model/model.pkl --key ../keys/ci\n  \
             git log refs/ledgit/log\n  ledgit explain LG1203\n\n"
        ));
    }

    /// The directory and the steps that were played.
    pub fn finish(self) -> (String, Vec<Value>) {
        (self.root.display().to_string(), self.steps)
    }

    fn run(&self, program: &Path, directory: &str, arguments: &[&str]) -> Result<Output, Failure> {
        let failed = |error: std::io::Error| Failure::file("run", program, &error);
        self.command(program, directory).args(arguments).output().map_err(failed)
    }

    /// Nothing of the user's own configuration or keys plays a part.
    fn command(&self, program: &Path, directory: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.path(directory)).stdin(std::process::Stdio::null());
        for name in [
            "LEDGIT_KEY",
            "LEDGIT_KEY_FILE",
            "LEDGIT_REPO",
            "LEDGIT_TRUST",
            "SSH_AUTH_SOCK",
            "GIT_DIR",
        ] {
            command.env_remove(name);
        }
        command
            .env("HOME", self.path("home"))
            .env("LEDGIT_STATE_DIR", self.path("home/state"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null");
        for role in ["AUTHOR", "COMMITTER"] {
            command
                .env(format!("GIT_{role}_NAME"), "Ana")
                .env(format!("GIT_{role}_EMAIL"), "ana@bank.example");
        }
        command
    }

    fn show(&mut self, program: &str, directory: &str, arguments: &[&str], output: &Output) {
        let exit = output.status.code();
        let line = format!("{program} {}", shown(arguments));
        if self.format == Format::Text {
            to_stdout(&format!("{}$ {line}\n", prompt(directory)));
            to_stdout(&String::from_utf8_lossy(&output.stdout));
            to_stdout(&String::from_utf8_lossy(&output.stderr));
            if exit != Some(0) {
                to_stdout(&format!("(exit status {})\n", exit.unwrap_or(-1)));
            }
            to_stdout("\n");
        }
        self.steps.push(json!({ "directory": directory, "command": line, "exit": exit }));
    }

    fn demand(
        &self,
        program: &str,
        arguments: &[&str],
        output: &Output,
        exit: i32,
    ) -> Result<(), Failure> {
        if output.status.code() == Some(exit) {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let error = format!(
            "{program} {} ended with {}\n{}",
            shown(arguments),
            output.status,
            said.trim_end()
        );
        Err(Failure::new("LG2090", error))
    }
}

fn own_path() -> Result<PathBuf, Failure> {
    std::env::current_exe().map_err(|error| Failure::internal(&format!("own path: {error}")))
}

fn with_input(command: &mut Command, input: &[u8]) -> std::io::Result<Output> {
    use std::process::Stdio;
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        std::io::Write::write_all(&mut stdin, input)?;
    }
    child.wait_with_output()
}

fn prompt(directory: &str) -> String {
    if directory.is_empty() { String::new() } else { format!("{directory} ") }
}

/// Arguments as one would type them.
fn shown(arguments: &[&str]) -> String {
    let quoted = |argument: &&str| {
        let plain =
            argument.chars().all(|char| char.is_ascii_alphanumeric() || "-_./=@:,#".contains(char));
        if plain && !argument.is_empty() { (*argument).to_owned() } else { format!("'{argument}'") }
    };
    arguments.iter().map(quoted).collect::<Vec<_>>().join(" ")
}
