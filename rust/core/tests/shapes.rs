//! What a shape makes of values that do not fit, in Rust. What Python's types become as shapes is tested there.
//!
//! Coming in: texts, and what a member is expected to be. Going out: a failure with the text that was read otherwise.

use pydantic_flow_core::{Kinds, Node, Options, Parser, RepairKind, Shape, from_slice};

/// The shape of an object whose member `x` has these kinds; of a list, `items`.
fn shape(kinds: Kinds, items: Kinds) -> Shape {
    let item = Node { kinds: items, ..Node::default() };
    let member = Node { kinds, rest: 1, ..Node::default() };
    let root = Node { kinds: Kinds::OBJECT, members: vec![("x".into(), 2)], ..Node::default() };
    Shape::new(vec![item, member, root], 3).expect("every number has a place")
}

fn read(kinds: Kinds, items: Kinds, text: &str) -> (String, Vec<RepairKind>) {
    let options = Options { shape: Some(shape(kinds, items).into()), coerce: true, ..Options::default() };
    let mut parser = Parser::new(options, Default::default());
    parser.feed(text.as_bytes()).expect("tolerant");
    let value = parser.finish().expect("tolerant").expect("a value");
    (value.get("x").expect("a member").to_string(), parser.repairs().iter().map(|repair| repair.kind).collect())
}

/// Proves that a string becomes what it says where that is wanted and nothing else fits, and stays a string where it says
/// something else, more than one thing, or thinks aloud.
#[test]
fn a_string_becomes_what_is_wanted() {
    let lists = [
        (r#"{"x": "[1, 2]"}"#, "[1, 2]"),
        (r#"{"x": "[(1, 2), (3), {4}, set()]"}"#, "[[1, 2], 3, [4], []]"),
        (r#"{"x": " [1, 2, "}"#, "[1, 2]"),
        (r#"{"x": "[1] [2]"}"#, r#""[1] [2]""#),
        (r#"{"x": "[1]</think>[2]"}"#, r#""[1]</think>[2]""#),
        (r#"{"x": "[1] and more"}"#, r#""[1] and more""#),
        (r#"{"x": "{\"a\": 1}"}"#, r#""{\"a\": 1}""#),
    ];
    for (text, want) in lists {
        assert_eq!(read(Kinds::ARRAY, Kinds::NUMBER, text).0, want, "{text}");
    }
    let two = r#"{"x": "{\"a\": 1} {\"b\": 2}"}"#;
    assert_eq!(read(Kinds::OBJECT, Kinds::ANY, two).0, r#""{\"a\": 1} {\"b\": 2}""#);
    assert_eq!(read(Kinds::ARRAY, Kinds::OBJECT, two).0, r#""{\"a\": 1} {\"b\": 2}""#);
    let scalars = [
        (Kinds::BOOL, r#"{"x": " TRUE "}"#, "true"),
        (Kinds::BOOL, r#"{"x": "false"}"#, "false"),
        (Kinds::BOOL, r#"{"x": "no"}"#, r#""no""#),
        (Kinds::NULL, r#"{"x": "None"}"#, "null"),
        (Kinds::NUMBER, r#"{"x": "1,234"}"#, "1234"),
        (Kinds::NUMBER, r#"{"x": "twelve"}"#, r#""twelve""#),
    ];
    for (kinds, text, want) in scalars {
        assert_eq!(read(kinds, Kinds::ANY, text).0, want, "{text}");
    }
}

/// Proves that one value without quotes becomes the text, the number or the list of one that is wanted, each with its repair.
#[test]
fn a_word_becomes_what_is_wanted() {
    let cases = [
        (Kinds::TEXT, Kinds::ANY, "{\"x\": 12}", "\"12\"", RepairKind::UnquotedText),
        (Kinds::TEXT, Kinds::ANY, "{\"x\": true}", "\"true\"", RepairKind::UnquotedText),
        (Kinds::NUMBER, Kinds::ANY, "{\"x\": 1,234}", "1234", RepairKind::Number),
        (Kinds::ARRAY, Kinds::NUMBER, "{\"x\": 12}", "[12]", RepairKind::SingleItem),
        (Kinds::ARRAY, Kinds::BOOL, "{\"x\": true}", "[true]", RepairKind::SingleItem),
        (Kinds::ARRAY, Kinds::TEXT, "{\"x\": \"a\"}", "[\"a\"]", RepairKind::SingleItem),
        (Kinds::ARRAY, Kinds::TEXT, "{\"x\": word}", "[\"word\"]", RepairKind::SingleItem),
    ];
    for (kinds, items, text, want, kind) in cases {
        let (value, repairs) = read(kinds, items, text);
        assert_eq!(value, want, "{text}");
        assert!(repairs.contains(&kind), "{text}: {repairs:?}");
    }
}

/// Proves that a tag tells which object is being read, and that an unknown tag tells nothing.
#[test]
fn a_tag_chooses_the_place() {
    let number = Node { kinds: Kinds::NUMBER, ..Node::default() };
    let text = Node { kinds: Kinds::TEXT, ..Node::default() };
    let circle = Node { kinds: Kinds::OBJECT, members: vec![("size".into(), 1)], ..Node::default() };
    let label = Node { kinds: Kinds::OBJECT, members: vec![("size".into(), 2)], ..Node::default() };
    let choices = vec![("circle".into(), 3), ("label".into(), 4)];
    let root = Node { kinds: Kinds::OBJECT, tag: Some(("kind".into(), choices)), ..Node::default() };
    let shape = Shape::new(vec![number, text, circle, label, root], 5).expect("every number has a place");
    let options = Options { shape: Some(shape.into()), coerce: true, ..Options::default() };
    for (kind, want) in [("circle", "5"), ("label", "\"5\""), ("square", "\"5\"")] {
        let text = format!("{{\"kind\": \"{kind}\", \"size\": \"5\"}}");
        let value = from_slice(text.as_bytes(), &options).expect("tolerant").expect("a value");
        assert_eq!(value.get("size").map(ToString::to_string).as_deref(), Some(want), "{kind}");
    }
}

/// Proves that a shape with a way to nowhere is refused, by the number that is wrong.
#[test]
fn a_shape_with_a_way_to_nowhere_is_refused() {
    let lost = Shape::new(vec![Node { rest: 7, ..Node::default() }], 1).expect_err("there is no place 7");
    assert_eq!(lost, "there is no place 7: the last one is 1");
}
