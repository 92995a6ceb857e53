//! Changes applied in a second implementation, and merged by the rules of the design.
//!
//! Coming in: changes, and the value they start from. Going out: the value after them; one net change per path.

use super::node::Node;
use pydantic_flow_core::{Change, Op, Path, Reason, Segment};

fn child<'a>(node: &'a mut Node, segment: &Segment) -> Option<&'a mut Node> {
    match (node, segment) {
        (Node::List(items), Segment::Index(index)) => items.get_mut(*index),
        (Node::Object(members), Segment::Key(key)) => {
            members.iter_mut().find(|(name, _)| name == key).map(|(_, value)| value)
        }
        _ => None,
    }
}

/// The node at a path.
pub fn find<'a>(root: &'a Option<Node>, path: &[Segment]) -> Option<&'a Node> {
    let mut node = root.as_ref()?;
    for segment in path {
        node = match (node, segment) {
            (Node::List(items), Segment::Index(index)) => items.get(*index)?,
            (Node::Object(members), Segment::Key(key)) => &members.iter().find(|(name, _)| name == key)?.1,
            _ => return None,
        };
    }
    Some(node)
}

fn set(root: &mut Option<Node>, path: &[Segment], value: Node) -> Result<(), String> {
    let Some((last, above)) = path.split_last() else {
        *root = Some(value);
        return Ok(());
    };
    match (parent(root, above)?, last) {
        (Node::List(items), Segment::Index(index)) if *index < items.len() => items[*index] = value,
        (Node::List(items), Segment::Index(index)) if *index == items.len() => items.push(value),
        (Node::Object(members), Segment::Key(key)) => match members.iter_mut().find(|(name, _)| name == key) {
            Some(member) => member.1 = value,
            None => members.push((key.clone(), value)),
        },
        (parent, last) => return Err(format!("{last:?} cannot be set in {parent:?}")),
    }
    Ok(())
}

fn remove(root: &mut Option<Node>, path: &[Segment]) -> Result<(), String> {
    let Some((last, above)) = path.split_last() else {
        return root.take().map(|_| ()).ok_or("nothing to remove at the root".to_owned());
    };
    match (parent(root, above)?, last) {
        (Node::List(items), Segment::Index(index)) if *index + 1 == items.len() => {
            items.pop();
        }
        (Node::Object(members), Segment::Key(key)) => match members.iter().position(|(name, _)| name == key) {
            Some(at) => {
                members.remove(at);
            }
            None => return Err(format!("no {key:?} to remove")),
        },
        (parent, last) => return Err(format!("{last:?} cannot be removed from {parent:?}")),
    }
    Ok(())
}

fn parent<'a>(root: &'a mut Option<Node>, above: &[Segment]) -> Result<&'a mut Node, String> {
    let mut node = root.as_mut().ok_or("a change below nothing")?;
    for segment in above {
        node = child(node, segment).ok_or_else(|| format!("no way along {segment:?}"))?;
    }
    Ok(node)
}

fn append(root: &mut Option<Node>, path: &[Segment], text: &str) -> Result<(), String> {
    let node = match path.split_last() {
        None => root.as_mut(),
        Some((last, above)) => child(parent(root, above)?, last),
    };
    match node {
        Some(Node::Text(old)) => {
            old.push_str(text);
            Ok(())
        }
        other => Err(format!("cannot append to {other:?}")),
    }
}

/// Applies one change.
pub fn apply(root: &mut Option<Node>, (path, op, _): &Change) -> Result<(), String> {
    match op {
        Op::Set(value) => set(root, path, Node::of(value)),
        Op::Append(text) => append(root, path, text),
        Op::Remove => remove(root, path),
        Op::Replace(value) if path.is_empty() => {
            *root = Some(Node::of(value));
            Ok(())
        }
        Op::Replace(_) => Err("a replace below the root".to_owned()),
    }
    .map_err(|why| format!("{path:?} {op:?}: {why}"))
}

/// What is left of a path's changes.
#[derive(Clone, Debug, PartialEq)]
pub enum NetOp {
    Set(Node),
    Append(String),
    Remove,
}

/// One net change, and whether something shown before was taken back.
pub type NetChange = (Path, NetOp, bool);

/// Merges changes: one per path, nothing below a replaced node, nothing that leaves all as it was; a text that in the
/// end only grew was appended to, and a number may become another.
pub fn net(before: &Option<Node>, changes: &[Change]) -> Vec<NetChange> {
    let mut out: Vec<NetChange> = Vec::new();
    for (path, op, reason) in changes {
        merge(&mut out, before, path, op, *reason);
    }
    for (path, op, taken_back) in &mut out {
        if let (NetOp::Set(Node::Int(_) | Node::Float(_)), Some(Node::Int(_) | Node::Float(_))) =
            (&*op, find(before, path))
        {
            *taken_back = false;
        }
        if let (NetOp::Set(Node::Text(now)), Some(Node::Text(old))) = (&*op, find(before, path))
            && let Some(more) = now.strip_prefix(old.as_str())
        {
            (*op, *taken_back) = (NetOp::Append(more.to_owned()), false);
        }
    }
    out.retain(|(path, op, _)| match (op, find(before, path)) {
        (NetOp::Set(value), Some(old)) => value != old,
        (NetOp::Append(text), _) => !text.is_empty(),
        _ => true,
    });
    out.sort_by(|a, b| a.0.cmp(&b.0));
    out
}

fn merge(
    out: &mut Vec<NetChange>,
    before: &Option<Node>,
    path: &Path,
    op: &Op<pydantic_flow_core::Value>,
    reason: Option<Reason>,
) {
    let old = out.iter().position(|(other, ..)| other == path).map(|at| out.remove(at));
    let now = match (op, old.as_ref().map(|(_, op, _)| op)) {
        (Op::Append(more), Some(NetOp::Set(Node::Text(text)))) => NetOp::Set(Node::Text(format!("{text}{more}"))),
        (Op::Append(more), Some(NetOp::Append(text))) => NetOp::Append(format!("{text}{more}")),
        (Op::Append(more), _) => NetOp::Append(more.clone()),
        (Op::Set(value) | Op::Replace(value), _) => NetOp::Set(Node::of(value)),
        (Op::Remove, _) => NetOp::Remove,
    };
    if !matches!(now, NetOp::Append(_)) {
        out.retain(|(other, ..)| !other.starts_with(path));
    }
    let stood = stood(out, before, path);
    if now == NetOp::Remove && !stood {
        return;
    }
    let taken_back = stood && (reason.is_some() || old.is_some_and(|(.., taken_back)| taken_back));
    out.push((path.clone(), now, taken_back));
}

/// Whether a node stood at the path before these changes, or came with one of them above it.
fn stood(out: &[NetChange], before: &Option<Node>, path: &[Segment]) -> bool {
    let above = out.iter().filter(|(other, ..)| path.len() > other.len() && path.starts_with(other));
    match above.max_by_key(|(other, ..)| other.len()) {
        Some((other, NetOp::Set(value), _)) => find(&Some(value.clone()), &path[other.len()..]).is_some(),
        Some((_, NetOp::Remove, _)) => false,
        _ => find(before, path).is_some(),
    }
}
