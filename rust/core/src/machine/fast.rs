//! The shortest way: whole tokens of plain JSON that are all at hand.
//!
//! Coming in: the text from a place where a value is expected and nothing waits for confirmation.
//! Going out: the same calls of the sink as the long way, up to the last such place; there the other ways go on.
//! Decided elsewhere: everything that is not plain JSON, and everything that a chunk's end cuts. Python's marks and literals
//! (`'text'`, `True`) are plain too where they are as certain: without escapes and other marks, and not as an item that
//! another one must confirm. They are the most frequent defects; each is told as the long way tells it.

use super::container::Frame;
use super::string::plain_run;
use super::{Machine, Mode, Slot};
use crate::error::Error;
use crate::number;
use crate::path::Place;
use crate::repair::{Repair, RepairKind};
use crate::sink::{Kind, Scalar, Sink};

/// Shorter inputs hold too few whole tokens to look for them.
const WORTH: usize = 7;

/// The part of the input that is known to be UTF-8: checked once, so that each token need not be.
#[derive(Clone, Copy)]
pub(super) struct Valid<'a> {
    text: &'a str,
    /// Index in the input of its first byte.
    from: usize,
}

impl<'a> Valid<'a> {
    /// What is valid of the bytes from `from` on; nothing where it is not worth the look.
    #[inline]
    pub(super) fn of(bytes: &'a [u8], from: usize) -> Valid<'a> {
        let rest = bytes.get(from..).unwrap_or_default();
        let text = if rest.len() < WORTH { "" } else { valid_text(rest) };
        Valid { text, from }
    }
}

#[inline(never)]
fn valid_text(bytes: &[u8]) -> &str {
    match simdutf8::compat::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
    }
}

/// A defect that the short way reads around, and the index where it is.
type Defect = Option<(RepairKind, usize)>;

/// A key, the index after its colon, and its marks if those are no double quotes.
type Member<'a> = (&'a str, usize, Defect);

/// What one value is, before it is confirmed.
#[derive(Clone, Copy)]
enum Plain<'a> {
    /// A container, which has met its closer.
    Nothing,
    Scalar(Scalar<'a>),
    /// A string with escapes, decoded in `text`.
    Decoded,
}

impl Machine {
    #[inline]
    pub(super) fn fast_enough(&self, valid: Valid<'_>) -> bool {
        self.at >= valid.from
            && valid.text.len() >= self.at - valid.from + WORTH
            // Not at blanks: they are skipped one by one, and trying at each of them would be quadratic.
            && !matches!(valid.text.as_bytes()[self.at - valid.from], b' ' | b'\n' | b'\r' | b'\t')
            && self.slot == Slot::Nothing
            && !self.wrong
            && self.notes.is_empty()
            && self.pending == 0
            && self.options.limits.only_depth()
            && !self.coerces()
            && !self.prose.extra
    }

    /// Reads values as long as each is plain, ends in this text, and what follows confirms it.
    pub(super) fn fast<S: Sink>(&mut self, sink: &mut S, valid: Valid<'_>) -> Result<(), Error> {
        // The machine counts in this text until it is left.
        self.at -= valid.from;
        self.base += valid.from as u64;
        self.moved_on();
        let result = self.fast_values(sink, valid.text);
        self.text.clear();
        self.at += valid.from;
        self.base -= valid.from as u64;
        result
    }

    #[inline]
    fn fast_values<S: Sink>(&mut self, sink: &mut S, text: &str) -> Result<(), Error> {
        let mut at = Some(self.at);
        while let Some(next) = at {
            at = self.fast_value(sink, text, next)?;
        }
        Ok(())
    }

    /// The value at an index and the token that confirms it. Gives the index of the next value; `None` where another way must
    /// look from where the machine then is.
    #[inline(always)]
    fn fast_value<S: Sink>(&mut self, sink: &mut S, text: &str, mut at: usize) -> Result<Option<usize>, Error> {
        let bytes = text.as_bytes();
        let Some(&first) = bytes.get(at) else { return Ok(None) };
        let mut defect = None;
        let value = match first {
            b'"' => {
                let start = at + 1;
                at = start + plain_run(&bytes[start..], b'"');
                let value = match bytes.get(at) {
                    Some(b'"') => Plain::Scalar(Scalar::Text(&text[start..at])),
                    Some(b'\\') if self.decoded_string(text, start, &mut at) => Plain::Decoded,
                    _ => return Ok(None),
                };
                at += 1;
                value
            }
            b'{' => {
                let Some((key, end, marks)) = self.plain_member(text, at + 1) else { return Ok(None) };
                self.fast_open(sink, Kind::Object, at)?;
                self.mode = Mode::Value;
                if marks.is_some() {
                    self.fast_repairs(sink, None, marks, 0);
                }
                return Ok(self.fast_key(sink, bytes, key, end));
            }
            b'[' => {
                self.fast_open(sink, Kind::Array, at)?;
                self.at = at + 1;
                at = skip_blanks(bytes, at + 1);
                if bytes.get(at) != Some(&b']') {
                    return Ok(Some(at));
                }
                Plain::Nothing
            }
            b'-' | b'0'..=b'9' => match self.plain_number(text, &mut at) {
                Some(number) => Plain::Scalar(number),
                None => return Ok(None),
            },
            b't' if bytes[at..].starts_with(b"true") => {
                at += 4;
                Plain::Scalar(Scalar::Bool(true))
            }
            b'f' if bytes[at..].starts_with(b"false") => {
                at += 5;
                Plain::Scalar(Scalar::Bool(false))
            }
            b'n' if bytes[at..].starts_with(b"null") => {
                at += 4;
                Plain::Scalar(Scalar::Null)
            }
            b'\'' if self.reads_around() => match single_quoted(text, at + 1) {
                Some(string) => {
                    defect = Some((RepairKind::QuoteMarks, at));
                    at += string.len() + 2;
                    Plain::Scalar(Scalar::Text(string))
                }
                None => return Ok(None),
            },
            b'T' | b'F' | b'N' if self.reads_around() && self.options.shape.is_none() => {
                match python_literal(&bytes[at..]) {
                    Some((scalar, len)) => {
                        defect = Some((RepairKind::Literal, at));
                        at += len;
                        Plain::Scalar(scalar)
                    }
                    None => return Ok(None),
                }
            }
            _ => return Ok(None),
        };
        self.fast_confirm(sink, text, value, defect, at)
    }

    /// Whether defects are read around, and none of them refused.
    #[inline]
    fn reads_around(&self) -> bool {
        !self.options.strict && self.options.refuse.is_empty()
    }

    /// Gives a value to the sink, if the token after it, and after closers, confirms it: the next key with its colon, the next
    /// item, or the root's end.
    #[inline(always)]
    fn fast_confirm<S: Sink>(
        &mut self,
        sink: &mut S,
        text: &str,
        value: Plain<'_>,
        defect: Defect,
        mut at: usize,
    ) -> Result<Option<usize>, Error> {
        let bytes = text.as_bytes();
        let mut open = self.frames.len();
        loop {
            if open <= usize::from(self.prose.list) {
                // Blanks after the root are not skipped: a line's end tells something there.
                return self.fast_end(sink, bytes, value, defect, at).map(|()| None);
            }
            at = skip_blanks(bytes, at);
            let frame = &self.frames[open - 1];
            let next = bytes.get(at).copied().unwrap_or_default();
            if frame.kind == Kind::Object {
                if next == b',' {
                    let Some((key, end, marks)) = self.plain_member(text, at + 1) else { return Ok(None) };
                    if defect.is_some() || marks.is_some() {
                        self.fast_repairs(sink, defect, marks, self.frames.len() - open);
                    }
                    self.fast_commit(sink, value, open);
                    return Ok(self.fast_key(sink, bytes, key, end));
                }
                if next != b'}' || frame.doubled + frame.calls > 0 || frame.paren {
                    return Ok(None);
                }
            } else {
                if next == b',' && !frame.paren {
                    let next = skip_blanks(bytes, at + 1);
                    if !self.begins_value(&bytes[next..]) {
                        return Ok(None);
                    }
                    if defect.is_some() {
                        self.fast_repairs(sink, defect, None, 0);
                    }
                    self.fast_commit(sink, value, open);
                    if let Some(frame) = self.frames.last_mut() {
                        frame.list = true;
                    }
                    self.comma = true;
                    self.at = next;
                    return Ok(Some(next));
                }
                if next != b']' || frame.doubled + frame.calls > 0 || frame.paren || frame.brace {
                    return Ok(None);
                }
            }
            open -= 1;
            at += 1;
        }
    }

    /// Opens a container whose bracket is at an index.
    #[inline]
    fn fast_open<S: Sink>(&mut self, sink: &mut S, kind: Kind, at: usize) -> Result<(), Error> {
        let depth = self.frames.len() - usize::from(self.prose.list);
        if self.options.shape.is_some() || depth >= self.options.limits.depth {
            self.at = at;
            return self.push_frame(sink, kind);
        }
        self.values += 1;
        self.comma = false;
        self.frames.push(Frame::new(kind));
        self.mode = Mode::Value;
        sink.open(kind);
        Ok(())
    }

    /// A key whose colon ends at an index. Gives the index of its value.
    #[inline(always)]
    fn fast_key<S: Sink>(&mut self, sink: &mut S, bytes: &[u8], key: &str, end: usize) -> Option<usize> {
        self.enter_member(key);
        sink.key(key);
        self.newline = false;
        self.at = end;
        Some(skip_blanks(bytes, end))
    }

    /// The root has met its closer: what is in it is certain then, unless it may be a mark in a text, such as `[1]`.
    fn fast_end<S: Sink>(
        &mut self,
        sink: &mut S,
        bytes: &[u8],
        value: Plain<'_>,
        defect: Defect,
        at: usize,
    ) -> Result<(), Error> {
        let closed = self.frames.len() - usize::from(self.prose.list);
        let text = matches!(value, Plain::Decoded | Plain::Scalar(Scalar::Text(_)));
        let mark = closed == 1 && self.frames.last().is_some_and(|root| root.kind == Kind::Array && root.count == 0);
        if self.options.strict || (mark && !text) {
            return Ok(());
        }
        if defect.is_some() {
            self.fast_repairs(sink, defect, None, 0);
        }
        self.fast_commit(sink, value, self.frames.len());
        self.pending = closed;
        self.at = at;
        self.root_closed(sink)?;
        // The mark of a text directly before the root's closer.
        if text && closed == 1 && bytes[at - 2] == b'"' {
            self.prose.text_end = self.base + at as u64 - 1;
        }
        Ok(())
    }

    /// Tells the defects of a value that is about to be given and of the key after it and so many closers. Marks of a string
    /// are told when it begins, a literal when it is given.
    #[inline(never)]
    fn fast_repairs<S: Sink>(&mut self, sink: &S, value: Defect, key: Defect, closers: usize) {
        self.moved_on();
        let value = value.map(|defect| {
            let path = self.place(sink);
            self.repair_of(defect, path)
        });
        if closers > 0 {
            self.pending = closers;
            self.moved_on();
        }
        let key = key.map(|defect| {
            let path = self.place_of_object(sink);
            self.repair_of(defect, path)
        });
        self.pending = 0;
        self.moved_on();
        match value {
            Some(value) if value.kind == RepairKind::Literal => self.repairs.extend(key.into_iter().chain([value])),
            value => self.repairs.extend(value.into_iter().chain(key)),
        }
    }

    fn repair_of(&self, (kind, at): (RepairKind, usize), path: Place) -> Repair {
        Repair { kind, offset: self.filter.raw(self.base + at as u64), path }
    }

    /// Gives a value to the sink, and closers until so many containers are open.
    #[inline(always)]
    fn fast_commit<S: Sink>(&mut self, sink: &mut S, value: Plain<'_>, open: usize) {
        self.comma = false;
        self.newline = false;
        match value {
            Plain::Nothing => {}
            Plain::Scalar(scalar) => self.fast_scalar(sink, scalar),
            Plain::Decoded => {
                let text = std::mem::take(&mut self.text);
                self.fast_scalar(sink, Scalar::Text(&text));
                self.text = text;
            }
        }
        if self.frames.len() > open {
            self.pending = self.frames.len() - open;
            self.commit_closers(sink, self.pending);
        }
    }

    #[inline(always)]
    fn fast_scalar<S: Sink>(&mut self, sink: &mut S, scalar: Scalar<'_>) {
        self.values += 1;
        sink.scalar(scalar);
        self.stands(scalar);
    }

    /// Decodes the string that starts at an index and has a backslash at `at` into `text`, and moves `at` to its mark. False
    /// where it is not plain or its end is not here.
    #[inline(never)]
    fn decoded_string(&mut self, text: &str, start: usize, at: &mut usize) -> bool {
        let bytes = text.as_bytes();
        let mut run = start;
        self.text.clear();
        loop {
            self.text.push_str(&text[run..*at]);
            match bytes.get(*at) {
                Some(b'"') => return true,
                Some(b'\\') => match self.plain_escape(&bytes[*at..]) {
                    Some((c, len)) => {
                        self.text.push(c);
                        run = *at + len;
                    }
                    None => return false,
                },
                _ => return false,
            }
            *at = run + plain_run(&bytes[run..], b'"');
        }
    }

    /// Whether a plain value begins here.
    #[inline]
    fn begins_value(&self, bytes: &[u8]) -> bool {
        match bytes.first() {
            Some(b'"' | b'{' | b'[' | b'-' | b'0'..=b'9') => true,
            Some(b't') => bytes.starts_with(b"true"),
            Some(b'f') => bytes.starts_with(b"false"),
            Some(b'n') => bytes.starts_with(b"null"),
            Some(b'\'') => self.reads_around(),
            _ => false,
        }
    }

    /// The key at `at`, after blanks, with its colon.
    #[inline(always)]
    fn plain_member<'a>(&self, text: &'a str, at: usize) -> Option<Member<'a>> {
        let bytes = text.as_bytes();
        let at = skip_blanks(bytes, at);
        let mark = *bytes.get(at)?;
        let (key, marks) = if mark == b'"' {
            let end = at + 1 + plain_run(&bytes[at + 1..], b'"');
            if bytes.get(end) != Some(&b'"') {
                return None;
            }
            (&text[at + 1..end], None)
        } else if mark == b'\'' && self.reads_around() {
            (single_quoted(text, at + 1)?, Some((RepairKind::QuoteMarks, at)))
        } else {
            return None;
        };
        let colon = skip_blanks(bytes, at + key.len() + 2);
        (bytes.get(colon) == Some(&b':')).then_some((key, colon + 1, marks))
    }

    /// The number at `at`, where a delimiter follows; moves `at` there.
    #[inline]
    fn plain_number<'a>(&self, text: &'a str, at: &mut usize) -> Option<Scalar<'a>> {
        let bytes = text.as_bytes();
        let scanned = number::scan(&bytes[*at..])?;
        let end = *at + scanned.len;
        if !matches!(bytes.get(end), Some(b',' | b']' | b'}' | b' ' | b'\n' | b'\r' | b'\t')) {
            return None;
        }
        if self.options.limits.digits.is_some_and(|limit| scanned.digits() > limit) {
            return None;
        }
        let token = text.get(*at..end)?;
        let value = scanned.number(token);
        if matches!(value, number::Number::Float(f) if !f.is_finite()) {
            return None;
        }
        *at = end;
        Some(Scalar::Number(value, Some(token)))
    }
}

/// The text in single quotes at an index, if it is certain: without escapes, other marks and control characters.
#[inline]
fn single_quoted(text: &str, start: usize) -> Option<&str> {
    let bytes = text.as_bytes();
    let end = start + plain_run(&bytes[start..], b'\'');
    (bytes.get(end) == Some(&b'\'') && !bytes[start..end].contains(&b'"')).then(|| &text[start..end])
}

/// A literal as Python writes it, and its length.
#[inline]
fn python_literal(bytes: &[u8]) -> Option<(Scalar<'static>, usize)> {
    let literals = [("True", Scalar::Bool(true)), ("False", Scalar::Bool(false)), ("None", Scalar::Null)];
    let found = literals.into_iter().find(|(word, _)| bytes.starts_with(word.as_bytes()))?;
    let (word, scalar) = found;
    matches!(bytes.get(word.len()), Some(b',' | b'}' | b']')).then_some((scalar, word.len()))
}

/// The index of the first byte from `at` on that is no blank.
#[inline(always)]
fn skip_blanks(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at) {
        Some(..=b' ') => skip_more_blanks(bytes, at),
        _ => at,
    }
}

#[inline]
fn skip_more_blanks(bytes: &[u8], at: usize) -> usize {
    match bytes[at..] {
        [b' ', next, ..] if next > b' ' => at + 1,
        _ => skip_indent(bytes, at),
    }
}

/// The same at a line's end: the next line is indented, often by many spaces.
#[inline(never)]
fn skip_indent(bytes: &[u8], mut at: usize) -> usize {
    const SPACES: u64 = u64::from_le_bytes([b' '; 8]);
    at += usize::from(bytes[at] == b'\n');
    loop {
        if let Some(word) = bytes[at..].first_chunk::<8>() {
            let others = u64::from_le_bytes(*word) ^ SPACES;
            if others == 0 {
                at += 8;
                continue;
            }
            at += others.trailing_zeros() as usize / 8;
        }
        match bytes.get(at) {
            Some(b' ' | b'\n' | b'\r' | b'\t') => at += 1,
            _ => return at,
        }
    }
}
