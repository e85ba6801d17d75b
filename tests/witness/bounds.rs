//! What no client can do to a server (W-14, W-15).

use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant};

use ledgit_core::limits;

use super::protocol::{first, log};
use crate::server::{Server, parts};
use crate::world::World;

fn served(world: &World) -> Server {
    Server::start(world, "w", &[&log("log.example").1.to_string()])
}

#[test]
fn requests_that_are_malformed_or_too_large_get_a_status_and_end_nothing() {
    let world = World::new(&[]);
    let mut server = served(&world);
    let status = |server: &Server, bytes: &[u8]| parts(&server.raw(bytes)).0;
    let huge = format!(
        "POST /add-checkpoint HTTP/1.1\r\nContent-Length: {}\r\n\r\n",
        limits::WITNESS_REQUEST_BYTES + 1
    );
    for (bytes, wanted) in [
        (&b"nonsense\r\n\r\n"[..], 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
        (b"POST /add-checkpoint HTTP/1.1\r\n\r\n", 411),
        (b"POST /add-checkpoint HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
        (huge.as_bytes(), 413),
        (&[b"GET / HTTP/1.1\r\nA: ".as_slice(), &[b'a'; 20_000]].concat(), 431),
    ] {
        assert_eq!(status(&server, bytes), wanted, "{}", String::from_utf8_lossy(bytes));
    }
    let whole = vec![b'\n'; limits::WITNESS_REQUEST_BYTES];
    assert_eq!(server.post(&whole).0, 400);
    assert_eq!(server.post(b"").0, 400);
    assert_eq!(server.post(b"old 0\n\n\xff\n").0, 400);
    assert_eq!(server.ask("GET", "/", b"").0, 404);
    assert_eq!(server.ask("GET", "/add-checkpoint", b"").0, 405);
    assert_eq!(server.ask("PUT", "/add-checkpoint", b"").0, 405);
    for path in ["/../witness/checkpoint", "/x/checkpoint", "//checkpoint", "/%2e/checkpoint"] {
        assert_eq!(server.ask("GET", path, b"").0, 404, "{path}");
    }
    assert_eq!(server.post(&first("log.example", 1)).0, 200);
    assert!(server.lives());
}

#[test]
fn one_connection_carries_several_requests_and_waits_for_a_body_that_is_announced() {
    let world = World::new(&[]);
    let server = served(&world);
    let mut stream = server.connect();
    let body = first("log.example", 1);
    let length = body.len();
    let head = format!(
        "POST /add-checkpoint HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut told = [0; 25];
    stream.read_exact(&mut told).unwrap();
    assert_eq!(&told, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(&body).unwrap();
    // The next one at once, byte by byte, and the last one closes.
    let again = format!("POST /add-checkpoint HTTP/1.1\r\nContent-Length: {length}\r\n\r\n");
    for byte in [again.as_bytes(), &body].concat() {
        stream.write_all(&[byte]).unwrap();
    }
    stream.write_all(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n").unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).unwrap();
    let statuses: Vec<&str> =
        said.matches("HTTP/1.1 200").chain(said.matches("HTTP/1.1 409")).collect();
    assert_eq!(statuses.len(), 2, "{said}");
    assert!(said.contains("HTTP/1.1 404 Not Found"), "{said}");
}

#[test]
fn clients_that_say_nothing_hold_nobody_up_for_long_and_the_next_one_past_the_limit_is_told() {
    let world = World::new(&[]);
    let mut server = served(&world);
    let began = Instant::now();
    let mut idle: Vec<_> = (0..limits::WITNESS_CONNECTIONS).map(|_| server.connect()).collect();
    // All are accepted before one more is.
    std::thread::sleep(Duration::from_millis(300));
    let (status, _, _) = server.ask("GET", "/", b"");
    assert!(status == 503 || status == 0, "{status}");
    idle.truncate(8);
    let good = (0..100).any(|_| {
        std::thread::sleep(Duration::from_millis(50));
        server.post(&first("log.example", 1)).0 == 200
    });
    assert!(good);
    // One that sends a byte now and then is cut off all the same.
    let mut slow = idle.pop().unwrap();
    let limit = Duration::from_secs(limits::WITNESS_SECONDS + 15);
    slow.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    let cut = loop {
        let sent = slow.write_all(b"G");
        let ended = slow.read(&mut [0; 64]).is_ok();
        if sent.is_err() || ended {
            break began.elapsed();
        }
        assert!(began.elapsed() < limit, "it is still served");
    };
    assert!(cut < limit, "{cut:?}");
    assert!(server.lives());
}
