//! Whether a bracket in the text around the value begins one.
//!
//! Coming in: a bracket, and the bytes after it. Going out: yes, no, or that more must come.
//! Decided elsewhere: what a second root is to the first (`roots`), and brackets inside a root.

use super::fit::kinds_of;
use super::{Input, Machine, Mode};
use crate::error::Error;
use crate::sink::{Kind, Sink};

/// How far to look for the first token of a candidate among prose.
const LOOK: usize = 256;

/// Whether a bracket among prose begins a payload.
pub(super) enum Guess {
    Yes,
    No,
    Wait,
}

impl Machine {
    /// Whether a bracket among prose begins a payload: its first token is a quoted string, a number with a comma after it,
    /// another bracket, or a key with a colon.
    pub(super) fn plausible(&self, rest: &[u8], c: char, eof: bool) -> Guess {
        let (kind, closer) = bracket(c);
        if self.root_kinds().is_some_and(|wanted| !wanted.accepts(kinds_of(kind))) && !self.root_lists(kind) {
            return Guess::No;
        }
        let window = &rest[..rest.len().min(LOOK)];
        if !self.prose.seen && window.first() == Some(&closer) {
            return Guess::Yes;
        }
        let blank = window.iter().take_while(|b| b.is_ascii_whitespace()).count();
        let token = &window[blank..];
        let guess = if c == '{' && blank > 0 && token.first() == Some(&b'#') {
            Guess::Yes
        } else if c == '{' {
            first_of_object(token)
        } else {
            first_of_array(token)
        };
        match guess {
            Guess::Wait if rest.len() >= LOOK => Guess::No,
            Guess::Wait if eof => {
                if token.is_empty() {
                    Guess::Yes
                } else {
                    Guess::No
                }
            }
            guess => guess,
        }
    }

    /// Remembers `[]` or `{}` that stands alone among other text.
    pub(super) fn note_empty(&mut self, input: Input<'_>, c: char, len: usize) {
        let (kind, closer) = bracket(c);
        let alone = self.prose.blank && self.frames.is_empty();
        let wanted = self.root_kinds().is_none_or(|wanted| wanted.accepts(kinds_of(kind)));
        let inside = &input.bytes[self.at + len..];
        let blanks = inside.iter().take_while(|b| b.is_ascii_whitespace()).count();
        let checkbox = c == '[' && &inside[..blanks] == b" ";
        if alone && wanted && !checkbox && inside.get(blanks) == Some(&closer) {
            self.prose.empty = Some(kind);
        }
    }

    /// Gives the empty container that stood among other text, if nothing else was the value.
    pub(super) fn settle_empty<S: Sink>(&mut self, sink: &mut S) -> Result<(), Error> {
        if let Some(kind) = self.prose.empty.take().filter(|_| self.has_nothing()) {
            self.push_frame(sink, kind)?;
            self.mode = Mode::Seek;
            self.pending = 1;
        }
        Ok(())
    }
}

/// How long a subscript is, with its brackets: `["k"]`, `[0]`, `[1:2]`. 0 where there is none; `None` where too little has come.
pub(super) fn subscript(rest: &[u8], eof: bool) -> Option<usize> {
    const LONGEST: usize = 64;
    let window = &rest[..rest.len().min(LONGEST)];
    let more = window.len() < LONGEST && !eof;
    let (from, len) = match window.get(1) {
        Some(mark @ (b'"' | b'\'')) => (3, window[2..].iter().take_while(|&b| b != mark && *b != b'\n').count()),
        _ => {
            (1, window[1..].iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b':')).count())
        }
    };
    match window.get(from + len) {
        Some(b']') => Some(from + len + 1),
        None if more => None,
        _ => Some(0),
    }
}

/// Whether braces hold nothing but words, `{name}`, `{unit, e2e}`, from after the first of them. `None` where too little has come.
pub(super) fn holds_words(rest: &[u8], eof: bool) -> Option<bool> {
    let window = &rest[..rest.len().min(LOOK)];
    let word = |b: &u8| b.is_ascii_alphabetic() || *b >= 0x80 || matches!(b, b'_' | b'-' | b' ' | b',');
    let len = window.iter().take_while(|b| word(b)).count();
    match window.get(len) {
        None if window.len() < LOOK && !eof => None,
        next => Some(len > 0 && next == Some(&b'}')),
    }
}

/// What stands after a value on its line, if that is near: a new line at its end. `None` where too little has come.
pub(super) fn after_value(rest: &[u8], eof: bool) -> Option<Option<u8>> {
    let window = &rest[..rest.len().min(LOOK)];
    let more = window.len() < LOOK && !eof;
    let (mut open, mut quoted, mut escaped) = (0_usize, false, false);
    let end = window.iter().position(|&b| {
        match b {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'{' | b'[' => open += 1,
            b'}' | b']' => open -= 1,
            _ => {}
        }
        open == 0
    });
    let Some(end) = end else { return if more { None } else { Some(None) } };
    match window[end + 1..].iter().find(|b| !matches!(b, b' ' | b'\t' | b'`')) {
        None if more => None,
        next => Some(Some(next.copied().unwrap_or(b'\n'))),
    }
}

/// Whether words and the end of a text follow a mark, near and on the same line: ` here", …`. `None` where too little has come.
pub(super) fn text_goes_on(rest: &[u8], eof: bool) -> Option<bool> {
    let window = &rest[..rest.len().min(LOOK)];
    let more = window.len() < LOOK && !eof;
    let comma = usize::from(window.first() == Some(&b','));
    match window.get(comma..).unwrap_or_default() {
        [] | [b' '] if more => return None,
        [b' ', next, ..] if next.is_ascii_alphabetic() => {}
        _ => return Some(false),
    }
    let mut marks = window.iter().enumerate().filter(|(_, b)| matches!(b, b'"' | b'\n')).map(|(at, _)| at);
    loop {
        let Some(at) = marks.next() else { return if more { None } else { Some(false) } };
        if window[at] == b'\n' {
            return Some(false);
        }
        match window[at + 1..].iter().find(|b| !matches!(b, b' ' | b'\t')) {
            Some(b',' | b'}' | b']' | b'\n') => return Some(true),
            None if more => return None,
            _ => {}
        }
    }
}

/// What an opening bracket begins, and what ends it.
pub(super) fn bracket(c: char) -> (Kind, u8) {
    if c == '{' { (Kind::Object, b'}') } else { (Kind::Array, b']') }
}

fn first_of_object(token: &[u8]) -> Guess {
    let Some(&first) = token.first() else {
        return Guess::Wait;
    };
    match first {
        b'"' | b'\'' | b'`' | b'/' | b'\\' | b'&' | 0xE2 => Guess::Yes,
        b'{' => first_of_object(&token[1..]),
        // `{:a => 1}`
        b':' => match token.get(1) {
            Some(next) => {
                if next.is_ascii_alphabetic() || *next == b'"' {
                    Guess::Yes
                } else {
                    Guess::No
                }
            }
            None => Guess::Wait,
        },
        _ if first.is_ascii_alphanumeric() || first == b'_' || first == b'$' || first >= 0x80 => {
            let word = token.iter().take_while(|&&b| {
                b.is_ascii_alphanumeric() || b >= 0x80 || matches!(b, b'_' | b'$' | b'-' | b'.' | b' ')
            });
            let len = word.count();
            match token.get(len) {
                Some(b':') => Guess::Yes,
                // `{a = 1}`, but not a comparison.
                Some(b'=') => match token.get(len + 1) {
                    Some(b'=') => Guess::No,
                    Some(_) => Guess::Yes,
                    None => Guess::Wait,
                },
                // A key that has lost its opening mark.
                Some(b'"') => match token.get(len + 1) {
                    Some(b':') => Guess::Yes,
                    Some(_) => Guess::No,
                    None => Guess::Wait,
                },
                Some(_) => Guess::No,
                None => Guess::Wait,
            }
        }
        _ => Guess::No,
    }
}

fn first_of_array(token: &[u8]) -> Guess {
    let Some(&first) = token.first() else {
        return Guess::Wait;
    };
    match first {
        b'"' | b'\'' | b'{' | b'[' | b'(' | 0xE2 => Guess::Yes,
        b'/' => match token.get(1) {
            Some(b'/' | b'*') => Guess::Yes,
            Some(_) => Guess::No,
            None => Guess::Wait,
        },
        b'-' | b'+' | b'.' | b'0'..=b'9' | b't' | b'f' | b'n' | b'T' | b'F' | b'N' => {
            let word =
                token.iter().take_while(|&&b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'+' | b'_'));
            let len = word.count();
            let numeric = !first.is_ascii_alphabetic();
            let literal =
                [&b"true"[..], b"false", b"null", b"none"].iter().any(|w| token[..len].eq_ignore_ascii_case(w));
            let blanks = token[len..].iter().take_while(|b| b.is_ascii_whitespace()).count();
            match token.get(len + blanks) {
                Some(b',') if numeric || literal => Guess::Yes,
                Some(_) => Guess::No,
                None => Guess::Wait,
            }
        }
        _ => Guess::No,
    }
}
