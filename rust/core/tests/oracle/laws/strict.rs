//! I6: strict mode is RFC 8259 and nothing else.

use super::{Verdict, ensure, equal, show};
use crate::oracle::feeding::{How, at_once};
use crate::oracle::node::Node;
use crate::oracle::peer::{is_viable, valid_json};
use pydantic_flow_core::ErrorKind;

/// Strict mode accepts what serde_json accepts, within double range, and points at the first offending byte.
pub fn i6(text: &[u8]) -> Verdict {
    let want = valid_json(text).filter(|node| !node.has_odd_float());
    let seen = at_once(text, &How::strict());
    let Some(error) = &seen.error else {
        ensure(want.is_some(), || format!("accepted, but it is no JSON: {:?}", seen.value))?;
        return equal("strict value", &seen.value.map(Node::sorted), &want.map(Node::sorted));
    };
    if error.kind == ErrorKind::Limit {
        return Ok(());
    }
    ensure(want.is_none(), || format!("refused, but it is JSON: {error}"))?;
    let offset = error.offset as usize;
    ensure(offset <= text.len(), || format!("the offset lies behind the text: {error}"))?;
    match error.kind {
        ErrorKind::Unfinished => ensure(is_viable(text), || format!("unfinished, but nothing can finish it: {error}")),
        ErrorKind::Malformed => ensure(is_viable(&text[..offset]), || format!("an earlier byte is wrong: {error}")),
        _ => Err(format!("an error of the wrong kind: {error:?}")),
    }
}

/// Every proper prefix of a valid text is unfinished, never malformed, unless it is valid itself.
pub fn i6_prefixes(text: &[u8]) -> Verdict {
    if valid_json(text).is_none_or(|node| node.has_odd_float()) {
        return Ok(());
    }
    for cut in 0..text.len() {
        let prefix = &text[..cut];
        let error = at_once(prefix, &How::strict()).error;
        if error.as_ref().is_some_and(|error| error.kind == ErrorKind::Limit) {
            return Ok(());
        }
        let want = if valid_json(prefix).is_some() { None } else { Some(ErrorKind::Unfinished) };
        equal(&format!("strict error of the prefix {:?}", show(prefix)), &error.map(|error| error.kind), &want)?;
    }
    Ok(())
}
