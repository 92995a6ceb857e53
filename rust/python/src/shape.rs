//! `Shape`: what is expected where.
//!
//! Coming in: places as plain data, or a type that somebody else makes a shape of. Going out: the core's [`Shape`](core::Shape).
//! Decided elsewhere: what a type or a JSON schema expects (`pydantic_flow.json.shapes`, which hands its reading over).

use pydantic_flow_core as core;
use pydantic_flow_core::{Kinds, Node};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use std::collections::HashMap;
use std::sync::Arc;

static MAKER: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// See the stub.
#[pyclass(frozen, eq, module = "pydantic_flow.json")]
#[derive(PartialEq)]
pub struct Shape {
    shape: Arc<core::Shape>,
    places: usize,
}

type Named = HashMap<String, u32>;
type Data = (u8, bool, bool, Named, u32, Vec<u32>, u32, Option<(String, Named)>);

#[pymethods]
impl Shape {
    #[new]
    #[pyo3(signature = (places, root))]
    fn new(places: Vec<Data>, root: u32) -> PyResult<Self> {
        let count = places.len();
        let places = places.into_iter().map(place).collect();
        let shape = core::Shape::new(places, root).map_err(PyValueError::new_err)?;
        Ok(Shape { shape: Arc::new(shape), places: count })
    }

    fn __repr__(&self) -> String {
        format!("<Shape of {} places>", self.places)
    }
}

fn place((kinds, whole, closed, members, others, first, rest, tag): Data) -> Node {
    let sorted = |named: Named| named.into_iter().map(|(name, id)| (name.into_boxed_str(), id)).collect();
    Node {
        kinds: Kinds::from_bits(kinds),
        whole,
        closed,
        members: sorted(members),
        others,
        first,
        rest,
        tag: tag.map(|(key, choices)| (key.into_boxed_str(), sorted(choices))),
    }
}

/// See the stub.
#[pyfunction]
#[pyo3(signature = (maker, /))]
pub fn make_shapes_with(py: Python<'_>, maker: Py<PyAny>) {
    // The first one stays: a module is imported once.
    let _ = MAKER.set(py, maker);
}

/// The shape that an argument names.
pub fn of(shape: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Arc<core::Shape>>> {
    let Some(given) = shape else { return Ok(None) };
    if let Ok(shape) = given.cast::<Shape>() {
        return Ok(Some(shape.get().shape.clone()));
    }
    let py = given.py();
    let Some(maker) = MAKER.get(py) else {
        return Err(PyTypeError::new_err("import pydantic_flow.json to read with the shape of a type"));
    };
    let made = maker.bind(py).call1((given,))?;
    Ok(Some(made.cast::<Shape>()?.get().shape.clone()))
}
