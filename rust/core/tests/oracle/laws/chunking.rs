//! I1: chunking is invisible.

use super::{Verdict, ensure, equal, show};
use crate::oracle::choices::Dice;
use crate::oracle::feeding::{How, Run, Seen, every_byte, run, seen_of_prefix};
use crate::oracle::node::Node;
use crate::oracle::replay::{NetChange, net};

/// Chunking is invisible: value, doneness, ending, repairs, errors, offset and net changes.
pub fn i1(text: &[u8], how: &How) -> Verdict {
    let bytewise = run(text, &every_byte(text), how, true);
    for (fed, seen) in bytewise.steps.iter().filter(|(_, seen)| seen.error.is_none()) {
        equal("bytes received", &seen.offset, &(*fed as u64))?;
        let inside = seen.repairs.iter().all(|repair| repair.offset <= seen.offset);
        ensure(inside, || format!("a repair lies behind the text {:?}: {:?}", show(&text[..*fed]), seen.repairs))?;
    }
    let whole = run(text, &[], how, true);
    same_run("in one piece", text, &whole, &bytewise)?;
    let mut dice = Dice::of(text);
    for _ in 0..3 {
        let cuts = dice.cuts(text.len(), 4);
        let other = run(text, &cuts, how, true);
        same_run(&format!("cut at {cuts:?}"), text, &other, &bytewise)?;
    }
    for _ in 0..4 {
        let cut = dice.below(text.len() + 1);
        same_prefix(text, cut, how, &bytewise)?;
        same_net_from(text, cut, how)?;
    }
    Ok(())
}

fn same_run(name: &str, text: &[u8], got: &Run, want: &Run) -> Verdict {
    for (fed, seen) in &got.steps {
        if let Some((_, other)) = want.steps.iter().find(|(at, _)| at == fed) {
            same_seen(&format!("{name}, after {:?}, against byte by byte", show(&text[..*fed])), seen, other)?;
        }
    }
    same_seen(&format!("{name}, at the end, against byte by byte"), &got.last, &want.last)?;
    if got.last.error.is_some() {
        // A number that an error cuts off was shown byte by byte, over an earlier member of its key, which shows again as
        // one value. In one piece it was never gone, and is as it was built. The value that the changes make is the same (I8).
        return Ok(());
    }
    let all = |run: &Run| net(&None, &run.changes.concat());
    equal(&format!("net changes {name} against byte by byte"), &all(got), &all(want))
}

fn same_seen(when: &str, got: &Seen, want: &Seen) -> Verdict {
    equal(&format!("error {when}"), &got.error, &want.error)?;
    equal(&format!("value {when}"), &got.value, &want.value)?;
    equal(&format!("repairs {when}"), &got.repairs, &want.repairs)?;
    equal(&format!("started {when}"), &got.started, &want.started)?;
    equal(&format!("done {when}"), &got.done, &want.done)?;
    equal(&format!("ending {when}"), &got.ending, &want.ending)?;
    equal(&format!("offset {when}"), &got.offset, &want.offset)
}

fn same_prefix(text: &[u8], cut: usize, how: &How, bytewise: &Run) -> Verdict {
    let seen = seen_of_prefix(&text[..cut], how);
    match bytewise.steps.iter().find(|(at, _)| *at == cut) {
        Some((_, want)) => {
            same_seen(&format!("of {:?} in one piece, against byte by byte", show(&text[..cut])), &seen, want)
        }
        None => Ok(()),
    }
}

/// The rest after a first chunk gives the same net changes, in one piece and byte by byte.
fn same_net_from(text: &[u8], cut: usize, how: &How) -> Verdict {
    let (before, rest) = text.split_at(cut);
    let (Some(whole), Some(bytewise)) = (net_of(before, rest, rest.len(), how), net_of(before, rest, 1, how)) else {
        return Ok(());
    };
    let what = format!("net changes after {:?}: byte by byte (got), in one piece (want)", show(before));
    equal(&what, &bytewise, &whole)
}

/// The net changes of `rest`, fed in chunks of `size` bytes and finished; None where an error cuts them off.
fn net_of(before: &[u8], rest: &[u8], size: usize, how: &How) -> Option<Vec<NetChange>> {
    let mut parser = how.parser();
    parser.record();
    parser.feed(before).ok()?;
    parser.changes();
    let value = parser.snapshot().map(Node::of);
    let mut changes = Vec::new();
    for chunk in rest.chunks(size.max(1)) {
        parser.feed(chunk).ok()?;
        changes.extend(parser.changes());
    }
    parser.finish().ok()?;
    changes.extend(parser.changes());
    Some(net(&value, &changes))
}
