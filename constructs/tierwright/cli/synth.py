"""`synth`: writes all outputs, with cdk8s, into a folder. It is also an app for the cdk8s command line."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tierwright.cli.ended import ended
from tierwright.cli.parser import parser
from tierwright.cli.selection import CONSOLE, Project, Selection, add_options, selected
from tierwright.node import starting

if TYPE_CHECKING:
    from tierwright.outputs.cdk8s_app import App
    from tierwright.pipeline import Described


class Call(NamedTuple):
    """What is made of which files, and where it goes. `chart`: with the chart; `check`: make all, write nothing."""

    files: Selection
    out: Path
    chart: bool
    check: bool


def read(arguments: Sequence[str] | None, project: Project) -> Call:
    """Read a command line; what it leaves open comes from the environment, as under `cdk8s synth`."""
    options = parser(None if arguments is None else "tierwright synth", "Make all outputs of a platform, with cdk8s.")
    add_options(options, project)
    options.add_argument("--out", type=Path, help="the output folder")
    options.add_argument("--check", action="store_true", help="only check the configuration: make all, write nothing")
    given = options.parse_args(arguments)
    # The CLI gathers every YAML file of a folder that it made elsewhere, where templates would be in its way.
    by_cli = os.environ.get("CDK8S_OUTDIR")
    out: Path = given.out or Path(by_cli or "dist")
    chart = given.out is not None or not by_cli or out.resolve().is_relative_to(project.folder.resolve())
    return Call(selected(given, options, project), out, chart, given.check)


def app_of(platform: Described) -> App:
    """Make the app of a platform with cdk8s."""
    from tierwright.outputs.cdk8s_app import app_of

    return app_of(platform)


def run(arguments: Sequence[str] | None, project: Project = CONSOLE, make: Callable[[Described], App] = app_of) -> int:
    """Run the command, of the process where `arguments` is None. `make` makes the app of cdk8s; what it patches is written.

    Nothing is written before all of the configuration is checked.
    """
    return ended(lambda: _run(read(arguments, project), make))


def _run(call: Call, make: Callable[[Described], App]) -> None:
    with nullcontext() if call.check else starting(_import_cdk8s):
        # Node takes its time to start: enough to import the rest of the program, and to read and check everything.
        from tierwright import pipeline

        platform = pipeline.described(**vars(call.files))
        manifests = pipeline.files_of(platform, [pipeline.manifests])
        others = pipeline.files_of(
            platform, [one for one in pipeline.OUTPUTS if one is not pipeline.manifests] if call.chart else []
        )
        from tierwright.outputs.folder import replaced
        from tierwright.outputs.provenance import write_files
    if call.check:  # only now: what the run would do with the configuration is done, but for writing it down
        return
    with replaced(call.out) as folder:
        app = make(platform)
        # To read all objects back from Node takes a tenth of the run.
        write_files({**(manifests if app.is_just(platform) else app.manifests()), **others}, folder)


def _import_cdk8s() -> None:
    import tierwright.cdk  # noqa: F401
