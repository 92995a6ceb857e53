//! Texts that broke a law once, as small as they get. Each must keep every law for good.
//!
//! Coming in: what fuzzing finds. Going out: rows of what was wrong and the text; and a corpus of texts that together show
//! each repair after each other one that fuzzing has seen there.

/// What was wrong, and the text.
pub const FOUND: &[(&str, &[u8])] = &[
    ("strict mode took the beginning of a literal for all of it", b" f"),
    ("strict mode took half a fraction", b"0."),
    ("a bare word before the root was dropped without a repair", b"const data = {\"a\": 1};"),
    ("a text of the same length but another end was no change", b"{\"a\": \"x\\\", \"b\": 1}"),
    ("a missing comma after a string made one text of two items", b"[\"sun moon\"\n0]"),
    ("paths of a replaced root stayed settled", b"[ 0, 0 ]\n{ \"a0\": 0, \"b1\": 0 }\n"),
    ("offsets of an unescaped document counted unescaped bytes", b"{\"\"a\"\":[8],\"\"b\"\":[true],\"\"c\"\":39}"),
    ("strict mode never came back from a fence before a key", b"{\"a\":1,```"),
    ("a root string that became prose left its length behind", b"\xC2\xBB\xC3\xA9\xC2\xBB```\xE3\x80\x8D\x9B"),
    ("a newline for a comma was no repair", b"[4\n3]"),
    ("a comma after the root was no repair", b"{\"a\":1},"),
    ("a lost quotation mark brought a backslash that nobody wrote", b"[\" \"e\",\"1\":"),
    ("a comment's repair waited for a slow turn", b"[null,#\n {\n  \"a\": \"ok\",\n    \"n\": "),
    ("a repeated key that opens again stayed settled", b"{\"a\": 1, \"a\": {\"b\": 2"),
    ("a hidden value under a repeated key removed the old one", b"{\"a\":1,\"a\":-Inf"),
    ("strict mode waited for the rest of a character that cannot come", b"\xEF"),
    ("strict mode called a byte order mark by two names", b"\xEF\xBB\xBF"),
    ("offsets of long strings counted decoded bytes", b"[\"\x841\x12m\x80\x80"),
    ("text beyond a limit was shown in one piece", b"  \"ustex"),
    ("words without commas were looked at over and over", b"[word word word word word word word word"),
    ("quotes after bare text looked at all of it", b"{a:~\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\""),
    ("a forgotten root was removed though it never stood", b"{}</think>"),
    ("a quote lost before the last member's value lost the rest", b"[{\"a\": blue\"}, 1]"),
    ("a newline before the colon made a set of an object", b"{first\n: 1}"),
    ("strict mode pointed behind the first wrong byte", b"[100000f(0]"),
    ("strict mode gave two reasons for one wrong byte", b"[ f's"),
    ("a key that went on got the opening mark instead of the closing one", b"{\xE2\x80\x9D<\"\":n"),
    ("half an escape was told from half a pair too soon", b"\"\\ude\n"),
    ("repairs of swallowed structure had no true offset", b"{/:9,\n  \"n21\": []: [],\n  \"na457\n];\n"),
    ("a blank after a number in an object left it unfinished", b"{\"a\": 0 "),
    ("a set's first item went into the next root", b"{x,```[K]"),
    ("a repeated key read before the record began was not restored", b"\"a\":+\"a\":f("),
    ("a comment or a value, depending on the chunk", b"[\n{\"a0\": #\"mooe ok\",\n      \": , \":"),
    ("an extra comma had the place of an old one", b"{\"x\":1,\"y\":{\"b\"):[]"),
    ("a number cut short by the end was cut again for show", b"10003."),
    ("a key that had swallowed half a token lost its value", b"l\":\"t:1{\"a\"}"),
    ("what stood behind a stray mark was looked for among bytes that were gone", b"\"{0:e,\"b"),
    ("a key that was cut was a member, for it held a colon and brackets", b"{\"7:{}\":1}"),
    ("a run of three wide marks was never passed", b"\xE2\x80\x9C\xE2\x80\x9C\xE2\x80\x9C"),
    ("a text that quotes the root's closer ended there", b"{\"e\": \"a \"}\" b\", \"n\": 3}"),
    (
        "a list that lost its bracket gave its objects' members to the root",
        b"{\"r\": {\"a\": 1, \"b\": 2}, {\"a\": 3}]}",
    ),
    ("what settled in a group in parentheses depended on the chunks", b"({'a': None}, [True])"),
];

/// The texts of `tests/data/corpus.json`, which the fuzzer writes (`--smallest`).
pub fn corpus() -> Vec<Vec<u8>> {
    let file = include_str!("../../../../tests/data/corpus.json");
    let texts: Vec<String> = serde_json::from_str(file).expect("a list of texts");
    texts.iter().map(|text| text.chars().map(|byte| u8::try_from(byte).expect("a byte")).collect()).collect()
}
