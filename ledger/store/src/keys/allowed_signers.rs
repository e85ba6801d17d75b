//! `allowed_signers`, the file in which ssh-keygen and git look up whose a key is (ssh-keygen(1)).

use ledgit_core::signature::PublicKey;

use super::{KeysError, parse_public};

/// Reads the keys in such a file, each with the principals that it is for (Y-15).
///
/// # Errors
/// [`KeysError`] for a key of another type, a certificate authority, a pattern, or a line that is
/// none: what is left out silently would be missed.
pub fn parse_allowed_signers(text: &str) -> Result<Vec<(String, PublicKey)>, KeysError> {
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let place = format!("line {number} of the allowed signers");
        let (principals, key) = read(line, &place)?;
        found.extend(principals.into_iter().map(|principal| (principal, key)));
    }
    Ok(found)
}

fn read(line: &str, place: &str) -> Result<(Vec<String>, PublicKey), KeysError> {
    let wrong = |why: &str| KeysError::malformed(place, why);
    let words = words(line).ok_or_else(|| wrong("a quotation mark is not closed"))?;
    let [principals, rest @ ..] = words.as_slice() else { return Err(wrong("it is empty")) };
    let is_key = |word: &String| ["ssh-", "ecdsa-", "sk-"].iter().any(|one| word.starts_with(one));
    let at = rest.iter().position(is_key).ok_or_else(|| wrong("it names no key"))?;
    let (options, key) = rest.split_at(at);
    if options.iter().any(|option| option.to_ascii_lowercase().contains("cert-authority")) {
        return Err(wrong("it is a certificate authority, and only plain keys are taken"));
    }
    let key = key.get(..2).ok_or_else(|| wrong("it names no key"))?.join(" ");
    let principals: Vec<String> = principals.split(',').map(str::to_owned).collect();
    if principals.iter().any(|one| one.is_empty() || one.contains(['*', '?', '!'])) {
        return Err(wrong("its principals are a pattern, and each must be one name"));
    }
    Ok((principals, parse_public(&key, place)?))
}

/// Words between blanks; what stands in quotation marks belongs together.
fn words(line: &str) -> Option<Vec<String>> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ' ' | '\t' if !quoted => words.push(std::mem::take(&mut word)),
            other => word.push(other),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    (!quoted).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILnxG9avJXiF+M5KCKklwsk2ZhcCQ04ohenYGai24jbl";

    #[test]
    fn each_principal_of_a_line_is_read_and_nothing_is_passed_over() {
        let text = format!(
            "# people\n\nana@bank.example {KEY} comment\nben,cleo namespaces=\"git, file\",valid-after=\"2026\" {KEY}\n"
        );
        let found = parse_allowed_signers(&text).unwrap();
        let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["ana@bank.example", "ben", "cleo"]);
        for (bad, why) in [
            (format!("*@bank.example {KEY}"), "pattern"),
            (format!("ca cert-authority {KEY}"), "certificate authority"),
            ("ana ssh-rsa AAAAB3NzaC1yc2E=".to_owned(), "ssh-rsa"),
            ("ana namespaces=\"git".to_owned(), "not closed"),
            ("ana".to_owned(), "no key"),
        ] {
            let error = parse_allowed_signers(&bad).unwrap_err().to_string();
            assert!(error.contains("line 1") && error.contains(why), "{error}");
        }
    }
}
