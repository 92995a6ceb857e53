//! `Repair`: one defect that was read around.

use crate::paths;
use pydantic_flow_core as core;
use pydantic_flow_core::{RepairKind, RepairKinds};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// The kinds with these names.
pub fn kinds_of(names: Option<&Bound<'_, PyAny>>) -> PyResult<RepairKinds> {
    let mut kinds = RepairKinds::default();
    let Some(names) = names else { return Ok(kinds) };
    let names: Vec<String> = match names.extract::<String>() {
        Ok(one) => vec![one],
        Err(_) => names.try_iter()?.map(|name| name?.extract()).collect::<PyResult<_>>()?,
    };
    for name in names {
        let Some(kind) = RepairKind::ALL.iter().find(|kind| kind.as_str() == name) else {
            let known: Vec<&str> = RepairKind::ALL.iter().map(|kind| kind.as_str()).collect();
            let message = format!("no repair is called '{name}'; the kinds are {}", known.join(", "));
            return Err(PyValueError::new_err(message));
        };
        kinds = kinds.with(*kind);
    }
    Ok(kinds)
}

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
