//! A governed ledger with policies, and a model named `model` that gates are asked about.

use std::ops::{Deref, DerefMut};

use ledgit_core::digest::LeafHash;
use ledgit_core::gate::DecisionError;
use ledgit_core::statement::*;
use ledgit_store::git::EvidenceBatch;
use ledgit_store::ledger::*;

use super::governed::*;
use super::*;

pub const PRODUCTION: &str = "production";
/// What a policy asks in most tests.
pub const ACCURATE: &str = "requirements: [{type: Metric, metric: auc, min: 0.9}]";

/// A ledger whose people adopt policies.
pub struct Gated(pub Governed);

impl Deref for Gated {
    type Target = Governed;

    fn deref(&self) -> &Governed {
        &self.0
    }
}

impl DerefMut for Gated {
    fn deref_mut(&mut self) -> &mut Governed {
        &mut self.0
    }
}

/// A policy's document: name, and what stands in `spec` beside the model's name.
pub fn policy(name: &str, rest: &str) -> String {
    let rest: String = rest.lines().map(|line| format!("  {line}\n")).collect();
    let risk = if rest.contains("riskLevel:") { "" } else { "  riskLevel: limited\n" };
    let head = "apiVersion: policy.apexlogic.com/v1alpha1\nkind: ModelDeploymentPolicy\n";
    format!("{head}metadata: {{name: {name}}}\nspec:\n  modelName: model\n{risk}{rest}")
}

pub fn subject() -> Digests {
    Digests::of(b"model")
}

pub fn label<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

/// Bytes of evidence, and what a statement says of them.
pub fn file(bytes: &[u8], media: &str) -> Evidence {
    Evidence::of(bytes, label(media))
}

pub fn batch(files: &[&[u8]]) -> EvidenceBatch {
    let mut batch = EvidenceBatch::default();
    for bytes in files {
        batch.add(bytes.to_vec());
    }
    batch
}

/// A document about the model.
pub fn paper(sort: &str, evidence: Evidence) -> Document {
    let about = [subject()].into_iter().collect();
    Document { name: label("paper"), sort: label(sort), about, document: evidence }
}

pub fn dataset(name: &str) -> Dataset {
    Dataset {
        name: label(name),
        bytes: name.len() as u64,
        files: 1,
        claims: Set::default(),
        source: None,
        digests: Digests::of(name.as_bytes()),
        license: Some(label("CC-BY-4.0")),
        version: None,
        manifest: None,
    }
}

/// The run that made the model from a dataset.
pub fn run_from(name: &str) -> Run {
    let part = |role, name: &str| Part { role: label(role), digests: Digests::of(name.as_bytes()) };
    Run {
        name: label("train"),
        tool: None,
        anchor: None,
        inputs: [part("training-data", name)].into_iter().collect(),
        period: None,
        outputs: [part("model", "model")].into_iter().collect(),
        parameters: None,
    }
}

pub fn cost(amount: &str) -> Cost {
    Cost {
        text: label(amount),
        class: None,
        amount: label(amount),
        period: Period::new(time(NOW - 60), time(NOW)).unwrap(),
        source: None,
        measure: None,
        purpose: Purpose::Training,
        service: None,
        subject: subject(),
        currency: label("EUR"),
        provider: None,
        quantity: None,
    }
}

/// A number that was read from a place in a report.
pub fn read_from(value: &str, pointer: &str, document: Evidence) -> Metric {
    let source = Source { pointer: Some(label(pointer)), document };
    Metric { source: Some(source), ..metric(value) }
}

impl Gated {
    /// Founded and staffed, the model recorded and measured, and no policy.
    pub fn bare() -> Self {
        let mut gated = Self(Governed::staffed(&[]));
        let recorded = gated.say(CI, model("model"));
        gated.log(vec![recorded]).unwrap();
        gated
    }

    /// With a policy `p` that asks for something.
    pub fn asking(rest: &str) -> Self {
        let mut gated = Self::bare();
        gated.adopt(&policy("p", rest));
        gated
    }

    /// A policy's proposal in place of the one in force under its name, and its document.
    pub fn proposes(&mut self, document: &str, path: Option<&str>) -> (Signed, EvidenceBatch) {
        let read = ledgit_core::policy::Policy::parse(document.as_bytes()).unwrap();
        let replaces = self.authority().replaced_policy(&read.name);
        let document_of = file(document.as_bytes(), "application/vnd.ledgit.policy+yaml");
        let new = NewPolicy { path: path.map(label), document: document_of };
        let proposal = Proposal { change: Change::Policy(new), replaces };
        (self.say(CI, proposal), batch(&[document.as_bytes()]))
    }

    /// Puts a policy into force.
    pub fn adopt(&mut self, document: &str) -> LeafHash {
        self.adopt_at(document, None)
    }

    pub fn adopt_at(&mut self, document: &str, path: Option<&str>) -> LeafHash {
        let (proposal, evidence) = self.proposes(document, path);
        let leaf = proposal.leaf();
        self.log_with(vec![proposal], evidence).unwrap();
        let votes = self.agree([ANA, BEN], leaf);
        self.log(votes).unwrap();
        let authority = self.authority();
        assert!(authority.policies().any(|one| one.leaf == leaf));
        leaf
    }

    /// Logs what the pipeline says, in one checkpoint; the first one's position.
    pub fn tell(&mut self, bodies: Vec<Body>) -> u64 {
        self.tell_with(bodies, EvidenceBatch::default())
    }

    pub fn tell_with(&mut self, bodies: Vec<Body>, evidence: EvidenceBatch) -> u64 {
        let said = bodies.into_iter().map(|body| self.say(CI, body)).collect();
        self.log_with(said, evidence).unwrap().positions[0]
    }

    /// A verdict on the model under policy `p`, for production.
    pub fn verdict(&mut self, by: &str, verdict: Verdict) -> Signed {
        let authority = self.authority();
        let adopted = authority.policy(&label("p")).unwrap();
        let approval = Approval {
            policy: Some(adopted.document.digests),
            environment: Some(label(PRODUCTION)),
            ..ballot(ApprovalSubject::Artifact(subject()), verdict)
        };
        self.say(by, approval)
    }

    pub fn ask(&self) -> Ask {
        Ask { subject: subject(), policy: label("p"), environment: label(PRODUCTION) }
    }

    pub fn try_decide(&self) -> Result<Decision, LedgerError> {
        self.open().decide(&self.ask(), time(self.now + 60))
    }

    /// What the gate of `p` answers about the model for production.
    pub fn decide(&self) -> Decision {
        self.try_decide().unwrap()
    }

    /// A decision as an honest author signs it.
    pub fn sign(&mut self, decision: Decision) -> Signed {
        let ledger = self.open();
        let (size, root) = (ledger.checkpoint().size, ledger.checkpoint().root);
        self.say_as(CI, decision, |envelope| envelope.seen = Some(Seen { size, root }))
    }

    /// Decides and records it; the decision's position.
    pub fn record(&mut self) -> u64 {
        let signed = self.decide();
        let signed = self.sign(signed);
        self.log(vec![signed]).unwrap().positions[0]
    }

    /// Records that the model went into production.
    pub fn deploy(&mut self) -> u64 {
        self.tell(vec![deployment(subject(), PRODUCTION).into()])
    }

    /// An exception from `p` for the model, until so many seconds from now; a break-glass where
    /// nothing is named.
    pub fn exception(&self, waives: &[&str], lasts: u64) -> Exception {
        let sort = match waives {
            [] => ExceptionSort::BreakGlass,
            _ => ExceptionSort::Waiver,
        };
        Exception {
            ends: time(self.now + 60 + lasts),
            sort,
            reason: file(b"why", "text/plain"),
            waives: waives.iter().map(|id| label(id)).collect::<Set<_>>(),
            adopted: self.authority().policy(&label("p")).unwrap().leaf,
            subject: subject(),
            environment: label(PRODUCTION),
        }
    }

    /// Logs an exception, which two agree to where that is said; its position.
    pub fn except(&mut self, by: &str, exception: Exception, agreed: bool) -> u64 {
        let signed = self.say(by, exception);
        let leaf = signed.leaf();
        let at = self.log_with(vec![signed], batch(&[b"why"])).unwrap().positions[0];
        if agreed {
            let votes = self.agree([BEN, DORA], leaf);
            self.log(votes).unwrap();
        }
        at
    }

    /// A correction that two agree to.
    pub fn correct(&mut self, leaf: LeafHash) {
        let reason = file(b"why", "text/plain");
        let correction = Correction { reason, corrects: leaf, replacement: None };
        let correction = self.say(CI, correction);
        let of = correction.leaf();
        self.log_with(vec![correction], batch(&[b"why"])).unwrap();
        let votes = self.agree([BEN, CLEO], of);
        self.log(votes).unwrap();
    }

    /// Does something to the log and takes it back to where it was.
    pub fn aside<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> T {
        let before = git(self.path(), &["rev-parse", LOG_REF]);
        let done = run(self);
        self.back_to(&before);
        done
    }

    /// Takes the log back to a commit, and this machine's memory with it.
    pub fn back_to(&self, commit: &str) {
        git(self.path(), &["update-ref", LOG_REF, commit]);
        git(self.path(), &["update-ref", "-d", NEXT_REF]);
        let _ = std::fs::remove_dir_all(self.memory.path().join("ledgers"));
    }

    /// The log key's holder writes an entry that nobody judged; its position.
    pub fn force(&mut self, entries: Vec<Vec<u8>>) -> u64 {
        let at = self.size() + 1;
        self.forge(&[vec![self.time_at(self.now + 90)], entries].concat());
        at
    }

    /// A tree of these lines, as `git ls-tree` prints them.
    pub fn mktree(&self, lines: &str) -> String {
        let path = self.path().join("tree-of-a-test");
        std::fs::write(&path, lines).unwrap();
        let input = std::fs::File::open(&path).unwrap();
        let mut command = std::process::Command::new("git");
        command.arg("mktree").current_dir(self.path()).stdin(input);
        let made = command.output().unwrap();
        assert!(made.status.success(), "{made:?}");
        std::fs::remove_file(path).unwrap();
        String::from_utf8(made.stdout).unwrap().trim().to_owned()
    }

    /// A copy on another machine, with everything that the ledger keeps.
    pub fn mirror(&self) -> Mirror {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("clone");
        let (from, to) = (self.path().to_str().unwrap(), path.to_str().unwrap());
        git(place.path(), &["clone", "-q", "--mirror", from, to]);
        Mirror { path, place, memory: tempfile::tempdir().unwrap() }
    }
}

/// A clone, and the memory of the machine that it is on.
pub struct Mirror {
    pub path: PathBuf,
    pub place: TempDir,
    pub memory: TempDir,
}

impl Mirror {
    pub fn memory(&self) -> Memory {
        Memory::at(self.memory.path())
    }

    pub fn open(&self) -> Ledger {
        Ledger::open(&self.path, self.memory()).unwrap()
    }

    /// Verifies it, and remembers it as a person's `verify` does.
    pub fn verify(&self) -> Verification {
        let repository = Repository::discover(&self.path).unwrap();
        let memory = self.memory();
        let verdict = verified(&repository, &memory, Trust::FirstUse);
        remember(&repository, &memory, &verdict).unwrap();
        verdict
    }
}

pub fn deployment(subject: Digests, environment: &str) -> Deployment {
    Deployment { target: None, subject, decision: None, environment: label(environment) }
}

/// The only reason why nothing was decided.
#[track_caller]
pub fn undecided(decision: Result<Decision, LedgerError>) -> String {
    match decision {
        Err(LedgerError::Decision(DecisionError::Undecided(why))) => why,
        other => panic!("{other:?}"),
    }
}

/// Codes of breaches, each with the thing.
pub fn breaches(verdict: &Verification) -> Vec<(&'static str, &str)> {
    verdict.breaches.iter().map(|one| (one.code, &*one.object)).collect()
}

pub fn notes(verdict: &Verification) -> Vec<(&'static str, &str)> {
    verdict.notes.iter().map(|one| (one.code, &*one.object)).collect()
}

/// Nothing is wrong, and nothing was left undecided.
#[track_caller]
pub fn good(verdict: &Verification) {
    let told = (&verdict.findings, &verdict.undecided, &verdict.breaches);
    assert_eq!(verdict.answer(), Answer::Good, "{told:?}");
}
