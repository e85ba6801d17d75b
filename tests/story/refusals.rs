//! What the commands about policies refuse, and what they can't decide.

use ledgit_core::digest::Digests;
use ledgit_core::statement::{Document, Evidence};
use ledgit_store::git::EvidenceBatch;
use ledgit_store::keys::LocalKey;

use super::deciding::Bank;
use super::policies::{minimal, policy};
use super::rare::{append, no_passphrase};

impl Bank<'_> {
    /// Each with a code, an exit status and a command that helps.
    pub fn failures(&mut self) {
        self.refused_documents();
        self.refused_exceptions();
        self.refused_gates();
        self.evidence();
        self.no_grant();
    }

    fn refused_documents(&mut self) {
        let key = self.world.key("ci");
        self.write("bad.yaml", &minimal("0.9").replace("riskLevel", "risklevel"));
        self.write("number.yaml", &minimal("about half"));
        let three = "  riskLevel: high\n  approvalWorkflow: {minApprovals: 3}\n";
        self.write("three.yaml", &policy("three", three));
        let group = "  riskLevel: high\n  approvalWorkflow: {groups: [nobody], minApprovals: 2}\n";
        self.write("group.yaml", &policy("group", group));
        let clock = "  riskLevel: limited\n  requirements:\n    - type: Rego\n      module: |\n        package policy\n        violations contains \"late\" if { time.now_ns() > 1 }\n";
        self.write("clock.yaml", &policy("clock", clock));
        for (file, part) in [
            ("bad.yaml", "bad.yaml, line 6: \"risklevel\" is not known here"),
            ("number.yaml", "number.yaml, line 8"),
            ("clock.yaml", "clock.yaml, "),
            ("three.yaml", "it lacks 1 person"),
            ("group.yaml", "there is no group nobody"),
        ] {
            self.fails(&["policy", "propose", file, "--key", &key], 2, "LG2029", part);
        }
        for command in ["show", "diff"] {
            self.fails(&["policy", command, "bad.yaml"], 2, "LG2029", "line 6");
        }
        self.fails(&["verify", "--what-if", "bad.yaml"], 2, "LG2029", "line 6");
        let gone = ["policy", "propose", "gone.yaml", "--key", &key];
        self.story.fails(&self.world, &gone, 2, "LG2060");
    }

    fn refused_exceptions(&mut self) {
        let (ci, ben) = (self.world.key("ci"), self.world.key("ben"));
        let waive = |policy, environment, until, id| {
            let named = ["--policy", policy, "--env", environment, "--until", until];
            let waived = ["--requirement", id, "--reason", "x", "--key", &ci];
            [&["policy", "waive", "credit@1"], &named[..], &waived].concat()
        };
        let day = "2099-01-01";
        for (arguments, part) in [
            (waive("everything", "production", day, "limit"), "the policy allows 30d at most"),
            (waive("everything", "production", day, "Unknown"), "asks for no \"Unknown\""),
            (waive("everything", "moon", day, "limit"), "does not govern moon"),
            (waive("never", "moon", day, "Metric"), "policy never allows no waiver"),
        ] {
            self.fails(&arguments, 2, "LG2025", part);
            self.fails(&arguments, 2, "LG2025", "[LG1023]");
        }
        let waive = waive("none", "production", day, "limit");
        self.fails(&waive, 2, "LG2054", "there is no policy \"none\"");
        let glass = ["policy", "break-glass", "credit@1", "--policy", "everything"];
        let rest = ["--env", "production", "--until", day, "--reason", "x", "--key", &ben];
        let glass = [&glass[..], &rest].concat();
        self.fails(&glass, 2, "LG2025", "ben@bank.example may not break the glass [LG1023]");
    }

    fn refused_gates(&mut self) {
        let gate = ["gate", "credit@1", "--dry-run", "--env"];
        self.fails(&[&gate[..], &["moon"]].concat(), 2, "LG2011", "failing, never");
        self.fails(&[&gate[..], &["mars"]].concat(), 2, "LG2054", "governs credit@1 in mars");
        let named = |name| [&gate[..], &["mars", "--policy", name]].concat();
        self.fails(&named("minimal"), 2, "LG2054", "it does not govern mars");
        self.fails(&named("none"), 2, "LG2054", "there is no policy");
        let program = [&gate[..], &["moon", "--policy", "failing"]].concat();
        self.fails(&program, 4, "LG4007", "nothing is decided: Rego: ");
        let said = self.world.ledgit(&program).fails(4, "LG4007").stderr;
        assert!(said.contains("hint: ledgit policy show failing"), "{said}");
        self.fails(&["gate", "nothing", "--env", "test"], 2, "LG2010", "nothing");
        // What was said under a key before is another answer by now.
        let ci = self.world.key("ci");
        let once = ["--env", "production", "--key", &ci, "--idempotency-key", "once"];
        self.fails(&[&["gate", "credit@1"], &once[..]].concat(), 2, "LG2024", "once");
        let stranger = self.world.key("stranger");
        let gate = ["gate", "credit@1", "--env", "test", "--key", &stranger];
        self.fails(&gate, 2, "LG2031", "nobody's");
        // Who approves is told why nothing is decided, and may approve.
        let key = self.world.key("ana");
        let approve = ["approve", "credit@1", "--policy", "failing", "--env", "moon"];
        let asked = self.world.ledgit(&[&approve[..], &["--key", &key]].concat());
        let asked = asked.fails(2, "LG2051").stderr;
        assert!(asked.contains("nothing is decided: Rego: "), "{asked}");
        assert!(asked.contains("--environment moon --policy failing --digest"), "{asked}");
    }

    /// What a gate would rely on is not here, or is not what it is said to be.
    fn evidence(&mut self) {
        let card = "{type: Document, document: explainability-report, format: PDF}";
        let spec =
            format!("  riskLevel: limited\n  environments: [lab]\n  requirements: [{card}]\n");
        self.adopt(&policy("card", &spec));
        self.write("explained.pdf", "%PDF-1.7\n");
        let about = ["--type", "explainability-report", "--about"];
        self.record(&[&["document", "explained.pdf"], &about[..], &["credit@1"]].concat());
        let gate = |subject| ["gate", subject, "--env", "lab", "--dry-run"];
        self.good(&gate("credit@1"));
        let cut = self.world.copy();
        let blob = cut.git(&["hash-object", "explained.pdf"]);
        let all = cut.git(&["for-each-ref", "--format=%(refname)", "refs/ledgit/evidence"]);
        let holds = |name: &&str| cut.git(&["ls-tree", "-r", name]).contains(&blob);
        for name in all.lines().filter(holds) {
            cut.git(&["update-ref", "-d", name]);
        }
        let said = self.story.fails(&cut, &gate("credit@1"), 4, "LG4006");
        assert!(said["hint"].as_str().unwrap().starts_with("git fetch"), "{said:#}");
        // No command records such a document (LG2040).
        let key = LocalKey::open(self.world.key("ana").as_ref(), &no_passphrase).unwrap();
        let (bytes, about) = (b"no PDF".to_vec(), Digests::of(b"another model"));
        let document = Document {
            name: "forged.pdf".parse().unwrap(),
            sort: "explainability-report".parse().unwrap(),
            about: [about].into_iter().collect(),
            document: Evidence::of(&bytes, "application/pdf".parse().unwrap()),
        };
        let forged = self.world.copy();
        let mut evidence = EvidenceBatch::default();
        evidence.add(bytes);
        append(&forged, &key, vec![document.into()], evidence);
        let said = self.story.fails(&forged, &gate("credit@0"), 1, "LG1504");
        assert!(said["error"].as_str().unwrap().contains("is none"), "{said:#}");
        let found = self.story.ends(&forged, &["verify"], 1);
        assert_eq!(found["findings"][0]["code"], "LG1504", "{found:#}");
    }

    /// A roster that grants a pipeline everything but decisions.
    fn no_grant(&mut self) {
        let roster = self.world.ledgit(&["roster", "show"]).good().stdout;
        let kinds = "dataset, model, metric, cost, document, run, correction, deployment";
        let grants = format!("grants:\n  - to: [ci-train]\n    kinds: [{kinds}]\nthresholds:");
        let roster = roster.replace("  exception: 1", "  exception: 2");
        self.write("roster.yaml", &roster.replace("thresholds:", &grants));
        let changes = self.good(&["roster", "diff", "roster.yaml"]).to_string();
        assert!(
            changes.contains("+ for an exception from a policy: 2 persons (now 1 "),
            "{changes}"
        );
        self.propose_roster("roster.yaml");
        let key = self.world.key("ci");
        let gate = ["gate", "credit@1", "--env", "test", "--key", &key];
        self.fails(&gate, 2, "LG2025", "[LG1008]");
        // Whoever may not decide may still look.
        self.good(&[&gate[..], &["--dry-run"]].concat());
    }
}
