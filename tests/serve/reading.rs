//! The log as tlog-tiles, read while it grows (SV-40 to SV-44).

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use ledgit_core::checkpoint::{Checkpoint, SignedNote, VerifierKey};
use ledgit_core::merkle::tile::{self, WIDTH, bundle_path, tiles_at};
use ledgit_core::merkle::{Frontier, Rfc6962, TreeHash as _, bundle, verify_consistency};

use crate::client::*;
use crate::world::World;

fn checkpoint(server: &Server, note: &[u8]) -> Checkpoint {
    let key: VerifierKey = server.said["vkey"].as_str().unwrap().parse().unwrap();
    let note = SignedNote::parse(note).unwrap();
    note.verify(&key).unwrap();
    Checkpoint::parse(note.text()).unwrap()
}

/// Everything that a checkpoint covers, read from the service; it must be there and give the root.
fn read_all(client: &mut Client, head: &Checkpoint, seen: &mut HashMap<String, Vec<u8>>) -> u64 {
    let mut reads = 0;
    let mut get = |path: String| {
        let answer = client.ask("GET", &format!("/{path}"), &[], b"").unwrap().good(200);
        let cache = answer.header("cache-control").unwrap();
        assert!(cache.contains("immutable"), "{path}: {cache}");
        // What stands under one path never changes.
        let before = seen.entry(path).or_insert_with(|| answer.body.clone());
        assert_eq!(*before, answer.body);
        reads += 1;
        answer.body
    };
    let mut tree = Frontier::<Rfc6962>::new();
    for number in 0..head.size.div_ceil(u64::from(WIDTH)) {
        let width = (head.size - number * u64::from(WIDTH)).min(u64::from(WIDTH)) as u16;
        let bytes = get(bundle_path(number, width));
        for entry in bundle::decode(&bytes).unwrap() {
            tree.push(Rfc6962::leaf(entry));
        }
    }
    assert_eq!((tree.size(), tree.root()), (head.size, head.root.0));
    for id in tiles_at(head.size) {
        let hashes = tile::from_bytes(&get(id.path())).unwrap();
        assert_eq!(hashes.len(), usize::from(id.width), "{}", id.path());
    }
    reads
}

#[test]
fn s09_whatever_a_checkpoint_covers_can_be_read_while_the_log_grows() {
    let world = World::founded(&[]);
    let (server, ci) = (Server::start(&world), Author::ci(&world));
    let (done, heads) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let (mut client, mut seen, mut last) = (server.client(), HashMap::new(), 0);
                while !done.load(Ordering::Relaxed) {
                    let note = client.ask("GET", "/checkpoint", &[], b"").unwrap().good(200).body;
                    let head = checkpoint(&server, &note);
                    assert!(head.size >= last, "{} after {last}", head.size);
                    if head.size > last {
                        heads.fetch_add(1, Ordering::Relaxed);
                    }
                    last = head.size;
                    read_all(&mut client, &head, &mut seen);
                }
            });
        }
        let ci = &ci;
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                let mut client = server.client();
                scope.spawn(move || {
                    for number in 0..40 {
                        let statements =
                            (0..3).map(|part| ci.model(&format!("{writer} {number} {part}")));
                        let statements: Vec<_> = statements.collect();
                        let batch = ledgit_core::bundle::Batch { evidence: Vec::new(), statements };
                        client.post(CBOR, "/batches", &batch.to_bytes()).unwrap().good(200);
                    }
                })
            })
            .collect();
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        done.store(true, Ordering::Relaxed);
    });
    assert!(heads.load(Ordering::Relaxed) > 5, "the readers saw the log grow");
    let size = checkpoint(&server, &server.get("/checkpoint").body).size;
    assert!(size > 2 + 480, "{size}");
    drop(server);
    intact(&world);
}

/// S05: each of these is refused; the list is `fixtures/hostile` and more.
#[test]
fn s05_only_canonical_paths_are_there() {
    let world = World::founded(&[]);
    let server = Server::start(&world);
    for line in [
        "GET /tile/../../etc/passwd HTTP/1.1",
        "GET /tile/0/..%2f..%2fcheckpoint HTTP/1.1",
        "GET /tile/0/x001/000 HTTP/1.1",
        "GET /tile/64/000 HTTP/1.1",
        "GET /tile/00/000 HTTP/1.1",
        "GET /tile/0/000.p/0 HTTP/1.1",
        "GET /tile/0/000.p/256 HTTP/1.1",
        "GET /tile/0/000.p/01 HTTP/1.1",
        "GET /tile/0/1000 HTTP/1.1",
        "GET /tile/0/x000/x000/000 HTTP/1.1",
        "GET /tile/-1/000 HTTP/1.1",
        "GET /tile/0/0x0 HTTP/1.1",
        "GET //checkpoint HTTP/1.1",
        "GET /checkpoint%00 HTTP/1.1",
        "GET /checkpoint/ HTTP/1.1",
        "GET http://evil/checkpoint HTTP/1.1",
        "TRACE /checkpoint HTTP/1.1",
        "GET /tile/entries/x18446744073709551616/000 HTTP/1.1",
        "GET /%63heckpoint HTTP/1.1",
        "GET /tile/0/000%2ep/1 HTTP/1.1",
        "GET /tile/0/000.p/1?a=b HTTP/1.1",
        "GET /tile/0/000.p/1/ HTTP/1.1",
        "GET /tile//0/000.p/1 HTTP/1.1",
        "GET /tile/entries/000.p/3 HTTP/1.1",
        "GET /tile/1/000.p/1 HTTP/1.1",
        "GET /./checkpoint HTTP/1.1",
        "GET /entries/../checkpoint HTTP/1.1",
        "GET * HTTP/1.1",
        "CONNECT evil:80 HTTP/1.1",
    ] {
        let request = format!("{line}\r\nHost: x\r\nConnection: close\r\n\r\n");
        let said = String::from_utf8_lossy(&server.raw(request.as_bytes())).into_owned();
        let status = said.split(' ').nth(1).unwrap_or_default();
        assert!(["400", "404", "405"].contains(&status), "{line}: {said}");
    }
    for good in ["/checkpoint", "/tile/0/000.p/1", "/tile/0/000.p/2", "/tile/entries/000.p/2"] {
        server.get(good).good(200);
    }
}

#[test]
fn parts_of_tiles_that_have_grown_since_are_there_and_those_to_come_are_not_kept() {
    let world = World::founded(&[]);
    let (server, ci) = (Server::start(&world), Author::ci(&world));
    server.get("/tile/0/000").refused(404, "LG2102");
    let statements = (0..300).map(|number| ci.model(&format!("m{number}"))).collect();
    server.batch(Vec::new(), statements);
    let full = server.get("/tile/0/000").good(200).body;
    for width in [1_usize, 17, 255] {
        let part = server.get(&format!("/tile/0/000.p/{width}")).good(200).body;
        assert_eq!(part, full[..32 * width]);
    }
    assert_eq!(server.get("/tile/1/000.p/1").good(200).body.len(), 32);
    let later = server.get("/tile/0/009.p/1");
    assert_eq!(later.refused(404, "LG2102").title, "Not Found");
    assert_eq!(later.header("cache-control"), Some("no-store"));
}

/// S11: a cache that shows an old head shows one that the newer ones extend, and the newer one
/// is told apart from it by whoever saw it.
#[test]
fn s11_an_old_checkpoint_is_not_kept_for_long_and_is_seen_to_be_old() {
    let world = World::founded(&[]);
    let (server, ci) = (Server::start(&world), Author::ci(&world));
    let old = server.get("/checkpoint").good(200);
    assert_eq!(old.header("cache-control"), Some("no-cache"));
    let first = ci.model("one");
    let receipt = server.register(&first).good(201).body;
    server.register(&ci.model("two")).good(201);
    let (before, now) =
        (checkpoint(&server, &old.body), checkpoint(&server, &server.get("/checkpoint").body));
    let log = ledgit_store::ledger::Ledger::open(
        &world.path("repo"),
        ledgit_store::ledger::Memory::at(&world.path("elsewhere")),
    );
    let path = log.unwrap().consistency(before.size).unwrap();
    let (old_root, root) = (&before.root.0, &now.root.0);
    verify_consistency::<Rfc6962>(before.size, old_root, now.size, root, &path).unwrap();
    // Who has a receipt of a longer log knows that a shorter one is old.
    assert!(holds(&server, &receipt, &first, 3) > before.size);
    // This machine verified a longer log: a clone that stands at the old head is refused.
    let stale = world.copy();
    world.ledgit(&["verify", "--trust-first-use"]).good();
    let commits = stale.git(&["rev-list", "--reverse", "refs/ledgit/log"]);
    stale.git(&["update-ref", "refs/ledgit/log", commits.lines().next().unwrap()]);
    let mut command = stale.command(crate::world::LEDGIT);
    command.env("LEDGIT_STATE_DIR", world.path("home/state")).args(["status"]);
    crate::world::Ran::of(command.output().unwrap()).fails(1, "LG1306");
}
