"""Which components a platform has, as far as its catalogue is sound about that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tierwright.config.documents import YamlNode
from tierwright.config.soundness import UNSOUND, UnsoundError, until_unsound
from tierwright.model.catalogue import Catalogue
from tierwright.model.part import DATA_SERVICES, Part, PartKind, possible_parts

Components = tuple[Part | PartKind, ...]


def parts_of(catalogue: Any, components: Components) -> tuple[Part, ...]:
    """The components that a platform has; where the catalogue is wrong about that, all that there can be.

    Those are a data service of each kind, and those whose kind it says.
    """
    try:
        parts: tuple[Part, ...] = catalogue.parts()
    except UnsoundError:
        return (*possible_parts(components), *until_unsound(_named(catalogue, components)))
    return parts


def _named(catalogue: Catalogue, components: Components) -> Iterator[Part]:
    kinds = {component.name: component for component in components if isinstance(component, PartKind)}
    for name, entry in catalogue.data_services.items():
        if entry is not UNSOUND and entry.kind is not UNSOUND and entry.kind not in (None, name):
            yield kinds[entry.kind].of(name)


def knows_data_services(catalogue: Any) -> bool:
    """Whether the catalogue is sound about which data services there are."""
    try:
        catalogue.parts()
    except UnsoundError:
        return False
    return True


def without_others(document: YamlNode, parts: Iterable[Part]) -> YamlNode:
    """The values without those of data services whose kind nobody knows: nothing can be said of them."""
    entries = document.get(DATA_SERVICES).value
    if not isinstance(entries, dict):
        return document
    known = {part.name for part in parts if part.place[0] == DATA_SERVICES}
    kept = {name: entry for name, entry in entries.items() if name in known}
    others = {key: entry for key, entry in document.value.items() if key != DATA_SERVICES}
    entry = {DATA_SERVICES: YamlNode(document.get(DATA_SERVICES).place, kept)} if kept else {}
    return YamlNode(document.place, {**entry, **others})
