"""The services of a Compose file for one workload: its program and what is around it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tierwright.blueprint import Described
from tierwright.expressions.tree import resolve
from tierwright.kit.startup_values import startup_values
from tierwright.model.own_names import developers_of
from tierwright.outputs.containers.amounts import cpus, memory
from tierwright.outputs.containers.health import asked_from_beside, asks_itself, health_check, prober_image
from tierwright.outputs.containers.mounts import Bound, Empty, File, Kept, Mount
from tierwright.outputs.containers.programs import Program
from tierwright.outputs.containers.texts import Secret, Text
from tierwright.outputs.containers.workloads import Workload
from tierwright.outputs.yaml_text import OnOneLine

Entry = dict[str, Any]
"""A service of a Compose file; its texts are plain, or have places for secrets."""

_SHARED_MEMORY = "/dev/shm"  # noqa: S108 - a mount point
"""Engines mount it themselves, and have a key of its own for its size."""


def program_entry(platform: Described, program: Program) -> Entry:
    """What every container has."""
    files = [one for one in program.mounts if isinstance(one, File)]
    entry: Entry = {
        "image": program.image,
        "entrypoint": _words(program.entrypoint),
        "command": _words(program.command),
        "working_dir": program.working_dir,
        "user": program.user,
        "group_add": list(program.groups),
        "environment": {name: _variable(name, text) for name, text in program.variables.items()},
        "configs": [_file(one) for one in files if one.secret is None],
        "secrets": [_file(one) for one in files if one.secret is not None],
        **_mounted(platform, program.mounts),
        "post_start": [{"command": OnOneLine(program.after_start)}] if program.after_start else [],
        "pre_stop": [{"command": OnOneLine(program.before_stop)}] if program.before_stop else [],
        # Compose cannot put files into a container whose root is read-only.
        "read_only": program.read_only and not files,
        "privileged": program.privileged,
        "cap_drop": OnOneLine(program.dropped),
        "cap_add": OnOneLine(program.added),
        "security_opt": OnOneLine([] if program.gains_privileges else ["no-new-privileges:true"]),
        "init": True,
        "deploy": _deploy(program),
    }
    return {key: value for key, value in entry.items() if value}


def _words(words: Sequence[Text]) -> OnOneLine | list[Text]:
    """A command: on one line, unless it has a script of several."""
    several = any(isinstance(piece, str) and "\n" in piece for word in words for piece in word)
    return list(words) if several else OnOneLine(words)


def _variable(name: str, text: Text) -> Text | None:
    """A variable: null where it is the one of the same name in .env, if that is there."""
    place = text[0] if len(text) == 1 else None
    return None if isinstance(place, Secret) and place.optional and place.key.key == name else text


def _file(file: File) -> Entry:
    return {"source": file.name, "target": file.path, "mode": f"0{file.mode:o}"}


def _mounted(platform: Described, mounts: Sequence[Mount]) -> Entry:
    """The volumes and the folders in memory."""
    volumes: list[Any] = []
    for one in mounts:
        if isinstance(one, Kept):
            volumes.append(_kept(platform, one))
        elif isinstance(one, Bound):
            volumes.append({"type": "bind", "source": one.source, "target": one.path, "read_only": one.read_only})
    empty = [one for one in mounts if isinstance(one, Empty)]
    shared = next((one.size for one in empty if one.path == _SHARED_MEMORY and one.size), None)
    return {
        "volumes": volumes,
        "tmpfs": [_tmpfs(one) for one in empty if one.path != _SHARED_MEMORY],
        "shm_size": memory(str(shared)) if shared else "",
    }


def _kept(platform: Described, kept: Kept) -> Any:
    """A volume. An empty one of a data service gets its owner from the image; none gets its content, as on a cluster."""
    owner = kept.volume.partition("_")[0]
    if owner in platform.blueprint.data_services:
        return f"{kept.volume}:{kept.path}{':ro' if kept.read_only else ''}"
    entry: Entry = {"type": "volume", "source": kept.volume, "target": kept.path}
    if kept.read_only:
        entry["read_only"] = True
    return {**entry, "volume": {"nocopy": True}}


def _tmpfs(empty: Empty) -> str:
    """Programs may run what they put there, as on a cluster; engines forbid it unless told."""
    size = f",size={memory(str(empty.size))}" if empty.size else ""
    return f"{empty.path}:exec,mode=1777{size}"


def _deploy(program: Program) -> Entry:
    limits = {"cpus": cpus(program.limits["cpu"])} if "cpu" in program.limits else {}
    if "memory" in program.limits:
        limits["memory"] = memory(program.limits["memory"])
    return {"resources": {"limits": limits}} if limits else {}


def developers_ports(platform: Described, name: str) -> Iterator[int]:
    """The ports of a data service that the values open to developers."""
    for one in platform.objects:
        if one.kind == "Service" and one.manifest["metadata"]["name"] == developers_of(name):
            yield from (port["port"] for port in one.manifest["spec"]["ports"])


def own_health(platform: Described, workload: Workload) -> Mapping[str, Any] | None:
    """The health check of the workload's own container; None where another asks for it, or nobody does."""
    command = asks_itself(platform, workload)
    return health_check(platform, command) if command else None


def prober(platform: Described, workload: Workload) -> Entry | None:
    """A container beside a workload that asks its health, where the workload's image has nothing that could."""
    health = workload.program.health
    if health is None or asks_itself(platform, workload):
        return None
    return {
        "image": prober_image(platform),
        "entrypoint": OnOneLine(["sleep", "infinity"]),
        "read_only": True,
        "cap_drop": OnOneLine(["ALL"]),
        "security_opt": OnOneLine(["no-new-privileges:true"]),
        "init": True,
        "healthcheck": health_check(platform, ["sh", "-c", asked_from_beside(health, workload.name)]),
    }


def volume_owner(platform: Described, workload: Workload) -> Entry | None:
    """A container that gives the volumes of a service to its user, as the kubelet does; an engine gives them to root."""
    user = workload.program.user
    own = dict.fromkeys(
        one.volume
        for program in (workload.program, *workload.steps, *workload.companions)
        for one in program.mounts
        if isinstance(one, Kept) and one.volume.startswith(f"{workload.name}_")
    )
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
        "network_mode": "none",
        "read_only": True,
        "cap_drop": OnOneLine(["ALL"]),
        "cap_add": OnOneLine(["CHOWN"]),
        "security_opt": OnOneLine(["no-new-privileges:true"]),
        "restart": "no",
    }
