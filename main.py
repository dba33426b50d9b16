"""The app of `cdk8s synth`: Castiel's manifests and chart.

`python main.py [--env NAME] [--catalogue FILE] [--values FILE]... [--out DIR]` makes them without the command line of cdk8s; with
`--check` all is made but nothing is written. Exit codes: 0 done, 2 the configuration or the call is wrong (the output is then as it
was).
"""

from __future__ import annotations

from tierwright.process.beginning import begin

if __name__ == "__main__":
    begin()

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tierwright.cli import synth
from tierwright.cli.selection import Project
from tierwright.process.short import leave

if TYPE_CHECKING:
    from tierwright import App
    from tierwright.pipeline import Described

ROOT = Path(__file__).resolve().parent
try:
    CONFIG = Path(os.path.relpath(ROOT / "config"))
except OSError:  # the working folder is gone
    CONFIG = ROOT / "config"

CASTIEL = Project(ROOT, CONFIG / "catalogue.yaml", "CASTIEL")


def main() -> int:
    """Make what the command line of this process asks for; gives the exit code."""
    return synth.run(None, CASTIEL, _make)


def _make(platform: Described) -> App:
    from charts import castiel

    return castiel(platform)


if __name__ == "__main__":
    leave(main())
