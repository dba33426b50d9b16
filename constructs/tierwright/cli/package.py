"""`package`: the charts of an output folder as files that repositories and registries take."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tierwright.cli.ended import ended, printed
from tierwright.cli.parser import parser
from tierwright.process.ending import FailureError


def run(arguments: Sequence[str]) -> int:
    """Run the command; gives the exit code."""
    options = parser("tierwright package", "Put each chart of an output folder into a file, NAME-VERSION.tgz.")
    options.add_argument("out", type=Path, nargs="?", default=Path("dist"), help="the output folder (dist)")
    options.add_argument("folder", type=Path, nargs="?", default=Path("build"), help="where the files go (build)")
    given = options.parse_args(arguments)
    return ended(lambda: _run(given.out, given.folder))


def _run(out: Path, folder: Path) -> None:
    from tierwright.outputs.helm.package import package

    charts = sorted(file.parent for file in out.glob("helm/*/Chart.yaml"))
    if not charts:
        raise FailureError(f"{out} holds no chart; make one with `tierwright render --out {out}`")
    for chart in charts:
        printed(f"{package(chart, folder)}\n")
