//! Clients that others wrote: curl, pycose, Go's sumdb packages, schemathesis. `.ci/run` installs
//! them; a test that misses its own is skipped by name.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ledgit_core::digest::to_hex;
use serde_json::json;

use crate::client::*;
use crate::world::{Ran, World, has};

fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("..")
}

fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/serve").join(name)
}

fn there(path: &Path, what: &str, test: &str) -> bool {
    if !path.exists() {
        assert!(std::env::var_os("LEDGIT_REQUIRE_ALL").is_none(), "{test} needs {what}");
        eprintln!("skipped: {test} needs {what}");
    }
    path.exists()
}

#[test]
fn curl_registers_a_statement_and_fetches_what_is_served() {
    if !has("curl", "curl_registers") {
        return;
    }
    let world = World::founded(&[]);
    let (server, ci) = (Server::start(&world), Author::ci(&world));
    let statement = ci.model("from curl");
    fs::write(world.path("statement.cose"), &statement).unwrap();
    let run = |arguments: &[&str], path: &str| {
        let mut curl = world.command("curl");
        curl.args(["-sS", "--fail-with-body"]).args(arguments).arg(server.url() + path);
        curl.output().unwrap()
    };
    let data = format!("@{}", world.path("statement.cose").display());
    let post = ["-D", "head", "-H", "Content-Type: application/cose", "--data-binary", &data];
    let receipt = run(&post, "/entries");
    assert!(receipt.status.success(), "{receipt:?}");
    holds(&server, &receipt.stdout, &statement, 3);
    // Large bodies wait for 100 Continue, which curl asks for.
    let big = format!("@{}", world.path("big").display());
    let evidence = vec![7; 3 << 20];
    let statements = vec![ci.document("large", &evidence)];
    let batch = ledgit_core::bundle::Batch { evidence: vec![evidence], statements };
    fs::write(world.path("big"), batch.to_bytes()).unwrap();
    let post = ["-H", "Content-Type: application/cbor", "--data-binary", &big];
    assert!(run(&post, "/batches").status.success());
    // A proof of what the tiles give is one that `ledgit` exports.
    let note = run(&[], "/checkpoint").stdout;
    world.ledgit(&["export", "tiles", world.path("tiles").to_str().unwrap()]).good();
    assert_eq!(fs::read(world.path("tiles/checkpoint")).unwrap(), note);
    let size = world.size();
    let tile = format!("/tile/0/000.p/{size}");
    let exported = world.path(&format!("tiles{tile}"));
    assert_eq!(fs::read(exported).unwrap(), run(&[], &tile).stdout);
    let wrong = run(&["-o", "/dev/null", "-w", "%{http_code}"], "/tile/0/00");
    assert_eq!(String::from_utf8_lossy(&wrong.stdout), "404");
    drop(server);
    intact(&world);
}

#[test]
fn python_signs_registers_and_verifies_with_a_cose_library_of_others() {
    let test = "python_signs";
    let python = target().join("interop-python/bin/python");
    if !there(&python, "target/interop-python, which .ci/run makes", test) {
        return;
    }
    let world = World::founded(&[]);
    let server = Server::start(&world);
    let asked = json!({
        "url": server.url(),
        "ledger": server.said["ledger"],
        "id": "ci-train",
        "key": world.key("ci"),
        "public": to_hex(log_key(&server).as_bytes()),
    });
    let mut command = Command::new(python);
    command.arg(source("pipeline.py")).stdin(Stdio::piped());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(asked.to_string().as_bytes()).unwrap();
    let said = Ran::of(child.wait_with_output().unwrap()).good().stdout;
    assert_eq!(said.trim(), "ok 3 4");
    drop(server);
    assert_eq!(world.json(&["show", "3"])["statement"]["name"], "from python");
    intact(&world);
}

/// Where Debian puts `golang-golang-x-mod-dev`.
const GO_PATH: &str = "/usr/share/gocode";

#[test]
fn go_reads_the_log_over_http() {
    let test = "go_reads_over_http";
    let packages = Path::new(GO_PATH).join("src/golang.org/x/mod/sumdb");
    if !has("go", test) || !there(&packages, "golang-golang-x-mod-dev", test) {
        return;
    }
    let program = target().join("tmp/serve-tiles");
    let mut go = Command::new("go");
    go.env("GO111MODULE", "off").env("GOPATH", GO_PATH).env("GOFLAGS", "");
    go.env("GOCACHE", target().join("go-cache"));
    go.arg("build").arg("-o").arg(&program).arg(source("tiles.go"));
    Ran::of(go.output().unwrap()).good();
    let world = World::founded(&[]);
    let (server, ci) = (Server::start(&world), Author::ci(&world));
    let vkey = server.said["vkey"].as_str().unwrap().to_owned();
    let read =
        |vkey: &str| Ran::of(Command::new(&program).args([&server.url(), vkey]).output().unwrap());
    assert_eq!(read(&vkey).good().stdout, "ok 2\n");
    for (round, count) in [(0, 60), (1, 100), (2, 7)] {
        let statements = (0..count).map(|number| ci.model(&format!("{round} {number}"))).collect();
        server.batch(Vec::new(), statements);
        let size = world.size();
        assert_eq!(read(&vkey).good().stdout, format!("ok {size}\n"));
    }
    // It can say no: to a key of another log.
    let other = World::founded(&[]);
    let other = other.json(&["status"])["vkey"].as_str().unwrap().to_owned();
    assert_ne!(read(&other).exit, Some(0));
}

#[test]
fn schemathesis_finds_nothing_that_the_openapi_file_does_not_say() {
    let test = "schemathesis";
    let program = target().join("interop-python/bin/schemathesis");
    if !there(&program, "schemathesis in target/interop-python, which .ci/run makes", test) {
        return;
    }
    let world = World::founded(&[]);
    let (mut server, ci) = (Server::start(&world), Author::ci(&world));
    let one = ci.model("one");
    server.register(&one).good(201);
    // No bytes that are made up are a statement: some bodies are real ones.
    fs::write(world.path("statement"), ci.model("two")).unwrap();
    let statements = vec![ci.model("three"), one.clone()];
    let batch = ledgit_core::bundle::Batch { evidence: Vec::new(), statements };
    fs::write(world.path("batch"), batch.to_bytes()).unwrap();
    let openapi = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec/openapi.yaml");
    let checker = || {
        let mut command = world.command(program.to_str().unwrap());
        command.env("SCHEMATHESIS_HOOKS", source("hooks.py")).env("PYTHONDONTWRITEBYTECODE", "1");
        command.env("SERVE_STATEMENT", world.path("statement"));
        command.env("SERVE_BATCH", world.path("batch")).env("SERVE_ENTRY", leaf(&one).hex());
        command
    };
    let mut command = checker();
    command.arg("run").arg(openapi).args(["--url", &server.url(), "--checks", "all"]);
    // Whether bytes are a statement is more than a schema of them can say.
    command.args(["--exclude-checks", "positive_data_acceptance"]);
    command.args(["--max-examples", if long() { "200" } else { "20" }, "--no-color"]);
    command.args(["--generation-deterministic", "--seed", "1"]);
    let ran = Ran::of(command.output().unwrap());
    assert_eq!(ran.exit, Some(0), "{}{}", ran.stdout, ran.stderr);
    assert!(server.ended(std::time::Duration::ZERO).is_none());
    let logged = world.json(&["log", "--all", "--kind", "model"])["entries"].clone();
    assert_eq!(logged.as_array().unwrap().len(), 3, "it got through to the log");
    // It can say no: to a description that lacks an answer.
    let text =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec/openapi.yaml"));
    let text = text
        .unwrap()
        .replace("        \"415\": { $ref: \"#/components/responses/Problem\" }\n", "");
    let text = text.replace("        \"400\": { $ref: \"#/components/responses/Problem\" }\n", "");
    fs::write(world.path("less.yaml"), text).unwrap();
    let mut command = checker();
    command.arg("run").arg(world.path("less.yaml")).args(["--url", &server.url()]);
    command.args(["--checks", "status_code_conformance", "--max-examples", "20", "--seed", "1"]);
    assert_eq!(Ran::of(command.output().unwrap()).exit, Some(1));
    drop(server);
    intact(&world);
}
