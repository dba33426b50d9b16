"""Which kinds Kubernetes itself serves, and in which versions of its API.

The table beside this module is what the API schemas of the supported versions of Kubernetes say; `make schemas` writes it. Groups
that are not in it are those of custom resources, which only a cluster knows.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path as FilePath

import msgspec

from tierwright.config.problems import Complaint, choices, shown
from tierwright.kit.cluster_scoped import group_of

FILE = FilePath(__file__).with_name("served.json")


class Served(msgspec.Struct, frozen=True):
    """The API groups that are Kubernetes' own, those that are gone too, and the API versions of each kind, the best one first."""

    groups: tuple[str, ...]
    kinds: dict[str, tuple[str, ...]]


@cache
def served() -> Served:
    """What the table says."""
    return msgspec.json.decode(FILE.read_bytes(), type=Served)


def unserved(api_version: str, kind: str) -> Complaint | None:
    """What is wrong with an object of a group of Kubernetes that has no such kind; None where it has, or for any other group."""
    table = served()
    if group_of(api_version) not in table.groups or api_version in table.kinds.get(kind, ()):
        return None
    wrong = f"Kubernetes has no {shown(kind)} of {shown(api_version)}"
    if kind in table.kinds:
        return ("apiVersion",), wrong, f"allowed: {', '.join(table.kinds[kind])}"
    for other, versions in table.kinds.items():
        if other.lower() == kind.lower():
            return ("kind",), wrong, f"write {other}, of {' or '.join(versions)}"
    near = [other for other, versions in table.kinds.items() if api_version in versions]
    return ("kind",), wrong, choices(kind, near or table.kinds)
