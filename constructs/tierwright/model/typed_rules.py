"""The rules that values have by their type, wherever one of it is: resources, placements, networks."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile
from typing import Any, get_args, get_origin

from tierwright.annotations import bare
from tierwright.config.fields import paths_of
from tierwright.config.problems import Path, Problem, shown
from tierwright.config.soundness import numbered, until_unsound, value_at
from tierwright.model.checks import LOWER, RESOURCES, Checks, excess, of_devices
from tierwright.model.names import INTERNAL_NETWORK, NETWORK, is_cidr
from tierwright.model.scheduling import Toleration
from tierwright.model.scheduling_rules import complaints
from tierwright.model.workload_values import Placement, Resources

ALONE = (
    "a request above its limit; devices and huge pages whose request is not their limit",
    "tolerations and affinities that the API server or the scheduler does not take",
    "networks with bits behind the prefix, or of the other version of IP",
)
"""What these rules refuse and templates cannot find, for the README of the chart."""


def _named(kind: Any) -> str:
    """What a type with rules is called here."""
    if kind is Resources:
        return "resources"
    if kind is Placement:
        return "placement"
    are_networks = get_origin(kind) is list and bare(get_args(kind)[0]).said("pattern") in (NETWORK, INTERNAL_NETWORK)
    return "networks" if are_networks else ""


class TypedRules(Checks):
    """Each rule for each value of its type. `defaults` are judged in the services that have them."""

    def rules(self) -> Iterator[Iterator[Problem]]:
        """Each a small one: a value that is wrong itself ends it."""
        rules = {"resources": (self._amounts, self._devices), "placement": (self._placement,), "networks": (self._networks,)}
        for path, name in paths_of(self._values, _named):
            if path[0] != "defaults":
                yield from (rule(path) for rule in rules[name])

    def _amounts(self, path: Path) -> Iterator[Problem]:
        resources = value_at(self._values, path)
        for resource in RESOURCES:
            yield from until_unsound(self._amount(path, resources, resource))

    def _amount(self, path: Path, resources: Resources, resource: str) -> Iterator[Problem]:
        if wrong := excess(resources, resource):
            yield self._problem(self._written(path, ("requests", resource), ("limits", resource)), wrong, LOWER)

    def _devices(self, path: Path) -> Iterator[Problem]:
        for below, wrong, allowed in of_devices(value_at(self._values, path)):
            yield self._problem(self._written(path, below), wrong, allowed, alone=True)

    def _placement(self, path: Path) -> Iterator[Problem]:
        """What is wrong with a placement, unless it only follows from a misspelled key of a toleration."""
        for below, wrong, allowed in complaints(value_at(self._values, path)):
            whole = tuple(takewhile(lambda step: isinstance(step, str), below))  # of lists the last one counts, whole
            there = (*self._written(path, whole), *below[len(whole) :])
            entry = self._document.find(there).value
            misspelled = isinstance(entry, dict) and entry.keys() - {*Toleration.__struct_encode_fields__}
            if not (there[-2] == "tolerations" and misspelled):
                yield self._problem(there, wrong, allowed, alone=True)

    def _networks(self, path: Path) -> Iterator[Problem]:
        version = {"ipv4": 4, "ipv6": 6}.get(str(path[-1]))
        example = "fd00::/8" if version == 6 else "10.1.2.0/24"
        for index, cidr in numbered(value_at(self._values, path)):
            if not is_cidr(cidr, version=version):
                what = f"IPv{version} network" if version else "network"
                remedy = f"write it as {example}, with no bits behind the prefix"
                yield self._problem((*path, index), f"'{shown(cidr)}' is no {what}", remedy)

    def _written(self, path: Path, *choices: Path) -> Path:
        """Where one of these values below a path was written: those of a service perhaps in the defaults."""
        if path[0] == "services":
            return self._of_service(str(path[1]), *((*path[2:], *below) for below in choices))
        return self._where_written([(*path, *below) for below in choices])
