//! The text around the value: prose and fences, and where a root begins in it.
//!
//! Coming in: text outside of any root. Going out: the brackets and marks that begin a root, and what follows one.
//! Decided elsewhere: tags and reasoning (`reasoning`), which brackets begin a root (`payload`), what another root is to those
//! before it (`roots`), everything inside a root.

use super::payload::{Guess, bracket, holds_words, subscript};
use super::reasoning::{Skip, TAG};
use super::roots::{NextRoot, Payload, Weak};
use super::string::Quoted;
use super::{Flow, Input, Machine, Mode, Outcome, Slot};
use crate::error::{Error, ErrorKind};
use crate::repair::RepairKind;
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
    pub(super) several: bool,
    /// The payload has been read: what is read now is another value, which nobody gets.
    pub(super) extra: bool,
    /// The payload's root, meanwhile: the sink has not been told to close it.
    pub(super) payload: Option<Box<Payload>>,
    /// The root stands in a code fence, or in the middle of other text.
    pub(super) fenced: bool,
    pub(super) quoted: bool,
    /// An empty container among other text, which is the value if there is no other.
    pub(super) empty: Option<Kind>,
    /// Offset after the last letter, digit or closer of a name: what is glued to it may be a subscript.
    pub(super) name_end: u64,
    /// A blank was the last character.
    pub(super) blank: bool,
    /// Nothing but blanks has come on this line; else so many words.
    pub(super) line: bool,
    pub(super) words: usize,
    /// The line of the root has ended, and whether words followed it there.
    pub(super) ended: bool,
    pub(super) sentence: bool,
    /// What stood in reasoning blocks that may hold the value if nothing else does, and where it began.
    pub(super) kept: Vec<u8>,
    pub(super) kept_from: u64,
    /// The first subscript in the text, which is the value if nothing else is, and where it began.
    pub(super) subscript: Option<(Vec<u8>, u64)>,
    /// A code fence is open, and it is labelled as another language.
    pub(super) fence: bool,
    pub(super) code: bool,
    /// Offset after the text in double quotes that the root's closer follows directly, and what is known of its marks; 0 where
    /// there is none.
    pub(super) text_end: u64,
    pub(super) torn: Option<Box<Quoted>>,
    /// A comma came after the root.
    pub(super) comma: bool,
    /// The last character that is no blank announces a value, rather than going on with a sentence.
    pub(super) label: bool,
    /// The root is a list of one number or word, which a stronger root replaces.
    pub(super) weak: Option<Weak>,
    /// Skipping to the end of a reasoning block.
    pub(super) skip: Option<Skip>,
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
                if c == '\n' {
                    (self.prose.line, self.prose.ended, self.prose.words) = (true, true, 0);
                }
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
            '"' if root && !self.prose.seen && self.may_quote_the_closer() => {
                match self.quotes_the_closer(sink, input, len)? {
                    None => Ok(Flow::Wait),
                    Some(true) => Ok(Flow::Go),
                    Some(false) => self.mark_after_root(sink, input, c, len),
                }
            }
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

    pub(super) fn pass(&mut self, len: usize) -> Outcome {
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

    pub(super) fn prose_char<S: Sink>(&mut self, sink: &S, c: char, len: usize) -> Outcome {
        match c {
            // `e.g. {`, `2. {`, `: '{`
            '.' | '\'' | '"' | '(' => {}
            _ => self.prose.label = !c.is_alphabetic() && c != ',',
        }
        self.prose.words += usize::from(c.is_alphanumeric() && (self.prose.blank || self.prose.line));
        self.prose.blank = false;
        self.prose.line = false;
        if ends_a_name(c) {
            self.prose.name_end = self.offset() + len as u64;
        }
        self.prose.sentence |= !self.frames.is_empty() && !self.prose.ended;
        self.comma_was_extra(sink)?;
        if !self.prose.seen {
            self.repair(sink, RepairKind::Prose, self.offset())?;
            self.prose.seen = true;
        }
        self.pass(len)
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

    /// A bracket in the text around the value: it begins a root, or a tag, or it is a mark in the text.
    fn bracket_in_prose<S: Sink>(&mut self, sink: &mut S, input: Input<'_>, c: char, len: usize) -> Outcome {
        if c == '['
            && (self.prose.seen || !self.frames.is_empty())
            && let Some(flow) = self.square_tag(sink, input)?
        {
            return Ok(flow);
        }
        if c == '[' && self.prose.seen && self.prose.name_end == self.offset() {
            match subscript(&input.bytes[self.at..], input.eof) {
                None => return Ok(Flow::Wait),
                Some(0) => {}
                Some(len) => return self.pass_subscript(sink, input, len),
            }
        }
        let (kind, _) = bracket(c);
        let root = self.frames.get(usize::from(self.prose.list));
        // On a line of its own after a root, a bracket is a row; elsewhere, or around bare words, it may be a mark in the text.
        let marked = if c == '[' || root.is_none() {
            self.root_is_object()
        } else {
            match holds_words(&input.bytes[self.at + len..], input.eof) {
                None => return Ok(Flow::Wait),
                Some(words) => words,
            }
        };
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
        self.begin_root(sink, input, c, len)
    }

    /// A bracket that is `len` bytes long begins a root.
    fn begin_root<S: Sink>(&mut self, sink: &mut S, input: Input<'_>, c: char, len: usize) -> Outcome {
        let (kind, _) = bracket(c);
        if self.frames.is_empty() {
            self.begin_list_of_roots(sink, kind)?;
        } else {
            let Some(next) = self.next_root(sink, input, kind)? else { return Ok(Flow::Wait) };
            match next {
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

    /// `}", "b": 1`: a mark after the root that is none of it, where the root goes on.
    fn mark_after_root<S: Sink>(&mut self, sink: &S, input: Input<'_>, c: char, len: usize) -> Outcome {
        match self.another_member_follows(input, len) {
            None => Ok(Flow::Wait),
            Some(false) => self.prose_char(sink, c, len),
            Some(true) => {
                self.repair(sink, RepairKind::ExtraQuote, self.offset())?;
                self.pass(len)
            }
        }
    }

    /// `d["k"]` in a text is no list, unless there is nothing else.
    fn pass_subscript<S: Sink>(&mut self, sink: &S, input: Input<'_>, len: usize) -> Outcome {
        if self.frames.is_empty() && self.prose.subscript.is_none() {
            self.prose.subscript = Some((input.bytes[self.at..self.at + len].to_vec(), self.offset()));
        }
        self.prose_char(sink, '[', len)?;
        self.prose.name_end = self.offset();
        Ok(Flow::Go)
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
}

/// Whether a fence's label names a language whose text may hold a value without being one.
pub(super) fn is_code(label: &[u8]) -> bool {
    const CODE: [&str; 13] =
        ["python", "py", "diff", "bash", "sh", "shell", "html", "xml", "sql", "typescript", "ts", "yaml", "text"];
    CODE.iter().any(|name| label.eq_ignore_ascii_case(name.as_bytes()))
}

/// Whether a name, a call or a subscript may end with a character.
pub(super) fn ends_a_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | ')' | ']')
}
