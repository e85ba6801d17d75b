//! Running git: with the user's own configuration, in plain English, for so long and no longer.

use std::io::{IsTerminal as _, Read, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use ledgit_core::limits;

use super::RemoteError;

/// Between two looks at whether it is done.
const PAUSE: Duration = Duration::from_millis(5);

/// Settings for every run: objects come as packs that git syncs, nothing is pushed beside what is
/// named, and no hook runs.
const SETTINGS: [&str; 6] = [
    "fetch.unpackLimit=1",
    "core.fsync=all",
    "push.followTags=false",
    "gc.auto=0",
    "core.hooksPath=/dev/null",
    "advice.fetchShowForcedUpdates=false",
];

/// git in a repository.
pub(super) struct Git<'a> {
    directory: &'a Path,
}

/// What it printed, and whether it succeeded.
pub(super) struct Output {
    pub(super) stdout: String,
    pub(super) stderr: String,
    success: bool,
}

impl Output {
    /// An error unless it succeeded.
    pub(super) fn succeeded(&self, remote: &str) -> Result<(), RemoteError> {
        match self.success {
            true => Ok(()),
            false => {
                Err(RemoteError::Failed { remote: remote.to_owned(), why: tail(&self.stderr) })
            }
        }
    }
}

/// The last thing that was said, on one line.
pub(super) fn tail(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let from = lines.len().saturating_sub(4);
    let text = lines.get(from..).unwrap_or_default().join("; ");
    if text.is_empty() { "git said nothing".to_owned() } else { text }
}

impl<'a> Git<'a> {
    pub(super) fn new(directory: &'a Path) -> Self {
        Self { directory }
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Result<Output, RemoteError> {
        self.feed(arguments, "")
    }

    /// Runs it with something on its standard input.
    pub(super) fn feed(&self, arguments: &[&str], input: &str) -> Result<Output, RemoteError> {
        let mut command = Command::new("git");
        command.arg("-C").arg(self.directory);
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        command.args(arguments).env("LC_ALL", "C").env("GIT_NO_REPLACE_OBJECTS", "1");
        // Where it runs is said by -C alone.
        for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"] {
            command.env_remove(variable);
        }
        if !std::io::stderr().is_terminal() {
            command.env("GIT_TERMINAL_PROMPT", "0");
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(RemoteError::Absent)?;
        // Read from the start: one that says much before it listens would wait for ever.
        let (stdout, stderr) = (gather(child.stdout.take()), gather(child.stderr.take()));
        if let Some(mut stdin) = child.stdin.take() {
            // Its end is closed when it fails, and that it says itself.
            let _ = stdin.write_all(input.as_bytes());
        }
        let success = wait(&mut child)?;
        let text = |reader: JoinHandle<Vec<u8>>| {
            String::from_utf8_lossy(&reader.join().unwrap_or_default()).into_owned()
        };
        Ok(Output { stdout: text(stdout), stderr: text(stderr), success })
    }
}

fn gather(stream: Option<impl Read + Send + 'static>) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(stream) = stream {
            let _ = stream.take(limits::GIT_OUTPUT_BYTES).read_to_end(&mut bytes);
        }
        bytes
    })
}

fn wait(child: &mut Child) -> Result<bool, RemoteError> {
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait().map_err(RemoteError::Absent)? {
            return Ok(status.success());
        }
        if began.elapsed() > Duration::from_secs(limits::GIT_SECONDS) {
            let _ = child.kill();
            let _ = child.wait();
            return Err(RemoteError::Slow(limits::GIT_SECONDS));
        }
        thread::sleep(PAUSE);
    }
}
