//! An honest ledger over the ways in which git carries it: ssh-style addresses, and http by git's own
//! `http-backend`.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ledgit_store::git::Repository;
use ledgit_store::ledger::*;

use crate::observed::*;
use crate::support::*;

const REFS: &str = "refs/ledgit/*:refs/ledgit/*";

/// What an auditor who remembers some head of it says of a clone.
fn good(observed: &Observed, path: &Path) {
    for size in [2, SIZE] {
        let demand = Demand { pin: Some(observed.pin(size)), ..Demand::default() };
        let repository = Repository::discover(path).unwrap();
        let trust = Trust::Pinned(observed.id);
        let verdict = verify_as(&repository, &observed.memory(size), trust, demand).unwrap();
        assert_eq!((found(&verdict), verdict.entries), (vec![], SIZE));
        assert_eq!((verdict.answer(), verdict.notes.len()), (Answer::Good, 0));
    }
}

/// Clones, mirrors and fetches from an address, and verifies each.
fn carried_from(observed: &Observed, url: &str, options: &[&str]) {
    let places = tempfile::tempdir().unwrap();
    let git = |dir: &Path, arguments: &[&str]| git(dir, &[options, arguments].concat());
    git(places.path(), &["clone", "-q", "--mirror", url, "mirror.git"]);
    git(places.path(), &["init", "-q", "fetched"]);
    let fetched = places.path().join("fetched");
    git(&fetched, &["fetch", "-q", url, REFS]);
    git(places.path(), &["clone", "-q", "--no-checkout", url, "cloned"]);
    let cloned = places.path().join("cloned");
    git(&cloned, &["fetch", "-q", url, REFS]);
    // A push to a host of its own, and from there again.
    git(places.path(), &["init", "-q", "--bare", "host.git"]);
    let host = places.path().join("host.git").display().to_string();
    git(&cloned, &["push", "-q", &host, "refs/ledgit/log"]);
    for name in ["mirror.git", "fetched", "cloned", "host.git"] {
        let path = places.path().join(name);
        good(observed, &path);
        git(&path, &["gc", "-q", "--prune=now"]);
        good(observed, &path);
    }
}

#[test]
fn an_honest_ledger_is_good_over_an_ssh_style_remote() {
    let observed = Observed::new();
    let tools = tempfile::tempdir().unwrap();
    // What ssh would run at the other end is run here.
    let ssh = tools.path().join("ssh");
    fs::write(&ssh, "#!/bin/sh\nwhile [ $# -gt 1 ]; do shift; done\nexec sh -c \"$1\"\n").unwrap();
    fs::set_permissions(&ssh, fs::Permissions::from_mode(0o755)).unwrap();
    let path = observed.bank.path().canonicalize().unwrap();
    let command = format!("core.sshCommand={}", ssh.display());
    let options = ["-c", &command];
    carried_from(&observed, &format!("auditor@ledger.example:{}", path.display()), &options);
    carried_from(&observed, &format!("ssh://auditor@ledger.example{}", path.display()), &options);
}

#[test]
fn an_honest_ledger_is_good_over_an_http_style_remote() {
    let exec = git(Path::new("/"), &["--exec-path"]);
    if !["git-http-backend", "git-remote-http"]
        .iter()
        .all(|one| Path::new(&exec).join(one).exists())
    {
        assert!(std::env::var_os("LEDGIT_REQUIRE_ALL").is_none(), "git-remote-http is missing");
        eprintln!(
            "skipped: an_honest_ledger_is_good_over_an_http_style_remote needs git-remote-http"
        );
        return;
    }
    let observed = Observed::new();
    let (listener, root) = (TcpListener::bind("127.0.0.1:0").unwrap(), observed.bank.common());
    let url = format!("http://{}/ledger.git", listener.local_addr().unwrap());
    let backend = PathBuf::from(exec).join("git-http-backend");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            serve(&mut stream.unwrap(), &backend, &root);
        }
    });
    carried_from(&observed, &url, &[]);
}

/// Answers one request by CGI (RFC 3875).
fn serve(stream: &mut TcpStream, backend: &Path, root: &Path) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut first = String::new();
    reader.read_line(&mut first).unwrap();
    let mut words = first.split_whitespace();
    let (Some(method), Some(target)) = (words.next(), words.next()) else { return };
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut command = Command::new(backend);
    command.env("GIT_PROJECT_ROOT", root).env("GIT_HTTP_EXPORT_ALL", "1");
    command.env("REQUEST_METHOD", method).env("QUERY_STRING", query);
    command.env("PATH_INFO", path.strip_prefix("/ledger.git").unwrap());
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap(),
            "content-type" => drop(command.env("CONTENT_TYPE", value)),
            "content-encoding" => drop(command.env("HTTP_CONTENT_ENCODING", value)),
            "git-protocol" => drop(command.env("GIT_PROTOCOL", value)),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    command.env("CONTENT_LENGTH", length.to_string());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&body).unwrap();
    let output = child.wait_with_output().unwrap().stdout;
    let end = output.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(output[..end].to_vec()).unwrap();
    let status = head.lines().find_map(|line| line.strip_prefix("Status: ")).unwrap_or("200 OK");
    let rest = &output[end + 4..];
    let head = format!(
        "HTTP/1.1 {status}\r\n{head}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        rest.len()
    );
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(rest));
}
