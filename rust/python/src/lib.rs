//! The Python module `pydantic_flow._core`: a thin face of `pydantic-flow-core`.
//!
//! Coming in: calls from Python. Going out: Python objects and exceptions. Decided elsewhere: all reading.

#![deny(unsafe_code)]
#![allow(missing_docs, reason = "the stub `_core.pyi` documents what Python sees")]

mod chunk;
mod errors;
mod limits;
#[allow(unsafe_code, reason = "the one room for it; see its head")]
mod objects;
mod parser;
mod paths;
mod repair;
mod shape;

use pyo3::prelude::*;

/// The compiled reader.
#[pymodule(gil_used = true)]
mod _core {
    use super::*;

    #[pymodule_export]
    use crate::limits::Limits;
    #[pymodule_export]
    use crate::parser::{Parser, dumps, loads, repair};
    #[pymodule_export]
    use crate::repair::Repair;
    #[pymodule_export]
    use crate::shape::{Shape, make_shapes_with};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        objects::prepare(module.py())?;
        objects::thin::install::<Parser>(module, parser::loads_bytes)?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
