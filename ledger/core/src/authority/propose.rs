//! Proposals and corrections: whether one may be made, and what it would change.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Authority;
use super::change::{Open, Wanted};
use super::enrolment::is_enrolled;
use super::roster::Roster;
use crate::allocation;
use crate::digest::{LeafHash, Sha256};
use crate::name::Id;
use crate::signature::PublicKey;
use crate::statement::{Change, Correction, Evidence, NewLogKey, Proposal};
use crate::yaml::YamlError;

/// Why a proposal must not be logged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProposalError {
    /// The ledger is not founded yet.
    #[error("the ledger is not founded yet, so nothing can be proposed")]
    Founding,
    /// It replaces something else than what is in force.
    #[error("it replaces {}, and {} is in force", said.hex(), found.hex())]
    Replaces {
        /// What it names.
        said: LeafHash,
        /// What it must name.
        found: LeafHash,
    },
    /// The document is not there.
    #[error("its document sha256:{} is not here", .0.hex())]
    Absent(Sha256),
    /// The document has other digests.
    #[error("its document does not have the size and digests that it states")]
    Digest,
    /// The document breaks a rule.
    #[error("its document, {0}")]
    Document(#[from] YamlError),
    /// A policy's document breaks a rule (E-01 to E-40).
    #[error("its document, {0}")]
    Policy(YamlError),
    /// A policy that could not be met (E-09).
    #[error("{0}")]
    Unmet(String),
    /// A new key without a proof.
    #[error("the key {key} is new for {id} and has no proof that they hold it")]
    Proof {
        /// The holder.
        id: Id,
        /// The key.
        key: String,
    },
    /// A new log key whose proof does not hold.
    #[error("the proof that somebody holds the new log key {0} does not hold in this ledger")]
    LogKeyProof(String),
    /// A key that was another's.
    #[error("the key {key} can't be {id}'s: it is or was {was}'s")]
    Other {
        /// The holder now.
        id: String,
        /// The key.
        key: String,
        /// The holder then.
        was: String,
    },
    /// A declaration of compromise is taken back or weakened, or makes no sense.
    #[error("the key {0}: what is compromised stays so, from the same position or an earlier one")]
    Compromise(String),
}

impl Authority {
    /// Takes an entitled proposal. `document` are the bytes that a roster's proposal names.
    ///
    /// # Errors
    /// [`ProposalError`]; nothing changed then.
    pub fn propose(
        &mut self,
        position: u64,
        leaf: LeafHash,
        by: &Id,
        proposal: &Proposal,
        document: Option<&[u8]>,
    ) -> Result<(), ProposalError> {
        if self.founding {
            return Err(ProposalError::Founding);
        }
        let replaces = |found: LeafHash| match proposal.replaces == found {
            true => Ok(()),
            false => Err(ProposalError::Replaces { said: proposal.replaces, found }),
        };
        let wanted = match &proposal.change {
            Change::Roster(evidence) => {
                replaces(self.in_force.leaf)?;
                let bytes = document.ok_or(ProposalError::Absent(evidence.sha256))?;
                Wanted::Roster(Arc::new(self.read_roster(position, evidence, bytes)?))
            }
            Change::LogKey(new) => {
                replaces(self.log_key_by)?;
                Wanted::LogKey(self.read_log_key(new)?)
            }
            Change::Authority(place) => {
                replaces(self.place_by)?;
                Wanted::Authority(Arc::new(place.clone()))
            }
            Change::Policy(new) => {
                let bytes = document.ok_or(ProposalError::Absent(new.document.sha256))?;
                if !new.document.describes(bytes) {
                    return Err(ProposalError::Digest);
                }
                // What is neither is refused as a policy is.
                if allocation::is_of_kind(bytes) {
                    let document = self.read_allocation_rules(new, bytes)?;
                    replaces(self.replaced_allocation_rules(&document.rules.name))?;
                    Wanted::Allocation(Arc::new(document))
                } else {
                    let document = self.read_policy(new, bytes)?;
                    replaces(self.replaced_policy(&document.policy.name))?;
                    Wanted::Policy(Arc::new(document))
                }
            }
        };
        self.put(position, leaf, by, wanted);
        Ok(())
    }

    /// Takes an entitled correction, which takes effect as a proposal does.
    pub fn correct(&mut self, position: u64, leaf: LeafHash, by: &Id, correction: &Correction) {
        self.put(position, leaf, by, Wanted::Correction { corrects: correction.corrects });
    }

    pub(super) fn put(&mut self, position: u64, leaf: LeafHash, by: &Id, wanted: Wanted) {
        let open = Open { position, by: by.clone(), wanted, votes: BTreeMap::new() };
        Arc::make_mut(&mut self.open).insert(leaf, open);
    }

    fn read_roster(
        &self,
        position: u64,
        evidence: &Evidence,
        bytes: &[u8],
    ) -> Result<Roster, ProposalError> {
        if !evidence.describes(bytes) {
            return Err(ProposalError::Digest);
        }
        let roster = Roster::parse(bytes, self.ledger)?;
        self.admit(position, &roster)?;
        Ok(roster)
    }

    /// Whether a roster may follow the one in force, with a proposal at a position.
    ///
    /// # Errors
    /// [`ProposalError`].
    pub fn admit(&self, position: u64, roster: &Roster) -> Result<(), ProposalError> {
        for (id, member) in &roster.members {
            if id.as_str() == self.origin.as_str() {
                let why = format!("{id} is the log's own name");
                return Err(YamlError { line: 1, why }.into());
            }
            let before = self.roster().members.get(id);
            for (key, proof) in &member.keys {
                self.check_holder(key, Some(id))?;
                let had = before.is_some_and(|before| before.keys.contains_key(key));
                if proof.is_none() && !had {
                    return Err(ProposalError::Proof { id: id.clone(), key: key.ssh_text() });
                }
            }
        }
        let later = |key: &PublicKey, since: u64| {
            roster.compromised.get(key).is_none_or(|declared| *declared > since)
        };
        let weakened = self.roster().compromised.iter().find(|(key, since)| later(key, **since));
        let strange = roster.compromised.iter().find(|(key, since)| {
            **since > position || !matches!(self.known.get(*key), Some(Some(_)))
        });
        match weakened.or(strange) {
            Some((key, _)) => Err(ProposalError::Compromise(key.ssh_text())),
            None => Ok(()),
        }
    }

    fn read_log_key(&self, new: &NewLogKey) -> Result<PublicKey, ProposalError> {
        let (key, origin) = (new.key.0, self.origin.as_str());
        self.check_holder(&key, None)?;
        let id = || origin.to_owned();
        if self.known.contains_key(&key) {
            return Err(ProposalError::Other { id: id(), key: key.ssh_text(), was: id() });
        }
        if !is_enrolled(self.ledger, origin, &key, &new.proof) {
            return Err(ProposalError::LogKeyProof(key.ssh_text()));
        }
        Ok(key)
    }

    /// A key has one holder for ever; none is the log.
    fn check_holder(&self, key: &PublicKey, id: Option<&Id>) -> Result<(), ProposalError> {
        let name = |id: Option<&Id>| id.map_or(self.origin.as_str(), Id::as_str).to_owned();
        match self.known.get(key) {
            Some(was) if was.as_ref() != id => Err(ProposalError::Other {
                id: name(id),
                key: key.ssh_text(),
                was: name(was.as_ref()),
            }),
            _ => Ok(()),
        }
    }
}
