//! I9, I10, I11: snapshots stay, text is clean, and a parser that ended says so.

use super::{Verdict, ensure, equal, show, tight};
use crate::oracle::choices::{Choices, Dice};
use crate::oracle::feeding::{How, Seen, chunks, every_byte, look, run, seen_of_prefix};
use crate::oracle::node::Node;
use crate::oracle::texts;
use pydantic_flow_core::{Ending, ErrorKind, Value};

/// A snapshot that is held never changes, and whether any is held changes nothing of the next.
pub fn i9(text: &[u8]) -> Verdict {
    let mut parser = How::default().parser();
    let mut dice = Dice::of(text);
    let mut held: Vec<(Value, Node)> = Vec::new();
    let mut fed = 0;
    for chunk in chunks(text, &dice.cuts(text.len(), 12)) {
        if parser.feed(chunk).is_err() {
            break;
        }
        fed += chunk.len();
        let value = parser.snapshot().cloned();
        let want = seen_of_prefix(&text[..fed], &How::default()).value;
        equal("a look after others that are held", &value.as_ref().map(Node::of), &want)?;
        // Some are held to the end, some until others come, most are not.
        match dice.below(4) {
            0 => held.extend(value.zip(want)),
            1 => drop(held.pop()),
            _ => {}
        }
    }
    let finished = parser.finish();
    held.iter().try_for_each(|(value, was)| equal("a snapshot that was held", &Node::of(value), was))?;
    drop(finished);
    Ok(())
}

/// The content of a string is the text of its bytes, decoded as the Unicode standard recommends.
pub fn i10(text: &[u8]) -> Verdict {
    let inner: Vec<u8> = text.iter().copied().filter(|b| !matches!(b, b'"' | b'\\')).collect();
    let document = [b"[\"", inner.as_slice(), b"\"]"].concat();
    let run = run(&document, &every_byte(&document), &How::default(), false);
    let want = Node::List(vec![Node::Text(show(&inner))]);
    equal(&format!("value of {document:?}"), &run.last.value, &Some(want))
}

/// Nothing panics; after an error or the end a parser says so the same way each time and keeps its value.
pub fn i11(text: &[u8]) -> Verdict {
    for how in [How::default(), How::strict(), tight(text)] {
        let mut parser = how.parser();
        for chunk in chunks(text, &Dice::of(text).cuts(text.len(), 3)) {
            if parser.feed(chunk).is_err() {
                break;
            }
        }
        drop(parser.finish());
        let before = look(&mut parser, None);
        let told = parser.feed(b"[1").err();
        equal("the kind of error after the end", &told.as_ref().map(|told| told.kind), &Some(ErrorKind::Terminal))?;
        equal("the next error", &parser.finish().err(), &told)?;
        equal("the one after", &parser.feed(b"").err(), &told)?;
        equal("what is shown after the end", &look(&mut parser, None), &before)?;
    }
    Ok(())
}

/// Any calls in any order: nothing panics, and a parser that ended stays as it is.
pub fn i11_any_calls(choices: &mut Choices<'_>) -> Verdict {
    let how = [How::default(), How::strict(), How::hiding()][choices.below(3)].clone();
    let mut parser = how.parser();
    let mut ended: Option<Seen> = None;
    let text = texts::any(choices);
    let mut rest = text.as_slice();
    for _ in 0..4 + choices.below(20) {
        let told = match choices.below(6) {
            0 | 1 => {
                let (chunk, after) = rest.split_at(choices.below(rest.len() + 1));
                rest = after;
                Some(parser.feed(chunk).err())
            }
            2 if choices.one_in(3) => Some(parser.finish().err()),
            3 => {
                parser.changes();
                None
            }
            4 => {
                parser.record();
                None
            }
            _ => None,
        };
        let seen = look(&mut parser, None);
        if let Some(ended) = &ended {
            equal("what is shown after the end", &seen, ended)?;
            let kind = told.map(|error| error.map(|error| error.kind));
            ensure(kind.is_none_or(|kind| kind == Some(ErrorKind::Terminal)), || format!("not terminal: {kind:?}"))?;
        } else if told.is_some_and(|error| error.is_some()) || seen.ending != Ending::Open {
            ended = Some(seen);
        }
    }
    Ok(())
}
