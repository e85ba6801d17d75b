//! What a command prints: text for people or JSON for programs, and the exit status.

use serde_json::Value;

/// How to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// One JSON document.
    Json,
}

/// The result of a command.
#[derive(Debug)]
pub struct Output {
    /// For people, with its last newline.
    pub text: String,
    /// For programs.
    pub json: Value,
    /// Exit status.
    pub exit: u8,
}

impl Output {
    /// A result that is a success.
    pub fn new(text: impl Into<String>, json: Value) -> Self {
        Self { text: text.into(), json, exit: 0 }
    }

    /// Prints it to stdout and returns the exit status.
    pub fn print(self, format: Format) -> u8 {
        let text = match format {
            Format::Text => self.text,
            Format::Json => json_text(&self.json),
        };
        if to_stdout(&text) { self.exit } else { 2 }
    }
}

/// Writes to stdout. A reader who closed it has seen enough (O-10); for anything else that goes
/// wrong there is stderr.
pub fn to_stdout(text: &str) -> bool {
    use std::io::Write as _;
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            let text = format!("error: the work is done, but could not be told: {error} [LG2060]");
            tell(&text);
            tell("hint: ledgit log");
            false
        }
        _ => true,
    }
}

/// A JSON document with its line feed. What could change a terminal is written as an escape of
/// JSON, which is the same text to a program (O-08).
pub fn json_text(json: &Value) -> String {
    let plain = format!("{json:#}\n");
    let mut out = String::with_capacity(plain.len());
    for char in plain.chars() {
        if char == '\n' || !is_hidden(char) {
            out.push(char);
            continue;
        }
        for unit in char.encode_utf16(&mut [0; 2]) {
            out.push_str(&format!("\\u{unit:04x}"));
        }
    }
    out
}

/// Control characters, and those that hide or change the direction.
fn is_hidden(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' | '\u{061c}')
}

/// Says something on stderr. Whoever can't be told is not told: that is no reason to end.
pub fn tell(text: &str) {
    let _ =
        std::io::Write::write_all(&mut std::io::stderr().lock(), format!("{text}\n").as_bytes());
}

/// A text in lines of so many columns, broken between words alone.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Makes text from elsewhere safe for a terminal: control characters and those that change the
/// direction or hide are written as escapes (I10).
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        if is_hidden(char) {
            out.extend(char.escape_unicode());
        } else {
            out.push(char);
        }
    }
    out
}
