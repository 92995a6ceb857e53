//! The command line.
//!
//! Coming in: words. Going out: [`Arguments`], or what was wrong.

use crate::oracle::laws::{LAWS, Law};
use crate::oracle::texts::{SHAPES, Shape};
use std::path::PathBuf;
use std::str::FromStr;

pub const USAGE: &str = "\
cargo run --release --manifest-path rust/fuzz/Cargo.toml -- [options]
  --seconds N     how long (60, or as long as the runs take)
  --runs N        how many runs; one is a text that is held against one law
  --jobs N        threads, with seeds that follow one another (1)
  --seed N        where the dice start (from the clock)
  --law NAME      only this law
  --each-law      each text is held against one law, each law gets the same time (else each text against all)
  --shape NAME    only texts of this shape, or `corpus` for mutated ones
  --corpus DIR    a folder of more texts to mutate, one per file; what shows something new is written there
  --smallest FILE at the end, the shortest texts that show all that was seen are written there, as tests/data has them
  --findings N    stop after so many (1)
  --longest N     bytes of a text at most (600); short ones are tried far more often in the same time
  --hostile       time of hostile shapes at 64 KB, 256 KB and 1 MB instead
  --hunt          look for texts whose time grows faster than their length instead";

/// Where neither seconds nor runs are given.
pub const DEFAULT_SECONDS: u64 = 60;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    Fuzz,
    Hostile,
    Hunt,
}

#[derive(Debug)]
pub struct Arguments {
    pub task: Task,
    pub seconds: Option<u64>,
    pub runs: Option<u64>,
    pub jobs: u64,
    pub seed: u64,
    pub laws: Vec<Law>,
    pub each_law: bool,
    pub shapes: Vec<Shape>,
    /// No texts of shapes, only mutated ones.
    pub corpus_only: bool,
    pub corpus: Option<PathBuf>,
    pub smallest: Option<PathBuf>,
    pub findings: usize,
    pub longest: usize,
}

impl Arguments {
    pub fn read(words: impl Iterator<Item = String>) -> Result<Arguments, String> {
        let clock = std::time::UNIX_EPOCH.elapsed().map_or(1, |time| time.as_nanos() as u64);
        let mut out = Arguments {
            task: Task::Fuzz,
            seconds: None,
            runs: None,
            jobs: 1,
            seed: clock % 1_000_000_000,
            laws: LAWS.to_vec(),
            each_law: false,
            shapes: SHAPES.to_vec(),
            corpus_only: false,
            corpus: None,
            smallest: None,
            findings: 1,
            longest: 600,
        };
        let mut words = words;
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("{word} needs a value"));
            match word.as_str() {
                "--seconds" => out.seconds = Some(number(&value()?)?),
                "--runs" => out.runs = Some(number(&value()?)?),
                "--jobs" => out.jobs = number::<u64>(&value()?)?.max(1),
                "--seed" => out.seed = number(&value()?)?,
                "--law" => out.laws = named(&value()?, "law", LAWS, &[])?,
                "--each-law" => out.each_law = true,
                "--shape" => {
                    let name = value()?;
                    out.corpus_only = name == "corpus";
                    out.shapes = named(&name, "shape", SHAPES, &["corpus"])?;
                }
                "--corpus" => out.corpus = Some(PathBuf::from(value()?)),
                "--smallest" => out.smallest = Some(PathBuf::from(value()?)),
                "--findings" => out.findings = number(&value()?)?,
                "--longest" => out.longest = number(&value()?)?,
                "--hostile" => out.task = Task::Hostile,
                "--hunt" => out.task = Task::Hunt,
                other => return Err(format!("unknown option {other}")),
            }
        }
        if out.runs.is_none() {
            out.seconds.get_or_insert(DEFAULT_SECONDS);
        }
        Ok(out)
    }
}

/// What has that name; `others` are names too, of nothing in the table.
fn named<T: Copy>(
    name: &str,
    what: &str,
    table: &[(&'static str, T)],
    others: &[&str],
) -> Result<Vec<(&'static str, T)>, String> {
    let found: Vec<_> = table.iter().filter(|(other, _)| *other == name).copied().collect();
    if found.is_empty() && !others.contains(&name) {
        let names: Vec<_> = table.iter().map(|(name, _)| *name).chain(others.iter().copied()).collect();
        return Err(format!("no {what} is called {name}; there are {}", names.join(", ")));
    }
    Ok(found)
}

fn number<N: FromStr>(text: &str) -> Result<N, String> {
    text.parse().map_err(|_| format!("{text} is no number"))
}
