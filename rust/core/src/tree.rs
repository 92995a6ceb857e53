//! From a walk to values, and what changed on the way.
//!
//! Coming in: the machine's calls. Going out: whole values, built exactly sized when their container closes; a log of changes.
//! Decided elsewhere: what a value is made of ([`Builder`]), how an unfinished tree is shown (the bindings).
//!
//! Whole values wait on one stack; a container takes its children off it when it closes. The log holds what a receiver
//! of changes needs to know, in a form that costs little to write; paths are only spelled out when somebody looks.

use crate::number::Number;
use crate::path::Segment;
use crate::sink::{Edge, Head, Kind, Reason, Scalar, Sink};
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::vec::Drain;

/// So many paths of containers are kept from one record to the next.
const NODES_KEPT: usize = 256;

/// Up to so many keys are compared one by one, more by their hashes.
const FEW_KEYS: usize = 16;

/// Makes values.
pub trait Builder {
    /// A value or key. Cloning shares it.
    type Value: Clone;

    /// A scalar.
    fn scalar(&mut self, scalar: Scalar<'_>) -> Self::Value;
    /// A key.
    fn key(&mut self, text: &str) -> Self::Value;
    /// The head that likely comes next, where the text goes on with it. See [`Sink::foresees`].
    #[inline(always)]
    fn foresees(&mut self, text: &[u8], first: bool) -> Option<Head> {
        let _ = (text, first);
        None
    }
    /// The key of the head that was foreseen. Only asked for where there was one.
    #[inline(always)]
    fn foreseen_key(&mut self) -> Option<Self::Value> {
        None
    }
    /// A key, and the head that it stands in.
    #[inline(always)]
    fn key_in(&mut self, text: &str, head: Head, first: bool) -> Self::Value {
        let _ = first;
        self.key(&text[head.from..head.to])
    }
    /// An object of keys and values in turn; a repeated key keeps its last value.
    fn object(&mut self, members: Drain<'_, Self::Value>) -> Self::Value;
    /// An array.
    fn array(&mut self, items: Drain<'_, Self::Value>) -> Self::Value;
    /// The text of a key.
    fn key_text(&self, key: &Self::Value) -> String;
    /// Whether two keys have the same text.
    fn same_key(&self, a: &Self::Value, b: &Self::Value) -> bool;
}

/// An open container on the stack.
#[derive(Clone, Copy, Debug)]
pub struct Open {
    /// Index in the stack of its first child.
    pub base: usize,
    /// Object or array.
    pub kind: Kind,
    /// Differs between any two containers of one tree.
    pub id: u64,
    /// A group that may stand for its single item, so that nothing in it is settled yet.
    pub group: bool,
    /// Its place in the log's arena of paths, where `epoch` is the log's.
    node: usize,
    epoch: u64,
}

/// What a change does.
#[derive(Clone, Debug, PartialEq)]
pub enum Op<V> {
    /// The node has this value now; an index equal to the length appends.
    Set(V),
    /// This text follows the string's text.
    Append(String),
    /// The node is gone.
    Remove,
    /// The whole value is this now.
    Replace(V),
}

/// A node that has settled: where it is, and its value.
pub type Settled<V> = (Vec<PathPart<V>>, V);

/// One change: where, what, and why if something shown was taken back.
pub type Change<V> = (Vec<PathPart<V>>, Op<V>, Option<Reason>);

/// What one entry of the log does, as it stands there.
#[derive(Clone, Copy, Debug)]
pub enum Step<'a, V> {
    /// An empty container.
    Open(Kind),
    /// As [`Op::Set`].
    Set(&'a V),
    /// As [`Op::Append`].
    Append(&'a str),
    /// As [`Op::Remove`].
    Remove,
    /// As [`Op::Replace`].
    Replace(&'a V),
}

/// One step of a change's path.
#[derive(Clone, Debug, PartialEq)]
pub enum PathPart<V> {
    /// By key.
    Key(V),
    /// By index.
    Index(usize),
}

/// Where an entry of the log is: under a node of the arena, or at the root.
type Target<V> = Option<(usize, PathPart<V>)>;

#[derive(Clone)]
enum What<V> {
    Open(Kind),
    Value(V),
    /// This part of the log's text.
    Append(Range<usize>),
    Remove,
    Replace(V),
    Settled,
}

struct Entry<V> {
    target: Target<V>,
    what: What<V>,
    reason: Option<Reason>,
}

struct Log<V> {
    entries: Vec<Entry<V>>,
    /// What strings were appended, one after another.
    text: String,
    /// Paths of containers: parent and last step. Node 0 is the root.
    nodes: Vec<(usize, PathPart<V>)>,
    epoch: u64,
    /// Hashes of the keys of each open object that has many, to tell repeated ones.
    keys: Vec<HashSet<u64>>,
    duplicate: bool,
    /// There was a value when this record began.
    rooted: bool,
    /// The last key of the innermost object is such a one.
    repeated: bool,
}

/// What of the edge has been shown.
#[derive(Clone, Debug, Default, PartialEq)]
enum Shown {
    #[default]
    Nothing,
    /// So many bytes of the string.
    Text(usize),
    /// A number or literal.
    Scalar(Mark),
}

/// What tells a number or literal from others.
#[derive(Clone, Debug, PartialEq)]
enum Mark {
    Null,
    Bool(bool),
    Int(i64),
    Big(String),
    /// Its bits.
    Float(u64),
    Text,
}

impl Mark {
    fn of(scalar: Scalar<'_>) -> Mark {
        match scalar {
            Scalar::Null => Mark::Null,
            Scalar::Bool(value) => Mark::Bool(value),
            Scalar::Number(Number::Int(value), _) => Mark::Int(value),
            Scalar::Number(Number::Big(digits), _) => Mark::Big(digits.to_owned()),
            Scalar::Number(Number::Float(value), _) => Mark::Float(value.to_bits()),
            Scalar::Text(_) => Mark::Text,
        }
    }

    fn is_number(&self) -> bool {
        matches!(self, Mark::Int(_) | Mark::Big(_) | Mark::Float(_))
    }
}

/// Builds values of a walk. See the module's head.
pub struct Tree<B: Builder> {
    /// What makes the values.
    pub builder: B,
    stack: Vec<B::Value>,
    open: Vec<Open>,
    next_id: u64,
    log: Option<Log<B::Value>>,
    shown: Shown,
    /// Room for a path while it is spelled out.
    path: Vec<PathPart<B::Value>>,
    /// Differs between any two texts that stood at the edge of one place.
    edge_id: u64,
    /// First member of the root that changed visibly since the last [`Tree::take_touched`].
    touched: Option<usize>,
    /// Nodes with paths up to this length are collected when they settle.
    watch: usize,
    watched: Vec<Settled<B::Value>>,
    replaced: Option<Reason>,
    /// A member or item of the root has settled since the last [`Tree::take_member_settled`].
    member_settled: bool,
}

impl<B: Builder> Tree<B> {
    /// An empty tree.
    pub fn new(builder: B) -> Self {
        Tree {
            builder,
            stack: Vec::with_capacity(64),
            open: Vec::with_capacity(8),
            next_id: 1,
            log: None,
            shown: Shown::Nothing,
            path: Vec::new(),
            edge_id: 0,
            touched: None,
            watch: 0,
            member_settled: false,
            watched: Vec::new(),
            replaced: None,
        }
    }

    /// Whole values, children of the open containers, outermost first.
    pub fn stack(&self) -> &[B::Value] {
        &self.stack
    }

    /// The open containers, outermost first.
    pub fn open_containers(&self) -> &[Open] {
        &self.open
    }

    /// Tells the text at the edge from others that stood at the same place before.
    pub fn edge_id(&self) -> u64 {
        self.edge_id
    }

    /// The finished root.
    pub fn root(&self) -> Option<&B::Value> {
        if self.open.is_empty() { self.stack.first() } else { None }
    }

    /// Hands over the finished root.
    pub fn take_root(&mut self) -> Option<B::Value> {
        if self.open.is_empty() { self.stack.pop() } else { None }
    }

    /// Whether changes are being recorded.
    pub fn is_recording(&self) -> bool {
        self.log.is_some()
    }

    /// Records changes from here on. What has been read before is not in the log.
    pub fn record(&mut self, edge: Edge<'_>) {
        if self.log.is_none() {
            self.log = Some(Log {
                entries: Vec::new(),
                text: String::new(),
                nodes: Vec::new(),
                epoch: self.next_id,
                keys: vec![HashSet::new(); self.open.len()],
                duplicate: false,
                repeated: self.last_key_repeats(),
                rooted: !self.stack.is_empty() || !self.open.is_empty() || edge != Edge::Nothing,
            });
            self.shown = Shown::of(edge);
        }
    }

    /// Forgets what was recorded so far; recording goes on.
    pub fn drop_record(&mut self) {
        let rooted = !self.stack.is_empty() || !self.open.is_empty() || self.shown != Shown::Nothing;
        if let Some(log) = &mut self.log {
            log.rooted = rooted;
            log.entries.clear();
            log.text.clear();
            // The next record is likely about the same containers.
            if log.nodes.len() > NODES_KEPT {
                self.next_id += 1;
                log.nodes.clear();
                log.epoch = self.next_id;
            }
        }
    }

    /// Whether anything visible is in the log.
    pub fn has_changes(&self) -> bool {
        self.log.as_ref().is_some_and(|log| log.entries.iter().any(|entry| !matches!(entry.what, What::Settled)))
    }

    /// Puts the difference between the edge as last shown and as it is now into the log.
    pub fn log_edge(&mut self, edge: Edge<'_>) {
        if self.log.is_none() || self.shown.same(edge) {
            return;
        }
        let now = Shown::of(edge);
        let before = std::mem::replace(&mut self.shown, now);
        match (before, edge) {
            (Shown::Text(len), Edge::Text(text)) if text.len() >= len => self.write_append(&text[len..]),
            (_, Edge::Nothing) => self.remove(),
            (before, Edge::Text(text)) => {
                let value = self.builder.scalar(Scalar::Text(text));
                self.write(What::Value(value), before.taken_back(edge));
            }
            (before, Edge::Scalar(scalar)) => {
                let value = self.builder.scalar(scalar);
                self.write(What::Value(value), before.taken_back(edge));
            }
        }
    }

    /// The recorded changes, spelled out.
    pub fn changes(&mut self) -> Vec<Change<B::Value>> {
        let mut changes = Vec::new();
        self.each_change(|path, step, reason, builder| {
            let op = match step {
                Step::Open(kind) => Op::Set(empty(builder, kind)),
                Step::Set(value) => Op::Set(value.clone()),
                Step::Append(text) => Op::Append(text.to_owned()),
                Step::Remove => Op::Remove,
                Step::Replace(value) => Op::Replace(value.clone()),
            };
            changes.push((path.to_vec(), op, reason));
        });
        changes
    }

    /// Shows the recorded changes one by one, without a copy of each.
    pub fn each_change(
        &mut self,
        mut visit: impl FnMut(&[PathPart<B::Value>], Step<'_, B::Value>, Option<Reason>, &mut B),
    ) {
        let Some(log) = &self.log else { return };
        let mut path = std::mem::take(&mut self.path);
        for entry in &log.entries {
            let step = match &entry.what {
                What::Settled => continue,
                What::Open(kind) => Step::Open(*kind),
                What::Value(value) => Step::Set(value),
                What::Append(range) => Step::Append(&log.text[range.clone()]),
                What::Remove => Step::Remove,
                What::Replace(value) => Step::Replace(value),
            };
            path.clear();
            log.spell_path(&entry.target, &mut path);
            visit(&path, step, entry.reason, &mut self.builder);
        }
        path.clear();
        self.path = path;
    }

    /// Paths of the nodes that have settled, as recorded; not those that a repeated key replaced afterwards.
    pub fn settled(&self) -> Vec<Vec<PathPart<B::Value>>> {
        let Some(log) = &self.log else { return Vec::new() };
        let mut replaced: HashSet<Vec<Segment>> = HashSet::new();
        let mut settled = Vec::new();
        for entry in log.entries.iter().rev() {
            let repeated = entry.reason == Some(Reason::DuplicateKey);
            if !repeated && !matches!(entry.what, What::Settled) {
                continue;
            }
            let path = log.path(&entry.target);
            if repeated {
                replaced.insert(self.segments(&path));
            } else if replaced.is_empty() || !self.is_below(&path, &replaced) {
                settled.push(path);
            }
        }
        settled.reverse();
        settled
    }

    fn segments(&self, path: &[PathPart<B::Value>]) -> Vec<Segment> {
        let step = |part: &PathPart<B::Value>| match part {
            PathPart::Key(key) => Segment::Key(self.builder.key_text(key)),
            PathPart::Index(index) => Segment::Index(*index),
        };
        path.iter().map(step).collect()
    }

    fn is_below(&self, path: &[PathPart<B::Value>], replaced: &HashSet<Vec<Segment>>) -> bool {
        let path = self.segments(path);
        (0..=path.len()).any(|len| replaced.contains(&path[..len]))
    }

    /// Collects nodes whose path has up to `depth` steps when they settle, for [`Tree::take_watched`].
    pub fn watch(&mut self, depth: usize) {
        self.watch = depth;
    }

    /// The watched nodes that have settled since the last call, in the order of their settling.
    pub fn take_watched(&mut self) -> Vec<Settled<B::Value>> {
        std::mem::take(&mut self.watched)
    }

    /// Whether any watched node has settled since the last [`Tree::take_watched`].
    pub fn has_watched(&self) -> bool {
        !self.watched.is_empty()
    }

    /// The first member of the root that changed visibly since the last call.
    pub fn take_touched(&mut self) -> Option<usize> {
        self.touched.take()
    }

    /// Whether a member or item of the root has settled since the last call (while changes are recorded).
    pub fn take_member_settled(&mut self) -> bool {
        std::mem::take(&mut self.member_settled)
    }

    /// Whether the whole root was replaced and nobody has asked why.
    pub fn is_replaced(&self) -> bool {
        self.replaced.is_some()
    }

    /// Why the whole root was replaced since the last call, if it was.
    pub fn take_replaced(&mut self) -> Option<Reason> {
        self.replaced.take()
    }

    /// Tells that the text has ended: the root is settled.
    pub fn finish(&mut self) {
        if let (Some(log), true) = (&mut self.log, self.open.is_empty() && !self.stack.is_empty()) {
            log.entries.push(Entry { target: None, what: What::Settled, reason: None });
        }
    }

    /// The place of the next child of the innermost container.
    fn target(&mut self) -> Target<B::Value> {
        let level = self.open.len().checked_sub(1)?;
        let node = self.node(level);
        Some((node, self.part(level, self.stack.len())))
    }

    /// The step from the container at `level` to its child that ends at `end` in the stack.
    fn part(&self, level: usize, end: usize) -> PathPart<B::Value> {
        let open = &self.open[level];
        match open.kind {
            Kind::Array => PathPart::Index(end - open.base),
            Kind::Object => PathPart::Key(self.stack[end - 1].clone()),
        }
    }

    /// The node of the container at `level`, made where this log has none yet.
    fn node(&mut self, level: usize) -> usize {
        let Some(epoch) = self.log.as_ref().map(|log| log.epoch) else {
            return 0;
        };
        let known = (0..=level).rev().find(|&at| self.open[at].epoch == epoch);
        let first = known.map_or(0, |at| at + 1);
        for at in first..=level {
            let node = if at == 0 {
                0
            } else {
                let part = self.part(at - 1, self.open[at].base);
                let parent = self.open[at - 1].node;
                self.log.as_mut().map_or(0, |log| {
                    log.nodes.push((parent, part));
                    log.nodes.len()
                })
            };
            self.open[at].node = node;
            self.open[at].epoch = epoch;
        }
        self.open[level].node
    }

    /// Collects the next child of the innermost container, which settles with this value.
    fn collect(&mut self, value: &B::Value) {
        if !(1..=self.watch).contains(&self.open.len()) || self.open.iter().any(|open| open.group) {
            return;
        }
        let ends = self.open[1..].iter().map(|open| open.base).chain([self.stack.len()]);
        let path = ends.enumerate().map(|(level, end)| self.part(level, end)).collect();
        self.watched.push((path, value.clone()));
    }

    /// Tells that the next child of the innermost container will not change any more.
    fn settle(&mut self) {
        self.member_settled |= self.open.len() == 1;
        if !self.open.is_empty() && !self.open.iter().any(|open| open.group) {
            self.write(What::Settled, None);
        }
    }

    /// Writes an entry about the next child of the innermost container.
    fn write(&mut self, what: What<B::Value>, reason: Option<Reason>) {
        let target = self.target();
        if !matches!(what, What::Settled) {
            self.touch();
        }
        if let Some(log) = &mut self.log {
            let duplicate = std::mem::take(&mut log.duplicate).then_some(Reason::DuplicateKey);
            log.entries.push(Entry { target, what, reason: reason.or(duplicate) });
        }
    }

    fn write_append(&mut self, text: &str) {
        let Some(log) = &mut self.log else { return };
        let from = log.text.len();
        log.text.push_str(text);
        let range = from..log.text.len();
        self.write(What::Append(range), None);
    }

    /// What was shown at the edge is gone; under a repeated key the earlier value shows again.
    fn remove(&mut self) {
        let what = self.earlier().map_or(What::Remove, What::Value);
        self.write(what, Some(Reason::Reread));
    }

    /// The value of an earlier member with the key that the stack ends in, if the log knows of one.
    fn earlier(&self) -> Option<B::Value> {
        let open = self.open.last().filter(|open| open.kind == Kind::Object)?;
        if !self.log.as_ref().is_some_and(|log| log.repeated) {
            return None;
        }
        let (key, members) = self.stack[open.base..].split_last()?;
        let mut pairs = members.chunks_exact(2).rev();
        pairs.find(|pair| self.builder.same_key(&pair[0], key)).map(|pair| pair[1].clone())
    }

    fn touch(&mut self) {
        let Some(root) = self.open.first() else {
            return;
        };
        let end = self.open.get(1).map_or(self.stack.len(), |child| child.base);
        let member = (end - root.base).saturating_sub(1) / 2;
        self.touched = Some(self.touched.map_or(member, |before| before.min(member)));
    }

    /// Logs and collects a scalar that is about to be committed.
    #[inline(never)]
    fn tell_scalar(&mut self, scalar: Scalar<'_>, value: &B::Value) {
        if self.log.is_some() {
            self.log_scalar(scalar, value);
        }
        if self.watch > 0 {
            self.collect(value);
        }
    }

    /// Writes what committing a scalar changes, given what of it was shown.
    fn log_scalar(&mut self, scalar: Scalar<'_>, value: &B::Value) {
        let before = std::mem::take(&mut self.shown);
        match (&before, scalar) {
            (Shown::Text(len), Scalar::Text(text)) if text.len() >= *len => {
                if text.len() > *len {
                    self.write_append(&text[*len..]);
                }
            }
            _ if before.same(Edge::Scalar(scalar)) => {}
            _ => {
                let reason = before.taken_back(Edge::Scalar(scalar));
                self.write(What::Value(value.clone()), reason);
            }
        }
        self.settle();
    }

    /// Whether the key that the stack ends in, if any, has come before in its object.
    fn last_key_repeats(&self) -> bool {
        let Some(open) = self.open.last().filter(|open| open.kind == Kind::Object) else { return false };
        let entries = &self.stack[open.base..];
        let (Some(last), false) = (entries.last(), entries.len().is_multiple_of(2)) else { return false };
        entries[..entries.len() - 1].iter().step_by(2).any(|key| self.builder.same_key(key, last))
    }

    /// Notes whether the innermost object has a key already.
    #[inline(never)]
    fn log_key(&mut self, key: &B::Value, text: &str) {
        let (Some(log), Some(open)) = (&mut self.log, self.open.last()) else { return };
        let entries = &self.stack[open.base..];
        let builder = &self.builder;
        log.repeated = if entries.len() <= 2 * FEW_KEYS {
            entries.iter().step_by(2).any(|other| builder.same_key(other, key))
        } else {
            log.keys.last_mut().is_some_and(|keys| {
                if keys.is_empty() {
                    keys.extend(entries.iter().step_by(2).map(|key| hashed(&builder.key_text(key))));
                }
                !keys.insert(hashed(text))
            })
        };
        log.duplicate = log.repeated;
    }

    /// A settled child of the innermost container is none any more: the root as it is now takes the place of the one before.
    fn replace_root(&mut self) {
        self.shown = Shown::Nothing;
        self.edge_id += 1;
        self.replaced = Some(Reason::Reread);
        self.touched = Some(0);
        self.watched.clear();
        self.next_id += 1;
        if let Some(open) = self.open.last_mut() {
            open.id = self.next_id;
        }
        if self.log.is_none() && self.watch == 0 {
            return;
        }
        let root = so_far(&mut self.builder, &self.stack, &self.open);
        if let (Some(log), Some(root)) = (&mut self.log, root) {
            log.entries.clear();
            log.text.clear();
            log.entries.push(Entry { target: None, what: What::Replace(root), reason: Some(Reason::Reread) });
        }
        for level in 0..self.open.len() {
            self.settle_again(level);
        }
    }

    /// The whole children of the open container at `level` are settled, as they were.
    fn settle_again(&mut self, level: usize) {
        let Open { base, kind, .. } = self.open[level];
        let end = self.open.get(level + 1).map_or(self.stack.len(), |child| child.base);
        let node = self.node(level);
        let (first, step) = if kind == Kind::Object { (base + 1, 2) } else { (base, 1) };
        for at in (first..end).step_by(step) {
            let part = self.part(level, at);
            if level < self.watch {
                let ends = self.open[1..=level].iter().map(|open| open.base);
                let mut path: Vec<_> = ends.enumerate().map(|(level, end)| self.part(level, end)).collect();
                path.push(part.clone());
                self.watched.push((path, self.stack[at].clone()));
            }
            if let Some(log) = &mut self.log {
                log.entries.push(Entry { target: Some((node, part)), what: What::Settled, reason: None });
            }
        }
    }

    fn push_open(&mut self, kind: Kind) {
        self.next_id += 1;
        self.open.push(Open { base: self.stack.len(), kind, id: self.next_id, group: false, node: 0, epoch: 0 });
        if let Some(log) = &mut self.log {
            log.keys.push(HashSet::new());
        }
    }

    fn pop_open(&mut self) -> Option<Open> {
        if let Some(log) = &mut self.log {
            log.keys.pop();
        }
        self.open.pop()
    }

    fn finish_container(&mut self, open: Open) {
        let value = match open.kind {
            Kind::Object => {
                if (self.stack.len() - open.base) % 2 == 1 {
                    // A key whose value never came.
                    self.stack.pop();
                }
                self.builder.object(self.stack.drain(open.base..))
            }
            Kind::Array => self.builder.array(self.stack.drain(open.base..)),
        };
        if self.log.is_some() {
            self.settle();
        }
        if self.watch > 0 {
            self.collect(&value);
        }
        self.stack.push(value);
    }
}

impl<B: Builder> Sink for Tree<B> {
    #[inline]
    fn open(&mut self, kind: Kind) {
        if self.log.is_some() {
            let before = std::mem::take(&mut self.shown);
            let reason = (before != Shown::Nothing).then_some(Reason::Reread);
            self.write(What::Open(kind), reason);
        }
        self.push_open(kind);
    }

    fn open_group(&mut self) {
        self.open(Kind::Array);
        if let Some(open) = self.open.last_mut() {
            open.group = true;
        }
    }

    fn confirm_group(&mut self) {
        if let Some(open) = self.open.last_mut() {
            open.group = false;
        }
    }

    #[inline(always)]
    fn key(&mut self, text: &str) {
        let key = self.builder.key(text);
        if self.log.is_some() {
            self.log_key(&key, text);
        }
        self.stack.push(key);
    }

    #[inline(always)]
    fn foresees(&mut self, text: &[u8], first: bool) -> Option<Head> {
        // The log wants to see each key.
        if self.log.is_some() { None } else { self.builder.foresees(text, first) }
    }

    #[inline(always)]
    fn foreseen_key(&mut self) {
        if let Some(key) = self.builder.foreseen_key() {
            self.stack.push(key);
        }
    }

    fn key_in(&mut self, text: &str, head: Head, first: bool) {
        if self.log.is_some() {
            return self.key(&text[head.from..head.to]);
        }
        let key = self.builder.key_in(text, head, first);
        self.stack.push(key);
    }

    #[inline(always)]
    fn scalar(&mut self, scalar: Scalar<'_>) {
        let value = self.builder.scalar(scalar);
        if self.log.is_some() || self.watch > 0 {
            self.tell_scalar(scalar, &value);
        }
        self.stack.push(value);
    }

    #[inline]
    fn close(&mut self) {
        self.take_back();
        if let Some(open) = self.pop_open() {
            self.finish_container(open);
        }
    }

    fn close_single(&mut self) {
        let Some(open) = self.pop_open() else { return };
        let single = if self.stack.len() - open.base == 1 { self.stack.pop() } else { None };
        let Some(value) = single else { return self.finish_container(open) };
        if self.log.is_some() {
            self.write(What::Value(value.clone()), Some(Reason::Reread));
            self.settle();
        }
        if self.watch > 0 {
            self.collect(&value);
        }
        self.stack.push(value);
    }

    fn become_array(&mut self) {
        let Some(open) = self.pop_open() else { return };
        self.stack.truncate(open.base);
        if self.log.is_some() {
            self.write(What::Open(Kind::Array), Some(Reason::Reread));
        }
        self.push_open(Kind::Array);
    }

    fn wrap_root(&mut self) {
        self.shown = Shown::Nothing;
        self.replaced = Some(Reason::SecondValue);
        let mut items: Vec<B::Value> = self.stack.clone();
        self.watched.clear();
        if self.watch > 0 {
            self.watched.extend(self.stack.first().map(|root| (vec![PathPart::Index(0)], root.clone())));
        }
        let list = self.builder.array(items.drain(..));
        self.next_id += 1;
        self.open.push(Open { base: 0, kind: Kind::Array, id: self.next_id, group: false, node: 0, epoch: 0 });
        if let Some(log) = &mut self.log {
            log.keys = vec![HashSet::new()];
            log.entries.clear();
            log.text.clear();
            let replace = What::Replace(list);
            log.entries.push(Entry { target: None, what: replace, reason: Some(Reason::SecondValue) });
            log.entries.push(Entry { target: Some((0, PathPart::Index(0))), what: What::Settled, reason: None });
        }
    }

    fn wrap(&mut self) {
        let Some(open) = self.pop_open() else { return };
        let item = match open.kind {
            Kind::Object => self.builder.object(self.stack.drain(open.base..)),
            Kind::Array => self.builder.array(self.stack.drain(open.base..)),
        };
        self.push_open(Kind::Array);
        self.stack.push(item);
        self.replace_root();
    }

    fn reopen_text(&mut self) -> Option<String> {
        let text = self.stack.pop()?;
        self.replace_root();
        Some(self.builder.key_text(&text))
    }

    fn take_back(&mut self) {
        self.edge_id += 1;
        if !matches!(self.shown, Shown::Nothing) {
            self.shown = Shown::Nothing;
            self.remove();
        }
    }

    fn reset(&mut self, reason: Reason) {
        self.edge_id += 1;
        self.stack.clear();
        self.open.clear();
        self.shown = Shown::Nothing;
        self.touched = None;
        self.watched.clear();
        self.replaced = Some(reason);
        if let Some(log) = &mut self.log {
            log.keys.clear();
            log.entries.clear();
            log.text.clear();
            if log.rooted {
                log.entries.push(Entry { target: None, what: What::Remove, reason: Some(reason) });
            }
        }
    }

    fn segment(&self, level: usize) -> Option<Segment> {
        let open = self.open.get(level)?;
        let end = self.open.get(level + 1).map_or(self.stack.len(), |child| child.base);
        match open.kind {
            Kind::Array => Some(Segment::Index(end - open.base)),
            Kind::Object if (end - open.base).is_multiple_of(2) => None,
            Kind::Object => Some(Segment::Key(self.builder.key_text(&self.stack[end - 1]))),
        }
    }
}

fn hashed(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

impl Shown {
    fn of(edge: Edge<'_>) -> Shown {
        match edge {
            Edge::Nothing => Shown::Nothing,
            Edge::Text(text) => Shown::Text(text.len()),
            Edge::Scalar(scalar) => Shown::Scalar(Mark::of(scalar)),
        }
    }

    fn same(&self, edge: Edge<'_>) -> bool {
        match (self, edge) {
            (Shown::Nothing, Edge::Nothing) => true,
            (Shown::Text(len), Edge::Text(text)) => *len == text.len(),
            (Shown::Scalar(mark), Edge::Scalar(scalar)) => *mark == Mark::of(scalar),
            _ => false,
        }
    }

    /// The reason of a change from this to `edge`: a number may grow without one.
    fn taken_back(&self, edge: Edge<'_>) -> Option<Reason> {
        match (self, edge) {
            (Shown::Nothing, _) => None,
            (Shown::Scalar(old), Edge::Scalar(Scalar::Number(..))) if old.is_number() => None,
            _ => Some(Reason::Reread),
        }
    }
}

/// The root as far as it has come, where containers are open.
fn so_far<B: Builder>(builder: &mut B, stack: &[B::Value], open: &[Open]) -> Option<B::Value> {
    let mut child = None;
    let mut end = stack.len();
    for open in open.iter().rev() {
        let mut parts = stack[open.base..end].to_vec();
        parts.extend(child.take());
        if open.kind == Kind::Object && parts.len() % 2 == 1 {
            parts.pop();
        }
        child = Some(match open.kind {
            Kind::Object => builder.object(parts.drain(..)),
            Kind::Array => builder.array(parts.drain(..)),
        });
        end = open.base;
    }
    child
}

/// An empty container.
pub fn empty<B: Builder>(builder: &mut B, kind: Kind) -> B::Value {
    let mut none = Vec::new();
    match kind {
        Kind::Object => builder.object(none.drain(..)),
        Kind::Array => builder.array(none.drain(..)),
    }
}

impl<V: Clone> Log<V> {
    fn path(&self, target: &Target<V>) -> Vec<PathPart<V>> {
        let mut path = Vec::new();
        self.spell_path(target, &mut path);
        path
    }

    fn spell_path(&self, target: &Target<V>, path: &mut Vec<PathPart<V>>) {
        let Some((node, part)) = target else { return };
        path.push(part.clone());
        let mut at = *node;
        while at > 0 {
            let (parent, part) = &self.nodes[at - 1];
            path.push(part.clone());
            at = *parent;
        }
        path.reverse();
    }
}
