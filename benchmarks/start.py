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
import time
from pathlib import Path

from benchmarks.moments import Level, Observed, critical_path
from benchmarks.platforms import contestant
from tests.cluster.node import Node
from tests.cluster.platform import Castiel, restarts_of
from tests.cluster.waiting import wait_for
from tests.rendering import render
from tierwright.timeline import draw_svg, draw_text

START_SECONDS = 3.0


def run(castiel: Castiel) -> float:
    """Start it and print its figures; the seconds from the end of the apply until all were Ready."""
    with Observed(castiel) as observed:
        castiel.provide_images()
        castiel.start(timeout=900)
        begin = time.time() - castiel.seconds
    name = castiel.folder.name
    restarts = sum(restarts_of(castiel.pods).values())
    assert castiel.applied is not None
    print(f"{name:6} {castiel.seconds:6.1f} s until all were Ready, apply {castiel.applied.seconds:.1f} s, {restarts} restarts")
    if name != "none":
        path = critical_path(castiel, observed.ready_at, begin)
        print("         seconds after the level before:      gate opened  program began  done starting    Ready")
        for level in path:
            print(f"         {level.workload:24}{level.ready_at:6.1f} s {_cells(level)}")
        above = [level.took - START_SECONDS for level in path[1:]]
        print(
            f"         {len(above)} levels behind {path[0].workload}, each above its start time by {sum(above) / len(above):.2f} s",
            end="",
        )
        print(f" on average, {max(above):.2f} s at most")
    return castiel.seconds


def _cells(level: Level) -> str:
    moments = (level.opened, level.began, level.answered, level.took)
    return "".join(f"{'' if moment is None else f'{moment:.2f}':>13}" for moment in moments)


def save(castiel: Castiel, folder: Path) -> None:
    """Keep the pods and the timeline of a start."""
    folder.mkdir(parents=True, exist_ok=True)
    name = castiel.folder.name
    (folder / f"{name}.json").write_text(json.dumps({"items": castiel.pods}), encoding="utf-8")
    (folder / f"{name}.txt").write_text(draw_text(castiel.timeline), encoding="utf-8")
    (folder / f"{name}.svg").write_text(draw_svg(castiel.timeline, title=f"gates: {name}"), encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure how long the platform takes to start.")
    parser.add_argument("names", nargs="*", metavar="tiers|graph|none", default=["tiers", "graph", "none"])
    parser.add_argument("--save", type=Path, metavar="FOLDER", help="keep the pods and the timelines there")
    given = parser.parse_args()
    taken: dict[str, float] = {}
    longest = render().platform.values.defaults.probes.readiness.period_seconds
    with tempfile.TemporaryDirectory() as folder, Node("castiel-bench") as node:
        began = time.monotonic()
        # A kubelet younger than a probe's period puts its first try off, by a random part of the period.
        wait_for("the kubelet to be older than any probe's period", lambda: time.monotonic() - began > longest, timeout=2 * longest)
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
