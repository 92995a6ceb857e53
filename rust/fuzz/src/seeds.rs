//! The texts that mutation begins with: what models write, valid and broken.
//!
//! Coming in: nothing. Going out: texts.

use crate::oracle::found::{FOUND, corpus};

/// The built-in texts, what was found before, and the corpus that is kept for the tests.
pub fn seeds() -> Vec<Vec<u8>> {
    let built_in = SEEDS.iter().map(|text| text.as_bytes().to_vec());
    built_in.chain(FOUND.iter().map(|(_, text)| text.to_vec())).chain(corpus()).collect()
}

const SEEDS: &[&str] = &[
    r#"{"title": "Night train", "year": 1931, "cast": [{"name": "Ida", "role": null}, {"name": "Otto", "role": "guard"}], "ok": true}"#,
    r#"[1, -2.5, 3e8, 0.1, 12345678901234567890, "x", null, true, false, {}, []]"#,
    r#"{"esc": "tab\t quote\" back\\ slash\/ é 😀 end", "deep": [[[[{"a": [{}]}]]]]}"#,
    "Here is the JSON you asked for:\n\n```json\n{\n  \"answer\": 42,\n  \"why\": \"because\"\n}\n```\nAnything else?",
    "<think>\nThe user wants {\"a\": 1}. I could also say [1, 2].\n</think>\n\n{\"a\": 1, \"b\": [1, 2]}",
    "I believe {\"draft\": true} is not it.</think>{\"final\": [1, 2, 3]}",
    "{'name': 'Al', 'langs': ['py', 'rs'], 'admin': False, 'manager': None, 'note': 'it's fine'}",
    "{name: \"Bo\", age: 41, tags: [a, b, c d], /* more */ url: http://x.test/p?q=1, // end\n}",
    "{\"say\": \"he said \"no\" and left\", \"then\": \"he \"came\", again\"}",
    "[\"one \"two\" three\", \"four\", \"five \"six\" seven\"]",
    "{\"a\": \"lost its end, \"b\": \"moon\", \"c\": lost its start\", \"d\": 1}",
    "{\"rows\": [{\"id\": 1, \"v\": 2} {\"id\": 2, \"v\": 3}\n{\"id\": 3, \"v\": 4,}], }",
    "{\"a\": [1, 2}, \"b\": {\"c\": 3], \"d\": 4}",
    "{\"a\": 1}\n{\"a\": 2}\n{\"a\": 3}\n",
    "{\"a\": {\"b\": 1}}, \"late\": 2}",
    "{\\\"a\\\": \\\"x\\\", \\\"b\\\": [1, 2]}",
    "{&quot;a&quot;: &quot;Tom &amp; Jerry&quot;}",
    "{\"\"a\"\": \"\"x\"\", \"\"b\"\": 1}",
    "“answer”: { “a”: “b”, „c“: «d», 'e': `f` }",
    "｛“a”：1，“b”：［2，3］｝",
    "{\"path\": \"C:\\new\\table\", \"re\": \"^\\d+\\.\\w*$\", \"tex\": \"\\alpha \\beta\"}",
    "{\"n\": +1, \"m\": .5, \"o\": 5., \"p\": 0x1F, \"q\": 1_000, \"r\": 1,234, \"s\": 12,345,678.90, \"t\": 1/3, \"u\": 5 km}",
    "[NaN, Infinity, -Infinity, 1e999, undefined, nil, True, FALSE]",
    "{\"id\": ObjectId(\"507f\"), \"at\": ISODate(\"2020-01-01\"), \"t\": (1, 2), \"one\": (7), \"s\": {1, 2, 3}}",
    "{\"t\": \"\"\"triple \"quoted\" text\nover lines\"\"\", \"r\": r\"C:\\x\", \"u\": u'x', \"cat\": \"a\" + \"b\"}",
    "{\"list\": [1, 2, ...], \"obj\": {\"a\": 1, ...}, …}",
    "const data = {\"a\": 1, \"b\": [2]};\nmodule.exports = data;",
    ")]}',\n{\"guarded\": [1]}",
    "<tool_call>\n{\"name\": \"search\", \"arguments\": {\"q\": \"rust\"}}\n</tool_call>",
    "<|channel|>analysis<|message|>hm {\"x\": 1}<|end|><|channel|>final<|message|>{\"y\": 2}",
    "{\"code\": \"def f():\n\tif x == \"a\": return {\"k\": [1, 2]}\n\", \"lang\": \"py\"}",
    "{\"s\": \"\\ud83d\\ude00 \\ud83d \\ude00 \\u00e9 \\u12 \\x41 \\'\"}",
    "{{\"tpl\": {{\"a\": 1}}}}",
    "{\"a\" \"b\", \"c\" = 1; \"d\" => [1 2 3], \"e\": , \"f\":}",
    "[1,,2,,,3,]\n",
    "\"a \"quoted\" root\"",
    "a: 1\nb: two words\nc: [1, 2]",
    "The list is [\"a\", \"b\"] and the object is {\"a\": {\"b\": \"c\"}} as shown in [2].",
    "# comment\n{\"a\": 1, # another\n\"b\": 2 // third\n/* fourth */}",
    "{\"key with \"quotes\" inside\": 1, \"x\": \"{\"json\": [\"in\", \"text\"]}\"}",
    "{\"error\": \"expected \"}\" here\", \"line\": 3}\n[\"expected \"]\" there\", 2]",
    "{\"json\": \"{\\\"a\\\": \\\"b\"}\", \"n\": 1}",
    "{\"a\": 1}\nor {\"b\": 2} and {\"c\": 3} in words.\nStep B\n```json\n{\"d\": 4}\n```\nd[\"k\"] and {name}",
    "{\"a\": \"x \"y\" z\", b: 1, \"c\" => [\"d\" -> 2], e = \"v \"w\" u\"; \"f\": 1/* g */,\\n\"h\": 2}",
    "[{\"rows\": [{\"i\": 1}}, {\"i\": 2}], \"id\": 1{\"rows\": [3}, id: 2}]",
    "{\"items\": {\"id\": 1, \"t\": [1]}, {\"id\": 2}], \"n\": {{\"a\": 1}, {\"a\": 2}}}",
    "“““a ““b”” c”””, {“k”: ““““x”””}",
    "-12.5e+3",
    "  \"just text\"  ",
    "{",
    "",
];
