use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;

use serde_json::json;

use super::*;
use crate::commands::items::Item;

type Variables = BTreeMap<&'static str, OsString>;

fn variables(pairs: &[(&'static str, &str)]) -> Variables {
    pairs.iter().map(|(name, value)| (*name, OsString::from(value))).collect()
}

fn found(asked: Asked, variables: &Variables) -> Result<Option<Claim>, Failure> {
    claim_in(asked, &|name| variables.get(name).cloned())
}

fn github(more: &[(&'static str, &str)]) -> Variables {
    let mut all = variables(&[
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_SERVER_URL", "https://github.com"),
        ("GITHUB_REPOSITORY", "octocat/hello-world"),
        ("GITHUB_RUN_ID", "1658821493"),
        ("GITHUB_RUN_ATTEMPT", "3"),
        ("GITHUB_JOB", "train"),
        ("GITHUB_TOKEN", "ghs_secret"),
    ]);
    all.extend(variables(more));
    all
}

fn claim_of(variables: &Variables) -> Claim {
    found(Asked::Auto, variables).unwrap().unwrap()
}

#[test]
fn a_claim_has_one_form_and_other_bytes_are_none() {
    let claim = claim_of(&github(&[("GITHUB_REF", "refs/heads/\"a\\b")]));
    let bytes = claim.encode().unwrap();
    let text = String::from_utf8(bytes.clone()).unwrap();
    assert_eq!(
        text,
        r#"{"claim":"said by the environment of the process that recorded, and verified by nobody","provider":"github-actions","server":"https://github.com","repository":"octocat/hello-world","workflow":null,"job":"train","part":null,"run":"1658821493","attempt":3,"event":null,"ref":"refs/heads/\"a\\b","commit":null,"actor":null,"url":"https://github.com/octocat/hello-world/actions/runs/1658821493","left_out":[]}"#
            .to_owned()
            + "\n"
    );
    assert_eq!(Claim::decode(&bytes).as_ref(), Some(&claim));
    for (from, to) in [
        ("\n", ""),
        ("\n", "\n\n"),
        ("{\"claim", "{ \"claim"),
        ("verified by nobody", "verified"),
        ("github-actions", "github"),
        ("\"part\":null,", ""),
        ("\"part\":null,", "\"part\":null,\"more\":null,"),
        ("\"attempt\":3", "\"attempt\":0"),
        ("\"attempt\":3", "\"attempt\":3.0"),
        ("\"commit\":null", "\"commit\":\"HEAD\""),
        ("\"run\":\"1658821493\"", "\"run\":\"\""),
        ("\"job\":\"train\"", "\"job\":\"\\u001b\""),
        ("\"job\":\"train\"", "\"job\":\"tr\\u0061in\""),
        ("https://github.com\"", "https://u:secret@github.com\""),
        ("https://github.com/octocat", "https://github.com/?a=octocat"),
        ("[]", "[\"run\"]"),
        ("[]", "[\"ref\",\"job\"]"),
        ("[]", "[\"job\",\"job\"]"),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from}");
        assert_eq!(Claim::decode(changed.as_bytes()), None, "{to}");
    }
    let named = text.replacen("[]", "[\"job\",\"ref\"]", 1);
    assert!(Claim::decode(named.as_bytes()).is_some());
    let long = text.replacen("train", &"x".repeat(40_000), 1);
    assert_eq!(Claim::decode(long.as_bytes()), None);
}

#[test]
fn the_longest_claim_is_within_its_limit() {
    let long = "\"".repeat(1_024);
    let mut all =
        github(&[("GITHUB_RUN_ID", &"9".repeat(64)), ("GITHUB_RUN_ATTEMPT", "999999999")]);
    for name in ["WORKFLOW", "JOB", "EVENT_NAME", "REF", "ACTOR_ID", "REPOSITORY"] {
        let name: &'static str = format!("GITHUB_{name}").leak();
        all.insert(name, long.clone().into());
    }
    let bytes = claim_of(&all).encode().unwrap();
    assert!(bytes.len() > 12_000 && bytes.len() < 32_768, "{}", bytes.len());
    assert!(Claim::decode(&bytes).is_some());
}

/// O-43: a strange value is left out whole and named; a run is needed.
#[test]
fn values_that_are_none_are_named_and_no_secret_is_taken() {
    let hostile = github(&[
        ("GITHUB_REF", "refs/heads/$(curl evil)`id`;\u{202e}"),
        ("GITHUB_SHA", "HEAD"),
        ("GITHUB_JOB", "\u{1b}[31m"),
        ("GITHUB_SERVER_URL", "https://user:hunter2@github.com"),
        ("GITHUB_RUN_ATTEMPT", "-1"),
        ("GITHUB_EVENT_NAME", &"x".repeat(1_025)),
        ("GITHUB_WORKFLOW", ""),
    ]);
    let claim = claim_of(&hostile).json();
    let names = ["server", "job", "attempt", "event", "ref", "commit", "url"];
    assert_eq!(claim["left_out"], json!(names));
    for name in names {
        assert!(claim[name].is_null(), "{name}");
    }
    assert!(claim["workflow"].is_null());
    let text = claim.to_string();
    assert!(!text.contains("hunter2") && !text.contains("ghs_secret"), "{text}");
    // Hostile, and a text all the same: it is kept as it is.
    let kept = claim_of(&github(&[("GITHUB_REF", "refs/heads/$(id)`id`;'\"")])).json();
    assert_eq!(kept["ref"], "refs/heads/$(id)`id`;'\"");
    for run in ["", " 1", "1\n2", "$(id)", "1/2", &"9".repeat(65)] {
        let failure = found(Asked::Auto, &github(&[("GITHUB_RUN_ID", run)])).unwrap_err();
        assert_eq!(failure.code, "LG2112", "{run:?}");
        assert!(failure.error.contains("GITHUB_RUN_ID"), "{}", failure.error);
    }
    let mut bytes = github(&[]);
    bytes.insert("GITHUB_REF", OsString::from_vec(vec![b'a', 0xff]));
    assert_eq!(claim_of(&bytes).json()["left_out"], json!(["ref"]));
    let remote = |url| claim_of(&jenkins(url)).json();
    assert!(remote("https://u:hunter2@git.example/x.git")["repository"].is_null());
    assert_eq!(remote("git@git.example:x.git")["repository"], "git@git.example:x.git");
}

fn jenkins(repository: &str) -> Variables {
    variables(&[
        ("JENKINS_URL", "https://ci.example/"),
        ("BUILD_NUMBER", "153"),
        ("JOB_NAME", "credit"),
        ("GIT_URL", repository),
    ])
}

/// O-41.
#[test]
fn a_system_is_known_by_its_own_marker_alone() {
    assert_eq!(found(Asked::Off, &github(&[])).unwrap(), None);
    assert_eq!(found(Asked::Auto, &variables(&[("CI", "true")])).unwrap(), None);
    let other = variables(&[("GITHUB_ACTIONS", "1"), ("GITHUB_RUN_ID", "1")]);
    assert_eq!(found(Asked::Auto, &other).unwrap(), None);
    assert_eq!(found(Asked::Jenkins, &github(&[])).unwrap_err().code, "LG2110");
    let gitea = github(&[("GITEA_ACTIONS", "true"), ("GITHUB_RUN_NUMBER", "7")]);
    let said = claim_of(&gitea).json();
    assert_eq!(said["provider"], "gitea-actions");
    assert_eq!(said["url"], "https://github.com/octocat/hello-world/actions/runs/7");
    assert_eq!(found(Asked::GithubActions, &gitea).unwrap_err().code, "LG2110");
    let mut forgejo = gitea;
    forgejo.insert("FORGEJO_ACTIONS", "true".into());
    assert_eq!(claim_of(&forgejo).json()["provider"], "forgejo-actions");
    let both = github(&[("GITLAB_CI", "true"), ("CI_PIPELINE_ID", "5")]);
    let failure = found(Asked::Auto, &both).unwrap_err();
    assert_eq!(failure.code, "LG2111");
    assert!(failure.error.contains("GitHub Actions and GitLab CI"), "{}", failure.error);
    let named = found(Asked::GitlabCi, &both).unwrap().unwrap();
    assert_eq!(named.says(), "claimed by GitLab CI: run 5 (a claim, not verified)");
}

fn items(text: serde_json::Value) -> Vec<Item> {
    text.as_array()
        .unwrap()
        .iter()
        .map(|one| serde_json::from_value(one.clone()).unwrap())
        .collect()
}

/// O-48.
#[test]
fn the_key_is_of_the_run_and_of_what_is_asked_and_not_of_the_attempt() {
    let model = |more: serde_json::Value| {
        let mut item = json!({"kind": "model", "path": "out/model.bin"});
        item.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        items(json!([item]))
    };
    let metric = |more: serde_json::Value| {
        let mut item = json!({"kind": "metric", "model": "m", "name": "auc", "tool": "t@1",
            "value": "0.5", "samples": 3, "dataset": ["a"], "slice": ["s=1"]});
        item.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        items(json!([item]))
    };
    let cost = |more: serde_json::Value| {
        let mut item = json!({"kind": "cost", "subject": "m", "amount": "1", "currency": "EUR",
            "purpose": "training", "from": "2026-01-01", "until": "2026-01-02"});
        item.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        items(json!([item]))
    };
    let run = |output: &str| items(json!([{"kind": "run", "name": "r", "output": [output]}]));
    let document = |sort: &str, about: &[&str]| {
        items(json!([{"kind": "document", "path": "d.md", "type": sort, "about": about}]))
    };
    let placed =
        |place: &str| items(json!([{"kind": "deployment", "subject": "m", "environment": place}]));
    let corrects =
        |entry: &str| items(json!([{"kind": "correction", "entry": entry, "reason": "x"}]));
    let one = claim_of(&github(&[]));
    let base = key(&one, &model(json!({})));
    assert!(base.starts_with("ci:") && base.len() == 51, "{base}");
    // A group's statements have a suffix: `/` and at most four digits.
    assert!(base.len() + 5 <= ledgit_core::limits::CTI_BYTES);
    let again = claim_of(&github(&[
        ("GITHUB_RUN_ATTEMPT", "4"),
        ("GITHUB_ACTOR_ID", "1"),
        ("GITHUB_SHA", &"0".repeat(40)),
        ("GITHUB_ACTION", "step-two"),
    ]));
    assert_eq!(key(&again, &model(json!({}))), base);
    assert_eq!(key(&one, &model(json!({"name": "model.bin"}))), base, "the file's own name");
    assert_eq!(key(&one, &model(json!({"license": "MIT", "no_commit": true}))), base);
    let mut all = vec![base];
    for other in [
        ("GITHUB_RUN_ID", "1658821494"),
        ("GITHUB_JOB", "test"),
        ("GITHUB_REPOSITORY", "octocat/other"),
        ("GITHUB_SERVER_URL", "https://git.example"),
        ("GITHUB_WORKFLOW", "nightly"),
        ("GITEA_ACTIONS", "true"),
    ] {
        all.push(key(&claim_of(&github(&[other])), &model(json!({}))));
    }
    let gitlab = |part: &'static str| {
        let all = [("GITLAB_CI", "true"), ("CI_PIPELINE_ID", "5"), ("CI_NODE_INDEX", part)];
        key(&claim_of(&variables(&all)), &model(json!({})))
    };
    all.extend([gitlab("1"), gitlab("2")]);
    let same = key(&one, &metric(json!({})));
    assert_eq!(key(&one, &metric(json!({"value": "0.9", "samples": 4}))), same);
    all.push(same);
    let kinds = [
        model(json!({"name": "other"})),
        model(json!({"version": "2"})),
        items(json!([{"kind": "dataset", "path": "out/model.bin"}])),
        [model(json!({})), model(json!({}))].concat(),
        metric(json!({"name": "f1"})),
        metric(json!({"model": "n"})),
        metric(json!({"dataset": ["a", "s=1"], "slice": []})),
        metric(json!({"dataset": []})),
        metric(json!({"slice": ["s=2"]})),
        metric(json!({"tool": "t@2"})),
        metric(json!({"seed": "1"})),
        metric(json!({"unit": "1"})),
        metric(json!({"method": "1"})),
        metric(json!({"attribute": "1"})),
        metric(json!({"definition": "1"})),
        metric(json!({"from": "2026-01-01", "until": "2026-01-02"})),
        cost(json!({})),
        cost(json!({"subject": "n"})),
        cost(json!({"currency": "USD"})),
        cost(json!({"purpose": "reporting"})),
        cost(json!({"from": "2025-01-01"})),
        cost(json!({"until": "2026-01-03"})),
        cost(json!({"measure": "1"})),
        cost(json!({"class": "1"})),
        cost(json!({"provider": "1"})),
        cost(json!({"service": "1"})),
        run("a=m"),
        run("b=m"),
        document("card", &[]),
        document("report", &[]),
        document("card", &["m"]),
        placed("production"),
        placed("staging"),
        corrects("1"),
        corrects("2"),
    ];
    all.extend(kinds.iter().map(|items| key(&one, items)));
    let amounts = key(&one, &cost(json!({"amount": "2", "quantity": "1=h"})));
    assert!(all.contains(&amounts), "an amount is what is said, not what it is about");
    let count = all.len();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), count);
}

/// The worked example of the specification, by hand: texts with their lengths, hashed.
#[test]
fn the_key_is_what_the_specification_says_byte_by_byte() {
    let mut bytes = Vec::new();
    for text in [
        "ledgit ci key v1",
        "github-actions",
        "https://github.com",
        "octocat/hello-world",
        "",
        "train",
        "",
        "1658821493",
        "1",
        "model",
        "m.bin",
        "",
    ] {
        bytes.extend((text.len() as u32).to_be_bytes());
        bytes.extend(text.as_bytes());
    }
    let hash = ledgit_core::digest::Sha256::of(&bytes).hex();
    let model = items(json!([{"kind": "model", "path": "a/m.bin"}]));
    assert_eq!(key(&claim_of(&github(&[])), &model), format!("ci:{}", &hash[..48]));
}
