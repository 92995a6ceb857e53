//! The fuzzing loop.
//!
//! Coming in: the arguments. Going out: whether all laws held; findings on disk and on the screen.
//! Texts whose repairs are a new combination join the pool that is mutated further.

use crate::arguments::Arguments;
use crate::mutation::mutate;
use crate::oracle::choices::{Choices, Dice};
use crate::oracle::feeding::{How, at_once};
use crate::oracle::laws::{LAWS, Law, Verdict};
use crate::oracle::texts::SHAPES;
use crate::seeds::seeds;
use crate::shrinking::shrink;
use crate::watchdog::Watchdog;
use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const POOL: usize = 4000;
/// Findings of one law after which it is left out.
const ENOUGH: usize = 5;

struct Campaign<'a> {
    arguments: &'a Arguments,
    dice: Dice,
    pool: Vec<Vec<u8>>,
    known: HashSet<u64>,
    laws: Vec<Law>,
    /// The law of each finding.
    broken: Vec<&'static str>,
    watchdog: Watchdog,
}

/// Fuzzes for the time given. True where nothing was found.
pub fn run(arguments: &Arguments) -> bool {
    let wanted = |name: &str| arguments.law.as_deref().is_none_or(|law| law == name);
    let laws: Vec<Law> = LAWS.iter().copied().filter(|(name, _)| wanted(name)).collect();
    let mut campaign = Campaign {
        arguments,
        dice: Dice::new(arguments.seed),
        pool: seeds(arguments.corpus.as_deref()),
        known: HashSet::new(),
        laws,
        broken: Vec::new(),
        watchdog: Watchdog::start(&findings_folder()),
    };
    println!("seed {}, {} texts to mutate, {} laws", arguments.seed, campaign.pool.len(), campaign.laws.len());
    // A panic is a finding like any other; its place is told with it.
    std::panic::set_hook(Box::new(|_| {}));
    campaign.loop_until(Instant::now() + Duration::from_secs(arguments.seconds))
}

fn findings_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("findings")
}

impl Campaign<'_> {
    fn loop_until(&mut self, end: Instant) -> bool {
        let start = Instant::now();
        let (mut runs, mut found) = (0u64, 0);
        while Instant::now() < end && found < self.arguments.findings {
            let text = self.text();
            runs += 1;
            for (name, law) in self.laws.clone() {
                self.watchdog.working_on(name, &text);
                if let Err(why) = check(law, &text)
                    && self.report(name, law, &text, &why)
                {
                    found += 1;
                    self.broken.push(name);
                }
            }
            // A law that is broken often would hide the others.
            let broken = &self.broken;
            self.laws.retain(|(name, _)| broken.iter().filter(|other| *other == name).count() < ENOUGH);
            self.watchdog.idle();
            self.keep_if_new(text);
        }
        let seconds = start.elapsed().as_secs_f64();
        println!(
            "{runs} texts in {seconds:.1} s, {:.0} texts/s, {} kinds of repair seen together, {found} findings",
            runs as f64 / seconds,
            self.known.len()
        );
        found == 0
    }

    /// The next text: of a shape, or a mutated one of the pool.
    fn text(&mut self) -> Vec<u8> {
        let mut shapes: Vec<_> = SHAPES.to_vec();
        if let Some(wanted) = &self.arguments.shape {
            shapes.retain(|(name, _)| name == wanted);
        }
        if shapes.is_empty() || (self.arguments.shape.is_none() && self.dice.below(2) == 0) {
            let mut text = self.pool[self.dice.below(self.pool.len())].clone();
            for _ in 0..=self.dice.below(4) {
                mutate(&mut text, &self.pool, &mut self.dice);
            }
            text.truncate(self.arguments.longest);
            return text;
        }
        let (_, make) = shapes[self.dice.below(shapes.len())];
        let count = 8 + self.dice.below(240);
        let choices = self.dice.bytes(count);
        let mut text = make(&mut Choices::new(&choices));
        text.truncate(self.arguments.longest);
        text
    }

    /// A text that shows something new is worth going on from.
    fn keep_if_new(&mut self, text: Vec<u8>) {
        let seen = at_once(&text, &How::default());
        let mut hasher = DefaultHasher::new();
        let mut kinds: Vec<_> = seen.repairs.iter().map(|repair| repair.kind.as_str()).collect();
        kinds.dedup();
        kinds.truncate(6);
        (kinds, seen.ending.as_str()).hash(&mut hasher);
        if self.known.insert(hasher.finish()) {
            if self.pool.len() < POOL {
                self.pool.push(text);
            } else {
                let at = self.dice.below(POOL);
                self.pool[at] = text;
            }
        }
    }

    /// Makes a failing text small, prints and saves it. False where it was found before.
    fn report(&mut self, name: &str, law: fn(&[u8]) -> Verdict, text: &[u8], why: &str) -> bool {
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
