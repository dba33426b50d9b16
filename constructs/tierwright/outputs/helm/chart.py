"""The files of the chart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from tierwright.blueprint import Blueprint, Described
from tierwright.components.rules import RULES_BY_OBJECTS, rules_of
from tierwright.declarations import Declared
from tierwright.expressions.conditions import ALWAYS, all_of, conjuncts
from tierwright.expressions.expression import Context, Operand, quoted, unwrapped
from tierwright.expressions.tree import Include, arguments_map
from tierwright.expressions.walks import PLATFORM
from tierwright.kit.placed import HELPER as PLACE
from tierwright.kit.rule_checks import checks_of
from tierwright.kit.rules import Rules
from tierwright.model.reference import reference
from tierwright.model.values import values_type
from tierwright.outputs.helm.checks import guarded
from tierwright.outputs.helm.extras import extra_objects, served_kinds
from tierwright.outputs.helm.helpers import HELPERS
from tierwright.outputs.helm.position import Position
from tierwright.outputs.helm.templates import define, entries
from tierwright.outputs.helm.texts import IGNORED, chart_file, notes, readme
from tierwright.outputs.helm.values_file import values_file, values_table
from tierwright.outputs.helm.values_schema import values_schema
from tierwright.outputs.kustomize import empty_base


def chart_files(described: Described) -> dict[str, str]:
    """The text of each file of a platform's chart, by its path: in a folder of the platform's name, which kustomize skips."""
    blueprint, defaults = described.blueprint, described.platform.defaults
    declared: dict[str, list[Declared]] = {}
    for one in blueprint.declared:
        if one.template:
            declared.setdefault(one.template, []).append(one)
    catalogue, entries_of_values = blueprint.catalogue, reference(values_type(blueprint.parts))
    columns: dict[str, int] = {}
    files = {
        "Chart.yaml": chart_file(catalogue),
        "values.yaml": values_file(entries_of_values, defaults),
        "values.schema.json": values_schema(blueprint),
        "README.md": readme(catalogue, values_table(entries_of_values, defaults, catalogue)),
        ".helmignore": IGNORED,
        "templates/NOTES.txt": notes(blueprint),
        **{f"templates/{name}": _template(objects, blueprint.name, columns) for name, objects in declared.items()},
        "templates/extra-objects.yaml": extra_objects(blueprint.name),
        **{f"templates/{name}": text for name, text in _checks(blueprint).items()},
        "templates/_served.tpl": served_kinds(blueprint.name),
    }
    files["templates/_helpers.tpl"] = _helpers(blueprint, columns)  # last, when all named templates are known
    return {"kustomization.yaml": empty_base("the chart"), **{f"{blueprint.name}/{path}": text for path, text in files.items()}}


def _whole(platform: str) -> str:
    """The first line of every template: it completes the values."""
    return f'{{{{- include "{platform}.values" . }}}}'


def _service_variable(name: str) -> list[str]:
    """The line that gives the values of a service a name."""
    return [f"{{{{- $service := index .Values.services {quoted(name)} }}}}"] if name else []


def _template(objects: Sequence[Declared], platform: str, columns: dict[str, int]) -> str:
    """One file: all objects of a concern. A condition that all of them share is written once, around them."""
    service = objects[0].service
    shared = [one for one in conjuncts(objects[0].condition) if all(one in conjuncts(other.condition) for other in objects)]
    context = Context(service=service, platform=platform)
    workload = _workload(objects)
    at = Position(0, msgspec.structs.replace(context, workload=workload), columns=columns).under(*shared)
    lines = [_whole(platform), *_service_variable(service)]
    if workload:
        lines.append(f"{{{{- $workload := {unwrapped(arguments_map(workload, context))} }}}}")
    if shared:
        lines.append(f"{{{{- if {all_of(*shared).test(at.context)} }}}}")
    for one in objects:
        lines += _object(one, at)
    if shared:
        lines.append("{{- end }}")
    return "\n".join(lines) + "\n"


def _workload(objects: Sequence[Declared]) -> tuple[tuple[str, Operand], ...]:
    """What the named templates get that all objects of a service call; nothing where they are of no service."""
    metadata = [one.manifest["metadata"] for one in objects if one.service]
    return next((call.arguments for call in metadata if isinstance(call, Include)), ())


def _object(one: Declared, at: Position) -> Iterator[str]:
    condition = at.remaining(one.condition)
    if condition != ALWAYS:
        yield f"{{{{- if {condition.test(at.context)} }}}}"
    yield from ("---", f"apiVersion: {one.api_version}", f"kind: {one.kind}")
    yield from entries(one.manifest, at.under(condition))
    if condition != ALWAYS:
        yield "{{- end }}"


_LARGEST = 3_000_000
"""About how many characters a file of checks may have: Helm refuses files above five MiB."""


def _checks(blueprint: Blueprint) -> dict[str, str]:
    """The files that refuse values which contradict one another: one, or several for a thousand services. They render no object."""
    files, size = [[_whole(blueprint.name)]], 0
    for service, checks in checks_of(blueprint, _rules(blueprint)):
        at = Position(0, Context(service=service, platform=blueprint.name))
        lines = [*_service_variable(service), *guarded(checks, at)]
        more = sum(map(len, lines))
        if size + more > _LARGEST:
            files.append([_whole(blueprint.name)])
            size = 0
        size += more
        files[-1] += lines
    names = ["checks.yaml", *(f"checks-{number}.yaml" for number in range(2, len(files) + 1))]
    return {name: "\n".join(lines) + "\n" for name, lines in zip(names, files, strict=True)}


def _rules(blueprint: Blueprint) -> Rules:
    return rules_of(blueprint.parts) + RULES_BY_OBJECTS


def _helpers(blueprint: Blueprint, columns: dict[str, int]) -> str:
    """The named templates of the platform, after those that every chart has."""
    services = " ".join(quoted(name) for name in blueprint.catalogue.services)
    fixed = HELPERS % {"platform": blueprint.name, "services": services}
    helpers = (helper.replace(PLATFORM, blueprint.name) for helper in (PLACE, *_rules(blueprint).helpers))
    return "\n".join(
        [fixed, *helpers, *("\n".join(define(named, blueprint.name, columns)) + "\n" for named in blueprint.templates)]
    )
