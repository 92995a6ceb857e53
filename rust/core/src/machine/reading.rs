//! What a token without quotes stands for: a number or literal in any notation, or text.
//!
//! Coming in: the token's text, whole or as far as it has come. Going out: a scalar for the sink, or for the edge.
//! Decided elsewhere: where the token ends (`bare`), how numbers are read (`number`), what the shape makes of it (`fit`).

use super::Machine;
use super::bare::SHORT;
use crate::error::{Error, ErrorKind};
use crate::number::{self, State};
use crate::repair::RepairKind;
use crate::sink::{Edge, Kind, Scalar, Sink};
use crate::text::{is_any_blank, is_odd_blank, quote_family};

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

/// A token longer than this is text or, while it grows, nothing: to read it as a number at every look would take
/// time quadratic in its length. CPython's own limit on the digits of an integer.
const LONG: usize = 4300;

impl Machine {
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
        // `c = 'x'`: a mark that pairs with another one ends no text that lost its first.
        let closed =
            text.strip_suffix(|c| quote_family(c).is_some()).filter(|inner| is_unpaired(inner, &text[inner.len()..]));
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
}

pub(super) fn literal(text: &str) -> Option<Reading> {
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

pub(super) fn is_whole(text: &str) -> bool {
    !matches!(classify(text, false), Reading::Text)
}

/// The same where commas may part thousands.
pub(super) fn is_whole_in_groups(text: &str) -> bool {
    !matches!(classify(text, true), Reading::Text)
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

/// Whether a mark after a text has no fellow in it: an even number of them, those within words aside, stands there.
fn is_unpaired(text: &str, mark: &str) -> bool {
    let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let within = |at: usize| letter(text[..at].chars().next_back()) && letter(text[at + mark.len()..].chars().next());
    text.match_indices(mark).filter(|&(at, _)| !within(at)).count().is_multiple_of(2)
}
