//! `ledgit anchor`.

use std::fs;

use super::*;

#[test]
fn anchor_makes_an_empty_commit_and_leaves_what_is_staged() {
    let mut code = Code::new();
    code.record("a");
    fs::write(code.world.path("repo/staged.py"), "staged").unwrap();
    code.git(&["add", "staged.py"]);
    let (before, staged) = (code.head(), code.git(&["status", "--porcelain"]));
    assert!(staged.contains("A  staged.py"), "{staged}");
    let told = code.world.ledgit(&["anchor"]).good().stdout;
    let head = code.head();
    assert!(told.contains(&head), "{told}");
    assert_eq!(code.git(&["rev-parse", "HEAD^"]), before);
    assert_eq!(code.git(&["diff", "--stat", "HEAD^", "HEAD"]), "");
    assert_eq!(code.git(&["status", "--porcelain"]), staged);
    let message = code.git(&["log", "-1", "--format=%B"]);
    assert!(message.starts_with(&format!("Anchor checkpoint {} of ", code.size())), "{message}");
    let trailers = code.git(&["log", "-1", "--format=%(trailers:only,unfold)"]);
    assert_eq!(trailers.trim_end(), code.trailer(), "one trailer, as git reads it");
    // Once for each checkpoint.
    let again = code.world.json(&["anchor"]);
    assert_eq!((&again["changed"], again["commit"].as_str()), (&false.into(), Some(&*head)));
    assert_eq!(code.head(), head);
    code.record("b");
    let next = code.world.json(&["anchor"]);
    assert_eq!((&next["changed"], next["size"].as_u64()), (&true.into(), Some(code.size())));
    code.verify().is_clean().carries(2, 0, 0);
}

#[test]
fn print_gives_the_line_that_git_takes() {
    let mut code = Code::new();
    let line = code.trailer();
    assert_eq!(line.lines().count(), 1);
    code.git(&["commit", "-q", "--allow-empty", "-m", "x", "--trailer", &line]);
    code.record("a");
    code.verify().is_clean().carries(1, 0, 0);
    // Folded, as mail programs do.
    let folded = line.replace(' ', "\n   ");
    code.git(&["commit", "-q", "--allow-empty", "-m", &format!("x\n\n{folded}")]);
    code.verify().is_clean().carries(2, 0, 0);
}

#[test]
fn a_message_gets_one_trailer_above_the_comments() {
    let code = Code::new();
    let (line, file) = (code.trailer(), code.world.path("message"));
    let add = |text: &str| {
        fs::write(&file, text).unwrap();
        let said = code.world.json(&["anchor", "--message", file.to_str().unwrap()]);
        (said["changed"].as_bool().unwrap(), fs::read_to_string(&file).unwrap())
    };
    assert_eq!(add("title\n"), (true, format!("title\n\n{line}\n")));
    let signed = "title\n\nSigned-off-by: a <a@example>\n";
    assert_eq!(add(signed), (true, format!("{signed}{line}\n")));
    let comments = "title\n\n# a template\n# more\n";
    assert_eq!(add(comments), (true, format!("title\n\n{line}\n\n# a template\n# more\n")));
    let cut = "# ------------------------ >8 ------------------------\n# below\ndiff\n+x\n";
    let verbose = format!("title\n{cut} {line}\n");
    let (changed, text) = add(&verbose);
    assert!(
        changed && text.starts_with(&format!("title\n\n{line}\n")) && text.contains(cut),
        "{text}"
    );
    // What has one stays as it is, and what is empty.
    let old = line.replacen(" 2 ", " 1 ", 1);
    for message in [
        format!("title\n\n{line}\n"),
        format!("title\n\n{old}\n\n# comment\n"),
        "\n\n# a template\n".to_owned(),
        String::new(),
        format!("\n{cut}"),
    ] {
        assert_eq!(add(&message), (false, message));
    }
    // Another ledger's is not this one's.
    let foreign = World::founded(&[]).ledgit(&["anchor", "--print"]).good().stdout;
    let both = format!("title\n\n{foreign}");
    assert_eq!(add(&both), (true, format!("{both}{line}\n")));
    // The user's configuration of trailers changes nothing.
    for (key, value) in [
        ("trailer.separators", "="),
        ("trailer.ifexists", "doNothing"),
        ("trailer.where", "start"),
        ("trailer.ifmissing", "doNothing"),
    ] {
        code.git(&["config", key, value]);
    }
    let reviewed = "title\n\nReviewed-by: b <b@example>\n";
    assert_eq!(add(reviewed), (true, format!("{reviewed}{line}\n")));
    let gone = code.world.path("gone").display().to_string();
    code.world.ledgit(&["anchor", "--message", &gone]).fails(2, "LG2060");
}

#[test]
fn what_git_refuses_is_told_in_its_words() {
    let mut code = Code::new();
    let hook = code.world.path("repo/.git/hooks/pre-commit");
    fs::create_dir_all(hook.parent().unwrap()).unwrap();
    script(&hook, "#!/bin/sh\necho not on a Friday >&2\nexit 1\n");
    let told = code.world.ledgit(&["anchor"]).fails(2, "LG2071").stderr;
    assert!(told.contains("not on a Friday"), "{told}");
    fs::remove_file(&hook).unwrap();
    let mut command = code.world.command(LEDGIT);
    command.env("GIT_AUTHOR_NAME", "").env("GIT_COMMITTER_NAME", "").arg("anchor");
    let told = Ran::of(command.output().unwrap()).fails(2, "LG2071").stderr;
    assert!(told.contains("empty ident name"), "{told}");
    let mut command = code.world.command(LEDGIT);
    command.env("PATH", "/nowhere").arg("anchor");
    Ran::of(command.output().unwrap()).fails(2, "LG2071");
    code.git(&["clone", "-q", "--mirror", ".", "../bare.git"]);
    let bare = code.world.path("bare.git").display().to_string();
    let told = code.world.ledgit(&["--repo", &bare, "anchor"]).fails(2, "LG2071").stderr;
    assert!(told.contains("work tree"), "{told}");
    code.commit("as before");
    World::new(&[]).ledgit(&["anchor"]).fails(2, "LG2002");
}

#[test]
fn a_checkpoint_without_the_log_s_one_signature_is_not_carried() {
    let code = Code::new();
    let note = code.git(&["cat-file", "blob", "refs/ledgit/log:checkpoint"]);
    let (_, line) = note.trim_end().rsplit_once('\n').unwrap();
    fs::write(code.world.path("note"), format!("{}\n{line}\n", note.trim_end())).unwrap();
    let blob = code.git(&["hash-object", "-w", "../note"]);
    let tree = code.git(&["ls-tree", "refs/ledgit/log"]);
    let tree = tree.lines().map(|one| match one.ends_with("\tcheckpoint") {
        true => format!("100644 blob {blob}\tcheckpoint\n"),
        false => format!("{one}\n"),
    });
    fs::write(code.world.path("tree"), tree.collect::<String>()).unwrap();
    let mut command = code.world.command("git");
    command.arg("mktree").stdin(fs::File::open(code.world.path("tree")).unwrap());
    let tree = Ran::of(command.output().unwrap()).good().stdout;
    let commit = code.git(&["commit-tree", tree.trim_end(), "-m", "forged"]);
    code.git(&["update-ref", "refs/ledgit/log", &commit]);
    let before = code.head();
    code.world.ledgit(&["anchor"]).fails(2, "LG2072");
    assert_eq!(code.head(), before);
}

/// Writes a program.
pub fn script(path: &std::path::Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}
