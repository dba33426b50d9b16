"""The console command `tierwright`, also as `python -m tierwright`."""

from __future__ import annotations

import sys
from typing import NoReturn

from tierwright.process.beginning import begin
from tierwright.process.short import leave


def run() -> NoReturn:
    """Run the command of this process, and end it with its exit code."""
    begin()
    from tierwright.cli import main

    leave(main(sys.argv[1:]))


if __name__ == "__main__":
    run()
