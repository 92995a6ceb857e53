//! Errors of the reader as the exceptions of `pydantic_flow.errors`.
//!
//! Coming in: [`Error`]. Going out: [`PyErr`]. The one place where one becomes the other.

use crate::paths;
use pydantic_flow_core::{Error, ErrorKind};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyModule};

static MODULE: PyOnceLock<Py<PyModule>> = PyOnceLock::new();

/// The exception for an error.
pub fn exception(py: Python<'_>, error: &Error) -> PyErr {
    build(py, error).unwrap_or_else(|failure| failure)
}

fn build(py: Python<'_>, error: &Error) -> PyResult<PyErr> {
    let module = MODULE.get_or_try_init(py, || PyModule::import(py, "pydantic_flow.errors").map(Bound::unbind))?;
    let name = match error.kind {
        ErrorKind::Unfinished => "UnfinishedError",
        ErrorKind::Malformed => "MalformedError",
        ErrorKind::Limit => "LimitError",
        ErrorKind::Terminal => "TerminalStateError",
    };
    let kwargs = PyDict::new(py);
    kwargs.set_item("kind", error.kind.as_str())?;
    kwargs.set_item("offset", error.offset)?;
    kwargs.set_item("path", paths::of_segments(py, &error.path))?;
    let exception = module.bind(py).getattr(name)?.call((error.to_string(),), Some(&kwargs))?;
    Ok(PyErr::from_value(exception))
}
