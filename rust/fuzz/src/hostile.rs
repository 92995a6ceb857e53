//! How long hostile shapes take, and how that grows.
//!
//! Coming in: nothing. Going out: a table of growth exponents and milliseconds; true where all grow about linearly.
//! Three ways of reading: in one piece, in chunks of four bytes, in chunks of four bytes with the changes of each.

use pydantic_flow_core::{Limits, Options, Parser, Unfinished};
use std::time::Instant;

const SIZES: [usize; 3] = [64 << 10, 256 << 10, 1 << 20];
/// Reading of one size is given up beyond this; larger sizes are not tried.
const GIVE_UP: f64 = 20.0;
/// An exponent above this is no noise.
const SUSPICIOUS: f64 = 1.3;

type Shape = (&'static str, &'static str, &'static str, &'static str);

/// Name, beginning, what is repeated, end.
const SHAPES: &[Shape] = &[
    ("open brackets", "", "[", ""),
    ("open braces with keys", "", "{\"a\":", ""),
    ("closers", "[1", "]", ""),
    ("commas", "[", ",", ""),
    ("colons", "{\"a\"", ":", ""),
    ("quotes", "", "\"", ""),
    ("quotes in an object", "{\"a\": ", "\"", ""),
    ("quotes and blanks", "[\"", "\" ", ""),
    ("quotes and commas", "{\"a\": \"", "\", ", ""),
    ("inner quotes in an object", "{\"a\": \"", "x \"y\" z ", "\"}"),
    ("inner quotes in an array", "[\"", "x \"y\" z, ", "\"]"),
    ("a comma and a word after each quote", "{\"a\": \"", "\", b ", ""),
    ("keys without colons", "{\"a\": \"", "\", \"b\" ", ""),
    ("lost end quotes", "{", "\"a\": \"b, ", "}"),
    ("backslashes", "[\"", "\\", ""),
    ("half surrogates", "[\"", "\\ud83d", "\"]"),
    ("half escapes", "[\"", "\\u12", "\"]"),
    ("blanks", "[1", " ", ""),
    ("blanks after a string", "{\"a\": \"b\"", " ", "x"),
    ("newlines after a comma", "{\"a\": \"b\",", "\n", "x"),
    ("one long string", "[\"", "abcdefgh", "\"]"),
    ("one long wide string", "[\"", "данные", "\"]"),
    ("one long bare text", "{\"a\": ", "word ", "}"),
    ("one long bare text with commas", "{\"a\": ", "word, ", "}"),
    ("bare words in an array", "[", "word ", "]"),
    ("numbers without commas", "[", "12 ", "]"),
    ("one long number", "[0.", "1234567", "]"),
    ("one long bare key", "{", "key", ": 1}"),
    ("one long key", "{\"", "key", "\": 1}"),
    ("block comment starts", "[1 ", "/*", ""),
    ("line comments", "[1, ", "// x\n", "2]"),
    ("a comment after each quote", "{\"a\": \"b\" ", "\"/*", "*/}"),
    ("tag starts", "", "<", ""),
    ("tags", "", "<a>", ""),
    ("closing reasoning tags", "", "{\"a\": 1}</think>", ""),
    ("fences", "", "```", ""),
    ("prose brackets", "see ", "{x ", ""),
    ("several roots", "", "{\"a\": 1}\n", ""),
    ("keys after the root", "{\"a\": 1", "}, \"b\": 2", ""),
    ("wrong closers", "", "[1}", ""),
    ("wrong closers in objects", "", "{\"a\": 1]", ""),
    ("parentheses", "[", "(", ""),
    ("calls", "[", "f(", ""),
    ("sets", "", "{1, ", ""),
    ("concatenation", "[\"a\"", " + \"b\"", "]"),
    ("triple quotes", "[", "\"\"\"", ""),
    ("ellipses", "[1", ", ...", "]"),
    ("doubled braces", "", "{{\"a\": ", ""),
    ("escaped document", "{\\\"a\\\": [", "\\\"x\\\", ", ""),
    ("entities", "{&quot;a&quot;: [", "&quot;x&quot;, ", ""),
    ("doubled quotes", "{\"\"a\"\": [", "\"\"x\"\", ", ""),
    ("many members", "{", "\"k\": 1, ", "}"),
    ("smart quotes", "[", "“x” ", "]"),
    ("invalid bytes", "[\"", "\u{FFFD}", "\"]"),
    ("brackets before quotes", "{\"a\": \"", "{\"x\": [\"", ""),
    ("records", "[", "{\"id\": 17, \"name\": \"Vera\", \"tags\": [\"a\", \"b\"]}, ", "]"),
];

/// A way of reading.
#[derive(Clone, Copy, Debug)]
pub enum Way {
    Whole,
    Chunks,
    Changes,
}

/// Measures every shape. True where none is suspicious.
pub fn run() -> bool {
    println!("{:<38} {:>7} {:>7} {:>7}   ms per 100 KB (worst way)", "shape", "whole", "chunks", "changes");
    let mut worst: (f64, &str) = (0.0, "");
    let mut suspicious = Vec::new();
    for &(name, before, unit, after) in SHAPES {
        let measured = [Way::Whole, Way::Chunks, Way::Changes].map(|way| measure(before, unit, after, way));
        let exponents = measured.map(|(exponent, _)| exponent);
        let cost = measured.iter().map(|(_, cost)| *cost).fold(0.0, f64::max);
        println!("{name:<38} {:>7.2} {:>7.2} {:>7.2}   {cost:.2}", exponents[0], exponents[1], exponents[2]);
        if cost > worst.0 {
            worst = (cost, name);
        }
        if exponents.iter().any(|&exponent| exponent > SUSPICIOUS) {
            suspicious.push(name);
        }
    }
    println!("worst: {:.2} ms per 100 KB ({})", worst.0, worst.1);
    println!("growing faster than n^{SUSPICIOUS}: {suspicious:?}");
    suspicious.is_empty()
}

/// A text of about that size.
pub fn repeated(before: &[u8], unit: &[u8], after: &[u8], size: usize) -> Vec<u8> {
    let mut text = before.to_vec();
    while text.len() + after.len() < size {
        text.extend_from_slice(unit);
    }
    text.extend_from_slice(after);
    text
}

/// The growth exponent, and milliseconds per 100 KB at the largest size tried.
fn measure(before: &str, unit: &str, after: &str, way: Way) -> (f64, f64) {
    let mut points: Vec<(f64, f64)> = Vec::new();
    for size in SIZES {
        let text = repeated(before.as_bytes(), unit.as_bytes(), after.as_bytes(), size);
        let seconds = (0..2).map(|_| read(&text, way)).fold(f64::MAX, f64::min);
        points.push((text.len() as f64, seconds));
        if seconds > GIVE_UP {
            break;
        }
    }
    let (first, last) = (points[0], points[points.len() - 1]);
    let exponent = if points.len() < 2 { f64::INFINITY } else { (last.1 / first.1).ln() / (last.0 / first.0).ln() };
    (exponent, last.1 * 1e3 / (last.0 / 1e5))
}

/// Seconds of reading a text.
pub fn read(text: &[u8], way: Way) -> f64 {
    let limits = Limits { depth: Limits::MAX_DEPTH, ..Limits::default() };
    let mut parser = Parser::new(Options { limits, ..Options::default() }, Unfinished::Show);
    let size = if matches!(way, Way::Whole) { text.len() } else { 4 };
    let start = Instant::now();
    let changes = matches!(way, Way::Changes);
    if changes {
        parser.record();
    }
    for chunk in text.chunks(size.max(1)) {
        if parser.feed(chunk).is_err() {
            return start.elapsed().as_secs_f64();
        }
        if changes {
            drop(parser.changes());
        }
    }
    drop(parser.finish());
    start.elapsed().as_secs_f64()
}
