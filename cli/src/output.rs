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

    /// Prints it to stdout; a closed pipe is the reader's wish.
    pub fn print(self, format: Format) -> u8 {
        let text = match format {
            Format::Text => self.text,
            Format::Json => format!("{:#}\n", self.json),
        };
        match std::io::Write::write_all(&mut std::io::stdout().lock(), text.as_bytes()) {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => 2,
            _ => self.exit,
        }
    }
}

/// Makes text from elsewhere safe for a terminal: control characters and those that change the
/// direction or hide are written as escapes (I10).
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        let hidden = matches!(char, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' | '\u{061c}');
        if char.is_control() || hidden {
            out.extend(char.escape_unicode());
        } else {
            out.push(char);
        }
    }
    out
}
