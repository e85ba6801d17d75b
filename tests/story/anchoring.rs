//! Code commits that carry the checkpoint, and what verify says of them.

use std::fs;

use super::Story;
use crate::world::World;

impl Story {
    pub fn anchoring(&mut self, world: &World) {
        let world = world.copy();
        world.git(&["commit", "-q", "--allow-empty", "-m", "code"]);
        let before = self.good(&world, &["verify", "--trust-first-use"])["carried"]["good"].clone();
        assert_eq!(before, 0);
        for changed in [true, false] {
            let said = self.good(&world, &["anchor"]);
            assert!(said["changed"] == changed && said["commit"].is_string(), "{said:#}");
        }
        let line = self.good(&world, &["anchor", "--print"])["trailer"].clone();
        fs::write(world.path("repo/message"), "title\n").unwrap();
        for changed in [true, false] {
            let said = self.good(&world, &["anchor", "--message", "message"]);
            assert!(said["changed"] == changed && said["path"] == "message", "{said:#}");
        }
        for action in ["--install-hook", "--remove-hook"] {
            for changed in [true, false] {
                let said = self.good(&world, &["anchor", action]);
                assert!(said["changed"] == changed && said["trailer"].is_null(), "{said:#}");
            }
        }
        let hook = world.path("repo/.git/hooks/commit-msg");
        fs::write(&hook, "#!/bin/sh\n").unwrap();
        self.fails(&world, &["anchor", "--install-hook"], 2, "LG2070");
        fs::remove_file(&hook).unwrap();
        self.fails(&world, &["anchor", "--print", "--install-hook"], 2, "LG2050");
        // An edited line, and an anchored commit that is gone, of which another has the tree.
        let edited = line.as_str().unwrap().replacen(" A", " B", 1) + "x";
        world.git(&["commit", "-q", "--allow-empty", "-m", &format!("x\n\n{edited}")]);
        let key = world.key("ana");
        world.git(&["update-index", "--force-remove", "vendor/lib"]);
        world.git(&["commit", "-q", "-m", "without a submodule"]);
        self.good(&world, &["record", "--key", &key, "model", "model.bin", "--name", "anchored"]);
        let gone = world.git(&["rev-parse", "HEAD"]);
        world.git(&["commit", "-q", "--amend", "-m", "amended"]);
        world.git(&["update-ref", "-d", &format!("refs/ledgit/anchors/{gone}")]);
        world.git(&["reflog", "expire", "--expire=now", "--all"]);
        world.git(&["prune", "--expire=now"]);
        let said = self.good(&world, &["verify", "--trust-first-use"]);
        assert_eq!(
            (&said["carried"]["good"], &said["carried"]["unreadable"]),
            (&1.into(), &1.into())
        );
        assert_eq!(said["elsewhere"], 1, "{said:#}");
        world.git(&["update-ref", "refs/ledgit/log", "refs/ledgit/log~2"]);
        let said = self.ends(&world, &["verify", "--trust-first-use"], 1);
        assert_eq!(said["carried"]["wrong"], 1, "{said:#}");
    }
}
