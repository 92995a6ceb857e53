//! `Limits`: what an input may cost.
//!
//! Coming in: keyword arguments. Going out: the core's [`Limits`](core::Limits), with the interpreter's own digit limit.

use pydantic_flow_core as core;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

static MAX_DIGITS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// See the stub.
#[pyclass(frozen, eq, hash, from_py_object, module = "pydantic_flow.json")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Limits {
    limits: core::Limits,
}

#[pymethods]
impl Limits {
    #[new]
    #[pyo3(signature = (*, depth=200, input_bytes=None, values=None, key_bytes=None, string_bytes=None, digits=None))]
    fn new(
        depth: usize,
        input_bytes: Option<u64>,
        values: Option<u64>,
        key_bytes: Option<usize>,
        string_bytes: Option<usize>,
        digits: Option<usize>,
    ) -> PyResult<Self> {
        let most = core::Limits::MAX_DEPTH;
        if !(1..=most).contains(&depth) {
            return Err(PyValueError::new_err(format!("depth must be between 1 and {most}, not {depth}")));
        }
        Ok(Limits { limits: core::Limits { depth, input_bytes, values, key_bytes, string_bytes, digits } })
    }

    #[staticmethod]
    fn hostile() -> Self {
        Limits { limits: core::Limits { digits: None, ..core::Limits::hostile() } }
    }

    #[getter]
    fn depth(&self) -> usize {
        self.limits.depth
    }

    #[getter]
    fn input_bytes(&self) -> Option<u64> {
        self.limits.input_bytes
    }

    #[getter]
    fn values(&self) -> Option<u64> {
        self.limits.values
    }

    #[getter]
    fn key_bytes(&self) -> Option<usize> {
        self.limits.key_bytes
    }

    #[getter]
    fn string_bytes(&self) -> Option<usize> {
        self.limits.string_bytes
    }

    #[getter]
    fn digits(&self) -> Option<usize> {
        self.limits.digits
    }

    fn __repr__(&self) -> String {
        let l = &self.limits;
        let show = |value: Option<u64>| value.map_or("None".to_owned(), |value| value.to_string());
        format!(
            "Limits(depth={}, input_bytes={}, values={}, key_bytes={}, string_bytes={}, digits={})",
            l.depth,
            show(l.input_bytes),
            show(l.values),
            show(l.key_bytes.map(|v| v as u64)),
            show(l.string_bytes.map(|v| v as u64)),
            show(l.digits.map(|v| v as u64)),
        )
    }
}

/// The core's limits. Integers are never longer than the interpreter allows.
pub fn of(py: Python<'_>, limits: Option<&Limits>) -> PyResult<core::Limits> {
    let mut limits = limits.map_or_else(|| core::Limits { digits: None, ..Default::default() }, |l| l.limits.clone());
    let get = MAX_DIGITS
        .get_or_try_init(py, || PyModule::import(py, "sys")?.getattr("get_int_max_str_digits").map(Bound::unbind))?;
    let interpreter: usize = get.bind(py).call0()?.extract()?;
    if interpreter > 0 {
        limits.digits = Some(limits.digits.map_or(interpreter, |digits| digits.min(interpreter)));
    }
    Ok(limits)
}
