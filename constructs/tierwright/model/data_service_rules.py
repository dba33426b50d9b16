"""The rules of the values that every data service has."""

from __future__ import annotations

from collections.abc import Iterator

from tierwright.config.problems import Path, Problem
from tierwright.config.soundness import numbered, until_unsound
from tierwright.model.checks import EPHEMERAL_STORAGE, ROOM, Checks, is_everybody, overflow
from tierwright.model.data_values import Operation
from tierwright.model.names import is_cidr, joined

ALONE = ("networks of developers that make up all addresses only together",)
"""What these rules refuse and templates cannot find, for the README of the chart."""


class DataServiceRules(Checks):
    """The rules of each data service that the platform has."""

    def rules(self) -> Iterator[Iterator[Problem]]:
        """Each rule for each data service."""
        for part in until_unsound(lambda: self._platform.catalogue.connected().values()):
            yield self._developer_access(part.name, part.place)
            yield self._room(part.name, part.place)

    def _here(self, name: str) -> Operation | None:
        """A data service that the platform has and runs itself."""
        operation = self._platform.data_services.get(name)
        return None if operation is None or operation.topology == "external" else operation

    def _room(self, name: str, place: Path) -> Iterator[Problem]:
        """What a data service keeps on the node's disk fits into its limit."""
        operation = self._here(name)
        if operation is None:
            return
        volumes = {"scratch": operation.scratch}
        paths: list[Path] = [(*place, "scratch"), (*place, "resources", "limits", EPHEMERAL_STORAGE)]
        if not operation.storage.persistent:
            volumes["storage.size"] = operation.storage.size
            paths = [(*place, "storage", "size"), paths[1], (*place, "storage", "persistent"), paths[0]]
        if wrong := overflow(operation.resources, **volumes):
            yield self._problem(self._where_written(paths), wrong, ROOM)

    def _developer_access(self, name: str, place: Path) -> Iterator[Problem]:
        """The networks that are admitted to a data service from outside do not together contain all addresses."""
        access = getattr(self._here(name), "developer_access", None)
        if access is None or not access.enabled:
            return
        sound = [cidr for _, cidr in numbered(access.cidrs) if is_cidr(cidr)]
        if not any(map(is_everybody, sound)) and any(network.prefixlen == 0 for network in joined(sound)):
            remedy = "name the developers' networks, such as [10.0.0.0/8]"
            yield self._problem((*place, "developerAccess", "cidrs"), "the networks together let everybody in", remedy)
