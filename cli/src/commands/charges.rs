//! Files of charges that commands are given: opened, and held against the bill that is of them.

use std::fs::File;
use std::path::{Path, PathBuf};

use ledgit_core::cost::Billed;
use ledgit_core::statement::BillFormat;
use ledgit_store::bills::{BillFileError, other, read_focus, read_opencost_as};

use crate::context::Context;
use crate::failure::Failure;

/// Opens a file of charges.
pub fn open(path: &Path) -> Result<File, Failure> {
    File::open(path).map_err(|error| Failure::file("read", path, &error))
}

/// A file that is no bill.
pub fn unread(path: &Path, error: &BillFileError) -> Failure {
    match error {
        BillFileError::Io(error) => Failure::file("read", path, error),
        error => Failure::new("LG2073", format!("{}: {error}", path.display()))
            .hint("ledgit import focus FILE --check says what else is not as FOCUS asks"),
    }
}

/// A file by its name, for people.
pub fn named(path: &Path) -> PathBuf {
    path.file_name().map_or_else(|| path.to_owned(), PathBuf::from)
}

/// Counts a file again: it is the one that the bill names, and gives what the bill states.
pub fn hold(context: &Context, path: &Path, billed: &Billed) -> Result<(), Failure> {
    let (position, bill) = (billed.position, &billed.bill);
    let read = match bill.format {
        BillFormat::Focus => {
            let progress = context.reading(path);
            read_focus(open(path)?, &|bytes| progress.at(bytes))
        }
        BillFormat::OpenCost => read_opencost_as(open(path)?, bill),
    };
    let read = read.map_err(|error| unread(path, &error))?;
    if read.file.sha256 != bill.file.sha256 || read.file.blake3 != bill.file.blake3 {
        let (found, stated) = (read.file.sha256.hex(), bill.file.sha256.hex());
        let error = format!(
            "it is another file than that of entry {position}: sha256 {found}, and the bill names {stated}"
        );
        return Err(differs(position, error));
    }
    match other(bill, &read) {
        Some(why) => Err(differs(position, why)),
        None => Ok(()),
    }
}

/// A file and a bill that are not of each other.
pub fn differs(position: u64, why: impl Into<String>) -> Failure {
    Failure { exit: 1, ..Failure::new("LG1507", why) }.hint(format!("ledgit show {position}"))
}
