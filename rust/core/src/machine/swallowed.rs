//! A key that lost its end: what it went on over is read again as structure.
//!
//! Coming in: a key that holds a colon, at the mark after it or at the end of the text. Going out: the key, its value, and what
//! comes after it.
//! Decided elsewhere: strings that lost theirs (`string`, `after`).

use super::key::{NAME, is_name};
use super::{Flow, Machine, Mode, Outcome, Slot};
use crate::error::Error;
use crate::repair::RepairKind;
use crate::sink::{Kind, Sink};
use crate::text::quote_family;

impl Machine {
    /// `{"name: "Vera"`: the key lost its end, and what was taken for it begins the value.
    pub(super) fn key_holds_colon(&self) -> bool {
        let key = self.key.trim_end();
        key.len() > 1 && key.ends_with(':') && !key.starts_with(['.', ',', ';', ':', ')'])
    }

    /// `{"id: 1, "name": …`: the key lost its end and went on over its value, a number, a literal or an opening bracket, up
    /// to the next mark.
    pub(super) fn key_has_swallowed_a_value(&self) -> bool {
        const LONGEST: usize = 256;
        if self.key.len() > LONGEST {
            return false;
        }
        let Some((before, rest)) = self.key.split_once(':') else { return false };
        let name = without_a_mark(before);
        let named = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | ' '));
        let ends = rest.trim_end().ends_with([',', '{', '[']);
        let begins = !rest.trim_start().starts_with(['}', ']', ',']);
        named && ends && begins && (is_structure(rest) || name.len() < before.len() && is_structure_of_texts(rest))
    }

    /// `{"ok": True, "cc: []}`: a key without its end has swallowed its value and the rest of a whole document. Where nothing
    /// else is wrong, the text is the beginning of valid JSON, cut inside that key, unless the shape knows the name.
    pub(super) fn key_has_swallowed_the_end(&self) -> bool {
        if self.mode != Mode::Key || self.context().is_none() || self.options.strict {
            return false;
        }
        let Some((before, rest)) = self.key.split_once(':') else { return false };
        let name = without_a_mark(before);
        let closer = if self.root_is_object() { '}' } else { ']' };
        let Some(end) = rest.rfind(closer) else { return false };
        let (value, after) = (rest[..end].trim_start(), &rest[end + 1..]);
        let begins = value.starts_with(|c: char| !matches!(c, '}' | ']' | ','));
        let named = name.len() <= NAME && !name.is_empty() && name.bytes().all(is_name);
        let structure = is_structure(value) || name.len() < before.len() && is_structure_of_texts(value);
        let waiting = self.slot != Slot::Bare || self.bare_is_whole();
        let valid = self.repairs.is_empty() && self.notes.is_empty() && waiting && !self.key.contains(|c| c < ' ');
        let member = named && begins && structure && (after.trim().is_empty() || after.starts_with('\n'));
        member && (!valid || self.is_a_known_key(name))
    }

    /// Reads that member and what comes after it.
    pub(super) fn read_swallowed_member<S: Sink>(&mut self, sink: &mut S) -> Result<(), Error> {
        let key = std::mem::take(&mut self.key);
        let (name, rest) = key.split_once(':').unwrap_or((&key, ""));
        let base = self.offset().saturating_sub(rest.len() as u64);
        self.repair(sink, RepairKind::MissingQuote, base.saturating_sub(1))?;
        without_a_mark(name).trim_end().clone_into(&mut self.key);
        self.take_key(sink)?;
        self.read_inserted(sink, rest.as_bytes(), base)
    }

    pub(super) fn read_swallowed_value<S: Sink>(&mut self, sink: &mut S) -> Outcome {
        self.repair(sink, RepairKind::MissingQuote, self.key_end)?;
        let key = std::mem::take(&mut self.key);
        let (name, rest) = key.split_once(':').unwrap_or((&key, ""));
        without_a_mark(name).trim_end().clone_into(&mut self.key);
        self.take_key(sink)?;
        let mark = self.key_closing;
        self.at = (self.key_end - self.base) as usize;
        let base = (self.key_end - mark.len_utf8() as u64).saturating_sub(rest.len() as u64);
        self.read_inserted(sink, rest.as_bytes(), base)?;
        self.end_token();
        if self.slot != Slot::Nothing {
            self.commit_slot(sink)?;
        }
        match self.context().map(|frame| frame.kind) {
            Some(Kind::Object) => self.open_key(sink, mark, 0),
            Some(Kind::Array) => self.open_string(sink, mark, 0),
            None if self.root_is_object() => self.key_after_root(mark, 0),
            None => self.root_goes_on_as_prose(sink),
        }
    }

    pub(super) fn split_key<S: Sink>(&mut self, sink: &mut S) -> Outcome {
        self.repair(sink, RepairKind::MissingQuote, self.key_end)?;
        let mark = self.key_mark.unwrap_or('"');
        let key = self.key.trim_end().trim_end_matches(':').trim_end();
        let key = (if mark == '"' { without_a_mark(key) } else { key }).len();
        self.key.truncate(key);
        let at = (self.key_end - self.base) as usize;
        self.take_key(sink)?;
        self.at = at;
        self.begin_string(mark);
        Ok(Flow::Go)
    }
}

/// Whether a text without marks is nothing but brackets, commas, numbers and literals.
fn is_structure(text: &str) -> bool {
    let between = |c: char| matches!(c, ',' | '{' | '}' | '[' | ']') || c.is_whitespace();
    text.split(between).filter(|token| !token.is_empty()).all(super::reading::is_whole)
}

/// The same, with texts in single marks among them.
fn is_structure_of_texts(text: &str) -> bool {
    let between = text.split(['\'', '`']).step_by(2).all(is_structure);
    between && text.matches(['\'', '`']).count().is_multiple_of(2)
}

/// A name without the mark of another sort that seems to end it.
fn without_a_mark(name: &str) -> &str {
    name.strip_suffix(|c| quote_family(c).is_some()).unwrap_or(name)
}
