//! Numbers: the grammar of RFC 8259 one character at a time, and what people write instead.
//!
//! Coming in: the text of one token. Going out: a [`Number`]. Decided elsewhere: where a token ends (`machine`).

/// A number as read. `text` fields are valid JSON numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number<'a> {
    /// An integer that fits.
    Int(i64),
    /// An integer of any size: its decimal digits with an optional minus.
    Big(&'a str),
    /// Anything with a fraction or an exponent.
    Float(f64),
}

/// Where in the grammar of a JSON number a token stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Start,
    Minus,
    Zero,
    Int,
    Dot,
    Fraction,
    E,
    ESign,
    Exponent,
    /// No longer a JSON number.
    Not,
}

impl State {
    /// The state after one more character.
    #[inline]
    pub(crate) fn next(self, c: char) -> State {
        match (self, c) {
            (State::Start, '-') => State::Minus,
            (State::Start | State::Minus, '0') => State::Zero,
            (State::Start | State::Minus, '1'..='9') => State::Int,
            (State::Int, '0'..='9') => State::Int,
            (State::Zero | State::Int, '.') => State::Dot,
            (State::Dot | State::Fraction, '0'..='9') => State::Fraction,
            (State::Zero | State::Int | State::Fraction, 'e' | 'E') => State::E,
            (State::E, '+' | '-') => State::ESign,
            (State::E | State::ESign | State::Exponent, '0'..='9') => State::Exponent,
            _ => State::Not,
        }
    }

    /// Whether a number may end here.
    #[inline]
    pub(crate) fn ends(self) -> bool {
        matches!(self, State::Zero | State::Int | State::Fraction | State::Exponent)
    }
}

/// More digits may not fit into 64 bits.
pub(crate) const SHORT: usize = 19;

/// Powers of ten that a double holds exactly.
const TENS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

/// What a token scan found: the parts of a JSON number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scanned {
    pub(crate) len: usize,
    mantissa: u64,
    digits: usize,
    exponent: i32,
    negative: bool,
    float: bool,
}

/// The longest JSON number at the start of `bytes`, if there is one.
#[inline(always)]
pub(crate) fn scan(bytes: &[u8]) -> Option<Scanned> {
    let mut at = 0;
    let negative = bytes.first() == Some(&b'-');
    at += usize::from(negative);
    let start = at;
    let mut mantissa: u64 = 0;
    match bytes.get(at)? {
        b'0' => at += 1,
        b'1'..=b'9' => (at, mantissa) = digits(bytes, at, mantissa),
        _ => return None,
    }
    let mut count = at - start;
    let (mut exponent, mut float) = (0i32, false);
    if bytes.get(at) == Some(&b'.') {
        float = true;
        let from = at + 1;
        (at, mantissa) = digits(bytes, from, mantissa);
        if at == from {
            return None;
        }
        count += at - from;
        exponent = i32::try_from(at - from).map_or(i32::MIN, |digits| -digits);
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        float = true;
        let (end, value) = scan_exponent(bytes, at + 1)?;
        at = end;
        exponent = exponent.saturating_add(value);
    }
    Some(Scanned { len: at, mantissa, digits: count, exponent, negative, float })
}

/// The exponent from an index on, and the index after it.
#[inline(never)]
fn scan_exponent(bytes: &[u8], mut at: usize) -> Option<(usize, i32)> {
    let minus = bytes.get(at) == Some(&b'-');
    if let Some(b'+' | b'-') = bytes.get(at) {
        at += 1;
    }
    let from = at;
    let mut value: i32 = 0;
    while let Some(d @ b'0'..=b'9') = bytes.get(at) {
        value = value.saturating_mul(10).saturating_add(i32::from(d - b'0'));
        at += 1;
    }
    (at > from).then_some((at, if minus { -value } else { value }))
}

/// Reads digits from an index on, eight at a time, and gives the index after them and the mantissa with them.
#[inline(never)]
fn digits(bytes: &[u8], mut at: usize, mut mantissa: u64) -> (usize, u64) {
    const ZEROS: u64 = u64::from_le_bytes([b'0'; 8]);
    const ABOVE: u64 = u64::from_le_bytes([0x80 - 10; 8]);
    const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
    while let Some(word) = bytes[at..].first_chunk::<8>() {
        let digits = u64::from_le_bytes(*word) ^ ZEROS;
        // The lowest high bit is that of the first byte that is no digit; those above may be wrong.
        let others = (digits.wrapping_add(ABOVE) | digits) & HIGH;
        let count = if others == 0 { 8 } else { others.trailing_zeros() as usize / 8 };
        if count == 0 {
            return (at, mantissa);
        }
        mantissa = mantissa.wrapping_mul(INT_TENS[count]).wrapping_add(eight_digits(digits << (64 - 8 * count)));
        at += count;
        if count < 8 {
            return (at, mantissa);
        }
    }
    while let Some(d @ b'0'..=b'9') = bytes.get(at) {
        mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(d - b'0'));
        at += 1;
    }
    (at, mantissa)
}

const INT_TENS: [u64; 9] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/// The number of eight digits, the first of them in the lowest byte: pairs, then fours, then all.
#[inline]
fn eight_digits(digits: u64) -> u64 {
    let pairs = (digits.wrapping_mul(10) + (digits >> 8)) & 0x00FF_00FF_00FF_00FF;
    let fours = (pairs.wrapping_mul(100) + (pairs >> 16)) & 0x0000_FFFF_0000_FFFF;
    (fours.wrapping_mul(10_000) + (fours >> 32)) & 0xFFFF_FFFF
}

impl Scanned {
    /// Decimal digits before an exponent.
    #[inline]
    pub(crate) fn digits(&self) -> usize {
        self.digits
    }

    /// The number, where its digits are so few that it is known without looking at the text again.
    #[inline(always)]
    pub(crate) fn short(&self) -> Option<Number<'static>> {
        if !self.float && self.digits <= 18 {
            let value = self.mantissa as i64;
            return Some(Number::Int(if self.negative { -value } else { value }));
        }
        if !self.float || self.digits > SHORT || self.mantissa >= 1 << 53 || !(-22..=22).contains(&self.exponent) {
            return None;
        }
        let value = self.mantissa as f64;
        let power = TENS[self.exponent.unsigned_abs() as usize];
        let value = if self.exponent < 0 { value / power } else { value * power };
        Some(Number::Float(if self.negative { -value } else { value }))
    }

    /// The number, where `text` is what was scanned.
    #[inline]
    pub(crate) fn number<'a>(&self, text: &'a str) -> Number<'a> {
        match self.short() {
            Some(number) => number,
            None if self.float => Number::Float(text.parse().unwrap_or(f64::NAN)),
            None => big(text),
        }
    }
}

fn big(text: &str) -> Number<'_> {
    text.parse().map_or(Number::Big(text), Number::Int)
}

/// Reads a token that is a JSON number.
pub(crate) fn exact(text: &str) -> Number<'_> {
    match scan(text.as_bytes()) {
        Some(scanned) if scanned.len == text.len() => scanned.number(text),
        _ => Number::Float(f64::NAN),
    }
}

/// Reads a number in another notation and gives it in JSON's: `+1`, `.5`, `5.`, `0x1F`, `0o17`, `0b101`, `1_000`,
/// and, where `groups` allows, thousands (`12,345,678.90`). None where the token is no number.
pub(crate) fn foreign(token: &str, groups: bool) -> Option<String> {
    let (sign, rest) = match token.as_bytes().first()? {
        b'+' => ("", &token[1..]),
        b'-' => ("-", &token[1..]),
        _ => ("", token),
    };
    if let Some(digits) = radix(rest) {
        return Some(format!("{sign}{digits}"));
    }
    let plain = if rest.contains('_') {
        underscores(rest)?
    } else if rest.contains(',') {
        thousands(rest, groups)?
    } else {
        rest.to_owned()
    };
    let mut out = String::with_capacity(plain.len() + 3);
    out.push_str(sign);
    if plain.starts_with('.') {
        out.push('0');
    }
    match plain.strip_suffix('.') {
        Some(whole) if !whole.is_empty() => {
            out.push_str(whole);
            out.push_str(".0");
        }
        _ => out.push_str(&plain),
    }
    is_json(&out).then_some(out)
}

/// Whether the text is one JSON number.
pub(crate) fn is_json(text: &str) -> bool {
    text.chars().fold(State::Start, State::next).ends()
}

fn radix(text: &str) -> Option<String> {
    let base = match text.get(..2)? {
        "0x" | "0X" => 16,
        "0o" | "0O" => 8,
        "0b" | "0B" => 2,
        _ => return None,
    };
    let digits: String = text[2..].chars().filter(|&c| c != '_').collect();
    if !digits.chars().all(|c| c.is_digit(base)) {
        return None;
    }
    // 128 bits are more than any notation of this kind is used for; longer ones stay text.
    u128::from_str_radix(&digits, base).ok().map(|value| value.to_string())
}

fn underscores(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split('_').collect();
    let inner = |p: &&str| !p.is_empty();
    let fit =
        parts.iter().all(inner) && parts[..parts.len() - 1].iter().all(|p| p.ends_with(|c: char| c.is_ascii_digit()));
    fit.then(|| parts.concat())
}

/// `12,345,678.90`: one to three digits, then groups of exactly three, a fraction allowed.
fn thousands(text: &str, groups: bool) -> Option<String> {
    if !groups {
        return None;
    }
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(w, f)| (w, Some(f)));
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let mut parts = whole.split(',');
    let first = parts.next()?;
    if first.len() > 3 || !digits(first) || (first.len() > 1 && first.starts_with('0')) {
        return None;
    }
    let mut out = first.to_owned();
    for part in parts {
        if part.len() != 3 || !digits(part) {
            return None;
        }
        out.push_str(part);
    }
    if let Some(fraction) = fraction {
        if !digits(fraction) {
            return None;
        }
        out.push('.');
        out.push_str(fraction);
    }
    Some(out)
}

/// A float that JSON cannot write, by one of its names.
pub(crate) fn non_finite(token: &str) -> Option<f64> {
    let (negative, name) = match token.as_bytes().first()? {
        b'-' => (true, &token[1..]),
        b'+' => (false, &token[1..]),
        _ => (false, token),
    };
    let value = match name {
        "NaN" | "nan" | "NAN" => f64::NAN,
        "Infinity" | "infinity" | "INFINITY" | "inf" | "Inf" => f64::INFINITY,
        _ => return None,
    };
    Some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_notations_become_json_numbers() {
        for (token, groups, want) in [
            ("+1", false, Some("1")),
            (".5", false, Some("0.5")),
            ("-.5", false, Some("-0.5")),
            ("5.", false, Some("5.0")),
            ("0x1F", false, Some("31")),
            ("-0x10", false, Some("-16")),
            ("0b101", false, Some("5")),
            ("1_000_000", false, Some("1000000")),
            ("1__0", false, None),
            ("12,345,678.90", true, Some("12345678.90")),
            ("12,345", false, None),
            ("1,23", true, None),
            ("0,123", true, None),
            (".", false, None),
            ("1/3", false, None),
            ("10.0.0.7", false, None),
        ] {
            assert_eq!(foreign(token, groups).as_deref(), want, "{token}");
        }
    }

    #[test]
    fn scanned_floats_equal_the_standard_library() {
        for text in ["1.5", "-0.0", "123456789012345678901e-3", "2.5E-3", "9007199254740993.0", "1e22", "1e23"] {
            let padded = format!("{text},");
            let scanned = scan(padded.as_bytes()).expect(text);
            assert_eq!(scanned.len, text.len());
            let want: f64 = text.parse().expect(text);
            assert!(matches!(scanned.number(text), Number::Float(f) if f.to_bits() == want.to_bits()), "{text}");
        }
    }
}
