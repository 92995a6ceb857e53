//! How long buffers grow.
//!
//! Coming in: bytes that may be read again, the text that they become. Going out: the same with more at their end.
//! Decided elsewhere: what is kept, and for how long.
//!
//! The two stand beside one another, so each has little room to spare once it is long: a sixteenth, where a vector doubles.

/// Up to so many bytes have as much room as a vector likes.
const FREELY: usize = 1 << 16;

/// Adds bytes to those that may be read again.
pub(super) fn extend(kept: &mut Vec<u8>, more: &[u8]) {
    if let Some(room) = room(kept.len(), kept.capacity(), more.len()) {
        kept.reserve_exact(room);
    }
    kept.extend_from_slice(more);
}

/// Adds a character to a text whose bytes may be read again.
#[inline]
pub(super) fn push(text: &mut String, c: char) {
    if let Some(room) = room(text.len(), text.capacity(), c.len_utf8()) {
        text.reserve_exact(room);
    }
    text.push(c);
}

/// How much room a long buffer needs for `more` bytes, if it has not got it.
#[inline]
fn room(len: usize, capacity: usize, more: usize) -> Option<usize> {
    (len >= FREELY && capacity - len < more).then(|| more.max(len / 16))
}
