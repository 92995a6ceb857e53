//! Chunks: `str` and `bytes` as UTF-8.
//!
//! Coming in: a Python object. Going out: bytes that are valid in the call. A `str` may hold halves of surrogate pairs;
//! those of consecutive chunks are joined here, and a lone one becomes a byte that is not UTF-8, for the reader to judge.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use std::borrow::Cow;

const NOT_UTF8: u8 = 0xFF;

/// The first half of a pair whose second half may come with the next chunk.
#[derive(Default)]
pub struct Half(Option<u16>);

impl Half {
    /// The chunk's bytes.
    pub fn bytes<'a>(&mut self, chunk: &'a Bound<'_, PyAny>) -> PyResult<Cow<'a, [u8]>> {
        if let Ok(text) = chunk.cast::<PyString>() {
            if self.0.is_none()
                && let Ok(text) = text.to_str()
            {
                return Ok(Cow::Borrowed(text.as_bytes()));
            }
            return self.join(text).map(Cow::Owned);
        }
        let bytes = chunk.cast::<PyBytes>().map_err(|_| {
            let name = chunk.get_type().name().map_or_else(|_| "?".to_owned(), |name| name.to_string());
            PyTypeError::new_err(format!("a chunk must be str or bytes, not {name}"))
        })?;
        if bytes.as_bytes().is_empty() {
            return Ok(Cow::Borrowed(&[]));
        }
        let lone = self.end();
        if lone.is_empty() {
            return Ok(Cow::Borrowed(bytes.as_bytes()));
        }
        Ok(Cow::Owned([&lone, bytes.as_bytes()].concat()))
    }

    /// Whether the first half of a pair waits for the second.
    #[inline]
    pub fn is_pending(&self) -> bool {
        self.0.is_some()
    }

    /// What is left at the end of the text.
    pub fn end(&mut self) -> Vec<u8> {
        self.0.take().map(|_| NOT_UTF8).into_iter().collect()
    }

    fn join(&mut self, text: &Bound<'_, PyString>) -> PyResult<Vec<u8>> {
        let wide = text.call_method1("encode", ("utf-16-le", "surrogatepass"))?;
        let units =
            wide.cast::<PyBytes>()?.as_bytes().chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
        let mut units: Vec<u16> = self.0.take().into_iter().chain(units).collect();
        if let Some(last @ 0xD800..=0xDBFF) = units.last().copied() {
            units.pop();
            self.0 = Some(last);
        }
        let mut out = Vec::with_capacity(units.len());
        for unit in char::decode_utf16(units) {
            match unit {
                Ok(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                Err(_) => out.push(NOT_UTF8),
            }
        }
        Ok(out)
    }
}
