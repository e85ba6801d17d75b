//! The log as a static C2SP tlog-tiles directory, partial tiles included (L-10).

use std::fs;
use std::path::Path;

use ledgit_core::merkle::bundle;
use ledgit_core::merkle::tile::{self, WIDTH, bundle_path, tiles_at};

use super::{Ledger, LedgerError};

/// Writes the whole log to a directory that does not exist or is empty; returns the files written.
///
/// The checkpoint comes last, so that whoever serves the directory never shows one without its tiles.
///
/// # Errors
/// [`LedgerError::Io`], also for a directory that holds something.
pub fn export_tiles(ledger: &Ledger, directory: &Path) -> Result<u64, LedgerError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| LedgerError::Io { path, source }
    };
    fs::create_dir_all(directory).map_err(failed(directory))?;
    let mut there = fs::read_dir(directory).map_err(failed(directory))?;
    if there.next().is_some() {
        let source = std::io::ErrorKind::DirectoryNotEmpty.into();
        return Err(LedgerError::Io { path: directory.to_owned(), source });
    }
    let mut written = 0;
    let mut write = |name: &str, bytes: &[u8]| -> Result<(), LedgerError> {
        let path = directory.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(failed(parent))?;
        }
        fs::write(&path, bytes).map_err(failed(&path))?;
        written += 1;
        Ok(())
    };
    let log = ledger.log()?;
    for id in tiles_at(log.size()) {
        write(&id.path(), &tile::to_bytes(&log.tile(id.level, id.index)?))?;
        log.forget_tiles();
    }
    let width = u64::from(WIDTH);
    for number in 0..log.size().div_ceil(width) {
        let entries = log.bundle(number)?;
        write(&bundle_path(number, entries.len() as u16), &bundle::encode(&entries)?)?;
    }
    write("checkpoint", ledger.note())?;
    Ok(written)
}
