//! What follows a key: its colon, what stands for one, or the proof that the key has not ended or was none.
//!
//! Coming in: what comes after a key's mark. Going out: the key given to the sink, and what waited before it.
//! Decided elsewhere: where a key begins and its text (`key`, `bare_key`), a key that went on over its value (`swallowed`),
//! keys that have no value (`set`).

use super::bare_key::whole_value_follows;
use super::key::LITERALS;
use super::{Flow, Input, Machine, Mode, Outcome, Slot, held};
use crate::error::{Error, ErrorKind};
use crate::repair::RepairKind;
use crate::sink::Sink;
use crate::text::{is_any_blank, quote_family};

/// Which mark of a key stands there twice.
enum Doubled {
    No,
    Start,
    End,
}

impl Machine {
    /// The colon has come: everything before it holds.
    pub(super) fn take_key<S: Sink>(&mut self, sink: &mut S) -> Result<(), Error> {
        if self.context().is_none() && !self.frames.is_empty() {
            self.reopen_root(sink)?;
        } else {
            self.commit(sink)?;
        }
        if self.lone.is_some() {
            self.settle_lone_key(sink)?;
        }
        self.moved_on();
        if let Some(frame) = self.frames.last_mut() {
            frame.bare |= self.key_mark.is_none();
        }
        let key = std::mem::take(&mut self.key);
        self.enter_member(&key);
        if !self.prose.extra {
            sink.key(&key);
        }
        self.key = key;
        self.key.clear();
        self.comma = false;
        self.newline = false;
        self.mode = Mode::Value;
        Ok(())
    }

    pub(super) fn colon<S: Sink>(&mut self, sink: &mut S, input: Input<'_>) -> Outcome {
        let Some((raw, len)) = self.peek(sink, input)? else {
            return Ok(Flow::Wait);
        };
        let c = self.narrowed(sink, raw)?;
        match c {
            '=' if self.is_torn() && self.context().is_some_and(|frame| !frame.equals) => {
                // `"x "y" z", "b" = 1`
                let Some(len) = self.odd_colon(input, c) else { return Ok(Flow::Wait) };
                match whole_value_follows(&input.bytes[self.at + len..], input.eof) {
                    None => Ok(Flow::Wait),
                    Some(true) if !self.ends_a_quotation() => self.take_odd_colon(sink, c, len),
                    Some(_) => self.reopen_string(sink, Some(c)),
                }
            }
            ':' | '=' if self.is_torn() && !self.key_speaks_for_itself(c) => self.reopen_string(sink, Some(c)),
            ':' => {
                match self.quotes_a_stranger(input, len) {
                    None => return Ok(Flow::Wait),
                    Some(true) => return self.reopen_string(sink, Some(c)),
                    Some(false) if self.ends_a_quotation() && !self.comma && !self.newline => {
                        return self.reopen_string(sink, Some(c));
                    }
                    Some(false) if self.is_guarded() => {
                        self.quoted.refused.get_or_insert(self.text.len());
                        return self.reopen_string(sink, Some(c));
                    }
                    Some(_) => {}
                }
                self.take_key(sink)?;
                self.at += len;
                Ok(Flow::Go)
            }
            ' ' | '\n' | '\r' | '\t' => {
                self.at += len;
                Ok(Flow::Go)
            }
            _ if is_any_blank(c) => self.skip_odd_blank(sink, c, len),
            _ => {
                match self.odd_colon(input, c) {
                    None => return Ok(Flow::Wait),
                    Some(0) => {}
                    Some(len) if c == '=' || !self.is_torn() && self.key_mark.is_some() => {
                        return self.take_odd_colon(sink, c, len);
                    }
                    Some(_) => {}
                }
                if let Some(flow) = self.comment_start(sink, input, c, Mode::Colon)? {
                    return Ok(flow);
                }
                self.no_colon(sink, input, c)
            }
        }
    }

    /// What stands for a colon has come.
    fn take_odd_colon<S: Sink>(&mut self, sink: &mut S, c: char, len: usize) -> Outcome {
        self.repair(sink, RepairKind::OddColon, self.offset())?;
        self.take_key(sink)?;
        if let Some(frame) = self.frames.last_mut() {
            frame.equals |= c == '=';
        }
        self.at += len;
        Ok(Flow::Go)
    }

    /// How long a sign is that stands for a colon: `=`, `=>`, `->`, an arrow. 0 where there is none; `None` where too little has
    /// come.
    pub(super) fn odd_colon(&self, input: Input<'_>, c: char) -> Option<usize> {
        match c {
            '=' => self.ahead(input, "=>").map(|arrow| if arrow { 2 } else { 1 }),
            '-' => self.ahead(input, "->").map(|arrow| if arrow { 2 } else { 0 }),
            '\u{2192}' | '\u{21D2}' => Some(c.len_utf8()),
            _ => Some(0),
        }
    }

    /// Whether the colon after a string with a mark inside is one of this document's, and the key before it looks like one,
    /// if a quotation may have ended before it.
    fn key_speaks_for_itself(&self, colon: char) -> bool {
        let begins = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '@' | '#' | '-');
        let known = colon == ':' || self.context().is_some_and(|frame| frame.equals);
        let named = || self.key.is_empty() || self.key.starts_with(begins) && super::after::is_plausible_key(&self.key);
        known && (!self.ends_a_quotation() || named())
    }

    /// Something else than a colon follows a key.
    fn no_colon<S: Sink>(&mut self, sink: &mut S, input: Input<'_>, c: char) -> Outcome {
        if self.options.strict {
            return Err(self.error(sink, ErrorKind::Malformed, "a colon is missing", self.offset()));
        }
        if self.context().is_none() {
            // `}, "b" "x"}`
            let apart = self.offset() > self.key_end && self.key_is_named();
            return match if apart { whole_value_follows(&input.bytes[self.at..], input.eof) } else { Some(false) } {
                None => Ok(Flow::Wait),
                Some(true) => self.missing_colon(sink),
                Some(false) => self.root_goes_on_as_prose(sink),
            };
        }
        let adjacent = self.offset() == self.key_end;
        if adjacent && self.key.is_empty() && self.only_brackets() && c.is_alphanumeric() {
            // `{""key""`: marks doubled as in CSV; the first of the pair has been read.
            self.mode = Mode::Key;
            self.hold = None;
            return self.begin_unescaping(sink, super::escaped::Escaping::Doubled);
        }
        if adjacent && !self.is_torn() {
            match self.doubled_mark(input, c) {
                None => return Ok(Flow::Wait),
                Some(Doubled::Start) => return self.skip_first_mark(sink),
                Some(Doubled::End) => {
                    self.repair(sink, RepairKind::ExtraQuote, self.offset())?;
                    self.at += c.len_utf8();
                    self.key_end = self.offset();
                    return Ok(Flow::Go);
                }
                Some(Doubled::No) => {}
            }
        }
        if adjacent && self.key_holds_colon() && quote_family(c).is_none() {
            return self.split_key(sink);
        }
        if adjacent && quote_family(c).is_none() && self.key_has_swallowed_a_value() {
            return self.read_swallowed_value(sink);
        }
        // `"qty"2`: also without a blank, where a comma came and a name like others.
        let named = adjacent && self.comma && !self.is_torn() && self.key_is_named();
        let apart = !adjacent || named;
        let literal = apart && matches!(c, 't' | 'f' | 'n' | 'T' | 'F' | 'N');
        if literal && LITERALS.iter().any(|word| self.ahead(input, word).is_none()) {
            return Ok(Flow::Wait);
        }
        let literal = literal && LITERALS.iter().any(|word| self.ahead(input, word) == Some(true));
        let value_begins = literal
            || apart && (c.is_ascii_digit() || c == '-')
            || !adjacent && (quote_family(c).is_some() || matches!(c, '+' | '{' | '[' | '('));
        if let Some(flow) = self.bracket_for_colon(sink, input, adjacent)? {
            return Ok(flow);
        }
        match self.slot {
            Slot::Text if !value_begins || self.ends_a_quotation() => return self.reopen_string(sink, Some(c)),
            Slot::Text | Slot::Bare if value_begins => return self.missing_colon(sink),
            Slot::Bare if self.key_mark.is_none() || !self.token_is_whole() => return self.reopen_bare(sink),
            _ => {}
        }
        match c {
            ',' | ';' | '}' | ']' | ')' => self.key_without_value(sink, c),
            _ if value_begins || (!adjacent && self.key.rfind('"').is_none()) => self.missing_colon(sink),
            _ if adjacent && (matches!(c, '{' | '[') || c.is_ascii_digit()) => self.missing_colon(sink),
            _ => self.reopen_key(sink),
        }
    }

    /// Whether the mark before or after a key stands there twice: `""name":`, `"name"":`. `None` where too little has come.
    fn doubled_mark(&self, input: Input<'_>, c: char) -> Option<Doubled> {
        if self.key.is_empty() && (self.comma || self.context_is_empty()) {
            let follows = self.half_a_key_follows(input, 0);
            return follows.map(|follows| if follows { Doubled::Start } else { Doubled::No });
        }
        if c == self.key_closing && self.key_is_named() {
            return match self.next_byte(input, c.len_utf8()) {
                None => None,
                Some(b':') => Some(Doubled::End),
                Some(_) => Some(Doubled::No),
            };
        }
        Some(Doubled::No)
    }

    /// The first of two marks before a key was one too many; the key begins after the second.
    fn skip_first_mark<S: Sink>(&mut self, sink: &mut S) -> Outcome {
        self.repair(sink, RepairKind::ExtraQuote, self.key_end - self.key_closing.len_utf8() as u64)?;
        if self.slot == Slot::Nothing {
            self.hold = None;
        }
        self.mode = Mode::Key;
        Ok(Flow::Go)
    }

    /// `"steps"["a", …`, `"steps", ["a", …`: a bracket after a name, which only a value begins with.
    fn bracket_for_colon<S: Sink>(
        &mut self,
        sink: &mut S,
        input: Input<'_>,
        adjacent: bool,
    ) -> Result<Option<Flow>, Error> {
        if self.is_torn() || !self.key_is_named() {
            return Ok(None);
        }
        match input.bytes[self.at] {
            b'{' | b'[' if adjacent => self.missing_colon(sink).map(Some),
            b',' => match self.next_byte(input, 1) {
                None => Ok(Some(Flow::Wait)),
                Some(b'{' | b'[') => {
                    self.repair(sink, RepairKind::OddColon, self.offset())?;
                    self.take_key(sink)?;
                    self.at += 1;
                    Ok(Some(Flow::Go))
                }
                Some(_) => Ok(None),
            },
            _ => Ok(None),
        }
    }

    fn missing_colon<S: Sink>(&mut self, sink: &mut S) -> Outcome {
        self.repair(sink, RepairKind::MissingColon, self.offset())?;
        self.take_key(sink)?;
        Ok(Flow::Go)
    }

    /// The mark after the key was part of it.
    fn reopen_key<S: Sink>(&mut self, sink: &mut S) -> Outcome {
        self.repair(sink, RepairKind::InnerQuote, self.key_end - self.key_closing.len_utf8() as u64)?;
        self.at = (self.key_end - self.base) as usize;
        held::push(&mut self.key, self.key_closing);
        if self.slot == Slot::Nothing {
            self.hold = None;
        }
        self.mode = Mode::Key;
        Ok(Flow::Go)
    }
}
