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

    /// The file, in whatever state.
    pub fn place(&self) -> (u64, u64) {
        (self.device, self.inode)
    }

    /// Its numbers one after the other, each as big-endian bytes.
    pub fn to_bytes(self) -> [u8; 48] {
        let mut bytes = [0; 48];
        let parts = [
            self.device.to_be_bytes(),
            self.inode.to_be_bytes(),
            self.size.to_be_bytes(),
            self.modified.0.to_be_bytes(),
            self.changed.0.to_be_bytes(),
            nanoseconds(self.modified.1, self.changed.1),
        ];
        bytes.copy_from_slice(parts.as_flattened());
        bytes
    }

    /// Reads what [`Stamp::to_bytes`] gives.
    pub fn from_bytes(bytes: &[u8; 48]) -> Self {
        let mut parts = [0_u64; 6];
        for (part, bytes) in parts.iter_mut().zip(bytes.as_chunks::<8>().0) {
            *part = u64::from_be_bytes(*bytes);
        }
        let [device, inode, size, modified, changed, nanoseconds] = parts;
        Self {
            device,
            inode,
            size,
            modified: (modified.cast_signed(), (nanoseconds >> 32) as u32),
            changed: (changed.cast_signed(), nanoseconds as u32),
        }
    }
}

fn nanoseconds(modified: u32, changed: u32) -> [u8; 8] {
    (u64::from(modified) << 32 | u64::from(changed)).to_be_bytes()
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
