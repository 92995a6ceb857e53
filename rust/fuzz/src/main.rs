//! Fuzzes the core: random and mutated texts against every invariant.
//!
//! Coming in: seconds or runs, a seed, laws, shapes, a folder where texts worth keeping are read and written. Going out:
//! runs of each law, failing texts made small in `findings/`, exit code 1 if there is one, 2 where the command or the
//! folder is wrong. `--hostile` and `--hunt` measure time instead.
//! Decided elsewhere: what must hold (`oracle::laws`, shared with the core's tests), how texts are made.

mod arguments;
mod campaign;
mod corpus;
mod hostile;
mod hunt;
mod mutation;
#[path = "../../core/tests/oracle/mod.rs"]
mod oracle;
mod seeds;
mod shrinking;
mod tally;
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
        Task::Hostile => Ok(hostile::run()),
        Task::Hunt => Ok(hunt::run(&arguments)),
    };
    match clean {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("the corpus cannot be kept: {error}");
            ExitCode::from(2)
        }
    }
}
