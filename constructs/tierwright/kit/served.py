"""Which kinds Kubernetes itself serves, and in which versions of its API.

The table beside this module is what the API schemas of the supported versions of Kubernetes say; `make schemas` writes it. Groups
that are not in it are those of custom resources, which only a cluster knows.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path as FilePath

import msgspec

from tierwright.config.problems import choices
from tierwright.kit.cluster_scoped import group_of

FILE = FilePath(__file__).with_name("served.json")


class Served(msgspec.Struct, frozen=True):
    """The API groups of Kubernetes itself, also removed ones, and the API versions of each kind, the preferred one first."""

    groups: tuple[str, ...]
    kinds: dict[str, tuple[str, ...]]


@cache
def served() -> Served:
    """What the table says."""
    return msgspec.json.decode(FILE.read_bytes(), type=Served)


def unserved(api_version: str, kind: str) -> tuple[str, str] | None:
    """Which key of an object is wrong whose API group is Kubernetes' own and has no such kind, and the way out; else None."""
    table = served()
    if group_of(api_version) not in table.groups or api_version in table.kinds.get(kind, ()):
        return None
    if kind in table.kinds:
        return "apiVersion", f"allowed: {', '.join(table.kinds[kind])}"
    for other, versions in table.kinds.items():
        if other.lower() == kind.lower():
            return "kind", f"write {other}, of {' or '.join(versions)}"
    near = [other for other, versions in table.kinds.items() if api_version in versions]
    return "kind", choices(kind, near or table.kinds)
