"""How long `tierwright render` takes, against `helm template` with the chart that we generate of the same platform.

Run by hand, `python -m benchmarks.render [--rounds N] [--quick]`; Helm comes from `make tools`. Whole processes, in turn.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from functools import partial
from pathlib import Path

from benchmarks.many import SIZES, write_platform
from benchmarks.measuring import interleaved, summary, timed
from tests.cluster.tools import tool

RENDER = [str(Path(sys.executable).with_name("tierwright")), "render"]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--quick", action="store_true", help="without the platform of 2,100 services")
    given = parser.parse_args()
    for size in SIZES[:-1] if given.quick else SIZES:
        with tempfile.TemporaryDirectory() as folder:
            _compare(size, Path(folder), given.rounds if size < 1000 else min(given.rounds, 3))


def _compare(size: int, folder: Path, rounds: int) -> None:
    catalogue, overlay = write_platform(size, folder)
    render = [*RENDER, "--catalogue", str(catalogue), "--values", str(overlay)]
    timed([*render, "--out", str(folder / "out")])
    helm = [str(tool("helm")), "template", "many", str(folder / "out" / "helm" / "many"), "--namespace", "castiel"]
    helm += ["--values", str(overlay), "--kube-version", "1.36.0"]
    taken = interleaved({"render": partial(timed, render), "helm": partial(timed, helm)}, rounds=rounds)
    pairs = list(zip(taken["render"], taken["helm"], strict=True))
    ratio = statistics.median(one.seconds / other.seconds for one, other in pairs)
    of_processor = statistics.median(one.processor / other.processor for one, other in pairs)
    told = ", ".join(f"{name} {summary([one.seconds for one in runs])}" for name, runs in taken.items())
    print(f"{size:5} services  {told}: {ratio:.2f} times (to reach: 1); of processor time {of_processor:.2f} times")


if __name__ == "__main__":
    main()
