"""The API's own schemas, with unknown fields refused, for what users write as Kubernetes does.

They come from kubernetes-validate, which is read only where there is such a piece.
"""

from __future__ import annotations

import base64
import binascii
import importlib.util
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path as FilePath
from typing import Any

from tierwright.config.problems import TYPES, Complaint, Path, choices, written

OLDEST, NEWEST = "1.32.0", "1.37.0"
"""The versions of Kubernetes that are supported."""

VERSIONS = tuple(f"1.{minor}.0" for minor in range(int(OLDEST.split(".")[1]), int(NEWEST.split(".")[1]) + 1))
"""All supported versions, the oldest first."""

_DEFINITIONS = "io.k8s.apimachinery.pkg"
_LOOSE = {
    f"{_DEFINITIONS}.api.resource.Quantity": {
        "type": ["string", "number", "null"],
        "pattern": r"^[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([numkMGTPE]?|[KMGTPE]i|[eE][-+]?[0-9]+)$",
    },
    f"{_DEFINITIONS}.util.intstr.IntOrString": {"type": ["string", "integer", "null"], "format": "int32"},
}
"""Definitions whose own form, one of two types, refuses null and says nothing of the text."""

_INT32 = range(-(2**31), 2**31)
"""The API server cannot even read a number beyond. What `int64` cannot hold, the program's own reader has refused."""


@cache
def validator(version: str, kind: str, api_version: str = "v1") -> Any:
    """The validator of a kind, or of a part such as `EnvVar`; None where that version of Kubernetes has no such thing itself."""
    from jsonschema import Draft202012Validator

    group, _, of_group = api_version.rpartition("/")
    prefix = f"{group.split('.', maxsplit=1)[0]}-" if group else ""
    file = _folder(version) / f"{kind.lower()}-{prefix}{of_group}.json"
    if not file.is_file():
        return None
    schema = json.loads(file.read_bytes())
    known = schema.get("x-kubernetes-group-version-kind")
    if known is not None and {"group": group, "version": of_group, "kind": kind} not in known:
        return None
    return Draft202012Validator(schema, registry=registry(version), format_checker=_formats())


@cache
def _formats() -> Any:
    """What the formats of the API's schemas mean; the others that they name say nothing here."""
    from jsonschema import FormatChecker

    checker = FormatChecker(formats=())
    checker.checks("int32")(lambda value: not isinstance(value, (int, float)) or _INT32[0] <= value <= _INT32[-1])
    checker.checks("byte")(_is_base64)
    return checker


def _is_base64(value: Any) -> bool:
    """As the API server reads it: line ends do not count, spaces are wrong."""
    if not isinstance(value, str):
        return True
    try:
        base64.b64decode(value.replace("\r", "").replace("\n", ""), validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def refusals(piece: Any, kind: str, api_version: str = "v1") -> Iterator[Complaint]:
    """What the newest Kubernetes refuses of a piece, unless the oldest accepts it; nothing for kinds that neither knows."""
    newest, oldest = (validator(version, kind, api_version) for version in (NEWEST, OLDEST))
    judge = newest or oldest
    if judge is None:
        return
    if kind != "CustomResourceDefinition":  # where null is one of the values that an `enum` may list
        yield from _empty_items(piece)
    if oldest is None or not oldest.is_valid(piece):
        for error in judge.iter_errors(piece):
            yield from _in_words(error)


def _empty_items(piece: Any, path: Path = ()) -> Iterator[Complaint]:
    """Items of lists without a value: the schemas take them, kubectl and Helm do not (`unknown object type "nil"`)."""
    if isinstance(piece, Mapping):
        for key, value in piece.items():
            yield from _empty_items(value, (*path, key))
    elif isinstance(piece, list):
        for index, item in enumerate(piece):
            if item is None:
                yield (*path, index), "has no value", "add it, or remove the item"
            else:
                yield from _empty_items(item, (*path, index))


def definitions(version: str) -> dict[str, Any]:
    """What the schemas of a version of Kubernetes share: a schema whose `$defs` has every kind, and every part of one."""
    definitions: dict[str, Any] = json.loads((_folder(version) / "_definitions.json").read_bytes())
    return definitions


@cache
def registry(version: str) -> Any:
    """Where the references of the schemas of a version of Kubernetes lead."""
    from referencing import Registry, Resource

    shared = definitions(version)
    shared["$defs"] |= _LOOSE
    found: Registry[Any] = Resource.from_contents(shared) @ Registry()
    return found


def _folder(version: str) -> FilePath:
    package = importlib.util.find_spec("kubernetes_validate")
    assert package is not None
    assert package.submodule_search_locations
    return FilePath(package.submodule_search_locations[0]) / "kubernetes-json-schema" / f"v{version}-local-strict"


def _in_words(error: Any) -> Iterator[Complaint]:
    path, value = tuple(error.absolute_path), error.instance
    if error.validator == "additionalProperties":
        known = sorted(error.schema.get("properties", {}))
        yield from (((*path, name), "unknown key", choices(name, known)) for name in value if name not in known)
    elif error.validator == "required":
        yield from (((*path, name), "is missing", "add it") for name in error.validator_value if name not in value)
    elif error.validator == "type":
        yield path, f"{written(value)} is not allowed", f"allowed: {_types(error.validator_value)}"
    elif error.validator == "enum":
        yield path, f"{written(value)} is not allowed", f"allowed: {', '.join(map(str, error.validator_value))}"
    elif error.validator == "pattern":  # of quantities alone
        yield path, f"{written(value)} is not allowed", "allowed: a quantity, such as '500m', '512Mi'"
    elif error.validator == "format" and error.validator_value == "byte":
        yield path, "is no base64", f"encode it{', or write it under stringData' if path[0] == 'data' else ''}"
    elif error.validator == "format":
        yield path, f"{written(value)} is not allowed", f"allowed: {TYPES['integer']} from {_INT32[0]} to {_INT32[-1]}"
    else:
        yield path, f"{written(value)} is not allowed", "allowed: what the API's description of it says"


def _types(types: str | Sequence[str]) -> str:
    names = [types] if isinstance(types, str) else types
    return " or ".join(TYPES[name] for name in names if name != "null")
