"""The texts around a Compose file: what it says to its reader, and the variables that it needs."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from tierwright.outputs.containers.comments import WIDTH, comment
from tierwright.outputs.containers.keys import Key, Keys
from tierwright.outputs.containers.texts import Secret
from tierwright.outputs.env_file import RANDOM

_HEADER = """\
{name} for development on one machine, from the same description as its Kubernetes manifests.

  tierwright env                                                          writes .env with random passwords, once
  docker compose --file {path} --project-directory . up --wait
  docker compose --file {path} --project-directory . --profile NAME up    NAME, and what it needs

At `up` a container starts when all that it waits for is healthy, in the same order as on a cluster. After a restart of the engine
all of them start at once. All containers reach one another, nothing is scaled, and what is unhealthy is not restarted.
"""


def what_is_missing(key: Key) -> str:
    """What to do where a variable is not set."""
    return "run tierwright env" if key.generated else "fill it in, in .env"


def header(name: str, left_out: Iterable[str]) -> str:
    """The comment at the top of the file of the platform of this name."""
    return comment(_HEADER.format(name=name, path="dist/compose/compose.yaml"), left_out)


def variables_file(name: str, keys: Keys, used: Iterable[Secret], *, everything: str) -> str:
    """The text of .env.example: each variable of the file, with what it is for."""
    needed: dict[str, tuple[str, bool, bool]] = {}
    for secret in used:
        key = keys.of(secret.key)
        _, _, optional = needed.get(key.variable, ("", False, True))
        needed[key.variable] = (key.description, key.generated, optional and secret.optional)
    lines = [
        f"# The variables of {name}'s Compose and Swarm files. `tierwright env` makes .env of them, with random texts.",
        "",
        "# The profile that starts: that of everything, or the name of a workload, which starts with what it needs.",
        f"COMPOSE_PROFILES={everything}",
    ]
    for variable, (description, generated, optional) in needed.items():
        said = f"{description or variable}; it may be missing" if optional else description or variable
        lines += ["", *(f"# {line}" for line in textwrap.wrap(said, WIDTH))]
        lines.append(f"#{variable}=" if optional and not generated else f"{variable}={RANDOM if generated else ''}")
    return "\n".join(lines) + "\n"
