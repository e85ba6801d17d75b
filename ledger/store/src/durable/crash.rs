//! A disk in memory that loses power: it lists every state that may be found afterwards.
//!
//! What was not fsynced may be there or not, in any subset: each change of a directory since that
//! directory's last fsync, and the content of each file since its own, torn at 512 bytes or filled
//! with zeros. It can also fail any single call.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use super::{Disk, DiskFile, Stat};

/// What one call does instead of its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Fails with this error number.
    Errno(i32),
    /// A write takes this many bytes and says so.
    Short(usize),
    /// A write takes this many bytes and claims all.
    Lie(usize),
}

/// A state found after the power came back: path to content, `None` for a directory.
pub(crate) type Survivor = BTreeMap<PathBuf, Option<Vec<u8>>>;

#[derive(Clone, Copy)]
enum Node {
    Dir,
    File(usize),
}

enum Change {
    Set(PathBuf, Node),
    Remove(PathBuf),
    Rename(PathBuf, PathBuf, usize),
}

#[derive(Default, Clone)]
struct Inode {
    synced: Vec<u8>,
    live: Vec<u8>,
}

#[derive(Default)]
struct State {
    inodes: Vec<Inode>,
    live: BTreeMap<PathBuf, Node>,
    durable: BTreeMap<PathBuf, Node>,
    pending: Vec<(PathBuf, Change)>,
    /// The name of every call so far.
    calls: Vec<&'static str>,
    power_off_at: usize,
    fault: Option<(usize, Fault)>,
}

#[derive(Clone)]
pub(crate) struct CrashDisk(Arc<Mutex<State>>);

impl CrashDisk {
    /// A disk that holds this, durably.
    pub(crate) fn holding(content: &Survivor) -> Self {
        let mut state = State { power_off_at: usize::MAX, ..State::default() };
        for (path, bytes) in content {
            let node = match bytes {
                None => Node::Dir,
                Some(bytes) => {
                    state.inodes.push(Inode { synced: bytes.clone(), live: bytes.clone() });
                    Node::File(state.inodes.len() - 1)
                }
            };
            state.live.insert(path.clone(), node);
            state.durable.insert(path.clone(), node);
        }
        Self(Arc::new(Mutex::new(state)))
    }

    /// Cuts the power before the call of this number, counted from 0.
    pub(crate) fn power_off_at(self, call: usize) -> Self {
        self.state().power_off_at = call;
        self
    }

    /// Makes the call of this number fail.
    pub(crate) fn failing(self, call: usize, fault: Fault) -> Self {
        self.state().fault = Some((call, fault));
        self
    }

    pub(crate) fn calls(&self) -> Vec<&'static str> {
        self.state().calls.clone()
    }

    /// What processes see now, while the power is on.
    pub(crate) fn live(&self) -> Survivor {
        let state = self.state();
        let content = |node: &Node| match node {
            Node::Dir => None,
            Node::File(inode) => Some(state.inodes[*inode].live.clone()),
        };
        state.live.iter().map(|(path, node)| (path.clone(), content(node))).collect()
    }

    /// Every state that may be found if the power goes now.
    pub(crate) fn survivors(&self) -> Vec<Survivor> {
        let state = self.state();
        let count = state.pending.len();
        assert!(count <= 16, "too many unsynced changes to enumerate");
        let mut all = Vec::new();
        for mask in 0..1_u32 << count {
            let mut names = state.durable.clone();
            for (bit, (_, change)) in state.pending.iter().enumerate() {
                if mask >> bit & 1 == 1 {
                    apply(&mut names, change);
                }
            }
            let reachable = |path: &Path| {
                path.ancestors()
                    .skip(1)
                    .all(|dir| dir == Path::new("/") || matches!(names.get(dir), Some(Node::Dir)))
            };
            let mut states = vec![Survivor::new()];
            for (path, node) in names.iter().filter(|(path, _)| reachable(path)) {
                let contents = match node {
                    Node::Dir => vec![None],
                    Node::File(inode) => torn(&state.inodes[*inode]),
                };
                states = states
                    .iter()
                    .flat_map(|found| {
                        contents.iter().map(move |content| {
                            let mut found = found.clone();
                            found.insert(path.clone(), content.clone());
                            found
                        })
                    })
                    .collect();
            }
            all.append(&mut states);
        }
        all
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// Counts a call, and fails it where that was asked for.
    fn call(&self, name: &'static str) -> io::Result<MutexGuard<'_, State>> {
        let mut state = self.state();
        if state.calls.len() >= state.power_off_at {
            return Err(io::Error::other("the power is off"));
        }
        let number = state.calls.len();
        state.calls.push(name);
        match state.fault {
            Some((at, Fault::Errno(errno))) if at == number => {
                Err(io::Error::from_raw_os_error(errno))
            }
            _ => Ok(state),
        }
    }
}

fn apply(names: &mut BTreeMap<PathBuf, Node>, change: &Change) {
    match change {
        Change::Set(path, node) => {
            names.insert(path.clone(), *node);
        }
        Change::Remove(path) => {
            names.remove(path);
        }
        Change::Rename(from, to, inode) => {
            names.remove(from);
            names.insert(to.clone(), Node::File(*inode));
        }
    }
}

/// What may be in a file of which only a part was fsynced.
fn torn(inode: &Inode) -> Vec<Option<Vec<u8>>> {
    let mut contents = vec![Some(inode.synced.clone())];
    if inode.live != inode.synced {
        for end in (0..inode.live.len()).step_by(512) {
            let mut prefix = inode.live[..end].to_vec();
            contents.push(Some(prefix.clone()));
            prefix.resize(inode.live.len(), 0);
            contents.push(Some(prefix));
        }
        contents.push(Some(inode.live.clone()));
    }
    contents
}

fn not_found() -> io::Error {
    io::Error::from(io::ErrorKind::NotFound)
}

fn dir_of(path: &Path) -> PathBuf {
    path.parent().unwrap().to_owned()
}

impl State {
    fn change(&mut self, dir: PathBuf, change: Change) {
        apply(&mut self.live, &change);
        self.pending.push((dir, change));
    }

    fn has_dir(&self, dir: &Path) -> bool {
        dir == Path::new("/") || matches!(self.live.get(dir), Some(Node::Dir))
    }
}

struct CrashFile {
    disk: CrashDisk,
    inode: usize,
    /// Where the next write begins.
    at: usize,
}

impl DiskFile for CrashFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.disk.call("write")?;
        let number = state.calls.len() - 1;
        let (taken, said) = match state.fault {
            Some((at, Fault::Short(n))) if at == number => (n, n),
            Some((at, Fault::Lie(n))) if at == number => (n, bytes.len()),
            _ => (bytes.len(), bytes.len()),
        };
        let (live, taken) = (&mut state.inodes[self.inode].live, &bytes[..taken.min(bytes.len())]);
        let end = self.at + taken.len();
        if live.len() < end {
            live.resize(end, 0);
        }
        live[self.at..end].copy_from_slice(taken);
        drop(state);
        self.at = end;
        Ok(said.min(bytes.len()))
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut state = self.disk.call("fsync")?;
        let inode = &mut state.inodes[self.inode];
        inode.synced = inode.live.clone();
        Ok(())
    }
}

impl Disk for CrashDisk {
    fn create_new(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let mut state = self.call("create")?;
        if state.live.contains_key(path) {
            return Err(io::Error::from(io::ErrorKind::AlreadyExists));
        }
        if !state.has_dir(&dir_of(path)) {
            return Err(not_found());
        }
        state.inodes.push(Inode::default());
        let inode = state.inodes.len() - 1;
        state.change(dir_of(path), Change::Set(path.to_owned(), Node::File(inode)));
        Ok(Box::new(CrashFile { disk: self.clone(), inode, at: 0 }))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let state = self.call("open")?;
        match state.live.get(path) {
            Some(Node::File(inode)) => {
                Ok(Box::new(CrashFile { disk: self.clone(), inode: *inode, at: 0 }))
            }
            Some(Node::Dir) => Err(io::Error::from(io::ErrorKind::IsADirectory)),
            None => Err(not_found()),
        }
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.call("rename")?;
        assert_eq!(from.parent(), to.parent(), "renames stay in one directory");
        let Some(Node::File(inode)) = state.live.get(from).copied() else {
            return Err(not_found());
        };
        state.change(dir_of(to), Change::Rename(from.to_owned(), to.to_owned(), inode));
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.call("remove")?;
        if !state.live.contains_key(path) {
            return Err(not_found());
        }
        state.change(dir_of(path), Change::Remove(path.to_owned()));
        Ok(())
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        let mut state = self.call("mkdir")?;
        if state.live.contains_key(path) {
            return Err(io::Error::from(io::ErrorKind::AlreadyExists));
        }
        if !state.has_dir(&dir_of(path)) {
            return Err(not_found());
        }
        state.change(dir_of(path), Change::Set(path.to_owned(), Node::Dir));
        Ok(())
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        let mut state = self.call("fsync dir")?;
        let pending = std::mem::take(&mut state.pending);
        for (at, change) in pending {
            if at == dir {
                apply(&mut state.durable, &change);
            } else {
                state.pending.push((at, change));
            }
        }
        Ok(())
    }

    fn read(&self, path: &Path, max: u64) -> io::Result<Vec<u8>> {
        let state = self.call("read")?;
        match state.live.get(path) {
            None => Err(not_found()),
            Some(Node::Dir) => Err(io::Error::from(io::ErrorKind::IsADirectory)),
            Some(Node::File(inode)) => {
                let bytes = state.inodes[*inode].live.clone();
                if bytes.len() as u64 > max {
                    return Err(io::Error::from(io::ErrorKind::FileTooLarge));
                }
                Ok(bytes)
            }
        }
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        let state = self.call("stat")?;
        if path == Path::new("/") {
            return Ok(Stat { is_dir: true, len: 0, modified: None });
        }
        match state.live.get(path) {
            None => Err(not_found()),
            Some(Node::Dir) => Ok(Stat { is_dir: true, len: 0, modified: None }),
            Some(Node::File(inode)) => {
                let len = state.inodes[*inode].live.len() as u64;
                Ok(Stat { is_dir: false, len, modified: None })
            }
        }
    }
}
