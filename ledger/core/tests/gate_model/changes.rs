//! Drawn proposals, corrections, exceptions and votes.

use ledgit_core::digest::LeafHash;
use ledgit_core::statement::*;

use super::drawn::{History, POLICIES, SERVICE, environment, of, subject, verdict};
use super::papers;
use super::world::{Name, Paper, Said, Sheet};
use crate::support::{self, digests, evidence, text, time};

/// Keys from here on were not there at first.
pub const NEW: u8 = 30;

impl History {
    pub fn policy(&mut self, [a, b, c, d, e, f, g]: [u8; 7]) {
        let name = of(&POLICIES, a / 4);
        let versions = self.world.versions(name, self.at());
        let (text, policy) = papers::policy(name, [b, c, d, e, f]);
        let old = versions.get(g as usize % 3).filter(|_| g < 80);
        let old = old.and_then(|one| self.documents.get(&one.leaf).cloned());
        let (bytes, policy) = match old {
            // One that was there before.
            Some(bytes) => {
                let policy = ledgit_core::policy::Policy::parse(&bytes).unwrap();
                (bytes, policy)
            }
            None => (text.into_bytes(), policy),
        };
        let genesis = self.world.said[0].leaf;
        let replaces = match g {
            80..=90 => genesis,
            91..=95 => versions.last().map_or(genesis, |one| one.leaf),
            _ => versions.first().map_or(genesis, |one| one.leaf),
        };
        let content = String::from_utf8(bytes.clone()).unwrap();
        let document = evidence(&content);
        let paper = Paper::Policy(Box::new(policy), digests(&content));
        let change = Change::Policy(NewPolicy { path: None, document });
        let (by, seed) = self.speaker(a.wrapping_mul(5));
        let leaf = self.say(by, seed, Proposal { change, replaces }.into(), paper);
        self.documents.insert(leaf, bytes);
        if g >= 96 {
            self.agree(leaf, g);
        }
    }

    /// Two persons vote at once, so that something happens.
    pub fn agree(&mut self, leaf: LeafHash, which: u8) {
        for a in [which, which.wrapping_add(1)] {
            let (by, seed) = self.person(a);
            self.vote(by, seed, leaf, Verdict::Approve, None);
        }
    }

    pub fn propose_roster(&mut self, sheet: Sheet) -> LeafHash {
        let document = papers::roster(&sheet, self.ledger(), SERVICE, NEW);
        let replaces = self.world.roster_leaf(self.at());
        let change = Change::Roster(evidence(&document));
        let (by, seed) = SERVICE;
        let leaf = self.say(by, seed, Proposal { change, replaces }.into(), Paper::Roster(sheet));
        self.documents.insert(leaf, document.into_bytes());
        leaf
    }

    /// A roster: other groups, own work, somebody who leaves, a stolen key.
    pub fn change(&mut self, [a, b, c, d, ..]: [u8; 7]) {
        let mut sheet = self.roster().clone();
        let at = self.at() as u64;
        let everybody: Vec<Name> = sheet.people.keys().copied().collect();
        let person = of(&everybody, b);
        match a % 8 {
            0..=2 => {
                let group = sheet.groups.get_mut(of(&["risk", "law", "validators"], c)).unwrap();
                if !group.remove(person) || group.is_empty() {
                    group.insert(person);
                }
            }
            3 => sheet.own_work = !sheet.own_work,
            4 if sheet.people.len() > 3 => {
                sheet.people.remove(person);
                for group in sheet.groups.values_mut() {
                    group.remove(person);
                    if group.is_empty() {
                        group.insert(sheet.people.keys().next().unwrap());
                    }
                }
            }
            _ if self.next_key < 200 => {
                let keys = sheet.people.get_mut(person).unwrap();
                let stolen = keys.pop_first().unwrap();
                keys.insert(self.next_key);
                self.next_key += 1;
                sheet.compromised.insert(stolen, at.saturating_sub(u64::from(c % 32)));
            }
            _ => {}
        }
        let leaf = self.propose_roster(sheet);
        if d > 60 {
            self.agree(leaf, d);
        }
    }

    pub fn correct(&mut self, [a, b, c, ..]: [u8; 7]) {
        let recent = (self.at() - 1).saturating_sub(a as usize % 12);
        let corrects = self.world.said[recent].leaf;
        let (by, seed) = self.speaker(b);
        let body = Correction { corrects, replacement: None, ..support::correction() };
        let leaf = self.say(by, seed, body.into(), Paper::None);
        if c > 120 {
            self.agree(leaf, c);
        }
    }

    pub fn except(&mut self, [a, b, c, d, e, f, _]: [u8; 7]) {
        let all = self.world.all_versions(self.at());
        let Some(version) = self.world.versions(of(&POLICIES, a), self.at()).first().copied()
        else {
            return self.evidence([a, b, c, d, e, f, 0]);
        };
        let ids = super::world::ids(version.policy);
        let glass = b.is_multiple_of(3);
        let named: Vec<&String> = match b % 4 {
            _ if glass => vec![],
            0 | 1 => ids.iter().collect(),
            2 => vec![&ids[c as usize % ids.len()]],
            _ => ids.iter().skip(1).collect(),
        };
        let old = all.first().filter(|_| c < 12);
        let mut waives: Set<ledgit_core::name::Label> =
            named.into_iter().map(|id| text(id)).collect();
        if waives.is_empty() && !glass {
            waives = [text("modelName")].into_iter().collect();
        }
        let ends = self.now() + of(&[0, 1, 600, 3_600, 7_200, 7_201, 86_400], d);
        let body = Exception {
            ends: time(ends),
            sort: if glass { ExceptionSort::BreakGlass } else { ExceptionSort::Waiver },
            reason: evidence("reason"),
            waives,
            adopted: old.map_or(version.leaf, |one| one.leaf),
            subject: subject(e),
            environment: text(environment(f)),
        };
        let (by, seed) = if glass { self.person(f) } else { self.speaker(f) };
        let leaf = self.say(by, seed, body.into(), Paper::None);
        if d > 100 {
            self.agree(leaf, d);
        }
    }

    /// A vote on one of the last changes.
    pub fn cast(&mut self, [a, b, c, ..]: [u8; 7]) {
        let is_change = |said: &&Said| {
            matches!(said.body, Body::Proposal(_) | Body::Correction(_) | Body::Exception(_))
        };
        let changes: Vec<_> = self.world.said.iter().rev().filter(is_change).take(4).collect();
        let on = of(&changes, if b < 200 { 0 } else { b }).leaf;
        let (by, seed) = self.person(a);
        let expires = c.is_multiple_of(8).then(|| self.now() + u64::from(c) * 20);
        self.vote(by, seed, on, verdict(c), expires);
    }
}
