//! Keys: where one may begin, its text, and the colon that confirms everything before it.
//!
//! Coming in: what follows `{`, a comma, or a value without one. Going out: the key in `key`, then the sink's `key`.
//! Decided elsewhere: the value before the key; where no colon comes, it may not have ended (`string`, `bare`).

use super::string::{Stop, Taking};
use super::{Flow, Input, Machine, Mode, Outcome, Slot};
use crate::error::{Error, ErrorKind};
use crate::repair::RepairKind;
use crate::sink::{Kind, Scalar, Sink};
use crate::text::{Family, is_any_blank, quote_family};

/// What may begin a value after a key without a colon.
pub(super) const LITERALS: [&str; 6] = ["true", "false", "null", "True", "False", "None"];

/// How far to look for the end of a key.
const NAME: usize = 64;

/// Which mark of a key stands there twice.
enum Doubled {
    No,
    Start,
    End,
}

/// Whether a text without marks is nothing but brackets, commas, numbers and literals.
fn is_structure(text: &str) -> bool {
    let between = |c: char| matches!(c, ',' | '{' | '}' | '[' | ']') || c.is_whitespace();
    text.split(between).filter(|token| !token.is_empty()).all(super::bare::is_whole)
}

/// The same, with texts in single marks among them.
fn is_structure_of_texts(text: &str) -> bool {
    let between = text.split(['\'', '`']).step_by(2).all(is_structure);
    between && text.matches(['\'', '`']).count().is_multiple_of(2)
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

/// A name without the mark of another sort that seems to end it.
fn without_a_mark(name: &str) -> &str {
    name.strip_suffix(|c| quote_family(c).is_some()).unwrap_or(name)
}

/// What the name of a member is made of.
fn is_name(b: u8) -> bool {
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

    /// A bracket where a key may come: a doubled one, a set of values, or the next object of an array.
    fn bracket_for_key<S: Sink>(&mut self, sink: &mut S, input: Input<'_>, c: char, len: usize) -> Outcome {
        if c == '[' && self.pending > 0 && self.frames[self.frames.len() - self.pending].kind == Kind::Array {
            // `"tags": ["a"], ["b"]`: the array was closed too early.
            self.repair(sink, RepairKind::ExtraCloser, self.offset())?;
            let rows = self.pending > 1 || self.frames[self.frames.len() - 1].nested;
            self.pending -= 1;
            if !rows {
                // Its items are no arrays, so this bracket was to go on with them.
                self.at += len;
            }
            self.comma_at = self.offset();
            self.comma = true;
            self.mode = Mode::Value;
            return Ok(Flow::Go);
        }
        if let Some(pending) = self.goes_on_after_wrong_closer().filter(|_| c == '{' && self.comma) {
            self.reopen_array(pending);
            return Ok(Flow::Go);
        }
        if c == '{' && self.comma && self.is_in_the_root() && self.value_is_whole() {
            match self.begins_as_this_object(input, len) {
                None => return Ok(Flow::Wait),
                Some(true) => return self.payload_ended(sink),
                Some(false) => {}
            }
        }
        if self.slot == Slot::Text && !self.is_guarded() {
            match self.next_object_begins(input, c, len) {
                None => return Ok(Flow::Wait),
                Some(false) => return self.reopen_string(sink, Some(c)),
                Some(true) => {}
            }
        }
        if c == '{' && self.comma && self.pending > 0 && self.frames[self.frames.len() - self.pending].wrapped {
            // `"items": {"id": 1}, {"id": 2}]` where a list is wanted: the bracket before the first was lost.
            return self.go_on_with_the_list(sink);
        }
        let empty = self.context_is_empty();
        if c == '{' && empty && self.lone.is_none() {
            self.repair(sink, RepairKind::DoubledBracket, self.offset())?;
            if let Some(frame) = self.context_mut() {
                frame.doubled += 1;
            }
            self.at += len;
            return Ok(Flow::Go);
        }
        if empty {
            self.repair(sink, RepairKind::Set, self.offset())?;
            self.become_array(sink);
            if let Some(item) = self.lone.take() {
                self.fill_slot(item);
                self.commit(sink)?;
            }
            return Ok(Flow::Go);
        }
        let parent = self.frames.len().checked_sub(self.pending + 2).map(|level| self.frames[level].kind);
        if c == '{' && parent == Some(Kind::Array) {
            self.repair(sink, RepairKind::MissingCloser, self.offset())?;
            self.pending += 1;
            self.mode = Mode::Value;
            return Ok(Flow::Go);
        }
        self.repair(sink, RepairKind::DoubledBracket, self.offset())?;
        self.at += len;
        Ok(Flow::Go)
    }

    /// Whether the first key after a bracket that is `len` bytes long is that of the innermost object: `{"a": 1\n{"a": 2}`.
    /// `None` where too little has come.
    pub(super) fn begins_as_this_object(&self, input: Input<'_>, len: usize) -> Option<bool> {
        let first = self.context().map_or(0, |frame| frame.first);
        self.first_key(input, len).map(|key| key == Some(first))
    }

    /// Fingerprint of the first key after a bracket that is `len` bytes long, where it is a name in marks.
    fn first_key(&self, input: Input<'_>, len: usize) -> Option<Option<u64>> {
        if !matches!(self.next_byte(input, len)?, b'"' | b'\'') {
            return Some(None);
        }
        let rest = &input.bytes[self.at + len..];
        let blanks = rest.iter().take_while(|b| b.is_ascii_whitespace()).count();
        let rest = &rest[blanks + 1..];
        let name = rest.iter().take(NAME).take_while(|&&b| is_name(b)).count();
        match rest.get(name) {
            None if !input.eof && name < NAME => None,
            Some(b'"' | b'\'') => Some(std::str::from_utf8(&rest[..name]).ok().map(super::container::fingerprint)),
            _ => Some(None),
        }
    }

    /// Whether `, {` is the next object of an array, rather than text: a mark must follow.
    fn next_object_begins(&self, input: Input<'_>, c: char, len: usize) -> Option<bool> {
        let parent = self.frames.len().checked_sub(self.pending + 2).map(|level| self.frames[level].kind);
        let closed = self.pending > 0 && self.quoted.last_mark.is_none();
        if c != '{' || !self.comma || (parent != Some(Kind::Array) && !closed) {
            return Some(false);
        }
        self.next_byte(input, len).map(|next| matches!(next, b'"' | b'\''))
    }

    /// Whether the innermost container has no child yet, not even one that waits.
    fn context_is_empty(&self) -> bool {
        self.pending == 0 && self.slot == Slot::Nothing && self.context().is_some_and(|frame| frame.count == 0)
    }

    fn become_array<S: Sink>(&mut self, sink: &mut S) {
        self.moved_on();
        sink.become_array();
        if let Some(frame) = self.frames.last_mut() {
            frame.kind = Kind::Array;
            frame.paren = false;
            frame.brace = true;
        }
        self.mode = Mode::Value;
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

    fn check_key_limit<S: Sink>(&self, sink: &S) -> Result<(), Error> {
        match self.options.limits.key_bytes {
            Some(limit) if self.key.len() > limit => {
                let offset = self.offset().saturating_sub((self.key.len() - limit) as u64);
                Err(self.error(sink, ErrorKind::Limit, &format!("a key is longer than {limit} bytes"), offset))
            }
            _ => Ok(()),
        }
    }

    /// Whether a word, a mark and a colon follow, `skip` bytes on. `None` where too little has come.
    fn half_a_key_follows(&self, input: Input<'_>, skip: usize) -> Option<bool> {
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
    fn key_is_named(&self) -> bool {
        self.key.len() <= NAME && !self.key.is_empty() && self.key.bytes().all(is_name)
    }

    fn begin_bare_key<S: Sink>(&mut self, sink: &mut S, input: Input<'_>) -> Outcome {
        if self.is_torn() && self.context().is_some_and(|frame| !frame.bare) {
            // `"say "a", or b: c"`: where keys have marks, one without proves nothing, but one that lost only its first does.
            match self.half_a_key_follows(input, 0).map(|follows| follows && !self.ends_a_quotation()) {
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
                '[' if !self.is_torn() && index_of_a_key(&input.bytes[self.at..], input.eof) != Some(0) => {
                    let Some(index) = index_of_a_key(&input.bytes[self.at..], input.eof) else {
                        return Ok(Flow::Wait);
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
                c => {
                    self.key.push(c);
                    self.check_key_limit(sink)?;
                    self.at += len;
                }
            }
        }
        Ok(Flow::Wait)
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

    /// A key that is followed by a comma or a closer: an item of a set, or a member without a value. Which of them the
    /// first such key is, the next one tells.
    fn key_without_value<S: Sink>(&mut self, sink: &mut S, c: char) -> Outcome {
        let first = self.context_is_empty();
        let lone = std::mem::take(&mut self.key);
        let item = (lone, self.key_mark.is_some());
        if first && self.lone.is_none() && c == ',' {
            self.lone = Some(item);
            self.hold = None;
            self.mode = Mode::KeyStart;
            return Ok(Flow::Go);
        }
        if first {
            self.repair(sink, RepairKind::Set, self.offset())?;
            self.become_array(sink);
            if let Some(before) = self.lone.take() {
                self.fill_slot(before);
                self.commit(sink)?;
            }
            self.fill_slot(item);
            self.mode = Mode::After;
            return Ok(Flow::Go);
        }
        self.repair(sink, RepairKind::MissingValue, self.offset())?;
        self.key = item.0;
        self.take_key(sink)?;
        self.counted(sink)?;
        self.emit(sink, Scalar::Null);
        self.mode = Mode::After;
        Ok(Flow::Go)
    }

    /// Makes a scalar of what was read as a key.
    fn fill_slot(&mut self, (text, quoted): (String, bool)) {
        self.values += 1;
        self.slot_end = self.offset();
        let start = self.slot_end.saturating_sub(text.len() as u64);
        self.quoted = super::string::Quoted::at(start);
        self.token = super::bare::Token::of(&text, self.slot_end);
        self.text = text;
        self.slot = if quoted { Slot::Firm } else { Slot::Bare };
    }

    /// A first key without a value, once a key with one has followed.
    fn settle_lone_key<S: Sink>(&mut self, sink: &mut S) -> Result<(), Error> {
        let Some((lone, _)) = self.lone.take() else { return Ok(()) };
        self.repair(sink, RepairKind::MissingValue, self.offset())?;
        self.moved_on();
        if !self.prose.extra {
            sink.key(&lone);
        }
        self.counted(sink)?;
        self.emit(sink, Scalar::Null);
        Ok(())
    }

    /// Gives up a first key whose fellows never came: a set of one.
    pub(super) fn settle_lone_item<S: Sink>(&mut self, sink: &mut S) -> Result<(), Error> {
        let Some(item) = self.lone.take() else { return Ok(()) };
        self.repair(sink, RepairKind::Set, self.offset())?;
        self.become_array(sink);
        self.fill_slot(item);
        self.commit(sink)
    }

    /// The colon has come: everything before it holds.
    pub(super) fn take_key<S: Sink>(&mut self, sink: &mut S) -> Result<(), Error> {
        if self.context().is_none() && !self.frames.is_empty() {
            self.reopen_root(sink)?;
        } else {
            self.commit(sink)?;
        }
        if self.lone.is_some() {
            self.settle_lone_key(sink)?;
        }
        self.moved_on();
        if let Some(frame) = self.frames.last_mut() {
            frame.bare |= self.key_mark.is_none();
        }
        let key = std::mem::take(&mut self.key);
        self.enter_member(&key);
        if !self.prose.extra {
            sink.key(&key);
        }
        self.key = key;
        self.key.clear();
        self.comma = false;
        self.newline = false;
        self.mode = Mode::Value;
        Ok(())
    }

    pub(super) fn colon<S: Sink>(&mut self, sink: &mut S, input: Input<'_>) -> Outcome {
        let Some((raw, len)) = self.peek(sink, input)? else {
            return Ok(Flow::Wait);
        };
        let c = self.narrowed(sink, raw)?;
        match c {
            ':' | '=' if self.is_torn() && !self.key_speaks_for_itself(c) => self.reopen_string(sink, Some(c)),
            ':' => {
                match self.quotes_a_stranger(input, len) {
                    None => return Ok(Flow::Wait),
                    Some(true) => return self.reopen_string(sink, Some(c)),
                    Some(false) if self.ends_a_quotation() && !self.comma && !self.newline => {
                        return self.reopen_string(sink, Some(c));
                    }
                    Some(false) if self.is_guarded() => {
                        self.quoted.refused.get_or_insert(self.text.len());
                        return self.reopen_string(sink, Some(c));
                    }
                    Some(_) => {}
                }
                self.take_key(sink)?;
                self.at += len;
                Ok(Flow::Go)
            }
            ' ' | '\n' | '\r' | '\t' => {
                self.at += len;
                Ok(Flow::Go)
            }
            '=' => {
                self.repair(sink, RepairKind::OddColon, self.offset())?;
                let arrow = match self.ahead(input, "=>") {
                    None => return Ok(Flow::Wait),
                    Some(arrow) => arrow,
                };
                self.take_key(sink)?;
                if let Some(frame) = self.frames.last_mut() {
                    frame.equals = true;
                }
                self.at += if arrow { 2 } else { len };
                Ok(Flow::Go)
            }
            _ if is_any_blank(c) => self.skip_odd_blank(sink, c, len),
            '\u{2192}' | '\u{21D2}' if !self.is_torn() && self.key_mark.is_some() => {
                self.repair(sink, RepairKind::OddColon, self.offset())?;
                self.take_key(sink)?;
                self.at += len;
                Ok(Flow::Go)
            }
            '-' if !self.is_torn() && self.key_mark.is_some() && self.ahead(input, "->") != Some(false) => {
                if self.ahead(input, "->").is_none() {
                    return Ok(Flow::Wait);
                }
                self.repair(sink, RepairKind::OddColon, self.offset())?;
                self.take_key(sink)?;
                self.at += "->".len();
                Ok(Flow::Go)
            }
            _ => {
                if let Some(flow) = self.comment_start(sink, input, c, Mode::Colon)? {
                    return Ok(flow);
                }
                self.no_colon(sink, input, c)
            }
        }
    }

    /// Whether the colon after a string with a mark inside is one of this document's, and the key before it looks like one,
    /// if a quotation may have ended before it.
    fn key_speaks_for_itself(&self, colon: char) -> bool {
        let begins = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '@' | '#' | '-');
        let known = colon == ':' || self.context().is_some_and(|frame| frame.equals);
        let named = || self.key.is_empty() || self.key.starts_with(begins) && super::after::is_plausible_key(&self.key);
        known && (!self.ends_a_quotation() || named())
    }

    /// Something else than a colon follows a key.
    fn no_colon<S: Sink>(&mut self, sink: &mut S, input: Input<'_>, c: char) -> Outcome {
        if self.options.strict {
            return Err(self.error(sink, ErrorKind::Malformed, "a colon is missing", self.offset()));
        }
        if self.context().is_none() {
            return self.root_goes_on_as_prose(sink);
        }
        let adjacent = self.offset() == self.key_end;
        if adjacent && self.key.is_empty() && self.only_brackets() && c.is_alphanumeric() {
            // `{""key""`: marks doubled as in CSV; the first of the pair has been read.
            self.mode = Mode::Key;
            self.hold = None;
            return self.begin_unescaping(sink, super::escaped::Escaping::Doubled);
        }
        if adjacent && !self.is_torn() {
            match self.doubled_mark(input, c) {
                None => return Ok(Flow::Wait),
                Some(Doubled::Start) => return self.skip_first_mark(sink),
                Some(Doubled::End) => {
                    self.repair(sink, RepairKind::ExtraQuote, self.offset())?;
                    self.at += c.len_utf8();
                    self.key_end = self.offset();
                    return Ok(Flow::Go);
                }
                Some(Doubled::No) => {}
            }
        }
        if adjacent && self.key_holds_colon() && quote_family(c).is_none() {
            return self.split_key(sink);
        }
        if adjacent && quote_family(c).is_none() && self.key_has_swallowed_a_value() {
            return self.read_swallowed_value(sink);
        }
        // `"qty"2`: also without a blank, where a comma came and a name like others.
        let named = adjacent && self.comma && !self.is_torn() && self.key_is_named();
        let apart = !adjacent || named;
        let literal = apart && matches!(c, 't' | 'f' | 'n' | 'T' | 'F' | 'N');
        if literal && LITERALS.iter().any(|word| self.ahead(input, word).is_none()) {
            return Ok(Flow::Wait);
        }
        let literal = literal && LITERALS.iter().any(|word| self.ahead(input, word) == Some(true));
        let value_begins = literal
            || apart && (c.is_ascii_digit() || c == '-')
            || !adjacent && (quote_family(c).is_some() || matches!(c, '+' | '{' | '[' | '('));
        if let Some(flow) = self.bracket_for_colon(sink, input, adjacent)? {
            return Ok(flow);
        }
        match self.slot {
            Slot::Text if !value_begins || self.ends_a_quotation() => return self.reopen_string(sink, Some(c)),
            Slot::Text | Slot::Bare if value_begins => return self.missing_colon(sink),
            Slot::Bare if self.key_mark.is_none() || !self.token_is_whole() => return self.reopen_bare(sink),
            _ => {}
        }
        match c {
            ',' | ';' | '}' | ']' | ')' => self.key_without_value(sink, c),
            _ if value_begins || (!adjacent && self.key.rfind('"').is_none()) => self.missing_colon(sink),
            _ if adjacent && (matches!(c, '{' | '[') || c.is_ascii_digit()) => self.missing_colon(sink),
            _ => self.reopen_key(sink),
        }
    }

    /// Whether the mark before or after a key stands there twice: `""name":`, `"name"":`. `None` where too little has come.
    fn doubled_mark(&self, input: Input<'_>, c: char) -> Option<Doubled> {
        if self.key.is_empty() && (self.comma || self.context_is_empty()) {
            let follows = self.half_a_key_follows(input, 0);
            return follows.map(|follows| if follows { Doubled::Start } else { Doubled::No });
        }
        if c == self.key_closing && self.key_is_named() {
            return match self.next_byte(input, c.len_utf8()) {
                None => None,
                Some(b':') => Some(Doubled::End),
                Some(_) => Some(Doubled::No),
            };
        }
        Some(Doubled::No)
    }

    /// The first of two marks before a key was one too many; the key begins after the second.
    fn skip_first_mark<S: Sink>(&mut self, sink: &mut S) -> Outcome {
        self.repair(sink, RepairKind::ExtraQuote, self.key_end - self.key_closing.len_utf8() as u64)?;
        if self.slot == Slot::Nothing {
            self.hold = None;
        }
        self.mode = Mode::Key;
        Ok(Flow::Go)
    }

    /// `"steps"["a", …`, `"steps", ["a", …`: a bracket after a name, which only a value begins with.
    fn bracket_for_colon<S: Sink>(
        &mut self,
        sink: &mut S,
        input: Input<'_>,
        adjacent: bool,
    ) -> Result<Option<Flow>, Error> {
        if self.is_torn() || !self.key_is_named() {
            return Ok(None);
        }
        match input.bytes[self.at] {
            b'{' | b'[' if adjacent => self.missing_colon(sink).map(Some),
            b',' => match self.next_byte(input, 1) {
                None => Ok(Some(Flow::Wait)),
                Some(b'{' | b'[') => {
                    self.repair(sink, RepairKind::OddColon, self.offset())?;
                    self.take_key(sink)?;
                    self.at += 1;
                    Ok(Some(Flow::Go))
                }
                Some(_) => Ok(None),
            },
            _ => Ok(None),
        }
    }

    fn missing_colon<S: Sink>(&mut self, sink: &mut S) -> Outcome {
        self.repair(sink, RepairKind::MissingColon, self.offset())?;
        self.take_key(sink)?;
        Ok(Flow::Go)
    }

    /// The mark after the key was part of it.
    fn reopen_key<S: Sink>(&mut self, sink: &mut S) -> Outcome {
        self.repair(sink, RepairKind::InnerQuote, self.key_end - self.key_closing.len_utf8() as u64)?;
        self.at = (self.key_end - self.base) as usize;
        self.key.push(self.key_closing);
        if self.slot == Slot::Nothing {
            self.hold = None;
        }
        self.mode = Mode::Key;
        Ok(Flow::Go)
    }

    /// `{"name: "Vera"`: the key lost its end, and what was taken for it begins the value.
    fn key_holds_colon(&self) -> bool {
        let key = self.key.trim_end();
        key.len() > 1 && key.ends_with(':') && !key.starts_with(['.', ',', ';', ':', ')'])
    }

    /// `{"id: 1, "name": …`: the key lost its end and went on over its value, a number, a literal or an opening bracket, up
    /// to the next mark.
    fn key_has_swallowed_a_value(&self) -> bool {
        const LONGEST: usize = 256;
        if self.key.len() > LONGEST {
            return false;
        }
        let Some((before, rest)) = self.key.split_once(':') else { return false };
        let name = without_a_mark(before);
        let named = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | ' '));
        let ends = rest.trim_end().ends_with([',', '{', '[']);
        let begins = !rest.trim_start().starts_with(['}', ']', ',']);
        named && ends && begins && (is_structure(rest) || name.len() < before.len() && is_structure_of_texts(rest))
    }

    /// `{"ok": true, "cc: []}`: a key without its end has swallowed its value and the rest of a whole document.
    pub(super) fn key_has_swallowed_the_end(&self) -> bool {
        if self.mode != Mode::Key || self.context().is_none() || self.options.strict {
            return false;
        }
        let Some((before, rest)) = self.key.split_once(':') else { return false };
        let name = without_a_mark(before);
        let closer = if self.root_is_object() { '}' } else { ']' };
        let Some(end) = rest.rfind(closer) else { return false };
        let (value, after) = (rest[..end].trim_start(), &rest[end + 1..]);
        let begins = value.starts_with(|c: char| !matches!(c, '}' | ']' | ','));
        let named = name.len() <= NAME && !name.is_empty() && name.bytes().all(is_name);
        let structure = is_structure(value) || name.len() < before.len() && is_structure_of_texts(value);
        named && begins && structure && (after.trim().is_empty() || after.starts_with('\n'))
    }

    /// Reads that member and what comes after it.
    pub(super) fn read_swallowed_member<S: Sink>(&mut self, sink: &mut S) -> Result<(), Error> {
        let key = std::mem::take(&mut self.key);
        let (name, rest) = key.split_once(':').unwrap_or((&key, ""));
        let base = self.offset().saturating_sub(rest.len() as u64);
        self.repair(sink, RepairKind::MissingQuote, base.saturating_sub(1))?;
        without_a_mark(name).trim_end().clone_into(&mut self.key);
        self.take_key(sink)?;
        self.read_inserted(sink, rest.as_bytes(), base)
    }

    fn read_swallowed_value<S: Sink>(&mut self, sink: &mut S) -> Outcome {
        self.repair(sink, RepairKind::MissingQuote, self.key_end)?;
        let key = std::mem::take(&mut self.key);
        let (name, rest) = key.split_once(':').unwrap_or((&key, ""));
        without_a_mark(name).trim_end().clone_into(&mut self.key);
        self.take_key(sink)?;
        let mark = self.key_closing;
        self.at = (self.key_end - self.base) as usize;
        let base = (self.key_end - mark.len_utf8() as u64).saturating_sub(rest.len() as u64);
        self.read_inserted(sink, rest.as_bytes(), base)?;
        self.end_token();
        if self.slot != Slot::Nothing {
            self.commit_slot(sink)?;
        }
        match self.context().map(|frame| frame.kind) {
            Some(Kind::Object) => self.open_key(sink, mark, 0),
            Some(Kind::Array) => self.open_string(sink, mark, 0),
            None if self.root_is_object() => self.key_after_root(mark, 0),
            None => self.root_goes_on_as_prose(sink),
        }
    }

    fn split_key<S: Sink>(&mut self, sink: &mut S) -> Outcome {
        self.repair(sink, RepairKind::MissingQuote, self.key_end)?;
        let mark = self.key_mark.unwrap_or('"');
        let key = self.key.trim_end().trim_end_matches(':').trim_end();
        let key = (if mark == '"' { without_a_mark(key) } else { key }).len();
        self.key.truncate(key);
        let at = (self.key_end - self.base) as usize;
        self.take_key(sink)?;
        self.at = at;
        self.begin_string(mark);
        Ok(Flow::Go)
    }
}
