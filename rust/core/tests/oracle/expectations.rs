//! Shapes: what a document is expected to be, made at random.
//!
//! Coming in: a text, whose bytes decide. Going out: a shape with places that lead to one another in circles.
//! Its keys are those of `documents`, so that some members are known and some are not.

use super::choices::Dice;
use super::feeding::How;
use pydantic_flow_core::{Kinds, Node, Options, Shape, Unfinished};
use std::sync::Arc;

const KEYS: &[&str] = &["a", "b", "name", "id", "tags", "first_name", "x", "kind", "rest", "k"];
const TAGS: &[&str] = &["sun", "Vera", "blue", "ok", "a", "b"];
const PLACES: usize = 8;

/// A shape that depends on a text alone.
pub fn shape_of(text: &[u8]) -> Shape {
    let mut dice = Dice::of(text);
    let places = (0..PLACES).map(|_| place(&mut dice)).collect();
    let root = dice.below(PLACES + 1) as u32;
    Shape::new(places, root).expect("every number has a place")
}

/// Reading with such a shape.
pub fn shaped(text: &[u8], coerce: bool, unfinished: Unfinished) -> How {
    let shape = Some(Arc::new(shape_of(text)));
    How { options: Options { shape, coerce, ..Options::default() }, unfinished }
}

fn place(dice: &mut Dice) -> Node {
    let kinds = match dice.below(6) {
        0 => Kinds::ANY,
        1 => Kinds::OBJECT,
        2 => Kinds::ARRAY,
        3 => Kinds::NUMBER,
        _ => Kinds::from_bits(dice.next() as u8),
    };
    let somewhere = |dice: &mut Dice| dice.below(PLACES + 1) as u32;
    let named = |dice: &mut Dice, names: &[&str]| -> Vec<(Box<str>, u32)> {
        let chosen: Vec<&str> = names.iter().filter(|_| dice.below(2) == 0).copied().collect();
        chosen.into_iter().map(|name| (name.into(), somewhere(dice))).collect()
    };
    Node {
        kinds,
        whole: dice.below(3) == 0,
        closed: dice.below(2) == 0,
        members: named(dice, KEYS),
        others: somewhere(dice),
        first: (0..dice.below(3)).map(|_| somewhere(dice)).collect(),
        rest: somewhere(dice),
        tag: (dice.below(2) == 0).then(|| ("kind".into(), named(dice, TAGS))),
    }
}
