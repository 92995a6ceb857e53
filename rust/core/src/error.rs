//! Why reading stopped.
//!
//! Coming in: the kind, a message, where. Going out: [`Error`].
//! Decided elsewhere: which exception a language binding makes of it.

use crate::path::{Path, display};
use std::fmt;

/// What a caller can do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The text ended early: more of it could make it whole.
    Unfinished,
    /// No continuation can make this text right.
    Malformed,
    /// The text crosses one of the [`Limits`](crate::Limits).
    Limit,
    /// The reader had already finished or failed.
    Terminal,
}

impl ErrorKind {
    /// The name of the kind, as logs and bindings show it.
    pub fn as_str(self) -> &'static str {
        match self {
            ErrorKind::Unfinished => "unfinished",
            ErrorKind::Malformed => "malformed",
            ErrorKind::Limit => "limit",
            ErrorKind::Terminal => "terminal",
        }
    }
}

/// Why reading stopped, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What a caller can do about it.
    pub kind: ErrorKind,
    /// What was wrong, in words.
    pub message: String,
    /// Bytes of the UTF-8 text before the offending one.
    pub offset: u64,
    /// The place in the value.
    pub path: Path,
}

impl Error {
    /// Whether more text could have made this right.
    pub fn is_unfinished(&self) -> bool {
        self.kind == ErrorKind::Unfinished
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (byte {}", self.message, self.offset)?;
        if !self.path.is_empty() {
            write!(f, ", at {}", display(&self.path))?;
        }
        f.write_str(")")
    }
}

impl std::error::Error for Error {}
