"""Update the golden files: dist/ (the default environment) and tests/snapshots/NAME for every other one."""

import sys
from pathlib import Path

from charts import prepare
from tierwright.outputs.folder import replaced
from tierwright.outputs.helm import chart_files
from tierwright.outputs.provenance import write_files
from tierwright.process.beginning import begin
from tierwright.process.ending import FailureError, say

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
    with replaced(target) as folder:
        files = files_of(objects)
        if target.name == "dist":  # the chart is the same in every environment
            chart = chart_files(blueprint, defaults=platform.defaults, schemas=CONFIG / "schemas")
            files |= {f"helm/{path}": text for path, text in chart.items()}
        write_files(files, folder)


if __name__ == "__main__":
    begin()
    sys.exit(main())
