//! `init`: found a ledger.

use std::path::{Path, PathBuf};

use ledgit_core::digest::{LedgerId, RootHash};
use ledgit_core::signature::Signer as _;
use ledgit_core::statement::{Continues, Key, Principal, PrincipalKind, Roster};
use ledgit_store::durable::Writer;
use ledgit_store::keys::{
    Agent, KeysError, fingerprint, parse_allowed_signers, parse_public, public_line,
};
use ledgit_store::ledger::{Founding, LedgerError, create};
use serde_json::json;

use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;
use crate::parse;

#[derive(Debug, clap::Args)]
pub struct Init {
    /// Name of the ledger, as bank.example/credit [default: local/ and the directory's name]
    #[arg(long)]
    name: Option<String>,
    /// A founder and their SSH public key: an id, =, a .pub file, the key's text, or agent for the
    /// only one that the ssh-agent holds (repeat)
    #[arg(long, value_name = "ID=KEY", required_unless_present = "allowed_signers")]
    person: Vec<String>,
    /// Founders from an allowed_signers file, as git and ssh-keygen read it
    #[arg(long, value_name = "FILE")]
    allowed_signers: Option<PathBuf>,
    /// A service, such as a pipeline, and its SSH public key (repeat)
    #[arg(long, value_name = "ID=KEY")]
    service: Vec<String>,
    /// How many founders must accept [default: all]
    #[arg(long)]
    threshold: Option<u64>,
    /// Seconds that an author's clock may differ from the log's
    #[arg(long, default_value_t = 3_600)]
    skew: u64,
    /// The ledger that this one goes on for: its id, size and root, as its last `status` says
    #[arg(long, value_name = "LEDGER,SIZE,ROOT")]
    continues: Option<String>,
}

impl Init {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let repository = context.repository()?;
        let place = repository.work_tree().unwrap_or(repository.common_dir()).to_owned();
        let mut named = self.person.clone();
        if let Some(path) = &self.allowed_signers {
            named.extend(signers(path)?);
        }
        let mut principals = principals(&named, PrincipalKind::Person)?;
        let persons = principals.len() as u64;
        principals.extend(self::principals(&self.service, PrincipalKind::Service)?);
        let threshold = self.threshold.unwrap_or(persons);
        let founding = Founding {
            name: self.name.unwrap_or_else(|| default_name(&place)),
            roster: Roster { threshold, principals: principals.iter().cloned().collect() },
            skew: self.skew,
            continues: self.continues.as_deref().map(continued).transpose()?,
        };
        let now = context.now()?;
        let made = create(repository, context.memory()?, Writer::default(), founding, now);
        let ledger = made.map_err(|error| match error {
            LedgerError::Statement(why) => {
                let error = format!("the genesis would be refused: {why}");
                Failure::new("LG2027", error).hint("ledgit init --help")
            }
            other => other.into(),
        })?;
        let id = ledger.log()?.ledger()?;
        let origin = ledger.checkpoint().origin.clone();
        let mut text = format!("founded {origin}\nledger  {}\n", id.audience());
        text.push_str("        (auditors pin this id: give it to them yourself, outside Git)\n");
        for principal in &principals {
            for key in principal.keys.as_slice() {
                let kind = principal.kind.word();
                let (id, print) = (principal.id.as_str(), fingerprint(&key.0));
                text.push_str(&format!("{kind:<8}{id}  {print}\n"));
            }
        }
        text.push_str(&format!(
            "next:   ledgit approve genesis          (founders accept; {threshold} of {persons} must)\n        ledgit record dataset DIR --name NAME\n        git push origin refs/ledgit/log 'refs/ledgit/evidence/*' 'refs/ledgit/anchors/*'\n"
        ));
        let json = json!({
            "schema": "ledgit.init/1",
            "origin": origin,
            "ledger": id.audience(),
            "threshold": threshold,
            "size": ledger.checkpoint().size,
        });
        Ok(Output::new(text, json))
    }
}

/// The people of an `allowed_signers` file, as `ID=KEY`.
fn signers(path: &Path) -> Result<Vec<String>, Failure> {
    let text =
        std::fs::read_to_string(path).map_err(|error| Failure::file("read", path, &error))?;
    let found = parse_allowed_signers(&text)?;
    Ok(found.iter().map(|(id, key)| format!("{id}={}", public_line(key, ""))).collect())
}

/// Reads `ledgit:HEX,SIZE,HEX`.
fn continued(text: &str) -> Result<Continues, Failure> {
    let wrong = || {
        Failure::usage(&format!("continues: {text:?} is not of the form LEDGER,SIZE,ROOT"))
            .hint("ledgit status   (in the old ledger)")
    };
    let mut parts = text.split(',');
    let (Some(ledger), Some(size), Some(root), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(wrong());
    };
    let ledger = LedgerId::from_hex(ledger.trim_start_matches("ledgit:")).map_err(|_| wrong())?;
    let size = size.parse().map_err(|_| wrong())?;
    Ok(Continues { root: RootHash::from_hex(root).map_err(|_| wrong())?, size, ledger })
}

/// One principal for each id; an id that is named twice has two keys.
fn principals(named: &[String], kind: PrincipalKind) -> Result<Vec<Principal>, Failure> {
    let mut found: Vec<(String, Vec<Key>)> = Vec::new();
    for text in named {
        let (id, key) = parse::pair("person or service", text)?;
        let key = public_key(key)?;
        match found.iter_mut().find(|(known, _)| known == id) {
            Some((_, keys)) => keys.push(key),
            None => found.push((id.to_owned(), vec![key])),
        }
    }
    let principal = |(id, keys): (String, Vec<Key>)| {
        let id = parse::value("id", &id)?;
        Ok(Principal { id, keys: keys.into_iter().collect(), kind })
    };
    found.into_iter().map(principal).collect()
}

/// A key's text, or a file that holds one.
pub fn public_key(text: &str) -> Result<Key, Failure> {
    if text == "agent" {
        let socket = std::env::var_os("SSH_AUTH_SOCK").filter(|path| !path.is_empty());
        let socket = socket.ok_or(KeysError::AgentAbsent)?;
        return Ok(Key(Agent::at(Path::new(&socket)).only_key()?.public_key()));
    }
    if text.starts_with("ssh-") || text.starts_with("key::") {
        return Ok(Key(parse_public(text, "the command line")?));
    }
    let path = match text.strip_prefix("~/") {
        Some(rest) => PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(rest),
        None => PathBuf::from(text),
    };
    let line =
        std::fs::read_to_string(&path).map_err(|error| Failure::file("read", &path, &error))?;
    if line.contains("PRIVATE KEY") {
        let error = format!("{} is a private key; name the .pub file", path.display());
        return Err(
            Failure::new("LG2030", error).hint(format!("ssh-keygen -y -f {}", path.display()))
        );
    }
    Ok(Key(parse_public(line.trim(), &path.display().to_string())?))
}

fn default_name(place: &Path) -> String {
    let place = std::path::absolute(place).unwrap_or_else(|_| place.to_owned());
    let name = place.file_name().map(|name| name.to_string_lossy().to_lowercase());
    let plain = |char: char| if char.is_ascii_alphanumeric() { char } else { '-' };
    let name: String = name.unwrap_or_default().chars().map(plain).collect();
    format!("local/{}", if name.is_empty() { "ledger" } else { name.trim_matches('-') })
}
