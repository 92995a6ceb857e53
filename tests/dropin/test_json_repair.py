"""`dropin.json_repair`: what its functions return, in each of their forms."""

import inspect
import io
import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from pydantic_flow.dropin import json_repair
from pydantic_flow.errors import LimitError, MalformedError
from pydantic_flow.json import loads

# text -> the value; None where there is none
READ: list[tuple[str, Any]] = [
    ("", ""),
    ("no JSON here", ""),
    ("null", None),
    ('""', ""),
    ("[1, 2.50, true]", [1, 2.5, True]),
    ("{'a': 'x', b: None,}", {"a": "x", "b": None}),
    ('{"a": "cut he', {"a": "cut he"}),
    ('Here:\n```json\n{"a": [1, 2\n```\nBye', {"a": [1, 2]}),
    ('{"a": 1}\n{"a": 2}', [{"a": 1}, {"a": 2}]),
    ('{"say": "the "odd" one", "n": 1}', {"say": 'the "odd" one', "n": 1}),
    ("[" * 300 + "]" * 300, None),
]
TEXTS = [text for text, _ in READ]


# The signatures people call are there: names, order and defaults of the arguments.
def test_the_functions_take_the_arguments_of_the_original() -> None:
    arguments = {
        name: list(inspect.signature(getattr(json_repair, name)).parameters)
        for name in ["repair_json", "loads", "load", "from_file"]
    }
    schema = ["schema", "schema_repair_mode"]
    assert arguments == {
        "repair_json": [
            *["json_str", "return_objects", "skip_json_loads", "logging", "json_fd", "chunk_length"],
            *["stream_stable", "strict", *schema, "json_dumps_args"],
        ],
        "loads": ["json_str", "skip_json_loads", "logging", "stream_stable", "strict", *schema],
        "load": ["fd", "skip_json_loads", "logging", "chunk_length", "strict", *schema],
        "from_file": ["filename", "skip_json_loads", "logging", "chunk_length", "strict", *schema],
    }
    assert json_repair.repair_json() == ""


# One reading in every form: objects, text, logged, a file in chunks, bytes.
@pytest.mark.parametrize(("text", "value"), READ[:-1])
@pytest.mark.parametrize("options", [{}, {"skip_json_loads": True}, {"stream_stable": True}])
def test_every_form_gives_the_same_value(
    text: str, value: Any, options: dict[str, Any], tmp_path: Path
) -> None:
    assert json_repair.loads(text, **options) == value
    assert json_repair.repair_json(text, return_objects=True, **options) == value
    assert json_repair.repair_json(text, logging=True, **options)[0] == value
    assert json_repair.loads(text.encode(), **options) == value  # type: ignore[arg-type]
    written = json_repair.repair_json(text, **options)
    nothing = loads(text, default="nothing") == "nothing"
    assert written == ("" if nothing else json.dumps(value))
    options.pop("stream_stable", None)
    file = tmp_path / "file.json"
    file.write_text(text, encoding="utf-8")
    assert json_repair.from_file(file, **options) == json_repair.from_file(str(file)) == value
    for length in [0, 1, 7]:
        assert json_repair.load(io.StringIO(text), chunk_length=length, **options) == value


# A file is read from where it stands, whether it can be rewound or not.
def test_a_file_is_read_from_where_it_stands() -> None:
    file = io.StringIO('{"old": 1}\n{"new": 2,}')
    file.readline()
    assert json_repair.load(file) == {"new": 2}


# What is left over of the keywords goes to `json.dumps`.
def test_keywords_go_to_json_dumps() -> None:
    text = "{'b': 'é', 'a': [1,]}"
    assert json_repair.repair_json(text) == '{"b": "\\u00e9", "a": [1]}'
    assert json_repair.repair_json(text, ensure_ascii=False) == '{"b": "é", "a": [1]}'
    assert json_repair.repair_json(text, indent=1, sort_keys=True, separators=(",", ":")) == json.dumps(
        {"a": [1], "b": "é"}, indent=1, separators=(",", ":")
    )


# The log has what was done and the text around it, and is empty where nothing was.
def test_the_log_tells_each_repair_with_its_surroundings() -> None:
    assert json_repair.loads('{"a": [1, 2]}', logging=True) == ({"a": [1, 2]}, [])
    value, log = json_repair.repair_json('{"ключ": [1, 2,], "b": 3,}', logging=True)
    assert value == {"ключ": [1, 2], "b": 3}
    assert [entry["context"] for entry in log] == ['юч": [1, 2,], "b": 3', ',], "b": 3,}']
    assert all(entry.keys() == {"text", "context"} and "comma" in entry["text"] for entry in log)
    assert json_repair.load(io.StringIO("[1,]"), logging=True, chunk_length=1)[1]  # type: ignore[index]


REFUSED = [
    ('{"a": 1}{"b": 2}', "Multiple top-level"),
    ('Sure: {"a": 1}', "Multiple top-level"),
    ('{"a" 1}', "Missing ':'"),
    ('{"a": , "b": 2}', "value is empty"),
    ("{1, 2}", "object is empty"),
    ('{"a": 1, "a": 2,}', "Duplicate key"),
    ('[{"a": 1, "b": {}, "a": [2],}]', "Duplicate key"),
    ('{"": 1,}', "Empty key"),
]


# Strict refuses what would change the structure, as a ValueError with its place.
@pytest.mark.parametrize(("text", "words"), REFUSED)
def test_strict_refuses_structural_defects(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as error:
        json_repair.loads(text, strict=True)
    assert isinstance(error.value, MalformedError)
    assert 0 <= error.value.offset <= len(text)
    json_repair.loads(text)


# ... and repairs the rest.
@pytest.mark.parametrize("text", ["{'a': 1}", "{a: 1,}", '{"a": 1', '{"a": +1}', '{"a": 1 /* one */}'])
def test_strict_repairs_the_rest(text: str) -> None:
    assert json_repair.loads(text, strict=True) == {"a": 1}


# Valid JSON with such keys is refused only where the original's check of validity is skipped.
@pytest.mark.parametrize("text", ['{"a": 1, "a": 2}', '{"": 1}'])
def test_strict_looks_at_the_keys_of_valid_json_on_request(text: str) -> None:
    assert json_repair.loads(text, strict=True) == json.loads(text)
    with pytest.raises(ValueError, match="key"):
        json_repair.loads(text, strict=True, skip_json_loads=True)


# Deep text is read as deep as the core can be asked for; what is too much is a ValueError, never a crash.
def test_limits_are_value_errors() -> None:
    assert json_repair.repair_json("[" * 900 + "]" * 900) == "[" * 900 + "]" * 900
    for text in ["[" * 1_100, "{a: [" * 600, "[" + "1" * 5_000 + "]"]:
        with pytest.raises(LimitError):
            json_repair.loads(text)


# A schema is refused, not ignored.
@pytest.mark.parametrize("options", [{"schema": {"type": "object"}}, {"schema_repair_mode": "salvage"}])
def test_a_schema_is_refused(options: dict[str, Any]) -> None:
    for call in [json_repair.loads, json_repair.repair_json]:
        with pytest.raises(NotImplementedError, match="StreamingParser"):
            call("{}", **options)


# A growing text: no reading loses what an earlier one had.
def test_a_growing_text_reads_steadily() -> None:
    text = '{"title": "Night \\"train\\"", "tags": ["a", "b"], "note": "two\\nlines"}'
    shown = [json_repair.loads(text[:end], stream_stable=True) for end in range(1, len(text) + 1)]
    for earlier, later in itertools.pairwise(shown):
        assert isinstance(earlier, dict) and isinstance(later, dict)
        assert earlier.keys() <= later.keys()
        for key in earlier:
            begins = len(later[key]) >= len(earlier[key]) and later[key][: len(earlier[key])]
            assert begins == earlier[key] or isinstance(earlier[key], list)
