//! `spec/output.md`: every command of the real binary against the schema that its output names.

mod pipelines;
mod server;
mod story;
mod validator;
mod world;

use std::fs;
use std::process::Stdio;

use serde_json::{Value, json};

use story::Story;
use validator::Schemas;
use world::{LEDGIT, Ran, World};

/// What no run can show, and why.
const UNSEEN: &[(&str, &str)] = &[(
    "status:1#/properties/clock null",
    "a log without a time is damaged, and founding writes one",
)];

/// O-01 to O-05: every command, failing ones too; every property of every schema occurs, is null
/// where it may be, and every word of an `enum` is printed.
#[test]
fn every_output_is_as_its_schema_says_and_everything_in_a_schema_occurs() {
    let mut story = Story::new();
    story.newcomer();
    let world = story.founding();
    story.recording(&world);
    let copy = world.copy();
    let waiting = story.waiting(&copy);
    story.reading(&world);
    story.proving(&world);
    story.failing(&world);
    story.verifying(&world);
    story.asking(&world);
    story.rare_statements();
    story.governing();
    story.deciding();
    story.witnessing(&world);
    story.auditing(&world);
    story.anchoring(&world);
    story.erasing();
    story.syncing();
    story.claiming();
    story.costing();
    story.spending();
    story.damaged(&world);
    story.busy(waiting);
    // What people write, and what is evidence (`ledger/core/tests/allocation/report.rs`), is not printed.
    let printed =
        |id: &str| ![":record-input:", ":allocation-report:"].iter().any(|part| id.contains(part));
    let missing = story.schemas.missing(printed);
    let known = |missing: &&String| !UNSEEN.iter().any(|(at, _)| missing.ends_with(at));
    let unknown: Vec<_> = missing.iter().filter(known).collect();
    assert!(unknown.is_empty(), "never seen:\n{unknown:#?}");
    assert_eq!(missing.len(), UNSEEN.len(), "{missing:?}");
}

#[test]
fn schemas_are_closed_and_named_by_the_specification() {
    let schemas = Schemas::load();
    // Parts of others, which close them.
    let parts = ["urn:ledgit:schema:entry:1", "urn:ledgit:schema:statement:1"];
    for (id, schema) in schemas.all() {
        let mut open = Vec::new();
        validator::open_objects(schema, id, &mut open);
        open.retain(|at| !parts.contains(&at.as_str()));
        assert_eq!(open, Vec::<String>::new());
        for field in ["title", "description"] {
            assert!(schema[field].as_str().is_some_and(|text| !text.is_empty()), "{id}");
        }
    }
}

/// O-09.
#[test]
fn help_a_version_and_a_wrong_command_line_are_documents_too() {
    let (world, mut story) = (World::new(&[]), Story::new());
    for help in [&["--help"][..], &["-h"], &["help"], &["record", "--help"], &["help", "verify"]] {
        let said = story.good(&world, help);
        assert_eq!(said["schema"], "ledgit.help/1");
        assert!(said["text"].as_str().unwrap().contains("Usage: ledgit"), "{said}");
    }
    assert_eq!(story.good(&world, &["--version"])["version"], env!("CARGO_PKG_VERSION"));
    for wrong in [
        &["nonsense"][..],
        &["status", "--nonsense"],
        &["show"],
        &["record"],
        &["export"],
        &["log", "--count", "many"],
        &["completions", "cmd"],
        &["verify", "--trust", "x", "--trust-first-use"],
    ] {
        story.fails(&world, wrong, 2, "LG2050");
    }
    // In text the same go to stderr, and help is the result.
    assert!(world.ledgit(&["--help"]).good().stdout.contains("Usage: ledgit"));
    assert!(world.ledgit(&["--version"]).good().stdout.starts_with("ledgit "));
    world.ledgit(&["nonsense"]).fails(2, "LG2050");
    // No command, and a format that there is not: text, as no JSON was asked for.
    world.ledgit(&[]).fails(2, "LG2050");
    world.ledgit(&["status", "--format", "xml"]).fails(2, "LG2050");
    // Behind -- stand values.
    world.ledgit(&["show", "1", "2", "--", "--format", "json"]).fails(2, "LG2050");
    for form in [&["--format=json", "nonsense"][..], &["--format", "json", "nonsense"]] {
        let said = Ran::of(world.command(LEDGIT).args(form).output().unwrap());
        assert_eq!(story.document(&said)["code"], "LG2050");
    }
}

#[test]
fn an_argument_that_is_not_unicode_is_an_error_like_any_other() {
    use std::os::unix::ffi::OsStrExt as _;
    let (world, mut story) = (World::new(&[]), Story::new());
    let name = std::ffi::OsStr::from_bytes(b"\xff");
    let run = |format: &str| {
        let mut command = world.command(LEDGIT);
        Ran::of(command.args(["show", "--format", format]).arg(name).output().unwrap())
    };
    run("text").fails(2, "LG2050");
    assert_eq!(story.document(&run("json"))["code"], "LG2050");
}

/// O-08: JSON that a terminal shows can't change it, and says the same to a program.
#[test]
fn i10_json_writes_hidden_characters_as_escapes() {
    let (world, mut story) = (World::founded(&[]), Story::new());
    let evil = "evil\u{9b}31m\u{202e}\u{e0041}";
    let ran = world.ledgit(&["trace", evil, "--format", "json"]);
    assert!(ran.stdout.is_ascii(), "{}", ran.stdout);
    let said = story.document(&ran);
    assert!(said["error"].as_str().unwrap().contains("u{9b}"), "quoted as Rust does: {said}");
    let ran = world.ledgit(&["explain", evil, "--format", "json", "--repo", evil]);
    assert!(ran.stdout.is_ascii(), "{}", ran.stdout);
    let out = world.path(&format!("out{evil}")).display().to_string();
    let ran = world.ledgit(&["export", "tiles", &out, "--format", "json"]).good();
    assert!(ran.stdout.is_ascii(), "{}", ran.stdout);
    assert_eq!(story.document(&ran)["directory"], out.as_str());
}

/// O-10.
#[test]
fn a_reader_who_closes_stdout_changes_nothing_and_a_full_disk_is_an_error() {
    let world = World::founded(&[]);
    let run = |arguments: &[&str], stdout: Stdio| {
        let mut command = world.command(LEDGIT);
        Ran::of(command.args(arguments).stdout(stdout).output().unwrap())
    };
    for format in ["text", "json"] {
        let full = || Stdio::from(fs::File::create("/dev/full").unwrap());
        let ran = run(&["log", "--all", "--format", format], full());
        assert_eq!(ran.exit, Some(2));
        assert!(ran.stderr.contains("[LG2060]"), "{}", ran.stderr);
        let closed = || {
            let (reader, writer) = std::io::pipe().unwrap();
            drop(reader);
            Stdio::from(writer)
        };
        for (arguments, exit) in
            [(&["log", "--times"][..], 0), (&["show", "99"], 2), (&["verify"], 4), (&["show"], 2)]
        {
            let ran = run(&[arguments, &["--format", format]].concat(), closed());
            assert_eq!(ran.exit, Some(exit), "{arguments:?} {format}: {}", ran.stderr);
            assert!(!ran.stderr.contains("panic"), "{}", ran.stderr);
        }
    }
}

/// O-11: the schema of a document and the command that reads it agree.
#[test]
fn record_from_takes_what_its_schema_takes() {
    let (world, mut schemas) = (World::founded(&[]), Schemas::load());
    let repo = world.path("repo");
    fs::create_dir(repo.join("data")).unwrap();
    fs::write(repo.join("data/a.csv"), "1,2\n").unwrap();
    fs::write(repo.join("r.json"), r#"{"auc": 0.91}"#).unwrap();
    world.git(&["commit", "-q", "--allow-empty", "-m", "code"]);
    for (case, good) in documents() {
        let said = schemas.accepts("record-input", &case);
        assert_eq!(said.is_ok(), good, "the schema of {case:#}: {said:?}");
        fs::write(world.path("case.json"), case.to_string()).unwrap();
        let from = world.path("case.json").display().to_string();
        let key = world.key("ci");
        let ran = world.ledgit(&["record", "--from", &from, "--key", &key, "--dry-run"]);
        assert_eq!(ran.exit, Some(if good { 0 } else { 2 }), "{case:#}\n{}", ran.stderr);
    }
    assert_eq!(schemas.missing(|id| id.contains(":record-input:")), Vec::<String>::new());
    assert_eq!(world.size(), 2);
}

/// Documents, and whether they are good.
fn documents() -> Vec<(Value, bool)> {
    let one = |statement: &Value| json!({ "statements": [statement] });
    let mut cases = vec![
        (json!({}), false),
        (json!([]), false),
        (json!(null), false),
        (json!([[{"kind": "model", "path": "model.bin"}]]), false),
        (json!({"statements": []}), false),
        (json!({"statements": {}}), false),
        (
            json!({"statements": [["dataset", "data", null, null, null, null, null, [], null, false]]}),
            false,
        ),
        (json!({"statements": [{"kind": "model", "path": "model.bin"}], "more": 1}), false),
        (json!({"statements": [{"path": "model.bin"}]}), false),
        (json!({"statements": [{"kind": "Model", "path": "model.bin"}]}), false),
        (json!({"statements": [{"kind": "approval", "subject": "model.bin"}]}), false),
    ];
    for (full, required) in story::inputs() {
        cases.push((one(&full), true));
        for (name, value) in full.as_object().unwrap() {
            let with = |value: Value| {
                let mut changed = full.clone();
                changed[name] = value;
                one(&changed)
            };
            let mut without = full.clone();
            without.as_object_mut().unwrap().remove(name);
            let needed = required.contains(&name.as_str());
            cases.push((one(&without), !needed));
            // null is as if it were not there, but for lists and switches.
            let absent = !needed && !value.is_array() && !value.is_boolean();
            cases.push((with(Value::Null), absent));
            cases.push((with(json!({})), false));
            cases.push((with(json!(1.5)), false));
            if value.is_string() {
                cases.push((with(json!([value])), false));
                // A reason of no words is still one.
                cases.push((with(json!("")), name == "reason"));
            }
            if value.is_array() {
                cases.push((with(json!([1])), false));
                cases.push((with(json!([""])), false));
                cases.push((with(json!([])), !needed));
            }
        }
        let mut more = full.clone();
        more["unknown"] = json!("x");
        cases.push((one(&more), false));
    }
    for (change, good) in story::changes() {
        cases.push((one(&change), good));
    }
    cases
}

/// The tour's own document is one that the schema describes.
#[test]
fn the_document_of_the_tour_is_as_its_schema_says() {
    let text =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/commands/tour/record.json"));
    let document = serde_json::from_str(&text.unwrap()).unwrap();
    Schemas::load().accepts("record-input", &document).unwrap();
}

/// A validator that accepts everything would prove nothing.
#[test]
fn a_document_that_differs_is_refused() {
    let (world, mut story) = (World::founded(&[]), Story::new());
    let status = story.good(&world, &["status"]);
    for (name, value) in [
        ("size", json!("3")),
        ("ledger", json!("ledgit:00")),
        ("root", Value::Null),
        ("verified", json!(-1)),
        ("more", json!(1)),
    ] {
        let mut changed = status.clone();
        changed[name] = value;
        assert!(story.schemas.accepts("status", &changed).is_err(), "{name}");
    }
    let mut less = status;
    less.as_object_mut().unwrap().remove("clock");
    assert!(story.schemas.accepts("status", &less).is_err());
    let mut entry = story.good(&world, &["show", "1"]);
    entry["statement"]["more"] = json!(1);
    assert!(story.schemas.accepts("show", &entry).is_err());
}
