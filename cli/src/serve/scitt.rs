//! The service's keys and what it is, for SCITT clients (SV-54, SV-55).

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::Response;
use axum::http::header::{HeaderName, LINK};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ledgit_core::cbor::Writer;
use ledgit_core::signature::PublicKey;

use super::Service;
use super::answer::{CBOR, Refused, body, problem};

/// `GET /.well-known/scitt-keys`: every key of the log, as a COSE Key Set (RFC 9052 section 7).
pub async fn keys(State(service): State<Arc<Service>>) -> Response<Body> {
    let published = service.newest.get();
    let mut to = Writer::default();
    to.array(published.log_keys.len());
    for key in &published.log_keys {
        write_key(&mut to, key);
    }
    body(CBOR, "no-cache", to.into_bytes())
}

/// `GET /.well-known/scitt-keys/KID`: one key; KID is its thumbprint in base64url without padding.
pub async fn key(
    State(service): State<Arc<Service>>,
    Path(kid): Path<String>,
) -> Result<Response<Body>, Refused> {
    let published = service.newest.get();
    let named = |key: &&PublicKey| URL_SAFE_NO_PAD.encode(key.thumbprint().0) == kid;
    let key = published.log_keys.iter().find(named);
    let absent = || problem(404, "LG2102", "No such key", "no key of this log has that kid");
    let mut to = Writer::default();
    write_key(&mut to, key.ok_or_else(absent)?);
    Ok(body(CBOR, "no-cache", to.into_bytes()))
}

/// `GET /.well-known/transparency-configuration`, which drafts before 06 had.
pub async fn configuration(State(service): State<Arc<Service>>) -> Response<Body> {
    let published = service.newest.get();
    let mut to = Writer::default();
    to.map(2).text("issuer").text(published.origin.as_str());
    to.text("ledger").text(&published.ledger.audience());
    let mut response = body(CBOR, "no-cache", to.into_bytes());
    let headers = response.headers_mut();
    let deprecation = HeaderName::from_static("deprecation");
    headers.insert(deprecation, axum::http::HeaderValue::from_static("true"));
    let link = "</.well-known/scitt-keys>; rel=\"successor-version\"";
    headers.insert(LINK, axum::http::HeaderValue::from_static(link));
    response
}

/// A COSE_Key (RFC 9053 section 7.2), its kid the thumbprint (RFC 9679), for EdDSA alone.
fn write_key(to: &mut Writer, key: &PublicKey) {
    to.map(5).int(1).int(1).int(2).bytes(&key.thumbprint().0).int(3).int(-8);
    to.int(-1).int(6).int(-2).bytes(key.as_bytes());
}
