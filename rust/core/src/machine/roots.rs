//! Roots: when one begins, when it has met its closer, when it goes on after that, and what another one is to it.
//!
//! Coming in: a bracket that begins a root, a closer that ends it, a key after it. Going out: one root, a list of several, or one
//! in the place of another.
//! Decided elsewhere: which brackets begin one (`payload`), and the text around it (`prose`).

use super::container::Frame;
use super::fit::kinds_of;
use super::payload::{after_value, text_goes_on};
use super::reasoning::{REASONING, Skip};
use super::string::{Quoted, REREADS};
use super::{Flow, Input, Machine, Mode, Outcome, Places, Slot};
use crate::error::Error;
use crate::path::Place;
use crate::repair::{Repair, RepairKind};
use crate::shape::Kinds;
use crate::sink::{Kind, Reason, Scalar, Sink};

/// A root that may have been a mark in the prose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weak {
    /// `[2]`, which gives way to an object.
    Number,
    /// `[TOOL_CALLS]`, which gives way to anything.
    Word,
}

/// The root of the payload while another value is read that is none of it, and what is known of the text around it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Payload {
    pub(super) root: Frame,
    quoted: bool,
    ended: bool,
    fenced: bool,
}

/// What another root does to those before it.
pub(super) enum NextRoot {
    /// It takes their place.
    Instead,
    /// It joins them in a list.
    Beside,
    /// It is not part of the value.
    Extra,
}

impl Machine {
    /// `{{"a": 1}}` at the root.
    pub(super) fn closes_the_root_again(&mut self) -> bool {
        let root = &mut self.frames[usize::from(self.prose.list)];
        let doubled = root.doubled > 0;
        root.doubled -= u32::from(doubled);
        doubled
    }

    pub(super) fn root_is_object(&self) -> bool {
        self.frames.get(usize::from(self.prose.list)).is_some_and(|frame| frame.kind == Kind::Object)
    }

    /// `}, "key"`: perhaps the root was closed too early.
    pub(super) fn key_after_root(&mut self, mark: char, len: usize) -> Outcome {
        self.at += len;
        self.key.clear();
        self.key_mark = Some(mark);
        self.control = false;
        self.mode = Mode::Key;
        Ok(Flow::Go)
    }

    /// What looked like a key after the root was prose.
    pub(super) fn root_goes_on_as_prose<S: Sink>(&mut self, sink: &S) -> Outcome {
        self.repair(sink, RepairKind::Prose, self.key_end)?;
        self.key.clear();
        self.hold = None;
        self.prose.seen = true;
        self.prose.comma = false;
        self.mode = Mode::Seek;
        Ok(Flow::Go)
    }

    /// The key after the root has its colon: the root goes on.
    pub(super) fn reopen_root<S: Sink>(&mut self, sink: &mut S) -> Result<(), Error> {
        let root = usize::from(self.prose.list);
        self.commit_slot_if_any(sink)?;
        let inner = self.frames.len() - 1 - root;
        self.commit_closers(sink, inner);
        self.pending = 0;
        self.hold = None;
        self.prose.comma = false;
        self.repair(sink, RepairKind::EarlyClose, self.key_end)
    }

    pub(super) fn commit_slot_if_any<S: Sink>(&mut self, sink: &mut S) -> Result<(), Error> {
        if self.slot != Slot::Nothing { self.commit_slot(sink) } else { Ok(()) }
    }

    fn weakness(&self, root: usize) -> Option<Weak> {
        let alone = self.slot == Slot::Bare && self.frames.len() == root + 1;
        if !alone || self.frames[root].kind != Kind::Array || self.frames[root].count > 0 {
            return None;
        }
        Some(if self.bare_is_whole() { Weak::Number } else { Weak::Word })
    }

    /// The root has met its closer.
    pub(super) fn root_closed<S: Sink>(&mut self, sink: &mut S) -> Result<(), Error> {
        if self.options.strict {
            return self.commit_slot_if_any(sink);
        }
        self.hold = None;
        let root = usize::from(self.prose.list);
        self.prose.weak = self.weakness(root);
        let text = self.slot == Slot::Text && self.quoted.mark == '"' && !self.coerces() && !self.prose.extra;
        self.prose.text_end = if text { self.slot_end } else { 0 };
        self.prose.torn = (text && self.quoted.last_mark.is_some()).then(|| Box::new(self.quoted));
        let word = if self.prose.weak == Some(Weak::Word) { self.text.trim().to_owned() } else { String::new() };
        if self.slot != Slot::Nothing {
            self.commit_slot(sink)?;
        }
        if self.prose.weak == Some(Weak::Word)
            && let Some(name) = REASONING.iter().position(|name| word.eq_ignore_ascii_case(name))
        {
            // `[THINK]`: what looked like a list begins a reasoning block.
            self.forget(sink, Reason::Reasoning)?;
            self.prose.skip = Some(Skip { name, square: true });
        }
        self.prose.seen = false;
        self.prose.comma = false;
        self.mode = Mode::Seek;
        Ok(())
    }

    /// `"expected "}" here"`: whether a mark comes directly after the root's closer, and that after the mark of a text.
    pub(super) fn may_quote_the_closer(&self) -> bool {
        self.prose.text_end > 0 && self.prose.text_end + 1 == self.offset() && self.rereads < REREADS
    }

    /// Whether that mark shows that the text, and the root, have not ended: words and the end of a text come after it, or a
    /// member, and the text has a brace of its own open. Then the text goes on. `None` where too little has come.
    pub(super) fn quotes_the_closer<S: Sink>(
        &mut self,
        sink: &mut S,
        input: Input<'_>,
        len: usize,
    ) -> Result<Option<bool>, Error> {
        let Some(words) = text_goes_on(&input.bytes[self.at + len..], input.eof) else { return Ok(None) };
        if !words {
            match self.ends_before_a_member(input, len) {
                None => return Ok(None),
                Some(false) => return Ok(Some(false)),
                Some(true) => {}
            }
        }
        self.rereads += 1;
        self.moved_on();
        let Some(text) = sink.reopen_text() else { return Ok(Some(false)) };
        let mut quoted = self.prose.torn.take().map_or_else(Quoted::default, |quoted| *quoted);
        quoted.count_own(&text, text.len());
        if !words && quoted.own == 0 {
            sink.scalar(Scalar::Text(&text));
            return Ok(Some(false));
        }
        self.go_on_with_the_text(sink, text, quoted)?;
        Ok(Some(true))
    }

    /// The root's last text goes on: its mark and the root's closer belong to it.
    fn go_on_with_the_text<S: Sink>(&mut self, sink: &S, text: String, quoted: Quoted) -> Result<(), Error> {
        let closer = if self.root_is_object() { '}' } else { ']' };
        let end = std::mem::take(&mut self.prose.text_end);
        self.quoted = quoted;
        self.quoted.start = end.saturating_sub(text.len() as u64 + 2);
        self.text = text;
        self.text.push('"');
        self.quoted.marks += 1;
        self.quoted.last_mark = Some(self.text.len());
        self.text.push(closer);
        if let Some(root) = self.frames.last_mut() {
            root.count -= 1;
        }
        self.pending = 0;
        self.mode = Mode::Text;
        self.repair(sink, RepairKind::InnerQuote, end - 1)
    }

    /// Whether a member or a closer comes after the present mark. `None` where too little has come.
    fn ends_before_a_member(&self, input: Input<'_>, len: usize) -> Option<bool> {
        match self.next_byte(input, len)? {
            b'}' | b']' => Some(true),
            _ => self.another_member_follows(input, len),
        }
    }

    /// Whether nothing but blanks and fences has come.
    #[inline]
    pub(super) fn awaits_first_root(&self) -> bool {
        self.frames.is_empty() && !self.prose.seen && self.prose.skip.is_none()
    }

    /// A bracket begins a root: what stood before it matters no more.
    pub(super) fn root_begins(&mut self) {
        let quoted = if self.prose.fence { self.prose.code } else { self.prose.seen && !self.prose.line };
        self.prose.quoted = quoted && (self.prose.quoted || !self.prose.several);
        (self.prose.ended, self.prose.sentence, self.prose.line) = (false, false, false);
        self.prose.seen = false;
        self.prose.fenced = self.prose.fence;
    }

    /// Whether the root has met its closer, nothing waits, and nothing has come after it that changes that.
    #[inline]
    pub(super) fn root_stands(&self) -> bool {
        let nothing_waits = self.slot == Slot::Nothing && self.notes.is_empty() && self.kept.is_empty();
        let plain = !self.prose.extra && !self.prose.comma && self.prose.skip.is_none() && !self.filter.is_active();
        let closed = self.frames.len() - usize::from(self.prose.list) == self.pending && self.pending > 0;
        self.mode == Mode::Seek && nothing_waits && plain && closed && self.lone.is_none()
    }

    /// What the root of this kind at the present offset is to those that came before it. `None` where too little has come.
    pub(super) fn next_root<S: Sink>(
        &mut self,
        sink: &mut S,
        input: Input<'_>,
        kind: Kind,
    ) -> Result<Option<NextRoot>, Error> {
        let Some(sentence) = self.is_in_a_sentence(input, kind) else { return Ok(None) };
        self.return_to_the_payload(sink)?;
        Ok(Some(if self.is_replaced_by(kind) {
            NextRoot::Instead
        } else if sentence {
            NextRoot::Extra
        } else {
            self.beside(kind)
        }))
    }

    /// Whether those roots were none where one of this kind comes.
    fn is_replaced_by(&self, kind: Kind) -> bool {
        let weak = match self.prose.weak {
            Some(Weak::Word) => true,
            Some(Weak::Number) => kind == Kind::Object,
            None => false,
        };
        let alone = self.prose.fence && !self.prose.code || (self.prose.sentence && self.prose.line);
        let quoted = self.prose.quoted && alone;
        weak && !self.prose.list || quoted && (self.prose.several || !self.prose.list)
    }

    /// What a root of this kind is by the shape.
    fn beside(&self, kind: Kind) -> NextRoot {
        let Some(wanted) = self.root_kinds() else { return NextRoot::Beside };
        let accepts = |kind| wanted.accepts(kinds_of(kind));
        let first = self.frames[usize::from(self.prose.list)].kind;
        if self.prose.list {
            let instead = kind == Kind::Array && first == Kind::Object && !self.root_lists(Kind::Array);
            return if instead { NextRoot::Instead } else { NextRoot::Beside };
        }
        let better = !accepts(first) || self.root_is_a_stranger() || (self.prose.fence && !self.prose.fenced);
        if accepts(kind) && better {
            NextRoot::Instead
        } else if !accepts(first) || (first == kind && self.root_lists(kind)) {
            NextRoot::Beside
        } else {
            NextRoot::Extra
        }
    }

    /// Whether a value stands among words, after a root that had lines of its own: others follow it on its line, or more than a
    /// caption comes before it. `None` where too little has come.
    fn is_in_a_sentence(&self, input: Input<'_>, kind: Kind) -> Option<bool> {
        /// No caption has more words.
        const CAPTION: usize = 3;
        let (quoted, ended) = match &self.prose.payload {
            None => (self.prose.quoted, self.prose.ended),
            Some(payload) => (payload.quoted, payload.ended),
        };
        let alone = !quoted && !self.prose.several && !self.prose.list && ended;
        // After an object, a list at the beginning of a line may be a mark too.
        let line = self.prose.line && kind == Kind::Array && self.root_is_object();
        if !alone || self.prose.fence || !line && (!self.prose.seen || self.prose.line) {
            return Some(false);
        }
        // `{"b": 1} or {"c": 1}`: the one before it was among words.
        let beside = self.prose.extra && !self.prose.ended;
        let before = beside || !line && !self.prose.label && self.prose.words > CAPTION;
        let word = |b: u8| b.is_ascii_alphabetic() || b >= 0x80 || b == b'.' && !self.prose.label;
        after_value(&input.bytes[self.at..], input.eof).map(|after| before || after.is_some_and(word))
    }

    /// The payload's root is the root again, after another value that was none of it.
    fn return_to_the_payload<S: Sink>(&mut self, sink: &mut S) -> Result<(), Error> {
        let Some(payload) = self.prose.payload.take() else { return Ok(()) };
        self.commit_slot_if_any(sink)?;
        self.commit_closers(sink, self.frames.len());
        self.prose.extra = false;
        self.prose.quoted = payload.quoted;
        self.prose.ended = payload.ended;
        self.prose.fenced = payload.fenced;
        self.prose.weak = None;
        self.wraps = usize::from(payload.root.wrapped);
        self.frames.push(payload.root);
        self.pending = 1;
        self.places = Places::default();
        Ok(())
    }

    /// Where a list is wanted and a single value begins, it is the first item.
    pub(super) fn begin_list_of_roots<S: Sink>(&mut self, sink: &mut S, kind: Kind) -> Result<(), Error> {
        let wanted = self.root_kinds().is_some_and(|wanted| !wanted.accepts(Kinds::OBJECT));
        if kind == Kind::Array || !wanted || !self.coerces() || !self.root_lists(kind) {
            return Ok(());
        }
        self.repair(sink, RepairKind::SingleItem, self.offset())?;
        self.counted(sink)?;
        self.moved_on();
        sink.open(Kind::Array);
        self.push_list_of_roots(0);
        Ok(())
    }

    fn push_list_of_roots(&mut self, count: usize) {
        let place = self.root_list_place();
        self.frames.push(Frame { count, place, ..Frame::new(Kind::Array) });
        self.prose.list = true;
    }

    /// Another value after the payload: it is read, so that nothing in it is taken for text around the value.
    pub(super) fn begin_extra_value<S: Sink>(&mut self, sink: &mut S) -> Result<(), Error> {
        self.commit_slot_if_any(sink)?;
        // The payload itself is whole at the end of the text, not before.
        self.commit_closers(sink, self.frames.len().saturating_sub(1));
        let (quoted, ended, fenced) = (self.prose.quoted, self.prose.ended, self.prose.fenced);
        self.prose.payload = self.frames.pop().map(|root| Box::new(Payload { root, quoted, ended, fenced }));
        self.wraps = 0;
        self.pending = 0;
        self.places = Places::default();
        self.decide()?;
        self.tell_of_root(RepairKind::ExtraValue)?;
        self.prose.extra = true;
        self.prose.comma = false;
        Ok(())
    }

    /// A defect of the text around the roots, which is at no place in a value.
    fn tell_of_root(&mut self, kind: RepairKind) -> Result<(), Error> {
        let offset = self.filter.raw(self.offset());
        self.notes.push(Repair { kind, offset, path: Place::default() });
        self.decide()
    }

    /// Another root: the ones before it become a list.
    pub(super) fn begin_next_root<S: Sink>(&mut self, sink: &mut S) -> Result<(), Error> {
        let list = usize::from(self.prose.list);
        self.commit_slot_if_any(sink)?;
        self.commit_closers(sink, self.frames.len() - list);
        self.decide()?;
        if !self.prose.list {
            self.moved_on();
            sink.wrap_root();
            self.push_list_of_roots(1);
        }
        if !std::mem::replace(&mut self.prose.several, true) {
            self.tell_of_root(RepairKind::SeveralValues)?;
        }
        self.prose.comma = false;
        Ok(())
    }
}
