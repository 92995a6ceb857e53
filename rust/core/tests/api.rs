//! What Rust users have of values, errors and parsers, beside what Python sees of them.

use pydantic_flow_core::{
    Edge, Ending, Error, ErrorKind, Machine, Options, Parser, PathPart, RepairKind, RepairKinds, Tree, Unfinished,
    Value, Values, from_slice, repair,
};
use std::collections::HashSet;
use std::sync::Arc;

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

/// The containers on the way to the edge, and what stands there, by where they are in memory.
fn open_path(value: &Value) -> Vec<usize> {
    let mut path = Vec::new();
    let mut next = Some(value);
    while let Some(value) = next {
        next = match value {
            Value::Array(items) => items.last(),
            Value::Object(members) => members.last().map(|(_, value)| value),
            _ => None,
        };
        match value {
            Value::Array(items) => path.push(Arc::as_ptr(items).addr()),
            Value::Object(members) => path.push(Arc::as_ptr(members).addr()),
            Value::Text(text) => path.push(text.as_ptr().addr()),
            _ => {}
        }
    }
    path
}

/// Proves that a look goes on from the one before it: nothing on the open path is made anew with a chunk, also while one
/// earlier snapshot is held.
#[test]
fn a_look_goes_on_from_the_last() {
    for holding in [false, true] {
        let mut parser = Parser::default();
        parser.feed(b"{\"list\": [1, 2], \"open\": [{\"deep\": [0, \"text").expect("tolerant");
        let mut held = None;
        let mut seen = HashSet::new();
        for _ in 0..10_000 {
            parser.feed("ä".as_bytes()).expect("tolerant");
            let value = parser.snapshot().expect("a value");
            seen.insert(open_path(value));
            held = holding.then(|| value.clone());
        }
        drop(held);
        // The text moves when it has doubled, and the containers never; two of each take turns where one is held.
        assert!(seen.len() <= 2 * 16, "{} places, holding: {holding}", seen.len());
        let containers: HashSet<_> = seen.iter().map(|path| &path[..4]).collect();
        assert_eq!(containers.len(), if holding { 2 } else { 1 });
    }
}

/// Proves that under a repeated key a look shows what is being read, in the place of the earlier value.
#[test]
fn a_look_under_a_repeated_key() {
    let many: String = (0..40).map(|n| format!("\"k{n}\": {n}, ")).collect();
    for before in ["", &many] {
        let mut parser = Parser::default();
        let mut look = |chunk: &str| {
            parser.feed(chunk.as_bytes()).expect("tolerant");
            let value = parser.snapshot().expect("a value");
            (value.get("a").map(Value::to_string), value.get("b").map(Value::to_string))
        };
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(look(&format!("{{{before}\"a\": 1, \"b\": 2, \"a\"")), (text("1"), text("2")));
        assert_eq!(look(": [3"), (text("[3]"), text("2")));
        assert_eq!(look(", \"x"), (text("[3, \"x\"]"), text("2")));
        assert_eq!(look("\"], \"b\": \"y"), (text("[3, \"x\"]"), text("\"y\"")));
        assert_eq!(look("z\", \"a\": tr"), (text("true"), text("\"yz\"")));
    }
}

/// Proves that a text which has grown from look to look compares, prints and copies as any other.
#[test]
fn a_text_that_has_grown_is_a_text() {
    let mut parser = Parser::default();
    let mut held = Vec::new();
    for chunk in ["\"a", "b", "c"] {
        parser.feed(chunk.as_bytes()).expect("tolerant");
        held.extend(parser.snapshot().cloned());
    }
    assert_eq!(format!("{held:?}"), r#"["a", "ab", "abc"]"#);
    assert_eq!(held[2], read("\"abc\""));
    let Value::Text(text) = &held[2] else { panic!("a text") };
    assert_eq!((text.len(), format!("{text:?}")), (3, r#""abc""#.to_owned()));
}

/// A text that went on after the root had been closed once: its marks were its own.
const REOPENED: &str = r#"{"k": [1], "t": "a \"b\" \\ \n\r\t\b\f\u0001 "}" here"}"#;

/// Proves that a text which goes on after all is written with the escapes that it had.
#[test]
fn a_text_that_goes_on_keeps_its_escapes() {
    let value = read(REOPENED);
    let text = value.get("t").and_then(Value::as_str);
    assert_eq!(text, Some("a \"b\" \\ \n\r\t\u{8}\u{c}\u{1} \"}\" here"));
    let written = repair(REOPENED.as_bytes(), &Options::default(), false).expect("tolerant");
    let strict = Options { strict: true, ..Options::default() };
    assert_eq!(from_slice(written.as_bytes(), &strict).expect("valid JSON"), Some(value), "{written}");
}

/// Proves that members which had settled before the root was replaced are told of again, as they are now.
#[test]
fn what_settled_is_told_again_when_the_root_is_replaced() {
    let text = read(REOPENED).get("t").map(Value::to_string).expect("a member");
    for recording in [false, true] {
        let (mut machine, mut tree) = (Machine::new(Options::default()), Tree::new(Values));
        tree.watch(1);
        if recording {
            tree.record(Edge::Nothing);
        }
        machine.feed(&mut tree, REOPENED.as_bytes()).and_then(|()| machine.finish(&mut tree)).expect("tolerant");
        assert!(tree.is_replaced());
        let watched: Vec<String> = tree
            .take_watched()
            .iter()
            .map(|(path, value)| match path.as_slice() {
                [PathPart::Key(key)] => format!("{} = {value}", key.as_str().expect("a key is a text")),
                path => panic!("{path:?} is deeper than was asked for"),
            })
            .collect();
        assert_eq!(watched, ["k = [1]".to_owned(), format!("t = {text}")]);
        assert_eq!(tree.settled().len() >= 2, recording, "{:?}", tree.settled());
    }
}

/// Proves that a defect prints with its kind and its place.
#[test]
fn a_defect_prints_with_its_place() {
    let mut parser = Parser::default();
    parser.feed(b"{\"a\": [1,, 2]}").expect("tolerant");
    parser.finish().expect("tolerant");
    let told = format!("{:?}", parser.repairs());
    assert!(told.contains("ExtraComma") && told.contains("$.a[0]"), "{told}");
}

/// Proves that texts longer than what buffers hold freely are read the same in small pieces as in one.
#[test]
fn long_texts_are_read_the_same_in_small_pieces() {
    let texts = [
        format!("{{\"a\": \"b\"{}x", " ".repeat(150_000)),
        format!("{{{}: 1}}", "key".repeat(50_000)),
        format!("[{}]", "word ".repeat(30_000)),
        format!("{{\"a\": {}", "\"".repeat(150_000)),
    ];
    for text in texts {
        let read = |size: usize| {
            let mut parser = Parser::default();
            text.as_bytes().chunks(size).for_each(|chunk| parser.feed(chunk).expect("tolerant"));
            (parser.finish().expect("tolerant"), parser.repairs().to_vec())
        };
        assert!(read(16) == read(text.len()), "{}... reads otherwise in pieces", &text[..20]);
    }
}

/// Proves that groups in parentheses are read, written and told of alike: one item stands for itself, more are a list.
#[test]
fn groups_are_read_and_written_alike() {
    for (text, want) in [
        ("[(1)]", "[1]"),
        ("[(1, 2)]", "[[1, 2]]"),
        ("[()]", "[[]]"),
        ("[(1,)]", "[[1]]"),
        ("{\"a\": ((\"b\"))}", "{\"a\": \"b\"}"),
        ("{\"a\": (1", "{\"a\": 1}"),
    ] {
        assert_eq!(read(text).to_string(), want, "{text}");
        assert_eq!(repair(text.as_bytes(), &Options::default(), false).expect("tolerant"), want, "{text}");
        let (mut machine, mut tree) = (Machine::new(Options::default()), Tree::new(Values));
        tree.watch(1);
        tree.record(Edge::Nothing);
        machine.feed(&mut tree, text.as_bytes()).and_then(|()| machine.finish(&mut tree)).expect("tolerant");
        let told: Vec<String> = tree.take_watched().iter().map(|(_, value)| value.to_string()).collect();
        let inside = match &read(text) {
            Value::Array(items) => items[0].to_string(),
            value => value.get("a").map(Value::to_string).expect("a member"),
        };
        assert_eq!(told, [inside], "{text}");
    }
}

/// Proves that a parser says how its text stands, while it comes and when it has ended.
#[test]
fn endings_have_names() {
    for (text, want) in [("[1]", "complete"), ("[\"a\"", "closers"), ("[\"a", "truncated"), (" ", "empty")] {
        let mut parser = Parser::default();
        parser.feed(text.as_bytes()).expect("tolerant");
        assert_eq!((parser.ending(), parser.ending().as_str()), (Ending::Open, "open"));
        parser.finish().expect("tolerant");
        assert_eq!(parser.ending().as_str(), want, "{text}");
    }
}

/// Proves that a defect which is refused is an error that says what was there, and names the kind that was refused.
#[test]
fn refused_defects_say_what_they_are() {
    for (text, kind, want) in [
        ("\u{FEFF}1", RepairKind::ByteOrderMark, "a byte order mark is not JSON"),
        ("[1,]", RepairKind::ExtraComma, "a comma with nothing before or after it"),
        ("[1 2]", RepairKind::MissingComma, "a comma is missing"),
        ("{a: 1}", RepairKind::UnquotedKey, "a key must be in double quotes"),
        ("['a']", RepairKind::QuoteMarks, "only double quotes are JSON"),
        ("[+1]", RepairKind::Number, "this number is not written as JSON writes it"),
        ("{} {}", RepairKind::SeveralValues, "something follows the value"),
        ("[1 // x\n]", RepairKind::Comment, "comments are not JSON"),
    ] {
        let options = Options { refuse: RepairKinds::default().with(kind), ..Options::default() };
        let error = from_slice(text.as_bytes(), &options).expect_err(text);
        let told = format!("{want} ({} is refused)", kind.as_str());
        assert_eq!((error.kind, error.message.as_str()), (ErrorKind::Malformed, told.as_str()), "{text}");
    }
}
