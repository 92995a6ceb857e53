//! A machine and a tree put together by hand, for what the parser does not tell: settled paths, counted work.
//!
//! Coming in: chunks. Going out: changes, settled paths.

use pydantic_flow_core::{Change, Error, Machine, Options, Path, PathPart, Segment, Tree, Value, Values};

/// A machine and a tree, so that settled paths can be seen.
pub struct Recorder {
    pub machine: Machine,
    tree: Tree<Values>,
}

impl Recorder {
    pub fn new() -> Self {
        let mut tree = Tree::new(Values);
        let machine = Machine::new(Options::default());
        tree.record(machine.edge(true));
        Recorder { machine, tree }
    }

    /// What the last chunk changed, and what settled with it.
    pub fn take(&mut self) -> (Vec<Change>, Vec<Path>) {
        self.tree.log_edge(self.machine.edge(true));
        let changes = self.tree.changes().into_iter().map(|(path, op, why)| (spelled(path), op, why)).collect();
        let settled = self.tree.settled().into_iter().map(spelled).collect();
        self.tree.drop_record();
        (changes, settled)
    }

    pub fn feed(&mut self, chunk: &[u8]) -> Result<(), Error> {
        self.machine.feed(&mut self.tree, chunk)
    }

    pub fn finish(&mut self) -> Result<(), Error> {
        self.machine.finish(&mut self.tree)?;
        self.tree.finish();
        Ok(())
    }
}

fn spelled(path: Vec<PathPart<Value>>) -> Path {
    let step = |part: PathPart<Value>| match part {
        PathPart::Index(index) => Segment::Index(index),
        PathPart::Key(key) => Segment::Key(key.as_str().expect("a key is a text").to_owned()),
    };
    path.into_iter().map(step).collect()
}
