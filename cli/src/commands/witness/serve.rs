//! `witness serve`: a witness over HTTP.

use std::net::TcpListener;

use serde_json::json;

use super::Identity;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Output, escape};
use crate::serve::witness::{Service, run};

#[derive(Debug, clap::Args)]
pub struct Serve {
    /// Address and port, such as 127.0.0.1:7380; port 0 takes a free one. For https stand a proxy before it
    #[arg(long, value_name = "ADDR")]
    listen: String,
    #[command(flatten)]
    identity: Identity,
}

impl Serve {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let (witness, _, logs) = self.identity.open(context, None)?;
        let failed = |error: std::io::Error| {
            let error = format!("could not listen on {}: {error}", self.listen);
            Failure::new("LG2065", error).hint("ledgit explain LG2065")
        };
        let listener = TcpListener::bind(&self.listen).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?.to_string();
        let (vkey, state) = (witness.key().to_string(), self.identity.state.display().to_string());
        let origins: Vec<&str> = logs.origins().collect();
        let mut text = format!("listens  {address}\nwitness  {vkey}\nstate    {state}\n");
        for origin in &origins {
            text.push_str(&format!("log      {}\n", escape(origin)));
        }
        let json = json!({
            "schema": "ledgit.witness-serve/1",
            "address": address,
            "vkey": vkey,
            "state": state,
            "logs": origins,
        });
        Output::new(text, json).print(context.format);
        let context = context.clone();
        let tell = Box::new(move |text: &str| context.note(&escape(text)));
        run(listener, Service { witness, logs, tell }).map_err(failed)?;
        // The result was printed when it began to listen.
        std::process::exit(0);
    }
}
