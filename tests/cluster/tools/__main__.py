"""``python -m tests.cluster.tools``: build the programs of node and engine into the cache, or say what the machine lacks."""

from __future__ import annotations

import sys

from tests.cluster.machine import missing
from tests.cluster.tools import build, tools


def main() -> int:
    """Build; print where the programs are. Exit code 1 when the machine cannot."""
    lacks = [line for line in missing() if "Go" in line or "Linux" in line]
    if lacks:
        print("\n".join(lacks), file=sys.stderr)
        return 1
    build()
    for one in tools():
        print(f"{one.name:26} {one.version:10} {one.path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
