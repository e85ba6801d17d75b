//! What the file system says of a file: enough to see that it was changed.

use std::os::fd::AsFd;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::fs::{FileType, Stat, fstat};
use rustix::io::Errno;

/// A time of a file system: seconds since 1970, nanoseconds.
pub(super) type Moment = (i64, u32);

/// File systems keep time in ticks of up to 10 ms: a second change within the tick of the
/// first leaves no mark. So what was changed just now is left alone for so long (F-04).
const TICK: Duration = Duration::from_millis(20);

/// The state of a file at one moment. Any write, and any setting of its times, changes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Stamp {
    pub device: u64,
    pub inode: u64,
    pub size: u64,
    pub modified: Moment,
    pub changed: Moment,
}

impl Stamp {
    #[allow(
        clippy::unnecessary_cast,
        clippy::cast_lossless,
        reason = "the widths differ between systems"
    )]
    pub fn of(stat: &Stat) -> Self {
        Self {
            device: stat.st_dev as u64,
            inode: stat.st_ino as u64,
            size: stat.st_size as u64,
            modified: (stat.st_mtime as i64, stat.st_mtime_nsec as u32),
            changed: (stat.st_ctime as i64, stat.st_ctime_nsec as u32),
        }
    }
}

/// The time since 1970 by this machine's clock.
pub(super) fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// How long ago a moment was; `None` for one in the future, or before 1970.
pub(super) fn age(moment: Moment, now: Duration) -> Option<Duration> {
    let seconds = u64::try_from(moment.0).ok()?;
    now.checked_sub(Duration::new(seconds, moment.1))
}

/// The state of an open file, once it is older than a tick.
pub(super) fn settled(open: impl AsFd) -> Result<Stat, Errno> {
    let stat = fstat(&open)?;
    match age(Stamp::of(&stat).changed, now()) {
        Some(age) if age < TICK => {
            thread::sleep(TICK - age);
            fstat(&open)
        }
        _ => Ok(stat),
    }
}

/// What kind of file it is.
pub(super) fn kind(stat: &Stat) -> FileType {
    FileType::from_raw_mode(stat.st_mode)
}

/// A kind of file as messages name it.
pub(super) fn kind_name(kind: FileType) -> &'static str {
    match kind {
        FileType::RegularFile => "a file",
        FileType::Directory => "a directory",
        FileType::Symlink => "a symbolic link",
        FileType::Fifo => "a FIFO",
        FileType::Socket => "a socket",
        FileType::CharacterDevice | FileType::BlockDevice => "a device",
        FileType::Unknown => "of an unknown kind",
    }
}
