"""Put the charts of an output folder into one file each. Usage: package.py OUT FOLDER."""

import sys
from pathlib import Path

from castiel.output.chart.package import package


def main(out: str, folder: str) -> None:
    for chart in sorted(one.parent for one in Path(out).glob("helm/*/Chart.yaml")):
        print(package(chart, Path(folder)))


if __name__ == "__main__":
    main(*sys.argv[1:])
