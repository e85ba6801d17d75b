//! An auditor who was here before: pins, age, a log that was rewritten.

use ledgit_core::time::Timestamp;
use ledgit_store::keys::LocalKey;
use serde_json::json;

use super::Story;
use super::rare::{found, no_passphrase, now};
use crate::world::World;

impl Story {
    pub fn auditing(&mut self, world: &World) {
        let (world, other) = (world.copy(), world.copy());
        world.record("model.bin", &["--name", "left"]).good();
        other.record("model.bin", &["--name", "right"]).good();
        let nothing = self.ends(&world, &["verify", "--save-pin", "head.pin"], 4);
        assert!(nothing["saved_pin"].is_null());
        let id = nothing["ledger"].as_str().unwrap();
        let saved = self.good(&world, &["verify", "--trust", id, "--save-pin", "head.pin"]);
        assert_eq!(saved["saved_pin"], "head.pin");
        let before = self.good(&world, &["verify", "--pin", "head.pin"]);
        assert!(before["heads"].is_null());
        let from = other.path("repo").display().to_string();
        world.git(&["fetch", "-q", &from, "+refs/ledgit/log:refs/ledgit/log"]);
        let found = self.ends(&world, &["verify"], 1);
        let (file, vkey) = (found["heads"].as_str().unwrap(), found["vkey"].as_str().unwrap());
        let proven = self.good(&world, &["check", file, "--vkey", vkey]);
        self.fails(&world, &["check", file, "--vkey", vkey, "--row", file], 2, "LG2050");
        assert_eq!(proven["contradicts"], found["root"]);
        world.git(&["update-ref", "refs/ledgit/log", "refs/ledgit/log^"]);
        let found = self.ends(&world, &["verify"], 1);
        let file = found["heads"].as_str().unwrap();
        let open = self.ends(&world, &["check", file, "--vkey", vkey], 4);
        assert!(open["contradicts"].is_null(), "{open:#}");
        self.stale();
        self.again(&other);
    }

    /// A ledger that is long enough to go on from where it was verified before.
    fn again(&mut self, world: &World) {
        let metric = |seed: u64| {
            json!({"kind": "metric", "model": "model.bin", "name": "auc", "value": "0.91",
                "tool": "sklearn", "seed": seed.to_string(), "from": "2026-01-01",
                "until": "2026-02-01"})
        };
        let all = json!({ "statements": (0..1_024).map(metric).collect::<Vec<_>>() });
        std::fs::write(world.path("repo/many.json"), all.to_string()).unwrap();
        let key = world.key("ci");
        self.good(world, &["record", "--key", &key, "--from", "many.json"]);
        let id = self.good(world, &["status"])["ledger"].as_str().unwrap().to_owned();
        let verify = ["verify", "--trust", &id];
        let first = self.good(world, &verify);
        assert!(first["since"].is_null());
        let second = self.good(world, &verify);
        assert_eq!(second["since"]["size"], first["size"]);
        let full = self.good(world, &[&verify[..], &["--full"]].concat());
        assert!(full["since"].is_null());
    }

    /// A ledger of nine days ago.
    fn stale(&mut self) {
        let world = World::new(&[]);
        let ana = LocalKey::open(world.key("ana").as_ref(), &no_passphrase).unwrap();
        let then = Timestamp::from_seconds(now().seconds() - 9 * 86_400).unwrap();
        found(&world, &ana, then);
        let verify = ["verify", "--trust-first-use", "--max-age"];
        let said = self.ends(&world, &[&verify[..], &["1d"]].concat(), 4);
        assert_eq!(said["verdict"], "stale");
        self.good(&world, &[&verify[..], &["10d"]].concat());
    }
}
