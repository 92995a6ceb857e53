"""Templates: what they are filled with, and what no input can do to them."""

from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, SecretStr, computed_field

from pydantic_flow.errors import NodeError
from pydantic_flow.nodes import AgentNode, PromptTemplate

from .scenes import Query, writer


class Item(BaseModel):
    model_config = ConfigDict(extra="allow")

    name: str
    count: int = 2
    key: SecretStr = SecretStr("hunter2")

    @computed_field  # type: ignore[prop-decorator]
    @property
    def double(self) -> int:
        return self.count * 2

    @property
    def inner(self) -> str:
        return "not declared"


@dataclass
class Point:
    x: int


ITEM = Item(name="pen", colour="red")


@pytest.mark.parametrize(
    ("template", "value", "prompt"),
    [
        ("no place", ITEM, "no place"),
        ("", ITEM, ""),
        ("{name} x {count}", ITEM, "pen x 2"),
        ("{name}{name}", ITEM, "penpen"),
        ("{{name}} {name} }}{{", ITEM, "{name} pen }{"),
        ("{double} {colour}", ITEM, "4 red"),
        ("{key}", ITEM, "**********"),
        ("{a}", {"a": None}, "None"),
        ("{a}", {"a": ["é", 1, None]}, '["é",1,null]'),
        ("{a}", {"a": Query(question="x")}, '{"question":"x"}'),
        ("{x}", Point(3), "3"),
        ("{input}", "text", "text"),
        ("{input}", ["a"], '["a"]'),
        ("{input}", {"input": "own"}, "own"),
        ("Say {text}!", "so", "Say so!"),
        # What an input says is never read as a template.
        ("{a} and {b}", {"a": "{b}", "b": "{a} {{x}} {b.__class__}"}, "{b} and {a} {{x}} {b.__class__}"),
        ("{a}", {"a": "%s $x {0} {!r} {:>100000}"}, "%s $x {0} {!r} {:>100000}"),
    ],
)
def test_templates_are_filled(template: str, value: Any, prompt: str) -> None:
    assert PromptTemplate(template).filled(value) == prompt


# A place is a name: no way into an object, no format, no position. This shows when the node is made.
@pytest.mark.parametrize(
    "template",
    [
        "{a.b}",
        "{a[0]}",
        "{a.__class__.__mro__}",
        "{0}",
        "{}",
        "{a!r}",
        "{a:>9}",
        "{a:{b}}",
        "{a b}",
        "{",
        "}",
        "{a",
    ],
)
def test_a_place_is_a_plain_name(template: str) -> None:
    with pytest.raises(NodeError, match=r"the prompt template .* cannot be read"):
        PromptTemplate(template)
    with pytest.raises(NodeError):
        AgentNode[Any, str](writer("x"), template)


# Only declared members are found, whatever else the object has.
@pytest.mark.parametrize(
    ("template", "value", "shape"),
    [
        ("{inner}", ITEM, "Item(name: str, count: int, key: SecretStr)"),
        ("{model_dump}", ITEM, "Item("),
        ("{__class__}", ITEM, "Item("),
        ("{a} {b}", {"a": 1, "secret": "hunter2"}, "a dict of 2 items"),
        ("{a} {b}", "hunter2", "str of 7 characters"),
        ("{a}", [1], "a list of 1 item"),
        ("{a}", Point(1), "Point(x: int)"),
    ],
)
def test_a_member_that_is_not_there(template: str, value: Any, shape: str) -> None:
    with pytest.raises(NodeError, match=r"the prompt template wants \{") as caught:
        PromptTemplate(template).filled(value)
    assert shape in str(caught.value) and "hunter2" not in str(caught.value)


# Without a template the input is the prompt.
@pytest.mark.parametrize(
    ("value", "prompt"),
    [("text", "text"), (Query(question="x"), '{"question":"x"}'), ({"a": [1]}, '{"a":[1]}'), (1.5, "1.5")],
)
async def test_without_a_template_the_input_is_the_prompt(value: Any, prompt: str) -> None:
    agent = writer("x")
    await AgentNode[Any, str](agent).run(value)
    assert agent.model.messages[0][0].parts[0].content == prompt  # type: ignore[union-attr]
