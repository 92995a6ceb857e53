//! The promises of the design, one property under the name of each.
//!
//! Coming in: random choices with a fixed seed. Going out: a failure with the smallest text that breaks the promise.
//! Decided elsewhere: what a promise means (`oracle::laws`), the texts (`oracle::texts`). `PROPTEST_CASES` sets how many
//! are tried, `PROPTEST_RNG_SEED` another seed; the fuzzer in `rust/fuzz` goes on where this stops.

mod oracle;

use oracle::choices::Choices;
use oracle::documents::{Taste, container_document, text_of};
use oracle::feeding::How;
use oracle::found::{FOUND, corpus};
use oracle::hostile::{SHAPES, Shape, Way, seconds};
use oracle::laws::{self, Verdict};
use oracle::texts;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};
use pydantic_flow_core::{Error, ErrorKind, Limits, Options, Parser, Unfinished, from_slice, repair};

const SEED: u64 = 20_260_729;

/// Tries a law on texts made of random choices.
fn holds(cases: u32, make: fn(&mut Choices<'_>) -> Vec<u8>, law: impl Fn(&[u8]) -> Verdict) {
    holds_for_choices(cases, |choices| {
        let text = make(choices);
        law(&text).map_err(|why| format!("{:?}\n{why}", String::from_utf8_lossy(&text)))
    });
}

fn holds_for_choices(cases: u32, law: impl Fn(&mut Choices<'_>) -> Verdict) {
    let mut config = Config { failure_persistence: None, max_shrink_iters: 4000, ..Config::default() };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = cases;
    }
    if std::env::var_os("PROPTEST_RNG_SEED").is_none() {
        config.rng_seed = RngSeed::Fixed(SEED);
    }
    let verdict = TestRunner::new(config)
        .run(&vec(any::<u8>(), 0..240), |bytes| law(&mut Choices::new(&bytes)).map_err(TestCaseError::fail));
    if let Err(error) = verdict {
        panic!("{error}");
    }
}

/// Proves that cuts change nothing that can be seen, in tolerant mode.
#[test]
fn i1_chunking_is_invisible() {
    holds(2400, texts::any, |text| laws::i1(text, &How::default()));
}

/// Proves the same where what may still change is hidden.
#[test]
fn i1_chunking_is_invisible_when_hiding() {
    holds(1200, texts::any, |text| laws::i1(text, &How::hiding()));
}

/// Proves the same in strict mode, errors and their offsets included.
#[test]
fn i1_chunking_is_invisible_in_strict_mode() {
    holds(1200, texts::any, |text| laws::i1(text, &How::strict()));
}

/// Proves that limits are crossed at the same byte however the text is cut.
#[test]
fn i1_limits_do_not_see_chunks() {
    holds(1600, texts::any, law("i1_limits"));
}

/// Proves that cuts change nothing that can be seen with a shape in mind.
#[test]
fn i1_chunking_is_invisible_with_a_shape() {
    holds(1600, texts::any, laws::i1_shape);
}

/// Proves that a shape alone changes nothing of valid JSON.
#[test]
fn i2_valid_json_is_exact_whatever_is_expected() {
    holds(1600, texts::valid, laws::i2_shape);
}

/// Proves that with a shape, too, only limits are errors, and that repaired text is JSON with the value that was read.
#[test]
fn i5_a_shape_makes_no_errors() {
    holds(1600, texts::any, laws::i5_shape);
}

/// Proves that the changes replay to every snapshot with a shape in mind.
#[test]
fn i8_changes_replay_with_a_shape() {
    holds(1200, texts::any, laws::i8_shape);
}

/// Proves that valid JSON is read as serde_json reads it, bit for bit, and every prefix as the prefix oracle does.
#[test]
fn i2_valid_json_is_exact() {
    holds(3200, texts::valid, laws::i2);
}

/// Proves that valid JSON cut anywhere is told apart: complete, only closers missing, truncated, empty.
#[test]
fn i2_a_cut_text_says_how_it_ended() {
    holds(1200, texts::valid, laws::i2_endings);
}

/// Proves that snapshots of valid JSON only grow.
#[test]
fn i3_monotone() {
    holds(2000, |choices| text_of(&container_document(choices, Taste::Tame)), laws::i3_grows);
}

/// Proves that a settled node stays, whatever the text.
#[test]
fn i3_settled() {
    holds(3200, texts::any, laws::i3_settled);
}

/// Proves that one defect changes nothing but what it hits.
#[test]
fn i4_one_defect_changes_nothing_else() {
    holds_for_choices(12000, laws::i4);
}

/// Proves that no text of the value was made up.
#[test]
fn i4_nothing_is_invented() {
    holds(6000, texts::any, laws::i4_nothing_invented);
}

/// Proves that in tolerant mode nothing but a limit is an error, and that repaired text is valid JSON of the same value.
#[test]
fn i5_total() {
    holds(6000, texts::any, |text| laws::i5(text).and_then(|()| laws::i5_repair(text)));
}

/// Proves that strict mode takes what serde_json takes and nothing else.
#[test]
fn i6_strict_accepts_exactly_rfc8259() {
    holds(6000, texts::any, laws::i6);
    holds(6000, texts::mutated, laws::i6);
}

/// Proves that a valid text that is not all there yet is unfinished and never malformed.
#[test]
fn i6_a_prefix_is_unfinished() {
    holds(800, texts::valid, laws::i6_prefixes);
}

/// Proves that every byte is looked at a bounded number of times, by counted work: random texts and shapes made to be slow.
#[test]
fn i7_linear() {
    holds(1500, texts::any, laws::i7);
    for shape in SHAPES {
        laws::i7(&shape.text(20_000)).unwrap_or_else(|why| panic!("{}: {why}", shape.name));
    }
}

/// Shows that four times the text takes about four times as long, for shapes made to be slow.
#[test]
#[ignore = "times are noise while other tests run: run it alone, or the fuzzer with --hostile"]
fn i7_linear_in_time() {
    let grows = |shape: &Shape, way| {
        let (small, large) = (shape.text(16 << 10), shape.text(64 << 10));
        // The first time also pays for memory that the allocator keeps.
        seconds(&large, way);
        (0..4).all(|_| seconds(&large, way) > 10.0 * seconds(&small, way))
    };
    let slow = |shape: &&Shape| grows(shape, Way::Whole) || grows(shape, Way::Chunks);
    let slow: Vec<&str> = SHAPES.iter().filter(slow).map(|shape| shape.name).collect();
    assert!(slow.is_empty(), "time grows faster than the text: {slow:?}");
}

/// Proves that the changes replay to every snapshot, in an implementation of their own.
#[test]
fn i8_replay() {
    holds(2400, texts::any, |text| laws::i8(text, &How::default()).and_then(|()| laws::i8(text, &How::hiding())));
}

/// Proves that a snapshot stays as it was.
#[test]
fn i9_snapshots_stay() {
    holds(2000, texts::any, laws::i9);
}

/// Proves that strings hold the text of their bytes, U+FFFD for what is none, however they are cut.
#[test]
fn i10_clean_text() {
    holds(3200, texts::bytes, laws::i10);
    holds(1600, texts::any, laws::i10);
}

/// Proves that a parser that ended says so the same way each time.
#[test]
fn i11_no_crash() {
    holds(3200, texts::any, laws::i11);
}

/// Proves that no order of calls panics or brings an ended parser back.
#[test]
fn i11_any_order_of_calls() {
    holds_for_choices(3200, laws::i11_any_calls);
}

/// Runs on a thread whose stack is small.
fn on_a_small_stack(run: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(64 << 10).spawn(run).expect("a thread");
    assert!(thread.join().is_ok(), "it ran on a stack of 64 KB");
}

fn at_depth(depth: usize, open: &str, close: &str) {
    let limits = Limits { depth, ..Limits::default() };
    let options = Options { limits, ..Options::default() };
    let text = format!("{}1{}", open.repeat(depth), close.repeat(depth));
    let mut parser = Parser::new(options.clone(), Unfinished::Show);
    parser.record();
    for chunk in text.as_bytes().chunks(text.len() / 2) {
        parser.feed(chunk).expect("no deeper than allowed");
        assert!(parser.snapshot().is_some(), "a value has begun");
        drop(parser.changes());
    }
    let value = parser.finish().expect("no deeper than allowed").expect("a value");
    let again = from_slice(text.as_bytes(), &options).expect("no deeper than allowed").expect("a value");
    assert!(value == again, "two readings are equal");
    assert_eq!(value.to_string().replace(' ', ""), text.replace(' ', ""));
    assert_eq!(format!("{value:?}"), value.to_string());
    assert_eq!(repair(text.as_bytes(), &options, false).expect("no deeper than allowed"), text);
    let broken = text.trim_end_matches(close);
    assert_eq!(
        repair(broken.as_bytes(), &options, false).expect("no deeper than allowed").replace(' ', ""),
        text.replace(' ', "")
    );
    drop(parser);
    drop(value.clone());
    drop(value);
}

/// Proves that depth costs no stack: 1,024 levels are read, shown, compared, printed and dropped on 64 KB.
#[test]
fn i11_depth_costs_no_stack() {
    on_a_small_stack(|| at_depth(Limits::MAX_DEPTH, "[", "]"));
    on_a_small_stack(|| at_depth(Limits::MAX_DEPTH, "{\"a\":", "}"));
}

/// Reads with one limit set and gives the error.
fn limit_error(text: &str, limits: Limits) -> Error {
    let told = from_slice(text.as_bytes(), &Options { limits, ..Options::default() }).expect_err(text);
    assert_eq!(told.kind, ErrorKind::Limit, "{told:?}");
    told
}

/// Proves that a limit is crossed at the first byte too many and not before.
#[test]
fn i5_limits_point_at_the_first_byte_too_many() {
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(from_slice(deep(200).as_bytes(), &Options::default()).is_ok());
    let none = Limits { digits: None, ..Limits::default() };
    let cases = [
        (deep(201), Limits::default(), 200),
        ("[1, [2, [3]]]".into(), Limits { depth: 2, ..none.clone() }, 8),
        ("[1, 22, 3]".into(), Limits { input_bytes: Some(9), ..none.clone() }, 9),
        ("[1, 22, 3]".into(), Limits { values: Some(3), ..none.clone() }, 8),
        ("{\"a\": 1, \"b\": {\"c\": 2}}".into(), Limits { values: Some(2), ..none.clone() }, 14),
        ("{\"abcd\": 1}".into(), Limits { key_bytes: Some(3), ..none.clone() }, 5),
        ("[\"abcd\"]".into(), Limits { string_bytes: Some(3), ..none.clone() }, 5),
        ("[\"ab\\ncd\"]".into(), Limits { string_bytes: Some(3), ..none.clone() }, 6),
        ("[12345, 1]".into(), Limits { digits: Some(4), ..none.clone() }, 5),
        ("{\"a\": -12345}".into(), Limits { digits: Some(4), ..none }, 11),
    ];
    for (text, limits, offset) in cases {
        let told = limit_error(&text, limits.clone());
        assert_eq!(told.offset, offset, "{text}: {told:?} under {limits:?}");
    }
}

/// Proves that no text which broke a law once breaks any again.
#[test]
fn texts_that_broke_a_law_keep_them_all() {
    for (what, text) in FOUND {
        for (name, law) in laws::LAWS {
            law(text).unwrap_or_else(|why| panic!("{what}: {:?} breaks {name}\n{why}", String::from_utf8_lossy(text)));
        }
    }
}

/// Proves that texts with every repair after every other one that fuzzing has brought together keep the laws: each text
/// those that read most of the code, and one of all.
#[test]
fn texts_of_the_corpus_keep_the_laws() {
    let most = ["i1", "i5_repair", "i5_shape"].map(|name| (name, law(name)));
    for (at, text) in corpus().iter().enumerate() {
        for (name, law) in most.iter().chain([&laws::LAWS[at % laws::LAWS.len()]]) {
            law(text).unwrap_or_else(|why| panic!("{:?} breaks {name}\n{why}", String::from_utf8_lossy(text)));
        }
    }
}

/// The law of that name.
fn law(name: &str) -> fn(&[u8]) -> Verdict {
    laws::LAWS.iter().find(|(other, _)| *other == name).expect("a law of that name").1
}
