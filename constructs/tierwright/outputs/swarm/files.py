"""The files: stack.yaml with the files that its containers mount, and the script that deploys it."""

from __future__ import annotations

from tierwright.blueprint import Described
from tierwright.outputs.containers.inventory import inventory_of
from tierwright.outputs.kustomize import empty_base
from tierwright.outputs.swarm.differences import differences
from tierwright.outputs.swarm.stack import Stack
from tierwright.outputs.swarm.texts import deploy_script, header
from tierwright.outputs.yaml_text import stream


def swarm_files(described: Described) -> dict[str, str]:
    """The text of each file, by its path in a folder that kustomize skips."""
    stack = Stack(inventory_of(described))
    return {
        "kustomization.yaml": empty_base("the stack"),
        "stack.yaml": header(stack, differences(stack)) + stream([stack.document]),
        "deploy.sh": deploy_script(stack),
        **{f"files/{name}": content for name, content in stack.configs.items()},
    }
