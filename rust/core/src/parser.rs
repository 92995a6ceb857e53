//! The reader for Rust: chunks in, values and changes out.
//!
//! Coming in: bytes. Going out: [`Value`]s, changes, repairs. Decided elsewhere: everything; this joins a machine and a tree.

use crate::error::Error;
use crate::machine::{Ending, Machine};
use crate::options::{Options, Unfinished};
use crate::path::{Path, Segment};
use crate::repair::Repair;
use crate::sink::Edge;
use crate::snapshot::Snapshots;
use crate::tree::{Op, PathPart, Tree};
use crate::value::{Value, Values};
use crate::writer::Writer;

/// One change of the value: where, what, and why if something shown was taken back.
pub type Change = (Path, Op<Value>, Option<crate::sink::Reason>);

/// Reads one JSON text, chunk by chunk.
///
/// ```
/// use pydantic_flow_core::Parser;
/// let mut parser = Parser::default();
/// parser.feed(b"{\"title\": \"Half a sen")?;
/// assert_eq!(parser.snapshot().unwrap().to_string(), r#"{"title": "Half a sen"}"#);
/// parser.feed(b"tence\", \"n\": 1,}")?;
/// assert_eq!(parser.finish()?.unwrap().to_string(), r#"{"title": "Half a sentence", "n": 1}"#);
/// assert_eq!(parser.repairs()[0].kind.as_str(), "extra_comma");
/// # Ok::<(), pydantic_flow_core::Error>(())
/// ```
pub struct Parser {
    machine: Machine,
    tree: Tree<Values>,
    snapshots: Snapshots,
    unfinished: Unfinished,
}

impl Default for Parser {
    fn default() -> Self {
        Parser::new(Options::default(), Unfinished::Show)
    }
}

impl Parser {
    /// A parser at the start of a text.
    pub fn new(options: Options, unfinished: Unfinished) -> Self {
        let snapshots = Snapshots::default();
        Parser { machine: Machine::new(options), tree: Tree::new(Values), snapshots, unfinished }
    }

    /// Records changes from the start instead of from the first call of [`Parser::changes`].
    pub fn record(&mut self) {
        self.tree.record(Edge::Nothing);
    }

    /// Reads a chunk, cut anywhere.
    ///
    /// # Errors
    /// Malformed text in strict mode, a crossed limit; a terminal error after one was raised or the text was finished.
    pub fn feed(&mut self, chunk: &[u8]) -> Result<(), Error> {
        self.machine.feed(&mut self.tree, chunk)
    }

    /// Ends the text and gives its value; `None` where there was none.
    ///
    /// # Errors
    /// As [`Parser::feed`]; in strict mode also text that ended early.
    pub fn finish(&mut self) -> Result<Option<Value>, Error> {
        self.machine.finish(&mut self.tree)?;
        self.tree.finish();
        self.snapshots = Snapshots::default();
        Ok(self.tree.root().cloned())
    }

    /// The value as of now; `None` where none has begun. It is kept and goes on growing, so a look costs O(chunk + depth).
    ///
    /// ```
    /// use pydantic_flow_core::Parser;
    /// let mut parser = Parser::default();
    /// parser.feed(b"[1, {\"a\": \"so f")?;
    /// let held = parser.snapshot().cloned();
    /// parser.feed(b"ar")?;
    /// assert_eq!(parser.snapshot().unwrap().to_string(), r#"[1, {"a": "so far"}]"#);
    /// assert_eq!(held.unwrap().to_string(), r#"[1, {"a": "so f"}]"#);
    /// # Ok::<(), pydantic_flow_core::Error>(())
    /// ```
    ///
    /// A clone shares its parts and stays as it is. Whoever holds more than the last one pays for that: the next look copies
    /// the open string, and the references to the children of the open containers.
    pub fn snapshot(&mut self) -> Option<&Value> {
        let edge = self.machine.edge(self.unfinished == Unfinished::Show);
        self.snapshots.take(&self.tree, edge)
    }

    /// What changed since the last call. The first call gives the whole value as one change.
    pub fn changes(&mut self) -> Vec<Change> {
        let edge = self.machine.edge(self.unfinished == Unfinished::Show);
        if !self.tree.is_recording() {
            self.tree.record(edge);
            let value = Snapshots::default().take(&self.tree, edge).cloned();
            return value.map(|value| (Path::new(), Op::Set(value), None)).into_iter().collect();
        }
        self.tree.log_edge(edge);
        let changes = self.tree.changes();
        self.tree.drop_record();
        changes.into_iter().map(|(path, op, reason)| (path.into_iter().map(step).collect(), op, reason)).collect()
    }

    /// Whether a value has begun.
    pub fn started(&self) -> bool {
        self.machine.started()
    }

    /// Whether the root is closed as far as can be seen; more text may reopen or replace it in tolerant mode.
    pub fn done(&self) -> bool {
        self.machine.done()
    }

    /// How the text ended.
    pub fn ending(&self) -> Ending {
        self.machine.ending()
    }

    /// Bytes received; after an error, those before it.
    pub fn offset(&self) -> u64 {
        self.machine.received()
    }

    /// The defects that were read around, in the order of their decision.
    pub fn repairs(&self) -> &[Repair] {
        self.machine.repairs()
    }
}

fn step(part: PathPart<Value>) -> Segment {
    match part {
        PathPart::Index(index) => Segment::Index(index),
        PathPart::Key(key) => Segment::Key(key.as_str().unwrap_or_default().to_owned()),
    }
}

/// Reads a whole text.
///
/// ```
/// let value = pydantic_flow_core::from_slice(b"{'a': [1, 2,", &Default::default())?;
/// assert_eq!(value.unwrap().to_string(), r#"{"a": [1, 2]}"#);
/// # Ok::<(), pydantic_flow_core::Error>(())
/// ```
///
/// # Errors
/// As [`Parser::finish`].
pub fn from_slice(text: &[u8], options: &Options) -> Result<Option<Value>, Error> {
    let mut parser = Parser::new(options.clone(), Unfinished::Show);
    parser.feed(text)?;
    parser.finish()
}

/// Valid JSON text for any text; one that is valid already comes back as it is.
///
/// ```
/// let text = pydantic_flow_core::repair(b"{a: 1.50,}", &Default::default(), false)?;
/// assert_eq!(text, r#"{"a": 1.50}"#);
/// # Ok::<(), pydantic_flow_core::Error>(())
/// ```
///
/// # Errors
/// Only a crossed limit.
pub fn repair(text: &[u8], options: &Options, literal_non_finite: bool) -> Result<String, Error> {
    let placeless = options.shape.is_none() && options.refuse.is_empty();
    let mut machine = Machine::new(Options { placeless, ..options.clone() });
    let mut writer = Writer::new(literal_non_finite);
    let read = machine.feed(&mut writer, text).and_then(|()| machine.finish(&mut writer));
    // A writer keeps no keys: a reader that does tells the place of an error.
    read.map_err(|error| from_slice(text, options).err().unwrap_or(error))?;
    match std::str::from_utf8(text) {
        Ok(text) if machine.repairs().is_empty() && machine.ending() == Ending::Complete => Ok(text.to_owned()),
        _ => Ok(writer.into_text()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Proves that the steps of a path are kept once, however many defects are under it.
    #[test]
    fn defects_under_one_key_share_its_path() {
        let mut parser = Parser::default();
        parser.feed(b"{\"a long key\": [1,, [2,,], {},, ").expect("tolerant");
        parser.finish().expect("tolerant");
        let lists: Vec<_> =
            parser.repairs().iter().map(|repair| repair.path.up_to(1)).filter(|p| !p.is_empty()).collect();
        assert!(lists.len() > 3, "{lists:?}");
        assert!(lists.iter().all(|list| list.is_one_with(&lists[0])), "{lists:?}");
    }
}
