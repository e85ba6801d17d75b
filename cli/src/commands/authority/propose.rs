//! `authority propose`: another authority, which approvals bring into force.

use ledgit_core::digest::from_hex;
use ledgit_core::statement::{
    Address, AuthorityPlace, Body, Change, Proposal, RemotePlace, RepositoryPlace, ServicePlace,
    Set,
};
use ledgit_store::git::EvidenceBatch;
use ledgit_store::ledger::Ledger;

use crate::commands::changes;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;
use crate::render::place::differences;

#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("sort").required(true).args(["repository", "remote", "service"]))]
pub struct Propose {
    /// A repository: this one, or the one that --id names
    #[arg(long)]
    repository: bool,
    /// A Git remote at these addresses, any one of which may be used
    #[arg(long, value_name = "URL", num_args = 1..)]
    remote: Vec<String>,
    /// This repository, or the one that --id names, served over HTTP at these addresses
    #[arg(long, value_name = "URL", num_args = 1..)]
    service: Vec<String>,
    /// Id of another repository, as `ledgit authority id` prints it there
    #[arg(long, value_name = "ID", conflicts_with = "remote")]
    id: Option<String>,
    /// SSH key that signs: a file, or the public key of one in the agent
    #[arg(long)]
    key: Option<String>,
    /// The same key again records nothing again
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,
}

impl Propose {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let mut ledger = context.ledger()?;
        let authority = ledger.state()?.authority().cloned();
        let authority = authority.ok_or_else(|| Failure::internal("no genesis"))?;
        if authority.is_founding() {
            let error = "the ledger is not founded yet, so nothing can be proposed";
            return Err(Failure::new("LG2084", error).hint("ledgit approve genesis"));
        }
        let place = self.place(&ledger)?;
        let lines = differences(authority.place(), &place);
        let replaces = authority.authority_by();
        let body = Body::from(Proposal { change: Change::Authority(place), replaces });
        let (key, once) = (self.key.as_deref(), self.idempotency_key);
        let submitted = (body, EvidenceBatch::default());
        changes::propose(context, &mut ledger, submitted, ("authority", lines), key, once)
    }

    fn place(&self, ledger: &Ledger) -> Result<AuthorityPlace, Failure> {
        let place = if !self.remote.is_empty() {
            AuthorityPlace::Remote(RemotePlace { urls: addresses(&self.remote)? })
        } else if !self.service.is_empty() {
            let urls = addresses(&self.service)?;
            AuthorityPlace::Service(ServicePlace { id: self.repository_id(ledger)?, urls })
        } else {
            AuthorityPlace::Repository(RepositoryPlace { id: self.repository_id(ledger)? })
        };
        place.check().map_err(refused)?;
        Ok(place)
    }

    fn repository_id(&self, ledger: &Ledger) -> Result<[u8; 16], Failure> {
        match &self.id {
            None => Ok(ledger.keep_repository_id()?),
            Some(id) => from_hex(id).map_err(|_| {
                let error = format!("{id:?} is no id of a repository: 32 hexadecimal digits");
                Failure::new("LG2050", error).hint("in that repository: ledgit authority id")
            }),
        }
    }
}

fn addresses(urls: &[String]) -> Result<Set<Address>, Failure> {
    let read = |url: &String| url.parse::<Address>().map_err(refused);
    urls.iter().map(read).collect()
}

/// The address itself is not repeated: it may tell a password.
fn refused(why: impl std::fmt::Display) -> Failure {
    Failure::new("LG2084", format!("the authority is refused: {why}")).hint("ledgit explain LG2084")
}
