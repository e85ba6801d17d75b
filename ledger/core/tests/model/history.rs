//! Random histories: what is drawn becomes something that may be said after what was said before.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::Signer as _;
use ledgit_core::authority::enrolment;
use ledgit_core::digest::{KeyId, LeafHash, LedgerId};
use ledgit_core::merkle::{Rfc6962, TreeHash as _};
use ledgit_core::signature::PublicKey;
use ledgit_core::statement::*;

use super::naive::{Event, Said, View, What};
use super::sheet::{Keys, Name, Need, Sheet};
use crate::support::{self, evidence, key, public, text, time};

pub const LOG: u8 = 1;
pub const ORIGIN: &str = "bank.example/credit-01234567";
const PERSONS: [Name; 5] = ["ana", "ben", "cleo", "dora", "eve"];
const GROUPS: [Name; 2] = ["risk", "law"];
const START: u64 = 1_700_000_000;
const SEEDS: u8 = 40;

static POOL: LazyLock<Vec<(PublicKey, KeyId, String)>> = LazyLock::new(|| {
    let key = |seed| (public(seed), public(seed).thumbprint(), public(seed).ssh_text());
    (0..=SEEDS).map(key).collect()
});

pub fn pool(seed: u8) -> &'static PublicKey {
    &POOL[seed as usize].0
}

thread_local! {
    static PROOFS: RefCell<HashMap<(LedgerId, Name, u8), [u8; 64]>> = RefCell::default();
}

fn proof(ledger: LedgerId, holder: Name, seed: u8) -> [u8; 64] {
    let sign = || key(seed).sign(&enrolment(ledger, holder, pool(seed))).to_bytes();
    PROOFS.with_borrow_mut(|all| *all.entry((ledger, holder, seed)).or_insert_with(sign))
}

/// A place by its number; 0 is the genesis's.
pub fn place(number: u8) -> AuthorityPlace {
    let urls = || [text("https://git.bank.example/x")].into_iter().collect();
    match number {
        0 => AuthorityPlace::Repository(RepositoryPlace { id: support::genesis().authority.id }),
        1 => AuthorityPlace::Repository(RepositoryPlace { id: [number; 16] }),
        2 => AuthorityPlace::Remote(RemotePlace { urls: urls() }),
        _ => AuthorityPlace::Service(ServicePlace { id: [number; 16], urls: urls() }),
    }
}

/// One drawn step: which, and four numbers that choose.
pub type Draw = (u8, u8, u8, u8, u8);

pub struct History {
    pub genesis: Sheet,
    pub events: Vec<Event>,
    pub entries: Vec<Vec<u8>>,
    pub documents: BTreeMap<LeafHash, Vec<u8>>,
}

fn of<T: Copy>(all: &[T], which: u8) -> T {
    all[which as usize % all.len()]
}

/// Somebody of the roster with a key of theirs; now and then with another.
fn speaker(view: &View<'_>, a: u8, b: u8) -> (Name, u8) {
    chosen(&view.roster().1.everybody().collect::<Vec<_>>(), view.log_key().1, a, b)
}

/// The same, and nearly always a person.
fn voter(view: &View<'_>, a: u8, b: u8) -> (Name, u8) {
    let (_, roster) = view.roster();
    let all = roster.everybody().take(roster.people.len() + usize::from(b.is_multiple_of(16)));
    chosen(&all.collect::<Vec<_>>(), view.log_key().1, a, b)
}

fn chosen(all: &[(&Name, &Keys)], log_key: u8, a: u8, b: u8) -> (Name, u8) {
    let (name, keys) = of(all, a);
    let keys: Vec<u8> = keys.keys().copied().collect();
    match b {
        0..=9 => (name, 2 + b),
        10..=13 => (of(&PERSONS, a), of(&keys, a)),
        14 => (name, log_key),
        _ => (name, of(&keys, b)),
    }
}

impl History {
    /// Three persons and a service; so many must agree.
    pub fn begin(threshold: u64) -> Self {
        let keys = |seeds: &[u8]| seeds.iter().map(|seed| (*seed, false)).collect::<Keys>();
        let people = [("ana", keys(&[2, 3])), ("ben", keys(&[4])), ("cleo", keys(&[6]))];
        let need = Need { persons: threshold, group: None };
        let genesis = Sheet {
            people: people.into(),
            services: [("ci", keys(&[5]))].into(),
            groups: BTreeMap::new(),
            roster: need.clone(),
            log_key: need.clone(),
            correction: need,
            own_work: threshold == 3,
            compromised: BTreeMap::new(),
        };
        let mut history =
            Self { genesis, events: Vec::new(), entries: Vec::new(), documents: BTreeMap::new() };
        let body = history.founding(threshold);
        history.say(ORIGIN, LOG, What::Genesis, body.into(), START);
        history.tell_time(LOG, START);
        history
    }

    fn founding(&self, threshold: u64) -> Genesis {
        let principal = |kind| {
            move |(name, keys): (&Name, &Keys)| Principal {
                id: text(name),
                kind,
                keys: keys.keys().map(|seed| Key(*pool(*seed))).collect(),
            }
        };
        let people = self.genesis.people.iter().map(principal(PrincipalKind::Person));
        let services = self.genesis.services.iter().map(principal(PrincipalKind::Service));
        let roster = Roster { threshold, principals: people.chain(services).collect() };
        Genesis { roster, ..support::genesis() }
    }

    pub fn view(&self) -> View<'_> {
        View::of(&self.genesis, LOG, &self.events)
    }

    fn ledger(&self) -> LedgerId {
        LedgerId(Rfc6962::leaf(&self.entries[0]))
    }

    fn say(&mut self, by: Name, seed: u8, what: What, body: Body, clock: u64) -> LeafHash {
        let envelope = Envelope {
            alg: Alg::EdDsa,
            kid: POOL[seed as usize].1,
            iss: by.into(),
            iat: time(clock),
            aud: (body.kind() != Kind::Genesis).then(|| self.ledger()),
            cti: self.entries.len().to_be_bytes().to_vec(),
            seen: None,
            group: None,
            prev: None,
        };
        let bytes = Statement { envelope, body }.encode_unchecked(&[0; 64]);
        let leaf = LeafHash(Rfc6962::leaf(&bytes));
        self.entries.push(bytes);
        self.events.push(Event::Said(Box::new(Said { leaf, by, key: seed, what })));
        leaf
    }

    fn tell_time(&mut self, seed: u8, at: u64) {
        self.say(ORIGIN, seed, What::Time(at), TimeMark { time: time(at) }.into(), at);
    }

    /// Does one drawn step.
    pub fn step(&mut self, (which, a, b, c, d): Draw, clock: u64, founding: bool) {
        match which % 16 {
            0 => self.accept(a, b, clock),
            2..=5 if founding => self.accept(a, b, clock),
            1 | 2 => self.propose_roster([a, b, c, d], clock),
            3 => self.propose_place([a, b, c, d], clock),
            4 => self.propose_log_key([a, b, c, d], clock),
            5 => self.correct(a, clock),
            6 | 7 => self.end_checkpoint([a, b, c], clock),
            _ if founding => self.accept(a, b, clock),
            _ => self.vote([a, b, c, d], clock),
        }
    }

    fn accept(&mut self, a: u8, b: u8, clock: u64) {
        let verdict = match a {
            0..=200 => Verdict::Approve,
            201..=230 => Verdict::Reject,
            _ => Verdict::Withdraw,
        };
        let view = self.view();
        let ((by, seed), on) = (voter(&view, a, b), view.said[0].leaf);
        self.cast(by, seed, on, verdict, None, clock);
    }

    fn cast(
        &mut self,
        by: Name,
        seed: u8,
        on: LeafHash,
        verdict: Verdict,
        expires: Option<u64>,
        clock: u64,
    ) {
        let said = crate::history::verdict(on, verdict);
        let body = Approval { expires: expires.map(time), ..said };
        self.say(by, seed, What::Vote { on, verdict, expires }, body.into(), clock);
    }

    fn vote(&mut self, [a, b, c, d]: [u8; 4], clock: u64) {
        let view = self.view();
        let changes: Vec<usize> = view.changes().collect();
        let open: Vec<usize> =
            changes.iter().copied().filter(|at| view.end_of(*at).is_none()).collect();
        let on = match (open.last(), c) {
            (Some(last), 90..) => *last,
            (Some(_), 20..) => of(&open, c),
            (None, 20..) => return self.propose_roster([a, b, c, d], clock),
            _ if changes.is_empty() => return self.propose_log_key([a, b, c, d], clock),
            _ => of(&changes, c),
        };
        let on = view.said[on].leaf;
        let verdict = match d % 8 {
            0..=5 => Verdict::Approve,
            6 => Verdict::Reject,
            _ => Verdict::Withdraw,
        };
        let expires = (d >= 200).then(|| clock + u64::from(d) - 210);
        let (by, seed) = voter(&view, a, b);
        self.cast(by, seed, on, verdict, expires, clock);
    }

    fn correct(&mut self, a: u8, clock: u64) {
        let view = self.view();
        let ((by, seed), corrects) = (speaker(&view, a, a), view.said[0].leaf);
        let body = Correction { corrects, replacement: None, ..support::correction() };
        self.say(by, seed, What::Correction, body.into(), clock);
    }

    fn propose_log_key(&mut self, [a, b, c, d]: [u8; 4], clock: u64) {
        let view = self.view();
        let replaces = match d {
            0..=40 => view.said[0].leaf,
            _ => view.said[view.log_key().0].leaf,
        };
        let (seed, proven) = (1 + c % SEEDS, !d.is_multiple_of(8));
        let signed = if proven { proof(self.ledger(), ORIGIN, seed) } else { [9; 64] };
        let (by, own) = speaker(&view, a, b);
        let change = Change::LogKey(NewLogKey { key: Key(*pool(seed)), proof: signed });
        let what = What::LogKey { seed, proven, replaces };
        self.say(by, own, what, Proposal { change, replaces }.into(), clock);
    }

    fn propose_place(&mut self, [a, b, c, d]: [u8; 4], clock: u64) {
        let view = self.view();
        let replaces = view.said[if d <= 40 { 0 } else { view.place().0 }].leaf;
        let (number, (by, own)) = (c % 4, speaker(&view, a, b));
        let body = Proposal { change: Change::Authority(place(number)), replaces };
        self.say(by, own, What::Place { number, replaces }, body.into(), clock);
    }

    fn end_checkpoint(&mut self, [a, b, c]: [u8; 3], clock: u64) {
        let view = self.view();
        let wanted = view.changes().filter_map(|at| match view.said[at].what {
            What::LogKey { seed, .. } => Some(seed),
            _ => None,
        });
        let wanted: Vec<u8> = wanted.collect();
        self.events.push(Event::Close);
        let view = self.view();
        let log_key = view.log_key().1;
        let seed = match a {
            0..=9 => 1 + b % SEEDS,
            10..=39 if !wanted.is_empty() => of(&wanted, b),
            _ => log_key,
        };
        // A stranger's time that ended with the checkpoint set no clock.
        let clock = view.clock().unwrap_or(clock);
        self.tell_time(seed, clock + u64::from(c % 32));
    }

    fn propose_roster(&mut self, [a, b, c, d]: [u8; 4], clock: u64) {
        let view = self.view();
        let (leaf, sheet) = view.roster();
        let stale = d < 20;
        let replaces = view.said[if stale { 0 } else { leaf }].leaf;
        let mut sheet = sheet.clone();
        let position = self.entries.len() as u64;
        edit(&mut sheet, b, c, position);
        if d.is_multiple_of(4) {
            edit(&mut sheet, c, d.wrapping_mul(37), position);
        }
        let document = written(&sheet, self.ledger());
        let (by, seed) = speaker(&view, a, d);
        let body = Proposal { change: Change::Roster(evidence(&document)), replaces };
        let what = What::Roster { sheet, replaces };
        let leaf = self.say(by, seed, what, body.into(), clock);
        self.documents.insert(leaf, document.into_bytes());
    }
}

/// Changes a roster; not always into one that may be.
fn edit(sheet: &mut Sheet, which: u8, c: u8, position: u64) {
    let (name, seed) = (of(&PERSONS, c), 7 + (c ^ which) % (SEEDS - 7));
    let need = Need {
        persons: u64::from(c % 4),
        group: (c > 100).then(|| (of(&GROUPS, c), u64::from(c % 3))),
    };
    let declared = !sheet.compromised.is_empty();
    match which % 16 {
        13 if declared => match sheet.compromised.iter_mut().next() {
            Some((_, since)) if c.is_multiple_of(2) => {
                *since = since.wrapping_add_signed(i64::from(c % 3) - 1)
            }
            _ => drop(sheet.compromised.pop_first()),
        },
        // Enrolled, with or without proof; in exchange for the old keys.
        0..=2 => drop(sheet.people.entry(name).or_default().insert(seed, !c.is_multiple_of(8))),
        3 | 4 => drop(sheet.people.insert(name, [(seed, true)].into())),
        5 => leave(sheet, name),
        6 => {
            let all = sheet.groups.entry(of(&GROUPS, which ^ c)).or_default();
            if !all.remove(name) {
                all.insert(name);
            }
        }
        7 => sheet.roster = need,
        8 => sheet.log_key = need,
        9 => sheet.correction = need,
        10 => sheet.own_work = !sheet.own_work,
        11..=14 => compromise(sheet, name, seed, position.saturating_sub(u64::from(c % 8))),
        _ => move_key(sheet, name, c),
    }
}

fn leave(sheet: &mut Sheet, name: Name) {
    sheet.people.remove(name);
    for all in sheet.groups.values_mut() {
        all.remove(name);
    }
    sheet.groups.retain(|_, all| !all.is_empty());
}

fn compromise(sheet: &mut Sheet, name: Name, new: u8, since: u64) {
    let Some(keys) = sheet.people.get_mut(name) else { return };
    if let Some((old, _)) = keys.pop_first() {
        sheet.compromised.insert(old, since);
    }
    keys.insert(new, true);
}

fn move_key(sheet: &mut Sheet, to: Name, c: u8) {
    let keys: Vec<u8> = sheet.everybody().flat_map(|(_, keys)| keys.keys().copied()).collect();
    let seed = of(&keys, c);
    if c.is_multiple_of(2) {
        sheet.people.values_mut().for_each(|keys| _ = keys.remove(&seed));
        sheet.people.retain(|_, keys| !keys.is_empty());
    }
    sheet.people.entry(to).or_default().insert(seed, true);
}

/// The document of a roster, written apart from the code under test.
fn written(sheet: &Sheet, ledger: LedgerId) -> String {
    let mut text = "ledgit: roster/1\n".to_owned();
    let own_work = if sheet.own_work { "allowed" } else { "refused" };
    let _ = writeln!(text, "own-work: {own_work}");
    for (title, members) in [("people", &sheet.people), ("services", &sheet.services)] {
        let _ = writeln!(text, "{title}:{}", if members.is_empty() { " {}" } else { "" });
        for (name, keys) in members {
            let _ = writeln!(text, "  {name}:{}", if keys.is_empty() { " []" } else { "" });
            for (seed, proven) in keys {
                let _ = writeln!(text, "  - key: {}", POOL[*seed as usize].2);
                if *proven {
                    let proof = STANDARD.encode(proof(ledger, name, *seed));
                    let _ = writeln!(text, "    proof: {proof}");
                }
            }
        }
    }
    let _ = writeln!(text, "groups:{}", if sheet.groups.is_empty() { " {}" } else { "" });
    for (name, all) in &sheet.groups {
        let all: Vec<_> = all.iter().copied().collect();
        let _ = writeln!(text, "  {name}: [{}]", all.join(", "));
    }
    text.push_str("thresholds:\n");
    let needs =
        [("roster", &sheet.roster), ("log-key", &sheet.log_key), ("correction", &sheet.correction)];
    for (name, need) in needs {
        let group = need.group.map(|(group, n)| format!("{group}: {n}")).unwrap_or_default();
        let _ = writeln!(text, "  {name}: {{persons: {}, groups: {{{group}}}}}", need.persons);
    }
    if !sheet.compromised.is_empty() {
        text.push_str("compromised:\n");
    }
    for (seed, since) in &sheet.compromised {
        let _ = writeln!(text, "  - {{key: {}, since: {since}}}", POOL[*seed as usize].2);
    }
    text
}
