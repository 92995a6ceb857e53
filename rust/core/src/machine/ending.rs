//! The end of the text: what is still open there, and what that says of the text.
//!
//! Coming in: the machine when no more bytes come. Going out: the last value and closers for the sink, an [`Ending`].
//! Decided elsewhere: what a string or key had swallowed up to here (`string`, `swallowed`).

use super::{Machine, Mode, Slot, levels};
use crate::error::{Error, ErrorKind};
use crate::repair::{Repair, RepairKind};
use crate::sink::{Kind, Sink};

/// How the text ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It has not ended yet.
    Open,
    /// The root was whole.
    Complete,
    /// Only closing brackets were missing.
    Closers,
    /// It was cut inside a value or between a key and its value.
    Truncated,
    /// There was no value.
    Empty,
}

impl Ending {
    /// The short name.
    pub fn as_str(self) -> &'static str {
        match self {
            Ending::Open => "open",
            Ending::Complete => "complete",
            Ending::Closers => "closers",
            Ending::Truncated => "truncated",
            Ending::Empty => "empty",
        }
    }
}

impl Machine {
    /// At the end of the text: a word that may be an item, and a mark that opened no key after all, are read again.
    pub(super) fn decide_at_end<S: Sink>(&mut self, sink: &mut S) -> Result<bool, Error> {
        let key = matches!(self.mode, Mode::Key | Mode::BareKey | Mode::Colon | Mode::KeyStart);
        if let Some(end) = self.swallowed_the_end() {
            self.read_swallowed(sink, end)?;
            return Ok(false);
        }
        if self.key_has_swallowed_the_end() {
            self.read_swallowed_member(sink)?;
            return Ok(false);
        }
        let closers = self.key.trim_start().starts_with(['}', ']']) && self.is_torn();
        let line = self.newline && self.mode != Mode::KeyStart && !self.is_torn();
        if key && (!self.comma && !line || closers) && self.slot == Slot::Text && self.context().is_some() {
            self.reopen_string(sink, None)?;
            return Ok(true);
        }
        Ok(self.mode == Mode::Word)
    }

    pub(super) fn end<S: Sink>(&mut self, sink: &mut S) -> Result<(), Error> {
        if self.root_stands() {
            self.pending = self.frames.len();
            self.commit_closers(sink, self.pending);
            self.ending = Ending::Complete;
            return Ok(());
        }
        self.read(sink, &[], true)?;
        if self.prose.extra {
            let containers = self.prose.payload.as_ref().map_or(0, |payload| 1 + usize::from(payload.root.wrapped));
            (0..containers).for_each(|_| sink.close());
            self.ending = Ending::Complete;
            return Ok(());
        }
        self.settle_last_resorts(sink)?;
        self.settle_empty(sink)?;
        let ending = self.judge_end();
        let cut = self.mode == Mode::Bare && !self.bare_is_whole();
        if self.options.strict && (ending != Ending::Complete || cut) {
            let message = if ending == Ending::Empty { "there is no value" } else { "the text ended early" };
            return Err(self.error(sink, ErrorKind::Unfinished, message, self.received()));
        }
        let between = matches!(self.mode, Mode::Value | Mode::KeyStart | Mode::Key | Mode::BareKey | Mode::Colon);
        if between && self.context().is_some() {
            self.commit(sink)?;
        }
        if ending == Ending::Truncated {
            self.ending_path = self.path(sink);
            self.repair(sink, RepairKind::Truncated, self.offset())?;
        }
        self.end_token();
        self.settle_lone_items(sink)?;
        self.comma_was_extra(sink)?;
        self.repair_missing_closers(sink)?;
        self.pending = self.frames.len();
        self.commit(sink)?;
        self.ending = ending;
        Ok(())
    }

    /// The token that is being read ends here.
    pub(super) fn end_token(&mut self) {
        if matches!(self.mode, Mode::Text | Mode::Plus) {
            self.slot = Slot::Firm;
        } else if self.mode == Mode::Bare && self.finish_bare() {
            self.slot = Slot::Bare;
        }
    }

    /// One repair for each container that never met its closer, innermost first.
    pub(super) fn repair_missing_closers<S: Sink>(&mut self, sink: &mut S) -> Result<(), Error> {
        if std::mem::take(&mut self.wrong) && self.context().is_some() {
            self.close_through(Kind::Object);
        }
        let open = self.frames.len() - self.pending - usize::from(self.prose.list);
        let mut path = self.place(sink);
        let offset = self.filter.raw(self.offset());
        for missing in 0..open {
            let level = self.frames.len() - self.pending - 1 - missing;
            path = path.up_to(levels(&self.frames[..level]));
            self.notes.push(Repair { kind: RepairKind::MissingCloser, offset, path: path.clone() });
        }
        Ok(())
    }

    fn judge_end(&self) -> Ending {
        let mode = if let Mode::Comment(_) = self.mode { self.back } else { self.mode };
        let open = self.frames.len() - usize::from(self.prose.list) > self.pending;
        match mode {
            // A word without a comma before it: prose, rather than half a member.
            Mode::BareKey if !self.comma => Ending::Closers,
            Mode::Text | Mode::Key | Mode::BareKey | Mode::Colon | Mode::Plus
                if mode != Mode::Text || self.started() =>
            {
                if self.pending > 0 && self.pending == self.frames.len() {
                    Ending::Complete
                } else {
                    Ending::Truncated
                }
            }
            Mode::Bare if self.frames.is_empty() => match (self.root_is_whole(), self.bare_at_end()) {
                (true, _) => Ending::Complete,
                (false, true) => Ending::Truncated,
                (false, false) => Ending::Empty,
            },
            Mode::Bare if self.token.is_whole_literal(&self.text) => Ending::Closers,
            Mode::Bare if self.bare_has_ended() => Ending::Closers,
            Mode::Bare => Ending::Truncated,
            Mode::Value if self.comma || self.in_object() => Ending::Truncated,
            Mode::KeyStart if self.comma => Ending::Truncated,
            _ if open => Ending::Closers,
            _ if self.frames.is_empty() && self.slot == Slot::Nothing => Ending::Empty,
            _ => Ending::Complete,
        }
    }
}
