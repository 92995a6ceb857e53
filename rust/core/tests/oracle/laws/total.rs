//! I5: in tolerant mode only limits are errors, and repaired text is JSON.

use super::{Verdict, ensure};
use crate::oracle::feeding::{How, at_once};
use crate::oracle::node::Node;
use crate::oracle::peer::valid_json;
use pydantic_flow_core::{ErrorKind, Options, repair};

/// In tolerant mode only limits are errors.
pub fn i5(text: &[u8]) -> Verdict {
    let seen = at_once(text, &How::default());
    let fine = seen.error.as_ref().is_none_or(|error| error.kind == ErrorKind::Limit);
    ensure(fine, || format!("an error that is no limit: {:?}", seen.error))
}

/// A repaired text is valid JSON with the value that was read.
pub fn i5_repair(text: &[u8]) -> Verdict {
    let seen = at_once(text, &How::default());
    let Ok(repaired) = repair(text, &Options::default(), false) else {
        return ensure(seen.error.is_some(), || "repair fails where reading does not".to_owned());
    };
    let Some(got) = valid_json(repaired.as_bytes()) else {
        return Err(format!("repair gives no valid JSON: {repaired}"));
    };
    let want = seen.value.unwrap_or(Node::Null);
    if want.has_odd_float() {
        return Ok(());
    }
    ensure(got.clone().sorted() == want.clone().sorted(), || format!("repair gives {repaired}\n  for {want:?}"))
}
