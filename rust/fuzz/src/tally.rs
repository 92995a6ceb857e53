//! What was run, law by law.
//!
//! Coming in: each run. Going out: sums over jobs, and a table.

use std::fmt;
use std::time::Duration;

/// One law: a run is one text that was held against it.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub runs: u64,
    /// How many of the texts were valid JSON, of which alone some laws say anything.
    pub valid: u64,
    pub time: Duration,
    pub findings: usize,
}

impl Tally {
    pub fn add(&mut self, other: &Tally) {
        self.runs += other.runs;
        self.valid += other.valid;
        self.time += other.time;
        self.findings += other.findings;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.time.as_secs_f64();
        write!(f, "{:>12} {:>12} {seconds:>10.1} {:>9}", self.runs, self.valid, self.findings)
    }
}

/// A line per law and the sum.
pub fn table(rows: &[(&'static str, Tally)]) -> String {
    let mut sum = Tally::default();
    let mut out = format!("{:<20} {:>12} {:>12} {:>10} {:>9}\n", "law", "runs", "valid JSON", "seconds", "findings");
    for (name, row) in rows {
        sum.add(row);
        out += &format!("{name:<20} {row}\n");
    }
    out + &format!("{:<20} {sum}", "all")
}
