"""Pods, as far as their containers can learn of them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from tierwright.kit.credentials import SecretKey
from tierwright.model.quantities import quantity
from tierwright.outputs.containers.texts import Secret, Text, expanded, literal

Manifest = Mapping[str, Any]

_IN_MAP = re.compile(r"metadata\.(labels|annotations)\['(.+)'\]")


class Pod(msgspec.Struct, frozen=True, kw_only=True):
    """The pods of a workload: their name, as the only one of them has it, and what the platform says of them.

    `config_maps` is the content of all ConfigMaps of the platform, by their names; what is no text is None.
    """

    name: str
    namespace: str
    template: Manifest
    config_maps: Mapping[str, Mapping[str, str | None]]

    @property
    def spec(self) -> Manifest:
        """The specification."""
        spec: Manifest = self.template["spec"]
        return spec

    def field(self, path: str) -> str | None:
        """What a `fieldRef` gives; None for what depends on a cluster."""
        known = {
            "metadata.name": self.name,
            "metadata.namespace": self.namespace,
            "spec.serviceAccountName": self.spec.get("serviceAccountName", "default"),
        }
        entry = _IN_MAP.fullmatch(path)
        if entry is not None:
            return str(self.template["metadata"].get(entry[1], {}).get(entry[2], ""))
        return known.get(path)


def variables_of(container: Manifest, pod: Pod) -> tuple[dict[str, Text], list[str]]:
    """The variables of a container, and those whose value only a cluster knows, in words."""
    variables: dict[str, Text] = {}
    unknown: list[str] = []
    for one in container.get("envFrom", ()):
        known = pod.config_maps.get(one["configMapRef"]["name"]) if "configMapRef" in one else None
        if known is None:
            unknown.append(f"the variables of {_source(one)}")
        else:
            variables |= {f"{one.get('prefix', '')}{key}": literal(value) for key, value in known.items() if value is not None}
    for one in container.get("env", ()):
        text = _text(one, container, pod, variables)
        if text is None:
            unknown.append(f"the variable {one['name']}")
        else:
            variables[one["name"]] = text
    return variables, unknown


def _source(source: Manifest) -> str:
    kind, reference = ("Secret", "secretRef") if "secretRef" in source else ("ConfigMap", "configMapRef")
    return f"the {kind} {source[reference]['name']}"


def _text(variable: Manifest, container: Manifest, pod: Pod, before: Mapping[str, Text]) -> Text | None:
    source = variable.get("valueFrom")
    if source is None:
        return expanded(variable.get("value", ""), before)
    if "secretKeyRef" in source:
        key = source["secretKeyRef"]
        return (Secret(SecretKey(key["name"], key["key"]), optional=key.get("optional", False)),)
    known: str | None = None
    if "fieldRef" in source:
        known = pod.field(source["fieldRef"]["fieldPath"])
    elif "resourceFieldRef" in source:
        known = _resource(source["resourceFieldRef"], container)
    elif "configMapKeyRef" in source:
        key = source["configMapKeyRef"]
        known = pod.config_maps.get(key["name"], {}).get(key["key"])
    return None if known is None else literal(known)


def _resource(reference: Manifest, container: Manifest) -> str | None:
    """An amount of the container's resources, in the units of the reference."""
    kind, _, resource = reference["resource"].partition(".")
    amount = container.get("resources", {}).get(kind, {}).get(resource)
    if amount is None:
        return None
    divisor = quantity(reference.get("divisor") or "1") or 1
    return str(math.ceil(quantity(amount) / divisor))
