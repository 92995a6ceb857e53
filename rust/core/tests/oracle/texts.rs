//! Texts of every kind: valid, spoiled, wrapped, soup, bytes.
//!
//! Coming in: choices. Going out: bytes to read. Decided elsewhere: what must hold of them (`laws`).

use super::choices::Choices;
use super::defects::spoil;
use super::documents::{Taste, container_document, document, text_of};

/// A kind of text: its name and its maker.
pub type Shape = (&'static str, fn(&mut Choices<'_>) -> Vec<u8>);

/// Every kind.
pub const SHAPES: &[Shape] = &[
    ("valid", valid),
    ("spoiled", spoiled),
    ("battered", battered),
    ("mutated", mutated),
    ("soup", soup),
    ("bytes", bytes),
    ("escaped", escaped),
    ("several", several),
    ("cut", cut),
];

/// A text of any kind.
pub fn any(choices: &mut Choices<'_>) -> Vec<u8> {
    let (_, make) = choices.pick(SHAPES);
    make(choices)
}

/// A valid document.
pub fn valid(choices: &mut Choices<'_>) -> Vec<u8> {
    text_of(&document(choices, Taste::Wild))
}

/// A tame document with one defect.
pub fn spoiled(choices: &mut Choices<'_>) -> Vec<u8> {
    let mut tokens = container_document(choices, Taste::Tame);
    spoil(&mut tokens, choices);
    text_of(&tokens)
}

/// A document with several defects.
pub fn battered(choices: &mut Choices<'_>) -> Vec<u8> {
    let mut tokens = container_document(choices, Taste::Tame);
    for _ in 0..2 + choices.below(4) {
        spoil(&mut tokens, choices);
    }
    text_of(&tokens)
}

/// A wild document with single bytes lost, doubled, swapped or put in.
pub fn mutated(choices: &mut Choices<'_>) -> Vec<u8> {
    let mut text = text_of(&container_document(choices, Taste::Wild));
    for _ in 0..1 + choices.below(5) {
        mutate(&mut text, choices);
    }
    text
}

fn mutate(text: &mut Vec<u8>, choices: &mut Choices<'_>) {
    let at = choices.below(text.len());
    if text.is_empty() {
        return;
    }
    match choices.below(5) {
        0 => {
            text.remove(at);
        }
        1 => text.insert(at, text[at]),
        2 => {
            let other = choices.below(text.len());
            text.swap(at, other);
        }
        3 => {
            let piece = choices.pick(SOUP).as_bytes().to_vec();
            text.splice(at..at, piece);
        }
        _ => text[at] = choices.byte(),
    }
}

/// What structural soup is made of.
#[rustfmt::skip]
pub const SOUP: &[&str] = &[
    "{", "}", "[", "]", "(", ")", "\"", "\"", "\"", "'", ",", ":", ";", "\n", " ", "t", "f", "1", "-", ".", "e",
    "#", "/", "*", "<", ">", "`", "“", "”", "‘", "’", "«", "»", "「", "」", "\\", "\\u", "\\ud83d", "\\ude00", "\\n",
    "\\\"", "a", "true", "null", "None", "12", "0x1F", "=", "=>", "+", "...", "…", "//", "/*", "*/", "<!--", "-->",
    "```", "```json\n", "</think>", "<think>", "[THINK]", "</a>", "<a>", "<|channel|>analysis", "<|end|>", "，", "：",
    "；", "｛", "｝", "\u{FEFF}", "\u{A0}", "&quot;", "\\\\", "\"a\":", "\"a\": 1", "{\"a\": ", "\"x\", ", "u\"", "r'",
    "f(", "ObjectId(", "\"\"\"", "'''", "{{", "}}", "x y", "é", "日", "😀", "\r\n", "\t", "NaN", "-Infinity", "1,234",
    "1_0", "_", "\u{2028}", "$", "@", "&", "~~~", "1e5", "0.5", "\"\"", "key", "[1]", "[]", "{}", "\u{0}", "\u{B}",
    "<", "![CDATA[", "]]>", "\u{7F}",
];

/// Structural soup.
pub fn soup(choices: &mut Choices<'_>) -> Vec<u8> {
    let mut text = String::new();
    text.push_str(choices.pick(&["", "{", "[", "{\"a\": \"", "[\"", "{\"k\": [", "{a: "]));
    for _ in 0..1 + choices.below(24) {
        text.push_str(choices.pick(SOUP));
    }
    text.into_bytes()
}

/// Arbitrary bytes, as text, in a string, or in a container.
pub fn bytes(choices: &mut Choices<'_>) -> Vec<u8> {
    let before: &[u8] = choices.pick(&[&b""[..], b"\"", b"[\"", b"{\"a\": ", b"{"]);
    let mut text = before.to_vec();
    let take = choices.below(40) * choices.pick(&[1, 1, 1, 6]);
    text.extend(choices.rest().iter().take(take));
    text
}

/// A document escaped once too often.
pub fn escaped(choices: &mut Choices<'_>) -> Vec<u8> {
    let text = String::from_utf8(text_of(&container_document(choices, Taste::Tame))).expect("tame text");
    let text = match choices.below(3) {
        0 => text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"),
        1 => text.replace('&', "&amp;").replace('"', "&quot;"),
        _ => text.replace('"', "\"\""),
    };
    let mut text = text.into_bytes();
    if choices.one_in(3) {
        mutate(&mut text, choices);
    }
    text
}

/// Several roots, with something between them.
pub fn several(choices: &mut Choices<'_>) -> Vec<u8> {
    let mut text = Vec::new();
    for _ in 0..2 + choices.below(3) {
        text.extend(text_of(&container_document(choices, Taste::Tame)));
        let between =
            ["\n", ", ", "", "\nand then\n", "</think>", "```", "\n```json\n", "]", "}", ", \"more\": 1}", "<b>", ";"];
        text.extend_from_slice(choices.pick(&between).as_bytes());
    }
    text
}

/// The beginning of another text.
pub fn cut(choices: &mut Choices<'_>) -> Vec<u8> {
    let makers: [fn(&mut Choices<'_>) -> Vec<u8>; 5] = [valid, spoiled, battered, soup, several];
    let make = choices.pick(&makers);
    let mut text = make(choices);
    let keep = choices.below(text.len() + 1);
    text.truncate(keep);
    text
}
