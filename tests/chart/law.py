"""The law: the program and the chart give the same objects for the same values, and refuse the same values.

Nor does the schema for editors refuse what the program takes.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator

from tests.chart.helm import Object, Refusal, parsed, read, template
from tests.chart.platforms import Charted
from tierwright.config.problems import ConfigError, Problem
from tierwright.expressions.tree import Tree
from tierwright.model.part import Part
from tierwright.model.schemas import overlay_schema


@dataclass(frozen=True)
class Permitted:
    """What may differ between the manifests and the chart."""

    kinds: frozenset[str]
    labels: frozenset[str]
    annotation: str
    jobs: Mapping[str, str]


PERMITTED = Permitted(
    kinds=frozenset({"Namespace"}),  # Helm makes it before it looks at the chart
    labels=frozenset({"app.kubernetes.io/managed-by"}),
    annotation="helm.sh/hook",  # objects that carry it are the chart's tests
    jobs={"secret-generator-1": "secret-generator"},  # a Job cannot be changed in place, so each revision has its own
)

MANIFESTS_ALONE = re.compile(
    r"the request .* is above the limit|.* open \d+ connections?, but|.* is no (IPv[46] )?network"
    r"|the networks together let everybody in"
    r"|.* not fit into the limit of ephemeral-storage, .*"
    r"|WAL that is not archived may take|'.*' never comes|'.*' is no (minute|hour|day of the month|month|day of the week)"
    r"|.* may be kept on a volume of .*"
)
"""Rules that compute with quantities and addresses, or over all services. The chart leaves them to the program.

So it does with all that `tierwright.admission` and `tierwright.model.scheduling_rules` find; their problems say so themselves.
"""


BY_SCHEMA = re.compile(
    r"is not allowed|^unknown key|^belongs in|^is missing|^has no value|^is empty$|^has \d+ entries"
    r"|the catalogue has no |there is no secret"
)
"""What the schema of the chart refuses, and not its checks."""


def broken(charted: Charted, overlays: Sequence[str]) -> str:
    """How the law is broken for these overlays, each the text of a values file; empty where it holds."""
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for at, text in enumerate(overlays):
            files.append(Path(folder) / f"{at}.yaml")
            files[-1].write_bytes(text.encode())
        try:
            platform = charted.load(files)
        except ConfigError as error:
            if ours := [one for one in error.problems if one.place.is_of_program]:
                return f"told of a file that came with the program: {ours[0]}"
            return _refused(error.problems, template(charted.chart, overlays, namespace=charted.blueprint.name))
    if unknown := next(filter(None, (_by_editor(charted, text) for text in overlays)), ""):
        return f"only the schema for editors refuses: {unknown}"
    made = template(charted.chart, overlays, namespace=platform.namespace)
    if isinstance(made, Refusal):
        return f"only the chart refuses: {made.message}"
    return difference(charted.objects(platform), read(made))


def _by_editor(charted: Charted, overlay: str) -> str:
    """What the schema of overlays refuses, by which editors judge one; the first thing, if any."""
    error = next(_judge(charted.blueprint.parts).iter_errors(parsed(overlay) or {}), None)
    return f"{error.json_path}: {error.message}" if error else ""


@cache
def _judge(parts: tuple[Part, ...]) -> Draft7Validator:
    return Draft7Validator(overlay_schema(parts))


def difference(ours: Iterable[Object], helms: Iterable[Object]) -> str:
    """The first difference between two sets of objects, the permitted ones apart; empty where there is none."""
    left, right = _by_name(ours), _by_name(helms)
    for name in sorted(left.keys() | right.keys()):
        if name not in left:
            return f"only the chart has {name}"
        if name not in right:
            return f"only the manifests have {name}"
        for one, other in zip(left[name], right[name], strict=False):
            if found := _first_difference(one, other, name):
                return found
        if len(left[name]) != len(right[name]):
            return f"{name} is {len(left[name])} times in the manifests, {len(right[name])} times in the chart"
    return ""


def _by_name(objects: Iterable[Object]) -> dict[str, list[Object]]:
    named: dict[str, list[Object]] = {}
    for one in objects:
        metadata = one["metadata"]
        if one.get("kind") in PERMITTED.kinds or PERMITTED.annotation in (metadata.get("annotations") or {}):
            continue
        name = metadata["name"]
        if one.get("kind") == "Job":
            name = PERMITTED.jobs.get(name, name)
        same = {**one, "metadata": {**metadata, "name": name}}
        named.setdefault(f"{one.get('kind')}/{name}", []).append(_without_labels(same))
    return {name: sorted(found, key=lambda one: json.dumps(one, sort_keys=True)) for name, found in named.items()}


def _without_labels(tree: Tree) -> Tree:
    if isinstance(tree, list):
        return [_without_labels(one) for one in tree]
    if not isinstance(tree, Mapping):
        return tree
    return {key: _without_labels(value) for key, value in tree.items() if key not in PERMITTED.labels}


def _first_difference(one: Any, other: Any, path: str) -> str:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for key in sorted(one.keys() | other.keys()):
            if key not in one or key not in other:
                side, value = ("the chart", other[key]) if key in other else ("the manifests", one[key])
                return f"{path}.{key}: only {side}: {value!r}"
            if found := _first_difference(one[key], other[key], f"{path}.{key}"):
                return found
        return ""
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return next((found for at, (a, b) in pairs if (found := _first_difference(a, b, f"{path}[{at}]"))), "")
    same = one == other and (type(one) is type(other) or {type(one), type(other)} == {int, float})
    return "" if same else f"{path}: {one!r} in the manifests, {other!r} in the chart"


def _refused(problems: Sequence[Problem], helms: str | Refusal) -> str:
    """What the program refuses, the chart refuses at the same path."""
    said = "; ".join(map(str, problems))
    problems = [one for one in problems if not one.alone and not MANIFESTS_ALONE.match(one.wrong)]
    if not problems:
        if isinstance(helms, Refusal):
            return f"the chart refuses otherwise: {helms.message}\nthe program: {said}"
        return ""
    problems = [one for one in problems if not MANIFESTS_ALONE.match(one.wrong)]
    paths = {one.path for one in problems}
    if "" in paths or any(_of_reader(one) for one in problems):
        return ""  # it was not even read
    if not isinstance(helms, Refusal):
        return f"only the program refuses: {said}"
    if helms.paths:  # then Helm has not come to the checks of the chart
        return _same_paths({one.path for one in problems if BY_SCHEMA.search(one.wrong)}, helms, said)
    helm = _of_any_service(helms.message.split(": ", 1)[0])
    if any(helm.startswith(path) or path.startswith(helm) for path in map(_of_any_service, paths)):
        return ""
    if any(one.wrong in helms.message and _beside(helm, _of_any_service(one.path)) for one in problems):
        return ""
    return f"the chart refuses elsewhere: {helms.message}\nthe program: {said}"


def _same_paths(ours: set[str], helms: Refusal, said: str) -> str:
    """Helm names the maps above an error too, and of keys that are not allowed the name alone."""

    def covers(helm: str, path: str) -> bool:
        return path.endswith(helm[1:]) if helm[0] == "*" else path.startswith(helm)

    # Nor does it tell the third item of a list from the entry `2` of a map.
    ours, theirs = ({re.sub(r"\[([0-9]+)\]", r".\1", path) for path in paths} for paths in (ours, helms.paths))
    missed = [path for path in ours if not any(path == helm or (helm[0] == "*" and covers(helm, path)) for helm in theirs)]
    invented = [helm for helm in theirs if not any(covers(helm, path) for path in ours)]
    if missed or invented:
        return f"refused at other paths: {missed} only by the program, {invented} only by the chart\n{said}\n{helms.message}"
    return ""


def _beside(one: str, other: str) -> bool:
    """Where one of two values is to be changed, the program names the one that was written, and the chart always the same."""
    return one.rpartition(".")[0] == other.rpartition(".")[0]


def _of_any_service(path: str) -> str:
    """The chart sees the values of a service whole, and does not know where one was written."""
    return re.sub(r"^(services\.[^.]+|defaults)\.", "", path)


def _of_reader(problem: Problem) -> bool:
    return problem.wrong.endswith((" for Helm", " is too large", " is not finite", " is too long")) or problem.wrong.startswith(
        _READER
    )


_READER = (
    "has the tag",
    "has the character",
    "a key has",
    "the key `",
    "is set already",
    "is nested",
    "is not YAML",
    "a key is no",
    "`<<`",
    "an alias",
)
