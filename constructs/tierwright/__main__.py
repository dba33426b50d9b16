"""The console command `tierwright`, also as `python -m tierwright`."""

from __future__ import annotations

import sys

from tierwright.process.beginning import begin


def run() -> int:
    """Run the command of this process; gives its exit code."""
    begin()
    from tierwright.cli import main

    return main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(run())
