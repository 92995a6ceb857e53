//! The fuzzing loop.
//!
//! Coming in: the arguments. Going out: whether all laws held; runs of each law; findings on disk and on the screen.
//! Decided elsewhere: which texts are mutated further (`corpus`).

use crate::arguments::Arguments;
use crate::corpus::Corpus;
use crate::mutation::mutate;
use crate::oracle::choices::{Choices, Dice};
use crate::oracle::laws::{Law, Verdict};
use crate::oracle::peer::valid_json;
use crate::shrinking::shrink;
use crate::tally::{Tally, table};
use crate::watchdog::Watchdog;
use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Findings of one law after which it is left out.
const ENOUGH: usize = 5;
/// A long run says where it is this often.
const NEWS: Duration = Duration::from_secs(60);

/// What the jobs have done together.
#[derive(Default)]
struct Done {
    runs: AtomicU64,
    findings: AtomicUsize,
}

struct Job<'a> {
    arguments: &'a Arguments,
    done: &'a Done,
    start: Instant,
    dice: Dice,
    corpus: Corpus,
    laws: Vec<(Law, Tally)>,
    watchdog: Watchdog,
}

/// Fuzzes for the time or the runs given. True where nothing was found; an error where the corpus cannot be kept.
pub fn run(arguments: &Arguments) -> io::Result<bool> {
    let (start, done) = (Instant::now(), Done::default());
    // A panic is a finding like any other; its place is told with it.
    std::panic::set_hook(Box::new(|_| {}));
    let jobs = (0..arguments.jobs).map(|job| Job::new(arguments, &done, start, job)).collect::<io::Result<Vec<_>>>()?;
    let [texts, laws] = [jobs[0].corpus.texts().len(), arguments.laws.len()];
    println!("seed {}, {} jobs, {texts} texts to mutate, {laws} laws", arguments.seed, jobs.len());
    let ended = thread::scope(|scope| {
        let threads: Vec<_> = jobs.into_iter().map(|job| scope.spawn(|| job.run())).collect();
        let joined = threads.into_iter().map(|thread| thread.join().expect("a job catches what panics"));
        joined.collect::<io::Result<Vec<_>>>()
    })?;
    let mut rows: Vec<_> = arguments.laws.iter().map(|(name, _)| (*name, Tally::default())).collect();
    let mut shown: HashSet<(&str, &str)> = HashSet::new();
    for job in &ended {
        rows.iter_mut().zip(&job.laws).for_each(|((_, sum), (_, tally))| sum.add(tally));
        shown.extend(job.corpus.known());
    }
    if let Some(file) = &arguments.smallest {
        fs::write(file, Corpus::smallest(ended.iter().flat_map(|job| job.corpus.texts().iter().cloned())))?;
    }
    let (runs, findings) = (done.runs.into_inner(), done.findings.into_inner());
    let seconds = start.elapsed().as_secs_f64();
    println!("{}", table(&rows));
    println!(
        "{runs} runs in {seconds:.1} s, {:.0} a second, {} pairs of repairs seen, {findings} findings",
        runs as f64 / seconds,
        shown.len()
    );
    Ok(findings == 0)
}

fn findings_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("findings")
}

impl<'a> Job<'a> {
    fn new(arguments: &'a Arguments, done: &'a Done, start: Instant, job: u64) -> io::Result<Job<'a>> {
        Ok(Job {
            arguments,
            done,
            start,
            dice: Dice::new(arguments.seed + job),
            corpus: Corpus::open(arguments.corpus.as_deref())?,
            laws: arguments.laws.iter().map(|law| (*law, Tally::default())).collect(),
            watchdog: Watchdog::start(&findings_folder()),
        })
    }

    fn run(mut self) -> io::Result<Self> {
        let mut told = Instant::now();
        while !self.is_over() {
            let before = Instant::now();
            let text = self.text();
            let valid = u64::from(valid_json(&text).is_some());
            let turn = self.turn();
            for &at in &turn {
                self.hold(at, &text);
                self.laws[at].1.runs += 1;
                self.laws[at].1.valid += valid;
            }
            self.done.runs.fetch_add(turn.len() as u64, Ordering::Relaxed);
            self.watchdog.idle();
            self.corpus.keep_if_new(text)?;
            // Making the text is part of what a law costs, or a quick one would take most of the time.
            let share = before.elapsed() / turn.len() as u32;
            turn.iter().for_each(|&at| self.laws[at].1.time += share);
            if told.elapsed() > NEWS {
                told = Instant::now();
                let [runs, seconds] = [self.done.runs.load(Ordering::Relaxed), self.start.elapsed().as_secs()];
                println!("{runs} runs after {seconds} s");
            }
        }
        Ok(self)
    }

    fn is_over(&self) -> bool {
        let Arguments { seconds, runs, findings, .. } = self.arguments;
        seconds.is_some_and(|seconds| self.start.elapsed() >= Duration::from_secs(seconds))
            || runs.is_some_and(|runs| self.done.runs.load(Ordering::Relaxed) >= runs)
            || self.done.findings.load(Ordering::Relaxed) >= *findings
            || self.left().next().is_none()
    }

    /// The laws that are not left out: one that is broken often would hide the others.
    fn left(&self) -> impl Iterator<Item = usize> {
        (0..self.laws.len()).filter(|&at| self.laws[at].1.findings < ENOUGH)
    }

    /// The laws that the next text is held against: all, or the one that has had the least time.
    fn turn(&self) -> Vec<usize> {
        if !self.arguments.each_law {
            return self.left().collect();
        }
        self.left().min_by_key(|&at| self.laws[at].1.time).into_iter().collect()
    }

    /// The next text: of a shape, or a mutated one of the corpus.
    fn text(&mut self) -> Vec<u8> {
        let Arguments { shapes, corpus_only, longest, .. } = self.arguments;
        let mut text = if *corpus_only || (shapes.len() > 1 && self.dice.below(2) == 0) {
            let texts = self.corpus.texts();
            let mut text = texts[self.dice.below(texts.len())].clone();
            for _ in 0..=self.dice.below(4) {
                mutate(&mut text, texts, &mut self.dice);
            }
            text
        } else {
            let (_, make) = shapes[self.dice.below(shapes.len())];
            let count = 8 + self.dice.below(240);
            let choices = self.dice.bytes(count);
            make(&mut Choices::new(&choices))
        };
        text.truncate(*longest);
        text
    }

    /// Holds a text against a law.
    fn hold(&mut self, at: usize, text: &[u8]) {
        let (name, law) = self.laws[at].0;
        self.watchdog.working_on(name, text);
        if let Err(why) = check(law, text)
            && self.report(name, law, text, &why)
        {
            self.laws[at].1.findings += 1;
            self.done.findings.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Makes a failing text small, prints and saves it. False where it was found before.
    fn report(&self, name: &str, law: fn(&[u8]) -> Verdict, text: &[u8], why: &str) -> bool {
        let small = shrink(text, |text| {
            self.watchdog.working_on(name, text);
            check(law, text).is_err()
        });
        let why = check(law, &small).err().unwrap_or_else(|| why.to_owned());
        let mut hasher = DefaultHasher::new();
        (name, &small).hash(&mut hasher);
        let file = findings_folder().join(format!("{name}-{:016x}.bin", hasher.finish()));
        if file.exists() {
            return false;
        }
        println!("\n{name}: {:?}\n{why}", String::from_utf8_lossy(&small));
        let saved = fs::create_dir_all(findings_folder()).and_then(|()| fs::write(&file, &small));
        match saved {
            Ok(()) => println!("saved as {}", file.display()),
            Err(error) => println!("not saved: {error}"),
        }
        true
    }
}

fn check(law: fn(&[u8]) -> Verdict, text: &[u8]) -> Verdict {
    catch_unwind(AssertUnwindSafe(|| law(text))).unwrap_or_else(|panic| {
        let told = panic.downcast_ref::<String>().cloned();
        let told = told.or_else(|| panic.downcast_ref::<&str>().map(|told| (*told).to_owned()));
        Err(format!("panicked: {}", told.unwrap_or_default()))
    })
}
