"""The chart's values.yaml and the table of its README: every default with its description."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from tierwright.model.catalogue import Catalogue
from tierwright.model.reference import Entry
from tierwright.outputs.yaml_text import flow, on_one_line

_WIDTH = 120
RELEASE = frozenset({("namespace", "name"), ("namespace", "create"), ("enabled",), ("global",)})
"""Values without a default in the chart: a release has a namespace; the last two are for a chart that contains this one."""

HEAD = """\
# The values of the chart, each with its default. Overlays of the manifests are values files of this chart too.
# values.schema.json knows what is allowed; an unknown key is an error.
"""


def values_file(entries: Sequence[Entry], defaults: Mapping[str, Any]) -> str:
    """The defaults as YAML, each after its description as a comment; `entries` are those of the values."""
    return HEAD + "\n".join(_block(entries, defaults, (), blank=True)) + "\n"


def values_table(entries: Sequence[Entry], defaults: Mapping[str, Any], catalogue: Catalogue) -> str:
    """The values as a table in Markdown, the settings of services last."""
    rows = ["| value | default | what it is | allowed |", "|---|---|---|---|"]
    for entry in entries:
        for path, leaf in entry.leaves():
            if path not in RELEASE:
                rows += _rows(path, leaf, _at(defaults, path))
    for name, service in catalogue.services.items():
        for variable, setting in service.settings.items():
            path = ("services", name, "settings", variable)
            rows.append(_row(path, _code(_flow(_at(defaults, path))), setting.description, setting.allowed))
    return "\n".join(rows) + "\n"


def _rows(path: tuple[str, ...], leaf: Entry, default: Any) -> Iterator[str]:
    """The row of a value. Of a map whose entries have fixed keys, a row for each key of an entry that has a default too."""
    has_own = leaf.each and isinstance(default, Mapping) and default
    shown = "as below" if has_own else _code(_flow(default))
    yield _row(path, shown, leaf.description, leaf.allowed)
    for name, values in default.items() if has_own else ():
        for entry in leaf.each:
            for below, inner in entry.leaves((*path, name)):
                found = _at(values, below[len(path) + 1 :])
                if found is not None:
                    yield from _rows(below, inner, found)


def _row(path: Iterable[str], default: str, description: str, allowed: str) -> str:
    return f"| `{'.'.join(path)}` | {default} | {_cell(' '.join(description.split()))} | {_cell(allowed)} |"


def _block(entries: Iterable[Entry], values: Mapping[str, Any], path: tuple[str, ...], *, blank: bool = False) -> Iterator[str]:
    pad = "  " * len(path)
    for entry in entries:
        here = (*path, entry.key)
        if here in RELEASE:
            continue
        if blank:
            yield ""
        yield from (f"{pad}# {line}" for line in textwrap.wrap(entry.description, _WIDTH - len(pad) - 2))
        if entry.entries:
            yield f"{pad}{entry.key}:"
            yield from _block(entry.entries, values[entry.key], here)
        else:
            yield from _default(entry.key, values.get(entry.key), pad)


def _default(key: str, value: Any, pad: str) -> Iterator[str]:
    """A default that is set as one value: maps over several lines, the innermost ones on one."""
    if not (isinstance(value, Mapping) and value):
        yield f"{pad}{key}: {_flow(value)}"
        return
    yield f"{pad}{key}:"
    for name, one in value.items():
        if isinstance(one, Mapping) and any(isinstance(inner, Mapping) for inner in one.values()):
            yield from _default(on_one_line(name), one, f"{pad}  ")
        else:
            yield f"{pad}  {on_one_line(name)}: {_flow(one)}"


def _flow(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, str):
        return on_one_line(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_in_flow, value))}]"
    return flow(value)


def _in_flow(value: Any) -> str:
    return flow(value) if not isinstance(value, str) or "," in value else on_one_line(value)


def _at(values: Any, path: Iterable[str]) -> Any:
    """The value at a path; None where there is none."""
    for key in path:
        values = values.get(key) if isinstance(values, Mapping) else None
    return values


def _code(text: str) -> str:
    """A text as code for a cell of a table; between double backticks if it contains one."""
    return f"`` {_cell(text)} ``" if "`" in text else f"`{_cell(text)}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
