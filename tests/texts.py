"""Texts and trees that readers of YAML, Go's templates and the shell could take for something else."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

ODD_TEXTS = [
    "", " ", "a", " a ", "a b", "ü", "\U0001f600", "it's", "say \"so\"", "it's \"so\"", "back\\slash", "\\\"", "a: b", "a:b",
    "a:", ": a", "# c", "a #c", "a#", "- a", "-", "--", "---", "...", "--- a", "a\n---\nb", "a\n...\nb", "---\na\n",
    "{{ .Values }}", "{{", "}}", "{{- fail \"x\" }}", "${{x}}", "{${publicUrl}}", "${publicUrl}", "$(PORT)", "$$", "%", "%s",
    "%YAML 1.1", "@", "`", "*a", "&a", "!a", "!!str a", "|", ">", "? a", "[", "]", "{", "}", "{}", "[]", ",", "yes", "No", "on",
    "OFF", "y", "n", "Y", "true", "False", "null", "Null", "~", "1", "-1", "+1", "1e3", "1E3", "1e+3", ".5", "5.", "0.5",
    "0x10", "0X1F", "0o17", "0b11", "017", "08", "1:30", "-1:30", "190:20:30.15", "1_000", "_1", "2001-01-01",
    "2001-12-14t21:59:43.10-05:00", ".inf", "-.INF", ".nan", "Infinity", "NaN", "=", "<<", "<", "a\nb", "a\n", "\na", "a\n\n",
    "a\n\n\n", "\n", "\n\n", "a\n\n  b\n", "  a\nb", " \na", "a\n ", "a \nb", "a\t\nb", "\t", "\ta", "\tx\ny", "a\n\tb",
    "a\n\t\nb", "a\tb", "a\rb", "a\r\nb", "\r", "\x85", "a\x85b", "\u2028", "a\u2028b", "a\u2029b\n", "\ufeff", "\ufeffa",
    "a\ufeffb", "a\u200bb", "a\xa0b", "\xada", "a\u202eb", "\ue002", "\ufffd", "\U0010ffff", "'", "''", "\"", "\\", "\\n",
    "x" * 300, "x y " * 200, "a\n" * 200, "<a&b>", "#!/bin/sh\nset -eu\n\tif a; then\n  b\nfi\n", "key: |\n  text\n", "0.1.0",
    "10.0.0.0/8", "::/0", "250m", "1.5Gi",
]  # fmt: skip

_REFUSED = (0xFFFE, 0xFFFF, 0xE000, 0xE001)
CHARACTERS = st.characters(
    exclude_categories=["Cs"],
    exclude_characters=[*map(chr, (*range(9), 0xB, 0xC, *range(0xE, 0x20), *range(0x7F, 0x85), *range(0x86, 0xA0), *_REFUSED))],
)
"""All that a value may hold."""


def texts() -> st.SearchStrategy[str]:
    """Texts, mostly odd ones."""
    lines = st.lists(st.sampled_from(["a", "", " b", "\tc", "d ", "#", "---", "e\x85f"]), max_size=5).map("\n".join)
    pieces = st.lists(st.sampled_from([*ODD_TEXTS, "a", "\n", " "]), max_size=4).map("".join)
    return st.one_of(st.sampled_from(ODD_TEXTS), lines, pieces, st.text(CHARACTERS, max_size=12))


def keys() -> st.SearchStrategy[str]:
    """Keys that implicit keys of YAML can be, which are not longer than 1024 characters."""
    return texts().filter(lambda text: len(text) < 100)


def trees() -> st.SearchStrategy[Any]:
    """Anything that JSON can hold, whole numbers as integers, as the configuration has them."""
    numbers = st.floats(allow_nan=False, allow_infinity=False).filter(lambda number: not number.is_integer())
    leaves = st.one_of(texts(), st.integers(-(2**53), 2**53), st.booleans(), st.none(), numbers)
    return st.recursive(
        leaves, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(keys(), inner, max_size=4)), max_leaves=15
    )
