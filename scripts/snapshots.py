"""Update the golden files: dist/ (the default environment) and tests/snapshots/NAME for every other one."""

import sys
from pathlib import Path

from tierwright import pipeline
from tierwright.outputs.folder import replaced
from tierwright.outputs.provenance import write_files
from tierwright.process.beginning import begin
from tierwright.process.ending import FailureError, say

ROOT = Path(__file__).resolve().parent.parent
CONFIG = ROOT / "config"


def main() -> int:
    goldens: dict[Path, list[Path]] = {ROOT / "dist": []}
    for overlay in sorted((CONFIG / "environments").glob("*.yaml")):
        goldens[ROOT / "tests" / "snapshots" / overlay.stem] = [overlay]
    try:
        for target, values in goldens.items():
            _update(target, values)
    except FailureError as error:
        say(error)
        return 2
    return 0


def _update(target: Path, values: list[Path]) -> None:
    platform = pipeline.described(catalogue=CONFIG / "catalogue.yaml", values=values, own=CONFIG / "values.yaml")
    # The chart is the same in every environment.
    outputs = pipeline.OUTPUTS if target.name == "dist" else [pipeline.manifests]
    with replaced(target) as folder:
        write_files(pipeline.files_of(platform, outputs), folder)


if __name__ == "__main__":
    begin()
    sys.exit(main())
