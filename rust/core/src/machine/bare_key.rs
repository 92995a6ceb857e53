//! Keys without marks: whether one begins, its text, and whether it ends in a colon or belongs to the value before it.
//!
//! Coming in: a word where a key may come. Going out: the key in `key`.
//! Decided elsewhere: what follows it (`colon`), keys that have no value (`set`), the other readings of the value before it
//! (`string`, `bare`).

use super::{Flow, Input, Machine, Mode, Outcome, Slot, held};
use crate::error::Error;
use crate::repair::RepairKind;
use crate::sink::Sink;
use crate::text::{is_any_blank, quote_family};

impl Machine {
    pub(super) fn begin_bare_key<S: Sink>(&mut self, sink: &mut S, input: Input<'_>) -> Outcome {
        if self.is_torn() && self.context().is_some_and(|frame| !frame.bare) {
            // `"say "a", or b: c"`: where keys have marks, one without proves nothing, but one that lost only its first does, and
            // one that begins a whole member.
            let follows = match self.half_a_key_follows(input, 0) {
                Some(false) => self.whole_member_follows(input),
                follows => follows,
            };
            match follows.map(|follows| follows && !self.ends_a_quotation()) {
                None => return Ok(Flow::Wait),
                Some(false) => return self.reopen_string(sink, None),
                Some(true) => {}
            }
        }
        self.repair(sink, RepairKind::UnquotedKey, self.offset())?;
        self.key.clear();
        self.key_mark = None;
        self.mode = Mode::BareKey;
        Ok(Flow::Go)
    }

    pub(super) fn bare_key<S: Sink>(&mut self, sink: &mut S, input: Input<'_>) -> Outcome {
        while self.at < input.bytes.len() {
            let Some((raw, len)) = self.peek(sink, input)? else {
                return Ok(Flow::Wait);
            };
            match self.narrowed(sink, raw)? {
                c @ (':' | '=') if self.weighs_a_value() => match self.is_no_key(input, c, len) {
                    None => return Ok(Flow::Wait),
                    Some(true) => return self.bare_key_without_colon(sink, c),
                    Some(false) => {
                        self.trim_bare_key();
                        self.mode = Mode::Colon;
                        return Ok(Flow::Go);
                    }
                },
                ':' | '=' => {
                    self.trim_bare_key();
                    self.mode = Mode::Colon;
                    return Ok(Flow::Go);
                }
                '\'' | '"'
                    if super::bare::is_string_prefix(&self.key) && self.opens_string(input, len) != Some(false) =>
                {
                    if self.opens_string(input, len).is_none() {
                        return Ok(Flow::Wait);
                    }
                    self.repair(sink, RepairKind::StringPrefix, self.offset())?;
                    return self.open_key(sink, raw, len);
                }
                '"' if self.slot == Slot::Bare && self.weighs_a_value() && self.key_is_digits() => {
                    return self.reopen_bare(sink);
                }
                '"' if !self.is_torn() && self.key.ends_with(is_any_blank) => match self.half_a_key_follows(input, len)
                {
                    None => return Ok(Flow::Wait),
                    // `e f, g h. "i": 1`: the words are more of the value before them; elsewhere they are nothing.
                    Some(true) if self.slot == Slot::Bare && !self.token_is_whole() => return self.reopen_bare(sink),
                    Some(true) => return self.open_key(sink, '"', len),
                    Some(false) => self.take_for_bare_key(sink, '"', len)?,
                },
                '[' if !self.is_torn() => {
                    let index = match index_of_a_key(&input.bytes[self.at..], input.eof) {
                        None => return Ok(Flow::Wait),
                        Some(0) => return self.bare_key_without_colon(sink, '['),
                        Some(index) => index,
                    };
                    self.key.push_str(&String::from_utf8_lossy(&input.bytes[self.at..self.at + index]));
                    self.check_key_limit(sink)?;
                    self.at += index;
                }
                '\n' if self.next_byte(input, len) == Some(b':') => self.at += len,
                '\n' if self.next_byte(input, len).is_none() => return Ok(Flow::Wait),
                c @ (',' | ';' | '}' | ']' | '{' | '[' | '\n') => {
                    return self.bare_key_without_colon(sink, c);
                }
                c => self.take_for_bare_key(sink, c, len)?,
            }
        }
        Ok(Flow::Wait)
    }

    fn take_for_bare_key<S: Sink>(&mut self, sink: &S, c: char, len: usize) -> Result<(), Error> {
        held::push(&mut self.key, c);
        self.check_key_limit(sink)?;
        self.at += len;
        Ok(())
    }

    /// Whether a name and a colon, or what stands for one, follow, on a line of their own or with a whole value after them. `None`
    /// where too little has come.
    fn whole_member_follows(&self, input: Input<'_>) -> Option<bool> {
        const NEAR: usize = 64;
        let rest = &input.bytes[self.at..];
        let window = &rest[..rest.len().min(NEAR)];
        let more = window.len() < NEAR && !input.eof;
        let name = window
            .iter()
            .take_while(|b| b.is_ascii_alphanumeric() || **b >= 0x80 || matches!(b, b'_' | b'-' | b'$'))
            .count();
        let blanks = window[name..].iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        let colon = match &window[name + blanks..] {
            [] | [b'='] if more => return None,
            [b':', ..] => 1,
            [b'=', b'>', ..] => 2,
            [b'=', ..] => 1,
            _ => return Some(false),
        };
        if name == 0 || self.newline {
            Some(name > 0)
        } else {
            whole_value_follows(&rest[name + blanks + colon..], input.eof)
        }
    }

    /// `1,234 "next": …`: the key is the rest of a number.
    fn key_is_digits(&self) -> bool {
        let key = self.key.trim_end();
        key.len() < self.key.len() && !key.is_empty() && key.bytes().all(|b| b.is_ascii_digit() || b == b'.')
    }

    /// Whether what is read as a key may still belong to the value before it.
    fn weighs_a_value(&self) -> bool {
        matches!(self.slot, Slot::Text | Slot::Bare) && self.pending == 0 && self.context().is_some()
    }

    /// Whether a colon or equals sign after a word in a text without marks belongs to the text: `https://`, `10:30`, `?a=1`.
    fn is_no_key(&self, input: Input<'_>, c: char, len: usize) -> Option<bool> {
        if c == '=' {
            return Some(!self.context().is_some_and(|frame| frame.equals));
        }
        let rest = &input.bytes[self.at + len..];
        match rest {
            [] | [b'/'] if !input.eof => None,
            [b'/', b'/', ..] => Some(true),
            [next, ..] => {
                let word = self.key.rsplit(is_any_blank).next().unwrap_or_default();
                let digits = !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit());
                Some(digits && next.is_ascii_digit())
            }
            [] => Some(false),
        }
    }

    /// Blanks around the key are none of it, nor is a mark that lost its other half.
    fn trim_bare_key(&mut self) {
        let trimmed = self.key.trim_matches(is_any_blank);
        let trimmed = trimmed.strip_suffix(|c| quote_family(c).is_some()).unwrap_or(trimmed);
        self.key = trimmed.to_owned();
    }

    fn bare_key_without_colon<S: Sink>(&mut self, sink: &mut S, c: char) -> Outcome {
        if self.context().is_none() {
            return self.root_goes_on_as_prose(sink);
        }
        match self.slot {
            Slot::Text => return self.reopen_string(sink, None),
            Slot::Bare => return self.reopen_bare(sink),
            Slot::Nothing | Slot::Firm => {}
        }
        self.trim_bare_key();
        self.key_without_value(sink, c)
    }
}

/// How long an index is that goes on a key without marks: `items[0]: …`. `None` where too little has come.
fn index_of_a_key(rest: &[u8], eof: bool) -> Option<usize> {
    const NEAR: usize = 32;
    let window = &rest[..rest.len().min(NEAR)];
    let inside = window[1..].iter().take_while(|&&b| b.is_ascii_alphanumeric() || b == b'_').count();
    match (window.get(1 + inside), window.get(2 + inside)) {
        (Some(b']'), Some(b':' | b'.' | b'[')) => Some(2 + inside),
        (None, _) | (Some(b']'), None) if window.len() < NEAR && !eof => None,
        _ => Some(0),
    }
}

/// Whether a value follows, and a comma or closer after it as far as it can be seen from near: a container, a text in marks, a
/// number or literal. `None` where too little has come.
pub(super) fn whole_value_follows(rest: &[u8], eof: bool) -> Option<bool> {
    const NEAR: usize = 256;
    let window = &rest[..rest.len().min(NEAR)];
    let more = window.len() < NEAR && !eof;
    let from = window.iter().take_while(|b| b.is_ascii_whitespace()).count();
    let len = match window.get(from) {
        None if more => return None,
        None => return Some(false),
        Some(b'{' | b'[') => return Some(true),
        Some(mark @ (b'"' | b'\'')) => 2 + window[from + 1..].iter().take_while(|b| *b != mark).count(),
        Some(_) => window[from..].iter().take_while(|b| !b.is_ascii_whitespace() && !matches!(b, b',' | b'}')).count(),
    };
    let end = from + len;
    let after = window.get(end..).unwrap_or_default().iter().find(|b| !b.is_ascii_whitespace());
    let word = matches!(window[from], b'"' | b'\'')
        || std::str::from_utf8(window.get(from..end).unwrap_or_default()).is_ok_and(super::reading::is_whole);
    match after {
        None if more => None,
        next => Some(word && matches!(next, Some(b',' | b'}'))),
    }
}
