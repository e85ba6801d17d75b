//! What every command needs from outside: where it is, the clock, keys, what this machine remembers.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use indicatif::{ProgressBar, ProgressStyle};
use ledgit_core::time::Timestamp;
use ledgit_store::files::Progress;
use ledgit_store::git::Repository;
use ledgit_store::keys::{Key, KeySources, KeysError, choose};
use ledgit_store::ledger::{Ledger, Memory, Watch};
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::output::{Format, tell};

/// Options that every command has.
#[derive(Debug, Clone)]
pub struct Context {
    /// Where to look for the repository.
    pub start: PathBuf,
    /// No progress, no notes.
    pub quiet: bool,
    /// How the result is printed.
    pub format: Format,
}

impl Context {
    /// The repository.
    pub fn repository(&self) -> Result<Repository, Failure> {
        Ok(Repository::discover(&self.start)?)
    }

    /// The ledger.
    pub fn ledger(&self) -> Result<Ledger, Failure> {
        Ok(Ledger::open(&self.start, self.memory()?)?)
    }

    /// What this machine remembers: `LEDGIT_STATE_DIR`, else `ledgit` in the user's state directory.
    pub fn memory(&self) -> Result<Memory, Failure> {
        let from = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let path = from("LEDGIT_STATE_DIR").map(PathBuf::from).or_else(|| {
            let state = from("XDG_STATE_HOME").map(|dir| PathBuf::from(dir).join("ledgit"));
            state.or_else(|| Some(PathBuf::from(from("HOME")?).join(".local/state/ledgit")))
        });
        let path = path.ok_or_else(|| {
            Failure::usage("no place to remember what was signed and verified: HOME is not set")
                .hint("set LEDGIT_STATE_DIR to a directory of your own")
        })?;
        Ok(Memory::at(&path))
    }

    /// The clock of this machine.
    pub fn now(&self) -> Result<Timestamp, Failure> {
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map(|since| since.as_secs());
        let now = seconds.ok().and_then(Timestamp::from_seconds);
        now.ok_or_else(|| Failure::new("LG2023", "this machine's clock is out of range"))
    }

    /// The key that signs, as `--key` and the environment say (DESIGN section 3).
    pub fn signer(&self, explicit: Option<&str>, repository: &Repository) -> Result<Key, Failure> {
        let variable = |name: &str| std::env::var(name).ok();
        let sources = KeySources {
            explicit: explicit.map(str::to_owned),
            key_text: variable("LEDGIT_KEY"),
            key_file: variable("LEDGIT_KEY_FILE"),
            git_signing_key: repository.config("user.signingkey"),
            git_format: repository.config("gpg.format"),
            agent_socket: std::env::var_os("SSH_AUTH_SOCK").map(PathBuf::from),
            home: std::env::var_os("HOME").map(PathBuf::from),
        };
        Ok(choose(&sources, &passphrase)?)
    }

    /// Something for people that is not the result.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            tell(text);
        }
    }

    /// Progress of verifying: a bar on a terminal, nothing elsewhere.
    pub fn watch(&self) -> Option<Watch> {
        if self.quiet || !std::io::stderr().is_terminal() {
            return None;
        }
        let bar = ProgressBar::new(0);
        if let Ok(style) =
            ProgressStyle::with_template("{pos}/{len} entries  {elapsed}  {eta} left")
        {
            bar.set_style(style);
        }
        Some(Watch(Arc::new(move |done, all| {
            bar.set_length(all);
            bar.set_position(done);
            if done >= all {
                bar.finish_and_clear();
            }
        })))
    }

    /// Progress of reading one file: a bar on a terminal, nothing elsewhere.
    pub fn reading(&self, path: &Path) -> Reading {
        let shown = !self.quiet && std::io::stderr().is_terminal();
        let length = std::fs::metadata(path).map_or(0, |file| file.len());
        let bar = if shown { ProgressBar::new(length) } else { ProgressBar::hidden() };
        let style = ProgressStyle::with_template("{bytes}/{total_bytes}  {elapsed}");
        if let Ok(style) = style {
            bar.set_style(style);
        }
        Reading(bar)
    }

    /// Progress of hashing: a bar on a terminal, nothing elsewhere.
    pub fn progress(&self) -> Bar {
        let shown = !self.quiet && std::io::stderr().is_terminal();
        let bar = if shown { ProgressBar::new(0) } else { ProgressBar::hidden() };
        let style = ProgressStyle::with_template("{pos}/{len} files  {msg}  {elapsed}");
        if let Ok(style) = style {
            bar.set_style(style);
        }
        Bar { bar, bytes: std::sync::atomic::AtomicU64::new(0) }
    }
}

/// Asks for a passphrase, on a terminal alone.
pub fn passphrase(path: &Path) -> Result<Zeroizing<String>, KeysError> {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Err(KeysError::Passphrase(path.to_owned()));
    }
    let question = format!("Passphrase for {}: ", path.display());
    let answer = rpassword::prompt_password(question);
    answer.map(Zeroizing::new).map_err(|_| KeysError::Passphrase(path.to_owned()))
}

/// Shows how far hashing has come.
pub struct Bar {
    bar: ProgressBar,
    bytes: std::sync::atomic::AtomicU64,
}

impl Progress for Bar {
    fn files(&self, count: u64) {
        self.bar.inc_length(count);
    }

    fn bytes(&self, count: u64) {
        use std::sync::atomic::Ordering::Relaxed;
        let all = self.bytes.fetch_add(count, Relaxed) + count;
        self.bar.set_message(bytes(all));
    }

    fn file(&self) {
        self.bar.inc(1);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Shows how far reading has come.
pub struct Reading(ProgressBar);

impl Reading {
    /// So many bytes were read.
    pub fn at(&self, bytes: u64) {
        self.0.set_position(bytes);
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// A size for people.
pub fn bytes(count: u64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB", "PB"];
    let mut unit = 0;
    let mut scale = 1_u64;
    while count / scale >= 1_000 && unit + 1 < units.len() {
        scale *= 1_000;
        unit += 1;
    }
    let name = units.get(unit).copied().unwrap_or("B");
    if unit == 0 {
        return format!("{count} {name}");
    }
    format!("{}.{} {name}", count / scale, count % scale * 10 / scale)
}
