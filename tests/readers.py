"""YAML as others read it: PyYAML, which knows YAML 1.1, the npm package `yaml` as 1.1 and 1.2, and kubectl."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from tests.cluster.tools import tool
from tests.documents import load_all

ROOT = Path(__file__).resolve().parent.parent
_JAVASCRIPT = """
const documents = require("yaml").parseAllDocuments(require("fs").readFileSync(0, "utf8"), { version: process.argv[1] });
for (const one of documents) if (one.errors.length) throw one.errors[0];
process.stdout.write(JSON.stringify(documents.map(one => one.toJS())));
"""


def pyyaml(text: str) -> list[Any]:
    """PyYAML, in Python alone."""
    return list(yaml.load_all(text, Loader=yaml.SafeLoader))


def javascript_1_1(text: str) -> list[Any]:
    """The npm package, as YAML 1.1."""
    return _javascript(text, "1.1")


def javascript_1_2(text: str) -> list[Any]:
    """The npm package, as YAML 1.2."""
    return _javascript(text, "1.2")


def kubectl(text: str) -> list[Any]:
    """What kubectl would send, by a command that adds an annotation and needs no cluster for that. Empty annotations are lost."""
    command = [str(tool("kubectl")), "annotate", "--local", "-f", "-", "-o", "json", "read=yes"]
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=True)
    decoder, left, found = json.JSONDecoder(), done.stdout.decode().strip(), []
    while left:
        one, end = decoder.raw_decode(left)
        annotations = one["metadata"]["annotations"]
        del annotations["read"]
        if not annotations:
            del one["metadata"]["annotations"]
        found.append(one)
        left = left[end:].strip()
    return found


READERS: list[Callable[[str], list[Any]]] = [pyyaml, load_all, javascript_1_1, javascript_1_2]
"""Those that are always there; `load_all` is PyYAML over libyaml, in C."""


def _javascript(text: str, version: str) -> list[Any]:
    command = [str(Path(sys.prefix) / "bin" / "node"), "-e", _JAVASCRIPT, version]
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=True, cwd=ROOT)
    found: list[Any] = json.loads(done.stdout)
    return found
