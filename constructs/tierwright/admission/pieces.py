"""What the API server refuses of variables, volumes, mounts and objects that users give in Kubernetes' words.

First their schemas; of what has the right shape, the validations that
https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/apis/core/validation/validation.go adds.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tierwright.admission.kubernetes import refusals
from tierwright.config.problems import Complaint, Path, written
from tierwright.model import names
from tierwright.model.names import IN_WORDS

Object = Mapping[str, Any]

_VARIABLE = r"[ -<>-~]+"
_SOURCES = "fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef"
_VOLUMES = ("configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret")
"""The kinds of volumes that the restricted Pod Security Standard, which the namespace enforces, lets pods have."""

_OF_POD = ("metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP")
_FIELDS = re.compile(
    rf"({'|'.join(map(re.escape, (*_OF_POD, 'status.podIP', 'status.hostIPs', 'status.podIPs')))})"
    r"|metadata\.(labels|annotations)\['[^']+'\]"
)
_AMOUNTS = re.compile(r"(limits|requests)\.(cpu|memory|ephemeral-storage|hugepages-.+)")
_ROLES = ("Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding")


def of_variable(variable: Any) -> Iterator[Complaint]:
    """An entry of `extraEnv`."""
    yield from _judged(variable, "EnvVar", _of_variable)


def of_volume(volume: Any) -> Iterator[Complaint]:
    """An entry of `extraVolumes`."""
    yield from _judged(volume, "Volume", _of_volume)


def of_mount(mount: Any) -> Iterator[Complaint]:
    """An entry of `extraVolumeMounts`. Whether its volume is there is checked by `tierwright.kit.extras`, in the chart too."""
    yield from _judged(mount, "VolumeMount", _of_mount)


def of_object(one: Object) -> Iterator[Complaint]:
    """An entry of `extraObjects`. Of a kind that Kubernetes does not have itself only the metadata is judged."""
    wrong = list(refusals(one, one["kind"], one["apiVersion"]))
    if not wrong:
        wrong = [(("metadata", *path), what, allowed) for path, what, allowed in refusals(one["metadata"], "ObjectMeta", "meta/v1")]
    yield from wrong or _of_object(one)


def _judged(piece: Any, kind: str, further: Callable[[Object], Iterator[Complaint]]) -> Iterator[Complaint]:
    wrong = list(refusals(piece, kind))
    yield from wrong or further(piece)


def _matching(path: Path, text: Any, pattern: str) -> Iterator[Complaint]:
    if re.match(pattern, str(text)) is None:
        yield path, f"{written(text)} is not allowed", f"allowed: {IN_WORDS[pattern]}"


def _of_variable(variable: Object) -> Iterator[Complaint]:
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
        elif name == "fieldRef" and _FIELDS.fullmatch(source["fieldPath"]) is None:
            allowed = f"allowed: {', '.join(_OF_POD)}, status.podIP, metadata.labels['KEY'], metadata.annotations['KEY']"
            yield (*path, "fieldPath"), f"{written(source['fieldPath'])} is no field that a variable can show", allowed
        elif name == "resourceFieldRef" and _AMOUNTS.fullmatch(source["resource"]) is None:
            allowed = "allowed: limits.cpu, limits.memory, limits.ephemeral-storage, requests.cpu, and so on"
            yield (*path, "resource"), f"{written(source['resource'])} is not allowed", allowed


def _of_volume(volume: Object) -> Iterator[Complaint]:
    yield from _matching(("name",), volume["name"], names.NAMESPACE_NAME)
    sources = [name for name, source in volume.items() if name != "name" and source is not None]
    if len(sources) != 1:
        yield (), f"names {len(sources)} kinds of volumes", f"allowed: one of {', '.join(_VOLUMES)}"
    elif sources[0] not in _VOLUMES:
        wrong = "the namespace's Pod Security Standard lets no pod have it"
        yield (sources[0],), wrong, f"allowed: {', '.join(_VOLUMES)}"
    for kind, key in (("secret", "secretName"), ("configMap", "name"), ("persistentVolumeClaim", "claimName")):
        if sources == [kind]:
            if not volume[kind].get(key):
                yield (kind, key), "is missing", "add it"
            else:
                yield from _matching((kind, key), volume[kind][key], names.OBJECT_NAME)


def _of_mount(mount: Object) -> Iterator[Complaint]:
    if not mount["mountPath"] or ":" in mount["mountPath"]:
        yield ("mountPath",), f"{written(mount['mountPath'])} is not allowed", "allowed: a path without a colon, such as /etc/shop"
    for key in ("subPath", "subPathExpr"):
        below = mount.get(key) or ""
        if below.startswith("/") or ".." in below.split("/"):
            yield (key,), f"{written(below)} leads out of the volume", "allowed: a path below it, without .."
    if mount.get("subPath") and mount.get("subPathExpr"):
        yield ("subPathExpr",), "stands beside subPath", "keep one of the two"


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
