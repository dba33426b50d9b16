"""What is written is read back equal, by readers of YAML 1.1 and of 1.2."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.documents import load_all
from tests.readers import READERS, javascript_1_1, pyyaml
from tests.texts import ODD_TEXTS, trees
from tierwright.outputs.yaml_text import Fragment, as_block, on_one_line, stream

_QUICK = settings(max_examples=10, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("read", READERS)
def test_odd_texts_are_read_back_as_values_keys_and_items(read: Callable[[str], list[Any]]) -> None:
    documents: list[Any] = [{"a": {"value": text, "list": [text, {"in a list": text}], "key": {text: 1}}} for text in ODD_TEXTS]
    assert read(stream(documents)) == documents


@pytest.mark.parametrize("read", READERS)
@_QUICK
@given(documents=st.lists(st.dictionaries(st.sampled_from(["a", "b"]), trees(), min_size=1), min_size=10, max_size=40))
def test_any_tree_is_read_back(read: Callable[[str], list[Any]], documents: list[Any]) -> None:
    assert read(stream(documents)) == documents


@pytest.mark.parametrize("read", READERS)
def test_every_character_is_read_back(read: Callable[[str], list[Any]]) -> None:
    common = [0x9, 0xA, 0xD, *range(0x20, 0x7F), 0x85, *range(0xA0, 0x180), *range(0x2000, 0x2100), *range(0xFE00, 0xFFFE)]
    characters = [chr(code) for code in (*common, *range(0x180, 0xD800, 251), *range(0xE000, 0xF900, 251), 0x1F600, 0x10FFFF)]
    documents: list[Any] = [
        {"between": [f"a{one}b" for one in characters], "first": [f"{one}b" for one in characters]},
        {"last": [f"a{one}" for one in characters], "in lines": [f"a\n{one}\nb{one}c" for one in characters]},
    ]
    assert read(stream(documents)) == documents


PLAIN = [
    "a",
    "api-gateway",
    "http://a:80/b?c=d&e",
    "$(PORT)",
    "-c",
    "--tier",
    "0.1.0",
    "10.0.0.0/8",
    "250m",
    "1.5.2.1",
    "30s",
    "/health",
    "$",
]
QUOTED = [
    "", " ", "a ", "y", "N", "Yes", "off", "null", "~", "True", ".inf", ".NaN", "...", "---", "-", "1", "1_000", "0x1F", "0X1F",
    "0o17", "0b1", "017", "1e3", "1.5", ".5", "+1", "1:30", "12:30:45", "2001-01-01", "=", "<<", "a: b", "a #c", "a:", "*a",
    "!a", "&a", "%a", "@a", "`a", "[a", "{a", "? a", "1m:2", "1.2", "0.5m ", "a\x85b", "a\u2028b", "\ufeffa", "a\u200bb",
    "a\rb", "\ta",
]  # fmt: skip


@pytest.mark.parametrize("text", PLAIN)
def test_a_text_that_nobody_takes_for_anything_else_has_no_quotes(text: str) -> None:
    assert on_one_line(text) == text


@pytest.mark.parametrize("text", QUOTED)
def test_a_text_that_somebody_takes_for_something_else_is_quoted(text: str) -> None:
    assert on_one_line(text)[0] in "\"'"


def test_quotes_inside_are_easier_to_read_in_single_quotes() -> None:
    assert on_one_line('[ "$(a)" = b ]') == "'[ \"$(a)\" = b ]'"


def test_what_nobody_sees_is_escaped() -> None:
    assert on_one_line("a\u2028b\u202ec\x85d") == '"a\\u2028b\\u202ec\\u0085d"'


def test_a_script_is_a_block() -> None:
    assert stream([{"a": "set -eu\n\n\tif x; then\n  y\n", "b": ["c\nd"]}]) == (
        "a: |\n  set -eu\n\n  \tif x; then\n    y\nb:\n  - |-\n    c\n    d\n"
    )


@pytest.mark.parametrize("text", ["\ta\nb", " a\nb", "\na", "a \nb", "a\n\n", "a\n\t\nb", "a\r\nb", "a\nb\u2028c", "a\n\x85", "\n"])
def test_lines_that_not_every_reader_gives_back_are_no_block(text: str) -> None:
    assert as_block(text) is None


def test_nested_lists_and_empty_maps_come_through() -> None:
    tree: Any = {"steps": [[{"name": "a"}], [], [{}]], "none": None, "empty": {}, "number": 1e-7}
    assert stream([tree]) == ("steps:\n  - - name: a\n  - []\n  - - {}\nnone: null\nempty: {}\nnumber: 1.0e-07\n")


@pytest.mark.parametrize("read", [pyyaml, load_all, javascript_1_1])
def test_a_mapping_takes_over_the_entries_of_another_one(read: Callable[[str], list[Any]]) -> None:
    """`<<` is of YAML 1.1; the parsers of Compose know it too."""
    first = Fragment({"a": {"x": 1}, "b": 2}, name="first")
    second = Fragment({}, name="second", base=first)
    text = stream([{"x-all": {"first": first, "second": second}, "own": Fragment({"a": 3}, base=second), "plain": Fragment({})}])
    assert text == (
        "x-all:\n  first: &first\n    a:\n      x: 1\n    b: 2\n  second: &second\n    <<: *first\n"
        "own:\n  <<: *second\n  a: 3\nplain: {}\n"
    )
    assert read(text) == [
        {
            "x-all": {"first": {"a": {"x": 1}, "b": 2}, "second": {"a": {"x": 1}, "b": 2}},
            "own": {"a": 3, "b": 2},
            "plain": {},
        }
    ]
