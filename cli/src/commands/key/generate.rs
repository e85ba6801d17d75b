//! `key generate`: an SSH key as `ssh-keygen -t ed25519` makes one.

use std::path::PathBuf;

use ledgit_core::signature::Signer as _;
use ledgit_store::keys::{LocalKey, fingerprint, public_line};
use serde_json::json;

use crate::failure::Failure;
use crate::output::Output;

#[derive(Debug, clap::Args)]
pub struct Generate {
    /// Where to write the private key; the public one goes beside it with the ending .pub
    file: PathBuf,
    /// A comment, for people
    #[arg(long, default_value = "")]
    comment: String,
}

impl Generate {
    pub fn run(self) -> Result<Output, Failure> {
        let mut public = self.file.clone().into_os_string();
        public.push(".pub");
        let public = PathBuf::from(public);
        if public.exists() {
            let error = format!("{} is there already and is not overwritten", public.display());
            return Err(Failure::new("LG2030", error));
        }
        let key = LocalKey::generate(&self.file, &self.comment)?;
        let line = public_line(&key.public_key(), &self.comment);
        std::fs::write(&public, format!("{line}\n"))
            .map_err(|error| Failure::file("write", &public, &error))?;
        let print = fingerprint(&key.public_key());
        let (private, shown) = (self.file.display().to_string(), public.display().to_string());
        let text = format!(
            "private  {private}  (not encrypted: ssh-keygen -p -f {private})\npublic   {shown}\nprint    {print}\nnext     ledgit key enroll ID --key {private}\n"
        );
        let json = json!({
            "schema": "ledgit.key-generate/1",
            "private": private,
            "public": shown,
            "key": public_line(&key.public_key(), ""),
            "fingerprint": print,
        });
        Ok(Output::new(text, json))
    }
}
