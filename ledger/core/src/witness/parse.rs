//! Reading a witness policy, line by line (W-20 to W-22).

use std::collections::{HashMap, HashSet};

use super::policy::{
    Group, Member, Policy, PolicyError, PolicyFault, PolicyKey, PolicyLog, PolicyName,
    PolicyWitness,
};
use crate::checkpoint::{NoteKeyKind, VerifierKey, VkeyError, VkeyText, is_key_name, key_id};
use crate::digest::to_hex;
use crate::limits;

const ML_DSA_44: u8 = 0x06;
const ML_DSA_44_BYTES: usize = 1_312;
const LOG: &str = "log VKEY [URL]";
const WITNESS: &str = "witness NAME VKEY [URL]";
const GROUP: &str = "group NAME all|any|NUMBER MEMBER...";
const QUORUM: &str = "quorum NAME|none";

pub(super) fn policy(bytes: &[u8]) -> Result<Policy, PolicyError> {
    let at = |line, fault| PolicyError { line, fault };
    if bytes.len() > limits::WITNESS_POLICY_BYTES {
        return Err(at(1, PolicyFault::Size(bytes.len())));
    }
    let mut lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    // What stands behind the last newline.
    let rest = lines.pop().unwrap_or_default();
    let last = lines.len();
    if !rest.is_empty() {
        return Err(at(last + 1, PolicyFault::Unfinished));
    }
    let mut reader = Reader::default();
    for (number, line) in (1..).zip(lines) {
        reader.line(number, line).map_err(|fault| at(number, fault))?;
    }
    let quorum = reader.quorum.ok_or(at(last.max(1), PolicyFault::NoQuorum))?;
    let Reader { logs, witnesses, groups, .. } = reader;
    Ok(Policy { logs, witnesses, groups, quorum })
}

#[derive(Default)]
struct Reader {
    logs: Vec<PolicyLog>,
    witnesses: Vec<PolicyWitness>,
    groups: Vec<Group>,
    quorum: Option<Option<Member>>,
    names: HashMap<Vec<u8>, Member>,
    members: HashSet<Vec<u8>>,
    /// Lines of the keys so far, by their bytes.
    keys: HashMap<Vec<u8>, usize>,
}

impl Reader {
    fn line(&mut self, number: usize, line: &[u8]) -> Result<(), PolicyFault> {
        let bad = |byte: &&u8| !matches!(**byte, b'\t' | 0x20..=0x7e | 0x80..);
        if let Some(byte) = line.iter().find(bad) {
            return Err(PolicyFault::Byte(*byte));
        }
        let words = line.split(|byte| matches!(byte, b' ' | b'\t'));
        let words: Vec<&[u8]> = words.filter(|word| !word.is_empty()).collect();
        let Some((first, rest)) = words.split_first() else { return Ok(()) };
        match *first {
            [b'#', ..] => Ok(()),
            b"log" => self.log(number, rest),
            b"witness" => self.witness(number, rest),
            b"group" => self.group(rest),
            b"quorum" => self.quorum(rest),
            other => Err(PolicyFault::Word(text(other))),
        }
    }

    fn log(&mut self, number: usize, words: &[&[u8]]) -> Result<(), PolicyFault> {
        let (key, url) = key_and_url(words, LOG)?;
        if let Some(NoteKeyKind::Cosignature) = key.verified().map(VerifierKey::kind) {
            let (name, kind) = (key.name().to_owned(), NoteKeyKind::Cosignature.byte());
            return Err(PolicyFault::KeyType { name, kind, role: "log", wanted: "0x01 or 0x06" });
        }
        self.take_key(number, &key)?;
        self.logs.push(PolicyLog { key, url });
        self.check_count()
    }

    fn witness(&mut self, number: usize, words: &[&[u8]]) -> Result<(), PolicyFault> {
        let (name, rest) = words.split_first().ok_or(PolicyFault::Form(WITNESS))?;
        let (key, url) = key_and_url(rest, WITNESS)?;
        if let Some(NoteKeyKind::Ed25519) = key.verified().map(VerifierKey::kind) {
            let (name, kind) = (key.name().to_owned(), NoteKeyKind::Ed25519.byte());
            let (role, wanted) = ("witness", "0x04 or 0x06");
            return Err(PolicyFault::KeyType { name, kind, role, wanted });
        }
        self.take_key(number, &key)?;
        let name = self.define(name, Member::Witness(self.witnesses.len()))?;
        self.witnesses.push(PolicyWitness { name, key, url });
        self.check_count()
    }

    fn group(&mut self, words: &[&[u8]]) -> Result<(), PolicyFault> {
        let [name, threshold, members @ ..] = words else { return Err(PolicyFault::Form(GROUP)) };
        if members.is_empty() {
            return Err(PolicyFault::Form(GROUP));
        }
        let threshold = threshold_of(threshold, members.len())?;
        let members = members.iter().map(|name| self.member(name)).collect::<Result<_, _>>()?;
        let name = self.define(name, Member::Group(self.groups.len()))?;
        self.groups.push(Group { name, threshold, members });
        self.check_count()
    }

    fn quorum(&mut self, words: &[&[u8]]) -> Result<(), PolicyFault> {
        let [name] = words else { return Err(PolicyFault::Form(QUORUM)) };
        if self.quorum.is_some() {
            return Err(PolicyFault::SecondQuorum);
        }
        let none = *name == b"none";
        self.quorum = Some(if none { None } else { Some(self.find(name)?) });
        Ok(())
    }

    /// A name can be a member once, so that a witness counts in one way alone.
    fn member(&mut self, name: &[u8]) -> Result<Member, PolicyFault> {
        if name == b"none" {
            return Err(PolicyFault::None);
        }
        let found = self.find(name)?;
        match self.members.insert(name.to_vec()) {
            true => Ok(found),
            false => Err(PolicyFault::Member(text(name))),
        }
    }

    fn find(&self, name: &[u8]) -> Result<Member, PolicyFault> {
        self.names.get(name).copied().ok_or_else(|| PolicyFault::Unknown(text(name)))
    }

    fn define(&mut self, name: &[u8], member: Member) -> Result<PolicyName, PolicyFault> {
        if name == b"none" {
            return Err(PolicyFault::None);
        }
        match self.names.insert(name.to_vec(), member) {
            None => Ok(PolicyName(name.to_vec())),
            Some(_) => Err(PolicyFault::Taken(text(name))),
        }
    }

    /// One key stands on one line: not as two witnesses, and not as log and witness (W-21).
    fn take_key(&mut self, line: usize, key: &PolicyKey) -> Result<(), PolicyFault> {
        match self.keys.insert(key.public().to_vec(), line) {
            None => Ok(()),
            Some(before) => Err(PolicyFault::Repeated(before)),
        }
    }

    fn check_count(&self) -> Result<(), PolicyFault> {
        let count = self.logs.len() + self.witnesses.len() + self.groups.len();
        if count <= limits::WITNESS_POLICY_NAMES { Ok(()) } else { Err(PolicyFault::Names) }
    }
}

/// A key and perhaps a URL. Some write the URL first (W-22); no URL reads as a key.
fn key_and_url(
    words: &[&[u8]],
    form: &'static str,
) -> Result<(PolicyKey, Option<String>), PolicyFault> {
    let url = |word: &[u8]| String::from_utf8(word.to_vec()).map_err(|_| PolicyFault::Url);
    match words {
        [key] => Ok((key_of(key)?, None)),
        [first, second] => match (key_of(first), key_of(second)) {
            (Ok(key), _) => Ok((key, Some(url(second)?))),
            (Err(PolicyFault::Key(VkeyError::Form)), Ok(key)) => Ok((key, Some(url(first)?))),
            (Err(fault), _) => Err(fault),
        },
        _ => Err(PolicyFault::Form(form)),
    }
}

fn key_of(word: &[u8]) -> Result<PolicyKey, PolicyFault> {
    let text = std::str::from_utf8(word).map_err(|_| PolicyFault::Key(VkeyError::Form))?;
    match text.parse() {
        Ok(key) => Ok(PolicyKey::Ed25519(key)),
        Err(VkeyError::Kind { kind: ML_DSA_44, .. }) => ml_dsa_44(text).map_err(PolicyFault::Key),
        Err(error) => Err(PolicyFault::Key(error)),
    }
}

fn ml_dsa_44(text: &str) -> Result<PolicyKey, VkeyError> {
    let VkeyText { name, id, public, .. } = VkeyText::read(text)?;
    if public.len() != ML_DSA_44_BYTES {
        return Err(VkeyError::Form);
    }
    if !is_key_name(name) {
        return Err(VkeyError::Name(name.chars().take(limits::ID_BYTES).collect()));
    }
    let computed = key_id(name, ML_DSA_44, &public);
    if computed != id {
        let (found, computed) = (to_hex(&id), to_hex(&computed));
        return Err(VkeyError::Id { name: name.to_owned(), found, computed });
    }
    Ok(PolicyKey::MlDsa44 { name: name.to_owned(), id, public })
}

fn threshold_of(word: &[u8], members: usize) -> Result<usize, PolicyFault> {
    let bad = || PolicyFault::Threshold(text(word), members);
    match word {
        b"all" => Ok(members),
        b"any" => Ok(1),
        // No sign and no leading zero.
        [b'1'..=b'9', ..] => {
            let number = std::str::from_utf8(word).ok().and_then(|word| word.parse().ok());
            number.filter(|number| *number <= members).ok_or_else(bad)
        }
        _ => Err(bad()),
    }
}

/// What a message shows of a word.
fn text(word: &[u8]) -> String {
    String::from_utf8_lossy(word).chars().take(limits::ID_BYTES).collect()
}
