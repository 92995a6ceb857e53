//! serde_json as the judge of what is RFC 8259.
//!
//! Coming in: bytes. Going out: its value, or whether the bytes could become one. Any depth, numbers by their text.

use super::node::Node;
use serde_json::{Deserializer, Result, Value};

/// What serde_json reads; None where it refuses.
pub fn valid_json(text: &[u8]) -> Option<Node> {
    value(text).map(|value| Node::of_serde(&value))
}

/// The same as serde_json gives it.
pub fn value(text: &[u8]) -> Option<Value> {
    match first(text) {
        Some(Ok((value, end))) if only_blanks(&text[end..]) => Some(value),
        _ => None,
    }
}

/// Whether a text can be continued to a valid one, as far as serde_json can tell.
pub fn is_viable(prefix: &[u8]) -> bool {
    match first(prefix) {
        None => true,
        Some(Ok((_, end))) => only_blanks(&prefix[end..]),
        Some(Err(error)) => error.is_eof(),
    }
}

/// The first value of a text and where it ends.
fn first(text: &[u8]) -> Option<Result<(Value, usize)>> {
    let mut reader = Deserializer::from_slice(text);
    reader.disable_recursion_limit();
    let mut values = reader.into_iter();
    let first = values.next()?;
    Some(first.map(|value| (value, values.byte_offset())))
}

fn only_blanks(rest: &[u8]) -> bool {
    rest.iter().all(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n'))
}
