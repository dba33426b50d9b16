"""Names that a Swarm takes: with that of the stack before them they are no longer than it allows."""

from __future__ import annotations

from tierwright.outputs.containers.inventory import Inventory
from tierwright.outputs.containers.mounts import File
from tierwright.outputs.provenance import of_content, shortened
from tierwright.outputs.swarm.start_script import SCRIPT

LONGEST = 63
"""The most characters of the name of a service or network, together with that of the stack and a line between both.

https://github.com/moby/swarmkit/blob/master/manager/controlapi/common.go; those of configs and secrets may have one more.
"""


def service_name(inventory: Inventory, name: str) -> str:
    """The name in the stack of a service."""
    return shortened(name, LONGEST - len(inventory.name) - 1)


def network_name(inventory: Inventory) -> str:
    """The name in the stack of the network."""
    return shortened(inventory.network, LONGEST - len(inventory.name) - 1)


def config_of(inventory: Inventory, file: File) -> str:
    """The name of the config with the content of a file; another content has another name, since configs never change."""
    return _config(inventory, file.name, file.content)


def start_config(inventory: Inventory) -> str:
    """The name of the config with the functions for the start of containers."""
    return _config(inventory, "start.sh", SCRIPT)


def secret_name(inventory: Inventory, variable: str) -> str:
    """The name in the Swarm of the secret that a variable holds. It never changes there, so its version is part of the name."""
    return f"{shortened(f'{inventory.name}_{variable}', LONGEST - 6)}_${{SECRETS_VERSION:-1}}"


def _config(inventory: Inventory, name: str, content: str) -> str:
    return of_content(name, content, LONGEST - len(inventory.name))
