//! Every commit of the code that a ref leads to, once.

use std::collections::HashSet;

use ledgit_core::limits;

use super::{Verification, VerifyFinding};
use crate::git::{Commit, GitError, ObjectId, Repository};

/// Bytes of commits that are read before the packs are mapped anew (V-32).
const MAPPED: u64 = 32 << 20;

/// The history of the code, and what of it can't be read.
pub(super) struct Code<'a> {
    repository: &'a Repository,
    tips: Vec<ObjectId>,
    /// Commits whose parents were left at the remote.
    boundary: HashSet<ObjectId>,
    /// What can't be read; each makes the answer undecided.
    gaps: Vec<(String, String)>,
}

impl<'a> Code<'a> {
    /// Lists where the history begins.
    pub(super) fn open(repository: &'a Repository) -> Self {
        let mut code =
            Self { repository, tips: Vec::new(), boundary: HashSet::new(), gaps: Vec::new() };
        match repository.code_tips() {
            Ok(tips) => {
                code.tips = tips.commits;
                code.gaps.extend(tips.broken);
            }
            Err(error) => code.gap("the refs of the code".into(), &error),
        }
        match repository.shallow_boundary() {
            Ok(boundary) => code.boundary = boundary,
            Err(error) => code.gap("the list of shallow commits".into(), &error),
        }
        code
    }

    fn gap(&mut self, object: String, error: &GitError) {
        if self.gaps.len() <= limits::FINDINGS {
            self.gaps.push((object, error.to_string()));
        }
    }

    /// Whether all of the history was read, as far as this clone has it.
    pub(super) fn is_whole(&self) -> bool {
        self.gaps.is_empty()
    }

    /// Says what could not be read.
    pub(super) fn report(&self, verdict: &mut Verification) {
        for (object, why) in &self.gaps {
            let what = format!("it can't be read, so what it leads to is not known: {why}");
            verdict.undecided(VerifyFinding::new("LG4013", object.clone(), what));
        }
    }

    /// Visits each commit once. Sixteen bytes of each id are kept, and nothing of the commits.
    pub(super) fn each(&mut self, visit: impl FnMut(ObjectId, &Commit)) {
        self.up_to(limits::CODE_COMMITS, visit);
    }

    fn up_to(&mut self, most: usize, mut visit: impl FnMut(ObjectId, &Commit)) {
        let mut seen = HashSet::new();
        let mut next = self.tips.clone();
        next.retain(|commit| seen.insert(short(*commit)));
        let mut own: Option<Repository> = None;
        while let Some(id) = next.pop() {
            let repository = own.as_ref().unwrap_or(self.repository);
            let commit = match repository.read_commit(id) {
                Ok(commit) => commit,
                Err(error) => {
                    self.gap(format!("code commit {id}"), &error);
                    continue;
                }
            };
            visit(id, &commit);
            if !self.boundary.contains(&id) {
                let new = commit.parents.iter().filter(|parent| seen.insert(short(**parent)));
                next.extend(new);
            }
            if seen.len() > most {
                let what = format!("more than {most} commits of the code; no more are read");
                self.gaps.push((format!("code commit {id}"), what));
                return;
            }
            if own.as_ref().is_none_or(|own| own.bytes_read() > MAPPED) {
                own = Repository::open(self.repository.git_dir()).ok();
            }
        }
    }
}

/// Adds notes about the code, and counts those past a number: whoever commits makes as many as they
/// like, and they are to hide none about the log.
pub(super) fn tell(notes: impl IntoIterator<Item = VerifyFinding>, verdict: &mut Verification) {
    for (number, note) in notes.into_iter().enumerate() {
        match number < limits::CODE_NOTES {
            true => verdict.note(note),
            false => verdict.untold += 1,
        }
    }
}

/// Half an id and more: two that collide by chance do not occur, and whoever makes two collide hides
/// a commit of their own.
fn short(id: ObjectId) -> [u8; 16] {
    let mut short = [0; 16];
    short.iter_mut().zip(id.as_bytes()).for_each(|(to, from)| *to = *from);
    short
}

#[cfg(test)]
mod tests {
    use super::super::elsewhere::tests::{code, git};
    use super::*;

    #[test]
    fn past_the_limit_the_code_is_not_read_and_that_is_said() {
        let (dir, repository) = code(3);
        let read = |most: usize| {
            let (mut code, mut count) = (Code::open(&repository), 0);
            code.up_to(most, |_, _| count += 1);
            (count, code.is_whole())
        };
        assert_eq!((read(3), read(10)), ((3, true), (3, true)));
        assert_eq!(read(1), (1, false));
        let mut verdict = Verification::default();
        let mut code = Code::open(&repository);
        code.up_to(1, |_, _| {});
        code.report(&mut verdict);
        assert_eq!(verdict.undecided[0].code, "LG4013");
        // Each commit once, however many lead to it.
        git(dir.path(), &["checkout", "-q", "-b", "other", "HEAD~1"]);
        git(dir.path(), &["commit", "-q", "--allow-empty", "-m", "x"]);
        git(dir.path(), &["merge", "-q", "--no-edit", "main"]);
        assert_eq!(read(10), (5, true));
    }

    #[test]
    fn notes_about_the_code_leave_room_for_others() {
        let mut verdict = Verification::default();
        let note = VerifyFinding::new("LG3305", "code commit".into(), "x");
        tell(vec![note; limits::CODE_NOTES + 3], &mut verdict);
        assert_eq!((verdict.notes.len(), verdict.untold), (limits::CODE_NOTES, 3));
    }
}
