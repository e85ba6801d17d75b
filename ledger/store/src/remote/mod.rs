//! Floor 9: another repository, reached by git itself, so that every credential helper, proxy and ssh
//! configuration works (I-40 to I-43).
//!
//! Refs are named one by one, nothing is forced, and no hook of the user runs.

mod error;
mod run;

pub use error::RemoteError;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::git::ObjectId;
use run::{Git, tail};

/// Refs of a repository and what they point at.
pub type Refs = BTreeMap<String, ObjectId>;

/// A change of one ref at a remote. It is made only if the ref there is what it is expected to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// Full name.
    pub name: String,
    /// What it is expected to point at; `None` for a ref that is not there.
    pub from: Option<ObjectId>,
    /// What it is to point at; `None` removes it.
    pub to: Option<ObjectId>,
}

/// What became of an update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pushed {
    /// It was made, or the ref was so already.
    Done,
    /// It was not, for the reason that git gives.
    Rejected(String),
}

/// A remote of a repository, by its name in the configuration or by its address.
#[derive(Debug, Clone)]
pub struct Remote {
    directory: PathBuf,
    name: String,
}

impl Remote {
    /// A remote, seen from a repository.
    ///
    /// # Errors
    /// [`RemoteError::Name`] for what git would take for an option or for a helper to run.
    pub fn new(directory: &Path, name: &str) -> Result<Self, RemoteError> {
        let helper = name.split_once("::").is_some_and(|(word, _)| {
            !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
        });
        if name.is_empty() || name.starts_with('-') || name.contains('\0') || helper {
            return Err(RemoteError::Name(name.to_owned()));
        }
        Ok(Self { directory: directory.to_owned(), name: name.to_owned() })
    }

    /// Its name, or its address.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its address, as git makes it out of the name (`insteadOf` included).
    ///
    /// # Errors
    /// [`RemoteError`].
    pub fn url(&self) -> Result<String, RemoteError> {
        let output = self.git().run(&["ls-remote", "--get-url", "--", &self.name])?;
        output.succeeded(&self.name)?;
        Ok(output.stdout.trim_end_matches(['\r', '\n']).to_owned())
    }

    /// Names of the remotes that a repository has.
    ///
    /// # Errors
    /// [`RemoteError`].
    pub fn all(directory: &Path) -> Result<Vec<String>, RemoteError> {
        let output = Git::new(directory).run(&["remote"])?;
        output.succeeded("remote")?;
        Ok(output.stdout.lines().map(str::to_owned).collect())
    }

    /// The refs of the ledger that are there.
    ///
    /// # Errors
    /// [`RemoteError`].
    pub fn refs(&self) -> Result<Refs, RemoteError> {
        let output =
            self.git().run(&["ls-remote", "--quiet", "--", &self.name, "refs/ledgit/*"])?;
        output.succeeded(&self.name)?;
        let mut refs = Refs::new();
        for line in output.stdout.lines() {
            let parsed = line
                .split_once('\t')
                .and_then(|(id, name)| Some((name.to_owned(), ObjectId::from_hex(id)?)));
            let (name, id) = parsed.ok_or_else(|| self.nonsense(line))?;
            // Patterns of ls-remote match the end of a name, too.
            if name.starts_with("refs/ledgit/") {
                refs.insert(name, id);
            }
        }
        Ok(refs)
    }

    /// Fetches refs, each as a refspec. Objects come as one pack, which git syncs to the disk.
    ///
    /// # Errors
    /// [`RemoteError`]; some refs may have been fetched then.
    pub fn fetch(&self, refspecs: &[String]) -> Result<(), RemoteError> {
        if refspecs.is_empty() {
            return Ok(());
        }
        let mut arguments = vec!["fetch", "--quiet", "--no-tags", "--no-write-fetch-head"];
        arguments.extend(["--no-recurse-submodules", "--no-auto-maintenance"]);
        arguments.extend(["--refmap=", "--stdin", "--", self.name.as_str()]);
        let input = refspecs.iter().map(|one| format!("{one}\n")).collect::<String>();
        self.git().feed(&arguments, &input)?.succeeded(&self.name)
    }

    /// Makes updates in one push: all or none if it is `atomic`, else each for itself.
    ///
    /// # Errors
    /// [`RemoteError`] when the push as a whole failed: what became of the updates is not known then.
    pub fn push(&self, updates: &[Update], atomic: bool) -> Result<Vec<Pushed>, RemoteError> {
        if updates.is_empty() {
            return Ok(Vec::new());
        }
        let mut arguments: Vec<String> =
            ["push", "--porcelain", "--no-verify", "--no-follow-tags", "--recurse-submodules=no"]
                .map(str::to_owned)
                .into();
        arguments.extend(atomic.then(|| "--atomic".to_owned()));
        let expected = |from: Option<ObjectId>| from.map(|id| id.hex()).unwrap_or_default();
        arguments.extend(
            updates.iter().map(|update| {
                format!("--force-with-lease={}:{}", update.name, expected(update.from))
            }),
        );
        arguments.extend(["--".to_owned(), self.name.clone()]);
        arguments.extend(
            updates.iter().map(|update| format!("{}:{}", expected(update.to), update.name)),
        );
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let output = self.git().run(&arguments)?;
        let said: BTreeMap<&str, Pushed> = output.stdout.lines().filter_map(pushed).collect();
        if said.is_empty() {
            output.succeeded(&self.name)?;
        }
        let unknown = || Pushed::Rejected(tail(&output.stderr));
        let outcome = |update: &Update| said.get(update.name.as_str()).cloned();
        Ok(updates.iter().map(|update| outcome(update).unwrap_or_else(unknown)).collect())
    }

    /// Whether a branch of the remote, as it was last fetched, holds a commit. Of a remote that is given by
    /// its address nothing is known.
    ///
    /// # Errors
    /// [`RemoteError`].
    pub fn publishes(&self, commit: &ObjectId) -> Result<bool, RemoteError> {
        let (contains, under) =
            (format!("--contains={commit}"), format!("refs/remotes/{}/", self.name));
        let output = self.git().run(&["for-each-ref", "--count=1", &contains, &under])?;
        // It fails where the commit is not here.
        Ok(output.succeeded(&self.name).is_ok() && !output.stdout.is_empty())
    }

    fn git(&self) -> Git<'_> {
        Git::new(&self.directory)
    }

    fn nonsense(&self, line: &str) -> RemoteError {
        let why = format!("it was answered with {line:?}");
        RemoteError::Failed { remote: self.name.clone(), why }
    }
}

/// A line of `git push --porcelain`: a flag, the refs and a summary.
fn pushed(line: &str) -> Option<(&str, Pushed)> {
    let mut parts = line.split('\t');
    let (flag, refs, summary) = (parts.next()?, parts.next()?, parts.next()?);
    let (_, name) = refs.split_once(':')?;
    let outcome = match flag {
        "!" => Pushed::Rejected(summary.to_owned()),
        " " | "+" | "-" | "*" | "=" => Pushed::Done,
        _ => return None,
    };
    Some((name, outcome))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_git_would_run_or_read_as_options_are_refused() {
        let place = Path::new("/");
        for bad in ["", "-u", "--upload-pack=touch /tmp/x", "ext::sh -c x", "fd::3", "a\0b"] {
            assert!(matches!(Remote::new(place, bad), Err(RemoteError::Name(_))), "{bad:?}");
        }
        for good in ["origin", "git@host:a/b.git", "ssh://[::1]/x", "https://host/x", "/a::b/c"] {
            assert!(Remote::new(place, good).is_ok(), "{good:?}");
        }
    }

    #[test]
    fn lines_of_a_push_are_read() {
        assert_eq!(pushed("*\tab:refs/x\t[new reference]"), Some(("refs/x", Pushed::Done)));
        let stale = Pushed::Rejected("[rejected] (stale info)".into());
        assert_eq!(pushed("!\tab:refs/x\t[rejected] (stale info)"), Some(("refs/x", stale)));
        assert_eq!(pushed("To /some/where"), None);
        assert_eq!(pushed("Done"), None);
    }
}
