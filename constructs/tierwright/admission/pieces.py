"""What the API server refuses of the variables, volumes, mounts and hooks that users add.

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
_HANDLERS = ("exec", "httpGet", "sleep")
_SOURCES = "fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef"


def of_variable(variable: Any, containers: Collection[str]) -> Iterator[Complaint]:
    """An entry of `extraEnv`, in a pod with these containers."""
    yield from _judged(variable, "EnvVar", lambda: _of_variable(variable, containers))


def of_env_source(source: Any) -> Iterator[Complaint]:
    """An entry of `extraEnvFrom`."""
    yield from _judged(source, "EnvFromSource", lambda: _of_env_source(source))


def of_hook(path: Path, handler: Object, grace: int) -> Iterator[Complaint]:
    """A hook of a lifecycle, of the right shape, in a pod that has `grace` seconds to end."""
    kinds = [kind for kind in _HANDLERS if handler.get(kind) is not None]
    if len(kinds) != 1:
        yield path, f"names {len(kinds)} things to do", f"allowed: one of {', '.join(_HANDLERS)}"
    if "exec" in kinds and not handler["exec"].get("command"):
        yield (*path, "exec", "command"), "is missing", "add it"
    if "sleep" in kinds and not 1 <= (seconds := handler["sleep"]["seconds"]) <= grace:
        allowed = (
            "allowed: a whole number from 1, not above what the pod has to end, which is the sum of `shutdown` and five seconds"
        )
        yield (*path, "sleep", "seconds"), f"{seconds} is not allowed", allowed


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


def _of_env_source(source: Object) -> Iterator[Complaint]:
    given = [kind for kind in ("configMapRef", "secretRef") if source.get(kind) is not None]
    if len(given) != 1:
        yield (), f"names {len(given)} sources", "allowed: one of configMapRef, secretRef"
    for kind in given:
        yield from _matching((kind, "name"), source[kind].get("name") or "", names.OBJECT_NAME)
    if re.fullmatch(_VARIABLE, source.get("prefix") or "A") is None:
        yield ("prefix",), f"{written(source['prefix'])} is not allowed", "allowed: printable ASCII characters but ="


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
