//! The shortest way: whole tokens of plain JSON that are all at hand.
//!
//! Coming in: the text from a place where a value is expected and nothing waits for confirmation.
//! Going out: the same calls of the sink as the long way, up to the last such place; there the other ways go on.
//! Decided elsewhere: everything that is not plain JSON, and everything that a chunk's end cuts. Python's marks and literals
//! (`'text'`, `True`) are plain too where they are as certain: without escapes and other marks, and not as an item that
//! another one must confirm. They are the most frequent defects; each is told as the long way tells it.

use super::container::{Frame, fingerprint};
use super::scan::plain_run;
use super::{Machine, Mode, Slot};
use crate::error::Error;
use crate::number::{self, Number, Scanned};
use crate::path::Place;
use crate::repair::{Repair, RepairKind};
use crate::shape::Shape;
use crate::sink::{Head, Kind, Scalar, Sink};

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

/// A key with its colon.
#[derive(Clone, Copy)]
struct Member {
    /// The indices of its text, without marks.
    from: usize,
    to: usize,
    /// The index after the colon, and of the value after it.
    taken: usize,
    value: usize,
    /// It is in single quotes.
    foreign: bool,
}

impl Member {
    fn defect(self) -> Defect {
        self.foreign.then_some((RepairKind::QuoteMarks, self.from - 1))
    }
}

/// What one value is, before it is confirmed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Token {
    /// An object begins.
    Object,
    /// An array without items has met its closer.
    Empty,
    Text,
    /// A string with escapes, decoded in the machine's `text`.
    Decoded,
    Int,
    Float,
    /// An integer that is too large for others.
    Big,
    True,
    False,
    Null,
}

/// One value, flat so that it stays in registers.
#[derive(Clone, Copy)]
struct Found {
    token: Token,
    /// The indices of its text, without marks.
    from: usize,
    to: usize,
    /// The bits of a number.
    bits: u64,
    /// It is written as Python does.
    foreign: bool,
}

impl Found {
    #[inline(always)]
    fn new(token: Token, from: usize, to: usize) -> Found {
        Found { token, from, to, bits: 0, foreign: false }
    }

    /// The index after it.
    #[inline(always)]
    fn end(self) -> usize {
        self.to + usize::from(matches!(self.token, Token::Text | Token::Decoded))
    }

    #[inline(always)]
    fn defect(self) -> Defect {
        if !self.foreign {
            return None;
        }
        let quoted = self.token == Token::Text;
        Some(if quoted { (RepairKind::QuoteMarks, self.from - 1) } else { (RepairKind::Literal, self.from) })
    }
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
            && self.options.limits.digits.is_none_or(|digits| digits >= number::SHORT)
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

    /// Each turn takes one value with what confirms it: the next key with its colon, the next item, or the root's end. It ends
    /// where another way must look, from where the machine then is.
    fn fast_values<S: Sink>(&mut self, sink: &mut S, text: &str) -> Result<(), Error> {
        let bytes = text.as_bytes();
        let mut at = self.at;
        let mut in_object = self.frames.last().is_some_and(|frame| frame.kind == Kind::Object);
        let shaped = self.options.shape.is_some();
        while let Some(found) = self.fast_value(sink, text, &mut at, &mut in_object) {
            let mut open = self.frames.len();
            let first = found.token == Token::Object;
            if !first && bytes.get(at) != Some(&b',') {
                (open, at) = self.plain_closers(bytes, at);
                if open <= usize::from(self.prose.list) {
                    return self.fast_end(sink, text, found, at);
                }
                if bytes.get(at) != Some(&b',') {
                    return Ok(());
                }
                in_object = self.frames[open - 1].kind == Kind::Object;
            }
            in_object |= first;
            let (mut value, mut member, mut key_print) = (at + 1, None, 0);
            if !in_object {
                value = skip_blanks(bytes, value);
                if self.frames[open - 1].paren || !self.begins_value(bytes, value) {
                    return Ok(());
                }
            } else if !shaped
                && let Some(head) = sink.foresees(&bytes[at..], first)
                && bytes.get(at + head.len).is_some_and(|&byte| byte > b' ')
            {
                value = at + head.len;
                if first {
                    key_print = fingerprint(&text[at + head.from..at + head.to]);
                }
            } else {
                member = self.plain_member(text, at + usize::from(!first));
                let Some(member) = member else { return Ok(()) };
                value = member.value;
                if first {
                    key_print = fingerprint(&text[member.from..member.to]);
                }
            }
            if first {
                self.fast_open(sink, Kind::Object, key_print);
                self.mode = Mode::Value;
                open += 1;
            }
            if found.foreign || member.is_some_and(|member| member.foreign) {
                let defect = member.and_then(Member::defect);
                self.fast_repairs(sink, found.defect(), defect, self.frames.len() - open);
            }
            self.fast_commit(sink, text, found, open);
            self.comma = !in_object;
            self.at = value;
            if !in_object {
                self.frames[open - 1].list = true;
            } else if let Some(member) = member {
                self.tell_key(sink, text, at, member, first);
            } else {
                sink.foreseen_key();
            }
            at = value;
        }
        Ok(())
    }

    /// How many containers are open after the closers from an index on, and the index after them and blanks. After the root's
    /// blanks are not skipped: a line's end tells something there.
    #[inline(never)]
    fn plain_closers(&self, bytes: &[u8], mut at: usize) -> (usize, usize) {
        let mut open = self.frames.len();
        while open > usize::from(self.prose.list) {
            at = skip_blanks(bytes, at);
            let frame = &self.frames[open - 1];
            let closer = if frame.kind == Kind::Object { b'}' } else { b']' };
            if bytes.get(at) != Some(&closer) || frame.is_odd() {
                break;
            }
            open -= 1;
            at += 1;
        }
        (open, at)
    }

    /// The value at an index, which is moved behind it. An array is opened at once, and what comes back is its first item, or
    /// that it is empty.
    #[inline(always)]
    fn fast_value<S: Sink>(
        &mut self,
        sink: &mut S,
        text: &str,
        index: &mut usize,
        in_object: &mut bool,
    ) -> Option<Found> {
        let bytes = text.as_bytes();
        let mut at = *index;
        loop {
            let (token, len) = match *bytes.get(at)? {
                b'"' => {
                    let from = at + 1;
                    let mut to = from + plain_run(&bytes[from..], b'"');
                    let token = match bytes.get(to) {
                        Some(b'"') => Token::Text,
                        Some(b'\\') => {
                            to = self.decoded_string(text, from, to)?;
                            Token::Decoded
                        }
                        _ => return None,
                    };
                    *index = to + 1;
                    return Some(Found::new(token, from, to));
                }
                b'-' | b'0'..=b'9' => {
                    let found = self.plain_number(text, at)?;
                    *index = found.to;
                    return Some(found);
                }
                b'{' if self.has_room() => (Token::Object, 1),
                b'[' if self.has_room() => {
                    self.fast_open(sink, Kind::Array, 0);
                    self.mode = Mode::Value;
                    *in_object = false;
                    self.at = at + 1;
                    at = skip_blanks(bytes, at + 1);
                    if bytes.get(at) != Some(&b']') {
                        continue;
                    }
                    (Token::Empty, 0)
                }
                b't' if bytes[at..].starts_with(b"true") => (Token::True, 4),
                b'f' if bytes[at..].starts_with(b"false") => (Token::False, 5),
                b'n' if bytes[at..].starts_with(b"null") => (Token::Null, 4),
                b'\'' | b'T' | b'F' | b'N' => {
                    let found = self.foreign_value(text, at)?;
                    *index = found.end();
                    return Some(found);
                }
                _ => return None,
            };
            *index = at + len;
            return Some(Found::new(token, at, at));
        }
    }

    /// A string or literal as Python writes it.
    #[inline(never)]
    fn foreign_value(&self, text: &str, at: usize) -> Option<Found> {
        if !self.reads_around() {
            return None;
        }
        let rest = &text.as_bytes()[at..];
        let found = if rest.first() == Some(&b'\'') {
            let string = single_quoted(text, at + 1)?;
            Found::new(Token::Text, at + 1, at + 1 + string.len())
        } else if self.options.shape.is_some() {
            return None;
        } else {
            let literals = [("True", Token::True), ("False", Token::False), ("None", Token::Null)];
            let (word, token) = literals.into_iter().find(|(word, _)| rest.starts_with(word.as_bytes()))?;
            if !matches!(rest.get(word.len()), Some(b',' | b'}' | b']')) {
                return None;
            }
            Found::new(token, at, at + word.len())
        };
        Some(Found { foreign: true, ..found })
    }

    /// Whether defects are read around, and none of them refused.
    #[inline]
    fn reads_around(&self) -> bool {
        !self.options.strict && self.options.refuse.is_empty()
    }

    /// Whether one more container may be open.
    #[inline]
    fn has_room(&self) -> bool {
        self.frames.len() - usize::from(self.prose.list) < self.options.limits.depth
    }

    /// Opens a container, with the fingerprint of its first key.
    #[inline]
    fn fast_open<S: Sink>(&mut self, sink: &mut S, kind: Kind, first: u64) {
        self.values += 1;
        self.comma = false;
        let place = if self.options.shape.is_some() { self.here() } else { Shape::ANYTHING };
        self.frames.push(Frame { first, place, ..Frame::new(kind) });
        sink.open(kind);
    }

    /// The root has met its closer: what is in it is certain then, unless it may be a mark in a text, such as `[1]`.
    #[inline(never)]
    fn fast_end<S: Sink>(&mut self, sink: &mut S, text: &str, found: Found, at: usize) -> Result<(), Error> {
        let closed = self.frames.len() - usize::from(self.prose.list);
        let is_text = matches!(found.token, Token::Decoded | Token::Text);
        let mark = closed == 1 && self.frames.last().is_some_and(|root| root.kind == Kind::Array && root.count == 0);
        if self.options.strict || (mark && !is_text) {
            return Ok(());
        }
        if found.foreign {
            self.fast_repairs(sink, found.defect(), None, 0);
        }
        self.fast_commit(sink, text, found, self.frames.len());
        self.comma = false;
        self.pending = closed;
        self.at = at;
        self.root_closed(sink)?;
        // The mark of a text directly before the root's closer.
        if is_text && closed == 1 && text.as_bytes()[at - 2] == b'"' {
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
    fn fast_commit<S: Sink>(&mut self, sink: &mut S, text: &str, found: Found, open: usize) {
        self.newline = false;
        let token = || &text[found.from..found.to];
        match found.token {
            Token::Text => self.fast_scalar(sink, Scalar::Text(token())),
            Token::Int => self.fast_scalar(sink, Scalar::Number(Number::Int(found.bits as i64), Some(token()))),
            Token::Float => {
                self.fast_scalar(sink, Scalar::Number(Number::Float(f64::from_bits(found.bits)), Some(token())));
            }
            Token::Big => self.fast_scalar(sink, Scalar::Number(Number::Big(token()), Some(token()))),
            Token::True => self.fast_scalar(sink, Scalar::Bool(true)),
            Token::False => self.fast_scalar(sink, Scalar::Bool(false)),
            Token::Null => self.fast_scalar(sink, Scalar::Null),
            Token::Decoded => {
                let text = std::mem::take(&mut self.text);
                self.fast_scalar(sink, Scalar::Text(&text));
                self.text = text;
            }
            Token::Object | Token::Empty => {}
        }
        while self.frames.len() > open {
            self.fast_close(sink);
        }
    }

    #[inline(always)]
    fn fast_scalar<S: Sink>(&mut self, sink: &mut S, scalar: Scalar<'_>) {
        self.values += 1;
        sink.scalar(scalar);
        self.stands(scalar);
    }

    /// The innermost container is whole.
    #[inline]
    fn fast_close<S: Sink>(&mut self, sink: &mut S) {
        let Some(frame) = self.frames.pop() else { return };
        sink.close();
        if !self.places.containers.is_empty() {
            self.places.containers.truncate(self.frames.len());
        }
        if let Some(parent) = self.frames.last_mut() {
            parent.count += 1;
            parent.nested = true;
            if parent.kind == Kind::Array && frame.kind == Kind::Object {
                parent.first = frame.first;
            }
        }
    }

    /// Decodes the string that starts at an index and has a backslash at `at` into `text`. Gives the index of its mark; `None`
    /// where it is not plain or its end is not here.
    #[inline(never)]
    fn decoded_string(&mut self, text: &str, start: usize, mut at: usize) -> Option<usize> {
        let bytes = text.as_bytes();
        let mut run = start;
        self.text.clear();
        loop {
            self.text.push_str(&text[run..at]);
            match bytes.get(at) {
                Some(b'"') => return Some(at),
                Some(b'\\') => {
                    let (c, len) = self.plain_escape(&bytes[at..])?;
                    self.text.push(c);
                    run = at + len;
                }
                _ => return None,
            }
            at = run + plain_run(&bytes[run..], b'"');
        }
    }

    /// Whether a plain value begins here.
    #[inline(always)]
    fn begins_value(&self, bytes: &[u8], at: usize) -> bool {
        match bytes.get(at) {
            Some(b'"' | b'{' | b'[' | b'-' | b'0'..=b'9') => true,
            Some(b't') => bytes[at..].starts_with(b"true"),
            Some(b'f') => bytes[at..].starts_with(b"false"),
            Some(b'n') => bytes[at..].starts_with(b"null"),
            Some(b'\'') => self.reads_around(),
            _ => false,
        }
    }

    /// The key at an index, after blanks, with its colon.
    #[inline(never)]
    fn plain_member(&self, text: &str, at: usize) -> Option<Member> {
        let bytes = text.as_bytes();
        let at = skip_blanks(bytes, at);
        let from = at + 1;
        let (to, foreign) = match bytes.get(at) {
            Some(b'"') => (from + plain_run(&bytes[from..], b'"'), false),
            Some(b'\'') if self.reads_around() => (from + single_quoted(text, from)?.len(), true),
            _ => return None,
        };
        let colon = skip_blanks(bytes, to + 1);
        if bytes.get(to) != bytes.get(at) || bytes.get(colon) != Some(&b':') {
            return None;
        }
        let taken = colon + 1;
        Some(Member { from, to, taken, value: skip_blanks(bytes, taken), foreign })
    }

    /// Gives a key to the sink that it has not foreseen, and what stands around it from an index on, where it is worth looking
    /// for again.
    #[inline(never)]
    fn tell_key<S: Sink>(&mut self, sink: &mut S, text: &str, at: usize, member: Member, first: bool) {
        // A line's end before the value is left for the long way, which may want to know of it.
        self.at = member.taken;
        if self.options.shape.is_some() {
            self.enter_member(&text[member.from..member.to]);
        }
        if member.foreign || text.as_bytes()[member.taken..member.value].contains(&b'\n') {
            return sink.key(&text[member.from..member.to]);
        }
        let head = Head { from: member.from - at, to: member.to - at, len: member.value - at };
        sink.key_in(&text[at..member.value], head, first);
    }

    /// The number at an index, where a delimiter follows.
    #[inline(always)]
    fn plain_number(&self, text: &str, at: usize) -> Option<Found> {
        let bytes = text.as_bytes();
        let scanned = number::scan(&bytes[at..])?;
        let end = at + scanned.len;
        if !matches!(bytes.get(end), Some(b',' | b']' | b'}' | b' ' | b'\n' | b'\r' | b'\t')) {
            return None;
        }
        let (token, bits) = match scanned.short() {
            Some(Number::Int(value)) => (Token::Int, value as u64),
            Some(Number::Float(value)) => (Token::Float, value.to_bits()),
            _ => self.long_number(scanned, &text[at..end])?,
        };
        Some(Found { token, from: at, to: end, bits, foreign: false })
    }

    /// The same where the digits are too many for the quick ways. Refused where that is beyond the limit, or no finite number.
    #[inline(never)]
    fn long_number(&self, scanned: Scanned, text: &str) -> Option<(Token, u64)> {
        if self.options.limits.digits.is_some_and(|limit| scanned.digits() > limit) {
            return None;
        }
        match scanned.number(text) {
            Number::Int(value) => Some((Token::Int, value as u64)),
            Number::Float(value) if value.is_finite() => Some((Token::Float, value.to_bits())),
            Number::Float(_) => None,
            Number::Big(_) => Some((Token::Big, 0)),
        }
    }
}

/// The text in single quotes at an index, if it is certain: without escapes, other marks and control characters.
#[inline]
fn single_quoted(text: &str, start: usize) -> Option<&str> {
    let bytes = text.as_bytes();
    let end = start + plain_run(&bytes[start..], b'\'');
    (bytes.get(end) == Some(&b'\'') && !bytes[start..end].contains(&b'"')).then(|| &text[start..end])
}

/// The index of the first byte from `at` on that is no blank.
#[inline(always)]
fn skip_blanks(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at) {
        Some(b' ') if bytes.get(at + 1).is_some_and(|&next| next > b' ') => at + 1,
        Some(..=b' ') => skip_indent(bytes, at),
        _ => at,
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
