"""How long Helm takes to render the chart, against charts of the same objects with no expressions in them.

One of those has the same values and schema, so that what differs is the expressions alone; the other has neither, and Helm checks
nothing.

Run by hand, `python -m benchmarks.chart [--rounds N]`; Helm comes from `make tools`.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import tempfile
from functools import partial
from pathlib import Path

from benchmarks.measuring import interleaved, summary, timed
from tests.cluster.tools import tool

ROOT = Path(__file__).resolve().parent.parent
CHART = ROOT / "dist" / "helm" / "castiel"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=15)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        charts = {
            "the chart": CHART,
            "no expressions": _plain_chart(Path(folder) / "plain"),
            "no values, no schema": _plain_chart(Path(folder) / "bare", without=("values.yaml", "values.schema.json")),
        }
        taken = interleaved({name: partial(timed, _command(chart)) for name, chart in charts.items()}, rounds=given.rounds)
    for name, runs in taken.items():
        pairs = list(zip(taken["the chart"], runs, strict=True))
        ratio = statistics.median(chart.seconds / run.seconds for chart, run in pairs)
        of_processor = statistics.median(chart.processor / run.processor for chart, run in pairs)
        took = summary([run.seconds for run in runs])
        print(f"{name:22}{took}; the chart takes {ratio:.2f} times that, {of_processor:.2f} times of processor time")


def _command(chart: Path) -> list[str]:
    return [str(tool("helm")), "template", "castiel", str(chart), "--namespace", "castiel", "--kube-version", "1.36.0"]


def _plain_chart(folder: Path, without: tuple[str, ...] = ()) -> Path:
    """Write a chart whose templates are what ours renders to, file by file, with our other files but those of ``without``."""
    whole = subprocess.run(_command(CHART), check=True, capture_output=True, encoding="utf-8").stdout
    shutil.copytree(CHART, folder, ignore=shutil.ignore_patterns("templates", *without))
    (folder / "templates").mkdir()
    files: dict[str, str] = {}
    for document in whole.split("---\n# Source: ")[1:]:
        source, _, text = document.partition("\n")
        name = Path(source).name
        files[name] = files.get(name, "") + "---\n" + text.replace("{{", '{{ "{{" }}')
    for name, text in files.items():
        (folder / "templates" / name).write_text(text, encoding="utf-8")
    return folder


if __name__ == "__main__":
    main()
