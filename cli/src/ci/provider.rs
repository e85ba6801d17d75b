//! The CI systems: how each is recognised, and which variables it documents (O-41, O-42).

use std::ffi::OsString;

/// A CI system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provider {
    Forgejo,
    Gitea,
    GitHub,
    GitLab,
    Jenkins,
    Azure,
    CircleCi,
    Buildkite,
    Bitbucket,
}

/// All of them; one that sets another's marker too stands before it.
const ALL: [Provider; 9] = [
    Provider::Forgejo,
    Provider::Gitea,
    Provider::GitHub,
    Provider::GitLab,
    Provider::Jenkins,
    Provider::Azure,
    Provider::CircleCi,
    Provider::Buildkite,
    Provider::Bitbucket,
];

/// Variables of a system by what they say. Of several the first that is set counts.
#[derive(Debug, Clone, Copy)]
pub struct Variables {
    pub server: &'static [&'static str],
    /// Joined by `/`.
    pub repository: &'static [&'static str],
    /// Each of these is joined by `/`.
    pub workflow: &'static [&'static [&'static str]],
    /// Each of these is joined by `/`.
    pub job: &'static [&'static [&'static str]],
    pub part: &'static [&'static str],
    pub run: &'static [&'static str],
    /// And what is added to it: some count from 0.
    pub attempt: Option<(&'static str, u64)>,
    pub event: &'static [&'static str],
    pub reference: &'static [&'static str],
    pub commit: &'static [&'static str],
    pub actor: &'static [&'static str],
    pub url: Url,
}

/// Where the run is shown.
#[derive(Debug, Clone, Copy)]
pub enum Url {
    /// As a variable says.
    Said(&'static str),
    /// Made of these variables and texts.
    Made(&'static [Piece]),
}

/// A piece of a URL.
#[derive(Debug, Clone, Copy)]
pub enum Piece {
    /// The value of a variable, without a slash at its end.
    Of(&'static str),
    /// As it stands here.
    Text(&'static str),
}

use Piece::{Of, Text};

const ACTIONS: Variables = Variables {
    server: &["GITHUB_SERVER_URL"],
    repository: &["GITHUB_REPOSITORY"],
    workflow: &[&["GITHUB_WORKFLOW_REF"], &["GITHUB_WORKFLOW"]],
    job: &[&["GITHUB_JOB"]],
    part: &[],
    run: &["GITHUB_RUN_ID"],
    attempt: Some(("GITHUB_RUN_ATTEMPT", 0)),
    event: &["GITHUB_EVENT_NAME"],
    reference: &["GITHUB_REF"],
    commit: &["GITHUB_SHA"],
    actor: &["GITHUB_ACTOR_ID"],
    url: Url::Made(&[
        Of("GITHUB_SERVER_URL"),
        Text("/"),
        Of("GITHUB_REPOSITORY"),
        Text("/actions/runs/"),
        Of("GITHUB_RUN_ID"),
    ]),
};

/// Theirs are numbered in the address by another number than the id.
const LIKE_ACTIONS: Variables = Variables {
    url: Url::Made(&[
        Of("GITHUB_SERVER_URL"),
        Text("/"),
        Of("GITHUB_REPOSITORY"),
        Text("/actions/runs/"),
        Of("GITHUB_RUN_NUMBER"),
    ]),
    ..ACTIONS
};

const GITLAB: Variables = Variables {
    server: &["CI_SERVER_URL"],
    repository: &["CI_PROJECT_PATH"],
    workflow: &[&["CI_CONFIG_PATH"]],
    job: &[&["CI_JOB_NAME"]],
    part: &["CI_NODE_INDEX"],
    run: &["CI_PIPELINE_ID"],
    attempt: Some(("CI_JOB_RETRY_COUNT", 1)),
    event: &["CI_PIPELINE_SOURCE"],
    reference: &["CI_COMMIT_REF_NAME"],
    commit: &["CI_COMMIT_SHA"],
    actor: &["GITLAB_USER_ID"],
    url: Url::Said("CI_PIPELINE_URL"),
};

const JENKINS: Variables = Variables {
    server: &["JENKINS_URL"],
    repository: &["GIT_URL"],
    workflow: &[&["JOB_NAME"]],
    job: &[&["STAGE_NAME"]],
    part: &[],
    run: &["BUILD_NUMBER"],
    attempt: None,
    event: &[],
    reference: &["GIT_BRANCH"],
    commit: &["GIT_COMMIT"],
    actor: &[],
    url: Url::Said("BUILD_URL"),
};

const AZURE: Variables = Variables {
    server: &["SYSTEM_COLLECTIONURI"],
    repository: &["BUILD_REPOSITORY_NAME"],
    workflow: &[&["BUILD_DEFINITIONNAME"]],
    job: &[&["SYSTEM_STAGENAME", "SYSTEM_PHASENAME", "SYSTEM_JOBNAME"]],
    part: &["SYSTEM_JOBPOSITIONINPHASE"],
    run: &["BUILD_BUILDID"],
    attempt: Some(("SYSTEM_JOBATTEMPT", 0)),
    event: &["BUILD_REASON"],
    reference: &["BUILD_SOURCEBRANCH"],
    commit: &["BUILD_SOURCEVERSION"],
    actor: &["BUILD_REQUESTEDFORID"],
    url: Url::Made(&[
        Of("SYSTEM_COLLECTIONURI"),
        Text("/"),
        Of("SYSTEM_TEAMPROJECTID"),
        Text("/_build/results?buildId="),
        Of("BUILD_BUILDID"),
    ]),
};

const CIRCLECI: Variables = Variables {
    server: &[],
    repository: &["CIRCLE_PROJECT_USERNAME", "CIRCLE_PROJECT_REPONAME"],
    workflow: &[],
    job: &[&["CIRCLE_JOB"]],
    part: &["CIRCLE_NODE_INDEX"],
    run: &["CIRCLE_PIPELINE_ID", "CIRCLE_WORKFLOW_ID"],
    attempt: None,
    event: &[],
    reference: &["CIRCLE_TAG", "CIRCLE_BRANCH"],
    commit: &["CIRCLE_SHA1"],
    actor: &[],
    url: Url::Said("CIRCLE_BUILD_URL"),
};

const BUILDKITE: Variables = Variables {
    server: &[],
    repository: &["BUILDKITE_REPO"],
    workflow: &[&["BUILDKITE_ORGANIZATION_SLUG", "BUILDKITE_PIPELINE_SLUG"]],
    job: &[&["BUILDKITE_STEP_KEY"], &["BUILDKITE_STEP_ID"]],
    part: &["BUILDKITE_PARALLEL_JOB"],
    run: &["BUILDKITE_BUILD_ID"],
    attempt: Some(("BUILDKITE_RETRY_COUNT", 1)),
    event: &["BUILDKITE_SOURCE"],
    reference: &["BUILDKITE_TAG", "BUILDKITE_BRANCH"],
    commit: &["BUILDKITE_COMMIT"],
    actor: &[],
    url: Url::Said("BUILDKITE_BUILD_URL"),
};

const BITBUCKET: Variables = Variables {
    server: &[],
    repository: &["BITBUCKET_REPO_FULL_NAME"],
    workflow: &[],
    job: &[&["BITBUCKET_STEP_UUID"]],
    part: &["BITBUCKET_PARALLEL_STEP"],
    run: &["BITBUCKET_BUILD_NUMBER"],
    attempt: Some(("BITBUCKET_STEP_RUN_NUMBER", 0)),
    event: &[],
    reference: &["BITBUCKET_TAG", "BITBUCKET_BRANCH"],
    commit: &["BITBUCKET_COMMIT"],
    actor: &["BITBUCKET_STEP_TRIGGERER_UUID"],
    url: Url::Made(&[
        Of("BITBUCKET_GIT_HTTP_ORIGIN"),
        Text("/pipelines/results/"),
        Of("BITBUCKET_BUILD_NUMBER"),
    ]),
};

impl Provider {
    /// Its word in documents and options.
    pub fn word(self) -> &'static str {
        match self {
            Self::Forgejo => "forgejo-actions",
            Self::Gitea => "gitea-actions",
            Self::GitHub => "github-actions",
            Self::GitLab => "gitlab-ci",
            Self::Jenkins => "jenkins",
            Self::Azure => "azure-pipelines",
            Self::CircleCi => "circleci",
            Self::Buildkite => "buildkite",
            Self::Bitbucket => "bitbucket-pipelines",
        }
    }

    /// The one of this word.
    pub fn from_word(word: &str) -> Option<Self> {
        ALL.into_iter().find(|one| one.word() == word)
    }

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Forgejo => "Forgejo Actions",
            Self::Gitea => "Gitea Actions",
            Self::GitHub => "GitHub Actions",
            Self::GitLab => "GitLab CI",
            Self::Jenkins => "Jenkins",
            Self::Azure => "Azure Pipelines",
            Self::CircleCi => "CircleCI",
            Self::Buildkite => "Buildkite",
            Self::Bitbucket => "Bitbucket Pipelines",
        }
    }

    /// The variable that tells it from others, and the value that it must have, if any will not do.
    fn sign(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Forgejo => ("FORGEJO_ACTIONS", Some("true")),
            Self::Gitea => ("GITEA_ACTIONS", Some("true")),
            Self::GitHub => ("GITHUB_ACTIONS", Some("true")),
            Self::GitLab => ("GITLAB_CI", Some("true")),
            Self::Jenkins => ("JENKINS_URL", None),
            Self::Azure => ("TF_BUILD", Some("True")),
            Self::CircleCi => ("CIRCLECI", Some("true")),
            Self::Buildkite => ("BUILDKITE", Some("true")),
            Self::Bitbucket => ("BITBUCKET_BUILD_NUMBER", None),
        }
    }

    /// Its marker, as it is to be set.
    pub fn marker(self) -> String {
        match self.sign() {
            (name, Some(value)) => format!("{name}={value}"),
            (name, None) => name.to_owned(),
        }
    }

    /// What it documents.
    pub fn variables(self) -> &'static Variables {
        match self {
            Self::GitHub => &ACTIONS,
            Self::Forgejo | Self::Gitea => &LIKE_ACTIONS,
            Self::GitLab => &GITLAB,
            Self::Jenkins => &JENKINS,
            Self::Azure => &AZURE,
            Self::CircleCi => &CIRCLECI,
            Self::Buildkite => &BUILDKITE,
            Self::Bitbucket => &BITBUCKET,
        }
    }
}

/// The systems whose markers are set (O-41).
pub fn seen(environment: &dyn Fn(&str) -> Option<OsString>) -> Vec<Provider> {
    let is_set = |one: &Provider| {
        let (name, demanded) = one.sign();
        environment(name).is_some_and(|value| match demanded {
            Some(demanded) => value == demanded,
            None => !value.is_empty(),
        })
    };
    let mut seen: Vec<_> = ALL.into_iter().filter(is_set).collect();
    let like_actions = [Provider::Forgejo, Provider::Gitea, Provider::GitHub];
    if let Some(meant) = seen.iter().copied().find(|one| like_actions.contains(one)) {
        seen.retain(|one| *one == meant || !like_actions.contains(one));
    }
    seen
}
