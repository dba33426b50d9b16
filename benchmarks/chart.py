"""How long Helm takes to render the chart, against a chart of the same objects with no expressions in it.

Run by hand, `python -m benchmarks.chart [--rounds N]`; Helm comes from `make tools`.
"""

from __future__ import annotations

import argparse
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
        plain = Path(folder) / "plain"
        _plain_chart(plain)
        contestants = {name: partial(timed, _command(chart)) for name, chart in (("plain", plain), ("castiel", CHART))}
        taken = interleaved(contestants, rounds=given.rounds)
    pairs = list(zip(taken["castiel"], taken["plain"], strict=True))
    ratio = statistics.median(one.seconds / other.seconds for one, other in pairs)
    of_processor = statistics.median(one.processor / other.processor for one, other in pairs)
    print(f"{'no expressions':22}{summary([one.seconds for one in taken['plain']])}")
    print(f"{'the chart':22}{summary([one.seconds for one in taken['castiel']])}, {ratio:.2f} times (to reach: 1.5)")
    print(f"{'processor time':22}{of_processor:.2f} times")


def _command(chart: Path) -> list[str]:
    return [str(tool("helm")), "template", "castiel", str(chart), "--namespace", "castiel", "--kube-version", "1.36.0"]


def _plain_chart(folder: Path) -> None:
    """A chart whose templates are what ours renders to, file by file."""
    whole = subprocess.run(_command(CHART), check=True, capture_output=True, encoding="utf-8").stdout
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: castiel\nversion: 0.1.0\n", encoding="utf-8")
    files: dict[str, str] = {}
    for document in whole.split("---\n# Source: ")[1:]:
        source, _, text = document.partition("\n")
        name = Path(source).name
        files[name] = files.get(name, "") + "---\n" + text.replace("{{", '{{ "{{" }}')
    for name, text in files.items():
        (folder / "templates" / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
