//! Bodies of requests: bounded in bytes, in time, and all of them together (SV-60, SV-61).

use std::time::Duration;

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_LENGTH;
use http_body_util::BodyExt as _;
use ledgit_core::limits;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout_at};

use super::Service;
use super::answer::{Refused, problem};

/// Bytes that one permit of the common room stands for.
pub const ROOM: usize = 16 << 10;

/// A body, whole, and its place in memory until it is dropped.
pub struct Taken {
    /// The body.
    pub bytes: Vec<u8>,
    _room: Vec<OwnedSemaphorePermit>,
    _place: OwnedSemaphorePermit,
}

/// Reads a body of at most so many bytes.
pub async fn take(
    service: &Service,
    headers: &HeaderMap,
    mut body: Body,
    most: usize,
) -> Result<Taken, Refused> {
    let too_large =
        || problem(413, "LG2093", "Too large", format!("a body has at most {most} bytes here"));
    let said = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if said.is_some_and(|said: u64| said > most as u64) {
        return Err(too_large());
    }
    let place = service.writes.clone().try_acquire_owned();
    let place = place.map_err(|_| Refused::busy("too many requests are under way"))?;
    let deadline = Instant::now() + Duration::from_secs(limits::SERVE_BODY_SECONDS);
    let (mut bytes, mut room) = (Vec::new(), Vec::new());
    loop {
        let frame = timeout_at(deadline, body.frame()).await;
        let slow = |_| problem(408, "LG2092", "Too slow", "the body was not whole in time");
        let Some(frame) = frame.map_err(slow)? else { break };
        let broken = |_| problem(400, "LG2092", "Malformed request", "the body is not whole");
        let Ok(data) = frame.map_err(broken)?.into_data() else { continue };
        if bytes.len() + data.len() > most {
            return Err(too_large());
        }
        bytes.extend_from_slice(&data);
        while bytes.capacity() > room.len() * ROOM {
            let more = service.room.clone().try_acquire_owned();
            room.push(more.map_err(|_| Refused::busy("there is no room for more bodies"))?);
        }
    }
    Ok(Taken { bytes, _room: room, _place: place })
}
