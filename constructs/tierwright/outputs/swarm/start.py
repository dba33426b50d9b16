"""How a container starts in a Swarm: lines of shell before its program wait, read secrets and run its steps."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from tierwright.expressions.tree import resolve
from tierwright.kit.startup_values import startup_values
from tierwright.model.ports import MAIN
from tierwright.outputs.containers.entries import Entry, emptied
from tierwright.outputs.containers.health import own_health
from tierwright.outputs.containers.images import has_shell
from tierwright.outputs.containers.inventory import Inventory
from tierwright.outputs.containers.mounts import Kept
from tierwright.outputs.containers.owners import volume_owner
from tierwright.outputs.containers.programs import Program
from tierwright.outputs.containers.texts import Secret, Text, may_be_missing, places, written
from tierwright.outputs.containers.workloads import Workload
from tierwright.outputs.yaml_text import OnOneLine

SCRIPT_PATH = "/tierwright/start.sh"
"""Where containers have the functions of the lines."""

_ASKED_EACH = "3s"
"""How often health is asked where a container may be waiting: others on its node need the processors more then."""


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """The start of a program in a container of its own.

    `named`: its whole command is known and there may be a shell, so lines can go before it. `waits` are those in which it waits;
    `steps` are the programs that its container runs before it.
    """

    inventory: Inventory
    program: Program
    named: bool
    waits: Sequence[str]
    steps: Sequence[Program] = ()

    @property
    def secrets(self) -> Mapping[str, bool]:
        """The secrets that it reads from files, by their variables: whether each may be missing."""
        programs = (self.program, *self.steps) if self.named else ()
        secrets: dict[str, bool] = {}
        for one in places([program.texts for program in programs]):
            variable = self._variable(one)
            secrets[variable] = secrets.get(variable, True) and one.optional
        return secrets

    @property
    def variables(self) -> list[str]:
        """The variables of the secrets that it has as variables of its container, and cannot do without."""
        read = [] if self.named else places(self.program.texts)
        return list(dict.fromkeys(self._variable(one) for one in read if not one.optional))

    @property
    def waiting(self) -> bool:
        """Whether it waits before its program, by functions that its container has as a file."""
        return self.named and bool(self.waits)

    @property
    def scripted(self) -> bool:
        """Whether there are lines before the program."""
        return self.waiting or bool(self.named and self.steps) or bool(self.secrets)

    def entry(self) -> Entry:
        """The command and the variables of its container, where there are lines before the program."""
        if not self.scripted:
            return {}
        words = [*self.program.entrypoint, *self.program.command]
        # Words without a secret stay as they are.
        given = [] if any(places(words)) else words
        kept = self._kept()
        end = f'exec {kept}"$@"' if given else f"exec {kept}{self._line(words)}"
        steps = [f"{kept}{self._line([*step.entrypoint, *step.command])}" for step in self.steps]
        waits = [f". {SCRIPT_PATH}", *self.waits] if self.waiting else []
        lines = [*waits, *self._exports(), *steps, end]
        return {
            "entrypoint": OnOneLine(["sh", "-ec"]),
            "command": ["\n".join(lines) + "\n", self.program.name, *given],
            "environment": {name: text for name, text in self.program.variables.items() if not any(places(text))},
        }

    def health(self, workload: Workload) -> Mapping[str, Any] | None:
        """The health check of the workload. Failures do not count while it waits; a command gets the variables of the program."""
        check = own_health(self.inventory.platform, workload)
        if check is None or not self.scripted:
            return check
        blueprint = self.inventory.platform.blueprint
        longest = resolve(startup_values(blueprint).progress_deadline_seconds, blueprint.scope)
        check = {**check, "start_period": f"{longest}s", "start_interval": _ASKED_EACH} if self.waits else dict(check)
        asked = workload.program.health
        if asked is not None and asked.kind == "command" and any(places(list(self.program.variables.values()))):
            script = "\n".join([*self._exports(), f'exec {self._kept()}"$@"']) + "\n"
            check["test"] = ["CMD", "sh", "-ec", script, "health", *asked.command]
        return check

    @property
    def emptied(self) -> list[str]:
        """What `emptied` says of it. Lines of shell leave out what nobody sets, but `env` does not."""
        variables = {name: text for name, text in self.program.variables.items() if not (self.named and _can_be_set(name))}
        return [*emptied(msgspec.structs.replace(self.program, variables=variables), self.inventory.keys)]

    def _exports(self) -> list[str]:
        """Lines that set the variables with secrets. One that may be missing is not set where its secret is empty."""
        texts = {name: text for name, text in self.program.variables.items() if any(places(text)) and _can_be_set(name)}
        optional = [name for name, text in texts.items() if may_be_missing(text)]
        certain = [name for name in texts if name not in optional]
        return [
            *(f"{name}={self._quoted(text)}" for name, text in texts.items()),
            *([f"export {' '.join(certain)}"] if certain else []),
            *(f'[ -z "${name}" ] || export {name}' for name in optional),
        ]

    def _kept(self) -> str:
        """What gives a program the variables that a shell does not pass on: those whose names it cannot set, such as `a.b`."""
        variables = self.program.variables.items()
        kept = [f"{shlex.quote(name)}={self._quoted(text)} " for name, text in variables if not _can_be_set(name)]
        return f"env {''.join(kept)}" if kept else ""

    def _line(self, words: Iterable[Text]) -> str:
        return " ".join(map(self._quoted, words))

    def _quoted(self, text: Text) -> str:
        return written(text, plain=shlex.quote, secret=lambda one: f'"$(cat /run/secrets/{self._variable(one)})"') or "''"

    def _variable(self, secret: Secret) -> str:
        return self.inventory.keys.of(secret.key).variable


def starts(inventory: Inventory, workload: Workload) -> tuple[Workload, list[Start]]:
    """A workload as a Swarm runs it, without companions, and the starts of its containers: of its steps, then of its program.

    Steps that the container of the program can run are no containers of their own.
    """
    without_shell = () if has_shell(inventory.platform, workload.name) else (workload.program.image,)

    def is_named(program: Program) -> bool:
        return bool(program.entrypoint) and program.image not in without_shell

    named = is_named(workload.program)
    inside = [one for one in workload.steps if named and _is_like(one, workload.program)]
    steps = [one for one in workload.steps if one not in inside]
    apart = {one.volume for step in steps for one in step.mounts if isinstance(one, Kept)}
    mounts = [
        one.empty if isinstance(one, Kept) and one.empty is not None and one.volume not in apart else one
        for one in workload.program.mounts
    ]
    program = msgspec.structs.replace(workload.program, mounts=mounts)
    alone = msgspec.structs.replace(workload, program=program, steps=tuple(steps), companions=())
    waits = waiting(inventory, workload.name)[0]
    return alone, [
        *(Start(inventory=inventory, program=one, named=is_named(one), waits=waits) for one in steps),
        Start(inventory=inventory, program=program, named=named, waits=[*waits, *_writing(inventory, alone)], steps=inside),
    ]


def _can_be_set(variable: str) -> bool:
    """Whether a shell can set a variable of this name."""
    return variable.isidentifier()


def _is_like(step: Program, program: Program) -> bool:
    """Whether a step differs from the program in its command alone."""
    alike = ("image", "variables", "mounts", "working_dir", "user", "groups", "privileged", "added")
    return bool(step.entrypoint) and all(getattr(step, name) == getattr(program, name) for name in alike)


def waiting(inventory: Inventory, name: str) -> tuple[list[str], list[str]]:
    """The lines in which a workload waits as the gates of its pods do, and those that it would wait for but cannot ask."""
    platform, blueprint = inventory.platform.platform, inventory.platform.blueprint
    needed: list[str] = []
    ordered: list[str] = []
    unasked: list[str] = []
    for wait in platform.graph.waits(name):
        reaches = blueprint.service(name).reaches if wait.needed else ()
        reached = [one.port for one in reaches if one.waits and one.owner == wait.target]
        addresses = [inventory.address(wait.target, port) for port in reached or [MAIN]]
        (needed if wait.needed else ordered).extend(filter(None, addresses))
        if not all(addresses):
            unasked.append(wait.target)
    patience = platform.values.startup.tier_patience
    lines = [("0", needed), (str(patience), ordered)]
    return [" ".join(["wait_for", seconds, *asked]) for seconds, asked in lines if asked], unasked


def _writing(inventory: Inventory, workload: Workload) -> list[str]:
    """The line that waits until somebody has given the volumes of a workload to its user."""
    if volume_owner(inventory, workload) is None:
        return []
    kept = (one for one in workload.program.mounts if isinstance(one, Kept) and one.volume in workload.volumes)
    paths = [one.path for one in kept if not one.read_only]
    return [shlex.join(["wait_to_write", *paths])] if paths else []
