//! Errors of the reader as the exceptions of `pydantic_flow.errors`.
//!
//! Coming in: [`Error`], or a panic. Going out: [`PyErr`]. The one place where one becomes the other.

use crate::paths;
use pydantic_flow_core::{Error, ErrorKind};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyModule};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The exception for a panic, and what it said. No panic crosses into Python: it is not our caller's to end the process.
pub fn internal(py: Python<'_>, panic: &(dyn Any + Send)) -> (PyErr, String) {
    let said = panic.downcast_ref::<&str>().copied().or(panic.downcast_ref::<String>().map(String::as_str));
    let said = format!("the reader broke off, by a mistake of its own: {}", said.unwrap_or("no reason given"));
    let made = module(py).and_then(|module| module.getattr("InternalError")?.call1((&said,)));
    (made.map_or_else(|failure| failure, PyErr::from_value), said)
}

/// Does the work; a panic in it becomes an exception.
pub fn guarded<T>(py: Python<'_>, work: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(internal(py, &*panic).0))
}

static MODULE: PyOnceLock<Py<PyModule>> = PyOnceLock::new();

/// The exception for an error.
pub fn exception(py: Python<'_>, error: &Error) -> PyErr {
    build(py, error).unwrap_or_else(|failure| failure)
}

fn module<'py>(py: Python<'py>) -> PyResult<&'py Bound<'py, PyModule>> {
    let import = || PyModule::import(py, "pydantic_flow.errors").map(Bound::unbind);
    Ok(MODULE.get_or_try_init(py, import)?.bind(py))
}

fn build(py: Python<'_>, error: &Error) -> PyResult<PyErr> {
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
    let exception = module(py)?.getattr(name)?.call((error.to_string(),), Some(&kwargs))?;
    Ok(PyErr::from_value(exception))
}
