//! What a CI system says of the run that records: a claim, and verified by nobody (O-40 to O-49).

mod claim;
mod key;
mod provider;
mod statement;

pub use claim::Claim;
pub use key::key;
pub use statement::{bodies, earlier, read};

use std::ffi::OsString;

use crate::failure::Failure;
use provider::Provider;

/// What `--ci` asks for. The names are those of O-41.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Asked {
    /// No claim
    Off,
    /// The system whose marker is set, if any
    Auto,
    /// GitHub Actions
    GithubActions,
    /// Forgejo Actions
    ForgejoActions,
    /// Gitea Actions
    GiteaActions,
    /// GitLab CI
    GitlabCi,
    /// Jenkins
    Jenkins,
    /// Azure Pipelines
    AzurePipelines,
    /// CircleCI
    #[value(name = "circleci")]
    CircleCi,
    /// Buildkite
    Buildkite,
    /// Bitbucket Pipelines
    BitbucketPipelines,
}

impl Asked {
    fn provider(self) -> Option<Provider> {
        Some(match self {
            Self::Off | Self::Auto => return None,
            Self::GithubActions => Provider::GitHub,
            Self::ForgejoActions => Provider::Forgejo,
            Self::GiteaActions => Provider::Gitea,
            Self::GitlabCi => Provider::GitLab,
            Self::Jenkins => Provider::Jenkins,
            Self::AzurePipelines => Provider::Azure,
            Self::CircleCi => Provider::CircleCi,
            Self::Buildkite => Provider::Buildkite,
            Self::BitbucketPipelines => Provider::Bitbucket,
        })
    }
}

/// The claim of this process's environment; none where none is asked for, or no system is seen.
pub fn claim(asked: Asked) -> Result<Option<Claim>, Failure> {
    claim_in(asked, &|name| std::env::var_os(name))
}

/// The same over any environment.
fn claim_in(
    asked: Asked,
    environment: &dyn Fn(&str) -> Option<OsString>,
) -> Result<Option<Claim>, Failure> {
    if asked == Asked::Off {
        return Ok(None);
    }
    let seen = provider::seen(environment);
    let provider = match (asked.provider(), seen.as_slice()) {
        (Some(provider), seen) if seen.contains(&provider) => provider,
        (Some(provider), _) => {
            let (name, marker) = (provider.name(), provider.marker());
            let error = format!("this is not {name}: {marker} is not set");
            return Err(Failure::new("LG2110", error).hint("ledgit record --ci auto"));
        }
        (None, []) => return Ok(None),
        (None, [provider]) => *provider,
        (None, [first, ..]) => {
            let names: Vec<_> = seen.iter().map(|one| one.name()).collect();
            let error = format!("the markers of {} are set", names.join(" and "));
            let command = format!("ledgit record --ci {}", first.word());
            return Err(Failure::new("LG2111", error).hint(command));
        }
    };
    Claim::read(provider, environment).map(Some).map_err(|variable| {
        let error = format!("{} says no run that can be named: {variable}", provider.name());
        Failure::new("LG2112", error).hint("ledgit record --ci off")
    })
}

#[cfg(test)]
mod tests;
