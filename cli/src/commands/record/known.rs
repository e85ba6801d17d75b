//! Where the stat cache stands (F-60). It is a cache: what fails here only costs time.

use std::fs;

use ledgit_store::durable::Writer;
use ledgit_store::files::KnownFiles;
use ledgit_store::git::Repository;
use ledgit_store::ledger::DIRECTORY;

const FILE: &str = "known-files";

pub fn read(repository: &Repository) -> KnownFiles {
    let path = repository.common_dir().join(DIRECTORY).join(FILE);
    let small = fs::metadata(&path).is_ok_and(|file| file.len() <= KnownFiles::BYTES);
    let bytes = if small { fs::read(&path).unwrap_or_default() } else { Vec::new() };
    KnownFiles::decode(&bytes)
}

pub fn write(repository: &Repository, known: &KnownFiles) {
    let directory = repository.common_dir().join(DIRECTORY);
    let _ = Writer::default().publish(&directory, FILE, &known.encode());
}
