//! What pipelines record of themselves: a claim of each CI system, whole, strange and unread.

use std::fs;

use serde_json::Value;

use super::Story;
use crate::pipelines::PIPELINES;
use crate::world::{LEDGIT, Ran, World};

impl Story {
    pub fn claiming(&mut self) {
        let world = World::founded(&[]);
        let key = world.key("ci");
        let record = ["--format", "json", "record", "--key", &key, "--ci", "auto"];
        let model = ["model", "model.bin", "--no-commit"];
        let mut recorded = |more: &[&str], variables: &[(&str, &str)]| -> (Value, u64) {
            let mut command = world.command(LEDGIT);
            command.args([&record[..], more, &model[..]].concat());
            let ran = Ran::of(command.envs(variables.iter().copied()).output().unwrap()).good();
            let said = self.document(&ran);
            let position = said["positions"][1].as_u64().unwrap();
            let ran = world.ledgit(&["--format", "json", "show", &position.to_string()]).good();
            (self.document(&ran), position)
        };
        for one in PIPELINES {
            let (shown, _) = recorded(&[], one.variables);
            assert_eq!(shown["ci_claim"]["says"], one.says);
            assert_eq!(shown["ci_claim"]["claim"]["provider"], one.provider);
        }
        // Values that are none, each in its field.
        let long = "x".repeat(1_025);
        let gitlab = [
            ("GITLAB_CI", "true"),
            ("CI_PIPELINE_ID", "40"),
            ("CI_SERVER_URL", "https://u:p@gitlab.example"),
            ("CI_PROJECT_PATH", &long),
            ("CI_CONFIG_PATH", &long),
            ("CI_JOB_NAME", &long),
            ("CI_NODE_INDEX", &long),
            ("CI_JOB_RETRY_COUNT", "many"),
            ("CI_PIPELINE_SOURCE", &long),
            ("CI_COMMIT_REF_NAME", &long),
            ("CI_COMMIT_SHA", "HEAD"),
            ("GITLAB_USER_ID", &long),
            ("CI_PIPELINE_URL", "javascript:alert(1)"),
        ];
        let (shown, _) = recorded(&[], &gitlab);
        assert_eq!(shown["ci_claim"]["claim"]["left_out"].as_array().unwrap().len(), 11);
        let (private, _) =
            recorded(&["--private"], &[("GITLAB_CI", "true"), ("CI_PIPELINE_ID", "41")]);
        assert!(private["ci_claim"]["claim"].is_null());
        assert!(private["ci_claim"]["says"].as_str().unwrap().contains("encrypted"), "{private:#}");
        fs::write(world.path("repo/model.bin"), "another model").unwrap();
        let mut command = world.command(LEDGIT);
        command.args([&record[..], &model[..]].concat());
        let ran = Ran::of(command.envs(PIPELINES[0].variables.iter().copied()).output().unwrap());
        assert_eq!(self.document(&ran)["code"], "LG2024", "{}", ran.stdout);
        self.fails(&world, &[&record[2..6], &["jenkins"], &model[..]].concat(), 2, "LG2110");
    }
}
