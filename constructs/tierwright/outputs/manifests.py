"""The manifests: the objects as text, by file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tierwright.blueprint import Evaluated
from tierwright.outputs.yaml_text import stream


def manifest_files(objects: Iterable[Evaluated]) -> dict[str, str]:
    """The text of each file, by its name."""
    of_file: dict[str, list[Mapping[str, Any]]] = {}
    for one in objects:
        of_file.setdefault(f"{one.file}.yaml", []).append(ordered(one.object))
    return {file: stream(documents) for file, documents in of_file.items()}


def ordered(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same object in the order of cdk8s: the keys of the metadata, and of the maps in it, are sorted."""
    metadata = {
        key: dict(sorted(value.items())) if isinstance(value, dict) else value
        for key, value in sorted(manifest["metadata"].items())
    }
    return {**manifest, "metadata": metadata}
