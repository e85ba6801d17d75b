//! The real binary as a witness' server, and a client that can misbehave.

#![allow(dead_code)] // each test file uses its part

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::world::{LEDGIT, World};

/// A witness that serves; it is killed when it is dropped.
pub struct Server {
    process: Child,
    /// What it printed.
    pub said: Value,
    /// Its stdout, as it was.
    pub stdout: String,
    pub address: String,
    pub vkey: String,
}

impl Server {
    /// Serves under a name, with a key and a state of that name in the world's root.
    pub fn start(world: &World, name: &str, logs: &[&str]) -> Self {
        let policy = world.path(&format!("{name}.logs"));
        let lines: String = logs.iter().map(|log| format!("log {log}\n")).collect();
        fs::write(&policy, format!("{lines}quorum none\n")).unwrap();
        key(world, name);
        let mut command = world.command(LEDGIT);
        command.args(["witness", "serve", "--listen", "127.0.0.1:0", "--format", "json"]);
        command.arg("--state").arg(world.path(&format!("{name}.state")));
        command.arg("--key").arg(world.path(&format!("keys/{name}")));
        command.args(["--name", &witness_name(name)]).arg("--policy").arg(policy);
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut stdout = String::new();
        let mut reader = BufReader::new(process.stdout.take().unwrap());
        while !stdout.ends_with("\n}\n") {
            assert_ne!(reader.read_line(&mut stdout).unwrap(), 0, "{stdout}");
        }
        let said: Value = serde_json::from_str(&stdout).unwrap();
        let text = |name: &str| said[name].as_str().unwrap().to_owned();
        let (address, vkey) = (text("address"), text("vkey"));
        Self { process, said, stdout, address, vkey }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A line of a policy for it.
    pub fn line(&self, name: &str) -> String {
        format!("witness {name} {} {}/\n", self.vkey, self.url())
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream
    }

    /// Sends bytes, and reads until the connection ends.
    pub fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect();
        // A server that has seen enough may close before all is sent.
        let _ = stream.write_all(bytes);
        let mut text = Vec::new();
        let _ = stream.read_to_end(&mut text);
        String::from_utf8_lossy(&text).into_owned()
    }

    /// One request: status, head, body.
    pub fn ask(&self, method: &str, path: &str, body: &[u8]) -> (u16, String, String) {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let said = self.raw(&[head.as_bytes(), body].concat());
        parts(&said)
    }

    pub fn post(&self, body: &[u8]) -> (u16, String, String) {
        self.ask("POST", "/add-checkpoint", body)
    }

    /// Whether it is still there.
    pub fn lives(&mut self) -> bool {
        self.process.try_wait().unwrap().is_none()
    }

    pub fn kill(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// What `ledgit serve` prints before it serves.
pub fn serve(world: &World) -> String {
    let mut command = world.command(LEDGIT);
    command.args(["serve", "--listen", "127.0.0.1:0", "--format", "json"]);
    let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut stdout = String::new();
    let mut reader = BufReader::new(process.stdout.take().unwrap());
    while !stdout.ends_with("\n}\n") {
        assert_ne!(reader.read_line(&mut stdout).unwrap(), 0, "{stdout}");
    }
    process.kill().unwrap();
    process.wait().unwrap();
    stdout
}

/// Status, head and body of an answer.
pub fn parts(said: &str) -> (u16, String, String) {
    let (head, body) = said.split_once("\r\n\r\n").unwrap_or((said, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    (status.unwrap_or(0), head.to_owned(), body.to_owned())
}

/// The name that the witness of a short name cosigns under.
pub fn witness_name(name: &str) -> String {
    format!("{name}.example/witness")
}

/// Makes the key of a witness, once.
pub fn key(world: &World, name: &str) {
    let path = world.path(&format!("keys/{name}"));
    if !path.exists() {
        world.ledgit(&["key", "generate", path.to_str().unwrap()]).good();
    }
}
