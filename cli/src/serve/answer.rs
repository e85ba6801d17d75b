//! Answers: problems as concise problem details (SV-10), and what every answer carries.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, Response, StatusCode};
use axum::response::IntoResponse;
use ledgit_core::bundle::Problem;
use ledgit_store::ledger::LedgerError;

use super::readers::ReadError;
use super::writer::Standing;
use crate::failure::Failure;

/// A CBOR item.
pub const CBOR: &str = "application/cbor";
/// A COSE message.
pub const COSE: &str = "application/cose";
/// Plain text.
pub const TEXT: &str = "text/plain; charset=utf-8";
/// Problem details (RFC 9290).
pub const PROBLEM: &str = "application/concise-problem-details+cbor";

/// Seconds after which the same may be asked again.
const LATER: u64 = 1;

/// A problem that is an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// What is said.
    pub problem: Problem,
    /// Seconds after which to ask again.
    pub again: Option<u64>,
}

/// Makes a problem.
pub fn problem(status: u16, code: &str, title: &str, detail: impl Into<String>) -> Refused {
    let (title, detail, code) = (title.to_owned(), detail.into(), code.to_owned());
    Refused { problem: Problem { status, title, detail, code }, again: None }
}

impl Refused {
    /// Too much at once.
    pub fn busy(what: &str) -> Self {
        problem(503, "LG2099", "Busy", what).later()
    }

    /// Nothing is logged here.
    pub fn standing(standing: &Standing) -> Self {
        match standing {
            Standing::Logs | Standing::Leaves(_) | Standing::Ends => {
                problem(503, "LG2100", "Stopping", "the service is stopping").later()
            }
            Standing::Stopped(why) => {
                problem(503, "LG2100", "Stopped", format!("nothing is logged any more: {why}"))
            }
        }
    }

    /// With a time after which to ask again.
    #[must_use]
    pub fn later(mut self) -> Self {
        self.again = Some(LATER);
        self
    }
}

/// Why the ledger refused a submission (SV-14).
impl From<LedgerError> for Refused {
    fn from(error: LedgerError) -> Self {
        let (status, title) = match &error {
            LedgerError::KeyTaken { .. } | LedgerError::GroupHalf(_) => (409, "Conflict"),
            LedgerError::TooMany(_) => (413, "Too large"),
            LedgerError::NoEntry { .. } => (404, "Not Found"),
            error if error.is_of_submission() => (400, "Rejected"),
            LedgerError::NoRoster(_) => (503, "Not decidable"),
            _ => (500, "The ledger can't be read"),
        };
        let Failure { code, error, .. } = error.into();
        problem(status, code, title, error)
    }
}

impl From<ReadError> for Refused {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Full => Self::busy("too many requests wait to read"),
            ReadError::Ledger(error) => {
                tracing::error!(target: "ledgit::serve", %error, "the log can't be read");
                error.into()
            }
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response<Body> {
        let status = StatusCode::from_u16(self.problem.status);
        let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, self.problem.to_bytes()).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(again) = self.again {
            headers.insert(RETRY_AFTER, HeaderValue::from(again));
        }
        response
    }
}

/// A body of a type, and how it may be kept.
pub fn body(kind: &'static str, cache: &'static str, bytes: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(bytes.into());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    response
}
