//! Around the value: prose, fences, tags, reasoning, several roots.
//!
//! Coming in: text outside of any root. Going out: the brackets and marks that begin a root, and what ends or replaces one.
//! Decided elsewhere: everything inside a root.

use super::container::Frame;
use super::escaped::Escaping;
use super::fit::kinds_of;
use super::{Flow, Input, Machine, Mode, Outcome, Places, Slot};
use crate::error::{Error, ErrorKind};
use crate::path::Place;
use crate::repair::RepairKind;
use crate::shape::Kinds;
use crate::sink::{Kind, Reason, Sink};
use crate::text::{is_any_blank, is_blank, quote_family};

/// What is known of the text around the value.
#[derive(Debug, Default)]
pub(super) struct Prose {
    /// Something that is no blank came since the start, the fence or the last root.
    pub(super) seen: bool,
    /// Several roots came, or are expected; the outermost frame is the list of them.
    pub(super) list: bool,
    /// More than one of them has come.
    several: bool,
    /// The payload has been read: what is read now is another value, which nobody gets.
    pub(super) extra: bool,
    /// Containers of the payload that the sink has not been told to close.
    pub(super) unclosed: usize,
    /// The root stands in a code fence, or in the middle of other text.
    fenced: bool,
    quoted: bool,
    /// An empty container among other text, which is the value if there is no other.
    empty: Option<Kind>,
    /// A blank was the last character.
    blank: bool,
    /// Nothing but blanks has come on this line.
    line: bool,
    /// The line of the root has ended, and whether words followed it there.
    ended: bool,
    sentence: bool,
    /// What stood in reasoning blocks that may hold the value if nothing else does, and where it began.
    kept: Vec<u8>,
    kept_from: u64,
    /// A code fence is open, and it is labelled as another language.
    fence: bool,
    code: bool,
    /// A comma came after the root.
    comma: bool,
    /// The last character that is no blank announces a value, rather than going on with a sentence.
    label: bool,
    /// The root is a list of one number or word, which a stronger root replaces.
    weak: Option<Weak>,
    /// Skipping to the end of a reasoning block.
    skip: Option<Skip>,
}

/// A root that may have been a mark in the prose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weak {
    /// `[2]`, which gives way to an object.
    Number,
    /// `[TOOL_CALLS]`, which gives way to anything.
    Word,
}

/// How a reasoning block ends.
#[derive(Clone, Copy, Debug)]
struct Skip {
    /// Index in [`REASONING`]; beyond it the channel form.
    name: usize,
    square: bool,
}

/// Names of reasoning tags, longer ones first where one begins another.
const REASONING: &[&str] = &["thinking", "think", "thought", "reasoning", "reflection", "analysis", "scratchpad"];
/// No tag is longer than this.
const TAG: usize = 128;
/// So much of a reasoning block is kept at most.
const KEPT: usize = 1 << 16;
/// How far to look for the first token of a candidate among prose.
const LOOK: usize = 256;

/// What another root does to those before it.
enum NextRoot {
    /// It takes their place.
    Instead,
    /// It joins them in a list.
    Beside,
    /// It is not part of the value.
    Extra,
}

/// Whether a bracket among prose begins a payload.
enum Guess {
    Yes,
    No,
    Wait,
}

impl Prose {
    pub(super) fn fence_is_open(&self) -> bool {
        self.fence
    }
}

impl Machine {
    pub(super) fn seek<S: Sink>(&mut self, sink: &mut S, input: Input<'_>) -> Outcome {
        if let Some(skip) = self.prose.skip {
            return self.skip_and_keep(input, skip);
        }
        let Some((raw, len)) = self.peek(sink, input)? else {
            return Ok(Flow::Wait);
        };
        let c = if self.prose.seen { crate::text::narrow(raw) } else { self.narrowed(sink, raw)? };
        if self.options.strict {
            return self.seek_strict(sink, c, len);
        }
        let root = !self.frames.is_empty();
        match c {
            _ if is_blank(c) => {
                self.prose.blank = true;
                self.prose.line |= c == '\n';
                self.prose.ended |= c == '\n';
                self.pass(len)
            }
            '{' if self.prose.comma && self.goes_on_after_wrong_closer().is_some() => {
                self.prose.comma = false;
                let pending = self.goes_on_after_wrong_closer().unwrap_or(self.pending);
                self.reopen_array(pending);
                Ok(Flow::Go)
            }
            '"' if self.prose.comma && !self.prose.seen && self.object_goes_on().is_some() => {
                match (self.member_follows(input, 0), self.object_goes_on()) {
                    (None, _) => Ok(Flow::Wait),
                    (Some(true), Some(pending)) => {
                        self.prose.comma = false;
                        self.reopen_object(pending);
                        Ok(Flow::Go)
                    }
                    _ => self.prose_char(sink, c, len),
                }
            }
            '}' if root && !self.prose.seen && !self.prose.comma && self.closes_the_root_again() => self.pass(len),
            '}' if root && !self.prose.seen && !self.prose.comma && self.ended_one_alone() => Ok(Flow::Go),
            '{' | '[' => self.bracket_in_prose(sink, input, c, len),
            '`' | '~' => self.fence(sink, input, c, len),
            '<' => self.tag(sink, input),
            '(' if !self.prose.seen && !root => self.open(sink, c, len),
            '}' | ']' | ')' if root && !self.prose.seen => {
                self.repair(sink, RepairKind::ExtraCloser, self.offset())?;
                self.pass(len)
            }
            ',' | ';' if root && !self.prose.seen => {
                self.prose.comma = true;
                self.comma_at = self.offset();
                self.pass(len)
            }
            '/' | '#' if !self.prose.seen => match self.comment_start(sink, input, c, Mode::Seek)? {
                Some(flow) => Ok(flow),
                None => self.prose_char(sink, c, len),
            },
            _ if is_any_blank(c) => self.skip_odd_blank(sink, c, len),
            '"' if root && !self.prose.seen && self.prose.comma && self.root_is_object() => self.key_after_root(c, len),
            _ if root || self.prose.seen => self.prose_char(sink, c, len),
            _ if quote_family(c).is_some() => self.open_string(sink, c, len),
            _ if c.is_alphanumeric() || matches!(c, '-' | '+' | '.') => self.begin_bare(sink),
            _ => self.prose_char(sink, c, len),
        }
    }

    fn seek_strict<S: Sink>(&mut self, sink: &mut S, c: char, len: usize) -> Outcome {
        match c {
            _ if is_blank(c) => self.pass(len),
            '{' | '[' => self.open(sink, c, len),
            '"' => self.open_string(sink, c, len),
            '-' | '0'..='9' | 't' | 'f' | 'n' => self.begin_bare(sink),
            '\u{FEFF}' => self.skip_odd_blank(sink, c, len),
            _ => Err(self.error(sink, ErrorKind::Malformed, "this is no JSON value", self.offset())),
        }
    }

    fn pass(&mut self, len: usize) -> Outcome {
        self.at += len;
        Ok(Flow::Go)
    }

    /// A comma after the root that separated nothing.
    pub(super) fn comma_was_extra<S: Sink>(&mut self, sink: &S) -> Result<(), Error> {
        if std::mem::take(&mut self.prose.comma) {
            self.repair(sink, RepairKind::ExtraComma, self.comma_at)
        } else {
            Ok(())
        }
    }

    fn prose_char<S: Sink>(&mut self, sink: &S, c: char, len: usize) -> Outcome {
        match c {
            // `e.g. {`, `2. {`, `: '{`
            '.' | '\'' | '"' | '(' => {}
            _ => self.prose.label = !c.is_alphabetic() && c != ',',
        }
        self.prose.blank = false;
        self.prose.line = false;
        self.prose.sentence |= !self.frames.is_empty() && !self.prose.ended;
        self.comma_was_extra(sink)?;
        if !self.prose.seen {
            self.repair(sink, RepairKind::Prose, self.offset())?;
            self.prose.seen = true;
        }
        self.pass(len)
    }

    /// `{{"a": 1}}` at the root.
    fn closes_the_root_again(&mut self) -> bool {
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

    /// After a root that is a scalar: it must be all there is, or the first half of something.
    pub(super) fn after_root<S: Sink>(&mut self, sink: &mut S, input: Input<'_>) -> Outcome {
        let Some((c, len)) = self.peek(sink, input)? else {
            return Ok(Flow::Wait);
        };
        if is_blank(c) {
            return self.pass(len);
        }
        if self.options.strict {
            return Err(self.error(sink, ErrorKind::Malformed, "something follows the value", self.offset()));
        }
        match (crate::text::narrow(c), self.slot) {
            _ if !self.frames.is_empty() => {
                self.root_closed(sink)?;
                Ok(Flow::Go)
            }
            (':', Slot::Text | Slot::Firm) => {
                self.repair(sink, RepairKind::MissingBrackets, self.offset())?;
                self.key = std::mem::take(&mut self.text);
                self.key_mark = Some(self.quoted.mark);
                self.slot = Slot::Nothing;
                sink.take_back();
                self.hold = None;
                self.push_frame(sink, Kind::Object)?;
                self.take_key(sink)?;
                self.pass(len)
            }
            ('+', Slot::Text | Slot::Firm) => {
                self.repair(sink, RepairKind::Concatenation, self.offset())?;
                self.hold = None;
                self.mode = Mode::Plus;
                self.pass(len)
            }
            (mark, Slot::Text)
                if self.offset() == self.slot_end && self.text.is_empty() && mark == self.quoted.mark =>
            {
                self.repair(sink, RepairKind::TripleQuotes, self.offset())?;
                self.slot = Slot::Nothing;
                self.hold = None;
                self.quoted.triple = true;
                self.mode = Mode::Text;
                self.pass(len)
            }
            _ if is_any_blank(c) => self.skip_odd_blank(sink, c, len),
            (_, Slot::Text) if self.text_opens_a_root() => self.stray_mark(sink),
            _ => {
                self.slot = Slot::Nothing;
                self.hold = None;
                self.notes.clear();
                self.bare_is_prose(sink);
                self.repair(sink, RepairKind::Prose, self.offset())?;
                Ok(Flow::Go)
            }
        }
    }

    /// Whether the text between two marks at the root is the beginning of a document: the first of them is stray.
    fn text_opens_a_root(&self) -> bool {
        let text = self.text.trim();
        text.starts_with(['{', '[']) && text.ends_with(['{', '[', ','])
    }

    /// `"{"a": 1}"`: the root begins after the mark, and what seemed to end a string begins a key or an item.
    fn stray_mark<S: Sink>(&mut self, sink: &mut S) -> Outcome {
        let text = std::mem::take(&mut self.text);
        let mark = self.quoted.closing;
        self.at = (self.slot_end - self.base) as usize;
        self.slot = Slot::Nothing;
        self.hold = None;
        self.notes.clear();
        sink.take_back();
        self.repair(sink, RepairKind::ExtraQuote, self.quoted.start)?;
        self.mode = Mode::Seek;
        let base = (self.slot_end - mark.len_utf8() as u64).saturating_sub(text.len() as u64);
        self.read_inserted(sink, text.as_bytes(), base)?;
        match self.mode {
            Mode::KeyStart => self.open_key(sink, mark, 0),
            Mode::Value => self.open_string(sink, mark, 0),
            _ => Ok(Flow::Go),
        }
    }

    fn bracket_in_prose<S: Sink>(&mut self, sink: &mut S, input: Input<'_>, c: char, len: usize) -> Outcome {
        if c == '['
            && (self.prose.seen || !self.frames.is_empty())
            && let Some(flow) = self.square_tag(sink, input)?
        {
            return Ok(flow);
        }
        let (kind, _) = bracket(c);
        let root = self.frames.get(usize::from(self.prose.list));
        // On a line of its own after a root, a bracket is a row; elsewhere it may be a mark in the text.
        let marked = c == '[' && self.root_is_object();
        let again =
            (!self.prose.line || marked) && root.is_some_and(|root| kind == Kind::Object || root.kind == Kind::Object);
        if self.prose.seen || again {
            match self.plausible(&input.bytes[self.at + len..], c, input.eof) {
                Guess::Wait => return Ok(Flow::Wait),
                Guess::No => {
                    self.note_empty(input, c, len);
                    return self.prose_char(sink, c, len);
                }
                Guess::Yes => {}
            }
        }
        if self.frames.is_empty() {
            self.begin_list_of_roots(sink, kind)?;
        } else {
            match self.next_root(kind) {
                NextRoot::Instead => {
                    self.forget(sink, Reason::Prose)?;
                    self.begin_list_of_roots(sink, kind)?;
                }
                NextRoot::Beside => self.begin_next_root(sink)?,
                NextRoot::Extra => self.begin_extra_value(sink)?,
            }
        }
        self.root_begins();
        self.open(sink, c, len)
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

    /// Whether a bracket among prose begins a payload: its first token is a quoted string, a number with a comma after it,
    /// another bracket, or a key with a colon.
    fn plausible(&self, rest: &[u8], c: char, eof: bool) -> Guess {
        let (kind, closer) = bracket(c);
        if self.root_kinds().is_some_and(|wanted| !wanted.accepts(kinds_of(kind))) && !self.root_lists(kind) {
            return Guess::No;
        }
        let window = &rest[..rest.len().min(LOOK)];
        if !self.prose.seen && window.first() == Some(&closer) {
            return Guess::Yes;
        }
        let blank = window.iter().take_while(|b| b.is_ascii_whitespace()).count();
        let token = &window[blank..];
        let guess = if c == '{' && blank > 0 && token.first() == Some(&b'#') {
            Guess::Yes
        } else if c == '{' {
            first_of_object(token)
        } else {
            first_of_array(token)
        };
        match guess {
            Guess::Wait if rest.len() >= LOOK => Guess::No,
            Guess::Wait if eof => {
                if token.is_empty() {
                    Guess::Yes
                } else {
                    Guess::No
                }
            }
            guess => guess,
        }
    }

    /// Remembers `[]` or `{}` that stands alone among other text.
    fn note_empty(&mut self, input: Input<'_>, c: char, len: usize) {
        let (kind, closer) = bracket(c);
        let alone = self.prose.blank && self.frames.is_empty();
        let wanted = self.root_kinds().is_none_or(|wanted| wanted.accepts(kinds_of(kind)));
        let inside = &input.bytes[self.at + len..];
        let blanks = inside.iter().take_while(|b| b.is_ascii_whitespace()).count();
        let checkbox = c == '[' && &inside[..blanks] == b" ";
        if alone && wanted && !checkbox && inside.get(blanks) == Some(&closer) {
            self.prose.empty = Some(kind);
        }
    }

    /// Gives the empty container that stood among other text, if nothing else was the value.
    pub(super) fn settle_empty<S: Sink>(&mut self, sink: &mut S) -> Result<(), Error> {
        let nothing = self.frames.is_empty() && self.slot == Slot::Nothing && self.mode == Mode::Seek;
        if let Some(kind) = self.prose.empty.take().filter(|_| nothing) {
            self.push_frame(sink, kind)?;
            self.mode = Mode::Seek;
            self.pending = 1;
        }
        Ok(())
    }

    /// What another root of this kind is to those that came before it.
    fn next_root(&self, kind: Kind) -> NextRoot {
        if self.prose.extra {
            return NextRoot::Extra;
        }
        let weak = match self.prose.weak {
            Some(Weak::Word) => true,
            Some(Weak::Number) => kind == Kind::Object,
            None => false,
        };
        let alone = self.prose.fence && !self.prose.code || (self.prose.sentence && self.prose.line);
        let quoted = self.prose.quoted && alone;
        if weak && !self.prose.list || quoted && (self.prose.several || !self.prose.list) {
            return NextRoot::Instead;
        }
        if self.is_in_a_sentence() {
            return NextRoot::Extra;
        }
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

    /// Whether a value stands among words, after a root that had lines of its own.
    fn is_in_a_sentence(&self) -> bool {
        let alone = !self.prose.quoted && !self.prose.several && !self.prose.list && self.prose.ended;
        alone && !self.prose.fence && self.prose.seen && !self.prose.line && !self.prose.label
    }

    /// Where a list is wanted and a single value begins, it is the first item.
    fn begin_list_of_roots<S: Sink>(&mut self, sink: &mut S, kind: Kind) -> Result<(), Error> {
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
    fn begin_extra_value<S: Sink>(&mut self, sink: &mut S) -> Result<(), Error> {
        self.commit_slot_if_any(sink)?;
        if self.prose.extra {
            self.commit_closers(sink, self.frames.len());
        } else {
            // The payload itself is whole at the end of the text, not before.
            self.commit_closers(sink, self.frames.len().saturating_sub(1));
            self.prose.unclosed = self.frames.pop().map_or(0, |root| 1 + usize::from(root.wrapped));
            self.wraps = 0;
            self.pending = 0;
            self.places = Places::default();
        }
        self.decide()?;
        if !self.prose.extra {
            self.notes.push(crate::repair::Repair {
                kind: RepairKind::ExtraValue,
                offset: self.filter.raw(self.offset()),
                path: Place::default(),
            });
            self.decide()?;
        }
        self.prose.extra = true;
        self.prose.comma = false;
        Ok(())
    }

    /// Another root: the ones before it become a list.
    fn begin_next_root<S: Sink>(&mut self, sink: &mut S) -> Result<(), Error> {
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
            self.notes.push(crate::repair::Repair {
                kind: RepairKind::SeveralValues,
                offset: self.filter.raw(self.offset()),
                path: Place::default(),
            });
            self.decide()?;
        }
        self.prose.comma = false;
        Ok(())
    }

    /// A code fence, or a single mark around a value.
    fn fence<S: Sink>(&mut self, sink: &mut S, input: Input<'_>, c: char, len: usize) -> Outcome {
        let three = if c == '`' { "```" } else { "~~~" };
        match self.ahead(input, three) {
            None => return Ok(Flow::Wait),
            Some(false) if c == '~' => return self.prose_char(sink, c, len),
            Some(false) => {
                self.repair(sink, RepairKind::Fence, self.offset())?;
                return self.pass(len);
            }
            Some(true) => {}
        }
        let rest = &input.bytes[self.at..];
        let marks = rest.iter().take_while(|&&b| b == c as u8).count();
        let info = rest[marks..]
            .iter()
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'_' | b'.'))
            .count();
        let end = marks + if self.prose.fence { 0 } else { info };
        if end == rest.len() && !input.eof && end < TAG {
            return Ok(Flow::Wait);
        }
        self.repair(sink, RepairKind::Fence, self.offset())?;
        self.prose.fence = !self.prose.fence;
        self.prose.code = is_code(&rest[marks..end]);
        self.prose.seen = !self.prose.fence && self.frames.is_empty();
        self.pass(end)
    }

    /// `<tag>`, `</tag>`, `<|tag|>`, a comment or a CDATA section.
    fn tag<S: Sink>(&mut self, sink: &mut S, input: Input<'_>) -> Outcome {
        if let Some(flow) = self.comment_start(sink, input, '<', Mode::Seek)? {
            return Ok(flow);
        }
        match self.ahead(input, "<![CDATA[") {
            None => return Ok(Flow::Wait),
            Some(true) => return self.pass("<![CDATA[".len()),
            Some(false) => {}
        }
        let rest = &input.bytes[self.at..];
        let window = &rest[..rest.len().min(TAG)];
        let stops = |b: &u8| matches!(b, b'>' | b'{' | b'"' | b'\n') || (*b == b'<');
        let end = match window[1..].iter().position(stops) {
            Some(found) if window[found + 1] == b'>' => found + 2,
            None if window.len() < TAG && !input.eof => return Ok(Flow::Wait),
            _ => return self.prose_char(sink, '<', 1),
        };
        let name = String::from_utf8_lossy(&rest[1..end - 1]).to_ascii_lowercase();
        if name == "|channel|" {
            return self.channel(sink, input, end);
        }
        let closing = name.strip_prefix('/');
        let word = closing.unwrap_or(&name);
        match (REASONING.iter().position(|r| word == *r), closing) {
            (Some(_), Some(_)) => self.discard(sink, end),
            (Some(name), None) => {
                self.repair(sink, RepairKind::Reasoning, self.offset())?;
                self.prose.skip = Some(Skip { name, square: false });
                self.pass(end)
            }
            (None, _) => {
                self.repair(sink, RepairKind::Tag, self.offset())?;
                self.pass(end)
            }
        }
    }

    /// `<|channel|>analysis`: everything up to the end of the message is reasoning.
    fn channel<S: Sink>(&mut self, sink: &mut S, input: Input<'_>, len: usize) -> Outcome {
        let rest = &input.bytes[self.at + len..];
        let want = b"analysis";
        if rest.len() < want.len() && want.starts_with(rest) && !input.eof {
            return Ok(Flow::Wait);
        }
        if rest.starts_with(want) {
            self.repair(sink, RepairKind::Reasoning, self.offset())?;
            self.prose.skip = Some(Skip { name: REASONING.len(), square: false });
        } else {
            self.repair(sink, RepairKind::Tag, self.offset())?;
        }
        self.pass(len)
    }

    /// `[THINK]` and `[/THINK]`.
    fn square_tag<S: Sink>(&mut self, sink: &mut S, input: Input<'_>) -> Result<Option<Flow>, Error> {
        let rest = &input.bytes[self.at + 1..];
        let closing = rest.first() == Some(&b'/');
        let rest = &rest[usize::from(closing)..];
        for (name, word) in REASONING.iter().enumerate() {
            let shared = rest.len().min(word.len());
            if !rest[..shared].eq_ignore_ascii_case(&word.as_bytes()[..shared]) {
                continue;
            }
            match rest.get(word.len()) {
                Some(b']') => {
                    let len = word.len() + 2 + usize::from(closing);
                    if closing {
                        return self.discard(sink, len).map(Some);
                    }
                    self.repair(sink, RepairKind::Reasoning, self.offset())?;
                    self.prose.skip = Some(Skip { name, square: true });
                    return self.pass(len).map(Some);
                }
                None if !input.eof => return Ok(Some(Flow::Wait)),
                _ => {}
            }
        }
        Ok(None)
    }

    /// Skips reasoning; keeps what stands in a block that may hold the value if nothing else does.
    fn skip_and_keep(&mut self, input: Input<'_>, skip: Skip) -> Outcome {
        let from = self.at;
        let flow = self.skip_reasoning(input, skip);
        let last_resort = skip.name < REASONING.len() && !matches!(REASONING[skip.name], "think" | "thinking");
        if last_resort && self.prose.kept.len() < KEPT {
            if self.prose.kept.is_empty() {
                self.prose.kept_from = self.base + from as u64;
            }
            let closed = self.prose.skip.is_none();
            let tag = if closed { REASONING[skip.name].len() + "</>".len() } else { 0 };
            let block = &input.bytes[from..self.at - tag];
            let room = KEPT - self.prose.kept.len();
            self.prose.kept.extend_from_slice(&block[..block.len().min(room)]);
        }
        flow
    }

    /// Reads what stood in reasoning blocks, where nothing else gave a value.
    pub(super) fn settle_reasoning<S: Sink>(&mut self, sink: &mut S) -> Result<(), Error> {
        let nothing = self.frames.is_empty() && self.slot == Slot::Nothing && self.mode == Mode::Seek;
        let kept = std::mem::take(&mut self.prose.kept);
        if kept.is_empty() || !nothing || kept.len() >= KEPT {
            return Ok(());
        }
        let from = std::mem::take(&mut self.prose).kept_from;
        self.read_inserted(sink, &kept, from)
    }

    fn skip_reasoning(&mut self, input: Input<'_>, skip: Skip) -> Outcome {
        let rest = &input.bytes[self.at..];
        let open = if skip.square { b'[' } else { b'<' };
        let Some(found) = memchr::memchr(open, rest) else {
            self.at = input.bytes.len();
            return Ok(Flow::Wait);
        };
        self.at += found;
        let rest = &rest[found..];
        let ends: &[&[u8]] = match REASONING.get(skip.name) {
            Some(name) => {
                let want = name.as_bytes();
                let tail = &rest[1..];
                let shared = tail.len().min(want.len() + 2);
                let close = if skip.square { b']' } else { b'>' };
                let wanted: Vec<u8> = [b"/".as_slice(), want, &[close]].concat();
                if !tail[..shared].eq_ignore_ascii_case(&wanted[..shared]) {
                    return self.pass(1);
                }
                if shared < wanted.len() {
                    return Ok(Flow::Wait);
                }
                self.prose.skip = None;
                return self.pass(1 + shared);
            }
            None => &[b"<|end|>", b"<|start|>", b"<|channel|>"],
        };
        for end in ends {
            if rest.starts_with(end) {
                self.prose.skip = None;
                return self.pass(0);
            }
            if end.starts_with(rest) && !input.eof {
                return Ok(Flow::Wait);
            }
        }
        self.pass(1)
    }

    /// The end of a reasoning block that never began: what came before was reasoning.
    fn discard<S: Sink>(&mut self, sink: &mut S, len: usize) -> Outcome {
        self.forget(sink, Reason::Reasoning)?;
        self.pass(len)
    }

    /// Forgets everything read so far.
    fn forget<S: Sink>(&mut self, sink: &mut S, reason: Reason) -> Result<(), Error> {
        let shown = !self.frames.is_empty();
        self.frames.clear();
        self.wraps = 0;
        self.misclosed = None;
        self.places = Places::default();
        self.pending = 0;
        self.slot = Slot::Nothing;
        self.text.clear();
        self.hold = None;
        self.lone = None;
        self.notes.clear();
        self.prose = Prose { fence: self.prose.fence, code: self.prose.code, ..Prose::default() };
        if shown {
            sink.reset(reason);
        }
        let kind = if reason == Reason::Reasoning { RepairKind::Reasoning } else { RepairKind::Prose };
        self.repair(sink, kind, self.offset())
    }

    /// The first mark of the document is escaped, so all of it is.
    pub(super) fn begin_unescaping<S: Sink>(&mut self, sink: &S, escaping: Escaping) -> Outcome {
        self.repair(sink, RepairKind::EscapedDocument, self.offset())?;
        self.filter.begin(escaping);
        self.refilter = true;
        Ok(Flow::Wait)
    }

    /// Whether nothing but opening brackets has been read.
    pub(super) fn only_brackets(&self) -> bool {
        !self.filter.is_active()
            && !self.frames.is_empty()
            && self.values == self.frames.len() as u64
            && self.slot == Slot::Nothing
    }

    /// How the document is escaped, judged by what stands where its first key or value should begin.
    pub(super) fn escaping(&self, input: Input<'_>, c: char) -> Option<Option<Escaping>> {
        match c {
            '\\' => match input.bytes.get(self.at + 1) {
                Some(b'"' | b'\'' | b'n' | b't' | b'r') => Some(Some(Escaping::Backslash)),
                Some(_) => Some(None),
                None if input.eof => Some(None),
                None => None,
            },
            '&' => {
                let rest = &input.bytes[self.at..];
                let known = ["&quot;", "&#34;", "&#x22;", "&apos;", "&#39;"];
                if known.iter().any(|name| rest.starts_with(name.as_bytes())) {
                    Some(Some(Escaping::Entities))
                } else if !input.eof && known.iter().any(|name| name.as_bytes().starts_with(rest)) {
                    None
                } else {
                    Some(None)
                }
            }
            _ => Some(None),
        }
    }
}

/// Whether a fence's label names a language whose text may hold a value without being one.
pub(super) fn is_code(label: &[u8]) -> bool {
    const CODE: [&str; 13] =
        ["python", "py", "diff", "bash", "sh", "shell", "html", "xml", "sql", "typescript", "ts", "yaml", "text"];
    CODE.iter().any(|name| label.eq_ignore_ascii_case(name.as_bytes()))
}

/// What an opening bracket begins, and what ends it.
fn bracket(c: char) -> (Kind, u8) {
    if c == '{' { (Kind::Object, b'}') } else { (Kind::Array, b']') }
}

fn first_of_object(token: &[u8]) -> Guess {
    let Some(&first) = token.first() else {
        return Guess::Wait;
    };
    match first {
        b'"' | b'\'' | b'`' | b'/' | b'\\' | b'&' | 0xE2 => Guess::Yes,
        b'{' => first_of_object(&token[1..]),
        _ if first.is_ascii_alphanumeric() || first == b'_' || first == b'$' || first >= 0x80 => {
            let word = token.iter().take_while(|&&b| {
                b.is_ascii_alphanumeric() || b >= 0x80 || matches!(b, b'_' | b'$' | b'-' | b'.' | b' ')
            });
            let len = word.count();
            match token.get(len) {
                Some(b':') => Guess::Yes,
                // A key that has lost its opening mark.
                Some(b'"') => match token.get(len + 1) {
                    Some(b':') => Guess::Yes,
                    Some(_) => Guess::No,
                    None => Guess::Wait,
                },
                Some(_) => Guess::No,
                None => Guess::Wait,
            }
        }
        _ => Guess::No,
    }
}

fn first_of_array(token: &[u8]) -> Guess {
    let Some(&first) = token.first() else {
        return Guess::Wait;
    };
    match first {
        b'"' | b'\'' | b'{' | b'[' | b'(' | 0xE2 => Guess::Yes,
        b'/' => match token.get(1) {
            Some(b'/' | b'*') => Guess::Yes,
            Some(_) => Guess::No,
            None => Guess::Wait,
        },
        b'-' | b'+' | b'.' | b'0'..=b'9' | b't' | b'f' | b'n' | b'T' | b'F' | b'N' => {
            let word =
                token.iter().take_while(|&&b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'+' | b'_'));
            let len = word.count();
            let numeric = !first.is_ascii_alphabetic();
            let literal =
                [&b"true"[..], b"false", b"null", b"none"].iter().any(|w| token[..len].eq_ignore_ascii_case(w));
            let blanks = token[len..].iter().take_while(|b| b.is_ascii_whitespace()).count();
            match token.get(len + blanks) {
                Some(b',') if numeric || literal => Guess::Yes,
                Some(_) => Guess::No,
                None => Guess::Wait,
            }
        }
        _ => Guess::No,
    }
}
