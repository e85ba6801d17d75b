//! Keys made by the real `ssh-keygen`, held by the real `ssh-agent`, and by one that lies.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use ledgit_core::signature::Signer;
use tempfile::TempDir;
use zeroize::Zeroizing;

use super::*;

const MESSAGE: &[u8] = b"bytes to be signed";

/// Whether OpenSSH's tools are here; a test without them says so and ends.
fn tools(test: &str) -> bool {
    let found = ["ssh-keygen", "ssh-agent", "ssh-add"].iter().all(|tool| {
        let mut probe = Command::new(tool);
        probe.arg("-?").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        probe.status().is_ok()
    });
    if !found {
        eprintln!("skipped {test}: OpenSSH's tools are not installed");
    }
    found
}

fn keygen(directory: &Path, name: &str, kind: &str, passphrase: &str) -> PathBuf {
    let path = directory.join(name);
    let mut command = Command::new("ssh-keygen");
    command.args(["-q", "-t", kind, "-N", passphrase, "-C", "tester@example", "-f"]).arg(&path);
    assert!(command.status().unwrap().success());
    path
}

fn never(path: &Path) -> Result<Zeroizing<String>, KeysError> {
    panic!("asked for the passphrase of {}", path.display())
}

fn word(word: &'static str) -> impl Fn(&Path) -> Result<Zeroizing<String>, KeysError> {
    move |_| Ok(Zeroizing::new(word.to_owned()))
}

fn signs(key: &impl Signer<Error = KeysError>, public_file: &Path) {
    let line = fs::read_to_string(public_file).unwrap();
    let public = parse_public(&line, "test").unwrap();
    assert_eq!(key.public_key(), public);
    let signature = key.sign(MESSAGE).unwrap();
    public.verify(MESSAGE, &signature).unwrap();
    assert!(public.verify(b"other bytes", &signature).is_err());
}

struct RealAgent {
    child: Child,
    socket: PathBuf,
    directory: TempDir,
}

impl RealAgent {
    fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let socket = directory.path().join("s");
        let mut command = Command::new("ssh-agent");
        command.args(["-D", "-a"]).arg(&socket).stdout(Stdio::null());
        let child = command.spawn().unwrap();
        let end = Instant::now() + Duration::from_secs(10);
        // The socket's file is there a moment before anybody listens.
        while UnixStream::connect(&socket).is_err() && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(5));
        }
        Self { child, socket, directory }
    }

    fn add(&self, arguments: &[&str]) {
        let answer = self.directory.path().join("askpass");
        fs::write(&answer, "#!/bin/sh\necho opensesame\n").unwrap();
        fs::set_permissions(&answer, fs::Permissions::from_mode(0o700)).unwrap();
        let mut command = Command::new("ssh-add");
        command.args(arguments).env("SSH_AUTH_SOCK", &self.socket).env("SSH_ASKPASS", &answer);
        command.env("SSH_ASKPASS_REQUIRE", "force").stdin(Stdio::null());
        let done = command.output().unwrap();
        assert!(done.status.success(), "{done:?}");
    }

    fn holding(keys: &[&Path]) -> Self {
        let agent = Self::start();
        for key in keys {
            agent.add(&[key.to_str().unwrap()]);
        }
        agent
    }

    fn sources(&self) -> KeySources {
        KeySources { agent_socket: Some(self.socket.clone()), ..KeySources::default() }
    }
}

impl Drop for RealAgent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn explicit(name: &str) -> KeySources {
    KeySources { explicit: Some(name.to_owned()), ..KeySources::default() }
}

#[test]
fn a_plain_key_file_signs_what_its_public_key_verifies() {
    if !tools("a_plain_key_file") {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let path = keygen(directory.path(), "id", "ed25519", "");
    let key = LocalKey::open(&path, &never).unwrap();
    signs(&key, &path.with_extension("pub"));
    let shown = Command::new("ssh-keygen").arg("-lf").arg(&path).output().unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains(&fingerprint(&key.public_key())), "{shown}");
    let line = fs::read_to_string(path.with_extension("pub")).unwrap();
    assert_eq!(public_line(&key.public_key(), "tester@example"), line.trim());
    assert!(!format!("{key:?}").contains("secret"));
    // Without its last line feed, and with the line ends of another system.
    let text = fs::read_to_string(&path).unwrap();
    for text in [text.trim().to_owned(), text.replace('\n', "\r\n")] {
        let key = LocalKey::from_text(&text, Path::new("LEDGIT_KEY"), &never).unwrap();
        signs(&key, &path.with_extension("pub"));
    }
}

#[test]
fn an_encrypted_key_file_needs_its_passphrase() {
    if !tools("an_encrypted_key_file") {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let path = keygen(directory.path(), "id", "ed25519", "opensesame");
    let key = LocalKey::open(&path, &word("opensesame")).unwrap();
    signs(&key, &path.with_extension("pub"));
    let wrong = LocalKey::open(&path, &word("opensezame"));
    assert!(matches!(wrong, Err(KeysError::WrongPassphrase(at)) if at == path));
    let nobody = |path: &Path| Err(KeysError::Passphrase(path.to_owned()));
    assert!(matches!(LocalKey::open(&path, &nobody), Err(KeysError::Passphrase(_))));
}

#[test]
fn a_key_of_another_algorithm_is_refused_by_name() {
    if !tools("a_key_of_another_algorithm") {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    for (kind, passphrase, name) in [
        ("rsa", "", "ssh-rsa"),
        ("rsa", "opensesame", "ssh-rsa"),
        ("ecdsa", "", "ecdsa-sha2-nistp256"),
        ("ecdsa", "opensesame", "ecdsa-sha2-nistp256"),
    ] {
        let path = keygen(directory.path(), &format!("{kind}{passphrase}"), kind, passphrase);
        for path in [path.clone(), path.with_extension("pub")] {
            let refused = choose(&explicit(path.to_str().unwrap()), &never).unwrap_err();
            let KeysError::Algorithm { algorithm, .. } = &refused else { panic!("{refused}") };
            assert_eq!(algorithm, name);
        }
    }
    let text = "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29t me";
    let refused = choose(&explicit(text), &never).unwrap_err();
    assert!(refused.to_string().contains("sk-ssh-ed25519@openssh.com"), "{refused}");
    let pem = "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n";
    let refused = LocalKey::from_text(pem, Path::new("LEDGIT_KEY"), &never).unwrap_err();
    assert!(matches!(refused, KeysError::Algorithm { algorithm, .. } if algorithm == "EC"));
}

#[test]
fn a_public_key_line_is_read_in_each_spelling_and_no_other() {
    let directory = tempfile::tempdir().unwrap();
    let key = LocalKey::generate(&directory.path().join("id"), "").unwrap().public_key();
    let line = public_line(&key, "");
    for text in [line.clone(), format!("key::{line}"), format!(" {line} a comment\n")] {
        assert_eq!(parse_public(&text, "test").unwrap(), key);
    }
    let cut = line.get(..line.len() - 4).unwrap();
    let twice = format!("{line}\n{line}");
    for text in ["", "ssh-ed25519", "ssh-ed25519 !!!!", cut, &twice, "ssh-ed25519 AAAA"] {
        assert!(matches!(parse_public(text, "test"), Err(KeysError::Malformed { .. })), "{text}");
    }
    // The identity of the curve: a key of small order, under which forgeries hold.
    let mut weak = key.ssh_blob();
    weak.splice(19.., [1].into_iter().chain([0; 31]));
    let weak = base64::engine::general_purpose::STANDARD.encode(weak);
    let refused = parse_public(&format!("ssh-ed25519 {weak}"), "test").unwrap_err();
    assert!(refused.to_string().contains("small order"), "{refused}");
}

#[test]
fn a_generated_key_is_its_owners_alone_and_overwrites_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let key = create_log_key(directory.path(), "log.example").unwrap();
    let path = directory.path().join(LOG_KEY_FILE);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let bytes = fs::read(&path).unwrap();
    assert!(matches!(create_log_key(directory.path(), ""), Err(KeysError::Exists(_))));
    assert_eq!(fs::read(&path).unwrap(), bytes);
    let again = open_log_key(directory.path(), &never).unwrap();
    assert_eq!(again.public_key(), key.public_key());
    assert_eq!(again.sign(MESSAGE).unwrap(), key.sign(MESSAGE).unwrap());
    if tools("a_generated_key") {
        let shown = Command::new("ssh-keygen").arg("-yf").arg(&path).output().unwrap();
        let shown = String::from_utf8(shown.stdout).unwrap();
        assert_eq!(parse_public(&shown, "ssh-keygen").unwrap(), key.public_key());
    }
    // A link that points nowhere is something that is there.
    let link = directory.path().join("link");
    std::os::unix::fs::symlink(directory.path().join("target"), &link).unwrap();
    assert!(matches!(LocalKey::generate(&link, ""), Err(KeysError::Exists(_))));
    assert!(!directory.path().join("target").exists());
}

#[test]
fn a_private_key_that_others_can_read_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    create_log_key(directory.path(), "").unwrap();
    let path = directory.path().join(LOG_KEY_FILE);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let refused = open_log_key(directory.path(), &never);
    assert!(matches!(refused, Err(KeysError::Exposed { mode: 0o640, .. })));
    // A mounted secret belongs to a group; that is refused for the log key alone.
    assert!(LocalKey::open(&path, &never).is_ok());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o604)).unwrap();
    assert!(matches!(LocalKey::open(&path, &never), Err(KeysError::Exposed { .. })));
}

#[test]
fn what_is_no_key_file_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = directory.path().join(name);
        fs::write(&path, bytes).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path
    };
    let big = file("big", &vec![b'a'; 70_000]);
    assert!(matches!(LocalKey::open(&big, &never), Err(KeysError::NotAFile(_))));
    assert!(matches!(LocalKey::open(directory.path(), &never), Err(KeysError::NotAFile(_))));
    let absent = LocalKey::open(&directory.path().join("absent"), &never);
    assert!(matches!(absent, Err(KeysError::File { .. })));
    for bytes in [b"\xff\xfe".as_slice(), b"", b"hello", b"-----BEGIN OPENSSH PRIVATE KEY-----\n"] {
        let path = file("odd", bytes);
        assert!(matches!(LocalKey::open(&path, &never), Err(KeysError::Malformed { .. })));
    }
    // The secret of one key under the public half of another.
    let one = directory.path().join("one");
    let two = LocalKey::generate(&directory.path().join("two"), "").unwrap();
    LocalKey::generate(&one, "").unwrap();
    let key = ssh_key::PrivateKey::read_openssh_file(&one).unwrap();
    let mut pair = key.key_data().ed25519().unwrap().clone();
    pair.public = ssh_key::public::Ed25519PublicKey(*two.public_key().as_bytes());
    let mixed = ssh_key::PrivateKey::new(pair.into(), "").unwrap();
    let mixed = mixed.to_openssh(ssh_key::LineEnding::LF).unwrap();
    let refused = LocalKey::from_text(&mixed, Path::new("mixed"), &never);
    assert!(matches!(refused, Err(KeysError::Malformed { .. })), "{refused:?}");
}

#[test]
fn the_first_source_that_names_a_key_decides() {
    let directory = tempfile::tempdir().unwrap();
    let make = |name: &str| {
        let path = directory.path().join(name);
        let key = LocalKey::generate(&path, "").unwrap().public_key();
        (path.to_str().unwrap().to_owned(), key)
    };
    let [flag, file, git] = ["flag", "file", "git"].map(make);
    let mut sources = KeySources {
        explicit: Some(flag.0),
        key_file: Some(file.0.clone()),
        git_signing_key: Some(git.0),
        git_format: Some("ssh".to_owned()),
        home: Some(directory.path().to_owned()),
        ..KeySources::default()
    };
    let chosen = |sources: &KeySources| choose(sources, &never).unwrap().public_key();
    assert_eq!(chosen(&sources), flag.1);
    sources.explicit = None;
    assert_eq!(chosen(&sources), file.1);
    sources.key_file = Some("~/file".to_owned());
    assert_eq!(chosen(&sources), file.1);
    sources.key_text = Some("x".to_owned());
    assert!(matches!(choose(&sources, &never), Err(KeysError::Both)));
    sources.key_file = None;
    sources.key_text = Some(fs::read_to_string(&file.0).unwrap());
    assert_eq!(chosen(&sources), file.1);
    sources.explicit = sources.key_text.clone();
    assert!(matches!(choose(&sources, &never), Err(KeysError::Secret("--key"))));
    (sources.explicit, sources.key_text) = (None, None);
    assert_eq!(chosen(&sources), git.1);
    sources.git_format = Some("openpgp".to_owned());
    assert!(matches!(choose(&sources, &never), Err(KeysError::None)));
    sources.home = None;
    sources.key_file = Some("~/file".to_owned());
    assert!(matches!(choose(&sources, &never), Err(KeysError::Home(_))));
}

#[test]
fn a_source_that_is_set_but_empty_is_an_error() {
    let empty = || Some(" ".to_owned());
    let ssh = Some("ssh".to_owned());
    let default = KeySources::default;
    for (sources, name) in [
        (KeySources { explicit: empty(), ..default() }, "--key"),
        (KeySources { key_text: empty(), ..default() }, "LEDGIT_KEY"),
        (KeySources { key_file: empty(), ..default() }, "LEDGIT_KEY_FILE"),
        (
            KeySources { git_signing_key: empty(), git_format: ssh, ..default() },
            "git's user.signingkey",
        ),
    ] {
        assert!(matches!(choose(&sources, &never), Err(KeysError::Empty(at)) if at == name));
    }
}

#[test]
fn a_public_key_finds_its_private_half_beside_it_or_in_the_agent() {
    if !tools("a_public_key_finds_its_private_half") {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let path = keygen(directory.path(), "id", "ed25519", "");
    let public = path.with_extension("pub");
    let sources = explicit(public.to_str().unwrap());
    assert!(matches!(choose(&sources, &never).unwrap(), Key::Local(_)));
    let agent = RealAgent::holding(&[&path]);
    fs::remove_file(&path).unwrap();
    assert!(matches!(choose(&sources, &never), Err(KeysError::AgentAbsent)));
    let line = fs::read_to_string(&public).unwrap();
    for name in [public.to_str().unwrap(), line.trim(), &format!("key::{line}")] {
        let key =
            choose(&KeySources { explicit: Some(name.to_owned()), ..agent.sources() }, &never);
        let key = key.unwrap();
        assert!(matches!(key, Key::Agent(_)));
        signs(&key, &public);
    }
    keygen(directory.path(), "other", "ed25519", "");
    fs::rename(directory.path().join("other"), &path).unwrap();
    assert!(matches!(choose(&sources, &never), Err(KeysError::Mismatch { .. })));
}

#[test]
fn an_agent_with_one_key_signs_and_with_more_asks_which() {
    if !tools("an_agent_with_one_key") {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let rsa = keygen(directory.path(), "rsa", "rsa", "");
    let one = keygen(directory.path(), "one", "ed25519", "opensesame");
    let two = keygen(directory.path(), "two", "ed25519", "");
    let agent = RealAgent::holding(&[&rsa]);
    let refused = choose(&agent.sources(), &never).unwrap_err();
    assert!(matches!(&refused, KeysError::AgentAlgorithms(names) if names == &["ssh-rsa"]));
    agent.add(&[one.to_str().unwrap()]);
    signs(&choose(&agent.sources(), &never).unwrap(), &one.with_extension("pub"));
    // The encrypted file of a key that the agent holds is not asked to open.
    let named = KeySources { explicit: one.to_str().map(str::to_owned), ..agent.sources() };
    assert!(matches!(choose(&named, &never).unwrap(), Key::Agent(_)));
    agent.add(&[two.to_str().unwrap()]);
    let refused = choose(&agent.sources(), &never).unwrap_err();
    assert!(matches!(&refused, KeysError::AgentMany(prints) if prints.len() == 2), "{refused}");
    assert!(refused.to_string().matches("SHA256:").count() == 2);
}

#[test]
fn an_agent_that_is_absent_empty_locked_or_without_the_key_is_told_apart() {
    if !tools("an_agent_that_is_absent") {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let path = keygen(directory.path(), "id", "ed25519", "");
    let gone = Agent::at(&directory.path().join("nobody")).only_key();
    assert!(matches!(gone, Err(KeysError::AgentUnreachable { .. })));
    let agent = RealAgent::start();
    assert!(matches!(choose(&agent.sources(), &never), Err(KeysError::AgentEmpty)));
    agent.add(&[path.to_str().unwrap()]);
    let other = LocalKey::generate(&directory.path().join("other"), "").unwrap();
    let other = public_line(&other.public_key(), "");
    let lacks = choose(&KeySources { explicit: Some(other), ..agent.sources() }, &never);
    assert!(matches!(lacks, Err(KeysError::AgentLacks(print)) if print.starts_with("SHA256:")));
    let key = choose(&agent.sources(), &never).unwrap();
    agent.add(&["-x"]);
    assert!(matches!(choose(&agent.sources(), &never), Err(KeysError::AgentEmpty)));
    assert!(matches!(key.sign(MESSAGE), Err(KeysError::AgentEmpty)));
    agent.add(&["-X"]);
    signs(&key, &path.with_extension("pub"));
    agent.add(&["-d", path.to_str().unwrap()]);
    assert!(matches!(key.sign(MESSAGE), Err(KeysError::AgentEmpty)));
}

#[test]
fn an_agent_that_refuses_to_confirm_is_told_apart() {
    if !tools("an_agent_that_refuses_to_confirm") {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let path = keygen(directory.path(), "id", "ed25519", "");
    let agent = RealAgent::start();
    // The agent has no way to ask here, so it declines.
    agent.add(&["-c", path.to_str().unwrap()]);
    let key = choose(&agent.sources(), &never).unwrap();
    assert!(matches!(key.sign(MESSAGE), Err(KeysError::AgentRefused(_))));
}

/// An agent that gives the answers it was made with, one for each connection.
fn lying(answers: Vec<Vec<u8>>) -> (TempDir, Agent) {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("s");
    let listener = UnixListener::bind(&socket).unwrap();
    std::thread::spawn(move || {
        let mut open = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut length = [0; 4];
            stream.read_exact(&mut length).unwrap();
            let mut request = vec![0; u32::from_be_bytes(length) as usize];
            stream.read_exact(&mut request).unwrap();
            stream.write_all(&answer).unwrap();
            open.push(stream);
        }
        std::thread::sleep(Duration::from_secs(5));
    });
    (directory, Agent::at(&socket).patience(Duration::from_millis(300)))
}

fn framed(message: &[u8]) -> Vec<u8> {
    let mut framed = Vec::new();
    public::put_string(&mut framed, message);
    framed
}

#[test]
fn what_a_lying_agent_answers_is_never_used() {
    let directory = tempfile::tempdir().unwrap();
    let key = LocalKey::generate(&directory.path().join("id"), "").unwrap();
    let mut list = vec![12, 0, 0, 0, 1];
    public::put_string(&mut list, &key.public_key().ssh_blob());
    public::put_string(&mut list, b"a comment");
    let signature = |bytes: &[u8], name: &[u8]| {
        let mut inner = Vec::new();
        public::put_string(&mut inner, name);
        public::put_string(&mut inner, bytes);
        let mut message = vec![14];
        public::put_string(&mut message, &inner);
        framed(&message)
    };
    let other = key.sign(b"something else").unwrap();
    let good = key.sign(MESSAGE).unwrap();
    for (answer, expected) in [
        (signature(&other, b"ssh-ed25519"), "does not hold"),
        (signature(&good, b"ssh-rsa"), "not an Ed25519 one"),
        (signature(&[0; 63], b"ssh-ed25519"), "not an Ed25519 one"),
        (framed(&[99]), "not a signature"),
        (vec![0xff; 4], "out of range"),
        (vec![0; 4], "out of range"),
        (vec![0, 0, 0, 9, 14], "did not answer"),
    ] {
        let (_kept, agent) = lying(vec![framed(&list), answer]);
        let held = agent.key(&key.public_key()).unwrap();
        let error = held.sign(MESSAGE).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
    let (_kept, agent) = lying(vec![framed(&list), signature(&good, b"ssh-ed25519")]);
    assert_eq!(agent.only_key().unwrap().sign(MESSAGE).unwrap(), good);
    for bytes in [&list[..list.len() - 1], &[12, 0xff, 0xff, 0xff, 0xff], &[14, 0, 0, 0, 0]] {
        let (_kept, agent) = lying(vec![framed(bytes)]);
        assert!(matches!(agent.identities(), Err(KeysError::AgentProtocol(_))));
    }
}
