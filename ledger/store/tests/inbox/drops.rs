//! What is a drop and what is none (I-01 to I-05, I-34).

use ledgit_store::git::{CommitSpec, TreeEntry};

use super::*;

/// Pushes a drop, well formed or not in what it says, and says its name.
pub fn put(clone: &Clone, content: InboxDrop) -> Sha256 {
    let repository = Repository::discover(&clone.path()).unwrap();
    let mut batch = Batch::new(repository.object_format());
    let (name, commit) = content.into_objects(&mut batch).unwrap();
    let writer = ledgit_store::durable::Writer::default();
    batch.write(&repository, &writer, false).unwrap();
    push(clone, &commit.hex(), &name.hex());
    name
}

fn push(clone: &Clone, commit: &str, name: &str) {
    git(&clone.path(), &["push", "-q", "origin", &format!("{commit}:refs/ledgit/inbox/{name}")]);
}

fn sample(shared: &mut Shared, clone: &Clone) -> (String, Sha256) {
    let name = clone.left(&shared.bank.signed(model("a")));
    (git(&clone.path(), &["rev-parse", &format!("refs/ledgit/inbox/{}", name.hex())]), name)
}

#[test]
fn what_is_no_drop_is_refused_and_cleared() {
    let mut shared = Shared::new();
    let (clone, keeper) = (shared.clone(), shared.clone());
    let (commit, named) = sample(&mut shared, &clone);
    let (_, name) = sample(&mut shared, &keeper);
    let run = |arguments: &[&str]| git(&clone.path(), arguments);
    let tree = |lines: &str| {
        let file = clone.path().join("lines");
        std::fs::write(&file, lines).unwrap();
        let shell = format!("git -C {0} mktree < {0}/lines", clone.path().display());
        let output = std::process::Command::new("sh").args(["-c", &shell]).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    let statements = run(&["rev-parse", &format!("{commit}:statements")]);
    let blob = run(&["rev-parse", &format!("{commit}:statements/000")]);
    let empty = tree("");
    let by = |tree: &str, parents: &[&str]| {
        let mut arguments = vec!["commit-tree", tree, "-m", "drop: 1 statements"];
        parents.iter().for_each(|parent| arguments.extend(["-p", parent]));
        run(&arguments)
    };
    let whole = run(&["rev-parse", &format!("{commit}^{{tree}}")]);
    let renamed = tree(&format!("100644 blob {blob}\t001\n"));
    let executable = tree(&format!("100755 blob {blob}\t000\n"));
    let bad = [
        (by(&whole, &[]), "another author and time"),
        (by(&whole, &["HEAD"]), "a parent"),
        (by(&empty, &[]), "an empty tree"),
        (
            by(
                &tree(&format!("040000 tree {statements}\tstatements\n100644 blob {blob}\tmore\n")),
                &[],
            ),
            "more",
        ),
        (by(&tree(&format!("040000 tree {renamed}\tstatements\n")), &[]), "another file"),
        (by(&tree(&format!("040000 tree {executable}\tstatements\n")), &[]), "another mode"),
        (by(&tree(&format!("040000 tree {empty}\tstatements\n")), &[]), "none"),
        (commit.clone(), "another name"),
        (blob.clone(), "a blob"),
        (run(&["rev-parse", "HEAD"]), "code"),
    ];
    for (at, (object, why)) in bad.iter().enumerate() {
        // The first two hold what their name says.
        let name = if at < 2 { named } else { Sha256::of(&[at as u8]) };
        push(&clone, object, &name.hex());
        let run = shared.sequenced();
        assert_eq!((run.refused.len(), run.logged.len()), (1, 0), "{why}");
        assert_eq!(
            (run.refused[0].drop, run.refused[0].reasons[0].0.as_str()),
            (name, "LG1001"),
            "{why}"
        );
        assert!(shared.refs("refs/ledgit/inbox/").is_empty(), "{why}");
    }
    push(&clone, &commit, "not-a-hash");
    assert_eq!(shared.sequenced().refused.len(), 1);
    assert!(shared.refs("refs/ledgit/inbox/").is_empty());
    keeper.synced();
    assert_eq!(shared.sequenced().logged[0].name, name, "and the good one is taken");
    shared.is_good();
}

/// Its name is that of what it holds, and the tree says otherwise.
#[test]
fn i04_evidence_under_another_digest_makes_no_drop() {
    let mut shared = Shared::new();
    let clone = shared.clone();
    let (body, evidence) = correction(&shared.bank.signed(model("a")));
    let statements = vec![shared.bank.signed(body).bytes().to_vec()];
    let content = InboxDrop { statements, evidence };
    let (repository, name) = (Repository::discover(&clone.path()).unwrap(), content.name());
    let mut batch = Batch::new(repository.object_format());
    let (_, whole) = content.into_objects(&mut batch).unwrap();
    let writer = ledgit_store::durable::Writer::default();
    batch.write(&repository, &writer, false).unwrap();
    let mut files = repository.read_tree(repository.read_commit(whole).unwrap().tree).unwrap();
    let evidence = repository.read_tree(files[0].id).unwrap();
    let mut batch = Batch::new(repository.object_format());
    let other = TreeEntry { name: "0".repeat(64).into_bytes(), ..evidence[0].clone() };
    files[0].id = batch.tree(vec![other]).unwrap();
    let spec = CommitSpec {
        tree: batch.tree(files).unwrap(),
        parents: Vec::new(),
        author: "ledgit <>".into(),
        time: 0,
        message: "drop: 1 statements\n".into(),
    };
    let commit = batch.commit(&spec).unwrap();
    batch.write(&repository, &writer, false).unwrap();
    push(&clone, &commit.hex(), &name.hex());
    let run = shared.sequenced();
    assert_eq!((run.refused.len(), run.logged.len()), (1, 0));
    assert_eq!(run.refused[0].reasons[0].0, "LG1001");
}

#[test]
fn a_drop_that_holds_no_statements_of_the_ledger_is_refused_with_its_own_reasons() {
    let mut shared = Shared::new();
    let clone = shared.clone();
    let stranger = Bank::new(&[]).signed_as("ci-train", model("a"), |_| {});
    let mut spoilt = shared.bank.signed(model("b")).bytes().to_vec();
    *spoilt.last_mut().unwrap() ^= 1;
    let half = shared.bank.signed_as("ci-train", model("c"), |envelope| {
        envelope.group = Some(Group { id: [1; 16], index: 0, count: 2 });
    });
    for (bytes, code) in [
        (b"no statement".to_vec(), "LG1001"),
        (stranger.bytes().to_vec(), "LG1003"),
        (spoilt, "LG1002"),
        (half.bytes().to_vec(), "LG1107"),
    ] {
        let content = InboxDrop { statements: vec![bytes], ..InboxDrop::default() };
        let name = put(&clone, content);
        let run = shared.sequenced();
        assert_eq!((run.refused.len(), run.refused[0].drop), (1, name), "{code}");
        let said: Vec<_> = run.refused[0].reasons.iter().map(|(code, _)| code.as_str()).collect();
        assert!(said.contains(&code), "{code}: {said:?}");
    }
    shared.is_good();
}

#[test]
fn i03_a_drop_has_a_largest_size() {
    let one = |count: usize, bytes: usize| InboxDrop {
        statements: vec![vec![0; bytes]; count],
        evidence: EvidenceBatch::default(),
    };
    let fits = |content: InboxDrop| {
        let mut batch = Batch::new(ledgit_store::git::ObjectFormat::Sha1);
        content.into_objects(&mut batch).is_ok()
    };
    assert!(fits(one(1_024, 1)) && !fits(one(1_025, 1)) && !fits(one(0, 1)));
    assert!(fits(one(1, 65_535)) && !fits(one(1, 65_536)));
    let mut evidence = EvidenceBatch::default();
    for at in 0..4_096_u32 {
        evidence.add(at.to_be_bytes().to_vec());
    }
    let with = |evidence: &EvidenceBatch| InboxDrop { evidence: evidence.clone(), ..one(1, 1) };
    assert!(fits(with(&evidence)));
    evidence.add(b"one more".to_vec());
    assert!(!fits(with(&evidence)));
}

#[test]
fn the_name_is_the_hash_of_what_it_holds() {
    let entries = vec![b"one".to_vec(), b"two".to_vec()];
    let mut evidence = EvidenceBatch::default();
    let plain = InboxDrop { statements: entries.clone(), evidence: evidence.clone() };
    evidence.add(b"report".to_vec());
    let with = InboxDrop { statements: entries.clone(), evidence };
    let other =
        InboxDrop { statements: entries.into_iter().rev().collect(), ..InboxDrop::default() };
    assert!(plain.name() != with.name() && plain.name() != other.name());
    assert_eq!(
        plain.name().hex(),
        "448a93277fdf13870c8bf74d85af2e702977eb56218bc6647cf20f9d6b0b4993",
        "computed from I-03 with another program"
    );
}
