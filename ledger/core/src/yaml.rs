//! Floor 1: the strict part of YAML (`spec/yaml.md`, Z-01 to Z-06): texts, lists and maps, and nothing
//! that stands for something else.

pub(crate) mod values;

use granit_parser::{Event, Parser, ScalarStyle, Span};

use crate::limits;

/// Why a text is not such a document, and in which line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct YamlError {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub why: String,
}

/// A value and where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Line, from 1.
    pub line: usize,
    /// The value.
    pub value: Value,
}

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A scalar, quoted or not (Z-04).
    Text(String),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in the order of the document; no key twice (Z-03).
    Map(Vec<(String, Node)>),
}

impl Node {
    /// Reads a document.
    ///
    /// # Errors
    /// [`YamlError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, YamlError> {
        let wrong = |why: &str| YamlError { line: 1, why: why.to_owned() };
        if bytes.len() > limits::YAML_BYTES {
            return Err(wrong("the document is past the limit of 32 MiB"));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| wrong("the document is not UTF-8"))?;
        if text.starts_with('\u{feff}') {
            return Err(wrong("the document begins with a byte order mark"));
        }
        let mut builder = Builder { source: text, events: Parser::new_from_str(text), nodes: 0 };
        builder.document(text)
    }

    /// An error at this place.
    pub fn wrong(&self, why: impl Into<String>) -> YamlError {
        YamlError { line: self.line, why: why.into() }
    }

    /// The text, of at least one character.
    ///
    /// # Errors
    /// [`YamlError`] for another value.
    pub fn text(&self) -> Result<&str, YamlError> {
        match &self.value {
            Value::Text(text) if !text.is_empty() => Ok(text),
            _ => Err(self.wrong("a text belongs here")),
        }
    }

    /// A whole number (Z-05).
    ///
    /// # Errors
    /// [`YamlError`] for another value.
    pub fn number(&self) -> Result<u64, YamlError> {
        let text = self.text()?;
        match text.parse::<u64>() {
            Ok(number) if number.to_string() == text => Ok(number),
            _ => Err(self.wrong(format!("{text:?} is no whole number"))),
        }
    }

    /// The items of a list.
    ///
    /// # Errors
    /// [`YamlError`] for another value.
    pub fn list(&self) -> Result<&[Self], YamlError> {
        match &self.value {
            Value::List(items) => Ok(items),
            _ => Err(self.wrong("a list belongs here")),
        }
    }

    /// The keys and values of a map.
    ///
    /// # Errors
    /// [`YamlError`] for another value.
    pub fn map(&self) -> Result<&[(String, Self)], YamlError> {
        match &self.value {
            Value::Map(pairs) => Ok(pairs),
            _ => Err(self.wrong("a map belongs here")),
        }
    }

    /// The values of a map that has no other keys than those named (Z-06), in their order.
    ///
    /// # Errors
    /// [`YamlError`] for another key, or another value.
    pub fn fields<const N: usize>(
        &self,
        names: [&str; N],
    ) -> Result<[Option<&Self>; N], YamlError> {
        let mut found = [None; N];
        for (key, value) in self.map()? {
            let place = names.iter().position(|name| name == key);
            match place.and_then(|place| found.get_mut(place)) {
                Some(slot) => *slot = Some(value),
                None => {
                    let why = format!("{key:?} is not known here; known are {}", names.join(", "));
                    return Err(value.wrong(why));
                }
            }
        }
        Ok(found)
    }
}

struct Builder<'a> {
    source: &'a str,
    events: Parser<'a, granit_parser::StrInput<'a>>,
    nodes: usize,
}

impl<'a> Builder<'a> {
    fn document(&mut self, text: &str) -> Result<Node, YamlError> {
        // What a directive says is not in its event.
        let begins = |at: usize| text[..at].bytes().last().is_none_or(|b| b"\r\n".contains(&b));
        if let Some((at, _)) = text.match_indices('%').find(|(at, _)| begins(*at)) {
            let line = text[..at].lines().count() + 1;
            return Err(YamlError { line, why: "directives are not allowed".into() });
        }
        let empty = || YamlError { line: 1, why: "the document is empty".into() };
        let root = loop {
            match self.next()?.ok_or_else(empty)? {
                (Event::StreamStart | Event::DocumentStart(..), _) => {}
                (Event::StreamEnd | Event::DocumentEnd, _) => return Err(empty()),
                (event, span) => break self.node(event, &span, 1)?,
            }
        };
        while let Some((event, span)) = self.next()? {
            if !matches!(event, Event::DocumentEnd | Event::StreamEnd) {
                return Err(wrong(&span, "a second document is not allowed"));
            }
        }
        Ok(root)
    }

    /// The next event that is no comment.
    fn next(&mut self) -> Result<Option<(Event<'a>, Span)>, YamlError> {
        loop {
            match self.events.next() {
                None => return Ok(None),
                Some(Ok((Event::Comment(..), _))) => {}
                Some(Ok(event)) => return Ok(Some(event)),
                Some(Err(error)) => {
                    let line = error.marker().line().max(1);
                    return Err(YamlError { line, why: error.to_string() });
                }
            }
        }
    }

    fn inner(&mut self, span: &Span) -> Result<(Event<'a>, Span), YamlError> {
        self.next()?.ok_or_else(|| wrong(span, "it is cut short"))
    }

    fn node(&mut self, event: Event<'a>, span: &Span, depth: usize) -> Result<Node, YamlError> {
        self.nodes += 1;
        if self.nodes > limits::YAML_NODES {
            return Err(wrong(span, "the document has too many values"));
        }
        if depth > limits::CBOR_DEPTH {
            return Err(wrong(span, "the document nests too deep"));
        }
        let value = match event {
            Event::Scalar(text, style, anchor, tag) => {
                plain(anchor, tag.is_some(), span)?;
                // The parser writes `~` where nothing is written. That is another text (Z-04).
                let absent = style == ScalarStyle::Plain
                    && text == "~"
                    && span.slice(self.source) != Some("~");
                Value::Text(if absent { String::new() } else { text.into_owned() })
            }
            Event::SequenceStart(_, anchor, tag) => {
                plain(anchor, tag.is_some(), span)?;
                self.items(span, depth)?
            }
            Event::MappingStart(_, anchor, tag) => {
                plain(anchor, tag.is_some(), span)?;
                self.pairs(span, depth)?
            }
            Event::Alias(_) => return Err(wrong(span, "aliases are not allowed")),
            _ => return Err(wrong(span, "a value belongs here")),
        };
        Ok(Node { line: line(span), value })
    }

    fn items(&mut self, start: &Span, depth: usize) -> Result<Value, YamlError> {
        let mut items = Vec::new();
        loop {
            let (event, span) = self.inner(start)?;
            if matches!(event, Event::SequenceEnd) {
                return Ok(Value::List(items));
            }
            items.push(self.node(event, &span, depth + 1)?);
        }
    }

    fn pairs(&mut self, start: &Span, depth: usize) -> Result<Value, YamlError> {
        let mut pairs = Vec::new();
        let mut seen = std::collections::HashSet::new();
        loop {
            let (event, span) = self.inner(start)?;
            if matches!(event, Event::MappingEnd) {
                return Ok(Value::Map(pairs));
            }
            let Value::Text(key) = self.node(event, &span, depth + 1)?.value else {
                return Err(wrong(&span, "a key is a text"));
            };
            if !seen.insert(key.clone()) {
                return Err(wrong(&span, format!("{key:?} stands twice")));
            }
            let (event, span) = self.inner(&span)?;
            pairs.push((key, self.node(event, &span, depth + 1)?));
        }
    }
}

/// Neither an anchor nor a tag (Z-02).
fn plain(anchor: usize, tagged: bool, span: &Span) -> Result<(), YamlError> {
    match (anchor, tagged) {
        (0, false) => Ok(()),
        (0, true) => Err(wrong(span, "tags are not allowed")),
        _ => Err(wrong(span, "anchors are not allowed")),
    }
}

fn line(span: &Span) -> usize {
    span.start.line().max(1)
}

fn wrong(span: &Span, why: impl Into<String>) -> YamlError {
    YamlError { line: line(span), why: why.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str, why: &str) {
        let error = Node::parse(text.as_bytes()).unwrap_err();
        assert!(error.why.contains(why), "{text:?}: {error}");
    }

    #[test]
    fn scalars_are_texts_however_they_look() {
        let node = Node::parse(b"a: no\nb: 010\nc: '1'\nd: ~\ne: [on, 1.0]\n").unwrap();
        let [a, b, c, d, e] = node.fields(["a", "b", "c", "d", "e"]).unwrap().map(Option::unwrap);
        assert_eq!((a.text(), b.text(), d.text()), (Ok("no"), Ok("010"), Ok("~")));
        assert_eq!((c.number(), c.line), (Ok(1), 3));
        assert!(b.number().is_err() && e.list().unwrap()[1].number().is_err());
    }

    #[test]
    fn what_is_not_written_is_an_empty_text() {
        let texts = |document: &str| {
            let node = Node::parse(document.as_bytes()).unwrap();
            let pairs = node.map().unwrap().iter().map(|(key, value)| match &value.value {
                Value::Text(text) => format!("{key:?}={text:?}"),
                _ => panic!("{document:?}"),
            });
            pairs.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(texts("a:\nb: ~\n~: ''\n"), r#""a"="" "b"="~" "~"="""#);
        assert_eq!(texts("a: # nothing\n~: '~'\n"), r#""a"="" "~"="~""#);
        assert_eq!(texts("{a: , b, ~: ~, : x}"), r#""a"="" "b"="" "~"="~" ""="x""#);
        assert_eq!(texts("? \n: ~\n"), r#"""="~""#);
        refused("a:\n: 1\n'': 2\n", "twice");
        let empty = Node::parse(b"a:\n").unwrap();
        assert!(empty.fields(["a"]).unwrap()[0].unwrap().text().is_err());
    }

    #[test]
    fn what_stands_for_something_else_is_refused() {
        refused("a: &x 1\nb: *x\n", "anchors");
        refused("a: *x\n", "anchor");
        refused("a: !!str 1\n", "tags");
        refused("%YAML 1.2\n---\na: 1\n", "directives");
        refused("# one\r%YAML 1.2\r---\ra: 1\r", "directives");
        refused("a: 1\n---\nb: 2\n", "second document");
        refused("a: 1\na: 2\n", "twice");
        refused("a: 1\n'a': 2\n", "twice");
        refused("[a]: 1\n", "a key is a text");
        refused("\u{feff}a: 1\n", "byte order mark");
        refused("", "empty");
        refused("# nothing\n", "empty");
        refused(&format!("{}1{}", "[".repeat(17), "]".repeat(17)), "deep");
        refused("a: [1\n", "");
        assert!(Node::parse(&[b'a', 0xff]).unwrap_err().why.contains("UTF-8"));
        assert!(Node::parse(&vec![b' '; (32 << 20) + 1]).unwrap_err().why.contains("limit"));
        let node = Node::parse(b"a: 1\nz: 2\n").unwrap();
        assert!(node.fields(["a"]).unwrap_err().why.contains("\"z\" is not known"));
    }
}
