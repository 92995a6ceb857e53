//! Defects: recorded with their place, decided with the reading they belong to, refused where they are not wanted.
//!
//! Coming in: what a reading had to repair, and where. Going out: repairs in the order of their decision, errors.
//! Decided elsewhere: the readings themselves, and how a path is written (`path`).

use super::container::Frame;
use super::{Machine, Mode, Slot};
use crate::error::{Error, ErrorKind};
use crate::path::{Path, Place};
use crate::repair::{Repair, RepairKind};
use crate::sink::Sink;

/// Paths that defects have asked for, kept so that the next one shares them.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// Those of the open containers, outermost first.
    pub(super) containers: Vec<Place>,
    /// The one that is being read, and how many containers are around it.
    present: Option<(usize, Place)>,
}

impl Machine {
    /// What was recorded of bytes that wait will be recorded when they are read.
    pub(super) fn unsay(&mut self, (at, mode, notes, repairs): (usize, Mode, usize, usize)) {
        if (self.at, self.mode) == (at, mode) {
            self.notes.truncate(notes);
            self.repairs.truncate(repairs);
        }
    }

    /// Records a defect, or refuses it in strict mode.
    pub(super) fn repair<S: Sink>(&mut self, sink: &S, kind: RepairKind, offset: u64) -> Result<(), Error> {
        if self.options.strict {
            return Err(self.error(sink, ErrorKind::Malformed, refusal(kind), offset));
        }
        if self.prose.extra {
            return Ok(());
        }
        let offset = self.filter.raw(offset);
        let last = self.notes.last().or(self.repairs.last());
        if last.is_some_and(|last| (last.kind, last.offset) == (kind, offset)) {
            return Ok(());
        }
        let in_key = matches!(self.mode, Mode::KeyStart | Mode::Key | Mode::BareKey | Mode::Colon) && self.in_object();
        let path = if in_key { self.place_of_object(sink) } else { self.place(sink) };
        self.notes.push(Repair { kind, offset, path });
        if self.slot == Slot::Nothing && self.pending == 0 { self.decide() } else { Ok(()) }
    }

    /// The present reading holds, and so do its repairs.
    pub(super) fn decide(&mut self) -> Result<(), Error> {
        let refused = self.notes.iter().position(|note| self.options.refuse.contains(note.kind));
        let from = self.repairs.len();
        if self.notes.len() > from {
            // The longer list is the one that is there once.
            std::mem::swap(&mut self.repairs, &mut self.notes);
            self.repairs.splice(0..0, self.notes.drain(..));
        } else {
            self.repairs.append(&mut self.notes);
        }
        match refused {
            None => Ok(()),
            Some(at) => {
                self.repairs.truncate(from + at + 1);
                Err(refused_repair(self.repairs.swap_remove(from + at)))
            }
        }
    }

    pub(super) fn error<S: Sink>(&self, sink: &S, kind: ErrorKind, message: &str, offset: u64) -> Error {
        Error { kind, message: message.to_owned(), offset: self.filter.raw(offset), path: self.path(sink) }
    }

    /// The place that is being read.
    pub(super) fn path<S: Sink>(&self, sink: &S) -> Path {
        if self.prose.extra {
            return Path::new();
        }
        let open = &self.frames[..self.frames.len() - self.pending];
        (0..levels(open)).filter_map(|level| sink.segment(level)).collect()
    }

    /// The same, sharing what it can with the last one.
    pub(super) fn place<S: Sink>(&mut self, sink: &S) -> Place {
        if self.prose.extra || self.options.placeless {
            return Place::default();
        }
        let levels = levels(&self.frames[..self.frames.len() - self.pending]);
        if let Some((_, place)) = self.places.present.as_ref().filter(|(known, _)| *known == levels) {
            return place.clone();
        }
        self.find_containers(sink, levels);
        let place = self.place_at(sink, levels);
        self.places.present = Some((levels, place.clone()));
        place
    }

    /// The place of the innermost container that has not met its closer: what a defect of a key belongs to.
    pub(super) fn place_of_object<S: Sink>(&mut self, sink: &S) -> Place {
        if self.prose.extra || self.options.placeless {
            return Place::default();
        }
        let levels = levels(&self.frames[..self.frames.len() - self.pending]);
        self.find_containers(sink, levels);
        levels.checked_sub(1).map_or_else(Place::default, |level| self.places.containers[level].clone())
    }

    /// Makes sure that the places of so many containers are known.
    fn find_containers<S: Sink>(&mut self, sink: &S, levels: usize) {
        for level in self.places.containers.len()..levels {
            let place = self.place_at(sink, level);
            self.places.containers.push(place);
        }
    }

    /// The place of what is being read in the innermost of so many containers.
    fn place_at<S: Sink>(&self, sink: &S, levels: usize) -> Place {
        let Some(outer) = levels.checked_sub(1) else { return Place::default() };
        let container = &self.places.containers[outer];
        sink.segment(outer).map_or_else(|| container.clone(), |step| container.then(step))
    }

    /// Something was given to the sink: another place is read now.
    #[inline]
    pub(super) fn moved_on(&mut self) {
        if self.places.present.is_some() {
            self.places.present = None;
        }
    }
}

/// How many containers the sink has for these frames: a value that stands for a list of one has two.
pub(super) fn levels(frames: &[Frame]) -> usize {
    frames.iter().map(|frame| 1 + usize::from(frame.wrapped)).sum()
}

/// The error for a defect that is not to be read around.
fn refused_repair(Repair { kind, offset, path }: Repair) -> Error {
    let early = matches!(kind, RepairKind::Truncated | RepairKind::MissingCloser);
    let error = if early { ErrorKind::Unfinished } else { ErrorKind::Malformed };
    Error {
        kind: error,
        message: format!("{} ({} is refused)", refusal(kind), kind.as_str()),
        offset,
        path: path.to_path(),
    }
}

/// What strict mode says of a defect.
fn refusal(kind: RepairKind) -> &'static str {
    match kind {
        RepairKind::Prose => "this is not JSON",
        RepairKind::ControlCharacter => "a control character in a string must be escaped",
        RepairKind::BadEscape => "this escape is not JSON",
        RepairKind::LoneSurrogate => "half of a surrogate pair",
        RepairKind::InvalidUtf8 => "this is not UTF-8",
        RepairKind::NonFinite => "this number has no double-precision value",
        RepairKind::ByteOrderMark => "a byte order mark is not JSON",
        RepairKind::ExtraComma => "a comma with nothing before or after it",
        RepairKind::MissingComma => "a comma is missing",
        RepairKind::MissingColon | RepairKind::OddColon => "a colon is missing",
        RepairKind::QuoteMarks => "only double quotes are JSON",
        RepairKind::UnquotedKey => "a key must be in double quotes",
        RepairKind::UnquotedText | RepairKind::Literal => "this is no JSON value",
        RepairKind::Number => "this number is not written as JSON writes it",
        RepairKind::ExtraCloser | RepairKind::WrongCloser => "this closing bracket has no opening one",
        RepairKind::SeveralValues => "something follows the value",
        RepairKind::MissingValue => "a value is missing",
        RepairKind::Comment => "comments are not JSON",
        _ => "this is not JSON",
    }
}
