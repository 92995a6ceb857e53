//! Small damage to a text.
//!
//! Coming in: a text, others to take parts from, dice. Going out: the text, changed in place.

use crate::oracle::choices::Dice;
use crate::oracle::texts::SOUP;

/// Damages a text once.
pub fn mutate(text: &mut Vec<u8>, pool: &[Vec<u8>], dice: &mut Dice) {
    let at = dice.below(text.len() + 1);
    let len = dice.below(12).min(text.len() - at);
    match dice.below(8) {
        0 => drop(text.drain(at..at + len)),
        1 => drop(text.drain(at..at + len.min(1))),
        2 => {
            let part = text[at..at + len].to_vec();
            text.splice(at..at, part);
        }
        3 => {
            let other = &pool[dice.below(pool.len())];
            let from = dice.below(other.len() + 1);
            let to = from + dice.below(40).min(other.len() - from);
            text.splice(at..at, other[from..to].iter().copied());
        }
        4 => text.truncate(at),
        5 => {
            if let Some(byte) = text.get_mut(at) {
                *byte = dice.next() as u8;
            }
        }
        _ => {
            let piece = SOUP[dice.below(SOUP.len())];
            text.splice(at..at, piece.bytes());
        }
    }
}
