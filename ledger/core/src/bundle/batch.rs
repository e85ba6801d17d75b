//! What a client sends and is told over HTTP: a batch of statements with evidence, its results, and
//! what went wrong (`spec/serve.md`).

use crate::cbor::{self, CborError, Reader, Writer};
use crate::digest::LeafHash;
use crate::limits;

/// Statements in order, and evidence that they name (SV-20).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// Evidence, each as it is stored.
    pub evidence: Vec<Vec<u8>>,
    /// Signed statements, byte for byte.
    pub statements: Vec<Vec<u8>>,
}

impl Batch {
    /// Reads a batch.
    ///
    /// # Errors
    /// [`CborError`] for anything that [`Batch::to_bytes`] would not write within the limits.
    pub fn parse(bytes: &[u8]) -> Result<Self, CborError> {
        cbor::check(bytes, limits::SERVE_BATCH_BYTES)?;
        let mut from = Reader::new(bytes);
        let mut fields = from.fields()?;
        let evidence = list(fields.key("evidence")?, limits::SERVE_BATCH_ENTRIES)?;
        let statements = list(fields.key("statements")?, limits::SERVE_BATCH_ENTRIES)?;
        fields.end()?;
        from.finish()?;
        Ok(Self { evidence, statements })
    }

    /// The one byte string of this batch.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut to = Writer::default();
        to.map(2).text("evidence").array(self.evidence.len());
        for bytes in &self.evidence {
            to.bytes(bytes);
        }
        to.text("statements").array(self.statements.len());
        for bytes in &self.statements {
            to.bytes(bytes);
        }
        to.into_bytes()
    }
}

fn list(from: &mut Reader<'_>, most: usize) -> Result<Vec<Vec<u8>>, CborError> {
    let at = from.at();
    let count = from.array()?;
    if count > most as u64 {
        return Err(CborError::Expected { expected: "a shorter list", at });
    }
    (0..count).map(|_| from.bytes().map(<[u8]>::to_vec)).collect()
}

/// Why a request was not done: concise problem details (RFC 9290, SV-10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The HTTP status.
    pub status: u16,
    /// A few words.
    pub title: String,
    /// What happened, to which object.
    pub detail: String,
    /// The stable code (`spec/codes.md`).
    pub code: String,
}

/// Key of ledgit's own entry in problem details: a URI, as RFC 9290 section 2 asks.
const OWN: &str = "urn:ledgit:problem";

impl Problem {
    /// The one byte string of this problem.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut to = Writer::default();
        self.write(&mut to);
        to.into_bytes()
    }

    fn write(&self, to: &mut Writer) {
        to.map(4);
        to.int(-1).text(&self.title);
        to.int(-2).text(&self.detail);
        to.int(-4).uint(u64::from(self.status));
        to.text(OWN).map(1).text("code").text(&self.code);
    }

    /// Reads what a service of this kind writes.
    ///
    /// # Errors
    /// [`CborError`] for anything else.
    pub fn parse(bytes: &[u8]) -> Result<Self, CborError> {
        cbor::check(bytes, limits::SERVE_ANSWER_BYTES)?;
        let mut from = Reader::new(bytes);
        let problem = Self::read(&mut from)?;
        from.finish()?;
        Ok(problem)
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, CborError> {
        let at = from.at();
        if from.map()? != 4 {
            return Err(CborError::Expected { expected: "a map of four", at });
        }
        label(from, -1)?;
        let title = from.text()?.to_owned();
        label(from, -2)?;
        let detail = from.text()?.to_owned();
        label(from, -4)?;
        let status = status(from)?;
        let mut own = {
            let at = from.at();
            if from.text()? != OWN {
                return Err(CborError::Expected { expected: OWN, at });
            }
            from.fields()?
        };
        let code = own.key("code")?.text()?.to_owned();
        own.end()?;
        Ok(Self { status, title, detail, code })
    }
}

fn label(from: &mut Reader<'_>, wanted: i64) -> Result<(), CborError> {
    let at = from.at();
    match from.int()? == wanted {
        true => Ok(()),
        false => Err(CborError::Expected { expected: "another label", at }),
    }
}

fn status(from: &mut Reader<'_>) -> Result<u16, CborError> {
    let at = from.at();
    let status = from.uint()?.try_into();
    status.map_err(|_| CborError::Expected { expected: "an HTTP status", at })
}

/// Statuses of a statement that is logged: now, or before.
const CREATED: u64 = 201;
const BEFORE: u64 = 200;
/// Status of a statement that waits to be logged elsewhere.
const ACCEPTED: u64 = 202;

/// What became of one statement of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is logged.
    Logged {
        /// The entry's leaf hash.
        entry: LeafHash,
        /// Whether it is by this request: false where it was logged before.
        new: bool,
        /// Its position.
        position: u64,
        /// Its receipt ([`super::CoseReceipt`]).
        receipt: Vec<u8>,
    },
    /// It is logged, and this service signs no receipts.
    Proved {
        /// The entry's leaf hash.
        entry: LeafHash,
        /// Its position.
        position: u64,
        /// Its proof ([`super::TlogProof`]).
        proof: Vec<u8>,
    },
    /// It waits to be logged elsewhere.
    Waiting {
        /// The leaf hash that it will have.
        entry: LeafHash,
    },
    /// It is not.
    Refused(Problem),
}

/// What became of a batch: a result for each statement, in order (SV-22).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Results(pub Vec<Outcome>);

impl Results {
    /// The one byte string of these results.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut to = Writer::default();
        to.map(1).text("results").array(self.0.len());
        for result in &self.0 {
            match result {
                Outcome::Logged { entry, new, position, receipt } => {
                    let status = if *new { CREATED } else { BEFORE };
                    to.map(4).text("entry").bytes(&entry.0).text("status").uint(status);
                    to.text("receipt").bytes(receipt).text("position").uint(*position);
                }
                Outcome::Proved { entry, position, proof } => {
                    to.map(4).text("entry").bytes(&entry.0).text("proof").bytes(proof);
                    to.text("status").uint(BEFORE).text("position").uint(*position);
                }
                Outcome::Waiting { entry } => {
                    to.map(2).text("entry").bytes(&entry.0).text("status").uint(ACCEPTED);
                }
                Outcome::Refused(problem) => {
                    to.map(1).text("problem");
                    problem.write(&mut to);
                }
            }
        }
        to.into_bytes()
    }

    /// Reads results.
    ///
    /// # Errors
    /// [`CborError`] for anything that [`Results::to_bytes`] would not write.
    pub fn parse(bytes: &[u8]) -> Result<Self, CborError> {
        cbor::check(bytes, limits::SERVE_ANSWER_BYTES)?;
        let mut from = Reader::new(bytes);
        let mut fields = from.fields()?;
        let list = fields.key("results")?;
        let count = list.array()?;
        let results = (0..count).map(|_| read_result(list)).collect::<Result<_, _>>()?;
        fields.end()?;
        from.finish()?;
        Ok(Self(results))
    }
}

fn read_result(from: &mut Reader<'_>) -> Result<Outcome, CborError> {
    let at = from.at();
    match from.map()? {
        1 => {
            let at = from.at();
            match from.text()? {
                "problem" => Ok(Outcome::Refused(Problem::read(from)?)),
                _ => Err(CborError::Expected { expected: "a problem", at }),
            }
        }
        4 => {
            text(from, "entry")?;
            let entry = LeafHash(from.fixed()?);
            match from.text()? {
                "proof" => return read_proved(from, entry),
                "status" => {}
                _ => return Err(CborError::MissingKey { key: "status" }),
            }
            let at = from.at();
            let new = match from.uint()? {
                CREATED => true,
                BEFORE => false,
                _ => return Err(CborError::Expected { expected: "200 or 201", at }),
            };
            text(from, "receipt")?;
            let receipt = from.bytes()?.to_vec();
            text(from, "position")?;
            Ok(Outcome::Logged { entry, new, position: from.uint()?, receipt })
        }
        2 => {
            text(from, "entry")?;
            let entry = LeafHash(from.fixed()?);
            text(from, "status")?;
            let at = from.at();
            match from.uint()? {
                ACCEPTED => Ok(Outcome::Waiting { entry }),
                _ => Err(CborError::Expected { expected: "202", at }),
            }
        }
        _ => Err(CborError::Expected { expected: "a result", at }),
    }
}

fn read_proved(from: &mut Reader<'_>, entry: LeafHash) -> Result<Outcome, CborError> {
    let proof = from.bytes()?.to_vec();
    text(from, "status")?;
    let at = from.at();
    if from.uint()? != BEFORE {
        return Err(CborError::Expected { expected: "200", at });
    }
    text(from, "position")?;
    Ok(Outcome::Proved { entry, position: from.uint()?, proof })
}

fn text(from: &mut Reader<'_>, wanted: &'static str) -> Result<(), CborError> {
    if from.text()? == wanted { Ok(()) } else { Err(CborError::MissingKey { key: wanted }) }
}
