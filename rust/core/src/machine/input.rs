//! The bytes at hand, and looks ahead into them.
//!
//! Coming in: the input and where the machine is in it. Going out: the next character or byte, or that too little has come.
//! Decided elsewhere: which bytes are kept for another reading (`mod`), and what the characters mean.

use super::Machine;
use crate::error::{Error, ErrorKind};
use crate::repair::RepairKind;
use crate::sink::Sink;
use crate::text::{Decoded, decode};

/// The bytes at hand and whether more can come.
#[derive(Clone, Copy)]
pub(super) struct Input<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) eof: bool,
}

impl Machine {
    /// The next character. `None` where its rest has not come.
    #[inline]
    pub(super) fn peek<S: Sink>(&mut self, sink: &S, input: Input<'_>) -> Result<Option<(char, usize)>, Error> {
        match decode(&input.bytes[self.at..]) {
            Decoded::Char(c, len) if len == 1 || !self.options.strict => Ok(Some((c, len))),
            // Outside of strings, JSON is ASCII.
            _ if self.options.strict => Err(self.not_ascii(sink)),
            Decoded::Char(c, len) => Ok(Some((c, len))),
            Decoded::Partial if !input.eof => Ok(None),
            Decoded::Partial => {
                let len = input.bytes.len() - self.at;
                self.repair_cut_character(sink)?;
                Ok(Some(('\u{FFFD}', len)))
            }
            Decoded::Bad(len) => {
                self.repair(sink, RepairKind::InvalidUtf8, self.offset())?;
                Ok(Some(('\u{FFFD}', len)))
            }
        }
    }

    fn not_ascii<S: Sink>(&self, sink: &S) -> Error {
        self.error(sink, ErrorKind::Malformed, "outside of strings, JSON is ASCII", self.offset())
    }

    /// The text ends inside a character.
    pub(super) fn repair_cut_character<S: Sink>(&mut self, sink: &S) -> Result<(), Error> {
        if self.options.strict {
            let message = "the text ends inside a character";
            return Err(self.error(sink, ErrorKind::Unfinished, message, self.received()));
        }
        self.repair(sink, RepairKind::InvalidUtf8, self.offset())
    }

    /// Whether the input goes on with `text`: `None` where it may, but too little has come.
    pub(super) fn ahead(&self, input: Input<'_>, text: &str) -> Option<bool> {
        let rest = &input.bytes[self.at..];
        if rest.len() >= text.len() {
            return Some(rest.starts_with(text.as_bytes()));
        }
        if input.eof || !text.as_bytes().starts_with(rest) {
            return Some(false);
        }
        None
    }

    /// The next byte that is no blank, `skip` bytes on: `None` where too little has come, 0 where there is none near.
    pub(super) fn next_byte(&self, input: Input<'_>, skip: usize) -> Option<u8> {
        const NEAR: usize = 64;
        let rest = &input.bytes[(self.at + skip).min(input.bytes.len())..];
        match rest.iter().take(NEAR).find(|b| !b.is_ascii_whitespace()) {
            Some(&byte) => Some(byte),
            None if input.eof || rest.len() >= NEAR => Some(0),
            None => None,
        }
    }
}
