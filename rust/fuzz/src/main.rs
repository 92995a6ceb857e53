//! Fuzzes the core: random and mutated texts against every invariant.
//!
//! Coming in: seconds, a seed, a shape, a folder of more texts. Going out: runs per second, failing texts made small in
//! `findings/`, exit code 1 if there is one. `--hostile` and `--hunt` measure time instead.
//! Decided elsewhere: what must hold (`oracle::laws`, shared with the core's tests), how texts are made.

mod arguments;
mod campaign;
mod hostile;
mod hunt;
mod mutation;
#[path = "../../core/tests/oracle/mod.rs"]
mod oracle;
mod seeds;
mod shrinking;
mod watchdog;

use arguments::{Arguments, Task};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = match Arguments::read(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(why) => {
            eprintln!("{why}\n\n{}", arguments::USAGE);
            return ExitCode::from(2);
        }
    };
    let clean = match arguments.task {
        Task::Fuzz => campaign::run(&arguments),
        Task::Hostile => hostile::run(),
        Task::Hunt => hunt::run(&arguments),
    };
    if clean { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
