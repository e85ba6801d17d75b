//! How many persons must agree, and of which groups (U-07 to U-09, A-12, A-13).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::name::Id;

/// What must agree: so many persons, and of each group named so many among them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Threshold {
    /// Persons, at least 1.
    pub persons: u64,
    /// Persons of a group, at least 1 each.
    pub groups: BTreeMap<Id, u64>,
}

/// What is still missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Missing {
    /// Persons, whoever they are.
    pub persons: u64,
    /// Persons of groups.
    pub groups: BTreeMap<Id, u64>,
}

impl Missing {
    /// Whether nothing is.
    pub fn is_none(&self) -> bool {
        self.persons == 0 && self.groups.is_empty()
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let groups = self.groups.iter().map(|(group, count)| format!("{count} of {group}"));
        let groups = groups.collect::<Vec<_>>().join(" and ");
        let many = if self.persons == 1 { "" } else { "s" };
        match (self.persons, groups.is_empty()) {
            (0, true) => f.write_str("nothing"),
            (0, false) => f.write_str(&groups),
            (count, true) => write!(f, "{count} person{many}"),
            (count, false) => write!(f, "{count} person{many}, among them {groups}"),
        }
    }
}

impl Threshold {
    /// So many persons of any group.
    pub fn of(persons: u64) -> Self {
        Self { persons, groups: BTreeMap::new() }
    }

    /// What is missing when these agree. A person counts once, and in each of their groups.
    pub fn missing(&self, agree: &BTreeSet<&Id>, groups: &Groups) -> Missing {
        let lacking = |wanted: u64, found: usize| wanted.saturating_sub(found as u64);
        let of_group = |(group, wanted): (&Id, &u64)| {
            let members = groups.get(group);
            let found = agree.iter().filter(|id| members.is_some_and(|all| all.contains(**id)));
            let lacks = lacking(*wanted, found.count());
            (lacks > 0).then(|| (group.clone(), lacks))
        };
        Missing {
            persons: lacking(self.persons, agree.len()),
            groups: self.groups.iter().filter_map(of_group).collect(),
        }
    }
}

/// Groups and their members.
pub type Groups = BTreeMap<Id, BTreeSet<Id>>;
