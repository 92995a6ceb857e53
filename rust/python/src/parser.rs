//! `Parser`, `loads` and `repair`.
//!
//! Coming in: chunks. Going out: Python values, changes, repairs. Decided elsewhere: all reading (the core).

use crate::chunk::Half;
use crate::errors::{exception, guarded, internal};
use crate::limits::{self, Limits};
use crate::objects::thin::Thin;
use crate::objects::{self, Obj, Objects, Snapshots, Word};
use crate::paths::{self, Paths};
use crate::repair::{Repair, kinds_of};
use crate::shape;
use pydantic_flow_core as core;
use pydantic_flow_core::{Kind, Machine, Options, Step as Change, Tree};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyFrozenSet};
use std::any::Any;
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::SystemTime;

/// From this size on the garbage collector is paused while a chunk is read.
const LARGE: usize = 4096;

/// What of the edge of the text is shown.
#[derive(Clone, Copy, PartialEq)]
enum Unfinished {
    /// Numbers and literals too, as if the text ended here.
    Show,
    /// Growing strings only.
    Hide,
    /// Nothing.
    Whole,
}

static SET: Word = Word::new("set");
static APPEND: Word = Word::new("append");
static REMOVE: Word = Word::new("remove");
static REPLACE: Word = Word::new("replace");

/// What `advance` gives: changed, value, fields, repairs, replaced, plain, t_us.
type Step = Obj;

/// See the stub.
#[pyclass(module = "pydantic_flow.json")]
pub struct Parser {
    machine: Machine,
    tree: Tree<Objects>,
    snapshots: Snapshots,
    paths: Paths,
    /// Room for changes while they are listed.
    listed: Vec<Obj>,
    half: Half,
    unfinished: Unfinished,
    default: Py<PyAny>,
    /// Repairs that `advance` has given out.
    told: usize,
    /// What `advance` has read.
    text: Vec<u8>,
    /// The last step gave out an item, whose record the next step drops.
    item: bool,
    /// Some step gave out an item.
    shown: bool,
    ended: bool,
    finished: bool,
    /// What `finish` handed over, and the same for the garbage collector to visit.
    result: Option<Obj>,
    handed: Option<Py<PyAny>>,
}

fn options(
    py: Python<'_>,
    strict: bool,
    limits: Option<&Limits>,
    shape: Option<&Bound<'_, PyAny>>,
    coerce: bool,
    refuse: Option<&Bound<'_, PyAny>>,
) -> PyResult<Options> {
    let (limits, shape) = (limits::of(py, limits)?, shape::of(shape)?);
    Ok(Options { strict, limits, shape, coerce, refuse: kinds_of(refuse)?, placeless: false })
}

#[pymethods]
impl Parser {
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.default)?;
        visit.call(&self.handed)
    }

    fn __clear__(&mut self) {
        self.handed = None;
        self.result = None;
    }

    #[new]
    #[pyo3(signature = (
        *, strict=false, unfinished="show", limits=None, changes=false, watch=0, default=None, shape=None, coerce=true,
        refuse=None,
    ))]
    #[allow(clippy::too_many_arguments, reason = "they are keywords")]
    fn new(
        py: Python<'_>,
        strict: bool,
        unfinished: &str,
        limits: Option<&Limits>,
        changes: bool,
        watch: usize,
        default: Option<&Bound<'_, PyAny>>,
        shape: Option<&Bound<'_, PyAny>>,
        coerce: bool,
        refuse: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let unfinished = match unfinished {
            "show" => Unfinished::Show,
            "hide" => Unfinished::Hide,
            "whole" => Unfinished::Whole,
            other => {
                let message = format!("unfinished must be 'show', 'hide' or 'whole', not {other:?}");
                return Err(PyValueError::new_err(message));
            }
        };
        let mut tree = Tree::new(Objects::default());
        if changes {
            tree.record(core::Edge::Nothing);
        }
        tree.watch(watch);
        Ok(Parser {
            machine: Machine::new(options(py, strict, limits, shape, coerce, refuse)?),
            tree,
            snapshots: Snapshots::default(),
            paths: Paths::default(),
            listed: Vec::new(),
            half: Half::default(),
            unfinished,
            default: default.map_or_else(|| py.None(), |default| default.clone().unbind()),
            told: 0,
            text: Vec::new(),
            item: false,
            shown: false,
            ended: false,
            finished: false,
            result: None,
            handed: None,
        })
    }

    #[pyo3(signature = (chunk, /))]
    fn feed(&mut self, py: Python<'_>, chunk: &Bound<'_, PyAny>) -> PyResult<()> {
        self.guarded(py, |parser| parser.take(py, chunk))
    }

    #[pyo3(signature = (*, owned=false))]
    fn snapshot(&mut self, py: Python<'_>, owned: bool) -> PyResult<Py<PyAny>> {
        self.guarded(py, |parser| {
            let value = parser.shown()?;
            Ok(if owned { objects::deep_copy(&value) } else { value }.into_py(py))
        })
    }

    fn changes(&mut self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.guarded(py, |parser| Ok(parser.changes_since().into_py(py)))
    }

    fn finish(&mut self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.guarded(py, |parser| parser.hand_over(py))
    }

    fn take_settled(&mut self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.snapshots.taken = true;
        let pair = |(path, value)| objects::tuple([paths::of_parts(path), value]);
        self.guarded(py, |parser| Ok(objects::list(parser.tree.take_watched().into_iter().map(pair)).into_py(py)))
    }

    #[getter]
    fn repairs(&self) -> Vec<Repair> {
        self.machine.repairs().iter().map(Repair::from).collect()
    }

    #[getter]
    fn complete<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyFrozenSet>> {
        let mut paths = Vec::new();
        self.settled_paths(&mut paths);
        objects::failure().map_or_else(|| frozenset(py, paths), Err)
    }

    #[getter]
    fn open_path(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let open = self.tree.open_containers();
        let ends = open.iter().skip(1).map(|open| open.base).chain([self.tree.stack().len()]);
        let steps = open.iter().zip(ends).filter_map(|(open, end)| match open.kind {
            Kind::Array => Some(objects::index(end - open.base)),
            Kind::Object if (end - open.base) % 2 == 1 => Some(self.tree.stack()[end - 1].clone()),
            Kind::Object => None,
        });
        let path = objects::path(steps.collect()).into_py(py);
        objects::failure().map_or(Ok(path), Err)
    }

    #[getter]
    fn started(&self) -> bool {
        self.machine.started() || self.tree.root().is_some() || self.result.is_some()
    }

    #[getter]
    fn done(&self) -> bool {
        self.machine.done()
    }

    #[getter]
    fn offset(&self) -> u64 {
        self.machine.received()
    }

    #[getter]
    fn ending(&self) -> &'static str {
        self.machine.ending().as_str()
    }

    #[getter]
    fn ending_path(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let path = paths::of_segments(py, self.machine.ending_path());
        objects::failure().map_or(Ok(path), Err)
    }

    #[pyo3(signature = (chunk, /, hold=false))]
    fn advance(&mut self, py: Python<'_>, chunk: Option<&Bound<'_, PyAny>>, hold: bool) -> PyResult<Py<PyAny>> {
        let step = self.guarded(py, |parser| match chunk {
            Some(chunk) => {
                let bytes = parser.half.bytes(chunk)?;
                parser.go_on(py, Some(&bytes), hold)
            }
            None => parser.go_on(py, None, hold),
        });
        Ok(step?.unwrap_or_else(Obj::none).into_py(py))
    }

    #[getter]
    fn text<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.text)
    }

    #[getter]
    fn shows_item(&self) -> bool {
        self.item
    }

    fn record<'py>(&mut self, py: Python<'py>) -> PyResult<(Py<PyAny>, Bound<'py, PyFrozenSet>)> {
        self.guarded(py, |parser| {
            let changes = parser.recorded();
            let settled = parser.tree.settled().into_iter().map(paths::of_parts).collect();
            Ok((changes.into_py(py), frozenset(py, settled)?))
        })
    }
}

impl Thin for Parser {
    #[inline]
    fn thin_feed(&mut self, chunk: &[u8]) -> Option<PyResult<()>> {
        if self.half.is_pending() {
            return None;
        }
        let read = self.read(chunk).map_err(|error| Python::attach(|py| exception(py, &error)));
        Some(read.and_then(|()| self.check_made()))
    }

    #[inline]
    fn thin_snapshot(&mut self) -> PyResult<Obj> {
        self.shown()
    }

    #[inline]
    fn thin_advance(&mut self, py: Python<'_>, chunk: &[u8]) -> Option<PyResult<Obj>> {
        if self.half.is_pending() {
            return None;
        }
        let step = self.go_on(py, Some(chunk), false).map(|step| step.unwrap_or_else(Obj::none));
        Some(self.check_made().and(step))
    }

    /// What had been built stays where it is, unused and not freed: nothing is known about it.
    fn broken(&mut self, py: Python<'_>, panic: &(dyn Any + Send)) -> PyErr {
        let (error, said) = internal(py, panic);
        self.machine.give_up(said);
        std::mem::forget(std::mem::replace(&mut self.tree, Tree::new(Objects::default())));
        std::mem::forget(std::mem::take(&mut self.snapshots));
        error
    }
}

impl Parser {
    /// Does a call's work. After a panic in it the parser is done, and only it.
    #[inline]
    fn guarded<T>(&mut self, py: Python<'_>, work: impl FnOnce(&mut Self) -> PyResult<T>) -> PyResult<T> {
        let done = catch_unwind(AssertUnwindSafe(|| work(self)));
        let done = done.unwrap_or_else(|panic| Err(self.broken(py, &*panic)));
        self.check_made().and(done)
    }

    /// Whether all objects could be made. If not, what has been read is not what is there: the parser is done.
    #[inline]
    fn check_made(&mut self) -> PyResult<()> {
        match objects::failure() {
            None => Ok(()),
            Some(failure) => {
                self.machine.give_up(format!("an object could not be made: {failure}"));
                Err(failure)
            }
        }
    }

    /// The value as of now. Where it could not be made, it is made anew the next time.
    #[inline]
    fn shown(&mut self) -> PyResult<Obj> {
        let value = self.value();
        match objects::failure() {
            None => Ok(value),
            Some(failure) => {
                self.snapshots.clear();
                Err(failure)
            }
        }
    }

    fn take(&mut self, py: Python<'_>, chunk: &Bound<'_, PyAny>) -> PyResult<()> {
        let bytes = self.half.bytes(chunk)?;
        self.read(&bytes).map_err(|error| exception(py, &error))
    }

    fn changes_since(&mut self) -> Obj {
        self.snapshots.taken = true;
        if !self.tree.is_recording() {
            self.tree.record(edge(&self.machine, self.unfinished));
            let whole = |value| objects::tuple([objects::path(Vec::new()), SET.get(), value, Obj::none()]);
            let change = self.current().map(|value| whole(objects::deep_copy(&value)));
            return objects::list(change.into_iter());
        }
        self.tree.log_edge(edge(&self.machine, self.unfinished));
        let changes = self.recorded();
        self.tree.drop_record();
        changes
    }

    fn hand_over(&mut self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        if !self.ended || self.finished || self.machine.failed().is_some() {
            self.end().map_err(|error| exception(py, &error))?;
        }
        self.finished = true;
        self.snapshots.clear();
        self.check_made()?;
        if let Some(root) = self.tree.take_root() {
            let root = if self.snapshots.taken { objects::owned(root) } else { root };
            self.handed = Some(root.clone().into_py(py));
            self.result = Some(root);
        }
        Ok(self.value().into_py(py))
    }

    fn go_on(&mut self, py: Python<'_>, chunk: Option<&[u8]>, hold: bool) -> PyResult<Option<Step>> {
        if std::mem::take(&mut self.item) {
            self.tree.drop_record();
        }
        self.tree.record(core::Edge::Nothing);
        let read = match chunk {
            Some(bytes) => self.read(bytes).map(|()| self.text.extend_from_slice(bytes)),
            None => self.end(),
        };
        read.map_err(|error| exception(py, &error))?;
        self.check_made()?;
        if hold && !self.must_show() {
            return Ok(None);
        }
        self.step(py)
    }

    #[inline]
    fn read(&mut self, bytes: &[u8]) -> Result<(), core::Error> {
        if bytes.len() < LARGE {
            return self.machine.feed(&mut self.tree, bytes);
        }
        objects::without_gc(|| self.machine.feed(&mut self.tree, bytes))
    }

    fn end(&mut self) -> Result<(), core::Error> {
        let rest = self.half.end();
        if !rest.is_empty() {
            self.read(&rest)?;
            self.text.extend_from_slice(&rest);
        }
        self.machine.finish(&mut self.tree)?;
        self.tree.finish();
        self.ended = true;
        Ok(())
    }

    /// The value as of now, if one has begun.
    fn current(&mut self) -> Option<Obj> {
        if let Some(result) = &self.result {
            return Some(result.clone());
        }
        let edge = if self.ended { core::Edge::Nothing } else { edge(&self.machine, self.unfinished) };
        self.snapshots.take(self.tree.stack(), self.tree.open_containers(), edge, self.tree.edge_id())
    }

    /// The recorded changes as a list of tuples.
    fn recorded(&mut self) -> Obj {
        let (changes, paths) = (&mut self.listed, &mut self.paths);
        self.tree.each_change(|path, step, reason, builder| {
            let (name, value) = match step {
                Change::Open(kind) => (&SET, core::empty(builder, kind)),
                Change::Set(value) => (&SET, value.clone()),
                Change::Append(text) => (&APPEND, objects::text(text)),
                Change::Remove => (&REMOVE, Obj::none()),
                Change::Replace(value) => (&REPLACE, value.clone()),
            };
            let reason = reason.map_or_else(Obj::none, |reason| objects::text(reason.as_str()));
            changes.push(objects::tuple([paths.of(path), name.get(), value, reason]));
        });
        objects::list(self.listed.drain(..))
    }

    fn edge_is_shown(&self) -> bool {
        edge(&self.machine, self.unfinished) != core::Edge::Nothing
    }

    fn value(&mut self) -> Obj {
        self.current().unwrap_or_else(|| Obj::from_py(&self.default))
    }

    /// Whether what happened may not be held back: a repair, another root, a settled member.
    fn must_show(&mut self) -> bool {
        self.machine.repairs().len() > self.told || self.tree.is_replaced() || self.tree.take_member_settled()
    }

    fn step(&mut self, py: Python<'_>) -> PyResult<Option<Step>> {
        if !self.ended {
            self.tree.log_edge(edge(&self.machine, self.unfinished));
        }
        let repairs = self.repairs_to_tell(py)?;
        let replaced = self.tree.take_replaced().filter(|_| self.shown).map(core::Reason::as_str);
        let touched = self.tree.take_touched();
        let changed = touched.is_some() || self.tree.has_changes();
        let more = repairs.is_some() || replaced.is_some() || self.tree.has_watched();
        if !changed && !more {
            return Ok(None);
        }
        self.item |= changed;
        self.shown |= changed;
        let value = self.value();
        let fields = if changed { self.fields(&value, touched) } else { None };
        let step = [
            objects::boolean(changed),
            value,
            fields.unwrap_or_else(objects::dict),
            repairs.unwrap_or_else(|| objects::path(Vec::new())),
            replaced.map_or_else(Obj::none, objects::text),
            objects::boolean(changed && !more),
            objects::microseconds(now()),
        ];
        Ok(Some(objects::tuple(step)))
    }

    /// The repairs that no step has given out yet, as a tuple.
    fn repairs_to_tell(&mut self, py: Python<'_>) -> PyResult<Option<Obj>> {
        let all = self.machine.repairs();
        if all.len() == self.told {
            return Ok(None);
        }
        let made = |repair| Ok(Obj::from_py(Py::new(py, Repair::from(repair))?.as_any()));
        let new = all[self.told..].iter().map(made).collect::<PyResult<_>>()?;
        self.told = all.len();
        Ok(Some(objects::path(new)))
    }

    /// The members of the root that this step changed, where the root is an object.
    fn fields(&mut self, value: &Obj, touched: Option<usize>) -> Option<Obj> {
        let Some(root) = self.tree.open_containers().first() else {
            return objects::is_dict(value).then(|| match self.top_keys() {
                Some(keys) => objects::pick(value, keys.iter()),
                None => objects::shallow_copy(value),
            });
        };
        if root.kind == Kind::Array {
            return None;
        }
        let end = self.tree.open_containers().get(1).map_or(self.tree.stack().len(), |child| child.base);
        let members = &self.tree.stack()[root.base..end];
        let first = touched.map_or(members.len(), |member| (member * 2).min(members.len()));
        Some(objects::pick(value, members[first..].iter().step_by(2)))
    }

    /// The top-level keys in the record; `None` where the whole root was set.
    fn top_keys(&mut self) -> Option<Vec<Obj>> {
        let first = |(path, ..): core::TreeChange<Obj>| match path.into_iter().next() {
            Some(core::PathPart::Key(key)) => Some(key),
            _ => None,
        };
        self.tree.changes().into_iter().map(first).collect()
    }

    fn settled_paths(&self, out: &mut Vec<Obj>) {
        if let Some(root) = self.result.as_ref().or(self.tree.root()) {
            if self.ended {
                objects::walk_paths(root, &[], out);
            }
            return;
        }
        let open = self.tree.open_containers();
        let stack = self.tree.stack();
        let mut prefix = Vec::new();
        for (level, container) in open.iter().enumerate() {
            if container.group {
                return;
            }
            let end = open.get(level + 1).map_or(stack.len(), |child| child.base);
            let entries = &stack[container.base..end];
            match container.kind {
                Kind::Array => {
                    for (at, item) in entries.iter().enumerate() {
                        walk_child(&mut prefix, objects::index(at), item, out);
                    }
                    prefix.push(objects::index(entries.len()));
                }
                Kind::Object => {
                    let pairs = entries.chunks_exact(2);
                    let waiting = pairs.remainder().first();
                    let shown = level + 1 < open.len() || self.edge_is_shown();
                    // An earlier member of a name that came again has been replaced.
                    let mut later: HashSet<String> =
                        waiting.filter(|_| shown).map(objects::string).into_iter().collect();
                    for pair in pairs.rev() {
                        if later.insert(objects::string(&pair[0])) {
                            walk_child(&mut prefix, pair[0].clone(), &pair[1], out);
                        }
                    }
                    prefix.extend(waiting.cloned());
                }
            }
        }
    }
}

/// Microseconds since 1970.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs() * 1_000_000 + u64::from(since.subsec_micros()))
}

/// What of the edge is shown.
fn edge(machine: &Machine, unfinished: Unfinished) -> core::Edge<'_> {
    match machine.edge(unfinished == Unfinished::Show) {
        core::Edge::Text(_) if unfinished == Unfinished::Whole => core::Edge::Nothing,
        edge => edge,
    }
}

fn walk_child(prefix: &mut Vec<Obj>, step: Obj, child: &Obj, out: &mut Vec<Obj>) {
    prefix.push(step);
    objects::walk_paths(child, prefix, out);
    prefix.pop();
}

fn frozenset(py: Python<'_>, items: Vec<Obj>) -> PyResult<Bound<'_, PyFrozenSet>> {
    PyFrozenSet::new(py, items.into_iter().map(|item| item.into_py(py)))
}

/// See the stub.
#[pyfunction]
#[allow(clippy::too_many_arguments, reason = "they are keywords")]
#[pyo3(signature = (data, /, *, strict=false, limits=None, default=None, shape=None, coerce=true, refuse=None))]
pub fn loads(
    py: Python<'_>,
    data: &Bound<'_, PyAny>,
    strict: bool,
    limits: Option<&Limits>,
    default: Option<&Bound<'_, PyAny>>,
    shape: Option<&Bound<'_, PyAny>>,
    coerce: bool,
    refuse: Option<&Bound<'_, PyAny>>,
) -> PyResult<Py<PyAny>> {
    let mut half = Half::default();
    let bytes = half.bytes(data)?;
    let options = options(py, strict, limits, shape, coerce, refuse)?;
    let value = read_whole(py, &bytes, &half.end(), options)?;
    let default = || default.map_or_else(Obj::none, Obj::from_bound);
    Ok(value.unwrap_or_else(default).into_py(py))
}

/// `loads` of bytes with nothing asked for.
pub fn loads_bytes(py: Python<'_>, bytes: &[u8]) -> PyResult<Obj> {
    let options = Options { limits: limits::of(py, None)?, coerce: true, ..Options::default() };
    Ok(read_whole(py, bytes, &[], options)?.unwrap_or_else(Obj::none))
}

/// The value of a whole text; `rest` is what a `str` had at its end that is no UTF-8.
fn read_whole(py: Python<'_>, bytes: &[u8], rest: &[u8], options: Options) -> PyResult<Option<Obj>> {
    let placeless = options.shape.is_none() && options.refuse.is_empty();
    let mut machine = Machine::new(Options { placeless, ..options });
    let mut tree = Tree::new(Objects::default());
    let mut read = || {
        machine.feed(&mut tree, bytes)?;
        if !rest.is_empty() {
            machine.feed(&mut tree, rest)?;
        }
        machine.finish(&mut tree)
    };
    let mut read = || if bytes.len() < LARGE { read() } else { objects::without_gc(&mut read) };
    guarded(py, || read().map_err(|error| exception(py, &error)))?;
    objects::failure().map_or_else(|| Ok(tree.take_root()), Err)
}

/// See the stub.
#[pyfunction]
#[pyo3(signature = (value, /, *, non_finite="literal"))]
pub fn dumps(value: &Bound<'_, PyAny>, non_finite: &str) -> PyResult<String> {
    let mut writer = core::Writer::new(writes_literals(non_finite)?);
    let value_of = Obj::from_bound(value);
    guarded(value.py(), || objects::write_value(&value_of, &mut writer).map_err(PyTypeError::new_err))?;
    Ok(writer.into_text())
}

fn writes_literals(non_finite: &str) -> PyResult<bool> {
    match non_finite {
        "null" => Ok(false),
        "literal" => Ok(true),
        other => Err(PyValueError::new_err(format!("non_finite must be 'null' or 'literal', not {other:?}"))),
    }
}

/// See the stub.
#[pyfunction]
#[pyo3(signature = (data, /, *, limits=None, non_finite="null", shape=None, coerce=true, refuse=None))]
pub fn repair(
    py: Python<'_>,
    data: &Bound<'_, PyAny>,
    limits: Option<&Limits>,
    non_finite: &str,
    shape: Option<&Bound<'_, PyAny>>,
    coerce: bool,
    refuse: Option<&Bound<'_, PyAny>>,
) -> PyResult<String> {
    let literal = writes_literals(non_finite)?;
    let mut half = Half::default();
    let mut bytes = half.bytes(data)?;
    let rest = half.end();
    if !rest.is_empty() {
        bytes.to_mut().extend_from_slice(&rest);
    }
    let options = options(py, false, limits, shape, coerce, refuse)?;
    guarded(py, || core::repair(&bytes, &options, literal).map_err(|error| exception(py, &error)))
}
