"""The console command: one module for each of its commands, imported when that one is called.

Each has a function `run(arguments)` that gives the exit code: 0 done, 1 a check found something, 2 the configuration or the call is
wrong (what was there before is then as it was).
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from tierwright.process.short import be_short

__all__ = ["COMMANDS", "main"]

COMMANDS = {
    "synth": "write all outputs: manifests, chart, Compose file, Swarm stack; with cdk8s",
    "render": "print the manifests, or write the same files as synth, without cdk8s and Node",
    "check": "report everything that is wrong with the configuration, and write nothing",
    "package": "pack each chart of an output folder into one file",
    "env": "write the variables of the Compose file with random passwords, or add those that are missing",
    "schemas": "write the schemas of catalogue and values beside the catalogue, for editors",
    "timeline": "draw how a platform started in a cluster",
}
"""Every command, with what it does."""

_SHORT = ("render", "check")
"""Those that take less than a second, and do not use cdk8s."""


def main(arguments: Sequence[str]) -> int:
    """Run the command that these arguments name; gives the exit code."""
    if not arguments or arguments[0] not in COMMANDS:
        return _helped(arguments)
    if arguments[0] in _SHORT:
        be_short()
    command = import_module(f"tierwright.cli.{arguments[0]}")
    code: int = command.run(arguments[1:])
    return code


def _helped(arguments: Sequence[str]) -> int:
    """Print the help or what is wrong with the call. This ends the process."""
    import argparse

    lines = [f"  {name:10}{what}" for name, what in COMMANDS.items()]
    parser = argparse.ArgumentParser(
        prog="tierwright",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Kubernetes manifests, a Helm chart, a Compose file and a Swarm stack from one description of a platform.",
        epilog="\n".join(["commands:", *lines, "", "`tierwright COMMAND --help` describes one command."]),
    )
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND", help="what to do")
    parser.parse_args(arguments)
    return 2  # pragma: no cover - the parser has ended the process
