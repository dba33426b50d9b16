"""What the API server refuses of variables, volumes, mounts and objects that users give in Kubernetes' words.

First their schemas; of what has the right shape, the validations that
https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/apis/core/validation/validation.go adds.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from tierwright.admission import volumes
from tierwright.admission.downward import of_amount, of_field
from tierwright.admission.kubernetes import refusals
from tierwright.config.problems import Complaint, Path, written
from tierwright.model import names
from tierwright.model.names import IN_WORDS

Object = Mapping[str, Any]

_VARIABLE = r"[ -<>-~]+"
_SOURCES = "fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef"
_ROLES = ("Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding")


def of_variable(variable: Any, containers: Collection[str]) -> Iterator[Complaint]:
    """An entry of `extraEnv`, in a pod with these containers."""
    yield from _judged(variable, "EnvVar", lambda: _of_variable(variable, containers))


def of_volume(volume: Any, containers: Collection[str]) -> Iterator[Complaint]:
    """An entry of `extraVolumes`, in a pod with these containers."""
    yield from _judged(volume, "Volume", lambda: volumes.of_volume(volume, containers))


def of_mount(mount: Any) -> Iterator[Complaint]:
    """An entry of `extraVolumeMounts`. Whether its volume is there is checked by `tierwright.kit.extras`, in the chart too."""
    yield from _judged(mount, "VolumeMount", lambda: volumes.of_mount(mount))


def of_object(one: Object) -> Iterator[Complaint]:
    """An entry of `extraObjects`. Of a kind that Kubernetes does not have itself only the metadata is judged."""
    wrong = list(refusals(one, one["kind"], one["apiVersion"]))
    if not wrong:
        wrong = [(("metadata", *path), what, allowed) for path, what, allowed in refusals(one["metadata"], "ObjectMeta", "meta/v1")]
    yield from wrong or _of_object(one)


def _judged(piece: Any, kind: str, further: Callable[[], Iterator[Complaint]]) -> Iterator[Complaint]:
    yield from list(refusals(piece, kind)) or further()


def _matching(path: Path, text: Any, pattern: str) -> Iterator[Complaint]:
    if re.match(pattern, str(text)) is None:
        yield path, f"{written(text)} is not allowed", f"allowed: {IN_WORDS[pattern]}"


def _of_variable(variable: Object, containers: Collection[str]) -> Iterator[Complaint]:
    if re.fullmatch(_VARIABLE, variable["name"]) is None:
        yield ("name",), f"{written(variable['name'])} is not allowed", "allowed: printable ASCII characters but ="
    if variable.get("valueFrom") is None:
        return
    sources = {name: source for name, source in variable["valueFrom"].items() if source is not None}
    if variable.get("value"):
        yield ("valueFrom",), "stands beside a value", "keep one of the two"
    elif len(sources) != 1:
        yield ("valueFrom",), f"names {len(sources)} sources", f"allowed: one of {_SOURCES}"
    for name, source in sources.items():
        path: Path = ("valueFrom", name)
        if name in ("configMapKeyRef", "secretKeyRef"):
            yield from _matching((*path, "key"), source["key"], names.DATA_KEY)
            yield from _matching((*path, "name"), source.get("name") or "", names.OBJECT_NAME_OR_EMPTY)
        elif name == "fieldRef":
            yield from of_field(path, source, volume=False)
        elif name == "resourceFieldRef":
            yield from of_amount(path, source, containers, volume=False)


def _of_object(one: Object) -> Iterator[Complaint]:
    metadata = one["metadata"]
    if one["kind"] in _ROLES:
        if metadata["name"] in (".", "..") or re.search("[/%]", metadata["name"]):
            yield ("metadata", "name"), f"{written(metadata['name'])} is not allowed", "allowed: a name without / and %"
    else:
        yield from _matching(("metadata", "name"), metadata["name"], names.OBJECT_NAME)
    if metadata.get("namespace"):
        yield from _matching(("metadata", "namespace"), metadata["namespace"], names.NAMESPACE_NAME)
    for kind in ("labels", "annotations"):
        for key, value in (metadata.get(kind) or {}).items():
            name = key.lower() if kind == "annotations" else key
            if re.match(names.LABEL_NAME, name) is None:
                yield ("metadata", kind, key), "the key is not allowed", f"allowed: {IN_WORDS[names.LABEL_NAME]}"
            elif kind == "labels" and value is not None:
                yield from _matching(("metadata", kind, key), value, names.LABEL_VALUE)
    if one["kind"] in ("ConfigMap", "Secret") and one["apiVersion"] == "v1":
        yield from _of_data(one)


def _of_data(one: Object) -> Iterator[Complaint]:
    """The entries of a ConfigMap or Secret."""
    encoded = "data" if one["kind"] == "Secret" else "binaryData"
    for part in ("data", "binaryData", "stringData"):
        for key, value in (one.get(part) or {}).items():
            if re.match(names.DATA_KEY, key) is None:
                allowed = "letters, digits, hyphens, underscores and dots, not two dots first"
                yield (part, key), "the key is not allowed", f"allowed: {allowed}"
            elif part == encoded and not _is_base64(value or ""):
                yield (part, key), "is no base64", f"encode it{', or write it under stringData' if part == 'data' else ''}"


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return False
    return True
