//! JSON values for Rust.
//!
//! Coming in: what the tree builds. Going out: [`Value`], which is cheap to clone, for its parts are shared.
//! Nothing here recurses: values of any depth are dropped, compared and printed on a small stack.

use crate::number::Number;
use crate::sink::{Kind, Scalar, Sink};
use crate::tree::Builder;
use crate::writer::Writer;
use std::collections::HashMap;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::vec::Drain;

/// Up to so many keys of an object are compared one by one, more by their hashes.
const FEW_KEYS: usize = 16;

/// A JSON value. Cloning shares its parts.
#[derive(Clone)]
pub enum Value {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// An integer that fits.
    Int(i64),
    /// A larger integer, as its decimal digits.
    Big(Arc<str>),
    /// A number with a fraction or an exponent, or one that JSON cannot write.
    Float(f64),
    /// A string.
    Text(Text),
    /// An array.
    Array(Arc<Vec<Value>>),
    /// An object, in the order of the text; keys are different from one another.
    Object(Arc<Members>),
}

/// Keys and values of an object.
pub type Members = Vec<(Arc<str>, Value)>;

/// The text of a string. Cloning shares it.
#[derive(Clone)]
pub struct Text(Held);

#[derive(Clone)]
enum Held {
    Whole(Arc<str>),
    /// It has room for more.
    Growing(Arc<String>),
}

impl Value {
    /// The member of that name, if this is an object that has it.
    pub fn get(&self, key: &str) -> Option<&Value> {
        match self {
            Value::Object(members) => members.iter().find(|(name, _)| &**name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether somebody else holds a part of this value.
    pub(crate) fn is_shared(&self) -> bool {
        match self {
            Value::Text(Text(Held::Whole(text))) => Arc::strong_count(text) > 1,
            Value::Text(Text(Held::Growing(text))) => Arc::strong_count(text) > 1,
            Value::Array(items) => Arc::strong_count(items) > 1,
            Value::Object(members) => Arc::strong_count(members) > 1,
            _ => false,
        }
    }

    /// Gives the value to a sink, as a walk.
    pub(crate) fn walk<S: Sink>(&self, sink: &mut S) {
        enum Step<'a> {
            Value(&'a Value),
            Key(&'a str),
            Close,
        }
        let mut todo = vec![Step::Value(self)];
        while let Some(step) = todo.pop() {
            match step {
                Step::Key(key) => sink.key(key),
                Step::Close => sink.close(),
                Step::Value(Value::Array(items)) => {
                    sink.open(Kind::Array);
                    todo.push(Step::Close);
                    todo.extend(items.iter().rev().map(Step::Value));
                }
                Step::Value(Value::Object(members)) => {
                    sink.open(Kind::Object);
                    todo.push(Step::Close);
                    for (key, value) in members.iter().rev() {
                        todo.push(Step::Value(value));
                        todo.push(Step::Key(key));
                    }
                }
                Step::Value(scalar) => sink.scalar(scalar.as_scalar()),
            }
        }
    }

    fn as_scalar(&self) -> Scalar<'_> {
        match self {
            Value::Bool(value) => Scalar::Bool(*value),
            Value::Int(value) => Scalar::Number(Number::Int(*value), None),
            Value::Big(digits) => Scalar::Number(Number::Big(digits), Some(digits)),
            Value::Float(value) => Scalar::Number(Number::Float(*value), None),
            Value::Text(text) => Scalar::Text(text),
            Value::Null | Value::Array(_) | Value::Object(_) => Scalar::Null,
        }
    }
}

impl Text {
    /// Adds to the end, in place where nobody else holds the text.
    pub(crate) fn grow(&mut self, more: &str) {
        match &mut self.0 {
            Held::Growing(text) => Arc::make_mut(text).push_str(more),
            Held::Whole(text) => self.0 = Held::Growing(Arc::new([text, more].concat())),
        }
    }

    pub(crate) fn shared(&self) -> Arc<str> {
        match &self.0 {
            Held::Whole(text) => text.clone(),
            Held::Growing(text) => text.as_str().into(),
        }
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        match &self.0 {
            Held::Whole(text) => text,
            Held::Growing(text) => text,
        }
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Text(Held::Whole(text.into()))
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        let mut todo = Vec::new();
        take_children(self, &mut todo);
        while let Some(mut value) = todo.pop() {
            take_children(&mut value, &mut todo);
        }
    }
}

/// Moves the children out of a container that nobody else holds, so that dropping it does not recurse.
fn take_children(value: &mut Value, todo: &mut Vec<Value>) {
    match value {
        Value::Array(items) => {
            if let Some(items) = Arc::get_mut(items) {
                todo.append(items);
            }
        }
        Value::Object(members) => {
            if let Some(members) = Arc::get_mut(members) {
                todo.extend(members.drain(..).map(|(_, value)| value));
            }
        }
        _ => {}
    }
}

impl PartialEq for Value {
    /// Integers and floats of one value are equal; the order of members does not count; NaN equals nothing.
    fn eq(&self, other: &Value) -> bool {
        let mut todo = vec![(self, other)];
        while let Some(pair) = todo.pop() {
            match pair {
                (Value::Array(a), Value::Array(b)) if a.len() == b.len() => todo.extend(a.iter().zip(b.iter())),
                (Value::Object(a), Value::Object(b)) if a.len() == b.len() => {
                    let names: HashMap<&str, &Value> = b.iter().map(|(key, value)| (&**key, value)).collect();
                    for (key, value) in a.iter() {
                        match names.get(&**key) {
                            Some(other) => todo.push((value, other)),
                            None => return false,
                        }
                    }
                }
                (a, b) if scalars_equal(a, b) => {}
                _ => return false,
            }
        }
        true
    }
}

fn scalars_equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::Big(a), Value::Big(b)) => a == b,
        (Value::Float(a), Value::Float(b)) => a == b,
        (Value::Int(a), Value::Float(b)) | (Value::Float(b), Value::Int(a)) => *a as f64 == *b,
        (Value::Text(a), Value::Text(b)) => **a == **b,
        _ => false,
    }
}

impl fmt::Display for Value {
    /// JSON text on one line; floats that JSON cannot write as `null`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut writer = Writer::default();
        self.walk(&mut writer);
        f.write_str(&writer.into_text())
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Where each key of an object stands, once there are many.
#[derive(Debug, Default)]
pub(crate) struct Places(HashMap<Arc<str>, usize>);

impl Places {
    /// The place of a key among the members, which only grow from call to call.
    pub(crate) fn of(&mut self, members: &Members, key: &str) -> Option<usize> {
        if members.len() <= FEW_KEYS {
            return members.iter().position(|(name, _)| **name == *key);
        }
        for (place, (name, _)) in members.iter().enumerate().skip(self.0.len()) {
            self.0.insert(name.clone(), place);
        }
        self.0.get(key).copied()
    }

    /// Puts in a member, in the place of the one that has its key.
    pub(crate) fn put(&mut self, members: &mut Members, key: &Value, value: Value) {
        let Value::Text(key) = key else { return };
        match self.of(members, key) {
            Some(place) => members[place].1 = value,
            None => members.push((key.shared(), value)),
        }
    }
}

/// Builds [`Value`]s.
#[derive(Debug, Default)]
pub struct Values;

impl Builder for Values {
    type Value = Value;

    fn scalar(&mut self, scalar: Scalar<'_>) -> Value {
        match scalar {
            Scalar::Null => Value::Null,
            Scalar::Bool(value) => Value::Bool(value),
            Scalar::Number(Number::Int(value), _) => Value::Int(value),
            Scalar::Number(Number::Big(digits), _) => Value::Big(digits.into()),
            Scalar::Number(Number::Float(value), _) => Value::Float(value),
            Scalar::Text(text) => Value::Text(text.into()),
        }
    }

    fn key(&mut self, text: &str) -> Value {
        Value::Text(text.into())
    }

    fn object(&mut self, mut members: Drain<'_, Value>) -> Value {
        let mut out = Members::with_capacity(members.len() / 2);
        let mut places = Places::default();
        while let (Some(key), Some(value)) = (members.next(), members.next()) {
            places.put(&mut out, &key, value);
        }
        Value::Object(Arc::new(out))
    }

    fn array(&mut self, items: Drain<'_, Value>) -> Value {
        Value::Array(Arc::new(items.collect()))
    }

    fn key_text(&self, key: &Value) -> String {
        key.as_str().unwrap_or_default().to_owned()
    }

    fn same_key(&self, a: &Value, b: &Value) -> bool {
        a.as_str() == b.as_str()
    }
}
