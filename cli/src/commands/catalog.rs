//! What the ledger knows by name, digest and number, read from the log.

use std::path::Path;

use ledgit_core::digest::{DigestName, Digests, LeafHash};
use ledgit_core::statement::{ApprovalSubject, Body, Signed};
use ledgit_store::files::{KnownFiles, Progress, hash_file, hash_tree};
use ledgit_store::ledger::Log;

use crate::failure::Failure;

/// An artifact that entries speak of.
#[derive(Debug, Clone)]
pub struct Known {
    /// The entry that introduced it; none for one that is about to be recorded.
    pub position: Option<u64>,
    /// Its kind: dataset, model, document.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: Option<String>,
    /// Its digests.
    pub digests: Digests,
}

impl Known {
    /// `name@version`, or `name`.
    pub fn shown(&self) -> String {
        match &self.version {
            Some(version) => format!("{}@{version}", self.name),
            None => self.name.clone(),
        }
    }

    fn is_called(&self, text: &str) -> bool {
        self.name == text || self.shown() == text
    }
}

/// Every statement of the log, and what can be named.
#[derive(Debug, Default)]
pub struct Catalog {
    /// Entries that are statements, by position.
    pub entries: Vec<(u64, Signed)>,
    /// Artifacts, in the order that they were recorded in.
    pub known: Vec<Known>,
}

impl Catalog {
    /// Reads the whole log.
    pub fn read(log: &Log<'_>) -> Result<Self, Failure> {
        let mut catalog = Self::default();
        log.each(0, |position, bytes| {
            if let Ok(signed) = Signed::decode(&bytes) {
                catalog.learn(Some(position), &signed.statement().body);
                catalog.entries.push((position, signed));
            }
            Ok::<_, Failure>(())
        })?;
        Ok(catalog)
    }

    /// Adds what a statement introduces.
    pub fn learn(&mut self, position: Option<u64>, body: &Body) {
        let (kind, name, version, digests) = match body {
            Body::Dataset(body) => ("dataset", &body.name, body.version.as_ref(), body.digests),
            Body::Model(body) => ("model", &body.name, body.version.as_ref(), body.digests),
            Body::Document(body) => {
                let (blake3, sha256) = (body.document.blake3, body.document.sha256);
                ("document", &body.name, None, Digests { blake3, sha256, oms: None })
            }
            _ => return,
        };
        let (name, version) =
            (name.as_str().to_owned(), version.map(|one| one.as_str().to_owned()));
        self.known.push(Known { position, kind, name, version, digests });
    }

    /// The artifact that has these digests, as it was recorded last.
    pub fn of_digests(&self, digests: &Digests) -> Option<&Known> {
        self.known.iter().rev().find(|known| known.digests.sha256 == digests.sha256)
    }

    /// What an artifact is called, or its digest.
    pub fn shown(&self, digests: &Digests) -> String {
        match self.of_digests(digests) {
            Some(known) => format!("{} {}", known.kind, known.shown()),
            None => format!("sha256:{}", short(&digests.sha256.hex())),
        }
    }

    /// The artifact that a text names: a name, `name@version`, a digest, an entry's number, or a
    /// path, which is hashed on the spot. One that could mean several things is refused.
    pub fn subject(&self, text: &str, progress: &dyn Progress) -> Result<Digests, Failure> {
        if let Ok(name) = text.parse::<DigestName>() {
            let found = self.known.iter().find(|known| known.digests.answers_to(&name));
            return found.map(|known| known.digests).ok_or_else(|| unknown(text));
        }
        if let Ok(position) = text.parse::<u64>() {
            return self.of_entry(position, text);
        }
        let mut found: Vec<(String, Digests)> = Vec::new();
        for known in self.known.iter().filter(|known| known.is_called(text)) {
            let entry = known.position.map_or("this document".into(), |at| format!("entry {at}"));
            let shown = format!("{} {} ({entry})", known.kind, known.shown());
            add(&mut found, shown, known.digests);
        }
        let path = Path::new(text);
        if path.symlink_metadata().is_ok() {
            add(&mut found, format!("the path {text}"), hash(path, progress)?);
        }
        match found.as_slice() {
            [] => Err(unknown(text)),
            [(_, digests)] => Ok(*digests),
            several => Err(ambiguous(text, several)),
        }
    }

    fn of_entry(&self, position: u64, text: &str) -> Result<Digests, Failure> {
        let entry = self.entries.iter().find(|(at, _)| *at == position);
        let found = entry.and_then(|(_, signed)| match &signed.statement().body {
            Body::Dataset(body) => Some(body.digests),
            Body::Model(body) => Some(body.digests),
            Body::Metric(body) => Some(body.subject),
            Body::Cost(body) => Some(body.subject),
            Body::Document(body) => {
                let (blake3, sha256) = (body.document.blake3, body.document.sha256);
                Some(Digests { blake3, sha256, oms: None })
            }
            Body::Approval(body) => match body.subject {
                ApprovalSubject::Artifact(digests) => Some(digests),
                ApprovalSubject::Entry(_) => None,
            },
            _ => None,
        });
        found.ok_or_else(|| unknown(text))
    }

    /// The entry that a text names: its number, its leaf hash, or what introduced a subject.
    pub fn entry(&self, text: &str, log: &Log<'_>) -> Result<u64, Failure> {
        if text == "genesis" {
            return Ok(0);
        }
        if let Ok(position) = text.parse::<u64>() {
            if position < log.size() {
                return Ok(position);
            }
            let error = format!("there is no entry {position}: the log has {}", log.size());
            return Err(Failure::new("LG2010", error).hint("ledgit log"));
        }
        if let Ok(leaf) = LeafHash::from_hex(text.strip_prefix("entry:").unwrap_or(text)) {
            return log.find(&leaf)?.ok_or_else(|| unknown(text));
        }
        let digests = self.subject(text, &())?;
        let known = self.of_digests(&digests).and_then(|known| known.position);
        known.ok_or_else(|| unknown(text))
    }
}

fn add(found: &mut Vec<(String, Digests)>, shown: String, digests: Digests) {
    match found.iter_mut().find(|(_, known)| known.sha256 == digests.sha256) {
        // The same bytes again: the last one is the one to name.
        Some((before, _)) => *before = shown,
        None => found.push((shown, digests)),
    }
}

fn unknown(text: &str) -> Failure {
    Failure::new("LG2010", format!("nothing in the ledger is called {text:?}")).hint("ledgit log")
}

fn ambiguous(text: &str, several: &[(String, Digests)]) -> Failure {
    let mut error = format!("{text:?} could mean {} things:", several.len());
    for (shown, digests) in several {
        error.push_str(&format!("\n{shown}  sha256:{}", digests.sha256.hex()));
    }
    let digest = several.first().map(|(_, digests)| digests.sha256.hex()).unwrap_or_default();
    Failure::new("LG2011", error).hint(format!("name it by digest: sha256:{digest}"))
}

/// The digests of a file or a directory.
pub fn hash(path: &Path, progress: &dyn Progress) -> Result<Digests, Failure> {
    if path.is_dir() {
        return Ok(hash_tree(path, &KnownFiles::none(), progress)?.digests);
    }
    let found = hash_file(path, &KnownFiles::none(), progress)?;
    Ok(Digests { blake3: found.blake3, sha256: found.sha256, oms: None })
}

/// The first digits of a digest, for people.
pub fn short(hex: &str) -> &str {
    hex.get(..12).unwrap_or(hex)
}
