"""The objects of a described platform as cdk8s' API objects, each of the class that the bindings have for its kind."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from tierwright.blueprint import Evaluated
from tierwright.cdk import ApiObject, Construct, JsonPatch, k8s
from tierwright.kit.kinds import BOUND, Kind

_UPPER = re.compile(r"(?=[A-Z])")


def _class_of(kind: Kind) -> Any:
    """The class of a kind, which the bindings call after its name and, beyond v1, its version. Raises AttributeError."""
    version = kind.api_version.rpartition("/")[2]
    return getattr(k8s, f"Kube{kind.name}{'' if version == 'v1' else version.title()}")


_BINDINGS: dict[tuple[str, str], Any] = {(kind.api_version, kind.name): _class_of(kind) for kind in BOUND}
"""The class of each kind that has one."""

_METADATA = ("name", "namespace", "labels", "annotations")
"""What cdk8s' class for metadata takes as it is, where it has the type that Kubernetes gives it."""


def api_object(scope: Construct, id: str, evaluated: Evaluated) -> None:
    """Make the API object. What the classes of cdk8s do not know is laid over it as a patch. Raises NodeError."""
    binding = _BINDINGS.get((evaluated.api_version, evaluated.kind))
    if binding is not None:
        fields = {_UPPER.sub("_", key).lower(): value for key, value in evaluated.manifest.items()}
        # What users give in Kubernetes' words may be other than the classes know it; the cluster is to judge that.
        with suppress(RuntimeError, TypeError):  # of jsii in Node, and in Python
            binding(scope, id, **fields)
            return
    metadata = evaluated.manifest["metadata"]
    # As metadata where that can be, so that `metadata.add_label` counts; a patch of the complete object would win over it.
    known = metadata if _is_usual(metadata) else {"name": metadata["name"]}
    made = ApiObject(scope, id, api_version=evaluated.api_version, kind=evaluated.kind, metadata=known)
    rest = {key: value for key, value in evaluated.manifest.items() if key != "metadata" or known is not metadata}
    if rest:
        made.add_json_patch(*(JsonPatch.add(f"/{_pointed(key)}", value) for key, value in rest.items()))


def _is_usual(metadata: Mapping[str, Any]) -> bool:
    return set(metadata) <= set(_METADATA) and all(
        isinstance(value, str) or (isinstance(value, dict) and all(isinstance(text, str) for text in value.values()))
        for value in metadata.values()
    )


def _pointed(key: str) -> str:
    """A key as JSON Pointer (RFC 6901) writes it."""
    return key.replace("~", "~0").replace("/", "~1")
