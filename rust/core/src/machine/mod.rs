//! The machine that reads: resumable at any byte, each byte once, no recursion.
//!
//! Coming in: bytes, and a [`Sink`] to give committed structure to.
//! Going out: calls of that sink, the edge of the text, repairs, errors.
//! Decided elsewhere: what is built of it (`tree`, `writer`).
//!
//! Nothing is given to the sink until what follows confirms it. A scalar waits in the *slot*, and containers that have met
//! their closer are counted in `pending`, until the next token shows that the document really goes on there: the colon of
//! the next key, or the next item. A defect before that point goes back to the end of the slot and reads on from
//! there with the other reading (an inner quotation mark, a comma inside a text). The bytes since the end of the slot are
//! kept for that; they are at most one token and its blanks, so every byte is read a bounded number of times.

mod after;
mod bare;
mod container;
mod escaped;
mod fast;
mod fit;
mod key;
mod plain;
mod prose;
mod string;
mod value;

use crate::error::{Error, ErrorKind};
use crate::options::Options;
use crate::path::{Path, Place};
use crate::repair::{Repair, RepairKind};
use crate::shape::{NodeId, Shape};
use crate::sink::{Edge, Kind, Scalar, Sink};
use crate::text::{Decoded, decode};
use bare::Token;
use container::{Frame, Misclosed};
use escaped::Filter;
use fast::Valid;
use prose::Prose;
use string::Quoted;

/// What may come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// Looking for a root, before one or after one.
    Seek,
    /// A value.
    Value,
    /// The rest of a quoted string.
    Text,
    /// The rest of a number, literal or unquoted text.
    Bare,
    /// A second word in an array: a value of its own, or more of the text before.
    Word,
    /// A comma or a closer.
    After,
    /// The other half of a concatenation.
    Plus,
    /// A key or a closer.
    KeyStart,
    /// The rest of a quoted key.
    Key,
    /// The rest of a key without quotes.
    BareKey,
    /// The colon after a key.
    Colon,
    /// The rest of a comment.
    Comment(Comment),
}

/// How a comment ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comment {
    Line,
    Block,
    Markup,
}

/// What the last scalar is, whose text is in `text`, until it is committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slot {
    Nothing,
    /// A string; its closing mark may turn out to be part of the text.
    Text,
    /// A string whose end is certain.
    Firm,
    /// A number, literal or text without quotes.
    Bare,
}

/// Whether reading can go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    Go,
    /// What is here cannot be decided before more text comes.
    Wait,
}

/// How the text ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It has not ended yet.
    Open,
    /// The root was whole.
    Complete,
    /// Only closing brackets were missing.
    Closers,
    /// It was cut inside a value or between a key and its value.
    Truncated,
    /// There was no value.
    Empty,
}

impl Ending {
    /// The short name.
    pub fn as_str(self) -> &'static str {
        match self {
            Ending::Open => "open",
            Ending::Complete => "complete",
            Ending::Closers => "closers",
            Ending::Truncated => "truncated",
            Ending::Empty => "empty",
        }
    }
}

/// Paths that defects have asked for, kept so that the next one shares them.
#[derive(Debug, Default)]
struct Places {
    /// Those of the open containers, outermost first.
    containers: Vec<Place>,
    /// The one that is being read, and how many containers are around it.
    present: Option<(usize, Place)>,
}

/// The bytes at hand and whether more can come.
#[derive(Clone, Copy)]
struct Input<'a> {
    bytes: &'a [u8],
    eof: bool,
}

type Outcome = Result<Flow, Error>;

/// Reads one text. See the module's head.
#[derive(Debug)]
pub struct Machine {
    options: Options,
    /// What the root may be, in the shape.
    root: NodeId,
    /// Reads a string of another text: what it holds is not unpacked again.
    inner: bool,
    mode: Mode,
    /// Where a comment or ellipsis returns to.
    back: Mode,
    frames: Vec<Frame>,
    /// How many of them are the only item of a list.
    wraps: usize,
    /// Innermost frames that have met their closer, not yet confirmed.
    pending: usize,
    /// A closer of the wrong kind came in the current array and waits for the next token.
    wrong: bool,
    /// What a closer of the wrong kind ended, until what follows tells whether it did.
    misclosed: Option<Misclosed>,
    /// A comma came and nothing after it yet.
    comma: bool,
    comma_at: u64,
    /// A newline came since the last token.
    newline: bool,
    slot: Slot,
    text: String,
    quoted: Quoted,
    token: Token,
    key: String,
    /// Index in the text after the last quotation mark that was escaped.
    escaped_quote: usize,
    /// The last fence around a value: how many containers are open around it, and how many items came before it.
    fenced: Option<(usize, usize)>,
    /// A control character of the present string or key has been recorded.
    control: bool,
    /// The opening mark of the key, if it has one.
    key_mark: Option<char>,
    /// A first key that came without a value, and whether it was quoted.
    lone: Option<(String, bool)>,
    /// The mark that seemed to end it.
    key_closing: char,
    /// Offset after the slot, and after the key.
    slot_end: u64,
    key_end: u64,
    /// Offset from which bytes must be kept for another reading.
    hold: Option<u64>,
    prose: Prose,
    filter: Filter,
    /// The filter has just begun: what is left of the input goes through it.
    refilter: bool,
    places: Places,
    /// Repairs that hold if the present reading does.
    notes: Vec<Repair>,
    repairs: Vec<Repair>,
    /// Kept bytes: those held, and a tail that cannot be decided yet.
    kept: Vec<u8>,
    /// Index of the next byte to read, in the kept bytes or the input.
    at: usize,
    /// Offset of the input's first byte.
    base: u64,
    values: u64,
    received: u64,
    /// Bytes looked at, each time.
    work: u64,
    ending: Ending,
    ending_path: Path,
    failed: Option<Error>,
    /// So often what a string had swallowed up to the end of the text was read again.
    rereads: u8,
}

impl Machine {
    /// A machine at the start of a text.
    pub fn new(options: Options) -> Self {
        Machine {
            filter: Filter::default(),
            prose: Prose::default(),
            quoted: Quoted::default(),
            token: Token::default(),
            refilter: false,
            mode: Mode::Seek,
            back: Mode::Seek,
            frames: Vec::with_capacity(8),
            wraps: 0,
            pending: 0,
            wrong: false,
            misclosed: None,
            comma: false,
            comma_at: 0,
            newline: false,
            slot: Slot::Nothing,
            text: String::new(),
            key: String::new(),
            key_mark: None,
            control: false,
            escaped_quote: 0,
            fenced: None,
            received: 0,
            lone: None,
            key_closing: '"',
            work: 0,
            slot_end: 0,
            key_end: 0,
            hold: None,
            places: Places::default(),
            notes: Vec::new(),
            repairs: Vec::new(),
            kept: Vec::new(),
            at: 0,
            base: 0,
            values: 0,
            ending: Ending::Open,
            ending_path: Path::new(),
            failed: None,
            rereads: 0,
            root: options.shape.as_ref().map_or(Shape::ANYTHING, |shape| shape.root()),
            inner: false,
            options,
        }
    }

    /// Reads a chunk.
    ///
    /// # Errors
    /// Malformed text in strict mode, a crossed limit; a terminal error once one was raised or the text was finished.
    #[inline]
    pub fn feed<S: Sink>(&mut self, sink: &mut S, chunk: &[u8]) -> Result<(), Error> {
        if self.takes_as_text(chunk) {
            return Ok(());
        }
        self.check_usable(sink)?;
        let result = self.feed_within_limit(sink, chunk);
        self.remember(result)
    }

    /// Ends the text: decides what is still open and closes it.
    ///
    /// # Errors
    /// As [`Machine::feed`]; in strict mode also text that ended early.
    pub fn finish<S: Sink>(&mut self, sink: &mut S) -> Result<(), Error> {
        self.check_usable(sink)?;
        let result = self.end(sink);
        self.remember(result)
    }

    /// Ends reading for good: a panic broke off a call, and what was going on in it is not known.
    pub fn give_up(&mut self, message: String) {
        let (offset, path) = (self.received, Path::new());
        self.failed = Some(Error { kind: ErrorKind::Terminal, message, offset, path });
    }

    #[inline]
    fn remember(&mut self, result: Result<(), Error>) -> Result<(), Error> {
        if let Err(error) = &result {
            self.failed = Some(error.clone());
            // What came behind it in the same chunk is the caller's cut, not the text's.
            self.received = error.offset;
        }
        result
    }

    #[inline]
    fn check_usable<S: Sink>(&self, sink: &S) -> Result<(), Error> {
        if self.failed.is_none() && self.ending == Ending::Open { Ok(()) } else { Err(self.unusable(sink)) }
    }

    #[cold]
    fn unusable<S: Sink>(&self, sink: &S) -> Error {
        if let Some(error) = &self.failed {
            let message = format!("the parser stopped at an earlier error: {}", error.message);
            return Error { kind: ErrorKind::Terminal, message, offset: error.offset, path: error.path.clone() };
        }
        let message = "the parser has finished; use a new one for another text";
        self.error(sink, ErrorKind::Terminal, message, self.offset())
    }

    #[inline]
    fn feed_within_limit<S: Sink>(&mut self, sink: &mut S, chunk: &[u8]) -> Result<(), Error> {
        let before = self.received;
        self.received += chunk.len() as u64;
        let Some(limit) = self.options.limits.input_bytes else {
            return self.read(sink, chunk, false);
        };
        let room = usize::try_from(limit.saturating_sub(before)).unwrap_or(usize::MAX);
        if chunk.len() <= room {
            return self.read(sink, chunk, false);
        }
        self.read(sink, &chunk[..room], false)?;
        let message = format!("the text is longer than {limit} bytes");
        Err(Error { kind: ErrorKind::Limit, message, offset: limit, path: self.path(sink) })
    }

    /// Reads kept bytes and the chunk as one input, then keeps what may be read again.
    fn read<S: Sink>(&mut self, sink: &mut S, chunk: &[u8], eof: bool) -> Result<(), Error> {
        if !self.filter.is_active() {
            return self.read_unescaped(sink, chunk, eof);
        }
        // In pieces: the filter remembers where each escape stood until it has been read.
        let (pieces, last) = chunk.split_at(chunk.len().saturating_sub(1) / UNESCAPED * UNESCAPED);
        for piece in pieces.chunks(UNESCAPED) {
            let unescaped = self.filter.push(piece, false);
            self.read_unescaped(sink, &unescaped, false)?;
        }
        let unescaped = self.filter.push(last, eof);
        self.read_unescaped(sink, &unescaped, eof)
    }

    fn read_unescaped<S: Sink>(&mut self, sink: &mut S, chunk: &[u8], eof: bool) -> Result<(), Error> {
        let result = if self.kept.is_empty() {
            self.at = 0;
            let result = self.run(sink, Input { bytes: chunk, eof });
            let from = self.keep_from();
            if from < chunk.len() {
                keep(&mut self.kept, &chunk[from..]);
            }
            self.moved(from);
            result
        } else {
            let mut bytes = std::mem::take(&mut self.kept);
            keep(&mut bytes, chunk);
            let result = self.run(sink, Input { bytes: &bytes, eof });
            let from = self.keep_from();
            // Bytes are copied when they come, and those that stay when others go.
            self.work += (chunk.len() + if from > 0 { bytes.len() - from } else { 0 }) as u64;
            if from == bytes.len() {
                bytes.clear();
            } else if from > 0 {
                bytes.drain(..from);
            }
            self.moved(from);
            self.kept = bytes;
            result
        };
        if self.refilter && result.is_ok() { self.read_again(sink, eof) } else { result }
    }

    /// The filter has begun: what is left of the input goes through it.
    #[cold]
    fn read_again<S: Sink>(&mut self, sink: &mut S, eof: bool) -> Result<(), Error> {
        self.refilter = false;
        let mut rest = std::mem::take(&mut self.kept);
        rest.drain(..self.at);
        self.base += self.at as u64;
        self.filter.start(self.base);
        self.read(sink, &rest, eof)
    }

    /// The first `from` bytes of the input are let go.
    #[inline]
    fn moved(&mut self, from: usize) {
        self.at -= from;
        self.base += from as u64;
        self.filter.forget(self.base);
    }

    #[inline]
    fn keep_from(&self) -> usize {
        self.hold.map_or(self.at, |hold| self.at.min((hold - self.base) as usize))
    }

    #[inline]
    fn run<S: Sink>(&mut self, sink: &mut S, input: Input<'_>) -> Result<(), Error> {
        let valid = Valid::of(input.bytes, self.at);
        self.plain(sink, input.bytes, valid)?;
        if self.at < input.bytes.len() || input.eof { self.run_on(sink, input, valid) } else { Ok(()) }
    }

    /// Reads a text that had been taken for something else, and whose first byte stood at this offset, before the input goes on.
    fn read_inserted<S: Sink>(&mut self, sink: &mut S, bytes: &[u8], base: u64) -> Result<(), Error> {
        let before = (self.at, self.base);
        (self.at, self.base) = (0, base);
        let read = self.run(sink, Input { bytes, eof: true });
        (self.at, self.base) = before;
        // These bytes are not at hand any more: what ended among them has ended for certain.
        self.hold = None;
        if self.slot == Slot::Text {
            self.slot = Slot::Firm;
        }
        read
    }

    /// The long way, and the short one wherever that can take over again.
    fn run_on<S: Sink>(&mut self, sink: &mut S, input: Input<'_>, valid: Valid<'_>) -> Result<(), Error> {
        while self.at < input.bytes.len() || (input.eof && self.decide_at_end(sink)?) {
            let before = (self.at, self.mode, self.notes.len(), self.repairs.len());
            let flow = match self.mode {
                Mode::Text => self.string(sink, input),
                Mode::Value => self.value(sink, input),
                Mode::After => self.after(sink, input),
                Mode::Key => self.quoted_key(sink, input),
                Mode::Colon => self.colon(sink, input),
                Mode::KeyStart => self.key_start(sink, input),
                Mode::Bare => self.bare(sink, input),
                Mode::BareKey => self.bare_key(sink, input),
                Mode::Word => self.word(sink, input),
                Mode::Plus => self.plus(sink, input),
                Mode::Comment(comment) => self.comment(input, comment),
                Mode::Seek => self.seek(sink, input),
            }?;
            self.work += self.at.abs_diff(before.0) as u64 + 1;
            if self.refilter {
                break;
            }
            if flow == Flow::Wait {
                self.unsay(before);
                if input.eof && self.at >= input.bytes.len() && self.decide_at_end(sink)? {
                    continue;
                }
                break;
            }
            self.plain(sink, input.bytes, valid)?;
        }
        Ok(())
    }

    /// What was recorded of bytes that wait will be recorded when they are read.
    fn unsay(&mut self, (at, mode, notes, repairs): (usize, Mode, usize, usize)) {
        if (self.at, self.mode) == (at, mode) {
            self.notes.truncate(notes);
            self.repairs.truncate(repairs);
        }
    }

    /// At the end of the text: a word that may be an item, and a mark that opened no key after all, are read again.
    fn decide_at_end<S: Sink>(&mut self, sink: &mut S) -> Result<bool, Error> {
        let key = matches!(self.mode, Mode::Key | Mode::BareKey | Mode::Colon | Mode::KeyStart);
        if let Some(end) = self.swallowed_the_end() {
            self.read_swallowed(sink, end)?;
            return Ok(false);
        }
        if self.key_has_swallowed_the_end() {
            self.read_swallowed_member(sink)?;
            return Ok(false);
        }
        let closers = self.key.trim_start().starts_with(['}', ']']) && self.is_torn();
        let line = self.newline && self.mode != Mode::KeyStart && !self.is_torn();
        if key && (!self.comma && !line || closers) && self.slot == Slot::Text && self.context().is_some() {
            self.reopen_string(sink, None)?;
            return Ok(true);
        }
        Ok(self.mode == Mode::Word)
    }

    /// The next character. `None` where its rest has not come.
    #[inline]
    fn peek<S: Sink>(&mut self, sink: &S, input: Input<'_>) -> Result<Option<(char, usize)>, Error> {
        match decode(&input.bytes[self.at..]) {
            Decoded::Char(c, len) if len == 1 || !self.options.strict => Ok(Some((c, len))),
            // Outside of strings, JSON is ASCII.
            _ if self.options.strict => Err(self.not_ascii(sink)),
            Decoded::Char(c, len) => Ok(Some((c, len))),
            Decoded::Partial if !input.eof => Ok(None),
            Decoded::Partial => {
                let len = input.bytes.len() - self.at;
                self.repair_cut_character(sink)?;
                Ok(Some(('\u{FFFD}', len)))
            }
            Decoded::Bad(len) => {
                self.repair(sink, RepairKind::InvalidUtf8, self.offset())?;
                Ok(Some(('\u{FFFD}', len)))
            }
        }
    }

    fn not_ascii<S: Sink>(&self, sink: &S) -> Error {
        self.error(sink, ErrorKind::Malformed, "outside of strings, JSON is ASCII", self.offset())
    }

    /// The text ends inside a character.
    fn repair_cut_character<S: Sink>(&mut self, sink: &S) -> Result<(), Error> {
        if self.options.strict {
            let message = "the text ends inside a character";
            return Err(self.error(sink, ErrorKind::Unfinished, message, self.received()));
        }
        self.repair(sink, RepairKind::InvalidUtf8, self.offset())
    }

    /// Whether the input goes on with `text`: `None` where it may, but too little has come.
    fn ahead(&self, input: Input<'_>, text: &str) -> Option<bool> {
        let rest = &input.bytes[self.at..];
        if rest.len() >= text.len() {
            return Some(rest.starts_with(text.as_bytes()));
        }
        if input.eof || !text.as_bytes().starts_with(rest) {
            return Some(false);
        }
        None
    }

    /// The next byte that is no blank, `skip` bytes on: `None` where too little has come, 0 where there is none near.
    fn next_byte(&self, input: Input<'_>, skip: usize) -> Option<u8> {
        const NEAR: usize = 64;
        let rest = &input.bytes[(self.at + skip).min(input.bytes.len())..];
        match rest.iter().take(NEAR).find(|b| !b.is_ascii_whitespace()) {
            Some(&byte) => Some(byte),
            None if input.eof || rest.len() >= NEAR => Some(0),
            None => None,
        }
    }

    /// Bytes of the text read so far.
    #[inline]
    fn offset(&self) -> u64 {
        self.base + self.at as u64
    }

    /// Bytes of the text received so far, decided or not; after an error, those before it.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// Bytes looked at so far, counted each time: what I7 promises to be linear in the text.
    #[doc(hidden)]
    pub fn work(&self) -> u64 {
        self.work
    }

    /// Whether a value has begun.
    pub fn started(&self) -> bool {
        self.prose.extra
            || !self.frames.is_empty()
            || matches!(self.mode, Mode::Text | Mode::Bare)
            || self.slot != Slot::Nothing
    }

    /// Whether the root is closed as far as can be seen.
    pub fn done(&self) -> bool {
        match self.ending {
            Ending::Open if self.frames.is_empty() => matches!(self.slot, Slot::Text | Slot::Firm),
            Ending::Open => self.prose.extra || self.context().is_none(),
            _ => self.failed.is_none(),
        }
    }

    /// How the text ended.
    pub fn ending(&self) -> Ending {
        self.ending
    }

    /// Where the text was cut, if it was.
    pub fn ending_path(&self) -> &Path {
        &self.ending_path
    }

    /// The defects decided so far, in the order of their decision.
    pub fn repairs(&self) -> &[Repair] {
        &self.repairs
    }

    /// Why reading stopped, if it did.
    pub fn failed(&self) -> Option<&Error> {
        self.failed.as_ref()
    }

    /// What stands at the edge. `show` tells whether values that may still change are wanted.
    pub fn edge(&self, show: bool) -> Edge<'_> {
        if self.ending != Ending::Open || self.prose.extra {
            return Edge::Nothing;
        }
        let edge = self.edge_of_any_kind(show);
        if self.waits_for_its_end(edge) { Edge::Nothing } else { edge }
    }

    fn edge_of_any_kind(&self, show: bool) -> Edge<'_> {
        match (self.mode, self.slot) {
            (Mode::Text | Mode::Plus, _) | (_, Slot::Text | Slot::Firm) => Edge::Text(&self.text),
            (Mode::Bare, _) => self.bare_edge(show, false),
            (_, Slot::Bare) => self.bare_edge(show, true),
            _ => Edge::Nothing,
        }
    }

    /// Records a defect, or refuses it in strict mode.
    fn repair<S: Sink>(&mut self, sink: &S, kind: RepairKind, offset: u64) -> Result<(), Error> {
        if self.options.strict {
            return Err(self.error(sink, ErrorKind::Malformed, refusal(kind), offset));
        }
        if self.prose.extra {
            return Ok(());
        }
        let offset = self.filter.raw(offset);
        let last = self.notes.last().or(self.repairs.last());
        if last.is_some_and(|last| (last.kind, last.offset) == (kind, offset)) {
            return Ok(());
        }
        let in_key = matches!(self.mode, Mode::KeyStart | Mode::Key | Mode::BareKey | Mode::Colon) && self.in_object();
        let path = if in_key { self.place_of_object(sink) } else { self.place(sink) };
        self.notes.push(Repair { kind, offset, path });
        if self.slot == Slot::Nothing && self.pending == 0 { self.decide() } else { Ok(()) }
    }

    /// The present reading holds, and so do its repairs.
    fn decide(&mut self) -> Result<(), Error> {
        let refused = self.notes.iter().position(|note| self.options.refuse.contains(note.kind));
        let from = self.repairs.len();
        if self.notes.len() > from {
            // The longer list is the one that is there once.
            std::mem::swap(&mut self.repairs, &mut self.notes);
            self.repairs.splice(0..0, self.notes.drain(..));
        } else {
            self.repairs.append(&mut self.notes);
        }
        match refused {
            None => Ok(()),
            Some(at) => {
                self.repairs.truncate(from + at + 1);
                Err(refused_repair(self.repairs.swap_remove(from + at)))
            }
        }
    }

    fn error<S: Sink>(&self, sink: &S, kind: ErrorKind, message: &str, offset: u64) -> Error {
        Error { kind, message: message.to_owned(), offset: self.filter.raw(offset), path: self.path(sink) }
    }

    /// The place that is being read.
    fn path<S: Sink>(&self, sink: &S) -> Path {
        if self.prose.extra {
            return Path::new();
        }
        let open = &self.frames[..self.frames.len() - self.pending];
        (0..levels(open)).filter_map(|level| sink.segment(level)).collect()
    }

    /// The same, sharing what it can with the last one.
    fn place<S: Sink>(&mut self, sink: &S) -> Place {
        if self.prose.extra || self.options.placeless {
            return Place::default();
        }
        let levels = levels(&self.frames[..self.frames.len() - self.pending]);
        if let Some((_, place)) = self.places.present.as_ref().filter(|(known, _)| *known == levels) {
            return place.clone();
        }
        self.find_containers(sink, levels);
        let place = self.place_at(sink, levels);
        self.places.present = Some((levels, place.clone()));
        place
    }

    /// The place of the innermost container that has not met its closer: what a defect of a key belongs to.
    fn place_of_object<S: Sink>(&mut self, sink: &S) -> Place {
        if self.prose.extra || self.options.placeless {
            return Place::default();
        }
        let levels = levels(&self.frames[..self.frames.len() - self.pending]);
        self.find_containers(sink, levels);
        levels.checked_sub(1).map_or_else(Place::default, |level| self.places.containers[level].clone())
    }

    /// Makes sure that the places of so many containers are known.
    fn find_containers<S: Sink>(&mut self, sink: &S, levels: usize) {
        for level in self.places.containers.len()..levels {
            let place = self.place_at(sink, level);
            self.places.containers.push(place);
        }
    }

    /// The place of what is being read in the innermost of so many containers.
    fn place_at<S: Sink>(&self, sink: &S, levels: usize) -> Place {
        let Some(outer) = levels.checked_sub(1) else { return Place::default() };
        let container = &self.places.containers[outer];
        sink.segment(outer).map_or_else(|| container.clone(), |step| container.then(step))
    }

    /// Something was given to the sink: another place is read now.
    #[inline]
    fn moved_on(&mut self) {
        if self.places.present.is_some() {
            self.places.present = None;
        }
    }

    /// Gives the slot and the pending closers to the sink.
    #[inline]
    fn commit<S: Sink>(&mut self, sink: &mut S) -> Result<(), Error> {
        if self.slot != Slot::Nothing {
            self.commit_slot(sink)?;
        }
        if self.pending > 0 {
            self.commit_closers(sink, self.pending);
        }
        if let Some(frame) = self.frames.last_mut()
            && frame.paren
            && frame.list
        {
            sink.confirm_group();
        }
        self.hold = None;
        self.wrong = false;
        self.misclosed = None;
        if self.notes.is_empty() { Ok(()) } else { self.decide() }
    }

    fn commit_slot<S: Sink>(&mut self, sink: &mut S) -> Result<(), Error> {
        let slot = std::mem::replace(&mut self.slot, Slot::Nothing);
        // Its place is in the innermost frame, whether that has met its closer or not.
        let pending = std::mem::take(&mut self.pending);
        // Its defects are its own, whatever the key after it is like.
        let mode = std::mem::replace(&mut self.mode, Mode::After);
        if slot == Slot::Bare {
            self.commit_bare(sink)?;
        } else {
            self.commit_text(sink)?;
        }
        self.mode = mode;
        self.pending = pending;
        self.text.clear();
        self.token = Token::default();
        Ok(())
    }

    /// Gives one scalar to the sink.
    #[inline]
    fn emit<S: Sink>(&mut self, sink: &mut S, scalar: Scalar<'_>) {
        self.moved_on();
        if !self.prose.extra {
            sink.scalar(scalar);
        }
        self.stands(scalar);
    }

    /// Counts a value that begins.
    fn counted<S: Sink>(&mut self, sink: &S) -> Result<(), Error> {
        self.counted_at(sink, self.offset())
    }

    fn counted_at<S: Sink>(&mut self, sink: &S, offset: u64) -> Result<(), Error> {
        self.values += 1;
        match self.options.limits.values {
            Some(limit) if self.values > limit => {
                let message = format!("the text holds more than {limit} values");
                Err(self.error(sink, ErrorKind::Limit, &message, offset))
            }
            _ => Ok(()),
        }
    }

    /// Leaves the present token for a comment and comes back to `back`.
    fn enter_comment(&mut self, comment: Comment, len: usize, back: Mode) {
        self.at += len;
        self.back = back;
        self.mode = Mode::Comment(comment);
    }

    fn comment(&mut self, input: Input<'_>, comment: Comment) -> Outcome {
        let rest = &input.bytes[self.at..];
        let end: &[u8] = match comment {
            Comment::Line => b"\n",
            Comment::Block => b"*/",
            Comment::Markup => b"-->",
        };
        match memchr::memmem::find(rest, end) {
            Some(found) => {
                // The newline itself is left, for it may separate.
                self.at += found + if comment == Comment::Line { 0 } else { end.len() };
                self.mode = self.back;
                Ok(Flow::Go)
            }
            None => {
                let tail = (end.len() - 1).min(rest.len());
                self.at += if input.eof { rest.len() } else { rest.len() - tail };
                Ok(Flow::Wait)
            }
        }
    }

    fn end<S: Sink>(&mut self, sink: &mut S) -> Result<(), Error> {
        if self.root_stands() {
            self.pending = self.frames.len();
            self.commit_closers(sink, self.pending);
            self.ending = Ending::Complete;
            return Ok(());
        }
        self.read(sink, &[], true)?;
        if self.prose.extra {
            for _ in 0..self.prose.unclosed {
                sink.close();
            }
            self.ending = Ending::Complete;
            return Ok(());
        }
        self.settle_reasoning(sink)?;
        self.settle_empty(sink)?;
        let ending = self.judge_end();
        let cut = self.mode == Mode::Bare && !self.bare_is_whole();
        if self.options.strict && (ending != Ending::Complete || cut) {
            let message = if ending == Ending::Empty { "there is no value" } else { "the text ended early" };
            return Err(self.error(sink, ErrorKind::Unfinished, message, self.received()));
        }
        let between = matches!(self.mode, Mode::Value | Mode::KeyStart | Mode::Key | Mode::BareKey | Mode::Colon);
        if between && self.context().is_some() {
            self.commit(sink)?;
        }
        if ending == Ending::Truncated {
            self.ending_path = self.path(sink);
            self.repair(sink, RepairKind::Truncated, self.offset())?;
        }
        self.end_token();
        self.settle_lone_item(sink)?;
        self.comma_was_extra(sink)?;
        self.repair_missing_closers(sink)?;
        self.pending = self.frames.len();
        self.commit(sink)?;
        self.ending = ending;
        Ok(())
    }

    /// The token that is being read ends here.
    fn end_token(&mut self) {
        if matches!(self.mode, Mode::Text | Mode::Plus) {
            self.slot = Slot::Firm;
        } else if self.mode == Mode::Bare && self.finish_bare() {
            self.slot = Slot::Bare;
        }
    }

    /// One repair for each container that never met its closer, innermost first.
    fn repair_missing_closers<S: Sink>(&mut self, sink: &mut S) -> Result<(), Error> {
        if std::mem::take(&mut self.wrong) && self.context().is_some() {
            self.close_through(Kind::Object);
        }
        let open = self.frames.len() - self.pending - usize::from(self.prose.list);
        let mut path = self.place(sink);
        let offset = self.filter.raw(self.offset());
        for missing in 0..open {
            let level = self.frames.len() - self.pending - 1 - missing;
            path = path.up_to(levels(&self.frames[..level]));
            self.notes.push(Repair { kind: RepairKind::MissingCloser, offset, path: path.clone() });
        }
        Ok(())
    }

    fn judge_end(&self) -> Ending {
        let mode = if let Mode::Comment(_) = self.mode { self.back } else { self.mode };
        let open = self.frames.len() - usize::from(self.prose.list) > self.pending;
        match mode {
            // A word without a comma before it: prose, rather than half a member.
            Mode::BareKey if !self.comma => Ending::Closers,
            Mode::Text | Mode::Key | Mode::BareKey | Mode::Colon | Mode::Plus
                if mode != Mode::Text || self.started() =>
            {
                if self.pending > 0 && self.pending == self.frames.len() {
                    Ending::Complete
                } else {
                    Ending::Truncated
                }
            }
            Mode::Bare if self.frames.is_empty() => match (self.root_is_whole(), self.bare_at_end()) {
                (true, _) => Ending::Complete,
                (false, true) => Ending::Truncated,
                (false, false) => Ending::Empty,
            },
            Mode::Bare if self.token.is_whole_literal(&self.text) => Ending::Closers,
            Mode::Bare if self.bare_has_ended() => Ending::Closers,
            Mode::Bare => Ending::Truncated,
            Mode::Value if self.comma || self.in_object() => Ending::Truncated,
            Mode::KeyStart if self.comma => Ending::Truncated,
            _ if open => Ending::Closers,
            _ if self.frames.is_empty() && self.slot == Slot::Nothing => Ending::Empty,
            _ => Ending::Complete,
        }
    }

    fn in_object(&self) -> bool {
        self.context().is_some_and(|frame| frame.kind == Kind::Object)
    }
}

/// So many bytes are unescaped at once.
const UNESCAPED: usize = 4096;
/// Up to so many kept bytes have room that doubles.
const KEPT_FREELY: usize = 1 << 16;

/// How many containers the sink has for these frames: a value that stands for a list of one has two.
fn levels(frames: &[Frame]) -> usize {
    frames.iter().map(|frame| 1 + usize::from(frame.wrapped)).sum()
}

/// The error for a defect that is not to be read around.
fn refused_repair(Repair { kind, offset, path }: Repair) -> Error {
    let early = matches!(kind, RepairKind::Truncated | RepairKind::MissingCloser);
    let error = if early { ErrorKind::Unfinished } else { ErrorKind::Malformed };
    Error {
        kind: error,
        message: format!("{} ({} is refused)", refusal(kind), kind.as_str()),
        offset,
        path: path.to_path(),
    }
}

/// Adds to what may be read again. It is held beside the text that it becomes, so it has little room to spare once it is long.
fn keep(kept: &mut Vec<u8>, more: &[u8]) {
    if kept.len() >= KEPT_FREELY && kept.capacity() - kept.len() < more.len() {
        kept.reserve_exact(more.len().max(kept.len() / 16));
    }
    kept.extend_from_slice(more);
}

/// What strict mode says of a defect.
fn refusal(kind: RepairKind) -> &'static str {
    match kind {
        RepairKind::Prose => "this is not JSON",
        RepairKind::ControlCharacter => "a control character in a string must be escaped",
        RepairKind::BadEscape => "this escape is not JSON",
        RepairKind::LoneSurrogate => "half of a surrogate pair",
        RepairKind::InvalidUtf8 => "this is not UTF-8",
        RepairKind::NonFinite => "this number has no double-precision value",
        RepairKind::ByteOrderMark => "a byte order mark is not JSON",
        RepairKind::ExtraComma => "a comma with nothing before or after it",
        RepairKind::MissingComma => "a comma is missing",
        RepairKind::MissingColon | RepairKind::OddColon => "a colon is missing",
        RepairKind::QuoteMarks => "only double quotes are JSON",
        RepairKind::UnquotedKey => "a key must be in double quotes",
        RepairKind::UnquotedText | RepairKind::Literal => "this is no JSON value",
        RepairKind::Number => "this number is not written as JSON writes it",
        RepairKind::ExtraCloser | RepairKind::WrongCloser => "this closing bracket has no opening one",
        RepairKind::SeveralValues => "something follows the value",
        RepairKind::MissingValue => "a value is missing",
        RepairKind::Comment => "comments are not JSON",
        _ => "this is not JSON",
    }
}
