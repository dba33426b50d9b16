"""What of data services is for clusters alone: several members and poolers, as one machine is lost as a whole, TLS, and archiving.

The key of a certificate would be readable for everybody in the container, and such a one no server takes. What archives with
pgBackRest runs in the server's pod.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from tierwright.blueprint import Described
from tierwright.components.layout import describe
from tierwright.config.soundness import with_value


def of_clusters_alone(platform: Described) -> Iterator[str]:
    """What an engine runs otherwise, in words: a line for each."""
    for name in _of_several_members(platform):
        yield f"{name} has one server, and several members on a cluster"
    for name in _with_tls(platform):
        yield f"{name} has no TLS, and has it on a cluster"
    for name in _archived_beside(platform):
        yield f"{name} is not backed up, and is by pgBackRest on a cluster"


def without_them(platform: Described) -> Described:
    """The same platform: each data service a single server, without TLS, what archives beside it, and what stands before it."""
    there = platform.platform
    values = there.values
    for name in _of_several_members(platform):
        values = with_value(values, (*there.catalogue.place(name), "topology"), "single")
    for name in _with_tls(platform):
        values = with_value(values, (*there.catalogue.place(name), "tls", "enabled"), other=False)
    for name in _archived_beside(platform):
        values = with_value(values, (*there.catalogue.place(name), "backup", "enabled"), other=False)
    for name, part in platform.blueprint.connected.items():
        if part.proxy is not None and platform.blueprint.is_proxied(name).value(platform.blueprint.scope):
            values = with_value(values, (*part.place, *part.proxy.switch), other=False)
    if values is there.values:
        return platform
    moved = msgspec.structs.replace(there, values=values)
    blueprint = describe(moved)
    return Described(moved, blueprint, blueprint.evaluated())


def _of_several_members(platform: Described) -> list[str]:
    """The names of the data services that have several members under the values."""
    return [name for name, values in platform.platform.data_services.items() if values.topology not in {"single", "external"}]


def _with_tls(platform: Described) -> list[str]:
    """The names of those that run here and have TLS under the values."""
    own = {name: values for name, values in platform.platform.data_services.items() if values.topology != "external"}
    return [name for name, values in own.items() if hasattr(values, "tls") and values.tls.enabled]


def _archived_beside(platform: Described) -> list[str]:
    """The names of those that are backed up from beside their servers under the values."""
    own = {name: getattr(values, "backup", None) for name, values in platform.platform.data_services.items()}
    return [name for name, backup in own.items() if backup and backup.enabled and backup.method == "pgbackrest"]
