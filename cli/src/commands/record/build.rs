//! Payloads from what was asked: files are hashed, subjects looked up, reports become evidence.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use ledgit_core::decimal::Decimal;
use ledgit_core::digest::{Digests, LeafHash};
use ledgit_core::limits;
use ledgit_core::name::Label;
use ledgit_core::statement as st;
use ledgit_core::statement::{Body, Evidence, Set};
use ledgit_store::files::{INDEX_MEDIA, KnownFiles, hash_file, hash_tree};
use ledgit_store::git::{ObjectFormat, ObjectId, Repository, anchor};

use super::super::catalog::Catalog;
use super::super::items::{Artifact, Correction, Cost, Deployment, Document, Item, Metric, Run};
use super::super::private::Gathered;
use super::money::purpose;
use crate::context::Context;
use crate::failure::Failure;
use crate::parse::{self, optional, value};

/// Builds payloads; what one introduces, the next may name.
pub struct Builder<'a> {
    context: &'a Context,
    pub(super) catalog: Catalog<'a>,
    known: &'a KnownFiles,
    evidence: Gathered,
    anchors: Vec<ObjectId>,
}

/// An artifact, hashed.
struct Hashed {
    digests: Digests,
    files: u64,
    bytes: u64,
    manifest: Option<Evidence>,
}

impl<'a> Builder<'a> {
    pub fn new(
        context: &'a Context,
        catalog: Catalog<'a>,
        known: &'a KnownFiles,
        private: bool,
    ) -> Self {
        let (evidence, anchors) = (Gathered::new(private), Vec::new());
        Self { context, catalog, known, evidence, anchors }
    }

    /// Evidence and code commits that the payloads name.
    pub fn finish(self) -> (Gathered, Vec<ObjectId>) {
        (self.evidence, self.anchors)
    }

    /// One payload.
    pub fn build(&mut self, item: &Item) -> Result<Body, Failure> {
        let body = match item {
            Item::Dataset(item) => self.dataset(item),
            Item::Model(item) => self.model(item),
            Item::Metric(item) => self.metric(item),
            Item::Cost(item) => self.cost(item),
            Item::Document(item) => self.document(item),
            Item::Run(item) => self.run(item),
            Item::Correction(item) => self.correction(item),
            Item::Deployment(item) => self.deployment(item),
            Item::Budget(item) => self.budget(item),
            Item::Benefit(item) => self.benefit(item),
        }?;
        self.catalog.learn(&body);
        Ok(body)
    }

    fn dataset(&mut self, item: &Artifact) -> Result<Body, Failure> {
        if item.commit.is_some() || item.format_name.is_some() {
            return Err(Failure::usage("a dataset has no code commit and no model format"));
        }
        let hashed = self.hash(&item.path)?;
        Ok(Body::from(st::Dataset {
            name: name(item.name.as_deref(), &item.path)?,
            bytes: hashed.bytes,
            files: hashed.files,
            claims: claims(&item.claim)?,
            source: optional("source", item.source.as_deref())?,
            digests: hashed.digests,
            license: optional("license", item.license.as_deref())?,
            version: optional("version", item.version.as_deref())?,
            manifest: hashed.manifest,
        }))
    }

    fn model(&mut self, item: &Artifact) -> Result<Body, Failure> {
        let hashed = self.hash(&item.path)?;
        Ok(Body::from(st::Model {
            name: name(item.name.as_deref(), &item.path)?,
            bytes: hashed.bytes,
            files: hashed.files,
            anchor: self.anchor(item.commit.as_deref(), item.no_commit)?,
            claims: claims(&item.claim)?,
            format: optional("format-name", item.format_name.as_deref())?,
            source: optional("source", item.source.as_deref())?,
            digests: hashed.digests,
            license: optional("license", item.license.as_deref())?,
            version: optional("version", item.version.as_deref())?,
            manifest: hashed.manifest,
        }))
    }

    fn metric(&mut self, item: &Metric) -> Result<Body, Failure> {
        let (source, found) = self.source(item.source.as_deref())?;
        let text = match (&item.value, found) {
            (Some(stated), Some(found)) if *stated != found => {
                let error = format!("--value is {stated:?}, and the source says {found:?}");
                return Err(Failure::usage(&error));
            }
            (Some(text), _) => text.clone(),
            (None, Some(text)) => text,
            (None, None) => {
                return Err(Failure::usage("a metric needs --value, or --source FILE#/POINTER"));
            }
        };
        let datasets = item.dataset.iter().map(|text| self.subject(text));
        Ok(Body::from(st::Metric {
            name: value("name", &item.name)?,
            seed: optional("seed", item.seed.as_deref())?,
            value: number(&text)?,
            text: value("value", &text)?,
            tool: parse::tool(&item.tool)?,
            unit: optional("unit", item.unit.as_deref())?,
            slice: item.slice.iter().map(|text| parse::slice(text)).collect::<Result<_, _>>()?,
            method: optional("method", item.method.as_deref())?,
            source,
            window: parse::period(item.from.as_deref(), item.until.as_deref())?,
            samples: item.samples,
            subject: self.subject(&item.model)?,
            datasets: datasets.collect::<Result<Set<_>, _>>()?,
            attribute: optional("attribute", item.attribute.as_deref())?,
            definition: optional("definition", item.definition.as_deref())?,
        }))
    }

    fn cost(&mut self, item: &Cost) -> Result<Body, Failure> {
        let (source, _) = self.source(item.source.as_deref())?;
        let purpose = purpose(&item.purpose)?;
        let quantity = item.quantity.as_deref().map(|text| {
            let (amount, unit) = parse::pair("quantity", text)?;
            Ok::<_, Failure>(st::Quantity {
                unit: value("quantity", unit)?,
                value: value("quantity", amount)?,
            })
        });
        let period = parse::period(Some(&item.from), Some(&item.until))?;
        Ok(Body::from(st::Cost {
            text: value("amount", &item.amount)?,
            class: optional("class", item.class.as_deref())?,
            amount: value("amount", &item.amount)?,
            period: period.ok_or_else(|| Failure::internal("no period"))?,
            source,
            measure: optional("measure", item.measure.as_deref())?,
            purpose,
            service: optional("service", item.service.as_deref())?,
            subject: self.subject(&item.subject)?,
            currency: value("currency", &item.currency)?,
            provider: optional("provider", item.provider.as_deref())?,
            quantity: quantity.transpose()?,
        }))
    }

    fn document(&mut self, item: &Document) -> Result<Body, Failure> {
        let about =
            item.about.iter().map(|text| self.subject(text)).collect::<Result<Set<_>, _>>()?;
        Ok(Body::from(st::Document {
            name: name(item.name.as_deref(), &item.path)?,
            sort: value("type", &item.sort)?,
            about,
            document: self.attach_file(&item.path)?,
        }))
    }

    fn run(&mut self, item: &Run) -> Result<Body, Failure> {
        let parameters =
            item.parameters.as_deref().map(|path| self.attach_file(path)).transpose()?;
        Ok(Body::from(st::Run {
            name: value("name", &item.name)?,
            tool: item.tool.as_deref().map(parse::tool).transpose()?,
            anchor: self.anchor(item.commit.as_deref(), item.no_commit)?,
            inputs: self.parts(&item.input)?,
            period: parse::period(item.from.as_deref(), item.until.as_deref())?,
            outputs: self.parts(&item.output)?,
            parameters,
        }))
    }

    fn correction(&mut self, item: &Correction) -> Result<Body, Failure> {
        let replacement =
            item.replacement.as_deref().map(|text| self.catalog.leaf(text)).transpose()?;
        Ok(Body::from(st::Correction {
            corrects: self.catalog.leaf(&item.entry)?,
            replacement,
            reason: self.attach(item.reason.clone().into_bytes(), "text/plain")?,
        }))
    }

    fn deployment(&self, item: &Deployment) -> Result<Body, Failure> {
        let (subject, environment) =
            (self.subject(&item.subject)?, value("environment", &item.environment)?);
        let decision = match &item.decision {
            Some(entry) => Some(self.catalog.leaf(entry)?),
            None => self.passed(&subject, &environment)?,
        };
        let target = optional("target", item.target.as_deref())?;
        Ok(Body::from(st::Deployment { target, subject, decision, environment }))
    }

    /// The last decision that passed about a subject in an environment.
    fn passed(&self, subject: &Digests, environment: &Label) -> Result<Option<LeafHash>, Failure> {
        let passed = |(_, signed): &(u64, st::Signed)| match &signed.statement().body {
            Body::Decision(decision) => {
                decision.outcome == st::GateOutcome::Pass && decision.environment == *environment
            }
            _ => false,
        };
        let about = self.catalog.log().about(&subject.sha256)?;
        Ok(about.iter().rfind(|one| passed(one)).map(|(_, signed)| signed.leaf()))
    }

    pub(super) fn subject(&self, text: &str) -> Result<Digests, Failure> {
        self.catalog.subject(text, &self.context.progress())
    }

    fn parts(&self, texts: &[String]) -> Result<Set<st::Part>, Failure> {
        let part = |text: &String| {
            let (role, subject) = parse::pair("input or output", text)?;
            Ok(st::Part { role: value("role", role)?, digests: self.subject(subject)? })
        };
        texts.iter().map(part).collect()
    }

    fn hash(&mut self, path: &Path) -> Result<Hashed, Failure> {
        let progress = self.context.progress();
        if !path.is_dir() {
            let found = hash_file(path, self.known, &progress)?;
            let digests = Digests { blake3: found.blake3, sha256: found.sha256, oms: None };
            return Ok(Hashed { digests, files: 1, bytes: found.size, manifest: None });
        }
        if self.evidence.is_private() {
            let error =
                format!("{} is a directory: its list of files is not encrypted", path.display());
            return Err(Failure::usage(&error).hint("record it without --private"));
        }
        let tree = hash_tree(path, self.known, &progress)?;
        drop(progress);
        for skipped in &tree.skipped {
            self.context
                .note(&format!("note: {} is not part of it", crate::output::escape(skipped)));
        }
        let stored = tree.manifest.stored();
        for chunk in stored.chunks {
            self.evidence.batch.add(chunk);
        }
        let manifest = self.attach(stored.index, INDEX_MEDIA)?;
        let (files, bytes) = (tree.manifest.files(), tree.manifest.bytes());
        Ok(Hashed { digests: tree.digests, files, bytes, manifest: Some(manifest) })
    }

    /// A report as evidence, and the number at the pointer in it, as it is written there.
    fn source(
        &mut self,
        text: Option<&str>,
    ) -> Result<(Option<st::Source>, Option<String>), Failure> {
        let Some(text) = text else { return Ok((None, None)) };
        let (path, pointer) = match text.split_once('#') {
            Some((path, pointer)) => (Path::new(path), Some(pointer)),
            None => (Path::new(text), None),
        };
        // Read once: the number is one of the bytes that are kept.
        let bytes = read_evidence(path)?;
        let document = self.attach(bytes.clone(), media(path))?;
        let Some(pointer) = pointer else {
            return Ok((Some(st::Source { pointer: None, document }), None));
        };
        let shown = path.display();
        let malformed = |why: String| Failure::new("LG2041", format!("{shown}: {why}"));
        let json: serde_json::Value =
            serde_json::from_slice(&bytes).map_err(|error| malformed(error.to_string()))?;
        let found =
            json.pointer(pointer).ok_or_else(|| malformed(format!("nothing at {pointer}")))?;
        let number = match found {
            serde_json::Value::Number(number) => number.to_string(),
            serde_json::Value::String(text) => text.clone(),
            _ => return Err(malformed(format!("no number at {pointer}"))),
        };
        let pointer = Some(value("source", pointer)?);
        Ok((Some(st::Source { pointer, document }), Some(number)))
    }

    pub(super) fn attach_file(&mut self, path: &Path) -> Result<Evidence, Failure> {
        attachment(&mut self.evidence, path)
    }

    fn attach(&mut self, bytes: Vec<u8>, media: &str) -> Result<Evidence, Failure> {
        self.evidence.add(bytes, value("media type", media)?)
    }

    /// The code commit asked for, or `HEAD` where there is one.
    fn anchor(&mut self, asked: Option<&str>, none: bool) -> Result<Option<st::Anchor>, Failure> {
        match asked {
            // The command line refuses this itself, a document comes here.
            Some(_) if none => {
                return Err(Failure::usage("commit and no_commit exclude each other"));
            }
            None if none => return Ok(None),
            _ => {}
        }
        let found = self.catalog.log().with_repository(|repository| anchored(repository, asked))?;
        let Some((commit, anchor)) = found else { return Ok(None) };
        self.anchors.push(commit);
        Ok(Some(anchor))
    }
}

fn anchored(
    repository: &Repository,
    asked: Option<&str>,
) -> Result<Option<(ObjectId, st::Anchor)>, Failure> {
    let commit = match asked {
        Some(revision) => Some(repository.resolve(revision)?),
        None => repository.head()?.commit(),
    };
    let Some(commit) = commit else { return Ok(None) };
    let facts = anchor(repository, commit)?;
    let id = |id: &ObjectId| {
        st::CommitId::new(id.as_bytes()).ok_or_else(|| Failure::internal("an id of another length"))
    };
    let submodule = |(path, commit): &(String, ObjectId)| {
        Ok::<_, Failure>(st::Submodule { path: value("submodule", path)?, commit: id(commit)? })
    };
    let anchor = st::Anchor {
        commit: id(&commit)?,
        format: match commit.format() {
            ObjectFormat::Sha1 => st::ObjectFormat::Sha1,
            ObjectFormat::Sha256 => st::ObjectFormat::Sha256,
        },
        repository: ledgit_store::ledger::repository_id(repository)?.unwrap_or_default(),
        submodules: facts.submodules.iter().map(submodule).collect::<Result<_, _>>()?,
        tree_sha256: facts.tree_sha256,
        commit_sha256: facts.commit_sha256,
    };
    Ok(Some((commit, anchor)))
}

/// A metric's number; none for what is none (S-15).
fn number(text: &str) -> Result<Option<Decimal>, Failure> {
    let plain = text.strip_prefix(['-', '+']).unwrap_or(text);
    let words = ["nan", "inf", "infinity"];
    match words.iter().any(|word| plain.eq_ignore_ascii_case(word)) {
        true => Ok(None),
        false => value("value", text).map(Some),
    }
}

/// Adds a file to what is stored, as the evidence that its name says it is.
pub fn attachment(evidence: &mut Gathered, path: &Path) -> Result<Evidence, Failure> {
    let (bytes, media) = (read_evidence(path)?, media(path));
    // A verifier would say so of the entry for ever.
    if media == "application/pdf" && !bytes.starts_with(b"%PDF-") {
        let error = format!("{} is called a PDF and is none", path.display());
        return Err(Failure::new("LG2040", error));
    }
    evidence.add(bytes, value("media type", media)?)
}

/// A file that is kept as evidence. A pipe or a device is none, and reading it might never end.
fn read_evidence(path: &Path) -> Result<Vec<u8>, Failure> {
    let failed = |error: std::io::Error| Failure::file("read", path, &error);
    let file = fs::metadata(path).map_err(failed)?;
    let refused = |why: String| Failure::new("LG2040", format!("{} {why}", path.display()));
    if !file.is_file() {
        return Err(refused("is not a file".into()));
    }
    let too_large = |length| {
        refused(format!("has {length} bytes; evidence has at most {}", limits::EVIDENCE_BYTES))
    };
    if file.len() > limits::EVIDENCE_BYTES {
        return Err(too_large(file.len()));
    }
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(failed)?;
    file.take(limits::EVIDENCE_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    match bytes.len() as u64 {
        length if length > limits::EVIDENCE_BYTES => Err(too_large(length)),
        _ => Ok(bytes),
    }
}

fn name<T: std::str::FromStr<Err: std::fmt::Display>>(
    given: Option<&str>,
    path: &Path,
) -> Result<T, Failure> {
    let own = || {
        let path = std::path::absolute(path).ok()?;
        Some(path.file_name()?.to_string_lossy().into_owned())
    };
    let text = given.map(str::to_owned).or_else(own);
    value("name", &text.ok_or_else(|| Failure::usage("it needs a --name"))?)
}

fn claims(texts: &[String]) -> Result<Set<st::Claim>, Failure> {
    let claim = |text: &String| {
        let wrong = || Failure::usage(&format!("claim {text:?} is not of the form WHO:NAME=VALUE"));
        let (by, rest) = text.split_once(':').ok_or_else(wrong)?;
        let (name, said) = rest.split_once('=').ok_or_else(wrong)?;
        Ok(st::Claim {
            by: value("claim", by)?,
            name: value("claim", name)?,
            value: value("claim", said)?,
            document: None,
        })
    };
    texts.iter().map(claim).collect()
}

/// The media type that a file's name suggests.
pub fn media(path: &Path) -> &'static str {
    let end = path.extension().map(|end| end.to_string_lossy().to_lowercase());
    match end.as_deref() {
        Some("json") => "application/json",
        Some("csv") => "text/csv",
        Some("md") => "text/markdown",
        Some("txt") => "text/plain",
        Some("html") => "text/html",
        Some("yaml" | "yml") => "application/yaml",
        Some("pdf") => "application/pdf",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    }
}
