//! Shapes that make a careless reader slow: something repeated, and how long reading it takes.
//!
//! Coming in: a size, a way of reading. Going out: texts, seconds. Decided elsewhere: how much growth is too much.

use pydantic_flow_core::Parser;
use std::hint::black_box;
use std::time::Instant;

/// Something repeated.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub name: &'static str,
    pub before: &'static str,
    pub unit: &'static str,
    pub after: &'static str,
}

impl Shape {
    /// A text of about that size.
    pub fn text(&self, size: usize) -> Vec<u8> {
        repeated(self.before.as_bytes(), self.unit.as_bytes(), self.after.as_bytes(), size)
    }
}

/// Something repeated between a beginning and an end, `size` bytes or a little more.
pub fn repeated(before: &[u8], unit: &[u8], after: &[u8], size: usize) -> Vec<u8> {
    let mut text = before.to_vec();
    while text.len() + after.len() < size {
        text.extend_from_slice(unit);
    }
    text.extend_from_slice(after);
    text
}

/// A way of reading: in one piece, in chunks of four bytes, the same with the changes of each, byte by byte with a look at the
/// value after each.
#[derive(Clone, Copy, Debug)]
pub enum Way {
    Whole,
    Chunks,
    Changes,
    Looks,
}

/// All of them.
pub const WAYS: [Way; 4] = [Way::Whole, Way::Chunks, Way::Changes, Way::Looks];

/// Seconds of reading a text.
pub fn seconds(text: &[u8], way: Way) -> f64 {
    let mut parser = Parser::default();
    let size = match way {
        Way::Whole => text.len().max(1),
        Way::Chunks | Way::Changes => 4,
        Way::Looks => 1,
    };
    let start = Instant::now();
    if matches!(way, Way::Changes) {
        parser.record();
    }
    for chunk in text.chunks(size) {
        if parser.feed(chunk).is_err() {
            return start.elapsed().as_secs_f64();
        }
        match way {
            Way::Changes => drop(parser.changes()),
            Way::Looks => drop(black_box(parser.snapshot())),
            Way::Whole | Way::Chunks => {}
        }
    }
    drop(parser.finish());
    start.elapsed().as_secs_f64()
}

const fn shape(name: &'static str, before: &'static str, unit: &'static str, after: &'static str) -> Shape {
    Shape { name, before, unit, after }
}

/// The shapes.
pub const SHAPES: &[Shape] = &[
    shape("open brackets", "", "[", ""),
    shape("open braces with keys", "", "{\"a\":", ""),
    shape("closers", "[1", "]", ""),
    shape("commas", "[", ",", ""),
    shape("colons", "{\"a\"", ":", ""),
    shape("quotes", "", "\"", ""),
    shape("quotes in an object", "{\"a\": ", "\"", ""),
    shape("keys in curly marks", "{", "‘a’: 1, ", "}"),
    shape("quotes and blanks", "[\"", "\" ", ""),
    shape("quotes and commas", "{\"a\": \"", "\", ", ""),
    shape("inner quotes in an object", "{\"a\": \"", "x \"y\" z ", "\"}"),
    shape("inner quotes in an array", "[\"", "x \"y\" z, ", "\"]"),
    shape("a comma and a word after each quote", "{\"a\": \"", "\", b ", ""),
    shape("keys without colons", "{\"a\": \"", "\", \"b\" ", ""),
    shape("lost end quotes", "{", "\"a\": \"b, ", "}"),
    shape("backslashes", "[\"", "\\", ""),
    shape("half surrogates", "[\"", "\\ud83d", "\"]"),
    shape("half escapes", "[\"", "\\u12", "\"]"),
    shape("blanks", "[1", " ", ""),
    shape("blanks after a string", "{\"a\": \"b\"", " ", "x"),
    shape("newlines after a comma", "{\"a\": \"b\",", "\n", "x"),
    shape("one long string", "[\"", "abcdefgh", "\"]"),
    shape("one long wide string", "[\"", "данные", "\"]"),
    shape("one long bare text", "{\"a\": ", "word ", "}"),
    shape("one long bare text with commas", "{\"a\": ", "word, ", "}"),
    shape("bare words in an array", "[", "word ", "]"),
    shape("numbers without commas", "[", "12 ", "]"),
    shape("one long number", "[0.", "1234567", "]"),
    shape("one long bare key", "{", "key", ": 1}"),
    shape("one long key", "{\"", "key", "\": 1}"),
    shape("block comment starts", "[1 ", "/*", ""),
    shape("line comments", "[1, ", "// x\n", "2]"),
    shape("a comment after each quote", "{\"a\": \"b\" ", "\"/*", "*/}"),
    shape("tag starts", "", "<", ""),
    shape("tags", "", "<a>", ""),
    shape("closing reasoning tags", "", "{\"a\": 1}</think>", ""),
    shape("fences", "", "```", ""),
    shape("prose brackets", "see ", "{x ", ""),
    shape("several roots", "", "{\"a\": 1}\n", ""),
    shape("keys after the root", "{\"a\": 1", "}, \"b\": 2", ""),
    shape("wrong closers", "", "[1}", ""),
    shape("wrong closers in objects", "", "{\"a\": 1]", ""),
    shape("parentheses", "[", "(", ""),
    shape("calls", "[", "f(", ""),
    shape("sets", "", "{1, ", ""),
    shape("concatenation", "[\"a\"", " + \"b\"", "]"),
    shape("triple quotes", "[", "\"\"\"", ""),
    shape("ellipses", "[1", ", ...", "]"),
    shape("doubled braces", "", "{{\"a\": ", ""),
    shape("escaped document", "{\\\"a\\\": [", "\\\"x\\\", ", ""),
    shape("entities", "{&quot;a&quot;: [", "&quot;x&quot;, ", ""),
    shape("doubled quotes", "{\"\"a\"\": [", "\"\"x\"\", ", ""),
    shape("many members", "{", "\"k\": 1, ", "}"),
    shape("smart quotes", "[", "“x” ", "]"),
    shape("invalid bytes", "[\"", "\u{FFFD}", "\"]"),
    shape("brackets before quotes", "{\"a\": \"", "{\"x\": [\"", ""),
    shape("records", "[", "{\"id\": 17, \"name\": \"Vera\", \"tags\": [\"a\", \"b\"]}, ", "]"),
    shape("words and quotes", "[", "$\"", ""),
    shape("quotes after bare text", "{a:~", "\"", ""),
    shape("wide quotes after bare text", "\"\":>", "»", ""),
    shape("closers in bare text", "[", " }t", ""),
    shape("ellipses and backslashes", "", "[\"...\\", ""),
];
