"""Make the manifests of a platform: `python main.py [--env NAME] [--catalogue FILE] [--values FILE]... [--out DIR]`.

With `--check` all is made but nothing is written.

Exit codes: 0 done, 2 the configuration or the call is wrong (the output is then as it was).
"""

from __future__ import annotations

from tierwright.process.beginning import begin

if __name__ == "__main__":
    begin()

import argparse
import atexit
import os
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import NamedTuple

from tierwright.node import starting
from tierwright.process.ending import FailureError, say

ROOT = Path(__file__).resolve().parent
try:
    CONFIG = Path(os.path.relpath(ROOT / "config"))
except OSError:  # the working folder is gone
    CONFIG = ROOT / "config"
DEFAULT_ENVIRONMENT = "development"


class Selection(NamedTuple):
    """Which files make the platform, and where the result goes. No dataclass: importing those would hold Node up.

    `values` are the defaults of `config/` and the overlays; `own` is the platform's own values.yaml, between them.
    """

    catalogue: Path
    values: list[Path]
    own: Path | None
    out: Path
    chart: bool
    check: bool


def select(arguments: list[str] | None = None) -> Selection:
    """Read the command line; what it leaves open comes from the environment, as under `cdk8s synth`."""
    parser = argparse.ArgumentParser(description="Make the Kubernetes manifests of a platform.")
    parser.add_argument("--env", default=os.environ.get("CASTIEL_ENV"), help="an overlay of environments/ beside the catalogue")
    parser.add_argument("--catalogue", type=Path, default=os.environ.get("CASTIEL_CATALOGUE"), help="what the platform consists of")
    parser.add_argument("--values", type=Path, action="append", help="a further overlay; may be given several times")
    parser.add_argument("--out", type=Path, help="the output folder")
    parser.add_argument("--check", action="store_true", help="only check the configuration: make all, write nothing")
    given = parser.parse_args(arguments)
    catalogue: Path = given.catalogue or CONFIG / "catalogue.yaml"
    values = [CONFIG / "values.yaml"]
    beside = catalogue.parent / "values.yaml"
    own = beside if os.path.lexists(beside) and not (beside.exists() and beside.samefile(values[0])) else None
    if given.env and given.env != DEFAULT_ENVIRONMENT:
        overlay = catalogue.parent / "environments" / f"{given.env}.yaml"
        if not overlay.is_file():
            known = ", ".join([DEFAULT_ENVIRONMENT, *sorted(file.stem for file in overlay.parent.glob("*.yaml"))])
            parser.error(f"there is no environment {given.env!r}; allowed: {known}")
        values.append(overlay)
    further = os.environ.get("CASTIEL_VALUES", "")
    values += given.values or [Path(file) for file in further.split(os.pathsep) if file]
    # The CLI gathers every YAML file of a folder that it made elsewhere, where templates would be in its way.
    by_cli = os.environ.get("CDK8S_OUTDIR")
    out: Path = given.out or Path(by_cli or "dist")
    chart = given.out is not None or not by_cli or out.resolve().is_relative_to(ROOT)
    return Selection(catalogue, values, own, out, chart, given.check)


def main() -> int:
    """Make the manifests. Nothing is written before the whole configuration is known to be sound."""
    try:
        return _make(select())
    except FailureError as error:
        return _refused(error)
    except OSError as error:  # of a file that may not be read, say; what can be said better is said better below
        return _refused(f"{error.filename}: {error.strerror}" if error.filename else error.strerror)


def _make(selection: Selection) -> int:
    with nullcontext() if selection.check else starting(_import_cdk8s):
        # Node takes its time to start: enough to import the rest of the program, and to read and check everything.
        from tierwright import pipeline
        from tierwright.config.problems import ConfigError
        from tierwright.outputs.folder import replaced
        from tierwright.outputs.provenance import write_files

        try:
            platform = pipeline.described(catalogue=selection.catalogue, values=selection.values, own=selection.own)
        except ConfigError as error:
            return _refused(error)
        files = pipeline.files_of(platform, pipeline.OUTPUTS if selection.chart else [pipeline.manifests])
    if selection.check:  # only now: what the run would do with the configuration is done, but for writing it down
        return 0
    from charts import app_of

    with replaced(selection.out) as folder:
        app_of(platform.objects)
        write_files(files, folder)
    return 0


def _import_cdk8s() -> None:
    import tierwright.cdk  # noqa: F401


def _refused(error: object) -> int:
    say(error)
    return 2


def _leave(ended: list[int]) -> None:
    """End here and now: Python would take apart all that it made, one by one, for a process that is over.

    After an exception Python ends itself, as only it knows what to say.
    """
    if ended:
        os._exit(ended[0])


if __name__ == "__main__":
    _ended: list[int] = []
    atexit.register(_leave, _ended)  # the first one registered is the last one called, after the one that ends Node
    _ended.append(main())
    sys.exit(_ended[0])
