"""Which files describe the platform: those of the command line, else of variables, else of the project."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

DEFAULT_ENVIRONMENT = "development"

_PLACES = ("catalogue.yaml", "config/catalogue.yaml")


class Project:
    """What a command line leaves open. Neither a dataclass, which would hold Node up, nor a named tuple: each takes long to make.

    `catalogue` is None where it is to be looked for in the working folder. The names of the variables of the environment begin with
    `variables`. Whether an output is inside of `folder` decides what `synth` writes when the command line of cdk8s calls it.
    """

    def __init__(self, folder: Path = Path(), catalogue: Path | None = None, variables: str = "TIERWRIGHT") -> None:
        self.folder = folder
        self.catalogue = catalogue
        self.variables = variables


CONSOLE = Project()
"""What the console command leaves open."""


class Selection:
    """Which files make the platform.

    `own` is the platform's own values.yaml, which lies over the defaults of the program, and `values` are the overlays over both.
    """

    def __init__(self, catalogue: Path, values: list[Path], own: Path | None) -> None:
        self.catalogue = catalogue
        self.values = values
        self.own = own


def add_options(parser: argparse.ArgumentParser, project: Project) -> None:
    """Let a command line choose the files."""
    given = os.environ.get
    parser.add_argument("--env", default=given(f"{project.variables}_ENV"), help="an overlay of environments/ beside the catalogue")
    parser.add_argument(
        "--catalogue", type=Path, default=given(f"{project.variables}_CATALOGUE") or None, help="what the platform consists of"
    )
    parser.add_argument("--values", type=Path, action="append", help="a further overlay; may be given several times")


def selected(given: argparse.Namespace, parser: argparse.ArgumentParser, project: Project) -> Selection:
    """The files that a command line chooses. Ends the process, with code 2, for an environment that does not exist."""
    catalogue: Path = given.catalogue or project.catalogue or _found()
    values: list[Path] = []
    own = own_values(catalogue)
    if given.env and given.env != DEFAULT_ENVIRONMENT:
        environments = catalogue.parent / "environments"
        overlay = environments / f"{given.env}.yaml"
        if not _can_be_file(overlay):
            known = sorted(file.stem for file in environments.glob("*.yaml") if _can_be_file(file))
            parser.error(f"there is no environment {given.env!r}; allowed: {', '.join([DEFAULT_ENVIRONMENT, *known])}")
        values.append(overlay)
    further = os.environ.get(f"{project.variables}_VALUES", "")
    values += given.values or [Path(file) for file in further.split(os.pathsep) if file]
    return Selection(catalogue, values, own)


def own_values(catalogue: Path) -> Path | None:
    """The platform's own values, beside its catalogue, if there are any."""
    beside = catalogue.parent / "values.yaml"
    return beside if os.path.lexists(beside) else None


def select(arguments: Sequence[str], parser: argparse.ArgumentParser, project: Project) -> Selection:
    """Read a command line that chooses the files and nothing else."""
    add_options(parser, project)
    return selected(parser.parse_args(arguments), parser, project)


def _can_be_file(file: Path) -> bool:
    """Whether a file is there, or may be: who reads it says why that is impossible."""
    try:
        return file.is_file()
    except OSError as error:  # a folder that may not be read, or a name that is too long
        return isinstance(error, PermissionError)


def _found() -> Path:
    return next((place for place in map(Path, _PLACES) if os.path.lexists(place)), Path(_PLACES[0]))
