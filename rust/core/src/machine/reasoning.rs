//! Tags around the value and the reasoning they may hold, which is skipped.
//!
//! Coming in: `<` or `[` in the text around the value, and what is in a reasoning block. Going out: the text behind the tag or
//! block; what some blocks held, where nothing else gave a value.
//! Decided elsewhere: everything that is no tag (`prose`).

use super::prose::Prose;
use super::{Flow, Input, Machine, Mode, Outcome, Places, Slot};
use crate::error::Error;
use crate::repair::RepairKind;
use crate::sink::{Reason, Sink};

/// How a reasoning block ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Skip {
    /// Index in [`REASONING`]; beyond it the channel form.
    pub(super) name: usize,
    pub(super) square: bool,
}

/// Names of reasoning tags, longer ones first where one begins another.
pub(super) const REASONING: &[&str] =
    &["thinking", "think", "thought", "reasoning", "reflection", "analysis", "scratchpad"];

/// No tag is longer than this.
pub(super) const TAG: usize = 128;

/// So much of a reasoning block is kept at most.
const KEPT: usize = 1 << 16;

impl Machine {
    /// `<tag>`, `</tag>`, `<|tag|>`, a comment or a CDATA section.
    pub(super) fn tag<S: Sink>(&mut self, sink: &mut S, input: Input<'_>) -> Outcome {
        if let Some(flow) = self.comment_start(sink, input, '<', Mode::Seek)? {
            return Ok(flow);
        }
        match self.ahead(input, "<![CDATA[") {
            None => return Ok(Flow::Wait),
            Some(true) => return self.pass("<![CDATA[".len()),
            Some(false) => {}
        }
        let rest = &input.bytes[self.at..];
        let window = &rest[..rest.len().min(TAG)];
        let stops = |b: &u8| matches!(b, b'>' | b'{' | b'"' | b'\n') || (*b == b'<');
        let end = match window[1..].iter().position(stops) {
            Some(found) if window[found + 1] == b'>' => found + 2,
            None if window.len() < TAG && !input.eof => return Ok(Flow::Wait),
            _ => return self.prose_char(sink, '<', 1),
        };
        let name = String::from_utf8_lossy(&rest[1..end - 1]).to_ascii_lowercase();
        if name == "|channel|" {
            return self.channel(sink, input, end);
        }
        let closing = name.strip_prefix('/');
        let word = closing.unwrap_or(&name);
        match (REASONING.iter().position(|r| word == *r), closing) {
            (Some(_), Some(_)) => self.discard(sink, end),
            (Some(name), None) => {
                self.repair(sink, RepairKind::Reasoning, self.offset())?;
                self.prose.skip = Some(Skip { name, square: false });
                self.pass(end)
            }
            (None, _) => {
                self.repair(sink, RepairKind::Tag, self.offset())?;
                self.pass(end)
            }
        }
    }

    /// `<|channel|>analysis`: everything up to the end of the message is reasoning.
    fn channel<S: Sink>(&mut self, sink: &mut S, input: Input<'_>, len: usize) -> Outcome {
        let rest = &input.bytes[self.at + len..];
        let want = b"analysis";
        if rest.len() < want.len() && want.starts_with(rest) && !input.eof {
            return Ok(Flow::Wait);
        }
        if rest.starts_with(want) {
            self.repair(sink, RepairKind::Reasoning, self.offset())?;
            self.prose.skip = Some(Skip { name: REASONING.len(), square: false });
        } else {
            self.repair(sink, RepairKind::Tag, self.offset())?;
        }
        self.pass(len)
    }

    /// `[THINK]` and `[/THINK]`.
    pub(super) fn square_tag<S: Sink>(&mut self, sink: &mut S, input: Input<'_>) -> Result<Option<Flow>, Error> {
        let rest = &input.bytes[self.at + 1..];
        let closing = rest.first() == Some(&b'/');
        let rest = &rest[usize::from(closing)..];
        for (name, word) in REASONING.iter().enumerate() {
            let shared = rest.len().min(word.len());
            if !rest[..shared].eq_ignore_ascii_case(&word.as_bytes()[..shared]) {
                continue;
            }
            match rest.get(word.len()) {
                Some(b']') => {
                    let len = word.len() + 2 + usize::from(closing);
                    if closing {
                        return self.discard(sink, len).map(Some);
                    }
                    self.repair(sink, RepairKind::Reasoning, self.offset())?;
                    self.prose.skip = Some(Skip { name, square: true });
                    return self.pass(len).map(Some);
                }
                None if !input.eof => return Ok(Some(Flow::Wait)),
                _ => {}
            }
        }
        Ok(None)
    }

    /// Skips reasoning; keeps what stands in a block that may hold the value if nothing else does.
    pub(super) fn skip_and_keep(&mut self, input: Input<'_>, skip: Skip) -> Outcome {
        let from = self.at;
        let flow = self.skip_reasoning(input, skip);
        let last_resort = skip.name < REASONING.len() && !matches!(REASONING[skip.name], "think" | "thinking");
        if last_resort && self.prose.kept.len() < KEPT {
            if self.prose.kept.is_empty() {
                self.prose.kept_from = self.base + from as u64;
            }
            let closed = self.prose.skip.is_none();
            let tag = if closed { REASONING[skip.name].len() + "</>".len() } else { 0 };
            let block = &input.bytes[from..self.at - tag];
            let room = KEPT - self.prose.kept.len();
            self.prose.kept.extend_from_slice(&block[..block.len().min(room)]);
        }
        flow
    }

    /// Reads what stood in reasoning blocks, or a subscript, where nothing else gave a value.
    pub(super) fn settle_last_resorts<S: Sink>(&mut self, sink: &mut S) -> Result<(), Error> {
        let subscript = self.prose.subscript.take();
        self.settle_reasoning(sink)?;
        match subscript.filter(|_| self.has_nothing()) {
            None => Ok(()),
            Some((text, from)) => {
                self.prose = Prose::default();
                self.read_inserted(sink, &text, from)
            }
        }
    }

    /// Whether no value has begun.
    pub(super) fn has_nothing(&self) -> bool {
        self.frames.is_empty() && self.slot == Slot::Nothing && self.mode == Mode::Seek
    }

    fn settle_reasoning<S: Sink>(&mut self, sink: &mut S) -> Result<(), Error> {
        let kept = std::mem::take(&mut self.prose.kept);
        if kept.is_empty() || !self.has_nothing() || kept.len() >= KEPT {
            return Ok(());
        }
        let from = std::mem::take(&mut self.prose).kept_from;
        self.read_inserted(sink, &kept, from)
    }

    fn skip_reasoning(&mut self, input: Input<'_>, skip: Skip) -> Outcome {
        let rest = &input.bytes[self.at..];
        let open = if skip.square { b'[' } else { b'<' };
        let Some(found) = memchr::memchr(open, rest) else {
            self.at = input.bytes.len();
            return Ok(Flow::Wait);
        };
        self.at += found;
        let rest = &rest[found..];
        let ends: &[&[u8]] = match REASONING.get(skip.name) {
            Some(name) => {
                let want = name.as_bytes();
                let tail = &rest[1..];
                let shared = tail.len().min(want.len() + 2);
                let close = if skip.square { b']' } else { b'>' };
                let wanted: Vec<u8> = [b"/".as_slice(), want, &[close]].concat();
                if !tail[..shared].eq_ignore_ascii_case(&wanted[..shared]) {
                    return self.pass(1);
                }
                if shared < wanted.len() {
                    return Ok(Flow::Wait);
                }
                self.prose.skip = None;
                return self.pass(1 + shared);
            }
            None => &[b"<|end|>", b"<|start|>", b"<|channel|>"],
        };
        for end in ends {
            if rest.starts_with(end) {
                self.prose.skip = None;
                return self.pass(0);
            }
            if end.starts_with(rest) && !input.eof {
                return Ok(Flow::Wait);
            }
        }
        self.pass(1)
    }

    /// The end of a reasoning block that never began: what came before was reasoning.
    fn discard<S: Sink>(&mut self, sink: &mut S, len: usize) -> Outcome {
        self.forget(sink, Reason::Reasoning)?;
        self.pass(len)
    }

    /// Forgets everything read so far.
    pub(super) fn forget<S: Sink>(&mut self, sink: &mut S, reason: Reason) -> Result<(), Error> {
        let shown = !self.frames.is_empty();
        self.frames.clear();
        self.wraps = 0;
        self.misclosed = None;
        self.places = Places::default();
        self.pending = 0;
        self.slot = Slot::Nothing;
        self.text.clear();
        self.hold = None;
        self.lone = None;
        self.notes.clear();
        self.prose = Prose { fence: self.prose.fence, code: self.prose.code, ..Prose::default() };
        if shown {
            sink.reset(reason);
        }
        let kind = if reason == Reason::Reasoning { RepairKind::Reasoning } else { RepairKind::Prose };
        self.repair(sink, kind, self.offset())
    }
}
