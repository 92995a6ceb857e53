//! The short way through plain JSON, resumable at any byte.
//!
//! Coming in: bytes, wherever a chunk's end has left the machine. Going out: what the long way would have done, up to the
//! first byte that is not plain; the long way goes on there. Each step here is one of the long way's, with what cannot
//! happen in plain JSON left out, so that either may take the next one.
//! Decided elsewhere: whole tokens at a time, where enough is at hand (`fast`); everything that is not plain.

use super::fast::Valid;
use super::string::plain_run;
use super::{Ending, Machine, Mode, Slot};
use crate::error::Error;
use crate::number::State;
use crate::sink::{Kind, Sink};

impl Machine {
    /// Reads on as long as the text is plain.
    pub(super) fn plain<S: Sink>(&mut self, sink: &mut S, bytes: &[u8], valid: Valid<'_>) -> Result<(), Error> {
        let from = self.at;
        let mut steps = 0;
        while let Some(&byte) = bytes.get(self.at) {
            let plain = match self.mode {
                Mode::Text => self.plain_text(bytes),
                Mode::After => self.plain_after(sink, byte)?,
                Mode::KeyStart => self.plain_key_start(sink, byte)?,
                Mode::Key => self.plain_key(bytes),
                Mode::Colon => self.plain_colon(sink, byte)?,
                Mode::Value => self.plain_value(sink, bytes, valid)?,
                Mode::Bare => self.plain_bare(bytes),
                Mode::Seek => self.plain_root(sink, byte, valid)?,
                _ => false,
            };
            steps += 1;
            if !plain {
                break;
            }
        }
        self.work += self.at.abs_diff(from) as u64 + steps;
        Ok(())
    }

    /// Takes a chunk that is nothing but more of the open string, as most are. False, with nothing taken, where it is not.
    #[inline]
    pub(super) fn takes_as_text(&mut self, chunk: &[u8]) -> bool {
        let plain = self.mode == Mode::Text
            && self.is_plain_string()
            && self.kept.is_empty()
            && !self.filter.is_active()
            && self.ending == Ending::Open
            && self.failed.is_none()
            && self.options.limits.input_bytes.is_none();
        if !plain || plain_run(chunk, b'"') != chunk.len() {
            return false;
        }
        self.at = 0;
        let limit = self.options.limits.string_bytes;
        if !take_run(&mut self.at, chunk, chunk.len(), &mut self.text, limit) {
            return false;
        }
        let len = std::mem::take(&mut self.at) as u64;
        self.received += len;
        self.base += len;
        self.work += len + 1;
        true
    }

    #[inline]
    fn is_plain_string(&self) -> bool {
        self.quoted.mark == '"' && !self.quoted.raw && self.quoted.last_mark.is_none()
    }

    /// Whether a string waits whose end is doubtful.
    #[inline]
    fn slot_has_marks(&self) -> bool {
        self.slot == Slot::Text && self.quoted.last_mark.is_some()
    }

    /// More of a string, and its mark.
    #[inline]
    fn plain_text(&mut self, bytes: &[u8]) -> bool {
        if !self.is_plain_string() {
            return false;
        }
        let limit = self.options.limits.string_bytes;
        let run = plain_run(&bytes[self.at..], b'"');
        if !take_run(&mut self.at, bytes, run, &mut self.text, limit) {
            return false;
        }
        match bytes.get(self.at) {
            Some(b'"') if self.ends_at_mark() => {
                self.at += 1;
                self.close_string('"');
                true
            }
            None => true,
            _ => false,
        }
    }

    /// More of a key, and its mark.
    #[inline]
    fn plain_key(&mut self, bytes: &[u8]) -> bool {
        if self.key_mark != Some('"') {
            return false;
        }
        let limit = self.options.limits.key_bytes;
        let run = plain_run(&bytes[self.at..], b'"');
        if !take_run(&mut self.at, bytes, run, &mut self.key, limit) {
            return false;
        }
        match bytes.get(self.at) {
            Some(b'"') => {
                self.close_key('"', 1);
                true
            }
            None => true,
            _ => false,
        }
    }

    #[inline]
    fn plain_after<S: Sink>(&mut self, sink: &mut S, byte: u8) -> Result<bool, Error> {
        let Some(kind) = self.context().map(|frame| frame.kind) else {
            return Ok(false);
        };
        if self.slot_has_marks() {
            return Ok(false);
        }
        match (byte, kind) {
            (b',', _) => {
                self.comma_after(1)?;
            }
            (b' ' | b'\n' | b'\r' | b'\t', _) => self.plain_blank(byte),
            (b'}', Kind::Object) | (b']', Kind::Array) => {
                self.closer(sink, byte as char, 1)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    #[inline]
    fn plain_blank(&mut self, byte: u8) {
        self.newline |= byte == b'\n';
        self.at += 1;
    }

    #[inline]
    fn plain_key_start<S: Sink>(&mut self, sink: &mut S, byte: u8) -> Result<bool, Error> {
        match byte {
            b'"' => {
                self.open_key(sink, '"', 1)?;
            }
            b' ' | b'\n' | b'\r' | b'\t' => self.plain_blank(byte),
            b'}' if !self.comma && self.lone.is_none() => {
                self.closer(sink, '}', 1)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    #[inline]
    fn plain_colon<S: Sink>(&mut self, sink: &mut S, byte: u8) -> Result<bool, Error> {
        match byte {
            b':' if !self.slot_has_marks() => {
                self.take_key(sink)?;
                self.at += 1;
            }
            b' ' | b'\n' | b'\r' | b'\t' => self.at += 1,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The first root, with nothing around it.
    #[inline]
    fn plain_root<S: Sink>(&mut self, sink: &mut S, byte: u8, valid: Valid<'_>) -> Result<bool, Error> {
        if !matches!(byte, b'{' | b'[') || !self.awaits_first_root() || !self.fast_enough(valid) {
            return Ok(false);
        }
        // If the short way does not take it, the long one begins the same root again.
        self.root_begins();
        let before = self.at;
        self.fast(sink, valid)?;
        Ok(self.at > before)
    }

    #[inline]
    fn plain_value<S: Sink>(&mut self, sink: &mut S, bytes: &[u8], valid: Valid<'_>) -> Result<bool, Error> {
        if !self.frames.is_empty() && self.fast_enough(valid) {
            let before = self.at;
            self.fast(sink, valid)?;
            if self.at > before {
                return Ok(true);
            }
        }
        match bytes[self.at] {
            b'"' => {
                self.open_string(sink, '"', 1)?;
            }
            byte @ (b'{' | b'[') if !self.wrong => {
                self.open(sink, byte as char, 1)?;
            }
            byte @ (b' ' | b'\n' | b'\r' | b'\t') => self.plain_blank(byte),
            b'-' | b'0'..=b'9' | b't' | b'f' | b'n' => {
                self.begin_bare(sink)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// More of a number or literal, and the delimiter after a whole one.
    #[inline]
    fn plain_bare(&mut self, bytes: &[u8]) -> bool {
        if self.frames.is_empty() || self.token.is_odd() {
            return false;
        }
        while let Some(&byte) = bytes.get(self.at) {
            match byte {
                b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E' if self.token.state.next(byte as char) != State::Not => {
                }
                b'a'..=b'z' if self.is_literal_with(byte) => {}
                b',' | b'}' | b']' | b'\n' if self.bare_is_whole() => {
                    self.end_bare(Mode::After);
                    return true;
                }
                _ => return false,
            }
            self.push_bare(byte as char);
            self.at += 1;
            self.take_digits(bytes);
        }
        true
    }

    /// Whether the token goes on as a literal of JSON with this byte.
    #[inline]
    fn is_literal_with(&self, byte: u8) -> bool {
        let text = self.text.as_bytes();
        [&b"true"[..], b"false", b"null"]
            .iter()
            .any(|word| word.get(text.len()) == Some(&byte) && word.starts_with(text))
    }
}

/// Appends a run of text without marks, backslashes and control characters. False, with nothing taken, where it is not UTF-8
/// as far as it goes, or longer than the limit.
#[inline]
fn take_run(at: &mut usize, bytes: &[u8], run: usize, text: &mut String, limit: Option<usize>) -> bool {
    if run == 0 {
        return true;
    }
    match std::str::from_utf8(&bytes[*at..*at + run]) {
        Ok(run) if limit.is_none_or(|limit| text.len() + run.len() <= limit) => {
            text.push_str(run);
            *at += run.len();
            true
        }
        _ => false,
    }
}
