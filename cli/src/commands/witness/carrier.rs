//! Carries requests to witnesses over HTTP or HTTPS. What comes back is verified by whoever asked,
//! so nothing rests on the connection.

use std::time::Duration;

use ledgit_core::limits;
use ledgit_store::witness::{Ask, Reply};

/// An HTTP client with limits.
pub struct Carrier(ureq::Agent);

impl Carrier {
    /// One that follows no redirect: it would send the request elsewhere than the policy says.
    pub fn new() -> Self {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(limits::WITNESS_SECONDS)))
            .http_status_as_error(false)
            .max_redirects(0)
            .user_agent(concat!("ledgit/", env!("CARGO_PKG_VERSION")))
            .build();
        Self(config.into())
    }
}

impl Ask for Carrier {
    fn post(&self, url: &str, body: &[u8]) -> Result<Reply, String> {
        let request = self.0.post(url).content_type("text/plain; charset=utf-8");
        let mut response = request.send(body).map_err(|error| error.to_string())?;
        let status = response.status().as_u16();
        let limited = response.body_mut().with_config().limit(limits::WITNESS_ANSWER_BYTES as u64);
        let body = limited.read_to_vec().map_err(|error| error.to_string())?;
        Ok(Reply { status, body })
    }
}

/// Whether a URL is one that this carries.
pub fn is_carried(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}
