//! Documents that were escaped once too often: one level is taken off before the machine reads.
//!
//! Coming in: the first mark of the document, and raw bytes from there on if it is escaped. Going out: bytes as they should
//! have been. Decided elsewhere: where the first mark may stand (`key`, `value`). The machine counts unescaped bytes after that point; here is known
//! where they stood in the text received.

use super::{Flow, Input, Machine, Outcome, Slot};
use crate::error::Error;
use crate::repair::RepairKind;
use crate::sink::Sink;
use std::collections::VecDeque;

/// How the document is escaped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Escaping {
    #[default]
    Nothing,
    /// `{\"a\": 1}`
    Backslash,
    /// `{&quot;a&quot;: 1}`
    Entities,
    /// `{""a"": 1}`
    Doubled,
}

/// Takes one level of escaping off, resumably.
#[derive(Debug, Default)]
pub(super) struct Filter {
    escaping: Escaping,
    /// An escape whose rest has not come.
    tail: Vec<u8>,
    /// Bytes given out and bytes taken in, as offsets of the text.
    given: u64,
    taken: u64,
    /// Such pairs, after each escape that is not forgotten.
    marks: VecDeque<(u64, u64)>,
}

const ENTITIES: &[(&[u8], u8)] = &[
    (b"&quot;", b'"'),
    (b"&#34;", b'"'),
    (b"&#x22;", b'"'),
    (b"&apos;", b'\''),
    (b"&#39;", b'\''),
    (b"&#x27;", b'\''),
    (b"&amp;", b'&'),
    (b"&lt;", b'<'),
    (b"&gt;", b'>'),
];

/// How far back a defect may be noticed.
const REACH: u64 = 4096;

impl Filter {
    pub(super) fn begin(&mut self, escaping: Escaping) {
        self.escaping = escaping;
    }

    #[inline]
    pub(super) fn is_active(&self) -> bool {
        self.escaping != Escaping::Nothing
    }

    /// The offset at which unescaping begins.
    pub(super) fn start(&mut self, offset: u64) {
        (self.given, self.taken) = (offset, offset);
        self.marks.push_back((offset, offset));
    }

    /// Where a byte that was given out stood in the text received.
    pub(super) fn raw(&self, offset: u64) -> u64 {
        let after = self.marks.partition_point(|(given, _)| *given <= offset);
        match after.checked_sub(1).map(|at| self.marks[at]) {
            Some((given, taken)) => taken + (offset - given),
            None => offset,
        }
    }

    /// Nobody will ask for offsets long before this one.
    #[inline]
    pub(super) fn forget(&mut self, offset: u64) {
        while self.marks.len() > 1 && self.marks[1].0 + REACH <= offset {
            self.marks.pop_front();
        }
    }

    /// The chunk unescaped.
    pub(super) fn push(&mut self, chunk: &[u8], eof: bool) -> Vec<u8> {
        let mut bytes = std::mem::take(&mut self.tail);
        bytes.extend_from_slice(chunk);
        let mut out = Vec::with_capacity(bytes.len());
        let mut at = 0;
        while at < bytes.len() {
            let (byte, len) = match self.one(&bytes[at..]) {
                Some(one) => one,
                None if eof => (bytes[at], 1),
                None => {
                    self.tail = bytes[at..].to_vec();
                    break;
                }
            };
            out.push(byte);
            at += len;
            self.given += 1;
            self.taken += len as u64;
            if len > 1 {
                self.marks.push_back((self.given, self.taken));
            }
        }
        out
    }

    /// The first byte unescaped and how many it took; `None` where its rest has not come.
    fn one(&self, rest: &[u8]) -> Option<(u8, usize)> {
        let first = rest[0];
        match (self.escaping, first) {
            (Escaping::Backslash, b'\\') => Some(match rest.get(1)? {
                b'n' => (b'\n', 2),
                b't' => (b'\t', 2),
                b'r' => (b'\r', 2),
                escaped @ (b'"' | b'\\' | b'/' | b'\'') => (*escaped, 2),
                _ => (first, 1),
            }),
            (Escaping::Doubled, b'"') => Some((b'"', if *rest.get(1)? == b'"' { 2 } else { 1 })),
            (Escaping::Entities, b'&') => entity(rest),
            _ => Some((first, 1)),
        }
    }
}

impl Machine {
    /// The first mark of the document is escaped, so all of it is.
    pub(super) fn begin_unescaping<S: Sink>(&mut self, sink: &S, escaping: Escaping) -> Outcome {
        self.repair(sink, RepairKind::EscapedDocument, self.offset())?;
        self.filter.begin(escaping);
        self.refilter = true;
        Ok(Flow::Wait)
    }

    /// Whether nothing but opening brackets has been read.
    pub(super) fn only_brackets(&self) -> bool {
        !self.filter.is_active()
            && !self.frames.is_empty()
            && self.values == self.frames.len() as u64
            && self.slot == Slot::Nothing
    }

    /// How the document is escaped, judged by what stands where its first key or value should begin.
    fn escaping(&self, input: Input<'_>, c: char) -> Option<Option<Escaping>> {
        match c {
            '\\' => match input.bytes.get(self.at + 1) {
                Some(b'"' | b'\'' | b'n' | b't' | b'r') => Some(Some(Escaping::Backslash)),
                Some(_) => Some(None),
                None if input.eof => Some(None),
                None => None,
            },
            '&' => {
                let rest = &input.bytes[self.at..];
                let known = ["&quot;", "&#34;", "&#x22;", "&apos;", "&#39;"];
                if known.iter().any(|name| rest.starts_with(name.as_bytes())) {
                    Some(Some(Escaping::Entities))
                } else if !input.eof && known.iter().any(|name| name.as_bytes().starts_with(rest)) {
                    None
                } else {
                    Some(None)
                }
            }
            _ => Some(None),
        }
    }

    /// Passes over line breaks between tokens that were written as escapes.
    pub(super) fn skip_escaped_blanks<S: Sink>(
        &mut self,
        sink: &S,
        input: Input<'_>,
        c: char,
    ) -> Result<Option<Flow>, Error> {
        if c != '\\' {
            return Ok(None);
        }
        match escaped_blanks(&input.bytes[self.at..], input.eof) {
            None => Ok(Some(Flow::Wait)),
            Some(0) => Ok(None),
            Some(len) => {
                self.repair(sink, RepairKind::OddBlank, self.offset())?;
                self.newline |= input.bytes[self.at + 1] != b't';
                self.at += len;
                Ok(Some(Flow::Go))
            }
        }
    }

    /// Begins to unescape where the document's first mark is escaped.
    pub(super) fn escaped_start<S: Sink>(
        &mut self,
        sink: &S,
        input: Input<'_>,
        c: char,
    ) -> Result<Option<Flow>, Error> {
        if !matches!(c, '\\' | '&') || !self.only_brackets() {
            return Ok(None);
        }
        match self.escaping(input, c) {
            None => Ok(Some(Flow::Wait)),
            Some(Some(escaping)) => self.begin_unescaping(sink, escaping).map(Some),
            Some(None) => Ok(None),
        }
    }
}

fn entity(rest: &[u8]) -> Option<(u8, usize)> {
    for (name, byte) in ENTITIES {
        if rest.starts_with(name) {
            return Some((*byte, name.len()));
        }
        if name.starts_with(rest) {
            return None;
        }
    }
    Some((rest[0], 1))
}

/// How long a run of blanks is that begins with an escaped one, `\\n`, where a token follows it. 0 where there is none, or it
/// is none; `None` where too little has come.
pub(super) fn escaped_blanks(rest: &[u8], eof: bool) -> Option<usize> {
    const NEAR: usize = 64;
    let window = &rest[..rest.len().min(NEAR)];
    let mut len = 0;
    loop {
        len += match window.get(len..).unwrap_or_default() {
            [b'\\', b'n' | b'r' | b't', ..] => 2,
            [b' ' | b'\n' | b'\r' | b'\t', ..] if len > 0 => 1,
            [b'"' | b'\'' | b'{' | b'[' | b'}' | b']' | b',' | b'-' | b'0'..=b'9', ..] => return Some(len),
            [] | [b'\\'] if window.len() < NEAR && !eof => return None,
            _ => return Some(0),
        };
    }
}
