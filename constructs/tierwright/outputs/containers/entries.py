"""Entries of services that Compose and Swarm files have alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tierwright.blueprint import Described
from tierwright.outputs.containers.amounts import cpus, memory_limit
from tierwright.outputs.containers.keys import Keys
from tierwright.outputs.containers.mounts import Bound, Kept, Mount
from tierwright.outputs.containers.pods import Manifest
from tierwright.outputs.containers.programs import Program
from tierwright.outputs.containers.texts import Text, may_be_missing
from tierwright.outputs.containers.workloads import Workload
from tierwright.outputs.yaml_text import OnOneLine

Entry = dict[str, Any]
"""A service, or a part of it; its texts are plain, or have places for secrets."""


def program_entry(program: Program, keys: Keys) -> Entry:
    """What the container of a program is; fields that say nothing are empty."""
    return {
        "image": program.image,
        "entrypoint": words(program.entrypoint),
        "command": words(program.command),
        "working_dir": program.working_dir,
        "stdin_open": program.stdin,
        "tty": program.tty,
        "user": program.user,
        "environment": {name: _variable(name, text, keys) for name, text in program.variables.items()},
        "read_only": program.read_only,
        "cap_drop": OnOneLine(program.dropped),
        "cap_add": OnOneLine(program.added),
        "init": True,
    }


def words(texts: Sequence[Text]) -> OnOneLine | list[Text]:
    """A command: on one line, unless it has a script of several."""
    several = any(isinstance(piece, str) and "\n" in piece for word in texts for piece in word)
    return list(texts) if several else OnOneLine(texts)


def _variable(name: str, text: Text, keys: Keys) -> Text | None:
    """A variable: null where it is the one of the same name around the engine's program, if that is there."""
    place = may_be_missing(text)
    return None if place and keys.of(place.key).variable == name else text


def emptied(program: Program, keys: Keys) -> Iterator[str]:
    """The variables that a program does not have on a cluster while nobody sets them, and that are empty here."""
    for name, text in program.variables.items():
        if may_be_missing(text) and _variable(name, text, keys) is not None:
            yield f"the variable {name}, which is empty where nobody sets it"


def network_entry(workload: Workload) -> Entry:
    """What the containers of a workload that have a network of their own know of it; fields that say nothing are empty."""
    return {
        "extra_hosts": list(dict.fromkeys(workload.hosts)),
        "dns": OnOneLine(dict.fromkeys(workload.dns.get("nameservers", ()))),
        "dns_search": OnOneLine(dict.fromkeys(workload.dns.get("searches", ()))),
        "dns_opt": list(dict.fromkeys(map(_option, workload.dns.get("options", ())))),
        "sysctls": dict(workload.sysctls),
    }


def _option(option: Manifest) -> str:
    return f"{option['name']}:{option['value']}" if option.get("value") else str(option["name"])


def amounts(resources: Manifest) -> Entry:
    """Amounts of cores and memory, those that there are."""
    found = {"cpus": cpus(resources["cpu"])} if "cpu" in resources else {}
    return {**found, "memory": memory_limit(resources["memory"])} if "memory" in resources else found


def mounted(platform: Described, mounts: Sequence[Mount]) -> list[Any]:
    """The volumes that are kept, and what is the machine's."""
    return [
        _kept(platform, one)
        if isinstance(one, Kept)
        else {"type": "bind", "source": one.source, "target": one.path, "read_only": one.read_only}
        for one in mounts
        if isinstance(one, (Kept, Bound))
    ]


def _kept(platform: Described, kept: Kept) -> Any:
    """A volume. An empty one of a data service gets its owner from the image; none gets its content, as on a cluster."""
    if kept.owner in platform.blueprint.data_services:
        return f"{kept.volume}:{kept.path}{':ro' if kept.read_only else ''}"
    entry: Entry = {"type": "volume", "source": kept.volume, "target": kept.path}
    if kept.read_only:
        entry["read_only"] = True
    return {**entry, "volume": {"nocopy": True, "subpath": kept.part} if kept.part else {"nocopy": True}}
