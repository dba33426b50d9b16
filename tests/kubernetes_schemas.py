"""Validation against the API schemas of the oldest and the newest supported Kubernetes, unknown fields refused."""

from __future__ import annotations

from typing import Any

from tierwright.admission.kubernetes import NEWEST, OLDEST, validator

CUSTOM_RESOURCES = {"ExternalSecret"}
"""Kinds that Kubernetes itself does not know."""


def validate(one: dict[str, Any]) -> None:
    """Raise AssertionError, naming the object, the field and the version, when an object is not what the API takes."""
    if one["kind"] in CUSTOM_RESOURCES:
        return
    for version in (OLDEST, NEWEST):
        for error in validator(version, one["kind"], one["apiVersion"]).iter_errors(one):
            path = ".".join(map(str, error.absolute_path))
            message = f"{one['kind']}/{one['metadata']['name']} is not valid in Kubernetes {version}: {path}: {error.message}"
            raise AssertionError(message)
