"""How long `tierwright render` takes, against `helm template` with the chart that we generate of the same platform.

Run by hand, `python -m benchmarks.render [--rounds N] [--quick]`; Helm comes from `make tools`. Whole processes, in turn.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import tierwright
from benchmarks.many import SIZES, write_platform
from benchmarks.measuring import interleaved, summary
from tests.cluster.tools import tool

RENDER = [sys.executable, "-m", "tierwright", "render"]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--quick", action="store_true", help="without the platform of 2,100 services")
    given = parser.parse_args()
    # As an installed wheel has it, also where PYTHONDONTWRITEBYTECODE is set.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    library = Path(tierwright.__file__).parent
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(library)], check=True, env=environment)
    for size in SIZES[:-1] if given.quick else SIZES:
        with tempfile.TemporaryDirectory() as folder:
            _compare(size, Path(folder), given.rounds if size < 1000 else min(given.rounds, 3))


def _compare(size: int, folder: Path, rounds: int) -> None:
    catalogue, overlay = write_platform(size, folder)
    render = [*RENDER, "--catalogue", str(catalogue), "--values", str(overlay)]
    subprocess.run([*render, "--out", str(folder / "out")], check=True)
    helm = [str(tool("helm")), "template", "many", str(folder / "out" / "helm" / "many"), "--namespace", "castiel"]
    helm += ["--values", str(overlay), "--kube-version", "1.36.0"]
    taken = interleaved({"render": _timed(render), "helm": _timed(helm)}, rounds=rounds)
    ratio = statistics.median(one / other for one, other in zip(taken["render"], taken["helm"], strict=True))
    print(f"{size:5} services  render {summary(taken['render'])}, Helm {summary(taken['helm'])}: {ratio:.2f} times (to reach: 1)")


def _timed(command: list[str]) -> Callable[[], float]:
    def run() -> float:
        started = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - started

    return run


if __name__ == "__main__":
    main()
