//! What a machine holds while it reads: the peak of its own memory, beside any value.
//!
//! Coming in: nothing. Going out: the worst shapes of hostile text, and exit code 1 where one holds more than twice the
//! text, an eighth of it and 64 KiB. The list of repairs is not counted: it is an answer, as the value is.
//! Decided elsewhere: the shapes (the oracle of the core's tests).

#[path = "../../../../rust/core/tests/oracle/hostile.rs"]
#[allow(dead_code, reason = "times are measured elsewhere")]
mod hostile;

use peakmem_alloc::{PeakMemAlloc, PeakMemAllocTrait};
use pydantic_flow_core::path::Segment;
use pydantic_flow_core::{Kind, Limits, Machine, Options, Reason, Repair, Scalar, Sink};
use std::alloc::System;
use std::process::ExitCode;

/// Counts what is asked for. A block that is made larger is asked for once: systems move the pages of large ones.
#[global_allocator]
static MEMORY: PeakMemAlloc<System> = PeakMemAlloc::system();

/// Different parts of the way from one doubling to the next.
const SIZES: [usize; 4] = [1 << 20, 5 << 18, 3 << 19, 7 << 18];

fn allowed(text: usize) -> usize {
    2 * text + text / 8 + (64 << 10)
}

/// Takes everything and keeps nothing.
struct Nothing;

impl Sink for Nothing {
    fn open(&mut self, _: Kind) {}
    fn open_group(&mut self) {}
    fn confirm_group(&mut self) {}
    fn key(&mut self, _: &str) {}
    fn scalar(&mut self, _: Scalar<'_>) {}
    fn close(&mut self) {}
    fn close_single(&mut self) {}
    fn become_array(&mut self) {}
    fn wrap_root(&mut self) {}
    fn take_back(&mut self) {}
    fn reset(&mut self, _: Reason) {}
    fn segment(&self, _: usize) -> Option<Segment> {
        None
    }
}

/// The peak while this text is read, and how much of it was the list of repairs.
fn held(text: &[u8], size: usize) -> (usize, usize) {
    MEMORY.reset_peak_memory();
    let limits = Limits { depth: 1024, ..Limits::default() };
    let mut machine = Machine::new(Options { limits, ..Options::default() });
    let read = text.chunks(size).try_for_each(|chunk| machine.feed(&mut Nothing, chunk));
    // A crossed limit ends the reading of a shape; what was held until then counts.
    drop(read.and_then(|()| machine.finish(&mut Nothing)));
    // A list grows by doubling.
    let repairs = machine.repairs().len().next_power_of_two() * size_of::<Repair>();
    (MEMORY.get_peak_memory(), repairs)
}

struct Row {
    share: f64,
    name: &'static str,
    text: usize,
    chunk: usize,
    peak: usize,
    repairs: usize,
}

/// The worst way to read this shape.
fn worst(shape: &hostile::Shape) -> Row {
    let mut rows = Vec::new();
    for size in SIZES {
        let text = shape.text(size);
        for chunk in [text.len(), 16, 1] {
            let (peak, repairs) = held(&text, chunk);
            let peak = peak.saturating_sub(repairs);
            let share = peak as f64 / allowed(text.len()) as f64;
            rows.push(Row { share, name: shape.name, text: text.len(), chunk, peak, repairs });
        }
    }
    rows.into_iter().max_by(|a, b| a.share.total_cmp(&b.share)).expect("there are ways")
}

fn main() -> ExitCode {
    let mut rows: Vec<Row> = hostile::SHAPES.iter().map(worst).collect();
    rows.sort_unstable_by(|a, b| b.share.total_cmp(&a.share));
    let over = rows.iter().take_while(|row| row.share > 1.0).count();
    println!("{} shapes of {SIZES:?} bytes, whole, in chunks of 16 and of 1", rows.len());
    println!("{over} hold more than is allowed; the worst way to read each of the first:");
    for Row { name, text, chunk, peak, repairs, .. } in &rows[..over.max(8)] {
        let times = *peak as f64 / *text as f64;
        println!("{times:.2} x {text} (and {repairs} of repairs) in chunks of {chunk}: {name}");
    }
    if over == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
