//! The value as of now, kept from look to look.
//!
//! Coming in: a tree, and what stands at the edge. Going out: the value with all that has been read.
//! Decided elsewhere: what is whole and what is open (`tree`).
//!
//! Open containers are kept as they were last shown, and a look puts into them what has come since. Each may hold one child that
//! is not whole, its tip: the next open container, or what stands at the edge.

use crate::sink::Edge;
use crate::tree::{Builder, Tree, empty};
use crate::value::{Places, Value, Values};
use std::sync::Arc;

/// Shows a tree. While somebody holds what was shown last, the one before it goes on.
#[derive(Default)]
pub(crate) struct Snapshots {
    shelves: [Shelf; 2],
    turn: usize,
}

#[derive(Default)]
struct Shelf {
    value: Option<Value>,
    /// The open containers, outermost first.
    levels: Vec<Level>,
    /// What tells the edge's place from others: its container, how much is on the stack, and the tree's own mark.
    edge: (u64, usize, u64),
}

#[derive(Default)]
struct Level {
    /// The container's, in its tree.
    id: u64,
    /// So many of its entries on the stack have been put in.
    taken: usize,
    tip: Tip,
    places: Places,
}

/// Where the child stands that is not whole.
#[derive(Default)]
enum Tip {
    #[default]
    Nowhere,
    Last,
    /// At the place of an earlier member with its key, which had this value.
    Over(usize, Value),
}

impl Snapshots {
    /// The value as of now.
    pub(crate) fn take<'a>(&'a mut self, tree: &'a Tree<Values>, edge: Edge<'_>) -> Option<&'a Value> {
        if tree.open_containers().is_empty() && edge == Edge::Nothing {
            *self = Snapshots::default();
            return tree.root();
        }
        if self.shelves[self.turn].value.as_ref().is_some_and(Value::is_shared) {
            self.turn ^= 1;
        }
        self.shelves[self.turn].catch_up(tree, edge)
    }
}

impl Shelf {
    fn catch_up(&mut self, tree: &Tree<Values>, edge: Edge<'_>) -> Option<&Value> {
        let (stack, open) = (tree.stack(), tree.open_containers());
        let place = (open.last().map_or(0, |open| open.id), stack.len(), tree.edge_id());
        let goes_on = std::mem::replace(&mut self.edge, place) == place && self.levels.len() == open.len();
        if let Some(tip) = self.innermost_tip(tree, edge != Edge::Nothing, goes_on) {
            if let Edge::Text(text) = edge {
                show_text(tip, text, goes_on);
            } else if let Edge::Scalar(scalar) = edge {
                *tip = Values.scalar(scalar);
            }
        }
        self.value.as_ref()
    }

    /// Puts in all that is whole, and gives the place of the edge, if it has one; what it shows stays if it `goes_on`.
    fn innermost_tip(&mut self, tree: &Tree<Values>, shows: bool, goes_on: bool) -> Option<&mut Value> {
        let (stack, open) = (tree.stack(), tree.open_containers());
        let kept = self.levels.iter().zip(open).take_while(|(level, open)| level.id == open.id).count();
        self.levels.truncate(kept);
        let mut at = self.value.get_or_insert(Value::Null);
        for (depth, container) in open.iter().enumerate() {
            if depth >= kept {
                *at = empty(&mut Values, container.kind);
                self.levels.push(Level { id: container.id, ..Level::default() });
            }
            let level = &mut self.levels[depth];
            let child = open.get(depth + 1);
            let entries = &stack[container.base..child.map_or(stack.len(), |child| child.base)];
            let shows = child.is_some() || shows;
            if depth + 1 >= kept && !(shows && goes_on) {
                level.hide(at);
                level.take(at, entries);
            }
            if shows {
                level.show(at, entries);
            }
            at = level.tip(at)?;
        }
        Some(at)
    }
}

fn show_text(at: &mut Value, text: &str, goes_on: bool) {
    if let (Value::Text(shown), true) = (&mut *at, goes_on)
        && let Some(more) = text.get(shown.len()..)
    {
        return shown.grow(more);
    }
    *at = Value::Text(text.into());
}

impl Level {
    /// Takes the tip off.
    fn hide(&mut self, container: &mut Value) {
        match (container, std::mem::take(&mut self.tip)) {
            (Value::Object(members), Tip::Over(place, value)) => Arc::make_mut(members)[place].1 = value,
            (Value::Object(members), Tip::Last) => drop(Arc::make_mut(members).pop()),
            (Value::Array(items), Tip::Last) => drop(Arc::make_mut(items).pop()),
            _ => {}
        }
    }

    /// Puts in the whole children that have come since. There is no tip.
    fn take(&mut self, container: &mut Value, entries: &[Value]) {
        let new = &entries[self.taken..];
        match container {
            Value::Object(members) if new.len() > 1 => {
                let members = Arc::make_mut(members);
                self.taken += new.len() / 2 * 2;
                for pair in new.chunks_exact(2) {
                    self.places.put(members, &pair[0], pair[1].clone());
                }
            }
            Value::Array(items) if !new.is_empty() => {
                self.taken = entries.len();
                Arc::make_mut(items).extend_from_slice(new);
            }
            _ => {}
        }
    }

    /// Makes room for a tip where there is none. In an object it stands under the key that has no value yet.
    fn show(&mut self, container: &mut Value, entries: &[Value]) {
        match (container, &self.tip, entries.last()) {
            (Value::Array(items), Tip::Nowhere, _) => Arc::make_mut(items).push(Value::Null),
            (Value::Object(members), Tip::Nowhere, Some(Value::Text(key))) if entries.len() % 2 == 1 => {
                let members = Arc::make_mut(members);
                if let Some(place) = self.places.of(members, key) {
                    self.tip = Tip::Over(place, std::mem::replace(&mut members[place].1, Value::Null));
                    return;
                }
                members.push((key.shared(), Value::Null));
            }
            _ => return,
        }
        self.tip = Tip::Last;
    }

    /// The tip, if there is one.
    fn tip<'a>(&self, container: &'a mut Value) -> Option<&'a mut Value> {
        match (container, &self.tip) {
            (Value::Object(members), Tip::Over(place, _)) => Arc::make_mut(members).get_mut(*place).map(|(_, tip)| tip),
            (Value::Object(members), Tip::Last) => Arc::make_mut(members).last_mut().map(|(_, tip)| tip),
            (Value::Array(items), Tip::Last) => Arc::make_mut(items).last_mut(),
            _ => None,
        }
    }
}
