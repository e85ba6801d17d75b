//! What a module's text says before the engine reads it: what it calls and imports, and how deep it
//! nests. The engine's parser takes each bracket twice, so time doubles with every level, and it
//! looks for a built-in only when it evaluates. The built-ins stand behind guards of their own
//! (`builtins.rs`), so a call that were not seen here would fail and do no harm.

use std::collections::BTreeSet;

use ledgit_core::limits;

use super::RegoError;
use super::builtins::ALLOWED;

/// Operators, dots and brackets that follow each other in one expression.
const CHAIN: u32 = 128;
/// Brackets in brackets, braces around bodies included.
const NESTING: usize = 16;
/// Tokens that the parser reads, each as often as its brackets make it.
const WORK: u64 = 1 << 20;

/// Words before a parenthesis that groups. `contains(…)` is the built-in.
const KEYWORDS: &[&str] = &["as", "else", "every", "if", "in", "not", "some", "with"];
/// Imports that bring no data.
const IMPORTS: &[&str] = &["rego.v1", "future.keywords", "input", "data.policy"];

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// A name with all that is joined to it by dots.
    Name,
    Text,
    Number,
    Symbol,
}

#[derive(Clone, Copy)]
struct Token<'a> {
    kind: Kind,
    text: &'a str,
    line: usize,
    /// What stands before it on its line.
    indent: &'a str,
    /// The first on its line.
    fresh: bool,
}

impl Token<'_> {
    fn refuse<T>(&self, why: &str) -> Result<T, RegoError> {
        let column = self.indent.chars().count() + 1;
        Err(RegoError::Module(format!("line {}, column {column}: {why}", self.line)))
    }

    fn is(&self, text: &str) -> bool {
        matches!(self.kind, Kind::Name | Kind::Symbol) && self.text == text
    }

    fn named(&self, names: &[&str]) -> bool {
        self.kind == Kind::Name && names.contains(&self.text)
    }

    fn operator(&self) -> bool {
        match self.kind {
            Kind::Symbol => !matches!(self.text, "," | ";" | ")" | "]" | "}"),
            _ => self.named(&["in", "with", "not", "else", "every"]),
        }
    }
}

/// Whether the text may be given to the engine at all.
pub(super) fn check(module: &str) -> Result<(), RegoError> {
    if module.len() > limits::POLICY_BYTES {
        return Err(RegoError::Module(format!("it has more than {} bytes", limits::POLICY_BYTES)));
    }
    let tokens = tokens(module)?;
    nesting(&tokens)?;
    imports(&tokens)?;
    calls(&tokens)
}

/// Splits the text. What is no token of Rego becomes a symbol, for the engine to refuse.
fn tokens(module: &str) -> Result<Vec<Token<'_>>, RegoError> {
    let mut tokens = Vec::new();
    let (mut at, mut line, mut begins, mut fresh) = (0, 1, 0, true);
    while let Some(next) = module[at..].chars().next() {
        let rest = &module[at..];
        let indent = &module[begins..at];
        let (kind, length) = match next {
            '\n' => (None, 1),
            ' ' | '\t' | '\r' => (None, 1),
            '#' => (None, rest.find('\n').unwrap_or(rest.len())),
            '"' => (Some(Kind::Text), quoted(rest)),
            '`' => (Some(Kind::Text), rest[1..].find('`').map_or(rest.len(), |end| end + 2)),
            _ if next.is_ascii_digit() => (Some(Kind::Number), word(rest)),
            _ if next.is_ascii_alphabetic() || next == '_' => (Some(Kind::Name), word(rest)),
            _ => (Some(Kind::Symbol), symbol(rest)),
        };
        let token = Token {
            kind: kind.unwrap_or(Kind::Symbol),
            text: &rest[..length],
            line,
            indent,
            fresh,
        };
        // The engine takes a NUL for the end of the text: what follows would be seen by nobody.
        if next.is_control() && !matches!(next, '\n' | '\t' | '\r') || token.text.contains('\0') {
            return token.refuse("a control character");
        }
        if kind.is_some() {
            tokens.push(token);
            fresh = false;
        }
        let broken = token.text.matches('\n').count();
        if broken > 0 {
            line += broken;
            begins = at + token.text.rfind('\n').unwrap_or(0) + 1;
            fresh = true;
        }
        at += length;
    }
    Ok(tokens)
}

/// Letters, digits, underscores, and dots between them.
fn word(rest: &str) -> usize {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let inside =
        |(at, c): &(usize, char)| part(*c) || (*c == '.' && rest[at + 1..].starts_with(part));
    rest.char_indices().take_while(inside).last().map_or(1, |(at, _)| at + 1)
}

fn quoted(rest: &str) -> usize {
    let mut escaped = false;
    let end = rest.char_indices().skip(1).find(|(_, c)| {
        let ends = !escaped && *c == '"';
        escaped = !escaped && *c == '\\';
        ends
    });
    end.map_or(rest.len(), |(at, _)| at + 1)
}

fn symbol(rest: &str) -> usize {
    let two = [":=", "==", "!=", "<=", ">="].iter().any(|two| rest.starts_with(two));
    if two { 2 } else { rest.chars().next().map_or(1, char::len_utf8) }
}

/// Bounds what the engine's recursion and its parser's second tries can cost.
fn nesting(tokens: &[Token<'_>]) -> Result<(), RegoError> {
    let mut chains = vec![0_u32];
    let mut work = 0_u64;
    let mut before: Option<&Token<'_>> = None;
    for token in tokens {
        let joins = token.operator() || before.is_some_and(Token::operator);
        if let Some(chain) = chains.last_mut() {
            let ends = token.named(&["if", "some"]) || (token.fresh && !joins);
            *chain = if ends || matches!(token.text, "," | ";") { 0 } else { *chain };
            *chain += u32::from(token.operator()) + dots(token);
            if *chain > CHAIN {
                return token.refuse("an expression of too many parts");
            }
        }
        work += 1 << (chains.len() - 1);
        if chains.len() > NESTING || work > WORK {
            return token.refuse("brackets nest too deep");
        }
        match token.text {
            "(" | "[" | "{" if token.kind == Kind::Symbol => chains.push(0),
            ")" | "]" | "}" if token.kind == Kind::Symbol && chains.len() > 1 => {
                chains.pop();
            }
            _ => {}
        }
        before = Some(token);
    }
    Ok(())
}

fn dots(token: &Token<'_>) -> u32 {
    let dots = if token.kind == Kind::Name { token.text.matches('.').count() } else { 0 };
    u32::try_from(dots).unwrap_or(u32::MAX)
}

/// There is no data but the module's own: a name of any other would be undefined, always and silently.
fn imports(tokens: &[Token<'_>]) -> Result<(), RegoError> {
    let within = |path: &str, root: &str| {
        path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let mut before: Option<&Token<'_>> = None;
    for token in tokens.iter() {
        let name = token.kind == Kind::Name;
        if before.is_some_and(|before| before.is("import"))
            && !(name && IMPORTS.iter().any(|root| within(token.text, root)))
        {
            return token.refuse(&format!("an import of {}", token.text));
        }
        let member = before.is_some_and(|before| before.is("."));
        if name && !member && within(token.text, "data") && !within(token.text, "data.policy") {
            return token.refuse("there is no data but data.policy");
        }
        before = Some(token);
    }
    Ok(())
}

/// Every call is of a function that the module defines, or of a built-in that is allowed.
fn calls(tokens: &[Token<'_>]) -> Result<(), RegoError> {
    let own = defined(tokens);
    for pair in tokens.windows(2) {
        let [called, bracket] = pair else { continue };
        if !bracket.is("(") || called.named(KEYWORDS) {
            continue;
        }
        if called.is("]") || called.kind == Kind::Text {
            return called.refuse("a call by a name in brackets");
        }
        let name = called.text.strip_prefix("data.policy.").unwrap_or(called.text);
        if called.kind == Kind::Name && !ALLOWED.contains(&name) && !own.contains(name) {
            return called.refuse(&format!("{} is no function that is allowed", called.text));
        }
    }
    Ok(())
}

/// The functions at the head of a rule: they begin a line that no bracket is open at.
fn defined<'a>(tokens: &[Token<'a>]) -> BTreeSet<&'a str> {
    let mut depth = 0_usize;
    let mut found = BTreeSet::new();
    let mut before: Option<&Token<'_>> = None;
    for pair in tokens.windows(2) {
        let [name, next] = pair else { continue };
        let head = name.fresh || before.is_some_and(|before| before.is("default"));
        if depth == 0 && head && name.kind == Kind::Name && next.is("(") {
            found.insert(name.text);
        }
        match name.text {
            "(" | "[" | "{" if name.kind == Kind::Symbol => depth += 1,
            ")" | "]" | "}" if name.kind == Kind::Symbol => depth = depth.saturating_sub(1),
            _ => {}
        }
        before = Some(name);
    }
    found
}
