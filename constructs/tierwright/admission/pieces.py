"""What the API server refuses of the variables, volumes and mounts that users add.

First their schemas; of what has the right shape, the validations that
https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/apis/core/validation/validation.go adds.
"""

from __future__ import annotations

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


def of_variable(variable: Any, containers: Collection[str]) -> Iterator[Complaint]:
    """An entry of `extraEnv`, in a pod with these containers."""
    yield from _judged(variable, "EnvVar", lambda: _of_variable(variable, containers))


def of_volume(volume: Any, containers: Collection[str]) -> Iterator[Complaint]:
    """An entry of `extraVolumes`, in a pod with these containers."""
    yield from _judged(volume, "Volume", lambda: volumes.of_volume(volume, containers))


def of_mount(mount: Any) -> Iterator[Complaint]:
    """An entry of `extraVolumeMounts`. Whether its volume is there is checked by `tierwright.kit.extras`, in the chart too."""
    yield from _judged(mount, "VolumeMount", lambda: volumes.of_mount(mount))


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
        yield ("valueFrom",), "is set beside a value", "keep one of the two"
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
