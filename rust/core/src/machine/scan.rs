//! Where a run of plain text ends: at a mark, a backslash or a control character.
//!
//! Coming in: bytes. Going out: how many of them are plain. Decided elsewhere: what the byte after them means.

use wide::u8x16;

/// Bytes that are looked at together.
const BLOCK: usize = 16;

/// Bytes before the next mark, backslash or control character.
#[inline(always)]
pub(super) fn plain_run(bytes: &[u8], mark: u8) -> usize {
    // Most strings are short.
    match bytes.first_chunk::<BLOCK>().map(|block| specials_of(block, mark)) {
        Some(0) => long_run(bytes, mark),
        Some(found) => found.trailing_zeros() as usize,
        None => by_words(bytes, mark),
    }
}

/// The same where the first block is plain: in large blocks that the compiler turns into vector code.
#[inline(never)]
fn long_run(bytes: &[u8], mark: u8) -> usize {
    const LARGE: usize = 4 * BLOCK;
    let special = |b: u8| u8::from(b == mark) | u8::from(b == b'\\') | u8::from(b < 0x20);
    let mut at = BLOCK;
    while let Some(block) = bytes[at..].first_chunk::<BLOCK>() {
        match specials_of(block, mark) {
            0 => at += BLOCK,
            found => return at + found.trailing_zeros() as usize,
        }
        if at == LARGE {
            while let Some(block) = bytes[at..].first_chunk::<LARGE>() {
                if block.iter().fold(0, |any, &b| any | special(b)) != 0 {
                    break;
                }
                at += LARGE;
            }
        }
    }
    at + by_words(&bytes[at..], mark)
}

/// A bit for each byte of a block that is the mark, a backslash or a control character.
#[inline(always)]
fn specials_of(block: &[u8; BLOCK], mark: u8) -> u32 {
    let bytes = u8x16::new(*block);
    let is = |byte: u8| bytes.simd_eq(u8x16::splat(byte));
    let control = bytes.min(u8x16::splat(0x1F)).simd_eq(bytes);
    (is(mark) | is(b'\\') | control).to_bitmask()
}

/// The same for less than a block, eight bytes at a time.
#[inline(never)]
fn by_words(bytes: &[u8], mark: u8) -> usize {
    let mut at = 0;
    loop {
        let Some(word) = bytes[at..].first_chunk::<8>() else {
            return at + short_run(&bytes[at..], mark);
        };
        let found = specials(u64::from_le_bytes(*word), mark);
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
}

/// The same for less than eight bytes: four or more are two halves that overlap.
#[inline]
fn short_run(bytes: &[u8], mark: u8) -> usize {
    let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) else {
        return bytes.iter().position(|&b| b == mark || b == b'\\' || b < 0x20).unwrap_or(bytes.len());
    };
    let word = u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << 32;
    match specials(word, mark) {
        0 => bytes.len(),
        found => match found.trailing_zeros() as usize / 8 {
            at @ 0..4 => at,
            at => bytes.len() + at - 8,
        },
    }
}

/// The high bit of each byte that is the mark, a backslash or a control character; bits above the lowest may be wrong.
#[inline]
fn specials(word: u64, mark: u8) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = ONES << 7;
    let equal = |byte: u8| {
        let zeros = word ^ (ONES * u64::from(byte));
        zeros.wrapping_sub(ONES) & !zeros
    };
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    (equal(mark) | equal(b'\\') | control) & HIGH
}
