//! Authorities that no statement may name, one for each reason (S-26, S-27).

use ciborium::Value;

use super::refused::{Parts, taken_apart};
use super::support::{new_place, places};

fn text_value(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// A statement that proposes an authority of a sort, changed.
fn with(sort: usize, change: impl FnOnce(&mut Vec<(Value, Value)>)) -> Vec<u8> {
    let proposal = new_place(places()[sort].clone());
    taken_apart(proposal.into(), |parts: &mut Parts| {
        let place = parts.field("change").as_map_mut().unwrap()[0].1.as_map_mut().unwrap();
        change(place);
    })
}

/// The same with these addresses, in the order of a set.
fn at(sort: usize, urls: &[String]) -> Vec<u8> {
    let mut urls: Vec<_> = urls.iter().map(|url| url.as_str()).collect();
    urls.sort_by_key(|url| (url.len(), url.to_string()));
    with(sort, |place| {
        let fields = place[0].1.as_map_mut().unwrap();
        fields.last_mut().unwrap().1 =
            Value::Array(urls.iter().map(|url| text_value(url)).collect());
    })
}

pub fn refused(add: &mut impl FnMut(&'static str, Vec<u8>)) {
    const REPOSITORY: usize = 0;
    const REMOTE: usize = 1;
    const SERVICE: usize = 2;
    add("authority-of-an-unknown-sort", with(REMOTE, |place| place[0].0 = text_value("notary")));
    add("authority-of-nothing", with(REMOTE, |place| place.clear()));
    add(
        "authority-of-two-sorts",
        with(REMOTE, |place| place.insert(0, (text_value("hub"), Value::Null))),
    );
    add(
        "authority-with-a-short-id",
        with(REPOSITORY, |place| {
            place[0].1.as_map_mut().unwrap()[0].1 = Value::Bytes(vec![1; 15]);
        }),
    );
    add("authority-without-address", at(REMOTE, &[]));
    let many: Vec<_> = (10..27).map(|n| format!("https://git.bank.example/{n}")).collect();
    assert_eq!(many.len(), 17);
    add("authority-with-17-addresses", at(SERVICE, &many));
    add(
        "authority-with-an-address-twice",
        at(REMOTE, &["/srv/git/a".to_owned(), "/srv/git/a".to_owned()]),
    );
    add("service-over-ssh", at(SERVICE, &["ssh://git@git.bank.example/x".to_owned()]));
    for (name, address) in [
        ("address-with-a-password", "ssh://git:secret@git.bank.example/x"),
        ("address-with-a-user-over-http", "https://token@git.bank.example/x"),
        ("address-with-a-user-that-is-none", "ssh://-git@git.bank.example/x"),
        ("address-with-a-password-without-scheme", "git:secret@git.bank.example:x"),
        ("address-with-a-query", "https://git.bank.example/x?token=secret"),
        ("address-with-a-space", "https://git.bank.example/x y"),
        ("address-that-is-an-option", "--upload-pack=/tmp/x"),
        ("address-with-a-helper", "ext::sh -c id"),
        ("address-with-an-unknown-scheme", "ext://sh"),
        ("address-without-host", "https:///x"),
        ("address-with-a-host-that-is-an-option", "git@-oProxyCommand=id:x"),
        ("address-with-a-port-that-is-none", "https://git.bank.example:65536/x"),
        ("address-without-path", "ssh://git@git.bank.example"),
        ("address-of-a-file-with-a-host", "file://git.bank.example/x"),
        ("address-that-is-relative", "../ledger.git"),
        ("address-with-escape", "https://git.bank.example/\u{1b}[31m"),
        ("address-of-1025-bytes", &format!("/{}", "a".repeat(1_024))),
    ] {
        add(name, at(REMOTE, &[address.to_owned()]));
    }
}
