//! Keys: where one may begin, and the text of one in marks.
//!
//! Coming in: what follows `{`, a comma, or a value without one. Going out: the key in `key`.
//! Decided elsewhere: keys without marks (`bare_key`), what follows a key (`colon`), brackets in its place (`next_object`), the
//! value before the key; where no colon comes, it may not have ended (`string`, `bare`).

use super::string::{Stop, Taking};
use super::{Flow, Input, Machine, Mode, Outcome, Slot};
use crate::error::{Error, ErrorKind};
use crate::repair::RepairKind;
use crate::sink::Sink;
use crate::text::{Family, is_any_blank, quote_family};

/// What may begin a value after a key without a colon.
pub(super) const LITERALS: [&str; 6] = ["true", "false", "null", "True", "False", "None"];

/// How far to look for the end of a key.
pub(super) const NAME: usize = 64;

/// What the name of a member is made of.
pub(super) fn is_name(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b >= 0x80 || matches!(b, b'_' | b'-' | b'$' | b'.' | b' ')
}

impl Machine {
    pub(super) fn key_start<S: Sink>(&mut self, sink: &mut S, input: Input<'_>) -> Outcome {
        let Some((raw, len)) = self.peek(sink, input)? else {
            return Ok(Flow::Wait);
        };
        let c = self.narrowed(sink, raw)?;
        match c {
            '"' => self.open_key(sink, c, len),
            ' ' | '\n' | '\r' | '\t' => {
                self.newline |= c == '\n';
                self.at += len;
                Ok(Flow::Go)
            }
            '}' | ']' | ')' => {
                self.settle_lone_item(sink)?;
                if self.comma {
                    self.repair(sink, RepairKind::ExtraComma, self.comma_at)?;
                    self.comma = false;
                }
                self.closer(sink, c, len)
            }
            ',' | ';' => {
                self.repair(sink, RepairKind::ExtraComma, self.offset())?;
                self.at += len;
                Ok(Flow::Go)
            }
            _ => self.odd_key(sink, input, c, len),
        }
    }

    fn odd_key<S: Sink>(&mut self, sink: &mut S, input: Input<'_>, c: char, len: usize) -> Outcome {
        if self.options.strict {
            return Err(self.error(sink, ErrorKind::Malformed, "a key must be in double quotes", self.offset()));
        }
        if is_any_blank(c) {
            return self.skip_odd_blank(sink, c, len);
        }
        if let Some(flow) = self.escaped_start(sink, input, c)? {
            return Ok(flow);
        }
        if let Some(flow) = self.skip_escaped_blanks(sink, input, c)? {
            return Ok(flow);
        }
        if let Some(flow) = self.comment_start(sink, input, c, Mode::KeyStart)? {
            return Ok(flow);
        }
        if matches!(c, '.' | '\u{2026}')
            && let Some(flow) = self.ellipsis(sink, input, c, Mode::KeyStart)?
        {
            return Ok(flow);
        }
        if c == '`' {
            match self.ahead(input, "```") {
                None => return Ok(Flow::Wait),
                Some(true) => return self.payload_ended(sink),
                Some(false) => {}
            }
        }
        if quote_family(c).is_some() {
            self.repair(sink, RepairKind::QuoteMarks, self.offset())?;
            return self.open_key(sink, c, len);
        }
        match c {
            '{' | '[' | '(' => self.bracket_for_key(sink, input, c, len),
            ':' | '=' => {
                self.repair(sink, RepairKind::OddColon, self.offset())?;
                self.at += len;
                Ok(Flow::Go)
            }
            _ => self.begin_bare_key(sink, input),
        }
    }

    /// Whether the innermost container has no child yet, not even one that waits.
    pub(super) fn context_is_empty(&self) -> bool {
        self.pending == 0 && self.slot == Slot::Nothing && self.context().is_some_and(|frame| frame.count == 0)
    }

    pub(super) fn open_key<S: Sink>(&mut self, sink: &mut S, mark: char, len: usize) -> Outcome {
        if self.comma_is_missing() {
            self.repair(sink, RepairKind::MissingComma, self.offset())?;
        }
        self.at += len;
        self.key.clear();
        self.key_mark = Some(mark);
        self.control = false;
        self.mode = Mode::Key;
        Ok(Flow::Go)
    }

    /// Whether a key comes without a comma after a member.
    fn comma_is_missing(&self) -> bool {
        !self.comma && (self.slot != Slot::Nothing || self.pending > 0 || self.context().is_some_and(|f| f.count > 0))
    }

    pub(super) fn quoted_key<S: Sink>(&mut self, sink: &mut S, input: Input<'_>) -> Outcome {
        let mut key = std::mem::take(&mut self.key);
        let mark = self.key_mark.unwrap_or('"');
        let double = quote_family(mark) != Some(Family::Double) && !self.options.strict;
        let taking = Taking {
            mark,
            other: double.then_some(b'"'),
            raw: false,
            limit: self.options.limits.key_bytes,
            what: "a key",
        };
        let stop = self.take_text(sink, input, &mut key, taking);
        self.key = key;
        match stop? {
            Stop::Wait => Ok(Flow::Wait),
            Stop::Mark('"', _) if double => self.double_mark_ends_key(sink, input),
            Stop::Mark(mark, len) => {
                self.close_key(mark, len);
                Ok(Flow::Go)
            }
        }
    }

    /// `{'name": …`: the double mark ends the key after all where a colon follows, and is part of it elsewhere.
    fn double_mark_ends_key<S: Sink>(&mut self, sink: &mut S, input: Input<'_>) -> Outcome {
        match self.next_byte(input, 1) {
            None => return Ok(Flow::Wait),
            Some(b':') if self.key_is_named() => self.close_key('"', 1),
            Some(_) => {
                self.key.push('"');
                self.check_key_limit(sink)?;
                self.at += 1;
            }
        }
        Ok(Flow::Go)
    }

    /// The key ends here, unless no colon follows.
    #[inline]
    pub(super) fn close_key(&mut self, mark: char, len: usize) {
        self.key_closing = mark;
        self.at += len;
        self.key_end = self.offset();
        self.hold = Some(self.hold.unwrap_or(self.key_end));
        self.mode = Mode::Colon;
    }

    pub(super) fn check_key_limit<S: Sink>(&self, sink: &S) -> Result<(), Error> {
        match self.options.limits.key_bytes {
            Some(limit) if self.key.len() > limit => {
                let offset = self.offset().saturating_sub((self.key.len() - limit) as u64);
                Err(self.error(sink, ErrorKind::Limit, &format!("a key is longer than {limit} bytes"), offset))
            }
            _ => Ok(()),
        }
    }

    /// Whether a word, a mark and a colon follow, `skip` bytes on. `None` where too little has come.
    pub(super) fn half_a_key_follows(&self, input: Input<'_>, skip: usize) -> Option<bool> {
        let from = (self.at + skip).min(input.bytes.len());
        let window = &input.bytes[from..input.bytes.len().min(from + NAME)];
        let len = window.iter().take_while(|&&b| is_name(b)).count();
        match (window.get(len), self.next_byte(input, skip + len + 1)) {
            (None, _) if window.len() < NAME && !input.eof => None,
            (Some(b'"' | b'\''), None) => None,
            (Some(b'"' | b'\''), Some(b':')) => Some(len > 0),
            _ => Some(false),
        }
    }

    /// Whether a word in marks and a colon follow, `skip` bytes and blanks on. `None` where too little has come.
    pub(super) fn member_follows(&self, input: Input<'_>, skip: usize) -> Option<bool> {
        match self.next_byte(input, skip) {
            None => None,
            Some(b'"') => {
                let blanks = input.bytes[self.at + skip..].iter().take_while(|b| b.is_ascii_whitespace()).count();
                self.half_a_key_follows(input, skip + blanks + 1)
            }
            Some(_) => Some(false),
        }
    }

    /// Whether the key is a name as most members have.
    pub(super) fn key_is_named(&self) -> bool {
        self.key.len() <= NAME && !self.key.is_empty() && self.key.bytes().all(is_name)
    }
}
