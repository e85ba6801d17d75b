mod hash;
mod manifest;
mod path;
mod random;
mod tree;
mod vectors;

use crate::files::KnownFiles;
use std::path::Path;
use std::sync::Mutex;

use super::Progress;

/// Does something once, when the first bytes of hashing were read.
struct Meanwhile<F>(Mutex<Option<F>>);

impl<F: FnOnce() + Send> Meanwhile<F> {
    fn new(act: F) -> Self {
        Self(Mutex::new(Some(act)))
    }
}

impl<F: FnOnce() + Send> Progress for Meanwhile<F> {
    fn bytes(&self, _count: u64) {
        let act = self.0.lock().unwrap().take();
        if let Some(act) = act {
            act();
        }
    }
}

fn write(path: &Path, bytes: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

/// Bytes that are not all alike.
fn bytes(size: usize) -> Vec<u8> {
    (0..size).map(|i| (i * 7 + i / 251) as u8).collect()
}

fn fifo(path: &Path) {
    make(path, rustix::fs::FileType::Fifo);
}

fn make(path: &Path, kind: rustix::fs::FileType) {
    use rustix::fs::{CWD, Mode, mknodat};
    mknodat(CWD, path, kind, Mode::from_raw_mode(0o600), 0).unwrap();
}

fn tree(root: &Path) -> super::Tree {
    super::hash_tree(root, &KnownFiles::none(), &()).unwrap()
}

fn paths(tree: &super::Tree) -> Vec<&str> {
    tree.manifest.records().iter().map(|record| record.path.as_str()).collect()
}
