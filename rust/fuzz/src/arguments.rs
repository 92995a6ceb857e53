//! The command line.
//!
//! Coming in: words. Going out: [`Arguments`], or what was wrong.

use std::path::PathBuf;
use std::str::FromStr;

pub const USAGE: &str = "\
cargo run --release --manifest-path rust/fuzz/Cargo.toml -- [options]
  --seconds N     how long (60)
  --seed N        where the dice start (from the clock)
  --shape NAME    only texts of this shape, or `corpus` for mutated seeds
  --corpus DIR    more texts to mutate, one per file
  --law NAME      only this law
  --findings N    stop after so many (1)
  --longest N     bytes of a text at most (600); short ones are tried far more often in the same time
  --hostile       time of hostile shapes at 64 KB, 256 KB and 1 MB instead
  --hunt          look for texts whose time grows faster than their length instead";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    Fuzz,
    Hostile,
    Hunt,
}

#[derive(Debug)]
pub struct Arguments {
    pub task: Task,
    pub seconds: u64,
    pub seed: u64,
    pub shape: Option<String>,
    pub corpus: Option<PathBuf>,
    pub law: Option<String>,
    pub findings: usize,
    pub longest: usize,
}

impl Arguments {
    pub fn read(words: impl Iterator<Item = String>) -> Result<Arguments, String> {
        let clock = std::time::UNIX_EPOCH.elapsed().map_or(1, |time| time.as_nanos() as u64);
        let mut out = Arguments {
            task: Task::Fuzz,
            seconds: 60,
            seed: clock % 1_000_000_000,
            shape: None,
            corpus: None,
            law: None,
            findings: 1,
            longest: 600,
        };
        let mut words = words;
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("{word} needs a value"));
            match word.as_str() {
                "--seconds" => out.seconds = number(&value()?)?,
                "--seed" => out.seed = number(&value()?)?,
                "--shape" => out.shape = Some(value()?),
                "--corpus" => out.corpus = Some(PathBuf::from(value()?)),
                "--law" => out.law = Some(value()?),
                "--findings" => out.findings = number(&value()?)?,
                "--longest" => out.longest = number(&value()?)?,
                "--hostile" => out.task = Task::Hostile,
                "--hunt" => out.task = Task::Hunt,
                other => return Err(format!("unknown option {other}")),
            }
        }
        Ok(out)
    }
}

fn number<N: FromStr>(text: &str) -> Result<N, String> {
    text.parse().map_err(|_| format!("{text} is no number"))
}
