//! Errors for people: what happened, to which object, a stable code, a command that helps.

use std::path::Path;

use ledgit_store::durable::DurableError;
use ledgit_store::files::FilesError;
use ledgit_store::git::GitError;
use ledgit_store::keys::KeysError;
use ledgit_store::ledger::LedgerError;
use ledgit_store::remote::RemoteError;
use ledgit_store::witness::WitnessError;
use serde_json::json;

use crate::output::{Format, escape, json_text, tell, to_stdout};

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub struct Failure {
    /// The stable code (`spec/codes.md`).
    pub code: &'static str,
    /// What happened, to which object.
    pub error: String,
    /// A command that helps.
    pub hint: Option<String>,
    /// Exit status.
    pub exit: u8,
}

impl Failure {
    /// A failure with a code; its exit status follows from the code.
    pub fn new(code: &'static str, error: impl Into<String>) -> Self {
        let exit = match code.get(..3) {
            Some("LG1") => 1,
            Some("LG3") => 3,
            Some("LG4") => 4,
            Some("LG7") => 75,
            _ => 2,
        };
        Self { code, error: error.into(), hint: None, exit }
    }

    /// Adds a command that helps.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// A wrong command line.
    pub fn usage(error: &str) -> Self {
        Self::new("LG2050", error.strip_prefix("error: ").unwrap_or(error)).hint("ledgit help")
    }

    /// A mistake in ledgit.
    pub fn internal(error: &str) -> Self {
        Self::new("LG2090", error)
    }

    /// A file that can't be read or written.
    pub fn file(action: &str, path: &Path, error: &std::io::Error) -> Self {
        let error = format!("could not {action} {}: {error}", path.display());
        Self::new("LG2060", error)
    }

    /// Prints it: text to stderr, JSON to stdout. Returns the exit status.
    pub fn print(&self, format: Format) -> u8 {
        match format {
            Format::Json => {
                let json = json!({
                    "schema": "ledgit.error/1",
                    "code": self.code,
                    "error": self.error,
                    "hint": self.hint,
                    "exit": self.exit,
                });
                to_stdout(&json_text(&json));
            }
            Format::Text => {
                let lines: Vec<_> = self.error.lines().map(escape).collect();
                tell(&format!("error: {} [{}]", lines.join("\n  "), self.code));
                let explain = format!("ledgit explain {}", self.code);
                tell(&format!("hint: {}", self.hint.as_deref().map_or(explain, escape)));
            }
        }
        self.exit
    }
}

impl From<LedgerError> for Failure {
    fn from(error: LedgerError) -> Self {
        if error.is_busy() {
            return Self::new("LG7500", error.to_string()).hint("run the command again");
        }
        let code = match error {
            LedgerError::Git(error) => return error.into(),
            LedgerError::Durable(error) => return error.into(),
            LedgerError::Keys(error) => return error.into(),
            LedgerError::Remote(error) => return error.into(),
            LedgerError::Decision(error) => return error.into(),
            LedgerError::NoLedger { .. } => "LG2002",
            LedgerError::Lost { .. } => "LG2003",
            LedgerError::Behind { .. } => "LG1306",
            LedgerError::Forked { .. } => "LG1307",
            LedgerError::RolledBack { .. } => "LG1309",
            LedgerError::NotContinued { .. } => "LG1310",
            LedgerError::Unsound(_) => "LG1311",
            LedgerError::Exists { .. } => "LG2004",
            LedgerError::Malformed { .. } | LedgerError::Absent { .. } => "LG1303",
            LedgerError::NoEntry { .. } => "LG2010",
            LedgerError::Refused(_) => "LG2025",
            LedgerError::NoRoster(_) => "LG4005",
            LedgerError::KeyTaken { .. }
            | LedgerError::KeyWaits { .. }
            | LedgerError::GroupHalf(_) => "LG2024",
            LedgerError::Drop(_) => "LG2026",
            LedgerError::NoLedgerThere(_) => "LG2002",
            LedgerError::Statement(_) | LedgerError::Bundle(_) => "LG2027",
            LedgerError::Nothing | LedgerError::TooMany(_) => "LG2026",
            LedgerError::Query(_) => "LG2080",
            LedgerError::AnswerSize(_) => "LG2081",
            LedgerError::NotAuthority => "LG2020",
            LedgerError::OrderedAt(_) => "LG2082",
            LedgerError::OtherLogKey => "LG2021",
            LedgerError::Signed { .. } | LedgerError::Reservation | LedgerError::Memory(_) => {
                "LG2022"
            }
            LedgerError::Clock { .. } => "LG2023",
            LedgerError::ReadBack { .. } => "LG1302",
            LedgerError::Incomplete(_) => "LG4002",
            LedgerError::Io { .. } => "LG2060",
            LedgerError::Internal(_) => "LG2090",
            LedgerError::Taken(_) => "LG7500",
            LedgerError::Stopped(_) => "LG4012",
        };
        let found = match &error {
            LedgerError::Refused(findings) | LedgerError::Unsound(findings) => {
                findings.first().map(|one| one.fault.code())
            }
            _ => None,
        };
        let taken = match &error {
            LedgerError::KeyTaken { position, .. } | LedgerError::GroupHalf(position) => {
                Some(format!("ledgit show {position}"))
            }
            _ => None,
        };
        match found {
            Some(found) => {
                let said = format!("{error} [{found}]");
                Self::new(code, said).hint(format!("ledgit explain {found}"))
            }
            None => Self { hint: taken, ..Self::new(code, error.to_string()) }.or_hint(),
        }
    }
}

impl From<WitnessError> for Failure {
    fn from(error: WitnessError) -> Self {
        use ledgit_core::witness::Refusal;
        if error.is_busy() {
            return Self::new("LG7500", error.to_string()).hint("run the command again");
        }
        let code = match error {
            WitnessError::Git(error) => return error.into(),
            WitnessError::Durable(error) => return error.into(),
            WitnessError::Ledger(error) => return error.into(),
            WitnessError::Name(_) => "LG2050",
            WitnessError::Key(_) => "LG2061",
            WitnessError::State { .. } => "LG2062",
            WitnessError::Sign(_) => "LG2030",
            WitnessError::Request(_) => "LG1303",
            WitnessError::Behind { .. } => "LG1611",
            WitnessError::TwoTrees { .. } => "LG1610",
            WitnessError::Refused(Refusal::UnknownLog(_)) => "LG4001",
            WitnessError::Refused(Refusal::Signature(_)) => "LG1201",
            WitnessError::Forked { .. } | WitnessError::Refused(_) => "LG1612",
            WitnessError::Io { .. } => "LG2060",
        };
        Self::new(code, error.to_string()).or_hint()
    }
}

impl From<GitError> for Failure {
    fn from(error: GitError) -> Self {
        let code = match error {
            GitError::Durable(error) => return error.into(),
            GitError::NotARepository(_) => "LG2001",
            GitError::Open { .. } | GitError::Reftable(_) | GitError::Extension { .. } => "LG2005",
            GitError::Revision { .. } => "LG2010",
            GitError::Io { .. } => "LG2060",
            _ => "LG2006",
        };
        Self::new(code, error.to_string()).or_hint()
    }
}

impl From<DurableError> for Failure {
    fn from(error: DurableError) -> Self {
        let busy = matches!(
            error,
            DurableError::Busy { .. }
                | DurableError::RefLocked { .. }
                | DurableError::RefMoved { .. }
        );
        Self::new(if busy { "LG7500" } else { "LG2007" }, error.to_string()).or_hint()
    }
}

impl From<KeysError> for Failure {
    fn from(error: KeysError) -> Self {
        let failure = Self::new("LG2030", error.to_string());
        match remedy(&error) {
            Some(remedy) => failure.hint(remedy),
            None => failure.or_hint(),
        }
    }
}

/// What helps a person whose key does not sign, where listing the agent's keys does not.
fn remedy(error: &KeysError) -> Option<&'static str> {
    Some(match error {
        KeysError::None | KeysError::AgentAbsent | KeysError::AgentUnreachable { .. } => {
            "name your key's file: --key ~/.ssh/id_ed25519"
        }
        KeysError::AgentEmpty => "ssh-add -X where it is locked, ssh-add ~/.ssh/id_ed25519 else",
        KeysError::AgentLacks(_) => "ssh-add FILE, with the file of that key",
        KeysError::Algorithm { .. }
        | KeysError::AgentAlgorithms(_)
        | KeysError::AgentToken { .. } => {
            "make one with ssh-keygen -t ed25519, and have it enrolled: ledgit key enroll ID"
        }
        _ => return None,
    })
}

impl From<RemoteError> for Failure {
    fn from(error: RemoteError) -> Self {
        let code = match error {
            RemoteError::Name(_) => "LG2050",
            RemoteError::Absent(_) | RemoteError::Failed { .. } => "LG2060",
            RemoteError::Slow(_) => "LG7500",
        };
        Self::new(code, error.to_string()).or_hint()
    }
}

impl From<FilesError> for Failure {
    fn from(error: FilesError) -> Self {
        Self::new("LG2040", error.to_string()).or_hint()
    }
}

impl Failure {
    /// The command that the code's own section names, where it needs no filling in.
    fn or_hint(mut self) -> Self {
        let command = crate::commands::explain::command(self.code);
        self.hint =
            self.hint.or_else(|| command.filter(|text| !text.contains("ENTRY")).map(str::to_owned));
        self
    }
}
