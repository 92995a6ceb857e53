//! The place where a value is expected.
//!
//! Coming in: the first character of a value, or what stands in its stead. Going out: an open container, string or bare token.
//! Decided elsewhere: the rest of each (`string`, `bare`, `container`).

use super::key::LITERALS;
use super::{Flow, Input, Machine, Mode, Outcome, Slot};
use crate::repair::RepairKind;
use crate::sink::{Kind, Scalar, Sink};
use crate::text::{is_any_blank, narrow, quote_family};

impl Machine {
    pub(super) fn value<S: Sink>(&mut self, sink: &mut S, input: Input<'_>) -> Outcome {
        let Some((raw, len)) = self.peek(sink, input)? else {
            return Ok(Flow::Wait);
        };
        let c = self.narrowed(sink, raw)?;
        match c {
            '"' => self.open_string(sink, c, len),
            '{' if self.wrong => match self.ends_the_record(input, len) {
                None => Ok(Flow::Wait),
                Some(true) => {
                    self.close_through(Kind::Object);
                    self.open(sink, c, len)
                }
                Some(false) => self.open(sink, c, len),
            },
            '{' | '[' => self.open(sink, c, len),
            ' ' | '\n' | '\r' | '\t' => {
                self.newline |= c == '\n';
                self.at += len;
                Ok(Flow::Go)
            }
            '(' if !self.options.strict => match group_is_text(&input.bytes[self.at + len..], input.eof) {
                None => Ok(Flow::Wait),
                Some(true) => {
                    self.commit(sink)?;
                    self.begin_bare(sink)?;
                    self.token.force = true;
                    Ok(Flow::Go)
                }
                Some(false) => self.open(sink, c, len),
            },
            ']' | '}' | ')' => self.closer_for_value(sink, c, len),
            ',' | ';' => self.comma_for_value(sink, len),
            ':' | '=' if self.in_object() => {
                self.repair(sink, RepairKind::OddColon, self.offset())?;
                self.at += len;
                Ok(Flow::Go)
            }
            _ => self.odd_value(sink, input, c, len),
        }
    }

    /// Full-width punctuation as ASCII, recorded.
    pub(super) fn narrowed<S: Sink>(&mut self, sink: &S, c: char) -> Result<char, crate::error::Error> {
        let narrow = narrow(c);
        if narrow != c {
            self.repair(sink, RepairKind::FullWidth, self.offset())?;
        }
        Ok(narrow)
    }

    /// What begins a value in no JSON text: other marks, comments, ellipses, bare tokens.
    fn odd_value<S: Sink>(&mut self, sink: &mut S, input: Input<'_>, c: char, len: usize) -> Outcome {
        if self.options.strict {
            return self.begin_bare(sink);
        }
        if is_any_blank(c) {
            return self.skip_odd_blank(sink, c, len);
        }
        if let Some(flow) = self.escaped_start(sink, input, c)? {
            return Ok(flow);
        }
        if let Some(flow) = self.skip_escaped_blanks(sink, input, c)? {
            return Ok(flow);
        }
        if let Some(flow) = self.comment_start(sink, input, c, Mode::Value)? {
            return Ok(flow);
        }
        match c {
            '`' => match self.ahead(input, "```") {
                None => return Ok(Flow::Wait),
                Some(true) => return self.fence_for_value(sink, input),
                Some(false) if self.fence_is_cut(input) && !self.in_object() => return self.payload_ended(sink),
                Some(false) => {}
            },
            '.' | '\u{2026}' => {
                if let Some(flow) = self.ellipsis(sink, input, c, Mode::Value)? {
                    return Ok(flow);
                }
            }
            _ => {}
        }
        if quote_family(c).is_some() {
            self.open_string(sink, c, len)
        } else {
            if c.is_alphabetic() && !self.in_object() && self.may_end_a_quotation() {
                // `"fonts "A", "B", serif"`: a word is no item beside texts with marks.
                let literals = LITERALS.map(|word| self.ahead(input, word));
                if literals.contains(&None) {
                    return Ok(Flow::Wait);
                }
                if !literals.contains(&Some(true)) {
                    return self.reopen_string(sink, Some(c));
                }
            }
            self.begin_bare(sink)
        }
    }

    /// A fence as a value: around a container it is left out, around anything else it is the mark of a text.
    fn fence_for_value<S: Sink>(&mut self, sink: &mut S, input: Input<'_>) -> Outcome {
        let Some((line, around)) = fence_line(&input.bytes[self.at..], input.eof) else {
            return Ok(Flow::Wait);
        };
        self.repair(sink, RepairKind::Fence, self.offset())?;
        if around {
            let waiting = usize::from(self.slot != Slot::Nothing || self.pending > 0);
            let place = self.place_among_items();
            self.fenced = place.map(|(level, items)| (level, items + waiting));
            self.at += line;
            return Ok(Flow::Go);
        }
        self.open_string(sink, '`', line)?;
        self.quoted.triple = true;
        Ok(Flow::Go)
    }

    pub(super) fn skip_odd_blank<S: Sink>(&mut self, sink: &S, c: char, len: usize) -> Outcome {
        let kind = if c == '\u{FEFF}' { RepairKind::ByteOrderMark } else { RepairKind::OddBlank };
        self.repair(sink, kind, self.offset())?;
        self.at += len;
        Ok(Flow::Go)
    }

    fn closer_for_value<S: Sink>(&mut self, sink: &mut S, c: char, len: usize) -> Outcome {
        if self.in_object() {
            self.missing_value(sink)?;
        } else if self.comma && !self.in_list_group() {
            self.repair(sink, RepairKind::ExtraComma, self.comma_at)?;
        }
        self.comma = false;
        self.closer(sink, c, len)
    }

    fn in_list_group(&self) -> bool {
        self.context().is_some_and(|frame| frame.paren)
    }

    fn comma_for_value<S: Sink>(&mut self, sink: &mut S, len: usize) -> Outcome {
        if self.in_object() {
            self.missing_value(sink)?;
            self.mode = Mode::After;
            return Ok(Flow::Go);
        }
        self.repair(sink, RepairKind::ExtraComma, self.offset())?;
        if let Some(frame) = self.context_mut() {
            frame.list = true;
        }
        self.comma = true;
        self.comma_at = self.offset();
        self.at += len;
        Ok(Flow::Go)
    }

    fn missing_value<S: Sink>(&mut self, sink: &mut S) -> Result<(), crate::error::Error> {
        self.repair(sink, RepairKind::MissingValue, self.offset())?;
        self.commit(sink)?;
        debug_assert_eq!(self.context().map(|frame| frame.kind), Some(Kind::Object));
        self.counted(sink)?;
        self.emit(sink, Scalar::Null);
        Ok(())
    }
}

/// How long the opening line of a fence is, up to the text in it, and whether that begins as a container. `None` where too
/// little has come.
fn fence_line(rest: &[u8], eof: bool) -> Option<(usize, bool)> {
    const NEAR: usize = 64;
    let window = &rest[..rest.len().min(NEAR)];
    let more = window.len() < NEAR && !eof;
    let label = window[3..].iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'_')).count();
    let blanks = window[3 + label..].iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\r')).count();
    match window.get(3 + label + blanks) {
        Some(b'\n') => {
            let line = 3 + label + blanks + 1;
            let first = window[line..].iter().find(|b| !b.is_ascii_whitespace());
            let code = super::prose::is_code(&window[3..3 + label]);
            match first {
                None if more => None,
                first => Some((line, !code && matches!(first, None | Some(b'{' | b'[' | b'"')))),
            }
        }
        None if more => None,
        // ```` ```json {"a": 1}``` ````, ```` ```x``` ````
        Some(b'{' | b'[') if is_json(&window[3..3 + label]) => Some((3 + label + blanks, true)),
        _ => Some((3, false)),
    }
}

/// Whether a fence's label, if there is one, names JSON.
fn is_json(label: &[u8]) -> bool {
    label.is_empty() || label.get(..4).is_some_and(|name| name.eq_ignore_ascii_case(b"json"))
}

/// Whether a group in parentheses is the beginning of a text, `(555) 123-4567`: one without marks, and words follow it on
/// the same line. `None` where too little has come.
pub(super) fn group_is_text(rest: &[u8], eof: bool) -> Option<bool> {
    const NEAR: usize = 64;
    let window = &rest[..rest.len().min(NEAR)];
    let more = window.len() < NEAR && !eof;
    let odd = |b: &u8| matches!(b, b')' | b'"' | b'\'' | b'(' | b'{' | b'[' | b'\n' | b',' | b'`');
    let len = window.iter().position(odd).unwrap_or(window.len());
    match window.get(len) {
        Some(b')') => {
            let after = &window[len + 1..];
            match after.iter().find(|b| !matches!(b, b' ' | b'\t')) {
                Some(
                    b',' | b'}' | b']' | b')' | b'"' | b'\'' | b'\n' | b'\r' | b':' | b';' | b'/' | b'#' | b'<' | b'(',
                ) => Some(false),
                Some(_) => Some(true),
                None if more => None,
                None => Some(false),
            }
        }
        None if more => None,
        _ => Some(false),
    }
}
