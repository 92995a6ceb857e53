//! Quoted strings, for values: text, escapes, and whether a mark ends it.
//!
//! Coming in: what follows an opening mark. Going out: the text in the slot.
//! Decided elsewhere: whether what follows a closing mark continues the document (`after`, `key`); if not, they come back
//! through [`Machine::reopen_string`].

use super::{Flow, Input, Machine, Mode, Outcome, Slot};
use crate::error::{Error, ErrorKind};
use crate::repair::RepairKind;
use crate::sink::{Scalar, Sink};
use crate::text::{Decoded, Family, closes, decode, quote_family};

/// What is known of the open string.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quoted {
    /// The opening mark, and the one that seemed to close.
    pub(super) mark: char,
    pub(super) closing: char,
    /// Offset of the opening mark.
    pub(super) start: u64,
    pub(super) triple: bool,
    /// A closer of the wrong kind came before it: if it turns out to be a key, that tells what the closer meant.
    pub(super) wrong: bool,
    /// Escapes are text.
    pub(super) raw: bool,
    /// Index in the text after the last inner mark.
    pub(super) last_mark: Option<usize>,
    /// The same of the last mark that was escaped.
    pub(super) escaped: usize,
    /// An inner quotation is open in an array: the next mark ends it.
    pairing: bool,
    /// Brackets and parentheses that are open in the text up to an index, and the last closers that close none: from, to.
    pub(super) own: u32,
    parentheses: u32,
    /// Inner marks so far.
    pub(super) marks: usize,
    /// Nothing but a comma stands between any two pairs of them: the text may be a list without its bracket.
    pub(super) items: bool,
    own_to: usize,
    pub(super) foreign: (usize, usize),
    /// Index in the text of the first mark that was not its end only because a bracket of the text was open.
    pub(super) refused: Option<usize>,
    /// Index in the text of the first mark that a closer or a new line followed, where no inner quotation was open.
    pub(super) likely: Option<usize>,
    /// An item ended at this index and another began at the other, if what follows agrees.
    pub(super) split: Option<(usize, usize)>,
}

impl Default for Quoted {
    fn default() -> Self {
        Quoted {
            mark: '"',
            closing: '"',
            start: 0,
            triple: false,
            wrong: false,
            raw: false,
            last_mark: None,
            escaped: 0,
            pairing: false,
            own: 0,
            parentheses: 0,
            marks: 0,
            items: true,
            refused: None,
            likely: None,
            own_to: 0,
            foreign: (0, 0),
            split: None,
        }
    }
}

impl Quoted {
    /// Counts the brackets of the text up to an index.
    pub(super) fn count_own(&mut self, text: &str, to: usize) {
        let bytes = text.as_bytes();
        for at in self.own_to..to {
            let quoted = at + 1 == to && self.last_mark == Some(at) && self.marks % 2 == 1;
            match bytes[at] {
                // `"{"`: what stands alone between two marks opens nothing.
                b'(' | b'{' | b'[' if quoted => {}
                b'(' => self.parentheses += 1,
                b')' => self.parentheses = self.parentheses.saturating_sub(1),
                b'{' | b'[' => self.own += 1,
                b'}' | b']' if self.own > 0 => self.own -= 1,
                b'}' | b']' => {
                    let (start, end) = self.foreign;
                    let same = start < end && bytes[end..at].iter().all(u8::is_ascii_whitespace);
                    self.foreign = (if same { start } else { at }, at + 1);
                }
                _ => {}
            }
        }
        self.own_to = self.own_to.max(to);
    }

    /// A string that begins at this offset.
    pub(super) fn at(start: u64) -> Quoted {
        Quoted { start, ..Quoted::default() }
    }
}

/// What an escape stands for.
enum Escape {
    /// This character; so many bytes.
    Char(char, usize),
    /// Half of a pair.
    Lone(usize),
    /// Unknown: the backslash is text.
    Unknown,
    /// Its rest has not come.
    Wait,
}

impl Machine {
    /// Begins a string value at its mark.
    pub(super) fn open_string<S: Sink>(&mut self, sink: &mut S, mark: char, len: usize) -> Outcome {
        let wrong = self.wrong;
        self.commit(sink)?;
        if !self.frames.is_empty() {
            self.counted(sink)?;
        }
        if mark != '"' {
            self.repair(sink, RepairKind::QuoteMarks, self.offset())?;
        }
        self.at += len;
        self.begin_string(mark);
        self.quoted.wrong = wrong;
        Ok(Flow::Go)
    }

    /// Begins a string value after its mark.
    pub(super) fn begin_string(&mut self, mark: char) {
        self.text.clear();
        let start = self.offset().saturating_sub(mark.len_utf8() as u64);
        self.quoted = Quoted { mark, closing: mark, start, ..Quoted::default() };
        self.mode = Mode::Text;
        self.comma = false;
        self.control = false;
    }

    pub(super) fn string<S: Sink>(&mut self, sink: &mut S, input: Input<'_>) -> Outcome {
        let mut text = std::mem::take(&mut self.text);
        let taking = Taking {
            mark: self.quoted.mark,
            other: None,
            raw: self.quoted.raw,
            limit: self.options.limits.string_bytes,
            what: "a string",
        };
        let flow = self.take_text(sink, input, &mut text, taking);
        self.text = text;
        match flow? {
            Stop::Wait => Ok(Flow::Wait),
            Stop::Mark(mark, len) => self.mark(sink, input, mark, len),
        }
    }

    /// Adds a character at the present offset, if the limit allows it.
    fn add<S: Sink>(&self, sink: &S, text: &mut String, c: char, taking: Taking) -> Result<(), Error> {
        match taking.limit {
            Some(limit) if text.len() + c.len_utf8() > limit => Err(self.too_long(sink, taking, limit)),
            _ => {
                text.push(c);
                Ok(())
            }
        }
    }

    /// Adds a run at the present offset, or as much of it as the limit allows.
    fn add_run<S: Sink>(&mut self, sink: &S, text: &mut String, run: &str, taking: Taking) -> Result<(), Error> {
        let room = taking.limit.map_or(run.len(), |limit| run.floor_char_boundary(limit - text.len().min(limit)));
        let fits = run.len().min(room);
        text.push_str(&run[..fits]);
        self.at += fits;
        match taking.limit {
            Some(limit) if fits < run.len() => Err(self.too_long(sink, taking, limit)),
            _ => Ok(()),
        }
    }

    fn too_long<S: Sink>(&self, sink: &S, taking: Taking, limit: usize) -> Error {
        let message = format!("{} is longer than {limit} bytes", taking.what);
        self.error(sink, ErrorKind::Limit, &message, self.offset())
    }

    /// Takes text up to a mark that may end it, or the end of the input.
    pub(super) fn take_text<S: Sink>(
        &mut self,
        sink: &S,
        input: Input<'_>,
        text: &mut String,
        taking: Taking,
    ) -> Result<Stop, Error> {
        let Taking { mark, other, raw, .. } = taking;
        loop {
            let rest = &input.bytes[self.at..];
            let mut run = if mark.is_ascii() { plain_run(rest, mark as u8) } else { 0 };
            if let Some(other) = other {
                run = memchr::memchr(other, &rest[..run]).unwrap_or(run);
            }
            if run > 0 && self.push_run(sink, input, &rest[..run], text, taking)? {
                return Ok(Stop::Wait);
            }
            let rest = &input.bytes[self.at..];
            if rest.is_empty() {
                return Ok(Stop::Wait);
            }
            let (c, len) = match decode(rest) {
                Decoded::Char(c, len) => (c, len),
                Decoded::Partial if !input.eof => return Ok(Stop::Wait),
                Decoded::Partial => {
                    self.repair_cut_character(sink)?;
                    ('\u{FFFD}', rest.len())
                }
                Decoded::Bad(len) => ('\u{FFFD}', len),
            };
            if c == '\\' && !raw {
                match self.escape(rest) {
                    Escape::Wait => {
                        if input.eof {
                            self.at = input.bytes.len();
                        }
                        return Ok(Stop::Wait);
                    }
                    Escape::Char(c, len) => {
                        if rest[1] == b'\'' || rest[1] == b'`' || rest[1] == b'x' {
                            self.repair(sink, RepairKind::BadEscape, self.offset())?;
                        }
                        self.add(sink, text, c, taking)?;
                        if c == mark && self.mode == Mode::Text {
                            self.quoted.escaped = text.len();
                        }
                        self.at += len;
                    }
                    Escape::Lone(len) => {
                        self.repair(sink, RepairKind::LoneSurrogate, self.offset())?;
                        self.add(sink, text, '\u{FFFD}', taking)?;
                        self.at += len;
                    }
                    Escape::Unknown => {
                        self.repair(sink, RepairKind::BadEscape, self.offset())?;
                        self.add(sink, text, '\\', taking)?;
                        self.at += 1;
                    }
                }
                continue;
            }
            let ends = c == mark || (!mark.is_ascii() && quote_family(c).is_some() && closes(mark, c));
            if ends || other.is_some_and(|other| c == char::from(other)) {
                return Ok(Stop::Mark(c, len));
            }
            if c == '\u{FFFD}' && rest[0] != 0xEF {
                self.repair(sink, RepairKind::InvalidUtf8, self.offset())?;
            } else if c < ' ' && (self.options.strict || !self.control) {
                self.repair(sink, RepairKind::ControlCharacter, self.offset())?;
                self.control = true;
            }
            self.add(sink, text, c, taking)?;
            self.at += len;
        }
    }

    /// Appends a run without marks, backslashes and control characters. True where its end must wait for more.
    fn push_run<S: Sink>(
        &mut self,
        sink: &S,
        input: Input<'_>,
        run: &[u8],
        text: &mut String,
        taking: Taking,
    ) -> Result<bool, Error> {
        let mut run = run;
        loop {
            match std::str::from_utf8(run) {
                Ok(valid) => {
                    self.add_run(sink, text, valid, taking)?;
                    return Ok(false);
                }
                Err(error) => {
                    let good = error.valid_up_to();
                    self.add_run(sink, text, std::str::from_utf8(&run[..good]).unwrap_or_default(), taking)?;
                    let bad = match error.error_len() {
                        Some(bad) => bad,
                        None if self.at + run.len() - good < input.bytes.len() => run.len() - good,
                        None if input.eof => {
                            self.repair_cut_character(sink)?;
                            run.len() - good
                        }
                        None => return Ok(true),
                    };
                    self.repair(sink, RepairKind::InvalidUtf8, self.offset())?;
                    self.add(sink, text, '\u{FFFD}', taking)?;
                    self.at += bad;
                    run = &run[good + bad..];
                }
            }
        }
    }

    /// The character that an escape of JSON stands for and its length, where both are certain.
    #[inline]
    pub(super) fn plain_escape(&self, rest: &[u8]) -> Option<(char, usize)> {
        match self.escape(rest) {
            Escape::Char(c, len) if !matches!(rest[1], b'\'' | b'`' | b'x') => Some((c, len)),
            _ => None,
        }
    }

    #[inline]
    fn escape(&self, rest: &[u8]) -> Escape {
        let Some(&kind) = rest.get(1) else {
            return Escape::Wait;
        };
        let simple = match kind {
            b'"' | b'\\' | b'/' => kind as char,
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'b' => '\u{8}',
            b'f' => '\u{C}',
            b'u' => return unicode_escape(rest, self.options.strict),
            _ if self.options.strict => return Escape::Unknown,
            b'\'' | b'`' => kind as char,
            b'x' => {
                return match hex(&rest[2..], 2) {
                    Hex::Value(value) => Escape::Char(char::from_u32(value).unwrap_or('\u{FFFD}'), 4),
                    Hex::Short => Escape::Wait,
                    Hex::Bad => Escape::Unknown,
                };
            }
            _ => return Escape::Unknown,
        };
        Escape::Char(simple, 2)
    }

    /// A mark that may end the string, `len` bytes long, not yet consumed.
    fn mark<S: Sink>(&mut self, sink: &mut S, input: Input<'_>, mark: char, len: usize) -> Outcome {
        if self.quoted.triple {
            return self.mark_of_three(input, mark);
        }
        self.at += len;
        if self.quoted.last_mark.is_some() {
            self.quoted.count_own(&self.text, self.text.len());
        }
        if self.quoted.pairing {
            if self.lost_quote().is_some() {
                match self.next_byte(input, 0) {
                    None => {
                        self.at -= len;
                        return Ok(Flow::Wait);
                    }
                    Some(b':') => {
                        // `"sale]}, {"sku": …`: what looked like a quotation is a key.
                        self.quoted.pairing = false;
                        self.close_string(mark);
                        return Ok(Flow::Go);
                    }
                    Some(_) => {}
                }
            }
            return self.end_of_pair(sink, mark);
        }
        self.close_string(mark);
        Ok(Flow::Go)
    }

    /// Marks in a string between three: the last three of them end it, if the document goes on after them.
    fn mark_of_three(&mut self, input: Input<'_>, mark: char) -> Outcome {
        let rest = &input.bytes[self.at..];
        let len = mark.len_utf8();
        let run =
            rest.chunks(len).take_while(|bytes| matches!(decode(bytes), Decoded::Char(c, _) if c == mark)).count();
        let cut = rest.len() < (run + 1) * len && !input.eof;
        let next = if run < 3 { Some(b'x') } else { self.next_byte(input, run * len) };
        let waits = next.is_none() || cut;
        let ends = next.is_some_and(|next| next == 0 || b",;}]):+/#\"'".contains(&next));
        let text = if ends || waits { run.saturating_sub(3) } else { run };
        self.text.extend(std::iter::repeat_n(mark, text));
        if waits {
            self.at += text * len;
            return Ok(Flow::Wait);
        }
        self.at += run * len;
        if ends {
            self.slot = Slot::Firm;
            self.slot_end = self.offset();
            self.mode = Mode::After;
            self.newline = false;
        }
        Ok(Flow::Go)
    }

    /// Whether the next mark ends the string and nothing else.
    #[inline]
    pub(super) fn ends_at_mark(&self) -> bool {
        !self.quoted.triple && !self.quoted.pairing
    }

    /// The string ends here, unless what follows tells otherwise.
    pub(super) fn close_string(&mut self, mark: char) {
        self.quoted.closing = mark;
        self.slot = Slot::Text;
        self.slot_end = self.offset();
        self.hold = Some(self.slot_end);
        self.mode = Mode::After;
        self.newline = false;
    }

    /// The mark that ends an inner quotation in an array. Where the inner one began after a comma, it may have been an item.
    fn end_of_pair<S: Sink>(&mut self, sink: &mut S, mark: char) -> Outcome {
        self.quoted.pairing = false;
        self.quoted.closing = mark;
        let inner = self.quoted.last_mark.unwrap_or(0);
        let before = self.text[..inner].trim_end_matches(|c| quote_family(c).is_some()).trim_end();
        let free = self.quoted.own == 0 && self.quoted.parentheses == 0;
        // On a line of its own, where no quotation came before, it was an item too.
        let line = || self.quoted.marks == 1 && self.text[before.len()..inner].contains('\n');
        let item = before.strip_suffix(',').map(str::trim_end).or_else(|| line().then_some(before));
        if let Some(item) = item.filter(|_| free) {
            self.quoted.split = Some((item.len(), inner));
            self.close_string(mark);
            return Ok(Flow::Go);
        }
        self.repair(sink, RepairKind::InnerQuote, self.offset() - mark.len_utf8() as u64)?;
        self.text.push(mark);
        self.quoted.marks += 1;
        self.quoted.last_mark = Some(self.text.len());
        Ok(Flow::Go)
    }

    /// Whether a mark in the waiting string has turned out to be text: then only what is certain ends it.
    pub(super) fn is_torn(&self) -> bool {
        self.slot == Slot::Text && self.pending == 0 && self.quoted.last_mark.is_some()
    }

    /// Whether the mark that seems to end the waiting string may as well end a quotation in it: then a missing comma, a comment
    /// or a plus sign prove nothing.
    pub(super) fn ends_a_quotation(&self) -> bool {
        self.is_torn() && self.quoted.marks % 2 == 1
    }

    /// The same for an item, or it may be two of which the first lost its end.
    pub(super) fn may_end_a_quotation(&self) -> bool {
        self.ends_a_quotation() || self.is_torn() && self.quoted.split.is_some()
    }

    /// Whether the waiting string has a mark inside and a bracket of its own open: what follows speaks for the text.
    pub(super) fn is_guarded(&self) -> bool {
        self.slot == Slot::Text && self.quoted.last_mark.is_some() && self.quoted.own > 0
    }

    /// Whether the waiting string is an item of an array, has a mark inside and a bracket or parenthesis of its own open.
    pub(super) fn is_guarded_item(&self) -> bool {
        let parentheses = self.pending == 0 && self.is_in_parentheses();
        !self.frames.is_empty() && !self.in_object() && (self.is_guarded() || parentheses)
    }

    /// The mark that seemed to end a guarded string did not; it may have been the end all the same, if nothing else is.
    pub(super) fn refuse_end<S: Sink>(&mut self, sink: &mut S, next: char) -> Outcome {
        self.quoted.refused.get_or_insert(self.text.len());
        self.reopen_string(sink, Some(next))
    }

    /// Whether the waiting string has a mark inside and a parenthesis of its own open.
    pub(super) fn is_in_parentheses(&self) -> bool {
        self.slot == Slot::Text && self.quoted.last_mark.is_some() && self.quoted.parentheses > 0
    }

    /// At the end of a text that a string has swallowed: reads again what comes after the mark at `end`. A few times in a text
    /// at most.
    pub(super) fn read_swallowed<S: Sink>(&mut self, sink: &mut S, end: usize) -> Result<(), Error> {
        self.rereads += 1;
        let prose = self.quoted.likely == Some(end);
        let swallowed = self.text.split_off(end);
        let mark = swallowed.chars().next().map_or(0, char::len_utf8);
        let mut rest = &swallowed[mark..];
        self.slot = Slot::Firm;
        self.newline = false;
        self.hold = None;
        self.mode = Mode::After;
        if prose {
            let after = rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '}' | ']'));
            let closers = &rest[..rest.len() - after.len()];
            let base = self.offset().saturating_sub(rest.len() as u64);
            self.read_inserted(sink, closers.as_bytes(), base)?;
            if self.context().is_some() {
                self.payload_ended(sink)?;
            }
            rest = after;
        }
        let base = self.offset().saturating_sub(rest.len() as u64);
        self.read_inserted(sink, rest.as_bytes(), base)
    }

    /// Where a string ended that has swallowed the end of the text: at the first mark that only a bracket in it spoke against,
    /// or that another mark than the first one is, where the document seems to be whole; or at one that a closer or a new
    /// line followed, with nothing but prose after it.
    pub(super) fn swallowed_the_end(&self) -> Option<usize> {
        if self.mode != Mode::Text || self.rereads == REREADS || self.frames.is_empty() || self.quoted.triple {
            return None;
        }
        let closer = if self.root_is_object() { '}' } else { ']' };
        let whole = self.text.trim_end().ends_with(closer);
        let other = || end_at_another_mark(&self.text).filter(|&at| self.text[at..].contains(closer));
        let refused = self.quoted.refused.filter(|_| whole);
        let valid = self.repairs.is_empty() && self.notes.is_empty();
        let wide = || end_at_a_wide_mark(&self.text).filter(|_| whole && !valid);
        self.quoted.likely.or(refused).or_else(|| if self.quoted.mark == '"' { wide() } else { other() })
    }

    /// What follows the closing mark does not continue the document: the mark was part of the text.
    pub(super) fn reopen_string<S: Sink>(&mut self, sink: &mut S, next: Option<char>) -> Outcome {
        let mark = self.quoted.closing;
        let adjacent = self.offset() == self.slot_end;
        if self.quoted.marks.is_multiple_of(2) && (self.pending > 0 || self.newline) && self.quoted.likely.is_none() {
            self.quoted.likely = Some(self.text.len());
        }
        self.slot = Slot::Nothing;
        self.pending = 0;
        self.wrong = false;
        self.misclosed = None;
        self.comma = false;
        self.notes.clear();
        self.at = (self.slot_end - self.base) as usize;
        self.hold = None;
        self.mode = Mode::Text;
        self.repair(sink, RepairKind::InnerQuote, self.slot_end - mark.len_utf8() as u64)?;
        let before = self.text.chars().next_back();
        let opens = adjacent && next.is_some_and(char::is_alphanumeric) && before.is_some() && !self.in_object();
        let apostrophe = quote_family(mark) == Some(Family::Single) && before.is_some_and(char::is_alphanumeric);
        if self.quoted.split.take().is_none() {
            let free = self.quoted.marks.is_multiple_of(2);
            self.quoted.pairing = opens && free && !apostrophe && !self.frames.is_empty();
        }
        if self.quoted.marks % 2 == 1 {
            let between = &self.text[self.quoted.last_mark.unwrap_or(0)..];
            self.quoted.items &= between.trim() == ",";
        }
        // `6'2" tall`, `it's`: an inch opens no quotation, and an apostrophe neither opens nor ends one.
        let within = apostrophe && adjacent && next.is_some_and(char::is_alphanumeric);
        let inch = self.quoted.marks.is_multiple_of(2) && before.is_some_and(|c| c.is_ascii_digit()) && next.is_some();
        self.text.push(mark);
        self.quoted.marks += usize::from(!inch && !within);
        self.quoted.last_mark = Some(self.text.len());
        Ok(Flow::Go)
    }

    pub(super) fn commit_text<S: Sink>(&mut self, sink: &mut S) -> Result<(), Error> {
        let text = std::mem::take(&mut self.text);
        match self.quoted.split.take() {
            Some((end, start)) if !self.in_object() => {
                let end = end - another_mark_at_the_end(&text[..end], self.quoted.mark);
                self.repair(sink, RepairKind::MissingQuote, self.offset())?;
                self.counted_at(sink, self.slot_end - 1)?;
                self.emit(sink, Scalar::Text(&text[..end]));
                self.emit(sink, Scalar::Text(&text[start..]));
            }
            _ => {
                let meant = self.without_doubled_mark(&text);
                if meant.len() < text.len() {
                    // What was shown of it may not begin it any more.
                    sink.take_back();
                }
                self.emit_text(sink, meant)?;
            }
        }
        self.text = text;
        Ok(())
    }

    /// The text of a string without the only mark in it, where that stands at one of its ends: `""Ada"`, `"Ada""`. After a
    /// digit it is an inch, after a low mark the end of a quotation.
    fn without_doubled_mark<'a>(&self, text: &'a str) -> &'a str {
        if self.quoted.marks != 1 || self.quoted.mark != '"' || self.quoted.triple {
            return text;
        }
        let quotation = |c: char| c != '"' && quote_family(c) == Some(Family::Double);
        let last = self.quoted.last_mark;
        match (text.strip_prefix('"'), text.strip_suffix('"')) {
            (Some(rest), _) if last == Some(1) && !rest.is_empty() => rest,
            (_, Some("")) => text,
            (_, Some(rest)) if last == Some(text.len()) && !rest.ends_with(|c: char| c.is_ascii_digit()) => {
                if rest.contains(quotation) { text } else { rest }
            }
            _ => text,
        }
    }

    /// `+` after a string: the other half.
    pub(super) fn plus<S: Sink>(&mut self, sink: &mut S, input: Input<'_>) -> Outcome {
        let Some((c, len)) = self.peek(sink, input)? else {
            return Ok(Flow::Wait);
        };
        if crate::text::is_any_blank(c) {
            self.at += len;
            return Ok(Flow::Go);
        }
        if let Some(flow) = self.comment_start(sink, input, c, Mode::Plus)? {
            return Ok(flow);
        }
        if quote_family(c).is_some() {
            self.slot = Slot::Nothing;
            self.quoted = Quoted { mark: c, ..Quoted::at(self.quoted.start) };
            self.mode = Mode::Text;
            self.at += len;
        } else {
            self.slot = Slot::Firm;
            self.mode = Mode::After;
        }
        Ok(Flow::Go)
    }
}

/// So often may what a string has swallowed be read again.
pub(super) const REREADS: u8 = 4;

/// Index of the first double mark that a closer, or a comma and another mark, follows.
fn end_at_another_mark(text: &str) -> Option<usize> {
    let ends = |&(at, _): &(usize, &str)| {
        let rest = text[at + 1..].trim_start();
        let next = rest.strip_prefix(',').map(str::trim_start);
        rest.starts_with(['}', ']']) || next.is_some_and(|next| next.starts_with(['"', '\'']))
    };
    text.match_indices('"').find(ends).map(|(at, _)| at)
}

/// Index of the only double mark that is not ASCII, where nothing but closers follows it.
fn end_at_a_wide_mark(text: &str) -> Option<usize> {
    let wide = |c: char| c != '"' && quote_family(c) == Some(Family::Double);
    let mut marks = text.match_indices(wide);
    let (at, mark) = marks.next().filter(|_| marks.next().is_none())?;
    text[at + mark.len()..].chars().all(|c| c.is_whitespace() || matches!(c, '}' | ']')).then_some(at)
}

/// Bytes of the mark of another sort that ended a text begun by `mark`: `"x', "next": …`, `"x”, "next": …`. The last part
/// of the text tells.
pub(super) fn another_mark_at_the_end(text: &str, mark: char) -> usize {
    const NEAR: usize = 256;
    let family = quote_family(mark);
    let text = &text[text.ceil_char_boundary(text.len().saturating_sub(NEAR))..];
    let others: &[char] = match mark {
        '"' => &['\'', '`'],
        '\'' => &['"'],
        _ => &[],
    };
    let Some(last) = text.chars().next_back() else { return 0 };
    let of_the_family = |c: char| !c.is_ascii() && quote_family(c) == family;
    let alone = if of_the_family(last) {
        text.matches(of_the_family).nth(1).is_none()
    } else {
        others.contains(&last) && text.matches(last).nth(1).is_none()
    };
    if alone { last.len_utf8() } else { 0 }
}

/// What is taken: between which marks, and how much of it.
#[derive(Clone, Copy)]
pub(super) struct Taking {
    pub(super) mark: char,
    /// A mark of another sort, in ASCII, at which taking stops too.
    pub(super) other: Option<u8>,
    /// Escapes are text.
    pub(super) raw: bool,
    pub(super) limit: Option<usize>,
    /// Its name in messages.
    pub(super) what: &'static str,
}

/// Why taking text stopped.
pub(super) enum Stop {
    Wait,
    Mark(char, usize),
}

/// Bytes before the next mark, backslash or control character.
#[inline]
pub(super) fn plain_run(bytes: &[u8], mark: u8) -> usize {
    // Most strings are short.
    match by_words(bytes, mark) {
        run if run < SHORT => run,
        run => long_run(bytes, run, mark),
    }
}

const SHORT: usize = 32;

/// The same up to `SHORT` bytes, eight at a time.
#[inline(always)]
fn by_words(bytes: &[u8], mark: u8) -> usize {
    let mut at = 0;
    while at < SHORT {
        let Some(word) = bytes[at..].first_chunk::<8>() else {
            return at + short_run(&bytes[at..], mark);
        };
        let found = specials(u64::from_le_bytes(*word), mark);
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    at
}

/// The same from an index on, in blocks that the compiler turns into vector code.
#[inline(never)]
fn long_run(bytes: &[u8], mut at: usize, mark: u8) -> usize {
    const BLOCK: usize = 2 * SHORT;
    let special = |b: u8| u8::from(b == mark) | u8::from(b == b'\\') | u8::from(b < 0x20);
    while let Some(block) = bytes[at..].first_chunk::<BLOCK>() {
        if block.iter().fold(0, |any, &b| any | special(b)) != 0 {
            break;
        }
        at += BLOCK;
    }
    loop {
        let run = by_words(&bytes[at..], mark);
        at += run;
        if run < SHORT {
            return at;
        }
    }
}

/// The same for less than eight bytes: four or more are two halves that overlap.
#[inline]
fn short_run(bytes: &[u8], mark: u8) -> usize {
    let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) else {
        return bytes.iter().position(|&b| b == mark || b == b'\\' || b < 0x20).unwrap_or(bytes.len());
    };
    let word = u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << 32;
    match specials(word, mark) {
        0 => bytes.len(),
        found => match found.trailing_zeros() as usize / 8 {
            at @ 0..4 => at,
            at => bytes.len() + at - 8,
        },
    }
}

/// The high bit of each byte that is the mark, a backslash or a control character; bits above the lowest may be wrong.
#[inline]
fn specials(word: u64, mark: u8) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = ONES << 7;
    let equal = |byte: u8| {
        let zeros = word ^ (ONES * u64::from(byte));
        zeros.wrapping_sub(ONES) & !zeros
    };
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    (equal(mark) | equal(b'\\') | control) & HIGH
}

enum Hex {
    Value(u32),
    Short,
    Bad,
}

fn hex(bytes: &[u8], count: usize) -> Hex {
    let mut value = 0;
    for at in 0..count {
        match bytes.get(at).map(|&b| (b as char).to_digit(16)) {
            Some(Some(digit)) => value = value << 4 | digit,
            Some(None) => return Hex::Bad,
            None => return Hex::Short,
        }
    }
    Hex::Value(value)
}

/// `\uXXXX`, or two of them that make a pair.
fn unicode_escape(rest: &[u8], strict: bool) -> Escape {
    if strict && low_half_begins(&rest[2..]) == Some(true) {
        return Escape::Lone(rest.len().min(6));
    }
    let value = match hex(&rest[2..], 4) {
        Hex::Value(value) => value,
        Hex::Short => return Escape::Wait,
        Hex::Bad => return Escape::Unknown,
    };
    if !(0xD800..0xE000).contains(&value) {
        return char::from_u32(value).map_or(Escape::Lone(6), |c| Escape::Char(c, 6));
    }
    if value >= 0xDC00 {
        return Escape::Lone(6);
    }
    let low = &rest[6..];
    match (low.first(), low.get(1)) {
        (None, _) | (Some(b'\\'), None) => return Escape::Wait,
        (Some(b'\\'), Some(b'u')) => {}
        _ => return Escape::Lone(6),
    }
    match hex(&low[2..], 4) {
        Hex::Value(low @ 0xDC00..0xE000) => {
            let c = 0x10000 + ((value - 0xD800) << 10) + (low - 0xDC00);
            Escape::Char(char::from_u32(c).unwrap_or('\u{FFFD}'), 12)
        }
        Hex::Short if low_half_begins(&low[2..]) != Some(false) => Escape::Wait,
        _ => Escape::Lone(6),
    }
}

/// Whether the digits of an escape begin the second half of a pair: `None` where too few have come.
fn low_half_begins(digits: &[u8]) -> Option<bool> {
    let first = digits.first()?.eq_ignore_ascii_case(&b'd');
    if !first {
        return Some(false);
    }
    Some(matches!(digits.get(1)?, b'c'..=b'f' | b'C'..=b'F'))
}
