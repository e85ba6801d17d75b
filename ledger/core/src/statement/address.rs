//! An address of an authority: what git, or an HTTP client, is given to reach it (S-27).

use std::fmt;
use std::str::FromStr;

use super::refusal::Refusal;
use super::wire::Wire;
use crate::cbor::{Reader, Writer};
use crate::name::Text;

/// Schemes that git itself speaks. It hands any other to a program of that name.
const SCHEMES: [&str; 5] = ["https", "http", "ssh", "git", "file"];

/// Where a remote or a service is reached. It holds no secret, and nothing that git takes for an
/// option or for the name of a program.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(Text);

impl Address {
    /// As it is written.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether it is reached over HTTP, with TLS or without.
    pub fn is_http(&self) -> bool {
        let scheme = self.as_str().split_once("://").map(|(scheme, _)| scheme);
        matches!(scheme, Some("http" | "https"))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Address {
    type Err = Refusal;

    fn from_str(address: &str) -> Result<Self, Refusal> {
        let text: Text = address.parse()?;
        check(address).map_err(Refusal::Rule)?;
        Ok(Self(text))
    }
}

impl Wire for Address {
    fn write(&self, to: &mut Writer) {
        self.0.write(to);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Refusal> {
        from.text()?.parse()
    }
}

/// What is wrong with an address.
fn check(address: &str) -> Result<(), &'static str> {
    if address.starts_with('-') {
        return Err("an address begins with -, which git would take for an option");
    }
    if is_helped(address) {
        return Err("an address names a transport helper, which git would run");
    }
    if address.starts_with('/') {
        return Ok(());
    }
    match address.split_once("://") {
        Some((scheme, rest)) if SCHEMES.contains(&scheme) => check_url(scheme, rest),
        Some(_) => Err("an address has a scheme other than https, http, ssh, git and file"),
        None => check_host_and_path(address),
    }
}

/// Whether git would run a helper by what stands before a double colon.
fn is_helped(address: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    address.trim_start_matches(word).starts_with("::")
}

/// `HOST/PATH` after a scheme.
fn check_url(scheme: &str, rest: &str) -> Result<(), &'static str> {
    if rest.contains([' ', '\\']) {
        return Err("an address with a scheme has a space or a backslash");
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    let (user, host) = match host.rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (None, host),
    };
    // A user name that is a token is a secret, too.
    match (scheme, user) {
        ("ssh", Some(user)) => check_user(user)?,
        (_, Some(_)) => return Err("an address that is not ssh has a user name or a password"),
        (_, None) => {}
    }
    let web = scheme.starts_with("http");
    if web && path.contains(['?', '#']) {
        return Err("an address over HTTP has a query or a fragment");
    }
    match scheme {
        "file" if host.is_empty() && path.len() > 1 => Ok(()),
        "file" => Err("an address of a file has a host, or no path"),
        _ if !web && path.len() < 2 => Err("an address has no path"),
        _ => check_port_and_host(host),
    }
}

/// `USER@HOST:PATH`, which git gives to ssh.
fn check_host_and_path(address: &str) -> Result<(), &'static str> {
    let shape = "an address is neither a URL, nor USER@HOST:PATH, nor a path from the root";
    let (first, _) = address.split_once('/').unwrap_or((address, ""));
    let (host, _) = first.split_once(':').ok_or(shape)?;
    let path = address.get(host.len() + 1..).unwrap_or_default();
    // USER:PASSWORD@HOST is nothing that git knows, and yet tells the password.
    if first.get(host.len()..).is_some_and(|rest| rest.contains('@')) {
        return Err("an address has a user name with a password");
    }
    if path.is_empty() || path.starts_with('-') {
        return Err(shape);
    }
    match host.split_once('@') {
        Some((user, host)) => check_user(user).and_then(|()| check_host(host)),
        None => check_host(host),
    }
}

fn check_user(user: &str) -> Result<(), &'static str> {
    if user.contains([':', '%']) {
        return Err("an address has a user name with a password");
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._-+".contains(c);
    match user.is_empty() || user.starts_with('-') || !user.chars().all(allowed) {
        true => Err("an address has a user name that is none"),
        false => Ok(()),
    }
}

fn check_port_and_host(host: &str) -> Result<(), &'static str> {
    let (host, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((inner, after)) => {
            let inside = |c: char| c.is_ascii_hexdigit() || ":.".contains(c);
            if inner.is_empty() || !inner.chars().all(inside) {
                return Err(NO_HOST);
            }
            ("ipv6", after)
        }
        None => host.split_at(host.find(':').unwrap_or(host.len())),
    };
    let number = port.strip_prefix(':').map(str::parse::<u16>);
    // A number in its one form: no sign, no zero before it.
    let exact = matches!(number, Some(Ok(n)) if port == format!(":{n}") && n > 0);
    if !port.is_empty() && !exact {
        return Err("an address has a port that is none");
    }
    check_host(host)
}

const NO_HOST: &str =
    "an address has no host, or one of other characters than letters, digits and . _ -";

fn check_host(host: &str) -> Result<(), &'static str> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    match host.is_empty() || host.starts_with('-') || !host.chars().all(allowed) {
        true => Err(NO_HOST),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_reaches_without_a_secret_is_an_address() {
        for good in [
            "https://git.bank.example/ledger.git",
            "https://ledger.bank.example",
            "http://127.0.0.1:8080/",
            "http://[::1]:8080/ledger",
            "ssh://git@git.bank.example/ledger.git",
            "ssh://git@git.bank.example:2222/~ops/ledger.git",
            "git@git.bank.example:ledger/credit.git",
            "git.bank.example:ledger.git",
            "git@git.bank.example:a/b@c:d",
            "git://git.bank.example/ledger.git",
            "file:///srv/git/ledger.git",
            "/srv/git/my ledger.git",
            "https://git.bank.example/a@b:c::d",
        ] {
            assert_eq!(good.parse::<Address>().map(|one| one.to_string()), Ok(good.to_owned()));
        }
    }

    #[test]
    fn what_tells_a_secret_or_runs_a_program_is_none() {
        for bad in [
            "https://user:secret@git.bank.example/x",
            "https://user:@git.bank.example/x",
            "https://TOKEN@git.bank.example/x",
            "https://user%3Asecret@git.bank.example/x",
            "https://a@b:c@git.bank.example/x",
            "https://git.bank.example/x?token=secret",
            "https://git.bank.example?token=secret",
            "https://git.bank.example/x#secret",
            "HTTPS://user:secret@git.bank.example/x",
            "ssh://git:secret@git.bank.example/x",
            "ssh://git%3Asecret@git.bank.example/x",
            "git:secret@git.bank.example:x",
            "user:secret@git.bank.example/x",
            "--upload-pack=/tmp/x",
            "-x",
            "ext::sh -c id",
            "ext::",
            "fd::17",
            "::x",
            "e-x.t+1::x",
            "ext://sh",
            "foo://git.bank.example/x",
            "ssh://-oProxyCommand=id/x",
            "ssh://git@-oProxyCommand=id/x",
            "ssh://-git@git.bank.example/x",
            "-git@git.bank.example:x",
            "git@-oProxyCommand=id:x",
            "git@git.bank.example:-x",
            "git@git.bank.example:",
            "git@:x",
            "@git.bank.example:x",
            ":x",
            "ledger.git",
            "./ledger.git",
            "../ledger.git",
            "file://host/srv/x",
            "file:///",
            "file://",
            "https://",
            "https:///x",
            "ssh://git.bank.example",
            "ssh://git.bank.example/",
            "https://git.bank.example:0/x",
            "https://git.bank.example:65536/x",
            "https://git.bank.example:+1/x",
            "https://git.bank.example:/x",
            "https://[::1/x",
            "https://[x]/x",
            "https://[]/x",
            "https://[::1]x/x",
            "https://git bank.example/x",
            "https://git.bank.example\\@evil.example/x",
            "https://git.bänk.example/x",
            "",
            " https://git.bank.example/x",
            "https://git.bank.example/\u{1b}[31m",
            "https://git.bank.example/\u{202e}x",
        ] {
            assert!(bad.parse::<Address>().is_err(), "{bad}");
        }
    }
}
