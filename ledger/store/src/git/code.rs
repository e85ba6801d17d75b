//! Where the history of the code begins and where it is cut, and what makes git show another one
//! than there is (G-30, G-32).

use std::collections::HashSet;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use ledgit_core::limits;

use super::{GitError, ObjectId, ObjectKind, Repository};

/// Refs that lead to code.
const CODE: [&str; 3] = ["refs/heads/", "refs/tags/", "refs/remotes/"];

/// Refs that put one object in another's place.
const REPLACE: &str = "refs/replace/";

/// Annotated tags that name one another before a commit.
const TAGS: usize = 16;

/// Bytes of a file with a line for each of many commits.
const LIST_BYTES: u64 = 64 << 20;

/// Commits that refs of code name.
#[derive(Debug, Clone, Default)]
pub struct Tips {
    /// Each of them once.
    pub commits: Vec<ObjectId>,
    /// What refs name that can't be read.
    pub broken: Vec<(String, String)>,
}

impl Repository {
    /// The commits that branches, tags, remote-tracking refs and the `HEAD` of each worktree name
    /// (G-30). A tag of something else than a commit leads to none.
    ///
    /// # Errors
    /// [`GitError::Open`] when refs can't be listed at all.
    pub fn code_tips(&self) -> Result<Tips, GitError> {
        let (mut tips, mut seen) = (Tips::default(), HashSet::new());
        let mut names = Vec::new();
        for prefix in CODE {
            names.extend(self.refs_under(prefix)?);
        }
        names.extend(self.heads());
        for (name, id) in names {
            match self.peel(id) {
                Ok(Some(commit)) if seen.insert(commit) => tips.commits.push(commit),
                Ok(_) => {}
                Err(error) => tips.broken.push((name, error.to_string())),
            }
        }
        Ok(tips)
    }

    /// What `HEAD` is in each worktree, but for those on a branch without a commit.
    fn heads(&self) -> Vec<(String, ObjectId)> {
        let common = self.common_dir();
        let linked = std::fs::read_dir(common.join("worktrees")).into_iter().flatten().flatten();
        let places = linked.map(|place| place.path()).chain([common.to_owned()]);
        let read = |place: std::path::PathBuf| {
            let bytes = read_up_to(&place.join("HEAD"), limits::REF_BYTES)?;
            let text = String::from_utf8(bytes).ok()?;
            let text = text.trim_end();
            let id = match text.strip_prefix("ref:") {
                Some(name) => self.find_ref(name.trim_start()).ok().flatten(),
                None => ObjectId::from_hex(text),
            };
            Some(("HEAD".to_owned(), id?))
        };
        places.filter_map(read).collect()
    }

    /// The commit that an object is or, as an annotated tag, names.
    fn peel(&self, id: ObjectId) -> Result<Option<ObjectId>, GitError> {
        let mut at = id;
        for _ in 0..TAGS {
            match self.read_commit(at) {
                Ok(_) => return Ok(Some(at)),
                Err(GitError::Kind { found: ObjectKind::Tag, .. }) => {}
                Err(GitError::Kind { .. }) => return Ok(None),
                Err(error) => return Err(error),
            }
            let bytes = self.read(at, ObjectKind::Tag, limits::GIT_COMMIT_BYTES)?;
            let line = bytes.split(|byte| *byte == b'\n').next();
            let line = line.and_then(|line| std::str::from_utf8(line).ok());
            let named = line.and_then(|line| ObjectId::from_hex(line.strip_prefix("object ")?));
            let why = "it names no object";
            at = named.ok_or(GitError::Malformed { id: at, kind: ObjectKind::Tag, why })?;
        }
        Ok(None)
    }

    /// Commits whose parents were left at the remote (G-32).
    ///
    /// # Errors
    /// [`GitError::Io`] for a list that is too long.
    pub fn shallow_boundary(&self) -> Result<HashSet<ObjectId>, GitError> {
        let path = self.common_dir().join("shallow");
        if !self.is_shallow() {
            return Ok(HashSet::new());
        }
        let bytes = read_up_to(&path, LIST_BYTES)
            .ok_or_else(|| GitError::Io { path, source: std::io::ErrorKind::InvalidData.into() })?;
        let lines = bytes.split(|byte| *byte == b'\n');
        let ids = lines.filter_map(|line| ObjectId::from_hex(std::str::from_utf8(line).ok()?));
        Ok(ids.collect())
    }

    /// Objects that `refs/replace` puts others in the place of; they are read as they are (G-32).
    ///
    /// # Errors
    /// [`GitError::Open`] when refs can't be listed.
    pub fn replaced(&self) -> Result<Vec<(String, ObjectId)>, GitError> {
        let refs = self.refs_under(REPLACE)?.into_iter();
        Ok(refs.map(|(name, by)| (name.replacen(REPLACE, "", 1), by)).collect())
    }

    /// Whether a file gives commits other parents; it is not read (G-32).
    pub fn has_grafts(&self) -> bool {
        self.common_dir().join("info/grafts").metadata().is_ok_and(|file| file.len() > 0)
    }
}

fn read_up_to(path: &Path, most: u64) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(most + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 <= most).then_some(bytes)
}
