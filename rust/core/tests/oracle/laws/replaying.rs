//! I8: the changes replay to every snapshot.

use super::{Verdict, ensure};
use crate::oracle::choices::Dice;
use crate::oracle::feeding::{How, chunks, every_byte};
use crate::oracle::node::Node;
use crate::oracle::replay::apply;

/// Replaying the changes gives every snapshot, recorded from the start and from some later call on.
pub fn i8(text: &[u8], how: &How) -> Verdict {
    let mut dice = Dice::of(text);
    for count in [0, 5, text.len()] {
        let cuts = if count == text.len() { every_byte(text) } else { dice.cuts(text.len(), count) };
        replays(text, &cuts, how, 0)?;
        replays(text, &cuts, how, 1 + dice.below(cuts.len() + 1))?;
    }
    Ok(())
}

/// Replays from the chunk `from` on; 0 records from the start.
fn replays(text: &[u8], cuts: &[usize], how: &How, from: usize) -> Verdict {
    let mut parser = how.parser();
    if from == 0 {
        parser.record();
    }
    let mut value = None;
    let chunks = chunks(text, cuts);
    for step in 0..=chunks.len() {
        let failed = if step == chunks.len() { parser.finish().is_err() } else { parser.feed(chunks[step]).is_err() };
        if step + 1 < from {
            continue;
        }
        let changes = parser.changes();
        for change in &changes {
            apply(&mut value, change)
                .map_err(|why| format!("step {step} of {cuts:?} (recorded from {from}): {why}"))?;
        }
        let want = parser.snapshot().map(Node::of);
        let told = || format!("replay at step {step}, cut at {cuts:?}, recorded from {from}; last changes {changes:?}");
        ensure(value.clone().map(Node::sorted) == want.clone().map(Node::sorted), || {
            format!("{}\n   got {value:?}\n  want {want:?}", told())
        })?;
        if failed {
            break;
        }
    }
    Ok(())
}
