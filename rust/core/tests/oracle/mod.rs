//! What judges the core: generators of texts, second implementations, and one law per invariant.
//!
//! Coming in: choices (bytes) or texts. Going out: texts to read, and verdicts on how they were read.
//! Decided elsewhere: what runs them (`invariants.rs` and `tables.rs` with fixed seeds, the fuzzer with time).
//! Nothing here shares code with the reader.

// Each test binary uses its own part of this.
#![allow(dead_code, unused_imports)]

pub mod choices;
pub mod defects;
pub mod documents;
pub mod expectations;
pub mod feeding;
pub mod found;
pub mod hostile;
pub mod laws;
pub mod node;
pub mod peer;
pub mod prefix;
pub mod recorder;
pub mod replay;
pub mod texts;
