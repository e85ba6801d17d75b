//! A ledger whose clock is set: what was logged in April, May and June of 2025.

use std::time::Duration;

use ledgit_core::digest::Digests;
use ledgit_core::signature::Signer as _;
use ledgit_core::statement::*;
use ledgit_core::time::Timestamp;
use ledgit_store::durable::Writer;
use ledgit_store::git::Repository;
use ledgit_store::keys::{KeysError, LocalKey, open_log_key};
use ledgit_store::ledger::{DIRECTORY, Founding, Ledger, Memory, Submission, create};
use serde_json::Value;

use crate::world::World;

const PEOPLE: [(&str, &str); 2] = [("ana@bank.example", "ana"), ("ci-train", "ci")];

pub struct Dated {
    pub world: World,
}

fn locked(path: &std::path::Path) -> Result<zeroize::Zeroizing<String>, KeysError> {
    Err(KeysError::Passphrase(path.to_owned()))
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn deployed(model: &str, environment: &str) -> Body {
    Deployment {
        target: None,
        subject: Digests::of(model.as_bytes()),
        decision: None,
        environment: environment.parse().unwrap(),
    }
    .into()
}

impl Dated {
    pub fn new() -> Self {
        let bank = Self { world: World::new(&[]) };
        let principal = |(id, name): &(&str, &str)| Principal {
            id: id.parse().unwrap(),
            kind: if id.contains('@') { PrincipalKind::Person } else { PrincipalKind::Service },
            keys: [Key(bank.key(name).public_key())].into_iter().collect(),
        };
        let founding = Founding {
            name: "bank.example/credit".into(),
            roster: Roster { threshold: 1, principals: PEOPLE.iter().map(principal).collect() },
            skew: 3_600,
            continues: None,
        };
        let repository = Repository::discover(&bank.world.path("repo")).unwrap();
        let began = time("2025-04-01T00:00:00Z");
        create(repository, bank.memory(), Writer::default(), founding, began).unwrap();
        bank
    }

    fn memory(&self) -> Memory {
        Memory::at(&self.world.path("home/state"))
    }

    fn key(&self, name: &str) -> LocalKey {
        LocalKey::open(self.world.key(name).as_ref(), &locked).unwrap()
    }

    /// Logs what somebody says, in one checkpoint at a time of the log.
    pub fn at(&self, clock: &str, said: &[(&str, Body)]) {
        let mut ledger = Ledger::open(&self.world.path("repo"), self.memory()).unwrap();
        let (now, aud) = (time(clock), Some(ledger.id()));
        let sign = |(at, (iss, body)): (usize, &(&str, Body))| {
            let (_, name) = PEOPLE.iter().find(|(id, _)| id == iss).unwrap();
            let key = self.key(name);
            let envelope = Envelope {
                alg: Alg::EdDsa,
                kid: key.public_key().thumbprint(),
                iss: (*iss).into(),
                iat: now,
                aud,
                cti: format!("{clock} {at}").into_bytes(),
                seen: None,
                group: None,
                prev: None,
            };
            let unsigned = Statement { envelope, body: body.clone() }.prepare().unwrap();
            let signature = key.sign(&unsigned.to_be_signed()).unwrap();
            unsigned.seal(signature)
        };
        let statements = said.iter().enumerate().map(sign).collect();
        let directory = ledger.repository().common_dir().join(DIRECTORY);
        let log_key = open_log_key(&directory, &locked).unwrap();
        let submission = Submission { statements, ..Submission::default() };
        ledger.append(submission, &log_key.into(), now, Duration::from_secs(60)).unwrap();
    }

    /// Deployments from April to June, some a second before a month ends or as it begins.
    pub fn year(&self) {
        let (ana, ci) = ("ana@bank.example", "ci-train");
        for (clock, who, place) in [
            ("2025-04-10T12:00:00Z", ci, "production"),
            ("2025-04-30T23:59:59Z", ana, "production"),
            ("2025-05-01T00:00:00Z", ci, "production"),
            ("2025-05-15T08:00:00Z", ana, "staging"),
            ("2025-05-31T23:59:59Z", ci, "production"),
            ("2025-06-01T00:00:00Z", ci, "production"),
            ("2025-06-20T00:00:00Z", ana, "production"),
        ] {
            self.at(clock, &[(who, deployed(clock, place)), (ci, deployed(clock, "test"))]);
        }
    }

    fn log(&self) -> Vec<Value> {
        let log = self.world.json(&["log", "--all"]);
        log["entries"].as_array().unwrap().clone()
    }

    fn positions(&self, wanted: impl Fn(&Value) -> bool) -> Vec<u64> {
        let log = self.log();
        let wanted = log.iter().filter(|entry| wanted(entry));
        wanted.map(|entry| entry["entry"].as_u64().unwrap()).collect()
    }

    /// Positions of what somebody said.
    pub fn by(&self, issuer: &str) -> Vec<u64> {
        self.positions(|entry| entry["issuer"] == issuer)
    }

    /// Positions of deployments in a month, by their authors' clocks, which are the log's here.
    pub fn deployed_in(&self, month: &str, environment: &str) -> Vec<u64> {
        self.positions(|entry| {
            entry["issued"].as_str().unwrap().starts_with(month)
                && entry["statement"]["environment"] == environment
        })
    }
}
