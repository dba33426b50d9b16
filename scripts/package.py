"""Put the charts of an output folder into one file each. Usage: package.py OUT FOLDER."""

import sys
from pathlib import Path

from castiel.beginning import begin
from castiel.ending import say
from castiel.output.chart.package import package


def main(out: str, folder: str) -> int:
    try:
        for chart in sorted(one.parent for one in Path(out).glob("helm/*/Chart.yaml")):
            print(package(chart, Path(folder)), flush=True)
    except OSError as error:
        say(f"{error.filename or folder}: {error.strerror}")
        return 2
    return 0


if __name__ == "__main__":
    begin()
    sys.exit(main(*sys.argv[1:]))
