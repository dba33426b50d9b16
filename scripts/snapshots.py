"""Update the golden files: dist/ (the default environment) and tests/snapshots/NAME for every other one."""

import subprocess
import sys
from pathlib import Path

from castiel.beginning import begin
from castiel.ending import FailureError, say
from castiel.output.chart import chart_files
from castiel.output.folder import replaced
from castiel.output.provenance import write_files
from charts import prepare

ROOT = Path(__file__).resolve().parent.parent
CONFIG = ROOT / "config"


def main() -> int:
    goldens = {ROOT / "dist": [CONFIG / "values.yaml"]}
    for overlay in sorted((CONFIG / "environments").glob("*.yaml")):
        goldens[ROOT / "tests" / "snapshots" / overlay.stem] = [CONFIG / "values.yaml", overlay]
    try:
        for target, values in goldens.items():
            _update(target, values)
    except FailureError as error:
        say(error)
        return 2
    return 0


def _update(target: Path, values: list[Path]) -> None:
    from charts.manifests import files_of  # starts Node

    platform, blueprint, objects = prepare(catalogue=CONFIG / "catalogue.yaml", values=values, schemas=CONFIG / "schemas")
    with replaced(target, known=_tracked(target)) as folder:
        files = files_of(objects)
        if target.name == "dist":  # the chart is the same in every environment
            chart = chart_files(blueprint, defaults=platform.defaults, schemas=CONFIG / "schemas")
            files |= {f"helm/{path}": text for path, text in chart.items()}
        write_files(files, folder)


def _tracked(folder: Path) -> set[str]:
    """What git has of a golden folder, by its paths there: files of a version that did not mark them, say."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--", str(folder)]
    listed = subprocess.run(command, capture_output=True, check=False, encoding="utf-8").stdout.split("\0")
    return {str((ROOT / path).relative_to(folder)) for path in listed if path}


if __name__ == "__main__":
    begin()
    sys.exit(main())
