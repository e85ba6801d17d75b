//! What a history comes to, by the letter of `spec/authority.md`: every question is answered by
//! looking through everything that was said, and nothing is kept but what was found and what took
//! effect.

use std::collections::{BTreeMap, BTreeSet};

use ledgit_core::digest::LeafHash;
use ledgit_core::statement::Verdict;

use super::sheet::{Name, Need, Sheet};

#[derive(Debug, Clone)]
pub enum What {
    Genesis,
    Time(u64),
    Roster { sheet: Sheet, replaces: LeafHash },
    LogKey { seed: u8, proven: bool, replaces: LeafHash },
    Place { number: u8, replaces: LeafHash },
    Correction,
    Vote { on: LeafHash, verdict: Verdict, expires: Option<u64> },
}

#[derive(Debug, Clone)]
pub struct Said {
    pub leaf: LeafHash,
    pub by: Name,
    pub key: u8,
    pub what: What,
}

#[derive(Debug, Clone)]
pub enum Event {
    Said(Box<Said>),
    /// The checkpoint ends.
    Close,
}

/// Who approves and rejects.
#[derive(Debug, PartialEq, Default)]
pub struct Count {
    pub approve: BTreeSet<Name>,
    pub reject: BTreeSet<Name>,
}

pub struct View<'a> {
    pub genesis: &'a Sheet,
    pub log: u8,
    pub said: Vec<&'a Said>,
    /// By position: every rule that the entry breaks.
    pub findings: BTreeMap<usize, BTreeSet<&'static str>>,
    /// Position of the deciding vote, position of the change.
    pub effects: Vec<(usize, usize)>,
    /// Of each effect: the approvals that were counted, and the roster that they met.
    pub counted: Vec<(BTreeMap<Name, usize>, &'a Sheet)>,
    pub founded: Option<usize>,
    held: Option<usize>,
}

impl<'a> View<'a> {
    pub fn of(genesis: &'a Sheet, log: u8, events: &'a [Event]) -> Self {
        let mut view = Self {
            genesis,
            log,
            said: Vec::new(),
            findings: BTreeMap::new(),
            effects: Vec::new(),
            counted: Vec::new(),
            founded: None,
            held: None,
        };
        for event in events {
            match event {
                Event::Said(said) => view.hear(said),
                Event::Close => view.close(),
            }
        }
        view
    }

    fn is_good(&self, position: usize) -> bool {
        !self.findings.contains_key(&position)
    }

    /// The rosters that are or were in force, oldest first, each with the entry that it is from.
    fn rosters(&self) -> impl Iterator<Item = (usize, &'a Sheet)> {
        let said = |change: usize| -> &'a Said { self.said[change] };
        let later = self.effects.iter().filter_map(move |(_, change)| match &said(*change).what {
            What::Roster { sheet, .. } => Some((*change, sheet)),
            _ => None,
        });
        std::iter::once((0, self.genesis)).chain(later)
    }

    fn log_keys(&self) -> impl Iterator<Item = (usize, u8)> {
        let later = self.effects.iter().filter_map(|(_, change)| match self.said[*change].what {
            What::LogKey { seed, .. } => Some((*change, seed)),
            _ => None,
        });
        std::iter::once((0, self.log)).chain(later)
    }

    /// Where the next head is decided, by a number; 0 for the genesis's.
    pub fn place(&self) -> (usize, u8) {
        let later = self.effects.iter().filter_map(|(_, change)| match self.said[*change].what {
            What::Place { number, .. } => Some((*change, number)),
            _ => None,
        });
        std::iter::once((0, 0)).chain(later).last().unwrap()
    }

    pub fn roster(&self) -> (usize, &'a Sheet) {
        self.rosters().last().unwrap()
    }

    pub fn versions(&self) -> usize {
        self.rosters().count() - 1
    }

    pub fn log_key(&self) -> (usize, u8) {
        self.log_keys().last().unwrap()
    }

    fn ever(&self, seed: u8) -> Option<Name> {
        self.rosters().find_map(|(_, sheet)| sheet.holder(seed))
    }

    pub fn clock(&self) -> Option<u64> {
        let times = self.said.iter().enumerate().rev().filter_map(|(at, said)| match said.what {
            What::Time(time) => Some((at, time)),
            _ => None,
        });
        times.into_iter().find(|(at, _)| self.is_good(*at)).map(|(_, time)| time)
    }

    /// Everything that may be voted on, by position.
    pub fn changes(&self) -> impl Iterator<Item = usize> {
        let is_change = |at: &usize| {
            let what = &self.said[*at].what;
            let is_change = match what {
                What::Roster { .. } | What::LogKey { .. } | What::Place { .. } => true,
                What::Correction => true,
                What::Genesis | What::Time(_) | What::Vote { .. } => false,
            };
            is_change && self.is_good(*at)
        };
        (0..self.said.len()).filter(is_change)
    }

    fn change_of(&self, leaf: LeafHash) -> Option<usize> {
        let named = (0..self.said.len()).find(|at| self.said[*at].leaf == leaf)?;
        self.changes().find(|at| *at == named)
    }

    /// With which vote a change took effect or was superseded, and by which change.
    pub fn end_of(&self, change: usize) -> Option<(usize, usize)> {
        let ended = |(vote, winner): &&(usize, usize)| {
            *winner == change || (change < *vote && self.supersedes(*winner, change))
        };
        self.effects.iter().find(ended).copied()
    }

    fn supersedes(&self, winner: usize, change: usize) -> bool {
        match (&self.said[winner].what, &self.said[change].what) {
            (What::Roster { .. }, What::Roster { .. }) => true,
            (What::LogKey { .. }, What::LogKey { .. }) => true,
            (What::Place { .. }, What::Place { .. }) => true,
            (What::Roster { sheet, .. }, What::LogKey { seed, .. })
            | (What::LogKey { seed, .. }, What::Roster { sheet, .. }) => {
                sheet.holder(*seed).is_some()
            }
            _ => false,
        }
    }

    /// Where somebody's vote on an entry stands, if one does.
    fn vote_of(&self, person: Name, on: LeafHash, until: usize) -> Option<usize> {
        let last = (0..self.said.len().min(until + 1)).rev().find(|at| {
            let said = self.said[*at];
            let cast = matches!(said.what, What::Vote { on: other, .. } if other == on);
            cast && said.by == person && self.is_good(*at)
        })?;
        let gone = matches!(self.said[last].what, What::Vote { verdict: Verdict::Withdraw, .. });
        (!gone).then_some(last)
    }

    pub fn accepted(&self) -> BTreeSet<Name> {
        let until = self.founded.unwrap_or(usize::MAX - 1);
        let founders = self.genesis.people.keys().copied();
        let approves = |name: &Name| {
            let vote = self.vote_of(name, self.said[0].leaf, until);
            vote.is_some_and(|at| self.verdict(at).0 == Verdict::Approve)
        };
        founders.filter(approves).collect()
    }

    fn verdict(&self, vote: usize) -> (Verdict, Option<u64>) {
        match self.said[vote].what {
            What::Vote { verdict, expires, .. } => (verdict, expires),
            _ => panic!("entry {vote} is no vote"),
        }
    }

    fn is_void(&self, vote: usize) -> bool {
        let since = self.roster().1.compromised.get(&self.said[vote].key);
        since.is_some_and(|since| vote as u64 >= *since)
    }

    /// Whether the approvals that decided would still do, as known now.
    pub fn still_holds(&self, effect: usize) -> bool {
        let (votes, roster) = &self.counted[effect];
        let good = votes.iter().filter(|(_, vote)| !self.is_void(**vote)).map(|(name, _)| *name);
        roster.meets(need(&self.said[self.effects[effect].1].what, roster), &good.collect())
    }

    pub fn count(&self, change: usize) -> Count {
        let (said, (_, roster)) = (self.said[change], self.roster());
        let mut count = Count::default();
        for person in roster.people.keys() {
            let Some(vote) = self.vote_of(person, said.leaf, usize::MAX - 1) else { continue };
            let (verdict, expires) = self.verdict(vote);
            if self.is_void(vote) {
                continue;
            }
            let expired = expires.zip(self.clock()).is_some_and(|(end, now)| now >= end);
            let own = said.by == *person && !roster.own_work;
            if verdict == Verdict::Approve && !expired && !own {
                count.approve.insert(person);
            }
            let against = match &said.what {
                What::Roster { sheet, .. } => {
                    !sheet.everybody().any(|(name, _)| name == person)
                        || sheet.compromised.contains_key(&self.said[vote].key)
                }
                _ => false,
            };
            if verdict == Verdict::Reject && !against {
                count.reject.insert(person);
            }
        }
        count
    }

    fn hear(&mut self, said: &'a Said) {
        let position = self.said.len();
        let broken = self.broken(position, said);
        self.said.push(said);
        if !broken.is_empty() {
            self.findings.insert(position, broken);
            return;
        }
        let What::Vote { on, .. } = said.what else { return };
        if on == self.said[0].leaf {
            let enough = self.accepted().len() as u64 >= self.genesis.roster.persons;
            if self.founded.is_none() && enough {
                self.founded = Some(position);
            }
        } else if let Some(change) = self.change_of(on) {
            let (count, (_, roster)) = (self.count(change), self.roster());
            let need = need(&self.said[change].what, roster);
            if count.reject.is_empty() && roster.meets(need, &count.approve) {
                let stands = |name: &Name| self.vote_of(name, on, position).unwrap();
                let votes = count.approve.iter().map(|name| (*name, stands(name))).collect();
                self.counted.push((votes, roster));
                self.effects.push((position, change));
            }
        }
    }

    fn close(&mut self) {
        if let Some(time) = self.held.take().filter(|at| self.said[*at].key != self.log_key().1) {
            self.findings.entry(time).or_default().insert("LG1003");
        }
    }

    /// Every rule that an entry breaks at its position.
    fn broken(&mut self, position: usize, said: &Said) -> BTreeSet<&'static str> {
        let code = self.misplaced(said);
        let (held, time) = (code == Some("held"), matches!(said.what, What::Time(_)));
        if held {
            self.held = Some(position);
        }
        match code.filter(|_| !held) {
            Some(code) => [code].into(),
            None if time => BTreeSet::new(),
            None => self.refused(position, said),
        }
    }

    /// V-02 to V-05.
    fn misplaced(&self, said: &Said) -> Option<&'static str> {
        let (_, roster) = self.roster();
        let holder = roster.holder(said.key);
        match &said.what {
            What::Genesis => None,
            What::Time(_) if said.key == self.log_key().1 => None,
            What::Time(_) if holder.is_some() => Some("LG1006"),
            What::Time(_) => Some("held"),
            _ if said.key == self.log_key().1 => Some("LG1005"),
            _ if holder.is_none() && self.ever(said.key).is_some() => Some("LG1019"),
            _ if holder.is_none() => Some("LG1003"),
            _ if holder != Some(said.by) => Some("LG1004"),
            What::Vote { .. } if roster.services.contains_key(said.by) => Some("LG1007"),
            _ => None,
        }
    }

    fn refused(&self, position: usize, said: &Said) -> BTreeSet<&'static str> {
        match &said.what {
            What::Genesis | What::Time(_) | What::Correction => BTreeSet::new(),
            What::Roster { sheet, replaces } => self.refused_roster(position, sheet, *replaces),
            What::LogKey { seed, proven, replaces } => {
                let known =
                    self.ever(*seed).is_some() || self.log_keys().any(|(_, key)| key == *seed);
                codes([
                    ("LG1010", self.founded.is_none()),
                    ("LG1011", *replaces != self.said[self.log_key().0].leaf),
                    ("LG1013", !proven),
                    ("LG1014", known),
                ])
            }
            What::Place { replaces, .. } => codes([
                ("LG1010", self.founded.is_none()),
                ("LG1011", *replaces != self.said[self.place().0].leaf),
            ]),
            What::Vote { on, verdict, .. } => {
                let Some(change) = self.change_of(*on) else {
                    return BTreeSet::new();
                };
                let own = self.said[change].by == said.by && !self.roster().1.own_work;
                let stands = self.vote_of(said.by, *on, usize::MAX - 1).is_some();
                codes([
                    ("LG1017", self.end_of(change).is_some()),
                    ("LG1009", *verdict == Verdict::Approve && own),
                    ("LG1018", *verdict == Verdict::Withdraw && !stands),
                ])
            }
        }
    }

    fn refused_roster(
        &self,
        position: usize,
        sheet: &Sheet,
        replaces: LeafHash,
    ) -> BTreeSet<&'static str> {
        let (leaf, roster) = self.roster();
        let pairs: Vec<_> = sheet
            .everybody()
            .flat_map(|(name, keys)| keys.iter().map(|(seed, proof)| (*name, *seed, *proof)))
            .collect();
        let unproven =
            pairs.iter().any(|(name, seed, proof)| !proof && roster.holder(*seed) != Some(*name));
        let of_another = pairs.iter().any(|(name, seed, _)| {
            self.ever(*seed).is_some_and(|was| was != *name)
                || self.log_keys().any(|(_, key)| key == *seed)
        });
        let kept = roster.compromised.iter().all(|(seed, since)| {
            sheet.compromised.get(seed).is_some_and(|declared| declared <= since)
        });
        let sane = sheet
            .compromised
            .iter()
            .all(|(seed, since)| *since <= position as u64 && self.ever(*seed).is_some());
        codes([
            ("LG1010", self.founded.is_none()),
            ("LG1011", replaces != self.said[leaf].leaf),
            ("LG1012", !sheet.is_well_made()),
            ("LG1013", unproven),
            ("LG1014", of_another),
            ("LG1015", !kept || !sane),
        ])
    }
}

/// What a roster demands for a change.
pub fn need<'a>(change: &What, roster: &'a Sheet) -> &'a Need {
    match change {
        What::Roster { .. } => &roster.roster,
        What::LogKey { .. } | What::Place { .. } => &roster.log_key,
        _ => &roster.correction,
    }
}

fn codes<const N: usize>(all: [(&'static str, bool); N]) -> BTreeSet<&'static str> {
    all.into_iter().filter(|(_, broken)| *broken).map(|(code, _)| code).collect()
}
