//! Ends the process when one text takes too long: a loop that never ends is a finding too.
//!
//! Coming in: what is being worked on. Going out: the text on disk and exit code 1.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(10);

struct Work {
    law: String,
    text: Vec<u8>,
    since: Instant,
}

/// Watches the main thread.
pub struct Watchdog {
    work: Arc<Mutex<Option<Work>>>,
}

impl Watchdog {
    pub fn start(folder: &Path) -> Watchdog {
        let work: Arc<Mutex<Option<Work>>> = Arc::default();
        let (watched, folder) = (Arc::clone(&work), folder.to_owned());
        thread::spawn(move || watch(&watched, &folder));
        Watchdog { work }
    }

    pub fn working_on(&self, law: &str, text: &[u8]) {
        let work = Work { law: law.to_owned(), text: text.to_vec(), since: Instant::now() };
        *self.work.lock().unwrap_or_else(PoisonError::into_inner) = Some(work);
    }

    pub fn idle(&self) {
        *self.work.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

fn watch(work: &Mutex<Option<Work>>, folder: &PathBuf) {
    loop {
        thread::sleep(Duration::from_millis(500));
        let work = work.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(work) = work.as_ref().filter(|work| work.since.elapsed() > PATIENCE) else { continue };
        println!("\n{}: hangs on {:?}", work.law, String::from_utf8_lossy(&work.text));
        let file = folder.join("hang.bin");
        match fs::create_dir_all(folder).and_then(|()| fs::write(&file, &work.text)) {
            Ok(()) => println!("saved as {}", file.display()),
            Err(error) => println!("not saved: {error}"),
        }
        std::process::exit(1);
    }
}
