"""What of data services is for clusters alone: several members, what stands before the server, and what their kinds name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from tierwright.blueprint import Described
from tierwright.components.layout import describe
from tierwright.config.soundness import with_value
from tierwright.model.part import ForClusters, Part


def of_clusters_alone(platform: Described) -> Iterator[str]:
    """What an engine runs otherwise, in words: a line for each."""
    for name, part, values in _own(platform):
        for one in _for_clusters(part, values):
            yield f"{name} {one.words}"


def without_them(platform: Described) -> Described:
    """The same platform: each data service a single server, without what is for clusters alone, and nothing before it."""
    there = platform.platform
    values = there.values
    for _, part, own in _own(platform):
        for one in _for_clusters(part, own):
            values = with_value(values, (*part.place, *one.path), other=one.value)
    for name, part in platform.blueprint.connected.items():
        if part.proxy is not None and platform.blueprint.is_proxied(name).value(platform.blueprint.scope):
            values = with_value(values, (*part.place, *part.proxy.switch), other=False)
    if values is there.values:
        return platform
    moved = msgspec.structs.replace(there, values=values)
    blueprint = describe(moved)
    return Described(moved, blueprint, blueprint.evaluated())


def _own(platform: Described) -> Iterator[tuple[str, Part, Any]]:
    """The data services that run here, each with its values."""
    for name, values in platform.platform.data_services.items():
        if values.topology != "external":
            yield name, platform.blueprint.connected[name], values


def _for_clusters(part: Part, values: Any) -> Iterator[ForClusters]:
    if values.topology != "single":
        yield ForClusters(("topology",), "single", "has one server, and several members on a cluster")
    yield from part.for_clusters(values)
