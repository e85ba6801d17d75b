//! The claim, and its document (O-43, O-44, O-47).

use std::ffi::OsString;

use ledgit_core::limits;
use ledgit_core::name::Text;
use ledgit_core::statement::Address;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::provider::{Piece, Provider, Url};

/// What stands in every document, so that it says of itself what it is.
const MARK: &str = "said by the environment of the process that recorded, and verified by nobody";

/// What the environment of a pipeline says of its run. Fields stand in the order of O-44.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    claim: String,
    pub(super) provider: String,
    pub(super) server: Option<String>,
    pub(super) repository: Option<String>,
    pub(super) workflow: Option<String>,
    pub(super) job: Option<String>,
    pub(super) part: Option<String>,
    pub(super) run: String,
    attempt: Option<u64>,
    event: Option<String>,
    #[serde(rename = "ref")]
    reference: Option<String>,
    commit: Option<String>,
    actor: Option<String>,
    url: Option<String>,
    left_out: Vec<String>,
}

/// Reads variables, and keeps which fields have a value that can't be taken.
struct Reader<'a> {
    environment: &'a dyn Fn(&str) -> Option<OsString>,
    left_out: Vec<String>,
}

impl Reader<'_> {
    /// A variable that is set and not empty; `Err` for one that is not Unicode.
    fn variable(&self, name: &str) -> Option<Result<String, ()>> {
        let value = (self.environment)(name).filter(|value| !value.is_empty())?;
        Some(value.into_string().map_err(drop))
    }

    /// The first of several variables that is set.
    fn first(&self, names: &[&str]) -> Option<Result<String, ()>> {
        names.iter().find_map(|name| self.variable(name))
    }

    /// Several variables, joined; those that are not set are passed over.
    fn joined(&self, names: &[&str]) -> Option<Result<String, ()>> {
        let values: Vec<_> = names.iter().filter_map(|name| self.variable(name)).collect();
        let all: Result<Vec<_>, _> = values.into_iter().collect();
        match all {
            Ok(all) if all.is_empty() => None,
            all => Some(all.map(|all| all.join("/"))),
        }
    }

    /// The first of several that are joined each.
    fn first_joined(&self, names: &[&[&str]]) -> Option<Result<String, ()>> {
        names.iter().find_map(|names| self.joined(names))
    }

    /// A value if it is as its field demands; else the field is named.
    fn taken(
        &mut self,
        field: &str,
        value: Option<Result<String, ()>>,
        good: fn(&str) -> bool,
    ) -> Option<String> {
        match value? {
            Ok(value) if good(&value) => Some(value),
            _ => {
                self.left_out.push(field.to_owned());
                None
            }
        }
    }

    fn attempt(&mut self, variable: Option<(&str, u64)>) -> Option<u64> {
        let (name, more) = variable?;
        let value = self.taken("attempt", self.variable(name), is_number)?;
        let attempt = value.parse::<u64>().ok().map(|number| number + more);
        if attempt == Some(0) {
            self.left_out.push("attempt".to_owned());
        }
        attempt.filter(|attempt| *attempt > 0)
    }

    /// None where a piece is not set.
    fn url(&self, url: Url) -> Option<Result<String, ()>> {
        let pieces = match url {
            Url::Said(name) => return self.variable(name),
            Url::Made(pieces) => pieces,
        };
        let mut made = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(text) => made.push_str(text),
                Piece::Of(name) => match self.variable(name)? {
                    Ok(value) => made.push_str(value.trim_end_matches('/')),
                    Err(()) => return Some(Err(())),
                },
            }
        }
        Some(Ok(made))
    }
}

impl Claim {
    /// What the environment says of a run; `Err` names the variable that has no run in it.
    pub fn read(
        provider: Provider,
        environment: &dyn Fn(&str) -> Option<OsString>,
    ) -> Result<Self, &'static str> {
        let variables = provider.variables();
        let mut reader = Reader { environment, left_out: Vec::new() };
        let run = reader.first(variables.run).and_then(Result::ok).filter(|run| is_run(run));
        let run = run.ok_or(variables.run.first().copied().unwrap_or_default())?;
        let server = reader.first(variables.server);
        let server = reader.taken("server", server, is_web);
        let repository = reader.joined(variables.repository);
        let repository = reader.taken("repository", repository, is_repository);
        let workflow = reader.first_joined(variables.workflow);
        let workflow = reader.taken("workflow", workflow, is_text);
        let job = reader.first_joined(variables.job);
        let job = reader.taken("job", job, is_text);
        let part = reader.first(variables.part);
        let part = reader.taken("part", part, is_text);
        let attempt = reader.attempt(variables.attempt);
        let event = reader.first(variables.event);
        let event = reader.taken("event", event, is_text);
        let reference = reader.first(variables.reference);
        let reference = reader.taken("ref", reference, is_text);
        let commit = reader.first(variables.commit);
        let commit = reader.taken("commit", commit, is_commit);
        let actor = reader.first(variables.actor);
        let actor = reader.taken("actor", actor, is_text);
        let url = reader.url(variables.url);
        let url = reader.taken("url", url, is_url);
        Ok(Self {
            claim: MARK.to_owned(),
            provider: provider.word().to_owned(),
            server,
            repository,
            workflow,
            job,
            part,
            run,
            attempt,
            event,
            reference,
            commit,
            actor,
            url,
            left_out: reader.left_out,
        })
    }

    /// Its document, in its one form.
    pub fn encode(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut bytes = serde_json::to_vec(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// The claim of a document; none for bytes that are not exactly one.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        if bytes.len() as u64 > limits::CI_CLAIM_BYTES {
            return None;
        }
        let claim: Self = serde_json::from_slice(bytes).ok()?;
        let one_form = claim.encode().is_ok_and(|encoded| encoded == bytes);
        (one_form && claim.is_valid()).then_some(claim)
    }

    /// Whether each field is as O-43 and O-44 say.
    fn is_valid(&self) -> bool {
        let good =
            |value: &Option<String>, good: fn(&str) -> bool| value.as_deref().is_none_or(good);
        let texts = [&self.workflow, &self.job, &self.part, &self.event, &self.reference];
        let names = ["server", "repository", "workflow", "job", "part", "attempt", "event"];
        let names: Vec<_> = names.iter().chain(&["ref", "commit", "actor", "url"]).collect();
        let places: Vec<_> =
            self.left_out.iter().map(|one| names.iter().position(|name| **name == one)).collect();
        self.claim == MARK
            && Provider::from_word(&self.provider).is_some()
            && is_run(&self.run)
            && texts.iter().all(|text| good(text, is_text))
            && good(&self.actor, is_text)
            && good(&self.server, is_web)
            && good(&self.repository, is_repository)
            && good(&self.commit, is_commit)
            && good(&self.url, is_url)
            && self.attempt.is_none_or(|attempt| (1..=1_000_000_000).contains(&attempt))
            && places.iter().all(Option::is_some)
            && places.is_sorted_by(|one, next| one < next)
    }

    /// The name of its statement.
    pub fn label(&self) -> String {
        format!("claim of {} run {}", self.provider, self.run)
    }

    /// For people.
    pub fn says(&self) -> String {
        let provider = Provider::from_word(&self.provider).map_or("a CI system", Provider::name);
        let attempt = self.attempt.map(|attempt| format!(", attempt {attempt}"));
        let attempt = attempt.unwrap_or_default();
        format!("claimed by {provider}: run {}{attempt} (a claim, not verified)", self.run)
    }

    /// For programs.
    pub fn json(&self) -> Value {
        json!(self)
    }
}

fn is_run(text: &str) -> bool {
    let char = |byte: u8| byte.is_ascii_alphanumeric() || b"._-:{}".contains(&byte);
    (1..=64).contains(&text.len()) && text.bytes().all(char)
}

fn is_number(text: &str) -> bool {
    (1..=9).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_text(text: &str) -> bool {
    text.parse::<Text>().is_ok()
}

fn is_commit(text: &str) -> bool {
    let digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    matches!(text.len(), 40 | 64) && text.bytes().all(digit)
}

/// An address over HTTP, which holds no password (S-27).
fn is_web(text: &str) -> bool {
    text.parse::<Address>().is_ok_and(|address| address.is_http())
}

/// A name, or an address without a password.
fn is_repository(text: &str) -> bool {
    let is_address = text.contains("://") || text.contains('@');
    is_text(text) && (!is_address || text.parse::<Address>().is_ok())
}

/// The same as a server's, with the query of Azure's.
fn is_url(text: &str) -> bool {
    let (before, query) = match text.split_once("?buildId=") {
        Some((before, query)) => (before, Some(query)),
        None => (text, None),
    };
    is_text(text) && is_web(before) && query.is_none_or(is_run)
}
