//! The invariants as functions of one text: what each promises, checked.
//!
//! Coming in: a text (its cuts follow from its bytes), or choices. Going out: what was broken, in words.
//! Decided elsewhere: which texts are tried, how often, and how a failing one is made small.

use super::choices::{Choices, Dice};
use super::defects::{Harm, spoil};
use super::documents::{Taste, container_document, text_of};
use super::feeding::{How, Run, Seen, at_once, chunks, every_byte, look, run, seen_of_prefix};
use super::node::Node;
use super::peer::{is_viable, valid_json};
use super::prefix::read_prefix;
use super::replay::{NetChange, apply, find, net};
use super::texts;
use pydantic_flow_core::{
    Change, Ending, Error, ErrorKind, Expect, Limits, Machine, Op, Options, PathPart, Reason, Segment, Tree,
    Unfinished, Value, Values, repair,
};

/// Kept, or what was broken.
pub type Verdict = Result<(), String>;

/// A law about any text.
pub type Law = (&'static str, fn(&[u8]) -> Verdict);

/// The laws that hold for any text at all (`i4` takes its bytes for choices).
pub const LAWS: &[Law] = &[
    ("i1", |text| i1(text, &How::default())),
    ("i1_hide", |text| i1(text, &How::hiding())),
    ("i1_strict", |text| i1(text, &How::strict())),
    ("i1_limits", |text| i1(text, &tight(text))),
    ("i1_expect", |text| i1(text, &How::expecting([Expect::Object, Expect::Array][Dice::of(text).below(2)]))),
    ("i2", i2),
    ("i2_endings", i2_endings),
    ("i3", i3_settled),
    ("i4", |choices| i4(&mut Choices::new(choices))),
    ("i4_nothing_invented", i4_nothing_invented),
    ("i5", i5),
    ("i5_repair", i5_repair),
    ("i6", i6),
    ("i6_prefixes", i6_prefixes),
    ("i8", |text| i8(text, &How::default())),
    ("i8_hide", |text| i8(text, &How::hiding())),
    ("i9", i9),
    ("i10", i10),
    ("i11", i11),
];

fn ensure(holds: bool, what: impl FnOnce() -> String) -> Verdict {
    if holds { Ok(()) } else { Err(what()) }
}

fn equal<T: PartialEq + std::fmt::Debug>(what: &str, got: &T, want: &T) -> Verdict {
    ensure(got == want, || format!("{what}:\n   got {got:?}\n  want {want:?}"))
}

/// Small limits that depend on the text alone.
fn tight(text: &[u8]) -> How {
    let mut dice = Dice::of(text);
    let mut some = |at_most: usize| (dice.below(2) == 0).then(|| 1 + dice.below(at_most));
    let (input, values) = (some(text.len().max(1)), some(8));
    let limits = Limits {
        depth: some(4).unwrap_or(200),
        input_bytes: input.map(|n| n as u64),
        values: values.map(|n| n as u64),
        key_bytes: some(6),
        string_bytes: some(12),
        digits: some(4),
    };
    How { options: Options { limits, ..Options::default() }, unfinished: Unfinished::Show }
}

// ---- I1

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
        // What a limit cuts off has been shown byte by byte and taken back, and not shown at all in one piece.
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
    if got.error.is_some() {
        // What a parser that failed has received is its caller's chunk, not the text's.
        return Ok(());
    }
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
    let value = parser.snapshot().as_ref().map(Node::of);
    let mut changes = Vec::new();
    for chunk in rest.chunks(size.max(1)) {
        parser.feed(chunk).ok()?;
        changes.extend(parser.changes());
    }
    parser.finish().ok()?;
    changes.extend(parser.changes());
    Some(net(&value, &changes))
}

fn show(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

// ---- I2

/// Valid JSON is exact: the value, no repair, complete, and every prefix as the prefix oracle reads it.
pub fn i2(text: &[u8]) -> Verdict {
    let Some(want) = valid_json(text).filter(|node| !node.has_odd_float()) else { return Ok(()) };
    let seen = at_once(text, &How::default());
    if seen.error.as_ref().is_some_and(|error| error.kind == ErrorKind::Limit) {
        return Ok(());
    }
    equal("error", &seen.error, &None)?;
    equal("value", &seen.value.clone().map(Node::sorted), &Some(want.sorted()))?;
    equal("repairs", &seen.repairs, &Vec::new())?;
    equal("ending", &seen.ending, &Ending::Complete)?;
    let text_back = repair(text, &Options::default(), false).map_err(|error| error.to_string())?;
    equal("repair of valid text", &text_back.as_bytes(), &text)?;
    i2_prefixes(text)
}

fn i2_prefixes(text: &[u8]) -> Verdict {
    let run = run(text, &every_byte(text), &How::default(), false);
    for (fed, seen) in run.steps.iter().filter(|(fed, _)| *fed < text.len()) {
        let prefix = &text[..*fed];
        let (want, _) = read_prefix(prefix);
        equal(&format!("value of the prefix {:?}", show(prefix)), &seen.value, &want)?;
        ensure(seen.repairs.is_empty(), || format!("repairs of the prefix {:?}: {:?}", show(prefix), seen.repairs))?;
    }
    Ok(())
}

/// A valid text that ends anywhere ends as it should: complete, without closers, truncated, empty; its value is the last
/// snapshot.
pub fn i2_endings(text: &[u8]) -> Verdict {
    if valid_json(text).is_none_or(|node| node.has_odd_float()) {
        return Ok(());
    }
    let whole_characters = |cut: &usize| std::str::from_utf8(&text[..*cut]).is_ok();
    for cut in (0..=text.len()).filter(whole_characters) {
        let prefix = &text[..cut];
        let (value, ending) = read_prefix(prefix);
        let root_number = prefix.trim_ascii_start().first().is_some_and(|b| b.is_ascii_digit() || *b == b'-');
        if root_number {
            continue;
        }
        let seen = at_once(prefix, &How::default());
        if seen.error.as_ref().is_some_and(|error| error.kind == ErrorKind::Limit) {
            return Ok(());
        }
        equal(&format!("ending of {:?}", show(prefix)), &seen.ending, &ending)?;
        equal(&format!("value of {:?}", show(prefix)), &seen.value, &value)?;
        ensure(ending != Ending::Complete || seen.repairs.is_empty(), || format!("repairs of {:?}", show(prefix)))?;
    }
    Ok(())
}

// ---- I3

/// On valid JSON without repeated keys snapshots only grow.
pub fn i3_grows(text: &[u8]) -> Verdict {
    let run = run(text, &every_byte(text), &How::default(), false);
    for pair in run.steps.windows(2) {
        let ((_, before), (fed, after)) = (&pair[0], &pair[1]);
        let Some(before) = &before.value else { continue };
        let grown = after.value.as_ref().is_some_and(|after| grows(before, after));
        ensure(grown, || format!("after {:?}:\n  was {before:?}\n  now {:?}", show(&text[..*fed]), after.value))?;
    }
    Ok(())
}

/// Whether `after` is `before` gone on: only its last open node may differ, and only by growing.
fn grows(before: &Node, after: &Node) -> bool {
    match (before, after) {
        (Node::Text(before), Node::Text(after)) => after.starts_with(before.as_str()),
        (Node::List(before), Node::List(after)) => children_grow(before.iter().zip(after), before.len(), after.len()),
        (Node::Object(before), Node::Object(after)) => {
            before.iter().zip(after).all(|((a, _), (b, _))| a == b)
                && children_grow(before.iter().map(|m| &m.1).zip(after.iter().map(|m| &m.1)), before.len(), after.len())
        }
        (Node::Int(_) | Node::Float(_), Node::Int(_) | Node::Float(_)) => true,
        (before, after) => before == after,
    }
}

fn children_grow<'a>(pairs: impl Iterator<Item = (&'a Node, &'a Node)>, before: usize, after: usize) -> bool {
    before <= after && {
        let pairs: Vec<_> = pairs.collect();
        pairs.iter().enumerate().all(|(at, (a, b))| if at + 1 == before { grows(a, b) } else { a == b })
    }
}

/// A machine and a tree, so that settled paths can be seen.
struct Recorder {
    machine: Machine,
    tree: Tree<Values>,
}

type Steps = Vec<Vec<Segment>>;

impl Recorder {
    fn new() -> Self {
        let mut tree = Tree::new(Values);
        let machine = Machine::new(Options::default());
        tree.record(machine.edge(true));
        Recorder { machine, tree }
    }

    /// What the last chunk changed, and what settled with it.
    fn take(&mut self) -> (Vec<Change>, Steps) {
        self.tree.log_edge(self.machine.edge(true));
        let changes = self.tree.changes().into_iter().map(|(path, op, why)| (spelled(path), op, why)).collect();
        let settled = self.tree.settled().into_iter().map(spelled).collect();
        self.tree.drop_record();
        (changes, settled)
    }

    fn feed(&mut self, chunk: &[u8]) -> Result<(), Error> {
        self.machine.feed(&mut self.tree, chunk)
    }

    fn finish(&mut self) -> Result<(), Error> {
        self.machine.finish(&mut self.tree)?;
        self.tree.finish();
        Ok(())
    }
}

fn spelled(path: Vec<PathPart<Value>>) -> Vec<Segment> {
    let step = |part: PathPart<Value>| match part {
        PathPart::Index(index) => Segment::Index(index),
        PathPart::Key(key) => Segment::Key(key.as_str().expect("a key is a text").to_owned()),
    };
    path.into_iter().map(step).collect()
}

/// A settled node never changes, but by a repeated key or a replaced root; the root settles only at the end.
pub fn i3_settled(text: &[u8]) -> Verdict {
    let mut recorder = Recorder::new();
    let mut settled: Vec<(Vec<Segment>, Node)> = Vec::new();
    let mut value = None;
    let mut cuts = Dice::of(text).cuts(text.len(), text.len() / 3);
    cuts.retain(|&cut| cut > 0);
    let chunks = chunks(text, &cuts);
    for step in 0..=chunks.len() {
        let last = step == chunks.len();
        let fed = if last { recorder.finish() } else { recorder.feed(chunks[step]) };
        if fed.is_err() {
            return Ok(());
        }
        let (changes, news) = recorder.take();
        for change in &changes {
            apply(&mut value, change)?;
            let (path, _, reason) = change;
            if path.is_empty() || *reason == Some(Reason::DuplicateKey) {
                settled.retain(|(place, _)| !place.starts_with(path));
            }
        }
        for (place, was) in &settled {
            let now = find(&value, place);
            ensure(now == Some(was), || format!("{place:?} was settled as {was:?} and is {now:?} after step {step}"))?;
        }
        let everything = last && valid_json(text).is_some();
        if everything {
            i3_all_settled(&value, &settled, &news)?;
        }
        for place in news {
            ensure(last || !place.is_empty(), || "the root settled before the end".to_owned())?;
            // A node that settles and is replaced in one step is not there any more.
            if let Some(node) = find(&value, &place) {
                settled.retain(|(other, _)| *other != place);
                settled.push((place, node.clone()));
            }
        }
    }
    Ok(())
}

/// At the end of valid JSON every node has settled.
fn i3_all_settled(value: &Option<Node>, settled: &[(Vec<Segment>, Node)], news: &[Vec<Segment>]) -> Verdict {
    let mut todo: Vec<(Vec<Segment>, &Node)> = value.iter().map(|node| (Vec::new(), node)).collect();
    while let Some((path, node)) = todo.pop() {
        let known = news.contains(&path) || settled.iter().any(|(place, _)| *place == path);
        ensure(known, || format!("{path:?} never settled"))?;
        let below = |segment| [path.as_slice(), &[segment]].concat();
        match node {
            Node::List(items) => {
                todo.extend(items.iter().enumerate().map(|(at, item)| (below(Segment::Index(at)), item)));
            }
            Node::Object(members) => {
                todo.extend(members.iter().map(|(key, value)| (below(Segment::Key(key.clone())), value)));
            }
            _ => {}
        }
    }
    Ok(())
}

// ---- I4

/// One defect in a tame document changes nothing but what it hits.
pub fn i4(choices: &mut Choices<'_>) -> Verdict {
    let mut tokens = container_document(choices, Taste::Tame);
    let whole = text_of(&tokens);
    let Some((name, harm)) = spoil(&mut tokens, choices) else { return Ok(()) };
    let text = text_of(&tokens);
    let seen = at_once(&text, &How::default());
    let want = valid_json(&whole);
    let (got, want) = match &harm {
        Harm::Nothing => (seen.value, want),
        Harm::At(path) => (without(seen.value, path), without(want, path)),
    };
    let fits = match (&got, &want) {
        (Some(got), Some(want)) => got.like(want),
        _ => false,
    };
    let told = || format!("{name}, harm {harm:?}: {}\n   got {got:?}\n  want {want:?}", show(&text));
    ensure(fits, told)?;
    ensure(!seen.repairs.is_empty() || valid_json(&text).is_some(), || format!("{name}: no repair for {}", show(&text)))
}

/// The value with null at a path.
fn without(mut value: Option<Node>, path: &[Segment]) -> Option<Node> {
    let change = (path.to_vec(), Op::Set(Value::Null), None);
    // Where the path is not there the two sides will differ, and that is the verdict.
    if apply(&mut value, &change).is_err() { None } else { value }
}

/// No character stands in a text of the value that does not stand in the input, in that order.
pub fn i4_nothing_invented(text: &[u8]) -> Verdict {
    let input = show(text);
    if input.contains(['\\', '&', '\u{FFFD}']) {
        return Ok(());
    }
    let Some(value) = at_once(text, &How::default()).value else { return Ok(()) };
    for told in value.texts() {
        let mut rest = input.chars();
        ensure(told.chars().all(|c| rest.any(|other| other == c)), || format!("{told:?} does not stand in {input:?}"))?;
    }
    Ok(())
}

// ---- I5

/// In tolerant mode only limits are errors.
pub fn i5(text: &[u8]) -> Verdict {
    let seen = at_once(text, &How::default());
    let fine = seen.error.as_ref().is_none_or(|error| error.kind == ErrorKind::Limit);
    ensure(fine, || format!("an error that is no limit: {:?}", seen.error))
}

/// A repaired text is valid JSON with the value that was read.
pub fn i5_repair(text: &[u8]) -> Verdict {
    let seen = at_once(text, &How::default());
    let Ok(repaired) = repair(text, &Options::default(), false) else {
        return ensure(seen.error.is_some(), || "repair fails where reading does not".to_owned());
    };
    let Some(got) = valid_json(repaired.as_bytes()) else {
        return Err(format!("repair gives no valid JSON: {repaired}"));
    };
    let want = seen.value.unwrap_or(Node::Null);
    if want.has_odd_float() {
        return Ok(());
    }
    ensure(got.clone().sorted() == want.clone().sorted(), || format!("repair gives {repaired}\n  for {want:?}"))
}

// ---- I6

/// Strict mode accepts what serde_json accepts, within double range, and points at the first offending byte.
pub fn i6(text: &[u8]) -> Verdict {
    let want = valid_json(text).filter(|node| !node.has_odd_float());
    let seen = at_once(text, &How::strict());
    let Some(error) = &seen.error else {
        ensure(want.is_some(), || format!("accepted, but it is no JSON: {:?}", seen.value))?;
        return equal("strict value", &seen.value.map(Node::sorted), &want.map(Node::sorted));
    };
    if error.kind == ErrorKind::Limit {
        return Ok(());
    }
    ensure(want.is_none(), || format!("refused, but it is JSON: {error}"))?;
    let offset = error.offset as usize;
    ensure(offset <= text.len(), || format!("the offset lies behind the text: {error}"))?;
    match error.kind {
        ErrorKind::Unfinished => ensure(is_viable(text), || format!("unfinished, but nothing can finish it: {error}")),
        ErrorKind::Malformed => ensure(is_viable(&text[..offset]), || format!("an earlier byte is wrong: {error}")),
        _ => Err(format!("an error of the wrong kind: {error:?}")),
    }
}

/// Every proper prefix of a valid text is unfinished, never malformed, unless it is valid itself.
pub fn i6_prefixes(text: &[u8]) -> Verdict {
    if valid_json(text).is_none_or(|node| node.has_odd_float()) {
        return Ok(());
    }
    for cut in 0..text.len() {
        let prefix = &text[..cut];
        let error = at_once(prefix, &How::strict()).error;
        if error.as_ref().is_some_and(|error| error.kind == ErrorKind::Limit) {
            return Ok(());
        }
        let want = if valid_json(prefix).is_some() { None } else { Some(ErrorKind::Unfinished) };
        equal(&format!("strict error of the prefix {:?}", show(prefix)), &error.map(|error| error.kind), &want)?;
    }
    Ok(())
}

// ---- I8

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
        let want = parser.snapshot().as_ref().map(Node::of);
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

// ---- I9, I10, I11

/// A snapshot never changes after it was handed out.
pub fn i9(text: &[u8]) -> Verdict {
    let mut parser = How::default().parser();
    let mut held: Vec<(Value, Node)> = Vec::new();
    for chunk in chunks(text, &Dice::of(text).cuts(text.len(), 8)) {
        if parser.feed(chunk).is_err() {
            break;
        }
        held.extend(parser.snapshot().map(|value| (value.clone(), Node::of(&value))));
    }
    let finished = parser.finish();
    held.iter().try_for_each(|(value, was)| equal("a snapshot that was held", &Node::of(value), was))?;
    drop(finished);
    Ok(())
}

/// The content of a string is the text of its bytes, decoded as the Unicode standard recommends.
pub fn i10(text: &[u8]) -> Verdict {
    let inner: Vec<u8> = text.iter().copied().filter(|b| !matches!(b, b'"' | b'\\')).collect();
    let document = [b"[\"", inner.as_slice(), b"\"]"].concat();
    let run = run(&document, &every_byte(&document), &How::default(), false);
    let want = Node::List(vec![Node::Text(show(&inner))]);
    equal(&format!("value of {document:?}"), &run.last.value, &Some(want))
}

/// Nothing panics; after an error or the end a parser says so the same way each time and keeps its value.
pub fn i11(text: &[u8]) -> Verdict {
    for how in [How::default(), How::strict(), tight(text)] {
        let mut parser = how.parser();
        for chunk in chunks(text, &Dice::of(text).cuts(text.len(), 3)) {
            if parser.feed(chunk).is_err() {
                break;
            }
        }
        drop(parser.finish());
        let before = look(&parser, None);
        let told = parser.feed(b"[1").err();
        equal("the kind of error after the end", &told.as_ref().map(|told| told.kind), &Some(ErrorKind::Terminal))?;
        equal("the next error", &parser.finish().err(), &told)?;
        equal("the one after", &parser.feed(b"").err(), &told)?;
        equal("what is shown after the end", &look(&parser, None), &before)?;
    }
    Ok(())
}

/// Any calls in any order: nothing panics, and a parser that ended stays as it is.
pub fn i11_any_calls(choices: &mut Choices<'_>) -> Verdict {
    let how = [How::default(), How::strict(), How::hiding()][choices.below(3)].clone();
    let mut parser = how.parser();
    let mut ended: Option<Seen> = None;
    let text = texts::any(choices);
    let mut rest = text.as_slice();
    for _ in 0..4 + choices.below(20) {
        let told = match choices.below(6) {
            0 | 1 => {
                let (chunk, after) = rest.split_at(choices.below(rest.len() + 1));
                rest = after;
                Some(parser.feed(chunk).err())
            }
            2 if choices.one_in(3) => Some(parser.finish().err()),
            3 => {
                parser.changes();
                None
            }
            4 => {
                parser.record();
                None
            }
            _ => None,
        };
        let seen = look(&parser, None);
        if let Some(ended) = &ended {
            equal("what is shown after the end", &seen, ended)?;
            let kind = told.map(|error| error.map(|error| error.kind));
            ensure(kind.is_none_or(|kind| kind == Some(ErrorKind::Terminal)), || format!("not terminal: {kind:?}"))?;
        } else if told.is_some_and(|error| error.is_some()) || seen.ending != Ending::Open {
            ended = Some(seen);
        }
    }
    Ok(())
}
