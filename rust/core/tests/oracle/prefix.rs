//! What a valid JSON text that is cut anywhere should show: a second reader, by recursive descent over the prefix.
//!
//! Coming in: the first bytes of a valid text. Going out: the value to show (None where nothing has begun), how it ended.
//! The rules: an unfinished string keeps its text but not a half escape or a half character; a number at the edge is its
//! longest prefix that is one; a literal is completed; a key without a value is dropped.

use super::node::Node;
use pydantic_flow_core::Ending;

/// Reads a prefix of a valid text: its value, and how a text that ends there ended.
pub fn read_prefix(bytes: &[u8]) -> (Option<Node>, Ending) {
    let mut prefix = Prefix { bytes, at: 0, open: 0, truncated: false };
    let value = prefix.value();
    let ending = match &value {
        _ if prefix.truncated => Ending::Truncated,
        None => Ending::Empty,
        Some(_) if prefix.open > 0 => Ending::Closers,
        Some(_) => Ending::Complete,
    };
    (value, ending)
}

struct Prefix<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Containers that have not met their closer.
    open: usize,
    /// The text ends inside a token, or where one must follow.
    truncated: bool,
}

impl Prefix<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// The next byte that is no blank.
    fn token(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.peek() {
            self.at += 1;
        }
        self.peek()
    }

    fn value(&mut self) -> Option<Node> {
        match self.token()? {
            b'"' => Some(Node::Text(self.string())),
            b'{' => Some(self.object()),
            b'[' => Some(self.list()),
            b't' => Some(self.literal(4, Node::Bool(true))),
            b'f' => Some(self.literal(5, Node::Bool(false))),
            b'n' => Some(self.literal(4, Node::Null)),
            _ => self.number(),
        }
    }

    fn literal(&mut self, len: usize, node: Node) -> Node {
        self.truncated |= self.at + len > self.bytes.len();
        self.at = self.bytes.len().min(self.at + len);
        node
    }

    fn number(&mut self) -> Option<Node> {
        let start = self.at;
        while let Some(b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E') = self.peek() {
            self.at += 1;
        }
        let token = std::str::from_utf8(&self.bytes[start..self.at]).expect("ASCII");
        self.truncated |= self.open > 0 && self.peek().is_none();
        let whole = token.trim_end_matches(['+', '-', 'e', 'E', '.']);
        (!whole.is_empty()).then(|| Node::number(whole))
    }

    fn list(&mut self) -> Node {
        let mut items = Vec::new();
        self.at += 1;
        self.open += 1;
        loop {
            match self.token() {
                None => break,
                Some(b']') => {
                    self.close();
                    break;
                }
                Some(b',') => self.comma(),
                Some(_) => items.extend(self.value()),
            }
        }
        Node::List(items)
    }

    fn close(&mut self) {
        self.at += 1;
        self.open -= 1;
    }

    fn comma(&mut self) {
        self.at += 1;
        self.truncated |= self.token().is_none();
    }

    fn object(&mut self) -> Node {
        let mut members: Vec<(String, Node)> = Vec::new();
        self.at += 1;
        self.open += 1;
        loop {
            match self.token() {
                None => break,
                Some(b'}') => {
                    self.close();
                    break;
                }
                Some(b',') => self.comma(),
                Some(_) => {
                    let key = self.string();
                    if self.token().is_none() {
                        self.truncated = true;
                        break;
                    }
                    self.at += 1;
                    let Some(value) = self.value() else {
                        self.truncated = true;
                        break;
                    };
                    match members.iter_mut().find(|(name, _)| *name == key) {
                        Some(member) => member.1 = value,
                        None => members.push((key, value)),
                    }
                }
            }
        }
        Node::Object(members)
    }

    /// The text of the string at hand.
    fn string(&mut self) -> String {
        let mut out = Vec::new();
        self.at += 1;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    self.at += 1;
                    return String::from_utf8(out).expect("valid text");
                }
                b'\\' => match self.escape() {
                    Some(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                    None => self.at = self.bytes.len(),
                },
                _ => {
                    out.push(byte);
                    self.at += 1;
                }
            }
        }
        let whole = std::str::from_utf8(&out).map_or_else(|error| error.valid_up_to(), str::len);
        out.truncate(whole);
        self.truncated = true;
        String::from_utf8(out).expect("cut at a character")
    }

    fn escape(&mut self) -> Option<char> {
        let kind = *self.bytes.get(self.at + 1)?;
        let simple = match kind {
            b'u' => return self.unicode(),
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'b' => '\u{8}',
            b'f' => '\u{C}',
            other => char::from(other),
        };
        self.at += 2;
        Some(simple)
    }

    fn unicode(&mut self) -> Option<char> {
        let first = self.unit(self.at + 2)?;
        if !(0xD800..0xDC00).contains(&first) {
            self.at += 6;
            return char::from_u32(first);
        }
        let second = self.unit(self.at + 8)?;
        self.at += 12;
        char::from_u32(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
    }

    fn unit(&self, at: usize) -> Option<u32> {
        let digits = std::str::from_utf8(self.bytes.get(at..at + 4)?).ok()?;
        u32::from_str_radix(digits, 16).ok()
    }
}
