//! Comments and ellipses: what stands between tokens and is none of the document.
//!
//! Coming in: the first character of one. Going out: the machine behind it, in the mode it had before.
//! Decided elsewhere: where one may stand (`value`, `after`, `key`, `prose`).

use super::{Flow, Input, Machine, Mode, Outcome, Slot};
use crate::error::Error;
use crate::repair::RepairKind;
use crate::sink::Sink;
use crate::text::is_blank;

/// How a comment ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comment {
    Line,
    Block,
    Markup,
}

impl Machine {
    /// Leaves the present token for a comment and comes back to `back`.
    fn enter_comment(&mut self, comment: Comment, len: usize, back: Mode) {
        self.at += len;
        self.back = back;
        self.mode = Mode::Comment(comment);
    }

    pub(super) fn comment(&mut self, input: Input<'_>, comment: Comment) -> Outcome {
        let rest = &input.bytes[self.at..];
        let end: &[u8] = match comment {
            Comment::Line => b"\n",
            Comment::Block => b"*/",
            Comment::Markup => b"-->",
        };
        match memchr::memmem::find(rest, end) {
            Some(found) => {
                // The newline itself is left, for it may separate.
                self.at += found + if comment == Comment::Line { 0 } else { end.len() };
                self.mode = self.back;
                Ok(Flow::Go)
            }
            None => {
                let tail = (end.len() - 1).min(rest.len());
                self.at += if input.eof { rest.len() } else { rest.len() - tail };
                Ok(Flow::Wait)
            }
        }
    }

    /// A comment, if one begins here. Comes back to `back` after it.
    pub(super) fn comment_start<S: Sink>(
        &mut self,
        sink: &mut S,
        input: Input<'_>,
        c: char,
        back: Mode,
    ) -> Result<Option<Flow>, Error> {
        let found = match c {
            '/' => match (self.ahead(input, "//"), self.ahead(input, "/*")) {
                (Some(true), _) => Some((Comment::Line, 2)),
                (_, Some(true)) => Some((Comment::Block, 2)),
                (None, _) | (_, None) => return Ok(Some(Flow::Wait)),
                _ => None,
            },
            '<' => match self.ahead(input, "<!--") {
                None => return Ok(Some(Flow::Wait)),
                Some(true) => Some((Comment::Markup, 4)),
                Some(false) => None,
            },
            '#' => match self.hash_is_value(input, back) {
                None => return Ok(Some(Flow::Wait)),
                Some(true) => None,
                Some(false) => Some((Comment::Line, 1)),
            },
            _ => None,
        };
        let Some((comment, len)) = found else {
            return Ok(None);
        };
        self.repair(sink, RepairKind::Comment, self.offset())?;
        // A comment goes on with the document: the value before it has ended.
        self.make_firm(sink)?;
        self.enter_comment(comment, len, back);
        Ok(Some(Flow::Go))
    }

    /// The value in the slot has ended, whatever follows.
    fn make_firm<S: Sink>(&mut self, sink: &mut S) -> Result<(), Error> {
        match self.slot {
            Slot::Text => self.slot = Slot::Firm,
            Slot::Bare => {
                self.commit_slot(sink)?;
                if self.pending == 0 {
                    self.decide()?;
                }
            }
            Slot::Nothing | Slot::Firm => {}
        }
        if self.mode != Mode::Colon {
            self.hold = None;
        }
        Ok(())
    }

    /// `"color": #ff0033`: directly after a colon and before a non-blank it is no comment.
    fn hash_is_value(&self, input: Input<'_>, back: Mode) -> Option<bool> {
        if back != Mode::Value || !self.in_object() || self.newline {
            return Some(false);
        }
        match input.bytes.get(self.at + 1) {
            Some(&next) => Some(!is_blank(next as char)),
            None if input.eof => Some(false),
            None => None,
        }
    }

    /// Drops `...` and `…`, if that is all the token is.
    pub(super) fn ellipsis<S: Sink>(
        &mut self,
        sink: &mut S,
        input: Input<'_>,
        c: char,
        back: Mode,
    ) -> Result<Option<Flow>, Error> {
        let len = if c == '.' {
            match self.ahead(input, "...") {
                None => return Ok(Some(Flow::Wait)),
                Some(true) => 3,
                Some(false) => return Ok(None),
            }
        } else {
            c.len_utf8()
        };
        let words = match words_after_ellipsis(&input.bytes[self.at + len..], input.eof) {
            None => return Ok(Some(Flow::Wait)),
            Some(words) => words,
        };
        self.repair(sink, RepairKind::Ellipsis, self.offset())?;
        self.make_firm(sink)?;
        self.at += len + words;
        self.mode = back;
        Ok(Some(Flow::Go))
    }
}

/// How long the words are that belong to an ellipsis: `... (3 more) ...`, `... more fields ...`, up to a comma, a line's end
/// or a closing bracket. `None` where too little has come.
fn words_after_ellipsis(rest: &[u8], eof: bool) -> Option<usize> {
    const NEAR: usize = 64;
    let window = &rest[..rest.len().min(NEAR)];
    let odd = |b: &u8| {
        matches!(b, b',' | b'\n' | b'\r' | b'}' | b']' | b'"' | b'\'' | b':' | b'=' | b'{' | b'[' | b'`' | b'/')
    };
    match window.iter().position(odd) {
        Some(end) if matches!(window[end], b',' | b'\n' | b'\r' | b'}' | b']') => {
            let words = std::str::from_utf8(&window[..end]).unwrap_or_default();
            Some(if super::reading::is_whole(words.trim()) { 0 } else { end })
        }
        None if window.len() < NEAR && !eof => None,
        _ => Some(0),
    }
}
