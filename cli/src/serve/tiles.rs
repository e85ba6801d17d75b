//! The log as C2SP tlog-tiles (SV-42 to SV-44): canonical paths alone, partial tiles derived.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, Uri};
use ledgit_core::merkle::tile::{TileId, parse_bundle_path};

use super::Service;
use super::answer::{Refused, TEXT, body, problem};

/// Bytes that never change under one name: also a part of a tile.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
const OCTETS: &str = "application/octet-stream";

/// `GET /checkpoint`.
pub async fn checkpoint(State(service): State<Arc<Service>>) -> Response<Body> {
    body(TEXT, "no-cache", service.newest.get().note.clone())
}

/// `GET /tile/...`, the path as it was sent.
pub async fn tile(
    State(service): State<Arc<Service>>,
    uri: Uri,
) -> Result<Response<Body>, Refused> {
    let path = uri.path().strip_prefix('/').unwrap_or_default();
    let absent = || problem(404, "LG2102", "Not Found", "the log has no such tile");
    let bytes = if let Ok(id) = TileId::parse(path) {
        service.readers.ask(move |log, _| log.tile_file(id)).await?
    } else if let Ok((number, width)) = parse_bundle_path(path) {
        service.readers.ask(move |log, _| log.bundle_file(number, width)).await?
    } else {
        None
    };
    Ok(body(OCTETS, FOR_EVER, bytes.ok_or_else(absent)?))
}
