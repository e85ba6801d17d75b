//! What litewitness was asked and answered, replayed.

use std::fs;
use std::path::Path;

use ledgit_core::checkpoint::VerifierKey;
use ledgit_core::witness::*;

use super::made::{keep, status};

/// One request, the status that was recorded, and what its body had to hold.
struct Exchange {
    body: Vec<u8>,
    status: u16,
    asserted: String,
}

fn read(name: &str) -> String {
    let logs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/logs");
    fs::read_to_string(logs.join("witness").join(name)).unwrap()
}

fn recorded() -> Vec<Exchange> {
    let text = read("litewitness-add-checkpoint.hurl");
    let parts = text.split("POST http://localhost:7380/add-checkpoint\n").skip(1);
    let exchange = |part: &str| {
        let (_, rest) = part.split_once("```\n").unwrap();
        let (body, rest) = rest.split_once("```\n").unwrap();
        let rest = rest.trim().strip_prefix("HTTP ").unwrap();
        let (status, asserted) = rest.split_once("\n[Asserts]\n").unwrap();
        let (status, asserted) = (status.parse().unwrap(), asserted.to_owned());
        Exchange { body: body.as_bytes().to_vec(), status, asserted }
    };
    parts.map(exchange).collect()
}

#[test]
fn h03_every_request_of_the_recording_gets_its_status() {
    let logs = Logs::of([read("litewitness-log.vkey").trim_end().parse::<VerifierKey>().unwrap()]);
    let mut held: Option<Held> = None;
    let exchanges = recorded();
    assert_eq!(exchanges.len(), 9);
    for (number, exchange) in exchanges.iter().enumerate() {
        let request = match AddCheckpoint::parse(&exchange.body) {
            Ok(request) => request,
            // One has stray bits in the base64 of its signature, which no other text may have.
            Err(error) => {
                assert_eq!((number, error.status()), (1, exchange.status));
                continue;
            }
        };
        assert_eq!(request.to_bytes(), exchange.body, "{number}");
        let answered = answer(&request, &logs, held.as_ref());
        // The recording is older than tlog-witness v1.0.0, which says 404 of an unknown log.
        let unknown = exchange.asserted.contains("unknown log");
        let wanted = if unknown { 404 } else { exchange.status };
        assert_eq!(status(&answered), wanted, "{number}: {answered:?}");
        match answered {
            Ok(accepted) => held = Some(keep(&accepted, 1_700_000_000)),
            Err(refused) => {
                let (kind, body) = refused.refusal.body();
                if let Some(same) = exchange.asserted.strip_prefix("body == ") {
                    assert_eq!(format!("{body:?}"), same.trim());
                    assert_eq!(kind, "text/x.tlog.size");
                }
                assert_eq!(refused.misbehaviour, None, "{number}");
            }
        }
    }
    assert_eq!(held.unwrap().checkpoint.size, 5);
}
