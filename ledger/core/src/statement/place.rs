//! Where the next head is decided, as a proposal of it says.

use super::address::Address;
use super::refusal::Refusal;
use super::wire::{Set, Wire};
use crate::cbor::{CborError, Reader, Writer};
use crate::limits;

/// A place that decides about the next head of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthorityPlace {
    /// A repository, by its id.
    Repository(RepositoryPlace),
    /// A Git remote, by its addresses.
    Remote(RemotePlace),
    /// A repository that is served over HTTP.
    Service(ServicePlace),
}

record! {
    /// The repository that has this id.
    RepositoryPlace {
        /// Its id, drawn there.
        id "id": [u8; 16],
    }
}

record! {
    /// A Git remote.
    RemotePlace {
        /// Where it is reached; any one may be used.
        urls "urls": Set<Address>,
    }
}

record! {
    /// The repository that has this id, served over HTTP.
    ServicePlace {
        /// Its id, drawn there.
        id "id": [u8; 16],
        /// Where it is reached; any one may be used.
        urls "urls": Set<Address>,
    }
}

impl AuthorityPlace {
    /// The word that a statement has for its sort.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Repository(_) => "repository",
            Self::Remote(_) => "remote",
            Self::Service(_) => "service",
        }
    }

    /// The id of the repository that it is; a remote is known by its addresses alone.
    pub fn id(&self) -> Option<[u8; 16]> {
        match self {
            Self::Repository(place) => Some(place.id),
            Self::Service(place) => Some(place.id),
            Self::Remote(_) => None,
        }
    }

    /// Where it is reached; nowhere that the ledger says, if it is a plain repository.
    pub fn urls(&self) -> &[Address] {
        match self {
            Self::Repository(_) => &[],
            Self::Remote(place) => place.urls.as_slice(),
            Self::Service(place) => place.urls.as_slice(),
        }
    }

    /// The rules of S-26 and S-27 beyond each address' own.
    ///
    /// # Errors
    /// [`Refusal`]: why no statement may name it.
    pub fn check(&self) -> Result<(), Refusal> {
        let urls = self.urls();
        let none = matches!(self, Self::Repository(_));
        if !none && (urls.is_empty() || urls.len() > limits::AUTHORITY_URLS) {
            return Err(Refusal::List(urls.len() as u64));
        }
        match self {
            Self::Service(_) if !urls.iter().all(Address::is_http) => {
                Err(Refusal::Rule("a service is reached over http or https alone"))
            }
            _ => Ok(()),
        }
    }
}

impl Wire for AuthorityPlace {
    fn write(&self, to: &mut Writer) {
        to.map(1).text(self.word());
        match self {
            Self::Repository(place) => place.write(to),
            Self::Remote(place) => place.write(to),
            Self::Service(place) => place.write(to),
        }
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Refusal> {
        let at = from.at();
        if from.map()? != 1 {
            return Err(CborError::Expected { expected: "one authority", at }.into());
        }
        let at = from.at();
        match from.text()? {
            "repository" => Ok(Self::Repository(RepositoryPlace::read(from)?)),
            "remote" => Ok(Self::Remote(RemotePlace::read(from)?)),
            "service" => Ok(Self::Service(ServicePlace::read(from)?)),
            _ => Err(CborError::Expected { expected: "repository, remote or service", at }.into()),
        }
    }
}
