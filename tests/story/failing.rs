//! Commands that fail, each with the code that its text form has.

use std::fs;

use super::Story;
use crate::world::World;

impl Story {
    pub fn failing(&mut self, world: &World) {
        let (ana, ci) = (world.key("ana"), world.key("ci"));
        let before = world.git(&["for-each-ref"]);
        for (arguments, exit, code) in [
            (&["show", "9999"][..], 2, "LG2010"),
            (&["show", "nobody"], 2, "LG2010"),
            (&["trace", "nobody"], 2, "LG2010"),
            (&["prove", "9999", "--output", "x"], 2, "LG2010"),
            (&["prove", "0", "--output", "none/x"], 2, "LG2060"),
            (&["check", "gone", "--vkey", "x"], 2, "LG2060"),
            (&["check", "proof"], 4, "LG4001"),
            (&["check", "proof", "--vkey", "nonsense"], 2, "LG2050"),
            (&["explain", "LG0000"], 2, "LG2010"),
            (&["verify", "--trust", "nonsense"], 2, "LG2050"),
            (&["export", "tiles", "../tiles"], 2, "LG2060"),
            (&["clone", "../gone", "../none"], 2, "LG2060"),
            (&["clone", ".."], 2, "LG2050"),
            (&["tour", "--dir", "."], 2, "LG2050"),
            (&["man", "r.json/pages"], 2, "LG2060"),
            (&["init", "--person", "ana@x=gone.pub"], 2, "LG2060"),
            (&["init", "--person", "nobody"], 2, "LG2050"),
            (&["approve", "nobody", "--key", &ana], 2, "LG2010"),
            (&["approve", "genesis", "--key", &ana], 2, "LG2051"),
            (&["approve", "genesis", "--key", &ana, "--digest", "sha256:00"], 2, "LG2051"),
            (&["record", "--key", &ci, "model", "gone.bin"], 2, "LG2040"),
            (&["record", "--key", &ci, "model", "model.bin", "--commit", "none"], 2, "LG2010"),
            (&["record", "--key", &ci, "model", "model.bin", "--name", " "], 2, "LG2027"),
            (&["record", "--key", "gone", "model", "model.bin"], 2, "LG2030"),
            (&["record", "model", "model.bin"], 2, "LG2030"),
            (&["record", "--key", &ci, "--from", "gone.json"], 2, "LG2060"),
            (&["record", "--key", &ci, "--from", "model.bin"], 2, "LG2041"),
            (&["record", "--key", &ci, "--from", "-", "model", "model.bin"], 2, "LG2050"),
            (&["--repo", "gone", "status"], 2, "LG2001"),
        ] {
            self.fails(world, arguments, exit, code);
        }
        let (stranger, id) = (world.key("stranger"), format!("ana@x={ana}.pub"));
        self.fails(world, &["record", "--key", &stranger, "model", "model.bin"], 2, "LG2031");
        self.fails(world, &["init", "--person", &id], 2, "LG2004");
        let record = ["record", "--key", &ci, "--idempotency-key", "once"];
        let other = [&record[..], &["model", "r.json", "--no-commit", "--chain"]].concat();
        self.fails(world, &other, 2, "LG2024");
        self.clones_and_proofs(world);
        self.ambiguous(world);
        let outside = World::new(&[]);
        for command in [&["status"][..], &["verify"], &["log"], &["show", "0"]] {
            self.fails(&outside, command, 2, "LG2002");
        }
        assert_eq!(world.git(&["for-each-ref"]), before);
    }

    fn clones_and_proofs(&mut self, world: &World) {
        let (ana, vkey) = (world.key("ana"), world.json(&["status"])["vkey"].clone());
        let vkey = vkey.as_str().unwrap();
        self.fails(world, &["--repo", "../clone", "sequence"], 2, "LG2020");
        let check = ["check", "proof", "--vkey", vkey];
        let signer = format!("{ana}.pub");
        self.fails(world, &[&check[..], &["--signer", &signer]].concat(), 1, "LG1601");
        self.fails(world, &[&check[..], &["--file", "r.json"]].concat(), 1, "LG1602");
    }

    fn ambiguous(&mut self, world: &World) {
        let copy = world.copy();
        let key = world.key("ci");
        let record = ["record", "--key", &key];
        fs::write(copy.path("repo/model.bin"), "another").unwrap();
        let model = ["model", "model.bin", "--name", "credit", "--version", "2", "--no-commit"];
        self.good(&copy, &[&record[..], &model].concat());
        self.fails(&copy, &["trace", "credit"], 2, "LG2011");
    }
}
