//! Paths as tuples of keys and indexes.
//!
//! Coming in: steps. Going out: tuples. One that is asked for again and again is made once.

use crate::objects::{self, Obj};
use pydantic_flow_core::{PathPart, Segment};
use pyo3::prelude::*;

/// The tuple for a path of text and numbers.
pub fn of_segments(py: Python<'_>, path: &[Segment]) -> Py<PyAny> {
    let step = |segment: &Segment| match segment {
        Segment::Key(key) => objects::text(key),
        Segment::Index(index) => objects::index(*index),
    };
    objects::path(path.iter().map(step).collect()).into_py(py)
}

/// The tuple for a path whose keys are Python strings already.
pub fn of_parts(path: Vec<PathPart<Obj>>) -> Obj {
    let step = |part| match part {
        PathPart::Key(key) => key,
        PathPart::Index(index) => objects::index(index),
    };
    objects::path(path.into_iter().map(step).collect())
}

/// Makes the tuples of paths that are often the same as the one before.
#[derive(Default)]
pub struct Paths {
    steps: Vec<PathPart<Obj>>,
    tuple: Option<Obj>,
}

impl Paths {
    /// The tuple for a path.
    pub fn of(&mut self, path: &[PathPart<Obj>]) -> Obj {
        if let Some(tuple) = self.tuple.as_ref().filter(|_| same(path, &self.steps)) {
            return tuple.clone();
        }
        self.steps.clear();
        self.steps.extend_from_slice(path);
        let tuple = of_parts(path.to_vec());
        self.tuple = Some(tuple.clone());
        tuple
    }
}

fn same(a: &[PathPart<Obj>], b: &[PathPart<Obj>]) -> bool {
    a.len() == b.len()
        && a.iter().zip(b).all(|pair| match pair {
            (PathPart::Key(a), PathPart::Key(b)) => a.is(b),
            (PathPart::Index(a), PathPart::Index(b)) => a == b,
            _ => false,
        })
}
