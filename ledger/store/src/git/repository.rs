//! Opening a repository and reading from it; every object's id is recomputed.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::pack::Object;
use super::tree::{self, cut};
use super::{GitError, ObjectFormat, ObjectId, ObjectKind, TreeEntry};
use crate::durable;

/// Extensions of a repository that change nothing about how the ledger is kept (G-03).
const EXTENSIONS: &[&str] = &[
    "noop",
    "noop-v1",
    "objectformat",
    "partialclone",
    "preciousobjects",
    "refstorage",
    "relativeworktrees",
    "worktreeconfig",
];

/// Room for the packs that are written while a repository is open; gix fails when it runs out.
const PACK_SLOTS: gix::odb::store::init::Slots =
    gix::odb::store::init::Slots::AsNeededByDiskState { multiplier: 2.0, minimum: 2_048 };

/// Objects that are read back together, by one thread with a view of its own: gix's is not shared
/// between threads.
const CONFIRMED_TOGETHER: usize = 128;

/// What `HEAD` is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeadState {
    /// A branch without a commit.
    Unborn {
        /// Full name of the branch.
        branch: String,
    },
    /// A branch.
    Branch {
        /// Its full name.
        name: String,
        /// Its commit.
        commit: ObjectId,
    },
    /// A commit, without a branch.
    Detached {
        /// The commit.
        commit: ObjectId,
    },
}

impl HeadState {
    /// The commit, if there is one.
    pub fn commit(&self) -> Option<ObjectId> {
        match self {
            Self::Unborn { .. } => None,
            Self::Branch { commit, .. } | Self::Detached { commit } => Some(*commit),
        }
    }
}

/// A commit, as far as the ledger looks into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its tree.
    pub tree: ObjectId,
    /// Its parents.
    pub parents: Vec<ObjectId>,
    /// The object's bytes.
    pub raw: Vec<u8>,
}

impl Commit {
    /// Reads the bytes of a commit; `id` is its name, and is not computed here.
    ///
    /// # Errors
    /// [`GitError::Malformed`].
    pub fn parse(id: ObjectId, raw: Vec<u8>) -> Result<Self, GitError> {
        let bad = |why| GitError::Malformed { id, kind: ObjectKind::Commit, why };
        let mut rest = raw.as_slice();
        let tree = take_id(&mut rest, b"tree ").ok_or(bad("it has no tree"))?;
        let mut parents = Vec::new();
        while let Some(parent) = take_id(&mut rest, b"parent ") {
            parents.push(parent);
        }
        if tree.format() != id.format() || parents.iter().any(|one| one.format() != id.format()) {
            return Err(bad("it names objects of another format"));
        }
        Ok(Self { tree, parents, raw })
    }
}

/// A Git repository.
#[derive(Debug, Clone)]
pub struct Repository {
    gix: gix::Repository,
    common_dir: PathBuf,
    partial: bool,
    bytes_read: Cell<u64>,
}

impl Repository {
    /// The repository at or above a directory (G-01).
    ///
    /// # Errors
    /// [`GitError::NotARepository`], and as [`Repository::open`].
    pub fn discover(start: &Path) -> Result<Self, GitError> {
        let absent = || GitError::NotARepository(start.to_owned());
        let start = std::path::absolute(start).map_err(|_| absent())?;
        let (found, _) = gix::discover::upwards(&start).map_err(|_| absent())?;
        let (git_dir, _) = found.into_repository_and_work_tree_directories();
        Self::open(&git_dir)
    }

    /// The repository with this Git directory; nothing of the user's configuration or environment
    /// is read, and nothing that a configuration names is run (G-02).
    ///
    /// # Errors
    /// [`GitError::Open`], [`GitError::Reftable`], [`GitError::Extension`].
    pub fn open(git_dir: &Path) -> Result<Self, GitError> {
        let failed = |why: String| GitError::Open { path: git_dir.to_owned(), why };
        let common_dir = common_dir_of(git_dir);
        let partial = check_extensions(git_dir, &common_dir)?;
        let repository = gix::open::Options::isolated()
            .config_overrides(["core.useReplaceRefs=false"])
            .object_store_slots(PACK_SLOTS)
            .open(git_dir)
            .map_err(|error| failed(error.to_string()))?
            .to_thread_local();
        let common_dir = repository.common_dir().to_owned();
        let partial = partial || has_promisor(&common_dir);
        Ok(Self { gix: repository, common_dir, partial, bytes_read: Cell::new(0) })
    }

    /// The directory that its worktrees share: objects and refs.
    pub fn common_dir(&self) -> &Path {
        &self.common_dir
    }

    /// Its own Git directory; a worktree's differs from the common one.
    pub fn git_dir(&self) -> &Path {
        self.gix.git_dir()
    }

    /// Where the files are; none in a bare repository.
    pub fn work_tree(&self) -> Option<&Path> {
        self.gix.workdir()
    }

    /// How it names objects.
    pub fn object_format(&self) -> ObjectFormat {
        ObjectFormat::from_gix(self.gix.object_hash())
    }

    /// Whether its history is cut (G-04).
    pub fn is_shallow(&self) -> bool {
        self.common_dir.join("shallow").metadata().is_ok_and(|file| file.len() > 0)
    }

    /// Whether objects were left at the remote (G-04).
    pub fn is_partial(&self) -> bool {
        self.partial
    }

    /// Whether it borrows objects from another repository (G-04).
    pub fn has_alternates(&self) -> bool {
        self.common_dir.join("objects/info/alternates").metadata().is_ok_and(|file| file.len() > 0)
    }

    /// What `HEAD` is.
    ///
    /// # Errors
    /// [`GitError::Open`] when it can't be read.
    pub fn head(&self) -> Result<HeadState, GitError> {
        let failed = |why: String| GitError::Open { path: self.git_dir().to_owned(), why };
        let head = self.gix.head().map_err(|error| failed(error.to_string()))?;
        match &head.kind {
            gix::head::Kind::Unborn(branch) => Ok(HeadState::Unborn { branch: branch.to_string() }),
            gix::head::Kind::Detached { target, .. } => {
                Ok(HeadState::Detached { commit: ObjectId(*target) })
            }
            gix::head::Kind::Symbolic(branch) => {
                let id = branch.target.try_id().map(|id| ObjectId(id.to_owned()));
                let name = branch.name.to_string();
                let commit = id.ok_or_else(|| failed(format!("{name} is a symbolic ref")))?;
                Ok(HeadState::Branch { name, commit })
            }
        }
    }

    /// The commit that a revision names: `HEAD`, `main~2`, an id.
    ///
    /// # Errors
    /// [`GitError::Revision`].
    pub fn resolve(&self, revision: &str) -> Result<ObjectId, GitError> {
        let failed = |why: String| GitError::Revision { name: revision.to_owned(), why };
        let found =
            self.gix.rev_parse_single(revision).map_err(|error| failed(error.to_string()))?;
        let object = found.object().map_err(|error| failed(error.to_string()))?;
        let commit = object.peel_to_commit().map_err(|error| failed(error.to_string()))?;
        Ok(ObjectId(commit.id))
    }

    /// A value of Git's configuration: the repository's own, else the user's. It is only read.
    pub fn config(&self, key: &str) -> Option<String> {
        let own = self.gix.config_snapshot().string(key).map(|value| value.to_string());
        own.or_else(|| {
            let user = gix::config::File::from_globals().ok()?;
            user.string(key).map(|value| value.to_string())
        })
    }

    /// A ref's value; none when it does not exist.
    ///
    /// # Errors
    /// [`GitError::Durable`] for a ref that can't be read, is symbolic or holds no object id.
    pub fn find_ref(&self, name: &str) -> Result<Option<ObjectId>, GitError> {
        Ok(durable::read_ref(&self.common_dir, name)?.and_then(|hex| ObjectId::from_hex(&hex)))
    }

    /// All refs below a prefix such as `refs/ledgit/evidence/`, by name.
    ///
    /// # Errors
    /// [`GitError::Open`] when they can't be listed.
    pub fn refs_under(&self, prefix: &str) -> Result<Vec<(String, ObjectId)>, GitError> {
        let failed = |why: String| GitError::Open { path: self.git_dir().to_owned(), why };
        let refs = self.gix.references().map_err(|error| failed(error.to_string()))?;
        let refs = refs.prefixed(prefix).map_err(|error| failed(error.to_string()))?;
        let mut found = Vec::new();
        for one in refs {
            let one = one.map_err(|error| failed(error.to_string()))?;
            if let Some(id) = one.target().try_id() {
                found.push((one.name().as_bstr().to_string(), ObjectId(id.to_owned())));
            }
        }
        found.sort();
        Ok(found)
    }

    /// Bytes of the objects read so far, each as it is without compression.
    pub fn bytes_read(&self) -> u64 {
        self.bytes_read.get()
    }

    fn count(&self, bytes: Vec<u8>) -> Vec<u8> {
        self.bytes_read.set(self.bytes_read.get() + bytes.len() as u64);
        bytes
    }

    /// Whether an object is there; nothing is said of its bytes.
    pub fn has(&self, id: ObjectId) -> bool {
        self.gix.has_object(id.0)
    }

    /// An object's bytes, `max` at most, with its id recomputed (G-05).
    ///
    /// # Errors
    /// [`GitError`]: missing, corrupt, of another kind, too large.
    pub fn read(&self, id: ObjectId, kind: ObjectKind, max: u64) -> Result<Vec<u8>, GitError> {
        let read = self.retrying(|gix| read_once(gix, id, kind, max));
        read.map(|bytes| self.count(bytes))
    }

    /// Git may have repacked meanwhile and removed the pack that was open.
    fn retrying<T>(
        &self,
        read: impl Fn(&gix::Repository) -> Result<T, GitError>,
    ) -> Result<T, GitError> {
        match read(&self.gix) {
            Err(GitError::Missing(_) | GitError::Unreadable { .. }) => {
                read(&Self::open(self.gix.git_dir())?.gix)
            }
            other => other,
        }
    }

    /// Reads objects back, on all cores, and compares them with what they must be (G-07).
    ///
    /// # Errors
    /// As [`Repository::read`], for the first that is not there as it must be.
    pub(super) fn confirm(&self, objects: &[Object]) -> Result<(), GitError> {
        if objects.len() <= CONFIRMED_TOGETHER {
            let confirm = |object| self.retrying(|gix| confirm(gix, object));
            return objects.iter().try_for_each(confirm);
        }
        let git_dir = self.gix.git_dir();
        let parts = objects.par_chunks(CONFIRMED_TOGETHER);
        parts.try_for_each(|part| {
            let own = Self::open(git_dir)?;
            part.iter().try_for_each(|object| confirm(&own.gix, object))
        })
    }

    /// An object's bytes, `max` at most, taken for those of its id. Only for whoever computes the
    /// id from them, or holds them against bytes whose id is known (V-31).
    ///
    /// # Errors
    /// As [`Repository::read`], but for [`GitError::Corrupt`].
    pub fn read_unchecked(
        &self,
        id: ObjectId,
        kind: ObjectKind,
        max: u64,
    ) -> Result<Vec<u8>, GitError> {
        find(&self.gix, id, kind, max).map(|bytes| self.count(bytes))
    }

    /// A tree's entries.
    ///
    /// # Errors
    /// As [`Repository::read`], and [`GitError::Malformed`].
    pub fn read_tree(&self, id: ObjectId) -> Result<Vec<TreeEntry>, GitError> {
        tree::parse(id, &self.read(id, ObjectKind::Tree, ledgit_core::limits::GIT_TREE_BYTES)?)
    }

    /// A tree's entries, with the caution of [`Repository::read_unchecked`].
    ///
    /// # Errors
    /// As [`Repository::read_unchecked`], and [`GitError::Malformed`].
    pub fn read_tree_unchecked(&self, id: ObjectId) -> Result<Vec<TreeEntry>, GitError> {
        let max = ledgit_core::limits::GIT_TREE_BYTES;
        tree::parse(id, &self.read_unchecked(id, ObjectKind::Tree, max)?)
    }

    /// A commit.
    ///
    /// # Errors
    /// As [`Repository::read`], and [`GitError::Malformed`].
    pub fn read_commit(&self, id: ObjectId) -> Result<Commit, GitError> {
        let max = ledgit_core::limits::GIT_COMMIT_BYTES;
        Commit::parse(id, self.read(id, ObjectKind::Commit, max)?)
    }
}

fn read_once(
    gix: &gix::Repository,
    id: ObjectId,
    kind: ObjectKind,
    max: u64,
) -> Result<Vec<u8>, GitError> {
    let (found_kind, data) = find_any(gix, id, max)?;
    let format = ObjectFormat::from_gix(gix.object_hash());
    let found = ObjectId::of(format, found_kind, &data)?;
    if found != id {
        return Err(GitError::Corrupt { id, found });
    }
    of_kind(id, kind, found_kind, data)
}

fn confirm(gix: &gix::Repository, (id, kind, bytes): &Object) -> Result<(), GitError> {
    let found = find(gix, *id, *kind, bytes.len() as u64)?;
    if found == *bytes {
        return Ok(());
    }
    let format = ObjectFormat::from_gix(gix.object_hash());
    Err(GitError::Corrupt { id: *id, found: ObjectId::of(format, *kind, &found)? })
}

fn find(
    gix: &gix::Repository,
    id: ObjectId,
    kind: ObjectKind,
    max: u64,
) -> Result<Vec<u8>, GitError> {
    let (found, data) = find_any(gix, id, max)?;
    of_kind(id, kind, found, data)
}

fn find_any(
    gix: &gix::Repository,
    id: ObjectId,
    max: u64,
) -> Result<(ObjectKind, Vec<u8>), GitError> {
    let unreadable = |why: String| GitError::Unreadable { id, why };
    let header = gix.try_find_header(id.0).map_err(|error| unreadable(error.to_string()))?;
    let header = header.ok_or(GitError::Missing(id))?;
    if header.size() > max {
        return Err(GitError::TooLarge { id, size: header.size(), max });
    }
    let object = gix.try_find_object(id.0).map_err(|error| unreadable(error.to_string()))?;
    let mut object = object.ok_or(GitError::Missing(id))?;
    Ok((ObjectKind::from_gix(object.kind), std::mem::take(&mut object.data)))
}

fn of_kind(
    id: ObjectId,
    expected: ObjectKind,
    found: ObjectKind,
    data: Vec<u8>,
) -> Result<Vec<u8>, GitError> {
    if found == expected { Ok(data) } else { Err(GitError::Kind { id, expected, found }) }
}

/// Takes a line of a commit that names an object.
fn take_id(rest: &mut &[u8], label: &[u8]) -> Option<ObjectId> {
    let (hex, after) = cut(rest.strip_prefix(label)?, b'\n')?;
    let id = ObjectId::from_hex(std::str::from_utf8(hex).ok()?)?;
    *rest = after;
    Some(id)
}

/// A worktree's Git directory names the one that it shares.
fn common_dir_of(git_dir: &Path) -> PathBuf {
    match std::fs::read_to_string(git_dir.join("commondir")) {
        Ok(text) => git_dir.join(text.trim_end_matches(['\r', '\n'])),
        Err(_) => git_dir.to_owned(),
    }
}

/// Refuses what the ledger can't be kept in; says whether the clone is a partial one.
fn check_extensions(git_dir: &Path, common_dir: &Path) -> Result<bool, GitError> {
    let path = common_dir.join("config");
    let Ok(bytes) = std::fs::read(&path) else { return Ok(false) };
    let failed = |why: String| GitError::Open { path: git_dir.to_owned(), why };
    let metadata = gix::config::file::Metadata::from(gix::config::Source::Local);
    let config = gix::config::File::from_bytes_no_includes(&bytes, metadata, Default::default())
        .map_err(|error| failed(error.to_string()))?;
    let mut partial = false;
    for section in config.sections_by_name("extensions").into_iter().flatten() {
        for name in section.value_names() {
            let name = name.to_string().to_ascii_lowercase();
            partial |= name == "partialclone";
            if !EXTENSIONS.contains(&name.as_str()) {
                return Err(GitError::Extension { path: git_dir.to_owned(), name });
            }
        }
    }
    let storage = config.string("extensions.refStorage").map(|value| value.to_string());
    if storage.is_some_and(|storage| !storage.eq_ignore_ascii_case("files")) {
        return Err(GitError::Reftable(git_dir.to_owned()));
    }
    Ok(partial)
}

/// Packs that a partial clone fetched are marked.
fn has_promisor(common_dir: &Path) -> bool {
    let Ok(packs) = std::fs::read_dir(common_dir.join("objects/pack")) else { return false };
    packs.flatten().any(|file| file.path().extension().is_some_and(|end| end == "promisor"))
}
