//! I3: snapshots of valid JSON only grow, and what has settled stays.

use super::{Verdict, ensure, show};
use crate::oracle::choices::Dice;
use crate::oracle::feeding::{How, chunks, every_byte, run};
use crate::oracle::node::Node;
use crate::oracle::peer::valid_json;
use crate::oracle::recorder::Recorder;
use crate::oracle::replay::{apply, find};
use pydantic_flow_core::{Reason, Segment};

/// On valid JSON without repeated keys snapshots only grow.
pub fn i3_grows(text: &[u8]) -> Verdict {
    let run = run(text, &every_byte(text), &How::default(), false);
    for pair in run.steps.windows(2) {
        let ((_, before), (fed, after)) = (&pair[0], &pair[1]);
        let Some(before) = &before.value else { continue };
        let grown = after.value.as_ref().is_some_and(|after| grows(before, after));
        ensure(grown, || format!("after {:?}:\n  was {before:?}\n  now {:?}", show(&text[..*fed]), after.value))?;
    }
    Ok(())
}

/// Whether `after` is `before` gone on: only its last open node may differ, and only by growing.
fn grows(before: &Node, after: &Node) -> bool {
    match (before, after) {
        (Node::Text(before), Node::Text(after)) => after.starts_with(before.as_str()),
        (Node::List(before), Node::List(after)) => children_grow(before.iter().zip(after), before.len(), after.len()),
        (Node::Object(before), Node::Object(after)) => {
            before.iter().zip(after).all(|((a, _), (b, _))| a == b)
                && children_grow(before.iter().map(|m| &m.1).zip(after.iter().map(|m| &m.1)), before.len(), after.len())
        }
        (Node::Int(_) | Node::Float(_), Node::Int(_) | Node::Float(_)) => true,
        (before, after) => before == after,
    }
}

fn children_grow<'a>(pairs: impl Iterator<Item = (&'a Node, &'a Node)>, before: usize, after: usize) -> bool {
    before <= after && {
        let pairs: Vec<_> = pairs.collect();
        pairs.iter().enumerate().all(|(at, (a, b))| if at + 1 == before { grows(a, b) } else { a == b })
    }
}

/// A settled node never changes, but by a repeated key or a replaced root; the root settles only at the end.
pub fn i3_settled(text: &[u8]) -> Verdict {
    let mut recorder = Recorder::new();
    let mut settled: Vec<(Vec<Segment>, Node)> = Vec::new();
    let mut value = None;
    let mut cuts = Dice::of(text).cuts(text.len(), text.len() / 3);
    cuts.retain(|&cut| cut > 0);
    let chunks = chunks(text, &cuts);
    for step in 0..=chunks.len() {
        let last = step == chunks.len();
        let fed = if last { recorder.finish() } else { recorder.feed(chunks[step]) };
        if fed.is_err() {
            return Ok(());
        }
        let (changes, news) = recorder.take();
        for change in &changes {
            apply(&mut value, change)?;
            let (path, _, reason) = change;
            if path.is_empty() || *reason == Some(Reason::DuplicateKey) {
                settled.retain(|(place, _)| !place.starts_with(path));
            }
        }
        for (place, was) in &settled {
            let now = find(&value, place);
            ensure(now == Some(was), || format!("{place:?} was settled as {was:?} and is {now:?} after step {step}"))?;
        }
        let everything = last && valid_json(text).is_some();
        if everything {
            i3_all_settled(&value, &settled, &news)?;
        }
        for place in news {
            ensure(last || !place.is_empty(), || "the root settled before the end".to_owned())?;
            // A node that settles and is replaced in one step is not there any more.
            if let Some(node) = find(&value, &place) {
                settled.retain(|(other, _)| *other != place);
                settled.push((place, node.clone()));
            }
        }
    }
    Ok(())
}

/// At the end of valid JSON every node has settled.
fn i3_all_settled(value: &Option<Node>, settled: &[(Vec<Segment>, Node)], news: &[Vec<Segment>]) -> Verdict {
    let mut todo: Vec<(Vec<Segment>, &Node)> = value.iter().map(|node| (Vec::new(), node)).collect();
    while let Some((path, node)) = todo.pop() {
        let known = news.contains(&path) || settled.iter().any(|(place, _)| *place == path);
        ensure(known, || format!("{path:?} never settled"))?;
        let below = |segment| [path.as_slice(), &[segment]].concat();
        match node {
            Node::List(items) => {
                todo.extend(items.iter().enumerate().map(|(at, item)| (below(Segment::Index(at)), item)));
            }
            Node::Object(members) => {
                todo.extend(members.iter().map(|(key, value)| (below(Segment::Key(key.clone())), value)));
            }
            _ => {}
        }
    }
    Ok(())
}
