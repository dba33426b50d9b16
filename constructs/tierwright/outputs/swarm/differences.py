"""What a stack does not say, though the values do, or says in another way than a cluster."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tierwright.model.ports import MAIN
from tierwright.outputs.containers.entries import network_entry
from tierwright.outputs.containers.health import own_health
from tierwright.outputs.containers.images import has_shell
from tierwright.outputs.containers.texts import places
from tierwright.outputs.containers.workloads import Workload
from tierwright.outputs.swarm.names import LONGEST, network_name
from tierwright.outputs.swarm.stack import Stack
from tierwright.outputs.swarm.start import Start, waiting

_AT_ONCE = (
    "these start at once, are started again until what they need is there, and have their secrets as variables, which "
    "`docker service inspect` shows,"
)


def differences(stack: Stack) -> list[str]:
    """A line for each difference from a cluster."""
    return [*_of_many(stack), *(line for name in stack.workloads for line in _of_one(stack, name))]


def _of_many(stack: Stack) -> Iterator[str]:
    """Differences that many workloads have alike."""
    platform, own = stack.inventory.platform, stack.inventory.workloads
    at_once = [alone.name for alone, starts in stack.workloads.values() if _misses_lines(starts[-1])]
    unnamed = [name for name in at_once if has_shell(platform, name)]
    shell_less = [name for name in at_once if name not in unnamed]
    if unnamed:
        yield (
            f"{_AT_ONCE} because the whole commands of their images are not known; as `command` in the "
            f"catalogue or the values they would be: {_listed(unnamed)}"
        )
    if shell_less:
        yield f"{_AT_ONCE} because their images have no shell, as `compose.shell` in the catalogue says: {_listed(shell_less)}"
    silent = [one.name for one in own.values() if one.program.health is not None and own_health(platform, one) is None]
    if silent:
        yield (
            "these count as healthy when they run, because their images have no program that could ask them "
            f"(for HTTP, `compose.healthTool` in the catalogue names one): {_listed(silent)}"
        )
    yield from _other_names(stack)
    yield from stack.inventory.otherwise
    yield from (f"{one} of extraObjects is not here" for one in stack.inventory.foreign)
    yield from (f"{name} is of clusters alone, and not here" for name in stack.inventory.of_clusters)
    portless = [name for name in own if not stack.inventory.address(name, MAIN)]
    unasked = dict.fromkeys(target for name in own if portless for target in waiting(stack.inventory, name)[1])
    if unasked:
        yield f"nobody waits for these, because they have no port: {_listed(unasked)}"


def _other_names(stack: Stack) -> Iterator[str]:
    """The names that are too long for a Swarm."""
    inventory = stack.inventory
    network = {f"the network {inventory.network}": network_name(inventory)}
    names = {**stack.names, **(network if network_name(inventory) != inventory.network else {})}
    other = [f"{name} is {inventory.name}_{called}" for name, called in names.items() if name != called]
    if other:
        yield (
            f"these have shorter names in the Swarm, which takes at most {LONGEST} characters together with the name of the stack; "
            f"services reach them as before: {_listed(other)}"
        )


def _misses_lines(start: Start) -> bool:
    """Whether something would go before the program, were its command known."""
    return not start.named and bool(start.waits or any(places(start.program.texts)))


def _of_one(stack: Stack, name: str) -> Iterator[str]:
    """Differences of one workload."""
    inventory = stack.inventory
    own = inventory.workloads[name]
    alone, starts = stack.workloads[name]
    if own.runs == "scheduled":
        command = f"docker service update --force --replicas 1 {inventory.name}_{stack.names[name]}"
        yield f"{name} runs at `{own.schedule}` on a cluster; here with: {command}"
    elif own.replicas != stack.replicas(own):
        yield f"{name} has one task in place of {own.replicas}, because of its volumes"
    public = inventory.public_port(name)
    if public is not None and name not in stack.published:
        yield f"{name} is not published: another workload has port {public[0]}"
    for port in inventory.developers_ports(name):
        yield f"{name} is not opened to developers: a Swarm would open port {port} on every address of every node"
    for step in alone.steps:
        yield f"{name} does not wait for its step {step.name}, which has another container than its program"
    for companion in own.companions:
        yield f"{name} runs without its companion {companion.name}"
    for what in [*_of_container(own), *starts[-1].emptied, *own.unknown]:
        yield f"{name}: {what}"


def _of_container(workload: Workload) -> Iterable[str]:
    """What a Swarm does not know of containers."""
    program = workload.program
    if program.after_start or program.before_stop:
        yield "the commands after its start and before its end"
    if program.groups:
        yield "its further groups"
    if program.privileged:
        yield "its privileges"
    if network_entry(workload)["dns_opt"]:
        yield "the options of its DNS"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
