//! A value that tells everything apart: the bits of floats, 1 from 1.0, the order of members.
//!
//! Coming in: the reader's values, serde_json's, rows of the tables. Going out: [`Node`], with an exact and a loose comparison.

use pydantic_flow_core::Value;

/// A JSON value of the judges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    Null,
    Bool(bool),
    /// Decimal digits with an optional minus; never `-0`.
    Int(String),
    /// The bits; one pattern stands for all NaN.
    Float(u64),
    Text(String),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
}

impl Node {
    pub fn float(value: f64) -> Node {
        Node::Float(if value.is_nan() { f64::NAN.to_bits() } else { value.to_bits() })
    }

    pub fn of(value: &Value) -> Node {
        match value {
            Value::Null => Node::Null,
            Value::Bool(value) => Node::Bool(*value),
            Value::Int(value) => Node::Int(value.to_string()),
            Value::Big(digits) => Node::Int(digits.to_string()),
            Value::Float(value) => Node::float(*value),
            Value::Text(text) => Node::Text(text.to_string()),
            Value::Array(items) => Node::List(items.iter().map(Node::of).collect()),
            Value::Object(members) => {
                Node::Object(members.iter().map(|(key, value)| (key.to_string(), Node::of(value))).collect())
            }
        }
    }

    /// What serde_json read, its numbers by their text.
    pub fn of_serde(value: &serde_json::Value) -> Node {
        match value {
            serde_json::Value::Null => Node::Null,
            serde_json::Value::Bool(value) => Node::Bool(*value),
            serde_json::Value::Number(number) => Node::number(&number.to_string()),
            serde_json::Value::String(text) => Node::Text(text.clone()),
            serde_json::Value::Array(items) => Node::List(items.iter().map(Node::of_serde).collect()),
            serde_json::Value::Object(members) => {
                Node::Object(members.iter().map(|(key, value)| (key.clone(), Node::of_serde(value))).collect())
            }
        }
    }

    /// A row's value, where `{"$float": "nan"}` stands for what JSON cannot write.
    pub fn of_row(value: &serde_json::Value) -> Node {
        Node::of_serde(value).with_odd_floats()
    }

    fn with_odd_floats(self) -> Node {
        match self {
            Node::List(items) => Node::List(items.into_iter().map(Node::with_odd_floats).collect()),
            Node::Object(members) => match members.as_slice() {
                [(key, Node::Text(name))] if key == "$float" => Node::float(name.parse().expect("the name of a float")),
                _ => Node::Object(members.into_iter().map(|(key, value)| (key, value.with_odd_floats())).collect()),
            },
            other => other,
        }
    }

    /// The value of a valid JSON number.
    pub fn number(text: &str) -> Node {
        if text.contains(['.', 'e', 'E']) {
            return Node::float(text.parse().expect("a JSON number"));
        }
        Node::Int(if text == "-0" { "0".to_owned() } else { text.to_owned() })
    }

    /// The same with members in order of their keys.
    pub fn sorted(self) -> Node {
        match self {
            Node::List(items) => Node::List(items.into_iter().map(Node::sorted).collect()),
            Node::Object(members) => {
                let mut members: Vec<_> = members.into_iter().map(|(key, value)| (key, value.sorted())).collect();
                members.sort_by(|a, b| a.0.cmp(&b.0));
                Node::Object(members)
            }
            other => other,
        }
    }

    /// Equal as the tables mean it: 1 is 1.0, members in any order, NaN is NaN, a bool is no number.
    pub fn like(&self, other: &Node) -> bool {
        match (self, other) {
            (Node::List(a), Node::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.like(b)),
            (Node::Object(a), Node::Object(b)) => {
                a.len() == b.len() && a.iter().all(|(key, a)| b.iter().any(|(other, b)| key == other && a.like(b)))
            }
            (Node::Int(digits), Node::Float(bits)) | (Node::Float(bits), Node::Int(digits)) => {
                digits.parse::<f64>().is_ok_and(|value| value == f64::from_bits(*bits))
            }
            (Node::Float(a), Node::Float(b)) => a == b || f64::from_bits(*a) == f64::from_bits(*b),
            (a, b) => a == b,
        }
    }

    /// Every text and key in it.
    pub fn texts(&self) -> Vec<&str> {
        let mut texts = Vec::new();
        let mut todo = vec![self];
        while let Some(node) = todo.pop() {
            match node {
                Node::Text(text) => texts.push(text.as_str()),
                Node::List(items) => todo.extend(items),
                Node::Object(members) => {
                    texts.extend(members.iter().map(|(key, _)| key.as_str()));
                    todo.extend(members.iter().map(|(_, value)| value));
                }
                _ => {}
            }
        }
        texts
    }

    /// Whether a float in it is infinite or NaN.
    pub fn has_odd_float(&self) -> bool {
        match self {
            Node::Float(bits) => !f64::from_bits(*bits).is_finite(),
            Node::List(items) => items.iter().any(Node::has_odd_float),
            Node::Object(members) => members.iter().any(|(_, value)| value.has_odd_float()),
            _ => false,
        }
    }
}
