//! A signed head in one line of a code commit's message (G-24, G-25).

use super::note::NoteSignature;
use super::{Checkpoint, SignedNote, from_base64, from_decimal, to_base64};
use crate::digest::RootHash;
use crate::limits;

/// The word that such a line begins with.
pub const TRAILER: &str = "Ledgit-Checkpoint";

/// A checkpoint and the log's own signature of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trailer {
    checkpoint: Checkpoint,
    signature: NoteSignature,
}

impl Trailer {
    /// The trailer of a signed checkpoint; none where the note has not one line by its origin, or
    /// has what no trailer holds: extension lines, no entries, an origin with a space.
    pub fn of(note: &SignedNote) -> Option<Self> {
        let checkpoint = Checkpoint::parse(note.text()).ok()?;
        let mut own = note.signatures().iter().filter(|line| line.name == checkpoint.origin);
        let (signature, None) = (own.next()?.clone(), own.next()) else { return None };
        let trailer = Self { checkpoint, signature };
        (Self::parse(&trailer.value()).as_ref() == Some(&trailer)).then_some(trailer)
    }

    /// Reads what stands behind the word and its colon (G-24).
    pub fn parse(value: &str) -> Option<Self> {
        let mut fields = value.split(' ');
        let mut next = || fields.next().filter(|field| !field.is_empty());
        let (origin, size, root, blob) = (next()?, next()?, next()?, next()?);
        let blob = from_base64(blob)?;
        let (id, signature) = blob.split_first_chunk::<4>()?;
        let signature =
            NoteSignature { name: origin.to_owned(), id: *id, signature: signature.to_vec() };
        // Checks the origin as a key's name, and that there is a signature.
        let signature = NoteSignature::parse(&signature.line())?;
        let root = RootHash(from_base64(root)?.try_into().ok()?);
        let size = from_decimal(size).filter(|size| *size > 0)?;
        let checkpoint =
            Checkpoint { origin: origin.to_owned(), size, root, extensions: Vec::new() };
        let whole = fields.next().is_none() && value.len() <= limits::TRAILER_BYTES;
        whole.then_some(Self { checkpoint, signature })
    }

    /// What stands behind the word and its colon.
    pub fn value(&self) -> String {
        let Checkpoint { origin, size, root, .. } = &self.checkpoint;
        let NoteSignature { id, signature, .. } = &self.signature;
        let blob = [id.as_slice(), signature].concat();
        format!("{origin} {size} {} {}", to_base64(&root.0), to_base64(&blob))
    }

    /// The whole line, without a newline.
    pub fn line(&self) -> String {
        format!("{TRAILER}: {}", self.value())
    }

    /// The head that it carries.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The note that it stands for: nothing of it is verified.
    pub fn note(&self) -> SignedNote {
        let text = self.checkpoint.text();
        SignedNote::unsigned(text, self.signature.clone())
    }
}

/// What a line that begins as a trailer holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Carried {
    /// A trailer, in its one form.
    Trailer(Trailer),
    /// Something else: what stands behind the word, as far as it is kept.
    Unreadable(String),
}

/// The trailers of one log in a commit's bytes, in their order (G-25). Those of other logs are
/// passed over, and so is what stands past the limit of one message.
pub fn carried(commit: &[u8], origin: &str) -> Vec<Carried> {
    // No header holds an empty line: those of a signature begin with a space.
    let start = commit.windows(2).position(|pair| pair == b"\n\n").map(|at| at + 2);
    let message = start.and_then(|start| commit.get(start..)).unwrap_or_default();
    in_message(message, origin)
}

/// The same of a message alone.
pub fn in_message(message: &[u8], origin: &str) -> Vec<Carried> {
    let mut lines = message.split(|byte| *byte == b'\n').peekable();
    let mut found = Vec::new();
    while let Some(line) = lines.next() {
        let Some((indent, first)) = begins(line) else { continue };
        let mut value = first.trim_ascii().to_vec();
        while let Some(next) = lines.next_if(|next| folds(next, indent)) {
            if value.len() <= limits::TRAILER_BYTES {
                if !value.is_empty() {
                    value.push(b' ');
                }
                value.extend_from_slice(next.trim_ascii());
            }
        }
        let own = value.split(|byte| *byte == b' ').next() == Some(origin.as_bytes());
        if own && found.len() < limits::COMMIT_TRAILERS {
            found.push(read(&value));
        }
    }
    found
}

fn read(value: &[u8]) -> Carried {
    let text = String::from_utf8_lossy(value);
    let trailer = std::str::from_utf8(value).ok().and_then(Trailer::parse);
    trailer
        .map(Carried::Trailer)
        .unwrap_or_else(|| Carried::Unreadable(text.chars().take(limits::TRAILER_BYTES).collect()))
}

/// The white space before a line's word, and what stands behind its colon.
fn begins(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let indent = line.len() - line.trim_ascii_start().len();
    let (indent, rest) = line.split_at_checked(indent)?;
    let (word, value) = rest.split_at_checked(TRAILER.len())?;
    let value = value.trim_ascii_start().strip_prefix(b":")?;
    word.eq_ignore_ascii_case(TRAILER.as_bytes()).then_some((indent, value))
}

/// Whether a line goes on with one that stands in so far: it stands in further, and is not empty.
fn folds(line: &[u8], indent: &[u8]) -> bool {
    let rest = line.strip_prefix(indent).unwrap_or_default();
    rest.first().is_some_and(|byte| matches!(byte, b' ' | b'\t')) && !rest.trim_ascii().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: &str = "bank.example/log-0a";

    fn trailer(size: u64) -> Trailer {
        let root = to_base64(&[size as u8; 32]);
        let blob = to_base64(&[9; 68]);
        Trailer::parse(&format!("{ORIGIN} {size} {root} {blob}")).unwrap()
    }

    fn values(message: &str) -> Vec<Carried> {
        let commit = format!("tree 00\ngpgsig a\n \n Ledgit-Checkpoint: {ORIGIN}\n\n{message}");
        carried(commit.as_bytes(), ORIGIN)
    }

    #[test]
    fn a_trailer_is_the_note_that_was_signed_and_has_one_form() {
        let one = trailer(3);
        assert_eq!(one.line(), format!("{TRAILER}: {}", one.value()));
        assert_eq!(Trailer::of(&one.note()), Some(one.clone()));
        assert_eq!(SignedNote::parse(&one.note().to_bytes()), Ok(one.note()));
        let value = one.value();
        for wrong in [
            value.replace(" 3 ", " 03 "),
            value.replace(" 3 ", " 0 "),
            value.replace(" 3 ", " -3 "),
            value.replace(" 3 ", "  3 "),
            value.trim_start_matches(ORIGIN).to_owned(),
            value.replace("bank", "ba+nk"),
            format!("{value} more"),
            format!(" {value}"),
            format!("{value} "),
            value.replace("AwMD", "AwM"),
            value.rsplit_once(' ').unwrap().0.to_owned(),
            format!("{} CQkJCQ==", value.rsplit_once(' ').unwrap().0),
            format!("{} {}", value.rsplit_once(' ').unwrap().0, to_base64(&[9; 600])),
        ] {
            assert_eq!(Trailer::parse(&wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_note_of_another_shape_has_no_trailer() {
        let note = trailer(3).note();
        let twice = [note.to_bytes(), note.signatures()[0].line().into_bytes(), b"\n".to_vec()];
        assert_eq!(Trailer::of(&SignedNote::parse(&twice.concat()).unwrap()), None);
        let text = String::from_utf8(note.to_bytes()).unwrap();
        let extended = text.replacen("\n\n", "\nmore\n\n", 1);
        assert_eq!(Trailer::of(&SignedNote::parse(extended.as_bytes()).unwrap()), None);
        let other = text.replace("\u{2014} bank", "\u{2014} other");
        assert_eq!(Trailer::of(&SignedNote::parse(other.as_bytes()).unwrap()), None);
    }

    #[test]
    fn trailers_are_found_wherever_a_message_has_them() {
        let (one, two) = (trailer(3), trailer(4));
        let (first, second) = (one.line(), two.line());
        let found = |all: &[&Trailer]| -> Vec<Carried> {
            all.iter().map(|one| Carried::Trailer((*one).clone())).collect()
        };
        let folded = first.replacen(" 3 ", " 3\n  ", 1);
        let all = first.replace(' ', "\n\t");
        let squashed = folded.replace('\n', "\n    ");
        for (message, trailers) in [
            (format!("title\n\n{first}\n"), vec![&one]),
            (format!("title\n\n{first}"), vec![&one]),
            (format!("title\n\n{first}\nSigned-off-by: a\n{second}\n"), vec![&one, &two]),
            (format!("title\n\n{folded}\n{second}\n"), vec![&one, &two]),
            (format!("title\n\n{all}\n\n{second}"), vec![&one, &two]),
            (format!("title\r\n\r\n{first}\r\n"), vec![&one]),
            (format!("title\n\n* part\n\n{first}\n\n* part\n\n{second}\n"), vec![&one, &two]),
            (format!("Squashed commit:\n\n    part\n\n    {squashed}\n\nend"), vec![&one]),
            (format!("Squashed:\n\n    {first}\n    {second}\n"), vec![&one, &two]),
            (format!("title\n\n{}\n", first.replace("Ledgit-C", "ledgit-c")), vec![&one]),
            (format!("title\n\n{}\n", first.replace(": ", " :")), vec![&one]),
            (format!("title\n\n> {first}\n"), vec![]),
            (format!("title\n\n{}\n", first.replace(ORIGIN, "other.example/log")), vec![]),
            (format!("title\n\n{}\n", first.replace("point:", "points:")), vec![]),
            (String::new(), vec![]),
            (format!("{TRAILER}:"), vec![]),
        ] {
            assert_eq!(values(&message), found(&trailers), "{message}");
        }
        assert_eq!(carried(b"tree 00", ORIGIN), []);
    }

    #[test]
    fn what_is_no_trailer_of_its_log_is_kept_up_to_a_length() {
        let line = trailer(3).line();
        let wrong = [line.replace(" 3 ", " 03 "), format!("{line} {}", "x".repeat(100_000))];
        for wrong in wrong {
            let found = values(&format!("title\n\n{wrong}\n  {}\n", "y".repeat(9_000)));
            let [Carried::Unreadable(text)] = &found[..] else { panic!("{found:?}") };
            assert!(text.starts_with(ORIGIN) && text.len() <= limits::TRAILER_BYTES);
        }
        let cut = format!("title\n\n{TRAILER}: {ORIGIN}\n");
        assert_eq!(values(&cut), [Carried::Unreadable(ORIGIN.into())]);
        let bytes = [format!("x\n\n\n{TRAILER}: {ORIGIN} ").as_bytes(), b"\xff\n"].concat();
        assert!(matches!(&carried(&bytes, ORIGIN)[..], [Carried::Unreadable(_)]));
        let many = format!("title\n\n{}", format!("{line}\n").repeat(limits::COMMIT_TRAILERS + 1));
        assert_eq!(values(&many).len(), limits::COMMIT_TRAILERS);
    }
}
