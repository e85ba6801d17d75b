//! `genesis`: entry 0, which says what the ledger is and who founded it.

use super::refusal::Refusal;
use super::wire::{Set, Wire};
use crate::cbor::{Reader, Writer};
use crate::digest::{LedgerId, RootHash, to_hex};
use crate::limits;
use crate::name::{Id, Origin};
use crate::signature::PublicKey;

words! {
    /// Sort of place that decides about the next head.
    AuthorityKind "sort of authority" {
        /// A Git repository.
        Repository "repository",
    }
}

words! {
    /// Whether somebody counts towards a threshold.
    PrincipalKind "sort of principal" {
        /// A natural person.
        Person "person",
        /// A program.
        Service "service",
    }
}

words! {
    /// Sort of a key.
    KeyType "type of key" {
        /// Ed25519.
        Ed25519 "ed25519",
    }
}

/// A public key with its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key(pub PublicKey);

impl Wire for Key {
    fn write(&self, to: &mut Writer) {
        to.map(2);
        to.text("type");
        KeyType::Ed25519.write(to);
        to.text("public").bytes(self.0.as_bytes());
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Refusal> {
        let mut fields = from.fields()?;
        KeyType::read(fields.key("type")?)?;
        let public = fields.key("public")?.fixed()?;
        fields.end()?;
        Ok(Self(PublicKey::from_bytes(&public)?))
    }
}

record! {
    /// A person or a program, and the keys it signs with.
    Principal {
        /// Its id: the issuer of its statements.
        id "id": Id,
        /// Its keys, at least one.
        keys "keys": Set<Key>,
        /// Whether it counts towards a threshold.
        kind "kind": PrincipalKind,
    }
}

record! {
    /// Who is there, and how many persons must agree.
    Roster {
        /// Persons that must agree to a change, and to the founding.
        threshold "threshold": u64,
        /// Everybody.
        principals "principals": Set<Principal>,
    }
}

record! {
    /// The repository that decides about the next head.
    Authority {
        /// Its id, drawn at `init`.
        id "id": [u8; 16],
        /// What it is.
        kind "kind": AuthorityKind,
    }
}

record! {
    /// A ledger that had to be started anew.
    Continues {
        /// Root of the old ledger's last head.
        root "root": RootHash,
        /// Size of the old ledger's last head.
        size "size": u64,
        /// The old ledger's id.
        ledger "ledger": LedgerId,
    }
}

record! {
    /// What the ledger is.
    Genesis {
        /// Seconds that an author's `iat` may lie from the log's time before it.
        skew "skew": u64,
        /// Drawn at `init`, so that no two ledgers are one.
        nonce "nonce": [u8; 16],
        /// The log's name; ends in `-` and the nonce's first eight hex digits.
        origin "origin": Origin,
        /// The founding roster.
        roster "roster": Roster,
        /// The key that signs checkpoints, the genesis and time statements.
        log_key "log_key": Key,
        /// Where the next head is decided.
        authority "authority": Authority,
        /// The ledger that this one continues.
        continues "continues": Option<Continues>,
    }
}

impl Genesis {
    /// The rules of S-23.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        let [a, b, c, d, ..] = self.nonce;
        if !self.origin.as_str().ends_with(&format!("-{}", to_hex(&[a, b, c, d]))) {
            return Err(Refusal::Rule("the origin ends in the nonce's first eight hex digits"));
        }
        if self.skew > limits::CLOCK_SKEW_SECONDS {
            return Err(Refusal::Rule("the clock skew is past the limit"));
        }
        self.check_principals()?;
        self.check_keys()?;
        self.check_threshold()
    }

    fn check_principals(&self) -> Result<(), Refusal> {
        let principals = self.roster.principals.as_slice();
        if principals.is_empty() || principals.len() > limits::FOUNDING_PRINCIPALS {
            return Err(Refusal::List(principals.len() as u64));
        }
        let mut ids: Vec<_> = principals.iter().map(|principal| &principal.id).collect();
        ids.sort();
        let twice = ids.windows(2).any(|pair| pair.first() == pair.last());
        let mut shapes: Vec<_> = ids.iter().map(|id| id.skeleton()).collect();
        shapes.sort();
        let alike = shapes.windows(2).any(|pair| pair.first() == pair.last());
        if ids.iter().any(|id| id.as_str() == self.origin.as_str()) {
            return Err(Refusal::Rule("a principal has the log's name"));
        }
        match (twice, alike) {
            (true, _) => Err(Refusal::Rule("two principals have one id")),
            (false, true) => Err(Refusal::Rule("two principals have ids that are too much alike")),
            (false, false) => Ok(()),
        }
    }

    fn check_keys(&self) -> Result<(), Refusal> {
        let mut keys = vec![self.log_key.0];
        for principal in self.roster.principals.as_slice() {
            let own = principal.keys.as_slice();
            if own.is_empty() || own.len() > limits::PRINCIPAL_KEYS {
                return Err(Refusal::List(own.len() as u64));
            }
            keys.extend(own.iter().map(|key| key.0));
        }
        keys.sort();
        let twice = keys.windows(2).any(|pair| pair.first() == pair.last());
        if twice { Err(Refusal::Rule("one key serves two")) } else { Ok(()) }
    }

    fn check_threshold(&self) -> Result<(), Refusal> {
        let principals = self.roster.principals.as_slice().iter();
        let persons = principals.filter(|one| one.kind == PrincipalKind::Person).count() as u64;
        let fits = (1..=persons).contains(&self.roster.threshold);
        if fits {
            Ok(())
        } else {
            Err(Refusal::Rule("the threshold is 1 to the number of persons"))
        }
    }
}
