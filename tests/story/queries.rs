//! Queries, and answers that are checked elsewhere.

use std::fs;

use super::Story;
use crate::world::World;

impl Story {
    pub fn asking(&mut self, world: &World) {
        let fresh = world.copy();
        fs::remove_dir_all(fresh.path("home/state")).unwrap();
        let kind = ["query", "--kind", "metric"];
        let mut asked = |world: &World, options: &[&str], exit: i32| {
            self.ends(world, &[&kind[..], options].concat(), exit)
        };
        let none = asked(&fresh, &[], 4);
        assert!(none["trust"] == "none" && none["found"].is_null(), "{none:#}");
        assert_eq!(asked(&fresh, &["--trust-first-use"], 0)["trust"], "first-use");
        assert_eq!(asked(&fresh, &[], 0)["trust"], "remembered");
        let id = none["ledger"].as_str().unwrap();
        let all = asked(&fresh, &["--trust", id], 0);
        assert_eq!(all["trust"], "pinned");
        let found = &all["found"];
        assert!(found["count"].as_u64() > Some(3) && found["over"].is_null(), "{all:#}");
        let corrected = self.good(&fresh, &["query", "--first", "4", "--before", "5"]);
        assert_eq!(corrected["found"]["corrected"][0]["entry"], 4, "{corrected:#}");
        self.answers(world, none["vkey"].as_str().unwrap());
        self.refused_queries(world);
    }

    fn answers(&mut self, world: &World, vkey: &str) {
        let key = format!("{}.pub", world.key("ci"));
        let full = ["--kind", "model", "--about", "model.bin", "--by", "ci-train", "--key", &key];
        let window = ["--from", "2020-01-01", "--until", "2020-01-02"];
        let open = ["--from", "2020-01-01", "--environment", "staging"];
        let some = ["--first", "3", "--before", "4"];
        for options in [&full[..], &window, &open, &some, &["--about", "entry:4"]] {
            let query = [&["query", "--bundle", "an.answer"], options].concat();
            let said = self.good(world, &query);
            assert_eq!(said["bundle"], "an.answer");
            let checked = self.good(world, &["check", "an.answer", "--vkey", vkey]);
            for same in ["query", "root", "size", "ledger"] {
                assert_eq!(checked[same], said[same], "{same}");
            }
            assert_eq!(checked["found"]["entries"], said["found"]["entries"]);
        }
        self.fails(world, &["check", "an.answer"], 4, "LG4001");
        for of_a_proof in ["--file", "--row"] {
            let check = ["check", "an.answer", "--vkey", vkey, of_a_proof, "model.bin"];
            self.fails(world, &check, 2, "LG2050");
        }
        let text = fs::read_to_string(world.path("repo/an.answer")).unwrap();
        fs::write(world.path("repo/an.answer"), text.replace("\nrange 0", "\nrange 1")).unwrap();
        self.fails(world, &["check", "an.answer", "--vkey", vkey], 1, "LG1604");
    }

    fn refused_queries(&mut self, world: &World) {
        for (options, code) in [
            (&[][..], "LG2080"),
            (&["--kind", "models"], "LG2080"),
            (&["--by", "a b"], "LG2080"),
            (&["--key", "nobody"], "LG2080"),
            (&["--from", "2026-02-01", "--until", "2026-01-01"], "LG2080"),
            (&["--from", "2026-02-01", "--first", "3"], "LG2080"),
            (&["--before", "9999"], "LG2080"),
            (&["--environment", " "], "LG2027"),
            (&["--from", "yesterday"], "LG2027"),
            (&["--about", "nobody"], "LG2010"),
            (&["--about", "entry:9999"], "LG2010"),
            (&["--kind", "model", "--bundle", "none/x"], "LG2060"),
            (&["--trust", "nonsense", "--kind", "model"], "LG2050"),
        ] {
            self.fails(world, &[&["query"], options].concat(), 2, code);
        }
    }

    /// Of a log that is not intact.
    pub fn asking_in_vain(&mut self, world: &World, id: &str) {
        let query = ["query", "--kind", "model", "--bundle", "vain.answer", "--trust", id];
        let said = self.ends(world, &query, 1);
        assert!(said["found"].is_null() && said["bundle"].is_null(), "{said:#}");
        assert!(!world.path("repo/vain.answer").exists());
    }
}
