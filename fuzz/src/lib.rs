//! What each fuzz target does with its bytes. The targets call these, and so does `tests/fuzz.rs`
//! with the corpora, so that no property stands in two places.
//!
//! Every reader must come back, with a value or an error; what more must hold is asserted here.

mod bills;
mod git;
mod keys;
mod log;
mod manifest;
mod serve;
mod statements;
mod texts;

/// A target: bytes in, a panic if something does not hold.
pub type Target = fn(&[u8]);

/// All targets by name; each has its file in `fuzz_targets/` and its seeds in `corpus/`.
pub const TARGETS: [(&str, Target); 27] = [
    ("agent", keys::agent),
    ("allocation", bills::allocation),
    ("allocation_report", bills::report),
    ("answer", log::whole_answer),
    ("bill", bills::focus),
    ("bundle", log::bundle),
    ("cbor", statements::cbor),
    ("commit", git::commit),
    ("file_proof", manifest::file_proof),
    ("known_files", manifest::known_files),
    ("manifest_index", manifest::index),
    ("manifest_records", manifest::records),
    ("note", log::note),
    ("opencost", bills::opencost),
    ("policy", texts::policy),
    ("private_key", keys::private_key),
    ("proof", log::proof),
    ("public_key", keys::public_key),
    ("receipt", serve::receipt),
    ("refs", git::refs),
    ("replay", statements::replay),
    ("roster", texts::roster),
    ("statement", statements::statement),
    ("text", texts::text),
    ("tile", log::tile),
    ("tree", git::tree),
    ("witness", log::witness),
];

/// Runs the target with a name.
///
/// # Panics
/// If there is none, and if something that the target demands does not hold.
pub fn run(name: &str, bytes: &[u8]) {
    let found = TARGETS.iter().find(|(known, _)| *known == name);
    let (_, target) = found.unwrap_or_else(|| panic!("there is no target {name}"));
    target(bytes);
}

/// The numbers at the front, eight bytes each, and what is left.
fn numbers<const N: usize>(bytes: &[u8]) -> Option<([u64; N], &[u8])> {
    let mut rest = bytes;
    let mut numbers = [0; N];
    for number in &mut numbers {
        let (eight, after) = rest.split_first_chunk::<8>()?;
        (*number, rest) = (u64::from_be_bytes(*eight), after);
    }
    Some((numbers, rest))
}
