//! Looks for texts whose time grows faster than their length: random units, repeated.
//!
//! Coming in: seconds, a seed. Going out: the units found, made small, with their times; true where there is none.

use crate::arguments::{Arguments, DEFAULT_SECONDS};
use crate::oracle::choices::{Choices, Dice};
use crate::oracle::hostile::{WAYS, Way, repeated, seconds};
use crate::oracle::texts::soup;
use crate::shrinking::shrink;
use std::time::{Duration, Instant};

const SMALL: usize = 8 << 10;
const LARGE: usize = 32 << 10;
/// Four times the text in nine times the time.
const SUSPICIOUS: f64 = 9.0;
/// Shorter times are noise.
const SECONDS: f64 = 0.02;

/// A beginning and what is repeated after it.
struct Unit {
    before: Vec<u8>,
    unit: Vec<u8>,
    way: Way,
}

/// Hunts for the time given.
pub fn run(arguments: &Arguments) -> bool {
    let end = Instant::now() + Duration::from_secs(arguments.seconds.unwrap_or(DEFAULT_SECONDS));
    let mut dice = Dice::new(arguments.seed);
    let (mut tried, mut found) = (0u64, 0);
    println!("seed {}", arguments.seed);
    while Instant::now() < end && found < arguments.findings {
        let way = WAYS[dice.below(WAYS.len())];
        let unit = Unit { before: piece(&mut dice, 3), unit: piece(&mut dice, 6), way };
        tried += 1;
        if unit.is_suspicious() {
            found += 1;
            unit.report();
        }
    }
    println!("{tried} units, {found} grow faster than their length");
    found == 0
}

impl Unit {
    fn seconds(&self, size: usize) -> f64 {
        seconds(&repeated(&self.before, &self.unit, b"", size), self.way)
    }

    fn is_suspicious(&self) -> bool {
        let grows = || {
            let large = self.seconds(LARGE);
            large > SECONDS && large / self.seconds(SMALL) > SUSPICIOUS
        };
        !self.unit.is_empty() && grows() && grows() && grows()
    }

    fn with(&self, before: &[u8], unit: &[u8]) -> Unit {
        Unit { before: before.to_vec(), unit: unit.to_vec(), way: self.way }
    }

    fn report(&self) {
        let unit = shrink(&self.unit, |unit| self.with(&self.before, unit).is_suspicious());
        let before = shrink(&self.before, |before| self.with(before, &unit).is_suspicious());
        let small = self.with(&before, &unit);
        println!(
            "{:?} then {:?} repeated ({:?}): {:.1} ms for 8 KB, {:.1} ms for 32 KB",
            String::from_utf8_lossy(&before),
            String::from_utf8_lossy(&unit),
            self.way,
            small.seconds(SMALL) * 1e3,
            small.seconds(LARGE) * 1e3
        );
    }
}

/// A few tokens of soup.
fn piece(dice: &mut Dice, at_most: usize) -> Vec<u8> {
    let count = 2 + dice.below(at_most * 2);
    let bytes = dice.bytes(count);
    let mut text = soup(&mut Choices::new(&bytes));
    text.truncate(at_most * 6);
    text
}
