//! A bracket where a key may come: a doubled one, a set of values, the next object of an array, or an array that goes on.
//!
//! Coming in: the bracket, and what waits before it. Going out: the innermost container closed, reopened or made an array.
//! Decided elsewhere: brackets where a value may come (`container`), and after a value (`after`).

use super::key::{NAME, is_name};
use super::{Flow, Input, Machine, Mode, Outcome, Slot};
use crate::repair::RepairKind;
use crate::sink::{Kind, Sink};

/// So many lists may be made in a text of an object and those after it: each is another root for those who read changes.
const LISTS_MADE: u8 = 32;

impl Machine {
    /// A bracket where a key may come: a doubled one, a set of values, or the next object of an array.
    pub(super) fn bracket_for_key<S: Sink>(&mut self, sink: &mut S, input: Input<'_>, c: char, len: usize) -> Outcome {
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
        if c == '{' && self.comma && self.lists_made < LISTS_MADE {
            match self.begins_as_the_last_object(input, len) {
                None => return Ok(Flow::Wait),
                Some(true) => {
                    self.lists_made += 1;
                    return self.go_on_with_the_list(sink);
                }
                Some(false) => {}
            }
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

    /// Where `{` follows a closer of the wrong kind in an array: whether that closer ended the record around the array too,
    /// `{"a": [1, 2}, {"a": …`, rather than nothing, `"rows": [{"i": 1}}, {"i": 2}]`. The first key tells. `None` where too
    /// little has come.
    pub(super) fn ends_the_record(&self, input: Input<'_>, len: usize) -> Option<bool> {
        let open = self.frames.len() - self.pending;
        let item = if self.pending > 0 { self.frames[open].first } else { self.frames[open - 1].first };
        let record = self.frames[..open - 1].last().map_or(0, |frame| frame.first);
        let key = self.first_key(input, len)?;
        Some(match key {
            Some(key) if item != record && key == item => false,
            Some(key) if item != record && key == record => self.is_in_a_record(),
            _ => self.scalars_of_an_item(),
        })
    }

    /// `"items": {"id": 1}, {"id": 2}]`: whether the first key after a bracket is that of the member before it, an object, and not
    /// that of the object around it. `None` where too little has come.
    fn begins_as_the_last_object(&self, input: Input<'_>, len: usize) -> Option<bool> {
        let Some(last) = self.frames.len().checked_sub(self.pending).filter(|_| self.pending > 0) else {
            return Some(false);
        };
        let (first, around) = (self.frames[last].first, self.context().map_or(0, |frame| frame.first));
        if self.frames[last].kind != Kind::Object || first == around || first == 0 || !self.in_object() {
            return Some(false);
        }
        self.first_key(input, len).map(|key| key == Some(first))
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
}
