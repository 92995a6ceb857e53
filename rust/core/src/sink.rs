//! What the machine gives its findings to.
//!
//! Coming in: committed structure, in the order of the text. Going out: whatever the receiver builds.
//! Decided elsewhere: all reading. A sink never looks at text and never calls back.

use crate::number::Number;
use crate::path::Segment;

/// The two containers of JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `{}`
    Object,
    /// `[]`
    Array,
}

/// A value without parts. Text is valid UTF-8 without surrogates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, with its own text where that is a valid JSON number.
    Number(Number<'a>, Option<&'a str>),
    /// A string.
    Text(&'a str),
}

/// What stands at the edge of the text: begun or not yet confirmed, so not committed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Edge<'a> {
    /// Nothing to show.
    Nothing,
    /// A text that is growing or whose end is not confirmed.
    Text(&'a str),
    /// A number or literal that may still change.
    Scalar(Scalar<'a>),
}

/// Why something shown was taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The text went on in a way that gives an earlier part another reading.
    Reread,
    /// A repeated key replaced its member.
    DuplicateKey,
    /// Another value followed the root; the root became a list.
    SecondValue,
    /// What had been read stood in a reasoning block.
    Reasoning,
    /// What had been read was prose.
    Prose,
}

impl Reason {
    /// The short name.
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::Reread => "reread",
            Reason::DuplicateKey => "duplicate_key",
            Reason::SecondValue => "second_value",
            Reason::Reasoning => "reasoning",
            Reason::Prose => "prose",
        }
    }
}

/// What stands between a value and the next one of an object: a comma, blanks, a key, its colon. The first has no comma.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Where the key's text begins and ends.
    pub from: usize,
    /// See `from`.
    pub to: usize,
    /// Its length in bytes.
    pub len: usize,
}

/// Receives a walk. Calls nest properly; a scalar or `open` in an object follows its `key`.
pub trait Sink {
    /// A container begins.
    fn open(&mut self, kind: Kind);
    /// A group in parentheses begins: an array, unless it holds a single item and no comma.
    fn open_group(&mut self);
    /// The innermost group holds a comma: it is an array.
    fn confirm_group(&mut self);
    /// A key of the innermost container, an object.
    fn key(&mut self, text: &str);
    /// The head that likely comes next, where the text goes on with it. `first` tells that it is an object's first.
    #[inline(always)]
    fn foresees(&mut self, text: &[u8], first: bool) -> Option<Head> {
        let _ = (text, first);
        None
    }
    /// The head that was foreseen last comes: the same as [`Sink::key`] with its key. No other key comes in between.
    #[inline(always)]
    fn foreseen_key(&mut self) {}
    /// A key and the head that it stands in, to be foreseen the next time.
    #[inline(always)]
    fn key_in(&mut self, text: &str, head: Head, first: bool) {
        let _ = first;
        self.key(&text[head.from..head.to]);
    }
    /// A scalar.
    fn scalar(&mut self, scalar: Scalar<'_>);
    /// The innermost container is whole.
    fn close(&mut self);
    /// The innermost container, an array, is whole; one with a single item stands for that item.
    fn close_single(&mut self);
    /// The innermost container, an object without members, is an array after all.
    fn become_array(&mut self);
    /// The finished root becomes the first item of a list, which stays open.
    fn wrap_root(&mut self);
    /// The innermost container is whole, and the first item of a list in its place, which stays open: the root is another.
    fn wrap(&mut self) {}
    /// The last scalar, a text in the innermost container, has not ended: it is taken back, and the root is another. `None` where
    /// the sink does not have it any more.
    fn reopen_text(&mut self) -> Option<String> {
        None
    }
    /// What stood at the edge is no value of its own after all.
    fn take_back(&mut self);
    /// Everything read so far is forgotten.
    fn reset(&mut self, reason: Reason);
    /// The member or item of the container at `level` (0 is the root) that is being read; `None` between two members.
    fn segment(&self, level: usize) -> Option<Segment>;
}
