//! `Repair`: one defect that was read around.

use crate::paths;
use pydantic_flow_core as core;
use pyo3::prelude::*;

/// See the stub.
#[pyclass(frozen, eq, hash, module = "pydantic_flow.json")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Repair {
    repair: core::Repair,
}

impl From<&core::Repair> for Repair {
    fn from(repair: &core::Repair) -> Self {
        Repair { repair: repair.clone() }
    }
}

#[pymethods]
impl Repair {
    #[getter]
    fn kind(&self) -> &'static str {
        self.repair.kind.as_str()
    }

    #[getter]
    fn offset(&self) -> u64 {
        self.repair.offset
    }

    #[getter]
    fn path(&self, py: Python<'_>) -> Py<PyAny> {
        paths::of_segments(py, &self.repair.path.to_path())
    }

    #[getter]
    fn message(&self) -> &'static str {
        self.repair.kind.message()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let path = self.path(py).bind(py).repr()?.to_string();
        Ok(format!("Repair(kind={:?}, offset={}, path={path})", self.kind(), self.repair.offset).replace('"', "'"))
    }
}
