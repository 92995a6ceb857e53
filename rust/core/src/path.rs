//! The place of a node in a value.
//!
//! Coming in: keys and indexes. Going out: [`Segment`], [`Path`] and its display form.

use std::fmt;
use std::fmt::Write;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// One step down: into an object by key, into an array by index.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Segment {
    /// A member of an object.
    Key(String),
    /// An item of an array, from 0.
    Index(usize),
}

/// The steps from the root to a node; empty for the root.
pub type Path = Vec<Segment>;

/// A path that shares its steps with those it goes on from, so that many defects under one long key hold the key once.
///
/// ```
/// use pydantic_flow_core::{Place, Segment};
/// let lines = Place::default().then(Segment::Key("lines".into()));
/// let first = lines.then(Segment::Index(0));
/// assert_eq!(first.to_path(), [Segment::Key("lines".into()), Segment::Index(0)]);
/// assert_eq!(first.up_to(1), lines);
/// ```
#[derive(Clone, Default)]
pub struct Place(Option<Arc<Step>>);

struct Step {
    before: Place,
    segment: Segment,
    len: usize,
}

impl Place {
    /// The place one step down.
    pub fn then(&self, segment: Segment) -> Place {
        Place(Some(Arc::new(Step { before: self.clone(), segment, len: self.len() + 1 })))
    }

    /// The number of steps.
    pub fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |step| step.len)
    }

    /// Whether this is the root.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The first `len` steps.
    pub fn up_to(&self, len: usize) -> Place {
        let mut place = self;
        while let Some(step) = place.0.as_ref().filter(|step| step.len > len) {
            place = &step.before;
        }
        place.clone()
    }

    /// The steps, last one first.
    fn back(&self) -> impl Iterator<Item = &Segment> {
        let mut place = self;
        std::iter::from_fn(move || {
            let step = place.0.as_ref()?;
            place = &step.before;
            Some(&step.segment)
        })
    }

    /// The steps from the root.
    pub fn to_path(&self) -> Path {
        let mut path: Path = self.back().cloned().collect();
        path.reverse();
        path
    }
}

impl Drop for Place {
    /// Without recursion, whatever the length.
    fn drop(&mut self) {
        let mut last = self.0.take();
        while let Some(mut step) = last.and_then(Arc::into_inner) {
            last = step.before.0.take();
        }
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Place) -> bool {
        self.len() == other.len() && self.back().eq(other.back())
    }
}

impl Eq for Place {}

impl Hash for Place {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.len().hash(state);
        self.back().for_each(|segment| segment.hash(state));
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&display(&self.to_path()))
    }
}

/// A path for people: `$.lines[2].sku`.
///
/// ```
/// use pydantic_flow_core::{Segment, path};
/// let place = vec![Segment::Key("lines".into()), Segment::Index(2)];
/// assert_eq!(path::display(&place), "$.lines[2]");
/// ```
pub fn display(path: &[Segment]) -> String {
    let mut out = String::from("$");
    for segment in path {
        match segment {
            Segment::Key(key) if plain(key) => {
                out.push('.');
                out.push_str(key);
            }
            Segment::Key(key) => write!(out, "[{key:?}]").expect("writing to a string"),
            Segment::Index(index) => write!(out, "[{index}]").expect("writing to a string"),
        }
    }
    out
}

fn plain(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || c == '_')
}

#[cfg(test)]
impl Place {
    /// Whether both are one place in memory, not only equal.
    pub(crate) fn is_one_with(&self, other: &Place) -> bool {
        matches!((&self.0, &other.0), (Some(a), Some(b)) if Arc::ptr_eq(a, b))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Proves that a place as long as any goes without recursion.
    #[test]
    fn long_places_are_dropped_on_a_small_stack() {
        let drop_one = || {
            let deep = (0..100_000).fold(Place::default(), |place, index| place.then(Segment::Index(index)));
            assert_eq!(deep.len(), 100_000);
        };
        let small = std::thread::Builder::new().stack_size(64 << 10).spawn(drop_one).expect("a thread");
        small.join().expect("no overflow");
    }
}
