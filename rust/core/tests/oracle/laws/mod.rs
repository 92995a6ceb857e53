//! The invariants as functions of one text: what each promises, checked.
//!
//! Coming in: a text (its cuts follow from its bytes), or choices. Going out: what was broken, in words.
//! Decided elsewhere: which texts are tried, how often, and how a failing one is made small.

mod chunking;
mod defects;
mod ending;
mod exact;
mod growth;
mod replaying;
mod shapes;
mod strict;
mod total;
mod work;

use super::choices::{Choices, Dice};
use super::feeding::How;
use pydantic_flow_core::{Limits, Options, Unfinished};

pub use chunking::i1;
pub use defects::{i4, i4_nothing_invented};
pub use ending::{i9, i10, i11, i11_any_calls};
pub use exact::{i2, i2_endings};
pub use growth::{i3_grows, i3_settled};
pub use replaying::i8;
pub use shapes::{i1_shape, i2_shape, i5_shape, i8_shape};
pub use strict::{i6, i6_prefixes};
pub use total::{i5, i5_repair};
pub use work::i7;

/// Kept, or what was broken.
pub type Verdict = Result<(), String>;

/// A law about any text.
pub type Law = (&'static str, fn(&[u8]) -> Verdict);

/// The laws that hold for any text at all (`i4` and `i11_any_calls` take its bytes for choices).
pub const LAWS: &[Law] = &[
    ("i1", |text| i1(text, &How::default())),
    ("i1_hide", |text| i1(text, &How::hiding())),
    ("i1_strict", |text| i1(text, &How::strict())),
    ("i1_limits", |text| i1(text, &tight(text))),
    ("i1_shape", i1_shape),
    ("i2", i2),
    ("i2_endings", i2_endings),
    ("i2_shape", i2_shape),
    ("i3", i3_settled),
    ("i4", |choices| i4(&mut Choices::new(choices))),
    ("i4_nothing_invented", i4_nothing_invented),
    ("i5", i5),
    ("i5_repair", i5_repair),
    ("i5_shape", i5_shape),
    ("i6", i6),
    ("i6_prefixes", i6_prefixes),
    ("i7", i7),
    ("i8", |text| i8(text, &How::default())),
    ("i8_hide", |text| i8(text, &How::hiding())),
    ("i8_shape", i8_shape),
    ("i9", i9),
    ("i10", i10),
    ("i11", i11),
    ("i11_any_calls", |choices| i11_any_calls(&mut Choices::new(choices))),
];

/// Small limits that depend on the text alone.
fn tight(text: &[u8]) -> How {
    let mut dice = Dice::of(text);
    let mut some = |at_most: usize| (dice.below(2) == 0).then(|| 1 + dice.below(at_most));
    let (input, values) = (some(text.len().max(1)), some(8));
    let limits = Limits {
        depth: some(4).unwrap_or(200),
        input_bytes: input.map(|n| n as u64),
        values: values.map(|n| n as u64),
        key_bytes: some(6),
        string_bytes: some(12),
        digits: some(4),
    };
    How { options: Options { limits, ..Options::default() }, unfinished: Unfinished::Show }
}

fn ensure(holds: bool, what: impl FnOnce() -> String) -> Verdict {
    if holds { Ok(()) } else { Err(what()) }
}

fn equal<T: PartialEq + std::fmt::Debug>(what: &str, got: &T, want: &T) -> Verdict {
    ensure(got == want, || format!("{what}:\n   got {got:?}\n  want {want:?}"))
}

fn show(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}
