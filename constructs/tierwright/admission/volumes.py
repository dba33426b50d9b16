"""The rules of the volumes and mounts that users add to services, beyond the API's schemas.

`emptyDir.medium` and `volumeMode` are the kubelet's to refuse, which then never starts the pod; the rest is the API server's.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from tierwright.admission.downward import of_amount, of_field
from tierwright.admission.field_rules import EACH, FieldRule, amount, broken, matching, places
from tierwright.config.problems import Complaint, Path, written
from tierwright.model import names

Object = Mapping[str, Any]

KINDS = ("configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret")
"""The kinds of volumes that the restricted Pod Security Standard, which the namespace enforces, permits."""

NO_SUCH_VOLUME = "the namespace's Pod Security Standard lets no pod have it"

_ONE_POD = "ReadWriteOncePod"
_ACCESS_MODES = ("ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", _ONE_POD)
_PROPAGATIONS = ("None", "HostToContainer")
_RECURSIVE = ("Disabled", "IfPossible", "Enabled")
_LARGEST_MODE = 0o777
_TOKEN_SECONDS = (600, 2**32)


def _is_mode(mode: int) -> bool:
    return 0 <= mode <= _LARGEST_MODE


def _is_below(path: str) -> bool:
    """Whether a path leads to a file below the volume. The kubelet reserves names that begin with two dots."""
    return path != "" and not path.startswith(("/", "..")) and ".." not in path.split("/")


def _is_size(size: str | float) -> bool:
    number = amount(size)
    return number is not None and number > 0


def _are_access_modes(modes: list[str]) -> bool:
    return set(modes) <= {*_ACCESS_MODES} and (_ONE_POD not in modes or set(modes) == {_ONE_POD})


_MODE = f"0 to {_LARGEST_MODE}, the decimal form of 0777; 0644 is 420"
_BELOW = "a path below the volume, without .."
_SOURCE = ("projected", "sources", EACH)
_DOWNWARD = (("downwardAPI", "items", EACH), (*_SOURCE, "downwardAPI", "items", EACH))
_FILES = (*((*above, kind, "items", EACH) for above in ((), _SOURCE) for kind in ("secret", "configMap")), *_DOWNWARD)
_PROJECTED = (*(file for file in _FILES if file[0] == _SOURCE[0]), (*_SOURCE, "clusterTrustBundle"))
_CLAIM = ("ephemeral", "volumeClaimTemplate", "spec")


def _claim_rules(where: tuple[str, ...]) -> tuple[FieldRule, ...]:
    modes = f"some of {', '.join(_ACCESS_MODES[:-1])}, or {_ONE_POD} alone"
    return (
        FieldRule(where, "accessModes", _are_access_modes, modes, needed=True),
        FieldRule(where, "resources.requests.storage", _is_size, "a size above 0", needed=True),
    )


_OF_CLAIM = _claim_rules(("spec",))

_OF_VOLUME = (
    matching((), "name", names.NAMESPACE_NAME),
    matching(("secret",), "secretName", names.OBJECT_NAME, needed=True),
    matching(("configMap",), "name", names.OBJECT_NAME, needed=True),
    matching(("persistentVolumeClaim",), "claimName", names.OBJECT_NAME, needed=True),
    *(matching((*_SOURCE, kind), "name", names.OBJECT_NAME, needed=True) for kind in ("secret", "configMap")),
    *(FieldRule((kind,), "defaultMode", _is_mode, _MODE) for kind in ("secret", "configMap", "downwardAPI", "projected")),
    *(FieldRule(file, "mode", _is_mode, _MODE) for file in _FILES),
    *(FieldRule(file, "path", _is_below, _BELOW) for file in _FILES),
    *(FieldRule((*_SOURCE, kind), "path", _is_below, _BELOW) for kind in ("serviceAccountToken", "clusterTrustBundle")),
    FieldRule(
        (*_SOURCE, "serviceAccountToken"),
        "expirationSeconds",
        lambda seconds: _TOKEN_SECONDS[0] <= seconds <= _TOKEN_SECONDS[1],
        f"{_TOKEN_SECONDS[0]} to {_TOKEN_SECONDS[1]}",
    ),
    FieldRule(
        ("emptyDir",),
        "medium",
        lambda medium: re.fullmatch("|Memory|HugePages(-.*)?", medium) is not None,
        "'', Memory, HugePages, HugePages-SIZE",
    ),
    FieldRule(("emptyDir",), "sizeLimit", lambda size: amount(size) == 0 or _is_size(size), "a size, not below 0"),
    FieldRule(("ephemeral",), "volumeClaimTemplate", lambda _: True, "", needed=True),
    *_claim_rules(_CLAIM),
    FieldRule(_CLAIM, "volumeMode", lambda mode: mode == "Filesystem", "Filesystem, as nothing else can be mounted"),
)

_OF_MOUNT = (
    FieldRule(
        (),
        "mountPropagation",
        lambda mode: mode in _PROPAGATIONS,
        f"{' or '.join(_PROPAGATIONS)}, as no container here is privileged",
    ),
    FieldRule((), "recursiveReadOnly", lambda mode: mode in _RECURSIVE, ", ".join(_RECURSIVE)),
)


def of_volume(volume: Object, containers: Collection[str]) -> Iterator[Complaint]:
    """What is wrong with a volume of a pod with these containers."""
    sources = [name for name, source in volume.items() if name != "name" and source is not None]
    if len(sources) != 1:
        yield (), f"names {len(sources)} kinds of volumes", f"allowed: one of {', '.join(KINDS)}"
    elif sources[0] not in KINDS:
        yield (sources[0],), NO_SUCH_VOLUME, f"allowed: {', '.join(KINDS)}"
    yield from broken(volume, _OF_VOLUME)
    yield from _of_sources(volume)
    for steps in _DOWNWARD:
        for path, file in places(volume, steps):
            yield from _of_file(path, file, containers)


def _of_sources(volume: Object) -> Iterator[Complaint]:
    """The sources of a projected volume: each is of one kind, and no two of their files have the same path."""
    for path, source in places(volume, _SOURCE):
        kinds = [kind for kind, content in source.items() if content is not None]
        if len(kinds) > 1:
            yield path, f"names {len(kinds)} kinds of sources", "write each as a source of its own"
    taken: set[str] = set()
    for steps in _PROJECTED:
        for path, file in places(volume, steps):
            if file["path"] in taken:
                yield (*path, "path"), f"{written(file['path'])} is in the volume already", "give each file a path of its own"
            taken.add(file["path"])


def _of_file(path: Path, file: Object, containers: Collection[str]) -> Iterator[Complaint]:
    """A file that shows something of the pod."""
    field, resource = file.get("fieldRef"), file.get("resourceFieldRef")
    if (field is None) == (resource is None):
        yield path, f"names {0 if field is None else 2} sources", "allowed: one of fieldRef, resourceFieldRef"
    if field is not None:
        yield from of_field((*path, "fieldRef"), field, volume=True)
    if resource is not None:
        yield from of_amount((*path, "resourceFieldRef"), resource, containers, volume=True)


def of_claim(claim: Object) -> Iterator[Complaint]:
    """What is wrong with a PersistentVolumeClaim."""
    if not claim.get("spec"):
        yield ("spec",), "is missing", "add it"
    yield from broken(claim, _OF_CLAIM)


def of_mount(mount: Object) -> Iterator[Complaint]:
    """What is wrong with a mount."""
    if not mount["mountPath"] or ":" in mount["mountPath"]:
        yield ("mountPath",), f"{written(mount['mountPath'])} is not allowed", "allowed: a path without a colon, such as /etc/shop"
    for key in ("subPath", "subPathExpr"):
        below = mount.get(key) or ""
        if below.startswith("/") or ".." in below.split("/"):
            yield (key,), f"{written(below)} leads out of the volume", "allowed: a path below it, without .."
    if mount.get("subPath") and mount.get("subPathExpr"):
        yield ("subPathExpr",), "is set beside subPath", "keep one of the two"
    yield from broken(mount, _OF_MOUNT)
    if mount.get("recursiveReadOnly") in ("IfPossible", "Enabled"):
        if not mount.get("readOnly"):
            yield ("recursiveReadOnly",), "only a mount that is read-only can be so recursively", "set readOnly: true, or remove it"
        if mount.get("mountPropagation") == "HostToContainer":
            yield ("recursiveReadOnly",), "is set beside mountPropagation", "keep one of the two"
