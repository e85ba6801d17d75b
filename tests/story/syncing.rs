//! Statements that wait in clones: left, pushed, ordered, refused, held, gone.

use std::fs;

use serde_json::Value;

use super::Story;
use crate::world::{LEDGIT, Ran, World};

impl Story {
    pub fn syncing(&mut self) {
        let world = World::founded(&[]);
        let (ci, ana) = (world.key("ci"), world.key("ana"));
        self.good(&world, &["status"]);
        world.git(&["add", "."]);
        world.git(&["commit", "-qm", "code"]);
        for clone in ["../one", "../two"] {
            self.good(&world, &["clone", ".", clone]);
        }
        let record = |clone: &'static str, rest: &[&str]| -> Vec<String> {
            let start = ["--repo", clone, "record", "--key", &ci];
            start.iter().chain(rest).map(|word| (*word).to_owned()).collect()
        };
        let mut good = |arguments: &[String]| -> Value {
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            self.good(&world, &arguments)
        };
        let once =
            record("../one", &["--idempotency-key", "once", "model", "model.bin", "--no-commit"]);
        let left = good(&once);
        assert_eq!((&left["schema"], &left["new"]), (&"ledgit.pending/1".into(), &true.into()));
        assert_eq!(good(&once)["new"], false);
        let drop = left["drop"].as_str().unwrap().to_owned();
        assert_eq!(good(&["--repo", "../one", "status"].map(str::to_owned))["pending"], 1);
        let sync = |clone: &str| ["--repo", clone, "sync"].map(str::to_owned);
        assert_eq!(good(&sync("../one"))["pushed"][0]["drop"], drop.as_str());
        assert_eq!(good(&sync("../one"))["pending"][0]["drop"], drop.as_str());
        let place = format!("refs/ledgit/inbox/{drop}");
        let commit = world.git(&["rev-parse", &place]);
        world.git(&["update-ref", "-d", &place]);
        let gone = self.ends(&world, &["--repo", "../one", "sync"], 3);
        assert_eq!(gone["vanished"][0], drop.as_str());
        // Another machine says something else under the same key.
        fs::write(world.path("two/model.bin"), "another").unwrap();
        let taken = record(
            "../two",
            &["--idempotency-key", "once", "model", "../two/model.bin", "--no-commit"],
        );
        let taken: Vec<&str> = taken.iter().map(String::as_str).collect();
        self.good(&world, &taken);
        let ordered = self.good(&world, &["sequence"]);
        assert_eq!(ordered["logged"][0]["new"], true);
        world.git(&["update-ref", &place, &commit]);
        assert_eq!(self.good(&world, &["sequence"])["logged"][0]["new"], false);
        let heard = self.good(&world, &["--repo", "../one", "sync"]);
        assert!(heard["logged"][0]["positions"][0].is_u64(), "{heard:#}");
        world.git(&[
            "-C",
            "../two",
            "push",
            "-q",
            "origin",
            "refs/ledgit/inbox/*:refs/ledgit/inbox/*",
        ]);
        assert!(self.good(&world, &["sequence"])["refused"][0]["reasons"][0]["code"] == "LG2024");
        let heard = self.ends(&world, &["--repo", "../two", "sync"], 3);
        assert_eq!(heard["refused"][0]["reasons"][0]["code"], "LG2024");
        self.anchored_elsewhere(&world, &ci);
        self.held_and_ahead(&world, &ci);
        let lost = ["--repo", "../one", "sync", "--remote", "../nowhere"];
        self.fails(&world, &lost, 2, "LG2060");
        world.git(&["-C", "../one", "remote", "remove", "origin"]);
        self.fails(&world, &["--repo", "../one", "sync"], 2, "LG2085");
        self.fails(&world, &["sequence", "--remote", "origin"], 2, "LG2050");
        let bad = ["--repo", "../one", "sync", "--remote", "ext::true"];
        self.fails(&world, &bad, 2, "LG2050");
        let _ = ana;
    }

    fn anchored_elsewhere(&mut self, world: &World, ci: &str) {
        let record = ["--repo", "../one", "record", "--key", ci, "model", "model.bin"];
        self.good(world, &[&record[..], &["--name", "published"]].concat());
        world.git(&["-C", "../one", "commit", "-q", "--allow-empty", "-m", "secret"]);
        self.good(world, &[&record[..], &["--name", "secret"]].concat());
        let heard = self.good(world, &["--repo", "../one", "sync"]);
        assert_eq!(heard["anchored"], 1);
        assert!(heard["unpublished"][0].is_string(), "{heard:#}");
        self.good(world, &["sequence"]);
        self.good(world, &["--repo", "../one", "sync"]);
    }

    /// One that names what is not there yet waits; one whose author saw more shows a rollback.
    fn held_and_ahead(&mut self, world: &World, ci: &str) {
        let record = ["--repo", "../one", "record", "--key", ci, "--chain"];
        let mut left = |name: &str| {
            let said = self.good(
                world,
                &[&record[..], &["model", "model.bin", "--no-commit", "--name", name]].concat(),
            );
            format!("refs/ledgit/inbox/{}", said["drop"].as_str().unwrap())
        };
        let (_, second) = (left("first"), left("second"));
        world.git(&["-C", "../one", "push", "-q", "origin", &second]);
        let held = self.good(world, &["sequence"]);
        assert_eq!(held["held"][0]["ahead"], false);
        self.good(world, &["--repo", "../one", "sync"]);
        self.good(world, &["sequence"]);
        self.good(world, &["--repo", "../one", "sync"]);
        let newest = world.git(&["rev-parse", "refs/ledgit/log"]);
        let model =
            ["--repo", "../one", "record", "--key", ci, "model", "model.bin", "--no-commit"];
        self.good(world, &[&model[..], &["--name", "later"]].concat());
        self.good(world, &["--repo", "../one", "sync"]);
        world.git(&["update-ref", "refs/ledgit/log", &format!("{newest}^")]);
        world.git(&["update-ref", "-d", "refs/ledgit/next"]);
        let mut elsewhere = world.command(LEDGIT);
        elsewhere.env("LEDGIT_STATE_DIR", world.path("home/elsewhere"));
        let ran = Ran::of(elsewhere.args(["--format", "json", "sequence"]).output().unwrap());
        assert_eq!(ran.exit, Some(3), "{}{}", ran.stdout, ran.stderr);
        assert_eq!(self.document(&ran)["held"][0]["ahead"], true);
        self.fails(world, &["--repo", "../one", "sync"], 1, "LG1309");
        world.git(&["update-ref", "refs/ledgit/log", &newest]);
    }
}
