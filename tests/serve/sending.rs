//! `record --to` (SV-80 to SV-84).

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use ledgit_core::bundle::{Outcome, Results};
use ledgit_core::digest::LeafHash;

use crate::client::*;
use crate::world::{LEDGIT, Ran, World};

/// A clone without the log key, as a pipeline has it.
fn pipeline(world: &World) -> World {
    let clone = world.copy();
    fs::remove_file(clone.path("repo/.git/ledgit/log-key")).unwrap();
    clone
}

fn record(world: &World, url: &str, options: &[&str]) -> Ran {
    let key = world.key("ci");
    let mut command = world.command(LEDGIT);
    command.args(["record", "--key", &key, "--to", url]).args(options);
    Ran::of(command.output().unwrap())
}

#[test]
fn a_pipeline_records_through_a_service_with_evidence_and_once() {
    let world = World::founded(&[]);
    let (server, clone) = (Server::start(&world), pipeline(&world));
    fs::create_dir(clone.path("repo/data")).unwrap();
    fs::write(clone.path("repo/data/a.csv"), "1,2\n").unwrap();
    fs::write(clone.path("repo/card.txt"), "a card").unwrap();
    let from = r#"{"statements":[{"kind":"dataset","path":"data","name":"d"},
        {"kind":"model","path":"model.bin","name":"m","no_commit":true},
        {"kind":"document","path":"card.txt","type":"card"}]}"#;
    fs::write(clone.path("repo/step.json"), from).unwrap();
    let refs = clone.git(&["for-each-ref"]);
    let run =
        || record(&clone, &server.url(), &["--from", "step.json", "--idempotency-key", "run 7"]);
    let said = run().good().stdout;
    assert!(said.contains("entry 3 ") && said.contains("signed by ci-train · 6 entries"), "{said}");
    let again = run().good().stdout;
    assert!(again.contains("nothing new") && again.contains("entry 5 "), "{again}");
    assert_eq!(clone.git(&["for-each-ref"]), refs, "nothing is written in the clone");
    drop(server);
    assert_eq!(world.size(), 6);
    let id = world.json(&["status"])["ledger"].as_str().unwrap().to_owned();
    assert_eq!(world.json(&["verify", "--trust", &id])["verdict"], "good", "evidence is there");
    intact(&world);
}

#[test]
fn what_a_service_refuses_is_told_and_not_sent_again() {
    let world = World::founded(&[]);
    let (server, clone) = (Server::start(&world), pipeline(&world));
    let model = ["model", "model.bin", "--name", "m", "--no-commit"];
    record(&clone, "ftp://x", &model).fails(2, "LG2050");
    record(&clone, &format!("{}/nowhere", server.url()), &model).fails(2, "LG2104");
    // The clone of another ledger.
    let other = pipeline(&World::founded(&[]));
    let ran = record(&other, &server.url(), &model).fails(2, "LG2104");
    assert!(ran.stderr.contains("[LG2094]") || ran.stderr.contains("[LG2096]"), "{}", ran.stderr);
    // A service that orders nothing has it wait.
    let leaving = Server::start(&clone);
    let ran = record(&clone, &leaving.url(), &model).good();
    assert!(ran.stdout.contains("waits at the service to be logged"), "{}", ran.stdout);
    assert_eq!(world.size(), 2);
}

/// A proxy that loses what it is told to: requests, or answers.
fn proxy(server: &Server, lose: impl Fn(usize) -> Lose + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (url, to) = (format!("http://{}", listener.local_addr().unwrap()), server.address.clone());
    std::thread::spawn(move || {
        let count = AtomicUsize::new(0);
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut head, mut length) = (String::new(), 0);
            while !head.ends_with("\r\n\r\n") {
                let from = head.len();
                if reader.read_line(&mut head).unwrap_or(0) == 0 {
                    break;
                }
                let line = head[from..].to_ascii_lowercase();
                if let Some(value) = line.strip_prefix("content-length: ") {
                    length = value.trim().parse().unwrap();
                }
            }
            let mut body = vec![0; length];
            if reader.read_exact(&mut body).is_err() {
                continue;
            }
            let head = head.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
            let ask = || {
                let mut inner = std::net::TcpStream::connect(&to).unwrap();
                inner.write_all(&[head.as_bytes(), &body].concat()).unwrap();
                let mut said = Vec::new();
                inner.read_to_end(&mut said).unwrap();
                said
            };
            match lose(count.fetch_add(1, Ordering::Relaxed)) {
                Lose::Nothing => drop(stream.write_all(&ask())),
                Lose::Request => {}
                Lose::Answer => drop(ask()),
                Lose::Half => {
                    let said = ask();
                    let _ = stream.write_all(&said[..said.len() - 10]);
                }
                Lose::Instead(text) => drop(stream.write_all(text.as_bytes())),
                Lose::Told(results) => {
                    let length = results.len();
                    let head = format!(
                        "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
                    );
                    let _ = stream.write_all(&[head.as_bytes(), &results].concat());
                }
                Lose::Flip => {
                    let mut said = ask();
                    let at = said.len() - 20;
                    said[at] ^= 1;
                    let _ = stream.write_all(&said);
                }
            }
        }
    });
    url
}

enum Lose {
    Nothing,
    Request,
    Answer,
    Half,
    Flip,
    Instead(&'static str),
    Told(Vec<u8>),
}

#[test]
fn what_gets_lost_on_the_way_is_sent_again_and_logged_once() {
    let world = World::founded(&[]);
    let (server, clone) = (Server::start(&world), pipeline(&world));
    let busy =
        "HTTP/1.1 503 Busy\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let url = proxy(&server, move |number| match number {
        0 => Lose::Request,
        1 => Lose::Answer,
        2 => Lose::Half,
        3 => Lose::Instead(busy),
        _ => Lose::Nothing,
    });
    let began = Instant::now();
    // Without a key of its own: it is the same bytes all the same.
    let model = ["model", "model.bin", "--name", "m", "--no-commit"];
    let ran = record(&clone, &url, &model).good();
    assert!(ran.stdout.contains("entry 3 "), "{}", ran.stdout);
    assert!(ran.stderr.matches("sent again in").count() == 4, "{}", ran.stderr);
    assert!(began.elapsed() > Duration::from_secs(1), "Retry-After was waited for");
    assert_eq!(world.size(), 4);
    drop(server);
    intact(&world);
}

#[test]
fn an_answer_that_proves_nothing_is_not_believed() {
    let world = World::founded(&[]);
    let (server, clone) = (Server::start(&world), pipeline(&world));
    let model = ["model", "model.bin", "--name", "m", "--no-commit"];
    let url = proxy(&server, |_| Lose::Flip);
    record(&clone, &url, &model).fails(1, "LG1607");
    // A genuine receipt of another entry.
    let other = server.register(&Author::ci(&world).model("other")).good(201);
    let entry = other.header("location").unwrap().strip_prefix("/entries/").unwrap();
    let entry = LeafHash::from_hex(entry).unwrap();
    for new in [true, false] {
        let (position, receipt) = (other.position(), other.body.clone());
        let results = Results(vec![Outcome::Logged { entry, new, position, receipt }]).to_bytes();
        let url = proxy(&server, move |number| match number {
            0 => Lose::Told(results.clone()),
            _ => Lose::Nothing,
        });
        let ran = record(&clone, &url, &model).fails(1, "LG1607");
        assert!(ran.stderr.contains("is another statement"), "{}", ran.stderr);
    }
    let html = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";
    let url = proxy(&server, move |_| Lose::Instead(html));
    record(&clone, &url, &model).fails(2, "LG2105");
    let away = "HTTP/1.1 307 Away\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let url = proxy(&server, move |_| Lose::Instead(away));
    record(&clone, &url, &model).fails(2, "LG2105");
}
