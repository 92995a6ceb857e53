//! The place of a node in a value.
//!
//! Coming in: keys and indexes. Going out: [`Segment`], [`Path`] and its display form.

use std::fmt::Write;

/// One step down: into an object by key, into an array by index.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Segment {
    /// A member of an object.
    Key(String),
    /// An item of an array, from 0.
    Index(usize),
}

/// The steps from the root to a node; empty for the root.
pub type Path = Vec<Segment>;

/// A path for people: `$.lines[2].sku`.
///
/// ```
/// use pydantic_flow_core::{Segment, path};
/// let place = vec![Segment::Key("lines".into()), Segment::Index(2)];
/// assert_eq!(path::display(&place), "$.lines[2]");
/// ```
pub fn display(path: &[Segment]) -> String {
    let mut out = String::from("$");
    for segment in path {
        match segment {
            Segment::Key(key) if plain(key) => {
                out.push('.');
                out.push_str(key);
            }
            Segment::Key(key) => write!(out, "[{key:?}]").expect("writing to a string"),
            Segment::Index(index) => write!(out, "[{index}]").expect("writing to a string"),
        }
    }
    out
}

fn plain(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || c == '_')
}
