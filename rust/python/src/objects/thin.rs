//! Methods that are called for every few characters, without PyO3's handling of arguments.
//!
//! Coming in: calls of `feed` and `snapshot`. Going out: what they return. Whatever is not the plain case (a borrowed parser,
//! a wrong argument) goes to the method of that name that PyO3 has made, so that there is one meaning.

use super::Obj;
use pyo3::PyClass;
use pyo3::exceptions::PyRuntimeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::pyclass::boolean_struct::False;
use pyo3::sync::PyOnceLock;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

/// A class with such methods.
pub trait Thin: PyClass<Frozen = False> {
    /// Reads a chunk. `None` where the method of PyO3 must do it, and nothing has been done.
    fn thin_feed(&mut self, chunk: &[u8]) -> Option<Result<(), PyErr>>;
    /// The value as of now, as a method without arguments gives it.
    fn thin_snapshot(&mut self) -> Obj;
}

/// The methods that PyO3 has made: `feed` and `snapshot`.
static MADE: PyOnceLock<[Py<PyAny>; 2]> = PyOnceLock::new();

/// Puts the thin methods in the place of those that PyO3 has made.
pub fn install<T: Thin>(py: Python<'_>) -> PyResult<()> {
    let class = py.get_type::<T>();
    let made = [class.getattr("feed")?.unbind(), class.getattr("snapshot")?.unbind()];
    MADE.get_or_init(py, || made);
    let feed = ffi::PyMethodDef {
        ml_name: c"feed".as_ptr(),
        ml_meth: ffi::PyMethodDefPointer { PyCFunction: feed::<T> },
        ml_flags: ffi::METH_O,
        ml_doc: c"feed($self, chunk, /)\n--\n\n".as_ptr(),
    };
    let snapshot = ffi::PyMethodDef {
        ml_name: c"snapshot".as_ptr(),
        ml_meth: ffi::PyMethodDefPointer { PyCFunctionFastWithKeywords: snapshot::<T> },
        ml_flags: ffi::METH_FASTCALL | ffi::METH_KEYWORDS,
        ml_doc: c"snapshot($self, /, *, owned=False)\n--\n\n".as_ptr(),
    };
    for (name, method) in [("feed", feed), ("snapshot", snapshot)] {
        // SAFETY: the definition lives for ever, its function takes what its flags say, and the class is alive.
        let made = unsafe {
            let method = Box::leak(Box::new(method));
            Bound::from_owned_ptr_or_err(py, ffi::PyDescr_NewMethod(class.as_type_ptr(), method))?
        };
        class.setattr(name, made)?;
    }
    Ok(())
}

/// The parser behind `self`, if nobody uses it.
///
/// # Safety
/// `object` is a live `T`, and the GIL is held for `'py`.
#[inline]
unsafe fn borrowed<'py, T: Thin>(py: Python<'py>, object: *mut ffi::PyObject) -> Option<PyRefMut<'py, T>> {
    // SAFETY: as promised by the caller; the descriptor has checked the type.
    unsafe { Borrowed::from_ptr(py, object).cast_unchecked::<T>().try_borrow_mut().ok() }
}

/// The text of a chunk that needs no work: ASCII, or bytes.
///
/// # Safety
/// `chunk` is a live object that outlives the slice, and the GIL is held.
#[inline]
unsafe fn plain_bytes<'a>(chunk: *mut ffi::PyObject) -> Option<&'a [u8]> {
    // SAFETY: each reading function is given an object of its type; both kinds cannot change.
    unsafe {
        if ffi::PyUnicode_Check(chunk) != 0 {
            let mut len = 0;
            let data = ffi::PyUnicode_AsUTF8AndSize(chunk, &mut len);
            if data.is_null() {
                ffi::PyErr_Clear();
                return None;
            }
            return Some(std::slice::from_raw_parts(data.cast::<u8>(), len as usize));
        }
        if ffi::PyBytes_Check(chunk) != 0 {
            let len = ffi::PyBytes_Size(chunk) as usize;
            return Some(std::slice::from_raw_parts(ffi::PyBytes_AsString(chunk).cast::<u8>(), len));
        }
        None
    }
}

/// `feed(chunk)`. Bought about 1.4 x for a chunk of four characters, measured together with inlining.
///
/// # Safety
/// Called by the interpreter: `object` is a live `T`, `chunk` a live object, the GIL is held.
unsafe extern "C" fn feed<T: Thin>(object: *mut ffi::PyObject, chunk: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: as promised by the interpreter.
    let fed = catch_unwind(AssertUnwindSafe(|| unsafe {
        let bytes = plain_bytes(chunk)?;
        borrowed::<T>(Python::assume_attached(), object)?.thin_feed(bytes)
    }));
    match fed {
        Ok(Some(Ok(()))) => Obj::none().into_raw(),
        Ok(Some(Err(error))) => raise(error),
        // SAFETY: as promised by the interpreter.
        Ok(None) => unsafe { call_made(0, &[object, chunk], 2, ptr::null_mut()) },
        Err(_) => panicked(),
    }
}

/// `snapshot(*, owned=False)`.
///
/// # Safety
/// Called by the interpreter: `object` is a live `T`, `arguments` as METH_FASTCALL has them, the GIL is held.
unsafe extern "C" fn snapshot<T: Thin>(
    object: *mut ffi::PyObject,
    arguments: *const *mut ffi::PyObject,
    count: ffi::Py_ssize_t,
    names: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: as promised by the interpreter.
    let taken = catch_unwind(AssertUnwindSafe(|| unsafe {
        if count > 0 || !names.is_null() {
            return None;
        }
        Some(borrowed::<T>(Python::assume_attached(), object)?.thin_snapshot())
    }));
    match taken {
        Ok(Some(value)) => value.into_raw(),
        // SAFETY: the interpreter gives that many arguments, and one more for each name.
        Ok(None) => unsafe {
            let named = if names.is_null() { 0 } else { ffi::PyTuple_GET_SIZE(names) as usize };
            let mut all = vec![object];
            if count as usize + named > 0 {
                all.extend_from_slice(std::slice::from_raw_parts(arguments, count as usize + named));
            }
            call_made(1, &all, count as usize + 1, names)
        },
        Err(_) => panicked(),
    }
}

/// Calls the method that PyO3 has made.
///
/// # Safety
/// `arguments` are live objects, the first `count` of them without names; `names` is null or a tuple of the others' names.
#[cold]
unsafe fn call_made(
    which: usize,
    arguments: &[*mut ffi::PyObject],
    count: usize,
    names: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    Python::attach(|py| match MADE.get(py) {
        // SAFETY: as promised by the caller.
        Some(made) => unsafe { ffi::PyObject_Vectorcall(made[which].as_ptr(), arguments.as_ptr(), count, names) },
        None => raise(PyRuntimeError::new_err("the module is not ready")),
    })
}

#[cold]
fn raise(error: PyErr) -> *mut ffi::PyObject {
    Python::attach(|py| error.restore(py));
    ptr::null_mut()
}

/// No panic crosses into Python: it is an exception there.
#[cold]
fn panicked() -> *mut ffi::PyObject {
    raise(pyo3::panic::PanicException::new_err("the reader panicked; please report this"))
}
