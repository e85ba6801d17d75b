//! What strangers propose: forks, and names that would like to be commands.

use std::process::Command;

use super::bank::{Bank, Job};
use super::pipelines::PIPELINES;
use super::world::Ran;

const MODEL: (&str, &str) = ("LEDGIT_ARGUMENTS", "model\nmodel.bin\n--no-commit");

/// How CI systems say that what runs was proposed from a fork; without saying, it is one.
const FORKS: &[&[(&str, &str)]] = &[
    &[("LEDGIT_FORK", "true")],
    &[("LEDGIT_FORK", "true"), ("GITHUB_EVENT_NAME", "pull_request")],
    &[("GITHUB_EVENT_NAME", "pull_request")],
    &[("GITHUB_EVENT_NAME", "pull_request_target"), ("LEDGIT_FORK", "")],
    &[("GITHUB_EVENT_NAME", "workflow_run")],
    &[("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "2"), ("CI_MERGE_REQUEST_PROJECT_ID", "1")],
    &[("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "2")],
    &[("SYSTEM_PULLREQUEST_ISFORK", "True")],
    &[("CIRCLE_PR_NUMBER", "3")],
    &[("CHANGE_FORK", "mallory")],
    &[
        ("BUILDKITE_PULL_REQUEST_REPO", "https://github.com/mallory/credit.git"),
        ("BUILDKITE_REPO", "https://github.com/bank/credit"),
    ],
];

const OWN: &[&[(&str, &str)]] = &[
    &[("GITHUB_EVENT_NAME", "pull_request"), ("LEDGIT_FORK", "false")],
    &[("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "1"), ("CI_MERGE_REQUEST_PROJECT_ID", "1")],
    &[("SYSTEM_PULLREQUEST_ISFORK", "False")],
    &[
        ("BUILDKITE_PULL_REQUEST_REPO", "https://github.com/bank/credit.git"),
        ("BUILDKITE_REPO", "https://github.com/bank/credit"),
    ],
];

/// O-53.
#[test]
fn what_a_fork_proposes_is_verified_and_never_recorded() {
    let bank = Bank::new();
    let before = bank.refs();
    let job = bank.job();
    let trust = ("LEDGIT_TRUST", &bank.id[..]);
    for fork in FORKS {
        let mut variables = vec![MODEL, trust];
        variables.extend_from_slice(fork);
        // Without a key, as hosts run them; and with one, as pull_request_target would.
        let keyless = job.script(&variables).arg("record").output().unwrap();
        for ran in [Ran::of(keyless), job.run("record", &variables)] {
            let ran = ran.good();
            assert!(ran.stderr.contains("from a fork"), "{fork:?}: {}", ran.stderr);
            assert!(ran.stdout.contains("pinned"), "{fork:?}: {}", ran.stdout);
        }
        assert_eq!(bank.refs(), before, "{fork:?}");
    }
    assert_eq!(job.git(&["for-each-ref", "refs/ledgit/inbox", "refs/ledgit/sent"]), "");
    // What is not good is not good from a fork either.
    let other = format!("ledgit:{}", "0".repeat(64));
    let wrong = [MODEL, ("LEDGIT_TRUST", &other), ("LEDGIT_FORK", "true")];
    assert_eq!(job.run("record", &wrong).exit, Some(1));
    // Without a trust root there is nothing that it could be good by.
    assert_eq!(bank.job().run("record", &[MODEL, ("LEDGIT_FORK", "true")]).exit, Some(4));
    for (number, own) in OWN.iter().enumerate() {
        let arguments = format!("{}\n--name\nown-{number}", MODEL.1);
        let variables = [&[("LEDGIT_ARGUMENTS", &arguments[..]), trust], *own].concat();
        let said = job.good("record", &variables);
        assert!(said.contains("waits here to be logged"), "{own:?}: {said}");
    }
}

const HOSTILE: &[&str] = &[
    "x$(touch${IFS}pwned)",
    "x`touch${IFS}pwned`",
    "x;touch${IFS}pwned",
    "x\"&&touch${IFS}pwned&&\"",
    "x'|touch${IFS}pwned|'",
    "--upload-pack=touch${IFS}pwned",
    "${{github.token}}",
];

fn untouched(bank: &Bank, job: &Job<'_>) {
    let mut find = Command::new("find");
    find.arg(bank.world.root.path()).args(["-name", "*pwned*", "-not", "-path", "*/refs/*"]);
    let found = Ran::of(find.output().unwrap()).good().stdout;
    assert_eq!(found, "");
    assert!(!job.path("pwned").exists());
}

/// O-52: names of branches, titles and the like are text, in the script and in what it records.
#[test]
fn hostile_names_do_nothing_and_are_kept_as_they_are() {
    let bank = Bank::new();
    let job = bank.job();
    for (number, name) in HOSTILE.iter().enumerate() {
        if !name.starts_with('-') && !name.contains("{{") {
            job.git(&["checkout", "-q", "-b", name]);
        }
        let (reference, run) = (format!("refs/heads/{name}"), format!("77{number}"));
        let more = [
            ("GITHUB_REF", &reference[..]),
            ("GITHUB_HEAD_REF", name),
            ("GITHUB_WORKFLOW", name),
            ("GITHUB_JOB", name),
            ("GITHUB_RUN_ID", &run),
            ("PR_TITLE", name),
        ];
        let arguments = format!(
            "model\nmodel.bin\n--no-commit\n--name\nit is {name} $HOME *\n--version={name}"
        );
        let variables =
            [PIPELINES[0].variables, &more, &[("LEDGIT_ARGUMENTS", &arguments)]].concat();
        let said = job.good("record", &variables);
        assert!(said.contains(&format!("model it is {name} $HOME *@{name}")), "{said}");
        untouched(&bank, &job);
    }
    // In places that name files, keys and remotes, they are refused.
    for field in ["LEDGIT_FROM", "LEDGIT_REMOTE", "LEDGIT_BIN", "LEDGIT_TRUST", "LEDGIT_CI"] {
        for name in HOSTILE {
            let exit = job.run("record", &[MODEL, (field, name)]).exit;
            assert!(matches!(exit, Some(1..=4)), "{field} {name}: {exit:?}");
            untouched(&bank, &job);
        }
    }
    bank.sequence();
    let size = bank.size();
    let refs = (0..size).map(|position| bank.json(&["show", &position.to_string()]));
    let refs: Vec<_> = refs
        .filter_map(|shown| Some(shown["ci_claim"]["claim"]["ref"].as_str()?.to_owned()))
        .collect();
    assert_eq!(refs.len(), HOSTILE.len());
    for name in HOSTILE {
        assert!(refs.contains(&format!("refs/heads/{name}")), "{name}");
    }
    // A line of its own is an argument of its own, and no option of another program.
    let lines =
        job.run("record", &[("LEDGIT_ARGUMENTS", "model\nmodel.bin\n--no-such-option\n;id")]);
    assert!(lines.fails_with(2).contains("--no-such-option"));
}
