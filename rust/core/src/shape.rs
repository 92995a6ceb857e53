//! What to expect where: the kinds of value that each place of a document may hold.
//!
//! Coming in: places, made from a type or a JSON schema by whoever knows it. Going out: [`Shape`], asked at every key and item.
//! Decided elsewhere: what an expectation is good for (`machine`), where it comes from (the bindings).

use std::ops::BitOr;

/// A set of kinds of value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Kinds(u8);

impl Kinds {
    /// None at all.
    pub const NONE: Kinds = Kinds(0);
    /// Objects.
    pub const OBJECT: Kinds = Kinds(1);
    /// Arrays.
    pub const ARRAY: Kinds = Kinds(2);
    /// Any string.
    pub const TEXT: Kinds = Kinds(4);
    /// Numbers.
    pub const NUMBER: Kinds = Kinds(8);
    /// `true` and `false`.
    pub const BOOL: Kinds = Kinds(16);
    /// `null`.
    pub const NULL: Kinds = Kinds(32);
    /// Strings that hold a number as a lenient validator reads it (`"12"`, `"1_000"`, `"007"`).
    pub const NUMERIC_TEXT: Kinds = Kinds(64);
    /// Everything.
    pub const ANY: Kinds = Kinds(127);

    /// The set with these bits; unknown ones are dropped.
    pub fn from_bits(bits: u8) -> Kinds {
        Kinds(bits & Kinds::ANY.0)
    }

    /// Whether any of these is in the set.
    pub fn accepts(self, kinds: Kinds) -> bool {
        self.0 & kinds.0 != 0
    }
}

impl BitOr for Kinds {
    type Output = Kinds;

    fn bitor(self, other: Kinds) -> Kinds {
        Kinds(self.0 | other.0)
    }
}

/// A place in a [`Shape`], by its index.
pub type NodeId = u32;

/// Places by the name that leads to each.
pub type Named = Vec<(Box<str>, NodeId)>;

/// What may stand at a place, and where its members and items lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The kinds that fit.
    pub kinds: Kinds,
    /// A string is shown when it is whole: a date, a name from a list.
    pub whole: bool,
    /// An object here has no members but those named.
    pub closed: bool,
    /// Named members of an object.
    pub members: Named,
    /// All other members of an object.
    pub others: NodeId,
    /// The first items of an array, where each has a place of its own.
    pub first: Vec<NodeId>,
    /// All other items of an array.
    pub rest: NodeId,
    /// The member whose text tells which of several objects this is, and the place of each.
    pub tag: Option<(Box<str>, Named)>,
}

impl Default for Node {
    /// Anything, about whose parts nothing is known.
    fn default() -> Self {
        Node {
            kinds: Kinds::ANY,
            whole: false,
            closed: false,
            members: Vec::new(),
            others: Shape::ANYTHING,
            first: Vec::new(),
            rest: Shape::ANYTHING,
            tag: None,
        }
    }
}

/// What to expect of a whole document: its places, which may lead to one another in circles.
///
/// ```
/// use pydantic_flow_core::{Kinds, Options, Node, Shape, from_slice};
/// let texts = Node { kinds: Kinds::ARRAY, rest: 2, ..Node::default() };
/// let text = Node { kinds: Kinds::TEXT, ..Node::default() };
/// let root = Node { kinds: Kinds::OBJECT, members: vec![("tags".into(), 1)], ..Node::default() };
/// let shape = Shape::new(vec![texts, text, root], 3)?;
/// let options = Options { shape: Some(shape.into()), coerce: true, ..Options::default() };
/// let value = from_slice(br#"{"tags": "one"}"#, &options)?;
/// assert_eq!(value.unwrap().to_string(), r#"{"tags": ["one"]}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    places: Vec<Node>,
    root: NodeId,
}

impl Shape {
    /// The place of which nothing is known. It is always there, before those that [`Shape::new`] is given.
    pub const ANYTHING: NodeId = 0;

    /// A shape of places, numbered from 1 (0 is [`Shape::ANYTHING`]).
    ///
    /// # Errors
    /// A sentence that names a number without a place.
    pub fn new(places: Vec<Node>, root: NodeId) -> Result<Shape, String> {
        let mut all = vec![Node::default()];
        all.extend(places);
        for place in &mut all {
            place.members.sort();
            if let Some((_, choices)) = &mut place.tag {
                choices.sort();
            }
        }
        let lost = all.iter().flat_map(Node::leads).chain([root]).find(|&id| id as usize >= all.len());
        match lost {
            Some(lost) => Err(format!("there is no place {lost}: the last one is {}", all.len() - 1)),
            None => Ok(Shape { places: all, root }),
        }
    }

    /// The place of the root.
    pub fn root(&self) -> NodeId {
        self.root
    }

    /// What is expected at a place.
    pub fn place(&self, id: NodeId) -> &Node {
        &self.places[id as usize]
    }

    /// The place of a member of an object, and whether it is a named one.
    pub(crate) fn member(&self, object: NodeId, key: &str) -> (NodeId, bool) {
        let place = self.place(object);
        found(&place.members, key).map_or((place.others, false), |id| (id, true))
    }

    /// The place of an item of an array.
    pub(crate) fn item(&self, array: NodeId, index: usize) -> NodeId {
        let place = self.place(array);
        place.first.get(index).copied().unwrap_or(place.rest)
    }

    /// The place of an object once its tag is known.
    pub(crate) fn choice(&self, object: NodeId, tag: &str) -> Option<NodeId> {
        found(&self.place(object).tag.as_ref()?.1, tag)
    }

    /// Whether an array is wanted here, and an item of it may be of these kinds.
    pub(crate) fn wants_list_of(&self, id: NodeId, kinds: Kinds) -> bool {
        let place = self.place(id);
        place.kinds.accepts(Kinds::ARRAY)
            && !place.kinds.accepts(kinds)
            && self.place(self.item(id, 0)).kinds.accepts(kinds)
    }
}

impl Node {
    fn leads(&self) -> impl Iterator<Item = NodeId> {
        let choices = self.tag.iter().flat_map(|(_, choices)| choices);
        self.members
            .iter()
            .chain(choices)
            .map(|(_, id)| *id)
            .chain(self.first.iter().copied())
            .chain([self.others, self.rest])
    }
}

fn found(sorted: &[(Box<str>, NodeId)], name: &str) -> Option<NodeId> {
    sorted.binary_search_by(|(known, _)| (**known).cmp(name)).ok().map(|at| sorted[at].1)
}
