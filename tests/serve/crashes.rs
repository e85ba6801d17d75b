//! Panics, kills, signals and disks that fail (SV-35, SV-63, SV-65).

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crate::client::*;
use crate::world::{World, has};

/// Threads that post statements.
const CLIENTS: usize = 8;

#[test]
fn s07_a_panic_in_a_handler_is_an_answer_and_loses_nothing() {
    let world = World::founded(&[]);
    let (mut server, ci) =
        (Server::with(&world, &[], &[("LEDGIT_FAILPOINTS", "1")]), Author::ci(&world));
    let post = |server: &Server, place: &str, statement: &[u8]| {
        let headers = [("Content-Type", COSE), ("ledgit-failpoint", place)];
        server.client().ask("POST", "/entries", &headers, statement).unwrap()
    };
    let size = world.size();
    let (before, after) = (ci.model("before"), ci.model("after"));
    for _ in 0..20 {
        post(&server, "handler", &before).refused(500, "LG2090");
    }
    assert_eq!(world.size(), size, "nothing is half there");
    // It is logged and whoever asked never hears of it.
    post(&server, "answer", &after).refused(500, "LG2090");
    assert_eq!(server.register(&after).good(201).position(), size + 1);
    server.register(&before).good(201);
    assert!(server.ended(Duration::ZERO).is_none());
    let text = String::from_utf8(server.get("/metrics").body).unwrap();
    assert!(text.contains("ledgit_panics_total 21\n"), "{text}");
    drop(server);
    intact(&world);
    // Without the variable the header is one like any other.
    let server = Server::start(&world);
    post(&server, "handler", &before).good(201);
}

#[test]
fn s10_a_writer_that_panics_ends_the_process_and_the_next_one_goes_on() {
    let world = World::founded(&[]);
    let (mut server, ci) =
        (Server::with(&world, &[], &[("LEDGIT_FAILPOINTS", "1")]), Author::ci(&world));
    server.register(&ci.model("one")).good(201);
    let headers = [("Content-Type", COSE), ("ledgit-failpoint", "writer")];
    let two = ci.model("two");
    // Nothing at all, or that nobody knows.
    if let Ok(answer) = server.client().ask("POST", "/entries", &headers, &two) {
        answer.refused(500, "LG2090");
    }
    let ended = server.ended(Duration::from_secs(10)).unwrap();
    assert_eq!(ended.code(), Some(2));
    assert!(server.told().contains("[LG2090]"), "{}", server.told());
    let server = Server::start(&world);
    server.register(&ci.model("one")).good(201);
    server.register(&two).good(201);
    assert_eq!(world.size(), 6);
    drop(server);
    intact(&world);
}

#[test]
fn c03_a_failed_fsync_stops_the_writer_and_reading_goes_on() {
    if !has("strace", "c03_a_failed_fsync") {
        return;
    }
    let world = World::founded(&[]);
    let trace = world.path("trace").display().to_string();
    let fault = "inject=fsync:error=EIO:when=20+";
    let strace = ["strace", "-f", "-qq", "-o", &trace, "-e", "trace=fsync", "-e", fault];
    let (server, ci) = (Server::under(&world, &strace, &[], &[]), Author::ci(&world));
    let mut acknowledged = Vec::new();
    let refused = (0..50).find_map(|number| {
        let statement = ci.model(&format!("m{number}"));
        let answer = server.register(&statement);
        match answer.status {
            201 => acknowledged.push(statement),
            _ => return Some(answer),
        }
        None
    });
    refused.unwrap().refused(503, "LG2100");
    server.register(&ci.model("more")).refused(503, "LG2100");
    let ready = server.get("/readyz");
    assert_eq!(ready.status, 503);
    assert!(String::from_utf8_lossy(&ready.body).contains("nothing is logged any more"));
    assert_eq!(server.get("/healthz").status, 200);
    server.get("/checkpoint").good(200);
    for statement in &acknowledged {
        server.get(&format!("/entries/{}", leaf(statement).hex())).good(200);
    }
    let text = String::from_utf8(server.get("/metrics").body).unwrap();
    assert!(text.contains("ledgit_logs 0\n"), "{text}");
    drop(server);
    let server = Server::start(&world);
    for statement in &acknowledged {
        server.get(&format!("/entries/{}", leaf(statement).hex())).good(200);
    }
    server.register(&ci.model("more")).good(201);
    drop(server);
    intact(&world);
}

/// Statements by name, and whether they were acknowledged.
type Sent = Mutex<BTreeMap<String, (Vec<u8>, bool)>>;

/// Posts statements from several clients until the service is gone or told to stop.
fn load(server: &Server, ci: &Author, sent: &Sent, next: &AtomicU64, done: &AtomicBool) {
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                // It may be gone already.
                let Some(mut client) = server.try_client() else { return };
                while !done.load(Ordering::Relaxed) {
                    let name = format!("n{}", next.fetch_add(1, Ordering::Relaxed));
                    let statement = ci.model(&name);
                    sent.lock().unwrap().insert(name.clone(), (statement.clone(), false));
                    match client.post(COSE, "/entries", &statement) {
                        Ok(answer) if answer.status == 201 => {
                            sent.lock().unwrap().get_mut(&name).unwrap().1 = true;
                        }
                        Ok(answer) => assert_eq!(answer.status, 503, "{answer:?}"),
                        Err(_) => return,
                    }
                }
            });
        }
    });
}

/// Demands that all that was acknowledged is logged, and that the rest can be sent again.
fn all_there(server: &Server, sent: &Sent) -> usize {
    let mut client = server.client();
    let (mut acknowledged, sent) = (0, sent.lock().unwrap());
    for (name, (statement, told)) in sent.iter() {
        let path = format!("/entries/{}", leaf(statement).hex());
        let there = client.ask("GET", &path, &[], b"").unwrap().status == 200;
        assert!(there || !told, "{name} was acknowledged and is gone");
        acknowledged += usize::from(*told);
    }
    acknowledged
}

fn acknowledged_of(sent: &Sent) -> usize {
    sent.lock().unwrap().values().filter(|(_, told)| *told).count()
}

/// Each idempotency key is in the log exactly once.
fn once_each(world: &World, sent: &Sent) {
    let logged = world.json(&["log", "--all", "--kind", "model"])["entries"].clone();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for entry in logged.as_array().unwrap() {
        *counts.entry(entry["idempotency_key"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    for name in sent.lock().unwrap().keys() {
        assert_eq!(counts.get(name), Some(&1), "{name}");
    }
    assert_eq!(counts.len(), sent.lock().unwrap().len());
}

#[test]
fn kill_under_load_loses_nothing_that_was_acknowledged_and_the_restart_needs_no_hand() {
    let world = World::founded(&[]);
    let ci = Author::ci(&world);
    let (sent, next) = (Sent::default(), AtomicU64::new(0));
    let rounds = if long() { 200 } else { 20 };
    let (mut acknowledged, mut before) = (0, 0);
    for round in 0..rounds {
        let mut server = Server::start(&world);
        acknowledged = all_there(&server, &sent);
        assert!(acknowledged >= before);
        before = acknowledged;
        let pid = server.process.id().to_string();
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| load(&server, &ci, &sent, &next, &done));
            // A different moment each time; in most rounds after something was acknowledged.
            while round % 4 != 0 && acknowledged_of(&sent) == before {
                std::thread::sleep(Duration::from_millis(1));
            }
            std::thread::sleep(Duration::from_millis(37 * round % 97));
            let killed = std::process::Command::new("kill").args(["-9", &pid]).status().unwrap();
            assert!(killed.success());
        });
        assert!(server.ended(Duration::from_secs(10)).is_some());
    }
    let server = Server::start(&world);
    let last = all_there(&server, &sent);
    assert!(last >= acknowledged && last >= rounds as usize / 2, "{last} were acknowledged");
    for (statement, _) in sent.lock().unwrap().values() {
        server.register(statement).good(201);
    }
    drop(server);
    once_each(&world, &sent);
    intact(&world);
    eprintln!("kill: {rounds} rounds, {last} acknowledged, {} sent", sent.lock().unwrap().len());
}

#[test]
fn c22_sigterm_under_load_answers_what_is_under_way_and_exits_with_0() {
    for signal in ["TERM", "INT"] {
        let world = World::founded(&[]);
        let ci = Author::ci(&world);
        let (sent, next) = (Sent::default(), AtomicU64::new(0));
        let mut server = Server::start(&world);
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| load(&server, &ci, &sent, &next, &done));
            std::thread::sleep(Duration::from_millis(300));
            server.signal(signal);
        });
        let ended = server.ended(Duration::from_secs(20)).unwrap();
        assert_eq!(ended.code(), Some(0), "{signal}: {}", server.told());
        let server = Server::start(&world);
        assert!(all_there(&server, &sent) > CLIENTS);
        drop(server);
        // All that was taken in was answered: what has no answer was not read.
        let logged = world.json(&["log", "--all", "--kind", "model"])["entries"].clone();
        let acknowledged = sent.lock().unwrap().values().filter(|(_, told)| *told).count();
        assert_eq!(logged.as_array().unwrap().len(), acknowledged, "{signal}");
        intact(&world);
    }
}
