"""How long the platform takes to start on a real node: without gates, with gates by tiers, with gates by the graph.

Run by hand, `python -m benchmarks.start [tiers] [graph] [none] [--save FOLDER]`; without gates it takes some minutes. Every
stand-in is ready three seconds after it began, and exits when something that it needs does not answer. What is saved are the
pods as JSON and the timelines, as text and as pictures.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.platforms import contestant
from castiel.timeline import draw_svg, draw_text
from tests.cluster.node import Node
from tests.cluster.platform import Castiel, is_ready, restarts_of, workload_of
from tests.cluster.watcher import Watcher

START_SECONDS = 3.0


@dataclass(frozen=True)
class Level:
    """A member of the critical path: when it was Ready, and the seconds after the one before it."""

    workload: str
    ready_at: float
    took: float


class Observed:
    """When each workload was Ready first, to fractions of a second, which pod conditions do not have."""

    def __init__(self, castiel: Castiel) -> None:
        self.ready_at: dict[str, float] = {}
        self._watcher = Watcher(castiel.node.api, f"/api/v1/namespaces/{castiel.namespace}/pods", self._note)
        self._lock = threading.Lock()

    def __enter__(self) -> Observed:
        self._watcher.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._watcher.stop()

    def _note(self) -> None:
        now = time.monotonic()
        with self._lock:
            for pod in self._watcher.objects():
                if is_ready(pod):
                    self.ready_at.setdefault(workload_of(pod), now)


def critical_path(castiel: Castiel, ready_at: dict[str, float], begin: float) -> list[Level]:
    """From the last workload back: always the one that it waited for longest."""
    graph = castiel.rendered.platform.graph
    services = castiel.rendered.platform.catalogue.services
    last = max(services, key=lambda name: ready_at[name])
    names = [last]
    while waits := [wait.target for wait in graph.waits(names[-1])]:
        names.append(max(waits, key=lambda name: ready_at[name]))
    path, before = [], begin
    for name in reversed(names):
        path.append(Level(name, ready_at[name] - begin, ready_at[name] - before))
        before = ready_at[name]
    return path


def run(castiel: Castiel) -> float:
    """Start it and print its figures; the seconds from the end of the apply until all were Ready."""
    with Observed(castiel) as observed:
        castiel.provide_images()
        castiel.start(timeout=900)
        begin = time.monotonic() - castiel.seconds
    name = castiel.folder.name
    restarts = sum(restarts_of(castiel.pods).values())
    assert castiel.applied is not None
    print(f"{name:6} {castiel.seconds:6.1f} s until all were Ready, apply {castiel.applied.seconds:.1f} s, {restarts} restarts")
    if name != "none":
        path = critical_path(castiel, observed.ready_at, begin)
        for level in path:
            print(f"         {level.workload:24}{level.ready_at:6.1f} s{level.took:8.1f} s")
        above = [level.took - START_SECONDS for level in path[1:]]
        print(
            f"         {len(above)} levels behind {path[0].workload}, each above its start time by {sum(above) / len(above):.2f} s",
            end="",
        )
        print(f" on average, {max(above):.2f} s at most")
    return castiel.seconds


def save(castiel: Castiel, folder: Path) -> None:
    """Keep the pods and the timeline of a start."""
    folder.mkdir(parents=True, exist_ok=True)
    name = castiel.folder.name
    (folder / f"{name}.json").write_text(json.dumps({"items": castiel.pods}))
    (folder / f"{name}.txt").write_text(draw_text(castiel.timeline))
    (folder / f"{name}.svg").write_text(draw_svg(castiel.timeline, title=f"gates: {name}"))


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure how long the platform takes to start.")
    parser.add_argument("names", nargs="*", metavar="tiers|graph|none", default=["tiers", "graph", "none"])
    parser.add_argument("--save", type=Path, metavar="FOLDER", help="keep the pods and the timelines there")
    given = parser.parse_args()
    taken: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder, Node("castiel-bench") as node:
        for name in given.names:
            castiel = contestant(node, name, Path(folder))
            taken[name] = run(castiel)
            if given.save:
                save(castiel, given.save)
            castiel.remove()
    if without := taken.get("none"):
        for name, seconds in taken.items():
            print(f"{name:6} {seconds / without:.2f} of the time without gates")
    return 0


if __name__ == "__main__":
    sys.exit(main())
