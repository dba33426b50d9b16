"""Helm on a chart: the objects that it renders, or how it refuses the values."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.cluster.tools import tool
from tests.documents import documents
from tierwright.config.problems import dotted

KUBERNETES = "1.36.0"
"""The version to render for; a Helm that is built as a Go module believes in 1.20."""

_WITHOUT_COLLECTING = {"GOGC": "off", "GOMEMLIMIT": "1GiB"}
"""A Helm that lives for a tenth of a second need not collect garbage, which takes a quarter of its time."""

Object = dict[str, Any]


class _AsKubernetes(yaml.CSafeLoader):
    """YAML as Kubernetes reads it: no dates, no base-60 numbers, `1e+06` a number, `y` true."""


_TAG = "tag:yaml.org,2002:"
_RESOLVERS = (
    ("bool", re.compile(r"y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON|n|N|no|No|NO|false|False|FALSE|off|Off|OFF"), "yYtToOnNfF"),
    ("null", re.compile(r"~|null|Null|NULL|"), ["~", "n", "N", ""]),
    ("int", re.compile(r"[-+]?[0-9]+|0x[0-9a-fA-F]+"), "-+0123456789"),
    ("float", re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"), "-+0123456789."),
)
_AsKubernetes.yaml_implicit_resolvers = {}
for _name, _pattern, _first in _RESOLVERS:
    _AsKubernetes.add_implicit_resolver(f"{_TAG}{_name}", re.compile(rf"^(?:{_pattern.pattern})\Z"), _first)
_AsKubernetes.add_constructor(f"{_TAG}bool", lambda _, node: node.value[0] in "yYtT" or node.value.lower() == "on")
_AsKubernetes.add_constructor(f"{_TAG}float", lambda _, node: float(node.value))


@dataclass(frozen=True)
class Refusal:
    """Values that were refused: at which paths by the schema, or else what a check of the chart said."""

    paths: frozenset[str]
    message: str


def read(text: str) -> list[Object]:
    """The objects of a stream of YAML, as Kubernetes reads them."""
    return [one for one in documents(text, parsed) if one is not None]


def parsed(document: str) -> Any:
    """A document of YAML, as Kubernetes reads it."""
    return _AsKubernetes(document).get_single_data()


def run(*arguments: str | Path, program: str = "helm") -> subprocess.CompletedProcess[str]:
    """Run Helm 3 (`helm`) or Helm 4 (`helm4`)."""
    command = [_path(program), *map(str, arguments)]
    return subprocess.run(command, check=False, capture_output=True, text=True, env={**os.environ, **_WITHOUT_COLLECTING})


def template(
    chart: Path, overlays: Sequence[str] = (), *, namespace: str, program: str = "helm", more: Sequence[str | Path] = ()
) -> str | Refusal:
    """What `helm template` writes with these overlays, each the text of a values file."""
    with tempfile.TemporaryDirectory() as folder:
        given: list[str | Path] = []
        for at, text in enumerate(overlays):
            file = Path(folder) / f"{at}.yaml"
            file.write_bytes(text.encode())
            given += ["-f", file]
        done = run("template", "release", chart, "-n", namespace, "--kube-version", KUBERNETES, *given, *more, program=program)
    return _refusal(done.stderr) if done.returncode else done.stdout


@cache
def _path(program: str) -> str:
    return str(tool(program))


_AT = re.compile(r"^ *- at '(?P<pointer>[^']*)': (?P<what>.*)$")
_FAILED = re.compile(r"execution error at \([^)]*\): (?P<message>.*?)\n\nUse --debug", re.DOTALL)


def _refusal(text: str) -> Refusal:
    failed = _FAILED.search(text)
    message = failed["message"].strip() if failed else text.strip()
    return Refusal(frozenset(_paths(text)) if "meet the specifications of the schema" in text else frozenset(), message)


def _paths(text: str) -> Iterator[str]:
    """The paths that the schema's errors name, as our own errors write them; of a key that is not allowed only its name."""
    for line in text.splitlines():
        found = _AT.match(line)
        if not found:
            continue
        steps = [step.replace("~1", "/").replace("~0", "~") for step in found["pointer"].split("/")[1:]]
        path = tuple(int(step) if step.isdecimal() else step for step in steps)
        names = [name.replace("\\'", "'") for name in re.findall(r"'((?:[^'\\]|\\.)*)'", found["what"])]
        if found["what"].startswith("invalid propertyName"):
            yield "*" + dotted(("x", names[0]))[1:]
        elif found["what"].startswith(("additional propert", "missing propert")):
            yield from (dotted((*path, name)) for name in names)
        elif path and found["what"] != "validation failed":
            yield dotted(path)
