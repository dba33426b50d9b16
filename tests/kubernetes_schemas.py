"""Validation against the API schemas of the oldest and the newest supported Kubernetes, unknown fields refused."""

from __future__ import annotations

from functools import cache
from typing import Any

from tests.remembering import remembering
from tierwright.admission.kubernetes import NEWEST, OLDEST, registry, validator

CUSTOM_RESOURCES = {"Cluster", "ExternalSecret", "ObjectStore", "RabbitmqCluster", "ScheduledBackup"}
"""Kinds that Kubernetes itself does not know."""


def validate(one: dict[str, Any]) -> None:
    """Raise AssertionError, naming the object, the field and the version, when an object is not what the API takes."""
    if one["kind"] in CUSTOM_RESOURCES:
        return
    for version in (OLDEST, NEWEST):
        for error in _validator(version, one["kind"], one["apiVersion"]).iter_errors(one):
            path = ".".join(map(str, error.absolute_path))
            message = f"{one['kind']}/{one['metadata']['name']} is not valid in Kubernetes {version}: {path}: {error.message}"
            raise AssertionError(message)


@cache
def _validator(version: str, kind: str, api_version: str) -> Any:
    """The program's own validator, but that it remembers."""
    schema = validator(version, kind, api_version).schema
    return _kind_of_validator(version)(schema, registry=registry(version))


@cache
def _kind_of_validator(version: str) -> Any:
    """All schemas of a version have the same definitions."""
    del version
    return remembering()
