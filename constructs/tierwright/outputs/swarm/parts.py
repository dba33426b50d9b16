"""The parts of a service of a stack: its container, and how the Swarm runs its tasks."""

from __future__ import annotations

from typing import Any, Literal

from tierwright.outputs.containers.entries import Entry, amounts, mounted, network_entry, program_entry
from tierwright.outputs.containers.inventory import Inventory
from tierwright.outputs.containers.mounts import Empty, File
from tierwright.outputs.containers.programs import Program
from tierwright.outputs.containers.texts import Text
from tierwright.outputs.containers.workloads import Workload
from tierwright.outputs.swarm.names import config_of, network_name, start_config
from tierwright.outputs.swarm.start import SCRIPT_PATH, Start
from tierwright.outputs.yaml_text import OnOneLine

RESTART_DELAY = "5s"
"""The pause before a task that has ended is started again."""

Order = Literal["start-first", "stop-first"]

_EVERYBODY_READS = 0o444
"""The mode of configs and secrets unless told; they belong to root."""


def container(start: Start) -> Entry:
    """What every container has."""
    inventory, program = start.inventory, start.program
    files = [one for one in program.mounts if isinstance(one, File)]
    read = [one for one in files if one.secret is not None]
    configs = [_file(config_of(inventory, one), one) for one in files if one.secret is None]
    if start.waiting:
        configs.append({"source": start_config(inventory), "target": SCRIPT_PATH})
    entry = {**program_entry(program, inventory.keys), **start.entry()}
    return {
        **entry,
        "environment": {name: _untemplated(text) for name, text in entry["environment"].items()},
        "configs": configs,
        "secrets": [*start.secrets, *(_file(inventory.keys.of(one.secret).variable, one) for one in read if one.secret)],
        "volumes": [
            *mounted(inventory.platform, program.mounts),
            *(_in_memory(one) for one in program.mounts if isinstance(one, Empty)),
        ],
    }


def _untemplated(text: Text | None) -> Text | None:
    """The text of a variable, which a Swarm takes for a template of Go: with `{{` as a word of that, which stays what it is."""
    return text and tuple(piece.replace("{{", '{{"{{"}}') if isinstance(piece, str) else piece for piece in text)


def _file(source: str, file: File) -> Entry:
    """A config or secret at the path of a file. The kubelet gives files to the user of their program, a Swarm to root."""
    entry = {"source": source, "target": file.path}
    mode = (file.mode & ~0o222) | _EVERYBODY_READS
    return entry if mode == _EVERYBODY_READS else {**entry, "mode": mode}


def _in_memory(empty: Empty) -> Entry:
    """A folder in memory; a Swarm drops the short form without a word, and takes a size in bytes alone."""
    entry: Entry = {"type": "tmpfs", "target": empty.path}
    return {**entry, "tmpfs": {"size": empty.size}} if empty.size else entry


def deploy(
    program: Program | None, *, restart: Entry, replicas: int = 1, label: str = "", order: Order | None = None, watched: str = ""
) -> Entry:
    """How the tasks of a service run: so many at once, on nodes with this label, replaced in this order.

    After each replacement new tasks are watched for so long; where one fails, the former are brought back.
    """
    resources = {"limits": amounts(program.limits), "reservations": amounts(program.requests)} if program else {}
    change: Entry = {"parallelism": 1, "order": order, "monitor": watched} if order else {}
    entry: Entry = {
        "replicas": replicas,
        "placement": {"constraints": [f"node.labels.{label} == true"]} if label else {},
        "resources": {kind: found for kind, found in resources.items() if found},
        "update_config": {**change, "failure_action": "rollback"} if change else {},
        "rollback_config": change,
        "restart_policy": restart,
    }
    return {key: value for key, value in entry.items() if value or key == "replicas"}


def restart(workload: Workload) -> Entry:
    """When the tasks of a workload are started again."""
    if workload.runs == "always":
        return {"condition": "any", "delay": RESTART_DELAY}
    if not workload.tries:
        return {"condition": "none"}
    return {"condition": "on-failure", "delay": RESTART_DELAY, "max_attempts": workload.tries}


UNTIL_DONE: Entry = {"condition": "on-failure", "delay": RESTART_DELAY}
"""When the tasks of what must be done once are started again."""


def surroundings(workload: Workload) -> Entry:
    """What the containers of a workload know of the network."""
    entry = {key: value for key, value in network_entry(workload).items() if key != "dns_opt"}  # which a stack may not say
    # A name of its own has an address in a Swarm only when its program is healthy, which needs it before.
    return {**entry, "extra_hosts": [*workload.hosts, *(f"{name}:127.0.0.1" for name in workload.names)]}


def network(inventory: Inventory, aliases: list[str]) -> Any:
    """The network of a service."""
    name = network_name(inventory)
    return {name: {"aliases": aliases}} if aliases else OnOneLine([name])
