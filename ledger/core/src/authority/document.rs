//! Reading a roster's document, and writing one (`spec/roster.md`, U-01 to U-11).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rayon::prelude::*;

use super::enrolment::is_enrolled;
use super::roster::{GRANTED, Grant, Member, Roster, Thresholds};
use super::threshold::{Groups, Threshold};
use crate::digest::LedgerId;
use crate::limits;
use crate::name::{Id, Label};
use crate::signature::PublicKey;
use crate::statement::{Kind, PrincipalKind};
use crate::yaml::{Node, YamlError};

const VERSION: &str = "roster/1";
const THRESHOLDS: &str = "thresholds";

impl Roster {
    /// Reads a document, and verifies every proof in it.
    ///
    /// # Errors
    /// [`YamlError`]: the line and what is wrong with it.
    pub fn parse(bytes: &[u8], ledger: LedgerId) -> Result<Self, YamlError> {
        let roster = read(&Node::parse(bytes)?, bytes)?;
        let proofs: Vec<_> = roster
            .members
            .iter()
            .flat_map(|(id, member)| member.keys.iter().map(move |(key, proof)| (id, key, proof)))
            .filter_map(|(id, key, proof)| proof.as_ref().map(|proof| (id, key, proof)))
            .collect();
        let broken = proofs
            .par_iter()
            .find_first(|(id, key, proof)| !is_enrolled(ledger, id.as_str(), key, proof));
        match broken {
            None => Ok(roster),
            Some((id, key, _)) => {
                let text = key.ssh_text();
                let why = format!("the proof of {id} for {text} does not hold in this ledger");
                Err(near(bytes, &text, why))
            }
        }
    }

    /// Writes it as a document, one form for each roster.
    pub fn document(&self) -> String {
        let mut text = format!("ledgit: {VERSION}\n");
        let _ = writeln!(text, "own-work: {}", if self.own_work { "allowed" } else { "refused" });
        self.write_members(&mut text, "people", PrincipalKind::Person);
        self.write_members(&mut text, "services", PrincipalKind::Service);
        if !self.groups.is_empty() {
            text.push_str("groups:\n");
        }
        for (name, members) in &self.groups {
            let _ = writeln!(text, "  {}: [{}]", quoted(name.as_str()), list(members));
        }
        for (number, grant) in self.grants.iter().flatten().enumerate() {
            text.push_str(if number == 0 { "grants:\n" } else { "" });
            let kinds: Vec<_> = grant.kinds.iter().map(|kind| kind.name()).collect();
            let _ = writeln!(text, "  - to: [{}]", list(&grant.to));
            let _ = writeln!(text, "    kinds: [{}]", kinds.join(", "));
            if let Some(subjects) = &grant.subjects {
                let subjects: Vec<_> = subjects.iter().map(|one| quoted(one.as_str())).collect();
                let _ = writeln!(text, "    subjects: [{}]", subjects.join(", "));
            }
        }
        if self.grants.as_ref().is_some_and(Vec::is_empty) {
            text.push_str("grants: []\n");
        }
        text.push_str("thresholds:\n");
        for (name, one) in self.thresholds.named() {
            let _ = writeln!(text, "  {name}: {}", threshold_text(one));
        }
        for (number, (key, since)) in self.compromised.iter().enumerate() {
            text.push_str(if number == 0 { "compromised:\n" } else { "" });
            let _ = writeln!(text, "  - key: {}\n    since: {since}", key.ssh_text());
        }
        text
    }

    fn write_members(&self, text: &mut String, name: &str, kind: PrincipalKind) {
        let members = self.members.iter().filter(|(_, member)| member.kind == kind);
        for (number, (id, member)) in members.enumerate() {
            if number == 0 {
                let _ = writeln!(text, "{name}:");
            }
            let _ = writeln!(text, "  {}:", quoted(id.as_str()));
            for (key, proof) in &member.keys {
                let _ = writeln!(text, "    - key: {}", key.ssh_text());
                if let Some(proof) = proof {
                    let _ = writeln!(text, "      proof: {}", proof_text(proof));
                }
            }
        }
    }
}

/// A proof as a document has it.
pub fn proof_text(proof: &[u8; 64]) -> String {
    STANDARD.encode(proof)
}

fn list(ids: &BTreeSet<Id>) -> String {
    ids.iter().map(|id| quoted(id.as_str())).collect::<Vec<_>>().join(", ")
}

/// A text as YAML has it: quoted unless every reader takes it for a text.
fn quoted(text: &str) -> String {
    const TAKEN: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    let plain = text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-@".contains(c))
        && !TAKEN.contains(&text.to_ascii_lowercase().as_str());
    // Two characters stand in no YAML document but as an escape (YAML 1.2.2, c-printable).
    let escape = [('\\', "\\\\"), ('"', "\\\""), ('\u{fffe}', "\\uFFFE"), ('\u{ffff}', "\\uFFFF")];
    if plain {
        text.to_owned()
    } else if text.contains(['\u{fffe}', '\u{ffff}']) {
        let escaped = escape.iter().fold(text.to_owned(), |text, (c, to)| text.replace(*c, to));
        format!("\"{escaped}\"")
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}

fn threshold_text(threshold: &Threshold) -> String {
    if threshold.groups.is_empty() {
        return threshold.persons.to_string();
    }
    let group = |(name, count): (&Id, &u64)| format!("{}: {count}", quoted(name.as_str()));
    let groups: Vec<_> = threshold.groups.iter().map(group).collect();
    format!("{{persons: {}, groups: {{{}}}}}", threshold.persons, groups.join(", "))
}

/// An error where a text first stands: of what the document as a whole is at fault for.
fn near(bytes: &[u8], text: &str, why: impl Into<String>) -> YamlError {
    let lines = String::from_utf8_lossy(bytes);
    let line = lines.lines().position(|line| line.contains(text)).map_or(1, |line| line + 1);
    YamlError { line, why: why.into() }
}

fn read(root: &Node, bytes: &[u8]) -> Result<Roster, YamlError> {
    let names = [
        "ledgit",
        "own-work",
        "people",
        "services",
        "groups",
        "grants",
        "thresholds",
        "compromised",
    ];
    let [version, own_work, people, services, groups, grants, thresholds, compromised] =
        root.fields(names)?;
    let version = wanted(root, "ledgit", version)?;
    if version.text()? != VERSION {
        return Err(version.wrong(format!("this reads {VERSION} alone")));
    }
    let mut members = BTreeMap::new();
    for (node, kind) in [(people, PrincipalKind::Person), (services, PrincipalKind::Service)] {
        if let Some(node) = node {
            read_members(node, kind, &mut members)?;
        }
    }
    wanted(root, "people", people)?;
    let groups = groups.map_or(Ok(Groups::new()), |node| read_groups(node, &members))?;
    check_names(bytes, &members, &groups)?;
    let known = |id: &Id| members.contains_key(id) || groups.contains_key(id);
    let grants = grants.map(|node| read_grants(node, known)).transpose()?;
    let thresholds = read_thresholds(wanted(root, "thresholds", thresholds)?)?;
    let roster = Roster {
        own_work: read_own_work(own_work)?,
        compromised: compromised.map_or(Ok(BTreeMap::new()), read_compromised)?,
        members,
        groups,
        grants,
        thresholds,
    };
    check_keys(bytes, &roster)?;
    check_thresholds(bytes, &roster)?;
    Ok(roster)
}

fn wanted<'a>(at: &Node, name: &str, node: Option<&'a Node>) -> Result<&'a Node, YamlError> {
    node.ok_or_else(|| at.wrong(format!("{name:?} is missing")))
}

fn read_own_work(node: Option<&Node>) -> Result<bool, YamlError> {
    match node.map(|node| Ok((node, node.text()?))).transpose()? {
        None | Some((_, "refused")) => Ok(false),
        Some((_, "allowed")) => Ok(true),
        Some((node, _)) => Err(node.wrong("own-work is refused or allowed")),
    }
}

fn id_of(node: &Node, text: &str) -> Result<Id, YamlError> {
    text.parse().map_err(|error: crate::name::NameError| node.wrong(error.to_string()))
}

fn read_members(
    node: &Node,
    kind: PrincipalKind,
    members: &mut BTreeMap<Id, Member>,
) -> Result<(), YamlError> {
    // A key is a point to be computed, and there may be 10,000. The first fault is the one named.
    let read: Vec<_> =
        node.map()?.par_iter().map(|(name, value)| read_member(name, value)).collect();
    for ((name, value), member) in node.map()?.iter().zip(read) {
        let (id, keys) = member?;
        if members.insert(id, Member { kind, keys }).is_some() {
            return Err(value.wrong(format!("{name:?} is a person and a service")));
        }
        if members.len() > limits::ROSTER_PRINCIPALS {
            return Err(value.wrong("the roster has too many people and services"));
        }
    }
    Ok(())
}

/// Keys, each with its proof if it has one.
type ProvedKeys = BTreeMap<PublicKey, Option<[u8; 64]>>;

fn read_member(name: &str, value: &Node) -> Result<(Id, ProvedKeys), YamlError> {
    let id = id_of(value, name)?;
    let mut keys = ProvedKeys::new();
    for item in value.list()? {
        let [key, proof] = item.fields(["key", "proof"])?;
        let key = read_key(wanted(item, "key", key)?)?;
        let proof = proof.map(read_proof).transpose()?;
        if keys.insert(key, proof).is_some() {
            return Err(item.wrong("this key stands twice"));
        }
    }
    if keys.is_empty() || keys.len() > limits::PRINCIPAL_KEYS {
        let most = limits::PRINCIPAL_KEYS;
        return Err(value.wrong(format!("{id} has 1 to {most} keys")));
    }
    Ok((id, keys))
}

fn read_key(node: &Node) -> Result<PublicKey, YamlError> {
    PublicKey::from_ssh_text(node.text()?).map_err(|error| node.wrong(error.to_string()))
}

fn read_proof(node: &Node) -> Result<[u8; 64], YamlError> {
    let bytes = STANDARD.decode(node.text()?).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or_else(|| node.wrong("a proof is the base64 of 64 bytes"))
}

fn read_ids(node: &Node, known: impl Fn(&Id) -> bool) -> Result<BTreeSet<Id>, YamlError> {
    let mut ids = BTreeSet::new();
    for item in node.list()? {
        let id = id_of(item, item.text()?)?;
        if !known(&id) {
            return Err(item.wrong(format!("{id} is not in this roster")));
        }
        if !ids.insert(id) {
            return Err(item.wrong("it stands twice"));
        }
    }
    if ids.is_empty() { Err(node.wrong("the list is empty")) } else { Ok(ids) }
}

fn read_groups(node: &Node, members: &BTreeMap<Id, Member>) -> Result<Groups, YamlError> {
    let mut groups = Groups::new();
    for (name, value) in node.map()? {
        let ids = read_ids(value, |id| members.contains_key(id))?;
        groups.insert(id_of(value, name)?, ids);
    }
    Ok(groups)
}

fn read_grants(node: &Node, known: impl Fn(&Id) -> bool) -> Result<Vec<Grant>, YamlError> {
    let mut grants = Vec::new();
    for item in node.list()? {
        let [to, kinds, subjects] = item.fields(["to", "kinds", "subjects"])?;
        let to = read_ids(wanted(item, "to", to)?, &known)?;
        let kinds = read_kinds(wanted(item, "kinds", kinds)?)?;
        let subjects = subjects.map(read_subjects).transpose()?;
        grants.push(Grant { to, kinds, subjects });
    }
    Ok(grants)
}

fn read_kinds(node: &Node) -> Result<BTreeSet<Kind>, YamlError> {
    let mut kinds = BTreeSet::new();
    for item in node.list()? {
        let kind = Kind::from_name(item.text()?).filter(|kind| GRANTED.contains(kind));
        let kind = kind.ok_or_else(|| {
            let known: Vec<_> = GRANTED.iter().map(|kind| kind.name()).collect();
            item.wrong(format!("a grant allows {}", known.join(", ")))
        })?;
        if !kinds.insert(kind) {
            return Err(item.wrong("it stands twice"));
        }
    }
    if kinds.is_empty() { Err(node.wrong("the list is empty")) } else { Ok(kinds) }
}

fn read_subjects(node: &Node) -> Result<BTreeSet<Label>, YamlError> {
    let mut names = BTreeSet::new();
    for item in node.list()? {
        let name = item.text()?.parse::<Label>();
        if !names.insert(name.map_err(|error| item.wrong(error.to_string()))?) {
            return Err(item.wrong("it stands twice"));
        }
    }
    if names.is_empty() { Err(node.wrong("the list is empty")) } else { Ok(names) }
}

fn read_thresholds(node: &Node) -> Result<Thresholds, YamlError> {
    let names = ["roster", "log-key", "correction", "policy", "exception"];
    let [roster, log_key, correction, policy, exception] = node.fields(names)?;
    let roster = read_threshold(wanted(node, "roster", roster)?)?;
    let other = |node: Option<&Node>| node.map_or(Ok(roster.clone()), read_threshold);
    Ok(Thresholds {
        log_key: other(log_key)?,
        correction: other(correction)?,
        policy: other(policy)?,
        exception: other(exception)?,
        roster,
    })
}

fn read_threshold(node: &Node) -> Result<Threshold, YamlError> {
    if node.map().is_err() {
        return Ok(Threshold::of(node.number()?));
    }
    let [persons, groups] = node.fields(["persons", "groups"])?;
    let mut threshold = Threshold::of(wanted(node, "persons", persons)?.number()?);
    for (name, count) in wanted(node, "groups", groups)?.map()? {
        threshold.groups.insert(id_of(count, name)?, count.number()?);
    }
    Ok(threshold)
}

fn read_compromised(node: &Node) -> Result<BTreeMap<PublicKey, u64>, YamlError> {
    let mut keys = BTreeMap::new();
    for item in node.list()? {
        let [key, since] = item.fields(["key", "since"])?;
        let (key, since) = (wanted(item, "key", key)?, wanted(item, "since", since)?);
        if keys.insert(read_key(key)?, since.number()?).is_some() {
            return Err(item.wrong("this key stands twice"));
        }
    }
    if keys.is_empty() { Err(node.wrong("the list is empty")) } else { Ok(keys) }
}

/// Names that look alike (U-05).
fn check_names(
    bytes: &[u8],
    members: &BTreeMap<Id, Member>,
    groups: &Groups,
) -> Result<(), YamlError> {
    let mut seen: BTreeMap<String, &Id> = BTreeMap::new();
    for id in members.keys().chain(groups.keys()) {
        if let Some(other) = seen.insert(id.skeleton(), id) {
            let why = match other == id {
                true => format!("{id} is a group and a member"),
                false => format!("{id} and {other} are too much alike"),
            };
            return Err(near(bytes, id.as_str(), why));
        }
    }
    Ok(())
}

/// One key, one holder; none of a compromised one (U-03, U-11).
fn check_keys(bytes: &[u8], roster: &Roster) -> Result<(), YamlError> {
    let mut seen: BTreeMap<&PublicKey, &Id> = BTreeMap::new();
    for (id, member) in &roster.members {
        for key in member.keys.keys() {
            if let Some(other) = seen.insert(key, id) {
                let key = key.ssh_text();
                let why = format!("{key} is {other}'s and {id}'s");
                return Err(near(bytes, &key, why));
            }
            if roster.compromised.contains_key(key) {
                let key = key.ssh_text();
                let why = format!("{key} is compromised and {id}'s");
                return Err(near(bytes, &key, why));
            }
        }
    }
    Ok(())
}

/// Each threshold is at least 1 and can be met (U-08, U-09).
fn check_thresholds(bytes: &[u8], roster: &Roster) -> Result<(), YamlError> {
    let persons: BTreeSet<&Id> = roster.persons().collect();
    if persons.is_empty() {
        return Err(near(bytes, "people", "the roster has no person"));
    }
    for (name, threshold) in roster.thresholds.named() {
        if let Some(why) = unmet(roster, threshold, &persons) {
            return Err(near(bytes, THRESHOLDS, format!("threshold {name}: {why}")));
        }
    }
    Ok(())
}

/// Why a threshold is none that can be met.
fn unmet(roster: &Roster, threshold: &Threshold, persons: &BTreeSet<&Id>) -> Option<String> {
    let unknown = threshold.groups.keys().find(|group| !roster.groups.contains_key(*group));
    if let Some(unknown) = unknown {
        return Some(format!("there is no group {unknown}"));
    }
    if threshold.persons == 0 || threshold.groups.values().any(|count| *count == 0) {
        return Some("at least one person must agree".to_owned());
    }
    if !threshold.missing(persons, &roster.groups).is_none() {
        return Some("there are too few persons to meet it".to_owned());
    }
    let why = "it can't be met, since who proposes does not approve (own-work: refused)";
    (!can_be_met(roster, threshold, persons)).then(|| why.to_owned())
}

/// Whether it can be met although somebody must have proposed.
fn can_be_met(roster: &Roster, threshold: &Threshold, persons: &BTreeSet<&Id>) -> bool {
    let service = roster.members.values().any(|one| one.kind == PrincipalKind::Service);
    if service || roster.own_work {
        return true;
    }
    let members = |group: &Id| roster.groups.get(group);
    let has = |group: &Id, id: &Id| members(group).is_some_and(|all| all.contains(id));
    // Groups that need every person of theirs.
    let tight = |(group, wanted): &(&Id, &u64)| {
        persons.iter().filter(|id| has(group, id)).count() as u64 == **wanted
    };
    let tight: Vec<&Id> = threshold.groups.iter().filter(tight).map(|(group, _)| group).collect();
    let spare = |id: &&Id| !tight.iter().any(|group| has(group, id));
    persons.len() as u64 > threshold.persons && persons.iter().any(spare)
}
