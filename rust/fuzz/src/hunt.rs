//! Looks for texts whose time grows faster than their length: random units, repeated.
//!
//! Coming in: seconds, a seed. Going out: the units found, with their exponents; true where there is none.

use crate::arguments::Arguments;
use crate::hostile::{repeated, seconds_in_chunks};
use crate::oracle::choices::{Choices, Dice};
use crate::oracle::texts::soup;
use std::time::{Duration, Instant};

const SMALL: usize = 16 << 10;
const LARGE: usize = 64 << 10;
/// Four times the text in ten times the time.
const SUSPICIOUS: f64 = 10.0;

/// Hunts for the time given.
pub fn run(arguments: &Arguments) -> bool {
    let end = Instant::now() + Duration::from_secs(arguments.seconds);
    let mut dice = Dice::new(arguments.seed);
    let (mut tried, mut found) = (0u64, 0);
    println!("seed {}", arguments.seed);
    while Instant::now() < end {
        let (before, unit) = (piece(&mut dice, 3), piece(&mut dice, 6));
        tried += 1;
        if unit.is_empty() {
            continue;
        }
        let changes = dice.below(3) == 0;
        let ratio = |size: usize| seconds_in_chunks(&repeated(&before, &unit, "", size), changes);
        let (small, large) = (ratio(SMALL), ratio(LARGE));
        if large > 0.01 && large / small > SUSPICIOUS && ratio(LARGE) / ratio(SMALL) > SUSPICIOUS {
            found += 1;
            let with = if changes { " with changes" } else { "" };
            println!("{before:?} then {unit:?} repeated{with}: {:.1} ms, {:.1} ms", small * 1e3, large * 1e3);
        }
    }
    println!("{tried} units, {found} grow faster than their length");
    found == 0
}

/// A few tokens of soup.
fn piece(dice: &mut Dice, at_most: usize) -> String {
    let count = 2 + dice.below(at_most * 2);
    let bytes = dice.bytes(count);
    String::from_utf8_lossy(&soup(&mut Choices::new(&bytes))).chars().take(at_most * 6).collect()
}
