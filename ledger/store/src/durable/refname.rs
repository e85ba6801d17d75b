//! The rules of git-check-ref-format, for full names.

use ledgit_core::limits;

/// The rule that a ref's name breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RefNameError {
    /// Not below `refs/`.
    #[error("it is not below refs/")]
    Root,
    /// Longer than [`limits::REF_NAME_BYTES`].
    #[error("it is too long")]
    Long,
    /// An empty component: a slash at the end, or two together.
    #[error("it has an empty component")]
    Empty,
    /// A component that begins with a dot.
    #[error("a component begins with a dot")]
    Dot,
    /// A component that ends in `.lock`.
    #[error("a component ends in .lock")]
    Lock,
    /// `..`, `@{`, or a dot at the end.
    #[error("it has `..` or `@{{`, or ends in a dot")]
    Sequence,
    /// A control character, a space, or one of `~^:?*[\`.
    #[error("it has a character that Git forbids")]
    Character,
}

/// Checks a full ref name (D-7), as `git check-ref-format` does; the root must be `refs/`.
///
/// # Errors
/// The first rule that the name breaks.
pub fn check_ref_name(name: &str) -> Result<(), RefNameError> {
    if name.len() > limits::REF_NAME_BYTES {
        return Err(RefNameError::Long);
    }
    let rest = name.strip_prefix("refs/").ok_or(RefNameError::Root)?;
    for byte in name.bytes() {
        if byte <= b' ' || byte == 0x7f || b"~^:?*[\\".contains(&byte) {
            return Err(RefNameError::Character);
        }
    }
    if name.contains("..") || name.contains("@{") || name.ends_with('.') {
        return Err(RefNameError::Sequence);
    }
    for component in rest.split('/') {
        if component.is_empty() {
            return Err(RefNameError::Empty);
        }
        if component.starts_with('.') {
            return Err(RefNameError::Dot);
        }
        if component.ends_with(".lock") {
            return Err(RefNameError::Lock);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i11_every_ref_name_of_the_fixture_is_judged_as_git_judges_it() {
        let text = include_str!("../../../../fixtures/hostile/names/refnames.json");
        let cases: serde_json::Value = serde_json::from_str(text).unwrap();
        let cases = cases.as_array().unwrap();
        assert!(cases.len() > 30);
        for case in cases {
            let name = case["ref"].as_str().unwrap();
            // null: the name has a NUL, which git cannot even be asked about.
            let good = case["git_check_ref_format_ok"].as_bool().unwrap_or(false);
            assert_eq!(check_ref_name(name).is_ok(), good, "{name:?}");
        }
    }

    #[test]
    fn i11_a_name_outside_refs_is_refused_although_git_has_such_refs() {
        for name in ["HEAD", "FETCH_HEAD", "main", "config", "refs", "refs/"] {
            assert!(check_ref_name(name).is_err(), "{name}");
        }
    }
}
