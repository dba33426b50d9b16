"""How large objects may be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from tierwright.blueprint import Evaluated
from tierwright.components.extra_objects import position
from tierwright.config.problems import Complaint, Path
from tierwright.kit.pods import template_in
from tierwright.model.own_names import config_of
from tierwright.model.platform import Platform

MOST = 256 * 1024
"""The most bytes of all annotations of an object: TotalAnnotationSizeLimitB of k8s.io/apimachinery/pkg/api/validation."""

_LAST_APPLIED = len("kubectl.kubernetes.io/last-applied-configuration")
"""The annotation in which `kubectl apply` keeps the complete object."""


def too_large(platform: Platform, objects: Sequence[Evaluated]) -> Iterator[Complaint]:
    """Errors for objects whose annotations are too large; for our own, that of `kubectl apply` is counted."""
    common = platform.values.common_annotations
    if (size := _size(common)) > MOST:
        yield _largest(("commonAnnotations",), common), f"the annotations of every object have {size} bytes", f"allowed: {MOST}"
        return
    for evaluated in objects:
        name = f"{evaluated.kind} {evaluated.manifest['metadata']['name']}"
        annotations, of_its_pods = evaluated.manifest["metadata"].get("annotations"), _pod_annotations(evaluated.manifest)
        own, of_pods = _size(annotations), _size(of_its_pods)
        whole = own + _LAST_APPLIED + len(msgspec.json.encode(evaluated.manifest))
        if own > MOST:
            path = _path(platform, evaluated, "service", "annotations")
            yield _largest(path, annotations), f"the annotations of {name} have {own} bytes", f"allowed: {MOST}"
        elif of_pods > MOST:
            path = _path(platform, evaluated, "podAnnotations")
            yield _largest(path, of_its_pods), f"the annotations of its pods have {of_pods} bytes", f"allowed: {MOST}"
        elif whole > MOST and position(evaluated) is None:
            yield _path(platform, evaluated), f"{name} has {whole} bytes, which `kubectl apply` cannot keep", f"allowed: {MOST}"


def _pod_annotations(manifest: Mapping[str, Any]) -> Any:
    metadata = (template_in(manifest.get("spec")) or {}).get("metadata")
    return metadata.get("annotations") if isinstance(metadata, Mapping) else None


def _size(annotations: Any) -> int:
    pairs = annotations.items() if isinstance(annotations, Mapping) else ()
    return sum(len(f"{key}{value}".encode()) for key, value in pairs)


def _path(platform: Platform, evaluated: Evaluated, *below: str) -> Path:
    """The path of the value that contributes most to the size of an object."""
    name = evaluated.manifest["metadata"]["name"]
    index = position(evaluated)
    if index is not None:
        return ("extraObjects", index, "metadata", "annotations")
    if name in platform.catalogue.services:
        return ("services", name, *below)
    for data_service in platform.data_services:
        if name == data_service:
            return (*platform.catalogue.place(name), *below)
        if name == config_of(data_service):
            return _longest(platform, platform.catalogue.place(data_service))
    return ("commonAnnotations",)


def _longest(platform: Platform, place: Path) -> Path:
    """The path of the longest value of a data service."""
    values = platform.plain_values
    for step in place:
        values = values[str(step)]
    return (*place, max(values, key=lambda key: len(str(values[key]))))


def _largest(path: Path, annotations: Any) -> Path:
    """The path of the annotation that has most of the bytes."""
    return (*path, max(annotations, key=lambda key: len(str(annotations[key]))))
