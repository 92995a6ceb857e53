//! The short way through valid JSON that is all at hand.
//!
//! Coming in: the bytes from a place where a value is expected and nothing waits for confirmation.
//! Going out: the same calls of the sink as the long way, up to the last such place; there the long way goes on.
//! Decided elsewhere: everything that is not plain JSON, and everything that a chunk's end cuts.

use super::string::plain_run;
use super::{Input, Machine, Mode, Slot};
use crate::error::Error;
use crate::number;
use crate::sink::{Kind, Scalar, Sink};

/// Shorter inputs are not worth the try.
const WORTH: usize = 32;

/// What one value is, before it is confirmed.
enum Plain<'a> {
    Nothing,
    Scalar(Scalar<'a>),
}

impl Machine {
    #[inline]
    pub(super) fn fast_enough(&self, input: Input<'_>) -> bool {
        input.bytes.len() - self.at >= WORTH
            // Not at blanks: they are skipped one by one, and trying at each of them would be quadratic.
            && !matches!(input.bytes[self.at], b' ' | b'\n' | b'\r' | b'\t')
            && self.slot == Slot::Nothing
            && !self.wrong
            && self.notes.is_empty()
            && self.pending == 0
            && !self.frames.is_empty()
            && self.options.limits.only_depth()
            && !self.coerces()
            && !self.prose.extra
    }

    /// Reads values as long as each is plain, ends in these bytes, and what follows confirms it.
    pub(super) fn fast<S: Sink>(&mut self, sink: &mut S, bytes: &[u8]) -> Result<(), Error> {
        while self.fast_value(sink, bytes)? {}
        Ok(())
    }

    /// One value and the token that confirms it. False, with nothing changed, where the long way must look.
    fn fast_value<S: Sink>(&mut self, sink: &mut S, bytes: &[u8]) -> Result<bool, Error> {
        let mut at = skip_blanks(bytes, self.at);
        let mut pending = 0;
        let value = match bytes.get(at) {
            Some(b'"') => match plain_string(bytes, at + 1) {
                Some((text, end)) => {
                    at = end;
                    Plain::Scalar(Scalar::Text(text))
                }
                None => return Ok(false),
            },
            Some(b'{') => return self.fast_object(sink, bytes, at),
            Some(b'[') => {
                self.at = at;
                self.push_frame(sink, Kind::Array)?;
                self.at = at + 1;
                at = skip_blanks(bytes, at + 1);
                if bytes.get(at) != Some(&b']') {
                    return Ok(matches!(bytes.get(at), Some(b'"' | b'{' | b'[' | b'-' | b'0'..=b'9')));
                }
                Plain::Nothing
            }
            Some(b'-' | b'0'..=b'9') => match self.plain_number(&bytes[at..]) {
                Some((scalar, len)) => {
                    at += len;
                    Plain::Scalar(scalar)
                }
                None => return Ok(false),
            },
            Some(b't') if bytes[at..].starts_with(b"true") => {
                at += 4;
                Plain::Scalar(Scalar::Bool(true))
            }
            Some(b'f') if bytes[at..].starts_with(b"false") => {
                at += 5;
                Plain::Scalar(Scalar::Bool(false))
            }
            Some(b'n') if bytes[at..].starts_with(b"null") => {
                at += 4;
                Plain::Scalar(Scalar::Null)
            }
            _ => return Ok(false),
        };
        loop {
            at = skip_blanks(bytes, at);
            let open = self.frames.len() - pending;
            if open <= usize::from(self.prose.list) {
                return Ok(false);
            }
            let frame = &self.frames[open - 1];
            match (bytes.get(at), frame.kind) {
                (Some(b','), Kind::Object) => {
                    return self.fast_key(sink, bytes, value, pending, at + 1);
                }
                (Some(b','), Kind::Array) => {
                    return self.fast_item(sink, bytes, value, pending, at + 1);
                }
                (Some(b'}'), Kind::Object) | (Some(b']'), Kind::Array)
                    if frame.doubled == 0 && frame.calls == 0 && !frame.paren && !frame.brace =>
                {
                    pending += 1;
                    at += 1;
                }
                _ => return Ok(false),
            }
        }
    }

    /// An opening brace and the first key.
    fn fast_object<S: Sink>(&mut self, sink: &mut S, bytes: &[u8], at: usize) -> Result<bool, Error> {
        let key_at = skip_blanks(bytes, at + 1);
        if bytes.get(key_at) != Some(&b'"') {
            return Ok(false);
        }
        let Some((key, end)) = plain_string(bytes, key_at + 1) else {
            return Ok(false);
        };
        let colon = skip_blanks(bytes, end);
        if bytes.get(colon) != Some(&b':') {
            return Ok(false);
        }
        self.at = at;
        self.push_frame(sink, Kind::Object)?;
        self.enter_member(key);
        sink.key(key);
        self.newline = false;
        self.mode = Mode::Value;
        self.at = colon + 1;
        Ok(true)
    }

    /// The next key and its colon confirm the value.
    fn fast_key<S: Sink>(
        &mut self,
        sink: &mut S,
        bytes: &[u8],
        value: Plain<'_>,
        pending: usize,
        at: usize,
    ) -> Result<bool, Error> {
        let key_at = skip_blanks(bytes, at);
        if bytes.get(key_at) != Some(&b'"') {
            return Ok(false);
        }
        let Some((key, end)) = plain_string(bytes, key_at + 1) else {
            return Ok(false);
        };
        let colon = skip_blanks(bytes, end);
        if bytes.get(colon) != Some(&b':') {
            return Ok(false);
        }
        self.fast_commit(sink, value, pending)?;
        self.enter_member(key);
        sink.key(key);
        self.at = colon + 1;
        Ok(true)
    }

    /// The next item confirms the value.
    fn fast_item<S: Sink>(
        &mut self,
        sink: &mut S,
        bytes: &[u8],
        value: Plain<'_>,
        pending: usize,
        at: usize,
    ) -> Result<bool, Error> {
        let next = skip_blanks(bytes, at);
        match bytes.get(next) {
            Some(b'"' | b'{' | b'[' | b'-' | b'0'..=b'9') => {}
            Some(b't' | b'f' | b'n')
                if [&b"true"[..], b"false", b"null"].iter().any(|word| bytes[next..].starts_with(word)) => {}
            _ => return Ok(false),
        }
        self.fast_commit(sink, value, pending)?;
        if let Some(frame) = self.frames.last_mut() {
            frame.list = true;
        }
        self.comma = true;
        self.at = next;
        Ok(true)
    }

    #[inline]
    fn fast_commit<S: Sink>(&mut self, sink: &mut S, value: Plain<'_>, pending: usize) -> Result<(), Error> {
        self.comma = false;
        self.newline = false;
        if let Plain::Scalar(scalar) = value {
            self.values += 1;
            self.emit(sink, scalar);
        }
        if pending > 0 {
            self.pending = pending;
            self.commit_closers(sink, pending);
        }
        Ok(())
    }

    #[inline]
    fn plain_number<'a>(&self, bytes: &'a [u8]) -> Option<(Scalar<'a>, usize)> {
        let scanned = number::scan(bytes)?;
        if self.options.limits.digits.is_some_and(|limit| scanned.digits() > limit) {
            return None;
        }
        if !matches!(bytes[scanned.len], b',' | b']' | b'}' | b' ' | b'\n' | b'\r' | b'\t') {
            return None;
        }
        let text = std::str::from_utf8(&bytes[..scanned.len]).ok()?;
        let value = scanned.number(text);
        if matches!(value, number::Number::Float(f) if !f.is_finite()) {
            return None;
        }
        Some((Scalar::Number(value, Some(text)), scanned.len))
    }
}

#[inline]
fn skip_blanks(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\n' | b'\r' | b'\t') = bytes.get(at) {
        at += 1;
    }
    at
}

/// The string at `at` without escapes, and the index after its mark.
#[inline]
fn plain_string(bytes: &[u8], at: usize) -> Option<(&str, usize)> {
    let len = plain_run(bytes.get(at..)?, b'"');
    if bytes.get(at + len) != Some(&b'"') {
        return None;
    }
    let text = std::str::from_utf8(&bytes[at..at + len]).ok()?;
    Some((text, at + len + 1))
}

/// Bytes before the next mark, backslash or control character, in blocks that the compiler turns into vector code.
pub(super) fn scan_plain(bytes: &[u8], mark: u8) -> usize {
    let special = |b: u8| (b == mark) | (b == b'\\') | (b < 0x20);
    let mut at = 0;
    for block in bytes.chunks_exact(32) {
        if block.iter().fold(false, |any, &b| any | special(b)) {
            break;
        }
        at += 32;
    }
    at + bytes[at..].iter().position(|&b| special(b)).unwrap_or(bytes.len() - at)
}
