//! What Rust users have of values, errors and parsers, beside what Python sees of them.

use pydantic_flow_core::{Error, ErrorKind, Machine, Options, Parser, Tree, Unfinished, Value, Values, from_slice};

fn read(text: &str) -> Value {
    from_slice(text.as_bytes(), &Options::default()).expect("tolerant").expect("a value")
}

/// Proves that members and texts are found by name, and nothing where there is none.
#[test]
fn values_are_looked_into() {
    let value = read(r#"{"a": "x", "b": [1]}"#);
    assert_eq!(value.get("a").and_then(Value::as_str), Some("x"));
    assert!(value.get("b").is_some_and(|list| list.as_str().is_none() && list.get("a").is_none()));
    assert!(value.get("c").is_none());
}

/// Proves that values are equal where they say the same: members in any order, 1 and 1.0, integers of any size.
#[test]
fn values_compare_by_what_they_say() {
    let same = [
        ("null", "null"),
        ("true", "True"),
        ("[1, 2.5]", "[1.0, 2.5]"),
        (r#"{"a": 1, "b": [{}]}"#, r#"{"b": [{}], "a": 1}"#),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        (r#""\u0041""#, r#""A""#),
    ];
    for (a, b) in same {
        assert_eq!(read(a), read(b), "{a} {b}");
        assert_eq!(read(b), read(a), "{b} {a}");
    }
    let different = [
        ("null", "false"),
        ("true", "1"),
        ("1", r#""1""#),
        ("[1]", "[1, 2]"),
        (r#"{"a": 1}"#, r#"{"b": 1}"#),
        (r#"{"a": 1}"#, r#"{"a": 1, "b": 2}"#),
        (r#"{"a": 1}"#, "[1]"),
        ("123456789012345678901234567890", "123456789012345678901234567891"),
    ];
    for (a, b) in different {
        assert_ne!(read(a), read(b), "{a} {b}");
        assert_ne!(read(b), read(a), "{b} {a}");
    }
}

/// Proves that a value prints as JSON of itself.
#[test]
fn values_print_as_json() {
    for text in ["null", "true", "-1", "0.5", "123456789012345678901234567890", r#""x""#, r#"{"a": [1, {}, []]}"#] {
        assert_eq!(read(text).to_string(), text);
    }
}

/// Proves that strict reading tells a text that may go on from one that cannot be right.
#[test]
fn errors_tell_whether_more_text_could_help() {
    let strict = |text: &str| -> Error {
        let mut parser = Parser::new(Options { strict: true, ..Options::default() }, Unfinished::Show);
        parser.feed(text.as_bytes()).and_then(|()| parser.finish()).expect_err("not whole")
    };
    assert!(strict(r#"{"a": [1"#).is_unfinished());
    let error = strict(r#"{"a": [1 2"#);
    assert!(!error.is_unfinished());
    assert!(error.to_string().contains("(byte 9, at "), "{error}");
}

/// Proves that a machine whose caller gave it up says why, each time and in every call.
#[test]
fn a_machine_that_was_given_up_is_terminal() {
    let (mut machine, mut tree) = (Machine::new(Options::default()), Tree::new(Values));
    machine.feed(&mut tree, b"{\"a\": 1, \"b").expect("tolerant");
    assert!(machine.failed().is_none());
    machine.give_up("a panic".to_owned());
    assert_eq!(machine.failed().map(|error| error.offset), Some(11));
    for _ in 0..2 {
        let errors = [machine.feed(&mut tree, b"x"), machine.feed(&mut tree, b"\""), machine.finish(&mut tree)];
        for error in errors.into_iter().map(Result::unwrap_err) {
            assert_eq!(error.kind, ErrorKind::Terminal);
            assert!(error.message.ends_with("a panic"), "{error}");
        }
    }
}
