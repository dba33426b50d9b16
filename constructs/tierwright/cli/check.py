"""`check`: report all errors, write nothing."""

from __future__ import annotations

from collections.abc import Sequence

from tierwright.cli.ended import ended
from tierwright.cli.parser import parser
from tierwright.cli.selection import CONSOLE, Project, Selection, select


def run(arguments: Sequence[str], project: Project = CONSOLE) -> int:
    """Run the command; gives the exit code."""
    options = parser("tierwright check", "Report everything that is wrong with a platform's configuration.")
    files = select(arguments, options, project)
    return ended(lambda: _run(files))


def _run(selection: Selection) -> None:
    from tierwright import pipeline

    pipeline.files_of(pipeline.described(**vars(selection)))
