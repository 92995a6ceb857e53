//! Calls: a name and a parenthesis around a value, or around members as Python prints an object.
//!
//! Coming in: a token without quotes, and the parenthesis or mark after it. Going out: the argument's place, an object, or the
//! call as text.
//! Decided elsewhere: groups in parentheses without a name (`value`, `container`).

use super::bare::{SHORT, Token};
use super::{Flow, Input, Machine, Mode, Outcome};
use crate::error::Error;
use crate::repair::RepairKind;
use crate::sink::{Kind, Sink};

/// How far to look for the end of a call.
const CALL: usize = 128;

impl Machine {
    /// `ObjectId(`, `new Date(`: the call is dropped, its argument stays.
    pub(super) fn call<S: Sink>(&mut self, sink: &mut S, input: Input<'_>, len: usize) -> Result<Option<Flow>, Error> {
        if self.token.joined || self.options.strict || self.text.len() > SHORT {
            return Ok(None);
        }
        let name = self.text.strip_prefix("new ").unwrap_or(&self.text);
        if !is_identifier(name) {
            return Ok(None);
        }
        if !self.frames.is_empty() {
            match members_begin(&input.bytes[self.at + len..], input.eof) {
                None => return Ok(Some(Flow::Wait)),
                Some(true) => return self.without_bracket(sink, '(', len).map(Some),
                Some(false) => {}
            }
        }
        match super::value::group_is_text(&input.bytes[self.at + len..], input.eof) {
            None => return Ok(Some(Flow::Wait)),
            Some(true) => return Ok(None),
            Some(false) => {}
        }
        match several_arguments(&input.bytes[self.at + len..], input.eof) {
            None => return Ok(Some(Flow::Wait)),
            Some(0) => {}
            Some(arguments) => {
                let bytes = &input.bytes[self.at..self.at + len + arguments];
                self.text.push_str(&String::from_utf8_lossy(bytes));
                self.at += bytes.len();
                self.token.joined = true;
                return Ok(Some(Flow::Go));
            }
        }
        match self.next_byte(input, len) {
            None => return Ok(Some(Flow::Wait)),
            // `foo()`: nothing stands in it, so the call itself is meant; `set()` is Python for an empty one.
            Some(b')') => {
                let kind = match name {
                    "set" | "list" | "tuple" | "frozenset" => Kind::Array,
                    "dict" => Kind::Object,
                    _ => return Ok(None),
                };
                return self.empty_call(sink, input, kind, len).map(Some);
            }
            Some(_) => {}
        }
        self.repair(sink, RepairKind::CallWrapper, self.offset())?;
        sink.take_back();
        self.text.clear();
        self.token = Token::default();
        self.at += len;
        if let Some(frame) = self.context_mut() {
            frame.calls += 1;
        }
        self.mode = Mode::Value;
        Ok(Some(Flow::Go))
    }

    /// `set()`, `dict()`: an empty container.
    fn empty_call<S: Sink>(&mut self, sink: &mut S, input: Input<'_>, kind: Kind, len: usize) -> Outcome {
        self.repair(sink, RepairKind::CallWrapper, self.offset())?;
        sink.take_back();
        self.text.clear();
        self.token = Token::default();
        self.push_frame(sink, kind)?;
        self.pending += 1;
        let blanks = input.bytes[self.at + len..].iter().take_while(|b| b.is_ascii_whitespace()).count();
        self.at += len + blanks + 1;
        self.mode = Mode::After;
        Ok(Flow::Go)
    }

    /// `name": "x", …`: the root and its first key have lost their beginning; or `Person(name="x", …)`, an object as Python
    /// prints it.
    pub(super) fn without_bracket<S: Sink>(&mut self, sink: &mut S, c: char, len: usize) -> Outcome {
        let name = std::mem::take(&mut self.text);
        sink.take_back();
        self.token = Token::default();
        if c == '(' {
            self.repair(sink, RepairKind::CallWrapper, self.offset())?;
            self.push_frame(sink, Kind::Object)?;
            if let Some(frame) = self.frames.last_mut() {
                frame.paren = true;
                frame.equals = true;
            }
        } else {
            self.repair(sink, RepairKind::MissingBrackets, self.offset() - name.len() as u64)?;
            self.push_frame(sink, Kind::Object)?;
            self.key = name;
            self.key_mark = Some(c);
            self.mode = Mode::Colon;
            self.key_end = self.offset() + len as u64;
        }
        self.at += len;
        Ok(Flow::Go)
    }
}

/// The length of a call's arguments with their parenthesis, where there are several plain ones: such a call stays text.
/// 0 where there is one, or it is not plain; `None` where too little has come.
fn several_arguments(rest: &[u8], eof: bool) -> Option<usize> {
    let window = &rest[..rest.len().min(CALL)];
    let plain = |b: &u8| !matches!(b, b')' | b'"' | b'\'' | b'{' | b'[' | b'\n' | b'(');
    let len = window.iter().take_while(|b| plain(b)).count();
    match window.get(len) {
        Some(b')') if window[..len].contains(&b',') => Some(len + 1),
        None if window.len() < CALL && !eof => None,
        _ => Some(0),
    }
}

/// Whether the arguments of a call have names: `name=…` is the first. `None` where too little has come.
pub(super) fn members_begin(rest: &[u8], eof: bool) -> Option<bool> {
    let window = &rest[..rest.len().min(CALL)];
    let len = window.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    match (window.get(len), window.get(len + 1)) {
        (None, _) | (Some(b'='), None) if window.len() < CALL && !eof => None,
        (Some(b'='), Some(next)) => Some(len > 0 && *next != b'='),
        _ => Some(false),
    }
}

/// Whether the text is a name as programs have it.
pub(super) fn is_identifier(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '$'))
}
