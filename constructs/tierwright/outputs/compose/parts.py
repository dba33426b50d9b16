"""The services of a Compose file for one workload: its program and what is around it."""

from __future__ import annotations

from tierwright.blueprint import Described
from tierwright.outputs.containers.amounts import memory
from tierwright.outputs.containers.entries import Entry, amounts, mounted, program_entry
from tierwright.outputs.containers.health import asked_from_beside, health_check, prober_image
from tierwright.outputs.containers.inventory import Inventory
from tierwright.outputs.containers.mounts import Empty, File
from tierwright.outputs.containers.owners import volume_owner
from tierwright.outputs.containers.programs import Health, Program
from tierwright.outputs.containers.workloads import Workload
from tierwright.outputs.yaml_text import OnOneLine

_SHARED_MEMORY = "/dev/shm"  # noqa: S108 - a mount point
"""Engines mount it themselves, and have a key of its own for its size."""

_NOTHING_GAINED = OnOneLine(["no-new-privileges:true"])


def container(inventory: Inventory, program: Program) -> Entry:
    """What every container has."""
    files = [one for one in program.mounts if isinstance(one, File)]
    limits = amounts(program.limits)
    entry: Entry = {
        **program_entry(program, inventory.keys),
        "group_add": list(program.groups),
        "configs": [_file(one) for one in files if one.secret is None],
        "secrets": [_file(one) for one in files if one.secret is not None],
        "volumes": mounted(inventory.platform, program.mounts),
        **_in_memory(program),
        "post_start": [{"command": OnOneLine(program.after_start)}] if program.after_start else [],
        "pre_stop": [{"command": OnOneLine(program.before_stop)}] if program.before_stop else [],
        "read_only": program.read_only and not writes_to_image(program),
        "privileged": program.privileged,
        "security_opt": OnOneLine() if program.gains_privileges else _NOTHING_GAINED,
        "deploy": {"resources": {"limits": limits}} if limits else {},
    }
    return {key: value for key, value in entry.items() if value}


def writes_to_image(program: Program) -> bool:
    """Whether a program may write to its image here alone: Compose puts no files into one that is read-only."""
    return program.read_only and any(isinstance(one, File) for one in program.mounts)


def _file(file: File) -> Entry:
    return {"source": file.name, "target": file.path, "mode": f"0{file.mode:o}"}


def _in_memory(program: Program) -> Entry:
    """The folders in memory."""
    empty = [one for one in program.mounts if isinstance(one, Empty)]
    # Without a size it is as large as the memory of the container, as on a cluster.
    sizes = [one.size or program.limits.get("memory") for one in empty if one.path == _SHARED_MEMORY]
    return {
        "tmpfs": [_tmpfs(one, program.user) for one in empty if one.path != _SHARED_MEMORY],
        "shm_size": memory(str(sizes[0])) if sizes and sizes[0] else "",
    }


def _tmpfs(empty: Empty, user: str) -> str:
    """A folder of the program's user: where the image has one, engines give it the mode of that, and root as its owner.

    Programs may run what they put there, as on a cluster; engines forbid it unless told.
    """
    options = ["exec", "mode=1777"]
    if user:
        options += [f"{key}={number}" for key, number in zip(("uid", "gid"), user.split(":"), strict=False)]
    if empty.size:
        options.append(f"size={memory(str(empty.size))}")
    return f"{empty.path}:{','.join(options)}"


def prober(platform: Described, workload: Workload, health: Health) -> Entry:
    """A container beside a workload that asks this of it."""
    return {**_idle(platform), "healthcheck": health_check(platform, ["sh", "-c", asked_from_beside(health, workload.name)])}


def witness(platform: Described, workload: Workload) -> Entry | None:
    """A container that starts when a workload has ended well: `up --wait` takes it for failed unless something waits for that."""
    return _idle(platform) if workload.runs == "once" else None


def _idle(platform: Described) -> Entry:
    """A container that does nothing by itself."""
    return {
        "image": prober_image(platform),
        "entrypoint": OnOneLine(["sleep", "infinity"]),
        "read_only": True,
        "cap_drop": OnOneLine(["ALL"]),
        "security_opt": _NOTHING_GAINED,
        "init": True,
        "restart": "unless-stopped",
    }


def owner_of_volumes(inventory: Inventory, workload: Workload) -> Entry | None:
    """A container that gives the volumes of a workload to its user, before all that mount them."""
    entry = volume_owner(inventory, workload)
    return entry and {**entry, "network_mode": "none", "security_opt": _NOTHING_GAINED, "restart": "no"}
