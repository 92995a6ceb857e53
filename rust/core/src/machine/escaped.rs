//! Documents that were escaped once too often: one level is taken off before the machine reads.
//!
//! Coming in: raw bytes from the point where the machine noticed. Going out: bytes as they should have been.
//! Decided elsewhere: when to begin (`key`, `value`). The machine counts unescaped bytes after that point; here is known
//! where they stood in the text received.

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
