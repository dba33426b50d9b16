"""Validation against the API schemas of the oldest and the newest supported Kubernetes, unknown fields refused."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

OLDEST, NEWEST = "1.32.0", "1.37.0"
_FOLDER = Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema"

CUSTOM_RESOURCES = {"ExternalSecret"}
"""Kinds that Kubernetes itself does not know."""


@cache
def _registry(version: str) -> Registry[Any]:
    definitions = Resource.from_contents(json.loads((_FOLDER / f"v{version}-local-strict" / "_definitions.json").read_text()))
    return definitions @ Registry()


@cache
def _validator(version: str, kind: str, api_version: str) -> Draft202012Validator:
    group = api_version.split("/", maxsplit=1)[0].split(".", maxsplit=1)[0] + "-" if "/" in api_version else ""
    file = _FOLDER / f"v{version}-local-strict" / f"{kind.lower()}-{group}{api_version.rsplit('/', maxsplit=1)[-1]}.json"
    return Draft202012Validator(json.loads(file.read_text()), registry=_registry(version))


def validate(one: dict[str, Any]) -> None:
    """Raise AssertionError, naming the object, the field and the version, when an object is not what the API takes."""
    if one["kind"] in CUSTOM_RESOURCES:
        return
    for version in (OLDEST, NEWEST):
        for error in _validator(version, one["kind"], one["apiVersion"]).iter_errors(one):
            path = ".".join(map(str, error.absolute_path))
            message = f"{one['kind']}/{one['metadata']['name']} is not valid in Kubernetes {version}: {path}: {error.message}"
            raise AssertionError(message)
