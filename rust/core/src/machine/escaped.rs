//! Documents that were escaped once too often: one level is taken off before the machine reads.
//!
//! Coming in: raw bytes from the point where the machine noticed. Going out: bytes as they should have been.
//! Decided elsewhere: when to begin (`key`, `value`). Offsets after that point count unescaped bytes.

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

impl Filter {
    pub(super) fn begin(&mut self, escaping: Escaping) {
        self.escaping = escaping;
    }

    pub(super) fn is_active(&self) -> bool {
        self.escaping != Escaping::Nothing
    }

    /// Bytes that wait for their rest.
    pub(super) fn pending(&self) -> usize {
        self.tail.len()
    }

    /// The chunk unescaped. `None` where nothing is to be done.
    pub(super) fn push(&mut self, chunk: &[u8], eof: bool) -> Option<Vec<u8>> {
        if !self.is_active() {
            return None;
        }
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
        }
        Some(out)
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
