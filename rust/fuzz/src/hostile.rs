//! How long hostile shapes take, and how that grows.
//!
//! Coming in: nothing. Going out: a table of growth exponents and milliseconds; true where all grow about linearly.
//! Decided elsewhere: the shapes and the ways of reading (`oracle::hostile`).

use crate::oracle::hostile::{SHAPES, Shape, WAYS, Way, seconds};

const SIZES: [usize; 3] = [64 << 10, 256 << 10, 1 << 20];
/// Reading of one size is given up beyond this many seconds; larger sizes are not tried.
const GIVE_UP: f64 = 5.0;
/// An exponent above this is no noise: fresh memory alone brings some shapes to 1.4.
const SUSPICIOUS: f64 = 1.5;

/// Measures every shape. True where none is suspicious.
pub fn run() -> bool {
    println!("growth exponents from 64 KB to 1 MB, and milliseconds per 100 KB, in each way of reading");
    println!("{:<38} {:>15} {:>15} {:>15} {:>15}", "shape", "whole", "chunks of 4", "changes", "look per byte");
    let mut worst = (0.0, "");
    let mut suspicious = Vec::new();
    for shape in SHAPES {
        let measured = WAYS.map(|way| measure(shape, way));
        let columns = measured.map(|(exponent, cost)| format!("{exponent:>6.2} {cost:>8.2}"));
        println!("{:<38} {}", shape.name, columns.join(" "));
        for (exponent, cost) in measured {
            if cost > worst.0 {
                worst = (cost, shape.name);
            }
            if exponent > SUSPICIOUS && !suspicious.contains(&shape.name) {
                suspicious.push(shape.name);
            }
        }
    }
    println!("worst: {:.2} ms per 100 KB ({})", worst.0, worst.1);
    println!("growing faster than n^{SUSPICIOUS}: {suspicious:?}");
    suspicious.is_empty()
}

/// The growth exponent, and milliseconds per 100 KB at the largest size tried.
fn measure(shape: &Shape, way: Way) -> (f64, f64) {
    let mut points: Vec<(f64, f64)> = Vec::new();
    for size in SIZES {
        let text = shape.text(size);
        let best = (0..3).map(|_| seconds(&text, way)).fold(f64::MAX, f64::min);
        points.push((text.len() as f64, best));
        if best > GIVE_UP {
            break;
        }
    }
    let (first, last) = (points[0], points[points.len() - 1]);
    let exponent = if points.len() < 2 { f64::INFINITY } else { (last.1 / first.1).ln() / (last.0 / first.0).ln() };
    (exponent, last.1 * 1e3 / (last.0 / 1e5))
}
