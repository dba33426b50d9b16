"""The files of the chart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from castiel.blueprint import Blueprint, Declared
from castiel.output.chart.helpers import HELPERS
from castiel.output.chart.templates import Position, conjuncts, define, entries
from castiel.tracing.expressions import Context, all_of, quoted
from castiel.tracing.tree import ALWAYS


def chart_files(blueprint: Blueprint) -> dict[str, str]:
    """The templates of the chart, by their paths in it."""
    declared: dict[str, list[Declared]] = {}
    for one in blueprint.declared:
        if one.template:
            declared.setdefault(one.template, []).append(one)
    files = {f"templates/{name}": _template(objects) for name, objects in declared.items()}
    files["templates/_helpers.tpl"] = _helpers(blueprint)
    return files


def _template(objects: Sequence[Declared]) -> str:
    """One file: all objects of a concern. What all of them depend on stands once around them."""
    service = objects[0].service
    shared = [one for one in conjuncts(objects[0].condition) if all(one in conjuncts(other.condition) for other in objects)]
    at = Position(0, Context(service=service)).under(*shared)
    lines = ['{{- include "castiel.values" . }}']
    if service:
        lines.append(f"{{{{- $service := index .Values.services {quoted(service)} }}}}")
    if shared:
        lines.append(f"{{{{- if {all_of(*shared).test(at.context)} }}}}")
    for one in objects:
        lines += _object(one, at)
    if shared:
        lines.append("{{- end }}")
    return "\n".join(lines) + "\n"


def _object(one: Declared, at: Position) -> Iterator[str]:
    condition = at.remaining(one.condition)
    if condition != ALWAYS:
        yield f"{{{{- if {condition.test(at.context)} }}}}"
    yield from ("---", f"apiVersion: {one.api_version}", f"kind: {one.kind}")
    yield from entries(one.manifest, at.under(condition))
    if condition != ALWAYS:
        yield "{{- end }}"


def _helpers(blueprint: Blueprint) -> str:
    """The named templates of the platform, behind those that every chart has."""
    fixed = HELPERS % {"services": " ".join(quoted(name) for name in blueprint.catalogue.services)}
    return "\n".join([fixed, *("\n".join(define(named)) + "\n" for named in blueprint.templates)])


def write(files: Mapping[str, str], folder: Path) -> None:
    """Write the files below a folder."""
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
