"""The texts that are measured. Comes in: nothing but seeds. Goes out: the same texts on every machine.

Each is what models write: objects and lists with words, numbers, escapes. Broken variants are made from
valid ones, so that the right answer is known.
"""

import json
import random
import re
from collections.abc import Callable
from functools import cache
from typing import Any

WORDS = re.findall(
    r"\w+",
    "harbour ledger quarter forecast supplier margin island ferry winter schedule invoice pending region "
    "total average review customer delivery batch sample result method figure section summary note",
)
CYRILLIC = re.findall(
    r"\w+",
    "гавань отчёт квартал прогноз поставщик остров паром зима расписание счёт область итог среднее обзор "
    "клиент доставка партия образец результат метод раздел заметка",
)
SPECIAL = ['"so called"', "line one\nline two", "a\ttab", "C:\\data", "naïve café", "10 €", "日本語", "🚀"]

Chance = random.Random


def phrase(chance: Chance, length: int, words: list[str] = WORDS, special: float = 0.03) -> str:
    """Words with now and then something that needs an escape or is not ASCII."""
    return " ".join(chance.choice(SPECIAL if chance.random() < special else words) for _ in range(length))


def flat() -> str:
    """A small answer: one object of 267 bytes."""
    answer = {
        "intent": "reschedule_delivery",
        "order": "A-20417",
        "customer": "Ingrid Solberg",
        "confidence": 0.934,
        "urgent": False,
        "slots": ["2031-03-04", "2031-03-05"],
        "reply": "Your delivery moves to the first free day, at no cost.",
        "follow_up": None,
    }
    text = json.dumps(answer)
    return text[:-1] + " " * (267 - len(text)) + "}"


def report() -> str:
    """A nested report of about 4.5 KB, indented as models like it."""
    chance = Chance(11)
    sections = [
        {
            "heading": phrase(chance, 4, special=0),
            "body": phrase(chance, 38),
            "metrics": {
                "count": chance.randint(1, 900),
                "ratio": chance.random(),
                "stable": chance.random() < 0.5,
            },
            "sources": [{"title": phrase(chance, 3), "page": chance.randint(1, 400)} for _ in range(3)],
        }
        for _ in range(5)
    ]
    value = {
        "title": phrase(chance, 5),
        "summary": phrase(chance, 60),
        "sections": sections,
        "reviewer": None,
    }
    return json.dumps(value, ensure_ascii=False, indent=2)


def record(chance: Chance, number: int, words: list[str]) -> dict[str, Any]:
    return {
        "id": 500_000 + number,
        "name": phrase(chance, 2, words, 0),
        "active": chance.random() < 0.5,
        "score": round(chance.random() * 100, 2),
        "tags": [chance.choice(words) for _ in range(chance.randint(0, 3))],
        "parent": None if chance.random() < 0.4 else chance.randint(1, 9999),
        "note": phrase(chance, chance.randint(2, 12), words),
    }


def records(count: int, words: list[str] = WORDS) -> str:
    """A list of records."""
    chance = Chance(12)
    return json.dumps([record(chance, i, words) for i in range(count)], ensure_ascii=False)


def long_string() -> str:
    """One string of 100 KB in an object."""
    chance = Chance(13)
    return json.dumps({"essay": phrase(chance, 20_000, special=0.01)[:100_000]}, ensure_ascii=False)


def plain_string(length: int, words: list[str] = WORDS) -> str:
    """One string of that many characters in an object, without escapes."""
    chance = Chance(15)
    return json.dumps({"essay": phrase(chance, length // 4, words, 0)[:length]}, ensure_ascii=False)


def numbers() -> str:
    """About 250 KB of numbers: integers and floats of many lengths."""
    chance = Chance(14)
    rows = [
        [
            chance.randint(-(10**6), 10**6),
            chance.random(),
            round(chance.gauss(0, 50), 3),
            chance.randint(0, 2**60),
        ]
        for _ in range(4_200)
    ]
    return json.dumps(rows)


# The same kind of text in several sizes: what a chunk costs must not depend on the size.
GROWING: dict[str, Callable[[], str]] = {
    "records, 64 KB": lambda: records(363),
    "records, 512 KB": lambda: records(2_900),
    "records, 2 MB": lambda: records(11_600),
    "ASCII string, 1 KB": lambda: plain_string(1_000),
    "ASCII string, 32 KB": lambda: plain_string(32_000),
    "ASCII string, 1 MB": lambda: plain_string(1_000_000),
    "wide string, 1 KB": lambda: plain_string(1_000, CYRILLIC),
    "wide string, 32 KB": lambda: plain_string(32_000, CYRILLIC),
    "wide string, 1 MB": lambda: plain_string(1_000_000, CYRILLIC),
    "records, 10 MB": lambda: records(58_000),
}

MAKERS: dict[str, Callable[[], str]] = {
    "flat 267 B": flat,
    "report 4.5 KB": report,
    "records 64 KB": lambda: records(363),
    "records 1 MB": lambda: records(5_820),
    "string 100 KB": long_string,
    "plain string 100 KB": lambda: plain_string(100_000),
    "numbers 250 KB": numbers,
    "cyrillic 64 KB": lambda: records(270, CYRILLIC),
}


@cache
def corpus(name: str) -> str:
    """The text of that name.

    >>> len(corpus("flat 267 B"))
    267
    """
    return (MAKERS.get(name) or GROWING[name])()


def fenced(text: str) -> str:
    """The document in a Markdown fence with a sentence around it."""
    return f"Here is the JSON you asked for:\n\n```json\n{text}\n```\n\nLet me know if you need more."


def trailing_commas(text: str) -> str:
    """A comma before every closing bracket that follows a value."""
    return outside_strings(text, lambda code: re.sub(r'(?<=[\]}"\w])(\s*)(?=[\]}])', r",\1", code), '"')


def single_quotes(text: str) -> str:
    """Python's repr: single quotes, True, False, None."""
    return repr(json.loads(text))


def outside_strings(text: str, change: Callable[[str], str], mark: str) -> str:
    """Apply a change to what is not inside a string; a string is seen as two marks."""
    strings: list[str] = []

    def put_aside(match: re.Match[str]) -> str:
        strings.append(match.group())
        return mark + mark

    code = change(re.sub(r'"(?:[^"\\]|\\.)*"', put_aside, text, flags=re.DOTALL))
    inner = iter(strings)
    return re.sub(mark + mark, lambda _: next(inner), code)


BREAKERS: dict[str, Callable[[str], str]] = {
    "trailing commas": trailing_commas,
    "single quotes": single_quotes,
    "fence and prose": fenced,
}


def chunks_of(text: str, size: int = 4) -> list[str]:
    """The text as a model sends it: a few characters at a time."""
    return [text[i : i + size] for i in range(0, len(text), size)]
