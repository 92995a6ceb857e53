//! The shortest way: whole tokens of plain JSON that are all at hand.
//!
//! Coming in: the text from a place where a value is expected and nothing waits for confirmation.
//! Going out: the same calls of the sink as the long way, up to the last such place; there the other ways go on.
//! Decided elsewhere: everything that is not plain JSON, and everything that a chunk's end cuts.

use super::string::plain_run;
use super::{Machine, Mode, Slot};
use crate::error::Error;
use crate::number;
use crate::sink::{Kind, Scalar, Sink};

/// Shorter inputs hold too few whole tokens to look for them.
const WORTH: usize = 32;

/// The part of the input that is known to be UTF-8: checked once, so that each token need not be.
#[derive(Clone, Copy)]
pub(super) struct Valid<'a> {
    text: &'a str,
    /// Index in the input of its first byte.
    from: usize,
}

impl<'a> Valid<'a> {
    /// What is valid of the bytes from `from` on; nothing where it is not worth the look.
    #[inline]
    pub(super) fn of(bytes: &'a [u8], from: usize) -> Valid<'a> {
        let rest = bytes.get(from..).unwrap_or_default();
        let text = if rest.len() < WORTH { "" } else { valid_text(rest) };
        Valid { text, from }
    }
}

#[inline(never)]
fn valid_text(bytes: &[u8]) -> &str {
    match simdutf8::compat::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
    }
}

/// What one value is, before it is confirmed.
enum Plain<'a> {
    Nothing,
    Scalar(Scalar<'a>),
}

impl Machine {
    #[inline]
    pub(super) fn fast_enough(&self, valid: Valid<'_>) -> bool {
        self.at >= valid.from
            && valid.text.len() >= self.at - valid.from + WORTH
            // Not at blanks: they are skipped one by one, and trying at each of them would be quadratic.
            && !matches!(valid.text.as_bytes()[self.at - valid.from], b' ' | b'\n' | b'\r' | b'\t')
            && self.slot == Slot::Nothing
            && !self.wrong
            && self.notes.is_empty()
            && self.pending == 0
            && !self.frames.is_empty()
            && self.options.limits.only_depth()
            && !self.coerces()
            && !self.prose.extra
    }

    /// Reads values as long as each is plain, ends in this text, and what follows confirms it.
    pub(super) fn fast<S: Sink>(&mut self, sink: &mut S, valid: Valid<'_>) -> Result<(), Error> {
        let text = valid.text;
        // The machine counts in this text until it is left.
        self.at -= valid.from;
        self.base += valid.from as u64;
        let mut result = Ok(true);
        while let Ok(true) = result {
            result = self.fast_value(sink, text);
        }
        self.at += valid.from;
        self.base -= valid.from as u64;
        result.map(|_| ())
    }

    /// One value and the token that confirms it. False where another way must look from where the machine then is.
    #[inline]
    fn fast_value<S: Sink>(&mut self, sink: &mut S, text: &str) -> Result<bool, Error> {
        let bytes = text.as_bytes();
        let mut at = skip_blanks(bytes, self.at);
        let mut pending = 0;
        let value = match bytes.get(at) {
            Some(b'"') => match plain_string(text, at + 1) {
                Some((string, end)) => {
                    at = end;
                    Plain::Scalar(Scalar::Text(string))
                }
                None => return Ok(false),
            },
            Some(b'{') => return self.fast_object(sink, text, at),
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
            Some(b'-' | b'0'..=b'9') => match self.plain_number(text, at) {
                Some((scalar, end)) => {
                    at = end;
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
            let open = self.frames.len() - pending;
            if open <= usize::from(self.prose.list) {
                // Blanks after the root are not skipped: a line's end tells something there.
                self.fast_end(sink, value, pending, at)?;
                return Ok(false);
            }
            at = skip_blanks(bytes, at);
            let frame = &self.frames[open - 1];
            match (bytes.get(at), frame.kind) {
                (Some(b','), Kind::Object) => {
                    return self.fast_key(sink, text, value, pending, at + 1);
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
    #[inline]
    fn fast_object<S: Sink>(&mut self, sink: &mut S, text: &str, at: usize) -> Result<bool, Error> {
        let Some((key, end)) = plain_member(text, at + 1) else {
            return Ok(false);
        };
        self.at = at;
        self.push_frame(sink, Kind::Object)?;
        self.enter_member(key);
        self.moved_on();
        sink.key(key);
        self.newline = false;
        self.mode = Mode::Value;
        self.at = end;
        Ok(true)
    }

    /// The next key and its colon confirm the value.
    #[inline]
    fn fast_key<S: Sink>(
        &mut self,
        sink: &mut S,
        text: &str,
        value: Plain<'_>,
        pending: usize,
        at: usize,
    ) -> Result<bool, Error> {
        let Some((key, end)) = plain_member(text, at) else {
            return Ok(false);
        };
        self.fast_commit(sink, value, pending)?;
        self.enter_member(key);
        self.moved_on();
        sink.key(key);
        self.at = end;
        Ok(true)
    }

    /// The next item confirms the value.
    #[inline]
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

    /// The root has met its closer right after a text, which is certain then: it need not be read again.
    fn fast_end<S: Sink>(&mut self, sink: &mut S, value: Plain<'_>, pending: usize, at: usize) -> Result<(), Error> {
        if self.options.strict || !matches!(value, Plain::Scalar(Scalar::Text(_))) {
            return Ok(());
        }
        self.fast_commit(sink, value, 0)?;
        self.pending = pending;
        self.at = at;
        self.root_closed(sink)
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

    /// The number at `at` and the index after it, where a delimiter follows.
    #[inline]
    fn plain_number<'a>(&self, text: &'a str, at: usize) -> Option<(Scalar<'a>, usize)> {
        let bytes = text.as_bytes();
        let scanned = number::scan(&bytes[at..])?;
        let end = at + scanned.len;
        if !matches!(bytes.get(end), Some(b',' | b']' | b'}' | b' ' | b'\n' | b'\r' | b'\t')) {
            return None;
        }
        if self.options.limits.digits.is_some_and(|limit| scanned.digits() > limit) {
            return None;
        }
        let token = text.get(at..end)?;
        let value = scanned.number(token);
        if matches!(value, number::Number::Float(f) if !f.is_finite()) {
            return None;
        }
        Some((Scalar::Number(value, Some(token)), end))
    }
}

#[inline]
fn skip_blanks(bytes: &[u8], mut at: usize) -> usize {
    while let Some(byte @ (b' ' | b'\n' | b'\r' | b'\t')) = bytes.get(at) {
        at += 1;
        if *byte == b'\n' {
            // Lines are indented.
            while bytes[at..].starts_with(b"        ") {
                at += 8;
            }
        }
    }
    at
}

/// The string at `at` without escapes, and the index after its mark.
#[inline]
fn plain_string(text: &str, at: usize) -> Option<(&str, usize)> {
    let bytes = text.as_bytes();
    let end = at + plain_run(bytes.get(at..)?, b'"');
    if bytes.get(end) != Some(&b'"') {
        return None;
    }
    Some((text.get(at..end)?, end + 1))
}

/// The key at `at`, after blanks, and the index after its colon.
#[inline]
fn plain_member(text: &str, at: usize) -> Option<(&str, usize)> {
    let bytes = text.as_bytes();
    let at = skip_blanks(bytes, at);
    if bytes.get(at) != Some(&b'"') {
        return None;
    }
    let (key, end) = plain_string(text, at + 1)?;
    let colon = skip_blanks(bytes, end);
    if bytes.get(colon) != Some(&b':') {
        return None;
    }
    Some((key, colon + 1))
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
