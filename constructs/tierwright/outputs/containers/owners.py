"""Who owns the volumes of services: an engine gives them to root, the kubelet to those that use them."""

from __future__ import annotations

import shlex

from tierwright.expressions.tree import resolve
from tierwright.kit.startup_values import startup_values
from tierwright.outputs.containers.entries import Entry
from tierwright.outputs.containers.inventory import Inventory
from tierwright.outputs.containers.workloads import Workload
from tierwright.outputs.yaml_text import OnOneLine

_OF_GROUP, _OF_ALL = "2775", "2777"
"""The modes of what is kept, and of what has no owner or is empty at first, as the kubelet makes it."""


def volume_owner(inventory: Inventory, workload: Workload) -> Entry | None:
    """A container that gives the volumes of a service to its user and group, and makes the parts of them that are mounted.

    It can run again and again, also while they are in use. None where there are no such volumes.
    """
    blueprint = inventory.platform.blueprint
    if not workload.volumes or workload.name in blueprint.data_services:
        return None
    user, _, own = workload.program.user.partition(":")
    group = workload.volume_group or own or "0"
    places = {volume: f"/volumes/{number}" for number, volume in enumerate(workload.volumes, start=1)}
    parts = [f"{places[volume]}/{part}" for volume, part in inventory.parts if volume in places]
    modes: dict[str, list[str]] = {}
    for volume, path in places.items():
        certain = workload.volumes[volume] and (user or workload.volume_group)
        inside = (one for one in parts if one.startswith(f"{path}/"))
        modes.setdefault(_OF_GROUP if certain else _OF_ALL, []).extend([path, *inside])
    lines = [
        *([["mkdir", "-p", *parts]] if parts else []),
        ["chown", f"{user or 0}:{group}", *places.values(), *parts],
        *(["chmod", mode, *paths] for mode, paths in modes.items()),
    ]
    return {
        "image": str(resolve(blueprint.image(startup_values(blueprint).image), blueprint.scope)),
        "entrypoint": OnOneLine(["sh", "-c", " && ".join(map(shlex.join, lines))]),
        "user": f"0:{group}",  # who may write into folders of the group
        "volumes": [
            {"type": "volume", "source": volume, "target": path, "volume": {"nocopy": True}} for volume, path in places.items()
        ],
        "read_only": True,
        "cap_drop": OnOneLine(["ALL"]),
        "cap_add": OnOneLine(["CHOWN", "FOWNER"]),
    }
