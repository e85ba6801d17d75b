//! A roster as the model has it, and what makes one well made (`spec/roster.md`).

use std::collections::{BTreeMap, BTreeSet};

pub type Name = &'static str;
/// The seed of a key, and whether its proof stands beside it.
pub type Keys = BTreeMap<u8, bool>;

#[derive(Debug, Clone, PartialEq)]
pub struct Need {
    pub persons: u64,
    pub group: Option<(Name, u64)>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    pub people: BTreeMap<Name, Keys>,
    pub services: BTreeMap<Name, Keys>,
    pub groups: BTreeMap<Name, BTreeSet<Name>>,
    pub roster: Need,
    pub log_key: Need,
    pub correction: Need,
    pub own_work: bool,
    pub compromised: BTreeMap<u8, u64>,
}

impl Sheet {
    pub fn everybody(&self) -> impl Iterator<Item = (&Name, &Keys)> {
        self.people.iter().chain(&self.services)
    }

    pub fn holder(&self, seed: u8) -> Option<Name> {
        self.everybody().find(|(_, keys)| keys.contains_key(&seed)).map(|(name, _)| *name)
    }

    /// U-03, U-04, U-08, U-09, U-11.
    pub fn is_well_made(&self) -> bool {
        let keys: Vec<u8> = self.everybody().flat_map(|(_, keys)| keys.keys().copied()).collect();
        let distinct = keys.iter().collect::<BTreeSet<_>>().len() == keys.len();
        let clean = keys.iter().all(|seed| !self.compromised.contains_key(seed));
        let held = self.everybody().all(|(_, keys)| !keys.is_empty());
        let known = |name: &Name| self.everybody().any(|(other, _)| other == name);
        let groups = self.groups.values().all(|all| !all.is_empty() && all.iter().all(known));
        let needs = [&self.roster, &self.log_key, &self.correction];
        let sane = |need: &&Need| {
            need.persons > 0
                && need.group.is_none_or(|(name, n)| n > 0 && self.groups.contains_key(name))
        };
        let reachable = needs.iter().all(|need| sane(need) && self.can_meet(need));
        !self.people.is_empty() && distinct && clean && held && groups && reachable
    }

    fn can_meet(&self, need: &Need) -> bool {
        let all: BTreeSet<Name> = self.people.keys().copied().collect();
        if self.own_work || !self.services.is_empty() {
            return self.meets(need, &all);
        }
        all.iter().any(|proposer| {
            let others = all.iter().copied().filter(|one| one != proposer).collect();
            self.meets(need, &others)
        })
    }

    pub fn meets(&self, need: &Need, agree: &BTreeSet<Name>) -> bool {
        let of_group = need.group.is_none_or(|(group, wanted)| {
            self.groups[group].intersection(agree).count() as u64 >= wanted
        });
        agree.len() as u64 >= need.persons && of_group
    }
}
