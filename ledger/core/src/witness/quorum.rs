//! Whether a note meets a policy, and what it lacks (W-23 to W-25).

use super::policy::{Member, Policy, PolicyKey, PolicyName};
use crate::checkpoint::SignedNote;

/// Whether a log of the policy signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogSigned {
    /// The log with this origin did.
    Yes(String),
    /// None did, or a signature by one of them does not hold.
    No(String),
    /// The policy lists no log: which one it must be is known from elsewhere.
    NotAsked,
}

/// What a note holds of one witness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cosigned {
    /// A cosignature that holds, and its time.
    Yes(u64),
    /// Nothing.
    No,
    /// A line in its name that does not hold, or more than one.
    Bad,
    /// A line of type 0x06, which is not verified and does not count.
    NotVerified,
}

/// One witness, and whether it counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// Its name in the policy.
    pub name: PolicyName,
    /// Its name in signature lines.
    pub key: String,
    /// What the note holds of it.
    pub cosigned: Cosigned,
}

/// How a note stands with a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Whether a log signed.
    pub log: LogSigned,
    /// Every witness of the policy, in its order.
    pub witnesses: Vec<Counted>,
    /// Whether the quorum is met.
    pub quorum: bool,
}

impl Standing {
    /// Whether the note is good enough: a log of the policy signed it, and the quorum is met.
    pub fn is_met(&self) -> bool {
        self.quorum && !matches!(self.log, LogSigned::No(_))
    }
}

impl Policy {
    /// How a note stands with this policy. Every cosignature that counts is verified; a key counts
    /// once, since it stands in a policy once (W-21).
    pub fn standing(&self, note: &SignedNote) -> Standing {
        let counted = self.witnesses.iter().map(|witness| Counted {
            name: witness.name.clone(),
            key: witness.key.name().to_owned(),
            cosigned: cosigned(note, &witness.key),
        });
        let witnesses: Vec<Counted> = counted.collect();
        let quorum = self.quorum.is_none_or(|member| self.has_witnessed(member, &witnesses));
        Standing { log: self.signed(note), witnesses, quorum }
    }

    /// A log of the policy signed what bears its name (N-16).
    fn signed(&self, note: &SignedNote) -> LogSigned {
        if self.logs.is_empty() {
            return LogSigned::NotAsked;
        }
        let origin = note.text().split('\n').next().unwrap_or_default();
        let mut why = format!("no log of the policy is {origin:?}");
        for log in self.logs.iter().filter(|log| log.key.name() == origin) {
            match log.key.verified().map(|key| note.verify(key)) {
                Some(Ok(())) => return LogSigned::Yes(origin.to_owned()),
                Some(Err(error)) => why = error.to_string(),
                None => why = format!("the key of {origin} is not verified: ML-DSA-44"),
            }
        }
        LogSigned::No(why)
    }

    /// A group names only what stands before it, so one pass from the first to the last is enough.
    fn has_witnessed(&self, member: Member, witnesses: &[Counted]) -> bool {
        let yes =
            |at: usize| matches!(witnesses.get(at).map(|one| one.cosigned), Some(Cosigned::Yes(_)));
        let mut groups: Vec<bool> = Vec::with_capacity(self.groups.len());
        let has = |groups: &[bool], member: Member| match member {
            Member::Witness(at) => yes(at),
            Member::Group(at) => groups.get(at).copied().unwrap_or(false),
        };
        for group in &self.groups {
            let count = group.members.iter().filter(|member| has(&groups, **member)).count();
            groups.push(count >= group.threshold);
        }
        has(&groups, member)
    }
}

fn cosigned(note: &SignedNote, key: &PolicyKey) -> Cosigned {
    let Some(line) = note.signatures().iter().find(|line| key.is_of(line)) else {
        return Cosigned::No;
    };
    let Some(key) = key.verified() else { return Cosigned::NotVerified };
    match (note.verify(key), super::cosigned_at(line)) {
        (Ok(()), Some(time)) => Cosigned::Yes(time),
        _ => Cosigned::Bad,
    }
}
