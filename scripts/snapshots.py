"""Update the golden files: dist/ (the default environment) and tests/snapshots/NAME for every other one."""

from pathlib import Path

from castiel.model.loading import load
from castiel.output.chart import chart_files, write_chart
from castiel.output.folder import replaced
from charts import synthesize

ROOT = Path(__file__).resolve().parent.parent
CONFIG = ROOT / "config"


def main() -> None:
    goldens = {ROOT / "dist": [CONFIG / "values.yaml"]}
    for overlay in sorted((CONFIG / "environments").glob("*.yaml")):
        goldens[ROOT / "tests" / "snapshots" / overlay.stem] = [CONFIG / "values.yaml", overlay]
    for target, values in goldens.items():
        platform = load(catalogue=CONFIG / "catalogue.yaml", values=values, schemas=CONFIG / "schemas")
        with replaced(target) as folder:
            blueprint = synthesize(platform, folder)
            if target.name == "dist":  # the chart is the same in every environment
                files = chart_files(blueprint, defaults=platform.defaults, schemas=CONFIG / "schemas")
                write_chart(files, folder / "helm")


if __name__ == "__main__":
    main()
