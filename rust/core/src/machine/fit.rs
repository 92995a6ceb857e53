//! Values and the places they stand in: what is made of one that the shape does not expect there.
//!
//! Coming in: a value that is about to be given to the sink, and the shape. Going out: the same value, or what was meant by it.
//! Decided elsewhere: what is expected (`shape`), which root is the payload (`prose`).
//!
//! Only a value that does not fit is touched, and only if what it would become does. What is valid JSON is left alone
//! unless [`Options::coerce`](crate::Options) says otherwise.

use super::container::Frame;
use super::reading::Reading;
use super::{Input, Machine};
use crate::error::{Error, ErrorKind};
use crate::number;
use crate::repair::{Repair, RepairKind};
use crate::shape::{Kinds, NodeId, Shape};
use crate::sink::{Edge, Kind, Reason, Scalar, Sink};

impl Machine {
    /// Whether valid JSON is fitted to the shape.
    #[inline]
    pub(super) fn coerces(&self) -> bool {
        self.options.coerce && !self.options.strict && self.options.shape.is_some()
    }

    // Where the text stands.

    /// The place of the value that is read or waits in the slot.
    pub(super) fn here(&self) -> NodeId {
        match (&self.options.shape, self.frames.last()) {
            (None, _) => Shape::ANYTHING,
            (Some(_), None) => self.root,
            (Some(_), Some(frame)) if frame.kind == Kind::Object => frame.member,
            (Some(shape), Some(frame)) => shape.item(frame.place, frame.count),
        }
    }

    /// What is expected at the root; `None` where that may be anything, or no container.
    pub(super) fn root_kinds(&self) -> Option<Kinds> {
        let shape = self.options.shape.as_ref().filter(|_| !self.options.strict)?;
        let kinds = shape.place(self.root).kinds;
        (kinds != Kinds::ANY && kinds.accepts(Kinds::OBJECT | Kinds::ARRAY)).then_some(kinds)
    }

    /// Whether a root of this kind is an item of the list that is wanted.
    pub(super) fn root_lists(&self, kind: Kind) -> bool {
        let place = |shape: &Shape| {
            let root = shape.place(self.root).kinds;
            root != Kinds::ANY
                && root.accepts(Kinds::ARRAY)
                && shape.place(shape.item(self.root, 0)).kinds.accepts(kinds_of(kind))
        };
        self.options.shape.as_deref().is_some_and(place)
    }

    /// The place of the list that several roots make.
    pub(super) fn root_list_place(&self) -> NodeId {
        if self.root_lists(Kind::Object) || self.root_lists(Kind::Array) { self.root } else { Shape::ANYTHING }
    }

    /// A container begins at the present place.
    pub(super) fn place_container<S: Sink>(&mut self, sink: &S, frame: &mut Frame) -> Result<(), Error> {
        if self.options.shape.is_none() {
            return Ok(());
        }
        frame.place = self.here();
        if frame.kind == Kind::Object && self.coerces() && self.stands_for_a_list(Kinds::OBJECT) {
            self.repair(sink, RepairKind::SingleItem, self.offset())?;
            frame.wrapped = true;
            frame.list_place = frame.place;
            frame.place = self.options.shape.as_ref().map_or(Shape::ANYTHING, |shape| shape.item(frame.place, 0));
        }
        Ok(())
    }

    /// A key begins a member of the innermost container.
    #[inline]
    pub(super) fn enter_member(&mut self, key: &str) {
        if let Some(frame) = self.frames.last_mut()
            && frame.count == 0
        {
            frame.first = super::container::fingerprint(key);
        }
        if let (Some(shape), Some(frame)) = (&self.options.shape, self.frames.last_mut()) {
            let (member, known) = shape.member(frame.place, key);
            frame.member = member;
            frame.known |= known;
            frame.tag = shape.place(frame.place).tag.as_ref().is_some_and(|(tag, _)| **tag == *key);
        }
    }

    /// A scalar is the next child of the innermost container.
    #[inline]
    pub(super) fn stands(&mut self, scalar: Scalar<'_>) {
        let Some(frame) = self.frames.last_mut() else { return };
        frame.count += 1;
        if frame.tag
            && let (Scalar::Text(tag), Some(shape)) = (scalar, &self.options.shape)
        {
            frame.place = shape.choice(frame.place, tag).unwrap_or(frame.place);
        }
    }

    /// Whether what stands at the edge is shown when it is whole, not before.
    pub(super) fn waits_for_its_end(&self, edge: Edge<'_>) -> bool {
        let Some(shape) = &self.options.shape else { return false };
        let place = shape.place(self.here());
        match edge {
            Edge::Text(_) => place.whole || !place.kinds.accepts(Kinds::TEXT),
            Edge::Scalar(Scalar::Number(..)) => !place.kinds.accepts(Kinds::NUMBER),
            Edge::Scalar(Scalar::Bool(_)) => !place.kinds.accepts(Kinds::BOOL),
            Edge::Scalar(_) | Edge::Nothing => false,
        }
    }

    // Which reading the shape supports.

    /// Whether a string with a mark inside goes on past what looks like the next key and its colon. `None` where too little
    /// has come.
    pub(super) fn quotes_a_stranger(&self, input: Input<'_>, colon: usize) -> Option<bool> {
        if self.is_torn() { self.is_a_stranger(&self.key, input, colon) } else { Some(false) }
    }

    /// Whether a word in a string that has lost a mark is none of the keys that an object here has, and no value follows its
    /// colon. `None` where too little has come.
    pub(super) fn is_a_stranger(&self, key: &str, input: Input<'_>, colon: usize) -> Option<bool> {
        let (Some(shape), Some(frame)) = (&self.options.shape, self.frames.last()) else { return Some(false) };
        if !shape.place(frame.place).closed || shape.member(frame.place, key).1 {
            return Some(false);
        }
        value_begins(&input.bytes[self.at + colon..], input.eof).map(|begins| !begins)
    }

    /// Whether the shape names a member of the innermost container that has not met its closer.
    pub(super) fn is_a_known_key(&self, key: &str) -> bool {
        let (Some(shape), Some(frame)) = (&self.options.shape, self.context()) else { return false };
        shape.member(frame.place, key).1
    }

    /// Whether the first root has members, and none that the shape names.
    pub(super) fn root_is_a_stranger(&self) -> bool {
        let root = self.frames.get(usize::from(self.prose.list));
        match (&self.options.shape, root) {
            (Some(shape), Some(root)) => root.count > 0 && !root.known && shape.place(root.place).closed,
            _ => false,
        }
    }

    // Values that do not fit.

    /// Gives a string to the sink.
    pub(super) fn emit_text<S: Sink>(&mut self, sink: &mut S, text: &str) -> Result<(), Error> {
        if self.coerces() && self.fit_text(sink, text)? {
            return Ok(());
        }
        self.emit(sink, Scalar::Text(text));
        Ok(())
    }

    /// Gives to the sink what a string was meant to be, where no string is expected. False where nothing is known.
    fn fit_text<S: Sink>(&mut self, sink: &mut S, text: &str) -> Result<bool, Error> {
        let Some(wanted) = self.expected().filter(|wanted| !wanted.accepts(Kinds::TEXT)) else {
            return Ok(false);
        };
        let at = self.quoted.start;
        if !self.inner && self.unpack(sink, text, at)? {
            return Ok(true);
        }
        if wanted.accepts(Kinds::NUMBER)
            && let Some(json) = number_in(text, wanted.accepts(Kinds::NUMERIC_TEXT))
        {
            self.repair(sink, RepairKind::Number, at)?;
            self.commit_number(sink, &json, at)?;
            return Ok(true);
        }
        let literal = match text.trim().to_ascii_lowercase().as_str() {
            "true" if wanted.accepts(Kinds::BOOL) => Some(Scalar::Bool(true)),
            "false" if wanted.accepts(Kinds::BOOL) => Some(Scalar::Bool(false)),
            "null" | "none" if wanted.accepts(Kinds::NULL) => Some(Scalar::Null),
            _ => None,
        };
        if let Some(literal) = literal {
            self.repair(sink, RepairKind::Literal, at)?;
            self.emit(sink, literal);
            return Ok(true);
        }
        if self.stands_for_a_list(Kinds::TEXT) {
            self.emit_single(sink, Scalar::Text(text), at)?;
            return Ok(true);
        }
        Ok(false)
    }

    /// Gives to the sink what a token without quotes was meant to be, where its plain reading is not expected.
    pub(super) fn fit_bare<S: Sink>(
        &mut self,
        sink: &mut S,
        text: &str,
        reading: &Reading,
        at: u64,
    ) -> Result<bool, Error> {
        if self.options.strict {
            return Ok(false);
        }
        let Some(kinds) = self.expected() else { return Ok(false) };
        let valid = number::is_json(text) || matches!(text, "true" | "false" | "null");
        let (fits, kind) = match reading {
            Reading::Null | Reading::NonFinite(_) => return Ok(false),
            Reading::Bool(_) => (Kinds::BOOL, Kinds::BOOL),
            Reading::Number | Reading::Foreign(_) => (Kinds::NUMBER, Kinds::NUMBER),
            Reading::Text => (Kinds::TEXT, Kinds::TEXT),
        };
        if kinds.accepts(fits) || (valid && !self.coerces()) {
            return Ok(false);
        }
        match reading {
            Reading::Text if kinds.accepts(Kinds::NUMBER) => {
                let Some(json) = number_in(text, false) else { return Ok(false) };
                self.repair(sink, RepairKind::Number, at)?;
                self.commit_number(sink, &json, at)?;
            }
            Reading::Bool(_) | Reading::Number | Reading::Foreign(_) if kinds.accepts(Kinds::TEXT) => {
                self.repair(sink, RepairKind::UnquotedText, at)?;
                self.emit(sink, Scalar::Text(text));
            }
            _ if !self.coerces() || !self.stands_for_a_list(kind) => return Ok(false),
            Reading::Bool(value) => self.emit_single(sink, Scalar::Bool(*value), at)?,
            Reading::Number => self.emit_single(sink, Scalar::Number(number::exact(text), Some(text)), at)?,
            Reading::Text => {
                self.repair(sink, RepairKind::UnquotedText, at)?;
                self.emit_single(sink, Scalar::Text(text), at)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// What is expected of the value in the slot; `None` where that may be anything.
    fn expected(&self) -> Option<Kinds> {
        let shape = self.options.shape.as_ref()?;
        Some(shape.place(self.here()).kinds).filter(|kinds| *kinds != Kinds::ANY)
    }

    /// Whether a value of these kinds stands where a list of such is wanted: as a member or the root. In a list it is left.
    fn stands_for_a_list(&self, kinds: Kinds) -> bool {
        let lonely = self.frames.last().is_none_or(|frame| frame.kind == Kind::Object);
        lonely && self.options.shape.as_ref().is_some_and(|shape| shape.wants_list_of(self.here(), kinds))
    }

    /// Gives a scalar as a list of one.
    fn emit_single<S: Sink>(&mut self, sink: &mut S, scalar: Scalar<'_>, at: u64) -> Result<(), Error> {
        self.repair(sink, RepairKind::SingleItem, at)?;
        self.counted_at(sink, at)?;
        self.moved_on();
        if !self.prose.extra {
            sink.open(Kind::Array);
            sink.scalar(scalar);
            sink.close();
        }
        if let Some(frame) = self.frames.last_mut() {
            frame.count += 1;
        }
        Ok(())
    }

    // Strings that hold JSON.

    /// Gives the value that a string holds, where an object or array is wanted and the string is one and nothing else.
    fn unpack<S: Sink>(&mut self, sink: &mut S, text: &str, at: u64) -> Result<bool, Error> {
        let kinds = match text.trim_start().as_bytes().first() {
            Some(b'{') => Kinds::OBJECT,
            Some(b'[') => Kinds::ARRAY,
            _ => return Ok(false),
        };
        let wanted = self.expected().is_some_and(|wanted| wanted.accepts(kinds)) || self.stands_for_a_list(kinds);
        if !wanted || self.prose.extra {
            return Ok(false);
        }
        // First without a sink that keeps anything: the string may be text that only begins like JSON.
        let mut probe = Probe::default();
        let mut dry = self.reader_within();
        let read = dry.feed(&mut probe, text.as_bytes()).and_then(|()| dry.finish(&mut probe));
        self.work += dry.work;
        if read.is_err() || probe.rewound || dry.repairs.iter().any(|repair| begins_with_prose(repair.kind)) {
            return Ok(false);
        }
        self.repair(sink, RepairKind::EncodedValue, at)?;
        let path = self.place(sink);
        self.moved_on();
        let mut reader = self.reader_within();
        let read = reader.feed(sink, text.as_bytes()).and_then(|()| reader.finish(sink));
        read.map_err(|error| Error { kind: ErrorKind::Limit, offset: at, path: path.to_path(), ..error })?;
        self.work += reader.work;
        self.values += reader.values;
        let offset = self.filter.raw(at);
        self.notes.extend(reader.repairs.iter().map(|repair| Repair { kind: repair.kind, offset, path: path.clone() }));
        if let Some(frame) = self.frames.last_mut() {
            frame.count += 1;
        }
        Ok(true)
    }

    /// A machine for the text of a string at the present place.
    fn reader_within(&self) -> Machine {
        let mut options = self.options.clone();
        options.limits.depth -= (self.frames.len() + self.wraps).min(options.limits.depth - 1);
        options.limits.input_bytes = None;
        options.limits.values = options.limits.values.map(|limit| limit.saturating_sub(self.values));
        let mut reader = Machine::new(options);
        reader.root = self.here();
        reader.inner = true;
        reader
    }
}

/// A sink that keeps nothing but whether a walk took anything back.
#[derive(Debug, Default)]
struct Probe {
    rewound: bool,
}

impl Sink for Probe {
    fn open(&mut self, _kind: Kind) {}
    fn open_group(&mut self) {}
    fn confirm_group(&mut self) {}
    fn key(&mut self, _text: &str) {}
    fn scalar(&mut self, _scalar: Scalar<'_>) {}
    fn close(&mut self) {}
    fn close_single(&mut self) {}
    fn become_array(&mut self) {}
    fn wrap_root(&mut self) {
        self.rewound = true;
    }
    fn take_back(&mut self) {}
    fn reset(&mut self, _reason: Reason) {
        self.rewound = true;
    }
    fn segment(&self, _level: usize) -> Option<crate::path::Segment> {
        None
    }
}

/// Repairs that show that a string is a text with JSON in it, rather than JSON.
fn begins_with_prose(kind: RepairKind) -> bool {
    matches!(
        kind,
        RepairKind::Prose | RepairKind::ExtraValue | RepairKind::SeveralValues | RepairKind::Fence | RepairKind::Tag
    )
}

/// The kind of container as a kind of value.
pub(super) fn kinds_of(kind: Kind) -> Kinds {
    match kind {
        Kind::Object => Kinds::OBJECT,
        Kind::Array => Kinds::ARRAY,
    }
}

/// The number that a text is, in JSON's notation; `None` where it is none, or a lenient validator reads it as it stands.
fn number_in(text: &str, lenient: bool) -> Option<String> {
    let text = text.trim();
    let plain = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | '_' | 'e' | 'E');
    if text.is_empty() || text.len() > LONG || (lenient && text.chars().all(plain)) {
        return None;
    }
    if number::is_json(text) {
        return Some(text.to_owned());
    }
    number::foreign(text, true).or_else(|| without_leading_zeros(text))
}

/// No number that a person writes in another notation is longer.
const LONG: usize = 4300;

/// `01970` as `1970`.
fn without_leading_zeros(text: &str) -> Option<String> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let short = digits.trim_start_matches('0');
    let short = if short.starts_with(|c: char| c.is_ascii_digit()) { short.to_owned() } else { format!("0{short}") };
    let json = format!("{sign}{short}");
    (digits.starts_with('0') && number::is_json(&json)).then_some(json)
}

/// Whether a JSON value begins here, after blanks. `None` where too little has come.
pub(super) fn value_begins(bytes: &[u8], eof: bool) -> Option<bool> {
    const NEAR: usize = 64;
    const LONGEST: usize = 5;
    let window = &bytes[..bytes.len().min(NEAR)];
    let blanks = window.iter().take_while(|b| b.is_ascii_whitespace()).count();
    let rest = &window[blanks..];
    let more = !eof && bytes.len() < NEAR;
    match rest.first() {
        None => {
            if more {
                None
            } else {
                Some(false)
            }
        }
        Some(b'"' | b'\'' | b'{' | b'[' | b'-' | b'0'..=b'9') => Some(true),
        Some(_) => {
            let words = ["true", "false", "null", "True", "False", "None"];
            if rest.len() < LONGEST && more && words.iter().any(|word| word.as_bytes().starts_with(rest)) {
                return None;
            }
            Some(words.iter().any(|word| rest.starts_with(word.as_bytes())))
        }
    }
}
