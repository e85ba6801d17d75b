//! File systems on loop devices: one whose power goes, one that is full, one that may only be read.
//! Root and loop devices are needed.

#![allow(dead_code)] // each test file uses its part

use std::fs::File;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use crate::world::has;

/// Calls of the system that may find a mount busy for a moment.
const TRIES: u32 = 200;

/// A file system of its own; it and its device go when it is dropped.
pub struct Loop {
    place: TempDir,
    device: String,
}

/// Whether a test may have loop devices; says by name what is skipped when not. Where they can't be
/// had at all (no root, a container without devices) nothing can be installed to change it.
pub fn possible(programs: &[&str], test: &str) -> bool {
    if !programs.iter().all(|program| has(program, test)) {
        return false;
    }
    match Loop::new("ext4", 8) {
        Ok(_) => true,
        Err(why) => {
            eprintln!("skipped: {test} needs root and loop devices: {why}");
            false
        }
    }
}

fn run(program: &str, arguments: &[&str]) -> Result<String, String> {
    let mut command = Command::new(program);
    // Where an administrator's programs are, also for those who call without them in their path.
    let path = std::env::var("PATH").unwrap_or_default();
    let output = command.env("PATH", format!("{path}:/usr/sbin:/sbin")).args(arguments).output();
    let output = output.map_err(|error| format!("{program}: {error}"))?;
    let text = String::from_utf8_lossy(if output.status.success() {
        &output.stdout
    } else {
        &output.stderr
    });
    let text = text.trim().to_owned();
    if output.status.success() { Ok(text) } else { Err(format!("{program}: {text}")) }
}

impl Loop {
    pub fn new(kind: &str, mebibytes: u64) -> Result<Self, String> {
        let place = tempfile::tempdir().map_err(|error| error.to_string())?;
        let image = place.path().join("image");
        let file = File::create(&image).map_err(|error| error.to_string())?;
        file.set_len(mebibytes << 20).map_err(|error| error.to_string())?;
        std::fs::create_dir(place.path().join("mount")).map_err(|error| error.to_string())?;
        let image = image.display().to_string();
        match kind {
            // No blocks are kept back for root, so that full is full.
            "ext4" => run("mkfs.ext4", &["-q", "-F", "-m", "0", &image])?,
            _ => run(&format!("mkfs.{kind}"), &["-q", "-f", &image])?,
        };
        let device = run("losetup", &["-f", "--show", &image])?;
        let made = Self { place, device };
        made.mount(&[])?;
        Ok(made)
    }

    pub fn path(&self) -> PathBuf {
        self.place.path().join("mount")
    }

    fn mount(&self, options: &[&str]) -> Result<(), String> {
        let path = self.path().display().to_string();
        run("mount", &[options, &[&self.device, &path]].concat()).map(drop)
    }

    fn unmount(&self) -> Result<(), String> {
        let path = self.path().display().to_string();
        let mut tries = 0;
        loop {
            match run("umount", &[&path]) {
                Err(why) if why.contains("busy") && tries < TRIES => {
                    tries += 1;
                    std::thread::sleep(Duration::from_millis(10));
                }
                other => return other.map(drop),
            }
        }
    }

    /// The power goes: nothing more reaches the device, not even what is in its journal's buffers.
    pub fn power_off(&self) {
        let path = self.path().display().to_string();
        run("xfs_io", &["-x", "-c", "shutdown", &path]).unwrap();
    }

    /// The power comes back.
    pub fn power_on(&self) {
        self.unmount().unwrap();
        self.mount(&[]).unwrap();
    }

    /// Everything so far is on the device.
    pub fn sync(&self) {
        run("sync", &["-f", &self.path().display().to_string()]).unwrap();
    }

    pub fn read_only(&self, only: bool) {
        let (path, option) = (self.path().display().to_string(), if only { "ro" } else { "rw" });
        run("mount", &["-o", &format!("remount,{option}"), &path]).unwrap();
    }

    /// Fills it but for so many bytes, more or less, with one file.
    pub fn fill_but(&self, left: u64) -> PathBuf {
        use std::io::Write as _;
        let path = self.path().join("filler");
        let mut file = File::create(&path).unwrap();
        let block = [1; 1_024];
        while file.write_all(&block).is_ok() {}
        file.sync_all().unwrap();
        let len = file.metadata().unwrap().len();
        file.set_len(len.saturating_sub(left)).unwrap();
        file.sync_all().unwrap();
        path
    }
}

impl Drop for Loop {
    fn drop(&mut self) {
        let _ = self.unmount();
        let _ = run("losetup", &["-d", &self.device]);
    }
}
