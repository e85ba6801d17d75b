//! Allocation of bills by the rules of the log, as of a position (AL-64, AL-65).

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io::Read;

use ledgit_core::allocation::Rules;
use ledgit_core::cost::allocate::{Allocation, AllocationError, Allocator, Facts};
use ledgit_core::digest::{LeafHash, Sha256};
use ledgit_core::merkle::tile::WIDTH;
use ledgit_core::statement::{Bill, BillFormat, Body, Change, Evidence, Signed};

use super::{Ledger, LedgerError, Log};
use crate::bills::{self, BillFileError};

/// Models and runs that were recorded before a position.
#[derive(Debug, Clone, Default)]
pub struct CostFacts {
    models: BTreeMap<String, BTreeSet<Sha256>>,
    known: HashSet<Sha256>,
    /// The outputs of each run, by its leaf hash and by its name.
    runs: BTreeMap<String, Vec<BTreeSet<Sha256>>>,
}

impl CostFacts {
    /// Takes an entry.
    pub(super) fn take(&mut self, leaf: &LeafHash, body: &Body) {
        match body {
            Body::Model(model) => {
                let (name, sha256) = (model.name.as_str(), model.digests.sha256);
                self.known.insert(sha256);
                self.models.entry(name.to_owned()).or_default().insert(sha256);
                if let Some(version) = &model.version {
                    let name = format!("{name}@{}", version.as_str());
                    self.models.entry(name).or_default().insert(sha256);
                }
            }
            Body::Run(run) => {
                let outputs = run.outputs.as_slice().iter();
                let outputs: BTreeSet<_> = outputs.map(|part| part.digests.sha256).collect();
                for id in [leaf.hex(), run.name.as_str().to_owned()] {
                    self.runs.entry(id).or_default().push(outputs.clone());
                }
            }
            _ => {}
        }
    }
}

impl Facts for CostFacts {
    fn run(&self, id: &str) -> Option<BTreeSet<Sha256>> {
        let [outputs] = self.runs.get(id)?.as_slice() else { return None };
        Some(outputs.iter().filter(|one| self.known.contains(*one)).copied().collect())
    }

    fn model(&self, name: &str) -> Option<Sha256> {
        let mut named = self.models.get(name)?.iter();
        let only = named.next().copied();
        only.filter(|_| named.next().is_none())
    }
}

/// Why a bill can't be allocated.
#[derive(Debug, thiserror::Error)]
pub enum AllocatingError {
    /// Its file.
    #[error("{0}")]
    File(#[from] BillFileError),
    /// Its charges.
    #[error("{0}")]
    Charges(#[from] AllocationError),
}

/// Allocates the charges of a bill's file.
///
/// # Errors
/// [`AllocatingError`].
pub fn allocate(
    bill: &Bill,
    file: impl Read,
    rules: &Rules,
    facts: &(impl Facts + Sync),
) -> Result<Allocation, AllocatingError> {
    let mut allocator = Allocator::new(rules, facts);
    let mut failed = None;
    let mut each = |charge| {
        if failed.is_none() {
            failed = allocator.push(&charge).err();
        }
        Ok(())
    };
    match bill.format {
        BillFormat::Focus => bills::each_charge(file, &mut each)?,
        BillFormat::OpenCost => {
            bills::opencost_charges(file, bill)?.into_iter().try_for_each(each)?
        }
    }
    match failed {
        Some(error) => Err(error.into()),
        None => Ok(allocator.finish()?.0),
    }
}

impl Log<'_> {
    /// What the entries before a position say of models and runs.
    ///
    /// # Errors
    /// [`LedgerError`] when the log can't be read.
    pub fn cost_facts(&self, before: u64) -> Result<CostFacts, LedgerError> {
        let mut facts = CostFacts::default();
        self.add_facts(&mut facts, 0, before)?;
        Ok(facts)
    }

    /// Adds what the entries in a span say.
    pub(super) fn add_facts(
        &self,
        facts: &mut CostFacts,
        from: u64,
        before: u64,
    ) -> Result<(), LedgerError> {
        let width = u64::from(WIDTH);
        let mut position = from;
        while position < before.min(self.size()) {
            let bundle = self.bundle(position / width)?;
            let own = bundle.iter().skip((position % width) as usize);
            for entry in own.take((before - position) as usize) {
                if let Ok(signed) = Signed::decode(entry) {
                    facts.take(&signed.leaf(), &signed.statement().body);
                }
            }
            position = (position / width + 1) * width;
        }
        Ok(())
    }

    /// The statement with a leaf hash, if it stands before a position.
    pub(super) fn statement(
        &self,
        leaf: &LeafHash,
        before: u64,
    ) -> Result<Option<Body>, LedgerError> {
        let Some(position) = self.find(leaf)?.filter(|position| *position < before) else {
            return Ok(None);
        };
        let signed = Signed::decode(&self.entry(position)?);
        Ok(signed.ok().map(|signed| signed.statement().body.clone()))
    }

    /// The document of a proposal of rules.
    pub(super) fn rules_document(
        &self,
        proposal: &LeafHash,
        before: u64,
    ) -> Result<Option<Evidence>, LedgerError> {
        Ok(match self.statement(proposal, before)? {
            Some(Body::Proposal(proposal)) => match proposal.change {
                Change::Policy(new) => Some(new.document),
                _ => None,
            },
            _ => None,
        })
    }
}

impl Ledger {
    /// What the log says of models and runs.
    ///
    /// # Errors
    /// [`LedgerError`] when the log can't be read.
    pub fn cost_facts(&self) -> Result<CostFacts, LedgerError> {
        self.log()?.cost_facts(self.checkpoint().size)
    }
}
