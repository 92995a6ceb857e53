//! From a walk to JSON text.
//!
//! Coming in: the machine's calls. Going out: valid JSON on one line, numbers in their own text.
//! Decided elsewhere: all reading.

use crate::number::Number;
use crate::path::Segment;
use crate::sink::{Kind, Reason, Scalar, Sink};
use std::fmt::Write;

/// Writes a walk as JSON.
#[derive(Debug, Default)]
pub struct Writer {
    out: String,
    open: Vec<Level>,
    /// Write NaN and infinities by name, as pydantic reads them, instead of `null`.
    literal_non_finite: bool,
    /// Index in the text of the last scalar, and of the container that was closed last.
    last: usize,
    closed: usize,
}

#[derive(Debug)]
struct Level {
    kind: Kind,
    /// Index in the text of the opening bracket.
    start: usize,
    count: usize,
    /// Where the key whose value has not come begins, with its comma.
    key: Option<usize>,
}

impl Writer {
    /// A writer; `literal_non_finite` tells whether floats that JSON cannot write are written by name instead of `null`.
    pub fn new(literal_non_finite: bool) -> Self {
        Writer { literal_non_finite, ..Writer::default() }
    }

    /// The text; `null` where nothing was written.
    pub fn into_text(self) -> String {
        if self.out.is_empty() { "null".to_owned() } else { self.out }
    }

    /// The comma before a value.
    fn begin_value(&mut self) {
        if let Some(level) = self.open.last_mut() {
            if level.kind == Kind::Array && level.count > 0 {
                self.out.push_str(", ");
            }
            level.count += usize::from(level.kind == Kind::Array);
            level.key = None;
        }
    }

    fn number(&mut self, number: Number<'_>, text: Option<&str>) {
        let out = &mut self.out;
        match (number, text) {
            (_, Some(text)) => out.push_str(text),
            (Number::Int(value), None) => write!(out, "{value}").expect("writing to a string"),
            (Number::Big(digits), None) => out.push_str(digits),
            (Number::Float(value), None) if value.is_finite() => write!(out, "{value:?}").expect("writing to a string"),
            (Number::Float(_), None) if !self.literal_non_finite => out.push_str("null"),
            (Number::Float(value), None) if value.is_nan() => out.push_str("NaN"),
            (Number::Float(value), None) => out.push_str(if value > 0.0 { "Infinity" } else { "-Infinity" }),
        }
    }

    /// Ends the innermost container and drops a key without a value.
    fn end(&mut self) -> Option<Level> {
        let level = self.open.pop()?;
        if let Some(key) = level.key {
            self.out.truncate(key);
        }
        Some(level)
    }
}

impl Sink for Writer {
    fn open(&mut self, kind: Kind) {
        self.begin_value();
        self.open.push(Level { kind, start: self.out.len(), count: 0, key: None });
        self.out.push(if kind == Kind::Object { '{' } else { '[' });
    }

    fn open_group(&mut self) {
        self.open(Kind::Array);
    }

    fn confirm_group(&mut self) {}

    fn key(&mut self, text: &str) {
        let start = self.out.len();
        if let Some(level) = self.open.last_mut() {
            if level.count > 0 {
                self.out.push_str(", ");
            }
            level.count += 1;
            level.key = Some(start);
        }
        quote(&mut self.out, text);
        self.out.push_str(": ");
    }

    fn scalar(&mut self, scalar: Scalar<'_>) {
        self.begin_value();
        self.last = self.out.len();
        match scalar {
            Scalar::Null => self.out.push_str("null"),
            Scalar::Bool(true) => self.out.push_str("true"),
            Scalar::Bool(false) => self.out.push_str("false"),
            Scalar::Number(number, text) => self.number(number, text),
            Scalar::Text(text) => quote(&mut self.out, text),
        }
    }

    fn close(&mut self) {
        if let Some(level) = self.end() {
            self.closed = level.start;
            self.out.push(if level.kind == Kind::Object { '}' } else { ']' });
        }
    }

    fn close_single(&mut self) {
        let Some(level) = self.end() else { return };
        if level.count == 1 {
            self.out.remove(level.start);
        } else {
            self.out.push(']');
        }
    }

    fn become_array(&mut self) {
        if let Some(level) = self.open.last_mut() {
            level.kind = Kind::Array;
            self.out.truncate(level.start);
            self.out.push('[');
        }
    }

    fn wrap_root(&mut self) {
        self.out.insert(0, '[');
        self.open.push(Level { kind: Kind::Array, start: 0, count: 1, key: None });
    }

    fn wrap(&mut self) {
        self.close();
        let start = self.closed;
        self.out.insert(start, '[');
        self.open.push(Level { kind: Kind::Array, start, count: 1, key: None });
    }

    fn reopen_text(&mut self) -> Option<String> {
        let text = unquoted(&self.out[self.last..]);
        self.out.truncate(self.last);
        if let Some(level) = self.open.last_mut().filter(|level| level.kind == Kind::Array) {
            level.count -= 1;
            self.out.truncate(self.out.trim_end_matches([',', ' ']).len());
        }
        Some(text)
    }

    fn take_back(&mut self) {}

    fn reset(&mut self, _reason: Reason) {
        self.out.clear();
        self.open.clear();
    }

    fn segment(&self, level: usize) -> Option<Segment> {
        let open = self.open.get(level)?;
        (open.kind == Kind::Array).then_some(Segment::Index(open.count))
    }
}

/// The text that [`quote`] wrote.
fn unquoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text[1..text.len() - 1].chars();
    while let Some(c) = rest.next() {
        let escaped = if c == '\\' { rest.next() } else { None };
        out.push(match escaped {
            None => c,
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('b') => '\u{8}',
            Some('f') => '\u{C}',
            Some('u') => {
                let digits: String = rest.by_ref().take(4).collect();
                u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            Some(other) => other,
        });
    }
    out
}

/// Writes a string with the escapes that JSON needs.
fn quote(out: &mut String, text: &str) {
    out.push('"');
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        let short = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            8 => "\\b",
            12 => "\\f",
            0..=0x1F => "",
            _ => continue,
        };
        out.push_str(&text[from..at]);
        if short.is_empty() {
            write!(out, "\\u{byte:04x}").expect("writing to a string");
        } else {
            out.push_str(short);
        }
        from = at + 1;
    }
    out.push_str(&text[from..]);
    out.push('"');
}
