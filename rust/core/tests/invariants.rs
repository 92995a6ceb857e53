//! The promises of the design, one property under the name of each.
//!
//! Coming in: random choices with a fixed seed. Going out: a failure with the smallest text that breaks the promise.
//! Decided elsewhere: what a promise means (`oracle::laws`), the texts (`oracle::texts`). `PROPTEST_CASES` sets how many
//! are tried, `PROPTEST_RNG_SEED` another seed; the fuzzer in `rust/fuzz` goes on where this stops.

mod oracle;

use oracle::choices::Choices;
use oracle::documents::{Taste, container_document, text_of};
use oracle::feeding::How;
use oracle::laws::{self, Verdict};
use oracle::texts;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};

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
    holds(600, texts::any, |text| laws::i1(text, &How::default()));
}

/// Proves the same where what may still change is hidden.
#[test]
fn i1_chunking_is_invisible_when_hiding() {
    holds(300, texts::any, |text| laws::i1(text, &How::hiding()));
}

/// Proves the same in strict mode, errors and their offsets included.
#[test]
fn i1_chunking_is_invisible_in_strict_mode() {
    holds(300, texts::any, |text| laws::i1(text, &How::strict()));
}

/// Proves that limits are crossed at the same byte however the text is cut.
#[test]
fn i1_limits_do_not_see_chunks() {
    holds(400, texts::any, law("i1_limits"));
}

/// Proves that valid JSON is read as serde_json reads it, bit for bit, and every prefix as the prefix oracle does.
#[test]
fn i2_valid_json_is_exact() {
    holds(800, texts::valid, laws::i2);
}

/// Proves that snapshots of valid JSON only grow.
#[test]
fn i3_monotone() {
    holds(500, |choices| text_of(&container_document(choices, Taste::Tame)), laws::i3_grows);
}

/// Proves that a settled node stays, whatever the text.
#[test]
fn i3_settled() {
    holds(800, texts::any, laws::i3_settled);
}

/// Proves that one defect changes nothing but what it hits.
#[test]
fn i4_one_defect_changes_nothing_else() {
    holds_for_choices(3000, laws::i4);
}

/// Proves that no text of the value was made up.
#[test]
fn i4_nothing_is_invented() {
    holds(1500, texts::any, laws::i4_nothing_invented);
}

/// Proves that in tolerant mode nothing but a limit is an error, and that repaired text is valid JSON of the same value.
#[test]
fn i5_total() {
    holds(1500, texts::any, |text| laws::i5(text).and_then(|()| laws::i5_repair(text)));
}

/// Proves that strict mode takes what serde_json takes and nothing else.
#[test]
fn i6_strict_accepts_exactly_rfc8259() {
    holds(1500, texts::any, laws::i6);
    holds(1500, texts::mutated, laws::i6);
}

/// Proves that a valid text that is not all there yet is unfinished and never malformed.
#[test]
fn i6_a_prefix_is_unfinished() {
    holds(200, texts::valid, laws::i6_prefixes);
}

/// Proves that the changes replay to every snapshot, in an implementation of their own.
#[test]
fn i8_replay() {
    holds(600, texts::any, |text| laws::i8(text, &How::default()).and_then(|()| laws::i8(text, &How::hiding())));
}

/// Proves that a snapshot stays as it was.
#[test]
fn i9_snapshots_stay() {
    holds(500, texts::any, laws::i9);
}

/// Proves that strings hold the text of their bytes, U+FFFD for what is none, however they are cut.
#[test]
fn i10_clean_text() {
    holds(800, texts::bytes, laws::i10);
    holds(400, texts::any, laws::i10);
}

/// Proves that a parser that ended says so the same way each time.
#[test]
fn i11_no_crash() {
    holds(800, texts::any, laws::i11);
}

/// The law of that name.
fn law(name: &str) -> fn(&[u8]) -> Verdict {
    laws::LAWS.iter().find(|(other, _)| *other == name).expect("a law of that name").1
}
