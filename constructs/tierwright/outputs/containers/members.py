"""Data services of several members: an engine runs one server for each, as a single machine is lost as a whole anyway."""

from __future__ import annotations

import msgspec

from tierwright.blueprint import Described
from tierwright.components.layout import describe
from tierwright.config.soundness import with_value


def of_several_members(platform: Described) -> list[str]:
    """The names of the data services that have several members under the values."""
    return [name for name, values in platform.platform.data_services.items() if values.topology not in {"single", "external"}]


def without_members(platform: Described) -> Described:
    """The same platform, in which each of those is a single server."""
    there = platform.platform
    values = there.values
    for name in of_several_members(platform):
        values = with_value(values, (*there.catalogue.place(name), "topology"), "single")
    if values is there.values:
        return platform
    moved = msgspec.structs.replace(there, values=values)
    blueprint = describe(moved)
    return Described(moved, blueprint, blueprint.evaluated())
