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
mod bare_key;
mod call;
mod colon;
mod comment;
mod container;
mod defect;
mod ending;
mod escaped;
mod fast;
mod fit;
mod held;
mod input;
mod key;
mod next_object;
mod payload;
mod plain;
mod prose;
mod reading;
mod reasoning;
mod roots;
mod scan;
mod set;
mod string;
mod swallowed;
mod value;

use crate::error::{Error, ErrorKind};
use crate::options::Options;
use crate::path::Path;
use crate::repair::Repair;
use crate::shape::{NodeId, Shape};
use crate::sink::{Edge, Kind, Scalar, Sink};
use bare::Token;
use comment::Comment;
use container::{Frame, Misclosed};
use defect::{Places, levels};
pub use ending::Ending;
use escaped::Filter;
use fast::Valid;
use input::Input;
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
    /// So many lists were made of an object and those after it.
    lists_made: u8,
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
            lists_made: 0,
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
                held::extend(&mut self.kept, &chunk[from..]);
            }
            self.moved(from);
            result
        } else {
            let mut bytes = std::mem::take(&mut self.kept);
            held::extend(&mut bytes, chunk);
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

    fn in_object(&self) -> bool {
        self.context().is_some_and(|frame| frame.kind == Kind::Object)
    }
}

/// So many bytes are unescaped at once.
const UNESCAPED: usize = 4096;
