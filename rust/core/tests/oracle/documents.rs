//! Random valid JSON, as tokens that know their place.
//!
//! Coming in: choices. Going out: tokens; their bytes in a row are RFC 8259 text without lone surrogates.
//! Decided elsewhere: what is spoiled afterwards (`defects`).

use super::choices::Choices;
use pydantic_flow_core::{Kind, Path, Segment};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Open,
    Close,
    Key,
    Colon,
    Comma,
    Text,
    Number,
    Literal,
    Blank,
}

/// A token and its place.
#[derive(Clone, Debug)]
pub struct Token {
    pub role: Role,
    pub text: Vec<u8>,
    /// The node; of a comma the node before it, of a key and a colon the member.
    pub path: Path,
    /// The container around it; of a bracket the container it belongs to.
    pub within: Option<Kind>,
}

/// How bold strings and numbers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taste {
    /// Everything that RFC 8259 allows.
    Wild,
    /// Words, and numbers that every notation can write.
    Tame,
}

/// The bytes of a document.
pub fn text_of(tokens: &[Token]) -> Vec<u8> {
    tokens.iter().flat_map(|token| token.text.iter().copied()).collect()
}

/// A random document of any root.
pub fn document(choices: &mut Choices<'_>, taste: Taste) -> Vec<Token> {
    let mut writer =
        Writer { taste, blanks: choices.pick(&Blanks::ALL), tokens: Vec::new(), path: Vec::new(), room: 60 };
    writer.blank(choices);
    writer.value(choices, None, 0);
    writer.blank(choices);
    writer.tokens
}

/// A random document whose root is an object or array with something in it.
pub fn container_document(choices: &mut Choices<'_>, taste: Taste) -> Vec<Token> {
    let mut writer =
        Writer { taste, blanks: choices.pick(&Blanks::ALL), tokens: Vec::new(), path: Vec::new(), room: 60 };
    let kind = choices.pick(&[Kind::Object, Kind::Object, Kind::Array]);
    let count = 2 + choices.below(4);
    writer.container(choices, kind, count, 0);
    writer.tokens
}

/// How a document is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Blanks {
    None,
    Single,
    Lines,
    Odd,
}

impl Blanks {
    const ALL: [Blanks; 4] = [Blanks::Single, Blanks::None, Blanks::Lines, Blanks::Odd];
}

struct Writer {
    taste: Taste,
    blanks: Blanks,
    tokens: Vec<Token>,
    path: Path,
    /// Containers and scalars that may still come.
    room: usize,
}

const KEYS: &[&str] =
    &["a", "b", "name", "id", "tags", "first_name", "n2", "x", "y", "kind", "rest", "zeta", "last", "q"];
const WORDS: &[&str] =
    &["sun", "Vera", "blue", "42nd", "ok", "moon", "Zürich", "naïve", "日本", "go", "🦀", "no", "it"];
/// Pieces of wild strings, as they stand between the marks.
#[rustfmt::skip]
const PIECES: &[&str] = &[
    "a", "Zz", " ", "9", r"\n", r"\t", r#"\""#, r"\\", r"\/", r"\b", r"\f", r"\r", r"\u0041", r"\u00e9",
    r"\uD83D\uDE00", r"\ud834\udd1e", r"\u0000", r"\u2028", "é", "ß", "日", "😀", "\u{7F}", "\u{A0}", "\u{2028}",
    "\u{FEFF}", "\u{FFFD}", "'", "`", "```", "“", "”", "«", "：", "，", "{", "}", "[", "]", ":", ",", ", ", ": ", "(",
    ")", "//", "/*", "*/", "#", "<think>", "</think>", "</", "...", "…", "null", "true", "-1", r#"\"k\": 1"#,
    r#"\", \"k\": \""#, r"\\n", "&quot;", "NaN", "=", "+", "\u{10FFFF}", "\u{D7FF}", "\u{E000}", r"\uFFFF",
    r"\u001F", ";", "\u{200B}", "{{", "}}",
];
#[rustfmt::skip]
const NUMBERS: &[&str] = &[
    "0", "-0", "-0.0", "1", "-1", "7", "42", "100", "12345678901234567", "999999999999999999",
    "1000000000000000000", "9223372036854775807", "-9223372036854775808", "9223372036854775808",
    "18446744073709551616", "0.1", "1.50", "-3.25", "1e0", "1E+2", "1e-2", "0e10", "0.0e-5", "9007199254740993",
    "9007199254740993.0", "1.7976931348623157e308", "2.2250738585072014e-308", "5e-324", "2e-324", "1e-400",
    "-1e-400", "123456789012345678901234567890", "1e22", "1e23", "8.5e-7", "3.141592653589793238462643383279",
    "0.30000000000000004", "4.35", "1234567890123456789.5", "1e-10", "17976931348623157e292",
    "10000000000000000000000000000000000000000e-20",
];

impl Writer {
    fn push(&mut self, role: Role, text: impl AsRef<[u8]>, within: Option<Kind>) {
        self.tokens.push(Token { role, text: text.as_ref().to_vec(), path: self.path.clone(), within });
    }

    fn blank(&mut self, choices: &mut Choices<'_>) {
        let text = match self.blanks {
            Blanks::None => return,
            Blanks::Single => " ".to_owned(),
            Blanks::Lines => format!("\n{}", "  ".repeat(self.path.len())),
            Blanks::Odd => (choices.pick(&["", " ", "\t", "\r\n", "  \n", "\n\n"])).to_owned(),
        };
        if !text.is_empty() {
            self.push(Role::Blank, text, None);
        }
    }

    fn value(&mut self, choices: &mut Choices<'_>, within: Option<Kind>, depth: usize) {
        self.room = self.room.saturating_sub(1);
        let deep = depth < 6 && self.room > 0;
        match choices.below(if deep { 9 } else { 6 }) {
            0 | 1 => self.number(choices, within),
            2..=4 => self.text(choices, Role::Text, within),
            5 => self.push(Role::Literal, choices.pick(&["true", "false", "null"]), within),
            6 | 7 => {
                let count = choices.below(5);
                self.container(choices, Kind::Object, count, depth);
            }
            _ => {
                let count = choices.below(5);
                self.container(choices, Kind::Array, count, depth);
            }
        }
    }

    fn container(&mut self, choices: &mut Choices<'_>, kind: Kind, count: usize, depth: usize) {
        let (open, close) = if kind == Kind::Object { ("{", "}") } else { ("[", "]") };
        self.push(Role::Open, open, Some(kind));
        for index in 0..count {
            self.child(choices, kind, index, depth);
            if index + 1 < count {
                self.push(Role::Comma, ",", Some(kind));
            }
            self.path.pop();
        }
        if count > 0 {
            self.blank(choices);
        }
        self.push(Role::Close, close, Some(kind));
    }

    fn child(&mut self, choices: &mut Choices<'_>, kind: Kind, index: usize, depth: usize) {
        if kind == Kind::Array {
            self.path.push(Segment::Index(index));
            self.blank(choices);
        } else {
            let raw = self.raw_key(choices, index);
            let key: String = serde_json::from_str(&raw).expect("a valid string");
            self.path.push(Segment::Key(key));
            self.blank(choices);
            self.push(Role::Key, raw, Some(kind));
            if self.blanks == Blanks::Odd && self.taste == Taste::Wild {
                self.blank(choices);
            }
            self.push(Role::Colon, ":", Some(kind));
            if self.blanks != Blanks::Lines {
                self.blank(choices);
            } else {
                self.push(Role::Blank, " ", Some(kind));
            }
        }
        self.value(choices, Some(kind), depth + 1);
    }

    /// Keys of one object differ, but for a wild one now and then.
    fn raw_key(&self, choices: &mut Choices<'_>, index: usize) -> String {
        if self.taste == Taste::Wild && choices.one_in(6) {
            return wild_string(choices);
        }
        let word = KEYS[(choices.below(3) * 5 + index) % KEYS.len()];
        if index < 5 { format!("\"{word}{index}\"") } else { format!("\"{word}\"") }
    }

    fn text(&mut self, choices: &mut Choices<'_>, role: Role, within: Option<Kind>) {
        let raw = match self.taste {
            Taste::Wild if !choices.one_in(3) => wild_string(choices),
            _ => tame_string(choices),
        };
        self.push(role, raw, within);
    }

    fn number(&mut self, choices: &mut Choices<'_>, within: Option<Kind>) {
        let text = match self.taste {
            Taste::Wild if choices.one_in(2) => (choices.pick(NUMBERS)).to_owned(),
            Taste::Wild => wild_number(choices),
            Taste::Tame => choices.below(1000).to_string(),
        };
        self.push(Role::Number, text, within);
    }
}

fn wild_string(choices: &mut Choices<'_>) -> String {
    let pieces: String = (0..choices.below(7)).map(|_| choices.pick(PIECES)).collect();
    format!("\"{pieces}\"")
}

/// One to four words.
fn tame_string(choices: &mut Choices<'_>) -> String {
    let words: Vec<&str> = (0..=choices.below(4)).map(|_| choices.pick(WORDS)).collect();
    format!("\"{}\"", words.join(" "))
}

fn digits(choices: &mut Choices<'_>, count: usize) -> String {
    (0..count).map(|_| char::from(b'0' + choices.below(10) as u8)).collect()
}

/// A number of RFC 8259, within the range of a double.
fn wild_number(choices: &mut Choices<'_>) -> String {
    let mut text = String::from(choices.pick(&["", "-"]));
    let count = 1 + choices.below(22);
    let whole = digits(choices, count);
    let whole = whole.trim_start_matches('0');
    text.push_str(if whole.is_empty() { "0" } else { whole });
    if choices.one_in(2) {
        let count = 1 + choices.below(20);
        text.push('.');
        text.push_str(&digits(choices, count));
    }
    if choices.one_in(3) {
        text.push_str(choices.pick(&["e", "E"]));
        text.push_str(choices.pick(&["", "+", "-", "-", "-"]));
        text.push_str(&choices.below(280).to_string());
    }
    text
}
