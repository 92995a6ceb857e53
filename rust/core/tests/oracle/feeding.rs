//! Ways of feeding a text, and all that can be seen on the way.
//!
//! Coming in: a text and where to cut it. Going out: what the parser says at each cut and at the end.

use super::node::Node;
use pydantic_flow_core::{Change, Ending, Error, Options, Parser, Repair, Unfinished};

/// All that a parser shows at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    pub value: Option<Node>,
    pub started: bool,
    pub done: bool,
    pub offset: u64,
    pub ending: Ending,
    pub repairs: Vec<Repair>,
    pub error: Option<Error>,
}

/// How to read.
#[derive(Clone, Debug, Default)]
pub struct How {
    pub options: Options,
    pub unfinished: Unfinished,
}

impl How {
    pub fn strict() -> How {
        How { options: Options { strict: true, ..Options::default() }, unfinished: Unfinished::Show }
    }

    pub fn hiding() -> How {
        How { unfinished: Unfinished::Hide, ..How::default() }
    }

    pub fn parser(&self) -> Parser {
        Parser::new(self.options.clone(), self.unfinished)
    }
}

pub fn look(parser: &mut Parser, error: Option<Error>) -> Seen {
    Seen {
        value: parser.snapshot().map(Node::of),
        started: parser.started(),
        done: parser.done(),
        offset: parser.offset(),
        ending: parser.ending(),
        repairs: parser.repairs().to_vec(),
        error,
    }
}

/// Cuts a text into chunks. `cuts` ascend; empty chunks are left out.
pub fn chunks<'a>(text: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let mut out = Vec::new();
    let mut from = 0;
    for &cut in cuts.iter().chain([&text.len()]) {
        if cut > from {
            out.push(&text[from..cut]);
            from = cut;
        }
    }
    out
}

/// A cut after each byte.
pub fn every_byte(text: &[u8]) -> Vec<usize> {
    (1..text.len()).collect()
}

/// A run: what was seen after each chunk (by the bytes fed so far), and at the end.
#[derive(Debug)]
pub struct Run {
    pub steps: Vec<(usize, Seen)>,
    pub last: Seen,
    /// Changes after each chunk and after the end.
    pub changes: Vec<Vec<Change>>,
}

/// Feeds a text cut at the given places and finishes. `record` asks for changes after each chunk, from the start.
pub fn run(text: &[u8], cuts: &[usize], how: &How, record: bool) -> Run {
    let mut parser = how.parser();
    let (mut steps, mut changes) = (Vec::new(), Vec::new());
    if record {
        parser.record();
    }
    let mut fed = 0;
    let mut error = None;
    for chunk in chunks(text, cuts) {
        error = parser.feed(chunk).err();
        fed += chunk.len();
        if record {
            changes.push(parser.changes());
        }
        steps.push((fed, look(&mut parser, error.clone())));
        if error.is_some() {
            break;
        }
    }
    let finished = if error.is_none() { Some(parser.finish()) } else { None };
    if record {
        changes.push(parser.changes());
    }
    let mut last = match &finished {
        Some(Err(failed)) => look(&mut parser, Some(failed.clone())),
        _ => look(&mut parser, error),
    };
    if let Some(Ok(value)) = finished {
        last.value = value.as_ref().map(Node::of);
    }
    Run { steps, last, changes }
}

/// The text in one piece, without a look before the end.
pub fn at_once(text: &[u8], how: &How) -> Seen {
    run(text, &[], how, false).last
}

/// What is seen of a text that has not ended, fed in one piece.
pub fn seen_of_prefix(text: &[u8], how: &How) -> Seen {
    let mut parser = how.parser();
    let error = if text.is_empty() { None } else { parser.feed(text).err() };
    look(&mut parser, error)
}
