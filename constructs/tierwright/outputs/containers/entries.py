"""Entries of services that Compose and Swarm files have alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tierwright.blueprint import Described
from tierwright.expressions.tree import resolve
from tierwright.kit.startup_values import startup_values
from tierwright.outputs.containers.amounts import cpus, memory
from tierwright.outputs.containers.mounts import Bound, Kept, Mount
from tierwright.outputs.containers.programs import Program
from tierwright.outputs.containers.texts import Secret, Text
from tierwright.outputs.containers.workloads import Manifest, Workload
from tierwright.outputs.yaml_text import OnOneLine

Entry = dict[str, Any]
"""A service, or a part of it; its texts are plain, or have places for secrets."""


def program_entry(program: Program) -> Entry:
    """What the container of a program is; fields that say nothing are empty."""
    return {
        "image": program.image,
        "entrypoint": words(program.entrypoint),
        "command": words(program.command),
        "working_dir": program.working_dir,
        "user": program.user,
        "environment": {name: _variable(name, text) for name, text in program.variables.items()},
        "read_only": program.read_only,
        "cap_drop": OnOneLine(program.dropped),
        "cap_add": OnOneLine(program.added),
        "init": True,
    }


def words(texts: Sequence[Text]) -> OnOneLine | list[Text]:
    """A command: on one line, unless it has a script of several."""
    several = any(isinstance(piece, str) and "\n" in piece for word in texts for piece in word)
    return list(texts) if several else OnOneLine(texts)


def _variable(name: str, text: Text) -> Text | None:
    """A variable: null where it is the one of the same name around the engine's program, if that is there."""
    place = text[0] if len(text) == 1 else None
    return None if isinstance(place, Secret) and place.optional and place.key.key == name else text


def amounts(resources: Manifest) -> Entry:
    """Amounts of cores and memory, those that there are."""
    found = {"cpus": cpus(resources["cpu"])} if "cpu" in resources else {}
    return {**found, "memory": memory(resources["memory"])} if "memory" in resources else found


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
    owner = kept.volume.partition("_")[0]
    if owner in platform.blueprint.data_services:
        return f"{kept.volume}:{kept.path}{':ro' if kept.read_only else ''}"
    entry: Entry = {"type": "volume", "source": kept.volume, "target": kept.path}
    if kept.read_only:
        entry["read_only"] = True
    return {**entry, "volume": {"nocopy": True}}


def volume_owner(platform: Described, workload: Workload) -> Entry | None:
    """A container that gives the volumes of a service to its user, as the kubelet does; an engine gives them to root."""
    user, own = workload.program.user, workload.volumes
    if not own or not user or workload.name in platform.blueprint.data_services:
        return None
    blueprint = platform.blueprint
    return {
        "image": str(resolve(blueprint.image(startup_values(blueprint).image), blueprint.scope)),
        "entrypoint": OnOneLine(["sh", "-c", f"chmod 2775 /volumes/* && chown {user} /volumes/*"]),
        "user": "0:0",
        "volumes": [
            {"type": "volume", "source": volume, "target": f"/volumes/{number}", "volume": {"nocopy": True}}
            for number, volume in enumerate(own, start=1)
        ],
        "read_only": True,
        "cap_drop": OnOneLine(["ALL"]),
        "cap_add": OnOneLine(["CHOWN"]),
    }
