//! Why a sequencer did not log a drop, for its writer to read (I-35).

use ledgit_core::digest::Sha256;
use ledgit_core::limits;
use ledgit_core::time::Timestamp;

use crate::git::{Batch, CommitSpec, GitError, Mode, ObjectId, ObjectKind, Repository, TreeEntry};
use crate::ledger::LedgerError;

/// Where refusals are.
pub const REFUSED_PREFIX: &str = "refs/ledgit/refused/";

const FILE: &[u8] = b"refusal";
const TITLE: &str = "ledgit refusal v1";

/// A drop that was not logged, and why. It is not signed: it proves nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The drop.
    pub drop: Sha256,
    /// The sequencer's time.
    pub time: Timestamp,
    /// Codes and texts.
    pub reasons: Vec<(String, String)>,
}

impl Refusal {
    /// The ref that it hangs on.
    pub fn ref_name(drop: &Sha256) -> String {
        format!("{REFUSED_PREFIX}{}", drop.hex())
    }

    /// From what an append says.
    pub(super) fn of(drop: Sha256, time: Timestamp, error: &LedgerError) -> Self {
        let reasons = match error {
            LedgerError::Refused(findings) => findings
                .iter()
                .map(|one| (one.fault.code().to_owned(), plain(&one.fault.to_string())))
                .collect(),
            LedgerError::KeyTaken { .. } | LedgerError::GroupHalf(_) => {
                vec![("LG2024".to_owned(), plain(&error.to_string()))]
            }
            other => vec![("LG2026".to_owned(), plain(&other.to_string()))],
        };
        Self { drop, time, reasons }
    }

    /// For what is no drop.
    pub(super) fn malformed(drop: Sha256, time: Timestamp, why: &str) -> Self {
        Self { drop, time, reasons: vec![("LG1001".to_owned(), plain(why))] }
    }

    fn to_text(&self) -> String {
        let (drop, time) = (self.drop.hex(), self.time);
        let mut text = format!("{TITLE}\ndrop {drop}\ntime {time}\n");
        for (code, reason) in self.reasons.iter().take(limits::REFUSAL_REASONS) {
            text.push_str(&format!("{code} {reason}\n"));
        }
        text
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        (lines.next()? == TITLE).then_some(())?;
        let drop = Sha256::from_hex(lines.next()?.strip_prefix("drop ")?).ok()?;
        let time = lines.next()?.strip_prefix("time ")?.parse().ok()?;
        let reason = |line: &str| {
            let (code, reason) = line.split_once(' ')?;
            Some((code.to_owned(), reason.to_owned()))
        };
        let reasons = lines.map(reason).collect::<Option<Vec<_>>>()?;
        let read = Self { drop, time, reasons };
        (read.to_text() == text).then_some(read)
    }

    /// Adds its objects, and says the commit that its ref is to point at.
    pub(super) fn into_objects(self, batch: &mut Batch) -> Result<ObjectId, GitError> {
        let id = batch.blob(self.to_text().into_bytes())?;
        let tree = batch.tree(vec![TreeEntry { mode: Mode::File, name: FILE.into(), id }])?;
        batch.commit(&CommitSpec {
            tree,
            parents: Vec::new(),
            author: "ledgit <>".to_owned(),
            time: 0,
            message: format!("refused: {}\n", self.drop.hex()),
        })
    }

    /// Reads the refusal that a commit is; `None` for anything else.
    pub(super) fn read(repository: &Repository, commit: ObjectId) -> Option<Self> {
        let tree = repository.read_commit(commit).ok()?.tree;
        let files = repository.read_tree(tree).ok()?;
        let file = files.iter().find(|file| file.name == FILE && file.mode == Mode::File)?;
        let bytes = repository.read(file.id, ObjectKind::Blob, limits::REFUSAL_BYTES).ok()?;
        Self::parse(std::str::from_utf8(&bytes).ok()?)
    }
}

/// One line without control characters, and not too long: it may quote what somebody left.
fn plain(text: &str) -> String {
    let mut line = String::new();
    for char in text.chars() {
        let char = if char.is_control() { ' ' } else { char };
        if line.len() + char.len_utf8() > limits::REFUSAL_REASON_BYTES {
            break;
        }
        line.push(char);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Its writer can read the longest one.
    #[test]
    fn a_refusal_of_the_most_and_longest_reasons_is_within_its_limit() {
        let (time, long) = (Timestamp::from_seconds(1).unwrap(), "\u{10ffff}".repeat(9_999));
        let reasons = vec![("LG1001".to_owned(), plain(&long)); 99];
        let text = Refusal { drop: Sha256([7; 32]), time, reasons }.to_text();
        assert!(text.len() as u64 <= limits::REFUSAL_BYTES, "{}", text.len());
        assert_eq!(Refusal::parse(&text).unwrap().reasons.len(), limits::REFUSAL_REASONS);
    }

    #[test]
    fn a_refusal_is_read_as_it_was_written_and_in_no_other_form() {
        let time = Timestamp::from_seconds(1_700_000_000).unwrap();
        let refusal = Refusal::malformed(Sha256([7; 32]), time, "it\nis not \u{1b}[31m a drop");
        let text = refusal.to_text();
        assert_eq!(Refusal::parse(&text), Some(refusal));
        assert!(text.contains("LG1001 it is not  [31m a drop\n"), "{text}");
        for bad in [text.replace("v1", "v2"), text.replace("drop ", "drop  "), format!("{text}\n")]
        {
            assert_eq!(Refusal::parse(&bad), None, "{bad}");
        }
    }
}
