//! What holds with any shape in mind.

use super::{Verdict, ensure, equal, i1, i8};
use crate::oracle::expectations::shaped;
use crate::oracle::feeding::at_once;
use crate::oracle::node::Node;
use crate::oracle::peer::valid_json;
use pydantic_flow_core::{Ending, ErrorKind, Unfinished, repair};

/// Cuts change nothing that can be seen.
pub fn i1_shape(text: &[u8]) -> Verdict {
    i1(text, &shaped(text, true, Unfinished::Hide))?;
    i1(text, &shaped(text, false, Unfinished::Show))
}

/// Valid JSON is exact, whatever is expected, as long as nobody asks for it to be fitted.
pub fn i2_shape(text: &[u8]) -> Verdict {
    let Some(want) = valid_json(text).filter(|node| !node.has_odd_float()) else { return Ok(()) };
    let seen = at_once(text, &shaped(text, false, Unfinished::Show));
    if seen.error.as_ref().is_some_and(|error| error.kind == ErrorKind::Limit) {
        return Ok(());
    }
    equal("error", &seen.error, &None)?;
    equal("value", &seen.value.clone().map(Node::sorted), &Some(want.sorted()))?;
    equal("repairs", &seen.repairs, &Vec::new())?;
    equal("ending", &seen.ending, &Ending::Complete)
}

/// Only limits are errors, what is not as it was read has a repair, and a repaired text is JSON with the value that was read.
pub fn i5_shape(text: &[u8]) -> Verdict {
    let how = shaped(text, true, Unfinished::Show);
    let seen = at_once(text, &how);
    let fine = seen.error.as_ref().is_none_or(|error| error.kind == ErrorKind::Limit);
    ensure(fine, || format!("an error that is no limit: {:?}", seen.error))?;
    let Ok(repaired) = repair(text, &how.options, false) else {
        return ensure(seen.error.is_some(), || "repair fails where reading does not".to_owned());
    };
    let Some(got) = valid_json(repaired.as_bytes()) else {
        return Err(format!("repair gives no valid JSON: {repaired}"));
    };
    let want = seen.value.unwrap_or(Node::Null);
    if want.has_odd_float() {
        return Ok(());
    }
    ensure(got.clone().sorted() == want.clone().sorted(), || format!("repair gives {repaired}\n  for {want:?}"))?;
    match valid_json(text) {
        Some(plain) if !plain.has_odd_float() && seen.repairs.is_empty() => {
            ensure(plain.sorted() == want.sorted(), || "a value was changed without a repair".to_owned())
        }
        _ => Ok(()),
    }
}

/// The changes replay to every snapshot.
pub fn i8_shape(text: &[u8]) -> Verdict {
    i8(text, &shaped(text, true, Unfinished::Hide))?;
    i8(text, &shaped(text, false, Unfinished::Show))
}
