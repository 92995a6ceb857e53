//! Containers: opening, closing, closers of the wrong kind, keys that close an array.
//!
//! Coming in: brackets. Going out: frames and pending closers. Decided elsewhere: when a closer is confirmed (`mod`).

use super::{Flow, Machine, Mode, Outcome, Slot};
use crate::error::{Error, ErrorKind};
use crate::repair::RepairKind;
use crate::shape::{NodeId, Shape};
use crate::sink::{Kind, Sink};

/// An open container.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub(super) kind: Kind,
    /// Opened by `(`.
    pub(super) paren: bool,
    /// An array opened by `{`.
    pub(super) brace: bool,
    /// A parenthesised group that holds a comma is a list, even of one.
    pub(super) list: bool,
    /// Doubled opening brackets that were dropped and whose closers are to be ignored.
    pub(super) doubled: u32,
    /// Calls around values whose closing parenthesis has not come.
    pub(super) calls: u32,
    /// Children so far.
    pub(super) count: usize,
    /// A member had a key without marks.
    pub(super) bare: bool,
    /// A member had an equals sign for a colon.
    pub(super) equals: bool,
    /// A child is a container.
    pub(super) nested: bool,
    /// Its place in the shape, and that of the member that is being read.
    pub(super) place: NodeId,
    pub(super) member: NodeId,
    /// The member that is being read tells which of several objects this is.
    pub(super) tag: bool,
    /// A member came that the shape names.
    pub(super) known: bool,
    /// An object that is the only item of a list that was meant, and the place of that.
    pub(super) wrapped: bool,
    pub(super) list_place: NodeId,
    /// Fingerprint of the first key of the object, or of the last object among the items; 0 where there is none.
    pub(super) first: u64,
}

impl Frame {
    pub(super) fn new(kind: Kind) -> Self {
        Frame {
            kind,
            paren: false,
            brace: false,
            list: false,
            doubled: 0,
            calls: 0,
            count: 0,
            bare: false,
            equals: false,
            nested: false,
            place: Shape::ANYTHING,
            member: Shape::ANYTHING,
            tag: false,
            known: false,
            wrapped: false,
            list_place: Shape::ANYTHING,
            first: 0,
        }
    }

    fn closer(&self) -> char {
        match self.kind {
            // An object as Python prints it: `Person(name="x")`.
            Kind::Object if self.paren => ')',
            Kind::Object => '}',
            Kind::Array if self.brace => '}',
            Kind::Array if self.paren => ')',
            Kind::Array => ']',
        }
    }
}

/// A closer of the wrong kind in an object, which ended everything up to an array.
#[derive(Clone, Copy, Debug)]
pub(super) struct Misclosed {
    /// Frames that had met their closer before it.
    pending: usize,
    /// Objects that it ended.
    objects: usize,
    /// Right closers since.
    closers: usize,
}

/// A number that tells a key from others: of its first and last bytes and its length. Never 0.
#[inline]
pub(super) fn fingerprint(key: &str) -> u64 {
    /// Even, so that a key of eight bytes, which is its own beginning and end, keeps them all.
    const SPREAD: u64 = 0x9E37_79B9_7F4A_7C14;
    let bytes = key.as_bytes();
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        let both = u64::from_le_bytes(*first).wrapping_mul(SPREAD).wrapping_add(u64::from_le_bytes(*last));
        return (both ^ key.len() as u64).max(1);
    }
    let mut short = [0; 8];
    short[..bytes.len()].copy_from_slice(bytes);
    short[7] = bytes.len() as u8 + 1;
    u64::from_le_bytes(short)
}

impl Machine {
    /// The innermost container that has not met its closer.
    #[inline]
    pub(super) fn context(&self) -> Option<&Frame> {
        self.context_level().map(|level| &self.frames[level])
    }

    /// Whether the root is the innermost container that has not met its closer.
    pub(super) fn is_in_the_root(&self) -> bool {
        self.context_level() == Some(usize::from(self.prose.list))
    }

    /// How many containers are open, and how many items the innermost has.
    pub(super) fn place_among_items(&self) -> Option<(usize, usize)> {
        self.context_level().map(|level| (level + 1, self.frames[level].count))
    }

    pub(super) fn context_mut(&mut self) -> Option<&mut Frame> {
        self.context_level().map(|level| &mut self.frames[level])
    }

    /// The list made of several roots is nobody's context.
    #[inline]
    fn context_level(&self) -> Option<usize> {
        let open = self.frames.len() - self.pending;
        (open > usize::from(self.prose.list)).then(|| open - 1)
    }

    /// Opens a container at the present place, whose bracket is `len` bytes long.
    pub(super) fn open<S: Sink>(&mut self, sink: &mut S, bracket: char, len: usize) -> Outcome {
        if self.wrong && bracket == '[' && self.is_a_row() {
            // `[[1, 2}, [3, …`
            self.pending += 1;
        }
        self.commit(sink)?;
        if bracket == '(' {
            self.repair(sink, RepairKind::Tuple, self.offset())?;
            self.push_group(sink)?;
        } else {
            self.push_frame(sink, if bracket == '{' { Kind::Object } else { Kind::Array })?;
        }
        self.at += len;
        Ok(Flow::Go)
    }

    /// Opens a container without a bracket.
    pub(super) fn push_frame<S: Sink>(&mut self, sink: &mut S, kind: Kind) -> Result<(), Error> {
        let wrapped = self.enter(sink, Frame::new(kind))?;
        if self.prose.extra {
            return Ok(());
        }
        if wrapped {
            sink.open(Kind::Array);
        }
        sink.open(kind);
        Ok(())
    }

    fn push_group<S: Sink>(&mut self, sink: &mut S) -> Result<(), Error> {
        self.enter(sink, Frame { paren: true, ..Frame::new(Kind::Array) })?;
        if !self.prose.extra {
            sink.open_group();
        }
        Ok(())
    }

    /// Whether it is to be the only item of a list, is what comes back.
    fn enter<S: Sink>(&mut self, sink: &mut S, mut frame: Frame) -> Result<bool, Error> {
        let limit = self.options.limits.depth;
        self.place_container(sink, &mut frame)?;
        self.wraps += usize::from(frame.wrapped);
        if self.frames.len() + self.wraps - usize::from(self.prose.list) >= limit {
            let message = format!("nested deeper than {limit} levels");
            return Err(self.error(sink, ErrorKind::Limit, &message, self.offset()));
        }
        self.counted(sink)?;
        self.mode = if frame.kind == Kind::Object { Mode::KeyStart } else { Mode::Value };
        self.moved_on();
        self.frames.push(frame);
        self.comma = false;
        Ok(frame.wrapped)
    }

    /// An object that has met its closer was the first of several: their list goes on. Where it stood for a list of one, that
    /// is open already.
    pub(super) fn go_on_with_the_list<S: Sink>(&mut self, sink: &mut S) -> Outcome {
        self.repair(sink, RepairKind::MissingBrackets, self.offset())?;
        self.commit_slot_if_any(sink)?;
        self.commit_closers(sink, self.pending - 1);
        let mut wrapped = false;
        if let Some(frame) = self.frames.last_mut() {
            wrapped = frame.wrapped;
            let (place, first, brace) = (frame.list_place, frame.first, frame.doubled > 0);
            *frame = Frame { place, first, brace, count: 1, nested: true, list: true, ..Frame::new(Kind::Array) };
        }
        self.moved_on();
        if wrapped {
            self.wraps -= 1;
        } else {
            self.counted(sink)?;
        }
        match (self.prose.extra, wrapped) {
            (true, _) => {}
            (false, true) => sink.close(),
            (false, false) => sink.wrap(),
        }
        self.pending = 0;
        self.hold = None;
        self.decide()?;
        self.comma = true;
        self.mode = Mode::Value;
        Ok(Flow::Go)
    }

    /// Gives `count` closers to the sink.
    pub(super) fn commit_closers<S: Sink>(&mut self, sink: &mut S, count: usize) {
        for _ in 0..count {
            let Some(frame) = self.frames.pop() else {
                return;
            };
            self.moved_on();
            if self.prose.extra {
                self.wraps -= usize::from(frame.wrapped);
            } else if frame.kind == Kind::Array && frame.paren && !frame.list && frame.count == 1 {
                sink.close_single();
            } else {
                sink.close();
                if frame.wrapped {
                    self.wraps -= 1;
                    sink.close();
                }
            }
            self.places.containers.truncate(self.frames.len() + self.wraps);
            if let Some(parent) = self.frames.last_mut() {
                parent.count += 1;
                parent.nested = true;
                if parent.kind == Kind::Array && frame.kind == Kind::Object {
                    parent.first = frame.first;
                }
            }
            self.pending -= 1;
        }
    }

    /// A closing bracket after a value, a comma or an opening bracket.
    pub(super) fn closer<S: Sink>(&mut self, sink: &mut S, c: char, len: usize) -> Outcome {
        let offset = self.offset();
        self.mode = Mode::After;
        self.newline = false;
        let misclosed = self.misclosed.take();
        if self.closes_a_doubled_one(c) {
            self.at += len;
            return Ok(Flow::Go);
        }
        if let Some(misclosed) = misclosed.filter(|_| c == ']' && self.in_object() && !self.is_in_array()) {
            // `"tags": []]]`: the second one ended only the object.
            self.pending = misclosed.pending + misclosed.objects;
        }
        let Some(frame) = self.context().copied() else {
            self.repair(sink, RepairKind::ExtraCloser, offset)?;
            self.at += len;
            return Ok(Flow::Go);
        };
        if self.wrong {
            self.close_what_the_wrong_one_meant(c);
            self.wrong = false;
            return Ok(Flow::Go);
        }
        if frame.calls > 0 && c == ')' {
            self.change_context(|frame| frame.calls -= 1);
        } else if c == frame.closer() {
            self.pending += 1;
            self.misclosed = misclosed.map(|before| Misclosed { closers: before.closers + 1, ..before });
        } else {
            self.repair(sink, RepairKind::WrongCloser, offset)?;
            self.close_wrongly(frame.kind, c);
        }
        self.at += len;
        self.comma = false;
        if self.context().is_none() {
            self.root_closed(sink)?;
            if c != frame.closer() {
                self.prose.text_end = 0;
            }
        } else if self.options.strict {
            // Nothing is tentative there, and errors must not wait.
            self.commit_slot_if_any(sink)?;
        }
        Ok(Flow::Go)
    }

    /// `{{"a": 1}}`: whether this is the second of two closers.
    fn closes_a_doubled_one(&mut self, c: char) -> bool {
        if self.pending == 0 || self.comma || c != '}' {
            return false;
        }
        let last = self.frames.len() - self.pending;
        let doubled = self.frames[last].doubled > 0;
        self.frames[last].doubled -= u32::from(doubled);
        doubled
    }

    /// A closer follows one of the wrong kind in an array: that one ended the object around the array too, if this one fits
    /// then; else nothing or the array alone, if this one fits then.
    fn close_what_the_wrong_one_meant(&mut self, c: char) {
        let closer = |level: Option<usize>| level.map(|level| self.frames[level].closer());
        let root = usize::from(self.prose.list);
        let outside = |level: usize| level.checked_sub(1).filter(|&level| level >= root);
        let array = self.frames.len() - self.pending - 1;
        let through = self.innermost(|frame| frame.kind == Kind::Object).and_then(outside);
        let fits = |level: Option<usize>| closer(level) == Some(c);
        if fits(through) || !fits(Some(array)) && (through.is_none() || !fits(outside(array))) {
            self.close_through(Kind::Object);
        } else if !fits(Some(array)) {
            self.pending += 1;
        }
    }

    fn change_context(&mut self, change: impl FnOnce(&mut Frame)) {
        if let Some(frame) = self.context_mut() {
            change(frame);
        }
    }

    /// A closer that does not belong to the innermost container.
    fn close_wrongly(&mut self, kind: Kind, c: char) {
        if kind == Kind::Array && c == '}' {
            // The next token tells whether it closes anything.
            self.wrong = true;
            return;
        }
        let matching = self.innermost(|frame| frame.closer() == c);
        let nested = self.frames.len() - self.pending > 1 + usize::from(self.prose.list);
        match matching {
            Some(level) => {
                let open = self.frames.len() - self.pending;
                let objects = open - level - 1;
                self.misclosed = (kind == Kind::Object && c == ']').then_some(Misclosed {
                    pending: self.pending,
                    objects,
                    closers: 0,
                });
                self.pending = self.frames.len() - level;
            }
            None if kind == Kind::Object && nested => self.pending += 1,
            None if kind == Kind::Array => self.pending += 1,
            None => {}
        }
    }

    /// The level of the innermost container of some sort that has not met its closer.
    fn innermost(&self, sort: impl Fn(&Frame) -> bool) -> Option<usize> {
        let root = usize::from(self.prose.list);
        let open = &self.frames[root..self.frames.len() - self.pending];
        open.iter().rposition(sort).map(|level| root + level)
    }

    /// Whether the innermost container is an array of scalars in an array.
    fn is_a_row(&self) -> bool {
        let open = &self.frames[usize::from(self.prose.list)..self.frames.len() - self.pending];
        match open {
            [.., rows, row] => rows.kind == Kind::Array && row.kind == Kind::Array && !row.nested,
            _ => false,
        }
    }

    /// Whether the innermost container is an item of an array.
    pub(super) fn is_an_item(&self) -> bool {
        self.parent() == Some(Kind::Array)
    }

    /// Whether the innermost container is a member of an object.
    pub(super) fn is_a_member(&self) -> bool {
        self.parent() == Some(Kind::Object)
    }

    /// What the container around the innermost one is; the list made of several roots is none.
    fn parent(&self) -> Option<Kind> {
        let level = self.frames.len().checked_sub(self.pending + 2)?;
        (level >= usize::from(self.prose.list)).then(|| self.frames[level].kind)
    }

    /// Whether the innermost container is an array in an object that is an item itself.
    pub(super) fn is_in_a_record(&self) -> bool {
        let open = &self.frames[usize::from(self.prose.list)..self.frames.len() - self.pending];
        matches!(open, [.., item, object, _] if item.kind == Kind::Array && object.kind == Kind::Object)
    }

    /// Whether it is such an array, of scalars.
    pub(super) fn scalars_of_an_item(&self) -> bool {
        let some = |array: &Frame| array.count > 0 || self.slot != Slot::Nothing;
        let scalars = self.context().is_some_and(|array| some(array) && !array.nested);
        scalars && self.pending == 0 && self.is_in_a_record()
    }

    /// Where `{` follows what a closer of the wrong kind ended: whether the array goes on, and how many have ended then.
    pub(super) fn goes_on_after_wrong_closer(&self) -> Option<usize> {
        let Misclosed { pending, objects, closers } = self.misclosed?;
        match (objects, closers) {
            // `[{"a": 1], {`, `[{"t": []]}, {`: it ended the object, or nothing.
            (1, 0 | 1) => Some(pending + 1),
            // `[{"t": {"a": 1]}, {`: it ended the inner one.
            (2, 1) => Some(pending + 2),
            _ => None,
        }
    }

    /// The array goes on with another item.
    pub(super) fn reopen_array(&mut self, pending: usize) {
        self.misclosed = None;
        self.pending = pending;
        self.comma = true;
        self.mode = Mode::Value;
    }

    /// Where a key follows what a closer of the wrong kind ended: neither the array nor the object did.
    pub(super) fn object_goes_on(&self) -> Option<usize> {
        self.misclosed.filter(|before| before.objects > 0 && before.closers == 0).map(|before| before.pending)
    }

    /// The object goes on with another member.
    pub(super) fn reopen_object(&mut self, pending: usize) {
        self.misclosed = None;
        self.pending = pending;
        self.comma = true;
        self.mode = Mode::KeyStart;
    }

    /// `[{"t": {"a": 1]}`: where the root has ended and its closer comes once more, it ended the innermost object alone.
    pub(super) fn ended_one_alone(&mut self) -> bool {
        let Some(before) = self.misclosed.filter(|before| before.objects > 1 && before.closers == 0) else {
            return false;
        };
        self.misclosed = None;
        self.pending = before.pending + 1;
        self.mode = Mode::After;
        true
    }

    /// Closes up to and with the nearest container of a kind; the innermost where there is none.
    pub(super) fn close_through(&mut self, kind: Kind) {
        match self.innermost(|frame| frame.kind == kind) {
            Some(level) => self.pending = self.frames.len() - level,
            None => self.pending += 1,
        }
    }

    /// A colon after a string in an array: the string is a key, so the array has ended, or holds members without braces.
    /// The key has this mark, or none; `wrong` tells whether a closer of the wrong kind came before it.
    pub(super) fn key_in_array<S: Sink>(&mut self, sink: &mut S, mark: Option<char>, wrong: bool) -> Result<(), Error> {
        let key = std::mem::take(&mut self.text);
        self.key_mark = mark;
        self.slot = Slot::Nothing;
        sink.take_back();
        let object = self.innermost(|frame| frame.kind == Kind::Object);
        let has_items = self.context().is_some_and(|frame| frame.count > 0 || frame.list);
        // `[{"id": 1}, "id": 2}]`: the item begins as the one before it, so its bracket was lost.
        let again = !wrong && self.context().is_some_and(|frame| frame.first == fingerprint(&key));
        match object {
            Some(level) if (has_items || wrong) && !again => {
                if !wrong {
                    self.repair(sink, RepairKind::MissingCloser, self.offset())?;
                }
                // A closer of the wrong kind ends the object too, where the one around it can have the member.
                let outer = level.checked_sub(1).filter(|&outer| outer >= usize::from(self.prose.list));
                let outer = outer.filter(|&outer| wrong && self.frames[outer].kind == Kind::Object);
                let level = outer.unwrap_or(level);
                self.pending = self.frames.len() - 1 - level;
                self.commit(sink)?;
            }
            _ => {
                self.repair(sink, RepairKind::MissingBrackets, self.offset())?;
                self.commit(sink)?;
                self.push_frame(sink, Kind::Object)?;
            }
        }
        self.key = key;
        self.take_key(sink)
    }
}
