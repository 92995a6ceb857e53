//! Keys without values: a set of items in braces, or a member whose value was left out.
//!
//! Coming in: a key that a comma or a closer follows. Going out: an item of an array that the object becomes, or a null.
//! Decided elsewhere: that no colon follows the key (`colon`, `bare_key`).

use super::{Flow, Machine, Mode, Outcome, Slot};
use crate::error::Error;
use crate::repair::RepairKind;
use crate::sink::{Kind, Scalar, Sink};

impl Machine {
    pub(super) fn become_array<S: Sink>(&mut self, sink: &mut S) {
        self.moved_on();
        sink.become_array();
        if let Some(frame) = self.frames.last_mut() {
            frame.kind = Kind::Array;
            frame.paren = false;
            frame.brace = true;
        }
        self.mode = Mode::Value;
    }

    /// A key that is followed by a comma or a closer: an item of a set, or a member without a value. Which of them the
    /// first such key is, the next one tells.
    pub(super) fn key_without_value<S: Sink>(&mut self, sink: &mut S, c: char) -> Outcome {
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
    pub(super) fn fill_slot(&mut self, (text, quoted): (String, bool)) {
        self.values += 1;
        self.slot_end = self.offset();
        let start = self.slot_end.saturating_sub(text.len() as u64);
        self.quoted = super::string::Quoted::at(start);
        self.token = super::bare::Token::of(&text, self.slot_end);
        self.text = text;
        self.slot = if quoted { Slot::Firm } else { Slot::Bare };
    }

    /// A first key without a value, once a key with one has followed.
    pub(super) fn settle_lone_key<S: Sink>(&mut self, sink: &mut S) -> Result<(), Error> {
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

    /// At the end of the text: the same, and a text in marks that was going on after it is the next item.
    pub(super) fn settle_lone_items<S: Sink>(&mut self, sink: &mut S) -> Result<(), Error> {
        let next = self.lone.is_some() && self.key_mark.is_some() && matches!(self.mode, Mode::Key | Mode::Colon);
        let key = std::mem::take(&mut self.key);
        self.settle_lone_item(sink)?;
        if next {
            self.fill_slot((key, true));
        }
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
}
