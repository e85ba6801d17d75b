//! Whether evidence may be erased, and what is said of it afterwards (H-10 to H-16).

use super::{Fact, Fault, Past, Replay};
use crate::authority::{Authority, Cast, ErasureError};
use crate::digest::Sha256;
use crate::name::{Id, Label};
use crate::retention::{Rule, table};
use crate::statement::{Body, Envelope, Erasure, Statement};
use crate::time::Timestamp;

impl<P: Past> Replay<P> {
    /// What erasures have against an entitled statement: it names what is erased (H-16), asks for an
    /// erasure that may not be, or would bring one into effect that may not be any more (H-12).
    pub(super) fn erasures_forbid(
        &self,
        position: u64,
        statement: &Statement,
        by: &Id,
    ) -> Option<Fault> {
        let (authority, Statement { envelope, body }) = (self.authority.as_ref()?, statement);
        let named = body.evidence().map(|evidence| &evidence.sha256);
        let target = match body {
            Body::Erasure(erasure) => Some(&erasure.sha256),
            _ => None,
        };
        let mut named = named.into_iter().chain(target);
        if let Some(erased) = named.find_map(|sha256| authority.erased().of_sha256(sha256)) {
            return Some(Fault::Erased { sha256: erased.erasure.sha256, by: erased.position });
        }
        let refused = match body {
            Body::Erasure(erasure) => self.may_ask(authority, by, erasure),
            Body::Approval(approval) => {
                let Envelope { kid: key, .. } = *envelope;
                let cast = Cast { position, by, key, clock: self.clock };
                match authority.would_erase(cast, approval) {
                    Some(erasure) => self.may_erase(&erasure),
                    None => Ok(()),
                }
            }
            _ => Ok(()),
        };
        refused.err().map(Fault::Erasure)
    }

    fn may_ask(
        &self,
        authority: &Authority,
        by: &Id,
        erasure: &Erasure,
    ) -> Result<(), ErasureError> {
        authority.admit_erasure(by, erasure)?;
        let Erasure { size, sha256, blake3, rules, table, .. } = erasure;
        if !self.past.has_fact(&Fact::evidence(sha256, blake3, *size)) {
            return Err(ErasureError::Unnamed(*sha256));
        }
        let applies = self.holds(sha256, table)?;
        let applies: Vec<_> =
            applies.into_iter().map(|(rule, until)| (rule.id.clone(), until)).collect();
        let said = rules.as_slice().iter().map(|hold| (&hold.id, hold.until));
        let all = said.clone().all(|(id, until)| applies.contains(&(id.clone(), until)));
        if !all || said.len() != applies.len() {
            return Err(ErasureError::Rules { table: table.clone(), applies });
        }
        self.may_erase(erasure)
    }

    /// Whether nothing keeps evidence as of now.
    fn may_erase(&self, erasure: &Erasure) -> Result<(), ErasureError> {
        let Erasure { sha256, table, ground, .. } = erasure;
        if self.past.has_fact(&Fact::governing(sha256)) {
            return Err(ErasureError::Governing(*sha256));
        }
        let clock = self.clock.unwrap_or_default();
        let holds = self.holds(sha256, table)?.into_iter();
        let mut holds = holds.filter(|(rule, until)| clock < *until && !rule.yields_to(ground));
        match holds.next() {
            Some((rule, until)) => Err(ErasureError::Held {
                rule: rule.id.clone(),
                until,
                clock,
                cites: rule.cites.as_str(),
            }),
            None => Ok(()),
        }
    }

    /// The rules of a table that evidence falls under by the entries so far, and until when each
    /// holds it (H-21).
    ///
    /// # Errors
    /// [`ErasureError::Table`].
    pub fn holds(
        &self,
        sha256: &Sha256,
        version: &Label,
    ) -> Result<Vec<(&'static Rule, Timestamp)>, ErasureError> {
        let known = table(version).ok_or_else(|| ErasureError::Table(version.clone()))?;
        let named = |rule: &'static Rule| {
            let last = self.past.held(&Fact::held(sha256, version, &rule.id))?;
            Some((rule, rule.until(last)))
        };
        Ok(known.rules.iter().filter_map(named).collect())
    }
}
