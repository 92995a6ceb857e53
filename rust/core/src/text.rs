//! What single characters mean: blanks, quotation marks, full-width punctuation, and UTF-8 at a chunk's end.
//!
//! Coming in: characters and bytes. Going out: their class. Decided elsewhere: what a class means at a place (`machine`).
//! Source of the sets: RFC 8259 for JSON's own; the conventions 16, 17 of the project's taxonomy for the rest.

/// The four blanks of RFC 8259.
#[inline]
pub(crate) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\n' | '\r' | '\t')
}

/// Blanks that JSON does not know: other spaces, zero-width characters, byte order marks, form feeds.
pub(crate) fn is_odd_blank(c: char) -> bool {
    (c.is_whitespace() && !is_blank(c)) || matches!(c, '\u{FEFF}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{180E}')
}

/// Any character that separates and means nothing.
pub(crate) fn is_any_blank(c: char) -> bool {
    is_blank(c) || is_odd_blank(c)
}

/// Marks that may close one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    Double,
    Single,
    Backtick,
    Angle,
    Corner,
}

/// The family of a quotation mark.
pub(crate) fn quote_family(c: char) -> Option<Family> {
    match c {
        '"' | '\u{201C}' | '\u{201D}' | '\u{201E}' | '\u{201F}' | '\u{FF02}' => Some(Family::Double),
        '\'' | '\u{2018}' | '\u{2019}' | '\u{201A}' | '\u{201B}' => Some(Family::Single),
        '`' => Some(Family::Backtick),
        '\u{AB}' | '\u{BB}' | '\u{2039}' | '\u{203A}' => Some(Family::Angle),
        '\u{300C}' | '\u{300D}' | '\u{300E}' | '\u{300F}' => Some(Family::Corner),
        _ => None,
    }
}

/// Whether a mark of this kind in a string opened by `open` can be its end.
pub(crate) fn closes(open: char, mark: char) -> bool {
    match open {
        '"' | '\'' | '`' => mark == open,
        _ => quote_family(open) == quote_family(mark),
    }
}

/// Full-width punctuation as the ASCII character it stands for.
pub(crate) fn narrow(c: char) -> char {
    match c {
        '\u{FF1A}' => ':',
        '\u{FF0C}' | '\u{3001}' => ',',
        '\u{FF1B}' => ';',
        '\u{FF5B}' => '{',
        '\u{FF5D}' => '}',
        '\u{FF3B}' => '[',
        '\u{FF3D}' => ']',
        _ => c,
    }
}

/// One step of decoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decoded {
    /// A character and its length in bytes.
    Char(char, usize),
    /// Bytes that no text holds; read as U+FFFD.
    Bad(usize),
    /// The beginning of a character whose rest has not come.
    Partial,
}

/// The first character of `bytes`, which must not be empty. Maximal invalid parts count as one, as in the Unicode
/// standard's recommendation (and CPython).
#[inline]
pub(crate) fn decode(bytes: &[u8]) -> Decoded {
    let first = bytes[0];
    if first < 0x80 {
        return Decoded::Char(first as char, 1);
    }
    decode_wide(bytes, first)
}

fn decode_wide(bytes: &[u8], first: u8) -> Decoded {
    let (need, low, high) = match first {
        0xC2..=0xDF => (2, 0x80, 0xBF),
        0xE0 => (3, 0xA0, 0xBF),
        0xE1..=0xEC | 0xEE | 0xEF => (3, 0x80, 0xBF),
        0xED => (3, 0x80, 0x9F),
        0xF0 => (4, 0x90, 0xBF),
        0xF1..=0xF3 => (4, 0x80, 0xBF),
        0xF4 => (4, 0x80, 0x8F),
        _ => return Decoded::Bad(1),
    };
    let mut value = u32::from(first) & (0x7F >> need);
    for at in 1..need {
        let Some(&byte) = bytes.get(at) else {
            return Decoded::Partial;
        };
        let (low, high) = if at == 1 { (low, high) } else { (0x80, 0xBF) };
        if byte < low || byte > high {
            return Decoded::Bad(at);
        }
        value = value << 6 | u32::from(byte & 0x3F);
    }
    Decoded::Char(char::from_u32(value).unwrap_or('\u{FFFD}'), need)
}
