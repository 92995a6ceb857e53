//! Paths as tuples of keys and indexes.

use crate::objects::{self, Obj};
use pydantic_flow_core::{PathPart, Segment};
use pyo3::prelude::*;

/// The tuple for a path of text and numbers.
pub fn of_segments(py: Python<'_>, path: &[Segment]) -> Py<PyAny> {
    let step = |segment: &Segment| match segment {
        Segment::Key(key) => objects::text(key),
        Segment::Index(index) => objects::index(*index),
    };
    objects::tuple(path.iter().map(step).collect()).into_py(py)
}

/// The tuple for a path whose keys are Python strings already.
pub fn of_parts(path: Vec<PathPart<Obj>>) -> Obj {
    let step = |part| match part {
        PathPart::Key(key) => key,
        PathPart::Index(index) => objects::index(index),
    };
    objects::tuple(path.into_iter().map(step).collect())
}
