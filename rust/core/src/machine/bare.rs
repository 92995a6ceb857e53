//! Tokens without quotes: numbers, literals, words, and what people write for them.
//!
//! Coming in: characters up to a delimiter. Going out: the token's text in the slot, and its reading when it is committed.
//! Decided elsewhere: whether a comma or newline inside it ended it (`key`), which comes back through
//! [`Machine::reopen_bare`].

use super::{Flow, Input, Machine, Mode, Outcome, Slot};
use crate::error::{Error, ErrorKind};
use crate::number::{self, State};
use crate::repair::RepairKind;
use crate::sink::{Edge, Kind, Scalar, Sink};
use crate::text::{is_any_blank, is_blank, is_odd_blank, narrow, quote_family};

/// What is known of the open token while it grows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    /// Where it stands in the grammar of a JSON number.
    pub(super) state: State,
    /// Bytes of its longest prefix that is a number.
    number: usize,
    /// It went on after a blank, comma or newline: blanks inside are part of it.
    joined: bool,
    /// The next character is part of it, whatever it is.
    pub(super) force: bool,
    /// Braces and square brackets that are open in it.
    braces: u32,
    squares: u32,
    /// Index in the text after the last character that is no blank.
    solid: usize,
    /// Offset of its first byte.
    pub(super) start: u64,
    /// A quotation mark stands in it.
    quoted: bool,
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

/// How a token reads.
pub(super) enum Reading {
    Null,
    Bool(bool),
    /// A JSON number.
    Number,
    /// A number in another notation, in JSON's.
    Foreign(String),
    NonFinite(f64),
    Text,
}

fn literal(text: &str) -> Option<Reading> {
    match text {
        "true" => return Some(Reading::Bool(true)),
        "false" => return Some(Reading::Bool(false)),
        "null" => return Some(Reading::Null),
        _ => {}
    }
    if !(3..=9).contains(&text.len()) {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    match lower.as_str() {
        "true" => Some(Reading::Bool(true)),
        "false" => Some(Reading::Bool(false)),
        "null" | "none" | "nil" | "undefined" => Some(Reading::Null),
        _ => None,
    }
}

/// The literal that begins with `text`.
fn literal_prefix(text: &str) -> Option<Reading> {
    let begins = |word: &str| !text.is_empty() && word.starts_with(text);
    if begins("true") || begins("True") || begins("TRUE") {
        Some(Reading::Bool(true))
    } else if begins("false") || begins("False") || begins("FALSE") {
        Some(Reading::Bool(false))
    } else if begins("null") || begins("None") || begins("NULL") {
        Some(Reading::Null)
    } else {
        None
    }
}

fn classify(text: &str, groups: bool) -> Reading {
    if let Some(reading) = literal(text) {
        return reading;
    }
    if number::is_json(text) {
        return Reading::Number;
    }
    if let Some(value) = number::non_finite(text) {
        return Reading::NonFinite(value);
    }
    match text.as_bytes().first() {
        Some(b'0'..=b'9' | b'+' | b'-' | b'.') => number::foreign(text, groups).map_or(Reading::Text, Reading::Foreign),
        _ => Reading::Text,
    }
}

/// What Python writes before a string.
pub(super) fn is_string_prefix(text: &str) -> bool {
    matches!(text, "u" | "b" | "r" | "f" | "U" | "B" | "R" | "F" | "rb" | "br")
}

pub(super) fn is_whole(text: &str) -> bool {
    !matches!(classify(text, false), Reading::Text)
}

impl Machine {
    /// Begins a token at the present character.
    pub(super) fn begin_bare<S: Sink>(&mut self, sink: &mut S) -> Outcome {
        self.commit(sink)?;
        if !self.frames.is_empty() {
            self.counted(sink)?;
        }
        self.text.clear();
        self.token = Token { start: self.offset(), ..Token::default() };
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
        self.text.push(c);
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
            ',' | ';' if object || c != ';' || !self.text.is_empty() => self.end_bare(Mode::After),
            '{' if object => {
                self.token.braces += 1;
                return Ok(None);
            }
            ':' if object && self.token_is_whole() => match self.member_follows(input, len) {
                None => return Ok(Some(Flow::Wait)),
                Some(true) => self.end_bare(Mode::After),
                Some(false) => return Ok(None),
            },
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
            _ if quote_family(c).is_some() => return self.quote_in_bare(sink, input, c, len),
            _ => return Ok(None),
        }
        Ok(Some(Flow::Go))
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

    /// `ObjectId(`, `new Date(`: the call is dropped, its argument stays.
    fn call<S: Sink>(&mut self, sink: &mut S, input: Input<'_>, len: usize) -> Result<Option<Flow>, Error> {
        if self.token.joined || self.options.strict || self.text.len() > SHORT {
            return Ok(None);
        }
        let name = self.text.strip_prefix("new ").unwrap_or(&self.text);
        if !is_identifier(name) {
            return Ok(None);
        }
        if !self.frames.is_empty() {
            match members_begin(&input.bytes[self.at + len..], input.eof) {
                None => return Ok(Some(Flow::Wait)),
                Some(true) => return self.without_bracket(sink, '(', len).map(Some),
                Some(false) => {}
            }
        }
        match super::value::group_is_text(&input.bytes[self.at + len..], input.eof) {
            None => return Ok(Some(Flow::Wait)),
            Some(true) => return Ok(None),
            Some(false) => {}
        }
        match several_arguments(&input.bytes[self.at + len..], input.eof) {
            None => return Ok(Some(Flow::Wait)),
            Some(0) => {}
            Some(arguments) => {
                let bytes = &input.bytes[self.at..self.at + len + arguments];
                self.text.push_str(&String::from_utf8_lossy(bytes));
                self.at += bytes.len();
                self.token.joined = true;
                return Ok(Some(Flow::Go));
            }
        }
        match self.next_byte(input, len) {
            None => return Ok(Some(Flow::Wait)),
            // `foo()`: nothing stands in it, so the call itself is meant; `set()` is Python for an empty one.
            Some(b')') => {
                let kind = match name {
                    "set" | "list" | "tuple" | "frozenset" => Kind::Array,
                    "dict" => Kind::Object,
                    _ => return Ok(None),
                };
                return self.empty_call(sink, input, kind, len).map(Some);
            }
            Some(_) => {}
        }
        self.repair(sink, RepairKind::CallWrapper, self.offset())?;
        sink.take_back();
        self.text.clear();
        self.token = Token::default();
        self.at += len;
        if let Some(frame) = self.context_mut() {
            frame.calls += 1;
        }
        self.mode = Mode::Value;
        Ok(Some(Flow::Go))
    }

    /// `set()`, `dict()`: an empty container.
    fn empty_call<S: Sink>(&mut self, sink: &mut S, input: Input<'_>, kind: Kind, len: usize) -> Outcome {
        self.repair(sink, RepairKind::CallWrapper, self.offset())?;
        sink.take_back();
        self.text.clear();
        self.token = Token::default();
        self.push_frame(sink, kind)?;
        self.pending += 1;
        let blanks = input.bytes[self.at + len..].iter().take_while(|b| b.is_ascii_whitespace()).count();
        self.at += len + blanks + 1;
        self.mode = Mode::After;
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

    /// Gives the token to the sink.
    pub(super) fn commit_bare<S: Sink>(&mut self, sink: &mut S) -> Result<(), Error> {
        let text = std::mem::take(&mut self.text);
        let result = if self.token.state.ends() && self.options.shape.is_none() {
            self.commit_number(sink, &text, self.token.start)
        } else {
            self.commit_trimmed(sink, &text)
        };
        self.text = text;
        result
    }

    /// Blanks around the token are none of it; those that JSON does not know are told.
    fn commit_trimmed<S: Sink>(&mut self, sink: &mut S, text: &str) -> Result<(), Error> {
        let trimmed = text.trim_matches(is_any_blank);
        let after = text.trim_end_matches(is_any_blank).len();
        if let Some(odd) = text[after..].find(is_odd_blank) {
            let back = (text.len() - after - odd) as u64;
            self.repair(sink, RepairKind::OddBlank, self.slot_end.saturating_sub(back))?;
        }
        self.commit_reading(sink, trimmed)
    }

    pub(super) fn commit_reading<S: Sink>(&mut self, sink: &mut S, text: &str) -> Result<(), Error> {
        let at = self.token.start;
        let in_object = self.frames.last().is_some_and(|frame| frame.kind == Kind::Object);
        let reading = classify(text, in_object);
        if self.fit_bare(sink, text, &reading, at)? {
            return Ok(());
        }
        match reading {
            Reading::Null => self.commit_literal(sink, text, Scalar::Null, at),
            Reading::Bool(value) => self.commit_literal(sink, text, Scalar::Bool(value), at),
            Reading::Number => self.commit_number(sink, text, at),
            Reading::Foreign(json) => {
                self.repair(sink, RepairKind::Number, at)?;
                self.commit_number(sink, &json, at)
            }
            Reading::NonFinite(value) => {
                self.repair(sink, RepairKind::NonFinite, at)?;
                self.emit(sink, Scalar::Number(number::Number::Float(value), None));
                Ok(())
            }
            Reading::Text => self.commit_words(sink, text, at),
        }
    }

    fn commit_literal<S: Sink>(&mut self, sink: &mut S, text: &str, scalar: Scalar<'_>, at: u64) -> Result<(), Error> {
        if !matches!(text, "true" | "false" | "null") {
            self.repair(sink, RepairKind::Literal, at)?;
        }
        self.emit(sink, scalar);
        Ok(())
    }

    pub(super) fn commit_number<S: Sink>(&mut self, sink: &mut S, text: &str, at: u64) -> Result<(), Error> {
        let value = number::exact(text);
        let negative = text.starts_with('-');
        if let (false, Some(limit)) = (matches!(value, number::Number::Float(_)), self.options.limits.digits)
            && text.len() - usize::from(negative) > limit
        {
            let message = format!("an integer has more than {limit} digits");
            let first = at + limit as u64 + u64::from(negative);
            return Err(self.error(sink, ErrorKind::Limit, &message, first));
        }
        if matches!(value, number::Number::Float(f) if !f.is_finite()) {
            self.repair(sink, RepairKind::NonFinite, at)?;
            self.emit(sink, Scalar::Number(value, None));
            return Ok(());
        }
        self.emit(sink, Scalar::Number(value, Some(text)));
        Ok(())
    }

    fn commit_words<S: Sink>(&mut self, sink: &mut S, text: &str, at: u64) -> Result<(), Error> {
        let closed = text.strip_suffix(|c| quote_family(c).is_some());
        match closed {
            Some(inner) if !inner.contains(|c| quote_family(c) == Some(crate::text::Family::Double)) => {
                self.repair(sink, RepairKind::MissingQuote, at)?;
                self.emit(sink, Scalar::Text(inner));
            }
            _ => {
                self.repair(sink, RepairKind::UnquotedText, at)?;
                self.emit(sink, Scalar::Text(text));
            }
        }
        Ok(())
    }

    /// Makes of a token cut by the end of the text what it stands for: the longest number, the whole literal.
    /// False where that is nothing.
    pub(super) fn finish_bare(&mut self) -> bool {
        self.slot_end = self.offset();
        if self.token.joined || (self.token.state == State::Not && self.token_is_whole()) {
            return true;
        }
        if self.token.number > 0 && self.token.state != State::Not {
            self.text.truncate(self.token.number);
            return true;
        }
        let word = match literal_prefix(self.text.trim()) {
            Some(Reading::Bool(true)) => "true",
            Some(Reading::Bool(false)) => "false",
            Some(_) => "null",
            None => return self.bare_at_end(),
        };
        word.clone_into(&mut self.text);
        true
    }

    /// Whether the token, blanks after it aside, is a number or literal in any notation.
    pub(super) fn token_is_whole(&self) -> bool {
        self.token.state.ends() || (self.text.len() <= SHORT && is_whole(self.text.trim_end()))
    }

    /// Whether a blank has come after a whole token.
    pub(super) fn bare_has_ended(&self) -> bool {
        !self.token.joined && self.text.ends_with(is_any_blank) && self.token_is_whole()
    }

    /// Whether the token is one JSON value.
    pub(super) fn bare_is_whole(&self) -> bool {
        matches!(self.text.as_str(), "true" | "false" | "null") || self.token.state.ends()
    }

    /// Whether the token at the root needs nothing more.
    pub(super) fn root_is_whole(&self) -> bool {
        self.bare_is_whole() || (self.token.state == State::Not && is_whole(self.text.trim()))
    }

    /// Whether a token at the end of the text gives a value.
    pub(super) fn bare_at_end(&self) -> bool {
        let text = self.text.trim();
        let number = self.token.number > 0 && self.token.state != State::Not;
        if self.frames.is_empty() {
            return number || literal_prefix(text).is_some() || is_whole(text);
        }
        number || !text.chars().all(|c| matches!(c, '+' | '-' | '.'))
    }

    /// The token as it stands. `ended` tells whether its delimiter has come.
    pub(super) fn bare_edge(&self, show: bool, ended: bool) -> Edge<'_> {
        let text = self.text.get(..self.token.solid).unwrap_or(&self.text);
        if text.len() > LONG {
            return if self.token.state == State::Not { Edge::Text(text) } else { Edge::Nothing };
        }
        if !ended && !self.token.joined {
            if self.token.number > 0 && self.token.state != State::Not {
                let number = &self.text[..self.token.number];
                return scalar(show, Scalar::Number(number::exact(number), Some(number)));
            }
            let shy = self.frames.is_empty() && text.starts_with(char::is_uppercase);
            if let Some(reading) = literal_prefix(text).filter(|_| !shy) {
                return match reading {
                    Reading::Bool(value) => scalar(show, Scalar::Bool(value)),
                    _ => scalar(show, Scalar::Null),
                };
            }
            if text.chars().all(|c| matches!(c, '+' | '-' | '.')) || self.frames.is_empty() && !is_whole(text) {
                return Edge::Nothing;
            }
        }
        match classify(text, self.in_object()) {
            Reading::Null => scalar(show, Scalar::Null),
            Reading::Bool(value) => scalar(show, Scalar::Bool(value)),
            Reading::Number => scalar(show, Scalar::Number(number::exact(text), Some(text))),
            Reading::Foreign(json) => {
                if show {
                    foreign_edge(&json)
                } else {
                    Edge::Nothing
                }
            }
            Reading::NonFinite(value) => scalar(show, Scalar::Number(number::Number::Float(value), None)),
            // What has no end yet may still become a number or literal in some notation.
            Reading::Text
                if !show
                    && (text.len() < 10 || text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c))) =>
            {
                Edge::Nothing
            }
            Reading::Text => Edge::Text(text),
        }
    }

    /// Leaves a token at the root that turned out to be prose.
    pub(super) fn bare_is_prose<S: Sink>(&mut self, sink: &mut S) {
        sink.take_back();
        self.text.clear();
        self.token = Token::default();
        self.mode = Mode::Seek;
        self.prose.seen = true;
    }

    /// `name": "x", …`: the root and its first key have lost their beginning; or `Person(name="x", …)`, an object as Python
    /// prints it.
    fn without_bracket<S: Sink>(&mut self, sink: &mut S, c: char, len: usize) -> Outcome {
        let name = std::mem::take(&mut self.text);
        sink.take_back();
        self.token = Token::default();
        if c == '(' {
            self.repair(sink, RepairKind::CallWrapper, self.offset())?;
            self.push_frame(sink, Kind::Object)?;
            if let Some(frame) = self.frames.last_mut() {
                frame.paren = true;
                frame.equals = true;
            }
        } else {
            self.repair(sink, RepairKind::MissingBrackets, self.offset() - name.len() as u64)?;
            self.push_frame(sink, Kind::Object)?;
            self.key = name;
            self.key_mark = Some(c);
            self.mode = Mode::Colon;
            self.key_end = self.offset() + len as u64;
        }
        self.at += len;
        Ok(Flow::Go)
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

/// A token longer than this is text or, while it grows, nothing: to read it as a number at every look would take
/// time quadratic in its length. CPython's own limit on the digits of an integer.
const LONG: usize = 4300;

/// No literal, and no number in another notation that anybody writes, is longer than this.
const SHORT: usize = 128;

/// How far to look for the end of a call.
const CALL: usize = 128;

/// The length of a call's arguments with their parenthesis, where there are several plain ones: such a call stays text.
/// 0 where there is one, or it is not plain; `None` where too little has come.
fn several_arguments(rest: &[u8], eof: bool) -> Option<usize> {
    let window = &rest[..rest.len().min(CALL)];
    let plain = |b: &u8| !matches!(b, b')' | b'"' | b'\'' | b'{' | b'[' | b'\n' | b'(');
    let len = window.iter().take_while(|b| plain(b)).count();
    match window.get(len) {
        Some(b')') if window[..len].contains(&b',') => Some(len + 1),
        None if window.len() < CALL && !eof => None,
        _ => Some(0),
    }
}

/// Whether the arguments of a call have names: `name=…` is the first. `None` where too little has come.
fn members_begin(rest: &[u8], eof: bool) -> Option<bool> {
    let window = &rest[..rest.len().min(CALL)];
    let len = window.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    match (window.get(len), window.get(len + 1)) {
        (None, _) | (Some(b'='), None) if window.len() < CALL && !eof => None,
        (Some(b'='), Some(next)) => Some(len > 0 && *next != b'='),
        _ => Some(false),
    }
}

/// Whether the text is a name as programs have it.
fn is_identifier(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '$'))
}

fn scalar(show: bool, scalar: Scalar<'_>) -> Edge<'_> {
    if show { Edge::Scalar(scalar) } else { Edge::Nothing }
}

/// A number in another notation while it may still change; a huge one is shown when it is certain.
fn foreign_edge(json: &str) -> Edge<'static> {
    match number::exact(json) {
        number::Number::Big(_) => Edge::Nothing,
        number::Number::Int(value) => Edge::Scalar(Scalar::Number(number::Number::Int(value), None)),
        number::Number::Float(value) => Edge::Scalar(Scalar::Number(number::Number::Float(value), None)),
    }
}
