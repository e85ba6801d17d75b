//! Whether statements may be logged: the verifier's own rules, applied before.

use std::collections::HashSet;

use ledgit_core::digest::{LeafHash, to_hex};
use ledgit_core::replay::{
    Examined, Fault, Finding, Object, Outcome, Past as _, Reference, StatementKey,
};
use ledgit_core::statement::Signed;
use rayon::prelude::*;

use super::{Ledger, LedgerError, Log};

impl Ledger {
    /// Positions of statements that are logged already: all of them, or none (`None`). The same
    /// statement is one by the same issuer, under the same key, that says the same.
    pub(super) fn logged_before(
        &mut self,
        statements: &[Signed],
    ) -> Result<Option<Vec<u64>>, LedgerError> {
        let past = self.state()?.past();
        let key = |signed: &Signed| {
            let envelope = &signed.statement().envelope;
            StatementKey::of(&envelope.iss, &envelope.cti)
        };
        let used: HashSet<_> = statements.iter().map(key).filter(|key| past.is_used(key)).collect();
        if used.is_empty() {
            return Ok(None);
        }
        let mut found = vec![None; statements.len()];
        self.log()?.each(0, |position, entry| {
            let Ok(logged) = Signed::decode(&entry) else { return Ok(()) };
            if used.contains(&key(&logged)) {
                for (place, new) in statements.iter().enumerate() {
                    if key(new) == key(&logged) {
                        same(position, &logged, new)?;
                        if let Some(slot) = found.get_mut(place) {
                            *slot = Some(position);
                        }
                    }
                }
            }
            Ok::<_, LedgerError>(())
        })?;
        let first = found.iter().flatten().copied().next();
        match (found.into_iter().collect::<Option<Vec<_>>>(), first) {
            (Some(all), _) => Ok(Some(all)),
            (None, Some(position)) => Err(LedgerError::GroupHalf(position)),
            (None, None) => Ok(None),
        }
    }

    /// Applies every rule to the entries of the next checkpoint, and says where they lead.
    pub(super) fn admit(&mut self, entries: &[Vec<u8>]) -> Result<Outcome, LedgerError> {
        let mut trial = self.state()?.trial();
        let keys = trial.keys();
        let examine = |entry: &Vec<u8>| Examined::of(entry, &keys);
        let examined: Vec<_> = entries.par_iter().with_min_len(8).map(examine).collect();
        examined.into_iter().for_each(|examined| trial.entry(examined));
        trial.close();
        let mut findings = trial.findings().to_vec();
        let references = trial.take_references();
        let outcome = trial.outcome();
        findings.extend(dangling(&self.log()?, entries, &references)?);
        if findings.is_empty() { Ok(outcome) } else { Err(LedgerError::Refused(findings)) }
    }
}

fn same(position: u64, logged: &Signed, new: &Signed) -> Result<(), LedgerError> {
    let envelope = &new.statement().envelope;
    if logged.statement().body == new.statement().body {
        return Ok(());
    }
    let text = String::from_utf8(envelope.cti.clone()).ok();
    let text = text.filter(|text| text.chars().all(|char| !char.is_control()));
    let key = text.unwrap_or_else(|| to_hex(&envelope.cti));
    Err(LedgerError::KeyTaken { issuer: envelope.iss.clone(), key, position })
}

/// References that name nothing before them.
pub(super) fn dangling(
    log: &Log<'_>,
    new: &[Vec<u8>],
    references: &[Reference],
) -> Result<Vec<Finding>, LedgerError> {
    use ledgit_core::merkle::{Rfc6962, TreeHash as _};
    let new: Vec<_> = new.iter().map(|entry| LeafHash(Rfc6962::leaf(entry))).collect();
    let mut findings = Vec::new();
    for reference in references {
        let before = reference.by.saturating_sub(log.size()) as usize;
        let among_new = new.iter().take(before).any(|leaf| *leaf == reference.leaf);
        if !among_new && log.find(&reference.leaf)?.is_none() {
            let object = Object::Entry(reference.by);
            findings.push(Finding { object, fault: Fault::Reference(reference.leaf) });
        }
    }
    Ok(findings)
}
