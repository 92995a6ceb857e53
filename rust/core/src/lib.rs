//! An incremental, tolerant JSON reader: chunks in, values, changes and repairs out.
//!
//! Language models stream JSON a few characters at a time, and often not quite right. [`Parser`] reads such a text in
//! any chunks, each byte a bounded number of times, and has the best current value at any moment. Valid JSON is read exactly; what is
//! broken is read as a person would, and each repair is listed. [`Options::strict`] accepts RFC 8259 and nothing else.
//!
//! Not here: validation against a schema, I/O, clocks, threads. This crate has no unsafe code and does not recurse on its input.

#![forbid(unsafe_code)]

pub mod path;
mod error;
mod shape;
mod repair;
mod options;
mod number;
mod text;
mod sink;
mod machine;
mod tree;
mod writer;
mod value;
mod snapshot;
mod parser;

pub use error::{Error, ErrorKind};
pub use machine::{Ending, Machine};
pub use number::Number;
pub use options::{Limits, Options, Unfinished};
pub use parser::{Change, Parser, from_slice, repair};
pub use path::{Path, Place, Segment};
pub use repair::{Repair, RepairKind, RepairKinds};
pub use shape::{Kinds, Named, Node, NodeId, Shape};
pub use sink::{Edge, Head, Kind, Reason, Scalar, Sink};
pub use tree::{Builder, Change as TreeChange, Op, Open, PathPart, Settled, Step, Tree, empty};
pub use value::{Members, Text, Value, Values};
pub use writer::Writer;
