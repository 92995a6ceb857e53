//! The core and other Rust readers, measured in one run.
//!
//! Coming in: files of valid JSON, named on the command line (`rust.py` writes them). Going out: one line of JSON for each
//! reader, text and mode, in the form that `report.py` shows. Decided elsewhere: who reads how (`readers`).
//!
//! Answers are compared before times are taken; readers take turns within a round, in an order that rotates.

mod readers;

use cpu_time::ThreadTime;
use readers::{Reading, Text, readings};
use serde_json::json;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

/// A measurement repeats its work until it takes this long.
const LEAST: Duration = Duration::from_millis(20);
/// What takes longer than so many seconds is measured in a few rounds, or in one.
const SLOW: f64 = 1.0;
const VERY_SLOW: f64 = 10.0;
const SLOW_ROUNDS: usize = 3;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(rounds) = arguments.next().and_then(|rounds| rounds.parse().ok()) else {
        eprintln!("usage: pydantic-flow-benches ROUNDS FILE...   (0 rounds: answers only)");
        return ExitCode::from(2);
    };
    let mut ours_is_right = true;
    for file in arguments {
        let path = Path::new(&file);
        let text = match std::fs::read_to_string(path) {
            Ok(text) => Text::new(text),
            Err(why) => {
                eprintln!("{file}: {why}");
                return ExitCode::from(2);
            }
        };
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        for mode in readers::MODES {
            ours_is_right &= compete(&name, &text, mode, rounds);
        }
    }
    if ours_is_right { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// One text in one mode: answers first, then rounds in which everybody is measured once.
fn compete(name: &str, text: &Text, mode: &str, rounds: usize) -> bool {
    let mut readings = readings(text, mode);
    let verdicts: Vec<String> = readings.iter_mut().map(|reading| verdict(text, reading)).collect();
    let mut present: Vec<_> = (0..readings.len()).filter(|&at| verdicts[at] == "right").collect();
    let mut seconds = vec![Vec::new(); readings.len()];
    if rounds > 0 {
        let repeats: Vec<u32> = readings.iter_mut().map(repeats).collect();
        for round in 0..rounds {
            for &at in &present {
                let took = seconds[at].first().map_or(0.0, |first: &f64| first / readings[at].scale);
                if took < SLOW || (took < VERY_SLOW && round < SLOW_ROUNDS) {
                    seconds[at].push(measure(&mut readings[at], repeats[at]));
                }
            }
            if !present.is_empty() {
                present.rotate_left(1);
            }
        }
    }
    for ((reading, verdict), seconds) in readings.iter().zip(&verdicts).zip(seconds) {
        let row = json!({
            "mode": format!("rust: {mode}"), "corpus": name, "contestant": reading.reader, "verdict": verdict,
            "estimated": reading.scale != 1.0, "fresh": null, "chunks": text.chunks().count(),
            "median": median(&seconds), "seconds": seconds,
        });
        println!("{row}");
    }
    readings.iter().zip(&verdicts).all(|(reading, verdict)| reading.reader != readers::OURS || verdict == "right")
}

fn verdict(text: &Text, reading: &mut Reading) -> String {
    match (reading.answer)() {
        Ok(answer) if answer == text.expected => "right".to_owned(),
        Ok(answer) => format!("wrong: {}", answer.to_string().chars().take(100).collect::<String>()),
        Err(why) => why,
    }
}

fn repeats(reading: &mut Reading) -> u32 {
    let once = measure(reading, 1) / reading.scale;
    (LEAST.as_secs_f64() / once.max(1e-9)).clamp(1.0, 100_000.0) as u32
}

/// Seconds for doing the work once, the freeing of what was read included.
fn measure(reading: &mut Reading, repeats: u32) -> f64 {
    let start = ThreadTime::now();
    for _ in 0..repeats {
        (reading.work)();
    }
    start.elapsed().as_secs_f64() / f64::from(repeats) * reading.scale
}

fn median(seconds: &[f64]) -> Option<f64> {
    let mut sorted = seconds.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(sorted[middle]),
        _ => Some((sorted[middle - 1] + sorted[middle]) / 2.0),
    }
}
