"""How long the manifests take: against an app with one ConfigMap, and for ten and a hundred times the services.

`python -m benchmarks.synth [--rounds N] [--quick]`; docs/benchmarks.md has the figures that are to be reached.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.many import SIZES, write_platform
from benchmarks.measuring import interleaved, measure, summary

ROOT = Path(__file__).resolve().parent.parent
PYTHON = [sys.executable, "-O"]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--quick", action="store_true", help="without the platform of 2,100 services")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        _against_one_config_map(Path(folder), given.rounds)
        _by_size(Path(folder), SIZES[:-1] if given.quick else SIZES)


def _against_one_config_map(folder: Path, rounds: int) -> None:
    def run(*arguments: str, out: str = "") -> Callable[[], float]:
        # As the CLI calls it: with the folder in the environment, outside of the project, only manifests are written.
        changed = {"CDK8S_OUTDIR": str(folder / out)} if out else {}
        return lambda: measure([*PYTHON, *arguments], **changed).seconds

    main = str(ROOT / "main.py")
    contestants = {
        "one ConfigMap": run("-m", "benchmarks.one_config_map", str(folder / "one")),
        "manifests": run(main, out="manifests"),
        "production": run(main, "--env", "production", out="production"),
        "with the chart": run(main, "--out", str(folder / "castiel")),
    }
    targets = {"manifests": 1.6, "production": 1.6, "with the chart": 2.4}
    taken = interleaved(contestants, rounds=rounds)
    base = taken.pop("one ConfigMap")
    print(f"{'one ConfigMap':22}{summary(base)}")
    for name, seconds in taken.items():
        ratio = statistics.median(one / other for one, other in zip(seconds, base, strict=True))
        print(f"{name:22}{summary(seconds)}, {ratio:.2f} times one ConfigMap (to reach: {targets[name]})")


def _by_size(folder: Path, sizes: tuple[int, ...]) -> None:
    before = None
    for size in sizes:
        catalogue, overlay = write_platform(size, folder)
        command = [*PYTHON, str(ROOT / "main.py"), "--catalogue", str(catalogue), "--values", str(overlay)]
        runs = [measure([*command, "--out", str(folder / "many")]) for _ in range(3 if size < 1000 else 1)]
        seconds = statistics.median(run.seconds for run in runs)
        times = f", {seconds / before:.1f} times the tenth of it (to reach: 10)" if before else ""
        print(f"{size:5} services        {seconds:.2f} s, {max(run.peak for run in runs) / 2**20:.0f} MiB{times}")
        before = seconds


if __name__ == "__main__":
    main()
