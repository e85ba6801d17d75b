//! What no client can do to the service (SV-12, SV-32, SV-40, SV-60 to SV-66).

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use ledgit_core::limits;

use crate::client::*;
use crate::world::World;

fn status(said: &[u8]) -> u16 {
    let said = String::from_utf8_lossy(said);
    said.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
}

fn head(length: usize) -> String {
    format!(
        "POST /batches HTTP/1.1\r\nHost: x\r\nContent-Type: application/cbor\r\nContent-Length: {length}\r\n\r\n"
    )
}

#[test]
fn s03_bodies_that_are_too_large_or_lie_are_cut_off_and_memory_stays_flat() {
    let world = World::founded(&[]);
    let (server, ci) = (Server::start(&world), Author::ci(&world));
    server.register(&ci.model("one")).good(201);
    let before = server.peak();
    // Announced too large: refused before it is read.
    let huge = head(limits::SERVE_BATCH_BYTES + 1);
    assert_eq!(status(&server.raw(huge.as_bytes())), 413);
    let absurd = status(&server.raw(head(usize::MAX).as_bytes()));
    assert!([413, 431].contains(&absurd), "{absurd}");
    let one = format!(
        "POST /entries HTTP/1.1\r\nHost: x\r\nContent-Type: application/cose\r\nContent-Length: {}\r\n\r\n",
        limits::ENTRY_BYTES + 1
    );
    assert_eq!(status(&server.raw(one.as_bytes())), 413);
    // Endless, without a length.
    let mut endless = server.connect();
    let chunked = "POST /batches HTTP/1.1\r\nHost: x\r\nContent-Type: application/cbor\r\nTransfer-Encoding: chunked\r\n\r\n";
    endless.write_all(chunked.as_bytes()).unwrap();
    let chunk = [b"10000\r\n".as_slice(), &[0; 0x10000], b"\r\n"].concat();
    let sent = (0..4_096).take_while(|_| endless.write_all(&chunk).is_ok()).count();
    assert!(sent < 4_096, "256 MiB were taken");
    // Shorter than announced: the rest is never taken for a request.
    let lying = format!("{}{}", head(1_000), "GET /checkpoint HTTP/1.1\r\n\r\n");
    let mut stream = server.connect();
    stream.write_all(lying.as_bytes()).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut said = Vec::new();
    let _ = stream.read_to_end(&mut said);
    assert!([0, 400].contains(&status(&said)), "{}", String::from_utf8_lossy(&said));
    // What is compressed is not unpacked.
    let bomb = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3].repeat(1_000);
    let headers = [("Content-Type", CBOR), ("Content-Encoding", "gzip")];
    let answer = server.client().ask("POST", "/batches", &headers, &bomb).unwrap();
    answer.refused(400, "LG2092");
    // Many that are as large as may be and never end.
    let part = vec![0; limits::SERVE_BATCH_BYTES / 2];
    let mut open: Vec<TcpStream> = (0..64).map(|_| server.connect()).collect();
    std::thread::scope(|scope| {
        for stream in &mut open {
            stream.set_write_timeout(Some(Duration::from_millis(500))).unwrap();
            scope.spawn(|| {
                let _ = stream.write_all(head(limits::SERVE_BATCH_BYTES).as_bytes());
                let _ = stream.write_all(&part);
            });
        }
    });
    // A small one is still taken, or told to come back.
    let answer = server.register(&ci.model("two"));
    assert!([201, 503].contains(&answer.status), "{answer:?}");
    drop(open);
    let grown = server.peak() - before;
    assert!(grown < limits::SERVE_BUFFER_BYTES as u64 * 3 / 2, "{} MiB", grown >> 20);
    let began = Instant::now();
    while server.register(&ci.model("three")).status != 201 {
        assert!(began.elapsed() < Duration::from_secs(30));
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Times of good requests in order.
fn good(server: &Server, ci: &Author, round: &str) -> Vec<Duration> {
    let mut times = Vec::new();
    let mut client = server.client();
    for number in 0..150 {
        let statement = ci.model(&format!("{round} {number}"));
        for path in ["/entries", "/checkpoint", "/tile/0/000.p/2"] {
            let began = Instant::now();
            let answer = match path {
                "/entries" => client.post(COSE, path, &statement).unwrap().good(201),
                _ => client.ask("GET", path, &[], b"").unwrap().good(200),
            };
            times.push(began.elapsed());
            drop(answer);
        }
    }
    times.sort();
    times
}

fn p99(times: &[Duration]) -> Duration {
    times[times.len() * 99 / 100]
}

/// One that is slow in a way of its own; it goes on until it is cut off.
fn slow(server: &Server, number: usize) -> TcpStream {
    let mut stream = server.connect();
    let begin = match number % 4 {
        0 => "GET /checkpoint HTTP/1.1\r\nHost: x\r\nA: ".to_owned(),
        1 => head(4_096),
        // Asks for much and takes nothing.
        2 => "GET /checkpoint HTTP/1.1\r\nHost: x\r\n\r\n".repeat(50),
        _ => String::new(),
    };
    let _ = stream.write_all(begin.as_bytes());
    stream
}

/// The p99 of good requests beside slow clients.
fn beside(server: &Server, ci: &Author, count: usize, round: usize) -> Duration {
    let mut open: Vec<TcpStream> = (0..count).map(|number| slow(server, number)).collect();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // A byte now and then, until the other side has had enough.
            while !done.load(Ordering::Relaxed) {
                open.retain_mut(|stream| stream.write_all(b"a").is_ok());
                std::thread::sleep(Duration::from_millis(100));
            }
        });
        let during = p99(&good(server, ci, &format!("during {round}")));
        done.store(true, Ordering::Relaxed);
        during
    })
}

#[test]
fn s04_slow_clients_do_not_slow_good_ones_down() {
    let world = World::founded(&[]);
    let (server, ci) = (Server::start(&world), Author::ci(&world));
    let count = if long() { 2_000 } else { 300 };
    good(&server, &ci, "warm");
    // Other tests run beside this one and make times of their own: what the slow clients do shows
    // every time.
    let calm = (0..4).any(|round| {
        let before = p99(&good(&server, &ci, &format!("before {round}")));
        let during = beside(&server, &ci, count, round);
        eprintln!("s04: p99 {before:?}, {during:?} beside {count} slow clients");
        during <= (2 * before).max(before + Duration::from_millis(30))
    });
    assert!(calm, "slow clients slow good ones down");
    // Who does not finish a head is cut off, a byte now and then or not.
    let mut trickle = slow(&server, 0);
    trickle.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let began = Instant::now();
    let limit = Duration::from_secs(limits::SERVE_HEAD_SECONDS + 10);
    loop {
        let sent = trickle.write_all(b"a");
        let ended = matches!(trickle.read(&mut [0; 512]), Ok(0));
        if sent.is_err() || ended {
            break;
        }
        assert!(began.elapsed() < limit, "it is still served");
    }
    // And who says nothing at all.
    let mut silent = server.connect();
    let began = Instant::now();
    assert!(matches!(silent.read(&mut [0; 512]), Ok(_) | Err(_)));
    assert!(began.elapsed() < limit);
}

/// The other side of S04: one that asks for much and takes nothing is cut off.
#[test]
fn s04_who_takes_nothing_of_an_answer_is_cut_off() {
    let world = World::founded(&[]);
    let (server, ci) = (Server::start(&world), Author::ci(&world));
    let statements = (0..127).map(|number| ci.model(&format!("m{number}"))).collect();
    server.batch(Vec::new(), statements);
    let size = world.size().min(255);
    let one = format!("GET /tile/entries/000.p/{size} HTTP/1.1\r\nHost: x\r\n\r\n");
    let bytes = server.get(&format!("/tile/entries/000.p/{size}")).good(200).body.len();
    let mut stalled = server.connect();
    // More than sockets hold for both sides.
    let asked = (64 << 20) / bytes;
    stalled.set_write_timeout(Some(Duration::from_millis(500))).unwrap();
    let began = Instant::now();
    let _ = stalled.write_all(one.repeat(asked).as_bytes());
    let connections = || {
        let text = String::from_utf8(server.get("/metrics").body).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix("ledgit_connections "));
        line.unwrap().parse::<u64>().unwrap()
    };
    let limit = Duration::from_secs(limits::SERVE_STALL_SECONDS + 30);
    // The service may not have looked at it yet.
    while connections() < 2 {
        assert!(began.elapsed() < limit, "it is never served");
        std::thread::sleep(Duration::from_millis(10));
    }
    while connections() > 1 {
        assert!(began.elapsed() < limit, "it is still served");
        std::thread::sleep(Duration::from_millis(500));
    }
    assert!(began.elapsed() > Duration::from_secs(limits::SERVE_STALL_SECONDS / 2));
}

#[test]
fn s06_what_two_readers_could_take_for_different_things_is_refused_and_ends_the_connection() {
    let world = World::founded(&[]);
    let server = Server::start(&world);
    let smuggled = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
    let length = smuggled.len();
    for (lines, body) in [
        (format!("Content-Length: {length}\r\nTransfer-Encoding: chunked"), "0\r\n\r\n"),
        (format!("Transfer-Encoding: chunked\r\nContent-Length: {length}"), "0\r\n\r\n"),
        ("Content-Length: 0\r\nTransfer-Encoding: chunked".to_owned(), "0\r\n\r\n"),
        ("Transfer-Encoding: xchunked".to_owned(), ""),
        ("Transfer-Encoding: chunked, identity".to_owned(), ""),
        ("Transfer-Encoding : chunked".to_owned(), "0\r\n\r\n"),
        ("Content-Length: 0\r\nContent-Length: 5".to_owned(), ""),
        ("Content-Length: +0".to_owned(), ""),
        ("Content-Length: 0, 0".to_owned(), ""),
        ("Content-Length: -1".to_owned(), ""),
        ("A: b\r\n c".to_owned(), ""),
        ("A\0: b".to_owned(), ""),
        ("A: b\rTransfer-Encoding: chunked".to_owned(), ""),
        ("Host: y".to_owned(), ""),
        (" A: b".to_owned(), ""),
    ] {
        for method in ["POST", "GET"] {
            let path = if method == "POST" { "/entries" } else { "/checkpoint" };
            let request =
                format!("{method} {path} HTTP/1.1\r\nHost: x\r\n{lines}\r\n\r\n{body}{smuggled}");
            let mut stream = server.connect();
            stream.set_read_timeout(Some(Duration::from_secs(3))).unwrap();
            stream.write_all(request.as_bytes()).unwrap();
            let mut said = Vec::new();
            let ended = stream.read_to_end(&mut said).is_ok();
            let text = String::from_utf8_lossy(&said);
            assert!([400, 411].contains(&status(&said)), "{lines:?}: {text}");
            assert_eq!(text.matches("HTTP/1.1 ").count(), 1, "{lines:?} was read on: {text}");
            assert!(ended, "{lines:?}: the connection stays open");
        }
    }
    for request in [
        "GET /checkpoint HTTP/1.1\r\n\r\n",
        "GET /checkpoint HTTP/1.0\r\nHost: x\r\n\r\n",
        "GET /checkpoint HTTP/2.0\r\nHost: x\r\n\r\n",
        "GET /checkpoint\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "G(T /checkpoint HTTP/1.1\r\nHost: x\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01",
        "GET /check point HTTP/1.1\r\nHost: x\r\n\r\n",
    ] {
        let said = server.raw(request.as_bytes());
        assert!(
            [0, 400].contains(&status(&said)),
            "{request:?}: {}",
            String::from_utf8_lossy(&said)
        );
    }
    let long = format!("GET /checkpoint HTTP/1.1\r\nHost: x\r\nA: {}\r\n\r\n", "a".repeat(40_000));
    assert_eq!(status(&server.raw(long.as_bytes())), 431);
    let many = format!("GET /checkpoint HTTP/1.1\r\nHost: x\r\n{}\r\n", "A: b\r\n".repeat(65));
    assert_eq!(status(&server.raw(many.as_bytes())), 431);
    // One that is right is read on.
    let two = format!("{smuggled}GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let said = String::from_utf8_lossy(&server.raw(two.as_bytes())).into_owned();
    assert_eq!(said.matches("HTTP/1.1 200").count(), 2, "{said}");
}

#[test]
fn s08_a_flood_is_told_to_come_back_while_reads_stay_fast_and_all_is_logged_in_the_end() {
    let world = World::founded(&[]);
    let (server, ci) = (Server::with(&world, &["--queue", "4"], &[]), Author::ci(&world));
    let (busy, done) = (AtomicUsize::new(0), AtomicBool::new(false));
    let alone = reads(&server, &AtomicBool::new(true));
    let during = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..40)
            .map(|number| {
                let (server, ci, busy) = (&server, &ci, &busy);
                scope.spawn(move || {
                    let (mut client, statement) =
                        (server.client(), ci.model(&format!("m{number}")));
                    loop {
                        let answer = client.post(COSE, "/entries", &statement).unwrap();
                        if answer.status == 201 {
                            return;
                        }
                        answer.refused(503, "LG2099");
                        assert_eq!(answer.header("retry-after"), Some("1"));
                        busy.fetch_add(1, Ordering::Relaxed);
                        std::thread::sleep(Duration::from_millis(20));
                    }
                })
            })
            .collect();
        let reader = scope.spawn(|| reads(&server, &done));
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        done.store(true, Ordering::Relaxed);
        reader.join().unwrap()
    });
    assert!(busy.load(Ordering::Relaxed) > 0, "nobody was told to come back");
    // Other tests run beside this one: a read that waited for the writer would take far longer.
    let allowed = (2 * alone).max(alone + Duration::from_millis(100));
    assert!(during <= allowed, "p99 of reads: {during:?}, {alone:?} without a flood");
    let logged = world.json(&["log", "--all", "--kind", "model"])["entries"].clone();
    assert_eq!(logged.as_array().unwrap().len(), 40);
    let text = String::from_utf8(server.get("/metrics").body).unwrap();
    assert!(text.contains("ledgit_queue 0\n"), "{text}");
    drop(server);
    intact(&world);
}

/// The p99 of reads, at least of a hundred.
fn reads(server: &Server, done: &AtomicBool) -> Duration {
    let (mut client, mut times) = (server.client(), Vec::new());
    while times.len() < 100 || !done.load(Ordering::Relaxed) {
        let began = Instant::now();
        client.ask("GET", "/tile/0/000.p/2", &[], b"").unwrap().good(200);
        times.push(began.elapsed());
    }
    times.sort();
    p99(&times)
}

#[test]
fn a_connection_past_the_limit_is_told_so_and_the_next_one_after_it_is_served() {
    let world = World::founded(&[]);
    // As many descriptors as the process has, less those that it needs.
    let server = Server::under(&world, &["prlimit", "--nofile=300:300"], &[], &[]);
    let mut open: Vec<TcpStream> = (0..44).map(|_| server.connect()).collect();
    std::thread::sleep(Duration::from_millis(300));
    let said = server.raw(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    assert!([503, 0].contains(&status(&said)), "{}", String::from_utf8_lossy(&said));
    open.truncate(10);
    let began = Instant::now();
    while status(&server.raw(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
        != 200
    {
        assert!(began.elapsed() < Duration::from_secs(5));
    }
}
