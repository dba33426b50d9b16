"""Put the charts of an output folder into one file each. Usage: package.py OUT FOLDER."""

import sys
from pathlib import Path

from tierwright.outputs.helm.package import package
from tierwright.process.beginning import begin
from tierwright.process.ending import say


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
