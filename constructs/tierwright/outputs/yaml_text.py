"""Plain data as YAML that every reader of YAML 1.1 and 1.2 reads back unchanged, in Go, Python and JavaScript.

Neither cdk8s' writer nor PyYAML's can be used for it. The first writes U+2028 as it is, which ends a line in YAML 1.1, and a tab at
the start of a block, which kubectl cannot read. The second, in C, cannot indent lists as manifests do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

_ESCAPED = "[\x7f-\xa0\xad\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ud800-\uf8ff\ufdd0-\ufdef\ufeff\ufff0-\uffff]"
"""Characters that are always escaped: those that end lines for some readers, that YAML forbids, or that are invisible.

To compile this pattern takes longer than to write the text of a service, so only a text that is not all ASCII has it compiled.
"""

_REST = r"[A-Za-z0-9 ._/=+$()&?@,;<>|'\"-]*"
_PLAIN = re.compile(
    rf"(?:-{{1,2}}(?=[a-z]))?(?:[A-Za-z/_$]|\.(?=[a-z])){_REST}(:[A-Za-z0-9/$]{_REST})*"
    r"|[0-9]+(\.[0-9]+){2,3}(/[0-9]+)?"  # versions and networks
    r"|[0-9]+(m|s|h|Ki|Mi|Gi|Ti)"  # quantities and durations
)
"""Texts that every reader reads as texts, except those below."""

_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n", ".inf", ".nan"})

_BLOCK = re.compile(r"(?![ \t\n])(?:[^\r\n]*[^ \t\r\n])?(?:\n+[^\r\n]*[^ \t\r\n])*\n?")
"""Texts of several lines that a block preserves: no blank before the first line or after any, at most one line break at the end."""

_ENDS_ITEM = re.compile(r"[,\[\]{}]|: |:$")
"""What ends a plain text within a list on one line."""

_CONTROL = re.compile("[\0-\x1f]")
_CONTROL_IN_BLOCK = re.compile("[\0-\x08\x0b-\x1f]")


class OnOneLine(list[Any]):
    """A list that is written on one line."""


class Fragment(dict[str, Any]):
    """A mapping that takes over the entries of another one, its `base`, and lays its own over them.

    One with a `name` can be such a base; it comes before those that take it over.
    """

    def __init__(self, entries: Mapping[str, Any], *, name: str = "", base: Fragment | None = None) -> None:
        super().__init__(entries)
        self.name, self.base = name, base

    def __bool__(self) -> bool:
        return bool(len(self) or self.base)

    def over(self, further: Mapping[str, Any]) -> Fragment:
        """The same with further entries."""
        return Fragment({**self, **further}, base=self.base)


def stream(documents: Iterable[Mapping[str, Any]]) -> str:
    """Several documents as the text of one file."""
    lines: list[str] = []
    for one in documents:
        if lines:
            lines.append("---")
        _put_entries(one, "", lines)
    return "\n".join(lines) + "\n" if lines else ""


@cache
def on_one_line(text: str) -> str:
    """A text on one line: plain where every reader reads it as that text, else in quotes."""
    plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS and not text.endswith(" ")
    return text if plain else quoted(text)


def quoted(text: str) -> str:
    """A text in double quotes, with escapes, or in single quotes where that is easier to read."""
    if '"' in text and "'" not in text and not _CONTROL.search(text) and _escaped(text) == text:
        return f"'{text}'"
    return flow(text)


def flow(value: Any) -> str:
    """Any value on one line, in the form that JSON and YAML share."""
    return _escaped(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def _escaped(text: str) -> str:
    """A text with escapes in place of those characters that are always escaped."""
    if text.isascii() and "\x7f" not in text:
        return text
    return re.sub(_ESCAPED, lambda found: f"\\u{ord(found[0]):04x}", text)


def as_block(text: str) -> tuple[str, list[str]] | None:
    """A text of several lines as a block: what follows the key, and the lines below it. None where the text must be quoted."""
    if "\n" not in text or not _BLOCK.fullmatch(text) or _CONTROL_IN_BLOCK.search(text) or _escaped(text) != text:
        return None
    return ("|", text[:-1].split("\n")) if text.endswith("\n") else ("|-", text.split("\n"))


def _put_entries(tree: Mapping[str, Any], pad: str, lines: list[str]) -> None:
    below = f"{pad}  "
    for key, value in tree.items():
        kind = type(value)
        if kind is str and "\n" not in value:  # most values are such: no call for each
            lines.append(f"{pad}{on_one_line(key)}: {on_one_line(value)}")
        elif kind is dict and value:
            lines.append(f"{pad}{on_one_line(key)}:")
            _put_entries(value, below, lines)
        elif kind is list and value:
            lines.append(f"{pad}{on_one_line(key)}:")
            _put_items(value, below, lines)
        else:
            _put(f"{pad}{on_one_line(key)}:", value, below, lines)


def _put_items(tree: Sequence[Any], pad: str, lines: list[str]) -> None:
    below = f"{pad}  "
    for item in tree:
        if type(item) is str and "\n" not in item:
            lines.append(f"{pad}- {on_one_line(item)}")
        elif item and isinstance(item, (dict, list)):
            # The first line of the content follows the dash.
            first = len(lines)
            if isinstance(item, dict):
                _put_entries(item, below, lines)
            else:
                _put_items(item, below, lines)
            lines[first] = f"{pad}- {lines[first][len(below) :]}"
        else:
            _put(f"{pad}-", item, below, lines)


def _put(head: str, value: Any, pad: str, lines: list[str]) -> None:
    """A value after its key or dash; `pad` is the indentation of the lines below."""
    if isinstance(value, str):
        block = as_block(value) if "\n" in value else None
        if block is None:
            lines.append(f"{head} {on_one_line(value)}")
        else:
            lines.append(f"{head} {block[0]}")
            lines += [f"{pad}{line}" if line else "" for line in block[1]]
    elif not value or not isinstance(value, (dict, list)):
        lines.append(f"{head} {_scalar(value)}")
    elif isinstance(value, OnOneLine):
        lines.append(f"{head} {_line(value)}")
    elif isinstance(value, list):
        lines.append(head)
        _put_items(value, pad, lines)
    else:
        lines.append(head)
        if isinstance(value, Fragment):
            lines[-1] += f" &{value.name}" * bool(value.name)
            lines += [f"{pad}<<: *{value.base.name}"] if value.base else []
        _put_entries(value, pad, lines)


def _line(items: OnOneLine) -> str:
    """A list on one line. A text that is plain elsewhere may have what would end an item there."""
    texts = (on_one_line(one) if isinstance(one, str) and not _ENDS_ITEM.search(one) else flow(one) for one in items)
    return f"[{', '.join(texts)}]"


def _scalar(value: Any) -> str:
    """Anything else than a text, a list with items or a map with entries."""
    if type(value) is int:
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        # YAML 1.1 knows a number with an exponent by its point.
        return re.sub(r"^(-?[0-9]+)e", r"\1.0e", repr(value))
    return json.dumps(value)
