//! After a value: a comma, a closer, or the proof that the value has not ended.
//!
//! Coming in: what follows a scalar or a closing bracket. Going out: the next place in the grammar.
//! Decided elsewhere: the other readings of the value (`string`, `bare`), and what follows the root (`prose`).

use super::string::another_mark_at_the_end;
use super::{Flow, Input, Machine, Mode, Outcome, Slot};
use crate::error::{Error, ErrorKind};
use crate::repair::RepairKind;
use crate::sink::{Kind, Sink};
use crate::text::{Family, is_any_blank, quote_family};

/// A key longer than this was no key that a string swallowed.
const FRONT_LIMIT: usize = 1 << 16;

/// How far to look for the end of a number or literal after a string.
const WORD: usize = 64;

/// Whether a text looks like the name of a member, rather than like the beginning of a text with a mark in it.
pub(super) fn is_plausible_key(text: &str) -> bool {
    const LONGEST: usize = 64;
    let balanced = |open: char, close: char| text.matches(open).count() == text.matches(close).count();
    text.len() <= LONGEST
        && !text.contains('\n')
        && !text.contains(|c| quote_family(c) == Some(Family::Double))
        && !text.ends_with(|c: char| is_any_blank(c) || matches!(c, '(' | '[' | '{' | '=' | '+' | ',' | ';'))
        && balanced('(', ')')
        && balanced('[', ']')
        && balanced('{', '}')
}

impl Machine {
    pub(super) fn after<S: Sink>(&mut self, sink: &mut S, input: Input<'_>) -> Outcome {
        if self.context().is_none() {
            return self.after_root(sink, input);
        }
        let Some((raw, len)) = self.peek(sink, input)? else {
            return Ok(Flow::Wait);
        };
        let c = self.narrowed(sink, raw)?;
        match c {
            ',' if self.is_guarded_item() => self.refuse_end(sink, c),
            ',' => self.comma_after(len),
            '}' | ']' | ')' => self.closer_after(sink, input, c, len),
            ' ' | '\n' | '\r' | '\t' => {
                self.newline |= c == '\n';
                self.at += len;
                Ok(Flow::Go)
            }
            _ => {
                if self.options.strict {
                    return Err(self.expected_comma(sink));
                }
                self.odd_after(sink, input, c, len)
            }
        }
    }

    fn expected_comma<S: Sink>(&self, sink: &S) -> Error {
        self.error(sink, ErrorKind::Malformed, "a comma is missing", self.offset())
    }

    pub(super) fn comma_after(&mut self, len: usize) -> Outcome {
        self.comma_at = self.offset();
        self.at += len;
        self.comma = true;
        self.newline = false;
        match self.context_mut() {
            Some(frame) if frame.kind == Kind::Array => {
                frame.list = true;
                self.mode = Mode::Value;
            }
            Some(_) => self.mode = Mode::KeyStart,
            None => {}
        }
        Ok(Flow::Go)
    }

    fn closer_after<S: Sink>(&mut self, sink: &mut S, input: Input<'_>, c: char, len: usize) -> Outcome {
        if self.is_guarded() || (c == ')' && self.is_in_parentheses()) {
            return self.reopen_string(sink, Some(c));
        }
        if c == ']' && self.pending == 0 && self.in_object() {
            let alone = if self.is_in_array() { self.another_member_follows(input, len) } else { Some(true) };
            match alone {
                None => return Ok(Flow::Wait),
                Some(true) => {
                    if let Some(items) = self.swallowed_items() {
                        return self.give_swallowed_items(sink, items, len);
                    }
                }
                Some(false) => {}
            }
        }
        if c == ']' && self.slot == Slot::Text && self.pending == 0 && (self.in_object() || !self.is_in_array()) {
            // A pattern such as `[^"]+`: what follows the bracket goes on with the text.
            match input.bytes.get(self.at + len) {
                None if !input.eof => return Ok(Flow::Wait),
                Some(
                    b'+'
                    | b'*'
                    | b'?'
                    | b'('
                    | b'\\'
                    | b'\''
                    | b'='
                    | b'|'
                    | b'$'
                    | b'_'
                    | b'0'..=b'9'
                    | b'a'..=b'z'
                    | b'A'..=b'Z',
                ) => {
                    return self.reopen_string(sink, Some(c));
                }
                _ => {}
            }
        }
        if self.ends_a_quotation() {
            // `"one "a"} two"`: text after the bracket speaks for the quotation.
            match input.bytes.get(self.at + len) {
                Some(b'\n' | b'\r') => {}
                _ => match self.next_byte(input, len) {
                    None => return Ok(Flow::Wait),
                    Some(b',' | b'}' | b']' | b')' | b'`' | b'<' | b'/' | b';' | b'.' | 0) => {}
                    Some(_) => return self.reopen_string(sink, Some(c)),
                },
            }
        }
        if c == ')' && self.slot == Slot::Text && !self.parenthesis_fits() {
            return self.reopen_string(sink, Some(c));
        }
        self.closer(sink, c, len)
    }

    /// `"expected "}" here"`: whether the mark that seemed to end the string, the bracket and this mark are a quotation, with
    /// words after it. `None` where too little has come.
    fn quotes_a_bracket(&self, input: Input<'_>, c: char, len: usize) -> Option<bool> {
        let one = self.pending <= 1 && self.offset() == self.slot_end + 1;
        if self.slot != Slot::Text || c != self.quoted.mark || !one {
            return Some(false);
        }
        let rest = &input.bytes[self.at + len..];
        let rest = rest.strip_prefix(b",").unwrap_or(rest);
        match rest {
            [] | [b' '] if !input.eof => None,
            [b' ', next, ..] => Some(next.is_ascii_alphabetic()),
            _ => Some(false),
        }
    }

    pub(super) fn is_in_array(&self) -> bool {
        let open = &self.frames[usize::from(self.prose.list)..self.frames.len() - self.pending];
        open.iter().any(|frame| frame.kind == Kind::Array)
    }

    /// Whether a closing parenthesis can end anything here.
    fn parenthesis_fits(&self) -> bool {
        self.frames.iter().any(|frame| frame.paren || frame.calls > 0)
            || self.context().is_some_and(|f| f.kind == Kind::Array)
    }

    fn odd_after<S: Sink>(&mut self, sink: &mut S, input: Input<'_>, c: char, len: usize) -> Outcome {
        if is_any_blank(c) {
            return self.skip_odd_blank(sink, c, len);
        }
        if self.is_guarded_item() && (c != ':' || self.lost_quote().is_none()) {
            return self.reopen_string(sink, Some(c));
        }
        if matches!(c, ';' | '=') && self.is_torn() {
            // `"x "y" z"; "b": 1`
            let member = c == ';' && self.in_object() && !self.ends_a_quotation();
            match if member { self.member_follows(input, len) } else { Some(false) } {
                None => return Ok(Flow::Wait),
                Some(false) => return self.reopen_string(sink, Some(c)),
                Some(true) => {}
            }
        }
        if c == ';' {
            self.repair(sink, RepairKind::OddComma, self.offset())?;
            return self.comma_after(len);
        }
        if self.value_is_whole()
            && let Some(flow) = self.skip_escaped_blanks(sink, input, c)?
        {
            return Ok(flow);
        }
        if c == '#' && self.slot == Slot::Text && self.offset() == self.slot_end {
            return self.reopen_string(sink, Some(c));
        }
        if matches!(c, '/' | '#' | '+' | '.' | '\u{2026}') && self.ends_a_quotation() {
            return self.reopen_string(sink, Some(c));
        }
        if c == '.' && self.value_is_whole() && self.slot != Slot::Bare {
            // `"a". "b"`: a full stop for a comma.
            let next = match self.next_byte(input, len) {
                Some(b'"') if self.in_object() => self.member_follows(input, len),
                next => next.map(|next| matches!(next, b'"' | b'{' | b'[')),
            };
            match next {
                None => return Ok(Flow::Wait),
                Some(true) => {
                    self.repair(sink, RepairKind::OddComma, self.offset())?;
                    return self.comma_after(len);
                }
                Some(false) => {}
            }
        }
        if let Some(flow) = self.comment_start(sink, input, c, Mode::After)? {
            return Ok(flow);
        }
        if matches!(c, '.' | '\u{2026}')
            && let Some(flow) = self.ellipsis(sink, input, c, Mode::After)?
        {
            return Ok(flow);
        }
        if c == ':' {
            return self.colon_after(sink, input, c, len);
        }
        match self.odd_colon(input, c) {
            None => return Ok(Flow::Wait),
            Some(0) => {}
            Some(len) if self.slot != Slot::Bare && (c == '=' || self.may_be_a_key_in_array()) => {
                return self.colon_after(sink, input, c, len);
            }
            Some(_) => {}
        }
        if let Some(flow) = self.end_of_payload(sink, input, c)? {
            return Ok(flow);
        }
        if quote_family(c).is_some() {
            return self.quote_after(sink, input, c, len);
        }
        match (c, self.slot) {
            ('+', Slot::Text | Slot::Firm) if self.pending == 0 => {
                self.repair(sink, RepairKind::Concatenation, self.offset())?;
                self.hold = None;
                self.at += len;
                self.mode = Mode::Plus;
                Ok(Flow::Go)
            }
            ('{' | '[' | '(', _) => self.bracket_after(sink, input, c, len),
            (_, Slot::Text) if self.key_may_follow() => match self.bare_key_follows(input) {
                None => Ok(Flow::Wait),
                Some(true) => self.word_after(sink),
                Some(false) => self.reopen_string(sink, Some(c)),
            },
            (_, Slot::Text) => match self.item_follows(input) {
                None => Ok(Flow::Wait),
                Some(true) => self.word_after(sink),
                Some(false) => self.reopen_string(sink, Some(c)),
            },
            (_, Slot::Bare) if self.pending > 0 && self.token_is_whole() => self.word_after(sink),
            (_, Slot::Bare) => self.more_after_bare(sink),
            _ => self.word_after(sink),
        }
    }

    /// A fence or a closing tag where the document should go on: whatever is open ends here, but for the end of a fence around
    /// the value before it.
    fn end_of_payload<S: Sink>(&mut self, sink: &mut S, input: Input<'_>, c: char) -> Result<Option<Flow>, Error> {
        let adjacent = self.slot == Slot::Text && self.offset() == self.slot_end;
        let marks: &[&str] = match c {
            '`' if !adjacent => &["```"],
            '<' if !adjacent => &["<|", "</"],
            '<' => &["<|", "</s>"],
            _ => return Ok(None),
        };
        for mark in marks {
            match self.ahead(input, mark) {
                None => return Ok(Some(Flow::Wait)),
                Some(true) if c == '`' && self.fenced.is_some() && self.fenced == self.place_among_items() => {
                    self.fenced = None;
                    self.at += mark.len();
                    return Ok(Some(Flow::Go));
                }
                Some(true) => return self.payload_ended(sink).map(Some),
                Some(false) => {}
            }
        }
        if self.fence_is_cut(input) { self.payload_ended(sink).map(Some) } else { Ok(None) }
    }

    /// Whether the text ends with the first marks of the fence that closes the open one.
    pub(super) fn fence_is_cut(&self, input: Input<'_>) -> bool {
        let rest = &input.bytes[self.at..];
        input.eof && self.prose.fence_is_open() && rest.len() < "```".len() && rest.iter().all(|&b| b == b'`')
    }

    pub(super) fn payload_ended<S: Sink>(&mut self, sink: &mut S) -> Outcome {
        self.settle_lone_item(sink)?;
        self.repair_missing_closers(sink)?;
        self.pending = self.frames.len() - usize::from(self.prose.list);
        self.comma = false;
        self.root_closed(sink)?;
        Ok(Flow::Go)
    }

    /// A mark after a value: a missing comma, a triple quotation mark, or the true end of the string.
    fn quote_after<S: Sink>(&mut self, sink: &mut S, input: Input<'_>, c: char, len: usize) -> Outcome {
        let adjacent = self.slot == Slot::Text && self.offset() == self.slot_end;
        if adjacent && self.text.is_empty() && c == self.quoted.mark && matches!(c, '"' | '\'') && !self.quoted.triple {
            match value_ended(&input.bytes[self.at + len..], input.eof) {
                None => return Ok(Flow::Wait),
                // `'x': ''', 'y': …`: the mark itself is the text.
                Some(true) => return self.reopen_string(sink, Some(c)),
                Some(false) => {}
            }
            self.repair(sink, RepairKind::TripleQuotes, self.offset())?;
            self.slot = Slot::Nothing;
            self.hold = None;
            self.quoted.triple = true;
            self.at += len;
            self.mode = Mode::Text;
            return Ok(Flow::Go);
        }
        match self.quotes_a_bracket(input, c, len) {
            None => return Ok(Flow::Wait),
            Some(true) => return self.reopen_string(sink, Some(c)),
            Some(false) => {}
        }
        if self.in_object() {
            if adjacent && self.is_torn() {
                // `"the film "Up"", …`: no key begins with what follows the second mark, so that one is the end.
                match self.next_byte(input, len) {
                    None => return Ok(Flow::Wait),
                    Some(b',' | b'}') => return self.reopen_string(sink, Some(c)),
                    Some(_) => {}
                }
            }
            self.mode = Mode::KeyStart;
            return Ok(Flow::Go);
        }
        if adjacent {
            match input.bytes.get(self.at + len) {
                None if !input.eof => return Ok(Flow::Wait),
                Some(b',' | b']' | b'}' | b'\n') | None => {
                    return self.reopen_string(sink, Some(c));
                }
                // `"if x == "": pass"`: no item begins with that.
                Some(b':' | b';' | b')' | b'.' | b'?' | b'!' | b' ') if !self.text.ends_with(char::is_alphanumeric) => {
                    return self.reopen_string(sink, Some(c));
                }
                _ => {}
            }
        }
        self.repair(sink, RepairKind::MissingComma, self.offset())?;
        self.mode = Mode::Value;
        Ok(Flow::Go)
    }

    fn bracket_after<S: Sink>(&mut self, sink: &mut S, input: Input<'_>, c: char, len: usize) -> Outcome {
        let object = self.in_object();
        if c == '{' && object && self.is_in_the_root() && self.newline && self.value_is_whole() {
            match self.begins_as_this_object(input, len) {
                None => return Ok(Flow::Wait),
                Some(true) => return self.payload_ended(sink),
                Some(false) => {}
            }
        }
        if c == '{' && object && self.is_an_item() && self.value_is_whole() {
            // `[{"id": 1, "v": "a" {"id": 2, …`
            match self.begins_as_this_object(input, len) {
                None => return Ok(Flow::Wait),
                Some(true) => {
                    self.repair(sink, RepairKind::MissingCloser, self.offset())?;
                    self.pending += 1;
                    self.mode = Mode::Value;
                    return Ok(Flow::Go);
                }
                Some(false) => {}
            }
        }
        if self.slot == Slot::Text && (object || !self.newline && self.offset() == self.slot_end) {
            return self.reopen_string(sink, Some(c));
        }
        if self.slot == Slot::Bare && object {
            return self.reopen_bare(sink);
        }
        if object {
            self.mode = Mode::KeyStart;
            return Ok(Flow::Go);
        }
        self.repair(sink, RepairKind::MissingComma, self.offset())?;
        self.mode = Mode::Value;
        Ok(Flow::Go)
    }

    /// More after a token without quotes: in an array perhaps another item, else more text.
    fn more_after_bare<S: Sink>(&mut self, sink: &mut S) -> Outcome {
        if self.hold.is_none_or(|hold| hold > self.slot_end) {
            return self.reopen_bare(sink);
        }
        if self.in_object() {
            if self.newline {
                self.mode = Mode::KeyStart;
                return Ok(Flow::Go);
            }
            return self.reopen_bare(sink);
        }
        if self.newline {
            self.repair(sink, RepairKind::MissingComma, self.offset())?;
            self.mode = Mode::Value;
            return Ok(Flow::Go);
        }
        self.begin_word();
        Ok(Flow::Go)
    }

    /// Whether a word after a string may be the next key, whose comma is missing: on a line of its own, or where keys have
    /// no marks.
    fn key_may_follow(&self) -> bool {
        let bare = self.context().is_some_and(|frame| frame.bare);
        let certain = !self.is_torn() || self.newline && !self.ends_a_quotation();
        self.in_object() && certain && self.offset() > self.slot_end && (self.newline || bare)
    }

    /// Whether a word and a colon follow.
    fn bare_key_follows(&self, input: Input<'_>) -> Option<bool> {
        let window = &input.bytes[self.at..input.bytes.len().min(self.at + WORD)];
        let letter = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'$');
        let len = window.iter().take_while(letter).count();
        let blanks = window[len..].iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        match window.get(len + blanks) {
            Some(b':') => Some(len > 0),
            Some(_) => Some(false),
            None if window.len() < WORD && !input.eof => None,
            None => Some(false),
        }
    }

    /// Whether what follows a string and a blank in an array is another item: a number or literal and a delimiter.
    fn item_follows(&self, input: Input<'_>) -> Option<bool> {
        if self.in_object() || self.context().is_none() || self.offset() == self.slot_end {
            return Some(false);
        }
        let window = &input.bytes[self.at..input.bytes.len().min(self.at + WORD)];
        let ends = |b: &u8| b.is_ascii_whitespace() || matches!(b, b',' | b']' | b'}' | b')' | b'"');
        let len = window.iter().position(ends).unwrap_or(window.len());
        let more = window.len() < WORD && !input.eof;
        let word = std::str::from_utf8(&window[..len]).unwrap_or_default();
        if len == window.len() && more {
            return None;
        }
        if !super::reading::is_whole(word) {
            return Some(false);
        }
        match window[len..].iter().find(|b| !matches!(b, b' ' | b'\t')) {
            Some(next) => Some(matches!(next, b',' | b']' | b'\n' | b'\r' | b'}')),
            None if more => None,
            None => Some(true),
        }
    }

    /// A word after a container or a certain string: the next key or item without a comma.
    fn word_after<S: Sink>(&mut self, sink: &mut S) -> Outcome {
        if self.in_object() {
            self.mode = Mode::KeyStart;
        } else {
            self.repair(sink, RepairKind::MissingComma, self.offset())?;
            self.mode = Mode::Value;
        }
        Ok(Flow::Go)
    }

    /// A colon after a string: the string was a key, or it lost its end before the last inner mark, or the mark was text.
    fn colon_after<S: Sink>(&mut self, sink: &mut S, input: Input<'_>, c: char, len: usize) -> Outcome {
        if c == ':' && self.in_object() && self.value_is_whole() {
            // `"a": 1: "b": 2`: a colon for a comma.
            match self.member_follows(input, len) {
                None => return Ok(Flow::Wait),
                Some(true) => {
                    self.repair(sink, RepairKind::OddComma, self.offset())?;
                    return self.comma_after(len);
                }
                Some(false) => {}
            }
        }
        match self.slot {
            _ if self.pending > 0 => self.repair(sink, RepairKind::OddColon, self.offset())?,
            Slot::Text if c == ':' && self.in_object() && self.key_in_text().is_some() => {
                match super::fit::value_begins(&input.bytes[self.at + len..], input.eof) {
                    None => return Ok(Flow::Wait),
                    Some(false) => return self.reopen_string(sink, Some(c)),
                    Some(true) => return self.split_key_from_text(sink),
                }
            }
            Slot::Text if c == ':' && self.in_object() && self.may_be_an_inner_key() => {
                // `"args": "x": 1, …`: the bracket before the first member was lost.
                match super::fit::value_begins(&input.bytes[self.at + len..], input.eof) {
                    None => return Ok(Flow::Wait),
                    Some(false) => return self.reopen_string(sink, Some(c)),
                    Some(true) => {}
                }
                self.repair(sink, RepairKind::MissingBrackets, self.quoted.start)?;
                self.key = std::mem::take(&mut self.text);
                self.key_mark = Some(self.quoted.mark);
                self.slot = Slot::Nothing;
                self.hold = None;
                sink.take_back();
                self.push_frame(sink, Kind::Object)?;
                self.take_key(sink)?;
            }
            Slot::Text if self.in_object() || self.quoted.last_mark.is_some() => {
                if let Some((end, run, mark)) = self.lost_quote() {
                    match words_end_in_a_mark(&input.bytes[self.at + len..], input.eof) {
                        None => return Ok(Flow::Wait),
                        // `"The result: "pass": 3, "fail": 0"`: the value ends the text, so the key is in it.
                        Some(true) => return self.reopen_string(sink, Some(c)),
                        Some(false) => {}
                    }
                    let key = &self.text[self.quoted.last_mark.unwrap_or(mark)..];
                    return match self.is_a_stranger(key, input, len) {
                        None => Ok(Flow::Wait),
                        Some(true) => self.reopen_string(sink, Some(c)),
                        Some(false) => self.read_lost_quote(sink, end, run, mark),
                    };
                }
                if self.in_object() || !is_plausible_key(&self.text) {
                    return self.reopen_string(sink, Some(c));
                }
                self.key_in_array(sink, Some(self.quoted.mark), self.quoted.wrong)?;
            }
            Slot::Text if !self.in_object() && !is_plausible_key(&self.text) => {
                return self.reopen_string(sink, Some(c));
            }
            Slot::Text | Slot::Firm if !self.in_object() => {
                self.key_in_array(sink, Some(self.quoted.mark), self.quoted.wrong)?
            }
            Slot::Text => return self.reopen_string(sink, Some(c)),
            Slot::Bare => return self.reopen_bare(sink),
            _ => self.repair(sink, RepairKind::OddColon, self.offset())?,
        }
        self.at += len;
        Ok(Flow::Go)
    }

    /// Whether a text in marks that is an item of an array waits, and may be a key.
    fn may_be_a_key_in_array(&self) -> bool {
        let item = !self.in_object() && self.pending == 0 && matches!(self.slot, Slot::Text | Slot::Firm);
        item && !self.is_torn() && is_plausible_key(&self.text)
    }

    /// Whether a comma and a member follow, `skip` bytes on. `None` where too little has come.
    pub(super) fn another_member_follows(&self, input: Input<'_>, skip: usize) -> Option<bool> {
        match self.next_byte(input, skip)? {
            b',' => {
                let blanks = input.bytes[self.at + skip..].iter().take_while(|b| b.is_ascii_whitespace()).count();
                self.member_follows(input, skip + blanks + 1)
            }
            _ => Some(false),
        }
    }

    /// Whether what waits needs nothing more: a string without a mark inside, a number or literal, a container.
    pub(super) fn value_is_whole(&self) -> bool {
        match self.slot {
            Slot::Text => self.pending > 0 || self.quoted.last_mark.is_none(),
            Slot::Bare => self.pending > 0 || self.token_is_whole(),
            Slot::Nothing | Slot::Firm => true,
        }
    }

    /// `"a": "x, b": 1`: where a name after a comma begins that ends the waiting string, which a colon follows.
    fn key_in_text(&self) -> Option<usize> {
        if self.quoted.last_mark.is_some() || self.offset() > self.slot_end {
            return None;
        }
        let name = self.text.rsplit_once(',')?.1.trim_start();
        let named = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '$'));
        (named && !self.text.contains('\n')).then(|| self.text.len() - name.len())
    }

    /// The string lost its end, and that name its first mark.
    fn split_key_from_text<S: Sink>(&mut self, sink: &mut S) -> Outcome {
        let Some(start) = self.key_in_text() else { return Ok(Flow::Go) };
        self.repair(sink, RepairKind::MissingQuote, self.slot_end)?;
        self.key = self.text.split_off(start);
        self.key_mark = Some(self.quoted.mark);
        self.key_end = self.offset();
        self.text.truncate(self.text.trim_end_matches([',', ' ']).len());
        self.slot = Slot::Firm;
        self.hold = None;
        self.comma = true;
        self.comma_at = self.slot_end;
        self.mode = Mode::Colon;
        Ok(Flow::Go)
    }

    /// Whether the waiting string, which a colon follows, may be the first key of an object.
    fn may_be_an_inner_key(&self) -> bool {
        let whole = self.quoted.last_mark.is_none() && self.offset() == self.slot_end;
        whole && !self.text.is_empty() && is_plausible_key(&self.text)
    }

    /// The items of a list that has lost its opening bracket: a string has swallowed them, or a text without marks.
    fn swallowed_items(&mut self) -> Option<Vec<String>> {
        match self.slot {
            Slot::Text if self.is_torn() && self.text_is_items() => {
                Some(self.text.split(self.quoted.mark).step_by(2).map(str::to_owned).collect())
            }
            Slot::Bare if self.token.begins_a_list() => {
                let items = || self.text.split(',').map(str::trim);
                items().all(super::reading::is_whole).then(|| items().map(str::to_owned).collect())
            }
            _ => None,
        }
    }

    /// Whether nothing but commas stands between the marks of the waiting string. A mark after a digit may have been taken for
    /// inches, so a short text is looked at.
    fn text_is_items(&self) -> bool {
        const SHORT: usize = 1024;
        let commas = || self.text.split(self.quoted.mark).skip(1).step_by(2).all(|between| between.trim() == ",");
        let even = || self.text.matches(self.quoted.mark).count().is_multiple_of(2);
        self.quoted.items && !self.ends_a_quotation() || self.text.len() <= SHORT && even() && commas()
    }

    /// `"list": "a", "b"], …`: gives the list and goes on after its closer.
    fn give_swallowed_items<S: Sink>(&mut self, sink: &mut S, items: Vec<String>, len: usize) -> Outcome {
        let slot = std::mem::replace(&mut self.slot, Slot::Nothing);
        let start = if slot == Slot::Bare { self.token.start } else { self.quoted.start };
        self.notes.clear();
        self.hold = None;
        self.text.clear();
        self.repair(sink, RepairKind::MissingBrackets, start)?;
        self.push_frame(sink, Kind::Array)?;
        for item in items {
            self.counted(sink)?;
            if slot == Slot::Bare {
                self.commit_reading(sink, &item)?;
            } else {
                self.emit_text(sink, &item)?;
            }
        }
        self.token = super::bare::Token::default();
        self.pending += 1;
        self.mode = Mode::After;
        self.at += len;
        Ok(Flow::Go)
    }

    /// Where a string without its closing mark ended: the index of its end, and the indexes of what stood between it and
    /// the key that the string swallowed (closers, a comma, openers), up to the key's mark.
    pub(super) fn lost_quote(&mut self) -> Option<(usize, usize, usize)> {
        let after_mark = self.quoted.last_mark?;
        let mark = self.text[..after_mark].char_indices().next_back()?.0;
        let key = &self.text[after_mark..];
        if key.is_empty() || key.len() > FRONT_LIMIT || key.contains('\n') {
            return None;
        }
        self.quoted.count_own(&self.text, mark);
        let head = self.text[..mark].trim_end();
        let opened = head.trim_end_matches(|c: char| matches!(c, '{' | '[') || c.is_whitespace());
        let openers = opened.len() < head.len();
        let comma = match opened.strip_suffix(',') {
            Some(before) => before.trim_end(),
            None if self.text[head.len()..mark].contains('\n') && !openers => head,
            None => return None,
        };
        let (start, foreign) = self.quoted.foreign;
        let closers = start < foreign && foreign == comma.trim_end().len();
        let closed = if closers { &self.text[..start] } else { comma };
        let open = self.quoted.own > 0 || openers;
        if open && !closers {
            return None;
        }
        let end = closed.trim_end().len();
        if self.text[..end].ends_with(self.quoted.mark) && self.quoted.escaped == end {
            // `"C:\Temp\", "next": …`: the backslash was text and the mark the end.
            return Some((end - 1, end, mark));
        }
        Some((end - another_mark_at_the_end(&self.text[..end], self.quoted.mark), end, mark))
    }

    /// Reads what the string swallowed as structure.
    fn read_lost_quote<S: Sink>(&mut self, sink: &mut S, cut: usize, run: usize, mark: usize) -> Outcome {
        self.notes.clear();
        self.repair(sink, RepairKind::MissingQuote, self.slot_end)?;
        let open_mark = self.quoted.mark;
        let key = self.text[self.quoted.last_mark.unwrap_or(mark)..].to_owned();
        let front = self.text[run..mark].to_owned();
        let lost_backslash = matches!(open_mark, '"' | '\'') && self.text[cut..run].starts_with(open_mark);
        self.text.truncate(cut);
        if lost_backslash {
            sink.take_back();
            self.text.push('\\');
        }
        self.slot = Slot::Firm;
        self.hold = None;
        self.quoted.last_mark = None;
        self.quoted.split = None;
        let base = self.offset().saturating_sub((front.len() + key.len() + 2) as u64);
        self.read_inserted(sink, front.as_bytes(), base)?;
        self.comma = true;
        self.comma_at = self.offset();
        self.key = key;
        self.key_mark = Some(open_mark);
        self.key_end = self.offset();
        match self.context().map(|frame| frame.kind) {
            Some(Kind::Object) => self.mode = Mode::Colon,
            None if self.root_is_object() => self.mode = Mode::Colon,
            None => return self.root_goes_on_as_prose(sink),
            Some(Kind::Array) => {
                self.commit(sink)?;
                self.text = std::mem::take(&mut self.key);
                self.slot = Slot::Firm;
                self.mode = Mode::After;
            }
        }
        Ok(Flow::Go)
    }
}

/// Whether words without a mark before them follow, and then a double mark that ends a text. `None` where too little has come.
fn words_end_in_a_mark(rest: &[u8], eof: bool) -> Option<bool> {
    const NEAR: usize = 128;
    let window = &rest[..rest.len().min(NEAR)];
    let more = window.len() < NEAR && !eof;
    let Some(first) = window.iter().position(|b| !b.is_ascii_whitespace()) else {
        return if more { None } else { Some(false) };
    };
    if matches!(window[first], b'"' | b'\'' | b'{' | b'[') {
        return Some(false);
    }
    match window.iter().position(|b| matches!(b, b'"' | b',' | b'}' | b']' | b'\n')) {
        None if more => None,
        Some(at) if window[at] == b'"' => match window[at + 1..].iter().find(|b| !b.is_ascii_whitespace()) {
            None if more => None,
            next => Some(matches!(next, None | Some(b',' | b'}' | b']'))),
        },
        _ => Some(false),
    }
}

/// Whether the document goes on directly after a mark: a comma and another mark, or a closer and a comma, another closer or
/// the line's end. `None` where too little has come.
fn value_ended(rest: &[u8], eof: bool) -> Option<bool> {
    const NEAR: usize = 64;
    let window = &rest[..rest.len().min(NEAR)];
    let more = window.len() < NEAR && !eof;
    let next = || window[1..].iter().find(|b| !matches!(b, b' ' | b'\t' | b'\n' | b'\r'));
    match window.first() {
        None if more => None,
        Some(b',') => match next() {
            None if more => None,
            next => Some(matches!(next, Some(b'"' | b'\''))),
        },
        Some(b'}' | b']') => match next() {
            None if more => None,
            next => Some(matches!(next, None | Some(b',' | b'}' | b']'))),
        },
        _ => Some(false),
    }
}
