//! I2: valid JSON is exact, and so is every prefix of it.

use super::{Verdict, ensure, equal, show};
use crate::oracle::feeding::{How, at_once, every_byte, run};
use crate::oracle::node::Node;
use crate::oracle::peer::valid_json;
use crate::oracle::prefix::read_prefix;
use pydantic_flow_core::{Ending, ErrorKind, Options, repair};

/// Valid JSON is exact: the value, no repair, complete, and every prefix as the prefix oracle reads it.
pub fn i2(text: &[u8]) -> Verdict {
    let Some(want) = valid_json(text).filter(|node| !node.has_odd_float()) else { return Ok(()) };
    let seen = at_once(text, &How::default());
    if seen.error.as_ref().is_some_and(|error| error.kind == ErrorKind::Limit) {
        return Ok(());
    }
    equal("error", &seen.error, &None)?;
    equal("value", &seen.value.clone().map(Node::sorted), &Some(want.sorted()))?;
    equal("repairs", &seen.repairs, &Vec::new())?;
    equal("ending", &seen.ending, &Ending::Complete)?;
    let text_back = repair(text, &Options::default(), false).map_err(|error| error.to_string())?;
    equal("repair of valid text", &text_back.as_bytes(), &text)?;
    i2_prefixes(text)
}

fn i2_prefixes(text: &[u8]) -> Verdict {
    let run = run(text, &every_byte(text), &How::default(), false);
    for (fed, seen) in run.steps.iter().filter(|(fed, _)| *fed < text.len()) {
        let prefix = &text[..*fed];
        let (want, _) = read_prefix(prefix);
        equal(&format!("value of the prefix {:?}", show(prefix)), &seen.value, &want)?;
        ensure(seen.repairs.is_empty(), || format!("repairs of the prefix {:?}: {:?}", show(prefix), seen.repairs))?;
    }
    Ok(())
}

/// A valid text that ends anywhere ends as it should: complete, without closers, truncated, empty; its value is the last
/// snapshot.
pub fn i2_endings(text: &[u8]) -> Verdict {
    if valid_json(text).is_none_or(|node| node.has_odd_float()) {
        return Ok(());
    }
    let whole_characters = |cut: &usize| std::str::from_utf8(&text[..*cut]).is_ok();
    for cut in (0..=text.len()).filter(whole_characters) {
        let prefix = &text[..cut];
        let (value, ending) = read_prefix(prefix);
        let root_number = prefix.trim_ascii_start().first().is_some_and(|b| b.is_ascii_digit() || *b == b'-');
        if root_number {
            continue;
        }
        let seen = at_once(prefix, &How::default());
        if seen.error.as_ref().is_some_and(|error| error.kind == ErrorKind::Limit) {
            return Ok(());
        }
        equal(&format!("ending of {:?}", show(prefix)), &seen.ending, &ending)?;
        equal(&format!("value of {:?}", show(prefix)), &seen.value, &value)?;
        ensure(ending != Ending::Complete || seen.repairs.is_empty(), || format!("repairs of {:?}", show(prefix)))?;
    }
    Ok(())
}
