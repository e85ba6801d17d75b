//! Witnesses: a server, a clone, and a log that asks.

use std::fs;

use serde_json::Value;

use super::Story;
use crate::server::{Server, key, serve, witness_name};
use crate::world::{Ran, World};

impl Story {
    pub fn witnessing(&mut self, world: &World) {
        let world = world.copy();
        let log = self.good(&world, &["status"])["vkey"].as_str().unwrap().to_owned();
        let server = Server::start(&world, "one", &[&log]);
        let stdout = server.stdout.clone();
        let said = self.document(&Ran { exit: Some(0), stdout, stderr: String::new() });
        assert_eq!(said["logs"].as_array().unwrap().len(), 1);
        self.serving(&world);
        let two = Server::start(&world, "two", &[&log]).vkey.clone();
        let policy = |name: &str, text: &str| {
            fs::write(world.path(name), format!("log {log}\n{text}")).unwrap();
            world.path(name).display().to_string()
        };
        let lines = format!("{}witness two {two}\n", server.line("one"));
        let dead = format!("{lines}witness gone {} http://127.0.0.1:1/\n", dead_key(&world));
        let add =
            |file: &str| vec!["witness".into(), "add".into(), "--policy".into(), file.to_owned()];
        let mut ends = |world: &World, file: &str, exit: i32| -> Value {
            let arguments = add(file);
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            self.ends(world, &arguments, exit)
        };
        let one = policy("one.policy", &format!("{lines}quorum one\n"));
        let backup = world.copy();
        world.record("model.bin", &["--name", "witnessed"]).good();
        assert_eq!(ends(&world, &one, 0)["witnesses"][0]["state"], "cosigned");
        let id = self.good(&world, &["status"])["ledger"].as_str().unwrap().to_owned();
        let asked = ["verify", "--trust", &id, "--witness-policy", &one];
        assert_eq!(self.good(&world, &asked)["witnesses"]["met"], true);
        let mut ends = |world: &World, file: &str, exit: i32| -> Value {
            let arguments = add(file);
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            self.ends(world, &arguments, exit)
        };
        assert_eq!(ends(&world, &one, 0)["witnesses"][0]["state"], "already");
        let gone = policy("gone.policy", &format!("{dead}quorum gone\n"));
        assert_eq!(ends(&world, &gone, 4)["witnesses"][2]["state"], "failed");
        assert_eq!(ends(&backup, &one, 1)["code"], "LG1611");
        world.git(&["update-ref", "refs/ledgit/witness/junk", "HEAD"]);
        assert_eq!(ends(&world, &one, 0)["unread"].as_array().unwrap().len(), 1);
        self.cosigning(&world, &one);
    }

    /// `serve` where the log is ordered, and in a clone that only reads.
    fn serving(&mut self, world: &World) {
        let clone = world.copy();
        fs::remove_file(clone.path("repo/.git/ledgit/log-key")).unwrap();
        for (world, logs) in [(world, true), (&clone, false)] {
            let stdout = serve(world);
            let said = self.document(&Ran { exit: Some(0), stdout, stderr: String::new() });
            assert_eq!(said["logs"], logs, "{said:#}");
        }
    }

    fn cosigning(&mut self, world: &World, policy: &str) {
        let path = |end: &str| world.path(end).display().to_string();
        let (state, key, name) = (path("two.state"), path("keys/two"), witness_name("two"));
        let who = ["--state", &state, "--key", &key, "--name", &name, "--policy", policy];
        let cosign = [&["witness", "cosign"], &who[..]].concat();
        let first = self.good(world, &cosign);
        assert!(first["before"].is_null() && first["new"] == true, "{first:#}");
        assert_eq!(self.good(world, &cosign)["new"], false);
        world.record("model.bin", &["--name", "later"]).good();
        assert_eq!(self.good(world, &cosign)["before"], first["size"]);
    }
}

/// The verifier key of a witness that never runs.
fn dead_key(world: &World) -> String {
    use ledgit_core::checkpoint::{NoteKeyKind, VerifierKey};
    key(world, "gone");
    let line = fs::read_to_string(world.path("keys/gone.pub")).unwrap();
    let public = ledgit_store::keys::parse_public(&line, "gone").unwrap();
    VerifierKey::new(&witness_name("gone"), NoteKeyKind::Cosignature, public).unwrap().to_string()
}
