//! Which remote is meant.

use ledgit_core::statement::{AuthorityPlace, RemotePlace};
use ledgit_store::git::Repository;
use ledgit_store::remote::Remote;

use crate::failure::Failure;

/// The remote that orders the log, where one does: by the name that is given or that the repository has for
/// it, else by its address.
pub fn authority(
    repository: &Repository,
    place: &AuthorityPlace,
    named: Option<&str>,
) -> Result<Option<Remote>, Failure> {
    let AuthorityPlace::Remote(RemotePlace { urls }) = place else { return Ok(None) };
    let directory = repository.common_dir();
    let is_it = |remote: &Remote| -> Result<bool, Failure> {
        let url = remote.url()?;
        Ok(urls.as_slice().iter().any(|one| one.as_str() == url))
    };
    if let Some(name) = named {
        let remote = Remote::new(directory, name)?;
        if is_it(&remote)? {
            return Ok(Some(remote));
        }
        let all: Vec<_> = urls.as_slice().iter().map(|url| url.as_str()).collect();
        let error =
            format!("{name} is not the authority: the log is ordered at {}", all.join(", "));
        return Err(Failure::new("LG2082", error).hint("ledgit authority"));
    }
    for name in Remote::all(directory)? {
        let remote = Remote::new(directory, &name)?;
        if is_it(&remote)? {
            return Ok(Some(remote));
        }
    }
    let first = urls.as_slice().first();
    first.map(|url| Ok(Remote::new(directory, url.as_str())?)).transpose()
}

/// The remote that is named, or the one that there is: the only one, or `origin`.
pub fn chosen(repository: &Repository, named: Option<&str>) -> Result<Remote, Failure> {
    let directory = repository.common_dir();
    if let Some(name) = named {
        return Ok(Remote::new(directory, name)?);
    }
    let all = Remote::all(directory)?;
    match all.as_slice() {
        [only] => Ok(Remote::new(directory, only)?),
        several if several.iter().any(|name| name == "origin") => {
            Ok(Remote::new(directory, "origin")?)
        }
        [] => Err(Failure::new("LG2085", "this repository has no remote to exchange with")
            .hint("git remote add origin URL")),
        several => {
            let error = format!("there are several remotes: {}", several.join(", "));
            Err(Failure::new("LG2085", error).hint("name one: ledgit sync --remote NAME"))
        }
    }
}
