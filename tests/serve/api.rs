//! Statements in, receipts out (SV-10 to SV-36, SV-50 to SV-55).

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use ledgit_core::bundle::{CoseReceipt, CoseReceiptError, Outcome};
use ledgit_core::digest::LedgerId;
use ledgit_core::limits;
use ledgit_core::statement::{Body, TimeMark};
use ledgit_core::time::Timestamp;
use ledgit_store::keys::open_log_key;

use crate::client::*;
use crate::world::World;

#[test]
fn a_statement_gets_a_receipt_that_holds_and_is_where_the_answer_says() {
    let world = World::founded(&[]);
    let (server, ci) = (Server::start(&world), Author::ci(&world));
    let statement = ci.model("one");
    let answer = server.register(&statement).good(201);
    assert_eq!(answer.header("content-type"), Some(COSE));
    assert_eq!(answer.position(), 3);
    assert_eq!(holds(&server, &answer.body, &statement, 3), 4);
    let location = format!("/entries/{}", leaf(&statement).hex());
    assert_eq!(answer.header("location"), Some(location.as_str()));
    let id = location.strip_prefix("/entries/").unwrap();
    let stored = server.get(&format!("/signed-statements/{id}")).good(200);
    assert_eq!(stored.body, statement);
    // Later the same entry has a receipt of the longer log, and the first one still holds.
    let other = ci.model("two");
    server.register(&other).good(201);
    let fresh = server.get(&location).good(200);
    assert_eq!(fresh.header("location"), Some(location.as_str()));
    assert_eq!(holds(&server, &fresh.body, &statement, 3), 6);
    holds(&server, &answer.body, &statement, 3);
    // Of another entry, log or place it is none.
    let receipt = CoseReceipt::parse(&fresh.body).unwrap();
    let origin = server.said["origin"].as_str().unwrap();
    let refused = receipt.check(&leaf(&other), origin, &log_key(&server)).unwrap_err();
    assert!(matches!(refused, CoseReceiptError::Signature { .. }), "{refused}");
    assert!(receipt.check(&leaf(&statement), "bank.example/other", &log_key(&server)).is_err());
    server.get("/entries/00").refused(400, "LG2092");
    server.get(&format!("/entries/{}", "0".repeat(64))).refused(404, "LG2102");
    server.get(&format!("/entries/{}", id.to_uppercase())).refused(400, "LG2092");
    drop(server);
    intact(&world);
    assert_eq!(world.json(&["show", "3"])["statement"]["name"], "one");
    // With a URL the place is whole.
    let server = Server::with(&world, &["--url", "https://ledger.example/x/"], &[]);
    let answer = server.get(&location).good(200);
    let whole = format!("https://ledger.example/x{location}");
    assert_eq!(answer.header("location"), Some(whole.as_str()));
}

/// P-15 on the command line, without a repository.
#[test]
fn a_receipt_that_was_saved_is_checked_offline() {
    let world = World::founded(&[]);
    let (server, ci) = (Server::start(&world), Author::ci(&world));
    let (one, two) = (ci.model("one"), ci.model("two"));
    let receipt = server.register(&one).good(201).body;
    server.register(&two).good(201);
    let vkey = server.said["vkey"].as_str().unwrap().to_owned();
    let name = world.path("one.receipt");
    let check = |receipt: &[u8], entry: &[u8], vkey: &str| {
        std::fs::write(&name, receipt).unwrap();
        std::fs::write(world.path("one.cose"), entry).unwrap();
        let mut command = world.command(crate::world::LEDGIT);
        command.current_dir(world.root.path()).args(["check", "one.receipt", "--vkey", vkey]);
        command.args(["--signer", &format!("{}.pub", world.key("ci"))]);
        crate::world::Ran::of(command.output().unwrap())
    };
    let said = check(&receipt, &one, &vkey).good().stdout;
    assert!(said.contains("inclusion  entry 3 of 4 in bank.example/credit-"), "{said}");
    assert!(said.contains("signature  of the author: ok"), "{said}");
    check(&receipt, &two, &vkey).fails(1, "LG1607");
    check(&receipt[1..], &one, &vkey).fails(1, "LG1606");
    let other = World::founded(&[]).json(&["status"])["vkey"].as_str().unwrap().to_owned();
    check(&receipt, &one, &other).fails(1, "LG1607");
    // A file of another name is known by its first bytes.
    std::fs::write(world.path("one.bin"), &receipt).unwrap();
    std::fs::write(world.path("one.cose"), &one).unwrap();
    let path = world.path("one.bin").display().to_string();
    world.ledgit(&["check", &path, "--vkey", &vkey]).good();
}

#[test]
fn s01_what_is_not_rightly_signed_is_refused_and_nothing_is_written() {
    let world = World::founded(&[]);
    let (server, ci) = (Server::start(&world), Author::ci(&world));
    let head = world.git(&["for-each-ref"]);
    let good = ci.model("one");
    let flipped = |from_end: usize| {
        let mut bytes = good.clone();
        let at = bytes.len() - from_end;
        bytes[at] ^= 1;
        bytes
    };
    server.register(b"").refused(400, "LG2092");
    server.register(b"rubbish").refused(400, "LG2092");
    server.register(&[&good[..], b"x"].concat()).refused(400, "LG2092");
    server.register(&flipped(1)).refused(403, "LG2095");
    server.register(&vec![0; limits::ENTRY_BYTES + 1]).refused(413, "LG2093");
    server.register(&Author::of(&world, "stranger", "ci-train").model("x")).refused(403, "LG2094");
    let elsewhere = Author { ledger: LedgerId([7; 32]), ..Author::ci(&world) };
    server.register(&elsewhere.model("x")).refused(400, "LG2096");
    // A key that is somebody else's, which the writer's rules refuse.
    server
        .register(&Author::of(&world, "ci", "ana@bank.example").model("x"))
        .refused(400, "LG2025");
    // The author's clock is past the skew.
    let old = ci.sign("old", None, model("old"), 2 * limits::CLOCK_SKEW_SECONDS);
    server.register(&old).refused(400, "LG2025");
    // The log's own key signs nothing for others.
    let none = |_: &std::path::Path| panic!("no passphrase");
    let key = open_log_key(&world.path("repo/.git/ledgit"), &none).unwrap();
    let id = server.said["origin"].as_str().unwrap().to_owned();
    let log = Author { key, id, ledger: ci.ledger };
    let time = Body::from(TimeMark { time: Timestamp::from_seconds(1_900_000_000).unwrap() });
    server.register(&log.sign("time 2", None, time, 0)).refused(403, "LG2094");
    let group = ci.group("g", 2);
    server.register(&group[0]).refused(400, "LG2097");
    server.post("text/plain", "/entries", &good).refused(415, "LG2092");
    server.post(CBOR, "/entries", &good).refused(415, "LG2092");
    server.client().ask("PUT", "/entries", &[], b"").unwrap().refused(405, "LG2103");
    server.get("/nothing").refused(404, "LG2102");
    assert_eq!(world.git(&["for-each-ref"]), head, "nothing is written");
    server.register(&good).good(201);
    drop(server);
    intact(&world);
}

#[test]
fn s02_a_request_that_is_sent_a_thousand_times_is_one_entry() {
    let world = World::founded(&[]);
    let (server, ci) = (Server::start(&world), Author::ci(&world));
    let statement = ci.model("one");
    let first = server.register(&statement).good(201);
    let mut client = server.client();
    for _ in 0..1_000 {
        let again = client.post(COSE, "/entries", &statement).unwrap().good(201);
        assert_eq!(again.position(), first.position());
        assert_eq!(again.header("location"), first.header("location"));
    }
    // Signed anew it is the same statement with other bytes; saying something else it is refused.
    let anew = ci.sign("one", None, model("one"), 5);
    assert_ne!(anew, statement);
    let again = server.register(&anew).good(201);
    assert_eq!(again.header("location"), first.header("location"));
    holds(&server, &again.body, &statement, first.position());
    let other = ci.sign("one", None, model("other"), 0);
    server.register(&other).refused(409, "LG2024");
    // At once, while none of them is logged.
    let same = ci.model("two");
    let positions: BTreeSet<u64> = std::thread::scope(|scope| {
        let post = || server.register(&same).good(201).position();
        let threads: Vec<_> = (0..16).map(|_| scope.spawn(post)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(positions.len(), 1);
    assert_eq!(world.size(), 6);
    drop(server);
    intact(&world);
}

#[test]
fn a_batch_has_groups_single_statements_and_evidence() {
    let world = World::founded(&[]);
    let (server, ci) = (Server::start(&world), Author::ci(&world));
    let report = b"a report".to_vec();
    let mut statements = ci.group("g", 3);
    statements.push(ci.document("report", &report));
    statements.push(Author::of(&world, "stranger", "ci-train").model("x"));
    statements.push(ci.model("single"));
    let outcomes = server.batch(vec![report.clone()], statements.clone());
    let mut positions = Vec::new();
    for (outcome, statement) in outcomes.iter().zip(&statements) {
        match outcome {
            Outcome::Logged { entry, new, position, receipt } => {
                assert!(*new);
                assert_eq!(*entry, leaf(statement));
                holds(&server, receipt, statement, *position);
                positions.push(*position);
            }
            Outcome::Refused(problem) => assert_eq!(problem.code, "LG2094"),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(positions.len(), 5, "{outcomes:?}");
    assert_eq!(positions[1..3], [positions[0] + 1, positions[0] + 2]);
    // The same again, in part with others.
    statements.push(ci.model("more"));
    let again = server.batch(vec![report.clone()], statements);
    assert_eq!(again.len(), 7);
    for (before, after) in outcomes.iter().zip(&again) {
        let place = |outcome: &Outcome| match outcome {
            Outcome::Logged { entry, position, .. } => Some((*entry, *position)),
            _ => None,
        };
        assert_eq!(place(before), place(after));
        assert!(!matches!(after, Outcome::Logged { new: true, .. }));
    }
    assert!(matches!(again[6], Outcome::Logged { new: true, .. }));
    drop(server);
    intact(&world);
    let id = world.json(&["status"])["ledger"].as_str().unwrap().to_owned();
    let verified = world.json(&["verify", "--trust", &id]);
    assert_eq!(verified["verdict"], "good", "the evidence is there: {verified:#}");
}

#[test]
fn a_batch_that_can_not_be_divided_is_refused_whole() {
    let world = World::founded(&[]);
    let (server, ci) = (Server::start(&world), Author::ci(&world));
    let post = |evidence: Vec<Vec<u8>>, statements: Vec<Vec<u8>>| {
        let batch = ledgit_core::bundle::Batch { evidence, statements };
        server.post(CBOR, "/batches", &batch.to_bytes())
    };
    let (one, group) = (ci.model("one"), ci.group("g", 3));
    post(vec![], vec![]).refused(400, "LG2092");
    post(vec![], vec![one.clone(), b"x".to_vec()]).refused(400, "LG2092");
    post(vec![b"unnamed".to_vec()], vec![one.clone()]).refused(400, "LG2098");
    post(vec![], group[..2].to_vec()).refused(400, "LG2097");
    post(vec![], vec![group[0].clone(), group[2].clone(), group[1].clone()]).refused(400, "LG2097");
    post(vec![], [&group[..2], std::slice::from_ref(&one), &group[2..]].concat())
        .refused(400, "LG2097");
    let many = vec![b"x".to_vec(); limits::SERVE_BATCH_ENTRIES + 1];
    post(vec![], many).refused(400, "LG2092");
    server.post(CBOR, "/batches", b"\xa0").refused(400, "LG2092");
    server.post(COSE, "/batches", b"\xa0").refused(415, "LG2092");
    // One bad statement takes its group along, and nobody else.
    let mut bad = group.clone();
    let last = bad[1].len() - 1;
    bad[1][last] ^= 1;
    bad.push(one);
    let outcomes = server.batch(vec![], bad);
    let refused = outcomes.iter().filter(|one| matches!(one, Outcome::Refused(_))).count();
    assert_eq!(refused, 3, "{outcomes:?}");
    assert!(matches!(outcomes[3], Outcome::Logged { .. }));
    assert_eq!(world.size(), 4);
}

#[test]
fn what_another_process_appends_is_shown_within_a_second() {
    let world = World::founded(&[]);
    let (server, ci) = (Server::start(&world), Author::ci(&world));
    world.record("model.bin", &["--name", "by another", "--no-commit"]).good();
    let began = Instant::now();
    let size = || {
        let note = String::from_utf8(server.get("/checkpoint").good(200).body).unwrap();
        note.lines().nth(1).unwrap().parse::<u64>().unwrap()
    };
    while size() != 4 {
        assert!(began.elapsed() < Duration::from_secs(5));
        std::thread::sleep(Duration::from_millis(20));
    }
    let statement = ci.model("one");
    let answer = server.register(&statement).good(201);
    assert_eq!(answer.position(), 5);
    drop(server);
    intact(&world);
}

#[test]
fn a_service_elsewhere_leaves_what_it_is_given_and_says_what_became_of_it() {
    let world = World::founded(&[]);
    let clone = world.copy();
    std::fs::remove_file(clone.path("repo/.git/ledgit/log-key")).unwrap();
    let (server, ci) = (Server::start(&clone), Author::ci(&world));
    assert_eq!(server.said["logs"], false);
    let bytes = ci.model("one");
    let pending = server.register(&bytes).good(202);
    let place = pending.header("location").unwrap().to_owned();
    assert!(pending.header("retry-after").is_some());
    assert_eq!(server.get(&place).good(202).body, b"pending\n");
    assert_eq!(server.register(&bytes).good(202).header("location"), Some(place.as_str()));
    // What is logged is proved by the log's own checkpoint, since no receipt can be signed here.
    let id = world.json(&["show", "1"])["id"].as_str().unwrap().to_owned();
    let proof = server.get(&format!("/entries/{id}")).good(200);
    assert!(proof.body.starts_with(b"c2sp.org/tlog-proof@v1\nindex 1\n"), "{proof:?}");
    // It is in the clone when the service is gone, and whoever has the key logs it.
    drop(server);
    let path = clone.path("repo").display().to_string();
    world.git(&["fetch", "-q", &path, "refs/ledgit/inbox/*:refs/ledgit/inbox/*"]);
    world.ledgit(&["sequence"]).good();
    clone.git(&["remote", "add", "origin", &world.path("repo").display().to_string()]);
    let server = Server::start(&clone);
    let proof = until(|| {
        let answer = server.get(&place);
        (answer.status == 200).then_some(answer)
    });
    assert!(proof.body.starts_with(b"c2sp.org/tlog-proof@v1\n"), "{proof:?}");
    // What the authority refuses, for a reason that this clone could not know, is told here.
    world.record("model.bin", &["--idempotency-key", "taken", "--no-commit"]).good();
    let other = Author::of(&world, "ana", "ana@bank.example").sign("taken", None, model("x"), 0);
    let pending = server.register(&other).good(202);
    let place = pending.header("location").unwrap().to_owned();
    let refused = until(|| Some(server.get(&place)).filter(|answer| answer.status != 202));
    refused.refused(400, "LG2025");
    server.get(&format!("/signed-statements/{id}")).good(200);
    server.get("/checkpoint").good(200);
    server.get("/tile/entries/000.p/2").good(200);
    let ready = server.get("/readyz").good(200);
    assert!(ready.body.starts_with(b"leaving statements to be logged: "), "{ready:?}");
}

/// Asks until there is an answer.
fn until<T>(ask: impl Fn() -> Option<T>) -> T {
    for _ in 0..600 {
        if let Some(answer) = ask() {
            return answer;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("there is no answer");
}

#[test]
fn keys_health_and_numbers_are_told() {
    let world = World::founded(&[]);
    let (server, ci) = (Server::start(&world), Author::ci(&world));
    server.register(&ci.model("one")).good(201);
    assert_eq!(server.get("/healthz").good(200).body, b"ok\n");
    assert_eq!(server.get("/readyz").good(200).body, b"ready\n");
    let keys = server.get("/.well-known/scitt-keys").good(200);
    assert_eq!(keys.header("content-type"), Some(CBOR));
    let key = log_key(&server);
    assert!(keys.body.windows(32).any(|part| part == key.as_bytes()));
    let kid = base64::Engine::encode(
        &base64::engine::general_purpose::URL_SAFE_NO_PAD,
        key.thumbprint().0,
    );
    let one = server.get(&format!("/.well-known/scitt-keys/{kid}")).good(200);
    assert_eq!(keys.body[1..], one.body, "an array of one");
    server.get("/.well-known/scitt-keys/AA").refused(404, "LG2102");
    let old = server.get("/.well-known/transparency-configuration").good(200);
    assert_eq!(old.header("deprecation"), Some("true"));
    let text = String::from_utf8(server.get("/metrics").good(200).body).unwrap();
    for line in [
        "ledgit_requests_total{route=\"append\",class=\"2xx\"} 1",
        "ledgit_log_entries 4",
        "ledgit_checkpoint_statements_sum{} 1",
        "ledgit_queue 0",
        "ledgit_logs 1",
    ] {
        assert!(text.contains(&format!("{line}\n")), "{line}: {text}");
    }
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (_, value) = line.rsplit_once(' ').unwrap();
        value.parse::<f64>().unwrap();
    }
    let told = |id: &str| {
        let answer = server.client().ask("GET", "/healthz", &[("X-Request-Id", id)], b"").unwrap();
        answer.header("x-request-id").unwrap().to_owned()
    };
    assert_eq!(told("run-7_a"), "run-7_a");
    assert_ne!(told("a b"), "a b");
    assert_ne!(told(&"a".repeat(65)), "a".repeat(65));
}

#[test]
fn each_request_is_a_line_of_json() {
    let world = World::founded(&[]);
    let server = Server::with(&world, &[], &[("LEDGIT_LOG", "info")]);
    server.client().ask("GET", "/checkpoint", &[("X-Request-Id", "me")], b"").unwrap();
    let told = server.told();
    let line =
        told.lines().find(|line| line.contains("\"me\"")).unwrap_or_else(|| panic!("{told}"));
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    let fields = &line["fields"];
    assert_eq!((&fields["path"], &fields["status"]), (&"/checkpoint".into(), &200.into()));
}
