//! HTTP/1.1, as much of it as a witness needs: bounded in bytes and in time (W-14, W-15).

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use ledgit_core::limits;

/// Bytes of a request's head.
const HEAD_BYTES: usize = 16 << 10;
/// Lines of a request's head.
const HEADERS: usize = 64;
/// Bytes that are read at once.
const PART: usize = 16 << 10;

/// A request, whole.
#[derive(Debug)]
pub struct Request {
    /// The method.
    pub method: String,
    /// The path.
    pub path: String,
    /// The body.
    pub body: Vec<u8>,
    /// Whether the connection ends with it.
    pub close: bool,
}

/// An answer.
#[derive(Debug)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The content type.
    pub kind: &'static str,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// A status, and why.
    pub fn text(status: u16, text: &str) -> Self {
        let body = format!("{text}\n").into_bytes();
        Self { status, kind: "text/plain; charset=utf-8", body }
    }
}

/// Why there is no further request.
#[derive(Debug)]
pub enum End {
    /// The other side is done, or too slow.
    Closed,
    /// What it sent is answered with a status.
    Bad(u16, &'static str),
}

/// What the head of a request says.
struct Head {
    length: usize,
    method: String,
    path: String,
    body: usize,
    close: bool,
    waits: bool,
}

/// A connection, and what was read from it and not used yet.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    /// Over an accepted stream.
    pub fn new(stream: TcpStream) -> Self {
        Self { stream, buffer: Vec::new() }
    }

    /// Reads the next request.
    pub fn request(&mut self) -> Result<Request, End> {
        let deadline = Instant::now() + Duration::from_secs(limits::WITNESS_SECONDS);
        let head = loop {
            match head(&self.buffer)? {
                Some(head) => break head,
                None if self.buffer.len() > HEAD_BYTES => {
                    return Err(End::Bad(431, "the head is too long"));
                }
                None => self.fill(deadline)?,
            }
        };
        if head.waits && self.buffer.len() == head.length {
            self.write(b"HTTP/1.1 100 Continue\r\n\r\n").map_err(|_| End::Closed)?;
        }
        let whole = head.length + head.body;
        while self.buffer.len() < whole {
            self.fill(deadline)?;
        }
        let rest = self.buffer.split_off(whole);
        let mut bytes = std::mem::replace(&mut self.buffer, rest);
        let body = bytes.split_off(head.length);
        let Head { method, path, close, .. } = head;
        Ok(Request { method, path, body, close })
    }

    /// Reads some more, until a deadline that is for the whole request.
    fn fill(&mut self, deadline: Instant) -> Result<(), End> {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() || self.stream.set_read_timeout(Some(left)).is_err() {
            return Err(End::Closed);
        }
        let mut part = [0; PART];
        let count = loop {
            match self.stream.read(&mut part) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other.map_err(|_| End::Closed)?,
            }
        };
        if count == 0 {
            return Err(End::Closed);
        }
        self.buffer.extend_from_slice(part.get(..count).unwrap_or_default());
        Ok(())
    }

    /// Writes an answer.
    pub fn answer(&mut self, response: &Response, close: bool) -> io::Result<()> {
        let Response { status, kind, body } = response;
        let (reason, length) = (reason(*status), body.len());
        let after = if close { "close" } else { "keep-alive" };
        let head = format!(
            "HTTP/1.1 {status} {reason}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: {after}\r\n\r\n"
        );
        self.write(&[head.as_bytes(), body].concat())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let timeout = Duration::from_secs(limits::WITNESS_SECONDS);
        self.stream.set_write_timeout(Some(timeout))?;
        self.stream.write_all(bytes)?;
        self.stream.flush()
    }
}

/// Reads a head, once it is whole.
fn head(bytes: &[u8]) -> Result<Option<Head>, End> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let length = match request.parse(bytes) {
        Ok(httparse::Status::Complete(length)) if length <= HEAD_BYTES => length,
        Ok(httparse::Status::Complete(_)) | Err(httparse::Error::TooManyHeaders) => {
            return Err(End::Bad(431, "the head is too long"));
        }
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(_) => return Err(End::Bad(400, "this is not HTTP/1.1")),
    };
    let method = request.method.unwrap_or_default().to_owned();
    let path = request.path.unwrap_or_default().to_owned();
    let (mut body, mut close, mut waits) = (None, request.version == Some(0), false);
    for header in request.headers.iter() {
        let value = std::str::from_utf8(header.value).unwrap_or_default().trim();
        let is = |name: &str| header.name.eq_ignore_ascii_case(name);
        if is("content-length") {
            let number = content_length(value)?;
            if body.replace(number).is_some() {
                return Err(End::Bad(400, "two lengths"));
            }
        } else if is("transfer-encoding") {
            return Err(End::Bad(411, "a body comes with its length"));
        } else if is("connection") {
            close |= value.split(',').any(|word| word.trim().eq_ignore_ascii_case("close"));
        } else if is("expect") {
            waits = value.eq_ignore_ascii_case("100-continue");
        }
    }
    if body.is_none() && method == "POST" {
        return Err(End::Bad(411, "a body comes with its length"));
    }
    Ok(Some(Head { length, method, path, body: body.unwrap_or(0), close, waits }))
}

fn content_length(value: &str) -> Result<usize, End> {
    if value.is_empty() || !value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(End::Bad(400, "the length is no number"));
    }
    let number = value.parse().ok().filter(|number| *number <= limits::WITNESS_REQUEST_BYTES);
    number.ok_or(End::Bad(413, "the body is too long"))
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        411 => "Length Required",
        413 => "Content Too Large",
        422 => "Unprocessable Content",
        431 => "Request Header Fields Too Large",
        503 => "Service Unavailable",
        _ => "Internal Server Error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(text: &str) -> Option<u16> {
        match head(text.as_bytes()) {
            Err(End::Bad(status, _)) => Some(status),
            _ => None,
        }
    }

    #[test]
    fn heads_that_are_wrong_get_their_status() {
        let post = |lines: &str| format!("POST /add-checkpoint HTTP/1.1\r\n{lines}\r\n");
        for (lines, wanted) in [
            ("", 411),
            ("Transfer-Encoding: chunked\r\n", 411),
            ("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", 411),
            ("Content-Length: 3\r\nContent-Length: 3\r\n", 400),
            ("Content-Length: +3\r\n", 400),
            ("Content-Length: 3, 3\r\n", 400),
            ("Content-Length:\r\n", 400),
            ("Content-Length: 1052673\r\n", 413),
            ("Content-Length: 99999999999999999999999999\r\n", 413),
            ("no colon\r\n", 400),
        ] {
            assert_eq!(status(&post(lines)), Some(wanted), "{lines}");
        }
        assert_eq!(status(&post(&"A: b\r\n".repeat(65))), Some(431));
        assert_eq!(status("GET / HTTP/2.0\r\n\r\n"), Some(400));
        assert_eq!(status("\u{0}"), Some(400));
    }

    #[test]
    fn a_head_says_how_long_the_body_is_and_whether_to_close() {
        let read = |text: &str| head(text.as_bytes()).unwrap().unwrap();
        let one = read("POST /a HTTP/1.1\r\ncontent-length: 7\r\nExpect: 100-continue\r\n\r\nabc");
        assert_eq!((one.method.as_str(), one.path.as_str(), one.body), ("POST", "/a", 7));
        assert!(one.waits && !one.close);
        assert!(read("GET /a HTTP/1.0\r\n\r\n").close);
        assert!(read("GET /a HTTP/1.1\r\nConnection: x, Close\r\n\r\n").close);
        assert!(head(b"GET /a HTTP/1.1\r\nA:").unwrap().is_none());
    }
}
