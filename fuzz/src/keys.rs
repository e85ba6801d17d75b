//! Keys from files and from an ssh-agent that may answer anything.

use std::io::{Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex};

use ledgit_core::signature::{PublicKey, Signer as _};
use ledgit_store::keys::{Agent, KeysError, LocalKey, fingerprint, parse_public, public_line};
use tempfile::TempDir;

/// Y-01, Y-05. No passphrase is given: deriving a key takes a minute at the limit.
pub fn private_key(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let refuse = |path: &Path| Err(KeysError::Passphrase(path.to_owned()));
    if let Ok(key) = LocalKey::from_text(text, Path::new("key"), &refuse) {
        let signature = key.sign(b"message").unwrap();
        key.public_key().verify(b"message", &signature).unwrap();
    }
}

/// Y-02.
pub fn public_key(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(key) = parse_public(text, "key") {
        assert_eq!(parse_public(&public_line(&key, ""), "key").unwrap(), key);
        assert!(fingerprint(&key).starts_with("SHA256:"));
    }
}

/// Y-08 to Y-10: an agent answers with these bytes, the length before them included. The first byte
/// says whether to a question for its keys or for a signature.
pub fn agent(bytes: &[u8]) {
    let Some((first, answer)) = bytes.split_first() else { return };
    let mut server = SERVER.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    server.answer(if first & 1 == 0 { Question::Keys } else { Question::Signature }, answer);
    let agent = Agent::at(&server.socket);
    if first & 1 == 0 {
        if let Ok(found) = agent.identities() {
            assert!(!found.is_empty() && found.len() <= answer.len());
        }
        let _ = agent.only_key();
    } else {
        let key = agent.key(&server.public).unwrap();
        if let Ok(signature) = key.sign(b"message") {
            server.public.verify(b"message", &signature).unwrap();
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Question {
    Keys,
    Signature,
}

/// An agent on a thread of its own; it answers each connection once.
struct Server {
    _directory: TempDir,
    socket: PathBuf,
    public: PublicKey,
    answers: &'static Mutex<(Option<Question>, Vec<u8>)>,
}

static ANSWERS: Mutex<(Option<Question>, Vec<u8>)> = Mutex::new((None, Vec::new()));

static SERVER: LazyLock<Mutex<Server>> = LazyLock::new(|| {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("agent");
    let listener = UnixListener::bind(&socket).unwrap();
    // The key of the seeds.
    let public = parse_public(include_str!("../corpus/public_key/ed25519"), "seed").unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            // A client that is satisfied early closes first.
            let _ = stream.and_then(|stream| serve(stream, &public));
        }
    });
    Mutex::new(Server { _directory: directory, socket, public, answers: &ANSWERS })
});

impl Server {
    fn answer(&mut self, question: Question, bytes: &[u8]) {
        let mut answers = self.answers.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        *answers = (Some(question), bytes.to_vec());
    }
}

fn serve(mut stream: UnixStream, public: &PublicKey) -> std::io::Result<()> {
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let mut request = vec![0; u32::from_be_bytes(length) as usize];
    stream.read_exact(&mut request)?;
    let asked = if request.first() == Some(&11) { Question::Keys } else { Question::Signature };
    let (question, bytes) = ANSWERS.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone();
    if question == Some(asked) {
        return stream.write_all(&bytes);
    }
    stream.write_all(&honest_list(public))
}

/// A list with the one key.
fn honest_list(public: &PublicKey) -> Vec<u8> {
    let string = |bytes: &[u8]| [&(bytes.len() as u32).to_be_bytes(), bytes].concat();
    let blob = [string(b"ssh-ed25519"), string(public.as_bytes())].concat();
    let list = [&[12, 0, 0, 0, 1], string(&blob).as_slice(), &string(b"seed")].concat();
    string(&list)
}
