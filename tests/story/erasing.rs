//! Evidence that is encrypted, listed, shown and erased.

use std::fs;

use serde_json::Value;

use super::Story;
use crate::world::World;

impl Story {
    /// Every command about evidence, with everything that it can say.
    pub fn erasing(&mut self) {
        let world = World::new(&[]);
        let person = |name: &str| format!("{name}@bank.example={}.pub", world.key(name));
        let (ana, ben) = (person("ana"), person("ben"));
        let ci = format!("ci-train={}.pub", world.key("ci"));
        let people = ["--person", &ana, "--person", &ben, "--service", &ci];
        self.good(&world, &[&["init", "--name", "bank.example/credit"][..], &people].concat());
        assert_eq!(self.good(&world, &["evidence", "list"])["evidence"], serde_json::json!([]));
        for name in ["ana", "ben"] {
            self.vote(&world, &["approve", "genesis"], name);
        }
        let sealed = self.filed(&world, "a.txt", &["--private"]);
        let open = self.filed(&world, "b.txt", &[]);
        let lost = self.filed(&world, "c.txt", &[]);
        let other = self.filed(&world, "d.txt", &[]);
        self.shown(&world, &sealed, &open);
        self.fails(&world, &["erase", "--apply", &open], 3, "LG3312");
        self.erased(&world, &sealed, &open);
        self.damaged_evidence(&world, &lost, &other);
    }

    /// A log that the service records; its digest.
    fn filed(&mut self, world: &World, name: &str, options: &[&str]) -> String {
        fs::write(world.path("repo").join(name), name).unwrap();
        let key = world.key("ci");
        let record = ["record", "document", name, "--type", "log", "--key", &key];
        let said = self.good(world, &[&record[..], options].concat());
        let sha256 = said["entries"][0]["statement"]["document"]["sha256"].as_str().unwrap();
        format!("sha256:{sha256}")
    }

    fn shown(&mut self, world: &World, sealed: &str, open: &str) {
        let show = |digest: &str, out: &str| {
            ["evidence", "show", digest, "--output", out].map(str::to_owned)
        };
        for (digest, out, decrypted) in [(sealed, "../a", true), (open, "../b", false)] {
            let show = show(digest, out);
            let said = self.good(world, &show.each_ref().map(String::as_str));
            assert_eq!(said["decrypted"], decrypted, "{said:#}");
        }
        self.good(world, &["evidence", "key", "export", sealed, "--output", "../key"]);
        self.good(world, &["evidence", "key", "import", "../key"]);
        self.fails(world, &["evidence", "key", "export", open, "--output", "../no"], 2, "LG2075");
        let identity = ledgit_store::keys::EvidenceKey::generate();
        identity.write(&world.path("strange")).unwrap();
        self.fails(world, &["evidence", "key", "import", "../strange"], 2, "LG2076");
    }

    fn erased(&mut self, world: &World, sealed: &str, open: &str) {
        fs::write(world.path("repo/request.txt"), "please").unwrap();
        let key = world.key("ana");
        let ask = |digest: &str, options: &[&str]| -> Vec<String> {
            let erase = ["erase", digest, "--ground", "gdpr-17-1-a", "--key", &key];
            [&erase[..], options].concat().into_iter().map(str::to_owned).collect()
        };
        let mut asks = |digest: &str, options: &[&str]| -> Value {
            let ask = ask(digest, options);
            let ask: Vec<_> = ask.iter().map(String::as_str).collect();
            self.good(world, &ask)
        };
        let once = ["--reason", "request.txt", "--private", "--idempotency-key", "once"];
        let first = asks(sealed, &once);
        let second = asks(open, &[]);
        self.good(world, &["roster", "status"]);
        for one in [&first, &second] {
            let entry = one["entry"].to_string();
            self.good(world, &["show", &entry]);
            self.vote(world, &["approve", &entry], "ben");
        }
        world.git(&["clone", "-q", "--mirror", ".", "../host"]);
        world.git(&["remote", "add", "host", "../host"]);
        world.git(&["gc", "-q"]);
        self.good(world, &["erase", "--apply", sealed, "--remote", "host", "--gc"]);
        self.ends(world, &["evidence", "list"], 0);
        // There the batch's name is another commit's; here it is a file of the code, too.
        let host = world.path("host").display().to_string();
        let refs = world.git(&["for-each-ref", "--format=%(refname)", "refs/ledgit/evidence"]);
        for name in refs.lines() {
            world.git(&["--git-dir", &host, "update-ref", name, "refs/ledgit/log"]);
        }
        world.git(&["add", "b.txt"]);
        world.git(&["commit", "-q", "-m", "code"]);
        let said = self.ends(world, &["erase", "--apply", open, "--remote", "host"], 3);
        assert!(said["left"].to_string().contains("which other refs reach"), "{said:#}");
        assert_eq!(said["remotes"][0]["left"].as_array().unwrap().len(), 1, "{said:#}");
        self.fails(world, &["evidence", "show", open, "--output", "../c"], 2, "LG2074");
        let said = self.good(world, &["verify", "--trust-first-use"]);
        assert_eq!(said["evidence"]["erased"], 2, "{said:#}");
        self.good(world, &["trace", open]);
    }

    /// One object is gone, and in another one's place is something else.
    fn damaged_evidence(&mut self, world: &World, lost: &str, other: &str) {
        let refs = world.git(&["for-each-ref", "--format=%(refname)", "refs/ledgit/evidence"]);
        for name in refs.lines() {
            let held = world.git(&["ls-tree", "--name-only", name]);
            if [lost, other].iter().any(|digest| format!("sha256:{held}") == **digest) {
                world.git(&["update-ref", "-d", name]);
            }
        }
        let blob = world.git(&["rev-parse", "HEAD:b.txt"]);
        let name = other.strip_prefix("sha256:").unwrap();
        let mut command = world.command("git");
        command.env("GIT_INDEX_FILE", world.path("other-index"));
        let info = format!("100644,{blob},{name}");
        assert!(
            command
                .args(["update-index", "--add", "--cacheinfo", &info])
                .status()
                .unwrap()
                .success()
        );
        let mut command = world.command("git");
        command.env("GIT_INDEX_FILE", world.path("other-index"));
        let tree = command.arg("write-tree").output().unwrap().stdout;
        let tree = String::from_utf8(tree).unwrap();
        let commit = world.git(&["commit-tree", tree.trim(), "-m", "other"]);
        world.git(&["update-ref", &format!("refs/ledgit/evidence/{}", "0".repeat(64)), &commit]);
        let said = self.good(world, &["evidence", "list"]);
        let states: Vec<_> = said["evidence"].as_array().unwrap().iter().collect();
        let state = |digest: &str| {
            let found = states.iter().find(|one| digest.ends_with(one["sha256"].as_str().unwrap()));
            found.unwrap()["state"].as_str().unwrap().to_owned()
        };
        assert_eq!((&*state(lost), &*state(other)), ("missing", "mismatch"));
        self.fails(world, &["evidence", "show", other, "--output", "../d"], 1, "LG1501");
    }
}
