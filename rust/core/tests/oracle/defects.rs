//! One defect into a valid document, and what it may change.
//!
//! Coming in: the tokens of a tame document. Going out: spoiled tokens and the [`Harm`] that was done.
//! Decided elsewhere: whether the reader agrees (`laws::i4`).

#![allow(clippy::ptr_arg, reason = "one signature for all of them, for some insert")]

use super::choices::Choices;
use super::documents::{Role, Token};
use pydantic_flow_core::{Kind, Path};

/// What of the value a defect may change.
#[derive(Clone, Debug, PartialEq)]
pub enum Harm {
    /// Nothing: every reader should see what was meant.
    Nothing,
    /// This node; all others stay.
    At(Path),
}

/// A defect: its name, and what spoils the tokens; None where the document has no place for it.
pub struct Defect {
    pub name: &'static str,
    pub spoil: fn(&mut Vec<Token>, &mut Choices<'_>) -> Option<Harm>,
}

macro_rules! defects {
    ($($name:ident)*) => {
        /// Every defect.
        pub const DEFECTS: &[Defect] = &[$(Defect { name: stringify!($name), spoil: $name }),*];
    };
}

defects! {
    trailing_comma doubled_comma leading_comma missing_comma semicolon
    equals_sign arrow missing_colon single_quotes typographic_quotes backtick_quotes single_quoted_key bare_key
    python_literal line_comment block_comment hash_comment raw_newline bad_escape inner_quotes missing_end_quote
    missing_start_quote odd_number bare_text missing_closers extra_closers wrong_last_closer fence prose reasoning assignment
    byte_order_mark odd_blank full_width duplicate_key ellipsis string_prefix call_wrapper concatenation tuple
    triple_quotes doubled_brace lone_surrogate invalid_utf8 not_a_number missing_value leading_zeros escaped_apostrophe
}

/// Spoils a document with one defect picked by the choices. None where it has no place for it.
pub fn spoil(tokens: &mut Vec<Token>, choices: &mut Choices<'_>) -> Option<(&'static str, Harm)> {
    let defect = &DEFECTS[choices.below(DEFECTS.len())];
    (defect.spoil)(tokens, choices).map(|harm| (defect.name, harm))
}

/// A place that fits, by index.
fn place(tokens: &[Token], choices: &mut Choices<'_>, fits: impl Fn(&Token) -> bool) -> Option<usize> {
    let places: Vec<usize> = (0..tokens.len()).filter(|&at| fits(&tokens[at])).collect();
    (!places.is_empty()).then(|| choices.pick(&places))
}

fn is(role: Role) -> impl Fn(&Token) -> bool {
    move |token| token.role == role
}

/// A string value in an object.
fn member_text(token: &Token) -> bool {
    token.role == Role::Text && token.within == Some(Kind::Object)
}

/// The text between the marks, as far as an earlier defect left them.
fn inner(token: &Token) -> String {
    let text = String::from_utf8_lossy(&token.text);
    let text = text.strip_prefix('"').unwrap_or(&text);
    text.strip_suffix('"').unwrap_or(text).to_owned()
}

fn insert(tokens: &mut Vec<Token>, at: usize, text: impl AsRef<[u8]>) -> Option<Harm> {
    let blank = Token { role: Role::Blank, text: text.as_ref().to_vec(), path: Path::new(), within: None };
    tokens.insert(at, blank);
    Some(Harm::Nothing)
}

fn replace(tokens: &mut [Token], at: usize, text: impl AsRef<[u8]>) -> Option<Harm> {
    tokens[at].text = text.as_ref().to_vec();
    Some(Harm::Nothing)
}

fn wrap_all(tokens: &mut Vec<Token>, before: &str, after: &str) -> Option<Harm> {
    insert(tokens, 0, before);
    let end = tokens.len();
    insert(tokens, end, after)
}

/// The last token that is no blank before `at`.
fn before(tokens: &[Token], at: usize) -> Option<&Token> {
    tokens[..at].iter().rev().find(|token| token.role != Role::Blank)
}

fn after(tokens: &[Token], at: usize) -> Option<usize> {
    (at + 1..tokens.len()).find(|&next| tokens[next].role != Role::Blank)
}

fn trailing_comma(tokens: &mut Vec<Token>, choices: &mut Choices<'_>) -> Option<Harm> {
    let full = |at: usize, tokens: &[Token]| before(tokens, at).is_some_and(|token| token.role != Role::Open);
    let places: Vec<usize> =
        (0..tokens.len()).filter(|&at| tokens[at].role == Role::Close && full(at, tokens)).collect();
    if places.is_empty() {
        return None;
    }
    let at = choices.pick(&places);
    insert(tokens, at, ",")
}

fn doubled_comma(tokens: &mut Vec<Token>, choices: &mut Choices<'_>) -> Option<Harm> {
    let at = place(tokens, choices, is(Role::Comma))?;
    insert(tokens, at, ",")
}

fn leading_comma(tokens: &mut Vec<Token>, choices: &mut Choices<'_>) -> Option<Harm> {
    let at = place(tokens, choices, is(Role::Open))?;
    insert(tokens, at + 1, ",")
}

fn missing_comma(tokens: &mut Vec<Token>, choices: &mut Choices<'_>) -> Option<Harm> {
    let at = place(tokens, choices, is(Role::Comma))?;
    replace(tokens, at, "\n")
}

fn semicolon(tokens: &mut Vec<Token>, choices: &mut Choices<'_>) -> Option<Harm> {
    let at = place(tokens, choices, is(Role::Comma))?;
    replace(tokens, at, ";")
}

fn equals_sign(tokens: &mut Vec<Token>, choices: &mut Choices<'_>) -> Option<Harm> {
    let at = place(tokens, choices, is(Role::Colon))?;
    replace(tokens, at, " = ")
}

fn arrow(tokens: &mut Vec<Token>, choices: &mut Choices<'_>) -> Option<Harm> {
    let at = place(tokens, choices, is(Role::Colon))?;
    replace(tokens, at, " => ")
}

fn missing_colon(tokens: &mut Vec<Token>, choices: &mut Choices<'_>) -> Option<Harm> {
    let at = place(tokens, choices, is(Role::Colon))?;
    replace(tokens, at, " ")
}

fn requote(tokens: &mut [Token], choices: &mut Choices<'_>, role: Role, open: &str, close: &str) -> Option<Harm> {
    let at = place(tokens, choices, is(role))?;
    let text = inner(&tokens[at]);
    replace(tokens, at, format!("{open}{text}{close}"))
}

fn single_quotes(tokens: &mut Vec<Token>, choices: &mut Choices<'_>) -> Option<Harm> {
    requote(tokens, choices, Role::Text, "'", "'")
}

fn backtick_quotes(tokens: &mut Vec<Token>, choices: &mut Choices<'_>) -> Option<Harm> {
    requote(tokens, choices, Role::Text, "`", "`")
}

fn single_quoted_key(tokens: &mut Vec<Token>, choices: &mut Choices<'_>) -> Option<Harm> {
    requote(tokens, choices, Role::Key, "'", "'")
}

fn typographic_quotes(tokens: &mut Vec<Token>, choices: &mut Choices<'_>) -> Option<Harm> {
    let (open, close) = choices.pick(&[("“", "”"), ("„", "“"), ("«", "»"), ("‘", "’"), ("「", "」")]);
    requote(tokens, choices, Role::Text, open, close)
}

fn bare_key(tokens: &mut Vec<Token>, choices: &mut Choices<'_>) -> Option<Harm> {
    requote(tokens, choices, Role::Key, "", "")
}

fn python_literal(tokens: &mut Vec<Token>, choices: &mut Choices<'_>) -> Option<Harm> {
    let at = place(tokens, choices, is(Role::Literal))?;
    let word = match tokens[at].text.as_slice() {
        b"true" => "True",
        b"false" => "False",
        _ => "None",
    };
    replace(tokens, at, word)
}

fn comment_place(tokens: &[Token], choices: &mut Choices<'_>) -> Option<usize> {
    place(tokens, choices, |token| matches!(token.role, Role::Comma | Role::Open)).map(|at| at + 1)
}

fn line_comment(tokens: &mut Vec<Token>, choices: &mut Choices<'_>) -> Option<Harm> {
    let at = comment_place(tokens, choices)?;
    insert(tokens, at, " // it's \"here\", {so: 1}\n")
}

fn hash_comment(tokens: &mut Vec<Token>, choices: &mut Choices<'_>) -> Option<Harm> {
    let at = comment_place(tokens, choices)?;
    insert(tokens, at, " # see [1]: \"x\"\n")
}

fn block_comment(tokens: &mut Vec<Token>, choices: &mut Choices<'_>) -> Option<Harm> {
    let at = choices.below(tokens.len());
    if at == 0 {
        return None;
    }
    insert(tokens, at, " /* \"a\": [1}, */ ")
}

/// Puts something between two words of a string value in an object.
fn between_words(tokens: &mut [Token], choices: &mut Choices<'_>, what: &str) -> Option<Path> {
    let at = place(tokens, choices, |token| member_text(token) && token.text.contains(&b' '))?;
    let text = inner(&tokens[at]);
    let (head, tail) = text.split_once(' ')?;
    replace(tokens, at, format!("\"{head} {what}{tail}\""));
    Some(tokens[at].path.clone())
}

fn raw_newline(tokens: &mut Vec<Token>, choices: &mut Choices<'_>) -> Option<Harm> {
    between_words(tokens, choices, "\n").map(Harm::At)
}

fn bad_escape(tokens: &mut Vec<Token>, choices: &mut Choices<'_>) -> Option<Harm> {
    between_words(tokens, choices, r"\d+ \u00 \q ").map(Harm::At)
}

fn escaped_apostrophe(tokens: &mut Vec<Token>, choices: &mut Choices<'_>) -> Option<Harm> {
    between_words(tokens, choices, r"it\'s ").map(Harm::At)
}

fn inner_quotes(tokens: &mut Vec<Token>, choices: &mut Choices<'_>) -> Option<Harm> {
    between_words(tokens, choices, r#"the "odd" one "#).map(Harm::At)
}

fn lone_surrogate(tokens: &mut Vec<Token>, choices: &mut Choices<'_>) -> Option<Harm> {
    let half = choices.pick(&[r"\ud83d ", r"\ude00 ", r"\ud83d\ud83d\ude00 ", r"\ud83d\n"]);
    between_words(tokens, choices, half).map(Harm::At)
}

fn invalid_utf8(tokens: &mut Vec<Token>, choices: &mut Choices<'_>) -> Option<Harm> {
    let at = place(tokens, choices, is(Role::Text))?;
    let bad: &[u8] = choices.pick(&[&b"\xFF"[..], b"\xC3", b"\xE2\x82", b"\xF0\x9F\x98", b"\xED\xA0\x80", b"\x80"]);
    let end = tokens[at].text.len().saturating_sub(1);
    tokens[at].text.splice(end..end, bad.iter().copied());
    Some(Harm::At(tokens[at].path.clone()))
}

fn missing_end_quote(tokens: &mut Vec<Token>, choices: &mut Choices<'_>) -> Option<Harm> {
    let places: Vec<usize> = (0..tokens.len())
        .filter(|&at| {
            member_text(&tokens[at]) && after(tokens, at).is_some_and(|next| tokens[next].role == Role::Comma)
        })
        .collect();
    if places.is_empty() {
        return None;
    }
    let at = choices.pick(&places);
    let text = inner(&tokens[at]);
    replace(tokens, at, format!("\"{text}"))
}

fn missing_start_quote(tokens: &mut Vec<Token>, choices: &mut Choices<'_>) -> Option<Harm> {
    let at = place(tokens, choices, member_text)?;
    let text = inner(&tokens[at]);
    replace(tokens, at, format!("{text}\""))
}

fn bare_text(tokens: &mut Vec<Token>, choices: &mut Choices<'_>) -> Option<Harm> {
    let at = place(tokens, choices, member_text)?;
    let text = inner(&tokens[at]);
    replace(tokens, at, text)
}

fn odd_number(tokens: &mut Vec<Token>, choices: &mut Choices<'_>) -> Option<Harm> {
    let at = place(tokens, choices, is(Role::Number))?;
    let text = String::from_utf8(tokens[at].text.clone()).ok()?;
    let value: u64 = text.parse().ok()?;
    let odd = match choices.below(5) {
        0 => format!("+{text}"),
        1 => format!("{text}."),
        2 => format!("0x{value:X}"),
        3 => format!("0b{value:b}"),
        _ if value > 9 => format!("{}_{}", &text[..1], &text[1..]),
        _ => format!("0o{value:o}"),
    };
    replace(tokens, at, odd)
}

fn leading_zeros(tokens: &mut Vec<Token>, choices: &mut Choices<'_>) -> Option<Harm> {
    let at = place(tokens, choices, is(Role::Number))?;
    tokens[at].text.insert(0, b'0');
    Some(Harm::At(tokens[at].path.clone()))
}

fn missing_closers(tokens: &mut Vec<Token>, _: &mut Choices<'_>) -> Option<Harm> {
    while tokens.last().is_some_and(|token| matches!(token.role, Role::Close | Role::Blank)) {
        tokens.pop();
    }
    Some(Harm::Nothing)
}

fn extra_closers(tokens: &mut Vec<Token>, choices: &mut Choices<'_>) -> Option<Harm> {
    let end = tokens.len();
    insert(tokens, end, choices.pick(&["]", "}", "}}", "]}", "\n}"]))
}

fn wrong_last_closer(tokens: &mut Vec<Token>, _: &mut Choices<'_>) -> Option<Harm> {
    let at = tokens.iter().rposition(|token| token.role == Role::Close)?;
    let wrong = if tokens[at].text == b"]" { "}" } else { "]" };
    replace(tokens, at, wrong)
}

fn fence(tokens: &mut Vec<Token>, choices: &mut Choices<'_>) -> Option<Harm> {
    let (before, after) = choices.pick(&[
        ("```json\n", "\n```"),
        ("```\n", "\n```\n"),
        ("Here it is:\n\n```json\n", "\n```\nLet me know!"),
        ("~~~json\n", "\n~~~"),
        ("```json\n", ""),
        ("```JSON5\r\n", "\r\n```"),
    ]);
    wrap_all(tokens, before, after)
}

fn prose(tokens: &mut Vec<Token>, choices: &mut Choices<'_>) -> Option<Harm> {
    let (before, after) = choices.pick(&[
        ("Here is the answer: ", ""),
        ("Sure! I've used [1] and (see above) for {name}:\n", "\nIs that fine?"),
        ("", "\n\nHope it's \"fine\" [2]."),
        ("The answer is below, it's \"good\".\n\n", "\n"),
    ]);
    wrap_all(tokens, before, after)
}

fn reasoning(tokens: &mut Vec<Token>, choices: &mut Choices<'_>) -> Option<Harm> {
    let (before, after) = choices.pick(&[
        ("<think>The user wants {\"a\": [1, 2]} or so.</think>\n", ""),
        ("I think {\"a\": 1} is wrong.</think>", ""),
        ("[THINK]maybe [1, 2][/THINK]\n", "\n"),
        ("<answer>", "</answer>"),
        ("<tool_call>\n", "\n</tool_call>"),
    ]);
    wrap_all(tokens, before, after)
}

fn assignment(tokens: &mut Vec<Token>, choices: &mut Choices<'_>) -> Option<Harm> {
    let (before, after) = choices.pick(&[("const data = ", ";"), ("result = ", "\n"), ("json", ""), (")]}'\n", "")]);
    wrap_all(tokens, before, after)
}

fn byte_order_mark(tokens: &mut Vec<Token>, _: &mut Choices<'_>) -> Option<Harm> {
    insert(tokens, 0, "\u{FEFF}")
}

fn odd_blank(tokens: &mut Vec<Token>, choices: &mut Choices<'_>) -> Option<Harm> {
    let at = comment_place(tokens, choices)?;
    insert(tokens, at, choices.pick(&["\u{A0}", "\u{3000}", "\u{200B}", "\u{FEFF}", "\u{C}", "\u{2028}"]))
}

fn full_width(tokens: &mut Vec<Token>, choices: &mut Choices<'_>) -> Option<Harm> {
    let at = place(tokens, choices, |token| matches!(token.role, Role::Comma | Role::Colon))?;
    let wide = if tokens[at].role == Role::Comma { "，" } else { "：" };
    replace(tokens, at, wide)
}

fn duplicate_key(tokens: &mut Vec<Token>, choices: &mut Choices<'_>) -> Option<Harm> {
    let at = place(tokens, choices, is(Role::Key))?;
    let mut text = tokens[at].text.clone();
    text.extend_from_slice(b": [\"old\"], ");
    insert(tokens, at, text)
}

fn ellipsis(tokens: &mut Vec<Token>, choices: &mut Choices<'_>) -> Option<Harm> {
    let places: Vec<usize> = (1..tokens.len())
        .filter(|&at| tokens[at].role == Role::Close && before(tokens, at).is_some_and(|t| t.role != Role::Open))
        .collect();
    if places.is_empty() {
        return None;
    }
    let at = choices.pick(&places);
    insert(tokens, at, choices.pick(&[", ...", ", …", ",\n  ...\n"]))
}

fn string_prefix(tokens: &mut Vec<Token>, choices: &mut Choices<'_>) -> Option<Harm> {
    let at = place(tokens, choices, is(Role::Text))?;
    let text = inner(&tokens[at]);
    let prefix = choices.pick(&["u", "b", "r", "f"]);
    replace(tokens, at, format!("{prefix}'{text}'"))
}

fn call_wrapper(tokens: &mut Vec<Token>, choices: &mut Choices<'_>) -> Option<Harm> {
    let at = place(tokens, choices, is(Role::Text))?;
    let text = inner(&tokens[at]);
    let name = choices.pick(&["ObjectId", "ISODate", "new Date", "datetime.date"]);
    replace(tokens, at, format!("{name}(\"{text}\")"))
}

fn concatenation(tokens: &mut Vec<Token>, choices: &mut Choices<'_>) -> Option<Harm> {
    let at = place(tokens, choices, is(Role::Text))?;
    let text = inner(&tokens[at]);
    let middle = text.char_indices().nth(text.chars().count() / 2).map_or(0, |(at, _)| at);
    replace(tokens, at, format!("\"{}\" + \"{}\"", &text[..middle], &text[middle..]))
}

/// Round brackets around an array of two or more.
fn tuple(tokens: &mut Vec<Token>, choices: &mut Choices<'_>) -> Option<Harm> {
    let comma = place(tokens, choices, |token| {
        token.role == Role::Comma && token.within == Some(Kind::Array) && token.path.len() > 1
    })?;
    let array = &tokens[comma].path[..tokens[comma].path.len() - 1];
    let array = array.to_vec();
    for token in tokens.iter_mut().filter(|token| token.path == array) {
        match token.role {
            Role::Open => token.text = b"(".to_vec(),
            Role::Close => token.text = b")".to_vec(),
            _ => {}
        }
    }
    Some(Harm::Nothing)
}

fn triple_quotes(tokens: &mut Vec<Token>, choices: &mut Choices<'_>) -> Option<Harm> {
    let mark = choices.pick(&["\"\"\"", "'''"]);
    requote(tokens, choices, Role::Text, mark, mark)
}

/// `{{"a": 1}}` as templates write it.
fn doubled_brace(tokens: &mut Vec<Token>, choices: &mut Choices<'_>) -> Option<Harm> {
    let key = place(tokens, choices, |token| token.role == Role::Key)?;
    let object = tokens[key].path[..tokens[key].path.len() - 1].to_vec();
    for token in tokens.iter_mut().filter(|token| token.path == object) {
        match token.role {
            Role::Open => token.text = b"{{".to_vec(),
            Role::Close => token.text = b"}}".to_vec(),
            _ => {}
        }
    }
    Some(Harm::Nothing)
}

fn not_a_number(tokens: &mut Vec<Token>, choices: &mut Choices<'_>) -> Option<Harm> {
    let at = place(tokens, choices, is(Role::Number))?;
    replace(tokens, at, choices.pick(&["NaN", "Infinity", "-Infinity", "1e999"]));
    Some(Harm::At(tokens[at].path.clone()))
}

fn missing_value(tokens: &mut Vec<Token>, choices: &mut Choices<'_>) -> Option<Harm> {
    let scalar = |token: &Token| {
        matches!(token.role, Role::Text | Role::Number | Role::Literal) && token.within == Some(Kind::Object)
    };
    let at = place(tokens, choices, scalar)?;
    replace(tokens, at, "");
    Some(Harm::At(tokens[at].path.clone()))
}
