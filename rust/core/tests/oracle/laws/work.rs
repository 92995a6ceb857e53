//! I7: the work is linear in the text.

use super::{Verdict, ensure};
use crate::oracle::recorder::Recorder;

/// Bytes looked at per byte of the text, at most; short texts have a look or two more.
const LOOKS: u64 = 16;

/// The work is linear in the text: each byte is looked at a bounded number of times, however the text is cut.
pub fn i7(text: &[u8]) -> Verdict {
    for size in [text.len().max(1), 4, 1] {
        let mut recorder = Recorder::new();
        let fed = text.chunks(size).try_for_each(|chunk| recorder.feed(chunk)).and_then(|()| recorder.finish());
        drop(fed);
        let (work, most) = (recorder.machine.work(), LOOKS * (text.len() as u64 + 8));
        ensure(work <= most, || format!("{} bytes in chunks of {size} took {work} looks", text.len()))?;
    }
    Ok(())
}
