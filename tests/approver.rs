//! An approver who has an SSH key and this command line, and nothing else: one command does it, and
//! each mistake says what to do and records nothing.

mod world;

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use ledgit_store::keys::parse_public;
use world::{Agent, LEDGIT, Ran, World, has};

/// A ledger of ana, ben and cleo, of whom two must agree; the pipeline proposed a roster.
struct Asked {
    world: World,
    /// The proposal's entry.
    entry: String,
    /// What `--digest` must say of it.
    digest: String,
}

impl Asked {
    fn new() -> Self {
        let world = World::new(&[]);
        world.keygen(&["-t", "ed25519", "-N", "", "-f", &world.key("cleo")]);
        let of = |name: &str| format!("{name}@bank.example={}.pub", world.key(name));
        let (ana, ben, cleo) = (of("ana"), of("ben"), of("cleo"));
        let ci = format!("ci-train={}.pub", world.key("ci"));
        let people = ["--person", &ana, "--person", &ben, "--person", &cleo, "--service", &ci];
        let init = ["init", "--name", "bank.example/credit", "--threshold", "2"];
        world.ledgit(&[&init[..], &people].concat()).good();
        let genesis = format!("entry:{}", world.json(&["show", "0"])["id"].as_str().unwrap());
        for name in ["ana", "ben"] {
            let key = world.key(name);
            world.ledgit(&["approve", "genesis", "--key", &key, "--digest", &genesis]).good();
        }
        let document = world.ledgit(&["roster", "show"]).good().stdout;
        fs::write(world.path("repo/roster.yaml"), document).unwrap();
        let (entry, digest) = proposed(&world, &["roster", "propose", "roster.yaml"]);
        Self { world, entry, digest }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.world.command(LEDGIT);
        command.args(arguments);
        command
    }

    /// A command that would be right but for one thing, given its key and the digest.
    fn approve(&self, key: &str) -> Command {
        self.command(&["approve", "roster", "--key", key, "--digest", &self.digest])
    }

    #[track_caller]
    fn votes(&self, name: &str) -> Ran {
        Ran::of(self.approve(&self.world.key(name)).output().unwrap()).good()
    }

    /// Refused, with each of these in what is said, and nothing recorded.
    #[track_caller]
    fn refused(&self, mut command: Command, code: &str, parts: &[&str]) {
        let before = contents(&self.world);
        let told = Ran::of(command.output().unwrap()).fails(2, code).stderr;
        for part in parts {
            assert!(told.contains(part), "{part} is not in\n{told}");
        }
        assert_eq!(told.matches("error: ").count(), 1, "{told}");
        assert_eq!(contents(&self.world), before, "something was recorded");
    }
}

/// Proposes something as the pipeline; says its entry and what names it.
fn proposed(world: &World, command: &[&str]) -> (String, String) {
    let made = world.json(&[command, &["--key", &world.key("ci")]].concat());
    (made["entry"].to_string(), format!("entry:{}", made["id"].as_str().unwrap()))
}

fn contents(world: &World) -> String {
    let objects = ["cat-file", "--batch-check", "--batch-all-objects"];
    world.git(&["for-each-ref"]) + &world.git(&objects)
}

/// Runs a command on a terminal of its own, and types an answer.
fn on_a_terminal(mut command: Command, line: &str, answer: &str) -> Ran {
    command.args(["-q", "-e", "-c", line, "/dev/null"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(answer.as_bytes()).unwrap();
    Ran::of(child.wait_with_output().unwrap())
}

#[test]
fn one_command_on_a_terminal_is_all_that_it_takes() {
    let test = "approving on a terminal";
    if !["script", "ssh-agent", "ssh-add"].iter().all(|program| has(program, test)) {
        return;
    }
    let asked = Asked::new();
    let agent = Agent::holding(&asked.world, &asked.world.key("ana"));
    fs::remove_file(asked.world.key("ana")).unwrap();
    let line = format!("{LEDGIT} approve roster");
    let run = |answer| {
        let mut command = asked.world.command("script");
        command.env("SSH_AUTH_SOCK", &agent.socket);
        on_a_terminal(command, &line, answer)
    };
    let before = contents(&asked.world);
    let no = run("n\n");
    assert_eq!(no.exit, Some(2), "{}", no.stdout);
    assert!(no.stdout.contains("not confirmed; nothing was signed [LG2051]"), "{}", no.stdout);
    assert_eq!(contents(&asked.world), before);
    let told = run("y\n").good().stdout;
    for part in [
        "You are about to sign, as ana@bank.example with SHA256:",
        "APPROVE",
        &asked.digest,
        "proposed by  ci-train",
        "missing",
        "Sign? [y/N]",
        "approved  entry",
        "not in effect: 1 agreed",
    ] {
        assert!(told.contains(part), "{part} is not in\n{told}");
    }
    asked.world.ledgit(&["verify", "--trust-first-use"]).good();
}

#[test]
fn off_a_terminal_the_digest_stands_for_the_answer() {
    let asked = Asked::new();
    let key = asked.world.key("ana");
    let hint = format!("hint: ledgit approve roster --digest {}", asked.digest);
    let without = asked.command(&["approve", "roster", "--key", &key]);
    asked.refused_after_showing(without, &hint);
    assert!(asked.votes("ana").stdout.contains("by ana@bank.example"));
    let told = asked.votes("ben").stdout;
    assert!(told.contains("in effect since entry"), "{told}");
    asked.world.ledgit(&["verify", "--trust-first-use"]).good();
}

impl Asked {
    #[track_caller]
    fn refused_after_showing(&self, command: Command, hint: &str) {
        let parts = ["You are about to sign, as ana@bank.example", "there is no terminal", hint];
        self.refused(command, "LG2051", &parts);
    }
}

#[test]
fn an_agent_that_is_locked_or_lacks_the_key_says_so() {
    let test = "an approver's agent";
    if !has("ssh-agent", test) || !has("ssh-add", test) {
        return;
    }
    let asked = Asked::new();
    let (ana, ben) = (asked.world.key("ana"), asked.world.key("ben"));
    let agent = Agent::holding(&asked.world, &ben);
    fs::remove_file(&ana).unwrap();
    let public = format!("{ana}.pub");
    let approve = |socket: &str| {
        let mut command = asked.approve(&public);
        command.env("SSH_AUTH_SOCK", socket);
        command
    };
    let socket = agent.socket.to_str().unwrap();
    let lacks = ["is not in the ssh-agent", "hint: ssh-add FILE, with the file of that key"];
    asked.refused(approve(socket), "LG2030", &lacks);
    agent.add(&asked.world, &["-x"]);
    let locked = ["or locked (ssh-add -X)", "hint: ssh-add -X where it is locked"];
    asked.refused(approve(socket), "LG2030", &locked);
    agent.add(&asked.world, &["-X"]);
    let file = "hint: name your key's file: --key";
    asked.refused(approve("/nowhere/at/all"), "LG2030", &["no ssh-agent answers at", file]);
    asked.refused(asked.approve(&public), "LG2030", &["SSH_AUTH_SOCK is not set", file]);
    let none = asked.command(&["approve", "roster", "--digest", &asked.digest]);
    asked.refused(none, "LG2030", &["no key: --key", "no ssh-agent runs", file]);
}

#[test]
fn a_key_that_is_not_an_approvers_says_whose_it_is() {
    let asked = Asked::new();
    let world = &asked.world;
    let stranger = ["is nobody's in this ledger", "have it enrolled: ledgit key enroll ID"];
    asked.refused(asked.approve(&world.key("stranger")), "LG2031", &stranger);
    let service =
        ["only a person approves, and ci-train is a service [LG1007]", "hint: name a person's key"];
    asked.refused(asked.approve(&world.key("ci")), "LG2025", &service);
    // Cleo's key leaves the roster; the proposal before is superseded, and another one made.
    let cleo = format!("{}.pub", world.key("cleo"));
    let (entry, digest) = proposed(world, &["key", "revoke", &cleo]);
    for name in ["ana", "ben"] {
        let key = world.key(name);
        world.ledgit(&["approve", &entry, "--key", &key, "--digest", &digest]).good();
    }
    let was =
        ["was cleo@bank.example's, and is not in the roster any more", "hint: ledgit key list"];
    asked.refused(asked.command(&["approve", "0", "--key", &world.key("cleo")]), "LG2031", &was);
}

#[test]
fn a_key_of_another_type_says_which_type_does() {
    let asked = Asked::new();
    let world = &asked.world;
    world.keygen(&["-t", "rsa", "-b", "2048", "-N", "", "-f", &world.key("rsa")]);
    world.keygen(&["-t", "ecdsa", "-N", "", "-f", &world.key("ecdsa")]);
    let hint = "hint: make one with ssh-keygen -t ed25519, and have it enrolled";
    for (name, algorithm) in [("rsa", "ssh-rsa"), ("ecdsa", "ecdsa-sha2-nistp256")] {
        let public = format!("{}.pub", world.key(name));
        let said =
            format!("is a key of type {algorithm}; ledgit signs with ssh-ed25519 keys alone");
        for key in [world.key(name), public.clone(), fs::read_to_string(&public).unwrap()] {
            asked.refused(asked.approve(&key), "LG2030", &[&said, hint]);
        }
    }
    let line = "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIBVxoQ6LQ1yzv5T0pE8dGS0aPGNzN0cP0QCvAAAAAAAAAAAABHNzaDo= ana\n";
    fs::write(world.path("keys/sk.pub"), line).unwrap();
    for key in [format!("{}.pub", world.key("sk")), line.trim().to_owned()] {
        let said =
            ["is a key of type sk-ssh-ed25519@openssh.com", "a key on a token signs other", hint];
        asked.refused(asked.approve(&key), "LG2030", &said);
    }
    let test = "an agent with an RSA key";
    if has("ssh-agent", test) && has("ssh-add", test) {
        let agent = Agent::holding(world, &world.key("rsa"));
        let mut command = asked.command(&["approve", "roster", "--digest", &asked.digest]);
        command.env("SSH_AUTH_SOCK", &agent.socket);
        asked.refused(command, "LG2030", &["holds no ssh-ed25519 key, only ssh-rsa", hint]);
    }
}

/// An agent that lists a key as an Ed25519 one and signs as a token does.
fn token(world: &World, name: &str) -> PathBuf {
    let string = |bytes: &[u8]| [&(bytes.len() as u32).to_be_bytes(), bytes].concat();
    let line = fs::read_to_string(format!("{}.pub", world.key(name))).unwrap();
    let key = parse_public(&line, "the key").unwrap();
    let blob = [string(b"ssh-ed25519"), string(key.as_bytes())].concat();
    let list = [vec![12, 0, 0, 0, 1], string(&blob), string(b"token")].concat();
    let inner = [string(b"sk-ssh-ed25519@openssh.com"), string(&[7; 64]), vec![1, 0, 0, 0, 9]];
    let signature = [vec![14], string(&inner.concat())].concat();
    let socket = world.path("token");
    let listener = UnixListener::bind(&socket).unwrap();
    let answer = move |mut stream: UnixStream| {
        let mut length = [0; 4];
        stream.read_exact(&mut length).unwrap();
        let mut request = vec![0; u32::from_be_bytes(length) as usize];
        stream.read_exact(&mut request).unwrap();
        let message = if request[0] == 11 { &list } else { &signature };
        stream.write_all(&string(message)).unwrap();
    };
    std::thread::spawn(move || listener.incoming().for_each(|stream| answer(stream.unwrap())));
    socket
}

#[test]
fn a_key_on_a_token_behind_an_agent_says_why_it_does_not_do() {
    let asked = Asked::new();
    let socket = token(&asked.world, "ana");
    fs::remove_file(asked.world.key("ana")).unwrap();
    let mut command = asked.command(&["approve", "roster", "--digest", &asked.digest]);
    command.env("SSH_AUTH_SOCK", &socket);
    let said = [
        "returned a signature of type sk-ssh-ed25519@openssh.com for SHA256:",
        "a key on a token signs other bytes than it is given",
        "hint: make one with ssh-keygen -t ed25519",
    ];
    asked.refused(command, "LG2030", &said);
}

#[test]
fn a_wrong_subject_or_digest_says_what_there_is() {
    let asked = Asked::new();
    let key = asked.world.key("ana");
    let other = format!("entry:{}", "0".repeat(64));
    let wrong = asked.command(&["approve", "roster", "--key", &key, "--digest", &other]);
    let said =
        ["the subject is entry:", "hint: look at what would be signed: ledgit approve roster"];
    asked.refused(wrong, "LG2051", &said);
    let approve =
        |subject| asked.command(&["approve", subject, "--key", &key, "--digest", &asked.digest]);
    let unknown = ["nothing in the ledger is called \"nobody\"", "hint: ledgit log"];
    asked.refused(approve("nobody"), "LG2010", &unknown);
    asked.refused(approve("9999"), "LG2010", &["\"9999\"", "hint: ledgit log"]);
    // A time, and a vote.
    for entry in ["1", "3"] {
        let said = format!("entry {entry} is no proposal and is about nothing");
        asked.refused(approve(entry), "LG2010", &[&said, "hint: ledgit roster status"]);
    }
    let out = Ran::of(approve(&asked.entry).output().unwrap()).good().stdout;
    assert!(out.contains("approved"), "{out}");
}

#[test]
fn a_vote_that_stands_or_comes_too_late_is_not_recorded_again() {
    let asked = Asked::new();
    let key = asked.world.key("ana");
    let vote = |verdict: &str, options: &[&str]| {
        let all: [&str; 6] = [verdict, &asked.entry, "--key", &key, "--digest", &asked.digest];
        asked.command(&[&all[..], options].concat())
    };
    let once = ["--idempotency-key", "my vote"];
    Ran::of(vote("approve", &once).output().unwrap()).good();
    let said = ["ana@bank.example said approve with entry", "and that stands"];
    asked.refused(
        vote("approve", &[]),
        "LG2052",
        &[said[0], said[1], "hint: ledgit roster status"],
    );
    // A retry of the very same command finds what it recorded.
    let before = contents(&asked.world);
    Ran::of(vote("approve", &once).output().unwrap()).good();
    assert_eq!(contents(&asked.world), before);
    // Another verdict takes its place, and is taken back.
    Ran::of(vote("reject", &[]).output().unwrap()).good();
    Ran::of(vote("withdraw", &[]).output().unwrap()).good();
    let nothing = ["there is no standing verdict", "[LG1018]", "hint: ledgit explain LG1018"];
    asked.refused(vote("withdraw", &[]), "LG2025", &nothing);
    Ran::of(vote("approve", &[]).output().unwrap()).good();
    asked.votes("ben");
    for verdict in ["approve", "reject", "withdraw"] {
        let late =
            ["any more: it took effect with entry", "[LG1017]", "hint: ledgit roster status"];
        asked.refused(vote(verdict, &[]), "LG2025", &late);
    }
    let none = asked.command(&["approve", "roster", "--key", &key, "--digest", &asked.digest]);
    asked.refused(none, "LG2010", &["no roster is proposed", "hint: ledgit roster propose FILE"]);
}

/// Whose key it is, and what is in force, is not known then: nobody is told what was before.
#[test]
fn where_a_rosters_document_is_missing_that_is_what_is_said() {
    let asked = Asked::new();
    for name in ["ana", "ben"] {
        asked.votes(name);
    }
    let world = &asked.world;
    for name in world.git(&["for-each-ref", "--format=%(refname)", "refs/ledgit/evidence"]).lines()
    {
        world.git(&["update-ref", "-d", name]);
    }
    let before = contents(world);
    let approve = ["approve", "genesis", "--key", &world.key("ana")];
    for command in [&approve[..], &["roster", "show"], &["roster", "status"]] {
        let told = world.ledgit(command).fails(4, "LG4005").stderr;
        let said = format!("the document of the change proposed with entry {} is not", asked.entry);
        assert!(told.contains(&said) && told.contains("hint: git fetch origin"), "{told}");
    }
    assert_eq!(contents(world), before);
    world.ledgit(&["roster", "show", "--at", "3"]).good();
    assert_eq!(world.ledgit(&["verify", "--trust-first-use"]).exit, Some(4));
}
