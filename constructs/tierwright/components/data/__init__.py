"""The data services: a folder for each kind, which is imported where a platform has a data service of it."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from tierwright.model.part import Part, PartKind


class _InItsFolder(PartKind, frozen=True, kw_only=True, eq=False):
    """A kind that the folder of its name declares, as a constant of that name."""

    def of(self, name: str) -> Part:
        return _declared(self.name).of(name)


@cache
def _declared(name: str) -> PartKind:
    """What the folder declares; a run asks hundreds of times."""
    folder = name.replace("-", "_")
    kind: PartKind = getattr(import_module(f"{__name__}.{folder}"), folder.upper())
    return kind


def data_service_kind(name: str) -> PartKind:
    """The kind of data service that the folder of this name declares."""
    return _InItsFolder(name=name)
