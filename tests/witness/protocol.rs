//! The recorded conversation, and forks, over HTTP.

use std::convert::Infallible;
use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::Signer as _;
use ledgit_core::checkpoint::{NoteKeyKind, SignedNote, VerifierKey};
use ledgit_core::merkle::{Rfc6962, TreeHash as _, root_of};
use ledgit_core::signature::PublicKey;
use ledgit_core::witness::{AddCheckpoint, origin_hash, parse_answer, take_cosignatures};

use crate::server::Server;
use crate::world::World;

fn fixture(name: &str) -> String {
    let logs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/logs/witness");
    fs::read_to_string(logs.join(name)).unwrap()
}

#[test]
fn h03_the_recorded_conversation_gets_its_statuses_from_the_real_server() {
    let world = World::new(&[]);
    let vkey = fixture("litewitness-log.vkey");
    let server = Server::start(&world, "w", &[vkey.trim_end()]);
    let witness: VerifierKey = server.vkey.parse().unwrap();
    let recorded = fixture("litewitness-add-checkpoint.hurl");
    let mut count = 0;
    for part in recorded.split("POST http://localhost:7380/add-checkpoint\n").skip(1) {
        let (_, rest) = part.split_once("```\n").unwrap();
        let (body, rest) = rest.split_once("```\n").unwrap();
        let (status, asserted) =
            rest.trim().strip_prefix("HTTP ").unwrap().split_once("\n[Asserts]\n").unwrap();
        // The recording is older than tlog-witness v1.0.0, which says 404 of an unknown log.
        let unknown = asserted.contains("unknown log");
        let wanted: u16 = if unknown { 404 } else { status.parse().unwrap() };
        let (status, head, answer) = server.post(body.as_bytes());
        assert_eq!(status, wanted, "{count}: {answer}");
        if let Some(same) = asserted.strip_prefix("body == ") {
            assert_eq!(format!("{answer:?}"), same.trim());
            assert!(head.contains("\r\nContent-Type: text/x.tlog.size\r\n"), "{head}");
        }
        if status == 200 {
            let note = body.split_once("\n\n").unwrap().1;
            let mut note = SignedNote::parse(note.as_bytes()).unwrap();
            let lines = parse_answer(answer.as_bytes()).unwrap();
            assert_eq!(take_cosignatures(&mut note, &lines, [&witness]), [&witness]);
            // And it is what the witness gives out.
            let origin = note.text().lines().next().unwrap();
            let path = format!("/{}/checkpoint", origin_hash(origin));
            let (status, _, kept) = server.ask("GET", &path, b"");
            assert_eq!((status, kept.into_bytes()), (200, note.to_bytes()));
        }
        count += 1;
    }
    assert_eq!(count, 9);
}

/// A log's key, from a seed.
pub fn log(name: &str) -> (ed25519_dalek::SigningKey, VerifierKey) {
    let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    let public = PublicKey::from_bytes(&key.verifying_key().to_bytes()).unwrap();
    let vkey = VerifierKey::new(name, NoteKeyKind::Ed25519, public).unwrap();
    (key, vkey)
}

/// A first request for a tree of one branch.
pub fn first(name: &str, branch: u8) -> Vec<u8> {
    let (key, vkey) = log(name);
    let leaves = [Rfc6962::leaf(b"entry 0"), Rfc6962::leaf(&[branch])];
    let root = STANDARD.encode(root_of::<Rfc6962>(&leaves));
    let text = format!("{name}\n2\n{root}\n");
    let sign = |bytes: &[u8]| Ok::<_, Infallible>(key.sign(bytes).to_bytes());
    let note = SignedNote::sign(&text, &vkey, sign).unwrap();
    AddCheckpoint::new(0, Vec::new(), note).unwrap().to_bytes()
}

/// H03: two processes share a state, and each is asked for other trees of one size at once.
#[test]
fn h03_two_servers_with_one_state_never_cosign_two_trees() {
    let world = World::new(&[]);
    for round in 0..6 {
        let name = format!("log{round}.example");
        let (_, vkey) = log(&name);
        let servers = [(); 2].map(|()| Server::start(&world, "w", &[vkey.to_string().as_str()]));
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let asked = (0..12_u8).map(|branch| {
                let (server, name) = (&servers[usize::from(branch % 2)], &name);
                scope.spawn(move || server.post(&first(name, branch)).0)
            });
            let asked: Vec<_> = asked.collect();
            asked.into_iter().map(|one| one.join().unwrap()).collect()
        });
        let good = statuses.iter().filter(|status| **status == 200).count();
        let told = statuses.iter().filter(|status| **status == 409).count();
        assert_eq!((good, told), (1, 11), "{statuses:?}");
        // What came second is evidence.
        let file = format!("w.state/misbehaviour-{}-2.txt", origin_hash(&name));
        let kept = fs::read_to_string(world.path(&file)).unwrap();
        assert!(kept.starts_with("ledgit misbehaviour v1\nfirst "), "{kept}");
        let other = servers[0].post(&first(&name, 99));
        assert_eq!((other.0, other.2.as_str()), (409, "2\n"));
    }
}

/// W-10: killed at any moment, a server has kept whatever it gave out.
#[test]
fn h03_a_server_that_is_killed_has_kept_what_it_answered() {
    let world = World::new(&[]);
    for round in 0..8_u64 {
        let name = format!("log{round}.example");
        let (_, vkey) = log(&name);
        let vkey = vkey.to_string();
        let mut server = Server::start(&world, "w", &[&vkey]);
        let mut stream = server.connect();
        let body = first(&name, 1);
        let head =
            format!("POST /add-checkpoint HTTP/1.1\r\nContent-Length: {}\r\n\r\n", body.len());
        std::io::Write::write_all(&mut stream, &[head.as_bytes(), &body].concat()).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(round * 2));
        server.kill();
        let mut said = String::new();
        let _ = std::io::Read::read_to_string(&mut stream, &mut said);
        let given = said.starts_with("HTTP/1.1 200");
        let server = Server::start(&world, "w", &[&vkey]);
        let (status, _, _) = server.post(&first(&name, 2));
        let (kept, _, _) = server.ask("GET", &format!("/{}/checkpoint", origin_hash(&name)), b"");
        assert_eq!(kept, 200);
        // Kept and not answered may be; answered and not kept may not.
        assert!(!given || status == 409, "round {round}: {status}");
    }
}
