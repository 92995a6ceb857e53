//! Tokens without quotes: numbers, literals, words, and where each of them ends.
//!
//! Coming in: characters up to a delimiter. Going out: the token's text in the slot.
//! Decided elsewhere: what it stands for (`reading`), calls (`call`), whether a comma or newline inside it ended it (`bare_key`,
//! `colon`), which comes back through [`Machine::reopen_bare`].

use super::call::{is_identifier, members_begin};
use super::escaped::escaped_blanks;
use super::reading::{is_whole, is_whole_in_groups, literal};
use super::{Flow, Input, Machine, Mode, Outcome, Slot, held};
use crate::error::{Error, ErrorKind};
use crate::number::State;
use crate::repair::RepairKind;
use crate::sink::Sink;
use crate::text::{is_any_blank, is_blank, narrow, quote_family};

/// What is known of the open token while it grows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    /// Where it stands in the grammar of a JSON number.
    pub(super) state: State,
    /// Bytes of its longest prefix that is a number.
    pub(super) number: usize,
    /// It went on after a blank, comma or newline: blanks inside are part of it.
    pub(super) joined: bool,
    /// The next character is part of it, whatever it is.
    pub(super) force: bool,
    /// Braces and square brackets that are open in it.
    braces: u32,
    squares: u32,
    /// Index in the text after the last character that is no blank.
    pub(super) solid: usize,
    /// Offset of its first byte.
    pub(super) start: u64,
    /// A quotation mark stands in it.
    quoted: bool,
    /// A closer of the wrong kind came before it, as before a string ([`super::string::Quoted`]).
    wrong: bool,
    /// It was no list where its first bracket closed.
    tried: bool,
}

impl Default for Token {
    fn default() -> Self {
        Token {
            state: State::Start,
            number: 0,
            joined: false,
            force: false,
            braces: 0,
            squares: 0,
            solid: 0,
            start: 0,
            quoted: false,
            wrong: false,
            tried: false,
        }
    }
}

impl Token {
    /// What is known of a text that was read as something else and ends at this offset.
    pub(super) fn of(text: &str, end: u64) -> Token {
        let state = text.chars().fold(State::Start, State::next);
        let number = if state.ends() { text.len() } else { 0 };
        Token { state, number, solid: text.len(), start: end.saturating_sub(text.len() as u64), ..Token::default() }
    }

    /// Whether it went on after a comma, and this is the first bracket that may end it as a list of tokens.
    pub(super) fn begins_a_list(&mut self) -> bool {
        self.joined && !std::mem::replace(&mut self.tried, true)
    }

    /// Whether what comes next is part of it although it would end another.
    #[inline]
    pub(super) fn is_odd(&self) -> bool {
        self.force || self.joined
    }

    /// Whether the text is `true`, `false` or `null`.
    pub(super) fn is_whole_literal(&self, text: &str) -> bool {
        literal(text).is_some()
    }
}

/// What Python writes before a string.
pub(super) fn is_string_prefix(text: &str) -> bool {
    matches!(text, "u" | "b" | "r" | "f" | "U" | "B" | "R" | "F" | "rb" | "br")
}

impl Machine {
    /// Begins a token at the present character.
    pub(super) fn begin_bare<S: Sink>(&mut self, sink: &mut S) -> Outcome {
        let wrong = self.wrong;
        self.commit(sink)?;
        if !self.frames.is_empty() {
            self.counted(sink)?;
        }
        self.text.clear();
        self.token = Token { start: self.offset(), wrong, ..Token::default() };
        self.mode = Mode::Bare;
        self.comma = false;
        Ok(Flow::Go)
    }

    pub(super) fn bare<S: Sink>(&mut self, sink: &mut S, input: Input<'_>) -> Outcome {
        loop {
            self.take_digits(input.bytes);
            if self.at >= input.bytes.len() {
                return Ok(Flow::Wait);
            }
            let Some((c, len)) = self.peek(sink, input)? else {
                return Ok(Flow::Wait);
            };
            if self.options.strict && !self.fits_strictly(c) {
                if !self.bare_is_whole() {
                    return Err(self.error(sink, ErrorKind::Malformed, "this is no JSON value", self.offset()));
                }
                self.end_bare(Mode::After);
                return Ok(Flow::Go);
            }
            if !self.options.strict
                && !self.token.force
                && let Some(flow) = self.bare_end(sink, input, c, len)?
            {
                return Ok(flow);
            }
            self.token.force = false;
            self.push_bare(c);
            self.at += len;
        }
    }

    /// Takes the digits that a number goes on with at once: there may be a million of them.
    #[inline]
    pub(super) fn take_digits(&mut self, bytes: &[u8]) {
        if !matches!(self.token.state, State::Int | State::Fraction | State::Exponent) {
            return;
        }
        let rest = &bytes[self.at..];
        let len = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        if let Ok(digits) = std::str::from_utf8(&rest[..len]) {
            self.text.push_str(digits);
            self.at += len;
            self.token.solid = self.text.len();
            self.token.number = self.text.len();
        }
    }

    #[inline]
    pub(super) fn push_bare(&mut self, c: char) {
        let state = self.token.state.next(c);
        self.token.state = state;
        held::push(&mut self.text, c);
        if !is_any_blank(c) {
            self.token.solid = self.text.len();
        }
        if state.ends() {
            self.token.number = self.text.len();
        }
    }

    /// Whether the token may go on with `c` in strict mode.
    fn fits_strictly(&self, c: char) -> bool {
        let literal = |word: &&str| word.strip_prefix(self.text.as_str()).is_some_and(|rest| rest.starts_with(c));
        self.token.state.next(c) != State::Not || ["true", "false", "null"].iter().any(literal)
    }

    /// Whether the token ends before `c`; then what comes next is set up.
    fn bare_end<S: Sink>(
        &mut self,
        sink: &mut S,
        input: Input<'_>,
        c: char,
        len: usize,
    ) -> Result<Option<Flow>, Error> {
        if c.is_ascii_alphanumeric() {
            return Ok(None);
        }
        if self.frames.is_empty() && !self.options.strict {
            return self.root_bare_end(sink, input, c, len);
        }
        let object = self.in_object();
        match narrow(c) {
            // `() => { go("x"); }`
            '"' | '\'' if self.token.braces > 0 => return Ok(None),
            ';' if self.token.braces > 0 => return Ok(self.end_bare_if(self.member_follows(input, len))),
            '\n' if self.token.braces > 0 => {
                let own = own_brace_closes(&input.bytes[self.at + len..], input.eof);
                return Ok(self.end_bare_if(own.map(|own| !own)));
            }
            ',' | ';' if object || c != ';' || !self.text.is_empty() => self.end_bare(Mode::After),
            '{' if object => {
                let record = self.token_is_whole() && self.is_an_item();
                let next = if record { self.begins_as_this_object(input, len) } else { Some(false) };
                self.token.braces += u32::from(next == Some(false));
                return Ok(self.end_bare_if(next));
            }
            ':' if !object && self.may_be_a_bare_key_in_array() => {
                match super::fit::value_begins(&input.bytes[self.at + len..], input.eof) {
                    None => return Ok(Some(Flow::Wait)),
                    Some(false) => return Ok(None),
                    Some(true) => {}
                }
                // `[1, 2, b: "x"`
                self.repair(sink, RepairKind::UnquotedKey, self.token.start)?;
                let wrong = std::mem::take(&mut self.token).wrong;
                self.key_in_array(sink, None, wrong)?;
                self.at += len;
            }
            ':' if object && self.token_is_whole() => return Ok(self.end_bare_if(self.member_follows(input, len))),
            '[' if object => {
                self.token.squares += 1;
                return Ok(None);
            }
            '}' if self.token.braces > 0 => {
                self.token.braces -= 1;
                return Ok(None);
            }
            ']' if self.token.squares > 0 => {
                self.token.squares -= 1;
                return Ok(None);
            }
            ']' | '}' => self.end_bare(Mode::After),
            ')' if self.in_call_or_group() || self.token_is_whole() => self.end_bare(Mode::After),
            '\n' => self.end_bare(Mode::After),
            '<' if self.token_is_whole() && !self.text.ends_with(is_blank) => {
                match (self.ahead(input, "<|"), self.ahead(input, "</")) {
                    (Some(true), _) | (_, Some(true)) => self.end_bare(Mode::After),
                    (None, _) | (_, None) => return Ok(Some(Flow::Wait)),
                    _ => return Ok(None),
                }
            }
            '(' => return self.call(sink, input, len),
            _ if is_any_blank(c) && (!object || self.options.strict) && self.token_is_whole() && !self.token.joined => {
                self.end_bare(Mode::After)
            }
            '/' | '#' | '<' if self.text.ends_with(is_blank) => {
                return self.comment_after_bare(sink, input, c);
            }
            '\\' if self.is_a_complete_token() => {
                let blanks = escaped_blanks(&input.bytes[self.at..], input.eof);
                return Ok(self.end_bare_if(blanks.map(|len| len > 0)));
            }
            '/' | '#' if self.is_a_complete_token() => match begins_a_glued_comment(&input.bytes[self.at..], input.eof)
            {
                None => return Ok(Some(Flow::Wait)),
                Some(true) => return self.comment_after_bare(sink, input, c),
                Some(false) => return Ok(None),
            },
            _ if quote_family(c).is_some() => return self.quote_in_bare(sink, input, c, len),
            _ => return Ok(None),
        }
        Ok(Some(Flow::Go))
    }

    /// Ends the token if it does here; `None` where it goes on.
    fn end_bare_if(&mut self, ends: Option<bool>) -> Option<Flow> {
        match ends {
            None => Some(Flow::Wait),
            Some(true) => {
                self.end_bare(Mode::After);
                Some(Flow::Go)
            }
            Some(false) => None,
        }
    }

    /// Whether the token is a number or literal, or a number in groups of thousands where that may stand.
    fn is_a_complete_token(&self) -> bool {
        self.token_is_whole() || self.in_object() && self.text.len() <= SHORT && is_whole_in_groups(&self.text)
    }

    /// Whether the token is a name in an array that is a member and has items.
    fn may_be_a_bare_key_in_array(&self) -> bool {
        let items = self.context().is_some_and(|frame| !frame.paren && (frame.count > 0 || frame.list));
        items && self.is_a_member() && is_identifier(&self.text) && !self.token_is_whole()
    }

    fn in_call_or_group(&self) -> bool {
        self.context().is_some_and(|frame| frame.paren || frame.calls > 0)
    }

    pub(super) fn end_bare(&mut self, mode: Mode) {
        self.slot = Slot::Bare;
        self.slot_end = self.offset();
        self.hold = Some(self.slot_end);
        self.mode = mode;
        self.newline = false;
    }

    fn comment_after_bare<S: Sink>(&mut self, sink: &mut S, input: Input<'_>, c: char) -> Result<Option<Flow>, Error> {
        self.slot = Slot::Bare;
        self.slot_end = self.offset();
        let flow = self.comment_start(sink, input, c, Mode::After)?;
        if flow != Some(Flow::Go) {
            self.slot = Slot::Nothing;
        }
        Ok(flow)
    }

    /// A quotation mark in a token: a string prefix, a missing comma, or the end of a text that lost its first mark.
    fn quote_in_bare<S: Sink>(
        &mut self,
        sink: &mut S,
        input: Input<'_>,
        c: char,
        len: usize,
    ) -> Result<Option<Flow>, Error> {
        if matches!(c, '\'' | '"') && is_string_prefix(&self.text) {
            match self.opens_string(input, len) {
                None => return Ok(Some(Flow::Wait)),
                Some(true) => return self.prefixed_string(sink, c, len).map(Some),
                Some(false) => {}
            }
        }
        if quote_family(c) == Some(crate::text::Family::Single) && !self.text.ends_with(is_any_blank) {
            return Ok(None);
        }
        let whole = self.token_is_whole();
        if self.in_object() && (!whole || !self.text.ends_with(is_any_blank)) {
            match self.next_byte(input, len) {
                None => return Ok(Some(Flow::Wait)),
                // The end of a text that lost its first mark.
                Some(b'}' | b']' | b',') => return Ok(None),
                _ => {}
            }
        }
        if self.in_object() || whole || self.text.ends_with(is_any_blank) {
            self.end_bare(Mode::After);
            return Ok(Some(Flow::Go));
        }
        self.token.quoted = true;
        Ok(None)
    }

    /// Whether a mark begins a string rather than ends one: no delimiter follows it.
    pub(super) fn opens_string(&self, input: Input<'_>, len: usize) -> Option<bool> {
        match input.bytes.get(self.at + len) {
            Some(b',' | b':' | b']' | b'}' | b' ' | b'\n') => Some(false),
            Some(_) => Some(true),
            None if input.eof => Some(true),
            None => None,
        }
    }

    fn prefixed_string<S: Sink>(&mut self, sink: &mut S, c: char, len: usize) -> Outcome {
        let raw = self.text.contains(['r', 'R']);
        self.repair(sink, RepairKind::StringPrefix, self.offset())?;
        sink.take_back();
        self.at += len;
        self.begin_string(c);
        self.quoted.raw = raw;
        Ok(Flow::Go)
    }

    /// The comma, newline or mark after the token was part of it.
    pub(super) fn reopen_bare<S: Sink>(&mut self, sink: &mut S) -> Outcome {
        if self.hold.is_none_or(|hold| hold > self.slot_end) {
            // Its end was certain: something is missing after it.
            self.commit_slot(sink)?;
            self.mode = Mode::After;
            return Ok(Flow::Go);
        }
        self.slot = Slot::Nothing;
        self.pending = 0;
        self.wrong = false;
        self.misclosed = None;
        self.comma = false;
        self.notes.clear();
        self.at = (self.slot_end - self.base) as usize;
        self.hold = None;
        self.mode = Mode::Bare;
        self.token.joined = true;
        self.token.force = true;
        Ok(Flow::Go)
    }

    /// After a whole token and a blank in an array: another whole token is another item, anything else makes both one text.
    pub(super) fn word<S: Sink>(&mut self, sink: &mut S, input: Input<'_>) -> Outcome {
        let start = (self.key_end - self.base) as usize;
        let rest = &input.bytes[self.at..];
        let ends =
            |b: &u8| matches!(b, b' ' | b'\n' | b'\t' | b'\r' | b',' | b']' | b'}' | b'"' | b'[' | b'{' | b';' | b')');
        match rest.iter().position(ends) {
            Some(found) => self.at += found,
            None => {
                self.at = input.bytes.len();
                if !input.eof {
                    return Ok(Flow::Wait);
                }
            }
        }
        let word = String::from_utf8_lossy(&input.bytes[start..self.at]).into_owned();
        if !is_whole(&word) {
            return self.reopen_bare(sink);
        }
        let start_at = self.key_end;
        let end = self.offset();
        self.repair(sink, RepairKind::MissingComma, self.key_end)?;
        self.commit(sink)?;
        self.counted_at(sink, start_at)?;
        self.token.start = start_at;
        for c in word.chars() {
            self.push_bare(c);
        }
        self.slot = Slot::Bare;
        self.slot_end = end;
        self.hold = Some(end);
        self.mode = Mode::After;
        Ok(Flow::Go)
    }

    pub(super) fn begin_word(&mut self) {
        self.key_end = self.offset();
        self.mode = Mode::Word;
    }

    /// Leaves a token at the root that turned out to be prose.
    pub(super) fn bare_is_prose<S: Sink>(&mut self, sink: &mut S) {
        sink.take_back();
        if self.text.ends_with(super::prose::ends_a_name) {
            self.prose.name_end = self.offset();
        }
        self.text.clear();
        self.token = Token::default();
        self.mode = Mode::Seek;
        self.prose.seen = true;
    }

    /// A root without brackets or quotes is one number or literal and nothing else.
    fn root_bare_end<S: Sink>(
        &mut self,
        sink: &mut S,
        input: Input<'_>,
        c: char,
        len: usize,
    ) -> Result<Option<Flow>, Error> {
        if matches!(c, '"' | '\'' | '(') && is_identifier(&self.text) {
            let begins = if c == '(' {
                members_begin(&input.bytes[self.at + len..], input.eof)
            } else {
                self.next_byte(input, len).map(|next| next == b':')
            };
            match begins {
                None => return Ok(Some(Flow::Wait)),
                Some(true) => return self.without_bracket(sink, c, len).map(Some),
                Some(false) => {}
            }
        }
        if self.token.state.next(c) != State::Not || matches!(c, '+' | '-' | '.' | '_') {
            return Ok(None);
        }
        if is_any_blank(c) && is_whole(&self.text) {
            self.end_bare(Mode::After);
        } else {
            self.repair(sink, RepairKind::Prose, self.offset() - self.text.len() as u64)?;
            self.bare_is_prose(sink);
        }
        Ok(Some(Flow::Go))
    }
}

/// No literal, and no number in another notation that anybody writes, is longer than this.
pub(super) const SHORT: usize = 128;

/// Whether a comment begins directly after a number or literal: `/*`, `//` and no digit, `#` and a blank. `None` where too
/// little has come.
fn begins_a_glued_comment(rest: &[u8], eof: bool) -> Option<bool> {
    match rest {
        [b'/', b'*', ..] => Some(true),
        [b'/', b'/', next, ..] => Some(!next.is_ascii_digit()),
        [b'/', b'/'] if eof => Some(true),
        [b'#', next, ..] => Some(next.is_ascii_whitespace()),
        [b'/'] | [b'/', b'/'] | [b'#'] if !eof => None,
        _ => Some(false),
    }
}

/// Whether a line begins with a brace, and a comma or another closer comes after it: then the first one closes what is open in
/// the text before it. `None` where too little has come.
fn own_brace_closes(rest: &[u8], eof: bool) -> Option<bool> {
    const NEAR: usize = 64;
    let window = &rest[..rest.len().min(NEAR)];
    let mut tokens = window.iter().filter(|b| !b.is_ascii_whitespace());
    match (tokens.next(), tokens.next()) {
        (Some(b'}'), Some(b',' | b'}')) => Some(true),
        (None, _) | (Some(b'}'), None) if window.len() < NEAR && !eof => None,
        _ => Some(false),
    }
}
