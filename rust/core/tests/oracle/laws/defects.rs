//! I4: one defect changes nothing else, and nothing is made up.

use super::{Verdict, ensure, show};
use crate::oracle::choices::Choices;
use crate::oracle::defects::{Harm, spoil};
use crate::oracle::documents::{Taste, container_document, text_of};
use crate::oracle::feeding::{How, at_once};
use crate::oracle::node::Node;
use crate::oracle::peer::valid_json;
use crate::oracle::replay::apply;
use pydantic_flow_core::{Op, Segment, Value};

/// One defect in a tame document changes nothing but what it hits.
pub fn i4(choices: &mut Choices<'_>) -> Verdict {
    let mut tokens = container_document(choices, Taste::Tame);
    let whole = text_of(&tokens);
    let Some((name, harm)) = spoil(&mut tokens, choices) else { return Ok(()) };
    let text = text_of(&tokens);
    let seen = at_once(&text, &How::default());
    let want = valid_json(&whole);
    let (got, want) = match &harm {
        Harm::Nothing => (seen.value, want),
        Harm::At(path) => (without(seen.value, path), without(want, path)),
    };
    let fits = match (&got, &want) {
        (Some(got), Some(want)) => got.like(want),
        _ => false,
    };
    let told = || format!("{name}, harm {harm:?}: {}\n   got {got:?}\n  want {want:?}", show(&text));
    ensure(fits, told)?;
    ensure(!seen.repairs.is_empty() || valid_json(&text).is_some(), || format!("{name}: no repair for {}", show(&text)))
}

/// The value with null at a path.
fn without(mut value: Option<Node>, path: &[Segment]) -> Option<Node> {
    let change = (path.to_vec(), Op::Set(Value::Null), None);
    // Where the path is not there the two sides will differ, and that is the verdict.
    if apply(&mut value, &change).is_err() { None } else { value }
}

/// No character stands in a text of the value that does not stand in the input, in that order.
pub fn i4_nothing_invented(text: &[u8]) -> Verdict {
    let input = show(text);
    if input.contains(['\\', '&', '\u{FFFD}']) {
        return Ok(());
    }
    let Some(value) = at_once(text, &How::default()).value else { return Ok(()) };
    for told in value.texts() {
        let mut rest = input.chars();
        ensure(told.chars().all(|c| rest.any(|other| other == c)), || format!("{told:?} does not stand in {input:?}"))?;
    }
    Ok(())
}
