"""What waiting costs: processor time of all pods that a gate holds, for a minute. Run by hand, `python -m benchmarks.gates`.

PostgreSQL has no pods meanwhile, so all services wait.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from benchmarks.platforms import change, contestant, without_postgres
from tests.cluster.cgroups import processor_seconds
from tests.cluster.node import Node
from tests.cluster.platform import Castiel
from tests.cluster.waiting import wait_for

SECONDS = 60.0


def waiting(castiel: Castiel) -> list[str]:
    """The uids of the pods that wait in their first gate."""
    return [
        pod["metadata"]["uid"]
        for pod in castiel.node.pods(castiel.namespace)
        if any("running" in one["state"] for one in pod["status"].get("initContainerStatuses", []))
    ]


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, Node("castiel-bench") as node:
        castiel = contestant(node, "tiers", Path(folder))
        change(castiel, without_postgres)
        castiel.provide_images()
        castiel.apply()
        expected = len(castiel.rendered.platform.catalogue.services)
        wait_for("all services to wait", lambda: len(waiting(castiel)) == expected, timeout=120, interval=0.5)
        wait_for("the other servers", lambda: len(castiel.missing()) == expected + 1, timeout=120, interval=0.5)
        pods, began = waiting(castiel), time.monotonic()
        before = processor_seconds(node.name, pods)
        time.sleep(SECONDS)
        used = processor_seconds(node.name, pods) - before
        passed = time.monotonic() - began
        print(f"{len(pods)} pods waited for {passed:.0f} s: {used:.2f} s of processor time, {used / passed:.3f} of a core")
    return 0


if __name__ == "__main__":
    sys.exit(main())
