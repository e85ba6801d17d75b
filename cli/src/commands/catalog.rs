//! What the ledger knows by name, digest and number.

use std::path::Path;

use ledgit_core::digest::{DigestName, Digests, LeafHash};
use ledgit_core::statement::{ApprovalSubject, Body, Signed};
use ledgit_store::files::{KnownFiles, Progress, hash_file, hash_tree};
use ledgit_store::ledger::{Ledger, Lookup};

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

/// What the log knows, looked up in it, and what is about to be recorded.
#[derive(Debug)]
pub struct Catalog<'a> {
    log: Lookup<'a>,
    /// Artifacts that are about to be recorded, in order.
    fresh: Vec<Known>,
}

impl<'a> Catalog<'a> {
    /// Over the log of a ledger.
    pub fn of(ledger: &'a mut Ledger) -> Self {
        Self { log: ledger.lookup(), fresh: Vec::new() }
    }

    /// The log.
    pub fn log(&self) -> &Lookup<'a> {
        &self.log
    }

    /// Adds what a statement introduces that is about to be recorded.
    pub fn learn(&mut self, body: &Body) {
        self.fresh.extend(introduced(None, body));
    }

    /// The artifact that has these digests, as it was recorded last.
    fn of_digests(&self, digests: &Digests) -> Result<Option<Known>, Failure> {
        let same = |known: &&Known| known.digests.sha256 == digests.sha256;
        if let Some(known) = self.fresh.iter().rev().find(same) {
            return Ok(Some(known.clone()));
        }
        let found = self.log.introduced(&DigestName::Sha256(digests.sha256))?;
        Ok(all_introduced(&found).pop())
    }

    /// What an artifact is called, or its digest.
    pub fn shown(&self, digests: &Digests) -> Result<String, Failure> {
        Ok(match self.of_digests(digests)? {
            Some(known) => format!("{} {}", known.kind, known.shown()),
            None => format!("sha256:{}", short(&digests.sha256.hex())),
        })
    }

    /// The artifact that a text names: a name, `name@version`, a digest, an entry's number, or a
    /// path, which is hashed on the spot. One that could mean several things is refused.
    pub fn subject(&self, text: &str, progress: &dyn Progress) -> Result<Digests, Failure> {
        if let Ok(name) = text.parse::<DigestName>() {
            let mut known = all_introduced(&self.log.introduced(&name)?);
            known.extend(self.fresh.iter().cloned());
            let found = known.iter().find(|known| known.digests.answers_to(&name));
            return found.map(|known| known.digests).ok_or_else(|| unknown(text));
        }
        if let Ok(position) = text.parse::<u64>() {
            let entry = self.log.entry(position)?;
            let found = entry.and_then(|signed| subject_of(&signed.statement().body));
            return found.ok_or_else(|| unknown(text));
        }
        let mut known = all_introduced(&self.log.named(text)?);
        known.extend(self.fresh.iter().cloned());
        let mut found: Vec<(String, Digests)> = Vec::new();
        for known in known.iter().filter(|known| known.is_called(text)) {
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

    /// The entry that a text names: its number, its leaf hash, or what introduced a subject.
    pub fn entry(&self, text: &str) -> Result<u64, Failure> {
        if text == "genesis" {
            return Ok(0);
        }
        if let Ok(position) = text.parse::<u64>() {
            let size = self.log.size();
            if position < size {
                return Ok(position);
            }
            let error = format!("there is no entry {position}: the log has {size}");
            return Err(Failure::new("LG2010", error).hint("ledgit log"));
        }
        if let Ok(leaf) = LeafHash::from_hex(text.strip_prefix("entry:").unwrap_or(text)) {
            return self.log.find(&leaf)?.ok_or_else(|| unknown(text));
        }
        let digests = self.subject(text, &())?;
        let known = self.of_digests(&digests)?.and_then(|known| known.position);
        known.ok_or_else(|| unknown(text))
    }

    /// The leaf hash of the statement that a number names.
    pub fn leaf(&self, text: &str) -> Result<LeafHash, Failure> {
        let entry = text.parse().ok().map(|position| self.log.entry(position)).transpose()?;
        entry.flatten().map(|signed| signed.leaf()).ok_or_else(|| {
            Failure::new("LG2010", format!("there is no entry {text}")).hint("ledgit log")
        })
    }
}

/// What a statement introduces.
fn introduced(position: Option<u64>, body: &Body) -> Option<Known> {
    let (kind, name, version, digests) = match body {
        Body::Dataset(body) => ("dataset", &body.name, body.version.as_ref(), body.digests),
        Body::Model(body) => ("model", &body.name, body.version.as_ref(), body.digests),
        Body::Document(body) => {
            let (blake3, sha256) = (body.document.blake3, body.document.sha256);
            ("document", &body.name, None, Digests { blake3, sha256, oms: None })
        }
        _ => return None,
    };
    let (name, version) = (name.as_str().to_owned(), version.map(|one| one.as_str().to_owned()));
    Some(Known { position, kind, name, version, digests })
}

fn all_introduced(found: &[(u64, Signed)]) -> Vec<Known> {
    let one = |(at, signed): &(u64, Signed)| introduced(Some(*at), &signed.statement().body);
    found.iter().filter_map(one).collect()
}

/// What a statement is about.
pub fn subject_of(body: &Body) -> Option<Digests> {
    match body {
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
        Body::Decision(body) => Some(body.subject),
        Body::Exception(body) => Some(body.subject),
        Body::Deployment(body) => Some(body.subject),
        Body::Bill(body) => Some(body.file),
        Body::Benefit(body) => Some(body.subject),
        _ => None,
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
