//! What a reader is told before it starts.
//!
//! Coming in: a shape, if there is one. Going out: [`Options`], [`Limits`].
//! Decided elsewhere: what happens when a limit is crossed (`error`), how defects are read (`machine`).

use crate::repair::RepairKinds;
use crate::shape::Shape;
use std::sync::Arc;

/// What an input may cost. `None` means no limit.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Limits {
    /// Nested containers, 1 to [`Limits::MAX_DEPTH`].
    pub depth: usize,
    /// UTF-8 bytes of the whole text.
    pub input_bytes: Option<u64>,
    /// Objects, arrays and scalars in all.
    pub values: Option<u64>,
    /// UTF-8 bytes of one key.
    pub key_bytes: Option<usize>,
    /// UTF-8 bytes of one string value.
    pub string_bytes: Option<usize>,
    /// Digits of one integer.
    pub digits: Option<usize>,
}

impl Limits {
    /// The deepest nesting that can be asked for.
    pub const MAX_DEPTH: usize = 1024;

    /// Limits for text from strangers: 8 MiB of input, 1 M values, 64 KiB per key.
    ///
    /// ```
    /// use pydantic_flow_core::Limits;
    /// assert_eq!(Limits::hostile().values, Some(1_000_000));
    /// ```
    pub fn hostile() -> Self {
        Limits { input_bytes: Some(8 << 20), values: Some(1_000_000), key_bytes: Some(64 << 10), ..Limits::default() }
    }

    /// Whether only depth and digits are limited, which the fast path checks by itself.
    pub(crate) fn only_depth(&self) -> bool {
        self.values.is_none() && self.key_bytes.is_none() && self.string_bytes.is_none()
    }
}

impl Default for Limits {
    /// 200 levels, as pydantic's own JSON reader has them, and 4,300 digits as CPython has them.
    fn default() -> Self {
        Limits { depth: 200, input_bytes: None, values: None, key_bytes: None, string_bytes: None, digits: Some(4300) }
    }
}

/// Whether a number or literal at the edge of the text, which may still change, is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unfinished {
    /// Show what it would be if the text ended here.
    #[default]
    Show,
    /// Show it when it can no longer change.
    Hide,
}

/// How to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Accept exactly RFC 8259 and nothing else.
    pub strict: bool,
    /// What the input may cost.
    pub limits: Limits,
    /// What is expected where.
    pub shape: Option<Arc<Shape>>,
    /// Read what is valid JSON but does not fit the shape as what was meant: one value as a list of one, a string that
    /// holds JSON as that JSON. What is no JSON anyway is always read as fits the shape.
    pub coerce: bool,
    /// Defects that are errors, as in strict mode, instead of being read around.
    pub refuse: RepairKinds,
    /// Nobody asks where the defects were: their places are left out, which are most of their cost.
    #[doc(hidden)]
    pub placeless: bool,
}
